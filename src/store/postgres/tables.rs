//! Tables: how rows get into them. Every statement takes whole columns as
//! arrays, so that a batch costs a few round trips however long it is. What
//! the rows are is left to `rows`.

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{Postgres, query};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::moment::{Moment, maybe};
use super::rows::{HitRow, Judged, KeyedHash, LookupRow, Numbered, Rows, signed};
use crate::model::{Alert, Case, Judgement, PoolItem, Release, Source, Token};

/// Rows of one statement; keeps messages far below what the protocol takes.
const CHUNK: usize = 5_000;

type Statement<'q> = Query<'q, Postgres, PgArguments>;
type Written = Result<(), sqlx::Error>;
/// A thing of that id.
type Of<'a, T> = (Uuid, &'a Numbered<T>);

/// A line of the ledger.
pub(super) struct LedgerRow {
    pub(super) number: i64,
    pub(super) at: Moment,
    pub(super) kind: &'static str,
    pub(super) leaf: [u8; 32],
    pub(super) sealed: Vec<u8>,
}

/// A complete subtree.
pub(super) struct NodeRow {
    pub(super) level: i64,
    pub(super) index: i64,
    pub(super) hash: [u8; 32],
}

/// Puts everything that is derived where it belongs.
pub(super) async fn derived(on: &mut PgConnection, rows: &Rows) -> Written {
    put(on, &rows.lookups, lookups).await?;
    put(on, &rows.hits, hits).await?;
    put(on, &listed(&rows.newest), newest).await?;
    put(on, &rows.canaries, canaries).await?;
    put(on, &rows.history.iter().copied().collect::<Vec<_>>(), history).await?;
    put(on, &listed(&rows.sources), sources).await?;
    put(on, &rows.pool, pool).await?;
    put(on, &listed(&rows.releases), releases).await?;
    put(on, &listed(&rows.cases), cases).await?;
    put(on, &listed(&rows.judgements), judgements).await?;
    put(on, &listed(&rows.judged), judged).await?;
    put(on, &listed(&rows.alerts), alerts).await?;
    put(on, &listed(&rows.tokens), tokens).await?;
    put(on, &rows.secrets.iter().map(|(hash, number)| (*hash, *number)).collect::<Vec<_>>(), secrets).await
}

/// Appends to the ledger.
pub(super) async fn append(on: &mut PgConnection, rows: &[LedgerRow]) -> Written {
    put(on, rows, ledger).await
}

/// Puts down complete subtrees.
pub(super) async fn grow(on: &mut PgConnection, rows: &[NodeRow]) -> Written {
    put(on, rows, tree).await
}

/// Puts down where values lead.
pub(super) async fn lead(on: &mut PgConnection, rows: &[LookupRow]) -> Written {
    put(on, rows, lookups).await
}

/// Puts down which entries made the tokens of secrets.
pub(super) async fn keep_secrets(on: &mut PgConnection, rows: &[(KeyedHash, i64)]) -> Written {
    put(on, rows, secrets).await
}

async fn put<R>(on: &mut PgConnection, rows: &[R], statement: fn(&[R]) -> Statement<'_>) -> Written {
    for chunk in rows.chunks(CHUNK) {
        statement(chunk).execute(&mut *on).await?;
    }
    Ok(())
}

fn listed<T>(map: &BTreeMap<Uuid, T>) -> Vec<(Uuid, &T)> {
    map.iter().map(|(id, row)| (*id, row)).collect()
}

fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

fn ledger(rows: &[LedgerRow]) -> Statement<'_> {
    query(
        "INSERT INTO ledger (number, at, kind, leaf, sealed)
         SELECT * FROM UNNEST($1::bigint[], $2::timestamptz[], $3::text[], $4::bytea[], $5::bytea[])",
    )
    .bind(column(rows, |r| r.number))
    .bind(column(rows, |r| r.at))
    .bind(column(rows, |r| r.kind))
    .bind(column(rows, |r| r.leaf.as_slice()))
    .bind(column(rows, |r| r.sealed.as_slice()))
}

fn tree(rows: &[NodeRow]) -> Statement<'_> {
    query("INSERT INTO tree (level, idx, hash) SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[])")
        .bind(column(rows, |r| r.level))
        .bind(column(rows, |r| r.index))
        .bind(column(rows, |r| r.hash.as_slice()))
}

