//! Chinese given names: characters weighted by sex, decade of birth and place
//! in the name, and names that are common as a whole. Most draws put two
//! characters together, so that distinct names number in the thousands.

use std::collections::HashMap;
use std::sync::OnceLock;

use rand::RngExt;

use crate::identity::locale::Sex;
use crate::identity::locale::table::{number, rows};
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// Decades of birth from the 1930s to the 2010s.
const DECADES: usize = 9;
/// Decades of those who are adults now and mostly stand in tables: 1950s to 1990s.
const ADULTS: std::ops::Range<usize> = 2..7;
/// Marks of the weights in `given_chars.tsv`, each 1.22 times the last.
const MARKS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// What a character that is not listed weighs, so that one odd character does
/// not decide a whole name.
const UNLISTED: f64 = 1e-6;

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
    Only,
}

/// Men or women of one decade.
pub(super) struct Cohort {
    /// By place, over [`Given::chars`].
    chars: [Weighted; 3],
    /// Over [`Given::wholes`].
    wholes: Weighted,
    /// Share of one-character names, and of whole names among the others.
    one: f64,
    whole: f64,
}

pub(super) struct Given {
    pub(super) chars: Vec<char>,
    places: HashMap<char, usize>,
    pub(super) wholes: Vec<[char; 2]>,
    whole_places: HashMap<[char; 2], Vec<usize>>,
    men: Vec<Cohort>,
    women: Vec<Cohort>,
}

pub(super) fn given() -> &'static Given {
    static BUILT: OnceLock<Given> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Given {
    let listed: Vec<_> = rows(include_str!("given_chars.tsv")).collect();
    let whole: Vec<_> = rows(include_str!("given_whole.tsv")).collect();
    let lengths: Vec<_> = rows(include_str!("given_lengths.tsv")).collect();
    let cohort = |sex: usize, decade: usize| Cohort {
        chars: [1, 2, 3].map(|place| Weighted::new(listed.iter().map(|row| mark(row[place], sex * DECADES + decade)))),
        wholes: Weighted::new(
            whole.iter().map(|row| if row[0] == ["M", "F"][sex] { number(row, 2 + decade) } else { 0.0 }),
        ),
        one: number(&lengths[decade], 1) / 1000.0,
        whole: number(&lengths[decade], 2) / 1000.0,
    };
    let chars: Vec<char> = listed.iter().filter_map(|row| row[0].chars().next()).collect();
    let wholes: Vec<[char; 2]> = whole.iter().filter_map(|row| pair(row[1])).collect();
    let mut whole_places: HashMap<_, Vec<usize>> = HashMap::new();
    wholes.iter().enumerate().for_each(|(place, two)| whole_places.entry(*two).or_default().push(place));
    Given {
        places: chars.iter().enumerate().map(|(place, c)| (*c, place)).collect(),
        chars,
        wholes,
        whole_places,
        men: (0..DECADES).map(|decade| cohort(0, decade)).collect(),
        women: (0..DECADES).map(|decade| cohort(1, decade)).collect(),
    }
}

fn mark(cell: &str, at: usize) -> f64 {
    let step = cell.as_bytes().get(at).and_then(|b| MARKS.bytes().position(|m| m == *b)).unwrap_or(0);
    if step == 0 { 0.0 } else { 1e-6 * 1.22f64.powi(step as i32) }
}

fn pair(text: &str) -> Option<[char; 2]> {
    let mut chars = text.chars();
    Some([chars.next()?, chars.next()?])
}

/// Those born in that year; some adults where it is not known.
pub(super) fn cohort(sex: Sex, year: Option<i16>, entropy: &mut dyn Entropy) -> &'static Cohort {
    let decade = match year {
        Some(year) => (i32::from(year) - 1930).div_euclid(10).clamp(0, DECADES as i32 - 1) as usize,
        None => entropy.random_range(ADULTS),
    };
    &of(sex)[decade]
}

fn of(sex: Sex) -> &'static [Cohort] {
    if sex == Sex::Male { &given().men } else { &given().women }
}

impl Cohort {
    /// The weight of a character at a place; they add up to about one.
    pub(super) fn weight(&self, c: char, place: Place) -> f64 {
        given().places.get(&c).map_or(0.0, |at| self.chars[place as usize].weight(*at))
    }

    /// The chance of a name of one character, or of two.
    pub(super) fn chance(&self, name: &[char]) -> f64 {
        match name {
            [only] => self.one * self.weight(*only, Place::Only).max(UNLISTED),
            [first, second] => {
                let made =
                    self.weight(*first, Place::First).max(UNLISTED) * self.weight(*second, Place::Second).max(UNLISTED);
                let wholes = given().whole_places.get(&[*first, *second]).into_iter().flatten();
                let whole: f64 = wholes.map(|place| self.wholes.weight(*place)).sum();
                (1.0 - self.one) * ((1.0 - self.whole) * made + self.whole * whole / self.wholes.total())
            }
            _ => 0.0,
        }
    }

    fn char(&self, place: Place, entropy: &mut dyn Entropy) -> char {
        given().chars[self.chars[place as usize].draw(entropy).unwrap_or(0)]
    }

    /// A second character unlike the first: doubled ones are whole names.
    fn second(&self, first: char, entropy: &mut dyn Entropy) -> char {
        loop {
            let second = self.char(Place::Second, entropy);
            if second != first {
                return second;
            }
        }
    }
}

/// A given name of somebody born in that year.
pub(super) fn draw(sex: Sex, year: Option<i16>, entropy: &mut dyn Entropy) -> String {
    let cohort = cohort(sex, year, entropy);
    if entropy.random_bool(cohort.one) {
        return cohort.char(Place::Only, entropy).into();
    }
    if entropy.random_bool(cohort.whole)
        && let Some(whole) = cohort.wholes.draw(entropy)
    {
        return given().wholes[whole].iter().collect();
    }
    let first = cohort.char(Place::First, entropy);
    [first, cohort.second(first, entropy)].iter().collect()
}

/// A second character for a first one, as [`draw`] would have put it there.
pub(super) fn draw_after(first: char, sex: Sex, year: Option<i16>, entropy: &mut dyn Entropy) -> char {
    let cohort = cohort(sex, year, entropy);
    let begun = given().wholes.iter().enumerate().map(|(place, two)| match two[0] == first {
        true => cohort.wholes.weight(place),
        false => 0.0,
    });
    let wholes = Weighted::new(begun);
    let whole = cohort.whole * wholes.total() / cohort.wholes.total();
    let made = (1.0 - cohort.whole) * cohort.weight(first, Place::First).max(UNLISTED);
    if entropy.random::<f64>() * (whole + made) < whole
        && let Some(place) = wholes.draw(entropy)
    {
        return given().wholes[place][1];
    }
    cohort.second(first, entropy)
}

/// The share of men among those who bear it, all decades taken together.
pub(super) fn male_share(name: &str) -> Option<f64> {
    let chars: Vec<char> = name.chars().collect();
    if !chars.iter().any(|c| given().places.contains_key(c)) {
        return None;
    }
    let chance = |sex| of(sex).iter().map(|cohort| cohort.chance(&chars)).sum::<f64>();
    let (men, women) = (chance(Sex::Male), chance(Sex::Female));
    (men + women > 0.0).then(|| men / (men + women))
}
