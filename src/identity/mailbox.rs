//! Mailboxes that are owned already, and the persons they fit: a local part is
//! read by the habits of the table's own addresses (surname and birthday, an
//! initial and a surname, a bare number), and the person is then named so that
//! the address is theirs; one that is the number of an offered phone comes with
//! that phone. Minting new local parts is `mailname`'s.

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use super::locale::Locale;
use super::mailname::{self, Facts, Piece};
use super::persona;
use super::profile::Profile;
use super::{Role, Row};
use crate::model::ContactPoint;

/// Habits that are tried, the commonest first.
const HABITS: usize = 24;
/// Names longer than this, in Latin letters, are nobody's.
const LONGEST: usize = 24;
/// A year that has every day.
const LEAP: i16 = 2000;

/// What a local part asks of the person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fit {
    /// Latin letters of the surname, and of the given name.
    pub surname: Option<String>,
    pub given: Option<String>,
    pub surname_initial: Option<char>,
    pub given_initial: Option<char>,
    /// First letters of the given name's syllables.
    pub initials: Option<String>,
    pub year: Option<i16>,
    pub month_day: Option<(i8, i8)>,
    /// It has nothing to do with the name.
    pub free: bool,
    /// The phone whose number it is.
    pub phone: Option<ContactPoint>,
}

/// What a local part is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Letters,
    Digits,
    /// The digits of its owner's phone.
    Phone,
}

/// A mailbox and how well it fits the table.
#[derive(Debug, Clone)]
pub struct Owned {
    pub point: ContactPoint,
    pub domain: String,
    pub fit: Fit,
    pub written: Written,
    /// How many of the table's rows have the surname that it is named after.
    pub namesakes: Option<u32>,
}

/// The names of a table by how they are written in Latin letters.
#[derive(Debug, Default)]
pub struct Latin {
    pub surnames: FxHashMap<String, Vec<String>>,
    pub given: FxHashMap<String, Vec<String>>,
}

/// How the addresses of a table are built.
#[derive(Debug, Default)]
pub struct Habits {
    patterns: Vec<Vec<Piece>>,
    pub latin: Latin,
    /// Share of addresses with letters that have nothing to do with the name.
    pub unrelated: f64,
    /// Four digits are a day of birth, or a year, if they can be.
    month_days: bool,
    years: bool,
    /// How the local part of each row is built; nothing where its person cannot be read.
    pub(super) of_row: Vec<Vec<Piece>>,
}

impl Habits {
    /// Read off the kept rows.
    pub fn of(profile: &Profile) -> Self {
        let Some(column) = profile.column_of(Role::Email) else { return Self::default() };
        let mut latin = Latin::default();
        let local = |row| profile.text(row, Some(column)).and_then(|t| t.rsplit_once('@')).map(|(local, _)| local);
        let rows = profile.donors.iter().map(|a| &a.row);
        let rows: Vec<(Option<String>, Option<Facts>)> =
            rows.map(|row| (local(row).map(str::to_lowercase), facts_of(profile, row, &mut latin))).collect();
        let known = rows.iter().filter_map(|(local, facts)| Some((local.as_deref()?, facts.as_ref()?)));
        let words = mailname::words(profile.locale, known);
        let nobody = Facts::default();
        let apart = |local: &Option<String>, facts: &Option<Facts>| {
            mailname::take_apart(local.as_deref().unwrap_or_default(), facts.as_ref().unwrap_or(&nobody), &words)
        };
        let of_row: Vec<Vec<Piece>> = rows.iter().map(|(local, facts)| apart(local, facts)).collect();
        let is_read = rows.iter().map(|(local, facts)| local.is_some() && facts.is_some());
        let read: Vec<&Vec<Piece>> = of_row.iter().zip(is_read).filter_map(|(own, is)| is.then_some(own)).collect();
        // Of somebody from the other half of the table: what a habit is met by as often is chance.
        let others = rows.iter().cycle().skip(rows.len() / 2);
        let by_chance: Vec<Vec<Piece>> = rows.iter().zip(others).map(|(own, other)| apart(&own.0, &other.1)).collect();
        let [month_days, years] = [Piece::MonthDay, Piece::Year].map(|piece| are_mostly(&read, &piece));
        Self { patterns: patterns(&read, &by_chance), latin, unrelated: unrelated(&read), month_days, years, of_row }
    }

    /// How the mailbox of a row is written.
    pub fn written(&self, row: u32, address: &str) -> Written {
        match self.of_row.get(row as usize).map(Vec::as_slice) {
            Some([Piece::Phone]) => Written::Phone,
            _ if address.bytes().take_while(|b| *b != b'@').all(|b| b.is_ascii_digit()) => Written::Digits,
            _ => Written::Letters,
        }
    }

