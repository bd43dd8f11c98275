//! The journal: segments of frames, a frame being the entries that one fsync made durable.
//! A frame is whole or it is not there: length and CRC-32 say which. A torn
//! tail is cut off at open, kept beside the segment and reported.
//!
//! ```text
//! segment  "dyepack journal 2\n" key-check[16] frame*      named by its first entry
//! frame    "DYEf" body-length[4] crc32(body)[4] body
//! body     first-entry[8] count[4] { length[4] leaf-hash[32] sealed[length] }*
//! ```
//! Numbers are big-endian. What the octets mean is the ledger's.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use super::super::StoreError;
use super::super::keys::Keys;
use super::super::vault::{self, Prepared};
use super::io;
use crate::ledger::LeafHash;

const MAGIC: &[u8] = b"dyepack journal 2\n";
const VERSION: i64 = 2;
const FRAME: &[u8] = b"DYEf";
const SEGMENT_HEADER: u64 = 18 + 16;
const FRAME_HEADER: usize = 4 + 4 + 4;
/// A new segment is begun once one is longer than this.
const SEGMENT_LIMIT: u64 = 64 << 20;
/// No batch is larger; more is a broken length.
const FRAME_LIMIT: u32 = 1 << 30;
/// Nothing is written any more once so little of the disk is left, or a
/// twentieth of a small one: what is there must stay readable, and sled cannot
/// bear a full disk.
const RESERVE: u64 = 32 << 20;

/// Where an entry's leaf hash and sealed octets lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// First entry of the segment, which names its file.
    pub(super) segment: u64,
    /// Segments and frames are limited so that it fits.
    pub(super) offset: u32,
    /// Of the sealed octets.
    pub(super) length: u32,
}

/// How far a reader of the journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) next_entry: u64,
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// The files and the end of the last one.
pub(super) struct Journal {
    dir: PathBuf,
    check: [u8; 16],
    reader: Arc<Reader>,
    segment: u64,
    file: File,
    end: u64,
}

/// Reads entries back; shared by all readers.
pub(super) struct Reader {
    dir: PathBuf,
    /// By first entry; opened when first read.
    files: RwLock<BTreeMap<u64, Option<Arc<File>>>>,
}

/// One entry met while scanning.
pub(super) struct Scanned {
    pub(super) seq: u64,
    pub(super) place: Place,
    pub(super) leaf: LeafHash,
    pub(super) sealed: Vec<u8>,
}

impl Journal {
    /// Makes the directory and the first, empty segment.
    pub(super) fn create(dir: &Path, check: &[u8; 16]) -> Result<(), StoreError> {
        super::make_durably(dir).map_err(io("making", dir))?;
        if segments(dir)?.is_empty() {
            begin_segment(dir, 0, check)?;
        }
        Ok(())
    }

    /// Opens the segments; nothing is read beyond their headers.
    pub(super) fn open(dir: &Path, check: &[u8; 16]) -> Result<Self, StoreError> {
        let names = segments(dir)?;
        let Some(&segment) = names.last() else { return Err(StoreError::Missing(dir.display().to_string())) };
        for &name in &names {
            verify_header(dir, name, check, name == segment && names.len() > 1)?;
        }
        for leftover in names_ending(dir, "next")? {
            std::fs::remove_file(&leftover).map_err(io("removing", &leftover))?;
        }
        let path = segment_path(dir, segment);
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(io("opening", &path))?;
        // A process that was killed may have left octets and names that are not on
        // the disk yet; from here on they are taken for durable.
        file.sync_all().and_then(|()| super::sync_dir(dir)).map_err(io("syncing", &path))?;
        let end = file.metadata().map_err(io("reading", &path))?.len().max(SEGMENT_HEADER);
        let files = names.into_iter().map(|name| (name, None)).collect();
        let reader = Arc::new(Reader { dir: dir.to_owned(), files: RwLock::new(files) });
        Ok(Self { dir: dir.to_owned(), check: *check, reader, segment, file, end })
    }

