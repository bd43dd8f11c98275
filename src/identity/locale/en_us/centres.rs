//! Centres of postal places of the United States, for tables that have coordinates beside
//! postcodes. Cities and states of the same codes are `places`'.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::identity::locale::Degrees;
use crate::identity::locale::table::rows;

/// Parts of a degree that the file counts in.
const PARTS: f64 = 100.0;
/// Digits of a code that stand before its centre.
const ENDING: usize = 2;

/// The centre of a code of five digits, or of nine with or without a hyphen.
pub(super) fn of(code: &str) -> Option<Degrees> {
    static BUILT: OnceLock<HashMap<u32, Degrees>> = OnceLock::new();
    let centres = BUILT.get_or_init(|| rows(include_str!("centres.tsv")).flat_map(|row| read(&row)).collect());
    centres.get(&code.get(..5)?.parse().ok()?).copied()
}

/// The codes of one line; its form stands in the file's heading.
fn read(row: &[&str]) -> Vec<(u32, Degrees)> {
    let centre = |cell: &str| {
        let (ending, at) = cell.split_at_checked(ENDING)?;
        let (north, east) = at.split_once(',')?;
        let degrees = |text: &str| text.parse::<f64>().map(|parts| parts / PARTS);
        Some((format!("{}{ending}", row[0]).parse().ok()?, (degrees(north).ok()?, degrees(east).ok()?)))
    };
    row[1..].iter().filter_map(|cell| centre(cell)).collect()
}
