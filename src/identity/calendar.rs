//! A calendar: the moments of one column over all kept rows, and which of them are
//! no row's own: the day of a great load, a month's first for those of whom only the
//! month is known. On which days they mostly lie is the rhythm's, how dates are written
//! is `dates`'.

mod again;
mod rhythm;

use jiff::civil::{Date, DateTime, Time};
use rand::RngExt;
use rustc_hash::{FxHashMap, FxHashSet};

use self::again::Again;
use self::rhythm::Rhythm;
use super::compose;
use super::profile::Profile;
use crate::model::Entropy;

/// So many rows at one moment are no chance.
const SEVERAL: usize = 3;
/// The share of rows with one day of the month, or on New Year's Day, from which on that
/// stands for a day that is not known: by chance they are 0.033 and 0.003.
const FIRST: f64 = 0.08;
const NEW_YEAR: f64 = 0.02;
/// The share on the last day of a month from which on dates are such.
const MOSTLY: f64 = 0.5;
/// The share of rows at one time of day, to the second, that is no chance.
const HOURS: f64 = 0.05;
/// Rows that tell of such habits at least.
const TELLING: usize = 50;
/// Draws of another day before giving up on one that is as common.
const TRIES: usize = 20;
/// Months, and years, that such a date is off from that of the row it is like.
const MONTHS: i8 = 2;
const YEARS: i16 = 1;

/// The moments of a column.
#[derive(Debug, Default)]
pub struct Calendar {
    /// By row; nothing for columns without a form of dates.
    times: Vec<Option<DateTime>>,
    /// The first of these and the last.
    span: Option<(Date, Date)>,
    /// How many rows have each, where several do.
    busy: FxHashMap<DateTime, usize>,
    /// Times of day at which many rows are: midnight stands for no time that is known.
    hours: FxHashSet<Time>,
    /// The days of the month that stand for days that are not known.
    favoured: Vec<i8>,
    /// New Year's Day stands for whole years.
    has_years: bool,
    /// Most lie on the last day of a month.
    pub ends_months: bool,
    rhythm: Rhythm,
    again: Again,
}

impl Calendar {
    /// Reads the kept rows' dates.
    pub fn of(profile: &Profile, column: usize) -> Self {
        let Some(form) = &profile.dates[column] else { return Self::default() };
        let read = |cell: Option<&str>| form.read(cell?);
        Self::from(profile.donors.iter().map(|a| read(profile.text(&a.row, Some(column)))).collect())
    }

    fn from(times: Vec<Option<DateTime>>) -> Self {
        let dates: Vec<Date> = times.iter().flatten().map(|at| at.date()).collect();
        let share = |is: &dyn Fn(&&Date) -> bool| dates.iter().filter(is).count() as f64 / dates.len() as f64;
        let tells = dates.len() >= TELLING;
        Self {
            span: dates.iter().min().copied().zip(dates.iter().max().copied()),
            favoured: (1..=28).filter(|day| tells && share(&|date| date.day() == *day) > FIRST).collect(),
            has_years: tells && share(&|date| is_new_year(**date)) > NEW_YEAR,
            ends_months: tells && share(&|date| **date == date.last_of_month()) > MOSTLY,
            busy: busy(&times),
            hours: hours(&times),
            rhythm: Rhythm::of(&dates),
            again: Again::of(&dates),
            times,
        }
    }

    /// The moment that a row tells.
    pub fn at(&self, row: u32) -> Option<DateTime> {
        *self.times.get(row as usize)?
    }

    /// The year of the last one.
    pub fn last_year(&self) -> Option<i16> {
        self.span.map(|(_, last)| last.year())
    }

    /// The share of rows that have a moment, 0 to 1; 0 where it is one of a few at most.
    pub fn share_at(&self, at: DateTime) -> f64 {
        self.busy.get(&at).map_or(0.0, |rows| *rows as f64 / self.times.len() as f64)
    }

    /// Whether a moment is at a time of day at which many rows are.
    pub fn is_common_hour(&self, at: DateTime) -> bool {
        self.hours.contains(&at.time())
    }

    /// A birth date some days off from that of a row, within what the column has: the oldest
    /// has no elder. What stands for a month or a year is another month or year.
    pub fn birthday_near(&self, born: Date, entropy: &mut impl Entropy) -> Date {
        let moved = match () {
            () if self.has_years && is_new_year(born) => years_off(born, entropy.random_range(-YEARS..=YEARS)),
            () if self.favoured.contains(&born.day()) => months_off(born, entropy.random_range(-MONTHS..=MONTHS)),
            () => self.again.met(born, compose::birthday_near(born, entropy), entropy),
        };
        match self.span {
            Some((first, last)) if moved < first || moved > last => {
                born.checked_add(born - moved).unwrap_or(born).clamp(first, last)
            }
            _ => moved,
        }
    }

