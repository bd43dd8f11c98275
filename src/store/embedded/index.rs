//! The index: what leads to entries of the journal. Few and changing things are
//! keys of one sled tree; canaries' values, of which there may be many millions,
//! are in `runs`; where entries lie, and the ledger's tree, in `places`. It holds
//! ids, keyed hashes and numbers, never a value, and can be made anew from the
//! journal at any time.
//!
//! How far it is durable is kept in it as its position; what it took over beyond
//! that is taken over again at the next open, to the same effect.

use sled::Batch as SledBatch;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::super::keys::Keys;
use super::super::{Subject, claims, vault};
use super::changes::{self, ABOUT, CANARIES, Change, JUDGED, NEWS, VALUE, about, key, value_key, value_of};
use super::io;
use super::journal::{Journal, Place, Position, Reader, Scanned};
use super::places::{LOWEST, Places};
use super::runs::{Key, Runs};
use crate::ledger::tree::{Frontier, Hash, Part, join, root_parts};
use crate::model::{ReleaseId, SourceId, Time};

/// Another name than in an earlier layout: an index of that is made anew.
const POSITION: &[u8] = b"M2";
/// The number after the newest entry that was ever taken over.
const REACHED: &[u8] = b"m";

/// Small, because sled keeps a large batch in memory many times over.
const BATCH: usize = 1_000;
const CACHE: u64 = 64 << 20;
/// The position moves on after so long, or so many entries.
const SYNC_AFTER: Duration = Duration::from_secs(2);
const SYNC_ENTRIES: u64 = 20_000;
/// So many entries may have to be read again only for values that are in memory.
const UNSAVED: u64 = 50_000;

/// The sled tree and the files beside it.
pub(super) struct Index {
    pub(super) dir: PathBuf,
    db: sled::Db,
    runs: Runs,
    places: Places,
    growth: Mutex<Growth>,
}

/// Where the writer stands.
struct Growth {
    frontier: Frontier,
    /// Of what was taken over last.
    position: Position,
    synced: Instant,
    synced_entry: u64,
}

/// An entry on its way into the index.
pub(super) struct Taken {
    pub(super) place: Place,
    pub(super) leaf: Hash,
    pub(super) changes: Vec<Change>,
}

/// What was heard of a source, and how far it was judged, when.
pub(super) struct Heard {
    pub(super) source: SourceId,
    pub(super) newest: u64,
    pub(super) judged: Option<(u64, Time)>,
}

/// What a value's own keys lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Pool { control: bool },
    Source,
    Contact,
}

fn read_standing(rest: &[u8]) -> Option<Standing> {
    match rest.split_first()? {
        (&claims::POOL, rest) => Some(Standing::Pool { control: rest.first() == Some(&1) }),
        (&claims::SOURCE, _) => Some(Standing::Source),
        _ => Some(Standing::Contact),
    }
}

fn failed(cause: sled::Error) -> StoreError {
    StoreError::Unreadable(format!("index: {cause}"))
}

impl Index {
    /// Opens the index and brings it to the journal's end; one that does not open,
    /// or is ahead of the journal, is moved aside, and an empty one takes its place.
    pub(super) fn open(
        dir: &Path,
        journal: &mut Journal,
        keys: &Keys,
        notes: &mut Vec<String>,
    ) -> Result<Self, StoreError> {
        let broken = match Self::try_open(dir, journal) {
            Ok(index) => {
                catch_up(&index, journal, keys, notes)?;
                if !index.is_ahead()? {
                    return Ok(index);
                }
                "it is ahead of the journal".to_owned()
            }
            Err(broken) => broken,
        };
        let aside = free_name(dir);
        std::fs::rename(dir, &aside).map_err(io("moving aside", dir))?;
        notes.push(format!(
            "the index could not be used ({broken}); it was moved to {} and is made anew from the journal",
            aside.display()
        ));
        let index = Self::try_open(dir, journal).map_err(StoreError::Unreadable)?;
        catch_up(&index, journal, keys, notes)?;
        Ok(index)
    }

