//! A gap between two running numbers, read once: what the rows before and behind it say.
//! Which gap a row goes into is the site's.

use std::ops::Range;

use jiff::civil::DateTime;

use crate::identity::profile::{Anchor, Profile};

/// What lies around a place in a column of dates.
pub type Moments = (Option<DateTime>, Option<DateTime>);

/// A gap between two running numbers, read once.
#[derive(Debug)]
pub(super) struct Gap<'a> {
    pub(super) anchor: &'a Anchor,
    /// The small letters of what the column that runs along says before and behind it.
    pub(super) texts: (String, String),
    /// The running numbers between which it lies.
    pub(super) keys: Option<(i64, i64)>,
    /// By the columns whose dates run.
    pub(super) moments: Vec<Moments>,
}

impl<'a> Gap<'a> {
    /// The gap behind a row; with the column of running numbers, the one that runs along and
    /// those of dates that run.
    pub(super) fn behind(
        profile: &Profile,
        anchor: &'a Anchor,
        [key, along]: [Option<usize>; 2],
        running: &[usize],
    ) -> Self {
        Self {
            texts: along.map(|c| texts(anchor, c)).unwrap_or_default(),
            keys: key.and_then(|c| keys(profile, anchor, c)),
            moments: running.iter().map(|c| moments(profile, anchor, *c)).collect(),
            anchor,
        }
    }
}

/// Where texts are in order, each as long as it can be.
pub(super) fn stretches(gaps: &[Gap<'_>]) -> Vec<Range<usize>> {
    let mut at = 0;
    let stretch = |part: &[Gap<'_>]| {
        at += part.len();
        at - part.len()..at
    };
    gaps.chunk_by(|a, b| a.texts.0 <= b.texts.0).map(stretch).collect()
}

/// What a column says before and behind a gap, in small letters; behind the last row what it does.
fn texts(gap: &Anchor, column: usize) -> (String, String) {
    let text = |cell: Option<&str>| cell.unwrap_or_default().to_lowercase();
    let own = gap.row[column].as_deref();
    (text(own), text(if gap.next.is_some() { gap.behind(column) } else { own }))
}

pub(super) fn moments(profile: &Profile, gap: &Anchor, column: usize) -> Moments {
    let read = |cell: Option<&str>| profile.dates[column].as_ref()?.read(cell?);
    (read(gap.row[column].as_deref()), read(gap.behind(column)))
}

/// The running numbers before and behind a place, the lesser first.
pub(super) fn keys(profile: &Profile, gap: &Anchor, column: usize) -> Option<(i64, i64)> {
    let number = |cell: Option<&str>| cell.and_then(|t| profile.columns[column].number_of(t));
    let (a, b) = (number(gap.row[column].as_deref())?, number(gap.behind(column))?);
    Some((a.min(b), a.max(b)))
}
