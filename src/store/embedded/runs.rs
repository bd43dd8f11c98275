//! Runs: sorted files that lead from the keyed hash of a canary's value to its
//! ledger entry. A run covers a range of entries and never changes; several of
//! one size are merged into one behind everybody's back. What is not in a run yet
//! is in memory, and comes back from the journal.
//!
//! ```text
//! run    "dyepack run 1\n\0\0" count[8] first-entry[8] last-entry[8] record* fence* "dyepack run end\n"
//! record key[10] entry[6]          sorted; sixteen octets for a value, whatever its length
//! fence  first eight octets of every 256th record; held in memory (1/512 of the records)
//! ```
//! Numbers are big-endian.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use super::super::StoreError;
use super::io;

const MAGIC: &[u8; 16] = b"dyepack run 1\n\0\0";
const END: &[u8; 16] = b"dyepack run end\n";
const HEADER: u64 = 40;
const RECORD: usize = 16;
const KEY: usize = 10;
const BLOCK: usize = 256;
/// Records in memory before they become a run.
const FRESH: usize = 100_000;
/// So many runs of one size become one.
const FAN: usize = 8;

/// What a value is looked up by.
pub(super) type Key = [u8; KEY];
type Record = [u8; RECORD];

/// One file.
struct Run {
    path: PathBuf,
    file: File,
    count: u64,
    first: u64,
    last: u64,
    fences: Vec<u64>,
}

#[derive(Default)]
struct State {
    fresh: BTreeSet<Record>,
    /// First and last entry in `fresh`.
    range: Option<(u64, u64)>,
    /// In the order of entries.
    runs: Vec<Arc<Run>>,
}

/// All of them.
pub(super) struct Runs {
    dir: PathBuf,
    state: Arc<RwLock<State>>,
    merging: Arc<AtomicBool>,
}

fn record(key: &Key, entry: u64) -> Record {
    let mut record = [0u8; RECORD];
    record[..KEY].copy_from_slice(key);
    record[KEY..].copy_from_slice(&entry.to_be_bytes()[2..]);
    record
}

fn entry_of(record: &[u8]) -> u64 {
    let mut octets = [0u8; 8];
    octets[2..].copy_from_slice(&record[KEY..RECORD]);
    u64::from_be_bytes(octets)
}

fn fence_of(octets: &[u8]) -> u64 {
    let mut first = [0u8; 8];
    first.copy_from_slice(&octets[..8]);
    u64::from_be_bytes(first)
}

impl Runs {
    /// Opens all runs of a directory; what a crash left over is removed.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(io("making", dir))?;
        let mut runs = Vec::new();
        for item in std::fs::read_dir(dir).map_err(io("listing", dir))? {
            let path = item.map_err(io("listing", dir))?.path();
            match path.extension().and_then(|e| e.to_str()) {
                Some("run") => runs.push(Arc::new(Run::open(path)?)),
                _ => std::fs::remove_file(&path).map_err(io("removing", &path))?,
            }
        }
        // The widest first, so that those it was merged from follow it.
        runs.sort_by_key(|r| (r.first, std::cmp::Reverse(r.last)));
        let mut kept: Vec<Arc<Run>> = Vec::new();
        for run in runs {
            match kept.last() {
                Some(before) if run.last <= before.last => run.remove()?,
                _ => kept.push(run),
            }
        }
        let state = State { runs: kept, ..State::default() };
        Ok(Self { dir: dir.to_owned(), state: Arc::new(RwLock::new(state)), merging: Arc::default() })
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(|e| e.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(|e| e.into_inner())
    }

    /// The newest entry that is in a run.
    pub(super) fn last_saved(&self) -> Option<u64> {
        self.read().runs.last().map(|r| r.last)
    }

    /// The oldest entry that is only in memory.
    pub(super) fn first_unsaved(&self) -> Option<u64> {
        self.read().range.map(|(first, _)| first)
    }

