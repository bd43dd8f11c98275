//! Change: what happened to a table between two copies of it: which share of the
//! rows is new, which is gone, and how rows that stayed have changed. Measured on
//! the rows with the smallest hashes of their key, which are the same in both
//! copies (bottom-k sketch; Cohen and Kaplan 2007), so that memory is bounded.

use rustc_hash::FxHasher;
use std::collections::BTreeMap;
use std::hash::Hasher;

use super::column::is_blank;
use super::profile::Profile;
use super::{Cells, Role, Row};

/// Rows kept of each copy.
const KEPT: usize = 6_000;

/// Columns by which a row is the same row in another copy of its table: the first
/// that differs in every row, else a person's name with what else tells them.
pub fn key_of(profile: &Profile) -> Option<Vec<usize>> {
    use Role::*;
    let differs = |c: usize| {
        let column = &profile.columns[c];
        (column.is_unique() || column.never_repeats()) && column.blank_share() < 0.02
    };
    let told = [Key, NationalId, CompanyCode, Code, Phone, Email];
    let alone = told.into_iter().flat_map(|role| profile.columns_of(role)).find(|c| differs(*c));
    let name = || {
        let name = profile.column_of(FullName).or_else(|| profile.column_of(GivenName))?;
        let rest = [Surname, BirthDate, Phone, Email].into_iter().filter_map(|role| profile.column_of(role));
        Some(std::iter::once(name).chain(rest).collect::<Vec<_>>()).filter(|columns| columns.len() > 1)
    };
    alone.map(|c| vec![c]).or_else(name)
}

/// A hash of a row's key; nothing where all of it is blank.
pub fn hash_of(key: &[usize], cells: &Cells<'_>) -> Option<u64> {
    let mut hasher = FxHasher::default();
    for column in key {
        hasher.write(cells[*column].unwrap_or_default().as_bytes());
        hasher.write_u8(0);
    }
    let some = key.iter().any(|c| cells[*c].is_some_and(|t| !is_blank(t)));
    // The upper half of the product is the well mixed one.
    some.then(|| (u128::from(hasher.finish()).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 64) as u64)
}

/// The rows of one copy whose keys have the smallest hashes.
#[derive(Debug, Default)]
pub struct Sketch {
    rows: BTreeMap<u64, Row>,
    /// Rows with greater hashes were left out.
    cut: bool,
}

impl Sketch {
    /// Takes a row whose key has that hash.
    pub fn meet(&mut self, hash: u64, cells: &Cells<'_>) {
        if self.cut && self.rows.last_key_value().is_none_or(|(last, _)| hash > *last) {
            return;
        }
        self.rows.insert(hash, cells.iter().map(|c| c.map(str::to_owned)).collect());
        if self.rows.len() > KEPT {
            self.rows.pop_last();
            self.cut = true;
        }
    }

    /// Every row with a hash up to this one is there.
    fn reach(&self) -> u64 {
        if self.cut { self.rows.last_key_value().map_or(0, |(last, _)| *last) } else { u64::MAX }
    }
}

/// What happened between two copies.
#[derive(Debug, Default)]
pub struct Change {
    /// Of the rows of the new copy, the share that the old one had not.
    pub added: f64,
    /// Of the rows of the old copy, the share that the new one has not.
    pub gone: f64,
    /// Rows that both have, as they were and as they are.
    pub stayed: Vec<(Row, Row)>,
}

impl Change {
    /// From sketches by the same key, with columns in the same order.
    pub fn between(mut old: Sketch, mut new: Sketch) -> Self {
        let reach = old.reach().min(new.reach());
        old.rows.retain(|hash, _| *hash <= reach);
        new.rows.retain(|hash, _| *hash <= reach);
        let (before, after) = (old.rows.len(), new.rows.len());
        let both = old.rows.into_iter().filter_map(|(hash, was)| Some((was, new.rows.remove(&hash)?)));
        let stayed: Vec<(Row, Row)> = both.collect();
        let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
        Self { added: share(after - stayed.len(), after), gone: share(before - stayed.len(), before), stayed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(keys: impl Iterator<Item = u32>, value: impl Fn(u32) -> String) -> Sketch {
        let mut sketch = Sketch::default();
        for key in keys {
            let (key, value) = (key.to_string(), value(key));
            let cells = [Some(key.as_str()), Some(value.as_str())];
            sketch.meet(hash_of(&[0], &cells).expect("a key"), &cells);
        }
        sketch
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn of_small_copies_everything_is_known(old in 0u32..500, gone in 0u32..200, new in 0u32..300) {
            let gone = gone.min(old);
            let change = Change::between(sketch(0..old, |_| "a".into()), sketch(gone..old + new, |_| "a".into()));
            prop_assert_eq!(change.stayed.len() as u32, old - gone);
            prop_assert!((change.gone - f64::from(gone) / f64::from(old.max(1))).abs() < 1e-9);
            prop_assert!((change.added - f64::from(new) / f64::from((old - gone + new).max(1))).abs() < 1e-9);
        }
    }

    #[test]
    fn of_large_copies_the_shares_are_near_and_memory_is_bounded() {
        let old = sketch(0..60_000, |_| "a".into());
        let new = sketch(3_000..63_000, |n| if n % 4 == 0 { "b".into() } else { "a".into() });
        assert!(old.rows.len() <= KEPT && new.rows.len() <= KEPT);
        let change = Change::between(old, new);
        assert!(
            (change.added - 0.05).abs() < 0.015 && (change.gone - 0.05).abs() < 0.015,
            "{} {}",
            change.added,
            change.gone
        );
        let changed = change.stayed.iter().filter(|(a, b)| a[1] != b[1]).count() as f64 / change.stayed.len() as f64;
        assert!((changed - 0.25).abs() < 0.03, "{changed}");
    }
}
