//! Days met again: as often as a row of the table has the day of another one, which in some
//! tables is more often than chance, a new day near that of a row is moved onto the day of yet
//! another row. How far off a new day is, is the calendar's.

use jiff::ToSpan;
use jiff::civil::Date;
use rand::RngExt;

use crate::model::Entropy;

/// Days by which those of rows are put off to see how often chance meets another row's, and
/// rows that are.
const OFF: [i32; 4] = [-17, -5, 8, 23];
const ASKED: usize = 1_000;
/// A day is moved by so many days at most.
const REACH: i32 = 180;

/// The days of a column.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Each once, in order.
    days: Vec<Date>,
    /// The chance that a new day which no row has is moved onto one that a row has, 0 to 1.
    moved: f64,
}

impl Again {
    /// Those of a column's rows.
    pub(super) fn of(dates: &[Date]) -> Self {
        let mut sorted = dates.to_vec();
        sorted.sort_unstable();
        let shared: usize = sorted.chunk_by(|a, b| a == b).map(<[Date]>::len).filter(|rows| *rows > 1).sum();
        sorted.dedup();
        let asked = || dates.iter().step_by((dates.len() / ASKED).max(1));
        let off = || asked().flat_map(|date| OFF.into_iter().filter_map(|days| date.checked_add(days.days()).ok()));
        let by_chance = off().filter(|date| sorted.binary_search(date).is_ok()).count();
        let share = |of: usize, all: usize| of as f64 / all.max(1) as f64;
        let (shared, chance) = (share(shared, dates.len()), share(by_chance, off().count()));
        Self { days: sorted, moved: ((shared - chance) / (1.0 - chance).max(f64::EPSILON)).clamp(0.0, 1.0) }
    }

    /// A new day near that of a row, or the nearest to it that another row has.
    pub(super) fn met(&self, own: Date, new: Date, entropy: &mut impl Entropy) -> Date {
        if self.moved <= 0.0 || !entropy.random_bool(self.moved) {
            return new;
        }
        let at = self.days.partition_point(|day| *day < new);
        let [before, behind] = [&self.days[..at], &self.days[at..]];
        let others = |day: &&Date| **day != own;
        let nearest = [before.iter().rev().find(others), behind.iter().find(others)].into_iter().flatten();
        let apart = |day: &Date| (*day - new).get_days().abs();
        nearest.copied().filter(|day| apart(day) <= REACH).min_by_key(apart).unwrap_or(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    /// The share of new days that a row has, where one row in so many has the day of another.
    fn met(one_in: usize) -> f64 {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut dates: Vec<Date> = Vec::new();
        while dates.len() < 600 {
            let new = date(1940, 1, 1) + i64::from(entropy.random_range(0..20_000)).days();
            let other = dates.get(entropy.random_range(0..dates.len().max(1))).copied();
            dates.push(if entropy.random_range(0..one_in) == 0 { other.unwrap_or(new) } else { new });
        }
        let again = Again::of(&dates);
        let mut new = || {
            let own = dates[entropy.random_range(0..dates.len())];
            let near = own + i64::from(entropy.random_range(1..25)).days();
            again.met(own, near, &mut entropy)
        };
        let drawn: Vec<Date> = (0..2_000).map(|_| new()).collect();
        drawn.iter().filter(|day| dates.contains(day)).count() as f64 / 2_000.0
    }

    #[test]
    fn days_are_met_again_as_often_as_rows_have_those_of_others() {
        // One in three has the day of another, so that somewhat more than half share theirs.
        assert!((0.45..0.62).contains(&met(3)), "{}", met(3));
        assert!(met(10_000) < 0.06, "{} by chance", met(10_000));
    }

    #[test]
    fn no_days_are_none_met() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let (own, new) = (date(1980, 1, 1), date(1980, 1, 9));
        assert_eq!(Again::of(&[]).met(own, new, &mut entropy), new);
        assert_eq!(
            Again { days: vec![own], moved: 1.0 }.met(own, new, &mut entropy),
            new,
            "the row's own is not copied"
        );
    }
}
