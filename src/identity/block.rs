//! A block: the pieces that say of what kind somebody is (sex, year of birth, trade,
//! income) where they hang together. Three links of a piece say little of eight that
//! do: a row is taken as the model for as many of them as it shares with another row,
//! each from any of those that do, so that no single row is repeated. What it shares
//! with nobody is left to `links`.

use std::cmp::Ordering;

use rand::RngExt;
use rustc_hash::FxHashSet;

use super::Role;
use super::links::Links;
use super::piece::{NONE, Part, Piece};
use super::profile::Profile;
use super::views::Views;
use crate::model::Entropy;

/// Fewer pieces are well told by their links.
const FEW: usize = 3;
/// A piece of which more rows than this share have a value of their own is of no kind.
const SINGLE: f64 = 0.05;
/// Rows to either side that are taken as models.
const REACH: usize = 64;

/// The pieces of a table that are taken together, and the rows by what these say.
#[derive(Debug, Default)]
pub struct Block {
    /// The first is the first that is drawn.
    pub pieces: Vec<usize>,
    /// Sorted by what the pieces say, the first of them first.
    rows: Vec<u32>,
    /// In how many pieces each of them agrees with the one behind it.
    agreed: Vec<usize>,
    /// The place of each row of the table among them.
    places: Vec<u32>,
}

impl Block {
    /// The block of a table, with these rows as models.
    pub fn of(profile: &Profile, views: &Views, links: &Links, alike: &[u32]) -> Self {
        let pieces = together(profile, views, links);
        if pieces.len() < FEW {
            return Self::default();
        }
        let kinds: Vec<&[u32]> = pieces.iter().map(|p| kind(&views.pieces[*p])).collect();
        let mut rows = alike.to_vec();
        rows.sort_by(|a, b| by_kind(&kinds, *a, *b));
        let agree = |pair: &[u32]| kinds.iter().take_while(|k| k[pair[0] as usize] == k[pair[1] as usize]).count();
        let agreed = rows.windows(2).map(agree).collect();
        let mut places = vec![NONE; views.rows];
        rows.iter().enumerate().for_each(|(place, row)| places[*row as usize] = place as u32);
        Self { pieces, rows, agreed, places }
    }

    /// How many pieces a row shares with another row, and the rows that share these.
    fn models(&self, row: u32) -> (usize, &[u32]) {
        let Some(place) = self.places.get(row as usize).filter(|place| **place != NONE) else { return (0, &[]) };
        let place = *place as usize;
        let before = place.checked_sub(1).map_or(0, |at| self.agreed[at]);
        let most = before.max(self.agreed.get(place).copied().unwrap_or(0));
        let alike = |agreed: &&usize| **agreed >= most;
        let down = self.agreed[..place].iter().rev().take(REACH).take_while(alike).count();
        let up = self.agreed[place..].iter().take(REACH).take_while(alike).count();
        (most, &self.rows[place - down..=place + up])
    }

    /// Models for the pieces behind the first, of which that row is the model.
    pub fn follow(&self, row: u32, entropy: &mut dyn Entropy) -> Vec<(usize, u32)> {
        let (most, models) = self.models(row);
        let pieces = self.pieces.iter().take(most).skip(1);
        pieces.map(|piece| (*piece, models[entropy.random_range(0..models.len())])).collect()
    }
}

/// What a piece says of each row: as coarsely as can be where it is drawn coarsely.
fn kind(piece: &Piece) -> &[u32] {
    piece.seen(if piece.target == 0 { 0 } else { piece.coarse.len() })
}

fn by_kind(kinds: &[&[u32]], a: u32, b: u32) -> Ordering {
    let ids = |row: u32| kinds.iter().map(move |k| k[row as usize]);
    ids(a).cmp(ids(b)).then(a.cmp(&b))
}

