//! The moments of a draft: dates and times between the neighbours where the
//! table runs by them, else near another row's, and behind the column that they
//! always lie behind.

use jiff::civil::DateTime;

use super::Draft;
use crate::identity::{Cell, Dice, Row, compose};

/// Days that a moment is off from that of the row it is like.
const DAYS: i32 = 3;

impl Draft<'_, '_> {
    pub(super) fn time_cell(&self, column: usize, so_far: &Row, entropy: &mut Dice) -> Cell {
        let row = self.like(column);
        let (Some(form), Some(own)) = (&self.from.profile.dates[column], self.from.kept.time(column, row)) else {
            return Some(self.like_text(column).to_owned());
        };
        let at = self.behind(column, own, so_far);
        let at = at.unwrap_or_else(|| self.moment(column, own, form.has_time(), entropy));
        Some(form.write(self.from.kept.within(column, at)))
    }

    /// As far behind the column that it never lies before as in the row it is like.
    fn behind(&self, column: usize, own: DateTime, so_far: &Row) -> Option<DateTime> {
        let other = self.from.after[column].filter(|c| *c < column)?;
        let first = self.from.profile.dates[other].as_ref()?.read(so_far.get(other)?.as_deref()?)?;
        let theirs = self.from.kept.time(other, self.like(column))?;
        Some(first.checked_add(theirs.duration_until(own)).unwrap_or(first))
    }

    fn moment(&self, column: usize, own: DateTime, has_time: bool, entropy: &mut Dice) -> DateTime {
        let profile = self.from.profile;
        if !profile.goes(column) {
            return compose::moment_near(own, DAYS, has_time, entropy);
        }
        match self.site.as_ref().and_then(|site| self.from.sites.moments(site, column)) {
            Some((Some(a), Some(b))) => compose::moment_between(a, b, own, entropy),
            Some((Some(a), None)) if profile.runs(column) => compose::moment_near(a, 0, has_time, entropy).max(a),
            _ => compose::moment_near(own, DAYS, has_time, entropy),
        }
    }
}
