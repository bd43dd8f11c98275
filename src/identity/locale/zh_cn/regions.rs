//! Divisions of mainland China at county level and above with the years in
//! which their codes were in force (GB/T 2260, 1981 to 2024). The lists are as
//! of 31 December, so years are to within one year; whose number bears which
//! code is left to the resident number.

mod near;

use std::sync::OnceLock;

pub use near::{Code, Nearness, codes, find, nearest};

use crate::identity::locale::PlaceFacts;
use crate::identity::locale::table::rows;

/// The first list there is; codes on it may be older.
pub const FIRST_LIST: i16 = 1981;

/// A division under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Six digits: province, prefecture, county.
    pub code: u32,
    pub name: &'static str,
    /// The first year whose list has it under this name; [`FIRST_LIST`] or before.
    pub since: i16,
    /// The first year whose list has it no longer; None while in force.
    pub until: Option<i16>,
    successors: &'static str,
}

impl Region {
    /// Whether it is a county, a district or a city of their level.
    pub fn is_county(&self) -> bool {
        !self.code.is_multiple_of(100)
    }

    /// The prefectures, by four digits, that it or a division that took its place is of.
    pub fn prefectures(&self) -> impl Iterator<Item = u32> {
        std::iter::once(self.code / 100).chain(self.successors.split(',').filter_map(|s| s.parse().ok()))
    }

    /// The provinces, by two digits, that it or a division that took its place is of.
    pub fn provinces(&self) -> impl Iterator<Item = u32> {
        let of = |s: &str| s.get(..2).and_then(|p| p.parse().ok());
        std::iter::once(self.code / 10_000).chain(self.successors.split(',').filter_map(of))
    }
}

/// All of them, by code and then by year.
pub fn all() -> &'static [Region] {
    static BUILT: OnceLock<Vec<Region>> = OnceLock::new();
    BUILT.get_or_init(|| rows(include_str!("regions.tsv")).filter_map(|row| read(&row)).collect())
}

fn read(row: &[&'static str]) -> Option<Region> {
    Some(Region {
        code: row.first()?.parse().ok()?,
        since: row.get(1)?.parse().ok()?,
        until: row.get(2)?.parse().ok(),
        name: row.get(3)?,
        successors: row.get(4).copied().unwrap_or(""),
    })
}

/// Every name and time of a code.
pub fn of(code: u32) -> &'static [Region] {
    let start = all().partition_point(|r| r.code < code);
    let length = all()[start..].partition_point(|r| r.code == code);
    &all()[start..start + length]
}

/// What a code meant on 31 December of a year; before the first list, what it
/// meant then.
pub fn at(code: u32, year: i16) -> Option<&'static Region> {
    let year = year.max(FIRST_LIST);
    of(code).iter().find(|r| r.since <= year && r.until.is_none_or(|until| year < until))
}

/// The first and the last time of a code under any name: the year of its first
/// list, and the first year whose list has it no longer.
pub fn lifetime(code: u32) -> Option<(i16, Option<i16>)> {
    let since = of(code).iter().map(|r| r.since).min()?;
    let open = of(code).iter().any(|r| r.until.is_none());
    Some((since, of(code).iter().filter_map(|r| r.until).max().filter(|_| !open)))
}

/// The name that a code had last.
fn last_name(code: u32) -> Option<&'static str> {
    of(code).iter().max_by_key(|r| r.since).map(|r| r.name)
}

/// The name of the province with those two digits.
pub fn province_name(two: u32) -> Option<&'static str> {
    last_name(two * 10_000)
}

/// The name of the prefecture with those four digits.
pub fn prefecture_name(four: u32) -> Option<&'static str> {
    last_name(four * 100)
}

/// The province (two digits) of a division code, or of a text that begins with
/// the name of a province or of a prefecture, with or without its kind.
pub fn province_of(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(two) = text.get(..2).and_then(|t| t.parse().ok()) {
        return province_name(two).map(|_| two);
    }
    let begins = |r: &&Region| r.code.is_multiple_of(100) && text.starts_with(short(r.name));
    // The longest name counts: 海南藏族自治州 is no part of 海南省.
    all().iter().filter(begins).max_by_key(|r| short(r.name).len()).map(|r| r.code / 10_000)
}

