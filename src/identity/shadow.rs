//! Shadows: beside each code that several rows of a table have stand some that are
//! nobody's, the same in every source's copy. Canaries take theirs for a member's whole set
//! of codes, so that what belongs together stays together wherever copies are laid side by
//! side. Who does not know the installation's secret cannot tell which code shadows which.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::codes::Codes;
use super::phones;
use super::piece::{Part, Piece};
use super::profile::Profile;
use super::views::Views;

/// Of each code: so that copies laid side by side have no more rows of one than of a code of
/// the table.
const EACH: usize = 2;
/// Draws before a code goes without.
const TRIES: usize = 40;

/// The shadows of one column's codes.
#[derive(Debug, Default)]
pub struct Shadows {
    of: FxHashMap<String, [Option<String>; EACH]>,
}

impl Shadows {
    /// Those of a column that holds codes of what has several rows; none in any other, or
    /// where no secret is known.
    pub fn of(profile: &Profile, views: &Views, codes: &Codes, column: usize, secret: &str) -> Self {
        let piece = views.find(column, Part::Whole).filter(|piece| views.is_code(*piece) && !secret.is_empty());
        piece.map_or_else(Self::default, |piece| Self::cast(profile, &views.pieces[piece], codes, secret))
    }

    fn cast(profile: &Profile, piece: &Piece, codes: &Codes, secret: &str) -> Self {
        let known = &profile.columns[piece.column];
        let mut texts: Vec<&String> = piece.texts.iter().collect();
        texts.sort_unstable();
        let mut met: FxHashSet<String> = FxHashSet::default();
        let shadows = |text: &String| {
            let mut entropy = ChaCha20Rng::from_seed(seed(secret, &known.name, text));
            let mut is_free = |code: &String| !known.has(code) && !phones::surely(code) && met.insert(code.clone());
            let mut draw = || (0..TRIES).map(|tried| codes.draw(text, tried, &mut entropy)).find(&mut is_free);
            (text.clone(), std::array::from_fn(|_| draw()))
        };
        Self { of: texts.into_iter().map(shadows).collect() }
    }

    /// One of the shadows of a code; the codes of one member have theirs under the same `nth`.
    pub fn get(&self, code: &str, nth: usize) -> Option<&str> {
        self.of.get(code)?[nth % EACH].as_deref()
    }
}

fn seed(secret: &str, column: &str, code: &str) -> [u8; 32] {
    let parts = [secret, column, code];
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    });
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Role, Row, Told};
    use crate::model::{ContactPoint, Offer, OfferedPhone, contact_point::Kind};

    const HEADER: [&str; 5] = ["member_id", "roll_no", "old_no", "state", "phone"];

    /// Offices: every member has three, all in one state; every second has a number of old.
    fn rows() -> Vec<[String; 5]> {
        let row = |n: usize| {
            let member = n / 3;
            let old = if member.is_multiple_of(2) { format!("{:05}", 1_000 + member * 11) } else { String::new() };
            let state = ["Maine", "Ohio", "Iowa", "Utah"][member % 4].to_owned();
            let phone = format!("{}-{:03}-{:04}", [207, 614, 515, 801][member % 4], 200 + n % 700, n * 7 % 10_000);
            [format!("M{:06}", 2_000 + member * 7), (400_000 + member * 9).to_string(), old, state, phone]
        };
        (0..360).map(row).collect()
    }

    fn table() -> Profile {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
        for row in rows() {
            profiler.meet(&row.each_ref().map(|c| Some(c.as_str()).filter(|c| !c.is_empty())), &mut entropy);
        }
        let roles = [Role::Code, Role::Code, Role::Code, Role::Region, Role::Phone];
        profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
    }

    fn drawn(profile: &Profile, secret: &str, seed: u64) -> Vec<Row> {
        let number = |n: usize| format!("+1{}{:03}{:04}", [207, 614, 515, 801][n % 4], 200 + n % 600, n * 13 % 10_000);
        let phone = |n| OfferedPhone {
            point: ContactPoint { kind: Kind::Phone, value: number(n) },
            kind: None,
            carrier: None,
            city: None,
            since: None,
        };
        let offer = Offer { phones: (0..600).map(phone).collect(), secret: secret.to_owned(), ..Offer::default() };
        let mut from = Generator::new(profile, &offer);
        let mut entropy = ChaCha20Rng::seed_from_u64(seed);
        (0..150).map(|_| from.draw(10, &mut entropy).row).collect()
    }

    fn says(row: &Row, column: usize) -> &str {
        row[column].as_deref().unwrap_or_default()
    }

    #[test]
    fn the_codes_of_one_canary_belong_together_in_every_copy() {
        let (profile, rows) = (table(), rows());
        let copies: Vec<Row> = (1..4).flat_map(|seed| drawn(&profile, "a secret", seed)).collect();
        for row in &copies {
            assert!(rows.iter().all(|own| own[0] != says(row, 0) && own[1] != says(row, 1)), "{row:?}");
        }
        let mut alike = 0;
        for (nth, row) in copies.iter().enumerate() {
            let same: Vec<&Row> = copies[..nth].iter().filter(|other| other[0] == row[0]).collect();
            assert!(same.iter().all(|other| other[1..4] == row[1..4]), "{row:?} {same:?}");
            alike += usize::from(!same.is_empty());
        }
        assert!(alike > 150, "{alike}");
    }

    #[test]
    fn who_does_not_know_the_secret_does_not_know_the_shadows() {
        let profile = table();
        let codes = |secret| -> FxHashSet<String> {
            drawn(&profile, secret, 1).iter().map(|row| says(row, 0).to_owned()).collect()
        };
        let (one, other) = (codes("a secret"), codes("another"));
        assert!(one.intersection(&other).count() * 2 < one.len(), "{one:?} {other:?}");
        assert_eq!(one, codes("a secret"));
    }
}
