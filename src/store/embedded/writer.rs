//! The writer: the one thread that appends to the journal. It takes every job
//! that waits, writes them together, syncs once and only then answers each: a
//! group commit. It also keeps the index in shape: one that failed (sled does not
//! get over a full disk) is closed and opened again until it works.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::super::StoreError;
use super::super::keys::{KeyId, Keys};
use super::super::vault::{self, Prepared};
use super::changes::{self, Change};
use super::index::{Index, Taken};
use super::journal::Journal;

/// At most so many jobs share an fsync, so that none waits long for the others.
const GROUP: usize = 4_096;
/// Nor much more than so many octets, as a group is one frame.
const GROUP_OCTETS: usize = 64 << 20;
/// How often an index that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Entries that become durable together or not at all, and what each of them
/// changes in the index.
pub(super) struct Batch {
    pub(super) entries: Vec<Prepared>,
    pub(super) changes: Vec<Vec<Change>>,
    /// Who claims values keeps others from it until the index knows, even if
    /// nobody waits for the answer any more.
    pub(super) alone: Option<OwnedMutexGuard<()>>,
}

impl Batch {
    fn octets(&self) -> usize {
        self.entries.iter().map(|e| e.sealed.len()).sum()
    }
}

/// What the writer is asked.
enum Job {
    Record {
        batch: Batch,
        answer: Answer<u64>,
    },
    /// Begin a new segment, so that nothing is written to those before it.
    Rotate {
        answer: Answer<()>,
    },
    /// Forget the older keys; nothing is written any more that was sealed with them.
    Retire {
        answer: Answer<Vec<KeyId>>,
    },
    /// Use another index, in a directory that was prepared.
    Switch {
        dir: PathBuf,
        answer: Answer<()>,
    },
    /// Somebody could not read.
    Mend,
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// The index in use; none while it is opened again.
pub(super) struct Shared {
    index: RwLock<Option<Arc<Index>>>,
}

impl Shared {
    pub(super) fn index(&self) -> Result<Arc<Index>, StoreError> {
        let index = self.index.read().unwrap_or_else(|e| e.into_inner()).clone();
        index.ok_or_else(|| StoreError::Unreadable("the index is being opened again".to_owned()))
    }

    fn set(&self, index: Option<Arc<Index>>) -> Option<Arc<Index>> {
        std::mem::replace(&mut *self.index.write().unwrap_or_else(|e| e.into_inner()), index)
    }
}

/// The door to the thread.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
    pub(super) shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn start(journal: Journal, index: Index, keys: Keys) -> Self {
        let (jobs, waiting) = channel();
        let (next_entry, dir) = (index.position().next_entry, index.dir.clone());
        let shared = Arc::new(Shared { index: RwLock::new(Some(Arc::new(index))) });
        let state = State { journal, shared: Arc::clone(&shared), keys, dir, next_entry, sick: false };
        let thread = std::thread::spawn(move || state.run(&waiting));
        Self { jobs: Some(jobs), thread: Some(thread), shared }
    }

    /// Appends entries as one; the number of the first.
    pub(super) async fn record(&self, batch: Batch) -> Result<u64, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Record { batch, answer })?;
        answered.await.map_err(|_| gone())?
    }

    pub(super) fn rotate(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Rotate { answer })?;
        answered.blocking_recv().map_err(|_| gone())?
    }

    pub(super) fn switch(&self, dir: PathBuf) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Switch { dir, answer })?;
        answered.blocking_recv().map_err(|_| gone())?
    }

    pub(super) fn retire(&self) -> Result<Vec<KeyId>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Retire { answer })?;
        answered.blocking_recv().map_err(|_| gone())?
    }

    pub(super) fn mend(&self) {
        // A writer that has stopped mends nothing any more.
        let _ = self.send(Job::Mend);
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(gone)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the journal's writer has stopped".to_owned())
}

impl Drop for Writer {
    /// Lets what waits be written, so that an orderly end loses nothing.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has answered nobody, and nobody is left to tell.
            let _ = thread.join();
        }
    }
}

struct State {
    journal: Journal,
    shared: Arc<Shared>,
    keys: Keys,
    dir: PathBuf,
    next_entry: u64,
    /// The index failed and is to be opened again.
    sick: bool,
}

