//! A house of many: an address that rows of people have who are not of one family, such as
//! a hospital, a state house or a tower of offices, and rooms that are called alike in many
//! houses. It tells nobody, so a canary may have it. Where one lives otherwise is `draft`'s.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{house_number, is_room};
use crate::identity::profile::Profile;
use crate::identity::{Role, Row};

/// People of so many surnames are no family.
const MANY: usize = 5;

/// The houses of many in one column.
#[derive(Debug, Default)]
pub struct Houses<'a> {
    /// By the address, whether it is in several places, as "Suite 200" is.
    found: FxHashMap<&'a str, bool>,
}

impl<'a> Houses<'a> {
    /// Those among the kept rows.
    pub fn of(profile: &'a Profile, column: usize) -> Self {
        if profile.roles[column] != Role::Address || profile.column_of(Role::HouseNumber).is_some() {
            return Self::default();
        }
        let mut rows: FxHashMap<&str, Vec<&Row>> = FxHashMap::default();
        for row in profile.donors.iter().map(|a| &a.row) {
            let address = profile.text(row, Some(column)).filter(|t| t.bytes().any(|b| b.is_ascii_digit()));
            address.into_iter().for_each(|address| rows.entry(address).or_default().push(row));
        }
        let found = rows.into_iter().filter_map(|(address, rows)| {
            let is_spread = is_anywhere(profile, &rows);
            let is_one = if is_spread { rows.len() >= MANY && names_room(address) } else { is_of_many(profile, &rows) };
            is_one.then_some((address, is_spread))
        });
        Self { found: found.collect() }
    }

    /// Whether no address is.
    pub fn are_none(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether an address is that of many.
    pub fn has(&self, address: &str) -> bool {
        self.found.contains_key(address)
    }

    /// Whether it is, but in one place alone.
    pub fn is_fixed(&self, address: &str) -> bool {
        self.found.get(address) == Some(&false)
    }
}

/// Whether an address is a room's alone; one with a street is another house in another town.
fn names_room(address: &str) -> bool {
    house_number(address) == 0 && (address.starts_with('#') || address.split(' ').any(is_room))
}

fn is_of_many(profile: &Profile, rows: &[&Row]) -> bool {
    let people = || rows.iter().filter_map(|row| whose(profile, row));
    rows.len() >= MANY && people().collect::<FxHashSet<String>>().len() >= MANY
}

/// The family or firm of a row: numbers tell the people of one family apart.
fn whose(profile: &Profile, row: &Row) -> Option<String> {
    let told = [Role::Surname, Role::FullName, Role::Company];
    let (role, column) = told.iter().find_map(|role| Some((*role, profile.column_of(*role)?)))?;
    let text = profile.text(row, Some(column))?;
    let name = if role == Role::FullName { profile.locale.split(text).map(|name| name.surname) } else { None };
    Some(name.unwrap_or_else(|| text.to_owned()).to_lowercase())
}

fn is_anywhere(profile: &Profile, rows: &[&Row]) -> bool {
    let is_one = |column| {
        let mut texts = rows.iter().filter_map(|row| profile.text(row, Some(column)));
        texts.next().is_none_or(|first| texts.all(|text| text.eq_ignore_ascii_case(first)))
    };
    !profile.columns_of(Role::Region).all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Drawn, Generator, Meet, Profiler, Spot, Strangers, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    const HEADER: [&str; 5] = ["last_name", "street_address", "suite", "city", "phone"];

    /// Every third row works at one of two hospitals, ten Bakers live together, the others alone.
    fn rows() -> Vec<[String; 5]> {
        let row = |n: usize| {
            let surname = format!(
                "{}{}er",
                ["Bak", "Cart", "Fish", "Hunt", "Mas", "Pott"][n / 3 % 6],
                ["", "l", "m", "n"][n / 18 % 4]
            );
            let town = n % 2;
            let (surname, address) = match n {
                n if n.is_multiple_of(3) => (surname, ["22 Bramhall St", "489 State St"][town].to_owned()),
                n if n % 40 == 7 => (surname, "12 Main St".to_owned()),
                n if n % 20 == 10 => (surname, "12 Main St".to_owned()),
                n if n % 40 == 1 => ("Baker".to_owned(), "7 Mill Lane".to_owned()),
                n => (surname, format!("{} {} Road", n + 11, ["Oak", "Elm", "Ash", "Hill", "Lake"][n % 5])),
            };
            let city = ["Portland", "Bangor"][town].to_owned();
            [surname, address, format!("Suite {}", 200 + n % 7), city, format!("207-555-{n:04}")]
        };
        (0..400).map(row).collect()
    }

    fn table() -> Profile {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
        rows().iter().for_each(|row| profiler.meet(&row.each_ref().map(|c| Some(c.as_str())), &mut entropy));
        let roles = vec![(1, Role::Address), (2, Role::Address), (3, Role::Region)];
        profiler.finish(&Told { roles, ..Told::default() })
    }

    #[test]
    fn a_house_is_of_many_where_no_family_lives_alone() {
        let profile = table();
        let (houses, rooms) = (Houses::of(&profile, 1), Houses::of(&profile, 2));
        assert!(houses.is_fixed("22 Bramhall St") && houses.is_fixed("489 State St"));
        assert!(!houses.has("7 Mill Lane"), "one family's");
        assert!(!houses.has("12 Main St"), "a house of its own in either town");
        assert!(rooms.has("Suite 203") && !rooms.is_fixed("Suite 203"), "in either town");
    }

    #[test]
    fn canaries_live_in_houses_of_many_in_their_own_town_and_at_nobodys_door() {
        let (profile, offer) = (table(), Offer::default());
        let mut from = Generator::new(&profile, &offer);
        let mut entropy = ChaCha20Rng::seed_from_u64(2);
        let drawn: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
        let says = |row: &Row, column: usize| row[column].clone().unwrap_or_default();
        let of_many = drawn.iter().filter(|row| says(row, 1) == "22 Bramhall St" || says(row, 1) == "489 State St");
        assert!(of_many.clone().all(|row| (says(row, 1) == "489 State St") == (says(row, 3) == "Bangor")));
        let share = of_many.count() as f64 / 300.0;
        assert!((0.2..0.45).contains(&share), "{share}");
        let rows = rows();
        let doors: FxHashSet<&str> = rows
            .iter()
            .filter(|row| row[1].ends_with('d') || row[1].ends_with('e') || row[1].starts_with("12 M"))
            .map(|row| row[1].as_str())
            .collect();
        assert!(drawn.iter().all(|row| !doors.contains(says(row, 1).as_str())));
        assert!(drawn.iter().filter(|row| rows.iter().any(|r| r[2] == says(row, 2))).count() > 200, "rooms");
    }

    #[test]
    fn no_row_has_the_address_of_a_canary_but_a_house_of_many() {
        let profile = table();
        let canary = |address: &str| {
            let row = ["Smith", address, "Suite 1", "Portland", "207-555-9999"].map(|c| Some(c.to_owned())).to_vec();
            Drawn::at(row, Spot::First)
        };
        let mut strangers = Strangers::of(&profile, &[canary("22 Bramhall St"), canary("7 Mill Lane")]);
        rows().iter().for_each(|row| strangers.meet(&row.each_ref().map(|c| Some(c.as_str()))));
        assert!(strangers.taken().eq([false, true]));
    }
}
