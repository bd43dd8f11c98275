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
use super::piece::{NONE, Part, Piece};
use super::profile::Profile;
use super::views::Views;

/// Of a row's golden share of a turn, the next row's is as far off as can be.
const GOLDEN: f64 = 0.618_033_988_749_895;
/// Draws before a code goes without a first shadow, and without a second: the latter only close
/// by, since what is drawn far off is told by that.
const TRIES: [usize; 2] = [24, 8];

/// The shadows of a table's codes, by column.
#[derive(Debug, Default)]
pub struct Shadows {
    of: Vec<FxHashMap<String, Shadow>>,
    all: Vec<FxHashSet<String>>,
}

/// What stands beside one code.
#[derive(Debug)]
struct Shadow {
    first: String,
    second: Option<String>,
    /// For which share of what is like its member the second stands, 0 to 1; 0 where a code of
    /// that member has none.
    share: f64,
}

impl Shadows {
    /// Those of columns that hold codes of what has several rows; none in others, or where no
    /// secret is known.
    pub fn of(profile: &Profile, views: &Views, codes: &[Codes], secret: &str) -> Self {
        let columns = (0..codes.len()).filter(|_| !secret.is_empty());
        let piece = |c: usize| views.find(c, Part::Whole).filter(|p| views.is_code(*p)).map(|p| &views.pieces[p]);
        let pieces: Vec<&Piece> = columns.filter_map(piece).collect();
        let mut shadows = Self { of: Vec::new(), all: Vec::new() };
        shadows.of.resize_with(codes.len(), FxHashMap::default);
        shadows.all.resize_with(codes.len(), FxHashSet::default);
        for piece in &pieces {
            let of = cast(profile, piece, &codes[piece.column], secret, &mut shadows.all[piece.column]);
            shadows.of[piece.column] = of;
        }
        shadows.share(&pieces, &members(&pieces));
        shadows
    }

    /// Says for which share of what is like a member its second shadow stands: all of a
    /// member's codes are of the same one.
    fn share(&mut self, pieces: &[&Piece], members: &[Vec<usize>]) {
        let many = members.iter().flatten().max().map_or(0, |last| last + 1);
        let mut shares = vec![1.0_f64; many];
        for (piece, members) in pieces.iter().zip(members) {
            for ((text, rows), member) in piece.texts.iter().zip(&piece.counts).zip(members) {
                let has_second = self.of[piece.column].get(text).is_some_and(|shadow| shadow.second.is_some());
                let share = if has_second { share_of_second(*rows) } else { 0.0 };
                shares[*member] = shares[*member].min(share);
            }
        }
        for (piece, members) in pieces.iter().zip(members) {
            for (text, member) in piece.texts.iter().zip(members) {
                self.of[piece.column].get_mut(text).into_iter().for_each(|shadow| shadow.share = shares[*member]);
            }
        }
    }

    /// The shadow of a column's code; which one, a row says, any, but the same for all columns.
    pub fn get(&self, column: usize, code: &str, row: u32) -> Option<&str> {
        let shadow = self.of[column].get(code)?;
        let is_second = (f64::from(row) * GOLDEN).fract() < shadow.share;
        Some(shadow.second.as_ref().filter(|_| is_second).unwrap_or(&shadow.first))
    }

    /// Whether a code has a shadow, where any of its column has.
    pub fn can_stand_for(&self, column: usize, code: &str) -> bool {
        self.of[column].is_empty() || code.is_empty() || self.of[column].contains_key(code)
    }

    /// Whether a code is a shadow of any.
    pub fn has(&self, column: usize, code: &str) -> bool {
        self.all[column].contains(code)
    }
}

/// Casts the shadows of one column's codes; `all` are theirs together.
fn cast(
    profile: &Profile,
    piece: &Piece,
    codes: &Codes,
    secret: &str,
    all: &mut FxHashSet<String>,
) -> FxHashMap<String, Shadow> {
    let known = &profile.columns[piece.column];
    let mut texts: Vec<&String> = piece.texts.iter().collect();
    texts.sort_unstable();
    let mut draw = |text: &String, nth: usize| {
        let mut entropy = ChaCha20Rng::from_seed(seed(secret, &known.name, text, nth));
        let mut is_free = |code: &String| !known.has(code) && !phones::surely(code) && all.insert(code.clone());
        (0..TRIES[nth]).map(|tried| codes.draw(text, tried, &mut entropy)).find(&mut is_free)
    };
    // Where few codes are free, each has its first one before any has a second.
    let first: Vec<_> = texts.iter().map(|text| draw(text, 0)).collect();
    let shadow = |(text, first): (&String, Option<String>)| {
        Some((text.clone(), Shadow { first: first?, second: draw(text, 1), share: 0.0 }))
    };
    texts.into_iter().zip(first).filter_map(shadow).collect()
}

