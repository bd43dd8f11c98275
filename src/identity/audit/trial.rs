//! A trial: one run of all attackers over one pool. Four of them: spelling (the
//! n-gram model), features (the forest), both (their mean rank), and the rules,
//! which need no training.

use super::features::{Feature, Features, Flag};
use super::fold;
use super::logistic::{Logistic, Sparse};
use super::measure::{auc, precision};
use super::ngrams::{self, Rarity, SLOTS};
use super::pool::Pool;
use super::{Rule, Sheet};
use crate::model::Entropy;

/// The attackers' names, in the order of a trial's scores.
pub const ATTACKERS: [&str; 4] = ["spelling", "features", "both", "rules"];
/// Which of them is the mean of the trained ones.
pub const BOTH: usize = 2;

const FOLDS: usize = 5;
const COLUMN_FOLDS: usize = 3;
const COLUMN_COST: f64 = 2.0;
/// What a feature of one spread weighs beside a row of n-grams of length one.
const BESIDE: f64 = 0.3;

/// A pool's features and each attacker's suspicion of each row.
pub struct Trial<'p> {
    pool: &'p Pool<'p>,
    features: Features<'p>,
    pub labels: Vec<bool>,
    pub scores: [Vec<f64>; 4],
}

impl<'p> Trial<'p> {
    /// Trains, cross-validates and scores.
    pub fn run(sheet: &Sheet<'p>, pool: &'p Pool<'p>, entropy: &mut dyn Entropy) -> Self {
        let features = Features::read(sheet, pool);
        let slots = ngrams::all(pool);
        let x = Rarity::of(&slots).weigh(slots);
        let (out, _) = fold::cross(pool, &x, &features.columns, FOLDS, entropy);
        let (both, rules) = (out.together(), suspicion(&features.flags, pool.rows()));
        Self { pool, features, labels: pool.labels(), scores: [out.letters, out.cells, both, rules] }
    }

    /// Mean average precision and precision at k over the published tables: all real rows and one batch.
    pub fn planted(&self, attacker: usize) -> (f64, f64) {
        let (real, scores) = (self.pool.real(), &self.scores[attacker]);
        let (mut tables, mut sums) = (0.0, (0.0, 0.0));
        for b in 0..self.pool.batches() as u32 {
            let members = (real..self.pool.rows()).filter(|&i| self.pool.batch()[i] == b);
            let rows: Vec<usize> = (0..real).chain(members).collect();
            if rows.len() == real {
                continue;
            }
            let labels: Vec<bool> = rows.iter().map(|&i| i >= real).collect();
            let (average, top) = precision(&labels, &rows.iter().map(|&i| scores[i]).collect::<Vec<_>>());
            sums = (sums.0 + average, sums.1 + top);
            tables += 1.0;
        }
        (sums.0 / f64::max(tables, 1.0), sums.1 / f64::max(tables, 1.0))
    }

    /// Every feature that tells, with its area under the curve either way round, the most telling first.
    pub fn features(&self) -> Vec<(String, f64)> {
        let area = |f: &Feature| {
            let values: Vec<f64> = f.values.iter().map(|v| if v.is_nan() { f64::NEG_INFINITY } else { *v }).collect();
            let one = auc(&self.labels, &values);
            (f.name.clone(), one.max(1.0 - one))
        };
        descending(self.features.columns.iter().map(area).collect())
    }

    /// Every rule that fires on a canary, the highest lift first.
    pub fn rules(&self) -> Vec<Rule> {
        let share = |fires: &[bool]| fires.iter().filter(|f| **f).count() as f64 / fires.len().max(1) as f64;
        let rule = |flag: &Flag| {
            let (real, planted) = flag.fires.split_at(self.pool.real());
            let (rows, canaries) = (share(real), share(planted));
            Rule { name: flag.name.clone(), canaries, rows, lift: (canaries + 0.002) / (rows + 0.002) }
        };
        let mut rules: Vec<Rule> = self.features.flags.iter().map(rule).filter(|r| r.canaries > 0.0).collect();
        rules.sort_by(|a, b| b.lift.total_cmp(&a.lift));
        rules
    }

    /// The area reached from each column by itself, the most telling first.
    pub fn columns(&self, sheet: &Sheet<'_>, entropy: &mut dyn Entropy) -> Vec<(String, f64)> {
        let area = |c: usize| {
            let slots = ngrams::read(self.pool, &[c]);
            let mut x = Rarity::of(&slots).weigh(slots);
            self.features.columns.iter().filter(|f| f.column == Some(c)).for_each(|f| beside(&mut x, f));
            let fold = fold::deal(self.pool, COLUMN_FOLDS, entropy);
            let mut scores = vec![0.0; self.pool.rows()];
            for f in 0..COLUMN_FOLDS {
                let (test, training): (Vec<usize>, Vec<usize>) = (0..fold.len()).partition(|&i| fold[i] == f);
                let model = Logistic::fit(&x, &self.labels, &training, COLUMN_COST, entropy);
                test.iter().for_each(|&i| scores[i] = model.score(&x.rows[i]));
            }
            (sheet.names[c].clone(), auc(&self.labels, &scores))
        };
        descending((0..self.pool.width()).map(area).collect())
    }
}

fn descending(mut list: Vec<(String, f64)>) -> Vec<(String, f64)> {
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list
}

/// Puts a feature, brought to mean nought and spread one, beside the n-grams.
fn beside(x: &mut Sparse, feature: &Feature) {
    let values: Vec<f64> = feature.values.iter().map(|v| if v.is_finite() { *v } else { -1.0 }).collect();
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    if spread <= 1e-12 * mean.abs().max(1.0) {
        return;
    }
    let column = x.width.max(SLOTS) as u32;
    x.width = column as usize + 1;
    x.rows.iter_mut().zip(&values).for_each(|(row, v)| row.push((column, ((v - mean) / spread * BESIDE) as f32)));
}

/// The rules' sum for each row: a rule weighs the more, the fewer rows it fires on.
fn suspicion(flags: &[Flag], rows: usize) -> Vec<f64> {
    let mut sums = vec![0.0; rows];
    for flag in flags {
        let fired = flag.fires.iter().filter(|f| **f).count() as f64;
        let weight = -((fired * 0.5 + 1.0) / rows as f64).ln();
        sums.iter_mut().zip(&flag.fires).filter(|(_, f)| **f).for_each(|(s, _)| *s += weight);
    }
    sums
}
