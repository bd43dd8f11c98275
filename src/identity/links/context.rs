//! A context: the rows of a table that agree in some links of a piece, and the chance that
//! another such row has a value that these have not. All of as many links are a level.
//! Which links there are is `links`' to find.

use rustc_hash::FxHashMap;

/// So many values that one row of a context has tell how many of them no other row has.
const ONCE: usize = 8;
/// Values of a context that are known as its own.
const VALUES: usize = 64;
/// Rows that a prior chance is worth.
const WORTH: f32 = 2.0;

/// Rows that agree in the links of a level.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) rows: Vec<u32>,
    distinct: u32,
    /// The values of its first rows.
    pub(super) values: Vec<u32>,
    /// The chance of a value that none of its rows has.
    pub(super) new: f64,
    /// Of the values that one of its rows has, the share that no other row of the table has;
    /// nothing where they are too few to tell.
    pub(super) alone: Option<f64>,
}

/// The chance of a new value, by how many rows a context has and how many values.
#[derive(Debug, Clone, Default)]
struct Novelty {
    met: [[f32; 3]; 8],
    new: [[f32; 3]; 8],
}

/// The contexts of as many links.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) contexts: FxHashMap<u64, Context>,
}

impl Novelty {
    fn cell(size: usize, distinct: usize) -> (usize, usize) {
        let bucket = (usize::BITS - size.leading_zeros()) as usize;
        (bucket.min(7), if distinct <= 1 { 0 } else { 1 + usize::from(distinct == size) })
    }

    fn meet(&mut self, size: usize, distinct: usize, new: bool) {
        let (a, b) = Self::cell(size, distinct);
        self.met[a][b] += 1.0;
        self.new[a][b] += f32::from(u8::from(new));
    }

    /// `prior` is what it is taken for where nothing was met.
    fn chance(&self, size: usize, distinct: usize, prior: f32) -> f64 {
        let (a, b) = Self::cell(size, distinct);
        if self.met[a][b] >= 8.0 {
            return f64::from(self.new[a][b] / self.met[a][b]);
        }
        let met: f32 = self.met.iter().map(|m| m[b]).sum();
        let new: f32 = self.new.iter().map(|m| m[b]).sum();
        f64::from((new + prior * WORTH) / (met + WORTH))
    }
}

impl Level {
    /// Learns from rows by the keys of what they agree in; `prior` is the chance of a new value
    /// where nothing is known of it.
    pub(super) fn learn(keys: &[Option<u64>], target: &[u32], prior: f32) -> Self {
        let mut contexts: FxHashMap<u64, Context> = FxHashMap::default();
        for (row, key) in keys.iter().enumerate() {
            if let Some(key) = key {
                contexts.entry(*key).or_default().rows.push(row as u32);
            }
        }
        let mut novelty = Novelty::default();
        let mut all: FxHashMap<u32, u32> = FxHashMap::default();
        contexts.values().flat_map(|c| &c.rows).for_each(|row| *all.entry(target[*row as usize]).or_default() += 1);
        let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
        for context in contexts.values_mut() {
            counts.clear();
            context.rows.iter().for_each(|r| *counts.entry(target[*r as usize]).or_default() += 1);
            context.distinct = counts.len() as u32;
            let once: Vec<&u32> = counts.iter().filter(|(_, count)| **count == 1).map(|(value, _)| value).collect();
            let alone = once.iter().filter(|value| all[**value] == 1).count();
            context.alone = (once.len() >= ONCE).then(|| alone as f64 / once.len() as f64);
            let size = context.rows.len();
            for count in counts.values().filter(|_| size > 1) {
                let distinct = counts.len() - usize::from(*count == 1);
                (0..*count).for_each(|_| novelty.meet(size - 1, distinct, *count == 1));
            }
        }
        for context in contexts.values_mut() {
            context.new = novelty.chance(context.rows.len(), context.distinct as usize, prior);
            context.values = context.rows.iter().take(VALUES).map(|r| target[*r as usize]).collect();
            context.values.sort_unstable();
            context.values.dedup();
        }
        Self { contexts }
    }
}
