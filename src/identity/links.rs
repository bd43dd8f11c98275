//! Links: which pieces of a row hang together, learned from the table, and the
//! drawing of a piece under what was drawn before it.
//!
//! A piece is drawn from the rows that agree in its strongest links; with the
//! table's own chance of a combination that no other row has, it is drawn under
//! fewer links instead. That chance is measured by leaving each row out and
//! asking the others (as in interpolated back-off models: Kneser and Ney 1995;
//! the chance of the unseen: Good 1953). So fakes agree with the table's rows
//! exactly as often as these agree with each other.

mod context;
mod telling;

use std::ops::Range;

use self::context::{Context, Level};
use self::telling::{base_chances, best_look, determines, fixed, places_of};
use super::commonness::Commonness;
use super::piece::NONE;
use super::views::Views;
use crate::model::Entropy;
use rand::RngExt;

/// Links of one piece.
const PARENTS: usize = 4;
/// Draws before a value that the context has is accepted after all.
const TRIES: usize = 8;
/// The chance that a value is new where nothing is known of it, and where it is told or a place
/// that lies in another.
const UNKNOWN: f32 = 0.5;
const TOLD: f32 = 0.0;

/// A look at a piece.
type Look = (usize, usize);

/// Where a piece can be taken from, under what was taken before it.
#[derive(Debug, Clone, Copy)]
pub struct Under<'l> {
    link: &'l Link,
    target: &'l [u32],
    /// Of its contexts, by the number of links less one: looked up when they are asked for,
    /// which most that are not the closest never are.
    keys: [Option<u64>; PARENTS],
}

/// How one piece is drawn.
#[derive(Debug)]
pub struct Link {
    pub parents: Vec<Look>,
    levels: Vec<Level>,
    root: Vec<u32>,
    commonness: Commonness,
    /// It is of a place that lies in another: what is new in that is no other's of the table.
    is_within: bool,
    /// Up to that link it is of places.
    places: usize,
}

/// How all pieces are drawn, in the order given by `order`.
#[derive(Debug)]
pub struct Links {
    pub order: Vec<usize>,
    /// Where in the order names are drawn, from the first to the last.
    pub names: Range<usize>,
    pub of: Vec<Link>,
}