    fn try_open(dir: &Path, journal: &Journal) -> Result<Self, String> {
        let say = |e: StoreError| e.to_string();
        std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
        let db = open_db(&dir.join("sled"))?;
        let stored = db.get(POSITION).map_err(|e| e.to_string())?;
        if stored.is_none() && dir.join("runs").is_dir() {
            // Without a position nobody knows what they cover.
            std::fs::remove_dir_all(dir.join("runs")).map_err(|e| e.to_string())?;
        }
        let runs = Runs::open(&dir.join("runs")).map_err(say)?;
        let places = Places::open(dir).map_err(say)?;
        let position = stored.as_deref().and_then(read_position);
        let (position, fresh) = match position {
            Some(position) => (position, false),
            None => (journal.start().map_err(say)?, true),
        };
        if !fresh && !journal.holds(position).map_err(say)? || places.len().map_err(say)? < position.next_entry {
            return Err("it is ahead of the journal".to_owned());
        }
        if fresh && !db.is_empty() {
            // It never came to a first position: what is in it cannot be trusted to be of this journal.
            db.clear().map_err(|e| e.to_string())?;
        }
        let growth =
            Growth { frontier: Frontier::new(), position, synced: Instant::now(), synced_entry: position.next_entry };
        let index = Self { dir: dir.to_owned(), db, runs, places, growth: Mutex::new(growth) };
        let frontier = index.frontier(&journal.reader(), position.next_entry).map_err(say)?;
        index.growth().frontier = frontier;
        Ok(index)
    }

    fn growth(&self) -> std::sync::MutexGuard<'_, Growth> {
        self.growth.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn frontier(&self, journal: &Reader, size: u64) -> Result<Frontier, StoreError> {
        let hashes = root_parts(size).into_iter().map(|p| self.node(journal, p)).collect::<Result<Vec<_>, _>>()?;
        Frontier::at(size, hashes).ok_or_else(|| StoreError::Unreadable("the tree's right edge is broken".to_owned()))
    }

    /// Whether sled still answers; once a write has failed it does not.
    pub(super) fn works(&self) -> bool {
        self.db.get(POSITION).is_ok()
    }

    /// How far it has come.
    pub(super) fn position(&self) -> Position {
        self.growth().position
    }

    /// Takes entries over that follow each other, and says how far this is.
    pub(super) fn apply(&self, first: u64, entries: &[Taken], position: Position) -> Result<(), StoreError> {
        let places: Vec<Place> = entries.iter().map(|e| e.place).collect();
        self.places.put(first, &places)?;
        let mut growth = self.growth();
        self.places.grow(&mut growth.frontier, entries.iter().map(|e| e.leaf))?;
        drop(growth);
        let mut batch = SledBatch::default();
        let mut size = 0;
        let mut rows = Rows::default();
        for (number, entry) in (first..).zip(entries) {
            for change in &entry.changes {
                if let Change::Canary { release, keys } = change {
                    self.runs.add(number, keys);
                    rows.add(*release, number);
                } else {
                    put(&mut batch, number, change);
                    size += 1;
                }
            }
            if size >= BATCH {
                self.db.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
                size = 0;
            }
        }
        rows.put(&mut batch);
        batch.insert(REACHED, (first + entries.len() as u64).to_be_bytes().as_slice());
        self.db.apply_batch(batch).map_err(failed)?;
        self.runs.save(false)?;
        self.growth().position = position;
        self.sync_if_due()
    }

    fn sync_if_due(&self) -> Result<(), StoreError> {
        let growth = self.growth();
        let entries = growth.position.next_entry - growth.synced_entry;
        let due = entries >= SYNC_ENTRIES || entries > 0 && growth.synced.elapsed() >= SYNC_AFTER;
        let next = growth.position.next_entry;
        drop(growth);
        if !due {
            return Ok(());
        }
        let lagging = self.runs.first_unsaved().is_some_and(|first| next - first > UNSAVED);
        self.sync(lagging)
    }

    /// Moves the durable position on, as far as values are not in memory only.
    pub(super) fn sync(&self, save_values: bool) -> Result<(), StoreError> {
        self.runs.save(save_values)?;
        let position = self.position();
        if self.runs.first_unsaved().is_none() {
            self.places.sync()?;
            self.db.insert(POSITION, write_position(position)).map_err(failed)?;
        }
        let mut growth = self.growth();
        (growth.synced, growth.synced_entry) = (Instant::now(), position.next_entry);
        Ok(())
    }

    /// Whether it knows of entries that the journal, to whose end it was brought, has not.
    pub(super) fn is_ahead(&self) -> Result<bool, StoreError> {
        let reached = self.db.get(REACHED).map_err(failed)?.as_deref().and_then(read_number);
        let reached = reached.max(self.runs.last_saved().map(|last| last + 1));
        Ok(reached.is_some_and(|n| n > self.position().next_entry))
    }

