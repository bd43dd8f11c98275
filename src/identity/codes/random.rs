//! Codes that a program drew at random, letters and digits in the same places (hexadecimal
//! numbers, tokens, UUIDs of version 4): a new one has in each place what any of them has there.
//! Codes that count something are `run`'s.

use rand::seq::IndexedRandom;

use crate::model::Entropy;

/// Codes that tell so, and the share of them that is as long.
const ENOUGH: usize = 20;
const MOST: f64 = 0.95;
/// In a place that is drawn no sign has more than this share, in one that is not one sign has the
/// share above; so many places have letters and digits, either in this share of codes.
const SPREAD: f64 = 0.4;
const MIXED: usize = 4;
const EITHER: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Random {
    /// By place, what the codes have there.
    places: Vec<Vec<u8>>,
}

impl Random {
    /// Nothing where codes are not drawn at random.
    pub(super) fn of<'c>(codes: impl Iterator<Item = &'c str>) -> Option<Self> {
        let codes: Vec<&[u8]> = codes.filter(|code| code.is_ascii()).map(str::as_bytes).collect();
        let length = codes.first()?.len();
        let alike: Vec<&[u8]> = codes.iter().copied().filter(|code| code.len() == length).collect();
        if alike.len() < ENOUGH || (alike.len() as f64) < MOST * codes.len() as f64 {
            return None;
        }
        let places: Vec<Vec<u8>> = (0..length).map(|at| alike.iter().map(|code| code[at]).collect()).collect();
        let are_drawn = places.iter().all(|place| is_drawn(place) || share(place, &place[0]) >= MOST);
        (are_drawn && places.iter().filter(|place| is_mixed(place)).count() >= MIXED).then_some(Self { places })
    }

    pub(super) fn draw(&self, entropy: &mut dyn Entropy) -> String {
        let mut entropy = entropy;
        self.places.iter().filter_map(|place| place.choose(&mut entropy)).map(|octet| char::from(*octet)).collect()
    }
}

fn share(place: &[u8], octet: &u8) -> f64 {
    place.iter().filter(|other| *other == octet).count() as f64 / place.len() as f64
}

fn is_drawn(place: &[u8]) -> bool {
    (0..=127).all(|octet| share(place, &octet) <= SPREAD)
}

fn is_mixed(place: &[u8]) -> bool {
    let part = |is: fn(&u8) -> bool| place.iter().filter(|octet| is(octet)).count() as f64 / place.len() as f64;
    is_drawn(place) && part(u8::is_ascii_digit) >= EITHER && part(u8::is_ascii_alphabetic) >= EITHER
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn codes_at_random_are_drawn_place_by_place() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut of = |code: fn(&mut ChaCha20Rng) -> String| {
            let codes: Vec<String> = (0..200).map(|_| code(&mut entropy)).collect();
            Random::of(codes.iter().map(String::as_str))
        };
        let hexadecimal = of(|e| format!("u-{:015x}", e.random::<u64>() >> 4)).expect("random codes");
        assert!(of(|e| format!("C{:08}", e.random_range(0..90_000_000))).is_none(), "digits alone may count");
        assert!(of(|e| format!("AB{}CD{}", e.random_range(10..99), e.random_range(10..99))).is_none(), "plates");
        assert!(of(|e| format!("{:x}", e.random::<u64>() >> (e.random_range(0..4) * 8))).is_none(), "of all lengths");
        let made: Vec<String> = (0..100).map(|_| hexadecimal.draw(&mut entropy)).collect();
        assert!(made.iter().all(|code| code.len() == 17 && code.starts_with("u-")), "{made:?}");
        let letter = |code: &&String| code.as_bytes()[9].is_ascii_alphabetic();
        let letters = made.iter().filter(letter).count();
        assert!((15..60).contains(&letters) && made[0][2..7] != made[1][2..7], "{letters}");
    }
}
