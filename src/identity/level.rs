//! Levelling: chances of candidates evened out so that no class of them is chosen
//! much more often than the table's rows are of it. A critic looks at one batch
//! among the rows and cannot see what the batches of many copies have in common;
//! whoever holds the copies can. What the classes are is left to the caller.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

/// Times that chances are lowered, by which those of the others grow.
const ROUNDS: usize = 5;

/// How large each class is among the rows.
#[derive(Debug, Default)]
pub struct Shares(FxHashMap<u32, f64>);

impl Shares {
    /// By class and how many rows are of it.
    pub fn of(counted: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let whole = f64::from(counted.clone().map(|(_, count)| count).sum::<u32>().max(1));
        let mut shares = FxHashMap::default();
        counted.for_each(|(class, count)| *shares.entry(class).or_default() += f64::from(count) / whole);
        Self(shares)
    }

    /// Whether no row is of any class.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lowers the chances of each class that would be chosen more than `most` times as
    /// often as rows are of it, though of a class that no row has one candidate may be
    /// chosen. Of each group as many are chosen as before; candidates of no class or group
    /// stay as they are.
    pub fn level(&self, most: f64, classes: &[Option<u32>], groups: &[Option<u32>], chances: &mut [f64]) {
        let (classes, groups) = (places(classes), places(groups));
        let before: Vec<f64> = groups.values().map(|own| sum(chances, own)).collect();
        let whole: f64 = classes.values().map(|own| sum(chances, own)).sum();
        for _ in 0..ROUNDS {
            for (class, own) in &classes {
                let most = most * whole * self.0.get(class).copied().unwrap_or(0.0);
                let most = own.iter().map(|n| chances[*n]).fold(most, f64::max);
                bring(chances, own, most.min(sum(chances, own)));
            }
            groups.values().zip(&before).for_each(|(own, before)| bring(chances, own, *before));
        }
    }
}

/// Which candidates are of each class.
fn places(classes: &[Option<u32>]) -> BTreeMap<u32, Vec<usize>> {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let known = classes.iter().enumerate().filter_map(|(n, class)| Some((n, (*class)?)));
    known.for_each(|(n, class)| of.entry(class).or_default().push(n));
    of
}

fn sum(chances: &[f64], own: &[usize]) -> f64 {
    own.iter().map(|n| chances[*n]).sum()
}

/// Makes the sum of some chances this.
fn bring(chances: &mut [f64], own: &[usize], whole: f64) {
    let by = whole / sum(chances, own);
    own.iter().for_each(|n| chances[*n] *= by);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 rows 10 are of class 1 and the others of none other's.
    fn shares() -> Shares {
        Shares::of([(1, 10)].into_iter().chain((100..190).map(|class| (class, 1))))
    }

    #[test]
    fn a_class_is_chosen_no_more_often_than_rows_are_of_it_by_that_much() {
        let classes: Vec<Option<u32>> = (0..200).map(|n| Some(if n < 60 { 1 } else { 1_000 + n })).collect();
        let groups = vec![Some(0); 200];
        let mut chances = vec![1.0; 200];
        shares().level(1.5, &classes, &groups, &mut chances);
        let of_class: f64 = chances[..60].iter().sum();
        assert!((of_class / 200.0 - 0.15).abs() < 0.005, "{of_class}");
        assert!((chances.iter().sum::<f64>() - 200.0).abs() < 1e-6);
        assert!(chances[60..].iter().all(|c| (c - chances[60]).abs() < 1e-9));
    }

    #[test]
    fn groups_keep_their_size_and_what_is_of_no_class_its_chance() {
        let classes: Vec<Option<u32>> = (0..100).map(|n| (n % 2 == 0).then_some(if n < 50 { 1 } else { n })).collect();
        let groups: Vec<Option<u32>> = classes.iter().enumerate().map(|(n, c)| c.map(|_| n as u32 / 40)).collect();
        let mut chances: Vec<f64> = (0..100).map(|n| 1.0 + f64::from(n % 7)).collect();
        let before = chances.clone();
        shares().level(1.5, &classes, &groups, &mut chances);
        for group in 0..3 {
            let of =
                |chances: &[f64]| -> f64 { (0..100).filter(|n| groups[*n] == Some(group)).map(|n| chances[n]).sum() };
            assert!((of(&chances) - of(&before)).abs() < 1e-6, "{group}");
        }
        (0..100).filter(|n| n % 2 == 1).for_each(|n| assert_eq!(chances[n], before[n]));
        assert!(chances[40] < before[40], "one of the class that many have");
    }

    #[test]
    fn nothing_to_choose_from_is_borne() {
        shares().level(1.5, &[], &[], &mut []);
        let mut one = [2.0];
        shares().level(1.5, &[Some(7)], &[Some(0)], &mut one);
        assert!((one[0] - 2.0f64).abs() < 1e-9);
    }
}
