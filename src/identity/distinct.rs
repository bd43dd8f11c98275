//! The different values of a column, in bounded memory: all of them up to some
//! ten thousand, beyond that those whose hash is among a known share of all
//! hashes (distinct sampling; Gibbons 2001), each with how often it was met.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Values remembered at most.
const REMEMBERED: usize = 1 << 15;
/// Cells after which a column whose values came this often on the mean is one of
/// few values, and one cell in so many is looked at.
const KNOWN: u64 = 1 << 17;
const OFTEN: u64 = 4;
const SOME: u64 = 16;

/// A sample of a column's different values.
#[derive(Debug, Clone, Default)]
pub struct Distinct {
    /// Only hashes that end in so many zero bits are remembered.
    level: u32,
    met: FxHashMap<u64, u32>,
    repeated: usize,
    cells: u64,
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    // The low bits of this hash are its worst.
    hasher.finish().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8
}

impl Distinct {
    /// Counts a value.
    pub fn meet(&mut self, text: &str) {
        self.cells += 1;
        if self.is_known() && !self.cells.is_multiple_of(SOME) {
            return;
        }
        let hash = hash(text);
        if hash.trailing_zeros() < self.level {
            return;
        }
        let count = self.met.entry(hash).or_default();
        *count = count.saturating_add(1);
        self.repeated += usize::from(*count == 2);
        while self.met.len() > REMEMBERED {
            self.level += 1;
            let level = self.level;
            self.met.retain(|hash, _| hash.trailing_zeros() >= level);
            self.repeated = self.met.values().filter(|n| **n > 1).count();
        }
    }

    /// Whether looking at some of the cells is enough from now on.
    fn is_known(&self) -> bool {
        self.cells > KNOWN && self.cells > self.count() * OFTEN
    }

    /// About how many different values there are.
    pub fn count(&self) -> u64 {
        (self.met.len() as u64) << self.level
    }

    /// Share of the different values that were met more than once, 0 to 1.
    pub fn repeated_share(&self) -> f64 {
        self.repeated as f64 / self.met.len().max(1) as f64
    }

    /// Whether every value that was met is remembered.
    pub fn is_whole(&self) -> bool {
        self.level == 0 && self.cells <= KNOWN
    }

    /// Whether a value is remembered.
    pub fn has(&self, text: &str) -> bool {
        self.met.contains_key(&hash(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_values_are_estimated_in_bounded_memory() {
        let mut distinct = Distinct::default();
        for n in 0..1_000_000u32 {
            distinct.meet(&n.to_string());
            if n % 100 == 0 {
                distinct.meet(&n.to_string());
            }
        }
        assert!(distinct.met.len() <= REMEMBERED);
        assert!((900_000..1_100_000).contains(&distinct.count()), "{}", distinct.count());
        assert!(!distinct.is_whole());
        assert!((0.005..0.02).contains(&distinct.repeated_share()), "{}", distinct.repeated_share());
        let mut few = Distinct::default();
        ["a", "b", "a"].iter().for_each(|t| few.meet(t));
        assert_eq!((few.count(), few.has("a"), few.has("c"), few.is_whole()), (2, true, false, true));
    }
}
