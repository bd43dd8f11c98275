//! A gazetteer: postcodes around those of a table, for the canaries that live where no
//! row does. Where most postcodes of a table are met once, one that another row has
//! would be telling. Places themselves come from the locale's pack, but for British codes,
//! which tell a street each; which row a canary lives near is drawn before, like
//! everything else of it.

mod axes;

use std::borrow::Cow;

use rand::RngExt;
use rand::seq::IndexedRandom;
use rustc_hash::FxHashMap;

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

/// Where else a table's people could live.
#[derive(Debug)]
pub(super) struct Gazetteer {
    /// The piece of the postcode, and that of its city where the pack's names are the table's.
    pub(super) postcode: usize,
    pub(super) city: Option<usize>,
    /// The columns of coordinates.
    axes: Vec<(usize, Axis)>,
    /// Another column says something of the place that the pack does not: the city stays.
    keeps_city: bool,
    /// Codes are told from each other by their last letters, in one place each.
    has_units: bool,
    /// The chance that a row's postcode is no other row's.
    pub(super) new: f64,
}

/// A postcode and its city, written as the table would.
pub(super) struct Elsewhere {
    pub(super) postcode: String,
    pub(super) city: Option<String>,
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
            return Some(Self { postcode, city: None, axes: Vec::new(), keeps_city: true, has_units: true, new });
        }
        let place = |a: &Anchor| profile.locale.pack().place(&whole(profile.text(&a.row, Some(column))?));
        let known: Vec<(&Row, PlaceFacts)> = rows.iter().filter_map(|a| Some((&a.row, place(a)?))).collect();
        if known.len() < enough {
            return None;
        }
        let most = |met: usize| met as f64 >= AGREE * known.len() as f64;
        let is_city = |c: &usize| {
            let same = |(row, at): &&(&Row, PlaceFacts)| {
                at.city.is_some_and(|city| city.eq_ignore_ascii_case(text(profile, row, *c)))
            };
            most(known.iter().filter(same).count())
        };
        let regions: Vec<usize> = profile.columns_of(Role::Region).collect();
        let city = regions.iter().copied().find(is_city);
        let follows = |c: usize| most(following(known.iter().map(|(row, at)| (at.region, text(profile, row, c)))));
        let has_other = regions.iter().any(|c| Some(*c) != city && !follows(*c));
        let axes = axes::find(profile, &centres(profile, column, rows), most);
        let keeps_city = has_other || profile.columns_of(Role::Geo).count() > axes.len();
        let city = city.and_then(|c| views.find(c, Part::Whole));
        Some(Self { postcode, city, axes, keeps_city, has_units: false, new })
    }

    /// A postcode that no row has, near that of a row, and its city.
    pub(super) fn elsewhere(
        &self,
        profile: &Profile,
        (postcode, city): (&str, Option<&str>),
        entropy: &mut dyn Entropy,
    ) -> Option<Elsewhere> {
        let (column, pack) = (profile.column_of(Role::Postcode)?, profile.locale.pack());
        if self.has_units {
            let made =
                (0..TRIES).map(|_| with_unit(postcode, entropy)).find(|made| !profile.columns[column].has(made))?;
            return Some(Elsewhere { postcode: made, city: None });
        }
        let code = whole(postcode);
        let own = pack.place(&code)?;
        let keeps_city = self.keeps_city || self.city.is_some() && city.is_none();
        let left_out = code.len() - postcode.trim().len();
        let written = |code: &str| code.get(left_out..).unwrap_or_default().to_owned();
        let is_known = |other: &str| [&code, other].iter().all(|code| pack.centre(code).is_some());
        let is_free = |(other, at): &&Postcode| {
            let stays = keeps_city || !self.axes.is_empty() && !is_known(other);
            let is_near = at.region == own.region && (!stays || at.city == own.city);
            is_near && !profile.columns[column].has(&written(other))
        };
        let around = pack.postcodes_around(&code);
        let (code, at) = (0..TRIES).filter_map(|_| around.choose(entropy)).find(is_free)?;
        // A longer code tells a block of houses behind what the pack knows.
        let rest = postcode.trim().get(code.len() - left_out..).unwrap_or_default();
        let postcode = format!("{}{}", written(code), redraw::redraw_digits(rest, 0, entropy));
        Some(Elsewhere { postcode, city: city.zip(at.city).map(|(like, city)| redraw::case_like(city, like)) })
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
    let is_short = (ZIP - 2..ZIP).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    if is_short { format!("{code:0>ZIP$}").into() } else { code.into() }
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
fn following<'r>(rows: impl Iterator<Item = (&'r str, &'r str)>) -> usize {
    let mut regions: FxHashMap<&str, FxHashMap<&str, usize>> = FxHashMap::default();
    rows.for_each(|(region, text)| *regions.entry(region).or_default().entry(text).or_default() += 1);
    regions.values().filter_map(|texts| texts.values().max()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    /// People at every other postcode of the pack that begins with these digits; more than
    /// one a postcode where `each` says so.
    fn table(areas: &[&str], each: usize, row: impl Fn(&str, &PlaceFacts) -> Vec<String>) -> Profile {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["first_name", "zip", "city", "state", "county"].map(str::to_owned));
        let pack = crate::identity::Locale::EnUs.pack();
        for area in areas {
            let seed = (0..100).map(|n| format!("{area}{n:02}")).find(|code| pack.place(code).is_some());
            for (code, at) in pack.postcodes_around(&seed.expect("a code")).iter().step_by(2) {
                for name in ["Ann", "Bob", "Cy"].iter().take(each) {
                    let cells = [vec![(*name).to_owned()], row(code, at)].concat();
                    let cells: Vec<Option<&str>> = cells.iter().map(|c| Some(c.as_str())).collect();
                    profiler.meet(&cells, &mut entropy);
                }
            }
        }
        let roles = [Role::GivenName, Role::Postcode, Role::Region, Role::Region, Role::Region];
        profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
    }

    fn plain(code: &str, at: &PlaceFacts) -> Vec<String> {
        [code, &at.city.expect("a city").to_uppercase(), at.region, "US"].map(str::to_owned).to_vec()
    }

    #[test]
    fn who_moves_lives_nearby_where_no_row_does() {
        let profile = table(&["606", "100", "941", "331"], 1, plain);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        assert_eq!((gazetteer.new, gazetteer.city.is_some(), gazetteer.keeps_city), (1.0, true, false));
        let mut entropy = ChaCha20Rng::seed_from_u64(2);
        let pack = profile.locale.pack();
        let mut cities = 0;
        for anchor in &profile.donors {
            let text = |c| profile.text(&anchor.row, Some(c)).expect("filled");
            let Some(made) = gazetteer.elsewhere(&profile, (text(1), Some(text(2))), &mut entropy) else { continue };
            let at = pack.place(&made.postcode).expect("a postcode");
            assert_eq!((at.region, &made.postcode[..3]), (text(3), &text(1)[..3]));
            assert_eq!(made.city, at.city.map(str::to_uppercase));
            assert!(!profile.columns[1].has(&made.postcode));
            cities += 1;
        }
        assert!(cities * 10 > profile.donors.len() * 9, "{cities}");
    }

    #[test]
    fn canaries_live_at_postcodes_of_their_own_as_often_as_rows_do() {
        let profile = table(&["606", "100", "941", "331"], 1, plain);
        let (offer, mut entropy) = (Offer::default(), ChaCha20Rng::seed_from_u64(3));
        let mut from = Generator::new(&profile, &offer);
        let drawn: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
        let text = |row: &Row, c| text(&profile, row, c).to_owned();
        let pack = profile.locale.pack();
        for row in &drawn {
            let at = pack.place(&text(row, 1)).expect("a postcode");
            assert_eq!((at.city.map(str::to_uppercase), at.region), (Some(text(row, 2)), &text(row, 3)[..]));
        }
        let own = drawn.iter().filter(|row| !profile.columns[1].has(&text(row, 1))).count();
        assert!(own > 170, "{own} of 200");
    }

    #[test]
    fn a_longer_code_keeps_its_form_and_a_column_that_cannot_be_told_keeps_the_city() {
        let nine = |code: &str, at: &PlaceFacts| {
            let county = if code.as_bytes()[4].is_multiple_of(2) { "Cook" } else { "Lake" };
            [&format!("{code}-1234"), at.city.expect("a city"), at.region, county].map(str::to_owned).to_vec()
        };
        let profile = table(&["606", "600"], 1, nine);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        assert!(gazetteer.keeps_city);
        let made = gazetteer.elsewhere(&profile, ("60606-1234", Some("Chicago")), &mut ChaCha20Rng::seed_from_u64(2));
        let made = made.expect("Chicago has more");
        let (code, rest) = made.postcode.split_once('-').expect("nine digits");
        assert_eq!((code.len(), rest.len(), made.city.as_deref()), (5, 4, Some("Chicago")));
    }

    #[test]
    fn zeros_that_a_spreadsheet_left_out_stay_out() {
        let short = |code: &str, at: &PlaceFacts| {
            [code.trim_start_matches('0'), at.city.expect("a city"), at.region, "US"].map(str::to_owned).to_vec()
        };
        let profile = table(&["021", "086"], 1, short);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        let made = gazetteer.elsewhere(&profile, ("2108", Some("Boston")), &mut ChaCha20Rng::seed_from_u64(2));
        let made = made.expect("Boston has more").postcode;
        assert!(made.len() == 4 && made.starts_with('2') && !profile.columns[1].has(&made), "{made}");
    }

    #[test]
    fn british_postcodes_are_of_another_street() {
        let british = |code: &str, _: &PlaceFacts| {
            let unit = |n: usize| char::from(UNITS[usize::from(code.as_bytes()[n]) % 20]);
            ["", "Oxted", "Surrey", "UK"]
                .map(str::to_owned)
                .into_iter()
                .enumerate()
                .map(
                    |(n, text)| {
                        if n == 0 { format!("RH{} {}{}{}", &code[1..2], &code[2..3], unit(3), unit(4)) } else { text }
                    },
                )
                .collect()
        };
        let profile = table(&["606", "100"], 1, british);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("British codes");
        let mut entropy = ChaCha20Rng::seed_from_u64(2);
        let made = gazetteer.elsewhere(&profile, ("rh8 9aa", Some("Oxted")), &mut entropy).expect("another street");
        assert!(made.postcode.starts_with("rh8 9") && made.postcode.len() == 7 && made.city.is_none());
        assert!(has_unit(&made.postcode) && made.postcode == made.postcode.to_lowercase(), "{}", made.postcode);
    }

    #[test]
    fn where_postcodes_are_shared_nobody_moves() {
        let profile = table(&["606", "100"], 3, plain);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        assert!((0..100).all(|n| !gazetteer.is_new(&mut ChaCha20Rng::seed_from_u64(n))), "{}", gazetteer.new);
    }
}
