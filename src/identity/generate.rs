//! Generation: rows for one table, drawn piece by piece under the table's own
//! links, with contact values from the pool alone. More are drawn than needed;
//! which of them are planted is chosen by `choose`.

mod order;
mod times;

use jiff::civil::DateTime;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rustc_hash::FxHashSet;

use self::order::order;
use self::times::{earlier, since_when};
use super::block::Block;
use super::byname::Bynames;
use super::codes::Codes;
use super::derived::{self, Derived};
use super::draft::Draft;
use super::drawn::{Claim, Drawn, claim, claim_to};
use super::echo::{self, Echo};
use super::entity::Entities;
use super::excerpt::{self, Excerpt};
use super::gazetteer::Gazetteer;
use super::kept::Kept;
use super::links::Links;
use super::mailbox::Habits;
use super::phonebook::Phonebook;
use super::profile::{Order, Profile};
use super::shadow::Shadows;
use super::shelf::Shelf;
use super::site::Sites;
use super::views::Views;
use super::{Cell, Dice, Role, Row, household};
use crate::model::{ContactPoint, Entropy, Offer};

/// Rows drawn again when one has what another has.
const RETRIES: usize = 12;
/// Draws of a code that are in vain after one pass that brings next to nothing.
const FARTHER: usize = 4;
/// Rows drawn for one that is as new as it should be.
const OLD: usize = 200;

/// Draws rows for one table.
pub struct Generator<'a> {
    pub(super) profile: &'a Profile,
    pub(super) views: Views,
    pub(super) links: Links,
    pub(super) block: Block,
    pub(super) habits: Habits,
    pub(super) shelf: Shelf,
    pub(super) sites: Sites<'a>,
    pub(super) phones: Phonebook,
    pub(super) kept: Kept<'a>,
    pub(super) offer: &'a Offer,
    pub(super) echoes: Vec<Echo>,
    pub(super) excerpts: Vec<Excerpt>,
    pub(super) derived: Vec<Derived>,
    pub(super) bynames: Option<Bynames>,
    /// By column.
    pub(super) codes: Vec<Codes>,
    pub(super) shadows: Shadows,
    pub(super) entities: Option<Entities>,
    pub(super) gazetteer: Option<Gazetteer>,
    /// Columns of dates that never lie before another column's, and which.
    pub(super) after: Vec<Option<usize>>,
    /// Keys, names and numbers that other rows have, and what of the offer they have.
    pub(super) spent: FxHashSet<Claim>,
    given: FxHashSet<String>,
    /// Draws of a code that what was drawn before has shown to be in vain.
    pub(super) in_vain: usize,
    /// While set, contact points are stand-ins that are nobody's and never leave
    /// this process: a pool is small, and a critic that has met each of its numbers
    /// many times would know canaries by them alone.
    pub(super) rehearsal: Option<u32>,
    /// New rows came to be at this moment or later, by that column of dates.
    recent: Option<(usize, DateTime)>,
}

impl<'a> Generator<'a> {
    /// Learns what the table's rows are like.
    pub fn new(profile: &'a Profile, offer: &'a Offer) -> Self {
        let views = Views::of(profile);
        let entities = Entities::find(profile);
        let habits = Habits::of(profile);
        let shelf = Shelf::new(profile, &habits, offer);
        let phones = Phonebook::new(profile, &offer.phones);
        let kept = Kept::of(profile, &views, &phones, offer);
        let firsts = household::first_ones(profile, &views);
        let of_household = |c: usize| Some(&firsts[..]).filter(|_| profile.roles[c] == Role::Address);
        let telling = |c: usize| entities.as_ref().and_then(|e| e.telling(c)).or_else(|| of_household(c));
        let alike = kept.alike();
        let is_shared = |c: usize| entities.as_ref().is_some_and(|e| e.columns.contains(&c));
        let order = order(profile, &views, phones.have_areas().then_some(&is_shared));
        let links = Links::learn(&views, order, &alike, &telling);
        let gazetteer = Gazetteer::of(profile, &views);
        let united = entities.as_ref().filter(|e| e.together).map(|e| e.key);
        let columns = 0..profile.roles.len();
        let codes: Vec<Codes> = columns.map(|c| Codes::of(profile, c)).collect();
        let shadows = Shadows::of(profile, &views, &codes, &offer.secret);
        Self {
            profile,
            block: Block::of(profile, &views, &links, &alike),
            views,
            links,
            habits,
            shelf,
            sites: Sites::new(profile, united),
            echoes: echo::find(profile),
            excerpts: excerpt::find(profile),
            derived: derived::find(profile),
            bynames: Bynames::find(profile),
            codes,
            shadows,
            entities,
            gazetteer,
            phones,
            kept,
            offer,
            after: (0..profile.roles.len()).map(|c| earlier(profile, c)).collect(),
            spent: FxHashSet::default(),
            given: FxHashSet::default(),
            in_vain: 0,
            rehearsal: None,
            recent: None,
        }
    }

