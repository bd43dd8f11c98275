//! Writes an archive again: entries in their old order, each as it was octet for
//! octet, or with new contents under its old header (method, time, flags, extra
//! fields), or left out.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::read::data_start;
use super::{Archive, Entry, read_at, u16_at, u32_at};
use crate::seed::xlsx::fault::Fault;

/// An archive that is being written.
pub struct Rewrite<'a> {
    archive: &'a Archive,
    from: File,
    to: BufWriter<&'a mut File>,
    at: u64,
    /// For each entry of the directory: its new record, or nothing if left out.
    records: Vec<Option<Vec<u8>>>,
}

impl<'a> Rewrite<'a> {
    pub fn new(archive: &'a Archive, to: &'a mut File) -> Result<Self, Fault> {
        let from = File::open(&archive.path).map_err(Fault::Read)?;
        let to = BufWriter::with_capacity(1 << 18, to);
        let mut new = Self { archive, from, to, at: 0, records: vec![None; archive.entries.len()] };
        let first = archive.entries.iter().map(|e| e.offset).min().unwrap_or(0);
        new.copy_octets(0, first)?;
        Ok(new)
    }

    /// The entries' numbers in the order they lie in the file.
    pub fn order(archive: &Archive) -> Vec<usize> {
        let mut order: Vec<usize> = (0..archive.entries.len()).collect();
        order.sort_by_key(|n| archive.entries[*n].offset);
        order
    }

    /// Takes an entry over as it is: header, packed octets, descriptor.
    pub fn keep(&mut self, number: usize) -> Result<(), Fault> {
        let entry = &self.archive.entries[number];
        let mut record = entry.record.clone();
        put(&mut record, 42, self.at as u32);
        self.records[number] = Some(record);
        self.copy_octets(entry.offset, entry.end - entry.offset)
    }

    /// Takes an entry over with new contents, which `fill` writes.
    pub fn replace(
        &mut self,
        number: usize,
        fill: impl FnOnce(&mut dyn Write) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let entry = &self.archive.entries[number];
        let start = data_start(&mut self.from, entry)?;
        let mut header = read_at(&mut self.from, entry.offset, (start - entry.offset) as usize)?;
        let begin = self.at;
        self.to.write_all(&header).map_err(Fault::Write)?;
        let (packed, size, crc) = pack(&mut self.to, entry, fill)?;
        self.at += header.len() as u64 + packed;
        if self.at > 0xFFFF_FFF0 || size > 0xFFFF_FFF0 {
            return Err(Fault::whole("the copy would be larger than 4 GiB; split the workbook"));
        }
        let sums = [crc, packed as u32, size as u32];
        if entry.flags & 8 == 0 {
            set_sums(&mut header, sums);
            self.to.seek(SeekFrom::Start(begin)).map_err(Fault::Write)?;
            self.to.write_all(&header).map_err(Fault::Write)?;
            self.to.seek(SeekFrom::Start(self.at)).map_err(Fault::Write)?;
        } else {
            self.describe(entry, start + entry.packed, sums)?;
        }
        let mut record = entry.record.clone();
        sums.iter().zip([16, 20, 24]).for_each(|(sum, at)| put(&mut record, at, *sum));
        put(&mut record, 42, begin as u32);
        self.records[number] = Some(record);
        Ok(())
    }

    /// Writes the data descriptor (APPNOTE 4.3.9) in the form the old one has.
    fn describe(&mut self, entry: &Entry, at: u64, sums: [u32; 3]) -> Result<(), Fault> {
        let old = read_at(&mut self.from, at, (entry.end - at).min(24) as usize)?;
        let mut new = Vec::new();
        let signed = old.starts_with(b"PK\x07\x08");
        if signed {
            new.extend(b"PK\x07\x08");
        }
        let wide = old.len() >= new.len() + 20;
        new.extend(sums[0].to_le_bytes());
        for sum in &sums[1..] {
            new.extend(sum.to_le_bytes());
            if wide {
                new.extend([0; 4]);
            }
        }
        self.at += new.len() as u64;
        self.to.write_all(&new).map_err(Fault::Write)
    }

    /// Writes the directory of what was taken over.
    pub fn finish(mut self) -> Result<(), Fault> {
        let start = self.at;
        let mut end = self.archive.end_record.clone();
        let kept: Vec<&Vec<u8>> = self.records.iter().flatten().collect();
        for record in &kept {
            self.to.write_all(record).map_err(Fault::Write)?;
        }
        let size: usize = kept.iter().map(|r| r.len()).sum();
        let count = (kept.len() as u16).to_le_bytes();
        end[8..10].copy_from_slice(&count);
        end[10..12].copy_from_slice(&count);
        put(&mut end, 12, size as u32);
        put(&mut end, 16, start as u32);
        self.to.write_all(&end).and_then(|()| self.to.flush()).map_err(Fault::Write)
    }

    fn copy_octets(&mut self, at: u64, length: u64) -> Result<(), Fault> {
        self.from.seek(SeekFrom::Start(at)).map_err(Fault::Read)?;
        io::copy(&mut (&mut self.from).take(length), &mut self.to).map_err(Fault::Write)?;
        self.at += length;
        if self.at > 0xFFFF_FFF0 {
            return Err(Fault::whole("the copy would be larger than 4 GiB; split the workbook"));
        }
        Ok(())
    }
}

/// Counts and sums up what goes through.
struct Counted<W> {
    to: W,
    crc: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let length = self.to.write(octets)?;
        self.crc.update(&octets[..length]);
        self.length += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Packs what `fill` writes by the entry's own method; returns octets packed, unpacked, and the CRC-32.
fn pack(
    to: &mut impl Write,
    entry: &Entry,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), Fault>,
) -> Result<(u64, u64, u32), Fault> {
    let out = Counted { to, crc: crc32fast::Hasher::new(), length: 0 };
    if entry.method == 0 {
        let mut out = out;
        fill(&mut out)?;
        return Ok((out.length, out.length, out.crc.finalize()));
    }
    let mut plain =
        Counted { to: DeflateEncoder::new(out, level(entry.flags)), crc: crc32fast::Hasher::new(), length: 0 };
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, &mut plain);
        fill(&mut buffered)?;
        buffered.flush().map_err(Fault::Write)?;
    }
    let packed = plain.to.finish().map_err(Fault::Write)?;
    Ok((packed.length, plain.length, plain.crc.finalize()))
}

/// How hard an entry was packed, by its flags (APPNOTE 4.4.4).
fn level(flags: u16) -> Compression {
    Compression::new(match (flags >> 1) & 3 {
        0 => 6,
        1 => 9,
        2 => 3,
        _ => 1,
    })
}

/// Sets CRC-32 and sizes in a local header, in its ZIP64 field too if the sizes stand there.
fn set_sums(header: &mut [u8], [crc, packed, size]: [u32; 3]) {
    put(header, 14, crc);
    let zip64 = u32_at(header, 18) == u32::MAX;
    let mut at = 30 + u16_at(header, 26) as usize;
    while zip64 && at + 4 <= header.len() {
        let length = u16_at(header, at + 2) as usize;
        if u16_at(header, at) == 1 && length >= 16 && at + 20 <= header.len() {
            header[at + 4..at + 12].copy_from_slice(&(size as u64).to_le_bytes());
            header[at + 12..at + 20].copy_from_slice(&(packed as u64).to_le_bytes());
            return;
        }
        at += 4 + length;
    }
    put(header, 18, packed);
    put(header, 22, size);
}

fn put(octets: &mut [u8], at: usize, value: u32) {
    octets[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
