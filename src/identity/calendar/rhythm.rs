//! A rhythm: on which weekdays, on which days of a month and in which months the dates
//! of a column lie, each as a ratio to what chance would have. An office registers
//! nobody on Sundays, a season ends in October. Who moves a date asks here how much
//! rarer the new day is.

use jiff::civil::Date;
use rand::RngExt;

use crate::model::Entropy;

/// Dates that tell of a rhythm at least.
const TELLING: usize = 50;
/// Days that are so much rarer than by chance are none of the column's.
const RARE: f64 = 0.2;
/// Days in four centuries, and how many of these are the 29th, the 30th and the 31st of a month.
const DAYS: f64 = 146_097.0;
const LATE: [f64; 3] = [4_497.0, 4_400.0, 2_800.0];
const MONTHS: f64 = 4_800.0;

/// How common days are: 1 as by chance, 0 never.
#[derive(Debug)]
pub struct Rhythm {
    weekdays: [f64; 7],
    days: [f64; 31],
    months: [f64; 12],
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { weekdays: [1.0; 7], days: [1.0; 31], months: [1.0; 12] }
    }
}

impl Rhythm {
    /// The rhythm of some dates; none of too few.
    pub fn of(dates: &[Date]) -> Self {
        if dates.len() < TELLING {
            return Self::default();
        }
        Self {
            weekdays: ratios(dates, weekday, |_| 1.0 / 7.0),
            days: ratios(dates, day, |day| day.checked_sub(28).map_or(MONTHS, |late| LATE[late]) / DAYS),
            months: ratios(dates, month, |_| 1.0 / 12.0),
        }
    }

    /// How common a day is.
    fn share(&self, date: Date) -> f64 {
        self.weekdays[weekday(date)] * self.days[day(date)] * self.months[month(date)]
    }

    /// Whether hardly any of the column's dates are on such a weekday, or in such a month.
    pub fn is_rare(&self, date: Date) -> bool {
        self.weekdays[weekday(date)] < RARE || self.months[month(date)] < RARE
    }

    /// Whether a date may move to another one: always where that is no rarer, else as often as
    /// its kind is found beside the first one's (Metropolis et al. 1953: so the shares stay).
    pub fn lets(&self, from: Date, to: Date, entropy: &mut impl Entropy) -> bool {
        entropy.random::<f64>() * self.share(from) <= self.share(to)
    }
}

fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

fn day(date: Date) -> usize {
    date.day() as usize - 1
}

fn month(date: Date) -> usize {
    date.month() as usize - 1
}

/// How many dates are of each kind, against what chance would have, 0 to 1.
fn ratios<const N: usize>(dates: &[Date], kind: fn(Date) -> usize, chance: impl Fn(usize) -> f64) -> [f64; N] {
    let mut counts = [0.0; N];
    dates.iter().for_each(|date| counts[kind(*date)] += 1.0 / dates.len() as f64);
    std::array::from_fn(|n| counts[n] / chance(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};
    use rand::SeedableRng;

    #[test]
    fn days_are_as_common_as_the_rows_have_them() {
        let days = || (0..4_000).map(|n| date(2010, 1, 1) + n.days());
        let rhythm = Rhythm::of(&days().collect::<Vec<_>>());
        assert!(days().all(|day| (0.9..1.1).contains(&rhythm.share(day)) && !rhythm.is_rare(day)));
        let office: Vec<Date> = days().filter(|day| weekday(*day) < 5 && day.month() != 8).collect();
        let rhythm = Rhythm::of(&office);
        assert!(days().all(|day| rhythm.is_rare(day) != office.binary_search(&day).is_ok()));
        let (friday, saturday, monday) = (date(2026, 7, 3), date(2026, 7, 4), date(2026, 7, 6));
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let lets = (0..100).filter(|_| rhythm.lets(friday, monday, &mut entropy)).count();
        assert!(lets > 80, "{lets}");
        assert!((0..100).all(|_| !rhythm.lets(friday, saturday, &mut entropy)));
        assert!(!Rhythm::of(&office[..20]).is_rare(saturday), "twenty dates tell nothing");
    }
}