fn mix(key: u64, id: u32) -> u64 {
    (key.rotate_left(23) ^ u64::from(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Links {
    /// Learns the links of all pieces, each from those before it in `order`, and from
    /// the rows of `alike` alone that tell of its column; from all of these where
    /// nothing is said.
    pub fn learn<'t>(
        views: &Views,
        order: Vec<usize>,
        alike: &[u32],
        telling: &dyn Fn(usize) -> Option<&'t [bool]>,
    ) -> Self {
        let mut of: Vec<Option<Link>> = (0..views.pieces.len()).map(|_| None).collect();
        for (nth, piece) in order.iter().enumerate() {
            of[*piece] = Some(Link::learn(views, *piece, &order[..nth], alike, telling(views.pieces[*piece].column)));
        }
        let is_name = |piece: &usize| views.is_name(*piece);
        let first = order.iter().position(is_name).unwrap_or(order.len());
        let last = order.iter().rposition(is_name).map_or(first, |last| last + 1);
        Self { order, names: first..last, of: of.into_iter().map(|l| l.unwrap_or_else(Link::empty)).collect() }
    }

    /// Where a piece can be taken from, under the rows that other pieces were taken from.
    pub fn under<'l>(&'l self, views: &'l Views, piece: usize, taken: &[u32]) -> Under<'l> {
        let link = &self.of[piece];
        let target = views.pieces[piece].seen(views.pieces[piece].target);
        Under { link, target, keys: link.keys(views, taken) }
    }
}

impl Link {
    fn empty() -> Self {
        Self::of(Vec::new(), Commonness::default())
    }

    fn of(root: Vec<u32>, commonness: Commonness) -> Self {
        Self { parents: Vec::new(), levels: Vec::new(), root, commonness, is_within: false, places: 0 }
    }

    /// The chance that a row has a value that no other has.
    pub fn unseen(&self) -> f64 {
        self.commonness.share
    }

    fn learn(views: &Views, piece: usize, before: &[usize], alike: &[u32], telling: Option<&[bool]>) -> Self {
        let target = views.pieces[piece].seen(views.pieces[piece].target);
        let tells = |row: &u32| target[*row as usize] != NONE && telling.is_none_or(|rows| rows[*row as usize]);
        let root: Vec<u32> = alike.iter().copied().filter(tells).collect();
        let mut keys: Vec<Option<u64>> = vec![None; target.len()];
        root.iter().for_each(|row| keys[*row as usize] = Some(0));
        // What one of these rows alone has may be known from the others.
        let commonness = Commonness::of(&root, (0..target.len() as u32).filter(tells), target);
        let mut link = Self::of(root, commonness);
        if views.is_code(piece) {
            link.keep_to(views, before, keys, target);
            return link;
        }
        let mut chances = base_chances(&link.root, target);
        let places = places_of(views, views.places_before(piece, before), &link.root, target);
        link.is_within = !places.is_empty();
        while link.parents.len() < PARENTS {
            let is_first = link.parents.is_empty();
            let place = places.iter().copied().find(|look| !link.parents.contains(look));
            let told = views.told(piece, before).filter(|_| is_first).or(place);
            let best = |told| best_look(views, before, &link, &keys, target, &chances, told);
            let Some(found) = best(told) else { break };
            let blank = views.blank_before(found.0.0, before).filter(|blank| !link.parents.contains(blank));
            let (look, better) = blank.and_then(|blank| best(Some(blank))).unwrap_or(found);
            chances = better;
            closer(&mut keys, views, look);
            let prior = if link.is_within { TOLD } else { UNKNOWN };
            link.levels.push(Level::learn(&keys, target, prior));
            link.parents.push(look);
            if place == Some(look) {
                link.places = link.parents.len();
            }
        }
        if views.is_number(piece) {
            link.keep_told(views, target);
        }
        link
    }

    /// What a stretch of codes tells, as the kind of licence that their beginning stands for, is
    /// the last that is let go; and of a stretch of days, the year.
    fn keep_told(&mut self, views: &Views, target: &[u32]) {
        let is_stretch = |(piece, look): &Look| views.pieces[*piece].stretches == Some(*look);
        let of_year = |look: &Look| is_stretch(look).then_some((look.0, views.pieces[look.0].target));
        let mut parents: Vec<Look> = Vec::new();
        for look in std::mem::take(&mut self.parents) {
            parents.extend(of_year(&look).filter(|year| !parents.contains(year)));
            parents.extend(Some(look).filter(|look| !parents.contains(look)));
        }
        let is_told = |(piece, look): &Look| determines(&self.root, target, views.pieces[*piece].seen(*look));
        let (told, others): (Vec<Look>, Vec<Look>) = parents.into_iter().partition(is_told);
        let mut keys: Vec<Option<u64>> = vec![None; target.len()];
        self.root.iter().for_each(|row| keys[*row as usize] = Some(0));
        self.levels.clear();
        let looks = told.iter().map(|look| (*look, TOLD)).chain(others.into_iter().map(|look| (look, UNKNOWN)));
        for (look, prior) in looks.take(PARENTS) {
            closer(&mut keys, views, look);
            self.levels.push(Level::learn(&keys, target, prior));
            self.parents.push(look);
        }
    }

    /// What a code stands for keeps to what its rows say alike.
    fn keep_to(&mut self, views: &Views, before: &[usize], mut keys: Vec<Option<u64>>, target: &[u32]) {
        for look in fixed(views, before, &self.root, target).into_iter().take(PARENTS) {
            closer(&mut keys, views, look);
            let mut level = Level::learn(&keys, target, TOLD);
            level.contexts.values_mut().for_each(|context| context.new = 0.0);
            self.levels.push(level);
            self.parents.push(look);
        }
    }

    fn keys(&self, views: &Views, taken: &[u32]) -> [Option<u64>; PARENTS] {
        let mut keys = [None; PARENTS];
        let mut key = 0;
        for (depth, (piece, look)) in self.parents.iter().enumerate() {
            let row = taken[*piece];
            let id = if row == NONE { NONE } else { views.pieces[*piece].seen(*look)[row as usize] };
            if id == NONE {
                break;
            }
            key = mix(key, id);
            keys[depth] = Some(key);
        }
        keys
    }
}

/// Tells contexts apart by one more look.
fn closer(keys: &mut [Option<u64>], views: &Views, (piece, look): Look) {
    for (row, key) in keys.iter_mut().enumerate() {
        *key = key.zip(views.pieces[piece].told(look, row)).map(|(key, id)| mix(key, id));
    }
}

impl Under<'_> {
    /// A row to take the piece from; nothing where it should be a value that no
    /// row has, which may only be if `invent` is set.
    pub fn draw(&self, invent: bool, entropy: &mut impl Entropy) -> Option<u32> {
        let mut avoid: Option<&Context> = None;
        for (depth, key) in self.keys.iter().enumerate().rev() {
            let Some(context) = key.and_then(|key| self.link.levels[depth].contexts.get(&key)) else { continue };
            if entropy.random_bool(context.new) {
                // Of the values new here, some are new to the whole table; of places, which
                // are not made up, one of these rows' own stands for such a one.
                let unseen = || (self.link.unseen() / context.new).min(1.0);
                let is_unseen = depth < self.link.places
                    || (invent || self.link.is_within) && entropy.random_bool(context.alone.unwrap_or_else(unseen));
                if is_unseen && invent {
                    return None;
                }
                if !is_unseen {
                    avoid = Some(context);
                    continue;
                }
            }
            if let Some(row) = self.pick(&context.rows, invent, avoid, entropy) {
                return Some(row);
            }
            // Where all of a state's cities are known, one of them it is.
            if depth < self.link.places {
                return self.pick(&context.rows, invent, None, entropy);
            }
        }
        if invent && avoid.is_none() && entropy.random_bool(self.link.unseen().min(1.0)) {
            return None;
        }
        let known = self.pick(&self.link.root, invent, avoid, entropy);
        known.or_else(|| self.pick(&self.link.root, invent, None, entropy))
    }

    /// Whether a row that was drawn is kept for how common its value is.
    pub fn keeps(&self, row: u32, entropy: &mut impl Entropy) -> bool {
        self.link.commonness.keep(self.target[row as usize], entropy)
    }

    /// Any of some rows whose value those of the context do not have; where values that no row
    /// has are drawn beforehand, as common a one as rows have.
    fn pick(&self, rows: &[u32], invent: bool, avoid: Option<&Context>, entropy: &mut impl Entropy) -> Option<u32> {
        let mut last = None;
        for _ in 0..if rows.is_empty() { 0 } else { TRIES } {
            let row = rows[entropy.random_range(0..rows.len() as u32) as usize];
            let value = self.target[row as usize];
            if avoid.is_some_and(|avoid| avoid.values.contains(&value)) {
                continue;
            }
            if !invent || self.keeps(row, entropy) {
                return Some(row);
            }
            last = Some(row);
        }
        last
    }
}
