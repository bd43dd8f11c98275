//! The embedded store: an append-only journal, which is the truth, and sled
//! indexes, which can be thrown away. For one machine and one process; a lock
//! keeps a second process out.
//!
//! Journal and index are opened in their own files here; the one thread that
//! writes is in `writer`.

mod index;
mod journal;
mod writer;

use async_trait::async_trait;
use rand::Rng;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::index::Index;
use self::journal::{Journal, Sealed};
use self::writer::{Job, Prepared, Writer};
use super::keys::Keys;
use super::{Opened, Owner, Store, StoreError};
use crate::ledger::Entry;
use crate::ledger::entry::leaf_hash;
use crate::model::{
    Alert, Batch, Canary, CanaryId, Event, Hit, Lookup, PoolItem, Release, ReleaseId, Source, Time, Token,
};

/// The store of one machine.
pub struct Embedded {
    keys: Keys,
    index: Arc<Index>,
    journal: Arc<journal::Reader>,
    writer: Writer,
    opened: Opened,
    /// Held as long as the store is open; the kernel lets go of it at any death.
    _lock: File,
}

/// Who holds a data directory, as its lock file tells: process and admin address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub text: String,
    pub admin: Option<String>,
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
        let lock = lock(dir, admin)?;
        let mut opened = Opened::default();
        let mut journal = Journal::open(&dir.join("journal"), &keys.check())?;
        let index = Index::open(&dir.join("index"), &mut opened.notes)?;
        index::catch_up(&index, &mut journal, &keys, &mut opened.notes)?;
        opened.entries = index.position()?.next_entry;
        let reader = journal.reader();
        let index = Arc::new(index);
        let writer = Writer::start(journal, Arc::clone(&index), opened.entries);
        Ok(Self { keys, index, journal: reader, writer, opened, _lock: lock })
    }

    /// Who holds the directory, if anybody does.
    pub fn holder(dir: &Path) -> Option<Holder> {
        let mut file = File::open(dir.join("lock")).ok()?;
        match file.try_lock() {
            Ok(()) => None,
            Err(_) => Some(read_holder(&mut file)),
        }
    }

    fn prepare(&self, at: Time, event: &Event) -> Result<Prepared, StoreError> {
        let mut salt = [0u8; 16];
        rand::rng().fill_bytes(&mut salt);
        let entry = Entry { at, salt: hex::encode(salt), event: event.clone() };
        let octets = entry.canonical().map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let leaf = leaf_hash(&octets);
        let sealed = self.keys.seal(&octets, &leaf);
        Ok(Prepared { sealed: Sealed { leaf, octets: sealed }, changes: index::changes(event, &self.keys) })
    }

    fn read(&self, seq: u64) -> Result<Event, StoreError> {
        let place = self.index.place(seq)?;
        let octets = self.journal.entry(place, &self.keys)?;
        let entry = Entry::read(&octets)
            .map_err(|e| StoreError::Damaged { place: format!("ledger entry {seq}"), what: e.to_string() })?;
        Ok(entry.event)
    }

    fn one<T>(&self, seq: Option<u64>, pick: impl Fn(Event) -> Option<T>) -> Result<Option<T>, StoreError> {
        match seq {
            Some(seq) => Ok(pick(self.read(seq)?)),
            None => Ok(None),
        }
    }

    fn many<T>(&self, seqs: Vec<u64>, pick: impl Fn(Event) -> Option<T>) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::with_capacity(seqs.len());
        for seq in seqs {
            found.extend(pick(self.read(seq)?));
        }
        Ok(found)
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    // What the holder says of itself is a courtesy: an unreadable one is still a holder.
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let admin = text.lines().find_map(|l| l.strip_prefix("admin ")).map(str::to_owned);
    let first = text.lines().next().unwrap_or_default();
    Holder { text: if first.is_empty() { "unknown process".to_owned() } else { first.to_owned() }, admin }
}

fn lock(dir: &Path, admin: Option<&str>) -> Result<File, StoreError> {
    let path: PathBuf = dir.join("lock");
    let io = |cause| StoreError::Io { doing: format!("locking {}", path.display()), cause };
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    if file.try_lock().is_err() {
        let holder = read_holder(&mut file).text;
        return Err(StoreError::InUse { dir: dir.display().to_string(), holder });
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "process {}", std::process::id()).map_err(io)?;
    if let Some(admin) = admin {
        writeln!(file, "admin {admin}").map_err(io)?;
    }
    Ok(file)
}

#[async_trait]
impl Store for Embedded {
    async fn record(&self, at: Time, batch: Batch) -> Result<(), StoreError> {
        let claims = index::claims(&batch, &self.keys);
        let entries = batch.iter().map(|event| self.prepare(at, event)).collect::<Result<Vec<_>, _>>()?;
        self.writer.submit(Job { entries, claims }).await
    }

    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError> {
        self.index.owners(&self.keys.lookup(key.as_bytes()))
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.many(self.index.all(index::SOURCE)?, |e| if let Event::Source(s) = e { Some(s) } else { None })
    }

    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError> {
        self.many(self.index.all(index::POOL)?, |e| if let Event::Pool(p) = e { Some(p) } else { None })
    }

    async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.many(self.index.all(index::RELEASE)?, as_release)
    }

    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.one(self.index.latest(index::RELEASE, &id.octets())?, as_release)
    }

    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError> {
        self.many(self.index.below(index::CANARY_OF, &release.octets())?, as_canary)
    }

    async fn canary(&self, id: CanaryId) -> Result<Option<Canary>, StoreError> {
        self.one(self.index.latest(index::CANARY, &id.octets())?, as_canary)
    }

    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError> {
        let seqs = match since {
            Some(at) => self.index.from(index::HIT, &first_id_of(at))?,
            None => self.index.all(index::HIT)?,
        };
        let mut hits = self.many(seqs, as_hit)?;
        hits.retain(|h| since.is_none_or(|at| h.at >= at));
        Ok(hits)
    }

    async fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.many(self.index.all(index::ALERT)?, as_alert)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.many(self.index.all(index::TOKEN)?, as_token)
    }

    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        let key = self.keys.lookup(Lookup::token(secret_hash).as_bytes());
        self.one(self.index.latest(index::SECRET, &key)?, as_token)
    }

    fn secret_hash(&self, secret: &str) -> String {
        self.keys.secret_hash(secret)
    }

    fn opened(&self) -> Opened {
        self.opened.clone()
    }
}

/// The smallest UUIDv7 of a millisecond.
fn first_id_of(at: Time) -> [u8; 16] {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0).to_be_bytes();
    let mut octets = [0u8; 16];
    octets[..6].copy_from_slice(&millis[2..]);
    octets
}

fn as_release(event: Event) -> Option<Release> {
    if let Event::Release(release) = event { Some(release) } else { None }
}

fn as_canary(event: Event) -> Option<Canary> {
    if let Event::Canary(canary) = event { Some(canary) } else { None }
}

fn as_hit(event: Event) -> Option<Hit> {
    if let Event::Hit(hit) = event { Some(*hit) } else { None }
}

fn as_alert(event: Event) -> Option<Alert> {
    if let Event::Alert(alert) = event { Some(alert) } else { None }
}

fn as_token(event: Event) -> Option<Token> {
    if let Event::Token { token, .. } = event { Some(token) } else { None }
}

#[cfg(test)]
mod tests;
