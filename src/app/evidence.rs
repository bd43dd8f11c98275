//! `evidence head | export | prove`: signed heads of the ledger, the ledger as a
//! file, and one hit with all that led to it. Verifying is the ledger's own, and
//! needs no app.

use std::sync::Mutex;

use super::views::HeadView;
use super::{App, AppError};
use crate::ledger::entry::leaf_hash;
use crate::ledger::proof::{FORMAT, Included, Proof};
use crate::ledger::tree::{Hash, Part, inclusion_parts, join, root_parts};
use crate::ledger::{Entry, export, head::PublicKey};
use crate::model::{CanaryId, Event, HitId};
use crate::store::Subject;

/// Entries read at once; each may hold some hundred kilobytes of evidence.
const PAGE: usize = 128;

/// The head that was signed last by this process.
#[derive(Default)]
pub struct Heads {
    last: Mutex<Option<(u64, HeadView)>>,
}

/// An export that was begun: its first and last line, and what lies between.
#[derive(Debug, Clone)]
pub struct Export {
    pub header: String,
    pub entries: u64,
    pub trailer: String,
    /// Canaries and the pool appear as leaf hashes only.
    pub withhold: bool,
}

impl App {
    /// The key that heads are verified with.
    pub fn public_key(&self) -> PublicKey {
        self.store.head_key().public()
    }

    /// A signed head over everything that is recorded; the last one again where
    /// nothing was recorded since.
    pub async fn sign_head(&self) -> Result<HeadView, AppError> {
        let size = self.store.size().await?;
        let last = self.heads.last.lock().unwrap_or_else(|e| e.into_inner()).clone();
        if let Some((_, head)) = last.filter(|(entry, _)| entry + 1 == size) {
            return Ok(head);
        }
        let root = self.root(size).await?;
        let at = self.now();
        let note = self.store.head_key().sign(size, &root, at);
        let stamp = self.stamp_of(&note).await;
        let entry = self.store.record(at, vec![Event::Head { note: note.clone(), stamp: stamp.clone() }]).await?;
        let head = HeadView { size, root: hex::encode(root), at, key: self.public_key().to_string(), note, stamp };
        *self.heads.last.lock().unwrap_or_else(|e| e.into_inner()) = Some((entry, head.clone()));
        Ok(head)
    }

    async fn root(&self, size: u64) -> Result<Hash, AppError> {
        Ok(join(&self.store.nodes(&root_parts(size)).await?))
    }

    /// Begins an export of all that is recorded; the look itself is the last entry in it.
    pub async fn begin_export(&self, withhold: bool, by: &str) -> Result<Export, AppError> {
        let what =
            if withhold { "the ledger, canaries and pool withheld" } else { "the whole ledger, canaries in clear" };
        self.record(vec![Event::Revealed { by: by.to_owned(), what: what.to_owned() }]).await?;
        let head = self.sign_head().await?;
        Ok(Export {
            header: export::header(&self.public_key(), head.size),
            entries: head.size,
            trailer: export::trailer(&head.note),
            withhold,
        })
    }

    /// The next lines of an export, from that entry on, and where to go on.
    pub async fn export_lines(&self, export: &Export, from: u64) -> Result<(Vec<u8>, u64), AppError> {
        let limit = usize::try_from(export.entries - from).unwrap_or(PAGE).min(PAGE);
        let entries = self.store.entries(from, limit).await?;
        if entries.is_empty() {
            return Err(AppError::Unavailable(format!("ledger entry {from} cannot be read")));
        }
        let mut lines = Vec::new();
        for (number, octets) in (from..).zip(&entries) {
            let withheld = if export.withhold { kind_withheld(octets)? } else { None };
            lines.extend(match withheld {
                Some(kind) => export::withheld(number, &leaf_hash(octets), kind),
                None => export::line(number, octets),
            });
        }
        Ok((lines, from + entries.len() as u64))
    }

    /// The proof of one hit: with its canary's issue and planting, and nothing of other canaries.
    pub async fn prove(&self, id: HitId, by: &str) -> Result<Proof, AppError> {
        let hit = self.store.hit(id).await?.ok_or_else(|| {
            AppError::NotFound(format!("there is no hit {id}; `dyepack hits` shows them with --json"))
        })?;
        let Some(canary) = hit.canary else {
            return Err(AppError::Invalid(format!("{id} reached no canary, so there is nothing to prove with it")));
        };
        self.record(vec![Event::Revealed { by: by.to_owned(), what: format!("proof of {id}: {canary}") }]).await?;
        let head = self.sign_head().await?;
        let mut numbers = vec![hit.entry, hit.entry + 1];
        numbers.extend(self.plantings_before(canary, hit.entry).await?);
        numbers.sort_unstable();
        numbers.dedup();
        let mut entries = Vec::with_capacity(numbers.len());
        for n in numbers.into_iter().filter(|n| *n < head.size) {
            entries.push(self.included(n, head.size).await?);
        }
        let content_key = self.store.content_key(id).await?.map(|key| key.to_text());
        Ok(Proof { dyepack: FORMAT.to_owned(), head: head.note, entries, content_key })
    }

    /// Everything that put a canary into copies before an entry: whoever holds the
    /// proof must learn of every copy that the canary was in.
    async fn plantings_before(&self, canary: CanaryId, entry: u64) -> Result<Vec<u64>, AppError> {
        let entries = self.store.entries_of(Subject::Canary(canary)).await?;
        let plantings = self.store.plantings(canary).await?;
        let mut numbers = Vec::new();
        for (number, planting) in entries.into_iter().zip(plantings).filter(|(number, _)| *number < entry) {
            numbers.push(number);
            let release = self.release_of(planting.release).await?;
            numbers.extend(self.store.entries_of(Subject::Release(release.id)).await?);
            numbers.extend(self.store.entries_of(Subject::Source(release.source)).await?);
        }
        Ok(numbers)
    }

    async fn included(&self, n: u64, size: u64) -> Result<Included, AppError> {
        let gone = || AppError::Unavailable(format!("ledger entry {n} cannot be read"));
        let octets = self.store.entries(n, 1).await?.pop().ok_or_else(gone)?;
        let mut path = Vec::new();
        for parts in inclusion_parts(n, size).ok_or_else(gone)? {
            path.push(hex::encode(join(&self.store.nodes(&parts).await?)));
        }
        Ok(Included { n, entry: String::from_utf8(octets).map_err(|_| gone())?, path })
    }

    /// The leaf hashes of entries, in hex.
    pub(super) async fn leaves(&self, numbers: &[u64]) -> Result<Vec<String>, AppError> {
        let parts: Vec<Part> = numbers.iter().map(|n| Part { level: 0, index: *n }).collect();
        Ok(self.store.nodes(&parts).await?.iter().map(hex::encode).collect())
    }
}

/// What an export without canaries does not show.
fn kind_withheld(octets: &[u8]) -> Result<Option<&'static str>, AppError> {
    let entry = Entry::read(octets).map_err(|e| AppError::Unavailable(e.to_string()))?;
    Ok(match entry.event {
        Event::Canary(_) => Some("canary"),
        Event::Pool(_) => Some("pool"),
        _ => None,
    })
}
