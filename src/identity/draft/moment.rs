//! The moments of a draft: dates and times between the neighbours where the
//! table runs by them, else near another row's, and behind the column that they
//! hardly ever lie before.

use jiff::Unit;
use jiff::civil::DateTime;

use super::Draft;
use crate::identity::{Cell, Dice, Row, compose};

/// Days that a moment is off from that of the row it is like.
const DAYS: i32 = 3;

/// From this share of rows at one moment on it is no row's own, as that of a great load.
const LOADED: f64 = 0.05;

impl Draft<'_, '_> {
    pub(super) fn time_cell(&self, column: usize, so_far: &Row, entropy: &mut Dice) -> Cell {
        let row = self.like(column);
        let (Some(form), Some(own)) = (&self.from.profile.dates[column], self.from.kept.calendars[column].at(row))
        else {
            return Some(self.like_text(column).to_owned());
        };
        let at = self.behind(column, so_far);
        let has_time = form.has_time() && !self.from.kept.calendars[column].is_common_hour(own);
        let at = at.unwrap_or_else(|| self.moment(column, own, has_time, entropy));
        Some(form.write(self.from.kept.calendars[column].within(at)))
    }

    /// As far behind the column that it never lies before as in the row it is like, in years,
    /// months and days: a licence ends on the day of the year on which it was given. What a
    /// great load set is the same for all.
    fn behind(&self, column: usize, so_far: &Row) -> Option<DateTime> {
        let other = self.from.after[column].filter(|c| *c < column)?;
        let first = self.from.profile.dates[other].as_ref()?.read(so_far.get(other)?.as_deref()?)?;
        let row = self.like(column);
        let calendars = &self.from.kept.calendars;
        let (theirs, own) = calendars[other].at(row).zip(calendars[column].at(row))?;
        if own >= first && calendars[column].share_at(own) > LOADED {
            return Some(own);
        }
        Some(first.checked_add(theirs.until((Unit::Year, own)).ok()?).unwrap_or(first))
    }

    fn moment(&self, column: usize, own: DateTime, has_time: bool, entropy: &mut Dice) -> DateTime {
        let profile = self.from.profile;
        if !profile.goes(column) {
            return self.near(column, own, has_time, entropy);
        }
        let around = self.site.as_ref().and_then(|site| self.from.sites.moments(site, column));
        match around {
            Some((Some(a), Some(b))) => compose::moment_between(a, b, (own, has_time), entropy),
            Some((Some(a), None)) if profile.runs(column) => compose::moment_near(a, 0, has_time, entropy).max(a),
            _ => self.near(column, own, has_time, entropy),
        }
    }

    /// Some days off, but for a day on which much happened.
    fn near(&self, column: usize, at: DateTime, has_time: bool, entropy: &mut Dice) -> DateTime {
        let is_busy = self.from.kept.calendars[column].share_at(at) > 0.0;
        if is_busy { at } else { compose::moment_near(at, DAYS, has_time, entropy) }
    }
}
