//! The phonebook: the phones on offer by their digits, and the drawing of one
//! that begins as a row's own does and was in service when the row came to be.
//! How a number is written in a cell is `phones`'.

mod home;
mod strange;
mod told;

use std::collections::BTreeMap;
use std::ops::Range;

use rand::RngExt;
use rustc_hash::FxHashMap;

pub use home::Home;

use self::strange::Strange;
use super::profile::Profile;
use super::{Role, phones};
use crate::model::{self, ContactPoint, Entropy};

/// Offered phones looked at for one that begins as it should. So few that a
/// number with rare digits is not taken for every row that has them.
const LOOKS: usize = 60;
/// First digits that are tried, the most first; so many of these tell where a phone is.
const HEADS: [usize; 4] = [7, 4, 3, 2];
const TELLING: usize = 3;
/// One of so many phones on offer is to be of a kind that rows are models for.
const KINDS: usize = 20;

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
    strange: Strange,
    /// By column: how many first digits the rows' phones there share with their main ones.
    shared: Vec<Vec<usize>>,
    /// One number of each country and length, with the table's lead and without.
    kinds: Vec<String>,
    /// The country of the table's numbers that show none.
    pub home: Home,
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
        let home = Home::of(profile, &kinds(offered, |_| false, 1));
        let is_of_home = |p: &OfferedPhone| phones::is_of(&p.point.value, &home.code);
        let (mut all, foreign): (Vec<OfferedPhone>, Vec<OfferedPhone>) =
            offered.iter().map(phone).partition(is_of_home);
        all.sort_by(|a, b| a.national.cmp(&b.national));
        let book = Self {
            heads: by_head(&all),
            places: told::places(profile, &home),
            strange: Strange::default(),
            shared: told::shared(profile, &home),
            phones: all,
            foreign,
            kinds: kinds(offered, |phone| home.is_led(phone), offered.len().div_ceil(KINDS)),
            home,
            has_areas: profile.column_of(Role::Phone).is_some_and(|c| profile.areas[c].is_some()),
            anachronisms: told::has_anachronisms(profile),
        };
        let column = profile.column_of(Role::Phone);
        let text = |row: u32| profile.text(&profile.donors[row as usize].row, column);
        let can_be = |row: u32| text(row).is_some_and(|like| book.can_write(like));
        let strange = Strange::of(&book.places, can_be).among(&book.phones, &book.heads);
        Self { strange, ..book }
    }

    /// Whether the first digits of the table's phones tell where they are, as those of Chinese
    /// mobiles do by tables alone.
    pub fn have_areas(&self) -> bool {
        self.home.code != "86"
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
        let whole = |p: &String| self.home.write(p, like).is_some();
        let local = |p: &String| self.has_areas && phones::write_local(p, like, &self.home.code).is_some();
        self.kinds.is_empty() || self.kinds.iter().any(|p| whole(p) || local(p))
    }

    /// Leaves those out that were spent.
    pub fn retain(&mut self, keep: impl Fn(&ContactPoint) -> bool) {
        self.phones.retain(|p| keep(&p.point));
        self.foreign.retain(|p| keep(&p.point));
        self.heads = by_head(&self.phones);
        self.strange = std::mem::take(&mut self.strange).among(&self.phones, &self.heads);
    }

    /// The share of canaries that are to have a phone of an area which no row has, 0 to 1;
    /// nothing where areas do not tell or none such is on offer.
    pub fn strange_share(&self) -> Option<f64> {
        (self.have_areas() && !self.strange.phones.is_empty()).then_some(self.strange.share)
    }

    /// A phone of an area that no row has.
    pub fn draw_strange(&self, created: Option<i16>, entropy: &mut impl Entropy) -> Option<&OfferedPhone> {
        let all = &self.strange.phones;
        let mut any = || all.get(entropy.random_range(0..all.len().max(1))).map(|n| &self.phones[*n]);
        (0..LOOKS).find_map(|_| any().filter(|phone| self.is_in_service(phone, created)))
    }

    /// A phone; the digits it should begin with are tried first, and those that were in
    /// service when the row came to be. One of the same place is taken wherever there is one.
    pub fn draw(&self, prefix: &str, created: Option<i16>, entropy: &mut impl Entropy) -> Option<&OfferedPhone> {
        let all = &self.phones[..];
        for head in heads(prefix) {
            let Some(alike) = self.heads.get(&head).map(|range| &all[range.clone()]) else { continue };
            // As likely as that one of so many looks at all of them meets such a phone.
            let miss = 1.0 - alike.len() as f64 / all.len().max(1) as f64;
            let is_place = self.have_areas() && area(prefix).and_then(head_of) == Some(head);
            if is_place || entropy.random_bool(1.0 - miss.powi(LOOKS as i32)) {
                let looks = if is_place { LOOKS } else { (LOOKS * alike.len()).div_ceil(all.len()) };
                if let Some(phone) = self.in_service(alike, looks, created, entropy) {
                    return Some(phone);
                }
            }
        }
        let all = if all.is_empty() { &self.foreign[..] } else { all };
        self.in_service(all, LOOKS, created, entropy).or_else(|| any(all, entropy))
    }

    /// Whether there are phones of the area of these digits.
    pub fn has_area(&self, digits: &str) -> bool {
        area(digits).and_then(head_of).is_some_and(|head| self.heads.contains_key(&head))
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
        (0..looks).filter_map(|_| any(phones, entropy)).find(|p| self.is_in_service(p, created))
    }

    fn is_in_service(&self, phone: &OfferedPhone, created: Option<i16>) -> bool {
        self.anachronisms || phone.since.zip(created).is_none_or(|(since, created)| since <= created)
    }
}

