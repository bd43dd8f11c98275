//! Sites: where in the table's order a new row can stand, and which running
//! number it has there. A table that counts 1, 2, 3 leaves no place but behind
//! its last row; one with gaps, or in no order, leaves places everywhere.

use rand::RngExt;

use super::column::Way;
use super::profile::{Anchor, Order, Profile, rank_correlation};
use super::{Role, Row};
use crate::model::Entropy;

/// Draws before giving up on finding something that fits.
const TRIES: usize = 60;
/// In a table whose running number has no gap, new rows go among so many times
/// their own count of last rows.
const SPREAD: usize = 6;
/// Share of the free numbers in gaps that a batch takes at most.
const FILLED: f64 = 0.75;
/// Neighbours in this share of the rows make a column run along the order.
const ALONG: f64 = 0.97;

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

/// A place for one row.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The rows around it; none in a table without rows.
    pub anchor: Option<&'a Anchor>,
    pub spot: Spot,
    /// Its running number, where the table's order gives one.
    pub key: Option<i64>,
    /// It stands behind the table's greatest number, since no gap was left.
    pub behind: bool,
}

/// The places of one table.
#[derive(Debug)]
pub struct Sites<'a> {
    profile: &'a Profile,
    /// A drawn column whose texts run along the running number.
    pub along: Option<usize>,
    /// Rows with the same value here follow each other and are not parted.
    united: Option<usize>,
    /// The gaps that rows may go into.
    gaps: &'a [Anchor],
    /// The small letters of that column's texts at the gaps.
    gap_texts: Vec<String>,
    /// The running numbers between which each gap lies.
    gap_keys: Vec<Option<(i64, i64)>>,
    /// The numbers that are free in all gaps.
    room: u64,
}

impl<'a> Sites<'a> {
    /// `united` is a column whose equal values follow each other.
    pub fn new(profile: &'a Profile, united: Option<usize>) -> Self {
        let along = match profile.order {
            Order::Running { column, .. } => {
                (0..profile.roles.len()).find(|c| *c != column && is_drawn(profile, *c) && runs_along(profile, *c))
            }
            _ => None,
        };
        let text = |a: &Anchor, c: usize| a.row[c].as_deref().unwrap_or_default().to_lowercase();
        let gap_texts = along.map(|c| profile.gaps.iter().map(|a| text(a, c)).collect()).unwrap_or_default();
        let gap_keys = match profile.order {
            Order::Running { column, .. } => profile.gaps.iter().map(|a| keys(profile, a, column)).collect(),
            _ => Vec::new(),
        };
        let room = room(&gap_keys);
        Self { profile, along, united, gaps: &profile.gaps, gap_texts, gap_keys, room }
    }

    /// From now on rows go among the newest ones, which are that share of the table,
    /// where a running number tells which these are.
    pub fn only_newest(&mut self, share: f64) {
        let Order::Running { way, .. } = self.profile.order else { return };
        let newest = (self.profile.rows as f64 * share.clamp(0.0, 1.0)).ceil() as u64;
        let gaps = &self.profile.gaps;
        let range = match way {
            Way::Up => gaps.partition_point(|a| a.after < self.profile.rows.saturating_sub(newest))..gaps.len(),
            Way::Down => 0..gaps.partition_point(|a| a.after < newest),
        };
        self.gap_texts = self.gap_texts.get(range.clone()).unwrap_or_default().to_vec();
        self.gap_keys = self.gap_keys.get(range.clone()).unwrap_or_default().to_vec();
        self.gaps = &gaps[range];
        self.room = room(&self.gap_keys);
    }

