//! What looks tell: by how much a look at one piece betters the guess of another,
//! every row guessed from the others, and which look tells most. Counting alone;
//! what is drawn under which link is left to `links`.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Link, Look, mix};
use crate::identity::piece::NONE;
use crate::identity::views::Views;

/// Rows that links are learned from.
const LEARN: usize = 1_500;
/// A link has to tell so much of a piece, in nats a row.
const GAIN: f64 = 0.02;
/// Rows that are too few to tell whether places lie in each other, and the share of
/// them that says so.
const FEW: usize = 8;
const WITHIN: f64 = 0.8;
/// The shares of rows of one value that agree in what is the same in all of them, and in
/// nearly all.
const ALL: f64 = 0.99;
const FIXED: f64 = 0.9;
/// The share of rows that say where they are, from which on all do; places that one lies in.
const TOLD: f64 = 0.95;
const PLACES: usize = 2;
/// Sizes of contexts that are told apart.
const BUCKETS: usize = 12;
/// Rows between one and that whose value it is given to see what chance does.
const STRIDE: usize = 7_919;

/// Whether a place lies in another: of the values that several rows have, nearly all are met
/// again in the same one, and of the pairs there are fewer than by chance; or too few are to tell.
fn lies_in(root: &[u32], place: &[u32], target: &[u32]) -> bool {
    let root: Vec<u32> = root.iter().copied().filter(|row| place[*row as usize] != NONE).collect();
    let pairs = |row_of: &dyn Fn(usize) -> u32| -> Vec<(u32, u32)> {
        (0..root.len()).map(|n| (place[root[n] as usize], target[row_of(n) as usize])).collect()
    };
    let (own, mixed) = (pairs(&|n| root[n]), pairs(&|n| root[(n * STRIDE + 1) % root.len()]));
    let Some(within) = Pairs::of(&own).again else { return true };
    // Where most rows are of one place, the others tell.
    let common = commonest(&own);
    let others =
        |pairs: &[(u32, u32)]| Pairs::of(&pairs.iter().copied().filter(|(p, _)| *p != common).collect::<Vec<_>>());
    let told = others(&own);
    let is_chance = match told.again {
        Some(_) => told.are_chance(&others(&mixed)),
        None => Pairs::of(&own).are_chance(&Pairs::of(&mixed)),
    };
    within > WITHIN && !is_chance
}

/// The place that most pairs are of.
fn commonest(pairs: &[(u32, u32)]) -> u32 {
    let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
    pairs.iter().for_each(|(place, _)| *counts.entry(*place).or_default() += 1);
    counts.into_iter().max_by_key(|(place, count)| (*count, Reverse(*place))).map_or(NONE, |(place, _)| place)
}

/// What is met together.
struct Pairs {
    distinct: usize,
    /// Of those of which each part is met more than once, the share that are met again
    /// themselves; nothing where they are too few.
    again: Option<f64>,
}

impl Pairs {
    fn of(pairs: &[(u32, u32)]) -> Self {
        let mut counts: [Counts; 3] = Default::default();
        let keys = |(place, value): &(u32, u32)| [u64::from(*place), u64::from(*value), mix(u64::from(*place), *value)];
        for pair in pairs {
            counts.iter_mut().zip(keys(pair)).for_each(|(c, key)| *c.entry(key).or_default() += 1);
        }
        let times = |pair, which: usize| counts[which][&keys(pair)[which]];
        let telling = || pairs.iter().filter(|pair| times(pair, 0) > 1 && times(pair, 1) > 1);
        let met = telling().count();
        let again = || telling().filter(|pair| times(pair, 2) > 1).count() as f64 / met as f64;
        Self { distinct: counts[2].len(), again: (met >= FEW).then(again) }
    }

    /// Whether they are as those of mixed rows are.
    fn are_chance(&self, mixed: &Self) -> bool {
        mixed.again.is_some_and(|again| again > WITHIN) && self.distinct * 4 > mixed.distinct * 3
    }
}

/// Of the places that a piece may lie in, those in which it does, two at most: of two sets of places a city lies in its own state alone. One that
/// is empty in some rows comes behind those that all rows tell, as a county behind its state.
pub(super) fn places_of(views: &Views, places: impl Iterator<Item = usize>, root: &[u32], target: &[u32]) -> Vec<Look> {
    let seen = |place: usize| views.pieces[place].seen(0);
    let told_by = |place: &usize, share: f64| {
        let told = root.iter().filter(|row| seen(*place)[**row as usize] != NONE).count();
        told as f64 >= share * root.len() as f64
    };
    let (mut told, others): (Vec<usize>, Vec<usize>) = places.partition(|place| told_by(place, TOLD));
    // What hardly any row leaves open comes first: a state before a state house.
    told.sort_by_key(|place| !told_by(place, ALL));
    let mut found: Vec<Look> = Vec::new();
    for place in told.into_iter().chain(others) {
        let is_apart = found.iter().all(|(other, _)| !determines(root, seen(*other), seen(place)));
        if is_apart && found.len() < PLACES && lies_in(root, seen(place), target) {
            found.push((place, 0));
        }
    }
    found
}

/// Whether a look tells another one, as a city its state.
pub(super) fn determines(root: &[u32], place: &[u32], other: &[u32]) -> bool {
    let mut told: FxHashMap<u32, u32> = FxHashMap::default();
    let agrees =
        |row: &&u32| *told.entry(place[**row as usize]).or_insert(other[**row as usize]) == other[**row as usize];
    root.iter().filter(agrees).count() as f64 >= ALL * root.len() as f64
}

type Counts = FxHashMap<u64, u32>;

