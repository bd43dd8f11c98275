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
    /// The next member that is kept once the sample is full.
    next: u64,
    weight: f64,
}

impl Skip {
    /// A sample of at most so many.
    pub fn new(limit: usize) -> Self {
        Self { limit, met: 0, next: 0, weight: 1.0 }
    }

    /// Meets a member: the place in the sample that it takes, if it takes one.
    pub fn next(&mut self, entropy: &mut dyn Entropy) -> Option<usize> {
        let met = self.met;
        self.met += 1;
        if met < self.limit as u64 {
            if met + 1 == self.limit as u64 {
                self.leap(met, entropy);
            }
            return Some(met as usize);
        }
        if met != self.next {
            return None;
        }
        self.leap(met, entropy);
        Some(entropy.random_range(0..self.limit))
    }

    /// Whether the next member would be kept.
    pub fn wants(&self) -> bool {
        self.met < self.limit as u64 || self.met == self.next
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
                if let Some(at) = skip.next(&mut entropy) {
                    sample[at] = n;
                }
            }
            sample.iter().for_each(|n| kept[*n] += 1);
        }
        assert!(kept.iter().all(|n| (140..265).contains(n)), "{kept:?}");
    }
}
