//! `dyepack release check`: whether every canary of a release is still where it was
//! planted, and as it was.

use anyhow::{Result, bail};
use serde::Serialize;

use super::super::seed::{Access, became, plantings, reopen};
use super::super::{Common, print};
use crate::app::views::{CanaryView, ReleaseView};
use crate::client::Client;
use crate::model::{CanaryId, ReleaseId, ReleaseState, Time};
use crate::seed::{Difference, Found};

/// What became of a release.
#[derive(Debug, Serialize)]
struct Check {
    release: ReleaseId,
    state: ReleaseState,
    canaries: usize,
    standing: usize,
    /// Not planted yet: they come in when they are due.
    waiting: usize,
    /// Not planted, although they were due by now.
    overdue: usize,
    gone: Vec<Canary>,
    altered: Vec<Canary>,
}

/// What became of one canary that does not stand as it was planted.
#[derive(Debug, Serialize)]
struct Canary {
    canary: CanaryId,
    location: String,
    changes: Vec<Change>,
}

/// One cell; without a column, a row that is gone.
#[derive(Debug, Serialize)]
struct Change {
    location: String,
    column: Option<String>,
    was: Option<String>,
    is: Option<String>,
}

/// Looks, and tells.
pub(super) async fn check(client: &Client, id: ReleaseId, access: &Access, common: &Common) -> Result<()> {
    let release = client.release(id).await?;
    if release.state == ReleaseState::Withdrawn {
        bail!("{id} was withdrawn; nothing of it should be anywhere");
    }
    let (canaries, found) = look(client, &release, access).await?;
    let all = canaries.iter().zip(&found);
    let changed = |(canary, found): (&CanaryView, &Found)| match found {
        Found::Altered(altered) => Some(told(canary, &altered.differences)),
        _ => None,
    };
    let now = Time::now();
    // An open release has canaries that were never planted, which are not gone.
    let due = |(canary, found): &(&CanaryView, &Found)| {
        canary.due.filter(|_| **found == Found::Gone && release.state == ReleaseState::Issued)
    };
    let gone =
        |pair: (&CanaryView, &Found)| (*pair.1 == Found::Gone && due(&pair).is_none()).then(|| told(pair.0, &[]));
    let unplanted: Vec<Time> = all.clone().filter_map(|pair| due(&pair)).collect();
    let overdue = unplanted.iter().filter(|due| **due <= now).count();
    let check = Check {
        release: id,
        state: release.state,
        canaries: canaries.len(),
        standing: found.iter().filter(|f| **f == Found::Standing).count(),
        waiting: unplanted.len() - overdue,
        overdue,
        gone: all.clone().filter_map(gone).collect(),
        altered: all.filter_map(changed).collect(),
    };
    if common.json { print::json(&check) } else { print::text(&text(&check, &release)) }
}

/// The canaries of a release and what became of each.
pub(super) async fn look(
    client: &Client,
    release: &ReleaseView,
    access: &Access,
) -> Result<(Vec<CanaryView>, Vec<Found>)> {
    let canaries = client.canaries(release.id, true).await?;
    let mut table = reopen(release, access).await?;
    let mut rows = plantings(&canaries, table.as_ref());
    let found = became(release, table.as_mut(), &mut rows).await?;
    Ok((canaries, found))
}

fn told(canary: &CanaryView, differences: &[Difference]) -> Canary {
    let change = |d: &Difference| Change {
        location: d.location.clone(),
        column: d.column.clone(),
        was: d.was.clone(),
        is: d.is.clone(),
    };
    Canary {
        canary: canary.id,
        location: canary.location.clone().unwrap_or_default(),
        changes: differences.iter().map(change).collect(),
    }
}

fn text(check: &Check, release: &ReleaseView) -> String {
    let mut out = format!(
        "{} ({}) in {}\n{} of {} canaries stand as they were planted, {} are gone, {} were altered\n",
        check.release,
        check.state.word(),
        release.place.output,
        check.standing,
        check.canaries,
        check.gone.len(),
        check.altered.len()
    );
    if check.waiting > 0 {
        out.push_str(&format!("{} are not due yet\n", check.waiting));
    }
    if check.overdue > 0 {
        out.push_str(&format!(
            "{} are due and not planted yet: `dyepack serve` plants them, or the command that seeded with --resume\n",
            check.overdue
        ));
    }
    for canary in &check.gone {
        out.push_str(&format!("gone     {}  {}\n", canary.canary, print::harmless(&canary.location)));
    }
    for canary in &check.altered {
        out.push_str(&format!("altered  {}  {}\n", canary.canary, print::harmless(&canary.location)));
        canary.changes.iter().for_each(|change| out.push_str(&line(change)));
    }
    out
}

fn line(change: &Change) -> String {
    let value =
        |v: &Option<String>| v.as_deref().map_or_else(|| "NULL".to_owned(), |v| format!("{:?}", print::harmless(v)));
    match &change.column {
        Some(column) => {
            let (was, is) = (value(&change.was), value(&change.is));
            format!("  {} {}: was {was}, is {is}\n", print::harmless(&change.location), print::harmless(column))
        }
        None => format!("  {}: the row is gone\n", print::harmless(&change.location)),
    }
}
