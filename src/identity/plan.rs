//! A plan: which row of the table a canary's row is like, where in the table's
//! order it goes, and which contact points it needs. Filling it is `row`'s.

use rand::RngExt;
use std::collections::HashSet;

use super::column::Way;
use super::persona::random;
use super::profile::{Anchor, Order, Profile};
use super::{Role, Row, is_blank};
use crate::model::Entropy;

/// Draws before giving up on finding something that fits.
const TRIES: usize = 60;
/// In a table whose running number has no gap, new rows go among so many times
/// their own count of last rows.
const SPREAD: usize = 6;

/// How many contact points of each kind a set of rows needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need {
    pub phones: usize,
    pub mailboxes: usize,
    pub urls: usize,
}

/// Where a row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Right after that row of the table, counted from 0.
    After(u64),
    /// Where the text order of a column puts it; or, should that put all of them
    /// into one block, right after that row.
    Sorted { column: usize, way: Way, otherwise: u64 },
}

/// A row that is going to be.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) donor: Row,
    pub(super) anchor: Anchor,
    pub(super) spot: Spot,
    /// Its running number, where the table's order gives one.
    pub(super) key: Option<i64>,
    /// Contact columns that will be filled.
    pub(super) phone: bool,
    pub(super) mail: bool,
    pub(super) url: bool,
}

/// Plans rows for one table.
pub struct Planner<'a> {
    profile: &'a Profile,
    used_keys: HashSet<i64>,
    /// Rows after which one was placed among the newest.
    used_places: HashSet<u64>,
    /// What an operator should know of the places that were found.
    pub warnings: Vec<String>,
}

impl Need {
    /// What a set of plans needs.
    pub fn of(plans: &[Plan]) -> Self {
        let count = |test: fn(&Plan) -> bool| plans.iter().filter(|p| test(p)).count();
        Self { phones: count(|p| p.phone), mailboxes: count(|p| p.mail), urls: count(|p| p.url) }
    }
}

impl<'a> Planner<'a> {
    /// A planner for the table of this profile.
    pub fn new(profile: &'a Profile) -> Self {
        Self { profile, used_keys: HashSet::new(), used_places: HashSet::new(), warnings: Vec::new() }
    }

    /// Plans rows: each like some row of the table, at a place of its order.
    pub fn plan(&mut self, count: usize, entropy: &mut dyn Entropy) -> Vec<Plan> {
        let gaps = self.shuffled_gaps(entropy);
        let mut plans = Vec::with_capacity(count);
        for n in 0..count {
            let donor = self.donor(entropy);
            let (anchor, spot, key) = self.site(n, count, &gaps, entropy);
            let filled = |role| self.profile.text(&donor, self.profile.column_of(role)).is_some();
            let mut plan = Plan {
                phone: filled(Role::Phone),
                mail: filled(Role::Email),
                url: filled(Role::Url),
                donor,
                anchor,
                spot,
                key,
            };
            if !(plan.phone || plan.mail || plan.url) {
                self.force_contact(&mut plan);
            }
            plans.push(plan);
        }
        plans
    }

    /// A row to be like, with a contact point if any row has one.
    fn donor(&self, entropy: &mut dyn Entropy) -> Row {
        let contact: Vec<usize> =
            (0..self.profile.roles.len()).filter(|i| self.profile.roles[*i].is_contact()).collect();
        let mut draw = || random(&self.profile.donors, entropy).map(|a| a.row.clone()).unwrap_or_default();
        let reachable = |row: &Row| contact.iter().any(|c| !is_blank(&row[*c]));
        (0..TRIES).map(|_| draw()).find(reachable).unwrap_or_else(draw)
    }

    fn force_contact(&self, plan: &mut Plan) {
        let has = |role| self.profile.column_of(role).is_some();
        plan.mail = has(Role::Email);
        plan.phone = !plan.mail && has(Role::Phone);
        plan.url = !plan.mail && !plan.phone;
    }

    fn shuffled_gaps(&self, entropy: &mut dyn Entropy) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.profile.gaps.len()).collect();
        for n in (1..order.len()).rev() {
            order.swap(n, entropy.random_range(0..=n));
        }
        order
    }

    /// The place of the n-th of `count` rows, and its running number if the table has one.
    fn site(
        &mut self,
        n: usize,
        count: usize,
        gaps: &[usize],
        entropy: &mut dyn Entropy,
    ) -> (Anchor, Spot, Option<i64>) {
        if let Order::Running { column, way } = self.profile.order {
            let in_gap = gaps
                .get(n)
                .map(|g| &self.profile.gaps[*g])
                .and_then(|a| Some((a.clone(), self.key_between(a, column, entropy)?)));
            let (anchor, key) = match in_gap {
                Some((anchor, key)) => (anchor, Some(key)),
                None => self.end_site(count, column, way, entropy),
            };
            let spot = Spot::After(anchor.after);
            return (anchor, spot, key);
        }
        let anchor =
            random(&self.profile.donors, entropy).cloned().unwrap_or(Anchor { after: 0, row: Vec::new(), next: None });
        let spot = match self.profile.order {
            Order::Sorted { column, way } if self.is_drawn(column) => {
                Spot::Sorted { column, way, otherwise: anchor.after }
            }
            _ => Spot::After(anchor.after),
        };
        (anchor, spot, None)
    }

    /// Whether a column's value is made for the canary, and not taken from the rows around it.
    fn is_drawn(&self, column: usize) -> bool {
        !matches!(self.profile.roles[column], Role::Other | Role::Amount | Role::CreatedAt)
    }

    fn key_between(&mut self, anchor: &Anchor, column: usize, entropy: &mut dyn Entropy) -> Option<i64> {
        let number = |row: &Row| row[column].as_deref().and_then(|t| self.profile.columns[column].number_of(t));
        let (a, b) = (number(&anchor.row)?, number(anchor.next.as_ref()?)?);
        let (low, high) = (a.min(b), a.max(b));
        (0..TRIES).map(|_| entropy.random_range(low + 1..high)).find(|key| self.used_keys.insert(*key))
    }

    /// No gap is left: the number goes on after the greatest, among the newest rows.
    fn end_site(&mut self, count: usize, column: usize, way: Way, entropy: &mut dyn Entropy) -> (Anchor, Option<i64>) {
        if self.warnings.is_empty() {
            self.warnings.push(format!(
                "column {} counts without enough gaps: some canaries are numbered after its last row and stand at the table's end (in a file, among its newest rows), where they are easier to find",
                self.profile.columns[column].name
            ));
        }
        let (_, high) = self.profile.columns[column].range().unwrap_or((0, 0));
        let key = (high + 1..).find(|key| self.used_keys.insert(*key));
        let ends = if way == Way::Up { &self.profile.tail } else { &self.profile.head };
        let near = ends.len().min(count * SPREAD).max(1);
        let nth = |at: usize| if way == Way::Up { ends.get(ends.len().saturating_sub(1 + at)) } else { ends.get(at) };
        let apart = |a: &&Anchor| (a.after.saturating_sub(1)..=a.after + 1).all(|n| !self.used_places.contains(&n));
        let anchor = (0..TRIES)
            .filter_map(|_| nth(entropy.random_range(0..near)))
            .find(apart)
            .or_else(|| nth(entropy.random_range(0..near)));
        self.used_places.extend(anchor.map(|a| a.after));
        (anchor.or(ends.last()).cloned().unwrap_or(Anchor { after: 0, row: Vec::new(), next: None }), key)
    }
}
