//! The audit: the attacker by whom we let ourselves be judged before anyone else
//! does. It holds batches of canaries against real rows and says how well they can
//! be told apart, by which columns, features and rules; and it is the critic that
//! picks the least suspicious of many candidates. After the classifier two-sample
//! test (Lopez-Paz and Oquab, 2017).
//!
//! PURE: no I/O, no clock, no ambient randomness. What counts as good enough is
//! left to the caller.

mod critic;
mod features;
mod fold;
mod forest;
mod guess;
mod logistic;
mod mask;
mod measure;
mod mix;
mod moment;
mod ngrams;
mod pool;
mod trial;

use rand::seq::SliceRandom;

use crate::identity::Row;
use crate::identity::role::Role;
use crate::model::Entropy;
use measure::{area, auc};
use pool::Pool;
use trial::{ATTACKERS, BOTH, Trial};

pub use critic::Critic;

/// A table's columns: their names and what we take them to mean, of one length.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    pub names: &'a [String],
    pub roles: &'a [Role],
}

/// How well canaries can be told from real rows.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Area under the ROC curve of spelling and features together, as many real rows as canaries; 0.5 is chance.
    pub auc: f64,
    /// Its 95 % interval.
    pub auc_low: f64,
    pub auc_high: f64,
    /// The area of the strongest attacker.
    pub auc_worst: f64,
    /// Average precision among all real rows and one batch, of the strongest attacker.
    pub planted_ap: f64,
    /// The share of canaries among the k most suspicious rows, k as many as planted, of the strongest attacker.
    pub precision_at_k: f64,
    /// Each attacker's own figures.
    pub attackers: Vec<Attacker>,
    /// The area reached from each column by itself, the most telling first.
    pub columns: Vec<(String, f64)>,
    /// Rules that fire on canaries, the highest lift first.
    pub rules: Vec<Rule>,
    /// Single features' areas, the most telling first.
    pub features: Vec<(String, f64)>,
    /// The area when half of the real rows are held against the other half: what chance gives.
    pub control_auc: f64,
}

/// What one attacker reaches.
#[derive(Debug, Clone)]
pub struct Attacker {
    pub name: &'static str,
    pub auc: f64,
    pub planted_ap: f64,
    pub precision_at_k: f64,
}

/// A suspicion that needs no training, and the shares of canaries and real rows it falls on.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub canaries: f64,
    pub rows: f64,
    /// How much oftener it falls on canaries.
    pub lift: f64,
}

/// Holds independent batches of canaries, each as large as will be planted, against real rows.
/// Below about 300 canaries the intervals are wide; without real rows or canaries all is chance.
pub fn audit(sheet: &Sheet<'_>, real: &[Row], batches: &[Vec<Row>], entropy: &mut dyn Entropy) -> Audit {
    let canaries: Vec<&Row> = batches.iter().flatten().collect();
    let everyone: Vec<&Row> = real.iter().collect();
    let few = canaries.len().min(everyone.len());
    let alike = [sample(&canaries, few, entropy)];
    let alike = Pool::new(sheet.names.len(), &sample(&everyone, few, entropy), &alike, entropy);
    let alike = Trial::run(sheet, &alike, entropy);
    let tables: Vec<Vec<&Row>> = batches.iter().map(|b| b.iter().collect()).collect();
    let tables = Pool::new(sheet.names.len(), &everyone, &tables, entropy);
    let planted = Trial::run(sheet, &tables, entropy);
    let attackers: Vec<Attacker> = (0..ATTACKERS.len()).map(|a| attacker(a, &alike, &planted)).collect();
    let worst = |of: fn(&Attacker) -> f64| attackers.iter().map(of).fold(0.0, f64::max);
    let whole = area(&alike.labels, &alike.scores[BOTH]);
    Audit {
        auc: whole.value,
        auc_low: whole.low,
        auc_high: whole.high,
        auc_worst: worst(|a| a.auc),
        planted_ap: worst(|a| a.planted_ap),
        precision_at_k: worst(|a| a.precision_at_k),
        columns: alike.columns(sheet, entropy),
        rules: planted.rules(),
        features: alike.features(),
        control_auc: control(sheet, &everyone, few, entropy),
        attackers,
    }
}

fn attacker(a: usize, alike: &Trial<'_>, planted: &Trial<'_>) -> Attacker {
    let (planted_ap, precision_at_k) = planted.planted(a);
    Attacker { name: ATTACKERS[a], auc: auc(&alike.labels, &alike.scores[a]), planted_ap, precision_at_k }
}

/// Real rows against real rows, at most `few` a side.
fn control(sheet: &Sheet<'_>, everyone: &[&Row], few: usize, entropy: &mut dyn Entropy) -> f64 {
    let half = few.min(everyone.len() / 2);
    let mixed = sample(everyone, 2 * half, entropy);
    let pool = Pool::new(sheet.names.len(), &mixed[..half], &[mixed[half..].to_vec()], entropy);
    let trial = Trial::run(sheet, &pool, entropy);
    auc(&trial.labels, &trial.scores[BOTH])
}

/// As many of the rows, in random order.
fn sample<'a>(rows: &[&'a Row], count: usize, entropy: &mut dyn Entropy) -> Vec<&'a Row> {
    let mut all = rows.to_vec();
    all.shuffle(entropy);
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests;
