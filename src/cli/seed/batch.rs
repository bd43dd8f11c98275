//! A batch: the canaries that one seeding plants, chosen, held against the whole
//! table and audited. How rows are drawn until there are enough is `drawing`'s, what they
//! need of the pool `pool`'s to say, and how easily they are told from the table `audited`'s.

use anyhow::Result;

use super::Seed;
use super::again::Kept;
use super::audited::{TELLING, audited};
use super::drawing::{Drawing, unknown};
use super::kin::Kin;
use super::pool::{lend, reach};
use super::share::Lent;
use crate::app::views::DetectionView;
use crate::client::Client;
use crate::identity::column::Way;
use crate::identity::{Chooser, Drawn, Generator, Order, Profile};
use crate::seed::Table;

pub(super) type Entropy = rand_chacha::ChaCha20Rng;

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
        let mut drawing = Drawing::new(self, client, profile, &chooser, from, relatives);

        let there: Vec<_> = kept.rows.iter().filter_map(|d| d.id).collect();
        let wanted = lent.wanted(total, there.iter().copied()).min(newcomers);
        let strange = lent.people.iter().filter(|p| !there.contains(&p.id)).take(wanted);
        let adopted: Vec<Drawn> = strange.map(|p| p.adopted(&mut drawing.from, total, entropy)).collect();
        let mut rows = unknown(table, profile, adopted).await?.free;
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
