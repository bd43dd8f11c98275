//! A draft: an entry that is sealed and hashed, but has no number yet. Drafts
//! are made by whoever records, before the one writer comes to them, so that
//! nothing slow is left for the moment when the head is locked.

use std::collections::HashMap;

use super::super::StoreError;
use super::super::claims::{self, Claim};
use super::super::keys::{KeyId, Keys};
use super::super::vault::{self, Day, DayKey, Prepared};
use super::rows::{self, KeyedHash};
use crate::ledger::entry::Entry;
use crate::model::{Batch, Time};

/// Batches of more events than that are prepared beside the other tasks.
const SMALL: usize = 32;

/// One entry to be.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) at: Time,
    pub(super) prepared: Prepared,
    pub(super) hashes: Vec<KeyedHash>,
}

/// The entries of one batch, and under which keys they were made.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) list: Vec<Draft>,
    pub(super) claims: Vec<Claim>,
    /// Written elsewhere: not an octet may be changed.
    pub(super) adopted: bool,
    pub(super) ring: Vec<KeyId>,
}

/// Drafts of a batch that happens at `at`.
pub(super) async fn record(
    keys: &Keys,
    day_keys: HashMap<Day, DayKey>,
    at: Time,
    batch: Batch,
) -> Result<Drafts, StoreError> {
    let large = batch.len() > SMALL;
    let keys = keys.clone();
    apart(large, move || of_batch(&keys, &day_keys, at, &batch)).await
}

/// Drafts of entries that were written elsewhere.
pub(super) async fn adopt(keys: &Keys, entries: Vec<Vec<u8>>) -> Result<Drafts, StoreError> {
    let keys = keys.clone();
    apart(true, move || of_entries(&keys, &entries)).await
}

async fn apart<T: Send + 'static>(
    large: bool,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    if !large {
        return work();
    }
    let stopped = |_| StoreError::Unavailable("the program is stopping".to_owned());
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

fn of_batch(keys: &Keys, day_keys: &HashMap<Day, DayKey>, at: Time, batch: &Batch) -> Result<Drafts, StoreError> {
    let draft = |event: &crate::model::Event| {
        let hashes = rows::hashes(event, keys);
        Ok(Draft { at, prepared: vault::prepare(keys, day_keys, at, event.clone())?, hashes })
    };
    let (ring, (list, claims)) = under_one_ring(keys, || {
        Ok((batch.iter().map(draft).collect::<Result<Vec<_>, StoreError>>()?, claims::claims(batch, keys)))
    })?;
    match claims::twice(&claims) {
        Some(claim) => Err(StoreError::Taken(claim.refusal.clone())),
        None => Ok(Drafts { list, claims, adopted: false, ring }),
    }
}

fn of_entries(keys: &Keys, entries: &[Vec<u8>]) -> Result<Drafts, StoreError> {
    let draft = |(nth, octets): (usize, &Vec<u8>)| {
        let Entry { at, event, .. } = vault::read(nth as u64, octets)?;
        let (leaf, sealed) = vault::seal(keys, octets);
        let hashes = rows::hashes(&event, keys);
        Ok(Draft { at, prepared: Prepared { leaf, sealed, event }, hashes })
    };
    let (ring, list) =
        under_one_ring(keys, || entries.iter().enumerate().map(draft).collect::<Result<Vec<_>, StoreError>>())?;
    Ok(Drafts { list, claims: Vec::new(), adopted: true, ring })
}

/// Does something again if the keys were changed meanwhile.
pub(super) fn under_one_ring<T>(
    keys: &Keys,
    work: impl Fn() -> Result<T, StoreError>,
) -> Result<(Vec<KeyId>, T), StoreError> {
    loop {
        let ring = keys.ids();
        let done = work()?;
        if keys.ids() == ring {
            return Ok((ring, done));
        }
    }
}

impl Drafts {
    /// The same entries sealed and hashed with the keys as they are now.
    pub(super) fn under_new_keys(&mut self, keys: &Keys) -> Result<(), StoreError> {
        let again = |draft: &Draft| {
            let octets = vault::open(keys, 0, &draft.prepared.leaf, &draft.prepared.sealed)?;
            Ok((vault::seal(keys, &octets).1, rows::hashes(&draft.prepared.event, keys)))
        };
        let (ring, (all, claims)) = under_one_ring(keys, || {
            let all = self.list.iter().map(again).collect::<Result<Vec<_>, StoreError>>()?;
            let batch: Batch = self.list.iter().map(|draft| draft.prepared.event.clone()).collect();
            Ok((all, if self.adopted { Vec::new() } else { claims::claims(&batch, keys) }))
        })?;
        for (draft, (sealed, hashes)) in self.list.iter_mut().zip(all) {
            draft.prepared.sealed = sealed;
            draft.hashes = hashes;
        }
        (self.ring, self.claims) = (ring, claims);
        Ok(())
    }
}

impl Draft {
    /// The same event, recorded at another moment.
    pub(super) fn move_to(&mut self, keys: &Keys, at: Time) -> Result<(), StoreError> {
        self.prepared = vault::prepare(keys, &HashMap::new(), at, self.prepared.event.clone())?;
        self.at = at;
        Ok(())
    }
}
