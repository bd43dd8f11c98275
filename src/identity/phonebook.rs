//! The phonebook: the phones on offer by their digits, and the drawing of one
//! that begins as a row's own does and was in service when the row came to be.
//! How a number is written in a cell is `phones`'.

use std::ops::Range;

use rand::RngExt;
use rustc_hash::{FxHashMap, FxHashSet};

use super::profile::Profile;
use super::{Role, Row, local, phones};
use crate::model::{self, ContactPoint, Entropy};

/// Offered phones looked at for one that begins as it should. So few that a
/// number with rare digits is not taken for every row that has them.
const LOOKS: usize = 60;
/// Rows that are asked how numbers are dialled, and so many that tell.
const ASKED: usize = 500;
const ENOUGH: usize = 20;
/// First digits that are tried, the most first; so many of these tell where a phone is.
const HEADS: [usize; 4] = [7, 4, 3, 2];
const TELLING: usize = 3;

/// A phone with its national digits.
#[derive(Debug, Clone)]
pub struct OfferedPhone {
    pub point: ContactPoint,
    national: String,
    /// The year it came into service.
    since: Option<i16>,
}

/// Offered phones.
#[derive(Debug)]
pub struct Phonebook {
    /// Those of the table's own country, by their national digits.
    phones: Vec<OfferedPhone>,
    /// The others, taken only when there are no more of these: in most tables
    /// they can only be written with their country code, and stand out.
    foreign: Vec<OfferedPhone>,
    /// Where those lie that begin with the same digits.
    heads: FxHashMap<u32, Range<usize>>,
    /// Rows whose phones begin with the same digits.
    places: FxHashMap<u32, Vec<u32>>,
    /// By column: how many first digits the rows' phones there share with their main ones.
    shared: Vec<Vec<usize>>,
    /// One number of each country and length.
    kinds: Vec<String>,
    /// Country calling code of the table's numbers that show none.
    pub home: String,
    /// The table's area codes stand in a column of their own.
    has_areas: bool,
    /// Rows of the table have numbers older than these were in service.
    anachronisms: bool,
}

impl Phonebook {
    /// The phones on offer for a table.
    pub fn new(profile: &Profile, offered: &[model::OfferedPhone]) -> Self {
        let phone = |p: &model::OfferedPhone| OfferedPhone {
            national: phones::split(&p.point.value).1.to_owned(),
            since: p.since.map(|at| at.year()).or_else(|| since(profile, &p.point)),
            point: p.point.clone(),
        };
        let kinds = kinds(offered);
        let home = home_by(profile, &kinds);
        let is_of_home = |p: &OfferedPhone| phones::is_of(&p.point.value, &home);
        let (mut all, foreign): (Vec<OfferedPhone>, Vec<OfferedPhone>) =
            offered.iter().map(phone).partition(is_of_home);
        all.sort_by(|a, b| a.national.cmp(&b.national));
        Self {
            heads: by_head(&all),
            places: places(profile, &home),
            shared: shared(profile, &home),
            phones: all,
            foreign,
            kinds,
            home,
            has_areas: profile.column_of(Role::Phone).is_some_and(|c| profile.areas[c].is_some()),
            anachronisms: has_anachronisms(profile),
        }
    }

    /// Whether the first digits of the table's phones tell where they are, as those of Chinese
    /// mobiles do by tables alone.
    pub fn have_areas(&self) -> bool {
        self.home != "86"
    }

    /// A row whose phone is of the place of another one, as near as there is any.
    pub fn row_of_place(&self, phone: &ContactPoint, entropy: &mut impl Entropy) -> Option<u32> {
        let mut heads = heads(phones::split(&phone.value).1).take(TELLING);
        let rows = heads.find_map(|head| self.places.get(&head))?;
        Some(rows[entropy.random_range(0..rows.len())])
    }

    /// How many first digits a further phone, in that column, shares with the main one: a fax
    /// is of the same exchange.
    pub fn shares(&self, column: usize, entropy: &mut impl Entropy) -> Option<usize> {
        let met = self.shared.get(column).filter(|met| !met.is_empty())?;
        Some(met[entropy.random_range(0..met.len())])
    }

    /// Whether any of the phones can be written as that cell is.
    pub fn can_write(&self, like: &str) -> bool {
        let whole = |p: &String| phones::write_like(p, like, &self.home).is_some();
        let local = |p: &String| self.has_areas && phones::write_local(p, like, &self.home).is_some();
        self.kinds.is_empty() || self.kinds.iter().any(|p| whole(p) || local(p))
    }

    /// Leaves those out that were spent.
    pub fn retain(&mut self, keep: impl Fn(&ContactPoint) -> bool) {
        self.phones.retain(|p| keep(&p.point));
        self.foreign.retain(|p| keep(&p.point));
        self.heads = by_head(&self.phones);
    }

