//! Drawing: rows are drawn until there are so many that are nobody's, held against every
//! row of the table, against what the other sources' copies have, and against what the table
//! takes. Which of a pass are chosen is `identity`'s.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::super::progress::Progress;
use super::Seed;
use super::batch::Entropy;
use super::kin::Kin;
use super::spread::put_off;
use crate::client::Client;
use crate::identity::codes::is_coded;
use crate::identity::strangers::{self, Settled};
use crate::identity::{Chooser, Drawn, Generator, Profile, Role, Row, Strangers};
use crate::model::contact_point::Kind;
use crate::model::{Field, Time};
use crate::seed::Table;

/// Passes that bring next to nothing, after which it is seen that there is no more:
/// what is drawn again may have again what a row of the table has.
const PASSES: usize = 6;

/// Of so many that are wanted one more is drawn.
const SPARE: usize = 8;

/// Drawing: rows that are like the table's and share nothing with any of them.
pub(super) struct Drawing<'a> {
    seed: &'a Seed,
    client: &'a Client,
    profile: &'a Profile,
    chooser: &'a Chooser,
    pub(super) from: Generator<'a>,
    /// What rows in related tables are made of.
    relatives: Option<(&'a Kin, Vec<Generator<'a>>)>,
    /// Why the table did not take some.
    refused: Vec<String>,
    /// Rows with a number that a canary in another source's copy has too.
    doubles: Vec<Drawn>,
    /// How many were dropped for what a row of the table has in a column.
    shared: BTreeMap<usize, usize>,
    /// Whether contact points were given back to the pool since a pass began.
    came_back: bool,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(
        seed: &'a Seed,
        client: &'a Client,
        profile: &'a Profile,
        chooser: &'a Chooser,
        from: Generator<'a>,
        relatives: Option<(&'a Kin, Vec<Generator<'a>>)>,
    ) -> Self {
        let (refused, doubles, shared) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { seed, client, profile, chooser, from, relatives, refused, doubles, shared, came_back: false }
    }

    /// Draws until there are so many rows, or next to no more are found.
    pub(super) async fn fill(
        &mut self,
        rows: &mut Vec<Drawn>,
        count: usize,
        table: &mut dyn Table,
        entropy: &mut Entropy,
    ) -> Result<()> {
        let mut idle = 0;
        let most = self.most_mute(count);
        let mut aside = Vec::new();
        while rows.len() < count && idle < PASSES {
            let missing = count - rows.len();
            // To look through the table once more costs most; an entity is not parted.
            let spare = if self.from.draws_entities() { 0 } else { missing.div_ceil(SPARE) };
            let drawn = self.chooser.choose(&mut self.from, missing + spare, entropy);
            if drawn.is_empty() {
                break;
            }
            self.from.spend(&drawn);
            let taken = self.pass(drawn, table, entropy).await?;
            if taken.len() * 2 < missing {
                idle += 1;
                self.from.look_farther();
            }
            rows.extend(taken);
            // Whom nothing was left for makes way for others, who get what came back.
            if std::mem::take(&mut self.came_back) {
                aside.extend(mute(rows, most));
            }
        }
        aside.extend(mute(rows, most));
        rows.append(&mut aside);
        rows.truncate(count);
        Ok(())
    }

    /// Of so many rows no more may be such that nobody can be contacted than of the table's, nor
    /// than every second.
    fn most_mute(&self, count: usize) -> usize {
        (mute_share(self.profile).min(0.5) * count as f64).ceil() as usize
    }

    /// Those of the rows that are nobody's and that the table takes, with all that
    /// belongs to them.
    async fn pass(&mut self, drawn: Vec<Drawn>, table: &mut dyn Table, entropy: &mut Entropy) -> Result<Vec<Drawn>> {
        let settled = unknown(table, self.profile, drawn).await?;
        self.give_back(settled.taken);
        let mut strange = free(self.client, settled.free).await?;
        if !table.in_place() {
            let (apart, doubles) = self.apart(strange).await?;
            strange = apart;
            self.doubles.extend(doubles);
        }
        if let Some(days) = self.seed.spread {
            strange.iter_mut().for_each(|d| put_off(d, self.profile, days, Time::now(), entropy));
        }
        if let Some((kin, generators)) = &mut self.relatives {
            strange = kin.relate(strange, generators, self.profile, table, entropy).await?;
        }
        let tried = table.try_out(strange, &mut |_, _| {}).await?;
        self.refused.extend(tried.refused);
        Ok(tried.taken)
    }

    /// Gives back to the pool what those were drawn with that are dropped for something else,
    /// such as a code that a row of the table has.
    fn give_back(&mut self, taken: Vec<(Drawn, Vec<usize>)>) {
        let roles = &self.profile.roles;
        for column in taken.iter().flat_map(|(_, columns)| columns) {
            *self.shared.entry(*column).or_default() += 1;
        }
        let is_contact = |(_, columns): &(Drawn, Vec<usize>)| columns.iter().any(|c| roles[*c].is_contact());
        let rows: Vec<Drawn> = taken.into_iter().filter(|t| !is_contact(t)).map(|(drawn, _)| drawn).collect();
        self.came_back |= rows.iter().any(|row| !row.contact_points.is_empty());
        self.from.give_back(&rows);
    }

    /// Those of the rows that have numbers of their own in every source's copy of the
    /// dataset, and the others.
    async fn apart(&self, drawn: Vec<Drawn>) -> Result<(Vec<Drawn>, Vec<Drawn>)> {
        let profile = self.profile;
        let own = |c: &usize| {
            matches!(profile.roles[*c], Role::Key | Role::Code | Role::Card) && profile.columns[*c].never_repeats()
        };
        let keys: Vec<usize> = (0..profile.roles.len()).filter(own).collect();
        if keys.is_empty() {
            return Ok((drawn, Vec::new()));
        }
        // An empty cell is nobody's number, and many copies have the same.
        let said = |row: &Row, c: usize| row[c].clone().filter(|text| !text.trim().is_empty());
        let field = |row: &Row, c: usize| Some(Field { column: profile.columns[c].name.clone(), value: said(row, c)? });
        let rows = drawn.iter().map(|d| keys.iter().filter_map(|c| field(&d.row, *c)).collect()).collect();
        let held = self.client.held_by_others(&self.seed.source, &self.seed.dataset_name()?, rows).await?;
        let (doubles, apart): (Vec<_>, Vec<_>) = drawn.into_iter().zip(held).partition(|(_, held)| *held);
        let rows = |of: Vec<(Drawn, bool)>| of.into_iter().map(|(drawn, _)| drawn).collect();
        Ok((rows(apart), rows(doubles)))
    }

    /// Fills a batch up with rows whose number is another copy's too, and says so.
    pub(super) fn add_doubles(&mut self, rows: &mut Vec<Drawn>, count: usize) -> Option<String> {
        self.doubles.truncate(count - rows.len());
        let doubles = self.doubles.len();
        rows.append(&mut self.doubles);
        (doubles > 0).then(|| {
            format!(
                "{doubles} canaries have a number that a canary in another source's copy has too, since the table has no more that are free: whoever compares the two copies sees two persons under one number"
            )
        })
    }

    /// Refuses a batch that has become smaller than was asked for, and says why it has.
    pub(super) fn as_many(&self, made: usize, count: usize) -> Result<()> {
        if made < count && self.refused.len() * 2 >= count {
            bail!(
                "the table took {made} of {count} rows that were tried out, nothing was planted. What it said of others: {}",
                self.refused.last().map_or("nothing", String::as_str)
            );
        }
        if made < count {
            bail!(
                "only {made} of {count} canaries could be made that share nothing with a row of the table or with each other; {}",
                self.remedy()
            );
        }
        Ok(())
    }

    /// What an operator can do where rows of the table have what canaries were drawn with.
    fn remedy(&self) -> String {
        let most = self.shared.iter().max_by_key(|(_, dropped)| **dropped);
        let code = most.filter(|(column, _)| is_coded(self.profile.roles[**column]));
        code.map_or("lower --count, or add contact points to the pool".to_owned(), |(column, dropped)| {
            let name = &self.profile.columns[*column].name;
            format!("{dropped} were dropped since a row has their {name}; lower --count, or leave the column empty in canaries (--map '{name}=other-contact')")
        })
    }
}

