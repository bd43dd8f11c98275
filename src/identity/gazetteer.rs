//! A gazetteer: postcodes around those of a table, for the canaries that live where no
//! row does. Where most postcodes of a table are met once, one that another row has
//! would be telling. Places themselves come from the locale's pack, but for British codes,
//! which tell a street each; which row a canary lives near is drawn before, like
//! everything else of it.

mod axes;

use std::borrow::Cow;

use rand::RngExt;
use rand::seq::IndexedRandom;
use rustc_hash::{FxHashMap, FxHashSet};

use self::axes::Axis;
use super::locale::{Degrees, PlaceFacts, Postcode};
use super::piece::Part;
use super::profile::{Anchor, Profile};
use super::views::Views;
use super::{Role, Row, redraw};
use crate::model::Entropy;

/// Share of the rows that the pack has to agree with, of those whose postcode it has.
const AGREE: f64 = 0.7;
/// Rows that are looked at.
const ROWS: usize = 2_000;
/// Postcodes that are tried before a canary stays where a row lives.
const TRIES: usize = 60;
/// Fewer postcodes of the table that the pack has are too few to tell.
const FEW: usize = 30;
/// The letters that British postcodes end in, two of them (BS 7666).
const UNITS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
/// Digits of an American postcode, of which spreadsheets leave out the zeros in front.
const ZIP: usize = 5;
/// Octets behind it that tell a block of houses, with a hyphen.
const BLOCK: usize = 5;

/// Where else a table's people could live.
#[derive(Debug)]
pub(super) struct Gazetteer {
    /// The piece of the postcode, and those of its city and county where the pack's names are
    /// the table's.
    pub(super) postcode: usize,
    names: Vec<(usize, Name)>,
    /// The pieces that say the region alone.
    states: Vec<usize>,
    /// The columns of coordinates.
    axes: Vec<(usize, Axis)>,
    /// Another column says something of the place that the pack does not: the city stays.
    keeps_city: bool,
    /// The table is of one county of each state.
    keeps_county: bool,
    /// Codes are told from each other by their last letters, in one place each.
    has_units: bool,
    /// The chance that a row's postcode is no other row's.
    pub(super) new: f64,
    places: Places,
}

/// The places of codes that tell blocks of houses: their first digits.
#[derive(Debug, Default)]
struct Places {
    known: FxHashSet<String>,
    /// The chance that a row's is no other row's.
    new: f64,
}

impl Places {
    fn of<'c>(codes: impl Iterator<Item = &'c str>) -> Self {
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        let whole = codes.map(whole).filter(|code| code.len() > ZIP);
        let places = whole.filter_map(|code| code.get(..ZIP).map(str::to_owned));
        places.for_each(|place| *counts.entry(place).or_default() += 1);
        let (single, rows) = (counts.values().filter(|n| **n == 1).count(), counts.values().sum::<usize>());
        Self { new: single as f64 / rows.max(1) as f64, known: counts.into_keys().collect() }
    }
}

/// What is called by a name at a postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    City,
    County,
}

/// Words that stand behind a county's name in some tables.
const COUNTIES: [&str; 3] = [" county", " parish", " borough"];

impl Name {
    fn of(self, at: &PlaceFacts) -> Option<&'static str> {
        if self == Self::City { at.city } else { at.county }
    }

    /// The name as the table has it, and what else stands behind it.
    fn cut(self, text: &str) -> (&str, &str) {
        let small = text.to_ascii_lowercase();
        let behind = COUNTIES.iter().find(|word| self == Self::County && small.ends_with(*word));
        text.split_at(text.len() - behind.map_or(0, |word| word.len()))
    }

    /// The name of another place, written as one of the table; that of the same place as the
    /// table spells it.
    fn write(self, own: &PlaceFacts, at: &PlaceFacts, like: &str) -> Option<String> {
        if self.of(own) == self.of(at) {
            return Some(like.to_owned());
        }
        let (name, behind) = self.cut(like);
        Some(format!("{}{behind}", redraw::case_like(self.of(at)?, name)))
    }
}

/// A postcode, and the texts of pieces that say its names, written as the table would.
pub(super) struct Elsewhere {
    pub(super) postcode: String,
    pub(super) names: Vec<(usize, String)>,
}