    /// A place for a row; `text` is what the column that runs along will hold.
    pub fn draw(&self, count: usize, text: Option<&str>, entropy: &mut dyn Entropy) -> Site<'a> {
        match self.profile.order {
            Order::Running { column, way } => self.numbered(count, column, way, text, entropy),
            order => self.anywhere(order, entropy),
        }
    }

    fn anywhere(&self, order: Order, entropy: &mut dyn Entropy) -> Site<'a> {
        let parts = |a: &&Anchor| {
            self.united.is_some_and(|c| a.next.as_ref().is_some_and(|next| next[c].is_some() && next[c] == a.row[c]))
        };
        let mut any = || random(&self.profile.donors, entropy);
        let anchor = (0..TRIES).find_map(|_| any().filter(|a| !parts(a))).or_else(&mut any);
        let after = anchor.map_or(0, |a| a.after);
        let spot = match order {
            Order::Sorted { column, way } if is_drawn(self.profile, column) => {
                Spot::Sorted { column, way, otherwise: after }
            }
            _ => Spot::After(after),
        };
        Site { anchor, spot, key: None, behind: false }
    }

    fn numbered(
        &self,
        count: usize,
        column: usize,
        way: Way,
        text: Option<&str>,
        entropy: &mut dyn Entropy,
    ) -> Site<'a> {
        let gaps = self.gaps;
        let beside = self.along.and(text).and_then(|text| self.beside(text));
        // A few dozen gaps for a whole batch would be used up: the end takes the rest.
        let suffice = (self.room as f64 * FILLED / count.max(1) as f64).min(1.0);
        let index = match beside {
            Some(at) => Some(at.saturating_sub(entropy.random_range(0..2))),
            None if gaps.is_empty() || !entropy.random_bool(suffice) => None,
            None => Some(entropy.random_range(0..gaps.len())),
        };
        let in_gap = index.and_then(|at| Some((&gaps[at], self.key_between(at, entropy)?)));
        let (anchor, key, behind) = match in_gap {
            Some((anchor, key)) => (Some(anchor), Some(key), false),
            None => self.end(count, column, way, entropy),
        };
        Site { spot: Spot::After(anchor.map_or(0, |a| a.after)), anchor, key, behind }
    }

    /// The gap nearest to where a text belongs; the gaps lie in the table's order.
    /// What lies before or behind all of them belongs nowhere: a pool's numbers may
    /// do so, and would stand in one block.
    fn beside(&self, text: &str) -> Option<usize> {
        let (text, all) = (text.to_lowercase(), &self.gap_texts);
        let at = all.partition_point(|other| *other <= text);
        (at > 0 && at < all.len()).then(|| at - 1)
    }

    fn key_between(&self, gap: usize, entropy: &mut dyn Entropy) -> Option<i64> {
        let (low, high) = self.gap_keys[gap]?;
        (low + 1 < high).then(|| entropy.random_range(low + 1..high))
    }

    /// No gap is left: the number goes on after the greatest, among the newest rows.
    fn end(
        &self,
        count: usize,
        column: usize,
        way: Way,
        entropy: &mut dyn Entropy,
    ) -> (Option<&'a Anchor>, Option<i64>, bool) {
        let (_, high) = self.profile.columns[column].range().unwrap_or((0, 0));
        let key = high.checked_add(entropy.random_range(1..=(count as i64).max(1)));
        let ends = if way == Way::Up { &self.profile.tail } else { &self.profile.head };
        let near = ends.len().min(count * SPREAD).max(1);
        let nth = |at: usize| if way == Way::Up { ends.get(ends.len().saturating_sub(1 + at)) } else { ends.get(at) };
        let anchor = (0..TRIES).find_map(|_| nth(entropy.random_range(0..near)));
        (anchor.or(ends.last()), key, true)
    }
}

/// How many numbers lie in gaps.
fn room(gaps: &[Option<(i64, i64)>]) -> u64 {
    gaps.iter().flatten().map(|(low, high)| high.abs_diff(*low).saturating_sub(1)).fold(0, u64::saturating_add)
}

fn keys(profile: &Profile, gap: &Anchor, column: usize) -> Option<(i64, i64)> {
    let number = |row: &Row| row[column].as_deref().and_then(|t| profile.columns[column].number_of(t));
    let (a, b) = (number(&gap.row)?, number(gap.next.as_ref()?)?);
    Some((a.min(b), a.max(b)))
}

/// Whether a column's value is made for the canary, and not taken from the rows around it.
fn is_drawn(profile: &Profile, column: usize) -> bool {
    use Role::*;
    matches!(
        profile.roles[column],
        Key | Code | FullName | Surname | GivenName | Phone | Email | NationalId | BirthDate | Address | Company
    )
}

fn runs_along(profile: &Profile, column: usize) -> bool {
    let pairs = profile.donors.iter().filter_map(|a| {
        let next = profile.text(a.next.as_ref()?, Some(column))?;
        Some((profile.text(&a.row, Some(column))?, next))
    });
    let (mut met, mut up, mut ties) = (0usize, 0usize, 0usize);
    for (a, b) in pairs {
        met += 1;
        up += usize::from(a.to_lowercase() <= b.to_lowercase());
        ties += usize::from(a == b);
    }
    met >= 20 && ties * 4 < met && up as f64 >= ALONG * met as f64 && ranked(profile, column) > ALONG
}

/// How the ranks of a column's texts go with those of the rows.
fn ranked(profile: &Profile, column: usize) -> f64 {
    let texts = profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column)));
    rank_correlation(&texts.map(str::to_lowercase).collect::<Vec<_>>())
}

/// Any of the kept places.
pub fn random<'a>(anchors: &'a [Anchor], entropy: &mut dyn Entropy) -> Option<&'a Anchor> {
    if anchors.is_empty() { None } else { anchors.get(entropy.random_range(0..anchors.len())) }
}