    /// As it was before anything was drawn from it: nothing of the offer is spent, and
    /// rows are like any of the table's.
    pub fn anew(self) -> Self {
        let united = self.entities.as_ref().filter(|e| e.together).map(|e| e.key);
        Self {
            shelf: Shelf::new(self.profile, &self.habits, self.offer),
            phones: Phonebook::new(self.profile, &self.offer.phones),
            sites: Sites::new(self.profile, united),
            spent: FxHashSet::default(),
            given: FxHashSet::default(),
            in_vain: 0,
            rehearsal: None,
            recent: None,
            ..self
        }
    }

    /// From now on rows are drawn as the newest ones of the table, which are that
    /// share of it.
    pub fn only_newest(&mut self, share: f64) {
        self.sites.only_newest(share);
        self.recent = since_when(self.profile, share);
    }

    /// Draws one row. `count` is how many will be planted in all.
    pub fn draw(&mut self, count: usize, entropy: &mut dyn Entropy) -> Drawn {
        let mut drawn = self.draw_any(count, entropy);
        for _ in 0..OLD {
            if self.is_recent(&drawn.row) {
                break;
            }
            drawn = self.draw_any(count, entropy);
        }
        drawn
    }

    fn is_recent(&self, row: &Row) -> bool {
        let Some((column, since)) = self.recent else { return true };
        let at = self.profile.text(row, Some(column)).and_then(|t| self.profile.dates[column].as_ref()?.read(t));
        at.is_some_and(|at| at >= since)
    }

    fn draw_any(&mut self, count: usize, entropy: &mut dyn Entropy) -> Drawn {
        // A row takes hundreds of small draws: they come from a generator of its
        // own, seeded afresh so that no row tells anything of another.
        let entropy = &mut Dice::seed_from_u64(entropy.random());
        let mut made = Draft::new(self, entropy).finish(count, entropy);
        for tried in 0..RETRIES {
            // Somebody who is called like a person of the table might be taken for them.
            let is_new = !made.claims.iter().any(|c| self.spent.contains(c)) && !self.kept.namesakes.bear(&made.names);
            if is_new && (made.fits || tried >= RETRIES / 2) {
                break;
            }
            made = Draft::new(self, entropy).finish(count, entropy);
        }
        made
    }

    /// Whether persons or companies of the table own several rows.
    pub fn draws_entities(&self) -> bool {
        self.entities.is_some()
    }

    /// Whether a column is the entity's and not a single row's.
    pub(super) fn is_shared(&self, column: usize) -> bool {
        self.entities.as_ref().is_some_and(|e| e.columns.contains(&column))
    }

    /// The rows of one more entity: a single one where the table's have one each,
    /// `most` at most.
    pub(super) fn draw_entity(&mut self, most: usize, count: usize, entropy: &mut dyn Entropy) -> Vec<Drawn> {
        let size = self.entities.as_ref().map_or(1, |e| e.size(entropy)).min(most);
        if size <= 1 {
            return vec![self.draw(count, entropy)];
        }
        let entropy = &mut Dice::seed_from_u64(entropy.random());
        let mut begun = Draft::new(self, entropy).begin(count, entropy);
        for _ in 0..RETRIES {
            if !begun.0.claims.iter().any(|c| self.spent.contains(c)) && !self.kept.namesakes.bear(&begun.0.names) {
                break;
            }
            begun = Draft::new(self, entropy).begin(count, entropy);
        }
        let (drawn, first) = begun;
        let mut rows = vec![drawn];
        rows.extend((1..size).map(|_| Draft::further(self, &first, entropy).finish(count, entropy)));
        rows
    }

