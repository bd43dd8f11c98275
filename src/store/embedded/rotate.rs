//! Rotation: everything is sealed anew with the key in use, segment by segment,
//! and the index made anew under its hashes, while the store serves. A crash at
//! any point leaves both keys in the key file, and the next open goes on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::super::keys::{KeyId, Keys};
use super::super::{Rotation, StoreError};
use super::days::Days;
use super::index::Index;
use super::io;
use super::journal::{Journal, Reader};
use super::writer::Writer;

/// How a rotation stands, for those who ask and for the thread that does it.
#[derive(Default)]
pub(super) struct Progress {
    under_way: AtomicBool,
    stop: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
    retired: Mutex<Vec<KeyId>>,
}

impl Progress {
    pub(super) fn now(&self) -> Option<Rotation> {
        self.under_way
            .load(Ordering::Acquire)
            .then(|| Rotation { done: self.done.load(Ordering::Relaxed), of: self.of.load(Ordering::Relaxed) })
    }

    pub(super) fn take_retired(&self) -> Vec<KeyId> {
        std::mem::take(&mut *self.retired.lock().unwrap_or_else(|e| e.into_inner()))
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    fn may_go_on(&self) -> bool {
        !self.stop.load(Ordering::Acquire)
    }
}

/// What a rotation works on.
pub(super) struct Work {
    pub(super) dir: PathBuf,
    pub(super) keys: Keys,
    pub(super) journal: Arc<Reader>,
    pub(super) days: Arc<Days>,
    pub(super) writer: Arc<Writer>,
    pub(super) progress: Arc<Progress>,
}

/// An index that is not used any more.
const DROPPED: &str = "index.dropped";

/// Removes what a rotation had no time to remove.
pub(super) fn clear_away(dir: &Path) -> Result<(), StoreError> {
    let dropped = dir.join(DROPPED);
    if !dropped.is_dir() {
        return Ok(());
    }
    // A merge that was under way may put one more file into it; the next open removes it.
    match std::fs::remove_dir_all(&dropped) {
        Err(cause) if cause.kind() != std::io::ErrorKind::DirectoryNotEmpty => Err(io("removing", &dropped)(cause)),
        _ => Ok(()),
    }
}

/// The directory of the index under a sealing key.
pub(super) fn index_dir(dir: &Path, key: KeyId) -> PathBuf {
    dir.join(format!("index-{}", hex::encode(key)))
}

/// The index to open: while a rotation is under way the old key's, which is whole.
pub(super) fn index_to_open(dir: &Path, keys: &Keys) -> Option<PathBuf> {
    let dirs: Vec<PathBuf> = keys.ids().into_iter().map(|id| index_dir(dir, id)).collect();
    dirs.iter().rev().find(|d| d.is_dir()).or(dirs.first()).cloned()
}

impl Work {
    /// Does it in a thread of its own.
    pub(super) fn begin(self) -> std::thread::JoinHandle<()> {
        self.progress.under_way.store(true, Ordering::Release);
        std::thread::spawn(move || {
            let done = self.run();
            self.progress.under_way.store(false, Ordering::Release);
            match done {
                Ok(true) => tracing::info!("every record is sealed with the new key; the old one is gone"),
                Ok(false) => {}
                Err(cause) => {
                    tracing::error!(%cause, "sealing anew stopped; both keys stay in use, and the next start goes on");
                }
            }
        })
    }

    fn run(&self) -> Result<bool, StoreError> {
        let Some(&current) = self.keys.ids().first() else { return Ok(false) };
        self.seal_segments()?;
        self.days.seal_anew(&self.keys)?;
        let next = index_dir(&self.dir, current);
        let old = index_to_open(&self.dir, &self.keys).filter(|d| *d != next);
        if !self.progress.may_go_on() {
            return Ok(false);
        }
        if let Some(old) = old {
            self.make_index(&next)?;
            self.writer.switch(next)?;
            // Under another name first: half of an index must never be taken for one.
            let dropped = self.dir.join(DROPPED);
            std::fs::rename(&old, &dropped).map_err(io("moving aside", &old))?;
            super::sync_dir(&self.dir).map_err(io("syncing", &self.dir))?;
            clear_away(&self.dir)?;
        }
        let gone = self.writer.retire()?;
        self.progress.retired.lock().unwrap_or_else(|e| e.into_inner()).extend(gone);
        Ok(true)
    }

    /// Twice: what was being written while the key changed is in the segment that
    /// the second round closes. What comes later the writer seals with the new key.
    fn seal_segments(&self) -> Result<(), StoreError> {
        let size = self.writer.shared.index()?.position().next_entry;
        self.progress.of.store(size, Ordering::Relaxed);
        let mut from = 0;
        for _ in 0..2 {
            self.writer.rotate()?;
            let segments = self.journal.segments();
            let closed = segments.len().saturating_sub(1);
            for segment in segments[from..closed].iter().copied() {
                let each = || {
                    self.progress.done.fetch_add(1, Ordering::Relaxed);
                    self.progress.may_go_on()
                };
                if !self.journal.reseal(segment, &self.keys, each)? {
                    return Ok(());
                }
            }
            from = closed;
        }
        Ok(())
    }

    /// An index beside the one in use; whatever is left of an earlier try goes first.
    fn make_index(&self, dir: &Path) -> Result<(), StoreError> {
        if dir.is_dir() {
            std::fs::remove_dir_all(dir).map_err(io("removing", dir))?;
        }
        match Journal::open_closed(&self.dir.join("journal"))? {
            Some(mut closed) => Index::open(dir, &mut closed, &self.keys, &mut Vec::new()).map(drop),
            None => Ok(()),
        }
    }
}