    /// A phone; the digits it should begin with are tried first, and those that
    /// were in service when the row came to be.
    pub fn draw(&self, prefix: &str, created: Option<i16>, entropy: &mut impl Entropy) -> Option<&OfferedPhone> {
        let all = &self.phones[..];
        for alike in heads(prefix).filter_map(|head| self.heads.get(&head)).map(|range| &all[range.clone()]) {
            // As likely as that one of so many looks at all of them meets such a phone.
            let miss = 1.0 - alike.len() as f64 / all.len().max(1) as f64;
            if entropy.random_bool(1.0 - miss.powi(LOOKS as i32)) {
                let looks = (LOOKS * alike.len()).div_ceil(all.len());
                if let Some(phone) = self.in_service(alike, looks, created, entropy) {
                    return Some(phone);
                }
            }
        }
        let all = if all.is_empty() { &self.foreign[..] } else { all };
        self.in_service(all, LOOKS, created, entropy).or_else(|| any(all, entropy))
    }

    /// One of the phones that `is_another`, which begins with as many of these digits as can be.
    pub fn draw_beside(
        &self,
        head: &str,
        is_another: impl Fn(&ContactPoint) -> bool,
        entropy: &mut impl Entropy,
    ) -> Option<&OfferedPhone> {
        let ranges = heads(head).filter_map(|head| self.heads.get(&head));
        let mut alike = ranges.map(|range| &self.phones[range.clone()]);
        alike.find_map(|alike| {
            let looks = LOOKS.min(2 * alike.len());
            (0..looks).filter_map(|_| any(alike, entropy)).find(|phone| is_another(&phone.point))
        })
    }

    fn in_service<'p>(
        &self,
        phones: &'p [OfferedPhone],
        looks: usize,
        created: Option<i16>,
        entropy: &mut impl Entropy,
    ) -> Option<&'p OfferedPhone> {
        let fits = |p: &OfferedPhone| self.anachronisms || p.since.zip(created).is_none_or(|(s, c)| s <= c);
        (0..looks).filter_map(|_| any(phones, entropy)).find(|p| fits(p))
    }
}

fn any<'p>(phones: &'p [OfferedPhone], entropy: &mut impl Entropy) -> Option<&'p OfferedPhone> {
    if phones.is_empty() { None } else { phones.get(entropy.random_range(0..phones.len())) }
}

/// Rows by the first digits of their phones.
fn places(profile: &Profile, home: &str) -> FxHashMap<u32, Vec<u32>> {
    let column = profile.column_of(Role::Phone);
    let mut places: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (row, anchor) in profile.donors.iter().enumerate() {
        let digits = column.and_then(|c| profile.dialled(&anchor.row, c));
        let Some(digits) = digits.filter(|digits| !local::lacks_area(digits)) else { continue };
        let heads = heads(phones::national(&digits, home)).take(TELLING);
        heads.for_each(|head| places.entry(head).or_default().push(row as u32));
    }
    places
}

fn shared(profile: &Profile, home: &str) -> Vec<Vec<usize>> {
    let main = profile.column_of(Role::Phone);
    let number = |row: &Row, column| Some(phones::national(&profile.dialled(row, column)?, home).to_owned());
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let both = |row: &Row, column| Some((number(row, main?)?, number(row, column)?)).filter(|(a, b)| a != b);
    let of = |column| {
        let is_further = profile.roles[column] == Role::Phone && main != Some(column);
        let rows = profile.donors.iter().filter(|_| is_further).map(|a| &a.row);
        rows.filter_map(|row| both(row, column)).map(|(a, b)| common(&a, &b)).collect()
    };
    (0..profile.roles.len()).map(of).collect()
}

/// The first digits, as many as are tried, as numbers behind a 1 that stands for their count.
fn heads(digits: &str) -> impl Iterator<Item = u32> {
    let number = |head: &str| head.bytes().fold(1, |number, b| number * 10 + u32::from(b.saturating_sub(b'0').min(9)));
    HEADS.iter().filter_map(|length| digits.get(..*length)).map(number)
}

/// Where those lie that begin with the same digits; the phones are sorted.
fn by_head(phones: &[OfferedPhone]) -> FxHashMap<u32, Range<usize>> {
    let mut ranges: FxHashMap<u32, Range<usize>> = FxHashMap::default();
    for (n, phone) in phones.iter().enumerate() {
        heads(&phone.national).for_each(|head| ranges.entry(head).or_insert(n..n).end = n + 1);
    }
    ranges
}

/// The year in which a number's first digits came into service.
fn since(profile: &Profile, point: &ContactPoint) -> Option<i16> {
    let (code, national) = phones::split(&point.value);
    profile.locale.pack().phone(national).filter(|_| code == profile.home)?.since_year
}

/// Whether rows of the table have numbers that were not in service yet when
/// they came to be, more than one in fifty.
fn has_anachronisms(profile: &Profile) -> bool {
    let (Some(phone), Some(created)) = (profile.column_of(Role::Phone), profile.column_of(Role::CreatedAt)) else {
        return true;
    };
    let year = |row: &Row| Some(profile.dates[created].as_ref()?.read(profile.text(row, Some(created))?)?.year());
    let since = |row: &Row| profile.locale.pack().phone(&profile.dialled(row, phone)?)?.since_year;
    let rows = profile.donors.iter().take(1_000).map(|a| &a.row);
    let pairs: Vec<(i16, i16)> = rows.filter_map(|row| Some((since(row)?, year(row)?))).collect();
    pairs.iter().filter(|(since, year)| since > year).count() * 50 > pairs.len()
}

