//! Distances of running numbers to the next, where a few of them come again and again:
//! every tenth number is given, or one file took every third of another. A number at a
//! distance that no two rows have would stand out. Where there is room is the site's.

use std::collections::{BTreeSet, HashMap};

/// So many distances tell, those that are met so often are usual, and in a table that
/// keeps to them they are this share of all.
const LEAST: usize = 50;
const OFTEN: usize = 3;
const KEPT: f64 = 0.98;
/// Of more usual distances none stands out.
const MANY: usize = 64;

/// The distances that a table keeps to.
#[derive(Debug, Clone)]
pub(super) struct Distances {
    usual: BTreeSet<i64>,
    /// What all of them are multiples of.
    step: i64,
}

impl Distances {
    /// Of the distances, all above 0; nothing where the table keeps to none.
    pub(super) fn of(all: impl Iterator<Item = i64>) -> Option<Self> {
        let mut met: HashMap<i64, usize> = HashMap::new();
        all.for_each(|distance| *met.entry(distance).or_default() += 1);
        let count: usize = met.values().sum();
        met.retain(|_, times| *times >= OFTEN);
        let kept = met.values().sum::<usize>() as f64 >= KEPT * count as f64;
        let usual: BTreeSet<i64> = met.into_keys().collect();
        let step = usual.iter().copied().fold(0, divisor);
        (count >= LEAST && kept && usual.len() <= MANY).then_some(Self { usual, step })
    }

    /// The numbers between two that are at a usual distance from one of them and, from the
    /// other, at one too or further away than usual.
    pub(super) fn between(&self, low: i64, high: i64) -> impl Iterator<Item = i64> {
        let far = self.usual.last().copied().unwrap_or_default();
        let fits = move |rest: i64| rest > 0 && rest % self.step == 0 && (rest > far || self.usual.contains(&rest));
        let wide = high.saturating_sub(low);
        let near = self.usual.iter().copied().take_while(move |near| *near < wide);
        // Of two usual ones each is met from its own side.
        let mirrored = move |near: i64| (wide - near > far).then_some(high - near);
        near.filter(move |near| fits(wide - near)).flat_map(move |near| [Some(low + near), mirrored(near)]).flatten()
    }
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_distances_of_their_table() {
        let thirds = Distances::of([2, 3, 5, 3, 5].into_iter().cycle().take(100)).expect("few distances");
        let between = |high| thirds.between(100, high).collect::<Vec<_>>();
        assert_eq!((between(102), between(103), between(105)), (vec![], vec![], vec![102, 103]));
        assert_eq!((thirds.step, between(120)), (1, vec![102, 118, 103, 117, 105, 115]));
        let tens = Distances::of((0..60).map(|n| if n == 7 { 40 } else { 10 })).expect("one distance");
        assert_eq!((tens.step, tens.between(50, 90).collect::<Vec<_>>()), (10, vec![60, 80]));
    }

    #[test]
    fn a_table_with_distances_of_all_sizes_keeps_to_none() {
        assert!(Distances::of((0..100).map(|n| 1 + n * n % 977)).is_none());
        assert!(Distances::of((0..LEAST - 1).map(|_| 3)).is_none(), "too few tell");
    }
}
