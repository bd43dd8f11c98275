//! The embedded store: an append-only journal, which is the truth, and indexes,
//! which can be thrown away. For one machine and one process; a lock keeps a
//! second process out.
//!
//! Journal, index and the one thread that writes are in their own files here.

mod days;
mod index;
mod journal;
mod lock;
mod places;
mod rotate;
mod runs;
mod writer;

use async_trait::async_trait;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

use self::days::Days;
use self::index::{Index, Standing};
use self::journal::Journal;
use self::rotate::{Progress, Work};
use self::writer::Writer;
use super::keys::{KeyId, Keys};
use super::vault::{self, Day};
use super::{Claim, Opened, Outbox, Owner, Rotation, Store, StoreError, Subject, claims};
use crate::ledger::contents::ContentKey;
use crate::ledger::entry::Entry;
use crate::ledger::tree::{Hash, Part};
use crate::model::{
    Alert, AlertId, AlertState, Batch, Canary, CanaryId, Case, CaseId, Event, Hit, HitId, Judgement, Lookup, News,
    PoolItem, Release, ReleaseId, Source, SourceId, Time, Token,
};

pub use self::lock::Holder;

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
    claiming: tokio::sync::Mutex<()>,
    leases: Mutex<HashMap<Vec<u8>, Time>>,
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
        let lock = lock::take(dir, admin)?;
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
            claiming: tokio::sync::Mutex::default(),
            leases: Mutex::default(),
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
        let changes = entries.iter().map(|e| index::changes(&e.event, &self.keys)).collect();
        writer::Batch { entries, changes }
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
        for number in index.canaries_with(key)? {
            if let Event::Canary(canary) = self.event(index, number)? {
                owners.push(Owner::Canary(Box::new(canary)));
            }
        }
        Ok(())
    }

    fn refuse_taken(&self, claims: &[claims::Claim]) -> Result<(), StoreError> {
        if let Some(claim) = claims::twice(claims) {
            return Err(StoreError::Taken(claim.refusal.clone()));
        }
        self.with_index(|index| {
            for claim in claims {
                if index.claimed(claim)? {
                    return Err(StoreError::Taken(claim.refusal.clone()));
                }
            }
            Ok(())
        })
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

#[async_trait]
impl Store for Embedded {
    async fn record(&self, at: Time, batch: Batch) -> Result<u64, StoreError> {
        let claims = claims::claims(&batch, &self.keys);
        let _alone = if claims.is_empty() { None } else { Some(self.claiming.lock().await) };
        self.refuse_taken(&claims)?;
        let mut day_keys = HashMap::new();
        for day in vault::days(&batch) {
            day_keys.insert(day, self.days.get_or_make(&self.keys, day)?);
        }
        let settled: Vec<Vec<u8>> = batch.iter().filter_map(settles).collect();
        let prepare = |event| vault::prepare(&self.keys, &day_keys, at, event);
        let entries = batch.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
        let first = self.writer.record(self.batch(entries)).await?;
        settled.iter().for_each(|what| self.let_go(what));
        Ok(first)
    }

    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError> {
        let hashes = self.keys.lookups(key.as_bytes());
        self.with_index(|index| {
            let mut owners = Vec::new();
            for hash in &hashes {
                self.canaries_with(index, &index::value_of(hash), &mut owners)?;
                owners.extend(index.standings(hash)?.into_iter().map(|standing| match standing {
                    Standing::Pool { control } => Owner::Pool { control },
                    Standing::Source => Owner::Source,
                    Standing::Contact => Owner::Contact,
                }));
            }
            Ok(owners)
        })
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.many(|i| i.all(index::SOURCE), |e| if let Event::Source(s) = e { Some(s) } else { None })
    }

    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError> {
        let in_order = |i: &Index| {
            let mut numbers = i.all(index::POOL)?;
            numbers.sort_unstable();
            Ok(numbers)
        };
        self.many(in_order, |e| if let Event::Pool(p) = e { Some(p) } else { None })
    }

    async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.many(|i| i.all(index::RELEASE), as_release)
    }

    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.one(index::RELEASE, &id.octets(), as_release)
    }

    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError> {
        let mut canaries = self.many(|i| i.canaries_of(release), |e| as_canary(e).filter(|c| c.release == release))?;
        canaries.sort_by_key(|c| c.id);
        Ok(canaries)
    }

    async fn canary(&self, id: CanaryId) -> Result<Option<Canary>, StoreError> {
        let found = self.many(|i| i.canaries_with(&index::canary_key(id)), as_canary)?;
        Ok(found.into_iter().find(|c| c.id == id))
    }

    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError> {
        let numbers = |index: &Index| match since {
            Some(at) => index.from(index::HIT, &first_id_of(at)),
            None => index.all(index::HIT),
        };
        let mut hits = self.many(numbers, as_hit)?;
        hits.retain(|h| since.is_none_or(|at| h.at >= at));
        Ok(hits)
    }

    async fn hit(&self, id: HitId) -> Result<Option<Hit>, StoreError> {
        self.one(index::HIT, &id.octets(), as_hit)
    }

    async fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.many(|i| i.all(index::CASE), as_case)
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.one(index::CASE, &id.octets(), as_case)
    }

    async fn judgements(&self) -> Result<Vec<Judgement>, StoreError> {
        self.many(|i| i.all(index::JUDGEMENT), |e| if let Event::Judgement(j) = e { Some(j) } else { None })
    }

    async fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.many(|i| i.all(index::ALERT), as_alert)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.many(|i| i.all(index::TOKEN), as_token)
    }

    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        for hash in self.keys.lookups(Lookup::token(secret_hash).as_bytes()) {
            if let Some(token) = self.one(index::SECRET, &hash, as_token)? {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    async fn claim_news(&self, now: Time, quiet: jiff::SignedDuration, until: Time) -> Result<Claim<News>, StoreError> {
        let mut later: Option<Time> = None;
        for index::Heard { source, newest, judged } in self.with_index(|i| i.news())? {
            let due = match judged {
                Some((through, _)) if through >= newest => continue,
                Some((_, at)) => at.checked_add(quiet).unwrap_or(now),
                None => now,
            };
            let taken = if due > now { Err(due) } else { self.lease(source.octets().to_vec(), now, until) };
            match taken {
                Ok(()) => return Ok(Claim::Ours(News { source, newest })),
                Err(at) => later = Some(later.map_or(at, |l| l.min(at))),
            }
        }
        Ok(later.map_or(Claim::Nothing, Claim::Later))
    }

    async fn claim_alert(&self, channel: &str, now: Time, until: Time) -> Result<Claim<Alert>, StoreError> {
        let mut pending = Vec::new();
        for id in self.with_index(|i| i.ids(index::PENDING))? {
            let alert = self.one(index::ALERT, &id, as_alert)?;
            pending.extend(alert.filter(|a| a.channel == channel && a.state == AlertState::Pending));
        }
        pending.sort_by_key(|a| (a.due_at, a.id));
        let mut later: Option<Time> = None;
        for alert in pending {
            let lease = || self.lease(alert.id.octets().to_vec(), now, until);
            let taken = if alert.due_at > now { Err(alert.due_at) } else { lease() };
            match taken {
                Ok(()) => return Ok(Claim::Ours(alert)),
                Err(at) => later = Some(later.map_or(at, |l| l.min(at))),
            }
        }
        Ok(later.map_or(Claim::Nothing, Claim::Later))
    }

    async fn outbox(&self, channel: &str, source: SourceId, now: Time) -> Result<Outbox, StoreError> {
        let last = self.one(index::LAST_ALERT, &index::desk(&self.keys, channel, source), as_alert)?;
        let leases = self.leases.lock().unwrap_or_else(|e| e.into_inner());
        let in_flight = last.as_ref().and_then(|a| leases.get(a.id.octets().as_slice())).is_some_and(|at| *at > now);
        drop(leases);
        Ok(Outbox { last, in_flight })
    }

    async fn give_back(&self, alert: AlertId) -> Result<(), StoreError> {
        self.let_go(&alert.octets());
        Ok(())
    }

    async fn claim_task(&self, task: &str, now: Time, until: Time) -> Result<bool, StoreError> {
        Ok(self.lease(format!("task {task}").into_bytes(), now, until).is_ok())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.with_index(|index| Ok(index.position().next_entry))
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.with_index(|index| {
            let end = index.position().next_entry.min(from.saturating_add(limit as u64));
            (from..end).map(|number| self.octets(index, number)).collect()
        })
    }

    async fn entries_of(&self, subject: Subject) -> Result<Vec<u64>, StoreError> {
        self.with_index(|index| match subject {
            Subject::Source(_) | Subject::Release(_) => index.about(subject),
            Subject::Hit(id) => Ok(index.latest(index::HIT, &id.octets())?.into_iter().collect()),
            Subject::Canary(id) => {
                let numbers = index.canaries_with(&index::canary_key(id))?;
                let is_it = |n: &u64| matches!(self.event(index, *n), Ok(Event::Canary(c)) if c.id == id);
                Ok(numbers.into_iter().filter(is_it).collect())
            }
        })
    }

    async fn nodes(&self, parts: &[Part]) -> Result<Vec<Hash>, StoreError> {
        self.with_index(|index| parts.iter().map(|part| index.node(&self.journal, *part)).collect())
    }

    async fn adopt(&self, entries: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let read = |octets: Vec<u8>| -> Result<vault::Prepared, StoreError> {
            let entry = Entry::read(&octets).map_err(|e| StoreError::Unavailable(e.to_string()))?;
            let (leaf, sealed) = vault::seal(&self.keys, &octets);
            Ok(vault::Prepared { leaf, sealed, event: entry.event })
        };
        let entries = entries.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.writer.record(self.batch(entries)).await.map(drop)
    }

    async fn content_key(&self, hit: HitId) -> Result<Option<ContentKey>, StoreError> {
        Ok(self.days.get(&self.keys, vault::day_of(hit))?.map(|key| ContentKey::of(&key, hit)))
    }

    async fn day_keys(&self) -> Result<Vec<(Day, Vec<u8>)>, StoreError> {
        self.days.all()?.into_iter().map(|day| Ok((day, self.days.sealed(day)?))).collect()
    }

    async fn adopt_day_keys(&self, keys: Vec<(Day, Vec<u8>)>) -> Result<(), StoreError> {
        keys.into_iter().try_for_each(|(day, sealed)| self.days.adopt(day, &sealed))
    }

    async fn shred(&self, before: Day) -> Result<u64, StoreError> {
        self.days.shred(before)
    }

    async fn rotate(&self) -> Result<KeyId, StoreError> {
        let id = self.keys.add()?;
        self.begin_rotation();
        Ok(id)
    }

    fn rotation(&self) -> Option<Rotation> {
        self.rotation.now()
    }

    fn retired(&self) -> Vec<KeyId> {
        self.rotation.take_retired()
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn opened(&self) -> Opened {
        self.opened.clone()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
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

fn as_case(event: Event) -> Option<Case> {
    if let Event::Case(case) = event { Some(case) } else { None }
}

fn as_alert(event: Event) -> Option<Alert> {
    if let Event::Alert(alert) = event { Some(alert) } else { None }
}

fn as_token(event: Event) -> Option<Token> {
    if let Event::Token { token, .. } = event { Some(token) } else { None }
}

#[cfg(test)]
mod tests;
