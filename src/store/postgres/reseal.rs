//! Resealing: one chunk of the ledger, with the hashes under which its values are
//! found, and the keys of days. Who does it, when, and when the old key goes is
//! left to `rotate`.

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool};

use super::super::StoreError;
use super::super::keys::{KeyId, Keys};
use super::super::vault::{self, Day};
use super::failure::Failure;
use super::read::Sealed;
use super::rows::{self, KeyedHash, LookupRow, lookup_rows, signed};
use super::tables;
use crate::model::Event;

const CHUNK: u64 = 500;

/// How many entries are sealed with the key in use, and of how many.
pub(super) async fn progress(pool: &PgPool, keys: &Keys) -> Result<(u64, u64), Failure> {
    const SELECT: &str = "SELECT h.size, m.number, m.octets
        FROM head h LEFT JOIN dyepack_meta m ON m.name = 'rotation' WHERE h.id = 0";
    let row = sqlx::query(SELECT).fetch_one(pool).await?;
    let of = u64::try_from(row.try_get::<i64, _>("size")?).unwrap_or(0);
    let of_this_key = row.try_get::<Option<&[u8]>, _>("octets")? == keys.ids().first().map(KeyId::as_slice);
    let done = row.try_get::<Option<i64>, _>("number")?.filter(|_| of_this_key);
    Ok((done.and_then(|done| u64::try_from(done).ok()).unwrap_or(0), of))
}

/// Begins at the first entry again.
pub(super) async fn start_over(pool: &PgPool, keys: &Keys) -> Result<(), Failure> {
    put_down(&mut *pool.acquire().await?, keys, 0).await
}

async fn put_down(on: &mut PgConnection, keys: &Keys, done: i64) -> Result<(), Failure> {
    const PUT: &str = "INSERT INTO dyepack_meta (name, number, octets) VALUES ('rotation', $1, $2)
        ON CONFLICT (name) DO UPDATE SET number = EXCLUDED.number, octets = EXCLUDED.octets";
    let key = keys.ids().first().copied().unwrap_or_default();
    sqlx::query(PUT).bind(done).bind(key.as_slice()).execute(on).await?;
    Ok(())
}

/// Seals the entries from that number on anew; up to which it came.
pub(super) async fn chunk(pool: &PgPool, keys: &Keys, from: u64, of: u64) -> Result<u64, Failure> {
    const SELECT: &str = "SELECT number, leaf, sealed FROM ledger WHERE number >= $1 AND number < $2 ORDER BY number";
    let to = of.min(from.saturating_add(CHUNK));
    let mut transaction = pool.begin().await?;
    let select = sqlx::query(SELECT).bind(signed(from)).bind(signed(to));
    let rows = select.fetch_all(&mut *transaction).await?;
    let sealed = rows.iter().map(Sealed::of).collect::<Result<Vec<_>, _>>()?;
    let ours = keys.clone();
    let stopped = |_| StoreError::Unavailable("the program is stopping".to_owned());
    let anew = tokio::task::spawn_blocking(move || Anew::of(&ours, &sealed)).await.map_err(stopped)??;
    anew.put(&mut transaction, from, to).await?;
    put_down(&mut transaction, keys, signed(to)).await?;
    transaction.commit().await?;
    Ok(to)
}

/// What replaces what was sealed and hashed with other keys.
#[derive(Default)]
struct Anew {
    sealed: Vec<(i64, Vec<u8>)>,
    gone: Vec<KeyedHash>,
    lookups: Vec<LookupRow>,
    secrets: Vec<(KeyedHash, i64)>,
}

impl Anew {
    fn of(keys: &Keys, entries: &[Sealed]) -> Result<Self, StoreError> {
        let mut anew = Self::default();
        for entry in entries.iter().filter(|entry| !keys.is_current(&entry.octets)) {
            let octets = entry.open(keys)?;
            anew.entry(keys, signed(entry.number), &octets, &vault::read(entry.number, &octets)?.event);
        }
        Ok(anew)
    }

    fn entry(&mut self, keys: &Keys, number: i64, octets: &[u8], event: &Event) {
        self.sealed.push((number, vault::seal(keys, octets).1));
        let older = keys.ids().split_off(1);
        for key in rows::lookups(event) {
            self.gone.extend(older.iter().filter_map(|id| keys.lookup_under(id, key.as_bytes())));
        }
        let hashes = rows::hashes(event, keys);
        if matches!(event, Event::Token { .. }) {
            self.secrets.extend(hashes.iter().map(|hash| (*hash, number)));
        }
        self.lookups.extend(lookup_rows(number, event, &hashes));
    }

    async fn put(&self, on: &mut PgConnection, from: u64, to: u64) -> Result<(), Failure> {
        if self.sealed.is_empty() {
            return Ok(());
        }
        let (numbers, sealed): (Vec<i64>, Vec<&[u8]>) = self.sealed.iter().map(|(n, s)| (*n, s.as_slice())).unzip();
        let update = "UPDATE ledger SET sealed = anew.sealed
            FROM UNNEST($1::bigint[], $2::bytea[]) AS anew (number, sealed) WHERE ledger.number = anew.number";
        sqlx::query(update).bind(numbers).bind(sealed).execute(&mut *on).await?;
        let gone: Vec<&[u8]> = self.gone.iter().map(|hash| hash.as_slice()).collect();
        for delete in [
            "DELETE FROM lookups WHERE hash = ANY($1) AND number >= $2 AND number < $3",
            "DELETE FROM secrets WHERE hash = ANY($1) AND number >= $2 AND number < $3",
        ] {
            let delete = sqlx::query(delete).bind(&gone).bind(signed(from)).bind(signed(to));
            delete.execute(&mut *on).await?;
        }
        tables::lead(on, &self.lookups).await?;
        Ok(tables::keep_secrets(on, &self.secrets).await?)
    }
}

/// Seals the keys of days anew; those that are shredded meanwhile stay so.
pub(super) async fn content_keys(pool: &PgPool, keys: &Keys) -> Result<(), Failure> {
    for row in sqlx::query("SELECT day, sealed FROM content_keys").fetch_all(pool).await? {
        let (number, sealed): (i64, Vec<u8>) = (row.try_get("day")?, row.try_get("sealed")?);
        if keys.is_current(&sealed) {
            continue;
        }
        let day = Day::try_from(number).unwrap_or(Day::MAX);
        let anew = vault::seal_day_key(keys, day, &vault::open_day_key(keys, day, &sealed)?);
        let update = "UPDATE content_keys SET sealed = $3 WHERE day = $1 AND sealed = $2";
        sqlx::query(update).bind(number).bind(sealed).bind(anew).execute(pool).await?;
    }
    // The old rows lie in the file until it is written anew.
    sqlx::raw_sql("VACUUM FULL content_keys").execute(pool).await.ok();
    Ok(())
}

/// Whether everything is sealed with that key.
pub(super) async fn nothing_left(pool: &PgPool, key: &KeyId) -> Result<bool, Failure> {
    const SELECT: &str = "SELECT NOT EXISTS (SELECT 1 FROM ledger WHERE substring(sealed, 1, 4) <> $1)
        AND NOT EXISTS (SELECT 1 FROM content_keys WHERE substring(sealed, 1, 4) <> $1)";
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
    Ok(sqlx::query_scalar(SELECT).bind(key.as_slice()).fetch_one(&mut *transaction).await?)
}
