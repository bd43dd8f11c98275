//! Numbers: size, roundness, last digit, and for running numbers the distance to
//! their neighbours. A block of numbers taken in one go shows here.

use super::super::guess::{Kind, number};
use super::super::pool::Codes;
use super::{Column, Features, quantile};
use crate::identity::digits;

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    if c.kind == Kind::Postcode {
        return postcode(all, c);
    }
    let values: Vec<f64> = c.cells.iter().map(|v| number(v).unwrap_or(f64::NAN)).collect();
    all.each(c, "round", |i| roundness(values[i]));
    all.each(c, "lastdigit", |i| c.cells[i].chars().next_back().and_then(|d| d.to_digit(10)).map_or(-1.0, f64::from));
    if c.kind == Kind::Key {
        neighbours(all, c);
    } else {
        let real = all.pool.real();
        let cuts: Vec<f64> = (1..8).map(|q| quantile(values[..real].iter().copied(), f64::from(q) / 8.0)).collect();
        let part = |v: f64| if v.is_nan() { usize::MAX } else { cuts.iter().filter(|&&cut| cut < v).count() };
        all.key(c, "~", Codes::new(values.iter().map(|&v| part(v))));
    }
    all.feature(c, "v", values);
}

fn roundness(value: f64) -> f64 {
    if value.is_nan() {
        return value;
    }
    [10.0, 100.0, 1e3, 1e4].iter().filter(|&&p| value.abs() % p == 0.0).count() as f64
}

fn postcode(all: &mut Features<'_>, c: &Column<'_>) {
    all.each(c, "v", |i| digits::of(c.cells[i]).parse().unwrap_or(f64::NAN));
    all.key(c, "", Codes::new(c.cells.iter()));
    all.key(c, "^3", Codes::new(c.cells.iter().map(|v| v.chars().take(3).collect::<String>())));
}

/// Distances among the last twelve digits, for keys and phones.
pub fn neighbours(all: &mut Features<'_>, c: &Column<'_>) {
    let tail = |v: &&str| {
        let d = digits::of(v);
        d[d.len().saturating_sub(12)..].parse().unwrap_or(f64::NAN)
    };
    let (gap, near) = all.pool.gaps(&c.cells.iter().map(tail).collect::<Vec<f64>>());
    if quantile(near[..all.pool.real()].iter().copied(), 0.5) < 1.0 {
        all.flag("sequential_block", c.name, |i| near[i] >= 2.0);
    }
    all.feature(c, "gap", gap.iter().map(|g| g.ln_1p()).collect());
    all.feature(c, "near60", near);
}
