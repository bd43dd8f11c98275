//! The head row: how long the ledger is, the right edge of its tree, and the
//! sealing keys in use. Whoever holds its lock appends; there is no other lock
//! that all replicas share.

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use super::super::StoreError;
use super::super::keys::{KeyId, Keys};
use super::failure::Failure;
use super::moment::Moment;
use super::rows::signed;
use crate::ledger::tree::{Frontier, Hash};
use crate::model::Time;

/// What the row tells.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) frontier: Frontier,
    pub(super) last_at: Option<Time>,
    /// The key that seals first; all under which something may be found.
    pub(super) ring: Vec<KeyId>,
    /// Look-ups have to be told of the ring.
    changed: bool,
}

impl Head {
    /// Locks the row until the transaction ends.
    pub(super) async fn lock(on: &mut PgConnection) -> Result<Self, Failure> {
        const SELECT: &str = "SELECT size, frontier, last_at, ring FROM head WHERE id = 0 FOR UPDATE";
        Self::of(&sqlx::query(SELECT).fetch_one(on).await?)
    }

    /// The row as it is.
    pub(super) async fn read(on: &mut PgConnection) -> Result<Self, Failure> {
        const SELECT: &str = "SELECT size, frontier, last_at, ring FROM head WHERE id = 0";
        Self::of(&sqlx::query(SELECT).fetch_one(on).await?)
    }

    fn of(row: &PgRow) -> Result<Self, Failure> {
        let damaged = || StoreError::Damaged {
            place: "the row of table head".to_owned(),
            what: "its frontier does not fit its size".to_owned(),
        };
        let size: i64 = row.try_get("size")?;
        let octets: &[u8] = row.try_get("frontier")?;
        let frontier = u64::try_from(size).ok().and_then(|size| Frontier::at(size, hashes(octets)?));
        Ok(Self {
            frontier: frontier.ok_or_else(damaged)?,
            last_at: row.try_get::<Option<Moment>, _>("last_at")?.map(|moment| moment.0),
            ring: ids(row.try_get("ring")?),
            changed: false,
        })
    }

    /// Puts the row down.
    pub(super) async fn write(&self, on: &mut PgConnection) -> Result<(), Failure> {
        sqlx::query("UPDATE head SET size = $1, frontier = $2, last_at = $3, ring = $4 WHERE id = 0")
            .bind(signed(self.frontier.size()))
            .bind(self.frontier.hashes().concat())
            .bind(self.last_at.map(Moment))
            .bind(self.ring.concat())
            .execute(&mut *on)
            .await?;
        if self.changed {
            let update = "UPDATE ring SET ring = $1 WHERE id = 0";
            sqlx::query(update).bind(self.ring.concat()).execute(on).await?;
        }
        Ok(())
    }

    /// Puts other keys in use.
    pub(super) fn set_ring(&mut self, ring: &[KeyId]) {
        self.ring = ring.to_vec();
        self.changed = true;
    }

    /// Makes sure that what is hashed and sealed under `ours` is found and opened
    /// by everybody, and that nothing of others is missed. The key file may be
    /// ahead of this row, never behind.
    pub(super) fn agree(&mut self, ours: &[KeyId]) -> Result<(), Failure> {
        if !covers(ours, &self.ring) {
            return Err(Failure::OtherRing);
        }
        if !ours.first().is_some_and(|first| self.ring.contains(first)) {
            self.set_ring(ours);
        }
        Ok(())
    }
}

/// Whether all of `ring` are among `ours`.
pub(super) fn covers(ours: &[KeyId], ring: &[KeyId]) -> bool {
    ring.iter().all(|id| ours.contains(id))
}

/// Our keys, read again from their file where those do not cover `ring`.
pub(super) fn catch_up(keys: &Keys, ring: &[KeyId]) -> Result<(), Failure> {
    if covers(&keys.ids(), ring) {
        return Ok(());
    }
    keys.refresh().map_err(StoreError::from)?;
    if covers(&keys.ids(), ring) { Ok(()) } else { Err(Failure::OtherRing) }
}

/// Key ids from how they are kept.
pub(super) fn ids(octets: &[u8]) -> Vec<KeyId> {
    octets.as_chunks().0.to_vec()
}

fn hashes(octets: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = octets.as_chunks();
    rest.is_empty().then(|| hashes.to_vec())
}
