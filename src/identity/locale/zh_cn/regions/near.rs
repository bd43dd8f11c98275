//! Division codes over their whole life, and those of them that are nearest to
//! another code. Which codes are wanted is left to the asker.

use std::sync::OnceLock;

use super::{Region, all, of};

/// A division code over its whole life, whatever its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub code: u32,
    /// The first year whose list has it; 1981 or before.
    pub since: i16,
    /// The first year whose list has it no longer; None while in force.
    pub until: Option<i16>,
    county: bool,
    /// Prefectures, by four digits, and provinces, by two, that it or a
    /// division that took its place belongs to.
    prefectures: Vec<u32>,
    provinces: Vec<u32>,
}

/// How near a code is to the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// The same first four digits.
    Prefix,
    /// A place that belongs to the prefecture now under another code.
    Prefecture,
    Province,
    /// The same first digit: the same one of the six great regions.
    GreatRegion,
    Elsewhere,
}

/// Every code of mainland China at county level and above, in order. Island
/// groups, which are no counties, are left out.
pub fn codes() -> &'static [Code] {
    static BUILT: OnceLock<Vec<Code>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut numbers: Vec<u32> = all().iter().filter(|r| !r.name.contains("群岛")).map(|r| r.code).collect();
        numbers.dedup();
        numbers.into_iter().filter_map(code).collect()
    })
}

fn code(code: u32) -> Option<Code> {
    let (since, until) = super::lifetime(code)?;
    let prefectures = of(code).iter().flat_map(Region::prefectures).collect();
    let provinces = of(code).iter().flat_map(Region::provinces).collect();
    Some(Code { code, since, until, county: of(code).iter().all(Region::is_county), prefectures, provinces })
}

impl Code {
    /// Whether it is of a county, a district or a city of their level.
    pub fn is_county(&self) -> bool {
        self.county
    }

    /// Whether it is of a prefecture.
    pub fn is_prefecture(&self) -> bool {
        !self.is_county() && !self.code.is_multiple_of(10_000)
    }

    /// Whether no list from that year on has it.
    pub fn is_gone_by(&self, year: i16) -> bool {
        self.until.is_some_and(|until| until <= year)
    }

    /// How near it is to another code.
    pub fn nearness(&self, like: u32) -> Nearness {
        if self.code / 100 == like / 100 {
            Nearness::Prefix
        } else if self.prefectures.contains(&(like / 100)) {
            Nearness::Prefecture
        } else if self.provinces.contains(&(like / 10_000)) {
            Nearness::Province
        } else if self.code / 100_000 == like / 100_000 {
            Nearness::GreatRegion
        } else {
            Nearness::Elsewhere
        }
    }
}

/// A code, if it ever was one.
pub fn find(code: u32) -> Option<&'static Code> {
    codes().binary_search_by_key(&code, |c| c.code).ok().map(|at| &codes()[at])
}

/// Those of the wanted codes that are nearest to another one, and how near
/// they are; none where none is wanted.
pub fn nearest(wanted: impl Fn(&Code) -> bool, like: u32) -> Option<(Nearness, Vec<&'static Code>)> {
    let near: Vec<_> = codes().iter().filter(|c| wanted(c)).map(|c| (c.nearness(like), c)).collect();
    let best = near.iter().map(|(nearness, _)| *nearness).min()?;
    Some((best, near.into_iter().filter(|(nearness, _)| *nearness == best).map(|(_, c)| c).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_codes_are_of_the_prefecture_then_of_the_province() {
        let gone = |code: &Code| code.is_county() && code.is_gone_by(1984);
        let (nearness, near) = nearest(gone, 330_402).expect("some");
        assert_eq!(nearness, Nearness::Prefecture);
        assert!(near.iter().any(|c| c.code == 332_121) && near.iter().all(|c| c.code / 10_000 == 33));
        assert_eq!(nearest(gone, 330_106).map(|n| n.0), Some(Nearness::Province));
        assert_eq!(nearest(|c| c.code == 510_202, 510_203).map(|n| n.0), Some(Nearness::Prefix));
        assert_eq!(nearest(|_| false, 330_106), None);
    }

    #[test]
    fn codes_are_each_there_once() {
        assert!(codes().windows(2).all(|two| two[0].code < two[1].code));
        assert!(codes().iter().filter(|c| c.is_county()).count() > 5_800);
    }
}
