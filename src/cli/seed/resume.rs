//! Resuming: a seeding that was cut off after its release was issued is finished
//! from the ledger: the rows are looked for, planted if they are not there, and
//! the release is confirmed.

use anyhow::{Context, Result, bail};
use std::time::Instant;

use super::Seed;
use super::outcome::count_points;
use super::planting::{missing, plantings, reopen};
use super::spread;
use crate::app::views::{AuditView, ReleaseView, SeedView};
use crate::client::Client;
use crate::identity::Cells;
use crate::model::{ReleaseId, ReleaseState};
use crate::seed::{Found, Planting, Table};

impl Seed {
    /// Finishes the newest release of this input and source that is still open.
    pub(super) async fn finish_cut_off(&self, client: &Client, begun: Instant) -> Result<SeedView> {
        let open = |r: &ReleaseView| {
            r.state == ReleaseState::Issued
                && r.source == self.source
                && r.place.input == self.input
                && r.place.table.as_ref() == self.table.first()
        };
        let Some(release) = client.releases().await?.into_iter().find(open) else {
            bail!(
                "there is nothing to resume: no release of {} for source {} is open; dyepack release list shows all",
                self.input,
                self.source
            )
        };
        if release.next.is_some() {
            spread::drip(client, &release, &self.access(), crate::model::Time::now()).await?;
            return self.resumed(client, release.id, begun).await;
        }
        let canaries = client.unconfirmed(release.id).await?;
        let mut table = reopen(&release, &self.access()).await?;
        let rows = plantings(&canaries, table.as_ref());
        let planted = if table.in_place() {
            self.plant_missing(table.as_mut(), &release, &rows).await?
        } else {
            self.plant_unless_there(table.as_mut(), &release, &rows).await?
        };
        self.confirm(client, table.as_ref(), &release, (&rows, &planted)).await?;
        self.resumed(client, release.id, begun).await
    }

    /// What stands after a seeding was resumed.
    async fn resumed(&self, client: &Client, id: ReleaseId, begun: Instant) -> Result<SeedView> {
        let release = client.release(id).await?;
        let canaries = client.canaries(id, false).await?;
        let waits = (release.state == ReleaseState::Issued).then(|| spread::plan_on(&release));
        let points = count_points(canaries.iter().flat_map(|c| &c.contact_points).map(|p| p.kind));
        Ok(SeedView {
            release: Some(release.id),
            source: release.source,
            dataset: release.dataset,
            rows_in: release.rows_in,
            canaries: release.canaries,
            kept: release.kept as usize,
            new: (release.canaries - release.kept) as usize,
            left: 0,
            shared: 0,
            output: release.place.output,
            seconds: begun.elapsed().as_secs_f64(),
            planting_seconds: None,
            contact_points: points,
            roles: release.roles,
            audit: AuditView::default(),
            warnings: waits.into_iter().collect(),
            preview: None,
            neighbours: None,
        })
    }

    /// A copy is there as a whole or not at all.
    async fn plant_unless_there(
        &self,
        table: &mut dyn Table,
        release: &ReleaseView,
        rows: &[Planting],
    ) -> Result<Vec<Planting>> {
        let mut seen = 0;
        // Learns how the table quotes and types, as before the planting.
        table.scan(&mut |_: &Cells<'_>| seen += 1, &mut |_, _| {}).await?;
        match missing(&table.look(rows).await?).len() {
            0 => Ok(rows.to_vec()),
            n if n == rows.len() && seen == release.rows_in => Ok(table.plant(rows, &mut |_, _| {}).await?),
            n if n == rows.len() => bail!(
                "{} has {seen} rows now, it had {} when {} was issued; withdraw that release and seed anew",
                self.input,
                release.rows_in,
                release.id
            ),
            n => bail!(
                "{} of {} rows are in {}: somebody changed it; look at it, then `dyepack release withdraw {}`",
                rows.len() - n,
                rows.len(),
                release.place.output,
                release.id
            ),
        }
    }

    /// Into a database go those rows that are not in it yet; what stands stays.
    async fn plant_missing(
        &self,
        table: &mut dyn Table,
        release: &ReleaseView,
        rows: &[Planting],
    ) -> Result<Vec<Planting>> {
        let found = table.look(rows).await?;
        let torn = |(_, found): &(&Planting, &Found)| matches!(found, Found::Altered(a) if a.differences.iter().any(|d| d.column.is_none()));
        if let Some((row, _)) = rows.iter().zip(&found).find(torn) {
            bail!(
                "a row of the canary at {} is gone; see `dyepack release check {1}`, then take back the rest with `dyepack release withdraw {1}` and seed anew",
                row.location,
                release.id
            );
        }
        let open = missing(&found);
        let waiting: Vec<Planting> = open.iter().map(|n| rows[*n].clone()).collect();
        let planted = table.plant(&waiting, &mut |_, _| {}).await.with_context(|| {
            format!("nothing was added; {0} stays open: try again, or `dyepack release withdraw {0}`", release.id)
        })?;
        let as_found = |(row, found): (&Planting, &Found)| match found {
            Found::Altered(altered) => altered.now.clone(),
            Found::Standing | Found::Gone => row.clone(),
        };
        let mut now: Vec<Planting> = rows.iter().zip(&found).map(as_found).collect();
        open.into_iter().zip(planted).for_each(|(n, row)| now[n] = row);
        Ok(now)
    }
}
