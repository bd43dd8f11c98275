//! Phones: area, exchange, shared prefixes, repeated digits, neighbours, and what
//! the North American and Chinese numbering plans forbid.

use super::super::mask::is_han;
use super::super::pool::Codes;
use super::{Column, Features, numbers, one};
use crate::identity::digits;

/// Chinese mobile prefixes in service (MIIT, March 2023), data-only and satellite ones left out.
const CN_MOBILE: &str = "130 131 132 133 134 135 136 137 138 139 145 147 149 150 151 152 153 155 156 157 158 159 162 \
                         165 166 167 170 171 172 173 175 176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 \
                         192 193 195 196 197 198 199";
/// Those of resellers.
const CN_RESOLD: [&str; 5] = ["162", "165", "167", "170", "171"];

fn head(text: &str, n: usize) -> &str {
    text.get(..n).unwrap_or(text)
}

fn tail(text: &str, n: usize) -> &str {
    &text[text.len().saturating_sub(n)..]
}

/// The number as dialled within China, if it has a mobile's form.
fn cn(number: &str) -> Option<&str> {
    let local = number.strip_prefix("0086").or(number.strip_prefix("86")).unwrap_or(number);
    let formed = local.len() == 11 && local.starts_with('1') && local.as_bytes()[1] >= b'3';
    formed.then_some(local)
}

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let numbers: Vec<String> = c.cells.iter().map(|v| digits::of(v)).collect();
    let value = |text: &str| text.parse().unwrap_or(f64::NAN);
    all.each(c, "area", |i| value(head(tail(&numbers[i], 10), 3)));
    all.each(c, "exch", |i| value(tail(&numbers[i], 10).get(3..6).unwrap_or("")));
    all.each(c, "ndig", |i| numbers[i].len() as f64);
    let repeats = |n: &str| (b'0'..=b'9').map(|d| n.bytes().filter(|b| *b == d).count()).max();
    all.each(c, "rep", |i| repeats(&numbers[i]).unwrap_or(0) as f64);
    for n in [3, 4, 6, 7] {
        let codes = Codes::new(numbers.iter().map(|d| head(cn(d).unwrap_or(d), n)));
        all.shared(c, &format!("pre{n}"), &codes);
        all.key(c, &format!("^{n}"), codes);
    }
    numbers::neighbours(all, c);
    let (chinese, full) = (all.real_share(|i| cn(&numbers[i]).is_some()), all.real_share(|i| !c.is_blank(i)));
    if chinese > 0.3 * full {
        china(all, c, &numbers);
    } else if all.real_share(|i| american(&numbers[i])) > 0.3 * full
        && !c.cells[..all.pool.real()].iter().any(|v| v.contains(is_han))
    {
        america(all, c, &numbers);
    }
}

/// Whether a number has the length of an American one, and its country code if it is longer.
fn american(number: &str) -> bool {
    number.len() == 10 || (number.len() == 11 && number.starts_with('1'))
}

/// The North American plan: neither area nor exchange starts with 0 or 1 or ends in 11, no area has 9 in the middle.
fn america(all: &mut Features<'_>, c: &Column<'_>, numbers: &[String]) {
    let valid = |n: &str| {
        let b = n.as_bytes();
        n.len() == 10 && b[0] >= b'2' && b[3] >= b'2' && &n[1..3] != "11" && &n[4..6] != "11" && b[1] != b'9'
    };
    let bad = |i: usize| american(&numbers[i]) && !valid(tail(&numbers[i], 10));
    all.each(c, "nanp_bad", |i| one(bad(i)));
    all.flag("nanp_invalid", c.name, bad);
    all.flag("nanp_55501xx", c.name, |i| tail(&numbers[i], 10).get(3..8) == Some("55501"));
}

fn china(all: &mut Features<'_>, c: &Column<'_>, numbers: &[String]) {
    let prefix = |i: usize| cn(&numbers[i]).map(|n| head(n, 3));
    let land = |n: &str| n.starts_with('0') || n.starts_with("400") || n.starts_with("800") || matches!(n.len(), 7 | 8);
    let odd = |i: usize| match prefix(i) {
        Some(p) => !CN_MOBILE.contains(p),
        None => !numbers[i].is_empty() && !land(&numbers[i]),
    };
    all.flag("cn_prefix_invalid", c.name, odd);
    all.flag("cn_resold", c.name, |i| prefix(i).is_some_and(|p| CN_RESOLD.contains(&p)));
    all.each(c, "p3", |i| prefix(i).and_then(|p| p.parse().ok()).unwrap_or(f64::NAN));
}