    /// Puts an entry's keys down; entries come in their order.
    pub(super) fn add(&self, entry: u64, keys: &[Key]) {
        let mut state = self.write();
        if state.runs.last().is_some_and(|r| entry <= r.last) {
            return;
        }
        state.fresh.extend(keys.iter().map(|key| record(key, entry)));
        let first = state.range.map_or(entry, |(first, _)| first);
        state.range = Some((first, entry));
    }

    /// Entries that were put down under a key, in their order.
    pub(super) fn find(&self, key: &Key) -> Result<Vec<u64>, StoreError> {
        let state = self.read();
        let fresh: Vec<u64> =
            state.fresh.range(record(key, 0)..=record(key, (1 << 48) - 1)).map(|r| entry_of(r)).collect();
        let runs = state.runs.clone();
        drop(state);
        let mut found = Vec::new();
        for run in runs {
            run.find(key, &mut found)?;
        }
        found.extend(fresh);
        Ok(found)
    }

    /// Writes what is in memory into a run if it is much, or in any case.
    pub(super) fn save(&self, in_any_case: bool) -> Result<(), StoreError> {
        let state = self.read();
        let Some((first, last)) = state.range.filter(|_| in_any_case || state.fresh.len() >= FRESH) else {
            return Ok(());
        };
        // Only the writer adds and saves, so nothing comes in between.
        let run = write_run(&self.dir, first, last, state.fresh.iter().map(|r| Ok(*r)), state.fresh.len() as u64)?;
        drop(state);
        let mut state = self.write();
        state.runs.push(Arc::new(run));
        state.fresh.clear();
        state.range = None;
        drop(state);
        self.merge_if_many();
        Ok(())
    }

    fn merge_if_many(&self) {
        if group_to_merge(&self.read().runs).is_none() || self.merging.swap(true, Ordering::AcqRel) {
            return;
        }
        let (dir, state, merging) = (self.dir.clone(), Arc::clone(&self.state), Arc::clone(&self.merging));
        std::thread::spawn(move || {
            // A function of its own, so that the lock is not held while merging.
            let next = || group_to_merge(&state.read().unwrap_or_else(|e| e.into_inner()).runs);
            while let Some(group) = next() {
                if let Err(cause) = merge(&dir, &state, &group) {
                    // The runs that were to be merged are all still there.
                    tracing::warn!(%cause, "runs of the index could not be merged; look-ups are slower until they are");
                    break;
                }
            }
            merging.store(false, Ordering::Release);
        });
    }
}

/// Runs of about one size that follow each other; smaller ones before a larger
/// one count as of its size.
fn group_to_merge(runs: &[Arc<Run>]) -> Option<Vec<Arc<Run>>> {
    let mut group: Vec<Arc<Run>> = Vec::new();
    let mut size = 0;
    for run in runs.iter().rev() {
        let own = run.count.max(1).ilog2() / 3;
        if own > size {
            if group.len() >= FAN {
                break;
            }
            group.clear();
            size = own;
        }
        group.push(Arc::clone(run));
    }
    group.reverse();
    (group.len() >= FAN).then_some(group)
}

fn merge(dir: &Path, state: &RwLock<State>, group: &[Arc<Run>]) -> Result<(), StoreError> {
    let (Some(oldest), Some(newest)) = (group.first(), group.last()) else { return Ok(()) };
    let mut readers = group.iter().map(|run| run.records()).collect::<Result<Vec<_>, _>>()?;
    let mut heads = readers.iter_mut().map(Records::next_record).collect::<Result<Vec<_>, _>>()?;
    let records = std::iter::from_fn(|| {
        let least = heads.iter().enumerate().filter_map(|(n, h)| Some((n, (*h)?))).min_by_key(|(_, record)| *record);
        let (n, record) = least?;
        match readers[n].next_record() {
            Ok(next) => heads[n] = next,
            Err(cause) => return Some(Err(cause)),
        }
        Some(Ok(record))
    });
    let merged = write_run(dir, oldest.first, newest.last, records, group.iter().map(|r| r.count).sum())?;
    let mut state = state.write().unwrap_or_else(|e| e.into_inner());
    let at = state.runs.iter().position(|r| r.first == oldest.first).unwrap_or(0);
    state.runs.splice(at..at + group.len(), [Arc::new(merged)]);
    drop(state);
    group.iter().try_for_each(|run| run.remove())
}

