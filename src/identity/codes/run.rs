//! A run: the numbers of a column's codes behind one beginning, those of the rows that
//! were kept. It says which number between or behind them is likely to be free; whether
//! it is, the whole table says.

use rand::RngExt;

use crate::identity::digits::{self, as_round};
use crate::model::Entropy;

/// Numbers to either side between which a new one is drawn first.
const REACH: usize = 2;
/// Numbers to either side by which it is seen whether any is free.
const AROUND: usize = 100;
/// Fewer numbers tell nothing of how dense they are.
const ENOUGH: usize = 8;
/// A stretch of free numbers is long from so many times the median on, and from so many.
const LONG: u64 = 8;
const LEAST: u64 = 16;
/// From so many draws in vain on a number need not be as round as the other.
const ROUND: usize = 8;
/// Of numbers that all are taken one in so many kept ones, times this, next to none is as
/// far from the next kept one as by chance (e to the power of minus 12).
const BREAK: f64 = 24.0;
/// A part of the table was kept whole where its numbers are so many times as dense.
const APART: f64 = 1.5;
/// Numbers behind a full stretch of which one is drawn, and for each kept one that stands
/// for several: the last that is taken may be so far behind the last that was kept.
const ROOM: u64 = 64;
const BEHIND: f64 = 8.0;

/// The numbers behind one beginning.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Sorted.
    numbers: Vec<u64>,
    /// The power of ten that divides all.
    step: u64,
    /// Of these that the table has, the share that is here, above 0 to 1.
    share: f64,
    /// Of the numbers that are not here so many must be free that one is drawn between them.
    least: f64,
    /// Numbers of which none can be greater.
    most: u64,
}

impl Run {
    /// A run of numbers of so many digits.
    pub(super) fn of(mut numbers: Vec<u64>, digits: usize, share: f64, least: f64) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        let most = 10u64.pow(digits as u32) - 1;
        let step = numbers.iter().map(|n| if *n == 0 { most + 1 } else { digits::unit(*n) }).min().unwrap_or(1);
        Self { numbers, step, share, least, most }
    }

    /// A number like another, farther off the oftener it was tried in vain.
    pub(super) fn draw(&self, like: u64, tried: usize, entropy: &mut dyn Entropy) -> Option<u64> {
        let numbers = Some(&self.numbers[..]).filter(|numbers| numbers.len() >= ENOUGH)?;
        let (at, reach) = (numbers.partition_point(|n| *n < like), REACH + tried * tried);
        if let Some((low, high)) = self.is_full(at).then(|| self.behind(at, tried)).flatten() {
            return Some(entropy.random_range(low..=high) * self.step);
        }
        let around = &numbers[at.saturating_sub(reach)..=(at + reach).min(numbers.len() - 1)];
        // Behind the last of them the run goes on.
        let beyond = (at + reach).saturating_sub(numbers.len() - 1) as u64;
        let last = around[around.len() - 1];
        let high = last.saturating_add(beyond).min(self.most);
        let free = parts(around, (last + 1, high));
        // Others that are as round may all be somebody's.
        let unit = if tried < ROUND { digits::unit(like) } else { 1 };
        let part = one_of(&free, unit, entropy).or_else(|| one_of(&free, 1, entropy));
        let (low, high) = part.unwrap_or((around[0], last));
        Some(as_round(unit, low, high, entropy))
    }

    /// Whether too few of the numbers about a place are free. Where more were kept than of
    /// rows from all over the table, all of a part were, and what lies between is free.
    fn is_full(&self, at: usize) -> bool {
        let window = &self.numbers[at.saturating_sub(AROUND)..(at + AROUND).min(self.numbers.len())];
        let (Some(first), Some(last)) = (window.first(), window.last()) else { return false };
        let (span, kept) = (((last - first) / self.step) as f64, window.len() as f64 - 1.0);
        let free = span - kept / self.share;
        window.len() >= ENOUGH && free <= (span - kept) * self.least && kept <= span * self.share * APART
    }

    /// In steps, the first numbers behind the stretch of a place that lie far before the next
    /// one that was kept.
    fn behind(&self, at: usize, tried: usize) -> Option<(u64, u64)> {
        let (far, room) = ((BREAK / self.share) as u64, ROOM.max((BEHIND / self.share) as u64));
        let rest = &self.numbers[at.min(self.numbers.len() - 1)..];
        let breaks = rest.windows(2).find(|two| (two[1] - two[0]) / self.step > far);
        let (last, next) = breaks.map_or((rest[rest.len() - 1], self.most + 1), |two| (two[0], two[1]));
        let (low, end) = (last / self.step + 1, next.div_ceil(self.step) - 1);
        (low <= end).then(|| (low, end.min(low + room * (1 + tried as u64))))
    }
}

