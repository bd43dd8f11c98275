//! Order: how far a row's date lies from the dates of the rows whose keys are
//! next to its own. A key handed out late on an early row shows here.

use super::super::guess::Kind;
use super::super::measure::ranks;
use super::super::moment;
use super::{Column, Features, quantile};
use crate::identity::digits;

/// Neighbours looked at on each side.
const REACH: usize = 5;
/// Real rows needed for an order to mean something.
const ENOUGH: usize = 30;

pub fn read(all: &mut Features<'_>, columns: &[Column<'_>]) {
    for key in columns.iter().filter(|c| c.kind == Kind::Key) {
        for date in columns.iter().filter(|c| c.kind == Kind::Date) {
            pair(all, key, date);
        }
    }
}

fn pair(all: &mut Features<'_>, key: &Column<'_>, date: &Column<'_>) {
    let keys: Vec<f64> = key.cells.iter().map(|v| number(v)).collect();
    let days: Vec<f64> = date.cells.iter().map(|v| moment::parse(v).map_or(f64::NAN, |m| m.days() as f64)).collect();
    let mut known: Vec<(f64, f64)> =
        (0..all.pool.real()).map(|i| (keys[i], days[i])).filter(|(k, d)| !k.is_nan() && !d.is_nan()).collect();
    if known.len() < ENOUGH || correlation(&known).abs() <= 0.3 {
        return;
    }
    known.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let residual = |i: usize| {
        let at = known.partition_point(|(k, _)| *k < keys[i]);
        let after = at + usize::from(i < all.pool.real());
        let around = known[at.saturating_sub(REACH)..at].iter().chain(known.iter().skip(after).take(REACH));
        (days[i] - quantile(around.map(|(_, d)| *d), 0.5)).abs()
    };
    let residuals: Vec<f64> = (0..keys.len()).map(residual).collect();
    let limit = quantile(residuals[..all.pool.real()].iter().copied(), 0.99);
    all.flag("id_date_order", key.name, |i| residuals[i] > limit);
    all.feature(key, &format!("{}|order", date.name), residuals);
}

fn number(text: &str) -> f64 {
    let d = digits::of(text);
    d[d.len().saturating_sub(15)..].parse().unwrap_or(f64::NAN)
}

/// Spearman's rank correlation.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (a, b) = (ranks(&a), ranks(&b));
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_of_ranks() {
        let rising: Vec<(f64, f64)> = (0..20).map(|i| (f64::from(i), f64::from(i).exp())).collect();
        assert!((correlation(&rising) - 1.0).abs() < 1e-9);
        let falling: Vec<(f64, f64)> = rising.iter().map(|(a, b)| (*a, -b)).collect();
        assert!((correlation(&falling) + 1.0).abs() < 1e-9);
    }
}
