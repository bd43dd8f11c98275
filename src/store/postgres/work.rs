//! Work that replicas share: news to be judged, alerts to be sent, tasks of which
//! one replica does each. Whoever takes something writes down until when it is
//! his; rows that another one is just taking are passed over, not waited for.

use jiff::SignedDuration;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use uuid::Uuid;

use super::super::{Claim, Outbox};
use super::failure::Failure;
use super::moment::Moment;
use super::read::Sealed;
use super::shared::Shared;
use crate::model::{Alert, AlertId, Event, News, SourceId, Time};

/// What another one is just taking may come back that much later.
const SOON: SignedDuration = SignedDuration::from_secs(1);
/// A century in microseconds: what an interval takes without complaint.
const LONGEST: i64 = 100 * 366 * 86_400 * 1_000_000;

/// What is due at the earliest, where it is not yet.
fn later<T>(earliest: Option<Moment>, now: Time) -> Claim<T> {
    match earliest {
        None => Claim::Nothing,
        Some(Moment(at)) if at > now => Claim::Later(at),
        Some(_) => Claim::Later(now.saturating_add(SOON).unwrap_or(now)),
    }
}

/// Takes the news of one source that have rested since its last judgement.
pub(super) async fn claim_news(
    pool: PgPool,
    now: Time,
    quiet: SignedDuration,
    until: Time,
) -> Result<Claim<News>, Failure> {
    const SELECT: &str = "SELECT source, newest FROM news
        WHERE newest > judged AND (judged_at IS NULL OR judged_at + $2 * INTERVAL '1 microsecond' <= $1)
          AND (claimed_until IS NULL OR claimed_until <= $1)
        ORDER BY newest LIMIT 1 FOR UPDATE SKIP LOCKED";
    let quiet = i64::try_from(quiet.as_micros()).unwrap_or(LONGEST).min(LONGEST);
    let mut transaction = pool.begin().await?;
    let due = sqlx::query(SELECT).bind(Moment(now)).bind(quiet).fetch_optional(&mut *transaction).await?;
    let Some(row) = due else { return next_news(&mut transaction, now, quiet).await };
    let source: Uuid = row.try_get("source")?;
    let newest: i64 = row.try_get("newest")?;
    let update = "UPDATE news SET claimed_until = $2 WHERE source = $1";
    sqlx::query(update).bind(source).bind(Moment(until)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    let source = SourceId::from_octets(source.into_bytes());
    Ok(Claim::Ours(News { source, newest: u64::try_from(newest).unwrap_or(0) }))
}

async fn next_news(on: &mut PgConnection, now: Time, quiet: i64) -> Result<Claim<News>, Failure> {
    const SELECT: &str = "SELECT min(COALESCE(
            GREATEST(judged_at + $2 * INTERVAL '1 microsecond', claimed_until), $1)) FROM news
        WHERE newest > judged";
    Ok(later(sqlx::query_scalar(SELECT).bind(Moment(now)).bind(quiet).fetch_one(on).await?, now))
}

/// Gives up an alert that somebody holds.
pub(super) async fn give_back(pool: PgPool, alert: AlertId) -> Result<(), Failure> {
    let update = "UPDATE alerts SET claimed_until = NULL WHERE id = $1";
    sqlx::query(update).bind(Uuid::from_bytes(alert.octets())).execute(&pool).await?;
    Ok(())
}

/// Whether the task is ours until then.
pub(super) async fn claim_task(pool: &PgPool, task: &str, now: Time, until: Time) -> Result<bool, Failure> {
    const CLAIM: &str = "INSERT INTO tasks (name, claimed_until) VALUES ($1, $3)
        ON CONFLICT (name) DO UPDATE SET claimed_until = EXCLUDED.claimed_until WHERE tasks.claimed_until <= $2";
    let claim = sqlx::query(CLAIM).bind(task).bind(Moment(now)).bind(Moment(until));
    Ok(claim.execute(pool).await?.rows_affected() == 1)
}

/// Whether a task that is ours until `held` stays ours until then.
pub(super) async fn renew_task(pool: &PgPool, task: &str, held: Time, until: Time) -> Result<bool, Failure> {
    let renew = "UPDATE tasks SET claimed_until = $3 WHERE name = $1 AND claimed_until = $2";
    let renew = sqlx::query(renew).bind(task).bind(Moment(held)).bind(Moment(until));
    Ok(renew.execute(pool).await?.rows_affected() == 1)
}

impl Shared {
    /// Takes the alert of a channel that has been due for longest.
    pub(super) async fn claim_alert(
        &self,
        pool: PgPool,
        channel: &str,
        now: Time,
        until: Time,
    ) -> Result<Claim<Alert>, Failure> {
        const SELECT: &str = "SELECT id, number FROM alerts
            WHERE channel = $1 AND state = 'pending' AND due_at <= $2
              AND (claimed_until IS NULL OR claimed_until <= $2)
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED";
        let mut transaction = pool.begin().await?;
        let due = sqlx::query(SELECT).bind(channel).bind(Moment(now)).fetch_optional(&mut *transaction).await?;
        let Some(row) = due else { return next_alert(&mut transaction, channel, now).await };
        let update = "UPDATE alerts SET claimed_until = $2 WHERE id = $1";
        let id: Uuid = row.try_get("id")?;
        sqlx::query(update).bind(id).bind(Moment(until)).execute(&mut *transaction).await?;
        let select = "SELECT number, leaf, sealed FROM ledger WHERE number = $1";
        let number: i64 = row.try_get("number")?;
        let row = sqlx::query(select).bind(number).fetch_one(&mut *transaction).await?;
        let alert = self.alert_in(&row)?;
        transaction.commit().await?;
        Ok(alert.map_or(Claim::Nothing, Claim::Ours))
    }

    /// How a source's alerts on a channel stand.
    pub(super) async fn outbox(
        &self,
        pool: PgPool,
        channel: &str,
        source: SourceId,
        now: Time,
    ) -> Result<Outbox, Failure> {
        const SELECT: &str = "SELECT COALESCE(a.claimed_until > $3, false) AS in_flight, g.number, g.leaf, g.sealed
            FROM alerts a JOIN ledger g ON g.number = a.number
            WHERE a.channel = $1 AND a.source = $2 ORDER BY a.queued_at DESC, a.id DESC LIMIT 1";
        let source = Uuid::from_bytes(source.octets());
        let select = sqlx::query(SELECT).bind(channel).bind(source).bind(Moment(now));
        let Some(row) = select.fetch_optional(&pool).await? else { return Ok(Outbox::default()) };
        Ok(Outbox { last: self.alert_in(&row)?, in_flight: row.try_get("in_flight")? })
    }

    fn alert_in(&self, row: &PgRow) -> Result<Option<Alert>, Failure> {
        match Sealed::of(row)?.event(&self.keys)? {
            Event::Alert(alert) => Ok(Some(alert)),
            _ => Ok(None),
        }
    }
}

async fn next_alert(on: &mut PgConnection, channel: &str, now: Time) -> Result<Claim<Alert>, Failure> {
    const SELECT: &str = "SELECT min(GREATEST(due_at, claimed_until)) FROM alerts
        WHERE channel = $1 AND state = 'pending'";
    Ok(later(sqlx::query_scalar(SELECT).bind(channel).fetch_one(on).await?, now))
}
