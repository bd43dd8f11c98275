//! Times of a table: since when its newest rows came to be, and which column of dates never
//! lies before which. How a date is drawn is the draft's.

use std::cmp::Reverse;

use jiff::civil::DateTime;

use crate::identity::profile::{Anchor, Order, Profile, is_event};
use crate::identity::{Role, Row};

/// When the newest rows, that share of the table, came to be.
pub(super) fn since_when(profile: &Profile, share: f64) -> Option<(usize, DateTime)> {
    // Where a running number tells the newest rows, dates follow their neighbours'.
    let column = profile.column_of(Role::CreatedAt).filter(|_| !matches!(profile.order, Order::Running { .. }))?;
    let form = profile.dates[column].as_ref()?;
    let read = |a: &Anchor| form.read(profile.text(&a.row, Some(column))?);
    let mut times: Vec<DateTime> = profile.donors.iter().filter_map(read).collect();
    times.sort_unstable();
    let at = ((1.0 - share.clamp(0.0, 1.0)) * times.len() as f64) as usize;
    times.get(at.min(times.len().saturating_sub(2))).map(|since| (column, *since))
}

/// The other column of dates that a column's dates hardly ever lie before: that which most rows
/// have, the closest of these; before all one on whose day of the year they mostly lie.
pub(super) fn earlier(profile: &Profile, column: usize) -> Option<usize> {
    if !is_event(profile.roles[column]) {
        return None;
    }
    let read = |row: &Row, c: usize| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?);
    let others = (0..profile.roles.len()).filter(|c| *c != column && is_event(profile.roles[*c]));
    let behind = others.filter_map(|other| {
        let of = |a: &Anchor| Some((read(&a.row, other)?, read(&a.row, column)?));
        let pairs: Vec<_> = profile.donors.iter().take(1_000).filter_map(of).collect();
        let in_order = pairs.iter().filter(|(a, b)| a <= b).count();
        let equal = pairs.iter().filter(|(a, b)| a == b).count();
        let hours: i64 = pairs.iter().map(|(a, b)| a.duration_until(*b).as_hours()).sum();
        let is_behind = in_order * 100 >= pairs.len() * 97 && (equal * 2 < pairs.len() || other < column);
        let on_the_day = pairs.iter().filter(|(a, b)| (a.month(), a.day()) == (b.month(), b.day())).count();
        let is_regular = on_the_day * 2 > pairs.len();
        (pairs.len() >= 10 && is_behind).then_some((Reverse((is_regular, pairs.len())), hours, other))
    });
    behind.min().map(|(_, _, other)| other)
}
