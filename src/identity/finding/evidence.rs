//! Evidence of values: how much more often columns of a role look like this one
//! than columns do at large. Which looks there are is left to `traits`.

use super::ColumnView;
use super::times::Times;
use super::traits::TRAITS;
use crate::identity::Role;

/// With fewer filled cells nothing can be said about repetition.
const FEW_ROWS: u64 = 20;

/// How a trait is seen.
pub(super) enum Test {
    /// In every value by itself.
    Value(fn(&str) -> bool),
    /// In the column as a whole; `None` where it cannot be told.
    Column(fn(&Seen<'_>) -> Option<bool>),
}

/// Something that can be said of a column's values.
pub(super) struct Trait {
    /// `the values are …`.
    pub say: &'static str,
    pub test: Test,
    /// Share of values from which it is said of the column, 0 to 1.
    pub enough: f64,
    /// Share of values without meaning that pass all the same.
    pub chance: f64,
    /// Share of all columns that have it.
    pub elsewhere: f64,
    /// Share of the columns of a role that have it, where it is another.
    pub among: &'static [(f64, &'static [Role])],
}

/// A column with what is looked at more than once.
pub(super) struct Seen<'a> {
    pub view: &'a ColumnView<'a>,
    pub times: Times,
}

impl<'a> Seen<'a> {
    pub(super) fn new(view: &'a ColumnView<'a>) -> Self {
        let trimmed: Vec<&str> = view.values.iter().map(|v| v.trim()).collect();
        Self { view, times: Times::of(&trimmed) }
    }

    fn enough_rows(&self, answer: bool) -> Option<bool> {
        (self.view.filled >= FEW_ROWS).then_some(answer)
    }

    fn any(&self, answer: bool) -> Option<bool> {
        (!self.view.values.is_empty()).then_some(answer)
    }

    pub(super) fn dated(&self) -> Option<bool> {
        self.any(self.times.are())
    }

    pub(super) fn timed(&self) -> Option<bool> {
        self.times.are().then_some(self.times.has_time)
    }

    pub(super) fn like_births(&self) -> Option<bool> {
        (self.times.are() && self.times.years.len() >= 8).then(|| self.times.like_births())
    }

    pub(super) fn unique(&self) -> Option<bool> {
        self.enough_rows(self.view.unique)
    }

    pub(super) fn single(&self) -> Option<bool> {
        self.any(self.view.never_repeats)
    }

    pub(super) fn running(&self) -> Option<bool> {
        (self.view.filled >= 3).then_some(self.view.running)
    }

    pub(super) fn few(&self) -> Option<bool> {
        let few = self.view.distinct <= 60 && self.view.distinct * 5 <= self.view.filled;
        self.enough_rows(few)
    }

    pub(super) fn handful(&self) -> Option<bool> {
        self.enough_rows(self.view.distinct <= 8)
    }
}

/// How much a trait was seen in a column.
struct Sight {
    /// 0 to 1: whether the column has it.
    has: f64,
    /// Share of the values.
    share: f64,
    /// Share of columns at large that would show it.
    elsewhere: f64,
}

impl Trait {
    fn sight(&self, seen: &Seen<'_>) -> Option<Sight> {
        match self.test {
            Test::Column(test) => {
                let has = f64::from(u8::from(test(seen)?));
                Some(Sight { has, share: 1.0, elsewhere: self.elsewhere })
            }
            Test::Value(test) => self.sight_of_values(seen.view.values, test),
        }
    }

    fn sight_of_values(&self, values: &[&str], test: fn(&str) -> bool) -> Option<Sight> {
        if values.is_empty() {
            return None;
        }
        let share = values.iter().filter(|v| test(v.trim())).count() as f64 / values.len() as f64;
        let beyond = (share - self.chance).max(0.0) / (1.0 - self.chance);
        // From none at half of what is enough to all there.
        let has = ((beyond / self.enough - 0.5) * 2.0).clamp(0.0, 1.0);
        let by_luck = self.chance.powi(i32::try_from(values.len()).unwrap_or(i32::MAX));
        Some(Sight { has, share, elsewhere: self.elsewhere.max(by_luck) })
    }

    fn among(&self, role: Role) -> Option<f64> {
        // The last word counts: groups come before their members.
        self.among.iter().rev().find(|(_, roles)| roles.contains(&role)).map(|(share, _)| *share)
    }
}

impl Sight {
    /// How many times likelier this is for a share of `q` than at large.
    fn ratio(&self, q: f64) -> f64 {
        let likely = |share: f64| share * self.has + (1.0 - share) * (1.0 - self.has);
        likely(q.max(self.elsewhere.min(0.02) * 0.1)) / likely(self.elsewhere)
    }
}

/// What the values say.
pub(super) struct Evidence {
    /// The logarithm of the likelihood ratio of every role.
    pub weights: Vec<(Role, f64)>,
    sights: Vec<(&'static Trait, Sight)>,
}

impl Evidence {
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let sights: Vec<_> = TRAITS.iter().filter_map(|t| t.sight(seen).map(|s| (t, s))).collect();
        let weight = |role| sights.iter().filter_map(|(t, s)| t.among(role).map(|q| s.ratio(q).ln())).sum();
        Self { weights: Role::ALL.map(|role| (role, weight(role))).to_vec(), sights }
    }

    /// The trait that speaks most for a role, in words.
    pub(super) fn best_for(&self, role: Role) -> Option<String> {
        let ratio = |(t, s): &(&Trait, Sight)| t.among(role).map_or(1.0, |q| s.ratio(q));
        let best = self.sights.iter().filter(|(_, s)| s.has > 0.0).max_by(|a, b| ratio(a).total_cmp(&ratio(b)))?;
        let (found, sight) = best;
        let percent = (sight.share * 100.0).floor();
        (ratio(best) >= 1.5).then(|| match found.test {
            Test::Column(_) => format!("the values are {}", found.say),
            Test::Value(_) => format!("{percent} % of the values are {}", found.say),
        })
    }
}
