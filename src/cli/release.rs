//! `dyepack release list | show | withdraw | exclude`. Withdrawing takes our rows out of
//! a database again; a seeded file is a copy of its own, to be replaced by the
//! original where it went.

mod exclude;

use anyhow::Result;
use clap::Subcommand;
use std::path::Path;

use super::connect::with_client;
use super::seed::{plantings, reopen};
use super::{Common, print};
use crate::app::views::ReleaseView;
use crate::client::Client;
use crate::model::{ReleaseId, ReleaseState};

#[derive(Subcommand)]
pub(super) enum Release {
    /// Shows all releases.
    List,
    /// Shows one release.
    Show { id: ReleaseId },
    /// Takes a release back: its rows leave the database, its contact points never serve again.
    Withdraw { id: ReleaseId },
    /// Makes a filter that leaves a release's canaries out of lawful statistics and mailings.
    Exclude(exclude::Exclude),
}

impl Release {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| match self {
            Release::List => {
                let all = client.releases().await?;
                if common.json { print::json(&all) } else { table(&all) }
            }
            Release::Show { id } => {
                let one = client.release(id).await?;
                if common.json { print::json(&one) } else { show(&one) }
            }
            Release::Withdraw { id } => withdraw(client, id, common).await,
            Release::Exclude(exclude) => exclude.run(client, common).await,
        })
        .await
    }
}

async fn withdraw(client: &Client, id: ReleaseId, common: &Common) -> Result<()> {
    let release = client.release(id).await?;
    let mut removed = 0;
    if release.state != ReleaseState::Withdrawn && release.place.output.starts_with("sqlite:") {
        let canaries = client.canaries(id, true).await?;
        let mut table = reopen(&release).await?;
        let rows = plantings(&canaries, table.columns());
        removed = table.remove(&rows).await?;
        if removed < rows.len() {
            eprintln!("{} of {} rows were altered or gone, and were left alone", rows.len() - removed, rows.len());
        }
    }
    let done = client.withdraw(id).await?;
    if common.json {
        return print::json(&done);
    }
    let place = &done.place;
    let what = if place.output.starts_with("sqlite:") {
        format!("{removed} rows removed from {}", place.output)
    } else if Path::new(&place.output).exists() {
        format!("replace {} by the original {} wherever it went", place.output, place.input)
    } else {
        format!("there is no {} here; wherever it went, replace it by the original {}", place.output, place.input)
    };
    print::text(&format!("withdrew {id}: {what}"))
}

fn table(releases: &[ReleaseView]) -> Result<()> {
    let row = |r: &ReleaseView| {
        vec![
            r.id.to_string(),
            r.source.clone(),
            r.dataset.clone(),
            r.state.word().to_owned(),
            r.canaries.to_string(),
            r.rows_in.to_string(),
            print::when(r.issued_at),
            r.place.output.clone(),
        ]
    };
    print::table(
        &["ID", "SOURCE", "DATASET", "STATE", "CANARIES", "ROWS", "ISSUED (UTC)", "OUTPUT"],
        releases.iter().map(row).collect(),
        "no releases yet: dyepack seed FILE --source NAME",
    )
}

fn show(r: &ReleaseView) -> Result<()> {
    let at = |t: Option<crate::model::Time>| t.map_or_else(|| "-".to_owned(), print::when);
    let roles = r.roles.iter().map(|(column, role)| format!("{column}={role}")).collect::<Vec<_>>().join(" ");
    print::text(&format!(
        "release    {}\nsource     {}\ndataset    {}\nstate      {}\ninput      {}\noutput     {}\ntable      {}\nrows       {}\ncanaries   {}\nissued     {}\nplanted    {}\nwithdrawn  {}\nroles      {roles}",
        r.id,
        r.source,
        r.dataset,
        r.state.word(),
        r.place.input,
        r.place.output,
        r.place.table.as_deref().unwrap_or("-"),
        r.rows_in,
        r.canaries,
        print::when(r.issued_at),
        at(r.planted_at),
        at(r.withdrawn_at)
    ))
}
