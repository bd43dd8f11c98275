//! Neighbours: what the other columns of a table say about one. An identity
//! number beside it tells a birth date or a sex; where persons are listed, a
//! name is a person's, where companies are, a company's.

use super::evidence::Seen;
use super::{people, shapes};
use crate::identity::Role::{self, *};
use crate::identity::idcard;

/// A column of one role makes another role that many times likelier elsewhere.
const LINKS: &[(Role, Role, f64)] = &[
    (CompanyCode, Company, 4.0),
    (CompanyCode, FullName, 0.7),
    (NationalId, FullName, 2.0),
    (NationalId, BirthDate, 1.5),
    (Phone, FullName, 1.5),
    (Sex, FullName, 1.5),
    (Sex, GivenName, 1.5),
    (GivenName, Surname, 4.0),
    (Surname, GivenName, 4.0),
    (Surname, MiddleName, 2.0),
    (Surname, FullName, 0.5),
    (HouseNumber, Address, 1.5),
    (Postcode, Region, 1.5),
    (Region, Postcode, 1.5),
    (Address, Region, 1.3),
    (Key, CreatedAt, 1.3),
    (CreatedAt, Key, 1.3),
    (IdType, NationalId, 2.0),
    (Geo, Geo, 2.0),
];

/// A table has one key of its own.
const SECOND_KEY: f64 = 0.15;

/// From these odds on a column surely holds names of a kind; what another one's are worth then.
const SURE: f64 = 0.9;
const SECOND: f64 = 0.1;
/// Below this share of known names a column beside one of known people holds no persons', and
/// what its odds are worth then.
const FEW: f64 = 0.2;
const NOBODYS: f64 = 0.01;

/// From this share of known given names on a column holds such.
const MOSTLY: f64 = 0.6;

/// With fewer rows agreement may be luck: in one of 2,000 pairs of columns of
/// this length a coin agrees with the sex as often as is asked for below.
const FEW_PAIRS: usize = 16;

/// Probabilities of the roles of one column.
pub(super) type Odds = Vec<(Role, f64)>;

fn odds_of(odds: &Odds, role: Role) -> f64 {
    odds.iter().find(|(r, _)| *r == role).map_or(0.0, |(_, p)| *p)
}

fn multiply(odds: &mut Odds, role: Role, by: f64) {
    for (_, p) in odds.iter_mut().filter(|(r, _)| *r == role) {
        *p *= by;
    }
    let total: f64 = odds.iter().map(|(_, p)| p).sum();
    odds.iter_mut().for_each(|(_, p)| *p /= total);
}

