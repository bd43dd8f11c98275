//! Pairs: how much more often two columns' tokens keep company in other rows than
//! chance would have it, near-certain dependencies that a row breaks, and which
//! cells are empty together.

use super::super::pool::Codes;
use super::{Column, Features, Key};

/// Tokens beyond these are not paired: the work grows with the square.
const MOST: usize = 26;
/// The feature for which all pairs have to be looked at.
const CONTRADICTIONS: &str = "contradictions";

pub fn read(all: &mut Features<'_>, columns: &[Column<'_>]) {
    let keys: Vec<Key> = std::mem::take(&mut all.keys).into_iter().take(MOST).collect();
    let breaking = all.wants(CONTRADICTIONS);
    let alone: Vec<Vec<f64>> = keys.iter().map(|k| all.pool.others(&k.codes)).collect();
    let mut broken = vec![0.0; all.pool.rows()];
    for (a, first) in keys.iter().enumerate() {
        for (b, second) in keys.iter().enumerate().skip(a + 1).filter(|(_, k)| k.column != first.column) {
            let name = format!("pair|{}&{}", first.name, second.name);
            if !breaking && !all.wants(&name) {
                all.joint(name, Vec::new());
                continue;
            }
            let code = |i: usize| u64::from(first.codes.of[i]) << 32 | u64::from(second.codes.of[i]);
            let both = all.pool.others(&Codes::new((0..all.pool.rows()).map(code)));
            lift(all, name, &both, [&alone[a], &alone[b]]);
            breaks(&mut broken, all.pool.real(), &both, &alone[a]);
            breaks(&mut broken, all.pool.real(), &both, &alone[b]);
        }
    }
    all.flag("contradiction", "pairs", |i| broken[i] > 0.0);
    all.joint(CONTRADICTIONS.to_owned(), broken);
    empties(all, columns);
}

/// The logarithm of how far the pair's count exceeds what independence foretells.
fn lift(all: &mut Features<'_>, name: String, both: &[f64], alone: [&[f64]; 2]) {
    let table = all.pool.table();
    let expected = |i: usize| alone[0][i] * alone[1][i] / table + 0.2;
    let lift = |i: usize| ((both[i] + 0.2) / expected(i)).ln();
    all.joint(name, (0..both.len()).map(lift).collect());
}

/// Counts the rows that break a dependency which the real rows keep nearly always.
fn breaks(broken: &mut [f64], real: usize, both: &[f64], alone: &[f64]) {
    let share = |i: usize| (alone[i] >= 3.0).then(|| both[i] / alone[i]);
    let kept: Vec<f64> = (0..real).filter_map(share).collect();
    if kept.iter().sum::<f64>() > 0.8 * kept.len() as f64 {
        broken.iter_mut().enumerate().for_each(|(i, n)| *n += f64::from(u8::from(share(i).is_some_and(|s| s < 0.05))));
    }
}

fn empties(all: &mut Features<'_>, columns: &[Column<'_>]) {
    let pattern = |i: usize| columns.iter().map(|c| c.is_blank(i)).collect::<Vec<bool>>();
    let same = all.pool.others(&Codes::new((0..all.pool.rows()).map(pattern)));
    all.joint("empty pattern".to_owned(), same.iter().map(|n| n.ln_1p()).collect());
    let table = all.pool.table();
    all.flag("rare_null_pattern", "empty", |i| same[i] / table < 0.003);
}
