//! Packing: whether a text file lies plain, in gzip or in Zstandard, told by its
//! first octets. An `Input` can be read from its beginning any number of times;
//! what is written is packed as the input is.
//!
//! Everything streams: however much a small file unpacks to, memory stays the
//! same. What the octets mean is `text`'s.

mod sink;
mod source;

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::SeedError;

pub(super) use self::sink::Sink;
pub(super) use self::source::Source;

/// How a file is packed.
#[derive(Debug, Clone)]
enum Packing {
    Plain,
    /// RFC 1952; the header of its first member (name and time of what is packed).
    Gzip(Option<flate2::GzHeader>),
    /// RFC 8878.
    Zstd,
}

/// A file that is read, and that must not change meanwhile.
#[derive(Debug, Clone)]
pub(super) struct Input {
    path: PathBuf,
    packing: Packing,
    /// Octets on disk.
    pub(super) length: u64,
    changed: Option<SystemTime>,
}

impl Input {
    /// Finds out how a file is packed.
    pub(super) fn open(path: &Path) -> Result<Self, SeedError> {
        let io = |cause| SeedError::Io { doing: "opening", path: path.display().to_string(), cause };
        let file = File::open(path).map_err(io)?;
        let about = file.metadata().map_err(io)?;
        let mut input = Self {
            path: path.to_owned(),
            packing: Packing::Plain,
            length: about.len(),
            changed: about.modified().ok(),
        };
        if !about.is_file() {
            return Err(input.table("this is not a file; name a file"));
        }
        let mut magic = Vec::with_capacity(4);
        file.take(4).read_to_end(&mut magic).map_err(io)?;
        input.packing = match magic[..] {
            [0x1f, 0x8b, ..] => Packing::Gzip(source::gzip_header(path).map_err(io)?),
            [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstd,
            _ => Packing::Plain,
        };
        Ok(input)
    }

    /// Reads it, unpacked, from its beginning.
    pub(super) fn source(&self) -> Result<Source, SeedError> {
        let file = File::open(&self.path).map_err(|e| self.io("opening", e))?;
        self.check(&file.metadata().map_err(|e| self.io("opening", e))?)?;
        Source::new(file, &self.packing).map_err(|e| self.reading(e))
    }

    /// What writes a file that is packed as this one is.
    pub(super) fn sink<'a>(&self, to: &'a mut File) -> io::Result<Sink<'a>> {
        Sink::new(to, &self.packing)
    }

    /// Refuses a file that is no longer the one that was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), SeedError> {
        self.check(&std::fs::metadata(&self.path).map_err(|e| self.io("reading", e))?)
    }

    fn check(&self, now: &Metadata) -> Result<(), SeedError> {
        if now.len() == self.length && now.modified().ok() == self.changed {
            return Ok(());
        }
        Err(self.table("the file was changed while it was read; seed again when nothing writes to it"))
    }

    pub(super) fn is_named(&self, extension: &str) -> bool {
        let name = self.path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        bare.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'))
    }

    fn io(&self, doing: &'static str, cause: io::Error) -> SeedError {
        SeedError::Io { doing, path: self.path.display().to_string(), cause }
    }

    /// An error of reading: the disk's, or that of packed octets which are broken.
    pub(super) fn reading(&self, cause: io::Error) -> SeedError {
        let name = match self.packing {
            _ if cause.raw_os_error().is_some() => return self.io("reading", cause),
            Packing::Plain => return self.io("reading", cause),
            Packing::Gzip(_) => "gzip",
            Packing::Zstd => "zstd",
        };
        if cause.kind() == io::ErrorKind::UnexpectedEof {
            return self.table(&format!(
                "the {name} file ends early, part of it is missing; get a whole copy (compare its size) and seed again"
            ));
        }
        self.table(&format!(
            "the {name} file is damaged ({cause}); get a good copy (`{name} -t` tests it) and seed again"
        ))
    }

    /// An error of copying: the input's if it is broken, else one of the two disks'.
    pub(super) fn copying(&self, cause: io::Error) -> SeedError {
        if cause.raw_os_error().is_some() { self.io("copying", cause) } else { self.reading(cause) }
    }

    /// An error of the whole table.
    pub(super) fn table(&self, what: &str) -> SeedError {
        SeedError::Table { path: self.path.display().to_string(), what: what.to_owned() }
    }

    /// An error in a line, counted from 1.
    pub(super) fn row(&self, line: u64, what: String) -> SeedError {
        SeedError::Row { path: self.path.display().to_string(), place: format!("line {line}"), what }
    }
}
