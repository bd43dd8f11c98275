//! A batch: the canaries that one seeding plants, chosen, held against the whole
//! table and audited. What it needs of the pool is `pool`'s to say, and how easily it
//! is told from the table `audited`'s.

use anyhow::{Result, bail};

use super::super::progress::Progress;
use super::Seed;
use super::again::Kept;
use super::audited::{TELLING, audited};
use super::kin::Kin;
use super::pool::{lend, reach};
use super::share::Lent;
use super::spread::put_off;
use crate::app::views::DetectionView;
use crate::client::Client;
use crate::identity::column::Way;
use crate::identity::{Chooser, Drawn, Generator, Order, Profile, Role, Row, Strangers, strangers};
use crate::model::contact_point::Kind;
use crate::model::{Field, Time};
use crate::seed::Table;

/// Passes that bring next to nothing, after which it is seen that there is no more:
/// what is drawn again may have again what a row of the table has.
const PASSES: usize = 6;

/// Of so many that are wanted one more is drawn.
const SPARE: usize = 8;

type Entropy = rand_chacha::ChaCha20Rng;

/// Rows that were drawn, and what is to be said of them.
pub(super) struct Batch {
    pub(super) rows: Vec<Drawn>,
    /// Those of them that this source had before.
    pub(super) kept: usize,
    /// Those that came from another source.
    pub(super) shared: usize,
    /// Canaries of the release before that are not among them.
    pub(super) left: usize,
    pub(super) audit: Option<DetectionView>,
    pub(super) warnings: Vec<String>,
}

impl Batch {
    /// What an operator can do about a batch that is too easy to tell.
    pub(super) fn remedy(&self) -> String {
        let contact = |c: &String| ["phone", "mailbox", "url"].iter().any(|k| c.contains(k));
        if self.warnings.iter().any(|w| contact(w) && w.contains("pool")) {
            "give the pool what its warnings name".to_owned()
        } else {
            "lower --count, correct columns with --map, or widen the pool".to_owned()
        }
    }
}

impl Seed {
    /// Asks the pool, draws rows, and checks them against every row of the table.
    pub(super) async fn draw(
        &self,
        client: &Client,
        table: &mut dyn Table,
        profile: &Profile,
        (kept, newcomers, lent, kin): (&Kept, usize, &Lent, Option<&Kin>),
        entropy: &mut Entropy,
    ) -> Result<Batch> {
        let total = kept.rows.len() + newcomers;
        let needs = kin.map_or(newcomers, |kin| kin.needs(newcomers));
        let mut offer = client.offer(&self.dataset_name()?, needs, needs).await?;
        self.leave_out(&mut offer);
        let offers = kin.map(|kin| kin.deal(self, &mut offer, newcomers)).transpose()?.unwrap_or_default();
        self.enough(profile, newcomers, &offer)?;
        lend(&mut offer, &kept.rows);
        let mut from = Generator::new(profile, &offer);
        let names: Vec<String> = profile.columns.iter().map(|c| c.name.clone()).collect();
        let chooser = Chooser::learn(&mut from, &names, total, entropy);
        from.spend(&kept.rows);
        if !kept.rows.is_empty() {
            from.only_newest(kept.added);
        }
        let relatives = kin.map(|kin| (kin, kin.generators(&offers)));
        let (refused, doubles) = (Vec::new(), Vec::new());
        let mut drawing = Drawing { seed: self, client, profile, chooser: &chooser, from, relatives, refused, doubles };

        let there: Vec<_> = kept.rows.iter().filter_map(|d| d.id).collect();
        let wanted = lent.wanted(total, there.iter().copied()).min(newcomers);
        let strange = lent.people.iter().filter(|p| !there.contains(&p.id)).take(wanted);
        let adopted: Vec<Drawn> = strange.map(|p| p.adopted(&mut drawing.from, total, entropy)).collect();
        let mut rows = unknown(table, profile, adopted).await?;
        drawing.from.spend(&rows);
        let shared = rows.len();
        drawing.fill(&mut rows, newcomers, table, entropy).await?;

        let mut warnings = kept.warnings.clone();
        warnings.extend(drawing.add_doubles(&mut rows, newcomers));
        drawing.as_many(rows.len(), newcomers)?;
        if shared < wanted {
            warnings.push(format!("{wanted} canaries were to be shared, {shared} could be: the other source holds no more that fit this table"));
        }
        warnings.extend(remarks(&rows));
        warnings.extend(drawing.from.pool_warnings(&rows));
        warnings.extend(table.remarks());
        rows.extend(kept.rows.iter().cloned());
        in_order(profile, &mut rows);
        drawing.from.straighten(&mut rows);
        let from = drawing.from.anew();
        let audit = || audited(from, &chooser, &names, &rows, &mut warnings, entropy);
        let audit = (profile.rows >= TELLING).then(audit);
        warnings.extend(reach(profile, &rows));
        Ok(Batch { rows, kept: kept.rows.len(), shared, left: kept.left(), audit, warnings })
    }
}

