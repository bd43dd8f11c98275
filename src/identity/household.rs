//! Households: rows of one surname at one address. A canary is of none of them, so that of
//! each the first row alone tells which surnames live in which streets. How rows hang
//! together otherwise is `links`', what one person owns several rows of is `entity`'s.

use rustc_hash::FxHashSet;

use super::Role;
use super::piece::Part;
use super::profile::Profile;
use super::views::Views;

/// By kept row, whether it is no further one of a household.
pub fn first_ones(profile: &Profile, views: &Views) -> Vec<bool> {
    let is_surname = |column: usize| profile.roles[column] == Role::Surname;
    let surname =
        views.pieces.iter().find(|p| p.part == Part::Surname || p.part == Part::Whole && is_surname(p.column));
    let columns: Vec<usize> = profile.columns_of(Role::Address).chain(profile.columns_of(Role::HouseNumber)).collect();
    let mut met = FxHashSet::default();
    let mut is_first = |row: usize| {
        let says = |column: &usize| profile.text(&profile.donors[row].row, Some(*column));
        let home: Vec<Option<&str>> = columns.iter().map(says).collect();
        let lives = surname.and_then(|piece| piece.text(row)).filter(|_| home.iter().any(Option::is_some));
        lives.is_none_or(|surname| met.insert((surname, home)))
    };
    (0..profile.donors.len()).map(&mut is_first).collect()
}
