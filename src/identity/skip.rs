//! A uniform sample of a stream of unknown length: which of its members are
//! kept, and in whose place. It draws a number only for those that are kept
//! (algorithm L; Li 1994).

use rand::RngExt;

use crate::model::Entropy;

/// Chooses members of a stream.
#[derive(Debug, Clone)]
pub struct Skip {
    limit: usize,
    met: u64,
    /// The next member that is kept once the sample is full, never one that was met.
    next: u64,
    weight: f64,
}

impl Skip {
    /// A sample of at most so many.
    pub fn new(limit: usize) -> Self {
        Self { limit, met: 0, next: 0, weight: 1.0 }
    }

    /// Meets a member, which stands for `weight` like it (1 until the sample is full),
    /// and tells each place in the sample that it takes.
    pub fn next(&mut self, weight: u64, entropy: &mut dyn Entropy, mut takes: impl FnMut(usize)) {
        let met = self.met;
        self.met += weight;
        if met < self.limit as u64 {
            if self.is_full() {
                self.leap(met, entropy);
            }
            return takes(met as usize);
        }
        while self.next < self.met {
            self.leap(self.next, entropy);
            takes(entropy.random_range(0..self.limit));
        }
    }

    /// Whether the sample has as many members as it may.
    pub fn is_full(&self) -> bool {
        self.met >= self.limit as u64
    }

    /// How many members of weight 1 come before the next one that is kept.
    pub fn before_next(&self) -> u64 {
        if self.is_full() { self.next - self.met } else { 0 }
    }

    /// So many members of weight 1 are passed over, none of which would be kept.
    pub fn pass(&mut self, members: u64) {
        self.met += members;
    }

    fn leap(&mut self, from: u64, entropy: &mut dyn Entropy) {
        let mut uniform = || entropy.random_range(f64::MIN_POSITIVE..1.0);
        self.weight *= (uniform().ln() / self.limit as f64).exp();
        let over = (uniform().ln() / (1.0 - self.weight).ln()).floor();
        self.next = from.saturating_add(1).saturating_add(over.min(1e18) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_member_is_as_likely_kept() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(4);
        let mut kept = [0u32; 100];
        for _ in 0..2_000 {
            let mut skip = Skip::new(10);
            let mut sample = [0usize; 10];
            for n in 0..100 {
                skip.next(1, &mut entropy, |at| sample[at] = n);
            }
            sample.iter().for_each(|n| kept[*n] += 1);
        }
        assert!(kept.iter().all(|n| (140..265).contains(n)), "{kept:?}");
    }

    #[test]
    fn one_that_stands_for_others_is_as_likely_kept_as_all_of_them() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(4);
        let (mut alone, mut last) = (0u32, 0u32);
        for _ in 0..2_000 {
            let mut skip = Skip::new(10);
            let mut sample = [0usize; 10];
            for n in 0..60 {
                // From the fiftieth on one in forty is met, and stands for forty.
                let weight = if n < 50 { 1 } else { 40 };
                skip.next(weight, &mut entropy, |at| sample[at] = n);
            }
            alone += sample.iter().filter(|n| **n < 50).count() as u32;
            last += sample.iter().filter(|n| **n == 59).count() as u32;
        }
        // 50 stand for themselves, 10 for 400: 2,222 of 20,000 and, for the last, 1,778.
        assert!((2_000..2_450).contains(&alone) && (1_600..1_950).contains(&last), "{alone} {last}");
    }
}