fn any<'p>(phones: &'p [OfferedPhone], entropy: &mut impl Entropy) -> Option<&'p OfferedPhone> {
    if phones.is_empty() { None } else { phones.get(entropy.random_range(0..phones.len())) }
}

/// The first digits of a number, which tell its area.
pub fn area(digits: &str) -> Option<&str> {
    digits.get(..HEADS[TELLING - 1])
}

/// An area as a number behind a 1.
fn head_of(area: &str) -> Option<u32> {
    heads(area).next()
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

/// One number of each kind of which there are so many, or of which there are most.
fn kinds(phones: &[model::OfferedPhone], is_led: impl Fn(&str) -> bool, least: usize) -> Vec<String> {
    let mut met: BTreeMap<(&str, usize, bool), (&str, usize)> = BTreeMap::new();
    for number in phones.iter().map(|p| p.point.value.as_str()) {
        let (code, national) = phones::split(number);
        met.entry((code, number.len(), is_led(national))).or_insert((number, 0)).1 += 1;
    }
    let least = met.values().map(|(_, count)| *count).max().unwrap_or(0).min(least);
    met.into_values().filter(|(_, count)| *count >= least).map(|(number, _)| number.to_owned()).collect()
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
            strange: Strange::default(),
            foreign: Vec::new(),
            heads,
            places: FxHashMap::default(),
            shared: Vec::new(),
            kinds: Vec::new(),
            home: Home { code: "86".to_owned(), lead: None },
            has_areas: false,
            anachronisms: false,
        }
    }

    #[test]
    fn a_number_alone_of_its_kind_makes_no_row_a_model() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "phone"].map(str::to_owned));
        for n in 0..100usize {
            let phone = format!("{} 555-01{n:02}", if n % 2 == 0 { "1 (11) 500" } else { "(415)" });
            profiler.meet(&[Some("Mason"), Some(&phone)], &mut entropy);
        }
        let roles = vec![(0, Role::Surname), (1, Role::Phone)];
        let profile = profiler.finish(&Told { roles, ..Told::default() });
        let can_write = |led: usize| {
            let number = |n: usize| format!("+1{}5550{n:03}", if n < led { "500" } else { "212" });
            let point = |n| ContactPoint::phone(&number(n)).expect("a number");
            let phone = |point| model::OfferedPhone { point, kind: None, carrier: None, city: None, since: None };
            let book = Phonebook::new(&profile, &(0..100).map(point).map(phone).collect::<Vec<_>>());
            ["1 (11) 500 555-0100", "(415) 555-0101"].map(|like| book.can_write(like))
        };
        assert_eq!((can_write(1), can_write(40)), ([false, true], [true, true]));
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
    fn the_country_of_numbers_that_show_none_is_that_of_the_offer() {
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
            Phonebook::new(&profile, &offered.iter().map(phone).collect::<Vec<_>>()).home.code
        };
        let (british, french, american) = ("+441835703597", "+33140205050", "+14155550142");
        assert_eq!(home("01835-703", &[british, french, american]), "44");
        assert_eq!(home("(020) 7946 0", &[british]), "44");
        assert_eq!(home("01835-703", &[french, american]), "1", "too short");
        assert_eq!(home("01 40 20 5", &[french, "+61255501234"]), "1", "of either country");
        assert_eq!(home("183570-3", &[british, american]), "1", "no zero in front, and the offer has the table's own");
        assert_eq!(home("183570-3", &[british]), "44", "the offer has no other");
        assert_eq!(home("+183570-3", &[british]), "1", "a country of their own");
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
