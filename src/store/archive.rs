//! An archive: a backup as a file that any store with the same key file can take
//! over. Entries are in it as they were written, sealed anew under the key in use,
//! so that a backup names no canary either; the end states the ledger's size and
//! root, so that a part of one is never taken for the whole.
//!
//! ```text
//! "dyepack backup 1\n" key-check[16] frame*
//! frame  kind[1] length[4] crc32(body)[4] body        body is sealed
//! kind   E: first-entry[8] { length[4] octets }*      D: day[4] key      Z: size[8] root[32]
//! ```
//! Numbers are big-endian.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::keys::Keys;
use super::vault::Day;
use super::{Store, StoreError};
use crate::ledger::entry::leaf_hash;
use crate::ledger::tree::{Frontier, Hash, join, root_parts};

const MAGIC: &[u8] = b"dyepack backup 1\n";
/// No frame is longer.
const LIMIT: u32 = 1 << 30;
/// Octets of entries in one frame, about.
const FRAME: usize = 4 << 20;
/// Entries read at once; each may hold some hundred kilobytes of evidence.
const PAGE: usize = 64;

/// A backup that is being made: what is recorded until now, and no more.
pub struct Archive {
    size: u64,
    next: u64,
    begun: bool,
    ended: bool,
}

impl Archive {
    /// Of all that is recorded.
    pub async fn begin(store: &dyn Store) -> Result<Self, StoreError> {
        Ok(Self { size: store.size().await?, next: 0, begun: false, ended: false })
    }

    /// How many entries it has.
    pub fn entries(&self) -> u64 {
        self.size
    }

    /// The next octets; nothing at the end.
    pub async fn next(&mut self, store: &dyn Store) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = store.keys();
        if !self.begun {
            self.begun = true;
            let mut head = [MAGIC, keys.check().as_slice()].concat();
            for (day, sealed) in store.day_keys().await? {
                let key = super::vault::open_day_key(keys, day, &sealed)?;
                head.extend(frame(keys, b'D', &[day.to_be_bytes().as_slice(), &key].concat()));
            }
            return Ok(Some(head));
        }
        if self.next < self.size {
            return self.entries_frame(store).await.map(Some);
        }
        if self.ended {
            return Ok(None);
        }
        self.ended = true;
        let root = root_of(store, self.size).await?;
        Ok(Some(frame(keys, b'Z', &[self.size.to_be_bytes().as_slice(), &root].concat())))
    }

    async fn entries_frame(&mut self, store: &dyn Store) -> Result<Vec<u8>, StoreError> {
        let mut body = self.next.to_be_bytes().to_vec();
        while self.next < self.size && body.len() < FRAME {
            let limit = usize::try_from(self.size - self.next).unwrap_or(PAGE).min(PAGE);
            let page = store.entries(self.next, limit).await?;
            if page.is_empty() {
                return Err(StoreError::Unreadable(format!("ledger entry {} is gone", self.next)));
            }
            for octets in page {
                body.extend_from_slice(&(octets.len() as u32).to_be_bytes());
                body.extend_from_slice(&octets);
                self.next += 1;
            }
        }
        Ok(frame(store.keys(), b'E', &body))
    }
}

async fn root_of(store: &dyn Store, size: u64) -> Result<Hash, StoreError> {
    Ok(join(&store.nodes(&root_parts(size)).await?))
}

fn frame(keys: &Keys, kind: u8, body: &[u8]) -> Vec<u8> {
    let sealed = keys.seal(body, &[kind]);
    let mut octets = vec![kind];
    octets.extend_from_slice(&(sealed.len() as u32).to_be_bytes());
    octets.extend_from_slice(&crc32fast::hash(&sealed).to_be_bytes());
    octets.extend_from_slice(&sealed);
    octets
}

/// What a frame holds.
enum Frame {
    Entries(u64, Vec<Vec<u8>>),
    Day(Day, [u8; 32]),
    End(u64, Hash),
}

/// Reads the frames of a backup.
struct Frames<'a, R> {
    file: R,
    keys: &'a Keys,
    at: u64,
}

impl<'a, R: Read> Frames<'a, R> {
    fn open(mut file: R, keys: &'a Keys) -> Result<Self, StoreError> {
        let mut head = [0u8; 17 + 16];
        let damaged =
            |what: &str| StoreError::Damaged { place: "the backup's beginning".to_owned(), what: what.to_owned() };
        file.read_exact(&mut head).map_err(|_| damaged("it is too short for a backup"))?;
        if !head.starts_with(MAGIC) {
            return Err(damaged("this is not a backup of a version known here"));
        }
        if head[MAGIC.len()..] != keys.check() {
            return Err(StoreError::WrongKey { dir: "the backup".to_owned() });
        }
        Ok(Self { file, keys, at: head.len() as u64 })
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged { place: format!("the backup at octet {}", self.at), what: what.to_owned() }
    }

