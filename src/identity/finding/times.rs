//! Times as values: the dates of a column in whatever form it writes them, months
//! and Unix times among them.

use jiff::civil::DateTime;

use crate::identity::dates::DateForm;

/// Values that a column's form is looked for in; a form that holds for these holds for all.
const ENOUGH: usize = 60;

/// What the values of a column are as times.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// Years of the values; empty where they are no dates.
    pub years: Vec<i16>,
    pub has_time: bool,
    pub days: Vec<DateTime>,
}

impl Times {
    /// The times of values that nearly all are such.
    pub(super) fn of(values: &[&str]) -> Self {
        let some = &values[..values.len().min(ENOUGH)];
        if let Some(form) = DateForm::find(some.iter().copied()).filter(|_| !some.is_empty()) {
            let days: Vec<DateTime> = values.iter().filter_map(|v| form.read(v)).collect();
            return Self { years: days.iter().map(|d| d.year()).collect(), has_time: form.has_time(), days };
        }
        let years: Vec<i16> = some.iter().filter_map(|v| year_of_month(v)).collect();
        let most = !some.is_empty() && years.len() * 100 >= some.len() * 90;
        Self { years: if most { years } else { Vec::new() }, ..Self::default() }
    }

    pub(super) fn are(&self) -> bool {
        !self.years.is_empty()
    }

    /// Whether they are spread as births are: over decades, none of them lately
    /// more frequent than a life allows.
    pub(super) fn like_births(&self) -> bool {
        let (low, high) = (self.years.iter().min().copied(), self.years.iter().max().copied());
        let decades = matches!((low, high), (Some(low), Some(high)) if high - low >= 20 && low >= 1890);
        let early = self.years.iter().filter(|y| **y < 1995).count();
        decades && !self.has_time && early * 3 >= self.years.len()
    }
}

/// The year of a month: 1963年5月, 1963-05, 1963.05.
fn year_of_month(text: &str) -> Option<i16> {
    let (year, month) = text.split_once(['年', '-', '.', '/'])?;
    let month = month.trim_end_matches('月').trim_end_matches(['生', '日']);
    let month: u8 = month.parse().ok()?;
    let year: i16 = year.parse().ok().filter(|y| (1850..2200).contains(y))?;
    (1..=12).contains(&month).then_some(year)
}

/// Seconds or milliseconds since 1970 that fall between 1995 and 2040.
pub(super) fn is_unix_time(text: &str) -> bool {
    let seconds = match text.len() {
        9 | 10 => text.parse::<i64>().ok(),
        13 => text.parse::<i64>().ok().map(|n| n / 1000),
        _ => None,
    };
    seconds.is_some_and(|s| (788_918_400..2_208_988_800).contains(&s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn births_are_spread_and_events_are_not() {
        let births = Times::of(&["1945-12-30", "1964-03-30", "1989-01-02"]);
        assert!(births.are() && births.like_births());
        let events = Times::of(&["2016-03-09 14:37:32", "2016-03-31 12:34:02"]);
        assert!(events.are() && events.has_time && !events.like_births());
        assert_eq!(Times::of(&["1963年5月", "1951年11月"]).years, [1963, 1951]);
        assert!(!Times::of(&["13264476302", "15147235506"]).are());
        assert!(!Times::of(&[]).are());
        assert!(is_unix_time("1457505452") && is_unix_time("1457505452000") && !is_unix_time("13264476302"));
    }
}
