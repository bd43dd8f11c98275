//! Checksums: whether a number keeps the check rule most real rows keep.
//! A rule few real rows keep says nothing about the column and is left out.

use super::{Column, Features, one};
use crate::identity::company::{self, CompanyCode};
use crate::identity::{checks, idcard};

type Rule = fn(&str) -> bool;

const CHECKS: [(&str, Rule); 7] = [
    ("luhn", checks::is_luhn),
    ("gb11643", |text| idcard::parse(text).is_ok_and(|n| !n.old_form)),
    ("uscc", |text| company::verify(text) == Some(CompanyCode::Unified)),
    ("cpf", checks::is_cpf),
    ("verhoeff", checks::is_aadhaar),
    ("nhs", checks::is_nhs),
    ("iban", checks::is_iban),
];

/// How many real rows are tried.
const TRIED: usize = 200;

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let tried = &c.cells[..all.pool.real().min(TRIED)];
    for (name, check) in CHECKS {
        let share = tried.iter().filter(|v| check(v)).count() as f64 / tried.len().max(1) as f64;
        if share <= 0.3 {
            continue;
        }
        let kept: Vec<bool> = c.cells.iter().map(|v| check(v)).collect();
        if share > 0.9 {
            all.flag(&format!("checksum_{name}"), c.name, |i| !kept[i] && !c.is_blank(i));
        }
        all.each(c, name, |i| one(kept[i]));
    }
}
