//! `dyepack release list | show | check | withdraw | exclude`: what was seeded where, whether
//! it is still there, and how it is taken back.

mod check;
mod exclude;
mod withdraw;

use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;

use self::withdraw::Altered;
use super::connect::with_client;
use super::seed::Access;
use super::{Common, print};
use crate::app::views::ReleaseView;
use crate::model::ReleaseId;

#[derive(Subcommand)]
pub(super) enum Release {
    /// Shows all releases.
    List,
    /// Shows one release.
    Show { id: ReleaseId },
    /// Looks whether every canary is still where it was planted, and as it was.
    Check {
        id: ReleaseId,
        #[command(flatten)]
        access: DatabaseAccess,
    },
    /// Takes a release back: its rows leave the database, its contact points never serve again.
    Withdraw {
        id: ReleaseId,
        /// What becomes of rows that somebody altered; asked for if it is not said.
        #[arg(long, value_enum)]
        altered: Option<Altered>,
        #[command(flatten)]
        access: DatabaseAccess,
    },
    /// Makes a filter that leaves a release's canaries out of lawful statistics and mailings.
    Exclude(exclude::Exclude),
}

/// How the database of a release is reached.
#[derive(clap::Args)]
pub(super) struct DatabaseAccess {
    /// A file whose first line is the database's password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Seconds that a statement in the database may take.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
}

impl DatabaseAccess {
    fn access(self) -> Access {
        Access { password_file: self.password_file, timeout: self.timeout }
    }
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
            Release::Check { id, access } => check::check(client, id, &access.access(), common).await,
            Release::Withdraw { id, altered, access } => {
                withdraw::withdraw(client, id, altered, &access.access(), common).await
            }
            Release::Exclude(exclude) => exclude.run(client, common).await,
        })
        .await
    }
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
