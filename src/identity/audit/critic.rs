//! A critic: how much each candidate looks like a canary. Candidates are made in
//! excess, and of them the least suspicious are planted. A critic must not judge
//! its own choice: what was chosen is audited afresh, with other entropy.

use std::collections::HashSet;

use rand::seq::SliceRandom;

use super::Sheet;
use super::features::{Feature, Features};
use super::fold::{self, Scores, Trained};
use super::logistic::{balance, sigmoid};
use super::ngrams::{self, Rarity};
use super::pool::Pool;
use crate::identity::Row;
use crate::identity::role::Role;
use crate::model::Entropy;

const FOLDS: usize = 3;

/// A judge trained on real rows and candidates.
pub struct Critic {
    names: Vec<String>,
    roles: Vec<Role>,
    real: Vec<Row>,
    batch: usize,
    rarity: Rarity,
    /// Names of the features that the models look at.
    wanted: HashSet<String>,
    models: Vec<Trained>,
    mixture: Mixture,
    scores: Vec<f64>,
}

impl Critic {
    /// Trains on candidates of which about `batch` will be planted together: shared values and
    /// blocks of numbers are seen among that many, as they would be in a leak.
    pub fn fit(sheet: &Sheet<'_>, real: &[Row], candidates: &[Row], batch: usize, entropy: &mut dyn Entropy) -> Self {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.shuffle(entropy);
        let shuffled: Vec<&Row> = order.iter().map(|&i| &candidates[i]).collect();
        let pool = lay(sheet, real, &shuffled, batch, entropy);
        let slots = ngrams::all(&pool);
        let rarity = Rarity::of(&slots);
        let features = Features::read(sheet, &pool).columns;
        let (out, models) = fold::cross(&pool, &rarity.weigh(slots), &features, FOLDS, entropy);
        let mixture = Mixture::fit(&out, &pool.labels());
        let mut scores = vec![0.0; candidates.len()];
        order.iter().enumerate().for_each(|(k, &i)| scores[i] = mixture.log_odds(&out, pool.real() + k));
        let wanted = models.iter().flat_map(|m| m.features()).map(|f| features[*f].name.clone()).collect();
        let (names, roles, real) = (sheet.names.to_vec(), sheet.roles.to_vec(), real.to_vec());
        Self { names, roles, real, batch, rarity, wanted, models, mixture, scores }
    }

    /// For each candidate trained on, log p(row | canary) / p(row | real), by models that had not seen it.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The same for rows not trained on: the mean over the models.
    pub fn log_odds(&self, rows: &[Row], entropy: &mut dyn Entropy) -> Vec<f64> {
        let sheet = Sheet { names: &self.names, roles: &self.roles };
        let pool = lay(&sheet, &self.real, &rows.iter().collect::<Vec<_>>(), self.batch, entropy);
        let features: Vec<Feature> = Features::some(&sheet, &pool, &self.wanted).columns;
        let x = self.rarity.weigh(ngrams::all(&pool));
        let asked: Vec<usize> = (pool.real()..pool.rows()).collect();
        let parts: Vec<Scores> = self.models.iter().map(|m| m.score(&x, &features, &asked)).collect();
        let mean = |k: usize| parts.iter().map(|p| self.mixture.log_odds(p, k)).sum::<f64>() / parts.len() as f64;
        (0..rows.len()).map(mean).collect()
    }
}

fn lay<'a>(sheet: &Sheet<'_>, real: &'a [Row], rows: &[&'a Row], batch: usize, entropy: &mut dyn Entropy) -> Pool<'a> {
    let batches: Vec<Vec<&Row>> = rows.chunks(batch.max(1)).map(<[&Row]>::to_vec).collect();
    Pool::new(sheet.names.len(), &real.iter().collect::<Vec<_>>(), &batches, entropy)
}

/// How the two models' log odds are weighed into one, calibrated on rows neither had seen.
struct Mixture([f64; 3]);

impl Mixture {
    const RIDGE: f64 = 1.0;
    const STEPS: usize = 20;

    /// Newton's method on a logistic model of two inputs and a constant, classes weighed alike.
    fn fit(scores: &Scores, labels: &[bool]) -> Self {
        let rows: Vec<usize> = (0..labels.len()).collect();
        let weight = balance(labels, &rows);
        let mut mixture = Self([0.0; 3]);
        for _ in 0..Self::STEPS {
            let mut slope = mixture.0.map(|m| m * Self::RIDGE);
            let mut curve = [[0.0; 3]; 3];
            (0..3).for_each(|j| curve[j][j] = Self::RIDGE);
            for &i in &rows {
                let (x, w) = (inputs(scores, i), weight[usize::from(labels[i])]);
                let p = sigmoid(mixture.log_odds(scores, i));
                for j in 0..3 {
                    slope[j] += w * (p - f64::from(u8::from(labels[i]))) * x[j];
                    (0..3).for_each(|k| curve[j][k] += w * p * (1.0 - p) * x[j] * x[k]);
                }
            }
            let step = solve(curve, slope);
            (0..3).for_each(|j| mixture.0[j] -= step[j].clamp(-2.0, 2.0));
        }
        mixture
    }

    fn log_odds(&self, scores: &Scores, row: usize) -> f64 {
        inputs(scores, row).iter().zip(self.0).map(|(x, m)| x * m).sum()
    }
}

fn inputs(scores: &Scores, row: usize) -> [f64; 3] {
    [scores.letters[row], scores.cells[row], 1.0]
}

/// Solves three equations by elimination; the matrix is positive definite, so no pivot vanishes.
fn solve(mut a: [[f64; 3]; 3], mut b: [f64; 3]) -> [f64; 3] {
    for j in 0..3 {
        for i in (0..3).filter(|&i| i != j) {
            let by = a[i][j] / a[j][j];
            (0..3).for_each(|k| a[i][k] -= by * a[j][k]);
            b[i] -= by * b[j];
        }
    }
    [b[0] / a[0][0], b[1] / a[1][1], b[2] / a[2][2]]
}