impl Gazetteer {
    /// That of a table whose postcodes the pack has; where columns tell a place by what the
    /// pack does not know, such as coordinates in another form, the city stays.
    pub(super) fn of(profile: &Profile, views: &Views) -> Option<Self> {
        let column = profile.column_of(Role::Postcode)?;
        let postcode = views.find(column, Part::Whole)?;
        let rows = &profile.donors[..profile.donors.len().min(ROWS)];
        let enough = FEW.max((AGREE * rows.len() as f64) as usize);
        let new = profile.columns[column].single_share();
        let codes = || rows.iter().filter_map(|a| profile.text(&a.row, Some(column)));
        if codes().filter(|code| has_unit(code)).count() >= enough {
            let (names, states, axes) = (Vec::new(), Vec::new(), Vec::new());
            return Some(Self {
                postcode,
                names,
                states,
                axes,
                keeps_city: true,
                keeps_county: true,
                has_units: true,
                new,
                places: Places::default(),
            });
        }
        let place = |a: &Anchor| profile.locale.pack().place(&whole(profile.text(&a.row, Some(column))?));
        let known: Vec<(&Row, PlaceFacts)> = rows.iter().filter_map(|a| Some((&a.row, place(a)?))).collect();
        if known.len() < enough {
            return None;
        }
        let most = |met: usize| met as f64 >= AGREE * known.len() as f64;
        let is_called = |c: usize, name: Name| {
            let same = |(row, at): &&(&Row, PlaceFacts)| {
                name.of(at).is_some_and(|known| known.eq_ignore_ascii_case(name.cut(text(profile, row, c)).0))
            };
            most(known.iter().filter(same).count())
        };
        let regions = || profile.columns_of(Role::Region);
        // A state is called like its greatest city, but there are more cities.
        let column_of = |name: Name| {
            let called = regions().filter(|c| is_called(*c, name));
            called.max_by_key(|c| profile.columns[*c].distinct()).map(|c| (c, name))
        };
        let called: Vec<(usize, Name)> = [Name::City, Name::County].into_iter().filter_map(column_of).collect();
        let follow = |of: &dyn Fn(&Row, &PlaceFacts) -> String| {
            most(following(known.iter().map(|(row, at)| (at.region, of(row, at)))))
        };
        let follows = |c: usize| follow(&|row, _| text(profile, row, c).to_owned());
        let has_other = regions().any(|c| called.iter().all(|(own, _)| *own != c) && !follows(c));
        let axes = axes::find(profile, &centres(profile, column, rows), most);
        let keeps_city = has_other || profile.columns_of(Role::Geo).count() > axes.len();
        let names = called.iter().filter_map(|(c, name)| Some((views.find(*c, Part::Whole)?, *name))).collect();
        let is_state = |c: &usize| called.iter().all(|(own, _)| own != c) && follows(*c);
        let states = regions().filter(is_state).filter_map(|c| views.find(c, Part::Whole)).collect();
        let keeps_county = follow(&|_, at| at.county.unwrap_or_default().to_owned());
        let places = Places::of(profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column))));
        Some(Self { postcode, names, states, axes, keeps_city, keeps_county, has_units: false, new, places })
    }

    /// A postcode that no row has, near that of a row, and the names that go with it, as
    /// `drawn` has them of the row.
    pub(super) fn elsewhere<'t>(
        &self,
        profile: &Profile,
        drawn: impl Fn(usize) -> Option<&'t str>,
        entropy: &mut dyn Entropy,
    ) -> Option<Elsewhere> {
        let (column, pack, postcode) =
            (profile.column_of(Role::Postcode)?, profile.locale.pack(), drawn(self.postcode)?);
        if self.has_units {
            let made =
                (0..TRIES).map(|_| with_unit(postcode, entropy)).find(|made| !profile.columns[column].has(made))?;
            return Some(Elsewhere { postcode: made, names: Vec::new() });
        }
        let code = whole(postcode);
        let own = pack.place(&code)?;
        let left_out = code.len() - postcode.trim().len();
        let (place, block) = postcode.trim().split_at_checked(ZIP - left_out)?;
        let is_free = |made: &String| !profile.columns[column].has(made);
        let in_block = |place: &str, entropy: &mut dyn Entropy| {
            let mut another = (0..TRIES).map(|_| format!("{place}{}", redraw::redraw_digits(block, 0, entropy)));
            another.find(is_free)
        };
        if !block.is_empty() && !entropy.random_bool(self.places.new) {
            return Some(Elsewhere { postcode: in_block(place, entropy)?, names: Vec::new() });
        }
        let keeps_city = self.keeps_city || self.names.iter().any(|(piece, _)| drawn(*piece).is_none());
        let written = |code: &str| code.get(left_out..).unwrap_or_default().to_owned();
        let is_known = |other: &str| [&code, other].iter().all(|code| pack.centre(code).is_some());
        let is_new = |(other, at): &&Postcode| {
            let stays = keeps_city || !self.axes.is_empty() && !is_known(other);
            let is_near = at.region == own.region && (!self.keeps_county || at.county == own.county);
            let is_same = (at.city, at.county) == (own.city, own.county);
            let is_free = if block.is_empty() { is_free(&written(other)) } else { !self.places.known.contains(other) };
            is_near && (is_same || !stays) && is_free
        };
        let code = code.get(..ZIP).unwrap_or(&code);
        let around = pack.postcodes_around(code);
        let (code, at) = (0..TRIES).filter_map(|_| around.choose(entropy)).find(is_new)?;
        let postcode = if block.is_empty() { written(code) } else { in_block(&written(code), entropy)? };
        let name = |(piece, name): &(usize, Name)| Some((*piece, name.write(&own, at, drawn(*piece)?)?));
        Some(Elsewhere { postcode, names: self.names.iter().filter_map(name).collect() })
    }

    /// The pieces that say in which region a postcode is.
    pub(super) fn states(&self, piece: usize) -> &[usize] {
        if piece == self.postcode { &self.states } else { &[] }
    }

    /// By how many degrees a column of coordinates differs between two postcodes.
    pub(super) fn apart(&self, profile: &Profile, column: usize, (from, to): (&str, &str)) -> Option<f64> {
        let (_, axis) = self.axes.iter().find(|(c, _)| *c == column)?;
        let at = |code: &str| profile.locale.pack().centre(&whole(code)).map(|centre| axis.of(centre));
        Some(at(to)? - at(from)?)
    }

    /// Whether a canary lives where no row does.
    pub(super) fn is_new(&self, entropy: &mut dyn Entropy) -> bool {
        entropy.random_bool(self.new.clamp(0.0, 1.0))
    }
}

