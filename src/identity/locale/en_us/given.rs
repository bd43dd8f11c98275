//! Given names of the United States by sex and decade of birth: drawn, told
//! apart by sex, and found by their letters.

use std::collections::HashMap;
use std::sync::OnceLock;

use rand::RngExt;

use crate::identity::locale::Sex;
use crate::identity::locale::pack::{DRAWS, NameLike};
use crate::identity::locale::table::{number, rows};
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// Decades of birth from the 1920s to the 2010s.
const DECADES: usize = 10;
/// Decades of those who are adults now and mostly stand in tables: 1940s to 1990s.
const ADULTS: std::ops::Range<usize> = 2..8;

/// Names that fit of which the closest is taken.
const CLOSE: usize = 8;
/// Bearers per million of a name that is not listed.
const RARE: f64 = 1.0;

struct Given {
    men: Half,
    women: Half,
}

struct Half {
    names: Vec<&'static str>,
    /// By the name in small letters.
    places: HashMap<String, usize>,
    decades: Vec<Weighted>,
}

fn given() -> &'static Given {
    static BUILT: OnceLock<Given> = OnceLock::new();
    BUILT.get_or_init(|| Given { men: half("M"), women: half("F") })
}

fn half(letter: &str) -> Half {
    let listed: Vec<_> = rows(include_str!("given.tsv")).filter(|row| row[0] == letter).collect();
    let decade = |decade: usize| Weighted::new(listed.iter().map(|row| number(row, 2 + decade)));
    Half {
        names: listed.iter().map(|row| row[1]).collect(),
        places: listed.iter().enumerate().map(|(place, row)| (row[1].to_lowercase(), place)).collect(),
        decades: (0..DECADES).map(decade).collect(),
    }
}

fn of(sex: Sex) -> &'static Half {
    if sex == Sex::Male { &given().men } else { &given().women }
}

fn decade_of(year: i16) -> usize {
    (i32::from(year) - 1920).div_euclid(10).clamp(0, DECADES as i32 - 1) as usize
}

impl Half {
    /// Bearers per million of that sex, of one decade or of all together.
    fn bearers(&self, place: usize, decade: Option<usize>) -> f64 {
        match decade {
            Some(decade) => self.decades[decade].weight(place),
            None => self.decades.iter().map(|d| d.weight(place)).sum(),
        }
    }
}

/// A given name of somebody born in that year, or of some adult.
pub(super) fn draw(sex: Sex, year: Option<i16>, entropy: &mut dyn Entropy) -> &'static str {
    let decade = year.map_or_else(|| entropy.random_range(ADULTS), decade_of);
    let half = of(sex);
    half.names[half.decades[decade].draw(entropy).unwrap_or(0)]
}

/// One that fits, of those of about as many bearers as another name has: of names that
/// hardly anybody bears most are left out of a draw by bearers, and of common ones most out
/// of a draw by names, so both are drawn from. Where the other is not listed it is rare.
pub(super) fn draw_like(like: &NameLike<'_>, entropy: &mut dyn Entropy) -> Option<&'static str> {
    let decade = like.birth_year.map_or_else(|| entropy.random_range(ADULTS), decade_of);
    let half = of(like.sex);
    let bearers =
        |half: &Half| half.places.get(&like.name.to_lowercase()).map(|place| half.bearers(*place, Some(decade)));
    let [men, women] = [Sex::Male, Sex::Female].map(|sex| bearers(of(sex)).unwrap_or(0.0));
    let off = |place: usize| (half.bearers(place, Some(decade)).ln() - men.max(women).max(RARE).ln()).abs();
    let mut any = |n: usize| match n % 2 {
        0 => half.decades[decade].draw(entropy).unwrap_or(0),
        _ => entropy.random_range(0..half.names.len()),
    };
    let is_borne = |place: &usize| half.bearers(*place, Some(decade)) > 0.0;
    let fitting = (0..2 * DRAWS).map(&mut any).filter(|place| is_borne(place) && (like.fits)(half.names[*place]));
    fitting.take(CLOSE).min_by(|a, b| off(*a).total_cmp(&off(*b))).map(|place| half.names[place])
}

/// The share of men among those who bear it, all decades taken together.
pub(super) fn male_share(name: &str) -> Option<f64> {
    let name = name.to_lowercase();
    let bearers = |sex| of(sex).places.get(&name).map_or(0.0, |place| of(sex).bearers(*place, None));
    let (men, women) = (bearers(Sex::Male), bearers(Sex::Female));
    (men + women > 0.0).then(|| men / (men + women))
}

/// The name of those letters, if people of that sex and age bear it.
pub(super) fn of_latin(latin: &str, sex: Option<Sex>, year: Option<i16>) -> Option<&'static str> {
    let name = latin.to_lowercase();
    let decade = year.map(decade_of);
    [Sex::Male, Sex::Female].into_iter().filter(|s| sex.is_none_or(|wanted| wanted == *s)).find_map(|sex| {
        let place = *of(sex).places.get(&name)?;
        (of(sex).bearers(place, decade) > 0.0).then_some(of(sex).names[place])
    })
}
