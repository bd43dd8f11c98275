//! Commonness: how many rows of a table have a value. A new row has one that no row has, one
//! that a single row has, one that two have, each as often as a row of the table among the
//! others: of rows drawn at random those are passed over that are met more often (the chance of
//! the unseen, the once and the twice seen: Good 1953).

use rand::RngExt;
use rustc_hash::FxHashMap;

use crate::model::Entropy;

/// Values that so many others have, and more, are alike.
const COMMON: usize = 8;
/// What is met too seldom is kept at most so many times as often.
const MOST: f64 = 4.0;

/// Something by how many rows, but for the one that it is of, have the same value; the last is
/// of [`COMMON`] and more.
pub type ByOthers = [f64; COMMON + 1];

/// How common the values of a piece are.
#[derive(Debug, Default)]
pub struct Commonness {
    /// By value, how many rows have it.
    counts: Vec<u32>,
    /// The share of rows whose value no other has, 0 to 1.
    pub share: f64,
    /// The chance that a row is kept which was drawn at random, where values that no row has
    /// were drawn beforehand.
    kept: ByOthers,
}

impl Commonness {
    /// That of the values of `root`, which are counted among all rows.
    pub fn of(root: &[u32], all: impl Iterator<Item = u32>, target: &[u32]) -> Self {
        let mut rows: FxHashMap<u32, u32> = FxHashMap::default();
        all.for_each(|row| *rows.entry(target[row as usize]).or_default() += 1);
        let values = rows.keys().max().map_or(0, |most| *most as usize + 1);
        let count = |value: u32| rows.get(&value).copied().unwrap_or(0);
        let of_root = || root.iter().map(|row| count(target[*row as usize]));
        let mut wanted = tally(of_root().map(|count| count.saturating_sub(1)));
        let unseen = std::mem::take(&mut wanted[0]);
        Self {
            counts: (0..values as u32).map(count).collect(),
            share: unseen / root.len().max(1) as f64,
            kept: kept(&wanted, &tally(of_root())),
        }
    }

    /// Whether a row that was drawn at random is kept for its value.
    pub fn keep(&self, value: u32, entropy: &mut impl Entropy) -> bool {
        let kept = self.counts.get(value as usize).map_or(1.0, |others| at(&self.kept, *others));
        kept >= 1.0 || entropy.random_bool(kept)
    }
}

/// How often each number of others is met.
pub fn tally(others: impl Iterator<Item = u32>) -> ByOthers {
    let mut met = [0.0; COMMON + 1];
    others.for_each(|others| met[(others as usize).min(COMMON)] += 1.0);
    met
}

/// What goes for so many others.
pub fn at(by_others: &ByOthers, others: u32) -> f64 {
    by_others[(others as usize).min(COMMON)]
}

/// The chances of being kept by which what is drawn so often is met as often as is wanted; what
/// is never drawn is stood for by what has one more of them.
pub fn kept(wanted: &ByOthers, drawn: &ByOthers) -> ByOthers {
    let is_drawn = |others: &usize| drawn.get(*others).is_some_and(|met| *met > 0.0);
    let mut met = [0.0; COMMON + 1];
    for (others, wanted) in wanted.iter().enumerate() {
        [others, others + 1].into_iter().find(is_drawn).into_iter().for_each(|others| met[others] += wanted);
    }
    let [of_met, of_drawn] = [&met, drawn].map(|all| all.iter().sum::<f64>());
    if of_met <= 0.0 {
        return [1.0; COMMON + 1];
    }
    let ratio = |others: usize| {
        let ratio = (met[others] / of_met) / (drawn[others] / of_drawn);
        if is_drawn(&others) { ratio.min(MOST) } else { 0.0 }
    };
    let ratios: ByOthers = std::array::from_fn(ratio);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    ratios.map(|ratio| ratio / most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn values_are_as_common_as_those_of_a_row_are_among_the_others() {
        // Of 120 rows 40 have a value of their own, 20 one that another has as well, 30 one of
        // three rows, 30 the same.
        let groups = [(40, 1), (10, 2), (10, 3), (1, 30)];
        let values = groups.into_iter().flat_map(|(values, rows)| std::iter::repeat_n(rows, values));
        let target: Vec<u32> =
            values.enumerate().flat_map(|(value, rows)| std::iter::repeat_n(value as u32, rows)).collect();
        let root: Vec<u32> = (0..120).collect();
        let commonness = Commonness::of(&root, 0..120, &target);
        assert!((commonness.share - 40.0 / 120.0).abs() < 1e-9);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let (mut met, mut of) = (0.0f64, [0.0f64; 31]);
        while met < 20_000.0 {
            let value = target[entropy.random_range(0..120)];
            if commonness.keep(value, &mut entropy) {
                met += 1.0;
                of[target.iter().filter(|other| **other == value).count()] += 1.0;
            }
        }
        // Of the eighty rows that share theirs, 20 with one other, 30 with two, 30 with more.
        for (count, want) in [(1, 20.0 / 80.0), (2, 30.0 / 80.0), (30, 30.0 / 80.0)] {
            assert!((of[count] / met - want).abs() < 0.012, "{count} rows: {} of {met}", of[count]);
        }
        assert_eq!(of[3], 0.0, "no row has a value of four");
    }

    #[test]
    fn what_is_never_drawn_is_stood_for_by_the_next() {
        // Values that no other row has, and such that three others have; of the drawn ones no
        // row, one row or four have them.
        let wanted = tally([0; 50].into_iter().chain([3; 50]));
        let drawn = tally([0; 30].into_iter().chain([1; 30]).chain([4; 30]));
        assert_eq!([0, 1, 4].map(|others| at(&kept(&wanted, &drawn), others)), [1.0, 0.0, 1.0]);
        assert_eq!(at(&kept(&tally([0; 9].into_iter()), &tally([7; 3].into_iter())), 7), 1.0);
    }

    #[test]
    fn where_no_value_is_shared_none_is_passed_over() {
        let target: Vec<u32> = (0..10).collect();
        let commonness = Commonness::of(&[0, 1, 2], 0..10, &target);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        assert!((0..10).all(|value| commonness.keep(value, &mut entropy)) && commonness.share == 1.0);
        assert!(Commonness::default().keep(7, &mut entropy));
    }
}
