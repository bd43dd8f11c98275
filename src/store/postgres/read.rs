//! Reading: rows that name entries, and the entries they name. Values come out of
//! sealed entries alone; an entry's leaf hash is checked by opening it.

use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use std::collections::HashMap;

use super::super::keys::Keys;
use super::super::vault::{self, Day, DayKey};
use super::super::{Owner, StoreError};
use super::failure::Failure;
use super::head::{catch_up, ids};
use super::rows::{self, KeyedHash, signed};
use super::shared::Shared;
use crate::ledger::entry::LeafHash;
use crate::model::{Canary, Event, Hit, Lookup, Token};

/// More rows than that are opened beside the other tasks.
const SMALL: usize = 64;

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A sealed entry as it lies in its table.
pub(super) struct Sealed {
    pub(super) number: u64,
    pub(super) leaf: LeafHash,
    pub(super) octets: Vec<u8>,
}

impl Sealed {
    pub(super) fn of(row: &PgRow) -> Result<Self, Failure> {
        let number: i64 = row.try_get("number")?;
        let number = u64::try_from(number).unwrap_or(0);
        let leaf: &[u8] = row.try_get("leaf")?;
        let damaged =
            |what: &str| StoreError::Damaged { place: format!("ledger entry {number}"), what: what.to_owned() };
        let leaf = leaf.try_into().map_err(|_| damaged("its leaf hash has another length"))?;
        Ok(Self { number, leaf, octets: row.try_get("sealed")? })
    }

    pub(super) fn open(&self, keys: &Keys) -> Result<Vec<u8>, StoreError> {
        vault::open(keys, self.number, &self.leaf, &self.octets)
    }

    pub(super) fn event(&self, keys: &Keys) -> Result<Event, StoreError> {
        Ok(vault::read(self.number, &self.open(keys)?)?.event)
    }
}

/// Opens entries, many of them beside the other tasks.
async fn open_all<T: Send + 'static>(
    keys: &Keys,
    rows: Vec<PgRow>,
    open: fn(&Sealed, &Keys) -> Result<T, StoreError>,
) -> Result<Vec<T>, Failure> {
    let (few, keys) = (rows.len() <= SMALL, keys.clone());
    let sealed = rows.iter().map(Sealed::of).collect::<Result<Vec<_>, Failure>>()?;
    let all = move || sealed.iter().map(|one| open(one, &keys)).collect::<Result<Vec<T>, StoreError>>();
    if few {
        return Ok(all()?);
    }
    let stopped = |_| StoreError::Unreadable("the program is stopping".to_owned());
    Ok(tokio::task::spawn_blocking(all).await.map_err(stopped)??)
}

/// Takes from an event what was asked for.
type Pick<T> = fn(Event) -> Option<T>;

