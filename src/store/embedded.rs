//! The embedded store: an append-only journal, which is the truth, and indexes,
//! which can be thrown away. For one machine and one process; a lock keeps a
//! second process out.
//!
//! Journal, index and the one thread that writes are in their own files here.

mod changes;
mod days;
mod index;
mod journal;
mod lock;
mod places;
mod rotate;
mod runs;
mod store;
mod writer;

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

use self::days::Days;
use self::index::Index;
use self::journal::Journal;
use self::rotate::{Progress, Work};
use self::writer::Writer;
use super::keys::Keys;
use super::{Opened, Owner, StoreError, claims, newest, vault};
use crate::model::{Event, Time};

pub use self::lock::Holder;

/// A file that is there while a restore is under way.
const RESTORING: &str = "restoring";

/// How often a read waits for an index that is being mended.
const MENDING: usize = 20;

/// The store of one machine.
pub struct Embedded {
    dir: PathBuf,
    keys: Keys,
    journal: Arc<journal::Reader>,
    writer: Arc<Writer>,
    days: Arc<Days>,
    /// Whoever claims values does so alone, from the look to the record.
    claiming: Arc<tokio::sync::Mutex<()>>,
    leases: Mutex<HashMap<Vec<u8>, Time>>,
    /// The latest moment that an entry was dated with, in microseconds.
    latest: AtomicI64,
    rotation: Arc<Progress>,
    rotating: Mutex<Option<std::thread::JoinHandle<()>>>,
    opened: Opened,
    changes: watch::Sender<u64>,
    /// Held as long as the store is open; the kernel lets go of it at any death.
    _lock: File,
}

fn io<'a>(doing: &'a str, path: &'a Path) -> impl FnOnce(std::io::Error) -> StoreError + 'a {
    move |cause| StoreError::Io { doing: format!("{doing} {}", path.display()), cause }
}

