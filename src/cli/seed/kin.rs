//! Kin: canaries of a database get their rows in related tables. What these tables
//! are like is learned as the first one is, and no value of their rows is used.

use anyhow::Result;

use super::super::progress::Progress;
use super::Seed;
use super::table::usable;
use crate::identity::{
    Cells, Drawn, Families, Generator, Meet, Profile, Profiler, Role, Row, Strangers, Told, strangers,
};
use crate::model::Offer;
use crate::seed::Table;
use crate::seed::db::Database;

/// Rows of the first table whose families are read.
const ASKED: usize = 1_500;

/// What related tables are like.
pub(super) struct Kin {
    /// The second table's first.
    profiles: Vec<Profile>,
    families: Families,
}

type Entropy = rand_chacha::ChaCha20Rng;

impl Seed {
    /// Learns what related tables are like; nothing where there are none.
    pub(super) async fn kin(
        &self,
        table: &mut dyn Table,
        first: &Profile,
        entropy: &mut Entropy,
    ) -> Result<Option<Kin>> {
        let Some(database) = table.database().filter(|d| d.schemas().len() > 1) else { return Ok(None) };
        let mut profiles = Vec::new();
        for n in 1..database.schemas().len() {
            profiles.push(self.related_profile(database, n, entropy).await?);
        }
        let rows: Vec<Row> = {
            use rand::seq::SliceRandom;
            let mut rows: Vec<&Row> = first.donors.iter().map(|a| &a.row).collect();
            rows.shuffle(entropy);
            rows.into_iter().take(ASKED).cloned().collect()
        };
        let real = database.families(&rows).await?;
        let all: Vec<&Profile> = std::iter::once(first).chain(&profiles).collect();
        let families = Families::new(real, database.ties(), database.numbered(), &all);
        Ok(Some(Kin { profiles, families }))
    }

    async fn related_profile(&self, database: &mut Database, n: usize, entropy: &mut Entropy) -> Result<Profile> {
        let (name, columns) = database.tables().swap_remove(n);
        let schema = &database.schemas()[n];
        let comments = schema.filled().into_iter().map(|c| schema.columns[c].comment.clone()).collect();
        let (mut roles, dates) = (database.roles_of(n), database.dates_of(n));
        roles.extend(self.mapped(&name, &columns)?);
        let mut profiler = Profiler::new(&columns);
        let mut progress = Progress::new("reading", "rows");
        let rows = database
            .scan_related(n, &mut |row: &Cells<'_>| profiler.meet(row, entropy), &mut |done, all| {
                progress.at(done, all)
            })
            .await?;
        let mut profile = profiler.finish(&Told { roles, locale: self.locale, comments, dates });
        profile.rows = rows.max(profile.rows);
        if let Some(code) = self.calling_code {
            profile.home = code.to_string();
        }
        usable(&profile, &name, false)?;
        Ok(profile)
    }
}

impl Kin {
    /// Rows that a related table may get with so many canaries.
    fn rows(&self, n: usize, count: usize) -> usize {
        (self.families.mean(n + 1) * count as f64 * 1.5).ceil() as usize + 5
    }

    /// Contact points that so many canaries may need in all tables.
    pub(super) fn needs(&self, count: usize) -> usize {
        let wants = |(n, profile): (usize, &Profile)| if reached(profile) { self.rows(n, count) } else { 0 };
        count + self.profiles.iter().enumerate().map(wants).sum::<usize>()
    }

    /// Deals what is offered out to the tables, so that no two have the same; says
    /// so if one lacks something.
    pub(super) fn deal(&self, seed: &Seed, offer: &mut Offer, count: usize) -> Result<Vec<Offer>> {
        let needs = self.needs(count);
        let (phones, mailboxes) = (offer.phones.len(), offer.mailboxes.len());
        let mut offers = Vec::new();
        for (n, profile) in self.profiles.iter().enumerate() {
            let rows = if reached(profile) { self.rows(n, count) } else { 0 };
            let left = |all: usize, now: usize| now.saturating_sub(all * rows / needs);
            let own = Offer {
                phones: offer.phones.split_off(left(phones, offer.phones.len())),
                mailboxes: offer.mailboxes.split_off(left(mailboxes, offer.mailboxes.len())),
                ..offer.clone()
            };
            seed.enough(profile, (self.families.mean(n + 1) * count as f64).ceil() as usize, &own)?;
            offers.push(own);
        }
        Ok(offers)
    }

    /// Generators of the related tables.
    pub(super) fn generators<'a>(&'a self, offers: &'a [Offer]) -> Vec<Generator<'a>> {
        self.profiles.iter().zip(offers).map(|(profile, offer)| Generator::new(profile, offer)).collect()
    }

    /// Gives canaries their families, and drops those of whom a relative has what a
    /// row of its table has.
    pub(super) async fn relate(
        &self,
        mut drawn: Vec<Drawn>,
        generators: &mut [Generator<'_>],
        first: &Profile,
        table: &mut dyn Table,
        entropy: &mut Entropy,
    ) -> Result<Vec<Drawn>> {
        let count = drawn.len();
        drawn.iter_mut().for_each(|d| self.families.relate(d, generators, first, count, entropy));
        let Some(database) = table.database() else { return Ok(drawn) };
        let mut taken = vec![false; drawn.len()];
        for (n, profile) in self.profiles.iter().enumerate() {
            let of = |(owner, d): (usize, &Drawn)| {
                d.relatives.iter().filter(|r| r.table == n + 1).map(|r| (owner, r.row.clone())).collect::<Vec<_>>()
            };
            let (owners, rows): (Vec<usize>, Vec<Row>) = drawn.iter().enumerate().flat_map(of).unzip();
            for owner in held(database, n + 1, profile, rows).await? {
                taken[owners[owner]] = true;
            }
        }
        let mut taken = taken.into_iter();
        drawn.retain(|_| !taken.next().unwrap_or(false));
        Ok(drawn)
    }
}

/// Whether a table's rows have a phone or a mailbox.
fn reached(profile: &Profile) -> bool {
    [Role::Phone, Role::Email].iter().any(|role| profile.column_of(*role).is_some())
}

/// Which of these rows have something that a row of the table has.
async fn held(database: &mut Database, table: usize, profile: &Profile, rows: Vec<Row>) -> Result<Vec<usize>> {
    let drawn: Vec<Drawn> = rows.into_iter().map(|row| Drawn::at(row, crate::identity::Spot::First)).collect();
    let mut strangers = Strangers::of(profile, &drawn);
    let wanted: Vec<&Row> = drawn.iter().map(|d| &d.row).collect();
    for row in database.having(table, &strangers::sets(profile), &wanted).await? {
        strangers.meet(&row.iter().map(|c| c.as_deref()).collect::<Vec<_>>());
    }
    Ok(strangers.taken().enumerate().filter(|(_, taken)| *taken).map(|(n, _)| n).collect())
}