    /// The first of some moments that is on a day as common as that of one of the column's, else
    /// the last; the column's own if there is none.
    pub fn as_common<E: Entropy>(
        &self,
        own: DateTime,
        entropy: &mut E,
        mut draw: impl FnMut(&mut E) -> DateTime,
    ) -> DateTime {
        let mut moved = own;
        for _ in 0..TRIES {
            moved = draw(entropy);
            if self.rhythm.lets(own.date(), moved.date(), entropy) {
                break;
            }
        }
        moved
    }

    /// Whether the column has hardly any dates on such a weekday, or in such a month.
    pub fn is_rare(&self, at: DateTime) -> bool {
        self.rhythm.is_rare(at.date())
    }

    /// A moment that lies no later and no earlier than the column's own do.
    pub fn within(&self, at: DateTime) -> DateTime {
        self.span.map_or(at, |(first, last)| at.date().clamp(first, last).to_datetime(at.time()))
    }
}

fn is_new_year(date: Date) -> bool {
    (date.month(), date.day()) == (1, 1)
}

fn years_off(date: Date, years: i16) -> Date {
    date.with().year(date.year() + years).build().unwrap_or(date)
}

/// Days up to the 28th are in every month.
fn months_off(date: Date, months: i8) -> Date {
    let month = i32::from(date.year()) * 12 + i32::from(date.month() - 1) + i32::from(months);
    let (year, month) = (month.div_euclid(12) as i16, month.rem_euclid(12) as i8 + 1);
    Date::new(year, month, date.day()).unwrap_or(date)
}

fn busy(times: &[Option<DateTime>]) -> FxHashMap<DateTime, usize> {
    let mut counts: FxHashMap<DateTime, usize> = FxHashMap::default();
    times.iter().flatten().for_each(|at| *counts.entry(*at).or_default() += 1);
    counts.retain(|_, count| *count >= SEVERAL);
    counts
}

fn hours(times: &[Option<DateTime>]) -> FxHashSet<Time> {
    let mut counts: FxHashMap<Time, usize> = FxHashMap::default();
    times.iter().flatten().for_each(|at| *counts.entry(at.time()).or_default() += 1);
    let many = (HOURS * times.len() as f64).max(SEVERAL as f64);
    counts.into_iter().filter(|(_, count)| *count as f64 >= many).map(|(hour, _)| hour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rand::SeedableRng;

    /// Births on all days, and so many of a hundred on a month's first, or on New Year's Day.
    fn births(firsts: usize, years: usize) -> Calendar {
        let born = |n: usize| match n % 100 {
            m if m < years => date(1950 + (n % 40) as i16, 1, 1),
            m if m < years + firsts => date(1950 + (n % 40) as i16, 1 + (n * 7 % 12) as i8, 1),
            _ => date(1950 + (n % 40) as i16, 1 + (n * 5 % 12) as i8, 2 + (n * 11 % 27) as i8),
        };
        Calendar::from((0..1_000).map(|n| Some(born(n).at(0, 0, 0, 0))).collect())
    }

    #[test]
    fn days_that_stand_for_a_month_or_year_stay_such() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut near = |calendar: &Calendar, born| -> Vec<Date> {
            (0..200).map(|_| calendar.birthday_near(born, &mut entropy)).collect()
        };
        let (first, new_year) = (date(1970, 12, 1), date(1970, 1, 1));
        let moved = near(&births(20, 0), first);
        assert!(moved.iter().all(|born| born.day() == 1));
        assert!(moved.iter().any(|born| born.year() == 1971), "{moved:?}");
        assert!(near(&births(20, 10), new_year).iter().all(|born| is_new_year(*born)));
        let by_chance = |born: &Date| born.day() == 1;
        assert!(near(&births(3, 0), first).iter().filter(|born| by_chance(born)).count() < 40);
    }

    #[test]
    fn the_oldest_has_no_elder() {
        let calendar = births(0, 0);
        let (first, last) = calendar.span.expect("dates");
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(2);
        for born in [first, last] {
            assert!((0..100).all(|_| (first..=last).contains(&calendar.birthday_near(born, &mut entropy))));
        }
        assert_eq!(Calendar::default().at(3), None);
    }

    #[test]
    fn a_time_of_day_that_many_rows_are_at_is_common() {
        let at = |n: i8| date(2020, 1 + n % 12, 1 + n % 28).at(n % 24, n % 60, n % 59, 0);
        let times = (0..100).map(|n| Some(if n % 10 == 0 { at(n).date().at(0, 0, 0, 0) } else { at(n) }));
        let calendar = Calendar::from(times.collect());
        assert!(calendar.is_common_hour(date(2021, 5, 5).at(0, 0, 0, 0)) && !calendar.is_common_hour(at(13)));
    }
}
