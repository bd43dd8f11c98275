//! An excerpt: a column that says the beginning or the end of what another one says: the
//! last four digits of a card, the year of a number, the street of an address. A canary's
//! is of its own. Columns that say all of another are `echo`'s.

use super::agreement::{ASKED, DIFFERENT, is_general};
use super::profile::Profile;
use super::{Role, Row, is_blank};

/// What of the other text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As many signs at its front, or at its back.
    Front,
    Back,
    /// All but so many words at its back, or all but so many parts between commas.
    Words(usize),
    Parts(usize),
}

/// A column and that of which it is an excerpt.
#[derive(Debug, Clone)]
pub struct Excerpt {
    column: usize,
    of: usize,
    end: End,
}

/// The excerpts of a table.
pub fn find(profile: &Profile) -> Vec<Excerpt> {
    let columns = (0..profile.roles.len()).filter(|c| may_be_one(profile.roles[*c]));
    let varied = columns.filter(|c| profile.columns[*c].distinct() >= DIFFERENT);
    let excerpt = |column: usize| {
        let others = (0..profile.roles.len()).filter(|c| *c != column && is_drawn(profile.roles[*c]));
        let is_address = |c: usize| profile.roles[c] == Role::Address;
        let excerpts = others.flat_map(|of| match (is_address(column), is_address(of)) {
            (true, true) => lines(profile, column, of),
            (false, false) => [End::Front, End::Back].map(|end| Excerpt { column, of, end }).to_vec(),
            _ => Vec::new(),
        });
        excerpts.into_iter().find(|excerpt| excerpt.is_one(profile))
    };
    varied.filter_map(excerpt).collect()
}

/// How an address could be the first line of another one, as the first row that is so tells.
fn lines(profile: &Profile, column: usize, of: usize) -> Vec<Excerpt> {
    let rest = |row: &Row| {
        let rest = said(row, of)?.strip_prefix(said(row, column)?)?;
        let ends = [End::Parts(rest.matches(',').count()), End::Words(rest.split_whitespace().count())];
        rest.starts_with([',', ' ']).then(|| ends.map(|end| Excerpt { column, of, end }).to_vec())
    };
    profile.donors.iter().take(ASKED).find_map(|a| rest(&a.row)).unwrap_or_default()
}

/// What is taken over, or drawn by itself.
fn may_be_one(role: Role) -> bool {
    use Role::*;
    matches!(role, Code | ForeignKey | Other | Status | Amount | Region | Text | Age | HouseNumber | Secret | Address)
}

/// What a canary has of its own.
fn is_drawn(role: Role) -> bool {
    use Role::*;
    matches!(role, Key | Code | Card | NationalId | CompanyCode | Phone | BirthDate | CreatedAt | Date | Address)
}

impl Excerpt {
    fn is_one(&self, profile: &Profile) -> bool {
        let rows = profile.donors.iter().take(ASKED).map(|a| &a.row);
        let pairs = rows.filter_map(|row| Some((said(row, self.column)?, said(row, self.of)?)));
        is_general(pairs.map(|(own, whole)| self.cut(whole, own.len()) == Some(own)))
    }

    fn cut<'t>(&self, whole: &'t str, length: usize) -> Option<&'t str> {
        let at = || whole.len().checked_sub(length).filter(|rest| *rest > 0 && length > 1);
        let front = |signs: &[char], parts: usize| {
            let at = whole.rmatch_indices(signs).nth(parts.checked_sub(1)?)?.0;
            Some(whole[..at].trim_end_matches([',', ' '])).filter(|front| !front.is_empty())
        };
        match self.end {
            End::Front => at().and_then(|_| whole.get(..length)),
            End::Back => whole.get(at()?..),
            End::Words(words) => front(&[' '], words),
            End::Parts(parts) => front(&[','], parts),
        }
    }

    /// Writes what a row's own column says in the place of what it took over, but for an address
    /// that somebody has.
    pub fn mend(&self, row: &mut Row, profile: &Profile) {
        let (Some(own), Some(whole)) = (said(row, self.column), said(row, self.of)) else { return };
        let is_free =
            |cut: &&str| profile.roles[self.column] != Role::Address || !profile.columns[self.column].has(cut);
        if let Some(cut) = self.cut(whole, own.len()).filter(is_free).map(str::to_owned) {
            row[self.column] = Some(cut);
        }
    }
}

fn said(row: &Row, column: usize) -> Option<&str> {
    row[column].as_deref().filter(|_| !is_blank(&row[column])).map(str::trim)
}

#[cfg(test)]
mod tests {
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn the_last_digits_of_a_number_are_its_own() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "student_no", "last_four", "card", "entered"].map(str::to_owned));
        for n in 0..300usize {
            let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
            let number = format!("1{}{:05}", n % 4, entropy.random_range(10_000..90_000));
            let row = [surname, &number, &number[number.len() - 4..], &number, &number[..2]];
            profiler.meet(&row.map(Some), &mut entropy);
        }
        let roles = [Role::Surname, Role::Code, Role::Code, Role::Card, Role::Status];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        for _ in 0..100 {
            let row = from.draw(10, &mut entropy).row;
            let cell = |column: usize| row[column].as_deref().unwrap_or_default();
            assert!(cell(1).ends_with(cell(2)) && cell(2).len() == 4 && cell(3) == cell(1), "{row:?}");
            assert!(!profile.columns[1].has(cell(1)), "{row:?}");
        }
    }

    #[test]
    fn the_street_of_an_address_is_its_own() {
        let streets = ["Oak", "Elm", "Mill", "Main", "Church", "Park", "High", "Lake", "Hill", "Spring", "Ridge"];
        for town in [", Dover DE 1990", " Dover DE 19901-10"] {
            let mut entropy = ChaCha20Rng::seed_from_u64(1);
            let mut profiler = Profiler::new(&["surname", "mail_address", "street"].map(str::to_owned));
            for n in 0..300usize {
                let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
                let street = format!("{} {} St", 100 + n * 7 % 900, streets[n % 11]);
                let row = [surname, &format!("{street}{town}{:02}", n * 37 % 90), &street];
                profiler.meet(&row.map(Some), &mut entropy);
            }
            let roles = [Role::Surname, Role::Address, Role::Address];
            let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
            let offer = Offer::default();
            let mut from = Generator::new(&profile, &offer);
            let rows = (0..100).map(|_| from.draw(10, &mut entropy).row);
            let cell = |row: &crate::identity::Row, column: usize| row[column].clone().unwrap_or_default();
            let own = rows.filter(|row| cell(row, 1).starts_with(&format!("{}{}", cell(row, 2), &town[..6]))).count();
            assert!(own > 90, "{own} of 100 {town}");
        }
    }
}
