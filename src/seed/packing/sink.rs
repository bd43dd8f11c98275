//! A sink: what packs octets as the input was packed and writes them to a file.

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder, GzHeader};
use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::Packing;

/// The level that `gzip` takes when nobody says, and most libraries with it.
const GZIP_LEVEL: u32 = 6;
/// The level that `zstd` takes when nobody says.
const ZSTD_LEVEL: i32 = 3;
const BUFFER: usize = 1 << 16;

/// Writes a file, packed.
pub(in crate::seed) enum Sink<'a> {
    Plain(BufWriter<&'a mut File>),
    Gzip(GzEncoder<&'a mut File>),
    Zstd(zstd::stream::write::Encoder<'static, &'a mut File>),
}

impl<'a> Sink<'a> {
    pub(super) fn new(to: &'a mut File, packing: &Packing) -> io::Result<Self> {
        Ok(match packing {
            Packing::Plain => Self::Plain(BufWriter::with_capacity(BUFFER, to)),
            Packing::Gzip(header) => Self::Gzip(builder(header.as_ref()).write(to, Compression::new(GZIP_LEVEL))),
            Packing::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(to, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    /// The file itself, where octets go into it as they are; all that was written is in it.
    pub(super) fn plain(&mut self) -> io::Result<Option<&mut File>> {
        match self {
            Self::Plain(to) => {
                to.flush()?;
                Ok(Some(&mut **to.get_mut()))
            }
            _ => Ok(None),
        }
    }

    /// Ends the stream.
    pub(in crate::seed) fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut to) => to.flush(),
            Self::Gzip(to) => to.finish().map(drop),
            Self::Zstd(to) => to.finish().map(drop),
        }
    }
}

/// Name, time and system are told again as the input told them.
fn builder(header: Option<&GzHeader>) -> GzBuilder {
    let Some(header) = header else { return GzBuilder::new() };
    let mut builder = GzBuilder::new().mtime(header.mtime()).operating_system(header.operating_system());
    if let Some(name) = header.filename() {
        builder = builder.filename(name);
    }
    if let Some(comment) = header.comment() {
        builder = builder.comment(comment);
    }
    builder
}

impl Write for Sink<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(octets),
            Self::Gzip(to) => to.write(octets),
            Self::Zstd(to) => to.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Gzip(to) => to.flush(),
            Self::Zstd(to) => to.flush(),
        }
    }
}