/// Whose each text of some columns is, by number: those that stand in one row are one's.
fn members(pieces: &[&Piece]) -> Vec<Vec<usize>> {
    let starts = pieces.iter().scan(0, |next, piece| Some(std::mem::replace(next, *next + piece.texts.len())));
    let starts: Vec<usize> = starts.collect();
    let mut above: Vec<usize> = (0..pieces.iter().map(|piece| piece.texts.len()).sum()).collect();
    for row in 0..pieces.first().map_or(0, |piece| piece.exact.len()) {
        let texts = pieces.iter().zip(&starts).filter(|(piece, _)| piece.exact[row] != NONE);
        let texts = texts.map(|(piece, start)| start + piece.exact[row] as usize);
        let tops: Vec<usize> = texts.map(|text| top(&mut above, text)).collect();
        let first = tops.iter().min().copied();
        tops.into_iter().for_each(|other| above[other] = first.unwrap_or(other));
    }
    let mut of =
        |(piece, start): (&&Piece, &usize)| (0..piece.texts.len()).map(|n| top(&mut above, start + n)).collect();
    pieces.iter().zip(&starts).map(&mut of).collect()
}

/// The last that is above one (path halving: Tarjan and van Leeuwen 1984).
fn top(above: &mut [usize], one: usize) -> usize {
    let mut at = one;
    while above[at] != at {
        above[at] = above[above[at]];
        at = above[at];
    }
    at
}

/// For which share of a code's rows the second shadow stands. A row of the table shares its code
/// with others of the same, but not with itself, while canaries may be like one row again and
/// again: so that copies laid side by side have as many rows of one shadow as of a code of n
/// rows, two canaries must be of one shadow in n - 1 of n cases.
fn share_of_second(rows: u32) -> f64 {
    let rows = f64::from(rows.max(2));
    (1.0 - (1.0 - 2.0 / rows).sqrt()) / 2.0
}

fn seed(secret: &str, column: &str, code: &str, nth: usize) -> [u8; 32] {
    let parts = [secret, column, code];
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    });
    hash.update(nth.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Role, Row, Told};
    use crate::model::{ContactPoint, Offer, OfferedPhone, contact_point::Kind};

    const HEADER: [&str; 5] = ["member_id", "roll_no", "old_no", "state", "phone"];

    /// Offices: every member has three, all in one state; every second has a number of old. Of
    /// the numbers of the roll three in four are free.
    fn rows() -> Vec<[String; 5]> {
        let row = |n: usize| {
            let member = n / 3;
            let old = if member.is_multiple_of(2) { format!("{:05}", 1_000 + member * 11) } else { String::new() };
            let state = ["Maine", "Ohio", "Iowa", "Utah"][member % 4].to_owned();
            let phone = format!("{}-{:03}-{:04}", [207, 614, 515, 801][member % 4], 200 + n % 700, n * 7 % 10_000);
            [format!("M{:06}", 2_000 + member * 7), (400_000 + member * 4).to_string(), old, state, phone]
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
            let same: Vec<&Row> =
                copies[..nth].iter().filter(|other| other[0] == row[0] || other[1] == row[1]).collect();
            assert!(same.iter().all(|other| other[..4] == row[..4]), "{row:?} {same:?}");
            alike += usize::from(!same.is_empty());
        }
        assert!(alike > 150, "{alike}");
    }

    #[test]
    fn as_many_canaries_are_of_one_shadow_as_rows_of_one_code() {
        for rows in 2..20 {
            let share = share_of_second(rows);
            let alike = share * share + (1.0 - share) * (1.0 - share);
            assert!((0.0..=0.5).contains(&share) && (alike - f64::from(rows - 1) / f64::from(rows)).abs() < 1e-9);
        }
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
