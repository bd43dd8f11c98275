//! Resident numbers that nobody has by the rules of issue: right in every
//! check, but with a division code that was not in force when somebody of that
//! age was numbered. Why, and what risk is left, stands at [`Class`]; whether a
//! table wants such numbers is left to the seeding.

use jiff::civil::Date;
use rand::RngExt;
use rand::seq::IteratorRandom;

use super::{IdNumber, Like, parse};
use crate::identity::digits;
use crate::identity::locale::zh_cn::regions::{Code, Nearness, codes, find};
use crate::model::Entropy;

/// The first list after numbering began in Beijing.
const NUMBERING: i16 = 1984;
/// Years that an office may have gone on using a code that was abolished.
const SLOWNESS: i16 = 3;
/// By the end of this year all adults were to have a card.
const CARDS: i16 = 1990;
/// From this age on everybody is to have one, with two years more for the slow.
const GROWN: i16 = 18;
/// Years from when somebody was to have a number to a code that came too late.
const LATENESS: i16 = 5;
/// Codes from this year on came ten years after children had numbers too.
const LATE: i16 = 2010;
/// Years from a birth to a code that came too late for a child.
const CHILDHOOD: i16 = 10;
/// Codes that are tried before all of a ring are looked through.
const TRIES: usize = 16;

/// Why nobody has a number, the surest reason first.
///
/// # When was whom numbered, and under which code
///
/// The number came with the identity card: tried out in Beijing from August
/// 1984, for all adults under the regulations of September 1985, under the
/// code in force *at that time* where the person was registered. Cards were
/// given out in a campaign from 1986 to 1990, in much of the countryside not
/// before 1989; who became 16 later got one then, and children and late-comers
/// followed until the turn to 18 digits on 1 October 1999, by when everybody
/// was to have a number. Those born from the later 1980s on were more and more
/// numbered at registration of birth. A number is not changed when its
/// division is. (The dates are those of the regulations, of GB 11643-1999 and
/// of the police's five-year plan for the cards; the pace between them is
/// general knowledge and was not counted.) So:
///
/// * [`Class::AbolishedBeforeNumbering`]: a code that was on no list from
///   31 December 1984 on was gone before numbers were given out at large:
///   nobody of any age has it. Left over: an office that numbered from an
///   outdated list.
/// * [`Class::AbolishedBeforeBirth`]: a code gone at least three years before
///   the birth. The three years are for offices that were slow to change. Left
///   over: one slower still.
/// * [`Class::CreatedAfterNumbering`]: a code that first came into force five
///   years or more after an adult was to have a card, thus in 1995 or later
///   for somebody of 23 or more; or in 2010 or later for somebody of ten or
///   more. Left over, and more than with the others: people registered late,
///   above all in the campaign of 2016, and those whose number was given twice
///   and was changed. With some 12 births a county and day and one of a hundred
///   registered late (a guess), of a thousand sequences, about one such number
///   in ten thousand is somebody's.
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
pub fn class_of_code(code: &Code, born: i16) -> Option<Class> {
    if !code.is_county() {
        None
    } else if code.is_gone_by(NUMBERING) {
        Some(Class::AbolishedBeforeNumbering)
    } else if code.is_gone_by(born - SLOWNESS) {
        Some(Class::AbolishedBeforeBirth)
    } else if code.since >= grown_ups_late(born) || code.since >= childrens_late(born) {
        Some(Class::CreatedAfterNumbering)
    } else {
        None
    }
}

/// The first year whose new codes came too late for an adult.
fn grown_ups_late(born: i16) -> i16 {
    CARDS.max(born + GROWN) + LATENESS
}

/// The first year whose new codes came too late whatever the age at numbering.
fn childrens_late(born: i16) -> i16 {
    LATE.max(born + CHILDHOOD)
}

/// The class of numbers under a division's code for somebody born in that year;
/// None where such a person may have one.
pub fn class_of_region(region: u32, born: i16) -> Option<Class> {
    class_of_code(find(region)?, born)
}

/// The class of a number; None where it is no number or may be somebody's.
pub fn class_of(number: &str) -> Option<Class> {
    let parts = parse(number).ok()?;
    class_of_region(parts.region, parts.born.year())
}

