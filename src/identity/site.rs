//! Sites: where in the table's order a new row can stand, and which running
//! number it has there. A table that counts 1, 2, 3 leaves no place but behind
//! its last row; one with gaps, or in no order, leaves places everywhere.

mod distances;
mod gap;

use std::ops::Range;

use rand::RngExt;
use rand::seq::IteratorRandom;

use self::distances::Distances;
use self::gap::{Gap, Moments, keys, moments, stretches};
use super::Role;
use super::checks::Check;
use super::codes;
use super::column::{Way, is_blank};
use super::profile::{Anchor, Order, Profile};
use crate::model::Entropy;

/// Draws before giving up on finding something that fits.
const TRIES: usize = 60;
/// In a table whose running number has no gap, new rows go among so many times
/// their own count of last rows.
const SPREAD: usize = 6;
/// Of so many numbers one passes a check, and how far from one the next that does is looked for.
const PASSING: u64 = 10;
const NEAR: i64 = 200;
/// Of so many gaps the nearest one to either side is near, and so many at least.
const CLOSE: usize = 40;
const LEAST: usize = 4;
/// Share of the free numbers in gaps that a batch takes at most.
const FILLED: f64 = 0.75;
/// Neighbours in order in this share of the rows make a column run along the table's
/// order, in one stretch or in some: a register of batches, each sorted by name.
const ALONG: f64 = 0.9;

/// Where a row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Before all of them.
    First,
    /// Right after that row of the table, counted from 0.
    After(u64),
    /// Where the text order of a column puts it; or, should that put all of them
    /// into one block, right after that row.
    Sorted { column: usize, way: Way, otherwise: u64 },
}

/// Where a row had best go.
#[derive(Debug, Clone, Copy)]
pub enum Toward<'t> {
    Anywhere,
    /// Where what it has in the column that runs along belongs.
    Text(&'t str),
    /// Near that kept row.
    Row(u32),
}

/// A place for one row.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The rows around it; none in a table without rows.
    pub anchor: Option<&'a Anchor>,
    /// Of the kept rows, that before it, where no running number tells the place.
    pub row: Option<u32>,
    /// The gap that it is in.
    gap: Option<usize>,
    pub spot: Spot,
    /// Its running number, where the table's order gives one.
    pub key: Option<i64>,
    /// It stands behind the table's greatest number, since no gap was left.
    pub behind: bool,
    /// Where a column runs along the order, the row has its text there and breaks no order.
    pub fits: bool,
}

/// The places of one table.
#[derive(Debug)]
pub struct Sites<'a> {
    profile: &'a Profile,
    /// A drawn column whose texts run along the running number, in stretches.
    pub along: Option<usize>,
    /// Rows with the same value here follow each other and are not parted.
    united: Option<usize>,
    /// Columns whose dates run or go with the table's order.
    pub running: Vec<usize>,
    /// The gaps that rows may go into, in the table's order.
    gaps: Vec<Gap<'a>>,
    /// By kept row: the first of the gaps that is not before it.
    behind: Vec<usize>,
    /// Gaps between which the texts that run along are in order.
    stretches: Vec<Range<usize>>,
    /// The numbers that are free in all gaps.
    room: u64,
    /// What running numbers keep to, in a table where few are at any other distance.
    distances: Option<Distances>,
    /// The column of running numbers and the check that all pass, where they do.
    checked: Option<(usize, Check)>,
}

impl<'a> Sites<'a> {
    /// `united` is a column whose equal values follow each other.
    pub fn new(profile: &'a Profile, united: Option<usize>) -> Self {
        let key = match profile.order {
            Order::Running { column, .. } => Some(column),
            _ => None,
        };
        let along = key.and_then(|key| {
            let others = (0..profile.roles.len()).filter(|c| *c != key && is_drawn(profile, *c));
            let shares = others.filter_map(|c| Some((runs_along(profile, c)?, c)));
            shares.max_by(|(a, m), (b, n)| a.total_cmp(b).then(n.cmp(m))).map(|(_, c)| c)
        });
        let running: Vec<usize> = (0..profile.roles.len()).filter(|c| profile.goes(*c)).collect();
        let gap = |anchor| Gap::behind(profile, anchor, [key, along], &running);
        let checked = key.and_then(|c| Some((c, codes::check_of(profile, c)?)));
        let gaps: Vec<Gap<'a>> = profile.gaps.iter().map(gap).collect();
        let apart = |anchor| keys(profile, anchor, key?).map(|(low, high)| high.saturating_sub(low));
        let distances = Distances::of(profile.donors.iter().filter_map(apart).filter(|d| *d > 0));
        let distances = distances.filter(|_| checked.is_none());
        let stretches = stretches(&gaps);
        let behind = behind(profile, &gaps);
        let mut sites = Self { profile, along, united, stretches, room: 0, distances, running, gaps, behind, checked };
        sites.room = sites.free();
        // Where no number between two rows' keeps to them, any other leaves the order as it is.
        if sites.room == 0 && sites.distances.is_some() {
            sites.distances = None;
            sites.room = sites.free();
        }
        sites
    }

