//! Places of the United States: city, county and state of a ZIP code, state of an area
//! code.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::identity::locale::table::rows;
use crate::identity::locale::{PhoneFacts, PhoneKind, PlaceFacts, Postcode};

/// Digits of a ZIP code that mean a sectional centre of the post.
const SECTION: usize = 3;

/// State and year of an area code.
type Area = (&'static str, Option<i16>);

struct Places {
    /// State and city of a five-digit code.
    zips: HashMap<u32, &'static str>,
    counties: HashMap<u32, &'static str>,
    /// Codes where nobody lives.
    boxes: HashSet<u32>,
    states: HashMap<&'static str, &'static str>,
    areas: HashMap<&'static str, Area>,
}

fn places() -> &'static Places {
    static BUILT: OnceLock<Places> = OnceLock::new();
    BUILT.get_or_init(|| Places {
        zips: rows(include_str!("zips.tsv")).flat_map(|row| codes(&row)).collect(),
        counties: rows(include_str!("counties.tsv")).flat_map(|row| codes(&row)).collect(),
        boxes: rows(include_str!("boxes.tsv")).flat_map(|row| endings(row[0], row[1])).collect(),
        states: rows(include_str!("states.tsv")).map(|row| (row[0], row[1])).collect(),
        areas: rows(include_str!("areas.tsv"))
            .map(|row| (row[0], (row[1], row.get(2).and_then(|y| y.parse().ok()))))
            .collect(),
    })
}

/// The codes of one line, each with what it is said of; the form stands in the file's heading.
fn codes(row: &[&'static str]) -> Vec<(u32, &'static str)> {
    let said = row[1..].iter().filter_map(|cell| cell.split_once('='));
    said.flat_map(|(said, ends)| endings(row[0], ends).map(move |code| (code, said))).collect()
}

/// Codes of the same beginning.
fn endings<'t>(area: &'t str, endings: &'t str) -> impl Iterator<Item = u32> + 't {
    let code = move |ending: &[u8]| format!("{area}{}", String::from_utf8_lossy(ending)).parse().ok();
    endings.as_bytes().chunks(2).filter_map(code)
}

/// City, county and state of a code of five digits, or of nine with or without a hyphen.
pub(super) fn zip(code: &str) -> Option<PlaceFacts> {
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    if !matches!(digits, 5 | 9) || !code.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    let code = code.get(..5)?.parse().ok()?;
    let (state, city) = places().zips.get(&code)?.split_at_checked(2)?;
    let region = places().states.get(state).copied().unwrap_or(state);
    Some(PlaceFacts { region, county: places().counties.get(&code).copied(), city: Some(city), name: None })
}

/// The codes of five digits that share the first three with a code, where people live.
pub(super) fn sectional_area(code: &str) -> &'static [Postcode] {
    static BUILT: OnceLock<HashMap<String, Vec<Postcode>>> = OnceLock::new();
    let areas = BUILT.get_or_init(|| {
        let mut areas: HashMap<String, Vec<Postcode>> = HashMap::new();
        let lived_at = places().zips.keys().filter(|code| !places().boxes.contains(code));
        for code in lived_at.map(|code| format!("{code:05}")) {
            let place = zip(&code).into_iter().map(|place| (code.clone(), place));
            areas.entry(code[..SECTION].to_owned()).or_default().extend(place);
        }
        areas.values_mut().for_each(|codes| codes.sort_unstable_by(|a, b| a.0.cmp(&b.0)));
        areas
    });
    code.get(..SECTION).and_then(|area| areas.get(area)).map_or(&[], Vec::as_slice)
}

/// State of a number of ten digits of a form that the numbering plan has: area
/// and exchange begin with 2 to 9, and neither ends in 11.
pub(super) fn phone(national: &str) -> Option<PhoneFacts> {
    if national.len() != 10 || !national.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (area, exchange) = (&national[..3], &national[3..6]);
    if exchange.starts_with(['0', '1']) || exchange.ends_with("11") {
        return None;
    }
    let (state, since_year) = *places().areas.get(area)?;
    let region = Some(places().states.get(state).copied().unwrap_or(state));
    Some(PhoneFacts { kind: PhoneKind::Either, carrier: None, since_year, region, city: None })
}
