//! The index: one sled tree of keys that lead to entries of the journal. It
//! holds ids, keyed hashes and places, never a value, and can be rebuilt from
//! the journal at any time; how far it has come is kept in it, in the same
//! atomic batch as what it took over.

use sled::Batch as SledBatch;
use std::path::Path;

use super::super::keys::Keys;
use super::super::{Owner, StoreError};
use super::journal::{Journal, Place, Position, Scanned};
use crate::ledger::Entry;
use crate::model::{CanaryId, Event, Lookup, ReleaseId, ReleaseState};

/// First octet of a key: what it leads to.
pub(super) const SOURCE: u8 = b'S';
pub(super) const POOL: u8 = b'P';
pub(super) const RELEASE: u8 = b'R';
pub(super) const CANARY: u8 = b'C';
pub(super) const CANARY_OF: u8 = b'c';
pub(super) const HIT: u8 = b'H';
const EVIDENCE: u8 = b'X';
pub(super) const ALERT: u8 = b'A';
pub(super) const TOKEN: u8 = b'T';
pub(super) const SECRET: u8 = b't';
const ENTRY: u8 = b'E';
const VALUE: u8 = b'V';
const POSITION: &[u8] = b"M";

/// Small, because sled keeps a large batch in memory many times over.
const BATCH: usize = 1_000;
const CACHE: u64 = 64 << 20;

/// The tree.
pub(super) struct Index {
    db: sled::Db,
}

/// What an event does to the index; the entry's number is filled in later.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Leads(Vec<u8>),
    Put(Vec<u8>),
}

/// A value that must not have an owner of that class yet.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) hash: [u8; 16],
    pub(super) class: u8,
    /// What is said when it has.
    pub(super) refusal: String,
}

/// Everything one event changes in the index.
pub(super) fn changes(event: &Event, keys: &Keys) -> Vec<Change> {
    let value = |key: &Lookup, owner: Owner| Change::Put(value_key(&keys.lookup(key.as_bytes()), owner));
    match event {
        Event::Source(s) => {
            vec![leads(SOURCE, &s.id.octets()), value(&Lookup::source_name(s.name.as_str()), Owner::Source)]
        }
        Event::Pool(p) => {
            let key = Lookup::pool(p);
            vec![leads(POOL, &keys.lookup(key.as_bytes())), value(&key, Owner::Pool { control: p.control })]
        }
        Event::Release(r) => vec![leads(RELEASE, &r.id.octets())],
        Event::Canary(c) => {
            let mut all =
                vec![leads(CANARY, &c.id.octets()), leads(CANARY_OF, &[c.release.octets(), c.id.octets()].concat())];
            let owner = Owner::Canary { canary: c.id, release: c.release };
            all.extend(Lookup::canary(c).iter().map(|key| value(key, owner)));
            all
        }
        Event::Hit(h) => {
            let mut all = vec![leads(HIT, &h.id.octets())];
            all.extend(h.dedupe.as_deref().map(|d| value(&Lookup::dedupe(d), Owner::Contact)));
            all
        }
        Event::Evidence { hit, .. } => vec![leads(EVIDENCE, &hit.octets())],
        Event::Alert(a) => vec![leads(ALERT, &a.id.octets())],
        Event::Token { token, secret_hash } => {
            let hash = keys.lookup(Lookup::token(secret_hash).as_bytes());
            vec![leads(TOKEN, &token.id.octets()), leads(SECRET, &hash)]
        }
        Event::Revealed { .. } => Vec::new(),
    }
}

/// What a batch may only record if nobody else did before.
pub(super) fn claims(batch: &[Event], keys: &Keys) -> Vec<Claim> {
    let claim = |key: &Lookup, class, refusal| Claim { hash: keys.lookup(key.as_bytes()), class, refusal };
    let mut all = Vec::new();
    for event in batch {
        match event {
            Event::Source(s) => all.push(claim(
                &Lookup::source_name(s.name.as_str()),
                b's',
                format!("there is a source named {} already", s.name),
            )),
            Event::Pool(p) => {
                all.push(claim(&Lookup::pool(p), b'p', format!("{} {} is in the pool already", p.kind, p.value)))
            }
            Event::Canary(c) => all.extend(c.contact_points.iter().map(|point| {
                let refusal = format!("the {} {} is planted already", point.kind.word(), point.value);
                claim(&Lookup::point(point), b'c', refusal)
            })),
            _ => {}
        }
    }
    // Adding a release's canaries claims; changing the release's state does not add any.
    debug_assert!(
        batch.iter().all(|e| !matches!(e, Event::Release(r) if r.state != ReleaseState::Issued) || all.is_empty())
    );
    all
}

