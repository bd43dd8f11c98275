//! The order in which the pieces of a row are drawn, each under those before it. How one
//! is drawn under others is left to `links`.

use crate::identity::Role;
use crate::identity::piece::{Part, Piece};
use crate::identity::profile::Profile;
use crate::identity::views::Views;

/// Pieces in the order in which a person comes together: what the row is, when
/// the person was born, the mail address, how they are addressed, the name, where they live, the numbers. A phone
/// whose first digits tell where it is comes before that, since the pool has few of each
/// place; and behind what all rows of an entity say of their place, as `is_shared` tells. Codes of what
/// has several rows come last, those of all rows before those of some.
pub(super) fn order(profile: &Profile, views: &Views, is_shared: Option<&impl Fn(usize) -> bool>) -> Vec<usize> {
    let rank = |p: &Piece| match (profile.roles[p.column], p.part) {
        (_, Part::Stretch) => -2,
        (_, Part::Filled) => -1,
        (Role::Region, _) if is_shared.is_some_and(|is_shared| is_shared(p.column)) => 0,
        (Role::Sex, _) | (_, Part::Sex) => 1,
        (Role::CreatedAt | Role::Date, _) => 0,
        (_, Part::Domain) => 4,
        (_, Part::Frame) => 4,
        (Role::FullName | Role::Surname | Role::GivenName | Role::MiddleName, _) => 5,
        (_, Part::Area | Part::Town) => 3,
        (_, Part::Street | Part::Rest) => 6,
        (Role::Phone, Part::Prefix) if is_shared.is_some() => 1,
        (Role::Code, _) if profile.columns[p.column].blank_share() > 0.0 => 9,
        (Role::Code | Role::Key, _) => 8,
        (_, Part::Prefix) => 7,
        (Role::BirthDate, _) | (_, Part::Born) => 3,
        (Role::Amount | Role::Geo | Role::Company | Role::Text, _) => 3,
        _ => 2,
    };
    let mut order: Vec<usize> = (0..views.pieces.len()).collect();
    let is_further = |p: &Piece| {
        let role = profile.roles[p.column];
        role.is_contact() && profile.column_of(role) != Some(p.column)
    };
    let key = |p: &Piece| (rank(p), is_further(p), p.texts.len());
    order.sort_by_key(|n| key(&views.pieces[*n]));
    order
}
