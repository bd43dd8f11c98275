//! What the first digits of a Chinese phone number tell: carrier and year from
//! the three- or four-digit prefix, city from the seven-digit one, city of a
//! landline from its area code.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::identity::locale::table::rows;
use crate::identity::locale::{PhoneFacts, PhoneKind};

struct Prefixes {
    mobiles: HashMap<&'static str, (&'static str, Option<i16>, PhoneKind)>,
    landlines: HashMap<&'static str, (&'static str, &'static str)>,
    cities: Vec<(&'static str, &'static str)>,
    runs: Vec<Run>,
}

/// Seven-digit prefixes of one city from `first` to `last`.
struct Run {
    first: u32,
    last: u32,
    city: usize,
}

fn prefixes() -> &'static Prefixes {
    static BUILT: OnceLock<Prefixes> = OnceLock::new();
    BUILT.get_or_init(|| Prefixes {
        mobiles: rows(include_str!("mobiles.tsv"))
            .map(|row| (row[0], (row[1], row[2].parse().ok(), kind(row[3]))))
            .collect(),
        landlines: rows(include_str!("landlines.tsv")).map(|row| (row[0], (row[1], row[2]))).collect(),
        cities: rows(include_str!("hlr_cities.tsv")).map(|row| (row[0], row[1])).collect(),
        runs: runs(include_bytes!("hlr.bin")),
    })
}

fn kind(letter: &str) -> PhoneKind {
    match letter {
        "V" => PhoneKind::Virtual,
        "D" => PhoneKind::Data,
        "S" => PhoneKind::Satellite,
        _ => PhoneKind::Mobile,
    }
}

/// The runs of `hlr.bin`; its form stands in the heading of `hlr_cities.tsv`.
fn runs(octets: &[u8]) -> Vec<Run> {
    let mut numbers = Vec::new();
    let (mut value, mut shift) = (0u32, 0);
    for octet in octets {
        value |= u32::from(octet & 127) << shift;
        shift += 7;
        if octet & 128 == 0 {
            numbers.push(value);
            (value, shift) = (0, 0);
        }
    }
    let mut next = 1_300_000;
    let run = |three: &[u32]| {
        let first = next + three[0];
        next = first + three[1] + 1;
        Run { first, last: next - 1, city: three[2] as usize }
    };
    numbers.chunks_exact(3).map(run).collect()
}

fn city(national: &str) -> Option<(&'static str, &'static str)> {
    let prefix: u32 = national.get(..7)?.parse().ok()?;
    let all = prefixes();
    let run = all.runs.get(all.runs.partition_point(|run| run.last < prefix))?;
    (run.first <= prefix).then(|| all.cities.get(run.city).copied())?
}

/// What is known of a mobile number of eleven digits or of a landline number
/// with its area code.
pub(super) fn facts(national: &str) -> Option<PhoneFacts> {
    if !national.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if national.len() == 11 && national.starts_with('1') { mobile(national) } else { landline(national) }
}

fn mobile(national: &str) -> Option<PhoneFacts> {
    let known = &prefixes().mobiles;
    let (carrier, since_year, kind) = *known.get(&national[..4]).or_else(|| known.get(&national[..3]))?;
    let city = city(national);
    Some(PhoneFacts { kind, carrier: Some(carrier), since_year, region: city.map(|c| c.0), city: city.map(|c| c.1) })
}

fn landline(national: &str) -> Option<PhoneFacts> {
    if !(9..=11).contains(&national.len()) {
        return None;
    }
    let known = &prefixes().landlines;
    let (region, city) = *known.get(&national[..3]).or_else(|| known.get(&national[..2]))?;
    let kind = PhoneKind::Landline;
    Some(PhoneFacts { kind, carrier: None, since_year: None, region: Some(region), city: Some(city) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_in_order_and_point_to_cities() {
        let all = prefixes();
        assert!(all.runs.len() > 70_000, "{}", all.runs.len());
        assert!(all.runs.windows(2).all(|two| two[0].last < two[1].first));
        assert!(all.runs.iter().all(|run| run.first <= run.last && run.city < all.cities.len()));
    }

    #[test]
    fn prefixes_tell_carrier_year_and_city() {
        let facts = facts("13805710000").expect("a mobile number");
        assert_eq!((facts.carrier, facts.since_year), (Some("China Mobile"), Some(1997)));
        assert_eq!((facts.region, facts.city), (Some("浙江省"), Some("杭州市")));
        let kind = |number| super::facts(number).map(|f| f.kind);
        assert_eq!(kind("17012345678"), Some(PhoneKind::Virtual));
        assert_eq!(kind("13491234567"), Some(PhoneKind::Satellite));
        assert_eq!(kind("13481234567"), Some(PhoneKind::Mobile));
        assert_eq!(kind("57188990011"), Some(PhoneKind::Landline));
        assert_eq!(super::facts("57188990011").and_then(|f| f.city), Some("杭州市"));
        assert_eq!(super::facts("1088990011").and_then(|f| f.city), Some("北京市"));
        assert_eq!((kind("12012345678"), kind("1380571"), kind("13a05710000")), (None, None, None));
    }
}