    /// What a mailbox asks of its person, where these phones are had.
    pub(super) fn read(&self, locale: Locale, point: &ContactPoint, phones: &FxHashMap<&str, &ContactPoint>) -> Owned {
        let (local, domain) = point.value.rsplit_once('@').unwrap_or((&point.value, ""));
        let local = local.to_lowercase();
        let phone = phones.get(local.as_str()).map(|phone| (*phone).clone());
        let written = match phone {
            Some(_) => Written::Phone,
            None if local.bytes().all(|b| b.is_ascii_digit()) => Written::Digits,
            None => Written::Letters,
        };
        let fit = self.patterns.iter().filter(|_| phone.is_none()).find_map(|p| self.fit(locale, p, &local));
        let fit = fit.unwrap_or(Fit { free: true, phone, ..Fit::default() });
        let rows = |surname: &String| self.latin.surnames.get(surname).map_or(0, Vec::len) as u32;
        let namesakes = fit.surname.as_ref().map(rows);
        Owned { point: point.clone(), domain: domain.to_lowercase(), fit, written, namesakes }
    }

    fn fit(&self, locale: Locale, pattern: &[Piece], local: &str) -> Option<Fit> {
        let mut fit = Fit { free: pattern.iter().all(Piece::is_free), ..Fit::default() };
        self.walk(locale, pattern, local, &mut fit).then_some(fit)
    }

    fn walk(&self, locale: Locale, pattern: &[Piece], rest: &str, fit: &mut Fit) -> bool {
        let Some((piece, after)) = pattern.split_first() else { return rest.is_empty() };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        match piece {
            Piece::Text(text) | Piece::Word(text) => {
                rest.strip_prefix(text.as_str()).is_some_and(|r| self.walk(locale, after, r, fit))
            }
            Piece::Surname | Piece::Given => self.walk_name(locale, piece, after, rest, fit),
            Piece::SurnameInitial | Piece::GivenInitial => {
                let Some(c) = rest.chars().next().filter(char::is_ascii_alphabetic) else { return false };
                let slot =
                    if *piece == Piece::GivenInitial { &mut fit.given_initial } else { &mut fit.surname_initial };
                *slot = Some(c);
                self.walk(locale, after, &rest[1..], fit)
            }
            Piece::GivenInitials => (2..=3usize).rev().any(|n| {
                let Some(word) = rest.get(..n).filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic())) else {
                    return false;
                };
                fit.initials = Some(word.to_owned());
                self.walk(locale, after, &rest[n..], fit)
            }),
            Piece::Digits(n) => {
                if digits == 4 {
                    self.tell_birth(rest, fit);
                }
                digits >= *n && digits <= n + 1 && self.walk(locale, after, &rest[digits..], fit)
            }
            Piece::Phone => false,
            Piece::Year => {
                fit.year = year(rest);
                fit.year.is_some() && self.walk(locale, after, &rest[4..], fit)
            }
            Piece::ShortYear => {
                let short = rest.get(..2).filter(|_| digits >= 2).and_then(|t| t.parse::<i16>().ok());
                fit.year = short.map(|y| if y < 15 { 2000 + y } else { 1900 + y });
                short.is_some() && self.walk(locale, after, &rest[2..], fit)
            }
            Piece::MonthDay => {
                fit.month_day = month_day(rest).filter(|_| digits >= 4);
                fit.month_day.is_some() && self.walk(locale, after, &rest[4..], fit)
            }
        }
    }

    /// Four digits are what the table's tell of a birth, if they can be.
    fn tell_birth(&self, digits: &str, fit: &mut Fit) {
        fit.month_day = month_day(digits).filter(|_| self.month_days).or(fit.month_day);
        fit.year = year(digits).filter(|_| self.years && fit.month_day.is_none()).or(fit.year);
    }

    /// The longest name first.
    fn walk_name(&self, locale: Locale, piece: &Piece, after: &[Piece], rest: &str, fit: &mut Fit) -> bool {
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count().min(LONGEST);
        for length in (2..=letters).rev() {
            let word = &rest[..length];
            let (known, slot) = match piece {
                Piece::Surname => (self.is_surname(locale, word), &mut fit.surname),
                _ => (self.is_given(locale, word), &mut fit.given),
            };
            if !known {
                continue;
            }
            *slot = Some(word.to_owned());
            if self.walk(locale, after, &rest[length..], fit) {
                return true;
            }
        }
        false
    }

    /// Of the table, or of the locale.
    fn is_surname(&self, locale: Locale, word: &str) -> bool {
        self.latin.surnames.contains_key(word) || !locale.pack().surnames_of_latin(word).is_empty()
    }

    fn is_given(&self, locale: Locale, word: &str) -> bool {
        self.latin.given.contains_key(word) || locale.pack().is_given_in_latin(word)
    }
}