/// The chance of each row's value among the others.
pub(super) fn base_chances(root: &[u32], target: &[u32]) -> Vec<f64> {
    let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
    root.iter().for_each(|r| *counts.entry(target[*r as usize]).or_default() += 1);
    let all = root.len() as f64 - 1.0 + 0.5 * counts.len() as f64;
    target.iter().map(|t| counts.get(t).map_or(1.0, |c| (f64::from(*c) - 0.5) / all.max(1.0))).collect()
}

/// The looks in which all rows of one value say the same, as all offices of a member are in
/// one state, then those in which nearly all do; of either those first that tell most apart.
pub(super) fn fixed(views: &Views, before: &[usize], root: &[u32], target: &[u32]) -> Vec<Look> {
    let mut firsts: FxHashMap<u32, u32> = FxHashMap::default();
    let first_of = |row: &u32| (*firsts.entry(target[*row as usize]).or_insert(*row), *row);
    let pairs: Vec<(u32, u32)> = root.iter().map(first_of).filter(|(first, row)| first != row).collect();
    let agreed = |(piece, look): Look| {
        let seen = views.pieces[piece].seen(look);
        let same = pairs.iter().filter(|(a, b)| seen[*a as usize] == seen[*b as usize]).count();
        let share = same as f64 / pairs.len().max(1) as f64;
        let kinds = root.iter().map(|row| seen[*row as usize]).collect::<FxHashSet<u32>>().len();
        (share >= FIXED && kinds > 1).then_some((Reverse(share >= ALL), Reverse(kinds), (piece, look)))
    };
    let looks = before.iter().flat_map(|piece| (0..views.pieces[*piece].looks()).map(|look| (*piece, look)));
    let mut found: Vec<_> = looks.filter_map(agreed).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, _, look)| look).collect()
}

/// The look that tells most of the piece beyond what is known, if it is enough.
pub(super) fn best_look(
    views: &Views,
    before: &[usize],
    link: &Link,
    keys: &[Option<u64>],
    target: &[u32],
    chances: &[f64],
    told: Option<Look>,
) -> Option<(Look, Vec<f64>)> {
    let rows: Vec<usize> = link.root.iter().map(|r| *r as usize).take(LEARN).collect();
    let mut best: Option<(f64, Look)> = None;
    for piece in before.iter().filter(|_| told.is_none()) {
        for look in views.pieces[*piece].telling..views.pieces[*piece].looks() {
            if link.parents.contains(&(*piece, look)) {
                continue;
            }
            let gain = gain(&rows, views, (*piece, look), keys, target, chances, None);
            if gain > best.map_or(GAIN, |(g, _)| g) {
                best = Some((gain, (*piece, look)));
            }
        }
    }
    let look = told.or(best.map(|(_, look)| look))?;
    let mut better = chances.to_vec();
    let all: Vec<usize> = link.root.iter().map(|r| *r as usize).collect();
    gain(&all, views, look, keys, target, chances, Some(&mut better));
    Some((look, better))
}

/// By how many nats a row the look betters the guess of the piece, every row guessed from the
/// others: by what these say or, where each value is of few rows, by that mixed with what is known,
/// as often as a row says what none of the others does; whichever guesses better.
fn gain(
    rows: &[usize],
    views: &Views,
    (piece, look): Look,
    keys: &[Option<u64>],
    target: &[u32],
    chances: &[f64],
    better: Option<&mut Vec<f64>>,
) -> f64 {
    let mut sizes: FxHashMap<u64, u32> = FxHashMap::default();
    let mut pairs: FxHashMap<u64, u32> = FxHashMap::default();
    let piece = &views.pieces[piece];
    let key_of = |r: usize| Some(mix(keys[r]?, piece.told(look, r)?));
    for row in rows {
        if let Some(key) = key_of(*row) {
            *sizes.entry(key).or_default() += 1;
            *pairs.entry(mix(key, target[*row])).or_default() += 1;
        }
    }
    let told: Vec<(usize, u32, u32)> = rows
        .iter()
        .filter_map(|row| key_of(*row).map(|key| (*row, sizes[&key] - 1, pairs[&mix(key, target[*row])] - 1)))
        .collect();
    let new = new_values(&told);
    let plain = |(row, size, pair): &(usize, u32, u32)| (f64::from(*pair) + chances[*row]) / f64::from(size + 1);
    let mixed = |(row, size, pair): &(usize, u32, u32)| {
        let new = new[bucket(*size)];
        (1.0 - new) * f64::from(*pair) / f64::from((*size).max(1)) + new * chances[*row]
    };
    let nats = |guess: &dyn Fn(&(usize, u32, u32)) -> f64| {
        told.iter().map(|one| (guess(one) / chances[one.0]).ln()).sum::<f64>() / rows.len().max(1) as f64
    };
    let (of_plain, of_mixed) = (nats(&plain), nats(&mixed));
    let guess: &dyn Fn(&(usize, u32, u32)) -> f64 = if of_plain >= of_mixed { &plain } else { &mixed };
    better.into_iter().for_each(|better| told.iter().for_each(|one| better[one.0] = guess(one)));
    of_plain.max(of_mixed)
}

/// By how many others a row is guessed from (in powers of two), the share of rows of whose value
/// there is none among them.
fn new_values(told: &[(usize, u32, u32)]) -> [f64; BUCKETS] {
    let mut met = [(1.0, 2.0); BUCKETS];
    for (_, size, pair) in told {
        let (new, all) = &mut met[bucket(*size)];
        *new += f64::from(u8::from(*pair == 0));
        *all += 1.0;
    }
    let mut shares = met.map(|(new, all)| new / all);
    shares[0] = 1.0;
    shares
}

fn bucket(size: u32) -> usize {
    ((u32::BITS - size.leading_zeros()) as usize).min(BUCKETS - 1)
}
