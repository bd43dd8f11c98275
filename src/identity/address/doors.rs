//! Doors: the numbers of houses, stairs, floors and rooms in one column's addresses. A canary
//! has others of about the same size, but for those that are the same wherever their words
//! are (`fixed`), and none above the table's greatest.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::fixed::{Fixed, numbers};
use super::{Parts, ordinal, shape_of};
use crate::identity::digits;
use crate::model::Entropy;

/// What a number in an address counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// Houses along a street.
    Houses,
    /// Houses, floors and doors.
    Rooms,
}

/// The numbers of one column's addresses.
#[derive(Debug, Default)]
pub struct Doors {
    /// Before which streets one house alone stands.
    houses: Fixed,
    /// Which numbers of a rest are always the same.
    rests: Fixed,
    /// The greatest by the Chinese mark behind them: no house has a stair above.
    greatest: FxHashMap<char, u64>,
}

impl Doors {
    /// Those of a column's kept rows.
    pub fn of(rows: &[Parts<'_>]) -> Self {
        let houses = Fixed::of(rows.iter().map(|parts| (parts.street.to_owned(), parts.number)));
        let rests = Fixed::of(rows.iter().map(|parts| (parts.shape_of_rest(), parts.rest)));
        Self { houses, rests, greatest: greatest(rows) }
    }

    /// Writes another number of a house before a street; the same where it is fixed, if told so.
    pub fn write_house(
        &self,
        (number, street): (&str, &str),
        keeps_fixed: bool,
        out: &mut String,
        entropy: &mut impl Entropy,
    ) {
        let fixed = if keeps_fixed { self.houses.get(street) } else { &[] };
        self.renumber(number, Counts::Houses, fixed, out, entropy);
    }

    /// Writes a rest with other numbers; the same where they are fixed, if told so.
    pub fn write_rest(&self, rest: &str, keeps_fixed: bool, out: &mut String, entropy: &mut impl Entropy) {
        let fixed = if keeps_fixed && !self.rests.are_none() { self.rests.get(&shape_of(rest)) } else { &[] };
        self.renumber(rest, Counts::Rooms, fixed, out, entropy);
    }

    /// Writes a text with another number of about the same size in the place of each number
    /// that is not fixed.
    fn renumber(&self, text: &str, counts: Counts, fixed: &[bool], out: &mut String, entropy: &mut impl Entropy) {
        let mut rest = text;
        let mut fixed = fixed.iter();
        while let Some(at) = rest.bytes().position(|b| b.is_ascii_digit()) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            let is_fraction = after.as_bytes().first() == Some(&b'/') || out.as_bytes().last() == Some(&b'/');
            let is_fixed = fixed.next().copied().unwrap_or(false);
            let most = mark(after).and_then(|mark| self.greatest.get(&mark)).copied().unwrap_or(u64::MAX);
            let other =
                if is_fraction || is_fixed || ordinal(rest) { None } else { near(number, counts, most, entropy) };
            match other {
                Some(other) => digits::push(out, other, number.len()),
                None => out.push_str(number),
            }
            rest = after;
        }
        out.push_str(rest);
    }
}

fn greatest(rows: &[Parts<'_>]) -> FxHashMap<char, u64> {
    let mut found: FxHashMap<char, u64> = FxHashMap::default();
    for rest in rows.iter().map(|parts| parts.rest) {
        for (at, number) in numbers(rest) {
            let (mark, value) = (mark(&rest[at + number.len()..]), digits::read(number.as_bytes()).unwrap_or(0));
            mark.into_iter().for_each(|mark| _ = found.entry(mark).and_modify(|m| *m = value.max(*m)).or_insert(value));
        }
    }
    found
}

/// The Chinese mark that a text begins with.
fn mark(text: &str) -> Option<char> {
    text.chars().next().filter(|c| !c.is_ascii())
}

/// A number of as many digits, near the other and none above `most`; none where it stays as it is.
fn near(number: &str, counts: Counts, most: u64, entropy: &mut impl Entropy) -> Option<u64> {
    let value = digits::read(number.as_bytes()).filter(|_| number.len() <= 9)?;
    // Rooms are a floor and a door: 1502 stays on a floor there may be.
    if counts == Counts::Rooms && (3..=4).contains(&number.len()) && (1..=12).contains(&(value % 100)) {
        let door = entropy.random_range(1..=(value % 100).max(4));
        let floor = (value / 100).max(1);
        let floor = entropy.random_range(floor.saturating_sub(3).max(1)..=floor + 2);
        return Some(floor * 100 + door).filter(|made| made.ilog10() as usize + 1 == number.len());
    }
    let reach = (value / 4).max(3 * digits::unit(value));
    let least = if number.len() > 1 && !number.starts_with('0') { 10u64.pow(number.len() as u32 - 1) } else { 1 };
    let most = most.max(value).min(10u64.pow(number.len() as u32) - 1);
    let (low, high) = (value.saturating_sub(reach).max(least), (value + reach).min(most).max(least));
    Some(digits::as_round(value, low, high, entropy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn houses_stand_along_a_street_and_rooms_on_floors() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut made = |number: &str, counts| -> Vec<u64> {
            let mut one = || {
                let mut out = String::new();
                Doors::default().renumber(number, counts, &[], &mut out, &mut entropy);
                out.parse().expect("a number")
            };
            (0..100).map(|_| one()).collect()
        };
        assert!(made("104", Counts::Houses).iter().all(|n| (100..=130).contains(n)), "a little off");
        assert!(made("104", Counts::Rooms).iter().all(|n| (101..=304).contains(n) && n % 100 <= 4), "of some floor");
        let round = made("100", Counts::Houses);
        assert!(round.iter().all(|n| n % 100 == 0) && round.iter().any(|n| *n != 100), "{round:?}");
    }

    #[test]
    fn no_stair_is_above_the_greatest() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let doors = Doors::of(&["12幢1单元501室", "48幢3单元1202室"].map(|rest| Parts { rest, ..Parts::default() }));
        for _ in 0..200 {
            let mut out = String::new();
            doors.write_rest("46幢3单元502室", true, &mut out, &mut entropy);
            let (house, stair) = out.split_once('幢').expect("a house");
            assert!(house.parse::<u64>().is_ok_and(|n| n <= 48) && stair.as_bytes()[0] <= b'3', "{out}");
        }
    }

    #[test]
    fn a_fraction_of_a_house_stays() {
        let mut made = String::new();
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        Doors::default().write_house(("1130 1/2 ", "7th Street NW"), true, &mut made, &mut entropy);
        assert!(made.ends_with(" 1/2 "), "{made}");
    }
}
