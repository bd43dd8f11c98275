//! The shape of a row: which of its cells say something. Canaries are shaped like rows of
//! the table in which all that is said can be said of somebody who does not exist: with
//! contacts that the pool has. What the cells say is left to the draft.

use super::phonebook::Phonebook;
use super::profile::Profile;
use super::{Cell, Role, Row, is_blank};
use crate::model::Offer;

/// One of so many rows at least is enough for canaries to be shaped like them alone.
const ENOUGH: usize = 20;

/// So many phones for each column of each canary are enough, and so many for each column at least.
const AMPLE: usize = 3;
const LEAST: usize = 100;

/// A contact in two columns of a row is rare up to this share of rows.
const RARE: f64 = 0.1;

/// Up to this share of empty cells a column is one that has to say something.
const BLANK: f64 = 0.05;

/// The share of rows without any contact that is not missed among the canaries.
const MISSED: f64 = 0.1;
/// At most this share of the canaries has none, however few rows have one.
const MUTE: f64 = 0.5;

/// Rows in which somebody can be reached, with a phone of a form that offered numbers can be
/// written in, and if there are enough with nothing that the pool cannot give; as many in
/// which nobody can as hide the others; all rows where none is such.
pub fn find(profile: &Profile, phones: &Phonebook, offer: &Offer, missed: &[bool]) -> Vec<u32> {
    let phone = profile.column_of(Role::Phone);
    // What the pool cannot give stays empty, as in rows that have none; one contact stands
    // in two columns where that is nothing rare.
    let is_ample = is_ample(profile, offer, missed, 1);
    let common: Vec<bool> = (0..profile.roles.len()).map(|c| share_given(profile, c) > RARE).collect();
    let has_phone = |c: usize| is_ample && profile.roles[c] == Role::Phone;
    let can_be = |c: usize, row: &Row| has_phone(c) || common[c] && can_be_given(profile, c, row);
    let is_spared = |row: &Row| (0..row.len()).all(|c| is_blank(&row[c]) || can_be(c, row));
    let fits = |row: &Row| {
        let mut contacts = profile.roles.iter().zip(row).filter(|(role, _)| role.is_contact());
        contacts.any(|(_, cell)| !is_blank(cell)) && profile.text(row, phone).is_none_or(|like| phones.can_write(like))
    };
    let says_something = |n: &u32| profile.donors[*n as usize].row.iter().any(|cell| !is_blank(cell));
    let all: Vec<u32> = (0..profile.donors.len() as u32).filter(says_something).collect();
    let fitting: Vec<u32> = all.iter().copied().filter(|n| fits(&profile.donors[*n as usize].row)).collect();
    let spared: Vec<u32> = fitting.iter().copied().filter(|n| is_spared(&profile.donors[*n as usize].row)).collect();
    let mut shapes = match () {
        () if spared.len() * ENOUGH >= profile.donors.len() => spared,
        () if all.is_empty() => return (0..profile.donors.len() as u32).collect(),
        () if fitting.is_empty() => return all,
        () => fitting,
    };
    shapes.extend(mute(profile, shapes.len()));
    shapes
}

/// Rows without any contact, beside so many with one.
fn mute(profile: &Profile, others: usize) -> Vec<u32> {
    let says = |row: &Row| profile.roles.iter().zip(row).any(|(role, cell)| role.is_contact() && !is_blank(cell));
    let rows = 0..profile.donors.len() as u32;
    let mute: Vec<u32> = rows.filter(|n| !says(&profile.donors[*n as usize].row)).collect();
    let share = (mute.len() as f64 / profile.donors.len().max(1) as f64 - MISSED).clamp(0.0, MUTE);
    let wanted = (others as f64 * share / (1.0 - share)).round() as usize;
    // Those of one part of the table may be of another kind than the rest.
    (0..wanted).map(|n| mute[n * mute.len() / wanted]).collect()
}

/// Whether an offer has phones enough for so many canaries to have one in each column of phones:
/// to spare, or just enough where a second one is missed.
pub fn is_ample(profile: &Profile, offer: &Offer, missed: &[bool], count: usize) -> bool {
    let is_needed = profile.columns_of(Role::Phone).any(|c| missed[c]);
    let each = if is_needed { count } else { (AMPLE * count).max(LEAST) };
    offer.phones.len() >= profile.columns_of(Role::Phone).count() * each
}

