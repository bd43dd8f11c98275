//! The writer: the one thread that appends to the journal. It takes every job
//! that waits, writes them together, syncs once and only then answers each: a
//! group commit. Claims are settled here, so that of two who want the same
//! number one is refused.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::super::StoreError;
use super::index::{Change, Claim, Index};
use super::journal::{Journal, Position, Sealed};

/// At most so many jobs share an fsync, so that none waits long for the others.
const GROUP: usize = 4_096;

/// An entry ready for the journal, and what it changes in the index.
pub(super) struct Prepared {
    pub(super) sealed: Sealed,
    pub(super) changes: Vec<Change>,
}

/// A batch that waits.
pub(super) struct Job {
    pub(super) entries: Vec<Prepared>,
    pub(super) claims: Vec<Claim>,
}

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// The door to the thread.
pub(super) struct Writer {
    jobs: Option<Sender<(Job, Answer)>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(journal: Journal, index: Arc<Index>, next_entry: u64) -> Self {
        let (jobs, waiting) = channel();
        let thread = std::thread::spawn(move || State { journal, index, next_entry, behind: None }.run(&waiting));
        Self { jobs: Some(jobs), thread: Some(thread) }
    }

    pub(super) async fn submit(&self, job: Job) -> Result<(), StoreError> {
        let gone = || StoreError::Unavailable("the journal's writer has stopped".to_owned());
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send((job, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
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
    index: Arc<Index>,
    next_entry: u64,
    /// Where the index failed to take entries over. From there the next open
    /// catches up, so its position must not move on.
    behind: Option<Position>,
}

impl State {
    fn run(mut self, waiting: &Receiver<(Job, Answer)>) {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                match waiting.try_recv() {
                    Ok(job) => group.push(job),
                    Err(_) => break,
                }
            }
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<(Job, Answer)>) {
        let mut taken = HashSet::new();
        let mut admitted = Vec::with_capacity(group.len());
        for (job, answer) in group {
            match self.admit(&job, &mut taken) {
                Ok(()) => admitted.push((job, answer)),
                Err(refusal) => drop(answer.send(Err(refusal))),
            }
        }
        if admitted.is_empty() {
            return;
        }
        let done = self.write(&admitted);
        for (_, answer) in admitted {
            // Whoever asked may have gone; the record stands all the same.
            let _ = answer.send(match &done {
                Ok(()) => Ok(()),
                Err(cause) => Err(StoreError::Unavailable(cause.to_string())),
            });
        }
    }

    /// Refuses a job that claims what is taken, by the index or within the group.
    fn admit(&self, job: &Job, taken: &mut HashSet<([u8; 16], u8)>) -> Result<(), StoreError> {
        let mut own = HashSet::new();
        for claim in &job.claims {
            let key = (claim.hash, claim.class);
            if taken.contains(&key) || !own.insert(key) || self.index.claimed(&claim.hash, claim.class)? {
                return Err(StoreError::Taken(claim.refusal.clone()));
            }
        }
        taken.extend(own);
        Ok(())
    }

    fn write(&mut self, group: &[(Job, Answer)]) -> Result<(), StoreError> {
        let batches: Vec<Vec<&Sealed>> =
            group.iter().map(|(job, _)| job.entries.iter().map(|e| &e.sealed).collect()).collect();
        let places = self.journal.append(self.next_entry, &batches)?;
        let entries = group.iter().flat_map(|(job, _)| &job.entries);
        let first = self.next_entry;
        self.next_entry += places.len() as u64;
        let rows =
            entries.zip(&places).zip(first..).map(|((entry, place), seq)| (seq, *place, entry.changes.as_slice()));
        // Durable from here on. Should the index refuse, it is behind the journal
        // and catches up at the next open; the answer must still be yes.
        let before = self.index.position().unwrap_or_default();
        let position = self.behind.unwrap_or_else(|| self.journal.position(self.next_entry));
        if let Err(cause) = self.index.apply(rows, position) {
            tracing::error!(%cause, "the index did not take a durable entry over; restart to let it catch up");
            self.behind.get_or_insert(before);
        }
        Ok(())
    }
}
