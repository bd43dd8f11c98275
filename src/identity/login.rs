//! A login: a code, of a member or of a user, that is built of its person's name (`smitjo01`, `jsmith2`,
//! `zhang.wei`): beginnings of the surname and of the given name in Latin letters, and
//! a number that keeps people of one beginning apart. Read off a column's own codes,
//! so that a canary's login is built of its own name. Other codes are `codes`'.

use std::collections::BTreeSet;

use super::mailname::Facts;
use super::persona;
use super::profile::Profile;
use super::redraw::case_like;

/// Rows that ways of building are tried on, and that the best of them is held to.
const TRIED: usize = 60;
const ASKED: usize = 500;
/// Fewer rows do not tell, nor does a way that builds a smaller share of them.
const FEW: usize = 20;
const MOST: f64 = 0.8;
/// Letters of a part that are cut off at most; longer ones are taken whole.
const CUT: usize = 8;
const JOINTS: [&str; 4] = ["", ".", "_", "-"];

/// Of what the letters of a login are, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parts {
    SurnameGiven,
    GivenSurname,
    SurnameInitials,
    InitialsSurname,
}

/// How the logins of a column are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    parts: Parts,
    /// Letters of the first part and of the second at most.
    letters: [usize; 2],
    joint: &'static str,
    /// From which numbers on they are counted that keep people apart; nothing where they are not
    /// counted.
    firsts: Vec<u64>,
}

/// The letters of a login and the digits behind them.
fn cut(code: &str) -> (&str, &str) {
    code.split_at(code.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase()
}

/// The numbers from which on those at the end of a column's codes are counted, ascending:
/// most rows have one of them, and the others the next ones.
fn firsts(profile: &Profile, column: usize) -> Vec<u64> {
    let texts = profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column)));
    let numbers: Vec<u64> = texts.filter_map(|text| cut(text).1.parse().ok()).collect();
    let met: BTreeSet<u64> = numbers.iter().copied().collect();
    let is_first = |n: &u64| n.checked_sub(1).is_none_or(|before| !met.contains(&before));
    let are_most = numbers.iter().filter(|n| is_first(n)).count() * 2 > numbers.len();
    met.iter().copied().filter(|n| are_most && is_first(n)).collect()
}

impl Login {
    /// How a column's codes are built, if it is of their people's names.
    pub fn of(profile: &Profile, column: usize) -> Option<Self> {
        let known = profile.donors.iter().filter_map(|a| {
            let code = profile.text(&a.row, Some(column))?;
            let name = persona::of_row(profile, &a.row)?.name;
            Some((cut(code).0.to_lowercase(), Facts::of(profile.locale, &name, None, None)))
        });
        let known: Vec<(String, Facts)> = known.take(ASKED).collect();
        let built = |way: &Self, rows: &[(String, Facts)]| {
            rows.iter().filter(|(code, person)| !code.is_empty() && way.build(person) == *code).count()
        };
        let best = Self::all().max_by_key(|way| built(way, &known[..known.len().min(TRIED)]))?;
        let is_one = known.len() >= FEW && built(&best, &known) as f64 >= MOST * known.len() as f64;
        is_one.then(|| Self { firsts: firsts(profile, column), ..best })
    }

    /// Every way that is tried.
    fn all() -> impl Iterator<Item = Self> {
        let parts = [Parts::SurnameGiven, Parts::GivenSurname, Parts::SurnameInitials, Parts::InitialsSurname];
        let cuts = || (1..=CUT).chain([usize::MAX]);
        let letters = move || cuts().flat_map(move |first| cuts().chain([0]).map(move |second| [first, second]));
        let of = move |parts| {
            letters().flat_map(move |l| JOINTS.map(|joint| Self { parts, letters: l, joint, firsts: Vec::new() }))
        };
        parts.into_iter().flat_map(of)
    }

    /// The letters of a person's login.
    fn build(&self, person: &Facts) -> String {
        let (surname, given, initials) = (letters(&person.surname), letters(&person.given), &person.initials);
        let [first, second] = match self.parts {
            Parts::SurnameGiven => [&surname, &given],
            Parts::GivenSurname => [&given, &surname],
            Parts::SurnameInitials => [&surname, initials],
            Parts::InitialsSurname => [initials, &surname],
        };
        let part = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let joint = if self.letters[1] == 0 { "" } else { self.joint };
        part(first, self.letters[0]) + joint + &part(second, self.letters[1])
    }

