//! What the operator owns: entries of the pool, and those of them that are free.
//! A value is free while no hash of it leads to a canary; since hashes change with
//! the sealing key, entries are opened and hashed anew to tell.

use sqlx::postgres::PgPool;
use std::collections::HashSet;

use super::failure::Failure;
use super::rows::{KeyedHash, signed};
use super::shared::Shared;
use crate::model::{Event, Lookup, PoolItem, PoolKind};

/// Entries of the first look; each further one is twice as wide, so that a pool
/// of which most is planted takes few of them.
const FIRST: usize = 2_000;
/// Entries of the widest.
const WIDEST: usize = 64_000;

pub(super) fn item(event: Event) -> Option<PoolItem> {
    if let Event::Pool(item) = event { Some(item) } else { None }
}

impl Shared {
    /// Controls of a kind, or all that are none.
    pub(super) async fn pool_of(&self, pool: &PgPool, kind: PoolKind, control: bool) -> Result<Vec<PoolItem>, Failure> {
        const SELECT: &str = "SELECT g.number, g.leaf, g.sealed FROM pool p JOIN ledger g ON g.number = p.number
            WHERE p.kind = $1 AND p.control = $2 ORDER BY p.number";
        self.things(pool, sqlx::query(SELECT).bind(kind.word()).bind(control), item).await
    }

    /// Entries that may be planted and never were.
    pub(super) async fn free(
        &self,
        pool: &PgPool,
        kind: PoolKind,
        limit: usize,
        seed: u64,
    ) -> Result<Vec<PoolItem>, Failure> {
        let mut free = Vec::new();
        let (mut seen, mut width) = (0, FIRST.max(limit));
        while free.len() < limit {
            let drawn = self.drawn(pool, kind, seed, seen, width).await?;
            let last = drawn.len() < width;
            seen += drawn.len();
            let taken = self.planted(pool, &drawn).await?;
            free.extend(
                drawn.into_iter().filter(|item| self.hashes(item).iter().all(|hash| !taken.contains(hash.as_slice()))),
            );
            if last {
                break;
            }
            width = (2 * width).min(WIDEST.max(limit));
        }
        free.truncate(limit);
        Ok(free)
    }

    /// Entries that are no controls, in an order that the seed makes.
    async fn drawn(
        &self,
        pool: &PgPool,
        kind: PoolKind,
        seed: u64,
        after: usize,
        count: usize,
    ) -> Result<Vec<PoolItem>, Failure> {
        const SELECT: &str = "SELECT g.number, g.leaf, g.sealed
            FROM (SELECT number, md5(number::text || $2) AS place FROM pool
                  WHERE kind = $1 AND NOT control ORDER BY place, number LIMIT $3 OFFSET $4) p
            JOIN ledger g ON g.number = p.number ORDER BY p.place, p.number";
        let number = |n: usize| signed(u64::try_from(n).unwrap_or(u64::MAX));
        let select = sqlx::query(SELECT).bind(kind.word()).bind(format!(" {seed}"));
        self.things(pool, select.bind(number(count)).bind(number(after)), item).await
    }

    /// Those hashes of the entries that lead to canaries.
    async fn planted(&self, pool: &PgPool, items: &[PoolItem]) -> Result<HashSet<Vec<u8>>, Failure> {
        const SELECT: &str = "SELECT DISTINCT hash FROM lookups WHERE class = 'canary' AND hash = ANY($1)";
        let hashes: Vec<Vec<u8>> = items.iter().flat_map(|item| self.hashes(item)).map(Vec::from).collect();
        Ok(sqlx::query_scalar(SELECT).bind(hashes).fetch_all(pool).await?.into_iter().collect())
    }

    fn hashes(&self, item: &PoolItem) -> Vec<KeyedHash> {
        self.keys.lookups(Lookup::pool(item).as_bytes())
    }
}
