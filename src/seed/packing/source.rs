//! A source: the unpacked octets of a file, in order. It knows how many octets
//! of the file on disk are behind it, for those who wait.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Packing, Sink};

/// Octets that are passed on between two reports of progress.
const STEP: u64 = 8 << 20;
/// Packed octets that are read at once.
const PACKED: usize = 1 << 16;
/// Zstandard windows up to 128 MiB (2^27), as the `zstd` tool accepts without being told.
const LARGEST_WINDOW: u32 = 27;

/// Reads a file, unpacked.
pub(in crate::seed) struct Source {
    from: From,
    read: Arc<AtomicU64>,
}

enum From {
    Plain(File),
    Packed(Box<dyn Read + Send>),
}

impl Source {
    pub(super) fn new(file: File, packing: &Packing) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = |file| BufReader::with_capacity(PACKED, Counted { file, read: read.clone() });
        let from = match packing {
            Packing::Plain => From::Plain(file),
            Packing::Gzip(_) => From::Packed(Box::new(MultiGzDecoder::new(counted(file)))),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(counted(file))?;
                decoder.window_log_max(LARGEST_WINDOW)?;
                From::Packed(Box::new(decoder))
            }
        };
        Ok(Self { from, read })
    }

    /// Octets of the file on disk that were read so far.
    pub(in crate::seed) fn behind(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Fills as much of a buffer as there are octets for; fewer only at the end.
    pub(in crate::seed) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }

    /// Hands octets to a sink unseen, so many or all that are left; returns how many there were.
    pub(in crate::seed) fn pass(
        &mut self,
        count: u64,
        to: &mut Sink<'_>,
        meter: &mut dyn FnMut(u64),
    ) -> io::Result<u64> {
        let mut passed = 0;
        while passed < count {
            let step = STEP.min(count - passed);
            let n = match &mut self.from {
                // Between two files the kernel copies by itself.
                From::Plain(file) => match to.plain()? {
                    Some(to) => io::copy(&mut file.take(step), to)?,
                    None => io::copy(&mut file.take(step), to)?,
                },
                From::Packed(from) => io::copy(&mut from.take(step), to)?,
            };
            if let From::Plain(_) = self.from {
                self.read.fetch_add(n, Ordering::Relaxed);
            }
            passed += n;
            meter(self.behind());
            if n < step {
                break;
            }
        }
        Ok(passed)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.from {
            From::Plain(file) => {
                let n = file.read(buffer)?;
                self.read.fetch_add(n as u64, Ordering::Relaxed);
                Ok(n)
            }
            From::Packed(from) => from.read(buffer),
        }
    }
}

/// Counts what is read from the disk.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The header of the first member, if it is whole.
pub(super) fn gzip_header(path: &Path) -> io::Result<Option<flate2::GzHeader>> {
    let mut decoder = flate2::bufread::GzDecoder::new(BufReader::new(File::open(path)?));
    // That it cannot be read shows again, and is told, when the file is.
    let _ = decoder.read(&mut [0u8; 1]);
    Ok(decoder.header().cloned())
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("read", &self.behind()).finish_non_exhaustive()
    }
}