    /// The segments that are not written any more, for reading beside the writer;
    /// nothing where there is none.
    pub(super) fn open_closed(dir: &Path) -> Result<Option<Self>, StoreError> {
        let mut names = segments(dir)?;
        names.pop();
        let Some(&last) = names.last() else { return Ok(None) };
        let path = segment_path(dir, last);
        let file = File::open(&path).map_err(io("opening", &path))?;
        let files = names.into_iter().map(|name| (name, None)).collect();
        let reader = Arc::new(Reader { dir: dir.to_owned(), files: RwLock::new(files) });
        // No segment of that name: there is no tail that could be cut.
        Ok(Some(Self { dir: dir.to_owned(), check: [0; 16], reader, segment: u64::MAX, file, end: 0 }))
    }

    pub(super) fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.reader)
    }

    /// Whether a position lies within what is there.
    pub(super) fn holds(&self, position: Position) -> Result<bool, StoreError> {
        let names = self.reader.segments();
        let path = segment_path(&self.dir, position.segment);
        if !names.contains(&position.segment) {
            return Ok(false);
        }
        Ok(position.offset <= std::fs::metadata(&path).map_err(io("reading", &path))?.len())
    }

    /// The beginning.
    pub(super) fn start(&self) -> Result<Position, StoreError> {
        let segment = self.reader.segments().first().copied().unwrap_or(0);
        Ok(Position { next_entry: segment, segment, offset: SEGMENT_HEADER })
    }

    /// Reads every frame from `from` on, checks it and hands its entries to
    /// `each`; cuts a torn tail. Returns the end and what was cut, in octets.
    pub(super) fn scan(
        &mut self,
        from: Position,
        mut each: impl FnMut(Vec<Scanned>, Position) -> Result<(), StoreError>,
    ) -> Result<(Position, u64), StoreError> {
        let mut at = from;
        for segment in self.reader.segments().into_iter().filter(|s| *s >= from.segment) {
            if segment != at.segment {
                at = Position { next_entry: at.next_entry, segment, offset: SEGMENT_HEADER };
            }
            let file = self.reader.file(segment)?;
            let length = file.metadata().map_err(io("reading", &self.dir))?.len();
            while at.offset < length {
                match read_frame(&file, at, length) {
                    Some((entries, next)) if entries.first().is_none_or(|e| e.seq == at.next_entry) => {
                        each(entries, next)?;
                        at = next;
                    }
                    _ if segment == self.segment && !self.frame_after(&file, at.offset, length)? => {
                        let cut = length - at.offset;
                        self.cut(at.offset, length)?;
                        return Ok((at, cut));
                    }
                    _ => {
                        let what = "a record does not match its checksum, and whole records follow it".to_owned();
                        let place = format!("{} offset {}", segment_path(&self.dir, segment).display(), at.offset);
                        return Err(StoreError::Damaged { place, what });
                    }
                }
            }
        }
        Ok((at, 0))
    }

    /// A whole frame after a broken one means damage, not a torn tail.
    fn frame_after(&self, file: &File, offset: u64, length: u64) -> Result<bool, StoreError> {
        let mut tail = vec![0u8; usize::try_from(length - offset).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut tail, offset).map_err(io("reading", &self.dir))?;
        Ok((1..tail.len().saturating_sub(FRAME_HEADER)).any(|i| {
            tail[i..].starts_with(FRAME)
                && read_frame(file, Position { offset: offset + i as u64, ..Position::default() }, length).is_some()
        }))
    }

    /// Keeps the torn octets in a file of their own, then cuts them off.
    fn cut(&mut self, offset: u64, length: u64) -> Result<(), StoreError> {
        let mut tail = vec![0u8; usize::try_from(length - offset).unwrap_or(0)];
        self.file.read_exact_at(&mut tail, offset).map_err(io("reading", &self.dir))?;
        let kept = self.dir.join(format!("torn-{:016x}-{offset}", self.segment));
        std::fs::write(&kept, &tail).map_err(io("keeping the torn tail in", &kept))?;
        self.file.set_len(offset).map_err(io("cutting", &self.dir))?;
        self.file.sync_all().map_err(io("syncing", &self.dir))?;
        self.end = offset;
        Ok(())
    }

    /// Appends a frame and makes it durable with one fsync. It is one frame, as the
    /// disk may come by the octets in any order until then: of several a later one
    /// could be whole and an earlier one not, which is what damage looks like.
    /// On any failure the file is put back to where it was.
    pub(super) fn append(&mut self, next_entry: u64, entries: &[&Prepared]) -> Result<Vec<Place>, StoreError> {
        self.check_room()?;
        if self.end > SEGMENT_LIMIT {
            self.rotate(next_entry)?;
        }
        let mut octets = Vec::new();
        let mut places = Vec::new();
        self.frame(next_entry, entries, &mut octets, &mut places)?;
        // An earlier failure may have left octets that could not be cut then.
        let written = self
            .file
            .set_len(self.end)
            .and_then(|()| self.file.write_all_at(&octets, self.end))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.end += octets.len() as u64;
                Ok(places)
            }
            Err(cause) => {
                // Tried again before the next write; a reader never looks past what was acknowledged.
                let _ = self.file.set_len(self.end);
                Err(StoreError::Unavailable(cause.to_string()))
            }
        }
    }

    fn check_room(&self) -> Result<(), StoreError> {
        let Ok(disk) = rustix::fs::statvfs(&self.dir) else { return Ok(()) };
        let (free, all) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
        if free >= RESERVE.min(all / 20) {
            return Ok(());
        }
        Err(StoreError::Unavailable(format!("the disk of {} is full: {} kB are left", self.dir.display(), free >> 10)))
    }

    fn frame(
        &self,
        first: u64,
        entries: &[&Prepared],
        octets: &mut Vec<u8>,
        places: &mut Vec<Place>,
    ) -> Result<(), StoreError> {
        let size: usize = entries.iter().map(|e| 36 + e.sealed.len()).sum();
        if octets.len() + size >= FRAME_LIMIT as usize {
            return Err(StoreError::Unavailable("a batch of more than 1 GiB".to_owned()));
        }
        let start = octets.len();
        octets.extend_from_slice(FRAME);
        octets.extend_from_slice(&[0; 8]);
        octets.extend_from_slice(&first.to_be_bytes());
        octets.extend_from_slice(&(entries.len() as u32).to_be_bytes());
        for entry in entries {
            let length = entry.sealed.len() as u32;
            octets.extend_from_slice(&length.to_be_bytes());
            let offset = (self.end + octets.len() as u64) as u32;
            places.push(Place { segment: self.segment, offset, length });
            octets.extend_from_slice(&entry.leaf);
            octets.extend_from_slice(&entry.sealed);
        }
        let body = start + FRAME_HEADER;
        let length = (octets.len() - body) as u32;
        let crc = crc32fast::hash(&octets[body..]);
        octets[start + 4..start + 8].copy_from_slice(&length.to_be_bytes());
        octets[start + 8..start + 12].copy_from_slice(&crc.to_be_bytes());
        Ok(())
    }

    /// Begins a new segment, unless the last one is empty still.
    pub(super) fn rotate(&mut self, first: u64) -> Result<(), StoreError> {
        if self.end == SEGMENT_HEADER {
            return Ok(());
        }
        // What an append that failed left behind must not come back before the new segment.
        let ended = self.file.set_len(self.end).and_then(|()| self.file.sync_all());
        ended.map_err(|cause| StoreError::Unavailable(format!("ending a segment: {cause}")))?;
        let path = begin_segment(&self.dir, first, &self.check)?;
        self.file = OpenOptions::new().read(true).write(true).open(&path).map_err(io("opening", &path))?;
        self.segment = first;
        self.end = SEGMENT_HEADER;
        self.reader.files.write().unwrap_or_else(|e| e.into_inner()).insert(first, None);
        Ok(())
    }

    /// Where the next frame will begin.
    pub(super) fn position(&self, next_entry: u64) -> Position {
        Position { next_entry, segment: self.segment, offset: self.end }
    }
}

