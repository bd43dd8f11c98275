//! A scale: the amounts of a column in order, so that one which moves stays among its
//! neighbours: between whole years by a year or two, between incomes by some
//! thousands, and never beyond the least and the greatest. How it is rounded and
//! written is `vicinity`'s.

use super::profile::Profile;
use super::{amount, vicinity};

/// Other amounts of the column that one may move past.
const PAST: usize = 3;

/// The different amounts of a column, ascending.
#[derive(Debug, Default)]
pub struct Scale(Vec<f64>);

impl Scale {
    /// Reads the kept rows' amounts; what is no number is none.
    pub fn of(profile: &Profile, column: usize) -> Self {
        let text = |row| profile.text(row, Some(column));
        let mut amounts: Vec<f64> = profile.donors.iter().filter_map(|a| amount::read(text(&a.row)?)).collect();
        amounts.sort_unstable_by(f64::total_cmp);
        amounts.dedup();
        Self(amounts)
    }

    /// How far to either side an amount may move; without bounds where it is no number.
    pub fn around(&self, amount: &str) -> (f64, f64) {
        let Some(amount) = amount::read(amount) else { return vicinity::ANYWHERE };
        let (below, above) = (self.0.partition_point(|n| *n < amount), self.0.partition_point(|n| *n <= amount));
        let at = |n: usize| self.0.get(n).copied().unwrap_or(amount);
        (at(below.saturating_sub(PAST)), at((above + PAST).min(self.0.len()).saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Role, Told};
    use rand::SeedableRng;

    #[test]
    fn an_amount_stays_among_its_neighbours() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["amount".to_owned()]);
        for amount in ["-4", "0.5", "7", "7", "8", "9", "10", "n/a", "2000"] {
            profiler.meet(&[Some(amount)], &mut entropy);
        }
        let profile = profiler.finish(&Told { roles: [(0, Role::Amount)].into(), ..Told::default() });
        let scale = Scale::of(&profile, 0);
        assert_eq!(scale.around("8"), (-4.0, 2000.0));
        assert_eq!(scale.around("2000"), (8.0, 2000.0));
        assert_eq!(scale.around("-4"), (-4.0, 8.0));
        assert_eq!(scale.around("n/a"), vicinity::ANYWHERE);
        assert_eq!(Scale::default().around("8"), (8.0, 8.0));
    }
}
