//! A weighted list: places numbered from zero, drawn in proportion to their
//! weights. What lies at a place is left to its user.

use rand::RngExt;

use crate::model::Entropy;

/// Running totals of weights, so that a draw is one binary search.
#[derive(Debug, Clone, Default)]
pub(super) struct Weighted {
    totals: Vec<f64>,
}

impl Weighted {
    /// Of those weights; one below zero or not a number counts as zero.
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let add = |weight: f64| {
            sum += if weight > 0.0 { weight } else { 0.0 };
            sum
        };
        Self { totals: weights.into_iter().map(add).collect() }
    }

    /// All weights together.
    pub(super) fn total(&self) -> f64 {
        self.totals.last().copied().unwrap_or(0.0)
    }

    /// The weight at a place.
    pub(super) fn weight(&self, place: usize) -> f64 {
        let before = if place == 0 { 0.0 } else { self.totals[place - 1] };
        self.totals[place] - before
    }

    /// A place, or none where all weights are zero.
    pub(super) fn draw(&self, entropy: &mut dyn Entropy) -> Option<usize> {
        if self.total() <= 0.0 {
            return None;
        }
        let at = entropy.random::<f64>() * self.total();
        Some(self.totals.partition_point(|total| *total <= at).min(self.totals.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn draws_follow_the_weights_and_never_take_a_zero() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let list = Weighted::new([1.0, 0.0, 3.0, f64::NAN, -2.0]);
        let mut counts = [0; 5];
        for _ in 0..40_000 {
            counts[list.draw(&mut entropy).expect("a place")] += 1;
        }
        assert!((9_500..10_500).contains(&counts[0]), "{counts:?}");
        assert_eq!((counts[1], counts[3], counts[4]), (0, 0, 0));
        assert_eq!((list.total(), list.weight(2)), (4.0, 3.0));
        assert_eq!(Weighted::default().draw(&mut entropy), None);
    }
}
