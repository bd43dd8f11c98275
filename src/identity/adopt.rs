//! Adopting: a person of another table becomes a row of this one, as real people
//! stand in the tables of two offices: who they are and how to reach them is the
//! same, written as this table writes it; keys, dates and the rest are this table's.

use super::codes::is_coded;
use super::dates::DateForm;
use super::drawn::Drawn;
use super::generate::Generator;
use super::profile::Profile;
use super::{Cell, Role, is_blank};
use crate::model::contact_point::Kind;
use crate::model::{CanaryId, ContactPoint, Entropy, IdSafety};

/// Draws before a row is taken that has a key which the person has there.
const RETRIES: usize = 12;

/// A person as another table has them.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: CanaryId,
    /// What each column of that table holds.
    pub cells: Vec<(Role, Cell)>,
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub contact_points: Vec<ContactPoint>,
    pub id_safety: IdSafety,
}

/// What is the same of one person in every table.
fn is_personal(role: Role) -> bool {
    use Role::*;
    matches!(
        role,
        FullName
            | Surname
            | GivenName
            | MiddleName
            | Suffix
            | Phone
            | Email
            | Url
            | NationalId
            | IdType
            | BirthDate
            | Age
            | Sex
            | Address
            | HouseNumber
            | Region
            | Postcode
            | Company
            | CompanyCode
    )
}

impl Person {
    /// Why this table cannot hold the person: it asks what is not known of them, or
    /// has no column for one of their contact points.
    pub fn unfit(&self, profile: &Profile) -> Option<Role> {
        let known = |role: Role| self.cells.iter().any(|(r, _)| *r == role);
        let asked = profile.roles.iter().copied().find(|role| is_personal(*role) && !known(*role));
        let shown = |point: &&ContactPoint| profile.column_of(role_of(point.kind)).is_none();
        asked.or_else(|| self.contact_points.iter().find(shown).map(|point| role_of(point.kind)))
    }

    /// Their row in this table.
    pub fn adopted(&self, from: &mut Generator<'_>, count: usize, entropy: &mut dyn Entropy) -> Drawn {
        let mut own = from.draw(count, entropy);
        for _ in 0..RETRIES {
            if !self.has_key_of(&own, from.profile) {
                break;
            }
            own = from.draw(count, entropy);
        }
        let profile = from.profile;
        let mut met: Vec<Role> = Vec::new();
        let mut row = own.row;
        for (column, cell) in row.iter_mut().enumerate().filter(|(c, _)| is_personal(profile.roles[*c])) {
            let role = profile.roles[column];
            let nth = met.iter().filter(|r| **r == role).count();
            met.push(role);
            let theirs = self.cells.iter().filter(|(r, _)| *r == role).nth(nth).map(|(_, cell)| cell);
            *cell = theirs.map_or_else(|| profile.blank_like(column), |theirs| self.written(from, column, theirs));
        }
        Drawn::again(self.id, row, own.spot, profile, self)
    }

    /// Whether a row has a key of theirs, which by itself would tie the two tables' rows together.
    fn has_key_of(&self, own: &Drawn, profile: &Profile) -> bool {
        let is_theirs = |(role, cell): (&Role, &Cell)| {
            is_coded(*role) && !is_blank(cell) && self.cells.iter().any(|(r, theirs)| r == role && theirs == cell)
        };
        profile.roles.iter().zip(&own.row).any(is_theirs)
    }

    /// A cell of theirs in this table's form.
    fn written(&self, from: &Generator<'_>, column: usize, theirs: &Cell) -> Cell {
        let profile = from.profile;
        let Some(text) = theirs.as_deref().filter(|_| !is_blank(theirs)) else { return profile.blank_like(column) };
        let like = || profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column)));
        let phone = || self.contact_points.iter().find(|p| p.kind == Kind::Phone).map(|p| p.value.as_str());
        let written = match profile.roles[column] {
            Role::Phone => like().take(200).find_map(|like| from.phones.home.write(phone()?, like)),
            Role::BirthDate => DateForm::find(std::iter::once(text))
                .and_then(|form| form.read(text))
                .and_then(|at| Some(profile.dates[column].as_ref()?.write(at))),
            _ => None,
        };
        Some(written.unwrap_or_else(|| text.to_owned()))
    }
}

fn role_of(kind: Kind) -> Role {
    match kind {
        Kind::Phone => Role::Phone,
        Kind::Mailbox => Role::Email,
        Kind::Url => Role::Url,
    }
}