    /// The columns' roles.
    pub fn roles(&self) -> &[Role] {
        &self.profile.roles
    }

    /// Rows of the table, at most so many.
    pub fn sample(&self, count: usize, entropy: &mut dyn Entropy) -> Vec<Row> {
        let mut rows: Vec<&Row> = self.profile.donors.iter().map(|a| &a.row).collect();
        rows.shuffle(entropy);
        rows.into_iter().take(count).cloned().collect()
    }

    /// Rows as a batch from a pool of the same kind would have them, to learn from
    /// and to audit, never to plant.
    pub(super) fn rehearse(&mut self, rows: usize, count: usize, entropy: &mut dyn Entropy) -> Vec<Vec<Drawn>> {
        let mut drawn = Vec::with_capacity(rows);
        let (mut met, mut batch) = (0, usize::MAX);
        while met < rows {
            if batch >= count.max(1) {
                self.rehearsal = Some(entropy.random_range(1..10_000));
                batch = 0;
            }
            let entity = self.draw_entity(rows - met, count, entropy);
            met += entity.len();
            batch += entity.len();
            drawn.push(entity);
        }
        self.rehearsal = None;
        drawn
    }

    /// A number as far from its own as every other of its batch is from theirs, so
    /// that blocks stay blocks.
    pub(super) fn stand_in(&self, phone: &ContactPoint) -> ContactPoint {
        let Some((shift, (head, tail))) =
            self.rehearsal.zip(phone.value.split_at_checked(phone.value.len().saturating_sub(4)))
        else {
            return phone.clone();
        };
        let Ok(number) = tail.parse::<u32>() else { return phone.clone() };
        ContactPoint { value: format!("{head}{:04}", (number + shift) % 10_000), ..phone.clone() }
    }

    /// The digits of a phone of the table without the code of its own country, or the zero
    /// that is dialled within it.
    pub(super) fn national<'d>(&self, digits: &'d str) -> &'d str {
        self.phones.home.national(digits)
    }

    /// Lets new rows at one place, which stand in the order of their running numbers,
    /// change numbers so that what runs along does not turn there.
    pub fn straighten(&self, rows: &mut [Drawn]) {
        let (Some(along), Order::Running { column, .. }) = (self.sites.along, self.profile.order) else { return };
        let text = |row: &Row| row[along].as_deref().unwrap_or_default().to_lowercase();
        for group in rows.chunk_by_mut(|a, b| a.spot == b.spot) {
            if group.iter().any(|row| row.id.is_some() || !row.relatives.is_empty()) {
                continue;
            }
            let numbers: Vec<Cell> = group.iter().map(|row| row.row[column].clone()).collect();
            group.sort_by_cached_key(|row| text(&row.row));
            group.iter_mut().zip(numbers).for_each(|(row, number)| row.row[column] = number);
        }
    }

    /// Draws new codes farther from those of the table's rows: those close by are taken.
    pub fn look_farther(&mut self) {
        self.in_vain = self.in_vain * 2 + FARTHER;
    }

    /// Takes what rows were given out of the offer.
    pub fn spend(&mut self, rows: &[Drawn]) {
        self.spent.extend(rows.iter().flat_map(|r| &r.claims));
        self.given.extend(rows.iter().flat_map(|r| &r.contact_points).map(|p| p.value.clone()));
        self.phones.retain(|p| !self.given.contains(&p.value));
        self.shelf.retain(|p| !self.given.contains(&p.value));
    }

    /// Gives the offer back what rows have that are not planted. Their codes stay spent: these
    /// are what a row of the table has.
    pub fn give_back(&mut self, rows: &[Drawn]) {
        if rows.is_empty() {
            return;
        }
        for drawn in rows {
            drawn.contact_points.iter().for_each(|p| _ = self.given.remove(&p.value));
            let points = drawn.contact_points.iter().map(claim_to);
            points.chain(drawn.names.iter().map(|name| claim(None, name))).for_each(|c| _ = self.spent.remove(&c));
        }
        self.shelf = Shelf::new(self.profile, &self.habits, self.offer);
        self.phones = Phonebook::new(self.profile, &self.offer.phones);
        self.spend(&[]);
    }
}

#[cfg(test)]
mod tests;
