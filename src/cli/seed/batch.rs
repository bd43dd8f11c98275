//! A batch: the canaries that one seeding plants, chosen, held against the whole
//! table and audited.

use anyhow::{Result, bail};
use rand::seq::IndexedRandom;

use super::super::progress::Progress;
use super::Seed;
use super::again::Kept;
use super::kin::Kin;
use super::share::Lent;
use super::spread::put_off;
use crate::app::views::DetectionView;
use crate::client::Client;
use crate::identity::audit::{self, Audit, Sheet};
use crate::identity::column::Way;
use crate::identity::{Chooser, Drawn, Generator, Order, Profile, Role, Row, Strangers, strangers};
use crate::model::contact_point::Kind;
use crate::model::{Field, Offer, OfferedPhone};
use crate::seed::Table;

/// Rows of a table too small for an audit to say anything.
const TELLING: u64 = 300;
/// Canaries that an audit is made with, in batches of the size that is planted.
const AUDITED: usize = 240;
const BATCHES: usize = 50;
/// A greater batch is audited by a sample of it in lots of so many: among the rows
/// that they are held against they are about as few as in the table.
const LOT: usize = 48;
/// Rows of the table that they are held against.
const ROWS: usize = 900;
/// Passes that bring next to nothing, after which it is seen that there is no more:
/// what is drawn again may have again what a row of the table has.
const PASSES: usize = 6;

