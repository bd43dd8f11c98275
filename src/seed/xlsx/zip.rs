//! The ZIP archive that a workbook is (PKWARE APPNOTE 6.3): its directory, and
//! what its entries hold, checked against size and CRC-32. Sizes are bounded
//! before anything is unpacked. Writing it again is `write`'s.

mod read;
mod write;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub use self::read::EntryReader;
pub use self::write::Rewrite;
use super::fault::Fault;

/// The greatest directory that is read, in octets: 100,000 entries and more.
const MAX_DIRECTORY: u64 = 16 << 20;
/// An entry above this size must not shrink to less than a part of `MAX_RATIO`.
const SMALL: u64 = 16 << 20;
/// Sheets of one repeated row reach about 200; deflate itself ends near 1,030.
const MAX_RATIO: u64 = 500;

/// One entry as the directory has it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    /// The record of the directory, as it is.
    record: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    crc: u32,
    packed: u64,
    /// Octets when unpacked.
    pub size: u64,
    offset: u64,
    /// Where the next entry or the directory begins.
    end: u64,
}

/// A ZIP file whose directory was read and found sane.
pub struct Archive {
    path: PathBuf,
    /// In the order of the directory.
    pub entries: Vec<Entry>,
    /// The end record with the archive's comment.
    end_record: Vec<u8>,
}

const SAVE_AGAIN: &str = "open it in a spreadsheet program, save it again as .xlsx and seed that file";

impl Archive {
    /// Reads the directory of a file.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let mut file = File::open(path).map_err(Fault::Read)?;
        let length = file.metadata().map_err(Fault::Read)?.len();
        check_magic(&mut file)?;
        let (at, end_record) = end_record(&mut file, length)?;
        let field = |n| u32_at(&end_record, n) as u64;
        if field(16) == 0xFFFF_FFFF || u16_at(&end_record, 10) == 0xFFFF || field(12) == 0xFFFF_FFFF {
            return Err(Fault::whole(format!("the workbook is a ZIP64 archive; {SAVE_AGAIN}")));
        }
        let (size, start) = (field(12), field(16));
        if size > MAX_DIRECTORY || start + size > at {
            return Err(Fault::whole(format!("the ZIP directory of the workbook is damaged; {SAVE_AGAIN}")));
        }
        let directory = read_at(&mut file, start, size as usize)?;
        let mut entries = records(&directory)?;
        set_ends(&mut entries, start)?;
        Ok(Self { path: path.to_owned(), entries, end_record })
    }

    /// The entry of this name; parts are named without regard to case (ECMA-376 part 2).
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name.eq_ignore_ascii_case(name))
    }

    /// What an entry holds, unpacked as it is read.
    pub fn read(&self, entry: &Entry) -> Result<EntryReader, Fault> {
        EntryReader::open(&self.path, entry).map_err(|f| f.within(&entry.name))
    }

    /// A whole entry of at most `limit` octets.
    pub fn read_whole(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, Fault> {
        if entry.size > limit {
            let what = format!("this part takes {} octets, at most {limit} are read; {SAVE_AGAIN}", entry.size);
            return Err(Fault::at(&entry.name, what));
        }
        let mut octets = Vec::with_capacity(entry.size as usize);
        self.read(entry)?.read_to_end(&mut octets).map_err(|e| Fault::Read(e).within(&entry.name))?;
        Ok(octets)
    }
}

fn check_magic(file: &mut File) -> Result<(), Fault> {
    let mut magic = Vec::new();
    file.take(8).read_to_end(&mut magic).map_err(Fault::Read)?;
    match magic.as_slice() {
        [] => Err(Fault::whole("the file is empty")),
        [b'P', b'K', ..] => Ok(()),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(Fault::whole(
            "this is an old .xls workbook or one that is protected with a password; \
             open it, take the password off, save it as .xlsx and seed that file",
        )),
        _ => Err(Fault::whole("this is not an .xlsx workbook (no ZIP archive); save the table as .xlsx or .csv")),
    }
}