impl Reader {
    fn file(&self, segment: u64) -> Result<Arc<File>, StoreError> {
        let known = self.files.read().unwrap_or_else(|e| e.into_inner()).get(&segment).cloned().flatten();
        if let Some(file) = known {
            return Ok(file);
        }
        // Opened under the lock, so that it is not the one that is being replaced.
        let mut files = self.files.write().unwrap_or_else(|e| e.into_inner());
        let path = segment_path(&self.dir, segment);
        let file = Arc::new(File::open(&path).map_err(io("opening", &path))?);
        files.insert(segment, Some(Arc::clone(&file)));
        Ok(file)
    }

    /// The segment that holds an entry.
    pub(super) fn segment_of(&self, number: u64) -> u64 {
        let files = self.files.read().unwrap_or_else(|e| e.into_inner());
        files.range(..=number).next_back().map_or(0, |(first, _)| *first)
    }

    /// All segments, by their first entries.
    pub(super) fn segments(&self) -> Vec<u64> {
        self.files.read().unwrap_or_else(|e| e.into_inner()).keys().copied().collect()
    }

    /// The leaf hash and the sealed octets of one entry.
    pub(super) fn entry(&self, place: Place) -> Result<(LeafHash, Vec<u8>), StoreError> {
        let mut leaf = [0u8; 32];
        let mut octets = vec![0u8; 32 + place.length as usize];
        let path = segment_path(&self.dir, place.segment);
        let file = self.file(place.segment)?;
        file.read_exact_at(&mut octets, u64::from(place.offset)).map_err(io("reading", &path))?;
        leaf.copy_from_slice(&octets[..32]);
        octets.drain(..32);
        Ok((leaf, octets))
    }

