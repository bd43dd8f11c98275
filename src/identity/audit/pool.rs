//! A pool: the real rows and one or more batches of canaries, as an attacker
//! would find them published. Every "how many other rows share this" question is
//! answered inside one table: all real rows and the asker's own batch.
//!
//! What is worth asking is left to `features`.

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::hash::Hash;

use rand::RngExt;

use super::mix::Mixing;
use crate::identity::Row;
use crate::model::Entropy;

/// Real rows first, then the batches one after the other; cells by column.
pub struct Pool<'a> {
    cells: Vec<Vec<&'a str>>,
    missing: Vec<Vec<bool>>,
    real: usize,
    batch: Vec<u32>,
    batches: usize,
    noise: Vec<f64>,
}

/// Values replaced by small numbers: equal values, equal numbers, counted from
/// nought in the order of their first row.
pub struct Codes {
    pub of: Vec<u32>,
    pub distinct: usize,
}

impl Codes {
    /// Numbers the values.
    pub fn new<K: Hash + Eq>(values: impl Iterator<Item = K>) -> Self {
        let mut seen: HashMap<K, u32, Mixing> = HashMap::default();
        let of = values
            .map(|v| {
                let next = seen.len() as u32;
                *seen.entry(v).or_insert(next)
            })
            .collect();
        Self { of, distinct: seen.len() }
    }
}

impl<'a> Pool<'a> {
    /// Lays out `width` columns; a short row's missing cells are empty.
    pub fn new(width: usize, real: &[&'a Row], batches: &[Vec<&'a Row>], entropy: &mut dyn Entropy) -> Self {
        let rows: Vec<&Row> = real.iter().copied().chain(batches.iter().flatten().copied()).collect();
        let count = batches.len().max(1);
        let mut batch: Vec<u32> = real.iter().map(|_| entropy.random_range(0..count as u32)).collect();
        for (b, members) in batches.iter().enumerate() {
            batch.extend(members.iter().map(|_| b as u32));
        }
        let column = |c: usize| rows.iter().map(|r| r.get(c).and_then(|v| v.as_deref()).unwrap_or("")).collect();
        let gaps = |c: usize| rows.iter().map(|r| r.get(c).is_none_or(Option::is_none)).collect();
        Self {
            cells: (0..width).map(column).collect(),
            missing: (0..width).map(gaps).collect(),
            real: real.len(),
            batches: count,
            noise: rows.iter().map(|_| normal(entropy)).collect(),
            batch,
        }
    }

    /// The number of rows, real and planted.
    pub fn rows(&self) -> usize {
        self.batch.len()
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// How many of the first rows are real.
    pub fn real(&self) -> usize {
        self.real
    }

    /// How many batches there are.
    pub fn batches(&self) -> usize {
        self.batches
    }

    /// The batch of every row; a real row is lent to one at random.
    pub fn batch(&self) -> &[u32] {
        &self.batch
    }

    /// Whether each row is a canary.
    pub fn labels(&self) -> Vec<bool> {
        (0..self.rows()).map(|i| i >= self.real).collect()
    }

    /// One column's cells; what is missing reads as the empty text.
    pub fn column(&self, c: usize) -> &[&'a str] {
        &self.cells[c]
    }

    /// Whether one column's cells are missing, which is not the same as empty.
    pub fn missing(&self, c: usize) -> &[bool] {
        &self.missing[c]
    }

    /// Rows in one published table: the real ones and an average batch.
    pub fn table(&self) -> f64 {
        self.real as f64 + ((self.rows() - self.real) as f64 / self.batches as f64).max(1.0)
    }

    /// For each row, how many other rows of its table have its code.
    pub fn others(&self, codes: &Codes) -> Vec<f64> {
        let mut count = vec![0u32; codes.distinct];
        codes.of[..self.real].iter().for_each(|&k| count[k as usize] += 1);
        let mut planted: HashMap<(u32, u32), u32, Mixing> = HashMap::default();
        let key = |i: usize| (self.batch[i], codes.of[i]);
        (self.real..self.rows()).for_each(|i| *planted.entry(key(i)).or_default() += 1);
        let mut carried = vec![false; codes.distinct];
        codes.of[self.real..].iter().for_each(|&k| carried[k as usize] = true);
        let other = |i: usize| {
            let code = codes.of[i] as usize;
            let mates = if carried[code] { planted.get(&key(i)).copied().unwrap_or(0) } else { 0 };
            self.dither(i, f64::from(count[code] + mates) - 1.0)
        };
        (0..self.rows()).map(other).collect()
    }

    /// For each row, the count of other rows sharing the rarest of its words; -1 without words.
    pub fn rarest<W: Hash + Eq>(&self, words: &[Vec<W>]) -> Vec<f64> {
        let flat = Codes::new(words.iter().flatten());
        let mut bags: Vec<Vec<u32>> = Vec::with_capacity(words.len());
        let mut rest = flat.of.as_slice();
        for row in words {
            let (mine, after) = rest.split_at(row.len());
            let mut bag = mine.to_vec();
            bag.sort_unstable();
            bag.dedup();
            bags.push(bag);
            rest = after;
        }
        let mut count = vec![0u32; flat.distinct];
        bags[..self.real].iter().flatten().for_each(|&w| count[w as usize] += 1);
        let mut planted: HashMap<(u32, u32), u32, Mixing> = HashMap::default();
        let mates = self.batch.iter().zip(&bags).skip(self.real);
        for (&b, bag) in mates {
            bag.iter().for_each(|&w| *planted.entry((b, w)).or_default() += 1);
        }
        let others = |i: usize, w: u32| count[w as usize] + planted.get(&(self.batch[i], w)).copied().unwrap_or(0);
        let least = |(i, bag): (usize, &Vec<u32>)| match bag.iter().map(|&w| others(i, w)).min() {
            Some(n) => self.dither(i, f64::from(n) - 1.0),
            None => -1.0,
        };
        bags.iter().enumerate().map(least).collect()
    }

    /// The same real rows stand in every batch's table. There a value's exact count gives the label away
    /// (a real row sees its value v-1 times, a canary v times), which nobody with one table could use: counts
    /// from 3 up are blurred, so that real rows audited against real rows stay indistinguishable.
    fn dither(&self, row: usize, count: f64) -> f64 {
        if self.batches == 1 || count < 3.0 {
            return count;
        }
        (count + self.noise[row] * (0.5 + count.sqrt() / 2.0)).max(2.5)
    }

    /// Distance of each value to the nearest other of its table, and how many others lie within 60.
    /// NaN where there is no value.
    pub fn gaps(&self, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let sorted = |rows: &mut dyn Iterator<Item = usize>| {
            let mut v: Vec<f64> = rows.map(|i| values[i]).filter(|x| !x.is_nan()).collect();
            v.sort_unstable_by(f64::total_cmp);
            v
        };
        let real = sorted(&mut (0..self.real));
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.batches];
        (self.real..self.rows()).for_each(|i| members[self.batch[i] as usize].push(i));
        let planted: Vec<Vec<f64>> = members.iter().map(|m| sorted(&mut m.iter().copied())).collect();
        let answer = |i: usize| {
            let (x, mates) = (values[i], &planted[self.batch[i] as usize]);
            if x.is_nan() {
                return (f64::NAN, f64::NAN);
            }
            let gap = nearest(&real, x, i < self.real).min(nearest(mates, x, i >= self.real));
            (gap, (within(&real, x) + within(mates, x)) as f64 - 1.0)
        };
        (0..self.rows()).map(answer).unzip()
    }
}