/// The year of birth that four digits can be.
fn year(rest: &str) -> Option<i16> {
    rest.get(..4).and_then(|t| t.parse().ok()).filter(|y| (1930..2015).contains(y))
}

/// The month and the day that four digits can be, in any year.
fn month_day(rest: &str) -> Option<(i8, i8)> {
    let number = |range| rest.get::<std::ops::Range<usize>>(range).and_then(|t| t.parse::<i8>().ok());
    number(0..2).zip(number(2..4)).filter(|(month, day)| Date::new(LEAP, *month, *day).is_ok())
}

/// Whether four digits are mostly told by that piece rather than by none.
fn are_mostly(read: &[&Vec<Piece>], piece: &Piece) -> bool {
    let count = |piece: &Piece| read.iter().filter(|pieces| pieces.contains(piece)).count();
    count(piece) > count(&Piece::Digits(4))
}

/// How most are built of what is nobody's own: of names and birthdays, at least twice as
/// often as of those of others.
fn patterns(read: &[&Vec<Piece>], by_chance: &[Vec<Piece>]) -> Vec<Vec<Piece>> {
    let mut met: FxHashMap<&Vec<Piece>, u32> = FxHashMap::default();
    read.iter().filter(|pieces| !pieces.iter().any(Piece::is_own)).for_each(|own| *met.entry(*own).or_default() += 1);
    let mut chance: FxHashMap<&Vec<Piece>, u32> = FxHashMap::default();
    by_chance.iter().for_each(|pieces| *chance.entry(pieces).or_default() += 1);
    let is_habit = |(pieces, n): &(&Vec<Piece>, u32)| {
        let others = chance.get(pieces).filter(|_| !pieces.iter().all(Piece::is_free));
        *n > 1 && *n >= 2 * others.copied().unwrap_or(0)
    };
    let mut met: Vec<(&Vec<Piece>, u32)> = met.into_iter().filter(is_habit).collect();
    met.sort_by_key(|(pieces, n)| (std::cmp::Reverse(*n), pieces.len()));
    met.into_iter().take(HABITS).map(|(pieces, _)| pieces.clone()).collect()
}

/// The share of those with letters whose letters have nothing to do with a name, 0 to 1.
fn unrelated(read: &[&Vec<Piece>]) -> f64 {
    let has_letters = |pieces: &&&Vec<Piece>| !pieces.iter().all(|p| matches!(p, Piece::Digits(_) | Piece::Phone));
    let is_unrelated = |pieces: &&Vec<Piece>| pieces.iter().any(Piece::is_own) || pieces.iter().all(Piece::is_free);
    let letters: Vec<_> = read.iter().filter(has_letters).collect();
    letters.iter().filter(|pieces| is_unrelated(pieces)).count() as f64 / letters.len().max(1) as f64
}

fn facts_of(profile: &Profile, row: &Row, latin: &mut Latin) -> Option<Facts> {
    let person = persona::of_row(profile, row)?;
    let phone = profile.column_of(Role::Phone).and_then(|column| profile.dialled(row, column));
    let facts = Facts::of(profile.locale, &person.name, person.born, phone.as_deref());
    let mut say = |map: fn(&mut Latin) -> &mut FxHashMap<String, Vec<String>>, key: &str, text: &str| {
        if !key.is_empty() {
            let list = map(latin).entry(key.to_owned()).or_default();
            list.push(text.to_owned());
        }
    };
    say(|l| &mut l.surnames, &facts.surname, &person.name.surname);
    say(|l| &mut l.given, &facts.given, &person.name.given);
    Some(facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::{RngExt, SeedableRng};

    const NAMES: [&str; 12] =
        ["anna", "brian", "carol", "david", "ellen", "frank", "grace", "henry", "irene", "james", "karen", "louis"];

    /// Habits of a table in which so many of a hundred mailboxes are the given name of their owner
    /// and two digits, the others that of somebody else.
    fn habits(own: usize) -> Vec<Vec<Piece>> {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "given", "email"].map(str::to_owned));
        for n in 0..600usize {
            let given = entropy.random_range(0..NAMES.len());
            let named = if n % 100 < own { given } else { entropy.random_range(0..NAMES.len()) };
            let mailbox = format!("{}{:02}@example.org", NAMES[named], entropy.random_range(0..100));
            profiler.meet(&[Some("Mason"), Some(NAMES[given]), Some(&mailbox)], &mut entropy);
        }
        let roles = [Role::Surname, Role::GivenName, Role::Email];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        Habits::of(&profile).patterns
    }

    #[test]
    fn what_fits_others_as_often_is_no_habit() {
        let named = vec![Piece::Given, Piece::Digits(2)];
        assert!(!habits(0).contains(&named), "chance");
        assert!(habits(30).contains(&named), "a habit of some");
    }
}