/// Writes a file that appears whole, durably, or not at all.
fn replace(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let next = path.with_extension("next");
    let mut file = File::create(&next)?;
    file.write_all(octets).and_then(|()| file.sync_all())?;
    std::fs::rename(&next, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes a directory with those above it; a name counts once the directory that
/// holds it was synced.
fn make_durably(dir: &Path) -> std::io::Result<()> {
    if dir.as_os_str().is_empty() || dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().unwrap_or(Path::new("/"));
    make_durably(parent)?;
    std::fs::create_dir(dir)?;
    sync_dir(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}

/// Makes the names in a directory durable.
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

impl Embedded {
    /// Makes an empty store in a directory that has none.
    pub fn create(dir: &Path, keys: &Keys) -> Result<(), StoreError> {
        Journal::create(&dir.join("journal"), &keys.check())
    }

    /// Opens the store; `admin` is the address under which this process can be
    /// asked instead, for others who find the directory in use.
    pub fn open(dir: &Path, keys: Keys, admin: Option<&str>) -> Result<Self, StoreError> {
        if !dir.join("journal").is_dir() {
            return Err(StoreError::Missing(dir.display().to_string()));
        }
        if dir.join(RESTORING).exists() {
            return Err(StoreError::Unfinished(dir.display().to_string()));
        }
        let lock = lock::take(dir, admin)?;
        rotate::clear_away(dir)?;
        let mut opened = Opened::default();
        let mut journal = Journal::open(&dir.join("journal"), &keys.check())?;
        let index_dir = rotate::index_to_open(dir, &keys).unwrap_or_else(|| dir.join("index"));
        let index = Index::open(&index_dir, &mut journal, &keys, &mut opened.notes)?;
        opened.entries = index.position().next_entry;
        let store = Self {
            dir: dir.to_owned(),
            journal: journal.reader(),
            writer: Arc::new(Writer::start(journal, index, keys.clone())),
            days: Arc::new(Days::open(&dir.join("content-keys"))?),
            keys,
            claiming: Arc::default(),
            leases: Mutex::default(),
            latest: AtomicI64::new(i64::MIN),
            rotation: Arc::default(),
            rotating: Mutex::default(),
            opened,
            changes: watch::Sender::new(0),
            _lock: lock,
        };
        store.finish_opening()
    }

    fn finish_opening(mut self) -> Result<Self, StoreError> {
        if let Some(last) = self.opened.entries.checked_sub(1) {
            let index = self.writer.shared.index()?;
            self.opened.last_at = Some(vault::read(last, &self.octets(&index, last)?)?.at);
        }
        if self.keys.ids().len() > 1 {
            self.begin_rotation();
        }
        Ok(self)
    }

    /// Who holds the directory, if anybody does.
    pub fn holder(dir: &Path) -> Option<Holder> {
        lock::holder(dir)
    }

    fn begin_rotation(&self) {
        let work = Work {
            dir: self.dir.clone(),
            keys: self.keys.clone(),
            journal: Arc::clone(&self.journal),
            days: Arc::clone(&self.days),
            writer: Arc::clone(&self.writer),
            progress: Arc::clone(&self.rotation),
        };
        *self.rotating.lock().unwrap_or_else(|e| e.into_inner()) = Some(work.begin());
    }

    /// Reads through the index; one that fails is mended, and this tried once more.
    fn with_index<T>(&self, read: impl Fn(&Index) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut outcome = self.writer.shared.index().and_then(|index| read(&index));
        for _ in 0..MENDING {
            if !matches!(outcome, Err(StoreError::Unreadable(_))) {
                break;
            }
            self.writer.mend();
            std::thread::sleep(std::time::Duration::from_millis(50));
            outcome = self.writer.shared.index().and_then(|index| read(&index));
        }
        outcome
    }

    fn batch(&self, entries: Vec<vault::Prepared>) -> writer::Batch {
        let changes = entries.iter().map(|e| changes::changes(&e.event, &self.keys)).collect();
        writer::Batch { entries, changes, alone: None }
    }

    /// The moment for an entry: not before one that was prepared already.
    fn keep_pace(&self, at: Time) -> Time {
        let latest = self.latest.fetch_max(at.as_microsecond(), Ordering::AcqRel);
        Time::from_microsecond(latest).map_or(at, |latest| at.max(latest))
    }

    fn octets(&self, index: &Index, number: u64) -> Result<Vec<u8>, StoreError> {
        let place = index.place(number, &self.journal)?;
        let (leaf, sealed) = self.journal.entry(place)?;
        vault::open(&self.keys, number, &leaf, &sealed)
    }

    fn event(&self, index: &Index, number: u64) -> Result<Event, StoreError> {
        let entry = vault::read(number, &self.octets(index, number)?)?;
        Ok(vault::unguard(entry.event, number, |day| self.days.get(&self.keys, day).ok().flatten()))
    }

    /// The newest state of one id.
    fn one<T>(&self, class: u8, id: &[u8], pick: impl Fn(Event) -> Option<T>) -> Result<Option<T>, StoreError> {
        self.with_index(|index| match index.latest(class, id)? {
            Some(number) => Ok(pick(self.event(index, number)?)),
            None => Ok(None),
        })
    }

    /// What those entries hold.
    fn many<T>(
        &self,
        numbers: impl Fn(&Index) -> Result<Vec<u64>, StoreError>,
        pick: impl Fn(Event) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.with_index(|index| {
            let numbers = numbers(index)?;
            let mut found = Vec::with_capacity(numbers.len());
            for number in numbers {
                found.extend(pick(self.event(index, number)?));
            }
            Ok(found)
        })
    }

    fn canaries_with(&self, index: &Index, key: &runs::Key, owners: &mut Vec<Owner>) -> Result<(), StoreError> {
        let mut numbers = index.canaries_with(key)?;
        numbers.sort_unstable();
        let mut canaries = Vec::new();
        for number in numbers {
            canaries.extend(if let Event::Canary(canary) = self.event(index, number)? { Some(canary) } else { None });
        }
        owners.extend(newest(canaries).into_iter().map(|canary| Owner::Canary(Box::new(canary))));
        Ok(())
    }

    fn refuse_taken(&self, claims: &[claims::Claim]) -> Result<(), StoreError> {
        if let Some(claim) = claims::twice(claims) {
            return Err(StoreError::Taken(claim.refusal.clone()));
        }
        self.with_index(|index| {
            for claim in claims {
                if index.claimed(claim)? && !self.is_holder(index, claim)? {
                    return Err(StoreError::Taken(claim.refusal.clone()));
                }
            }
            Ok(())
        })
    }

    /// Whether only the canary that claims a value has it already.
    fn is_holder(&self, index: &Index, claim: &claims::Claim) -> Result<bool, StoreError> {
        let Some(holder) = claim.holder else { return Ok(false) };
        let mut owners = Vec::new();
        for hash in &claim.hashes {
            self.canaries_with(index, &changes::value_of(hash), &mut owners)?;
        }
        Ok(owners.iter().all(|owner| matches!(owner, Owner::Canary(c) if c.id == holder)))
    }

    fn lease(&self, what: Vec<u8>, now: Time, until: Time) -> Result<(), Time> {
        let mut leases = self.leases.lock().unwrap_or_else(|e| e.into_inner());
        match leases.get(&what) {
            Some(other) if *other > now => Err(*other),
            _ => {
                leases.insert(what, until);
                Ok(())
            }
        }
    }

    fn let_go(&self, what: &[u8]) {
        self.leases.lock().unwrap_or_else(|e| e.into_inner()).remove(what);
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.rotation.stop();
        if let Some(thread) = self.rotating.lock().unwrap_or_else(|e| e.into_inner()).take() {
            // One that panicked leaves both keys in use, as one that was stopped.
            let _ = thread.join();
        }
    }
}

/// What to let go of once this is recorded.
fn settles(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::Judgement(j) => Some(j.source.octets().to_vec()),
        Event::Alert(a) => Some(a.id.octets().to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