    /// The leaf hash of one entry.
    pub(super) fn leaf(&self, place: Place) -> Result<LeafHash, StoreError> {
        Ok(self.entry(Place { length: 0, ..place })?.0)
    }

    /// Seals every entry of a segment that is not written any more with the key
    /// in use. Sealed octets keep their length, so everything stays in its place;
    /// the new file takes the old one's name whole or not at all.
    pub(super) fn reseal(&self, segment: u64, keys: &Keys, mut each: impl FnMut() -> bool) -> Result<bool, StoreError> {
        let path = segment_path(&self.dir, segment);
        let failed =
            |cause: std::io::Error| StoreError::Unavailable(format!("sealing {} anew: {cause}", path.display()));
        let mut octets = std::fs::read(&path).map_err(failed)?;
        let file = self.file(segment)?;
        let mut at = Position { next_entry: segment, segment, offset: SEGMENT_HEADER };
        let mut changed = false;
        while let Some((entries, next)) = read_frame(&file, at, octets.len() as u64) {
            for Scanned { seq, place, leaf, sealed } in entries {
                if !keys.is_current(&sealed) {
                    let (_, sealed) = vault::seal(keys, &vault::open(keys, seq, &leaf, &sealed)?);
                    let from = place.offset as usize + 32;
                    octets[from..from + sealed.len()].copy_from_slice(&sealed);
                    changed = true;
                }
                if !each() {
                    return Ok(false);
                }
            }
            let body = at.offset as usize + FRAME_HEADER..next.offset as usize;
            let crc = crc32fast::hash(&octets[body]).to_be_bytes();
            octets[at.offset as usize + 8..at.offset as usize + 12].copy_from_slice(&crc);
            at = next;
        }
        if changed {
            let mut files = self.files.write().unwrap_or_else(|e| e.into_inner());
            super::replace(&path, &octets).map_err(failed)?;
            files.insert(segment, None);
        }
        Ok(true)
    }
}

fn segment_path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:016x}.log"))
}

fn names_ending(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, StoreError> {
    let mut names = Vec::new();
    for item in std::fs::read_dir(dir).map_err(io("listing", dir))? {
        let path = item.map_err(io("listing", dir))?.path();
        names.extend((path.extension().is_some_and(|e| e == extension)).then_some(path));
    }
    Ok(names)
}

fn segments(dir: &Path) -> Result<Vec<u64>, StoreError> {
    let first = |path: &PathBuf| path.file_stem()?.to_str().and_then(|n| u64::from_str_radix(n, 16).ok());
    let mut names: Vec<u64> = names_ending(dir, "log")?.iter().filter_map(first).collect();
    names.sort_unstable();
    Ok(names)
}

fn begin_segment(dir: &Path, first: u64, check: &[u8; 16]) -> Result<PathBuf, StoreError> {
    let path = segment_path(dir, first);
    let unavailable = |cause: std::io::Error| StoreError::Unavailable(format!("beginning {}: {cause}", path.display()));
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(MAGIC).and_then(|()| file.write_all(check)).and_then(|()| file.sync_all())?;
        // The name must be durable too, or the whole segment is lost with the power.
        super::sync_dir(dir)
    };
    if let Err(cause) = write() {
        // The entries that follow go into the segment before; a name that promises them misleads.
        let _ = std::fs::remove_file(&path);
        return Err(unavailable(cause));
    }
    Ok(path)
}