/// The country of numbers that show none: that of the table, unless its numbers begin with the
/// zero that is dialled within countries whose numbers the table's language does not tell, and
/// the offer has numbers of one such country that can be written so.
fn home_by(profile: &Profile, kinds: &[String]) -> String {
    let column = profile.column_of(Role::Phone);
    let texts = profile.donors.iter().filter_map(|a| profile.text(&a.row, column)).take(ASKED);
    let dialled: Vec<&str> = texts.filter(|text| is_dialled_within(text)).collect();
    let is_written = |code: &str, like: &str| kinds.iter().any(|kind| phones::write_like(kind, like, code).is_some());
    let suits = |code: &str| dialled.iter().filter(|like| is_written(code, like)).count() * 2 > dialled.len();
    let mut codes: Vec<&str> = kinds.iter().map(|kind| phones::split(kind).0).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut others = codes.into_iter().filter(|code| suits(code));
    match (others.next(), others.next()) {
        (Some(other), None) if dialled.len() >= ENOUGH => other.to_owned(),
        _ => profile.home.clone(),
    }
}

/// Whether a number is written with a trunk zero (ITU-T E.123), not with a country's code.
fn is_dialled_within(text: &str) -> bool {
    let text = text.trim_start_matches(['(', ' ']);
    text.starts_with('0') && !text.starts_with("00")
}

fn kinds(phones: &[model::OfferedPhone]) -> Vec<String> {
    let mut met = FxHashSet::default();
    let kind = |p: &&ContactPoint| met.insert((phones::split(&p.value).0.to_owned(), p.value.len()));
    phones.iter().map(|p| &p.point).filter(kind).map(|p| p.value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    fn book(numbers: impl Iterator<Item = String>) -> Phonebook {
        let phone = |n: String| OfferedPhone {
            point: ContactPoint::phone(&format!("+86{n}")).expect("a number"),
            since: n.starts_with("199").then_some(2017),
            national: n,
        };
        let mut phones: Vec<OfferedPhone> = numbers.map(phone).collect();
        phones.sort_by(|a, b| a.national.cmp(&b.national));
        let heads = by_head(&phones);
        Phonebook {
            phones,
            foreign: Vec::new(),
            heads,
            places: FxHashMap::default(),
            shared: Vec::new(),
            kinds: Vec::new(),
            home: "86".into(),
            has_areas: false,
            anachronisms: false,
        }
    }

    #[test]
    fn a_common_beginning_is_met_always_and_a_rare_one_now_and_then() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let numbers = (0..600).map(|n| if n == 7 { "15912340000".into() } else { format!("138{n:08}") });
        let book = book(numbers);
        let mut drawn = |head: &str| {
            let met =
                (0..2_000).filter(|_| book.draw(head, None, &mut entropy).expect("one").national.starts_with(head));
            met.count()
        };
        assert_eq!(drawn("1380"), 2_000);
        // One of 600 is met by sixty looks with a chance of 9.5 %, at each of three lengths and at large.
        assert!((560..760).contains(&drawn("1591234")), "rare");
    }

    #[test]
    fn the_country_of_numbers_with_a_zero_in_front_is_that_of_the_offer() {
        let home = |like: &str, offered: &[&str]| {
            let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
            let mut profiler = Profiler::new(&["surname", "phone"].map(str::to_owned));
            for n in 0..40usize {
                profiler.meet(&[Some("Mason"), Some(&format!("{like}{:03}", n * 17))], &mut entropy);
            }
            let roles = vec![(0, Role::Surname), (1, Role::Phone)];
            let profile = profiler.finish(&Told { roles, ..Told::default() });
            let point = |value: &&str| ContactPoint::phone(value).expect("a number");
            let phone =
                |value| model::OfferedPhone { point: point(value), kind: None, carrier: None, city: None, since: None };
            Phonebook::new(&profile, &offered.iter().map(phone).collect::<Vec<_>>()).home
        };
        let (british, french, american) = ("+441835703597", "+33140205050", "+14155550142");
        assert_eq!(home("01835-703", &[british, french, american]), "44");
        assert_eq!(home("(020) 7946 0", &[british]), "44");
        assert_eq!(home("01835-703", &[french, american]), "1", "too short");
        assert_eq!(home("01 40 20 5", &[french, "+61255501234"]), "1", "of either country");
        assert_eq!(home("183570-3", &[british]), "1", "no zero in front");
    }

    #[test]
    fn numbers_later_than_the_row_are_left_out() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(2);
        let book = book((0..400).map(|n| if n % 2 == 0 { format!("199{n:08}") } else { format!("138{n:08}") }));
        for _ in 0..500 {
            let phone = book.draw("1990", Some(2012), &mut entropy).expect("one");
            assert!(phone.national.starts_with("138"), "{phone:?}");
        }
        assert!(book.draw("1990", Some(2020), &mut entropy).expect("one").national.starts_with("199"));
    }
}