    /// The login of a person, with the number behind it that another row's has, or one
    /// that is so much higher; where these are counted, from the first of such on: nobody is the
    /// third of one name.
    pub fn write(&self, person: &Facts, like: &str, further: u64) -> String {
        let (_, digits) = cut(like);
        let own = digits.parse::<u64>().unwrap_or(1);
        let first = self.firsts.iter().rev().find(|first| **first <= own).unwrap_or(&own);
        let number = first.saturating_add(further);
        let number = if digits.is_empty() && further == 0 {
            String::new()
        } else {
            format!("{number:0width$}", width = digits.len())
        };
        case_like(&self.build(person), like) + &number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Role, Told};
    use rand::SeedableRng;

    fn profile(code: impl Fn(&str, &str, usize) -> String) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["player", "first_name", "last_name"].map(str::to_owned));
        let given = ["Hank", "David", "Tommie", "Fausto", "Jo"];
        let surnames = ["Aaron", "Aardsma", "O'Brien", "De la Cruz", "Fox", "Abernathy", "Mitchell"];
        for n in 0..35 {
            let (given, surname) = (given[n % 5], surnames[n % 7]);
            profiler.meet(&[Some(&code(given, surname, n)), Some(given), Some(surname)], &mut entropy);
        }
        let roles = vec![(0, Role::Code), (1, Role::GivenName), (2, Role::Surname)];
        profiler.finish(&Told { roles, ..Told::default() })
    }

    fn person(given: &str, surname: &str) -> Facts {
        Facts { given: given.to_lowercase(), surname: surname.to_lowercase(), ..Facts::default() }
    }

    #[test]
    fn logins_are_built_as_the_tables_own_are() {
        let bare = |text: &str| text.to_lowercase().replace([' ', '\''], "");
        let first = |text: &str, most: usize| bare(text).chars().take(most).collect::<String>();
        let id = profile(|g, s, _| format!("{}{}01", first(s, 5), first(g, 2)));
        let way = Login::of(&id, 0).expect("a login");
        assert_eq!(way.write(&person("Wade", "Boggs"), "aaronha01", 0), "boggswa01");
        assert_eq!(way.write(&person("Wade", "Boggs"), "aaronha01", 1), "boggswa02");
        let login = profile(|g, s, _| format!("{}.{}", first(g, 1), bare(s)).to_uppercase());
        let way = Login::of(&login, 0).expect("a login");
        assert_eq!(way.write(&person("Wade", "Boggs"), "H.AARON", 0), "W.BOGGS");
        assert_eq!(way.write(&person("Wade", "Boggs"), "H.AARON", 1), "W.BOGGS2");
    }

    #[test]
    fn numbers_that_count_namesakes_begin_with_the_first() {
        let first = |text: &str, most: usize| {
            text.to_lowercase().replace([' ', '\''], "").chars().take(most).collect::<String>()
        };
        let counted = |n: usize| if n.is_multiple_of(2) { 101 + n % 10 / 8 } else { 1 + n % 9 / 7 };
        let id = profile(|g, s, n| format!("{}{}{:03}", first(s, 4), first(g, 1), counted(n)));
        let way = Login::of(&id, 0).expect("a login");
        assert_eq!(way.firsts, [1, 101]);
        for (like, further, want) in
            [("aaroh102", 0, "boggw101"), ("aaroh002", 0, "boggw001"), ("aaroh102", 1, "boggw102")]
        {
            assert_eq!(way.write(&person("Wade", "Boggs"), like, further), want);
        }
        let chosen = profile(|g, s, n| format!("{}{}{:02}", first(s, 4), first(g, 1), n * 37 % 100));
        assert_eq!(Login::of(&chosen, 0).map(|way| way.firsts.is_empty()), Some(false));
    }

    #[test]
    fn codes_that_say_nothing_of_names_are_no_logins() {
        assert_eq!(Login::of(&profile(|_, _, n| format!("K{:05}", n * 37)), 0), None);
        assert_eq!(Login::of(&profile(|g, _, n| if n % 2 == 0 { g.to_lowercase() } else { "x7".to_owned() }), 0), None);
    }
}