/// Of so many that are wanted one more is drawn.
const SPARE: usize = 8;

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
        entropy: &mut rand_chacha::ChaCha20Rng,
    ) -> Result<Batch> {
        let total = kept.rows.len() + newcomers;
        let needs = kin.map_or(newcomers, |kin| kin.needs(newcomers));
        let mut offer = client.offer(needs, needs).await?;
        self.leave_out(&mut offer);
        let offers = kin.map(|kin| kin.deal(self, &mut offer, newcomers)).transpose()?.unwrap_or_default();
        self.enough(profile, newcomers, &offer)?;
        lend(&mut offer, &kept.rows);
        let mut relatives = kin.map(|kin| kin.generators(&offers)).unwrap_or_default();
        let mut from = Generator::new(profile, &offer);
        let names: Vec<String> = profile.columns.iter().map(|c| c.name.clone()).collect();
        let chooser = Chooser::learn(&mut from, &names, total, entropy);
        from.spend(&kept.rows);
        if !kept.rows.is_empty() {
            from.only_newest(kept.added);
        }
        let there: Vec<_> = kept.rows.iter().filter_map(|d| d.id).collect();
        let wanted = lent.wanted(total, there.iter().copied()).min(newcomers);
        let strange = lent.people.iter().filter(|p| !there.contains(&p.id)).take(wanted);
        let adopted: Vec<Drawn> = strange.map(|p| p.adopted(&mut from, total, entropy)).collect();
        let mut rows = unknown(table, profile, adopted).await?;
        from.spend(&rows);
        let (shared, count) = (rows.len(), newcomers);
        let (mut refused, mut alike) = (Vec::new(), Vec::new());
        let mut idle = 0;
        while rows.len() < count && idle < PASSES {
            let missing = count - rows.len();
            // To look through the table once more costs most; an entity is not parted.
            let spare = if from.draws_entities() { 0 } else { missing.div_ceil(SPARE) };
            let drawn = chooser.choose(&mut from, missing + spare, entropy);
            if drawn.is_empty() {
                break;
            }
            from.spend(&drawn);
            let mut strange = free(client, unknown(table, profile, drawn).await?).await?;
            if !table.in_place() {
                let parts = self.apart(client, profile, strange).await?;
                strange = parts.0;
                alike.extend(parts.1);
            }
            if let Some(days) = self.spread {
                let now = crate::model::Time::now();
                strange.iter_mut().for_each(|d| put_off(d, profile, days, now, entropy));
            }
            let strange = match kin {
                Some(kin) => kin.relate(strange, &mut relatives, profile, table, entropy).await?,
                None => strange,
            };
            let tried = table.try_out(strange, &mut |_, _| {}).await?;
            refused.extend(tried.refused);
            idle += usize::from(tried.taken.len() * 2 < missing);
            rows.extend(tried.taken);
        }
        rows.truncate(count);
        let mut warnings = [kept.warnings.clone(), from.warnings.clone()].concat();
        alike.truncate(count - rows.len());
        if !alike.is_empty() {
            warnings.push(format!(
                "{} canaries have a number that a canary in another source's copy has too, since the table has no more that are free: whoever compares the two copies sees two persons under one number",
                alike.len()
            ));
            rows.extend(alike);
        }
        if rows.len() < count && refused.len() * 2 >= count {
            bail!(
                "the table took {} of {count} rows that were tried out, nothing was planted. What it said of others: {}",
                rows.len(),
                refused.last().map_or("nothing", String::as_str)
            );
        }
        if rows.len() < count {
            bail!(
                "only {} of {count} canaries could be made that share nothing with a row of the table or with each other; lower --count, or add contact points to the pool",
                rows.len()
            );
        }
        if shared < wanted {
            warnings.push(format!("{wanted} canaries were to be shared, {shared} could be: the other source holds no more that fit this table"));
        }
        warnings.extend(from.pool_warnings(&rows));
        warnings.extend(table.remarks());
        rows.extend(kept.rows.iter().cloned());
        in_order(profile, &mut rows);
        let audit = if profile.rows >= TELLING {
            Some(audited(&mut Generator::new(profile, &offer), &chooser, &names, &rows, &mut warnings, entropy))
        } else {
            None
        };
        warnings.extend(reach(profile, &rows));
        Ok(Batch { rows, kept: kept.rows.len(), shared, left: kept.left(), audit, warnings })
    }

    /// Those of the rows that have numbers of their own in every source's copy of the
    /// dataset, and the others.
    async fn apart(&self, client: &Client, profile: &Profile, drawn: Vec<Drawn>) -> Result<(Vec<Drawn>, Vec<Drawn>)> {
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
        let held = client.held_by_others(&self.source, &self.dataset_name()?, rows).await?;
        let (alike, apart): (Vec<_>, Vec<_>) = drawn.into_iter().zip(held).partition(|(_, held)| *held);
        let rows = |of: Vec<(Drawn, bool)>| of.into_iter().map(|(drawn, _)| drawn).collect();
        Ok((rows(apart), rows(alike)))
    }

    fn leave_out(&self, offer: &mut Offer) {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        if left("phone") {
            offer.phones.clear();
        }
        if left("mailbox") {
            offer.mail_domains.clear();
            offer.mailboxes.clear();
        }
        if left("url") {
            offer.web_hosts.clear();
        }
    }

    /// Says everything that the pool lacks, and what to do about each.
    pub(super) fn enough(&self, profile: &Profile, count: usize, offer: &Offer) -> Result<()> {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        let need = |role: Role| {
            let filled = profile.column_of(role).map_or(0.0, |c| 1.0 - profile.columns[c].blank_share());
            (count as f64 * filled).ceil() as usize
        };
        let column = |role| profile.column_of(role).map_or(String::new(), |c| profile.columns[c].name.clone());
        let mut lacks = Vec::new();
        let (phones, free) = (need(Role::Phone), offer.phones.len());
        if phones > free && !left("phone") {
            lacks.push(format!("{phones} phones are needed for column {}, {free} are free: {} phones are missing (dyepack pool add phone +…)", column(Role::Phone), phones - free));
        }
        let (mailboxes, owned) = (need(Role::Email), offer.mailboxes.len());
        if mailboxes > owned && offer.mail_domains.is_empty() && !left("mailbox") {
            lacks.push(format!(
                "{mailboxes} mailboxes are needed for column {}, {owned} are free and no mail domain is in the pool: {} mailboxes are missing (dyepack pool add mailbox ADDRESS, or mail-domain DOMAIN)",
                column(Role::Email),
                mailboxes - owned
            ));
        }
        let urls = need(Role::Url);
        if urls > 0 && offer.web_hosts.is_empty() && !left("url") {
            lacks.push(format!(
                "{urls} web addresses are needed for column {}, and no web host is in the pool: {urls} urls are missing (dyepack pool add web-host https://HOST)",
                column(Role::Url)
            ));
        }
        if lacks.is_empty() {
            return Ok(());
        }
        bail!(
            "the pool has too few contact points, nothing was planted: {}; or lower --count, or leave a kind empty with --leave-empty",
            lacks.join("; ")
        )
    }
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