fn history(rows: &[(Uuid, i64)]) -> Statement<'_> {
    query("INSERT INTO history (id, number) SELECT * FROM UNNEST($1::uuid[], $2::bigint[])")
        .bind(column(rows, |r| r.0))
        .bind(column(rows, |r| r.1))
}

fn lookups(rows: &[LookupRow]) -> Statement<'_> {
    query(
        "INSERT INTO lookups (hash, class, number, canary, release, control)
         SELECT * FROM UNNEST($1::bytea[], $2::text[], $3::bigint[], $4::uuid[], $5::uuid[], $6::boolean[])
         ON CONFLICT (hash, class, number) DO NOTHING",
    )
    .bind(column(rows, |r| r.hash.as_slice()))
    .bind(column(rows, |r| r.class))
    .bind(column(rows, |r| r.number))
    .bind(column(rows, |r| r.canary))
    .bind(column(rows, |r| r.release))
    .bind(column(rows, |r| r.control))
}

fn hits(rows: &[Numbered<HitRow>]) -> Statement<'_> {
    query(
        "INSERT INTO hits (number, id, at, channel, status, source, release, canary, control, confirmed)
         SELECT * FROM UNNEST($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[],
                              $7::uuid[], $8::uuid[], $9::boolean[], $10::boolean[])",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.id))
    .bind(column(rows, |r| r.1.at))
    .bind(column(rows, |r| r.1.channel))
    .bind(column(rows, |r| r.1.status))
    .bind(column(rows, |r| r.1.source))
    .bind(column(rows, |r| r.1.release))
    .bind(column(rows, |r| r.1.canary))
    .bind(column(rows, |r| r.1.control))
    .bind(column(rows, |r| r.1.confirmed))
}

fn newest<'a>(rows: &'a [(Uuid, &i64)]) -> Statement<'a> {
    query(
        "INSERT INTO news (source, newest, judged) SELECT source, newest, -1 FROM UNNEST($1::uuid[], $2::bigint[])
         AS n (source, newest) ON CONFLICT (source) DO UPDATE SET newest = EXCLUDED.newest",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| *r.1))
}

fn judged<'a>(rows: &'a [(Uuid, &Judged)]) -> Statement<'a> {
    query(
        "INSERT INTO news (source, newest, judged, judged_at)
         SELECT source, -1, judged, judged_at FROM UNNEST($1::uuid[], $2::bigint[], $3::timestamptz[])
         AS n (source, judged, judged_at)
         ON CONFLICT (source) DO UPDATE
         SET judged = EXCLUDED.judged, judged_at = EXCLUDED.judged_at, claimed_until = NULL",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.through))
    .bind(column(rows, |r| r.1.at))
}

fn canaries(rows: &[Numbered<(Uuid, Uuid)>]) -> Statement<'_> {
    query("INSERT INTO canaries (number, id, release) SELECT * FROM UNNEST($1::bigint[], $2::uuid[], $3::uuid[])")
        .bind(column(rows, |r| r.0))
        .bind(column(rows, |r| r.1.0))
        .bind(column(rows, |r| r.1.1))
}

