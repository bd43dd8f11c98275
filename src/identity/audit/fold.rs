//! A fold: a part of the rows kept out of training, so that no row is scored by
//! a model that has seen it. Two models are trained on the rest: a logistic one on
//! n-grams and a forest on the features that differ most.

use rand::seq::SliceRandom;

use super::features::Feature;
use super::forest::Forest;
use super::logistic::{Logistic, Sparse};
use super::measure::ranks;
use super::pool::Pool;
use crate::model::Entropy;

/// How many features a forest is given.
const CHOSEN: usize = 90;
/// Inverse strength of the n-gram model's regularisation.
const COST: f64 = 4.0;

/// Log odds of being a canary, by each model.
#[derive(Clone, Default)]
pub struct Scores {
    pub letters: Vec<f64>,
    pub cells: Vec<f64>,
}

/// What was trained with one fold kept out.
pub struct Trained {
    letters: Logistic,
    cells: Forest,
    chosen: Vec<usize>,
}

impl Scores {
    /// The mean of the two models' ranks.
    pub fn together(&self) -> Vec<f64> {
        ranks(&self.letters).iter().zip(ranks(&self.cells)).map(|(a, b)| a + b).collect()
    }
}

impl Trained {
    fn new(x: &Sparse, features: &[Feature], labels: &[bool], training: &[usize], entropy: &mut dyn Entropy) -> Self {
        let chosen = choose(features, labels, training);
        let cells = Forest::fit(&views(features, &chosen), labels, training, entropy);
        Self { letters: Logistic::fit(x, labels, training, COST, entropy), cells, chosen }
    }

    /// The features looked at, by their places in the layout trained on.
    pub fn features(&self) -> &[usize] {
        &self.chosen
    }

    /// Scores the rows listed; the features must have the layout trained on.
    pub fn score(&self, x: &Sparse, features: &[Feature], rows: &[usize]) -> Scores {
        let views = views(features, &self.chosen);
        Scores {
            letters: rows.iter().map(|&i| self.letters.score(&x.rows[i])).collect(),
            cells: rows.iter().map(|&i| self.cells.score(&views, i)).collect(),
        }
    }
}

fn views<'f>(features: &'f [Feature], chosen: &[usize]) -> Vec<&'f [f64]> {
    chosen.iter().map(|&f| features[f].values.as_slice()).collect()
}

/// Scores every row by models that have not seen it, and hands back the models.
pub fn cross(
    pool: &Pool<'_>,
    x: &Sparse,
    features: &[Feature],
    folds: usize,
    entropy: &mut dyn Entropy,
) -> (Scores, Vec<Trained>) {
    let (fold, labels) = (deal(pool, folds, entropy), pool.labels());
    let mut scores = Scores { letters: vec![0.0; pool.rows()], cells: vec![0.0; pool.rows()] };
    let mut models = Vec::with_capacity(folds);
    for f in 0..folds {
        let (test, training): (Vec<usize>, Vec<usize>) = (0..pool.rows()).partition(|&i| fold[i] == f);
        let model = Trained::new(x, features, &labels, &training, entropy);
        let part = model.score(x, features, &test);
        for (k, &i) in test.iter().enumerate() {
            (scores.letters[i], scores.cells[i]) = (part.letters[k], part.cells[k]);
        }
        models.push(model);
    }
    (scores, models)
}

/// Deals the rows out; whole batches where there are enough, so that a test canary's batch is unseen.
pub fn deal(pool: &Pool<'_>, folds: usize, entropy: &mut dyn Entropy) -> Vec<usize> {
    let mut shuffled = |n: usize| {
        let mut order: Vec<usize> = (0..n).map(|i| i % folds).collect();
        order.shuffle(entropy);
        order
    };
    let mut fold = shuffled(pool.real());
    if pool.batches() >= folds {
        let of = shuffled(pool.batches());
        fold.extend(pool.batch()[pool.real()..].iter().map(|&b| of[b as usize]));
    } else {
        fold.extend(shuffled(pool.rows() - pool.real()));
    }
    fold
}

/// The features whose means differ most for their spread (Fisher's F) among the training rows.
fn choose(features: &[Feature], labels: &[bool], training: &[usize]) -> Vec<usize> {
    let worth: Vec<f64> = features.iter().map(|f| separation(&f.values, labels, training)).collect();
    let mut order: Vec<usize> = (0..features.len()).collect();
    order.sort_by(|&a, &b| worth[b].total_cmp(&worth[a]));
    order.truncate(CHOSEN);
    order.retain(|&f| worth[f] > 0.0);
    order
}

fn separation(values: &[f64], labels: &[bool], training: &[usize]) -> f64 {
    let finite = |v: f64| if v.is_nan() { -1.0 } else { v.clamp(-1e6, 1e6) };
    let mut sums = [[0.0f64; 3]; 2];
    for &i in training {
        let (s, v) = (&mut sums[usize::from(labels[i])], finite(values[i]));
        *s = [s[0] + 1.0, s[1] + v, s[2] + v * v];
    }
    let spread = |s: [f64; 3]| (s[2] - s[1] * s[1] / s[0].max(1.0)).max(0.0);
    let [no, yes] = sums;
    let apart = (yes[1] / yes[0].max(1.0) - no[1] / no[0].max(1.0)).powi(2);
    let inside = spread(no) + spread(yes);
    if inside > 1e-9 * (no[2] + yes[2]) {
        apart / inside
    } else if apart > 1e-12 {
        f64::MAX
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::identity::Row;

    #[test]
    fn a_batch_is_dealt_whole_and_folds_are_alike() {
        let rows: Vec<Row> = (0..90).map(|i| vec![Some(i.to_string())]).collect();
        let refs: Vec<&Row> = rows.iter().collect();
        let batches: Vec<Vec<&Row>> = refs[50..].chunks(4).map(<[&Row]>::to_vec).collect();
        let mut entropy = ChaCha8Rng::seed_from_u64(2);
        let pool = Pool::new(1, &refs[..50], &batches, &mut entropy);
        let fold = deal(&pool, 5, &mut entropy);
        for chunk in fold[50..].chunks(4) {
            assert!(chunk.iter().all(|f| f == &chunk[0]));
        }
        for f in 0..5 {
            assert_eq!(fold.iter().filter(|g| **g == f).count(), 18);
        }
    }

    #[test]
    fn what_differs_is_chosen_first_and_constants_never() {
        let feature = |values: fn(usize) -> f64| Feature {
            column: None,
            name: String::new(),
            values: (0..40).map(values).collect(),
        };
        let features =
            [feature(|_| 1e12), feature(|i| (i % 3) as f64), feature(|i| (i % 2) as f64), feature(|_| f64::NAN)];
        let labels: Vec<bool> = (0..40).map(|i| i % 2 == 1).collect();
        let chosen = choose(&features, &labels, &(0..40).collect::<Vec<_>>());
        assert_eq!(chosen[0], 2);
        assert!(!chosen.contains(&0) && !chosen.contains(&3));
    }
}
