//! A persona: the facts of one person agreeing with each other, as they can be
//! read off a row of the table. Making one that does not exist is `draft`'s.

use jiff::civil::Date;

use super::locale::{PersonName, Sex, read_sex};
use super::profile::Profile;
use super::{Role, Row, idcard};

/// One person.
#[derive(Debug, Clone)]
pub struct Persona {
    pub name: PersonName,
    pub sex: Option<Sex>,
    pub born: Option<Date>,
}

/// A person of the table: what is known of a row.
pub fn of_row(profile: &Profile, row: &Row) -> Option<Persona> {
    let text = |role| profile.text(row, profile.column_of(role));
    let apart = text(Role::Surname).zip(text(Role::GivenName)).is_some();
    let name = match text(Role::FullName).filter(|_| !apart) {
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

/// The birth date that a row tells.
pub fn birth_of(profile: &Profile, row: &Row) -> Option<Date> {
    let column = profile.column_of(Role::BirthDate);
    let told = column.and_then(|c| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?)).map(|at| at.date());
    told.or_else(|| idcard::birth_date(profile.text(row, profile.column_of(Role::NationalId))?))
}
