//! The local part of a mail address, made by another row's habit: where that
//! row's address is built of its person's name, birth date or number, ours is
//! built of ours in the same way.

use jiff::civil::Date;
use rand::RngExt;

use super::digits as number;
use super::locale::{Locale, PersonName};
use crate::model::Entropy;

/// What a local part can be built of.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub given: String,
    pub surname: String,
    /// The first letter of each syllable of a Chinese given name, if it has two or more.
    pub initials: String,
    pub birth: Option<Date>,
    /// National digits of the phone.
    pub phone: Option<String>,
}

/// One piece of a local part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Given,
    Surname,
    GivenInitial,
    GivenInitials,
    SurnameInitial,
    Year,
    ShortYear,
    MonthDay,
    Phone,
    Digits(usize),
    Text(String),
}

impl Facts {
    /// The facts of a person, in Latin letters.
    pub fn of(locale: Locale, name: &PersonName, birth: Option<Date>, phone: Option<&str>) -> Self {
        Self {
            given: locale.latin(&name.given),
            surname: locale.latin(&name.surname),
            initials: initials(locale, &name.given),
            birth,
            phone: phone.map(str::to_owned),
        }
    }

    fn spelled(&self) -> Vec<(String, Piece)> {
        let mut all = Vec::new();
        let mut say = |text: String, piece: Piece| {
            if !text.is_empty() {
                all.push((text, piece));
            }
        };
        say(self.phone.clone().unwrap_or_default(), Piece::Phone);
        say(self.given.clone(), Piece::Given);
        say(self.surname.clone(), Piece::Surname);
        if let Some(birth) = self.birth {
            say(format!("{:04}", birth.year()), Piece::Year);
            say(format!("{:02}{:02}", birth.month(), birth.day()), Piece::MonthDay);
            say(format!("{:02}", birth.year().rem_euclid(100)), Piece::ShortYear);
        }
        all.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        say_initials(self, &mut all);
        all
    }
}

pub(super) fn initials(locale: Locale, given: &str) -> String {
    let first = |c: char| locale.latin(c.encode_utf8(&mut [0; 4])).chars().next();
    let two = locale == Locale::ZhCn && given.chars().count() > 1;
    if two { given.chars().filter_map(first).collect() } else { String::new() }
}

fn say_initials(facts: &Facts, all: &mut Vec<(String, Piece)>) {
    all.extend((!facts.initials.is_empty()).then(|| (facts.initials.clone(), Piece::GivenInitials)));
    all.extend(facts.given.get(..1).map(|i| (i.to_owned(), Piece::GivenInitial)));
    all.extend(facts.surname.get(..1).map(|i| (i.to_owned(), Piece::SurnameInitial)));
}

/// The local part of an address like another row's, for these facts. `like` is
/// that row's local part, `pieces` what it is built of.
pub(super) fn local_part(facts: &Facts, like: &str, pieces: &[Piece], entropy: &mut dyn Entropy) -> String {
    let told = |p: &Piece| {
        !matches!(
            p,
            Piece::Digits(_) | Piece::Text(_) | Piece::GivenInitial | Piece::GivenInitials | Piece::SurnameInitial
        )
    };
    let foreign = |p: &Piece| matches!(p, Piece::Text(t) if t.chars().any(char::is_alphabetic));
    let initials = |p: &Piece| matches!(p, Piece::GivenInitial | Piece::GivenInitials | Piece::SurnameInitial);
    let known = pieces.iter().any(told) || pieces.iter().any(initials) && !pieces.iter().any(foreign);
    let plain = pieces.iter().all(|p| matches!(p, Piece::Digits(_)));
    if known || plain { put_together(pieces, facts, entropy) } else { fallback(facts, like, entropy) }
}

/// A name part with the digits the other had, where its habit cannot be read.
fn fallback(facts: &Facts, like: &str, entropy: &mut dyn Entropy) -> String {
    let digits = like.bytes().filter(u8::is_ascii_digit).count().min(4);
    let pieces = [Piece::Surname, Piece::GivenInitial, Piece::Digits(digits)];
    put_together(&pieces, facts, entropy)
}

