//! A logistic model: how much each hashed n-gram speaks for a canary. L2
//! regularised, fitted by dual coordinate descent (Yu, Huang and Lin, 2011),
//! with classes weighed alike. Reading rows into n-grams is left to `ngrams`.

use rand::seq::SliceRandom;

use crate::model::Entropy;

/// Rows of (column, weight) pairs, each row's columns distinct.
pub struct Sparse {
    pub rows: Vec<Vec<(u32, f32)>>,
    pub width: usize,
}

/// A fitted model.
pub struct Logistic {
    weights: Vec<f32>,
    bias: f32,
}

const EPOCHS: usize = 25;
const TOLERANCE: f64 = 0.1;

impl Logistic {
    /// Fits to the rows listed in `training`; `cost` is the inverse strength of the regularisation.
    pub fn fit(x: &Sparse, labels: &[bool], training: &[usize], cost: f64, entropy: &mut dyn Entropy) -> Self {
        let weight = balance(labels, training);
        let mut model = Self { weights: vec![0.0; x.width], bias: 0.0 };
        let mut odds = vec![f64::NAN; x.rows.len()];
        let norm: Vec<f64> = x.rows.iter().map(|row| norm(row)).collect();
        let mut order = training.to_vec();
        for _ in 0..EPOCHS {
            order.shuffle(entropy);
            let mut worst = 0.0f64;
            for &i in &order {
                let bound = cost * weight[usize::from(labels[i])];
                worst = worst.max(model.step((&x.rows[i], norm[i]), labels[i], bound, &mut odds[i]));
            }
            if worst < TOLERANCE {
                break;
            }
        }
        model
    }

    /// Solves one row's dual variable a = C sigma(t) for t by Newton's method; gives the change in t.
    /// A row not yet visited has a = 0, and t unknown (NaN).
    fn step(&mut self, (row, norm): (&[(u32, f32)], f64), label: bool, bound: f64, odds: &mut f64) -> f64 {
        let sign = if label { 1.0 } else { -1.0 };
        let margin = sign * self.score(row);
        let before = if odds.is_nan() { 0.0 } else { bound * sigmoid(*odds) };
        let mut t = if odds.is_nan() { -margin / (1.0 + norm * bound / 4.0) } else { *odds };
        for _ in 0..8 {
            let s = sigmoid(t);
            let change = (t + norm * (bound * s - before) + margin) / (1.0 + norm * bound * s * (1.0 - s));
            t -= change;
            if change.abs() < 1e-3 {
                break;
            }
        }
        let moved = if odds.is_nan() { f64::INFINITY } else { (t - *odds).abs() };
        *odds = t;
        let delta = (sign * (bound * sigmoid(t) - before)) as f32;
        row.iter().for_each(|&(j, v)| self.weights[j as usize] += delta * v);
        self.bias += delta;
        moved
    }

    /// The log odds that a row is a canary.
    pub fn score(&self, row: &[(u32, f32)]) -> f64 {
        f64::from(self.bias + row.iter().map(|&(j, v)| self.weights[j as usize] * v).sum::<f32>())
    }
}

/// A row's squared length, that of the constant included.
fn norm(row: &[(u32, f32)]) -> f64 {
    1.0 + row.iter().map(|(_, v)| f64::from(v * v)).sum::<f64>()
}

/// Weights of (real rows, canaries) that make the classes count alike.
pub fn balance(labels: &[bool], training: &[usize]) -> [f64; 2] {
    let yes = training.iter().filter(|&&i| labels[i]).count() as f64;
    let all = training.len() as f64;
    [all / (2.0 * (all - yes).max(1.0)), all / (2.0 * yes.max(1.0))]
}

/// The logistic function.
pub fn sigmoid(t: f64) -> f64 {
    1.0 / (1.0 + (-t).exp())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn toy() -> (Sparse, Vec<bool>) {
        let rows = (0..200u32).map(|i| vec![(i % 2, 0.8), (2 + i % 7, 0.6)]).collect();
        (Sparse { rows, width: 9 }, (0..200).map(|i| i % 2 == 1 && i % 10 != 1).collect())
    }

    #[test]
    fn the_telling_column_tells() {
        let (x, labels) = toy();
        let training: Vec<usize> = (0..150).collect();
        let model = Logistic::fit(&x, &labels, &training, 4.0, &mut ChaCha8Rng::seed_from_u64(1));
        let area = super::super::measure::auc(
            &labels[150..],
            &x.rows[150..].iter().map(|r| model.score(r)).collect::<Vec<_>>(),
        );
        assert!(area > 0.85, "{area}");
    }

    #[test]
    fn the_solution_has_no_slope() {
        let (x, labels) = toy();
        let training: Vec<usize> = (0..200).collect();
        let model = Logistic::fit(&x, &labels, &training, 1.0, &mut ChaCha8Rng::seed_from_u64(1));
        let weight = balance(&labels, &training);
        let mut slope: Vec<f64> = model.weights.iter().map(|w| f64::from(*w)).collect();
        for (row, y) in x.rows.iter().zip(&labels) {
            let push = weight[usize::from(*y)] * (sigmoid(model.score(row)) - f64::from(u8::from(*y)));
            row.iter().for_each(|&(j, v)| slope[j as usize] += push * f64::from(v));
        }
        assert!(slope.iter().all(|s| s.abs() < 0.5), "{slope:?}");
    }
}
