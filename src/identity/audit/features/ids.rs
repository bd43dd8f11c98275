//! Ids: the parts of a Chinese resident ID number (region, birth date, sequence)
//! and whether they agree with the row's dates and sex.

use std::collections::HashMap;

use super::super::guess::Kind;
use super::super::mix::Mixing;
use super::super::moment::{self, Moment};
use super::super::pool::Codes;
use super::{Column, Features, one};

fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or("")
}

fn value(text: &str, from: usize, to: usize) -> f64 {
    part(text, from, to).parse().unwrap_or(f64::NAN)
}

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let cells = c.cells;
    all.each(c, "byear", |i| value(cells[i], 6, 10));
    all.each(c, "bday", |i| value(cells[i], 12, 14));
    all.each(c, "seq", |i| value(cells[i], 14, 17));
    for to in [2, 4, 6] {
        all.key(c, &format!("^{to}"), Codes::new(cells.iter().map(|v| part(v, 0, to))));
    }
    all.shared(c, "reg6", &Codes::new(cells.iter().map(|v| part(v, 0, 6))));
    all.flag("id_bad_date", c.name, |i| !c.is_blank(i) && moment::parse(part(cells[i], 6, 14)).is_none());
    all.flag("id_seq000", c.name, |i| part(cells[i], 14, 17) == "000");
}

/// What id numbers say, held against the other columns.
pub fn agree(all: &mut Features<'_>, columns: &[Column<'_>]) {
    for id in columns.iter().filter(|c| c.kind == Kind::NationalId) {
        for c in columns {
            match c.kind {
                Kind::Date => birth(all, id, c),
                Kind::Sex => sex(all, id, c),
                _ => {}
            }
        }
    }
}

fn birth(all: &mut Features<'_>, id: &Column<'_>, date: &Column<'_>) {
    let days = |text: &str| moment::parse(text).map(Moment::days);
    let same = |i: usize| days(date.cells[i]).is_some_and(|d| Some(d) == days(part(id.cells[i], 6, 14)));
    all.each(id, &format!("{}|same", date.name), |i| one(same(i)));
    if all.real_share(same) > 0.8 {
        all.flag("id_birth_mismatch", id.name, |i| !same(i) && !id.is_blank(i));
    }
}

fn sex(all: &mut Features<'_>, id: &Column<'_>, sex: &Column<'_>) {
    let odd = |i: usize| part(id.cells[i], 16, 17).parse::<u32>().ok().map(|n| n % 2 == 1);
    let mut balance: HashMap<&str, i64, Mixing> = HashMap::default();
    for i in 0..all.pool.real() {
        let vote = odd(i).map_or(0, |o| if o { 1 } else { -1 });
        *balance.entry(sex.cells[i]).or_default() += vote;
    }
    let expected = |i: usize| balance.get(sex.cells[i]).filter(|b| **b != 0).map(|b| *b > 0);
    let wrong = |i: usize| !id.is_blank(i) && expected(i).is_some() && expected(i) != odd(i);
    all.each(id, &format!("{}|par", sex.name), |i| one(wrong(i)));
    if all.real_share(wrong) < 0.1 {
        all.flag("id_sex_mismatch", id.name, wrong);
    }
}
