//! Singles: values that one row alone has. A new row has one that no row has, one that
//! a single row has, or a common one, each as often as a row of the table among the
//! others (the chance of the unseen and the once seen: Good 1953).

use rand::RngExt;
use rustc_hash::FxHashMap;

use crate::model::Entropy;

/// The values of a piece that one row alone has.
#[derive(Debug, Default)]
pub(super) struct Singles {
    /// By value.
    are: Vec<bool>,
    /// The share of rows whose value no other has, 0 to 1.
    pub(super) share: f64,
    /// The chance that one of them is passed over where a row is drawn at random: rows share
    /// their value with just one other less often than that meets them.
    passed: f64,
}

impl Singles {
    /// Those of `root`, whose values are counted among all rows.
    pub(super) fn of(root: &[u32], all: impl Iterator<Item = u32>, target: &[u32]) -> Self {
        let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
        all.for_each(|row| *counts.entry(target[row as usize]).or_default() += 1);
        let count = |value: &u32| counts.get(value).copied().unwrap_or(0);
        let share = |times: u32| {
            let rows = root.iter().filter(|row| count(&target[**row as usize]) == times).count();
            rows as f64 / root.len().max(1) as f64
        };
        let (single, double) = (share(1), share(2));
        let values = counts.keys().max().map_or(0, |most| *most as usize + 1);
        Self {
            are: (0..values as u32).map(|value| count(&value) == 1).collect(),
            share: single,
            passed: passed(single, double),
        }
    }

    /// Whether a value that was met is passed over.
    pub(super) fn pass(&self, value: u32, entropy: &mut impl Entropy) -> bool {
        self.passed > 0.0 && self.are.get(value as usize) == Some(&true) && entropy.random_bool(self.passed)
    }
}

/// Of rows drawn at random, where values that no row has are drawn beforehand, so many of the
/// single ones are passed over that what is left is single as often as rows share a value with
/// one other.
fn passed(single: f64, double: f64) -> f64 {
    let common = 1.0 - single;
    let wanted = (double / common.max(f64::EPSILON)).min(1.0);
    let kept = wanted * common / (single * (1.0 - wanted)).max(f64::EPSILON);
    1.0 - kept.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn single_values_are_met_as_often_as_rows_share_theirs_with_one_other() {
        // Of 100 rows 40 have a value of their own, 10 one that another has as well, 50 the same.
        let target: Vec<u32> = (0..40).chain((0..10).map(|n| 40 + n / 2)).chain([45; 50]).collect();
        let root: Vec<u32> = (0..100).collect();
        let singles = Singles::of(&root, 0..100, &target);
        assert!((singles.share - 0.4).abs() < 1e-9);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let (mut met, mut single) = (0, 0);
        while met < 20_000 {
            let value = target[entropy.random_range(0..100)];
            if !singles.pass(value, &mut entropy) {
                met += 1;
                single += usize::from(value < 40);
            }
        }
        // Ten of the sixty rows that share theirs.
        assert!((single as f64 / f64::from(met) - 10.0 / 60.0).abs() < 0.01, "{single} of {met}");
        assert_eq!((passed(0.5, 0.5), passed(0.9, 0.0)), (0.0, 1.0));
    }
}
