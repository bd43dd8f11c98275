//! What one entry of an archive holds: unpacked as it is read, never more than
//! the directory says, and checked against its CRC-32 at the end.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Seek, SeekFrom, Take};
use std::path::Path;

use flate2::bufread::DeflateDecoder;

use super::{Entry, SAVE_AGAIN, read_at, u16_at};
use crate::seed::xlsx::fault::Fault;

enum Packed {
    Stored(Take<BufReader<File>>),
    Deflated(DeflateDecoder<Take<BufReader<File>>>),
}

/// Reads an entry from its beginning to its end.
pub struct EntryReader {
    from: Packed,
    crc: crc32fast::Hasher,
    expected: u32,
    left: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl EntryReader {
    pub(super) fn open(path: &Path, entry: &Entry) -> Result<Self, Fault> {
        let mut file = File::open(path).map_err(Fault::Read)?;
        let start = data_start(&mut file, entry)?;
        file.seek(SeekFrom::Start(start)).map_err(Fault::Read)?;
        let octets = BufReader::with_capacity(1 << 16, file).take(entry.packed);
        let from = match entry.method {
            0 => Packed::Stored(octets),
            8 => Packed::Deflated(DeflateDecoder::new(octets)),
            other => {
                return Err(Fault::whole(format!(
                    "packed by method {other}, which workbooks do not use; {SAVE_AGAIN}"
                )));
            }
        };
        let crc = crc32fast::Hasher::new();
        Ok(Self { from, crc, expected: entry.crc, left: entry.size, buffer: Vec::new(), at: 0 })
    }

    /// Fills the buffer with the next octets; empty at the end of the entry.
    fn refill(&mut self) -> std::io::Result<()> {
        self.at = 0;
        self.buffer.resize(1 << 16, 0);
        let got = match &mut self.from {
            Packed::Stored(from) => from.read(&mut self.buffer),
            Packed::Deflated(from) => from.read(&mut self.buffer),
        };
        let got = got.map_err(|e| damaged(&format!("cannot be unpacked ({e})")))?;
        self.buffer.truncate(got);
        self.crc.update(&self.buffer);
        if got as u64 > self.left {
            return Err(damaged("holds more than the archive's directory says"));
        }
        self.left -= got as u64;
        if got == 0 && (self.left > 0 || self.crc.clone().finalize() != self.expected) {
            return Err(damaged("is cut off or altered (size or checksum differ)"));
        }
        Ok(())
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("this part of the workbook {what}; {SAVE_AGAIN}"))
}

/// Where the packed octets of an entry begin, by its local header (APPNOTE 4.3.7).
pub(super) fn data_start(file: &mut File, entry: &Entry) -> Result<u64, Fault> {
    let header = read_at(file, entry.offset, 30)?;
    let start = entry.offset + 30 + u16_at(&header, 26) as u64 + u16_at(&header, 28) as u64;
    if !header.starts_with(b"PK\x03\x04") || start + entry.packed > entry.end {
        return Err(Fault::at(&entry.name, format!("this part of the ZIP archive is damaged; {SAVE_AGAIN}")));
    }
    Ok(start)
}

impl BufRead for EntryReader {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.refill()?;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for EntryReader {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let from = self.fill_buf()?;
        let length = from.len().min(to.len());
        to[..length].copy_from_slice(&from[..length]);
        self.consume(length);
        Ok(length)
    }
}
