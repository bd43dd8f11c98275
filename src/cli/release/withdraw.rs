//! `dyepack release withdraw`: takes our rows out of a database again, children
//! first, and asks before it touches what somebody altered. A seeded file is a copy
//! of its own, to be replaced by the original where it went.

use anyhow::{Result, bail};
use std::io::{IsTerminal, Write};
use std::path::Path;

use super::super::seed::{Access, became, plantings, reopen};
use super::super::{Common, print};
use crate::app::views::ReleaseView;
use crate::client::Client;
use crate::model::{ReleaseId, ReleaseState};
use crate::seed::{Found, db::Address};

/// What is done with rows that somebody altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Altered {
    /// They stay.
    Leave,
    /// They go, with whatever was changed in them.
    Remove,
}

pub(super) async fn withdraw(
    client: &Client,
    id: ReleaseId,
    altered: Option<Altered>,
    access: &Access,
    common: &Common,
) -> Result<()> {
    let release = client.release(id).await?;
    let in_database = Address::is_one(&release.place.output);
    let removed = if in_database && release.state != ReleaseState::Withdrawn {
        take_out(client, &release, altered, access).await?
    } else {
        0
    };
    let done = client.withdraw(id).await?;
    if common.json {
        return print::json(&done);
    }
    let place = &done.place;
    let what = if in_database {
        format!("{removed} canaries removed from {}", place.output)
    } else if Path::new(&place.output).exists() {
        format!("replace {} by the original {} wherever it went", place.output, place.input)
    } else {
        format!("there is no {} here; wherever it went, replace it by the original {}", place.output, place.input)
    };
    print::text(&format!("withdrew {id}: {what}"))
}

async fn take_out(client: &Client, release: &ReleaseView, altered: Option<Altered>, access: &Access) -> Result<usize> {
    let canaries = client.canaries(release.id, true).await?;
    let mut table = reopen(release, access).await?;
    let mut rows = plantings(&canaries, table.as_ref());
    let found = became(release, table.as_mut(), &mut rows).await?;
    let changed: Vec<usize> = (0..found.len()).filter(|n| matches!(found[*n], Found::Altered(_))).collect();
    let gone = found.iter().filter(|f| **f == Found::Gone).count();
    let with_altered = match altered {
        _ if changed.is_empty() => false,
        Some(altered) => altered == Altered::Remove,
        None => ask(release, changed.len())?,
    };
    let there = rows.iter().zip(&found).filter(|(_, f)| **f != Found::Gone).map(|(row, _)| row.clone());
    let removed = table.remove(&there.collect::<Vec<_>>(), with_altered).await?;
    if gone > 0 && release.next.is_none() {
        eprintln!("{gone} of {} canaries were not there", rows.len());
    }
    if !changed.is_empty() && !with_altered {
        eprintln!(
            "{} altered canaries were left where they are; `dyepack canary list --release {} --reveal` tells which rows they are",
            changed.len(),
            release.id
        );
    }
    Ok(removed)
}

/// Somebody may have put work into a row that they took for real.
fn ask(release: &ReleaseView, altered: usize) -> Result<bool> {
    let what = format!(
        "{altered} of {} canaries were altered since they were planted (see `dyepack release check {}`)",
        release.canaries, release.id
    );
    if !std::io::stdin().is_terminal() {
        bail!("{what}; nothing was changed. Say what becomes of them: --altered leave, or --altered remove");
    }
    eprint!("{what}. Remove them too? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
