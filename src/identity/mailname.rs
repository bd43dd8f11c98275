//! The local part of a mail address, made by another row's habit: where that
//! row's address is built of its person's name, birth date or number, ours is
//! built of ours in the same way.

use jiff::civil::Date;
use rand::RngExt;
use rustc_hash::{FxHashMap, FxHashSet};

use super::digits as number;
use super::locale::{Locale, PersonName};
use crate::model::Entropy;

/// Letters of a word that many have, rows that have one at least, and of how many rows one.
const WORD: usize = 3;
const MANY: usize = 3;
const SHARE: usize = 200;

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
    /// A word that many have: `rep.`, `info`.
    Word(String),
    Text(String),
}

impl Piece {
    /// Letters that nobody else has there.
    pub(super) fn is_own(&self) -> bool {
        matches!(self, Self::Text(text) if text.chars().any(char::is_alphabetic))
    }

    /// Whether it says nothing of its owner.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Self::Digits(_) | Self::Word(_)) || matches!(self, Self::Text(_)) && !self.is_own()
    }
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
            Piece::Digits(_)
                | Piece::Word(_)
                | Piece::Text(_)
                | Piece::GivenInitial
                | Piece::GivenInitials
                | Piece::SurnameInitial
        )
    };
    let initials = |p: &Piece| matches!(p, Piece::GivenInitial | Piece::GivenInitials | Piece::SurnameInitial);
    let known = pieces.iter().any(told) || pieces.iter().any(initials) && !pieces.iter().any(Piece::is_own);
    let plain = pieces.iter().all(|p| matches!(p, Piece::Digits(_)));
    if known || plain { put_together(pieces, facts, entropy) } else { fallback(facts, like, entropy) }
}

/// A name part with the digits the other had, where its habit cannot be read.
fn fallback(facts: &Facts, like: &str, entropy: &mut dyn Entropy) -> String {
    let digits = like.bytes().filter(u8::is_ascii_digit).count().min(4);
    let pieces = [Piece::Surname, Piece::GivenInitial, Piece::Digits(digits)];
    put_together(&pieces, facts, entropy)
}

/// What a local part is built of; a word of many that is its owner's name is that.
pub(super) fn take_apart(local: &str, theirs: &Facts, words: &FxHashSet<String>) -> Vec<Piece> {
    let spelled = theirs.spelled();
    let mut pieces = Vec::new();
    let mut rest = local;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let begins = !local[..local.len() - rest.len()].ends_with(|c: char| c.is_ascii_alphabetic());
        // A one-letter match means an initial only at the edge of a word.
        let hit = spelled.iter().find(|(text, piece)| {
            let whole = *piece != Piece::GivenInitials || ends_word(&rest[text.len().min(rest.len())..]);
            rest.starts_with(text.as_str()) && whole && (text.len() > 1 || pieces.is_empty() || ends_word(&rest[1..]))
        });
        let word = &rest[..letters];
        if begins && words.contains(word) && hit.is_none_or(|(text, _)| text.len() < letters) {
            pieces.push(Piece::Word(word.to_owned()));
            rest = &rest[letters..];
        } else if let Some((text, piece)) = hit {
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

/// The words of local parts that many have and that are neither theirs nor anybody's name.
pub(super) fn words<'a>(
    locale: Locale,
    locals: impl Iterator<Item = (&'a str, &'a Facts)> + Clone,
) -> FxHashSet<String> {
    let mut met: FxHashMap<&str, usize> = FxHashMap::default();
    let is_letter = |c: char| c.is_ascii_alphabetic();
    for (local, facts) in locals.clone() {
        let words = local.split(|c| !is_letter(c)).filter(|word| word.len() >= WORD);
        let is_own = |word: &&str| [&facts.given, &facts.surname].contains(&&(*word).to_owned());
        words.filter(|word| !is_own(word)).for_each(|word| *met.entry(word).or_default() += 1);
    }
    let many = MANY.max(locals.count() / SHARE);
    let is_word = |(word, n): &(&str, usize)| *n >= many && !locale.pack().is_given_in_latin(word);
    met.into_iter().filter(is_word).map(|(word, _)| word.to_owned()).collect()
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
            (Piece::Word(word), _) => out.push_str(word),
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
            assert_eq!(
                local_part(&ours, like, &take_apart(like, &theirs, &FxHashSet::default()), &mut entropy),
                want,
                "{like}"
            );
        }
        let mut made =
            |like: &str| local_part(&ours, like, &take_apart(like, &theirs, &FxHashSet::default()), &mut entropy);
        let bare = made("834561928");
        assert!(bare.len() == 9 && bare.bytes().all(|b| b.is_ascii_digit()), "{bare}");
        let own = made("moonlight77");
        assert!(own.starts_with("wangw") && own.len() == 7, "{own}");
    }

    #[test]
    fn words_of_many_are_told_from_somebodys_own() {
        let theirs = facts("robert", "cui", "");
        let locals =
            ["rep.robert.cui", "rep.cui", "rep-robert", "bobcui", "bob.cui", "bob", "bob", "moonlight", "cui", "cui"];
        let words = words(Locale::EnUs, locals.iter().map(|local| (*local, &theirs)));
        let mut found: Vec<&String> = words.iter().collect();
        found.sort();
        assert_eq!(found, ["rep"]);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let ours = facts("wei", "wang", "");
        for (like, want) in [(locals[0], "rep.wei.wang"), (locals[1], "rep.wang"), (locals[2], "rep-wei")] {
            assert_eq!(local_part(&ours, like, &take_apart(like, &theirs, &words), &mut entropy), want);
        }
    }
}
