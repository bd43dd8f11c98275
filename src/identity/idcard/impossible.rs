//! Resident numbers that nobody has by the rules of issue: right in every
//! check, but with a division code that was not in force when somebody of that
//! age was numbered. Why, and what risk is left, stands at [`Class`]; whether a
//! table wants such numbers is left to the seeding.

use jiff::civil::Date;
use rand::RngExt;

use super::{IdNumber, parse};
use crate::identity::digits;
use crate::identity::locale::zh_cn::regions::{Code, Gone, Nearness, codes, find};
use crate::model::Entropy;

/// The first list after numbering began in Beijing.
const NUMBERING: i16 = 1984;
/// Years that an office may have gone on using a code that was abolished.
const SLOWNESS: i16 = 3;
/// Codes from this year on came ten years after everybody had a number.
const LATE: i16 = 2010;
/// Years from a birth to a code that came too late for it.
const LATENESS: i16 = 10;

/// Why nobody has a number, the surest reason first.
///
/// # When was whom numbered, and under which code
///
/// The number came with the identity card: tried out in Beijing from August
/// 1984, for all adults under the regulations of September 1985, under the
/// code in force *at that time* where the person was registered. Adults were
/// numbered over many years: the cards of the countryside were not all given
/// out before about 1990, and children and late-comers followed until the turn
/// to 18 digits on 1 October 1999, by when everybody was to have one. Those
/// born from the later 1980s on were more and more numbered at registration of
/// birth. A number is not changed when its division is. (The dates are those of
/// the regulations and of GB 11643-1999; the pace between them is general
/// knowledge and was not counted.) So:
///
/// * [`Class::AbolishedBeforeNumbering`]: a code that was on no list from
///   31 December 1984 on was gone before numbers were given out at large:
///   nobody of any age has it. Left over: an office that numbered from an
///   outdated list.
/// * [`Class::AbolishedBeforeBirth`]: a code gone at least three years before
///   the birth. The three years are for offices that were slow to change. Left
///   over: one slower still.
/// * [`Class::CreatedAfterNumbering`]: a code that first came into force in
///   2010 or later, and ten years or more after the birth. Left over, and much
///   more than with the others: people registered late, above all in the
///   campaign of 2016, and those whose number was given twice and was changed.
///   With some 12 births a county and day and one of a hundred registered late
///   (a guess), of a thousand sequences, about one such number in ten thousand
///   is somebody's. Taken only where the province has no code of the first two
///   kinds.
///
/// An attacker with the dated lists of divisions can tell all three; one with
/// the check digit and a list of codes, present or merged, cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    AbolishedBeforeNumbering,
    AbolishedBeforeBirth,
    CreatedAfterNumbering,
}

/// A number that nobody has, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    pub number: String,
    pub class: Class,
    /// How near its division is to the one that was to be kept.
    pub nearness: Nearness,
}

/// The class of a county's code for somebody born in that year; None where
/// such a person may have it.
fn class(code: &Code, born: i16) -> Option<Class> {
    if !code.is_county() {
        None
    } else if code.is_gone_by(NUMBERING) {
        Some(Class::AbolishedBeforeNumbering)
    } else if code.is_gone_by(born - SLOWNESS) {
        Some(Class::AbolishedBeforeBirth)
    } else if code.since >= LATE.max(born + LATENESS) {
        Some(Class::CreatedAfterNumbering)
    } else {
        None
    }
}

/// The class of numbers under a division's code for somebody born in that year;
/// None where such a person may have one.
pub fn class_of_region(region: u32, born: i16) -> Option<Class> {
    class(find(region)?, born)
}

/// The class of a number; None where it is no number or may be somebody's.
pub fn class_of(number: &str) -> Option<Class> {
    let parts = parse(number).ok()?;
    class_of_region(parts.region, parts.born.year())
}

/// The codes around one division that nobody has, for people of every age.
#[derive(Debug, Clone)]
pub struct Nearby {
    abolished: Gone,
    /// Those of the province that came late, the latest first, in rings outwards.
    late: Vec<(Nearness, Vec<&'static Code>)>,
}

impl Nearby {
    /// The codes around a division of six digits; all of one prefecture have the same.
    pub fn of(region: u32) -> Self {
        let mut late: Vec<_> = codes()
            .iter()
            .filter(|code| code.is_county() && code.since >= LATE)
            .map(|code| (code.nearness(region), code))
            .filter(|(nearness, _)| *nearness <= Nearness::Province)
            .collect();
        late.sort_by_key(|(nearness, code)| (*nearness, std::cmp::Reverse(code.since)));
        let rings = late.chunk_by(|a, b| a.0 == b.0);
        Self {
            abolished: Gone::around(region, NUMBERING, Code::is_county),
            late: rings.map(|ring| (ring[0].0, ring.iter().map(|(_, code)| *code).collect())).collect(),
        }
    }

