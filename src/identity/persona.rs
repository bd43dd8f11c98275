//! A persona: the facts of one person who does not exist, agreeing with each
//! other. Name parts come from different rows of the table, the birth date from
//! the neighbourhood of another, and no whole name of the table is repeated.

use jiff::ToSpan;
use jiff::civil::Date;
use rand::RngExt;
use std::collections::HashSet;

use super::locale::{PersonName, Sex, read_sex};
use super::profile::{Anchor, Profile};
use super::{Role, Row, idcard};
use crate::model::Entropy;

/// Fewer named rows than this are too few to draw names from.
const ENOUGH: usize = 40;
/// Draws before something else is tried.
const TRIES: usize = 40;

/// One person.
#[derive(Debug, Clone)]
pub struct Persona {
    pub name: PersonName,
    pub sex: Option<Sex>,
    pub born: Option<Date>,
}

/// A person of the table: what is known of another row.
pub fn of_row(profile: &Profile, row: &Row) -> Option<Persona> {
    let text = |role| profile.text(row, profile.column_of(role));
    let name = match text(Role::FullName) {
        Some(full) => profile.locale.split(full)?,
        None => PersonName {
            surname: text(Role::Surname).unwrap_or_default().to_owned(),
            given: text(Role::GivenName)?.to_owned(),
        },
    };
    let id = text(Role::NationalId);
    let by_id =
        id.and_then(|id| id.get(16..17)?.parse::<u8>().ok()).map(|d| if d % 2 == 1 { Sex::Male } else { Sex::Female });
    Some(Persona { name, sex: text(Role::Sex).and_then(read_sex).or(by_id), born: birth_of(profile, row) })
}

fn birth_of(profile: &Profile, row: &Row) -> Option<Date> {
    let column = profile.column_of(Role::BirthDate);
    let told = column.and_then(|c| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?)).map(|at| at.date());
    told.or_else(|| idcard::birth_date(profile.text(row, profile.column_of(Role::NationalId))?))
}

/// Somebody like the person of `donor` (sex, age), and like nobody of the table
/// and nobody made before.
pub fn draw(profile: &Profile, donor: &Row, made: &HashSet<PersonName>, entropy: &mut dyn Entropy) -> Persona {
    let like = of_row(profile, donor);
    let sex = like.as_ref().and_then(|p| p.sex);
    let born =
        like.as_ref().and_then(|p| p.born).or_else(|| any_birth(profile, entropy)).map(|born| near(born, entropy));
    Persona { name: draw_name(profile, sex, born, made, entropy), sex, born }
}

fn any_birth(profile: &Profile, entropy: &mut dyn Entropy) -> Option<Date> {
    (0..TRIES).find_map(|_| birth_of(profile, &random(&profile.donors, entropy)?.row))
}

/// A date within two years either way.
fn near(born: Date, entropy: &mut dyn Entropy) -> Date {
    let days: i32 = entropy.random_range(-730..=730);
    born.checked_add(days.days()).unwrap_or(born)
}

fn draw_name(
    profile: &Profile,
    sex: Option<Sex>,
    born: Option<Date>,
    made: &HashSet<PersonName>,
    entropy: &mut dyn Entropy,
) -> PersonName {
    let is_new = |name: &PersonName| !made.contains(name) && !is_taken(profile, name);
    let own = (0..TRIES).map(|_| one_name(profile, sex, born, entropy)).find(is_new);
    // A table of few names has used its combinations up: the locale has more.
    let other = own.or_else(|| (0..TRIES).map(|_| profile.locale.draw(sex, entropy)).find(is_new));
    other.unwrap_or_else(|| profile.locale.draw(sex, entropy))
}

/// Surname of one row, given name of another of the same sex and about the same age.
fn one_name(profile: &Profile, sex: Option<Sex>, born: Option<Date>, entropy: &mut dyn Entropy) -> PersonName {
    let own = || profile.locale;
    if profile.donors.len() < ENOUGH {
        return own().draw(sex, entropy);
    }
    let mut other = |test: &dyn Fn(&Persona) -> bool| {
        (0..TRIES).find_map(|_| of_row(profile, &random(&profile.donors, entropy)?.row).filter(test))
    };
    let surname = other(&|p| !p.name.surname.is_empty());
    let of_age = |p: &Persona| match (p.born, born) {
        (Some(a), Some(b)) => (a.year() - b.year()).abs() <= 8,
        _ => true,
    };
    let alike = |p: &Persona| (sex.is_none() || p.sex.is_none() || p.sex == sex) && of_age(p);
    let given = other(&alike).or_else(|| other(&|p| sex.is_none() || p.sex == sex));
    match (surname, given) {
        (Some(s), Some(g)) => PersonName { surname: s.name.surname, given: g.name.given },
        _ => own().draw(sex, entropy),
    }
}

/// Whether the table has somebody of that whole name.
fn is_taken(profile: &Profile, name: &PersonName) -> bool {
    match profile.column_of(Role::FullName) {
        Some(column) => {
            let like = profile.donors.first().and_then(|a| profile.text(&a.row, Some(column))).unwrap_or_default();
            profile.columns[column].has(&profile.locale.join(name, like))
        }
        None => profile.donors.iter().filter_map(|a| of_row(profile, &a.row)).any(|p| p.name == *name),
    }
}

/// Any of the kept places.
pub(super) fn random<'a>(anchors: &'a [Anchor], entropy: &mut dyn Entropy) -> Option<&'a Anchor> {
    if anchors.is_empty() { None } else { anchors.get(entropy.random_range(0..anchors.len())) }
}