/// Writes a run that appears whole, durably, or not at all.
fn write_run(
    dir: &Path,
    first: u64,
    last: u64,
    records: impl Iterator<Item = Result<Record, StoreError>>,
    count: u64,
) -> Result<Run, StoreError> {
    let path = dir.join(format!("{first:016x}-{last:016x}.run"));
    let next = path.with_extension("next");
    let failed = |cause: std::io::Error| StoreError::Unavailable(format!("writing {}: {cause}", path.display()));
    let mut out = BufWriter::with_capacity(1 << 18, File::create(&next).map_err(failed)?);
    out.write_all(MAGIC).map_err(failed)?;
    for number in [count, first, last] {
        out.write_all(&number.to_be_bytes()).map_err(failed)?;
    }
    let mut fences = Vec::new();
    for (n, record) in records.enumerate() {
        let record = record?;
        if n % BLOCK == 0 {
            fences.extend_from_slice(&record[..8]);
        }
        out.write_all(&record).map_err(failed)?;
    }
    out.write_all(&fences).and_then(|()| out.write_all(END)).map_err(failed)?;
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().and_then(|()| std::fs::rename(&next, &path)).map_err(failed)?;
    File::open(dir).and_then(|d| d.sync_all()).map_err(failed)?;
    Run::open(path)
}

/// Reads a run from its beginning.
struct Records {
    from: BufReader<File>,
    left: u64,
    path: PathBuf,
}

impl Records {
    fn next_record(&mut self) -> Result<Option<Record>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut record = [0u8; RECORD];
        self.from.read_exact(&mut record).map_err(io("reading", &self.path))?;
        Ok(Some(record))
    }
}