    /// The codes to choose from: abolished ones as near as the province, else late
    /// ones there, else abolished ones as near as can be.
    fn choices(&self, born: i16) -> Option<(Nearness, &[&'static Code])> {
        let abolished = self.abolished.by(NUMBERING.max(born - SLOWNESS))?;
        if abolished.0 <= Nearness::Province {
            return Some(abolished);
        }
        let came = |ring: &Vec<&'static Code>| ring.partition_point(|code| code.since >= LATE.max(born + LATENESS));
        let late = self.late.iter().map(|(n, ring)| (*n, &ring[..came(ring)])).find(|(_, codes)| !codes.is_empty());
        late.or(Some(abolished))
    }

    /// A number that nobody born then has, as [`impossible`] makes it.
    pub fn number(
        &self,
        born: Date,
        male: bool,
        like: &str,
        real_sequences: Option<&[u16]>,
        entropy: &mut dyn Entropy,
    ) -> Option<Impossible> {
        let like = like.trim();
        let (nearness, codes) = self.choices(born.year())?;
        let code = codes.get(entropy.random_range(0..codes.len()))?;
        let old_form = like.len() == 15;
        let sequence = sequence(male, like, real_sequences.unwrap_or(&[]), entropy);
        let number = written(IdNumber { region: code.code, born, sequence, old_form }, like);
        Some(Impossible { number, class: class(code, born.year())?, nearness })
    }
}

/// The number, with a small X where another one has that.
fn written(number: IdNumber, like: &str) -> String {
    let written = number.write();
    if like.ends_with('x') { written.to_lowercase() } else { written }
}

/// A number that nobody born then has. `like` is another row's number: its
/// prefecture or else its province is kept where that can be, its form of 15
/// or 18 and its small or large X. `real_sequences` are sequences of numbers
/// near there, between and around which the new one falls. None where `like`
/// does not begin with six digits.
pub fn impossible(
    born: Date,
    male: bool,
    like: &str,
    real_sequences: Option<&[u16]>,
    entropy: &mut dyn Entropy,
) -> Option<Impossible> {
    Nearby::of(region_of(like.trim())?).number(born, male, like, real_sequences, entropy)
}

/// A number of that division, which must be one of a class for the birth date.
pub fn under(region: u32, born: Date, male: bool, like: &str, entropy: &mut dyn Entropy) -> Option<Impossible> {
    let class = class_of_region(region, born.year())?;
    let old_form = like.trim().len() == 15;
    let sequence = sequence(male, like, &[], entropy);
    let number = written(IdNumber { region, born, sequence, old_form }, like);
    Some(Impossible { number, class, nearness: Nearness::Prefecture })
}

/// As [`impossible`], the number alone.
pub fn anachronism(
    born: Date,
    male: bool,
    like: &str,
    real_sequences: Option<&[u16]>,
    entropy: &mut dyn Entropy,
) -> Option<String> {
    impossible(born, male, like, real_sequences, entropy).map(|i| i.number)
}

/// The division that a number begins with, or the province or prefecture of a
/// number masked after that.
pub fn region_of(like: &str) -> Option<u32> {
    let shown = like.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let number = digits::read(&like.as_bytes()[..shown]).filter(|_| shown >= 2)?;
    Some(number as u32 * 10u32.pow(6 - shown as u32))
}

/// A sequence of that sex near one of the real ones. Offices number in blocks
/// from the bottom, so without any it is more often low.
fn sequence(male: bool, like: &str, real: &[u16], entropy: &mut dyn Entropy) -> u16 {
    let own = parse(like).ok().map(|n| n.sequence);
    let base = match real.len() {
        0 => own.unwrap_or_else(|| (entropy.random::<f64>().powi(2) * 400.0) as u16),
        n => real[entropy.random_range(0..n)],
    };
    let moved = (i32::from(base) + entropy.random_range(-12..=12)).abs().clamp(1, 998) as u16;
    if (moved % 2 == 1) == male { moved } else { moved + 1 }
}

#[cfg(test)]
mod tests;