/// The stretches of free numbers between those of a run, or behind them; of one that is far
/// longer than the others, what lies close to either end: the run is of several parts there.
fn parts(around: &[u64], behind: (u64, u64)) -> Vec<(u64, u64)> {
    let between = around.windows(2).map(|two| (two[0] + 1, two[1].saturating_sub(1)));
    let free: Vec<(u64, u64)> = between.chain([behind]).filter(|(low, high)| low <= high).collect();
    let mut lengths: Vec<u64> = free.iter().map(|(low, high)| high - low + 1).collect();
    lengths.sort_unstable();
    let Some(median) = lengths.get(lengths.len() / 2) else { return Vec::new() };
    let most = (LONG * median).max(LEAST);
    let ends = |(low, high): (u64, u64)| {
        let is_long = high - low >= most;
        let first = (low, if is_long { low + most / 2 } else { high });
        [Some(first), is_long.then(|| (high - most / 2, high))]
    };
    free.into_iter().flat_map(ends).flatten().collect()
}

/// How many numbers between two are as round as a unit.
fn many((low, high): (u64, u64), unit: u64) -> u64 {
    let multiples = |unit: u64| (high / unit + 1).saturating_sub(low.div_ceil(unit));
    multiples(unit) - multiples(unit * 10)
}

/// One of some parts, the more numbers as round as a unit lie in it the likelier.
fn one_of(parts: &[(u64, u64)], unit: u64, entropy: &mut dyn Entropy) -> Option<(u64, u64)> {
    let all: u64 = parts.iter().map(|part| many(*part, unit)).sum();
    let mut nth = entropy.random_range(0..all.max(1));
    for part in parts {
        match nth.checked_sub(many(*part, unit)) {
            Some(rest) => nth = rest,
            None => return Some(*part),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn parts_of_a_run_leave_the_numbers_far_from_both_alone() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let parts: Vec<u64> = (0..20).map(|n| 400_001 + n * 5).chain((0..20).map(|n| 456_801 + n * 5)).collect();
        let run = Run::of(parts, 6, 1.0, 0.5);
        for _ in 0..200 {
            for (like, unit) in [(400_061, 1), (400_050, 10), (456_900, 100)] {
                let made = run.draw(like, 2, &mut entropy).expect("one");
                let is_near = (400_001..=400_220).contains(&made) || (456_600..=456_999).contains(&made);
                assert!(is_near && digits::unit(made) == unit, "{made} like {like}");
            }
        }
    }

    /// Numbers drawn from a run of which one number in so many was kept.
    fn drawn(taken: &[u64], one_in: usize, entropy: &mut ChaCha20Rng) -> Vec<u64> {
        let kept: Vec<u64> = taken.iter().copied().filter(|_| entropy.random_range(0..one_in) == 0).collect();
        let run = Run::of(kept.clone(), 6, 1.0 / one_in as f64, 0.5);
        (0..200).filter_map(|n| run.draw(kept[n * 7 % kept.len()], 0, entropy)).collect()
    }

    #[test]
    fn where_every_number_is_taken_those_behind_are_free() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let full: Vec<u64> = (100_000..140_000).chain(300_000..320_000).collect();
        for one_in in [1, 5, 15] {
            let made = drawn(&full, one_in, &mut entropy);
            let free = made.iter().filter(|n| !full.contains(n)).count();
            assert!(free > 100 && made.iter().all(|n| *n < 141_000 || *n >= 300_000), "{one_in}: {free} {made:?}");
        }
        let by_tens: Vec<u64> = (10_000..14_000).map(|n| n * 10).collect();
        let made = drawn(&by_tens, 5, &mut entropy);
        assert!(made.iter().all(|n| n % 10 == 0 && *n > 139_000), "{made:?}");
        let some: Vec<u64> = (100_000..140_000).filter(|n| n % 3 == 0).collect();
        let made = drawn(&some, 5, &mut entropy);
        assert!(made.iter().filter(|n| **n < 139_900).count() > 190, "{made:?}");
        assert_eq!(Run::of((0..1_000).collect(), 3, 1.0, 0.5).behind(500, 0), None, "no number has so many digits");
    }
}