    /// How many numbers new rows may have in the gaps.
    fn free(&self) -> u64 {
        let between = |(low, high): (i64, i64)| match &self.distances {
            Some(distances) => distances.between(low, high).count() as u64,
            None => high.abs_diff(low).saturating_sub(1),
        };
        let all = self.gaps.iter().filter_map(|gap| gap.keys).map(between).fold(0, u64::saturating_add);
        all / if self.checked.is_some() { PASSING } else { 1 }
    }

    /// From now on rows go among the newest ones, which are that share of the table,
    /// where a running number tells which these are.
    pub fn only_newest(&mut self, share: f64) {
        let Order::Running { way, .. } = self.profile.order else { return };
        let rows = self.profile.rows;
        let newest = (rows as f64 * share.clamp(0.0, 1.0)).ceil() as u64;
        self.gaps.retain(|gap| match way {
            Way::Up => gap.anchor.after >= rows.saturating_sub(newest),
            Way::Down => gap.anchor.after < newest,
        });
        self.stretches = stretches(&self.gaps);
        self.behind = behind(self.profile, &self.gaps);
        self.room = self.free();
    }

    /// What lies around a place in a column of dates.
    pub fn moments(&self, site: &Site<'_>, column: usize) -> Option<Moments> {
        let known = site.gap.zip(self.running.iter().position(|c| *c == column));
        match known {
            Some((gap, nth)) => Some(self.gaps[gap].moments[nth]),
            None => Some(moments(self.profile, site.anchor?, column)),
        }
    }

    /// A place for a row.
    pub fn draw(&self, count: usize, toward: Toward<'_>, entropy: &mut impl Entropy) -> Site<'a> {
        match self.profile.order {
            Order::Running { column, way } => self.numbered(count, column, way, toward, entropy),
            order => self.anywhere(order, entropy),
        }
    }

    fn anywhere(&self, order: Order, entropy: &mut impl Entropy) -> Site<'a> {
        let parts = |a: &&Anchor| {
            self.united.is_some_and(|c| a.behind(c).is_some_and(|next| a.row[c].as_deref() == Some(next)))
        };
        let donors = &self.profile.donors;
        let mut any = || entropy.random_range(0..donors.len().max(1));
        let row =
            (0..TRIES).map(|_| any()).find(|row| donors.get(*row).is_some_and(|a| !parts(&a))).unwrap_or_else(&mut any);
        let anchor = donors.get(row);
        let after = anchor.map_or(0, |a| a.after);
        let spot = match order {
            Order::Sorted { column, way } if is_drawn(self.profile, column) => {
                Spot::Sorted { column, way, otherwise: after }
            }
            _ => Spot::After(after),
        };
        Site { anchor, row: anchor.map(|_| row as u32), gap: None, spot, key: None, behind: false, fits: true }
    }