/// Adds the contact points of canaries that are planted again, so that what is
/// rehearsed has as many as what is planted.
fn lend(offer: &mut Offer, rows: &[Drawn]) {
    for point in rows.iter().flat_map(|d| &d.contact_points) {
        match point.kind {
            Kind::Phone => offer.phones.push(OfferedPhone {
                point: point.clone(),
                kind: None,
                carrier: None,
                city: None,
                since: None,
            }),
            Kind::Mailbox => offer.mailboxes.push(point.clone()),
            Kind::Url => {}
        }
    }
}

/// Those of the rows that have nothing of any row of the table, at their places.
async fn unknown(table: &mut dyn Table, profile: &Profile, drawn: Vec<Drawn>) -> Result<Vec<Drawn>> {
    let mut strangers = Strangers::of(profile, &drawn);
    if table.alike(&strangers::sets(profile), &drawn, &mut |row| strangers.meet(row)).await? {
        return Ok(strangers.settle(drawn));
    }
    let mut progress = Progress::new("checking", "B");
    table.scan(&mut |row| strangers.meet(row), &mut |done, all| progress.at(done, all)).await?;
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

/// Canaries that nobody can contact are only found in a dump.
fn reach(profile: &Profile, rows: &[Drawn]) -> Option<String> {
    let mute = rows.iter().filter(|r| r.contact_points.is_empty()).count();
    if profile.roles.iter().any(|r| r.is_contact()) {
        (mute > 0).then(|| format!("{mute} of {} canaries have no contact point: they are found in a leaked file, but nobody can contact them", rows.len()))
    } else {
        Some("the table has no column for a phone, mailbox or web address: its canaries are found in a leaked file, but nobody can contact them".to_owned())
    }
}

/// The audit of this batch: of a sample of it, or of others drawn as it was and of it.
fn audited(
    from: &mut Generator<'_>,
    chooser: &Chooser,
    names: &[String],
    rows: &[Drawn],
    warnings: &mut Vec<String>,
    entropy: &mut rand_chacha::ChaCha20Rng,
) -> DetectionView {
    let own: Vec<Row> = rows.iter().map(|r| r.row.clone()).collect();
    let batches = if own.len() > AUDITED {
        let sample: Vec<Row> = own.sample(entropy, AUDITED).cloned().collect();
        sample.chunks(LOT).map(<[Row]>::to_vec).collect()
    } else {
        let others = AUDITED.div_ceil(own.len()).min(BATCHES).saturating_sub(1).max(4);
        let mut batches: Vec<Vec<Row>> = chooser.choose_batches(from, others, own.len(), entropy);
        batches.push(own);
        batches
    };
    let sheet = Sheet { names, roles: from.roles() };
    let found = audit::audit(&sheet, &from.sample(ROWS, entropy), &batches, entropy);
    warnings.extend(telling(&found));
    view(&found)
}

fn telling(found: &Audit) -> Option<String> {
    let columns: Vec<String> =
        found.columns.iter().filter(|(_, auc)| *auc > 0.65).take(4).map(|(c, auc)| format!("{c} ({auc:.2})")).collect();
    (!columns.is_empty()).then(|| {
        format!("columns by which canaries can be told from rows (AUC, 0.5 is chance): {}", columns.join(", "))
    })
}

fn view(found: &Audit) -> DetectionView {
    let rule = |r: &audit::Rule| {
        format!("{} (on {:.0} % of canaries, {:.1} % of rows)", r.name, r.canaries * 100.0, r.rows * 100.0)
    };
    let fires = |r: &&audit::Rule| r.lift > 3.0 && r.canaries > 0.02;
    DetectionView {
        auc: found.auc,
        auc_low: found.auc_low,
        auc_high: found.auc_high,
        auc_worst: found.auc_worst,
        control_auc: found.control_auc,
        planted_precision: found.planted_ap,
        precision_at_k: found.precision_at_k,
        columns: found.columns.iter().cloned().collect(),
        rules: found.rules.iter().filter(fires).map(rule).collect(),
        telling: found.features.iter().take(5).map(|(name, auc)| format!("{name} {auc:.2}")).collect(),
    }
}
