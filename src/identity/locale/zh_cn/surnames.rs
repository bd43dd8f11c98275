//! Chinese surnames by their share of the people, and of the people of a
//! province where that is known to differ.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::regions;
use crate::identity::locale::table::{number, rows};
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// People of mainland China in units of ten thousand (census of 2010).
const PEOPLE: f64 = 133_972.0;

struct Surnames {
    /// The commonest first.
    names: Vec<&'static str>,
    places: HashMap<&'static str, usize>,
    national: Weighted,
    compound: Weighted,
    provinces: HashMap<u32, Weighted>,
}

fn surnames() -> &'static Surnames {
    static BUILT: OnceLock<Surnames> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Surnames {
    let listed: Vec<(&str, f64)> =
        rows(include_str!("surnames.tsv")).map(|row| (row[0], number(&row, 1) / PEOPLE)).collect();
    let names: Vec<&str> = listed.iter().map(|(name, _)| *name).collect();
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    let shares: Vec<f64> = listed.iter().map(|(_, share)| *share).collect();
    let provinces = rows(include_str!("surnames_by_province.tsv"))
        .filter_map(|row| Some((row[0].parse().ok()?, province(&row[1..], &places, &shares))))
        .collect();
    let two = |name: &str| name.chars().count() == 2;
    let compound = Weighted::new(listed.iter().map(|(name, share)| if two(name) { *share } else { 0.0 }));
    Surnames { national: Weighted::new(shares.iter().copied()), names, places, compound, provinces }
}

/// The named shares as they are; the rest keep their national proportions in
/// what is left.
fn province(cells: &[&str], places: &HashMap<&str, usize>, national: &[f64]) -> Weighted {
    let told: HashMap<usize, f64> = cells
        .chunks_exact(2)
        .filter_map(|pair| Some((*places.get(pair[0])?, pair[1].parse::<f64>().ok()? / 1000.0)))
        .collect();
    let listed: f64 = national.iter().sum();
    let taken: f64 = told.values().sum();
    let before: f64 = told.keys().map(|place| national[*place]).sum();
    let scale = (listed - taken) / (listed - before);
    Weighted::new(national.iter().enumerate().map(|(place, share)| told.get(&place).copied().unwrap_or(share * scale)))
}

/// A surname of the region's people, or of the nation's where it is not known.
pub(super) fn draw(region: Option<&str>, entropy: &mut dyn Entropy) -> &'static str {
    let all = surnames();
    let province = region.and_then(regions::province_of);
    let shares = province.and_then(|p| all.provinces.get(&p)).unwrap_or(&all.national);
    all.names[shares.draw(entropy).unwrap_or(0)]
}

/// A surname of two characters.
pub(super) fn draw_compound(entropy: &mut dyn Entropy) -> &'static str {
    surnames().names[surnames().compound.draw(entropy).unwrap_or(0)]
}

/// A surname of one character.
pub(super) fn draw_single(region: Option<&str>, entropy: &mut dyn Entropy) -> &'static str {
    loop {
        let name = draw(region, entropy);
        if name.chars().count() == 1 {
            return name;
        }
    }
}

/// The share of people who bear it.
pub(super) fn share(surname: &str) -> f64 {
    surnames().places.get(surname).map_or(0.0, |place| surnames().national.weight(*place))
}

/// All of them, the commonest first.
pub(super) fn all() -> &'static [&'static str] {
    &surnames().names
}
