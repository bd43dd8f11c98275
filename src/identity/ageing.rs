//! Ageing: a planted row changes from one release to the next as rows of the table
//! do. It follows one row that both copies have: the columns that changed there
//! change here. Who the person is, how to reach them, and the row's key stay.

use rand::RngExt;

use super::profile::{Order, Profile};
use super::vicinity::{self, Vicinity};
use super::{Cell, Role, Row, compose, is_blank};
use crate::model::Entropy;

/// Rows looked at for one that had the same value before.
const LOOKS: usize = 4_000;

/// Ages a row of the table as the rows of `stayed` (as they were, as they are) did.
pub fn age(profile: &Profile, row: &mut Row, stayed: &[(Row, Row)], entropy: &mut dyn Entropy) {
    if stayed.is_empty() {
        return;
    }
    let (was, is) = &stayed[entropy.random_range(0..stayed.len())];
    let changed: Vec<usize> = (0..row.len()).filter(|c| was[*c] != is[*c] && ages(profile, *c)).collect();
    for column in changed {
        if let Some(cell) = aged(profile, column, &row[column], (was, is), stayed, entropy) {
            row[column] = cell;
        }
    }
}

/// What may change of a person's record without making them somebody else.
fn ages(profile: &Profile, column: usize) -> bool {
    use Role::*;
    let sorted =
        matches!(profile.order, Order::Sorted { column: c, .. } | Order::Running { column: c, .. } if c == column);
    let other =
        matches!(profile.roles[column], ForeignKey | CreatedAt | Date | Amount | Status | Text | Age | Title | Other);
    other && !sorted
}

/// The cell's next value; nothing where none can be told.
fn aged(
    profile: &Profile,
    column: usize,
    cell: &Cell,
    (was, is): (&Row, &Row),
    stayed: &[(Row, Row)],
    mut entropy: &mut dyn Entropy,
) -> Option<Cell> {
    if is_blank(&is[column]) {
        return (!is_blank(cell)).then(|| is[column].clone());
    }
    if let Some(form) = &profile.dates[column] {
        let read = |cell: &Cell| form.read(cell.as_deref()?);
        let theirs = read(&is[column])?;
        let own = compose::moment_near(theirs, 0, form.has_time(), &mut entropy);
        let latest = stayed.iter().take(LOOKS).filter_map(|(_, is)| read(&is[column])).max().unwrap_or(theirs);
        // Never back in time, and never later than the copy that it stands in.
        return Some(Some(form.write(own.min(latest).max(read(cell).unwrap_or(own)))));
    }
    if let Some(next) = next_of(column, cell, stayed, entropy) {
        return Some(next);
    }
    let number = |cell: &Cell| cell.as_deref()?.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    let like = is[column].as_deref()?;
    match (number(cell), number(&was[column]), number(&is[column])) {
        (Some(own), Some(before), Some(after)) => Some(Some(moved(own, before, after, like))),
        (None, None, Some(_)) if is_blank(cell) => {
            Some(Some(Vicinity::of(like, vicinity::ANYWHERE).draw(&mut entropy)))
        }
        _ => None,
    }
}

/// What the value became in a row that had the same one.
fn next_of(column: usize, cell: &Cell, stayed: &[(Row, Row)], entropy: &mut dyn Entropy) -> Option<Cell> {
    let same = |pair: &&(Row, Row)| pair.0[column] == *cell && pair.1[column] != *cell;
    let begin = entropy.random_range(0..stayed.len());
    let around = stayed[begin..].iter().chain(&stayed[..begin]).take(LOOKS);
    around.filter(same).map(|(_, is)| is[column].clone()).next()
}

/// A number moved as another row's was, written like it; what never was under
/// nothing does not fall under it.
fn moved(own: f64, before: f64, after: f64, like: &str) -> String {
    let digits = like.trim().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let next = own + (after - before);
    let next = if next < 0.0 && before >= 0.0 && after >= 0.0 { own.min(after) } else { next };
    format!("{next:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    const HEADER: [&str; 5] = ["id", "phone", "status", "balance", "updated_at"];

    fn row(n: u32, status: &str, balance: u32, updated: &str) -> Row {
        [n.to_string(), format!("+1415555{n:04}"), status.to_owned(), format!("{balance}.50"), updated.to_owned()]
            .into_iter()
            .map(Some)
            .collect()
    }

    /// A third of the rows had a payment and were closed.
    fn stayed() -> Vec<(Row, Row)> {
        let one = |n: u32| {
            let was = row(n, "active", 1_000 + n * 7, "2024-01-02");
            let is = if n.is_multiple_of(3) { row(n, "closed", 900 + n * 7, "2024-06-05") } else { was.clone() };
            (was, is)
        };
        (0..900).map(one).collect()
    }

    #[test]
    fn rows_change_together_and_as_often_as_rows_of_the_table() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(3);
        let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
        for (_, is) in stayed() {
            let cells: Vec<Option<&str>> = is.iter().map(|c| c.as_deref()).collect();
            profiler.meet(&cells, &mut entropy);
        }
        let roles = [Role::Key, Role::Phone, Role::Status, Role::Amount, Role::Date];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let mut aged = 0;
        for n in 0..600u32 {
            let before = row(5_000 + n, "active", 40_000 + n, "2024-01-02");
            let mut after = before.clone();
            age(&profile, &mut after, &stayed(), &mut entropy);
            assert_eq!(after[..2], before[..2], "key and phone stay");
            if after != before {
                aged += 1;
                assert_eq!(after[2].as_deref(), Some("closed"));
                assert_eq!(after[3].as_deref(), Some(format!("{}.50", 39_900 + n).as_str()));
                assert_eq!(after[4].as_deref(), Some("2024-06-05"));
            }
        }
        assert!((140..260).contains(&aged), "{aged} of 600 where a third changes");
    }
}
