//! `dyepack canary list`.

use anyhow::Result;
use clap::Subcommand;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::CanaryView;
use crate::model::ReleaseId;

#[derive(Subcommand)]
pub(super) enum Canary {
    /// Shows the canaries of a release.
    List {
        #[arg(long)]
        release: ReleaseId,
        /// In clear; the ledger keeps that you looked.
        #[arg(long)]
        reveal: bool,
    },
}

impl Canary {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let Canary::List { release, reveal } = self;
        let all = with_client(common, async |client| Ok(client.canaries(release, reveal).await?)).await?;
        if common.json { print::json(&all) } else { table(&all, reveal) }
    }
}

fn table(canaries: &[CanaryView], reveal: bool) -> Result<()> {
    let points = |c: &CanaryView| {
        c.contact_points
            .iter()
            .map(|p| p.value.clone().unwrap_or_else(|| p.kind.word().to_owned()))
            .collect::<Vec<_>>()
            .join("  ")
    };
    let fields = |c: &CanaryView| {
        c.fields.iter().map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>().join("  ")
    };
    let row = |c: &CanaryView| {
        let mut row = vec![
            c.id.to_string(),
            c.location.clone().unwrap_or_default(),
            c.hits.map_or_else(String::new, |n| n.to_string()),
            points(c),
        ];
        if reveal {
            row.push(fields(c));
        }
        row
    };
    let mut header = vec!["ID", "WHERE", "HITS", "CONTACT POINTS"];
    if reveal {
        header.push("ROW");
    }
    print::table(&header, canaries.iter().map(row).collect(), "this release has no canaries")
}