/// By column, whether nearly every row has a contact there that is another one than in the
/// first of its kind: a canary with none, or with the same, is told by that.
pub fn missed(profile: &Profile) -> Vec<bool> {
    let is_missed = |c: usize| is_hardly_blank(profile, c) && share_given(profile, c) <= RARE;
    (0..profile.roles.len()).map(|c| profile.roles[c].is_contact() && is_missed(c)).collect()
}

/// Whether nearly every row says something in a column.
pub fn is_hardly_blank(profile: &Profile, column: usize) -> bool {
    profile.columns[column].blank_share() <= BLANK
}

/// Whether a canary can have what a row says in a column: contacts of a kind that the pool
/// gives, and one of each.
pub fn can_be_given(profile: &Profile, column: usize, row: &Row) -> bool {
    match profile.roles[column] {
        Role::OtherContact => false,
        role @ (Role::Phone | Role::Email | Role::Url) => {
            let first = profile.column_of(role).unwrap_or(column);
            first == column || said(&row[first]) == said(&row[column])
        }
        _ => true,
    }
}

/// The share of the rows that say something in a column in which a canary can have that.
fn share_given(profile: &Profile, column: usize) -> f64 {
    let rows = || profile.donors.iter().map(|a| &a.row).filter(|row| !is_blank(&row[column]));
    rows().filter(|row| can_be_given(profile, column, row)).count() as f64 / rows().count().max(1) as f64
}

fn said(cell: &Cell) -> Option<&str> {
    cell.as_deref().filter(|_| !is_blank(cell))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    /// A phone in every row, the same as fax in each of so many, a messenger in every other.
    fn shapes(same: usize) -> Vec<u32> {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "phone", "fax", "skype"].map(str::to_owned));
        for n in 0..400usize {
            let phone = format!("479-{:03}-{:04}", 200 + n % 300, n * 7);
            let other = format!("501-{:03}-{:04}", 200 + n % 300, n * 3);
            let fax = [Some(phone.as_str()), Some(&other), None][if n.is_multiple_of(same) { 0 } else { 1 + n % 2 }];
            let skype = Some("live:somebody").filter(|_| n.is_multiple_of(4));
            profiler.meet(&[Some("Mason"), Some(&phone), fax, skype], &mut entropy);
        }
        let roles = [Role::Surname, Role::Phone, Role::Phone, Role::OtherContact];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        find(&profile, &Phonebook::new(&profile, &offer.phones), &offer, &missed(&profile))
    }

    /// A mailbox in each of so many rows.
    fn mailed(each: usize) -> Vec<u32> {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "email"].map(str::to_owned));
        for n in 0..400usize {
            let mail = format!("mason{n}@example.org");
            profiler.meet(&[Some("Mason"), Some(mail.as_str()).filter(|_| n.is_multiple_of(each))], &mut entropy);
        }
        let roles = [Role::Surname, Role::Email];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        find(&profile, &Phonebook::new(&profile, &offer.phones), &offer, &missed(&profile))
    }

    #[test]
    fn rows_without_contacts_are_models_beside_as_many_with_one() {
        let muted = |each: usize| mailed(each).iter().filter(|n| !(**n as usize).is_multiple_of(each)).count();
        assert_eq!((mailed(1).len(), muted(1)), (400, 0));
        assert_eq!((mailed(2).len(), muted(2)), (333, 133), "two in five, of the half that has none");
        assert_eq!((mailed(8).len(), muted(8)), (100, 50), "never more than half");
    }

    #[test]
    fn rows_that_say_nothing_are_no_models() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut shapes = |filled: usize| {
            let mut profiler = Profiler::new(&["surname", "town"].map(str::to_owned));
            for n in 0..40usize {
                let cell = |text| Some(text).filter(|_| n < filled);
                profiler.meet(&[cell("Mason"), cell("Dover")], &mut entropy);
            }
            let roles = vec![(0, Role::Surname), (1, Role::Region)];
            let profile = profiler.finish(&Told { roles, ..Told::default() });
            find(&profile, &Phonebook::new(&profile, &[]), &Offer::default(), &missed(&profile)).len()
        };
        assert_eq!([40, 30, 0].map(&mut shapes), [40, 30, 40]);
    }

    #[test]
    fn rows_whose_contacts_cannot_be_had_are_no_models() {
        // A messenger in rows 0, 4, 8…, a fax of its own in the odd or even others.
        let faxed = |n: &u32| n.is_multiple_of(200);
        assert!(shapes(200).iter().all(|n| !n.is_multiple_of(4) && !faxed(n) && n % 2 == 1));
        assert!(shapes(3).iter().any(|n| n.is_multiple_of(3)), "the same in both is nothing rare here");
    }
}