impl Run {
    fn open(path: PathBuf) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Damaged { place: path.display().to_string(), what: what.to_owned() };
        let file = File::open(&path).map_err(io("opening", &path))?;
        let mut header = [0u8; HEADER as usize];
        file.read_exact_at(&mut header, 0).map_err(|_| damaged("it has no header"))?;
        let number = |at: usize| fence_of(&header[at..]);
        let (count, first, last) = (number(16), number(24), number(32));
        let blocks = count.div_ceil(BLOCK as u64);
        let fences_at = count.checked_mul(RECORD as u64).and_then(|n| n.checked_add(HEADER));
        let end = fences_at.and_then(|at| at.checked_add(blocks * 8 + END.len() as u64));
        let length = file.metadata().map_err(io("reading", &path))?.len();
        let (Some(fences_at), true) = (fences_at, header.starts_with(MAGIC) && end == Some(length)) else {
            return Err(damaged("this is not a whole run"));
        };
        let mut octets = vec![0u8; usize::try_from(length - fences_at).unwrap_or(0)];
        file.read_exact_at(&mut octets, fences_at).map_err(io("reading", &path))?;
        let Some(fences) = octets.strip_suffix(END) else { return Err(damaged("it does not end as a run does")) };
        let fences = fences.chunks_exact(8).map(fence_of).collect();
        Ok(Self { path, file, count, first, last, fences })
    }

    fn find(&self, key: &Key, found: &mut Vec<u64>) -> Result<(), StoreError> {
        // The key may begin in the block before the first fence that reaches it.
        let mut block = self.fences.partition_point(|f| *f < fence_of(key)).saturating_sub(1);
        while block < self.fences.len() {
            let octets = self.block(block)?;
            let records = octets.chunks_exact(RECORD);
            found.extend(records.clone().filter(|r| r[..KEY] == *key).map(entry_of));
            if records.last().is_none_or(|last| last[..KEY] > key[..]) {
                break;
            }
            block += 1;
        }
        Ok(())
    }

    fn block(&self, block: usize) -> Result<Vec<u8>, StoreError> {
        let from = (block * BLOCK) as u64;
        let records = (self.count - from).min(BLOCK as u64);
        let mut octets = vec![0u8; records as usize * RECORD];
        self.file.read_exact_at(&mut octets, HEADER + from * RECORD as u64).map_err(io("reading", &self.path))?;
        Ok(octets)
    }

    fn records(&self) -> Result<Records, StoreError> {
        let mut from = BufReader::with_capacity(1 << 18, File::open(&self.path).map_err(io("opening", &self.path))?);
        from.seek_relative(HEADER as i64).map_err(io("reading", &self.path))?;
        Ok(Records { from, left: self.count, path: self.path.clone() })
    }

    /// Whoever still reads it holds it open.
    fn remove(&self) -> Result<(), StoreError> {
        std::fs::remove_file(&self.path).map_err(io("removing", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn key(n: u64) -> Key {
        let mut key = [0u8; KEY];
        // Every hundredth key is the same one, as a common name is.
        let n = if n.is_multiple_of(100) { 0 } else { n };
        key.copy_from_slice(&Sha256::digest(n.to_be_bytes())[..KEY]);
        key
    }

    fn fill(runs: &Runs, entries: std::ops::Range<u64>) {
        for n in entries {
            runs.add(n, &[key(n), key(n + 1_000_000_000)]);
        }
    }

    #[test]
    fn what_was_put_down_is_found_in_memory_in_runs_and_after_merging() {
        let dir = tempfile::tempdir().expect("a directory");
        let runs = Runs::open(dir.path()).expect("opens");
        for part in 0..20u64 {
            fill(&runs, part * 1_000..part * 1_000 + 1_000);
            if part < 19 {
                runs.save(true).expect("saved");
            }
        }
        let check = |runs: &Runs, end: u64| {
            for n in (0..end).step_by(37) {
                assert!(runs.find(&key(n)).expect("read").contains(&n), "{n}");
            }
            assert_eq!(runs.find(&key(0)).expect("read").len() as u64, end / 100);
            assert!(runs.find(&key(77_777_777)).expect("read").is_empty());
        };
        check(&runs, 20_000);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while runs.merging.load(Ordering::Acquire) {
            assert!(std::time::Instant::now() < deadline, "merging does not end");
            std::thread::yield_now();
        }
        assert!(runs.read().runs.len() < 10, "{}", runs.read().runs.len());
        check(&runs, 20_000);
        drop(runs);
        let runs = Runs::open(dir.path()).expect("opens");
        assert_eq!(runs.last_saved(), Some(18_999));
        check(&runs, 19_000);
        fill(&runs, 18_000..20_000);
        assert_eq!(runs.first_unsaved(), Some(19_000), "what is in a run is not put down again");
        check(&runs, 20_000);
    }

    #[test]
    fn runs_that_were_merged_before_a_crash_are_cleared_away() {
        let dir = tempfile::tempdir().expect("a directory");
        for (first, last) in [(0, 9), (10, 19), (0, 19), (20, 29)] {
            let records: BTreeSet<Record> = (first..=last).map(|n| record(&key(n), n)).collect();
            write_run(dir.path(), first, last, records.iter().map(|r| Ok(*r)), records.len() as u64).expect("written");
        }
        std::fs::write(dir.path().join("x.next"), b"half").expect("written");
        let runs = Runs::open(dir.path()).expect("opens");
        let ranges: Vec<_> = runs.read().runs.iter().map(|r| (r.first, r.last)).collect();
        assert_eq!(ranges, [(0, 19), (20, 29)]);
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 2);
    }
}