/// Lets columns speak for each other.
pub(super) fn listen(seen: &[Seen<'_>], named: &[Option<Role>], columns: &mut [Odds]) {
    let before = columns.to_vec();
    for (at, odds) in columns.iter_mut().enumerate() {
        for (beside, role, times) in LINKS {
            let others = before.iter().enumerate().filter(|(n, _)| *n != at);
            let present = others.map(|(_, o)| odds_of(o, *beside)).fold(0.0, f64::max);
            multiply(odds, *role, 1.0 + (times - 1.0) * present);
        }
    }
    one_key(seen, columns);
    one_of(Surname, columns);
    one_of(GivenName, columns);
    one_of(MiddleName, columns);
    no_person(seen, named, columns);
    beside_identity_numbers(seen, columns);
}

/// The likeliest key keeps the role; a tie goes to the first, and a number
/// that runs is likelier than one that does not.
fn one_key(seen: &[Seen<'_>], columns: &mut [Odds]) {
    let sure = |n: usize, odds: &Odds| odds_of(odds, Key) + if seen[n].view.running { 1.0 } else { 0.0 };
    let keys = || columns.iter().enumerate().filter(|(_, o)| odds_of(o, Key) > 0.3);
    let Some(best) = keys().map(|(n, o)| (n, sure(n, o))).reduce(|a, b| if b.1 > a.1 + 1e-6 { b } else { a }) else {
        return;
    };
    for (_, odds) in columns.iter_mut().enumerate().filter(|(n, _)| *n != best.0) {
        multiply(odds, Key, SECOND_KEY);
    }
}

/// Where one column surely holds the surnames, another that holds such is of places that
/// are called after people, unless its name says otherwise; likewise of given names.
fn one_of(role: Role, columns: &mut [Odds]) {
    let names = columns.iter().map(|odds| odds_of(odds, role)).enumerate();
    let Some((sure, _)) = names.filter(|(_, p)| *p >= SURE).reduce(|a, b| if b.1 > a.1 { b } else { a }) else {
        return;
    };
    for (_, odds) in columns.iter_mut().enumerate().filter(|(n, _)| *n != sure) {
        multiply(odds, role, SECOND);
    }
}

/// Beside names that are known as such, others of that writing which nearly nobody bears are
/// of something else, unless the column is called so.
fn no_person(seen: &[Seen<'_>], named: &[Option<Role>], columns: &mut [Odds]) {
    let share = |n: usize, is: fn(&str) -> bool| {
        let values = seen[n].view.values;
        values.iter().filter(|text| is(text.trim())).count() as f64 / values.len().max(1) as f64
    };
    let before = columns.to_vec();
    let may_be = |n: usize, role: Role| odds_of(&before[n], role) > 0.5;
    let are_people = |n: usize| {
        may_be(n, FullName) && share(n, people::is_listed_name) > MOSTLY
            || may_be(n, GivenName) && share(n, people::is_listed_given) > MOSTLY
    };
    if !(0..columns.len()).any(are_people) {
        return;
    }
    let is_latin = |text: &str| text.is_ascii() && shapes::is_lettered(text);
    for role in [FullName, GivenName, MiddleName] {
        let are_none = |n: &usize| {
            may_be(*n, role)
                && named[*n] != Some(role)
                && share(*n, is_latin) > MOSTLY
                && share(*n, people::is_known) < FEW
        };
        (0..columns.len()).filter(are_none).for_each(|n| multiply(&mut columns[n], role, NOBODYS));
    }
}

/// Where the column of surnames holds given names and the other one does not, the two are the
/// other way round, whatever they are called.
pub(super) fn swap_names(seen: &[Seen<'_>], columns: &mut [Odds]) {
    let surely = |role: Role| {
        let mut sure = (0..columns.len()).filter(|n| odds_of(&columns[*n], role) > 0.5);
        sure.next().filter(|_| sure.next().is_none())
    };
    let Some((surname, given)) = surely(Surname).zip(surely(GivenName)) else { return };
    let share = |n: usize| {
        let names = seen[n].view.values.iter().filter(|name| people::is_listed_given(name)).count();
        names as f64 / seen[n].view.values.len().max(1) as f64
    };
    if share(surname) > MOSTLY && share(given) * 2.0 < share(surname) {
        columns.swap(surname, given);
    }
}

/// Rows can be compared where no cell of the two columns is empty.
fn side_by_side(a: &Seen<'_>, b: &Seen<'_>) -> bool {
    let whole = |s: &Seen<'_>| s.view.blanks == 0 && s.view.values.len() >= FEW_PAIRS;
    whole(a) && whole(b) && a.view.values.len() == b.view.values.len()
}

fn beside_identity_numbers(seen: &[Seen<'_>], columns: &mut [Odds]) {
    let ids: Vec<usize> = (0..columns.len()).filter(|n| odds_of(&columns[*n], NationalId) > 0.5).collect();
    for id in ids {
        for at in (0..columns.len()).filter(|at| *at != id && side_by_side(&seen[id], &seen[*at])) {
            if births_agree(&seen[id], &seen[at]) > 0.8 {
                multiply(&mut columns[at], BirthDate, 1000.0);
            }
            if sexes_agree(seen[id].view.values, seen[at].view.values) > 0.9 {
                multiply(&mut columns[at], Sex, 2000.0);
            }
        }
    }
}

/// Share of rows whose identity number has the date of the other column.
fn births_agree(ids: &Seen<'_>, dates: &Seen<'_>) -> f64 {
    if dates.times.days.len() != ids.view.values.len() {
        return 0.0;
    }
    let rows = ids.view.values.iter().zip(&dates.times.days);
    let same = rows.filter(|(id, at)| idcard::birth_date(id.trim()) == Some(at.date())).count();
    same as f64 / ids.view.values.len() as f64
}

/// Share of rows in which one of two words goes with odd sequence numbers, the
/// other with even ones (GB 11643: men are odd).
fn sexes_agree(ids: &[&str], words: &[&str]) -> f64 {
    let odd = |id: &str| id.trim().chars().nth(16).and_then(|c| c.to_digit(10)).map(|d| d % 2);
    let mut distinct: Vec<&str> = words.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let [first, _] = distinct[..] else { return 0.0 };
    let men = ids.iter().zip(words).filter(|(id, word)| (odd(id) == Some(1)) == (**word == first)).count();
    let share = men as f64 / ids.len() as f64;
    share.max(1.0 - share)
}
