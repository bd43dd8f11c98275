//! N-grams: every run of one to three characters of every cell, hashed with its
//! column, weighed by rarity (tf-idf) and scaled to length one. They let a linear
//! model see spelling; what spans columns is left to `features`.

use super::logistic::Sparse;
use super::mask::mask;
use super::mix::mix;
use super::pool::Pool;

/// How many slots the n-grams share.
pub const SLOTS: usize = 1 << 15;
/// Longer cells are read to here, so that one document column cannot outweigh the rest.
const LONGEST: usize = 400;

/// Reads all columns of all rows.
pub fn all(pool: &Pool<'_>) -> Vec<Vec<u32>> {
    read(pool, &(0..pool.width()).collect::<Vec<_>>())
}

/// Reads the chosen columns of all rows into the slots each row fills.
pub fn read(pool: &Pool<'_>, columns: &[usize]) -> Vec<Vec<u32>> {
    let mut seen = vec![u32::MAX; SLOTS];
    let mut rows: Vec<Vec<u32>> = Vec::with_capacity(pool.rows());
    let mut letters = Vec::new();
    for i in 0..pool.rows() {
        let mut row = Vec::new();
        let mut add = |hash: u64| {
            let slot = (hash >> 20) as usize % SLOTS;
            if seen[slot] != i as u32 {
                seen[slot] = i as u32;
                row.push(slot as u32);
            }
        };
        for &c in columns {
            cell(pool.column(c)[i], pool.missing(c)[i], c as u64 + 1, &mut letters, &mut add);
        }
        rows.push(row);
    }
    rows
}

fn cell(text: &str, missing: bool, column: u64, letters: &mut Vec<u64>, add: &mut impl FnMut(u64)) {
    letters.clear();
    letters.push(1);
    letters.extend(text.chars().take(LONGEST).map(u64::from));
    letters.push(if missing { 3 } else { 2 });
    let start = mix(0, column);
    add(mask(text).chars().fold(mix(start, 4), |h, c| mix(h, u64::from(c))));
    for from in 0..letters.len() {
        let mut hash = start;
        for &letter in letters[from..].iter().take(3) {
            hash = mix(hash, letter);
            add(hash);
        }
    }
}

/// What each slot weighs: the smoothed logarithm of the inverse share of rows that fill it.
pub struct Rarity(Vec<f32>);

impl Rarity {
    /// Counts the rows.
    pub fn of(rows: &[Vec<u32>]) -> Self {
        let mut count = vec![0u32; SLOTS];
        rows.iter().flatten().for_each(|&s| count[s as usize] += 1);
        let all = rows.len() as f32 + 1.0;
        Self(count.iter().map(|&n| (all / (n as f32 + 1.0)).ln() + 1.0).collect())
    }

    /// Weighs the rows and scales each to length one.
    pub fn weigh(&self, rows: Vec<Vec<u32>>) -> Sparse {
        let scaled = |row: Vec<u32>| {
            let length = row.iter().map(|&s| self.0[s as usize].powi(2)).sum::<f32>().sqrt();
            row.into_iter().map(|s| (s, self.0[s as usize] / length)).collect()
        };
        Sparse { rows: rows.into_iter().map(scaled).collect(), width: SLOTS }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::identity::Row;

    #[test]
    fn rows_have_length_one_and_rare_signs_weigh_more() {
        let table: Vec<Row> = ["aa", "aa", "aa", "zq"].map(|t| vec![Some(t.to_owned())]).into();
        let refs: Vec<&Row> = table.iter().collect();
        let pool = Pool::new(1, &refs, &[], &mut ChaCha8Rng::seed_from_u64(1));
        let slots = read(&pool, &[0]);
        assert_eq!(slots[0], slots[2]);
        assert_ne!(slots[0], slots[3]);
        let sparse = Rarity::of(&slots).weigh(slots);
        for row in &sparse.rows {
            assert!((row.iter().map(|(_, v)| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
