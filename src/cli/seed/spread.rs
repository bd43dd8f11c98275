//! Spreading: canaries of a database that come in one by one over days, as its own
//! rows do. Each has a moment at which it is due, and is told to the ledger with its
//! number before it goes in. `serve` plants them when they are due; without it,
//! `seed --resume` does, as often as it is run.

use anyhow::{Context, Result};
use rand::RngExt;
use std::time::Duration;

use super::planting::{Access, became, missing, plantings, reopen, settled};
use crate::app::views::{CanaryView, ReleaseView};
use crate::client::Client;
use crate::identity::{Drawn, Profile, Role};
use crate::model::{ReleaseState, Time};
use crate::seed::db::Address;
use crate::seed::{Planting, Table};

/// How often `serve` looks for canaries that are due.
const EVERY: Duration = Duration::from_secs(30);
/// How long a release is left alone after it could not be served.
const PAUSE: Duration = Duration::from_secs(600);

/// Days over which canaries come in.
pub(super) fn days(text: &str) -> Result<f64, String> {
    let days = text.parse().ok().filter(|d: &f64| *d > 0.0 && *d <= 366.0);
    days.ok_or_else(|| "give days, over 0 and up to 366".to_owned())
}

/// Gives a canary its moment: some day from now on, at an hour at which the table's
/// rows come to be. Its row is dated accordingly, and is numbered when it goes in.
pub(super) fn put_off(
    drawn: &mut Drawn,
    profile: &Profile,
    days: f64,
    now: Time,
    entropy: &mut dyn crate::model::Entropy,
) {
    let zone = jiff::tz::TimeZone::UTC;
    let created: Vec<usize> = profile.columns_of(Role::CreatedAt).filter(|c| profile.dates[*c].is_some()).collect();
    let late = jiff::SignedDuration::from_secs_f64(days * 86_400.0 * entropy.random::<f64>());
    let mut due = now.checked_add(late).unwrap_or(now);
    let at = created.first().and_then(|c| {
        let like = &profile.donors.get(entropy.random_range(0..profile.donors.len().max(1)))?.row;
        profile.dates[*c].as_ref().filter(|form| days >= 1.0 && form.has_time())?.read(profile.text(like, Some(*c))?)
    });
    if let Some(at) = at {
        let moment = zone.to_datetime(due).date().to_datetime(at.time());
        due = zone.to_timestamp(moment).ok().filter(|moment| *moment > now).unwrap_or(due);
    }
    for column in created {
        let form = profile.dates[column].as_ref();
        drawn.row[column] = form.map(|form| form.write(zone.to_datetime(due))).or_else(|| drawn.row[column].take());
    }
    drawn.due = Some(due);
}

/// What an operator should know of a release whose canaries are yet to come in.
pub(super) fn plan(release: &ReleaseView) -> String {
    let next = release.next.map_or_else(|| "now".to_owned(), super::super::print::when);
    format!(
        "none of the canaries is planted yet: the first is due at {next} UTC. `dyepack serve` plants each when it is due; without it, run the same command with --resume from time to time"
    )
}

/// The same, once some may be in place.
pub(super) fn plan_on(release: &ReleaseView) -> String {
    let next = release.next.map_or_else(|| "now".to_owned(), super::super::print::when);
    format!("not all canaries are in place yet: the next is due at {next} UTC")
}

/// Plants what is due of a release; true once all of it is in place and confirmed.
pub(super) async fn drip(client: &Client, release: &ReleaseView, access: &Access, now: Time) -> Result<bool> {
    let canaries = client.unconfirmed(release.id).await?;
    let mut table = reopen(release, access).await?;
    let mut rows = plantings(&canaries, table.as_ref());
    let found = became(release, table.as_mut(), &mut rows).await?;
    let is_due = |n: &usize| canaries[*n].due.is_none_or(|due| due <= now);
    let due: Vec<usize> = missing(&found).into_iter().filter(is_due).collect();
    let mut failed = None;
    for n in &due {
        // One that the table does not take keeps the others from nothing.
        let planted = plant_one(client, release, table.as_mut(), &canaries[*n], &rows[*n]).await;
        failed = failed.or(planted.err());
    }
    if let Some(cause) = failed {
        return Err(cause);
    }
    let waiting = missing(&found).len() - due.len();
    if waiting == 0 {
        client.confirm(release.id).await?;
    } else if due.is_empty() {
        // The ledger learns when the next one is due.
        client.settle(release.id, &[]).await?;
    }
    Ok(waiting == 0)
}

/// Numbered, told to the ledger, then planted.
async fn plant_one(
    client: &Client,
    release: &ReleaseView,
    table: &mut dyn Table,
    canary: &CanaryView,
    row: &Planting,
) -> Result<()> {
    let Some(database) = table.database() else { return Ok(()) };
    let open = database.unnumbered(row);
    let tried = table.try_out(vec![open], &mut |_, _| {}).await?;
    let Some(numbered) = tried.taken.first() else {
        let said = tried.refused.last().map_or("nothing", String::as_str);
        anyhow::bail!("the table does not take {} any more: {said}", canary.id);
    };
    let location = table.locate(&tried.taken).await?.pop().unwrap_or_default();
    let mut now = row.clone();
    now.cells = numbered.row.clone();
    now.location = location;
    now.related.iter_mut().zip(&numbered.relatives).for_each(|(r, made)| r.cells = made.row.clone());
    let change = settled(std::slice::from_ref(canary), std::slice::from_ref(row), std::slice::from_ref(&now), table);
    client.settle(release.id, &change).await?;
    let planted = table.plant(std::slice::from_ref(&now), &mut |_, _| {}).await?;
    let change = settled(std::slice::from_ref(canary), std::slice::from_ref(&now), &planted, table);
    if !change.is_empty() {
        client.settle(release.id, &change).await?;
    }
    Ok(())
}

/// Plants what is due, for as long as the server runs.
pub(in crate::cli) async fn keep_dripping(client: Client) {
    let mut paused: std::collections::HashMap<crate::model::ReleaseId, std::time::Instant> = Default::default();
    loop {
        tokio::time::sleep(EVERY).await;
        let Ok(releases) = client.releases().await else { continue };
        let now = Time::now();
        let due = |r: &&ReleaseView| {
            let rests = paused.get(&r.id).is_some_and(|until| *until > std::time::Instant::now());
            r.state == ReleaseState::Issued
                && Address::is_one(&r.place.output)
                && !rests
                && r.next.is_some_and(|n| n <= now)
        };
        let due: Vec<ReleaseView> = releases.iter().filter(due).cloned().collect();
        for release in due {
            if let Err(cause) = drip(&client, &release, &Access::default(), now).await.context("spreading") {
                tracing::warn!(
                    "canaries of {} that are due could not be planted, tried again in ten minutes: {cause:#}",
                    release.id
                );
                paused.insert(release.id, std::time::Instant::now() + PAUSE);
            }
        }
    }
}
