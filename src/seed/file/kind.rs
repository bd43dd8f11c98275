//! The kind of a file: told by its first octets where they tell, else by its name.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::seed::csv::Csv;
use crate::seed::jsonl::JsonLines;
use crate::seed::parquet::Parquet;
use crate::seed::xlsx::Xlsx;
use crate::seed::{Format, SeedError};

/// What a table in a file can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// CSV, TSV and their kin; packed or not.
    Delimited,
    /// One JSON object a line; packed or not.
    JsonLines,
    /// An Excel workbook (ISO/IEC 29500), and whatever else is called one.
    Workbook,
    /// Apache Parquet.
    Parquet,
}

impl Kind {
    /// Looks at the name and the first octets of a file.
    pub fn find(path: &Path) -> Result<Self, SeedError> {
        let io = |cause| SeedError::Io { doing: "opening", path: path.display().to_string(), cause };
        let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let bare = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let mut head = Vec::new();
        File::open(path).map_err(io)?.take(512).read_to_end(&mut head).map_err(io)?;
        let named = |ends: &[&str]| ends.iter().any(|end| bare.ends_with(end));
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
        let compound = head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
        if head.starts_with(b"PAR1") || named(&[".parquet", ".pq"]) {
            return Ok(Self::Parquet);
        }
        if head.starts_with(b"PK\x03\x04") || compound || named(&[".xlsx", ".xlsm", ".xls"]) {
            return Ok(Self::Workbook);
        }
        Ok(if named(&[".jsonl", ".ndjson", ".json"]) || text.starts_with(b"{\"") && !named(&[".csv", ".tsv", ".txt"]) {
            Self::JsonLines
        } else {
            Self::Delimited
        })
    }

    /// Opens a file as one of this kind; `part` is the sheet of a workbook.
    pub fn open(self, path: &Path, part: Option<&str>) -> Result<Box<dyn Format>, SeedError> {
        if let Some(part) = part.filter(|_| self != Self::Workbook) {
            let what =
                format!("--table {part:?} names a sheet or a database's table, and this file has none; leave it out");
            return Err(SeedError::Table { path: path.display().to_string(), what });
        }
        Ok(match self {
            Self::Delimited => Box::new(Csv::open(path)?),
            Self::JsonLines => Box::new(JsonLines::open(path)?),
            Self::Workbook => Box::new(Xlsx::open(path, part)?),
            Self::Parquet => Box::new(Parquet::open(path)?),
        })
    }
}
