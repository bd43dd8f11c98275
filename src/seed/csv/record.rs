//! A record: the octets of one row with its line end, and where its fields lie
//! in them. Quoted fields may hold delimiters, doubled quotes and line ends
//! (RFC 4180). Nothing is decoded until a text is asked for.

use std::io::{BufRead, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::SeedError;
use super::dialect::Dialect;
use super::fields::split;

/// A record longer than this is a quote that was never closed.
const LONGEST: usize = 16 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One row as it lies in the file.
#[derive(Debug)]
pub(super) struct Record {
    raw: Vec<u8>,
    fields: Vec<(Range<usize>, bool)>,
    /// Of its first octet, counted from 1.
    pub(super) line: u64,
}

/// Reads records.
pub(super) struct Records<R> {
    from: R,
    dialect: Dialect,
    path: PathBuf,
    line: u64,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// An empty line, which is no row.
    pub(super) fn is_blank(&self) -> bool {
        self.raw.iter().all(|b| matches!(b, b'\r' | b'\n'))
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(super) fn is_quoted(&self, field: usize) -> bool {
        self.fields.get(field).is_some_and(|(_, quoted)| *quoted)
    }
}

impl<R: BufRead> Records<R> {
    /// Begins; a byte order mark is passed over.
    pub(super) fn new(mut from: R, dialect: Dialect, path: &Path) -> Result<Self, SeedError> {
        if dialect.bom {
            let mut mark = [0u8; 3];
            from.read_exact(&mut mark).map_err(|cause| SeedError::Io {
                doing: "reading",
                path: path.display().to_string(),
                cause,
            })?;
        }
        Ok(Self { from, dialect, path: path.to_owned(), line: 1 })
    }

    pub(super) fn bom(&self) -> &'static [u8] {
        if self.dialect.bom { BOM } else { b"" }
    }

    /// The next record, or nothing at the end.
    pub(super) fn next_record(&mut self) -> Result<Option<Record>, SeedError> {
        let mut raw = Vec::new();
        let line = self.line;
        loop {
            let begin = raw.len();
            let room = (LONGEST - begin) as u64;
            (&mut self.from).take(room).read_until(b'\n', &mut raw).map_err(|cause| SeedError::Io {
                doing: "reading",
                path: self.path.display().to_string(),
                cause,
            })?;
            let ended = raw.len() == begin;
            self.line += u64::from(raw.last() == Some(&b'\n') && !ended);
            if raw.is_empty() {
                return Ok(None);
            }
            match split(&raw, self.dialect.delimiter, self.dialect.encoding) {
                Some(fields) => return Ok(Some(Record { raw, fields, line })),
                None if ended || raw.len() >= LONGEST => {
                    let what =
                        "a quote is opened in this row and never closed; double it (\"\") or remove it".to_owned();
                    return Err(SeedError::Row { path: self.path.display().to_string(), line, what });
                }
                None => {}
            }
        }
    }

    /// The text of a field, unquoted and decoded.
    pub(super) fn text(&self, record: &Record, field: usize) -> Result<String, SeedError> {
        let (range, quoted) = &record.fields[field];
        let octets = &record.raw[range.clone()];
        let text = self.dialect.encoding.decode_without_bom_handling_and_without_replacement(octets);
        let text = text.ok_or_else(|| SeedError::Row {
            path: self.path.display().to_string(),
            line: record.line,
            what: format!(
                "field {} is not text in {}, which the file seems to be in; convert the file to UTF-8",
                field + 1,
                self.dialect.encoding.name()
            ),
        })?;
        Ok(if *quoted { text.replace("\"\"", "\"") } else { text.into_owned() })
    }
}

impl<R: BufRead + Seek> Records<R> {
    /// Whether the last octet of all is a line end.
    pub(super) fn ends_with_line_end(mut self) -> Result<bool, SeedError> {
        let mut last = [0u8; 1];
        let read = self.from.seek(SeekFrom::End(-1)).and_then(|_| self.from.read_exact(&mut last));
        read.map_err(|cause| SeedError::Io { doing: "reading", path: self.path.display().to_string(), cause })?;
        Ok(last == *b"\n")
    }
}