    fn next(&mut self) -> Result<Frame, StoreError> {
        let mut head = [0u8; 9];
        self.file.read_exact(&mut head).map_err(|cause| match cause.kind() {
            ErrorKind::UnexpectedEof => self.damaged("it is cut off"),
            _ => StoreError::Io { doing: "reading the backup".to_owned(), cause },
        })?;
        let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (length, crc) = (number(1), number(5));
        if length > LIMIT {
            return Err(self.damaged("a frame has an impossible length"));
        }
        let mut sealed = Vec::new();
        let read = self.file.by_ref().take(u64::from(length)).read_to_end(&mut sealed);
        read.map_err(|cause| StoreError::Io { doing: "reading the backup".to_owned(), cause })?;
        if sealed.len() != length as usize || crc32fast::hash(&sealed) != crc {
            return Err(self.damaged("a frame is cut off or was changed"));
        }
        let body = self.keys.open(&sealed, &[head[0]]).map_err(|e| self.damaged(&e.to_string()))?;
        let frame = read_frame(head[0], &body).ok_or_else(|| self.damaged("a frame is not as a backup has it"))?;
        self.at += 9 + u64::from(length);
        Ok(frame)
    }
}

fn read_frame(kind: u8, body: &[u8]) -> Option<Frame> {
    match kind {
        b'D' => {
            let (day, key) = body.split_first_chunk::<4>()?;
            Some(Frame::Day(Day::from_be_bytes(*day), key.try_into().ok()?))
        }
        b'Z' => {
            let (size, root) = body.split_first_chunk::<8>()?;
            Some(Frame::End(u64::from_be_bytes(*size), root.try_into().ok()?))
        }
        b'E' => {
            let (first, mut rest) = body.split_first_chunk::<8>()?;
            let mut entries = Vec::new();
            while let Some((length, after)) = rest.split_first_chunk::<4>() {
                let (octets, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
                entries.push(octets.to_vec());
                rest = after;
            }
            rest.is_empty().then_some(Frame::Entries(u64::from_be_bytes(*first), entries))
        }
        _ => None,
    }
}

/// Takes a backup over into an empty store. The file is checked to its end before
/// anything is written; how many entries it had.
pub async fn restore<R: Read + Seek>(store: &dyn Store, mut file: R) -> Result<u64, StoreError> {
    if store.size().await? > 0 {
        return Err(StoreError::NotEmpty("the configuration's [store]".to_owned()));
    }
    let (size, root) = check(&mut file, store.keys())?;
    store.mark_restoring(true).await?;
    file.seek(SeekFrom::Start(0)).map_err(|cause| StoreError::Io { doing: "reading the backup".to_owned(), cause })?;
    let mut frames = Frames::open(&mut file, store.keys())?;
    loop {
        match frames.next()? {
            Frame::Entries(_, entries) => store.adopt(entries).await?,
            Frame::Day(day, key) => {
                let sealed = super::vault::seal_day_key(store.keys(), day, &key);
                store.adopt_day_keys(vec![(day, sealed)]).await?;
            }
            Frame::End(..) => break,
        }
    }
    if store.size().await? != size || root_of(store, size).await? != root {
        let what = "the restored ledger has another root than the backup states".to_owned();
        return Err(StoreError::Damaged { place: "the restored store".to_owned(), what });
    }
    store.mark_restoring(false).await?;
    Ok(size)
}

/// Reads it all; size and root of the ledger in it.
pub fn check<R: Read>(file: R, keys: &Keys) -> Result<(u64, Hash), StoreError> {
    let mut frames = Frames::open(file, keys)?;
    let mut frontier = Frontier::new();
    loop {
        match frames.next()? {
            Frame::Entries(first, entries) => {
                if first != frontier.size() {
                    return Err(frames.damaged("entries are missing, or stand twice"));
                }
                entries.iter().for_each(|octets| frontier.push(leaf_hash(octets), |_, _| {}));
            }
            Frame::Day(..) => {}
            Frame::End(size, root) => {
                if (size, root) != (frontier.size(), frontier.root()) {
                    return Err(frames.damaged("its entries do not have the root that it states"));
                }
                if frames.file.read(&mut [0]).is_ok_and(|n| n > 0) {
                    return Err(frames.damaged("something stands after its end"));
                }
                return Ok((size, root));
            }
        }
    }
}