impl Shared {
    /// The things in the entries that a statement selects (number, leaf, sealed).
    pub(super) async fn things<T: Send + 'static>(
        &self,
        pool: &PgPool,
        select: Statement<'_>,
        pick: Pick<T>,
    ) -> Result<Vec<T>, Failure> {
        let rows = select.fetch_all(pool).await?;
        let events = open_all(&self.keys, rows, |sealed, keys| sealed.event(keys)).await?;
        Ok(events.into_iter().filter_map(pick).collect())
    }

    /// The canonical octets of the entries that a statement selects.
    pub(super) async fn octets(&self, pool: &PgPool, select: Statement<'_>) -> Result<Vec<Vec<u8>>, Failure> {
        let rows = select.fetch_all(pool).await?;
        open_all(&self.keys, rows, |sealed, keys| sealed.open(keys)).await
    }

    /// Hits with their words, as far as the keys of their days still exist.
    pub(super) async fn hits(&self, pool: &PgPool, select: Statement<'_>) -> Result<Vec<Hit>, Failure> {
        let rows = select.fetch_all(pool).await?;
        let guarded = open_all(&self.keys, rows, |sealed, keys| Ok((sealed.number, sealed.event(keys)?))).await?;
        let mut days: Vec<Day> = guarded.iter().filter_map(|(_, event)| Some(vault::day_of(hit(event)?.id))).collect();
        days.sort_unstable();
        days.dedup();
        let keys = self.day_keys(pool, &days).await?;
        let few = guarded.len() <= SMALL;
        let clear = move || newest(guarded.into_iter().filter_map(|(number, event)| clear(number, event, &keys)));
        if few {
            return Ok(clear());
        }
        let stopped = |_| StoreError::Unreadable("the program is stopping".to_owned());
        Ok(tokio::task::spawn_blocking(clear).await.map_err(stopped)?)
    }

    /// Who stands behind a value; the row of the head tells whether our keys find
    /// everything.
    pub(super) async fn owners(&self, pool: &PgPool, key: &Lookup) -> Result<Vec<Owner>, Failure> {
        const SELECT: &str = "SELECT h.ring, l.class, l.control, g.number, g.leaf, g.sealed
            FROM ring h
            LEFT JOIN lookups l ON l.hash = ANY($1)
            LEFT JOIN ledger g ON g.number = l.number AND l.class = 'canary'
            WHERE h.id = 0 ORDER BY l.number";
        let rows = self.found(pool, SELECT, key).await?;
        let mut owners = Owners::default();
        for row in &rows {
            match row.try_get::<Option<&str>, _>("class")? {
                Some(rows::CANARY) => owners.canary(Sealed::of(row)?.event(&self.keys)?),
                Some(rows::POOL) => owners.pool = row.try_get("control")?,
                Some(rows::SOURCE) => owners.source = true,
                Some(_) => owners.contact = true,
                None => {}
            }
        }
        Ok(owners.list())
    }

    /// The token of a secret, as it was made.
    pub(super) async fn token_of(&self, pool: &PgPool, secret_hash: &str) -> Result<Option<Token>, Failure> {
        const SELECT: &str = "SELECT h.ring, g.number, g.leaf, g.sealed
            FROM ring h
            LEFT JOIN secrets s ON s.hash = ANY($1)
            LEFT JOIN ledger g ON g.number = s.number
            WHERE h.id = 0 ORDER BY g.number LIMIT 1";
        let rows = self.found(pool, SELECT, &Lookup::token(secret_hash)).await?;
        let Some(row) = rows.first().filter(|_| !secret_hash.is_empty()) else { return Ok(None) };
        if row.try_get::<Option<i64>, _>("number")?.is_none() {
            return Ok(None);
        }
        match Sealed::of(row)?.event(&self.keys)? {
            Event::Token { token, .. } => Ok(Some(token)),
            _ => Ok(None),
        }
    }

    /// The rows of a look-up, under every hash that the value may have.
    async fn found(&self, pool: &PgPool, select: &'static str, key: &Lookup) -> Result<Vec<PgRow>, Failure> {
        let mut ring = self.keys.ids();
        loop {
            let hashes: Vec<KeyedHash> = self.keys.lookups(key.as_bytes());
            let hashes: Vec<&[u8]> = hashes.iter().map(|hash| hash.as_slice()).collect();
            let rows = sqlx::query(select).bind(hashes).fetch_all(pool).await?;
            if let Some(row) = rows.first() {
                catch_up(&self.keys, &ids(row.try_get("ring")?))?;
            }
            let now = self.keys.ids();
            if now == ring {
                return Ok(rows);
            }
            ring = now;
        }
    }

    /// The entries from that number on.
    pub(super) async fn entries(&self, pool: &PgPool, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, Failure> {
        const SELECT: &str = "SELECT number, leaf, sealed FROM ledger WHERE number >= $1 ORDER BY number LIMIT $2";
        let limit = signed(u64::try_from(limit).unwrap_or(u64::MAX));
        self.octets(pool, sqlx::query(SELECT).bind(signed(from)).bind(limit)).await
    }
}

fn hit(event: &Event) -> Option<&Hit> {
    match event {
        Event::Hit(hit) => Some(hit),
        _ => None,
    }
}

fn clear(number: u64, event: Event, keys: &HashMap<Day, DayKey>) -> Option<Hit> {
    match vault::unguard(event, number, |day| keys.get(&day).copied()) {
        Event::Hit(hit) => Some(*hit),
        _ => None,
    }
}

/// In the order they came; of a hit that was recorded again, the newest.
fn newest(hits: impl Iterator<Item = Hit>) -> Vec<Hit> {
    let hits: Vec<Hit> = hits.collect();
    let mut last = HashMap::new();
    for hit in &hits {
        let entry = last.entry(hit.id).or_insert(hit.entry);
        *entry = hit.entry.max(*entry);
    }
    hits.into_iter().filter(|hit| last.get(&hit.id) == Some(&hit.entry)).collect()
}

/// Owners of one value, each once.
#[derive(Default)]
struct Owners {
    canaries: Vec<Canary>,
    pool: Option<bool>,
    source: bool,
    contact: bool,
}

impl Owners {
    /// Rows come in the order of entries, so that of a planting the newest stays.
    fn canary(&mut self, event: Event) {
        if let Event::Canary(canary) = event {
            self.canaries.retain(|known| (known.id, known.release) != (canary.id, canary.release));
            self.canaries.push(canary);
        }
    }

    fn list(self) -> Vec<Owner> {
        let mut list: Vec<Owner> = self.canaries.into_iter().map(|canary| Owner::Canary(Box::new(canary))).collect();
        list.extend(self.pool.map(|control| Owner::Pool { control }));
        list.extend(self.source.then_some(Owner::Source));
        list.extend(self.contact.then_some(Owner::Contact));
        list
    }
}
