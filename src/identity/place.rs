//! Place: where a row that was planted before stands in the next copy: by its
//! running number where the table counts, else behind the row that it stood behind.
//! Where a sorted column puts a row is `strangers`'.

use rustc_hash::FxHashMap;
use std::collections::VecDeque;

use super::change::hash_of;
use super::column::Way;
use super::profile::{Order, Profile};
use super::{Cells, Row, Spot};

/// Rows before it that a row is found by, as some of them may go.
const BEFORE: usize = 8;

/// The rows that stood before planted ones in the old copy.
#[derive(Debug, Default)]
pub struct Neighbours {
    last: VecDeque<u64>,
    before: FxHashMap<u64, Vec<u64>>,
}

impl Neighbours {
    /// Meets a row of the table, by the hash of its key.
    pub fn meet(&mut self, hash: u64) {
        if self.last.len() == BEFORE {
            self.last.pop_back();
        }
        self.last.push_front(hash);
    }

    /// Meets a planted row.
    pub fn planted(&mut self, hash: u64) {
        self.before.insert(hash, self.last.iter().copied().collect());
    }
}

/// Finds the places, row after row of the new copy.
#[derive(Debug)]
pub struct Places {
    /// Running numbers that wait for a greater one, the next one last.
    waiting: Vec<(i64, usize)>,
    running: Option<(usize, Way)>,
    /// Row that stood before, to the planted rows that it stood before and how closely.
    wanted: FxHashMap<u64, Vec<(usize, usize)>>,
    found: Vec<Option<(usize, Spot)>>,
    met: u64,
}

impl Places {
    /// For these rows, whose keys are in the columns `key`.
    pub fn of(profile: &Profile, key: &[usize], rows: &[Row], neighbours: &Neighbours) -> Self {
        let running = if let Order::Running { column, way } = profile.order { Some((column, way)) } else { None };
        let mut waiting = Vec::new();
        let mut wanted: FxHashMap<u64, Vec<(usize, usize)>> = FxHashMap::default();
        for (n, row) in rows.iter().enumerate() {
            let number = running.and_then(|(c, _)| profile.columns[c].number_of(row[c].as_deref()?));
            waiting.extend(number.map(|number| (number, n)));
            let cells: Vec<Option<&str>> = row.iter().map(|c| c.as_deref()).collect();
            let before = hash_of(key, &cells).and_then(|hash| neighbours.before.get(&hash));
            let first = before.is_some_and(Vec::is_empty);
            wanted.entry(u64::MAX).or_default().extend(first.then_some((n, 0)));
            for (nearness, hash) in before.into_iter().flatten().enumerate().filter(|_| number.is_none()) {
                wanted.entry(*hash).or_default().push((n, nearness));
            }
        }
        waiting.sort_unstable();
        if running.is_none_or(|(_, way)| way == Way::Up) {
            waiting.reverse();
        }
        let mut found = vec![None; rows.len()];
        for (n, _) in wanted.remove(&u64::MAX).unwrap_or_default() {
            found[n] = Some((usize::MAX, Spot::First));
        }
        Self { waiting, running, wanted, found, met: 0 }
    }

    /// Meets a row of the new copy, with the hash of its key.
    pub fn meet(&mut self, profile: &Profile, hash: Option<u64>, cells: &Cells<'_>) {
        if let Some((column, way)) = self.running
            && let Some(number) = cells[column].and_then(|t| profile.columns[column].number_of(t))
        {
            let passed = |waits: i64| if way == Way::Up { waits < number } else { waits > number };
            while let Some((_, n)) = self.waiting.pop_if(|(waits, _)| passed(*waits)) {
                self.found[n] = Some((0, self.met.checked_sub(1).map_or(Spot::First, Spot::After)));
            }
        }
        for (n, nearness) in hash.and_then(|hash| self.wanted.get(&hash)).into_iter().flatten() {
            if self.found[*n].as_ref().is_none_or(|(known, _)| nearness < known) {
                self.found[*n] = Some((*nearness, Spot::After(self.met)));
            }
        }
        self.met += 1;
    }

    /// The first columns that are looked at, beside the key's.
    pub fn columns(&self) -> usize {
        self.running.map_or(1, |(column, _)| column + 1)
    }

    /// The places; nothing for rows that none was found for.
    pub fn spots(mut self) -> Vec<Option<Spot>> {
        let last = self.met.checked_sub(1).map_or(Spot::First, Spot::After);
        for (_, n) in self.waiting {
            self.found[n] = Some((0, last.clone()));
        }
        self.found.into_iter().map(|found| found.map(|(_, spot)| spot)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use proptest::prelude::*;
    use rand::SeedableRng;

    fn profile(ids: &[u32]) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["id".to_owned(), "phone".to_owned()]);
        for id in ids {
            profiler.meet(&[Some(&id.to_string()), Some(&format!("+1415{id:07}"))], &mut entropy);
        }
        profiler.finish(&Told::default())
    }

    fn spot(ids: &[u32], old: &[u32], planted: u32) -> Option<Spot> {
        let profile = profile(ids);
        let row = |id: u32| -> Row { vec![Some(id.to_string()), Some(String::new())] };
        let hash = |id: u32| hash_of(&[0], &[Some(&id.to_string()), None]).expect("a key");
        let mut neighbours = Neighbours::default();
        for id in old {
            if *id == planted { neighbours.planted(hash(*id)) } else { neighbours.meet(hash(*id)) }
        }
        let mut places = Places::of(&profile, &[0], &[row(planted)], &neighbours);
        for id in ids {
            places.meet(&profile, Some(hash(*id)), &[Some(&id.to_string()), None]);
        }
        places.spots().remove(0)
    }

    proptest! {
        #[test]
        fn a_running_number_stands_between_smaller_and_greater_ones(seed in 1u32..5, planted in 0u32..2_000) {
            let ids: Vec<u32> = (10..400).map(|n| n * (seed + 1)).filter(|id| *id != planted).collect();
            let before = ids.iter().filter(|id| **id < planted).count() as u64;
            let wanted = before.checked_sub(1).map_or(Spot::First, Spot::After);
            prop_assert_eq!(spot(&ids, &[], planted), Some(wanted));
        }
    }

    #[test]
    fn without_an_order_a_row_stays_behind_the_row_it_stood_behind() {
        let ids: Vec<u32> = (0..400u32).map(|n| n.wrapping_mul(2_654_435_761) % 100_003).collect();
        let mut old = ids.clone();
        old.insert(201, 777_777);
        assert_eq!(spot(&ids, &old, 777_777), Some(Spot::After(200)));
        let without: Vec<u32> = ids.iter().copied().filter(|id| *id != ids[200]).collect();
        assert_eq!(spot(&without, &old, 777_777), Some(Spot::After(199)), "the one before that");
        old.remove(201);
        old.insert(0, 777_777);
        assert_eq!(spot(&ids, &old, 777_777), Some(Spot::First));
    }
}