/// Distance from `x` to the nearest entry, not counting one that is `x` itself.
fn nearest(sorted: &[f64], x: f64, itself: bool) -> f64 {
    let (lo, hi) = (sorted.partition_point(|&v| v < x), sorted.partition_point(|&v| v <= x));
    if hi - lo > usize::from(itself) {
        return 0.0;
    }
    let left = lo.checked_sub(1).map_or(f64::INFINITY, |i| x - sorted[i]);
    left.min(sorted.get(hi).map_or(f64::INFINITY, |r| r - x))
}

fn within(sorted: &[f64], x: f64) -> usize {
    sorted.partition_point(|&v| v <= x + 60.0) - sorted.partition_point(|&v| v < x - 60.0)
}

/// A standard normal draw (Box and Muller, 1958).
fn normal(entropy: &mut dyn Entropy) -> f64 {
    let (u, v): (f64, f64) = (entropy.random(), entropy.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A pool of one column; batches of two.
    fn with<T>(real: &[u8], planted: &[u8], of: impl Fn(&Pool<'_>, Vec<&[u8]>) -> T) -> T {
        let row = |v: &u8| vec![Some(v.to_string())];
        let rows: Vec<Row> = real.iter().chain(planted).map(row).collect();
        let refs: Vec<&Row> = rows.iter().collect();
        let (first, rest) = refs.split_at(real.len());
        let batches: Vec<Vec<&Row>> = rest.chunks(2).map(<[&Row]>::to_vec).collect();
        let pool = Pool::new(1, first, &batches, &mut ChaCha8Rng::seed_from_u64(5));
        of(&pool, planted.chunks(2).collect())
    }

    proptest! {
        #[test]
        fn counts_and_distances_are_those_of_the_row_s_own_table(
            real in prop::collection::vec(0u8..40, 1..12),
            planted in prop::collection::vec(0u8..40, 0..7),
        ) {
            let all: Vec<u8> = real.iter().chain(&planted).copied().collect();
            with(&real, &planted, |pool, batches| {
                let others = pool.others(&Codes::new(pool.column(0).iter()));
                let words: Vec<Vec<&str>> = pool.column(0).iter().map(|v| vec![*v]).collect();
                let (gaps, near) = pool.gaps(&all.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
                for (i, mine) in all.iter().enumerate() {
                    let mates = batches.get(pool.batch()[i] as usize).copied().unwrap_or(&[]);
                    let mut table: Vec<u8> = real.iter().chain(mates).copied().collect();
                    table.swap_remove(table.iter().position(|v| v == mine).expect("itself"));
                    let same = table.iter().filter(|v| *v == mine).count() as f64;
                    assert!(others[i] == same || (same >= 3.0 && others[i] >= 2.5), "{} {same}", others[i]);
                    assert_eq!(pool.rarest(&words)[i], others[i]);
                    let gap = table.iter().map(|v| f64::from(v.abs_diff(*mine))).fold(f64::INFINITY, f64::min);
                    assert_eq!((gaps[i], near[i]), (gap, table.len() as f64));
                }
            });
        }
    }
}