    fn numbered(
        &self,
        count: usize,
        column: usize,
        way: Way,
        toward: Toward<'_>,
        entropy: &mut impl Entropy,
    ) -> Site<'a> {
        let gaps = &self.gaps;
        let text = if let Toward::Text(text) = toward { Some(text) } else { None };
        let beside = self.along.and(text).and_then(|text| self.beside(text, entropy));
        // A few dozen gaps for a whole batch would be used up: the end takes the rest.
        let suffice = (self.room as f64 * FILLED / count.max(1) as f64).min(1.0);
        let tries = if gaps.is_empty() || !entropy.random_bool(suffice) { 0 } else { TRIES };
        let fits = match text.filter(|_| self.along.is_some() && !gaps.is_empty()) {
            Some(text) => beside.is_some_and(|at| text.to_lowercase() <= gaps[at].texts.1),
            None => true,
        };
        let within = |at: usize, entropy: &mut _| Some((at, self.key_between(at, entropy)?));
        let in_gap = match beside {
            Some(at) => within(at, entropy),
            // Of a check few numbers pass, so that a narrow gap may have none.
            None => (0..tries).find_map(|tried| within(self.any_gap(toward, tried, entropy), entropy)),
        };
        let gap = in_gap.map(|(at, _)| at);
        let (anchor, key, behind) = match in_gap {
            Some((at, key)) => (Some(gaps[at].anchor), Some(key), false),
            None => self.end(count, column, way, entropy),
        };
        Site { spot: Spot::After(anchor.map_or(0, |a| a.after)), anchor, row: None, gap, key, behind, fits }
    }

    /// Any gap; at the first tries one near the row toward which a new one should go.
    fn any_gap(&self, toward: Toward<'_>, tried: usize, entropy: &mut impl Entropy) -> usize {
        let many = self.gaps.len();
        let Toward::Row(row) = toward else { return entropy.random_range(0..many) };
        let at = self.behind[row as usize];
        let reach = if tried < TRIES / 2 { (many / CLOSE).max(LEAST) } else { many };
        entropy.random_range(at.saturating_sub(reach).min(many - 1)..(at + reach).clamp(1, many))
    }

    /// The gap nearest to where a text belongs, in any of the stretches; the gaps lie
    /// in the table's order. What lies before or behind all of them belongs nowhere: a
    /// pool's numbers may do so, and would stand in one block.
    fn beside(&self, text: &str, entropy: &mut impl Entropy) -> Option<usize> {
        let text = text.to_lowercase();
        let within = |stretch: &Range<usize>| {
            let all = &self.gaps[stretch.clone()];
            let at = all.partition_point(|gap| gap.texts.0 <= text);
            (at > 0 && at < all.len()).then(|| stretch.start + at - 1)
        };
        self.stretches.iter().filter_map(within).choose(entropy)
    }

    fn key_between(&self, gap: usize, entropy: &mut impl Entropy) -> Option<i64> {
        let (low, high) = self.gaps[gap].keys?;
        if let Some(distances) = &self.distances {
            return distances.between(low, high).choose(entropy);
        }
        let drawn = (low + 1 < high).then(|| entropy.random_range(low + 1..high))?;
        self.passing(drawn).find(|key| low < *key && *key < high)
    }

    /// The numbers nearest to one that pass the check of their column, where there is one.
    fn passing(&self, key: i64) -> impl Iterator<Item = i64> {
        let passes = |key: &i64| {
            let written = |column: usize| self.profile.columns[column].write_number(*key);
            self.checked.is_none_or(|(column, check)| codes::passes(&written(column), check))
        };
        (0..NEAR).flat_map(move |n| [key.saturating_add(n), key.saturating_sub(n)]).filter(passes)
    }

    /// No gap is left: the number goes on after the greatest, among the newest rows.
    fn end(
        &self,
        count: usize,
        column: usize,
        way: Way,
        entropy: &mut impl Entropy,
    ) -> (Option<&'a Anchor>, Option<i64>, bool) {
        let (_, high) = self.profile.columns[column].range().unwrap_or((0, 0));
        let most = (count as i64).max(1) * if self.checked.is_some() { PASSING as i64 } else { 1 };
        let key = high.checked_add(entropy.random_range(1..=most));
        let key = key.and_then(|key| self.passing(key).find(|key| *key > high));
        let ends = if way == Way::Up { &self.profile.tail } else { &self.profile.head };
        let near = ends.len().min(count * SPREAD).max(1);
        let nth = |at: usize| if way == Way::Up { ends.get(ends.len().saturating_sub(1 + at)) } else { ends.get(at) };
        let anchor = (0..TRIES).find_map(|_| nth(entropy.random_range(0..near)));
        (anchor.or(ends.last()), key, true)
    }
}

fn behind(profile: &Profile, gaps: &[Gap<'_>]) -> Vec<usize> {
    profile.donors.iter().map(|a| gaps.partition_point(|gap| gap.anchor.after < a.after)).collect()
}

/// Whether a column's value is made for the canary, and not taken from the rows around it.
fn is_drawn(profile: &Profile, column: usize) -> bool {
    use Role::*;
    matches!(
        profile.roles[column],
        Key | Code | FullName | Surname | GivenName | Phone | Email | NationalId | BirthDate | Address | Company
    )
}

/// The share of neighbours that are in order, if the column runs along.
fn runs_along(profile: &Profile, column: usize) -> Option<f64> {
    let pairs = profile.donors.iter().filter_map(|a| {
        let next = a.behind(column).filter(|text| !is_blank(text))?;
        Some((profile.text(&a.row, Some(column))?, next))
    });
    let (mut met, mut up, mut ties) = (0usize, 0usize, 0usize);
    for (a, b) in pairs {
        met += 1;
        up += usize::from(a.to_lowercase() <= b.to_lowercase());
        ties += usize::from(a == b);
    }
    let share = up as f64 / met.max(1) as f64;
    (met >= 20 && ties * 4 < met && share >= ALONG).then_some(share)
}

#[cfg(test)]
mod tests;