fn key(class: u8, rest: &[u8]) -> Vec<u8> {
    [&[class], rest].concat()
}

fn leads(class: u8, rest: &[u8]) -> Change {
    Change::Leads(key(class, rest))
}

fn class_of(owner: Owner) -> u8 {
    match owner {
        Owner::Canary { .. } => b'c',
        Owner::Pool { .. } => b'p',
        Owner::Source => b's',
        Owner::Contact => b'd',
    }
}

fn value_key(hash: &[u8; 16], owner: Owner) -> Vec<u8> {
    let mut key = [&[VALUE], hash.as_slice(), &[class_of(owner)]].concat();
    match owner {
        Owner::Canary { canary, release } => {
            key.extend_from_slice(&canary.octets());
            key.extend_from_slice(&release.octets());
        }
        Owner::Pool { control } => key.push(u8::from(control)),
        _ => {}
    }
    key
}

fn read_owner(rest: &[u8]) -> Option<Owner> {
    let (&class, rest) = rest.split_first()?;
    Some(match class {
        b'c' => Owner::Canary {
            canary: CanaryId::from_octets(rest.get(..16)?.try_into().ok()?),
            release: ReleaseId::from_octets(rest.get(16..32)?.try_into().ok()?),
        },
        b'p' => Owner::Pool { control: rest.first() == Some(&1) },
        b's' => Owner::Source,
        _ => Owner::Contact,
    })
}

fn failed(cause: sled::Error) -> StoreError {
    StoreError::Unavailable(format!("index: {cause}"))
}

impl Index {
    /// Opens the index; one that does not open is moved aside, and an empty one
    /// takes its place.
    pub(super) fn open(dir: &Path, notes: &mut Vec<String>) -> Result<Self, StoreError> {
        match open_db(dir) {
            Ok(db) => Ok(Self { db }),
            Err(cause) => {
                let aside = free_name(dir);
                std::fs::rename(dir, &aside)
                    .map_err(|cause| StoreError::Io { doing: format!("moving {} aside", dir.display()), cause })?;
                notes.push(format!(
                    "the index did not open ({cause}); it was moved to {} and is rebuilt from the journal",
                    aside.display()
                ));
                Ok(Self { db: open_db(dir).map_err(|e| StoreError::Unavailable(format!("index: {e}")))? })
            }
        }
    }

    pub(super) fn position(&self) -> Result<Position, StoreError> {
        let octets = self.db.get(POSITION).map_err(failed)?;
        Ok(octets.as_deref().and_then(read_position).unwrap_or_default())
    }

    /// Takes entries over: where each lies, what it changes, and how far this is.
    pub(super) fn apply<'a>(
        &self,
        entries: impl Iterator<Item = (u64, Place, &'a [Change])>,
        position: Position,
    ) -> Result<(), StoreError> {
        let mut batch = SledBatch::default();
        let mut size = 0;
        for (seq, place, changes) in entries {
            batch.insert(key(ENTRY, &seq.to_be_bytes()), write_place(place));
            for change in changes {
                match change {
                    Change::Leads(key) => batch.insert(key.as_slice(), &seq.to_be_bytes()),
                    Change::Put(key) => batch.insert(key.as_slice(), &[]),
                }
            }
            size += 1 + changes.len();
            if size >= BATCH {
                self.db.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
                size = 0;
            }
        }
        batch.insert(POSITION, write_position(position));
        self.db.apply_batch(batch).map_err(failed)
    }

    /// Whether a value has an owner of a class.
    pub(super) fn claimed(&self, hash: &[u8; 16], class: u8) -> Result<bool, StoreError> {
        let prefix = [&[VALUE], hash.as_slice(), &[class]].concat();
        Ok(self.db.scan_prefix(prefix).next().transpose().map_err(failed)?.is_some())
    }

    pub(super) fn owners(&self, hash: &[u8; 16]) -> Result<Vec<Owner>, StoreError> {
        let prefix = key(VALUE, hash);
        let mut owners = Vec::new();
        for item in self.db.scan_prefix(&prefix).keys() {
            owners.extend(read_owner(&item.map_err(failed)?[prefix.len()..]));
        }
        Ok(owners)
    }

    /// Where an entry lies.
    pub(super) fn place(&self, seq: u64) -> Result<Place, StoreError> {
        let octets = self.db.get(key(ENTRY, &seq.to_be_bytes())).map_err(failed)?;
        octets.as_deref().and_then(read_place).ok_or_else(|| StoreError::Damaged {
            place: format!("index, entry {seq}"),
            what: "it is missing; remove the index directory and start again, it is rebuilt from the journal"
                .to_owned(),
        })
    }