/// The codes around one division that nobody of some age has.
#[derive(Debug, Clone)]
pub struct Nearby {
    rings: Vec<(Nearness, Vec<&'static Code>)>,
}

impl Nearby {
    /// The codes around a division of six digits; all of one prefecture have the same.
    pub fn of(region: u32) -> Self {
        Self::apart_from(&|_| false, region)
    }

    /// Beside the codes that are known already, which stand behind all others.
    pub fn apart_from(is_known: &dyn Fn(u32) -> bool, region: u32) -> Self {
        let may_be_nobodys = |code: &&Code| code.is_county() && (code.until.is_some() || code.since >= CARDS);
        let near = |code: &'static Code| (is_known(code.code), code.nearness(region).max(Nearness::Prefecture), code);
        let mut near: Vec<_> = codes().iter().filter(may_be_nobodys).map(near).collect();
        near.sort_by_key(|(known, nearness, _)| (*known, *nearness));
        let mut rings = Vec::new();
        for ring in near.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            rings.push((ring[0].1, ring.iter().map(|(.., code)| *code).collect()));
            // What lies farther out is never asked for.
            if ring[0].1 >= Nearness::Province && ring.iter().any(|(.., code)| code.is_gone_by(NUMBERING)) {
                break;
            }
        }
        Self { rings }
    }

    /// A code that nobody born in that year has: of the province no nearer than
    /// `from`, where there is one, else as near as can be.
    fn pick(&self, from: Nearness, born: i16, entropy: &mut impl Entropy) -> Option<(Nearness, &'static Code)> {
        let wanted = self.rings.iter().filter(|(n, _)| (from..=Nearness::Province).contains(n));
        wanted.chain(&self.rings).find_map(|(n, ring)| Some((*n, one_of(ring, born, entropy)?)))
    }

    /// A number that nobody born then has. `like` is a row's number whose form of
    /// 15 or 18 and small or large X are kept, and whose sequence is near.
    pub fn number(
        &self,
        from: Nearness,
        born: Date,
        male: bool,
        like: Like<'_>,
        entropy: &mut impl Entropy,
    ) -> Option<Impossible> {
        let (nearness, code) = self.pick(from, born.year(), entropy)?;
        Some(Impossible { nearness, ..under(code, born, male, like, entropy)? })
    }
}

/// One of the codes, all alike, that nobody born in that year has.
fn one_of(ring: &[&'static Code], born: i16, entropy: &mut impl Entropy) -> Option<&'static Code> {
    let is_nobodys = |code: &&'static Code| class_of_code(code, born).is_some();
    let tries = if ring.is_empty() { 0 } else { TRIES };
    let tried = (0..tries).map(|_| ring[entropy.random_range(0..ring.len())]).find(is_nobodys);
    tried.or_else(|| ring.iter().copied().filter(is_nobodys).choose(entropy))
}

/// The number, with a small X where another one has that.
fn written(number: IdNumber, like: &str) -> String {
    let mut written = number.write();
    if like.as_bytes().last() == Some(&b'x') {
        written.make_ascii_lowercase();
    }
    written
}

/// A number of that division, which must be one of a class for the birth date.
pub fn under(code: &Code, born: Date, male: bool, like: Like<'_>, entropy: &mut impl Entropy) -> Option<Impossible> {
    let class = class_of_code(code, born.year())?;
    let old_form = like.text.len() == 15;
    let sequence = sequence(male, like, entropy);
    let number = written(IdNumber { region: code.code, born, sequence, old_form }, like.text);
    Some(Impossible { number, class, nearness: Nearness::Prefecture })
}

/// The division that a number begins with, or the province or prefecture of a
/// number masked after that.
pub fn region_of(like: &str) -> Option<u32> {
    let shown = like.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let number = digits::read(&like.as_bytes()[..shown]).filter(|_| shown >= 2)?;
    Some(number as u32 * 10u32.pow(6 - shown as u32))
}

/// A sequence of that sex near that of `like`. Offices number in blocks from the
/// bottom, so without one it is more often low.
fn sequence(male: bool, like: Like<'_>, entropy: &mut impl Entropy) -> u16 {
    let base = like.number.map(|n| n.sequence).unwrap_or_else(|| (entropy.random::<f64>().powi(2) * 400.0) as u16);
    let moved = (i32::from(base) + entropy.random_range(-12..=12)).abs().clamp(1, 998) as u16;
    if (moved % 2 == 1) == male { moved } else { moved + 1 }
}

#[cfg(test)]
mod tests;