impl State {
    fn run(mut self, waiting: &Receiver<Job>) {
        loop {
            let first = match self.sick {
                true => waiting.recv_timeout(AGAIN),
                false => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match first {
                Ok(job) => self.take(job, waiting),
                Err(RecvTimeoutError::Timeout) => self.mend(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take(&mut self, first: Job, waiting: &Receiver<Job>) {
        let mut group = Vec::new();
        let mut octets = 0;
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Record { batch, answer } => {
                    octets += batch.octets();
                    group.push((batch, answer));
                }
                other => {
                    self.commit(std::mem::take(&mut group));
                    self.serve(other);
                }
            }
            next = if group.len() < GROUP && octets < GROUP_OCTETS { waiting.try_recv().ok() } else { None };
        }
        self.commit(group);
    }

    /// Whoever asked may have gone; what was done stands all the same.
    fn serve(&mut self, job: Job) {
        match job {
            Job::Record { .. } => {}
            Job::Rotate { answer } => drop(answer.send(self.journal.rotate(self.next_entry))),
            Job::Retire { answer } => drop(answer.send(self.keys.retire().map_err(StoreError::from))),
            Job::Switch { dir, answer } => drop(answer.send(self.switch(dir))),
            Job::Mend => {
                if !self.shared.index().is_ok_and(|index| index.works()) {
                    self.mend();
                }
            }
        }
    }

    fn commit(&mut self, group: Vec<(Batch, Answer<u64>)>) {
        let renewed = group.into_iter().filter_map(|(mut batch, answer)| match self.renew(&mut batch) {
            Ok(()) => Some((batch, answer)),
            Err(cause) => {
                drop(answer.send(Err(cause)));
                None
            }
        });
        let group: Vec<(Batch, Answer<u64>)> = renewed.collect();
        if group.is_empty() {
            return;
        }
        let entries: Vec<&Prepared> = group.iter().flat_map(|(batch, _)| &batch.entries).collect();
        let places = match self.journal.append(self.next_entry, &entries) {
            Ok(places) => places,
            Err(cause) => {
                let refused = || StoreError::Unavailable(cause.to_string());
                return group.into_iter().for_each(|(_, answer)| drop(answer.send(Err(refused()))));
            }
        };
        let mut first = self.next_entry;
        let mut answers = Vec::with_capacity(group.len());
        let mut taken = Vec::with_capacity(places.len());
        let mut places = places.into_iter();
        for (batch, answer) in group {
            answers.push((answer, first, batch.alone));
            first += batch.entries.len() as u64;
            let entries = batch.entries.into_iter().zip(batch.changes).zip(&mut places);
            taken.extend(entries.map(|((entry, changes), place)| Taken { place, leaf: entry.leaf, changes }));
        }
        self.index(&taken);
        answers.into_iter().for_each(|(answer, first, _alone)| drop(answer.send(Ok(first))));
    }

    /// What was sealed before a key came into use is sealed with it before it is
    /// written: who retires the old key looks at what is written, not at what waits.
    fn renew(&self, batch: &mut Batch) -> Result<(), StoreError> {
        for (entry, changes) in batch.entries.iter_mut().zip(&mut batch.changes) {
            if !self.keys.is_current(&entry.sealed) {
                let octets = self.keys.open(&entry.sealed, &entry.leaf);
                let octets = octets.map_err(|e| StoreError::Unavailable(e.to_string()))?;
                entry.sealed = vault::seal(&self.keys, &octets).1;
                *changes = changes::changes(&entry.event, &self.keys);
            }
        }
        Ok(())
    }

    /// The entries are durable. Should the index refuse them, it catches up when
    /// it is opened again; the answer must still be yes.
    fn index(&mut self, taken: &[Taken]) {
        let first = self.next_entry;
        self.next_entry += taken.len() as u64;
        let position = self.journal.position(self.next_entry);
        // A sick index has a gap already, which only the journal can fill.
        let done = match (self.sick, self.shared.index()) {
            (false, Ok(index)) => index.apply(first, taken, position),
            _ => return,
        };
        if let Err(cause) = done {
            tracing::error!(%cause, "the index did not take a durable entry over; it is opened again");
            self.sick = true;
        }
    }

    fn mend(&mut self) {
        self.close();
        let dir = self.dir.clone();
        self.sick = match self.switch(dir) {
            Ok(()) => {
                tracing::info!("the index works again");
                false
            }
            Err(cause) => {
                tracing::warn!(%cause, "the index does not open yet");
                true
            }
        };
    }

    /// Closes the index, once its readers have let go of it: its files can be held once.
    fn close(&self) {
        let Some(mut index) = self.shared.set(None) else { return };
        for _ in 0..1_000 {
            match Arc::try_unwrap(index) {
                Ok(free) => return drop(free),
                Err(still) => index = still,
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes the index of a directory into use.
    fn switch(&mut self, dir: PathBuf) -> Result<(), StoreError> {
        let mut notes = Vec::new();
        let index = Index::open(&dir, &mut self.journal, &self.keys, &mut notes)?;
        notes.iter().for_each(|note| tracing::warn!("{note}"));
        self.dir = dir;
        self.shared.set(Some(Arc::new(index)));
        Ok(())
    }
}
