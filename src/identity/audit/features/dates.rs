//! Dates: day, year, month, weekday, hour, seconds, and how many others share the
//! day; and dates outside the span of the real rows.

use super::super::moment::{Moment, parse};
use super::super::pool::Codes;
use super::{Column, Features, one};

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let moments: Vec<Option<Moment>> = c.cells.iter().map(|v| parse(v)).collect();
    let mut part = |what: &str, of: fn(Moment) -> f64| all.each(c, what, |i| moments[i].map_or(f64::NAN, of));
    part("t", |m| m.days() as f64);
    part("year", |m| f64::from(m.year));
    part("month", |m| f64::from(m.month));
    part("day", |m| f64::from(m.day));
    part("dayofweek", |m| (m.days() + 3).rem_euclid(7) as f64);
    part("hour", |m| f64::from(m.second / 3600));
    part("secs", |m| f64::from(m.second % 3600));
    all.shared(c, "dayfreq", &Codes::new(moments.iter().map(|m| m.map(Moment::days))));
    all.key(c, "^y", Codes::new(moments.iter().map(|m| m.map(|m| m.year))));
    out_of_range(all, c, &moments);
}

fn out_of_range(all: &mut Features<'_>, c: &Column<'_>, moments: &[Option<Moment>]) {
    let real = || moments[..all.pool.real()].iter().flatten().map(|m| m.days());
    let (first, last) = (real().min().unwrap_or(i64::MIN), real().max().unwrap_or(i64::MAX));
    let strict = all.real_share(|i| moments[i].is_some()) > 0.95;
    all.flag("date_out_of_range", c.name, |i| match moments[i] {
        Some(m) => m.days() < first || m.days() > last,
        None => strict && !c.is_blank(i),
    });
    all.each(c, "unread", |i| one(moments[i].is_none() && !c.is_blank(i)));
}