/// Takes those out of whom nobody can be contacted, but for so many.
fn mute(rows: &mut Vec<Drawn>, most: usize) -> Vec<Drawn> {
    let mut left = most;
    let is_over = |row: &mut Drawn| row.contact_points.is_empty() && left.checked_sub(1).map(|n| left = n).is_none();
    rows.extract_if(.., is_over).collect()
}

/// The share of the table's rows that say no way to contact anybody, 0 to 1.
fn mute_share(profile: &Profile) -> f64 {
    let contacts: Vec<usize> = (0..profile.roles.len()).filter(|c| profile.roles[*c].is_contact()).collect();
    let is_mute = |row: &Row| contacts.iter().all(|c| profile.text(row, Some(*c)).is_none());
    profile.donors.iter().filter(|a| is_mute(&a.row)).count() as f64 / profile.donors.len().max(1) as f64
}

/// Those of the rows that have nothing of any row of the table, at their places, and the others.
pub(super) async fn unknown(table: &mut dyn Table, profile: &Profile, drawn: Vec<Drawn>) -> Result<Settled> {
    if drawn.is_empty() {
        return Ok(Settled::default());
    }
    let mut strangers = Strangers::of(profile, &drawn);
    if table.alike(&strangers::sets(profile), &drawn, &mut strangers).await? {
        return Ok(strangers.settle(drawn));
    }
    let mut progress = Progress::new("checking", "B");
    table.scan(&mut strangers, &mut |done, all| progress.at(done, all)).await?;
    Ok(strangers.settle(drawn))
}

/// Those of the rows whose minted mailbox no other source's canary has.
async fn free(client: &Client, drawn: Vec<Drawn>) -> Result<Vec<Drawn>> {
    let mailbox = |d: &Drawn| d.contact_points.iter().find(|p| p.kind == Kind::Mailbox).cloned();
    let (with, without): (Vec<Drawn>, Vec<Drawn>) = drawn.into_iter().partition(|d| mailbox(d).is_some());
    let points: Vec<_> = with.iter().filter_map(mailbox).collect();
    if points.is_empty() {
        return Ok(without);
    }
    let planted = client.planted(&points).await?;
    let free = with.into_iter().zip(planted).filter(|(_, planted)| !planted).map(|(drawn, _)| drawn);
    Ok(without.into_iter().chain(free).collect())
}