fn sources<'a>(rows: &'a [Of<'_, Source>]) -> Statement<'a> {
    query(
        "INSERT INTO sources (id, number, parent, added_at)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::uuid[], $4::timestamptz[])
         ON CONFLICT (id) DO UPDATE
         SET number = EXCLUDED.number, parent = EXCLUDED.parent, added_at = EXCLUDED.added_at",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| r.1.1.parent.map(|id| Uuid::from_bytes(id.octets()))))
    .bind(column(rows, |r| Moment(r.1.1.added_at)))
}

fn pool(rows: &[Numbered<PoolItem>]) -> Statement<'_> {
    query(
        "INSERT INTO pool (number, kind, control, added_at)
         SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::boolean[], $4::timestamptz[])",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.kind.to_string()))
    .bind(column(rows, |r| r.1.control))
    .bind(column(rows, |r| Moment(r.1.added_at)))
}

fn releases<'a>(rows: &'a [Of<'_, Release>]) -> Statement<'a> {
    query(
        "INSERT INTO releases
             (id, number, source, state, rows_in, canaries, issued_at, planted_at, withdrawn_at)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[],
                              $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
         ON CONFLICT (id) DO UPDATE
         SET number = EXCLUDED.number, source = EXCLUDED.source, state = EXCLUDED.state,
             rows_in = EXCLUDED.rows_in, canaries = EXCLUDED.canaries, issued_at = EXCLUDED.issued_at,
             planted_at = EXCLUDED.planted_at, withdrawn_at = EXCLUDED.withdrawn_at",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| Uuid::from_bytes(r.1.1.source.octets())))
    .bind(column(rows, |r| r.1.1.state.word()))
    .bind(column(rows, |r| signed(r.1.1.rows_in)))
    .bind(column(rows, |r| signed(r.1.1.canaries)))
    .bind(column(rows, |r| Moment(r.1.1.issued_at)))
    .bind(column(rows, |r| maybe(r.1.1.planted_at)))
    .bind(column(rows, |r| maybe(r.1.1.withdrawn_at)))
}

fn cases<'a>(rows: &'a [Of<'_, Case>]) -> Statement<'a> {
    query(
        "INSERT INTO cases (id, number, source, outcome, opened_at, closed_at)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
         ON CONFLICT (id) DO UPDATE
         SET number = EXCLUDED.number, source = EXCLUDED.source, outcome = EXCLUDED.outcome,
             opened_at = EXCLUDED.opened_at, closed_at = EXCLUDED.closed_at",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| Uuid::from_bytes(r.1.1.source.octets())))
    .bind(column(rows, |r| r.1.1.outcome.map(|o| o.word())))
    .bind(column(rows, |r| Moment(r.1.1.opened_at)))
    .bind(column(rows, |r| maybe(r.1.1.closed_at)))
}

fn judgements<'a>(rows: &'a [Of<'_, Judgement>]) -> Statement<'a> {
    query(
        "INSERT INTO judgements
             (source, number, at, through, probability_ppm, log10_bayes_factor_milli, accused)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[],
                              $7::boolean[])
         ON CONFLICT (source) DO UPDATE
         SET number = EXCLUDED.number, at = EXCLUDED.at, through = EXCLUDED.through,
             probability_ppm = EXCLUDED.probability_ppm,
             log10_bayes_factor_milli = EXCLUDED.log10_bayes_factor_milli, accused = EXCLUDED.accused",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| Moment(r.1.1.at)))
    .bind(column(rows, |r| signed(r.1.1.through)))
    .bind(column(rows, |r| i64::from(r.1.1.probability_ppm)))
    .bind(column(rows, |r| r.1.1.log10_bayes_factor_milli))
    .bind(column(rows, |r| r.1.1.accused))
}

fn alerts<'a>(rows: &'a [Of<'_, Alert>]) -> Statement<'a> {
    query(
        "INSERT INTO alerts (id, number, channel, source, state, queued_at, due_at, attempts)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[],
                              $7::timestamptz[], $8::bigint[])
         ON CONFLICT (id) DO UPDATE
         SET number = EXCLUDED.number, channel = EXCLUDED.channel, source = EXCLUDED.source,
             state = EXCLUDED.state, queued_at = EXCLUDED.queued_at, due_at = EXCLUDED.due_at,
             attempts = EXCLUDED.attempts, claimed_until = NULL",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| r.1.1.channel.as_str()))
    .bind(column(rows, |r| Uuid::from_bytes(r.1.1.source.octets())))
    .bind(column(rows, |r| r.1.1.state.word()))
    .bind(column(rows, |r| Moment(r.1.1.queued_at)))
    .bind(column(rows, |r| Moment(r.1.1.due_at)))
    .bind(column(rows, |r| i64::from(r.1.1.attempts)))
}

fn tokens<'a>(rows: &'a [Of<'_, Token>]) -> Statement<'a> {
    query(
        "INSERT INTO tokens (id, number, role, added_at, revoked_at)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[])
         ON CONFLICT (id) DO UPDATE
         SET number = EXCLUDED.number, role = EXCLUDED.role, added_at = EXCLUDED.added_at,
             revoked_at = EXCLUDED.revoked_at",
    )
    .bind(column(rows, |r| r.0))
    .bind(column(rows, |r| r.1.0))
    .bind(column(rows, |r| r.1.1.role.word()))
    .bind(column(rows, |r| Moment(r.1.1.added_at)))
    .bind(column(rows, |r| maybe(r.1.1.revoked_at)))
}

fn secrets(rows: &[(KeyedHash, i64)]) -> Statement<'_> {
    query(
        "INSERT INTO secrets (hash, number) SELECT * FROM UNNEST($1::bytea[], $2::bigint[])
         ON CONFLICT (hash) DO NOTHING",
    )
    .bind(column(rows, |r| r.0.as_slice()))
    .bind(column(rows, |r| r.1))
}