pub(super) fn take_apart(local: &str, theirs: &Facts) -> Vec<Piece> {
    let spelled = theirs.spelled();
    let mut pieces = Vec::new();
    let mut rest = local;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // A one-letter match means an initial only at the edge of a word.
        let hit = spelled.iter().find(|(text, piece)| {
            let whole = *piece != Piece::GivenInitials || ends_word(&rest[text.len().min(rest.len())..]);
            rest.starts_with(text.as_str()) && whole && (text.len() > 1 || pieces.is_empty() || ends_word(&rest[1..]))
        });
        if let Some((text, piece)) = hit {
            pieces.push(piece.clone());
            rest = &rest[text.len()..];
        } else if digits > 0 {
            pieces.push(Piece::Digits(digits));
            rest = &rest[digits..];
        } else {
            push_text(&mut pieces, first);
            rest = &rest[first.len_utf8()..];
        }
    }
    pieces
}

fn ends_word(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| !c.is_alphabetic())
}

fn push_text(pieces: &mut Vec<Piece>, c: char) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(c),
        _ => pieces.push(Piece::Text(c.to_string())),
    }
}

fn put_together(pieces: &[Piece], facts: &Facts, entropy: &mut dyn Entropy) -> String {
    let mut out = String::new();
    for piece in pieces {
        match (piece, facts.birth) {
            (Piece::Given, _) => out.push_str(&facts.given),
            (Piece::Surname, _) => out.push_str(&facts.surname),
            (Piece::GivenInitial, _) => out.push_str(facts.given.get(..1).unwrap_or_default()),
            (Piece::GivenInitials, _) if !facts.initials.is_empty() => out.push_str(&facts.initials),
            (Piece::GivenInitials, _) => out.push_str(facts.given.get(..1).unwrap_or_default()),
            (Piece::SurnameInitial, _) => out.push_str(facts.surname.get(..1).unwrap_or_default()),
            (Piece::Year, Some(birth)) => number::push(&mut out, birth.year().unsigned_abs().into(), 4),
            (Piece::ShortYear, Some(birth)) => number::push(&mut out, birth.year().rem_euclid(100) as u64, 2),
            (Piece::MonthDay, Some(birth)) => {
                number::push(&mut out, birth.month().unsigned_abs().into(), 2);
                number::push(&mut out, birth.day().unsigned_abs().into(), 2);
            }
            (Piece::Phone, _) if facts.phone.is_some() => out.push_str(facts.phone.as_deref().unwrap_or_default()),
            (Piece::Phone, _) => digits(9, &mut out, entropy),
            (Piece::Year | Piece::MonthDay, None) => digits(4, &mut out, entropy),
            (Piece::ShortYear, None) => digits(2, &mut out, entropy),
            (Piece::Digits(count), _) => digits(*count, &mut out, entropy),
            // Only what joins words is a habit; other letters are somebody's own.
            (Piece::Text(text), _) => out.extend(text.chars().filter(|c| matches!(c, '.' | '_' | '-'))),
        }
    }
    let out = out.trim_matches(['.', '-', '_']).replace("..", ".");
    if out.is_empty() { format!("{}{}", facts.surname, facts.given) } else { out }
}

fn digits(count: usize, out: &mut String, entropy: &mut dyn Entropy) {
    for n in 0..count {
        let low = u8::from(n == 0 && count > 2);
        out.push(char::from(b'0' + entropy.random_range(low..10)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn facts(given: &str, surname: &str, phone: &str) -> Facts {
        Facts {
            given: given.into(),
            surname: surname.into(),
            initials: String::new(),
            birth: Some(jiff::civil::date(1990, 4, 5)),
            phone: Some(phone.into()),
        }
    }

    #[test]
    fn habits_are_taken_over() {
        let theirs = Facts { birth: Some(jiff::civil::date(1997, 4, 13)), ..facts("tengxin", "cui", "15147235506") };
        let ours = facts("wei", "wang", "13812345678");
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for (like, want) in [
            ("cuitengxin0413", "wangwei0405"),
            ("tengxin.cui", "wei.wang"),
            ("tcui", "wwang"),
            ("t_cui97", "w_wang90"),
            ("15147235506", "13812345678"),
            ("cui.t", "wang.w"),
            ("tengxin1997", "wei1990"),
        ] {
            assert_eq!(local_part(&ours, like, &take_apart(like, &theirs), &mut entropy), want, "{like}");
        }
        let mut made = |like: &str| local_part(&ours, like, &take_apart(like, &theirs), &mut entropy);
        let bare = made("834561928");
        assert!(bare.len() == 9 && bare.bytes().all(|b| b.is_ascii_digit()), "{bare}");
        let own = made("moonlight77");
        assert!(own.starts_with("wangw") && own.len() == 7, "{own}");
    }
}
