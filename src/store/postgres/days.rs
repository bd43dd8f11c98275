//! Days' keys: what the contents of hits are sealed under. They are kept in
//! memory for a minute at most, because another replica may shred them; today's
//! is not shredded, and stays.

use sqlx::Row;
use sqlx::postgres::PgPool;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::super::keys::Keys;
use super::super::vault::{self, Day, DayKey};
use super::draft::under_one_ring;
use super::failure::Failure;
use super::head::Head;
use super::shared::{Shared, lock};
use crate::model::Time;

const REMEMBERED: Duration = Duration::from_secs(60);

/// The days' keys that were read lately.
#[derive(Default)]
pub(super) struct Days(Mutex<HashMap<Day, (Instant, DayKey)>>);

impl Days {
    fn known(&self, days: &[Day]) -> HashMap<Day, DayKey> {
        let today = vault::day_at(Time::now());
        let mut kept = lock(&self.0);
        kept.retain(|day, (read, _)| *day >= today || read.elapsed() < REMEMBERED);
        days.iter().filter_map(|day| Some((*day, kept.get(day)?.1))).collect()
    }

    fn keep(&self, keys: &HashMap<Day, DayKey>) {
        let now = Instant::now();
        lock(&self.0).extend(keys.iter().map(|(day, key)| (*day, (now, *key))));
    }

    fn forget(&self) {
        lock(&self.0).clear();
    }
}

impl Shared {
    /// The keys of those days, as far as they still exist.
    pub(super) async fn day_keys(&self, pool: &PgPool, days: &[Day]) -> Result<HashMap<Day, DayKey>, Failure> {
        let mut known = self.days.known(days);
        let missing: Vec<Day> = days.iter().filter(|day| !known.contains_key(day)).copied().collect();
        if !missing.is_empty() {
            let read = read(pool, &self.keys, &missing).await?;
            self.days.keep(&read);
            known.extend(read);
        }
        Ok(known)
    }

    /// The same; those that do not exist are made.
    pub(super) async fn day_keys_for(&self, days: &[Day]) -> Result<HashMap<Day, DayKey>, StoreError> {
        let known = self.days.known(days);
        if known.len() == days.len() {
            return Ok(known);
        }
        self.writing(async |pool: PgPool| {
            let known = self.day_keys(&pool, days).await?;
            let missing: Vec<Day> = days.iter().filter(|day| !known.contains_key(day)).copied().collect();
            make(&pool, &self.keys, &missing).await?;
            self.day_keys(&pool, days).await
        })
        .await
    }

    /// Destroys the keys of all days before that one; how many.
    pub(super) async fn shred(&self, before: Day) -> Result<u64, StoreError> {
        let shredded = self.writing(async |pool: PgPool| {
            let delete = "DELETE FROM content_keys WHERE day < $1";
            Ok(sqlx::query(delete).bind(i64::from(before)).execute(&pool).await?.rows_affected())
        });
        let shredded = shredded.await?;
        self.days.forget();
        // Rows that were deleted stay in their file until it is written anew.
        if shredded > 0 {
            sqlx::raw_sql("VACUUM FULL content_keys").execute(&self.pools.now()).await.ok();
        }
        Ok(shredded)
    }

    /// All of them, as they are kept.
    pub(super) async fn all_day_keys(&self) -> Result<Vec<(Day, Vec<u8>)>, StoreError> {
        self.reading(async |pool: PgPool| {
            let rows = sqlx::query("SELECT day, sealed FROM content_keys ORDER BY day").fetch_all(&pool).await?;
            rows.iter().map(|row| Ok((day(row.try_get("day")?), row.try_get("sealed")?))).collect()
        })
        .await
    }

    /// Takes over days' keys of another store with the same key file.
    pub(super) async fn adopt_day_keys(&self, keys: &[(Day, Vec<u8>)]) -> Result<(), StoreError> {
        let open = |(day, sealed): &(Day, Vec<u8>)| Ok((*day, vault::open_day_key(&self.keys, *day, sealed)?));
        let opened = keys.iter().map(open).collect::<Result<HashMap<_, _>, StoreError>>()?;
        let days: Vec<Day> = opened.keys().copied().collect();
        let kept = self.writing(async |pool: PgPool| {
            put(&pool, &self.keys, &opened).await?;
            read(&pool, &self.keys, &days).await
        });
        if kept.await? == opened { Ok(()) } else { Err(StoreError::NotEmpty(self.place.clone())) }
    }
}

fn day(number: i64) -> Day {
    Day::try_from(number).unwrap_or(Day::MAX)
}

/// Reads days' keys from their table alone.
pub(super) async fn read(pool: &PgPool, keys: &Keys, days: &[Day]) -> Result<HashMap<Day, DayKey>, Failure> {
    let days: Vec<i64> = days.iter().map(|day| i64::from(*day)).collect();
    let select = "SELECT day, sealed FROM content_keys WHERE day = ANY($1)";
    let rows = sqlx::query(select).bind(&days).fetch_all(pool).await?;
    let open = |row: &sqlx::postgres::PgRow| {
        let day = day(row.try_get("day")?);
        Ok((day, vault::open_day_key(keys, day, row.try_get("sealed")?)?))
    };
    rows.iter().map(open).collect()
}

async fn make(pool: &PgPool, keys: &Keys, days: &[Day]) -> Result<(), Failure> {
    let made = days.iter().map(|day| (*day, vault::new_day_key(keys, *day).0)).collect();
    put(pool, keys, &made).await
}

/// Puts keys down for days that have none. The head is locked so that nothing is
/// sealed with a key that is being retired.
async fn put(pool: &PgPool, keys: &Keys, day_keys: &HashMap<Day, DayKey>) -> Result<(), Failure> {
    if day_keys.is_empty() {
        return Ok(());
    }
    let seal = |(day, key): (&Day, &DayKey)| (i64::from(*day), vault::seal_day_key(keys, *day, key));
    let (ring, sealed) = under_one_ring(keys, || Ok(day_keys.iter().map(seal).unzip::<_, _, Vec<_>, Vec<_>>()))?;
    let mut transaction = pool.begin().await?;
    let mut head = Head::lock(&mut transaction).await?;
    head.agree(&ring)?;
    head.write(&mut transaction).await?;
    let insert = "INSERT INTO content_keys (day, sealed) SELECT * FROM UNNEST($1::bigint[], $2::bytea[])
                  ON CONFLICT (day) DO NOTHING";
    sqlx::query(insert).bind(sealed.0).bind(sealed.1).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}