/// The pieces that say of what kind somebody is, and hang together by links among
/// themselves alone.
fn together(profile: &Profile, views: &Views, links: &Links) -> Vec<usize> {
    let mut inside = vec![false; views.pieces.len()];
    for piece in &links.order {
        let link = &links.of[*piece];
        let is_kind = says_kind(profile, &views.pieces[*piece]) && link.unseen() <= SINGLE;
        inside[*piece] = is_kind && link.parents.iter().all(|(parent, _)| inside[*parent]);
    }
    let own = || links.order.iter().filter(|p| inside[**p]);
    let is_parent = |piece: usize| own().any(|p| links.of[*p].parents.iter().any(|(parent, _)| *parent == piece));
    let mut pieces: Vec<usize> = own().copied().filter(|p| !links.of[*p].parents.is_empty() || is_parent(*p)).collect();
    // The first is drawn by its links; then what tells least apart, so that much is shared.
    if let [_, others @ ..] = &mut pieces[..] {
        others.sort_by_key(|p| kind(&views.pieces[*p]).iter().collect::<FxHashSet<_>>().len());
    }
    pieces
}

fn says_kind(profile: &Profile, piece: &Piece) -> bool {
    use Role::*;
    let is_whole = matches!(piece.part, Part::Whole | Part::Size | Part::Born | Part::Sex);
    let role = profile.roles[piece.column];
    is_whole
        && matches!(role, Sex | Title | NationalId | IdType | BirthDate | Age | Status | Amount | ForeignKey | Other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    const KINDS: usize = 40;

    /// People of forty kinds, which any two columns tell something of, and no three all.
    fn kind_of(n: usize) -> [&'static str; 6] {
        let mixed = (n as u32 + 7).wrapping_mul(0x9e37_79b1).rotate_left(9).wrapping_mul(0x85eb_ca6b);
        [4, 8, 12, 16, 20, 24].map(|bits| ["no", "yes", "both", "unsure"][(mixed >> bits) as usize % 4])
    }

    fn table() -> Profile {
        let header = ["last_name", "smokes", "drives", "owns_home", "has_pet", "insured", "votes", "town"];
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&header.map(str::to_owned));
        for n in 0..600usize {
            let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
            let [a, b, c, d, e, f] = kind_of(n * 7 % KINDS);
            profiler.meet(&[surname, a, b, c, d, e, f, "Dover"].map(Some), &mut entropy);
        }
        profiler.finish(&Told::default())
    }

    #[test]
    fn kinds_of_people_stay_whole() {
        let (profile, offer) = (table(), Offer::default());
        let mut from = Generator::new(&profile, &offer);
        let mut entropy = ChaCha20Rng::seed_from_u64(2);
        let kinds: Vec<[&str; 6]> = (0..KINDS).map(kind_of).collect();
        let is_one =
            |row: &crate::identity::Row| kinds.iter().any(|k| (0..6).all(|c| row[c + 1].as_deref() == Some(k[c])));
        let whole = (0..300).filter(|_| is_one(&from.draw(10, &mut entropy).row)).count();
        assert!(whole >= 295, "{whole} of 300");
    }

    #[test]
    fn what_is_one_rows_alone_is_taken_from_nobody() {
        let (profile, offer) = (table(), Offer::default());
        let from = Generator::new(&profile, &offer);
        let said = |row: u32, n: usize| kind(&from.views.pieces[from.block.pieces[n]])[row as usize];
        let mut entropy = ChaCha20Rng::seed_from_u64(3);
        for row in 0..600 {
            let (most, models) = from.block.models(row);
            assert!(models.len() > 1 && most == from.block.pieces.len());
            assert!(models.iter().all(|model| (0..most).all(|n| said(*model, n) == said(row, n))));
            let others = from.block.follow(row, &mut entropy);
            assert_eq!(others.len(), most - 1);
        }
        let lonely =
            Block { pieces: vec![0, 1, 2], rows: vec![4, 2, 7], agreed: vec![2, 0], places: places(&[4, 2, 7]) };
        assert_eq!(lonely.models(4), (2, &[4, 2][..]));
        assert_eq!(lonely.models(7).0, 0);
        assert!(lonely.follow(7, &mut entropy).is_empty() && lonely.follow(5, &mut entropy).is_empty());
    }

    fn places(rows: &[u32]) -> Vec<u32> {
        let place = |row: u32| rows.iter().position(|r| *r == row).map_or(NONE, |at| at as u32);
        (0..10).map(place).collect()
    }
}
