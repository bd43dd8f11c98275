//! Resuming: a seeding that was cut off after its release was issued is finished
//! from the ledger: the rows are looked for, planted if they are not there, and
//! the release is confirmed.

use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;

use super::Seed;
use super::outcome::count_points;
use crate::app::views::{AuditView, CanaryView, ReleaseView, SeedView};
use crate::client::Client;
use crate::model::ReleaseState;
use crate::seed::file::FileTable;
use crate::seed::sqlite::Sqlite;
use crate::seed::{Planting, Presence, Table};

impl Seed {
    /// Finishes the newest release of this input and source that is still open.
    pub(super) async fn finish_cut_off(&self, client: &Client, begun: Instant) -> Result<SeedView> {
        let open = |r: &ReleaseView| {
            r.state == ReleaseState::Issued
                && r.source == self.source
                && r.place.input == self.input
                && r.place.table == self.table
        };
        let Some(release) = client.releases().await?.into_iter().find(open) else {
            bail!(
                "there is nothing to resume: no release of {} for source {} is open; dyepack release list shows all",
                self.input,
                self.source
            )
        };
        let canaries = client.unconfirmed(release.id).await?;
        let mut table = reopen(&release).await?;
        // Learns how the table quotes and types, as before the planting.
        let mut seen = 0;
        table.scan(&mut |_| seen += 1, &mut |_, _| {}).await?;
        let rows = plantings(&canaries, table.columns());
        match table.presence(&rows).await? {
            Presence::All => {}
            Presence::None if release.place.table.is_some() || seen == release.rows_in => {
                table.plant(&rows, &mut |_, _| {}).await?
            }
            Presence::None => bail!(
                "{} has {seen} rows now, it had {} when {} was issued; withdraw that release and seed anew",
                self.input,
                release.rows_in,
                release.id
            ),
            Presence::Some(n) => bail!(
                "{n} of {} rows are in {}: somebody changed it; look at it, then `dyepack release withdraw {}`",
                rows.len(),
                release.place.output,
                release.id
            ),
        }
        let release = client.confirm(release.id).await?;
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
            contact_points: points,
            roles: release.roles,
            audit: AuditView::default(),
            warnings: Vec::new(),
            preview: None,
            neighbours: None,
        })
    }
}

/// Rows as they are to be found in a table, from canaries in clear.
pub(in crate::cli) fn plantings(canaries: &[CanaryView], columns: &[String]) -> Vec<Planting> {
    let row = |c: &CanaryView| Planting {
        location: c.location.clone().unwrap_or_default(),
        cells: columns.iter().map(|column| c.fields.get(column).cloned()).collect(),
    };
    canaries.iter().map(row).collect()
}

/// The table that a release was planted in.
pub(in crate::cli) async fn reopen(release: &ReleaseView) -> Result<Box<dyn Table>> {
    let place = &release.place;
    Ok(match (place.output.strip_prefix("sqlite:"), &place.table) {
        (Some(file), Some(table)) => Box::new(Sqlite::open(Path::new(file), table).await?),
        _ => Box::new(FileTable::open(Path::new(&place.input), Path::new(&place.output), place.table.as_deref())?),
    })
}