    /// The newest entry of one id.
    pub(super) fn latest(&self, class: u8, id: &[u8]) -> Result<Option<u64>, StoreError> {
        Ok(self.db.get(key(class, id)).map_err(failed)?.as_deref().and_then(read_seq))
    }

    /// The newest entries of every id of a class, in the order of ids.
    pub(super) fn all(&self, class: u8) -> Result<Vec<u64>, StoreError> {
        self.below(class, &[])
    }

    /// The same, for ids that begin so.
    pub(super) fn below(&self, class: u8, prefix: &[u8]) -> Result<Vec<u64>, StoreError> {
        collect(self.db.scan_prefix(key(class, prefix)))
    }

    /// The same, for ids from one on.
    pub(super) fn from(&self, class: u8, first: &[u8]) -> Result<Vec<u64>, StoreError> {
        collect(self.db.range(key(class, first)..vec![class + 1]))
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.db.clear().map_err(failed)
    }
}

fn collect(items: sled::Iter) -> Result<Vec<u64>, StoreError> {
    let mut seqs = Vec::new();
    for item in items {
        seqs.extend(read_seq(&item.map_err(failed)?.1));
    }
    Ok(seqs)
}

/// Some broken files make sled panic instead of refusing; to us it is the same.
fn open_db(dir: &Path) -> Result<sled::Db, String> {
    let open = || sled::Config::new().path(dir).cache_capacity(CACHE).open();
    match std::panic::catch_unwind(open) {
        Ok(opened) => opened.map_err(|e| e.to_string()),
        Err(_) => Err("it panicked".to_owned()),
    }
}

fn free_name(dir: &Path) -> std::path::PathBuf {
    (1u32..)
        .map(|n| dir.with_extension(format!("broken-{n}")))
        .find(|p| !p.exists())
        .unwrap_or_else(|| dir.with_extension("broken"))
}

/// Brings the index up to the journal's end; rebuilds it where it is ahead of
/// the journal or was lost. Says in `notes` whatever was not routine.
pub(super) fn catch_up(
    index: &Index,
    journal: &mut Journal,
    keys: &Keys,
    notes: &mut Vec<String>,
) -> Result<(), StoreError> {
    let known = index.position()?;
    let start = journal.start()?;
    let usable = known != Position::default() && journal.holds(known)?;
    if known != Position::default() && !usable {
        notes.push("the index was ahead of the journal; it is rebuilt".to_owned());
    }
    let from = if usable { known } else { start };
    if !usable {
        index.clear()?;
    }
    let mut taken = 0u64;
    let (end, cut) = journal.scan(from, |entries, next| {
        taken += entries.len() as u64;
        take_over(index, keys, entries, next)
    })?;
    index.apply(std::iter::empty(), end)?;
    if cut > 0 {
        notes.push(format!("the journal had a torn tail of {cut} octets (never acknowledged); it was cut off and kept beside the segment"));
    }
    // Routine after a kill: sled writes behind the journal by design.
    tracing::debug!(taken, "the index caught up with the journal");
    Ok(())
}

fn take_over(index: &Index, keys: &Keys, entries: Vec<Scanned>, next: Position) -> Result<(), StoreError> {
    let mut taken = Vec::with_capacity(entries.len());
    for Scanned { seq, place, leaf, sealed } in entries {
        let damaged = |what: String| StoreError::Damaged { place: format!("ledger entry {seq}"), what };
        let octets = keys.open(&sealed, &leaf).map_err(|e| damaged(e.to_string()))?;
        let entry = Entry::read(&octets).map_err(|e| damaged(e.to_string()))?;
        taken.push((seq, place, changes(&entry.event, keys)));
    }
    index.apply(taken.iter().map(|(seq, place, changes)| (*seq, *place, changes.as_slice())), next)
}

fn read_seq(octets: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(octets.try_into().ok()?))
}

fn write_place(place: Place) -> Vec<u8> {
    [&place.segment.to_be_bytes()[..], &place.offset.to_be_bytes(), &place.length.to_be_bytes()].concat()
}

fn read_place(octets: &[u8]) -> Option<Place> {
    Some(Place {
        segment: read_seq(octets.get(..8)?)?,
        offset: read_seq(octets.get(8..16)?)?,
        length: u32::from_be_bytes(octets.get(16..)?.try_into().ok()?),
    })
}

fn write_position(p: Position) -> Vec<u8> {
    [p.next_entry.to_be_bytes(), p.segment.to_be_bytes(), p.offset.to_be_bytes()].concat()
}

fn read_position(octets: &[u8]) -> Option<Position> {
    Some(Position {
        next_entry: read_seq(octets.get(..8)?)?,
        segment: read_seq(octets.get(8..16)?)?,
        offset: read_seq(octets.get(16..24)?)?,
    })
}