/// A name without its kind, and no shorter than two characters.
fn short(name: &str) -> &str {
    const KINDS: &[&str] = &["维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "盟"];
    let cut = KINDS.iter().find_map(|kind| name.strip_suffix(kind));
    cut.filter(|short| short.chars().count() >= 2).unwrap_or(name)
}

/// The place of a division code or of a postcode, both of six digits. One that
/// is both is read as a division.
pub(super) fn place(code: &str) -> Option<PlaceFacts> {
    if code.len() != 6 {
        return None;
    }
    let number: u32 = code.parse().ok()?;
    match last_name(number) {
        Some(name) => division(number, Some(name)),
        None => division(prefecture_of_postcode(&code[..4])? * 100, None),
    }
}

fn division(code: u32, name: Option<&'static str>) -> Option<PlaceFacts> {
    Some(PlaceFacts { region: province_name(code / 10_000)?, county: None, city: prefecture_name(code / 100), name })
}

fn prefecture_of_postcode(beginning: &str) -> Option<u32> {
    rows(include_str!("postcodes.tsv"))
        .find(|row| row.get(1).is_some_and(|list| list.split(',').any(|p| p == beginning)))
        .and_then(|row| row[0].parse().ok())
}

/// Whether a postcode begins as those of a prefecture (four digits) do; None
/// where nothing is known of it.
pub fn postcode_fits(postcode: &str, four: u32) -> Option<bool> {
    let row = rows(include_str!("postcodes.tsv")).find(|row| row[0].parse() == Ok(four))?;
    Some(row.get(1)?.split(',').any(|p| postcode.starts_with(p)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_well_formed_and_times_are_in_order() {
        assert!(all().len() > 6_500, "{}", all().len());
        for r in all() {
            assert!((110_000..660_000).contains(&r.code), "{r:?}");
            assert!((FIRST_LIST..=2024).contains(&r.since), "{r:?}");
            assert!(r.until.is_none_or(|until| r.since < until && until <= 2025), "{r:?}");
            assert!(province_name(r.code / 10_000).is_some(), "{r:?}");
            assert!(
                !r.name.is_empty() && r.name.chars().all(|c| crate::identity::locale::is_han(c) || c == '、'),
                "{r:?}"
            );
        }
        for two in all().windows(2) {
            let after = two[0].until.is_some_and(|until| until <= two[1].since);
            assert!(two[0].code < two[1].code || after, "{two:?}");
        }
    }

    #[test]
    fn names_change_with_the_years() {
        assert_eq!(at(510_202, 1990).map(|r| r.name), Some("市中区"));
        assert_eq!(at(510_202, 1995).map(|r| r.name), Some("渝中区"));
        assert_eq!(at(510_202, 1998), None);
        assert_eq!(lifetime(510_202), Some((1983, Some(1997))));
        assert_eq!(lifetime(110_101), Some((1981, None)));
        assert_eq!(lifetime(999_999), None);
        assert!(of(332_121).iter().all(|r| r.prefectures().any(|four| four == 3304) && r.is_county()));
    }

    #[test]
    fn texts_and_codes_tell_the_province() {
        for (text, want) in [
            ("33", Some(33)),
            ("330106", Some(33)),
            ("浙江省杭州市西湖区", Some(33)),
            ("杭州市西湖区", Some(33)),
            ("广西南宁", Some(45)),
            ("内蒙古自治区包头市", Some(15)),
            ("海南藏族自治州共和县", Some(63)),
            ("海南海口", Some(46)),
            ("Springfield", None),
            ("99", None),
        ] {
            assert_eq!(province_of(text), want, "{text}");
        }
        assert_eq!(place("330106").and_then(|p| p.name), Some("西湖区"));
        assert_eq!(postcode_fits("230000", 3401), Some(true));
    }
}
