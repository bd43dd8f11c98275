//! The moments of a draft: dates and times between the neighbours where the
//! table runs by them, else near another row's, and behind the column that they
//! hardly ever lie before.

use jiff::civil::DateTime;
use jiff::{ToSpan, Unit};

use super::Draft;
use crate::identity::piece::{NONE, Part};
use crate::identity::{Cell, Dice, Row, compose};

/// Days that a moment is off from that of the row it is like.
const DAYS: i32 = 3;

/// From this share of rows at one moment on it is no row's own, as that of a great load.
const LOADED: f64 = 0.05;

impl Draft<'_, '_> {
    /// Takes the dates that go with the table's order as the row has them behind which this one
    /// stands, so that what goes with them does.
    pub(super) fn follow_site(&mut self) {
        let from = self.from;
        let Some(row) = self.site.as_ref().and_then(|site| site.row) else { return };
        for column in &from.sites.running {
            let Some(piece) = self.find(*column, Part::Size).filter(|_| self.filled(*column)) else { continue };
            if self.of_entity(*column).is_none()
                && self.taken[piece] == NONE
                && self.piece(piece).exact[row as usize] != NONE
            {
                self.taken[piece] = row;
            }
        }
    }

    pub(super) fn time_cell(&self, column: usize, so_far: &Row, entropy: &mut Dice) -> Cell {
        let row = self.like(column);
        let (Some(form), Some(own)) = (&self.from.profile.dates[column], self.from.kept.calendars[column].at(row))
        else {
            return Some(self.like_text(column).to_owned());
        };
        let has_time = form.has_time() && !self.from.kept.calendars[column].is_common_hour(own);
        let at = match self.behind(column, so_far, entropy) {
            Some(at) => at,
            None => self.moment(column, own, has_time, entropy),
        };
        Some(form.write(self.from.kept.calendars[column].within(at)))
    }

    /// As far behind the column that it never lies before as in the row it is like, in years,
    /// months and days: a licence ends on the day of the year on which it was given. What a
    /// great load set is the same for all.
    fn behind(&self, column: usize, so_far: &Row, entropy: &mut Dice) -> Option<DateTime> {
        let other = self.from.after[column].filter(|c| *c < column)?;
        let first = self.from.profile.dates[other].as_ref()?.read(so_far.get(other)?.as_deref()?)?;
        let row = self.like(column);
        let calendars = &self.from.kept.calendars;
        let (theirs, own) = calendars[other].at(row).zip(calendars[column].at(row))?;
        if own >= first && calendars[column].share_at(own) > LOADED {
            return Some(own);
        }
        if calendars[column].ends_months && own.date() == own.date().last_of_month() {
            return months_behind(first, theirs, own);
        }
        let apart = theirs.until((Unit::Year, own)).ok()?;
        let at = first.checked_add(apart).unwrap_or(first);
        let by_the_day = apart.get_years() == 0 || is_on_the_day(theirs, own);
        if by_the_day && !calendars[column].is_rare(at) {
            return Some(at);
        }
        let at = [at.year(), at.year() + 1].map(|year| in_year(own, year)).into_iter().find(|at| *at >= first)?;
        Some(calendars[column].as_common(own, entropy, |dice| compose::moment_near(at, DAYS, false, dice)).max(first))
    }

    fn moment(&self, column: usize, own: DateTime, has_time: bool, entropy: &mut Dice) -> DateTime {
        let profile = self.from.profile;
        if !profile.goes(column) {
            return self.near(column, own, has_time, entropy);
        }
        let around = self.site.as_ref().and_then(|site| self.from.sites.moments(site, column));
        match around {
            Some((Some(a), Some(b))) => self.from.kept.calendars[column]
                .as_common(own, entropy, |dice| compose::moment_between(a, b, (own, has_time), dice)),
            Some((Some(a), None)) if profile.runs(column) => compose::moment_near(a, 0, has_time, entropy).max(a),
            _ => self.near(column, own, has_time, entropy),
        }
    }