    /// Whether a value has an owner of a class under one of its hashes.
    pub(super) fn claimed(&self, claim: &claims::Claim) -> Result<bool, StoreError> {
        if claim.class == claims::CANARY {
            return self.planted(&claim.hashes);
        }
        for hash in &claim.hashes {
            if self.db.scan_prefix(value_key(hash, claim.class, &[])).next().transpose().map_err(failed)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a canary has a value under one of its hashes.
    pub(super) fn planted(&self, hashes: &[[u8; 16]]) -> Result<bool, StoreError> {
        for hash in hashes {
            if !self.runs.find(&value_of(hash))?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Owners that are no canaries.
    pub(super) fn standings(&self, hash: &[u8; 16]) -> Result<Vec<Standing>, StoreError> {
        let prefix = key(VALUE, hash);
        let mut standings = Vec::new();
        for item in self.db.scan_prefix(&prefix).keys() {
            standings.extend(read_standing(&item.map_err(failed)?[prefix.len()..]));
        }
        Ok(standings)
    }

    /// Entries of canaries that have a value.
    pub(super) fn canaries_with(&self, key: &Key) -> Result<Vec<u64>, StoreError> {
        self.runs.find(key)
    }

    /// Entries among which a release's canaries are.
    pub(super) fn canaries_of(&self, release: ReleaseId) -> Result<Vec<u64>, StoreError> {
        let prefix = key(CANARIES, &release.octets());
        let mut numbers = Vec::new();
        for item in self.db.scan_prefix(&prefix) {
            let (from, to) = item.map_err(failed)?;
            if let (Some(from), Some(to)) = (read_number(&from[prefix.len()..]), read_number(&to)) {
                numbers.extend(from..=to);
            }
        }
        // After a crash, rows of entries that were taken over again may overlap.
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Numbers of a source's or release's entries.
    pub(super) fn about(&self, subject: Subject) -> Result<Vec<u64>, StoreError> {
        let prefix = key(ABOUT, &about(subject));
        let mut numbers = Vec::new();
        for item in self.db.scan_prefix(&prefix).keys() {
            numbers.extend(read_number(&item.map_err(failed)?[prefix.len()..]));
        }
        Ok(numbers)
    }

    /// The newest entry of one id.
    pub(super) fn latest(&self, class: u8, id: &[u8]) -> Result<Option<u64>, StoreError> {
        Ok(self.db.get(key(class, id)).map_err(failed)?.as_deref().and_then(read_number))
    }

    /// The newest entries of every id of a class, in the order of ids.
    pub(super) fn all(&self, class: u8) -> Result<Vec<u64>, StoreError> {
        collect(self.db.scan_prefix([class]))
    }

    /// The same, for ids from one on.
    pub(super) fn from(&self, class: u8, first: &[u8]) -> Result<Vec<u64>, StoreError> {
        collect(self.db.range(key(class, first)..vec![class + 1]))
    }

    /// Entries whose keys begin so, in the order of keys.
    pub(super) fn beginning(&self, prefix: &[u8]) -> Result<Vec<u64>, StoreError> {
        collect(self.db.scan_prefix(prefix))
    }

    /// The same, one after the other, from the key that would end so on; those
    /// before it come last.
    pub(super) fn around(&self, prefix: &[u8], end: &[u8]) -> impl Iterator<Item = Result<u64, StoreError>> {
        let start = [prefix, end].concat();
        let before = self.db.range(prefix.to_vec()..start.clone());
        let from = self.db.range(start..).take_while({
            let prefix = prefix.to_vec();
            move |item| item.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix))
        });
        from.chain(before).filter_map(|item| item.map_err(failed).map(|(_, value)| read_number(&value)).transpose())
    }

    /// The ids of a class.
    pub(super) fn ids(&self, class: u8) -> Result<Vec<[u8; 16]>, StoreError> {
        let mut ids = Vec::new();
        for item in self.db.scan_prefix([class]).keys() {
            ids.extend(<[u8; 16]>::try_from(&item.map_err(failed)?[1..]));
        }
        Ok(ids)
    }

    /// Every source's newest counted hit, and what was judged of it last and when.
    pub(super) fn news(&self) -> Result<Vec<Heard>, StoreError> {
        let mut news = Vec::new();
        for item in self.db.scan_prefix([NEWS]) {
            let (source, newest) = item.map_err(failed)?;
            let (Ok(id), Some(newest)) = (<[u8; 16]>::try_from(&source[1..]), read_number(&newest)) else { continue };
            let judged = self.db.get(key(JUDGED, &id)).map_err(failed)?;
            let judged = judged.as_deref().and_then(read_judged);
            news.push(Heard { source: SourceId::from_octets(id), newest, judged });
        }
        Ok(news)
    }

    /// Where an entry lies.
    pub(super) fn place(&self, number: u64, journal: &Reader) -> Result<Place, StoreError> {
        self.places.get(number, journal.segment_of(number))
    }

    /// The hash of a complete subtree.
    pub(super) fn node(&self, journal: &Reader, part: Part) -> Result<Hash, StoreError> {
        if part.level >= LOWEST {
            return self.places.node(part);
        }
        let first = part.index << part.level;
        let mut frontier = Frontier::new();
        for number in first..first + (1 << part.level) {
            frontier.push(journal.leaf(self.place(number, journal)?)?, |_, _| {});
        }
        Ok(join(frontier.hashes()))
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // Without it, the next open only has more to read again.
        if let Err(cause) = self.sync(true) {
            tracing::debug!(%cause, "the index was not brought to its end");
        }
    }
}

/// Rows of canaries of one release that follow each other.
#[derive(Default)]
struct Rows(Vec<(ReleaseId, u64, u64)>);

impl Rows {
    fn add(&mut self, release: ReleaseId, number: u64) {
        match self.0.last_mut() {
            Some((of, _, last)) if *of == release && *last + 1 == number => *last = number,
            _ => self.0.push((release, number, number)),
        }
    }

    fn put(self, batch: &mut SledBatch) {
        for (release, first, last) in self.0 {
            let from = [&[CANARIES], release.octets().as_slice(), &first.to_be_bytes()].concat();
            batch.insert(from, last.to_be_bytes().as_slice());
        }
    }
}

fn put(batch: &mut SledBatch, number: u64, change: &Change) {
    let number = number.to_be_bytes();
    match change {
        Change::Leads(key) => batch.insert(key.as_slice(), number.as_slice()),
        Change::Put(key) => batch.insert(key.as_slice(), &[]),
        Change::Set(key, value) => batch.insert(key.as_slice(), value.as_slice()),
        Change::Drop(key) => batch.remove(key.as_slice()),
        Change::About(subject) => batch.insert([&[ABOUT], subject.as_slice(), &number].concat(), &[]),
        // Not sled's.
        Change::Canary { .. } => {}
    }
}

fn collect(items: sled::Iter) -> Result<Vec<u64>, StoreError> {
    let mut numbers = Vec::new();
    for item in items {
        numbers.extend(read_number(&item.map_err(failed)?.1));
    }
    Ok(numbers)
}

/// Some broken files make sled panic instead of refusing; to us it is the same.
fn open_db(dir: &Path) -> Result<sled::Db, String> {
    let open = || sled::Config::new().path(dir).cache_capacity(CACHE).open();
    match std::panic::catch_unwind(open) {
        Ok(opened) => opened.map_err(|e| e.to_string()),
        Err(_) => Err("it panicked".to_owned()),
    }
}

fn free_name(dir: &Path) -> PathBuf {
    (1u32..)
        .map(|n| dir.with_extension(format!("broken-{n}")))
        .find(|p| !p.exists())
        .unwrap_or_else(|| dir.with_extension("broken"))
}

/// Brings the index up to the journal's end. Says in `notes` whatever was not routine.
fn catch_up(index: &Index, journal: &mut Journal, keys: &Keys, notes: &mut Vec<String>) -> Result<(), StoreError> {
    let mut taken = 0u64;
    let (_, cut) = journal.scan(index.position(), |entries, next| {
        taken += entries.len() as u64;
        take_over(index, keys, entries, next)
    })?;
    if cut > 0 {
        notes.push(format!("the journal had a torn tail of {cut} octets (never acknowledged); it was cut off and kept beside the segment"));
    }
    // Routine after a kill: the index's position follows behind the journal by design.
    tracing::debug!(taken, "the index caught up with the journal");
    Ok(())
}

fn take_over(index: &Index, keys: &Keys, entries: Vec<Scanned>, next: Position) -> Result<(), StoreError> {
    let Some(first) = entries.first().map(|e| e.seq) else { return Ok(()) };
    let mut taken = Vec::with_capacity(entries.len());
    for Scanned { seq, place, leaf, sealed } in entries {
        let entry = vault::read(seq, &vault::open(keys, seq, &leaf, &sealed)?)?;
        taken.push(Taken { place, leaf, changes: changes::changes(&entry.event, keys) });
    }
    index.apply(first, &taken, next)
}

fn read_number(octets: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(octets.try_into().ok()?))
}

fn read_judged(octets: &[u8]) -> Option<(u64, Time)> {
    let at = i64::from_be_bytes(octets.get(8..16)?.try_into().ok()?);
    Some((read_number(octets.get(..8)?)?, Time::from_microsecond(at).ok()?))
}

fn write_position(p: Position) -> Vec<u8> {
    [p.next_entry.to_be_bytes(), p.segment.to_be_bytes(), p.offset.to_be_bytes()].concat()
}

fn read_position(octets: &[u8]) -> Option<Position> {
    Some(Position {
        next_entry: read_number(octets.get(..8)?)?,
        segment: read_number(octets.get(8..16)?)?,
        offset: read_number(octets.get(16..24)?)?,
    })
}
