//! Features: what an attacker reads off every row of a pool, as numbers to learn
//! from, as rules that need no learning, and as tokens whose company between
//! columns tells. Their layout depends on the real rows alone, so that the same
//! real rows always give the same features in the same order.

mod cells;
mod checksums;
mod dates;
mod ids;
mod mail;
mod numbers;
mod order;
mod pairs;
mod phones;

use std::collections::HashSet;

use super::Sheet;
use super::guess::{self, Kind};
use super::pool::{Codes, Pool};
use crate::identity::role::Role;

/// One number for every row, NaN where there is none; no numbers where they were not
/// asked for.
pub struct Feature {
    /// The column it is read from, if from one.
    pub column: Option<usize>,
    pub name: String,
    pub values: Vec<f64>,
}

/// One suspicion that needs no learning.
pub struct Flag {
    pub name: String,
    pub fires: Vec<bool>,
}

/// Tokens of one column (a first word, an area code), numbered.
struct Key {
    column: usize,
    name: String,
    codes: Codes,
}

/// A column as features see it.
struct Column<'p> {
    index: usize,
    name: &'p str,
    role: Role,
    kind: Kind,
    cells: &'p [&'p str],
}

impl Column<'_> {
    fn is_blank(&self, row: usize) -> bool {
        self.cells[row].is_empty()
    }
}

/// What was read off a pool.
pub struct Features<'p> {
    pool: &'p Pool<'p>,
    /// Names of the features that are asked for, if not everything is.
    wanted: Option<&'p HashSet<String>>,
    pub columns: Vec<Feature>,
    pub flags: Vec<Flag>,
    keys: Vec<Key>,
}

impl<'p> Features<'p> {
    /// Reads everything.
    pub fn read(sheet: &Sheet<'p>, pool: &'p Pool<'p>) -> Self {
        Self::of(sheet, pool, None)
    }

    /// Reads the features of these names, in the layout of all, and no flags.
    pub fn some(sheet: &Sheet<'p>, pool: &'p Pool<'p>, wanted: &'p HashSet<String>) -> Self {
        Self::of(sheet, pool, Some(wanted))
    }

    fn of(sheet: &Sheet<'p>, pool: &'p Pool<'p>, wanted: Option<&'p HashSet<String>>) -> Self {
        let column = |index: usize| {
            let (name, cells) = (sheet.names[index].as_str(), pool.column(index));
            let role = sheet.roles.get(index).copied().unwrap_or(Role::Other);
            Column { index, name, role, kind: guess::guess(name, role, &cells[..pool.real()]), cells }
        };
        let columns: Vec<Column<'_>> = (0..pool.width()).map(column).collect();
        let mut all = Self { pool, wanted, columns: Vec::new(), flags: Vec::new(), keys: Vec::new() };
        for c in &columns {
            cells::read(&mut all, c);
            match c.kind {
                Kind::Key | Kind::Number | Kind::Postcode => numbers::read(&mut all, c),
                Kind::Date => dates::read(&mut all, c),
                Kind::Email => mail::read(&mut all, c),
                Kind::Phone => phones::read(&mut all, c),
                Kind::NationalId => ids::read(&mut all, c),
                _ => {}
            }
            checksums::read(&mut all, c);
        }
        mail::agree(&mut all, &columns);
        ids::agree(&mut all, &columns);
        order::read(&mut all, &columns);
        pairs::read(&mut all, &columns);
        all
    }

    fn feature(&mut self, c: &Column<'_>, what: &str, values: Vec<f64>) {
        self.columns.push(Feature { column: Some(c.index), name: format!("{}|{what}", c.name), values });
    }

    /// A feature of no single column.
    fn joint(&mut self, name: String, values: Vec<f64>) {
        self.columns.push(Feature { column: None, name, values });
    }

    fn wants(&self, name: &str) -> bool {
        self.wanted.is_none_or(|wanted| wanted.contains(name))
    }

    /// A feature computed from each row's number.
    fn each(&mut self, c: &Column<'_>, what: &str, value: impl Fn(usize) -> f64) {
        let rows = if self.wants(&format!("{}|{what}", c.name)) { self.pool.rows() } else { 0 };
        self.feature(c, what, (0..rows).map(value).collect());
    }

    /// The logarithm of how many other rows share the code. The counts themselves come
    /// back for flags, if there are to be any.
    fn shared(&mut self, c: &Column<'_>, what: &str, codes: &Codes) -> Vec<f64> {
        let wanted = self.wants(&format!("{}|{what}", c.name));
        let others = if wanted { self.pool.others(codes) } else { Vec::new() };
        self.feature(c, what, others.iter().map(|n| n.ln_1p()).collect());
        others
    }

    fn flag(&mut self, name: &str, column: &str, fires: impl Fn(usize) -> bool) {
        if self.wanted.is_some() {
            return;
        }
        let fires = (0..self.pool.rows()).map(fires).collect();
        self.flags.push(Flag { name: format!("{name}:{column}"), fires });
    }

    /// Keeps tokens for the pairs, unless the real rows have them all alike or nearly all different.
    fn key(&mut self, c: &Column<'_>, part: &str, codes: Codes) {
        let real = self.pool.real();
        let distinct = codes.of[..real].iter().max().map_or(0, |m| *m as usize + 1);
        if distinct > 1 && (distinct as f64) < 0.7 * real as f64 {
            self.keys.push(Key { column: c.index, name: format!("{}{part}", c.name), codes });
        }
    }

    /// The share of real rows for which something holds.
    fn real_share(&self, holds: impl Fn(usize) -> bool) -> f64 {
        (0..self.pool.real()).filter(|&i| holds(i)).count() as f64 / self.pool.real().max(1) as f64
    }
}

/// One for true, nought for false.
fn one(truth: bool) -> f64 {
    f64::from(u8::from(truth))
}

/// The value at a share of the sorted numbers, NaN left out; NaN of nothing.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut v: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
    v.sort_unstable_by(f64::total_cmp);
    let at = share * v.len().saturating_sub(1) as f64;
    v.get(at.round() as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests;