    /// Some days off, but for a day on which much happened.
    fn near(&self, column: usize, at: DateTime, has_time: bool, entropy: &mut Dice) -> DateTime {
        let calendar = &self.from.kept.calendars[column];
        if calendar.share_at(at) > 0.0 {
            return at;
        }
        calendar.as_common(at, entropy, |dice| compose::moment_near(at, DAYS, has_time, dice))
    }
}

/// Whether two moments lie on one day of the year, or the second on the day before.
fn is_on_the_day(a: DateTime, b: DateTime) -> bool {
    let (a, b) = (a.date(), b.date());
    [Some(b), b.tomorrow().ok()].into_iter().flatten().any(|b| (a.month(), a.day()) == (b.month(), b.day()))
}

/// The end of the month that lies as many months behind a moment as `own` does behind `theirs`.
fn months_behind(first: DateTime, theirs: DateTime, own: DateTime) -> Option<DateTime> {
    let month = |at: DateTime| i32::from(at.year()) * 12 + i32::from(at.month());
    let begin = first.date().first_of_month().checked_add((month(own) - month(theirs)).months()).ok()?;
    Some(begin.last_of_month().to_datetime(own.time()))
}

/// The same day of another year; 28 February for the 29th where there is none.
fn in_year(at: DateTime, year: i16) -> DateTime {
    at.checked_add((year - at.year()).years()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use jiff::civil::{Date, date};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    /// The first and the last days of canaries in a table of such days.
    fn days(mut of_a_row: impl FnMut(&mut ChaCha20Rng) -> (Date, Date)) -> Vec<(Date, Date)> {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "first", "last"].map(str::to_owned));
        for n in 0..400 {
            let (first, last) = of_a_row(&mut entropy);
            let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
            profiler.meet(&[Some(surname), Some(&first.to_string()), Some(&last.to_string())], &mut entropy);
        }
        let roles = [Role::Surname, Role::Date, Role::Date];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        let rows: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
        let day = |cell: &Cell| cell.as_deref().and_then(|text| text.parse().ok()).expect("a date");
        rows.iter().map(|row| (day(&row[1]), day(&row[2]))).collect()
    }

    #[test]
    fn a_licence_ends_on_the_day_of_the_year_on_which_it_was_given() {
        let made = days(|entropy| {
            let mut at = |most: i16| entropy.random_range(0..most);
            let issued = date(1990 + at(25), 1 + at(12) as i8, 1 + at(28) as i8);
            (issued, in_year(issued.at(0, 0, 0, 0), issued.year() + [2, 4, 10][at(3) as usize]).date())
        });
        let same = made.iter().filter(|(a, b)| (a.month(), a.day()) == (b.month(), b.day())).count();
        assert!(same > 180, "{same} of 200");
    }

    #[test]
    fn what_ends_with_a_month_ends_with_that_of_its_beginning() {
        let made = days(|entropy| {
            let mut at = |most: i16| entropy.random_range(0..most);
            let issued = date(1990 + at(25), 1 + at(12) as i8, 1 + at(28) as i8);
            (issued, date(issued.year() + 2 * (1 + at(5)), issued.month(), 1).last_of_month())
        });
        let sound = made.iter().filter(|(a, b)| a.month() == b.month() && *b == b.last_of_month());
        let sound = sound.count();
        assert!(sound > 180, "{sound} of 200");
    }

    #[test]
    fn what_ends_with_a_season_on_a_day_of_work_does() {
        let work = |mut day: Date| {
            while matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday) {
                day = day.tomorrow().expect("a day");
            }
            day
        };
        let made = days(|entropy| {
            let mut at = |most: i16| entropy.random_range(0..most);
            let first = work(date(1950 + at(60), 4 + at(5) as i8, 1 + at(26) as i8));
            (first, work(date(first.year() + at(12), 9, 1 + at(26) as i8)).max(first))
        });
        let is_sound =
            |day: &Date, months| work(*day) == *day && std::ops::RangeInclusive::contains(months, &day.month());
        let sound =
            made.iter().filter(|(first, last)| first <= last && is_sound(first, &(4..=8)) && is_sound(last, &(9..=9)));
        let sound = sound.count();
        assert!(sound > 195, "{sound} of 200");
    }
}