/// Drawing: rows that are like the table's and share nothing with any of them.
struct Drawing<'a> {
    seed: &'a Seed,
    client: &'a Client,
    profile: &'a Profile,
    chooser: &'a Chooser,
    from: Generator<'a>,
    /// What rows in related tables are made of.
    relatives: Option<(&'a Kin, Vec<Generator<'a>>)>,
    /// Why the table did not take some.
    refused: Vec<String>,
    /// Rows with a number that a canary in another source's copy has too.
    doubles: Vec<Drawn>,
}

impl Drawing<'_> {
    /// Draws until there are so many rows, or next to no more are found.
    async fn fill(
        &mut self,
        rows: &mut Vec<Drawn>,
        count: usize,
        table: &mut dyn Table,
        entropy: &mut Entropy,
    ) -> Result<()> {
        let mut idle = 0;
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
            idle += usize::from(taken.len() * 2 < missing);
            rows.extend(taken);
        }
        let is_mute = |row: &Drawn| row.contact_points.is_empty();
        if rows.iter().filter(|row| is_mute(row)).count() * 2 > count {
            rows.sort_by_key(is_mute);
        }
        rows.truncate(count);
        Ok(())
    }

    /// Those of the rows that are nobody's and that the table takes, with all that
    /// belongs to them.
    async fn pass(&mut self, drawn: Vec<Drawn>, table: &mut dyn Table, entropy: &mut Entropy) -> Result<Vec<Drawn>> {
        let mut strange = free(self.client, unknown(table, self.profile, drawn).await?).await?;
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
        let field =
            |row: &Row, c: usize| Some(Field { column: profile.columns[c].name.clone(), value: row[c].clone()? });
        let rows = drawn.iter().map(|d| keys.iter().filter_map(|c| field(&d.row, *c)).collect()).collect();
        let held = self.client.held_by_others(&self.seed.source, &self.seed.dataset_name()?, rows).await?;
        let (doubles, apart): (Vec<_>, Vec<_>) = drawn.into_iter().zip(held).partition(|(_, held)| *held);
        let rows = |of: Vec<(Drawn, bool)>| of.into_iter().map(|(drawn, _)| drawn).collect();
        Ok((rows(apart), rows(doubles)))
    }

    /// Fills a batch up with rows whose number is another copy's too, and says so.
    fn add_doubles(&mut self, rows: &mut Vec<Drawn>, count: usize) -> Option<String> {
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
    fn as_many(&self, made: usize, count: usize) -> Result<()> {
        if made < count && self.refused.len() * 2 >= count {
            bail!(
                "the table took {made} of {count} rows that were tried out, nothing was planted. What it said of others: {}",
                self.refused.last().map_or("nothing", String::as_str)
            );
        }
        if made < count {
            bail!(
                "only {made} of {count} canaries could be made that share nothing with a row of the table or with each other; lower --count, or add contact points to the pool"
            );
        }
        Ok(())
    }
}

/// What is to be known of how rows were made, each once.
fn remarks(rows: &[Drawn]) -> Vec<String> {
    let mut remarks: Vec<String> = rows.iter().flat_map(|row| row.remarks.iter().cloned()).collect();
    remarks.sort_unstable();
    remarks.dedup();
    remarks
}

/// Canaries that share a place stand there in the table's own order.
fn in_order(profile: &Profile, rows: &mut [Drawn]) {
    let way = match profile.order {
        Order::Running { column, way } => {
            rows.sort_by_key(|d| d.row[column].as_deref().and_then(|t| profile.columns[column].number_of(t)));
            way
        }
        Order::Sorted { column, way } => {
            rows.sort_by(|a, b| a.row[column].cmp(&b.row[column]));
            way
        }
        Order::None => return,
    };
    if way == Way::Down {
        rows.reverse();
    }
}

/// Those of the rows that have nothing of any row of the table, at their places.
async fn unknown(table: &mut dyn Table, profile: &Profile, drawn: Vec<Drawn>) -> Result<Vec<Drawn>> {
    if drawn.is_empty() {
        return Ok(drawn);
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