/// `fresh`: the segment may have been torn while it was begun; then it is begun again.
fn verify_header(dir: &Path, segment: u64, check: &[u8; 16], fresh: bool) -> Result<(), StoreError> {
    let path = segment_path(dir, segment);
    let file = File::open(&path).map_err(io("opening", &path))?;
    let mut header = [0u8; SEGMENT_HEADER as usize];
    let damaged = |what: &str| StoreError::Damaged { place: path.display().to_string(), what: what.to_owned() };
    let whole = file.read_exact_at(&mut header, 0).is_ok();
    let right = whole && header.starts_with(MAGIC) && header[MAGIC.len()..] == check[..];
    // The size may have reached the disk before the octets did.
    if fresh && !right && file.metadata().map_err(io("reading", &path))?.len() <= SEGMENT_HEADER {
        begin_segment(dir, segment, check)?;
        return Ok(());
    }
    if !whole {
        return Err(damaged("the segment has no header"));
    }
    if let Some(found) = version(&header).filter(|found| *found > VERSION) {
        return Err(StoreError::Newer { place: path.display().to_string(), found, known: VERSION });
    }
    if version(&header).is_some_and(|found| found < VERSION) {
        return Err(damaged("an earlier build wrote it, in a form that was given up before the first release"));
    }
    if !header.starts_with(MAGIC) {
        return Err(damaged("this is not a journal segment"));
    }
    if header[MAGIC.len()..] != check[..] {
        return Err(StoreError::WrongKey { dir: dir.parent().unwrap_or(dir).display().to_string() });
    }
    Ok(())
}

/// The version of the program that wrote a segment.
fn version(header: &[u8]) -> Option<i64> {
    let digits = header.strip_prefix(b"dyepack journal ")?.split(|b| *b == b'\n').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The frame at a position, or nothing where it is not whole.
fn read_frame(file: &File, at: Position, length: u64) -> Option<(Vec<Scanned>, Position)> {
    let mut header = [0u8; FRAME_HEADER];
    file.read_exact_at(&mut header, at.offset).ok()?;
    let body_length = u32::from_be_bytes(header[4..8].try_into().ok()?);
    let crc = u32::from_be_bytes(header[8..12].try_into().ok()?);
    let body_at = at.offset + FRAME_HEADER as u64;
    if &header[..4] != FRAME || body_length > FRAME_LIMIT || body_at + u64::from(body_length) > length {
        return None;
    }
    let mut body = vec![0u8; body_length as usize];
    file.read_exact_at(&mut body, body_at).ok()?;
    if crc32fast::hash(&body) != crc {
        return None;
    }
    let entries = split_body(&body, at.segment, body_at)?;
    let first = u64::from_be_bytes(body.get(..8)?.try_into().ok()?);
    let next = Position {
        next_entry: first + entries.len() as u64,
        segment: at.segment,
        offset: body_at + u64::from(body_length),
    };
    Some((entries, next))
}

fn split_body(body: &[u8], segment: u64, body_at: u64) -> Option<Vec<Scanned>> {
    let first = u64::from_be_bytes(body.get(..8)?.try_into().ok()?);
    let count = u32::from_be_bytes(body.get(8..12)?.try_into().ok()?);
    let mut entries = Vec::new();
    let mut at = 12usize;
    for n in 0..u64::from(count) {
        let length = u32::from_be_bytes(body.get(at..at + 4)?.try_into().ok()?);
        let leaf_at = at + 4;
        let leaf: [u8; 32] = body.get(leaf_at..leaf_at + 32)?.try_into().ok()?;
        let sealed = body.get(leaf_at + 32..leaf_at + 32 + length as usize)?.to_vec();
        entries.push(Scanned {
            seq: first + n,
            place: Place { segment, offset: u32::try_from(body_at + leaf_at as u64).ok()?, length },
            leaf,
            sealed,
        });
        at = leaf_at + 32 + length as usize;
    }
    (at == body.len()).then_some(entries)
}