/// Finds the end record (APPNOTE 4.3.16), which a comment of up to 65,535 octets may follow.
fn end_record(file: &mut File, length: u64) -> Result<(u64, Vec<u8>), Fault> {
    let from = length.saturating_sub(22 + 65_535);
    let tail = read_at(file, from, (length - from) as usize)?;
    let fits =
        |at: &usize| tail[*at..].starts_with(b"PK\x05\x06") && at + 22 + u16_at(&tail, at + 20) as usize == tail.len();
    match (0..tail.len().saturating_sub(21)).rev().find(fits) {
        Some(at) => Ok((from + at as u64, tail[at..].to_vec())),
        None => Err(Fault::whole(
            "the workbook is cut off: the end of its ZIP archive is missing; get the whole file and seed it",
        )),
    }
}

fn records(mut directory: &[u8]) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut names = std::collections::HashSet::new();
    while !directory.is_empty() {
        let (entry, rest) = record(directory)?;
        if !names.insert(entry.name.to_ascii_lowercase()) {
            return Err(Fault::at(&entry.name, format!("the archive has two entries of this name; {SAVE_AGAIN}")));
        }
        entries.push(entry);
        directory = rest;
    }
    Ok(entries)
}

fn record(octets: &[u8]) -> Result<(Entry, &[u8]), Fault> {
    let damaged = || Fault::whole(format!("the ZIP directory of the workbook is damaged; {SAVE_AGAIN}"));
    if octets.len() < 46 || !octets.starts_with(b"PK\x01\x02") {
        return Err(damaged());
    }
    let long = |n| u16_at(octets, n) as usize;
    let whole = 46 + long(28) + long(30) + long(32);
    let (record, rest) = octets.split_at_checked(whole).ok_or_else(damaged)?;
    let wide = |n| u32_at(record, n) as u64;
    let entry = Entry {
        name: String::from_utf8_lossy(&record[46..46 + long(28)]).into_owned(),
        method: u16_at(record, 10),
        flags: u16_at(record, 8),
        crc: u32_at(record, 16),
        packed: wide(20),
        size: wide(24),
        offset: wide(42),
        end: 0,
        record: record.to_vec(),
    };
    check(&entry)?;
    Ok((entry, rest))
}

fn check(entry: &Entry) -> Result<(), Fault> {
    let at = |what: String| Err(Fault::at(&entry.name, what));
    if [entry.packed, entry.size, entry.offset].contains(&0xFFFF_FFFF) {
        return at(format!("this part is stored as ZIP64; {SAVE_AGAIN}"));
    }
    if entry.flags & 1 != 0 {
        return at(format!("this part is encrypted; {SAVE_AGAIN} without a password"));
    }
    if entry.size > SMALL && entry.size / MAX_RATIO > entry.packed {
        return at(format!(
            "{} octets are packed into {}: no table shrinks like that (a ZIP bomb?); {SAVE_AGAIN}",
            entry.size, entry.packed
        ));
    }
    Ok(())
}

/// Each entry ends where the next begins; entries that overlap are a bomb or damage.
fn set_ends(entries: &mut [Entry], directory: u64) -> Result<(), Fault> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|n| entries[*n].offset);
    let mut end = directory;
    for n in order.into_iter().rev() {
        let entry = &mut entries[n];
        if entry.offset + 30 + entry.packed > end {
            return Err(Fault::at(&entry.name, format!("this part of the ZIP archive is damaged; {SAVE_AGAIN}")));
        }
        entry.end = end;
        end = entry.offset;
    }
    Ok(())
}

fn read_at(file: &mut File, at: u64, length: usize) -> Result<Vec<u8>, Fault> {
    let mut octets = vec![0; length];
    file.seek(SeekFrom::Start(at)).map_err(Fault::Read)?;
    file.read_exact(&mut octets).map_err(Fault::Read)?;
    Ok(octets)
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([octets[at], octets[at + 1]])
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}