/// The rows with the centres of their postcodes, if the table has coordinates.
fn centres<'r>(profile: &'r Profile, column: usize, rows: &'r [Anchor]) -> Vec<(&'r Row, Degrees)> {
    let centre = |a: &Anchor| profile.locale.pack().centre(&whole(profile.text(&a.row, Some(column))?));
    let rows = rows.iter().filter(|_| profile.column_of(Role::Geo).is_some());
    rows.filter_map(|a| Some((&a.row, centre(a)?))).collect()
}

/// An American postcode with the zeros that were left out in front.
fn whole(code: &str) -> Cow<'_, str> {
    let code = code.trim();
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    // With the block of houses behind it, or without.
    let whole = match (digits, code.len() - digits) {
        (3..=4, 0 | BLOCK) => ZIP + code.len() - digits,
        (7..=8, 0) => ZIP + BLOCK - 1,
        _ => return code.into(),
    };
    format!("{code:0>whole$}").into()
}

/// Whether a text is a British postcode: SW1A 2AA.
fn has_unit(code: &str) -> bool {
    let code = code.trim().as_bytes();
    let is_inward = |end: &[u8]| end[0].is_ascii_digit() && end[1..].iter().all(u8::is_ascii_alphabetic);
    (5..=8).contains(&code.len()) && code[0].is_ascii_alphabetic() && is_inward(&code[code.len() - 3..])
}

/// The postcode of another street of the same district.
fn with_unit(like: &str, entropy: &mut dyn Entropy) -> String {
    let kept = like.trim_end().len().saturating_sub(2);
    let unit: String = (0..2).map(|_| char::from(*UNITS.choose(entropy).unwrap_or(&b'A'))).collect();
    let (district, own) = like.split_at(kept);
    format!("{district}{}", redraw::case_like(&unit, own))
}

fn text<'r>(profile: &Profile, row: &'r Row, column: usize) -> &'r str {
    profile.text(row, Some(column)).unwrap_or_default().trim()
}

/// Of how many rows the text is the one that most rows of their region have.
fn following<'r>(rows: impl Iterator<Item = (&'r str, String)>) -> usize {
    let mut regions: FxHashMap<&str, FxHashMap<String, usize>> = FxHashMap::default();
    rows.for_each(|(region, text)| *regions.entry(region).or_default().entry(text).or_default() += 1);
    regions.values().filter_map(|texts| texts.values().max()).sum()
}

#[cfg(test)]
mod tests;
