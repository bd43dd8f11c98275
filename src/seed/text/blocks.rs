//! Blocks: a text file in pieces that end where a line ends, decoded. Whoever reads
//! them says how much was used; the rest comes again with the next piece, so that a
//! row which is longer than a piece becomes whole.

use std::io::{self, Read, Write};

use super::charset::Charset;
use crate::seed::packing::{Input, Sink, Source};
use crate::seed::{Meter, SeedError};

/// Octets of a block, unless a row is longer: such that it stays in the processor's cache.
const USUAL: usize = 1 << 17;
/// A row longer than this is none: a quote that was never closed, or no text at all.
pub(in crate::seed) const LONGEST: usize = 4 << 20;

/// Reads a file piece by piece.
pub(in crate::seed) struct Blocks<'a> {
    input: &'a Input,
    source: Source,
    charset: Charset,
    line_end: u8,
    buffer: Vec<u8>,
    /// What is in the buffer and not used.
    held: std::ops::Range<usize>,
    /// Of what is held, octets that the last block had.
    block: usize,
    /// Octets of the unpacked file before what is held.
    at: u64,
    text: String,
    ended: bool,
}

/// One piece.
pub(in crate::seed) struct Block<'a> {
    pub(in crate::seed) text: &'a str,
    pub(super) raw: &'a [u8],
    /// Octets of the unpacked file before it.
    pub(in crate::seed) at: u64,
    /// Nothing comes after it.
    pub(in crate::seed) is_last: bool,
}

impl<'a> Blocks<'a> {
    /// Begins after the byte order mark; lines end in LF or CR.
    pub(in crate::seed) fn open(input: &'a Input, charset: Charset, line_end: u8) -> Result<Self, SeedError> {
        Self::open_at(input, charset, line_end, charset.mark.len() as u64)
    }

    /// Begins at a place where a line does.
    pub(in crate::seed) fn open_at(
        input: &'a Input,
        charset: Charset,
        line_end: u8,
        at: u64,
    ) -> Result<Self, SeedError> {
        let mut source = input.source()?;
        io::copy(&mut (&mut source).take(at), &mut io::sink()).map_err(|e| input.reading(e))?;
        Ok(Self {
            input,
            source,
            charset,
            line_end,
            buffer: vec![0; USUAL],
            held: 0..0,
            block: 0,
            at,
            text: String::new(),
            ended: false,
        })
    }

    /// The next piece, which begins with what was not used of the last; nothing at the end.
    pub(in crate::seed) fn next(&mut self) -> Result<Option<Block<'_>>, SeedError> {
        let longer_than = self.block;
        self.block = loop {
            let found = self.charset.after_last(&self.buffer[self.held.clone()], self.line_end);
            match found.filter(|end| *end > longer_than) {
                Some(end) if self.is_full() || self.ended => break end,
                _ if self.ended => break self.held.len(),
                _ => self.read_on()?,
            }
        };
        if self.block == 0 {
            return Ok(None);
        }
        let raw = &self.buffer[self.held.start..self.held.start + self.block];
        let is_last = self.ended && self.block == self.held.len();
        match self.charset.decode(raw, &mut self.text) {
            Ok(text) => Ok(Some(Block { text, raw, at: self.at, is_last })),
            Err(offset) => Err(not_in(self.input, self.charset, self.line_end, self.at + offset as u64)),
        }
    }

    fn is_full(&self) -> bool {
        self.held.len() == self.buffer.len()
    }

    /// Makes room and fills it.
    fn read_on(&mut self) -> Result<(), SeedError> {
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        if self.is_full() {
            if self.buffer.len() >= LONGEST {
                return Err(too_long(self.input, self.charset, self.line_end, self.at));
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let end = self.held.end;
        let read = self.source.fill(&mut self.buffer[end..]).map_err(|e| self.input.reading(e))?;
        self.held.end += read;
        self.ended |= self.held.end < self.buffer.len();
        Ok(())
    }

    /// So many octets of the last block's text are done with; they end where a line ends.
    pub(in crate::seed) fn consume(&mut self, text_octets: usize) {
        let raw = &self.buffer[self.held.start..self.held.start + self.block];
        let octets = raw_offset(self.charset, self.line_end, &self.text, raw, text_octets);
        self.held.start += octets;
        self.at += octets as u64;
        self.block -= octets;
    }

    /// Octets of the unpacked file that are done with.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Hands over unseen what lies before a place, or all that is left.
    pub(super) fn pass_to(&mut self, place: u64, to: &mut Sink<'_>, meter: Meter<'_>) -> Result<(), SeedError> {
        let held = (self.held.len() as u64).min(place - self.at) as usize;
        let seen = &self.buffer[self.held.start..self.held.start + held];
        to.write_all(seen).map_err(|e| self.input.copying(e))?;
        self.held.start += held;
        self.at += held as u64;
        self.block = 0;
        if self.at < place {
            let all = self.input.length;
            let passed = self.source.pass(place - self.at, to, &mut |done| meter(done, all));
            self.at += passed.map_err(|e| self.input.copying(e))?;
        }
        Ok(())
    }

    /// Tells how far it has come.
    pub(in crate::seed) fn report(&self, meter: Meter<'_>) {
        meter(self.source.behind(), self.input.length);
    }
}

impl Block<'_> {
    /// Octets of the unpacked file before a place of the text, where a line ends or the block does.
    pub(in crate::seed) fn at_raw(&self, charset: Charset, line_end: u8, text_offset: usize) -> u64 {
        self.at + self.raw_offset(charset, line_end, text_offset) as u64
    }

    /// Where in the octets a place of the text lies; it is one where a line ends or the block does.
    pub(super) fn raw_offset(&self, charset: Charset, line_end: u8, text_offset: usize) -> usize {
        raw_offset(charset, line_end, self.text, self.raw, text_offset)
    }
}

fn raw_offset(charset: Charset, line_end: u8, text: &str, raw: &[u8], at: usize) -> usize {
    if charset.is_utf8() {
        return at;
    }
    if at == text.len() {
        return raw.len();
    }
    charset.after_nth(raw, line_end, memchr::memchr_iter(line_end, &text.as_bytes()[..at]).count())
}

/// The number, from 1, of the line in which an octet lies. Reads the file again: it is for errors.
pub(in crate::seed) fn line_of(input: &Input, charset: Charset, line_end: u8, offset: u64) -> Result<u64, SeedError> {
    let mut source = input.source()?;
    let mut buffer = vec![0; USUAL];
    let (mut line, mut left) = (1, offset);
    while left > 0 {
        let most = left.min(USUAL as u64) as usize;
        let read = source.fill(&mut buffer[..most]).map_err(|e| input.reading(e))?;
        line += charset.count(&buffer[..read], line_end);
        left = if read < most { 0 } else { left - read as u64 };
    }
    Ok(line)
}

pub(super) fn not_in(input: &Input, charset: Charset, line_end: u8, offset: u64) -> SeedError {
    let what = format!(
        "this line is not text in {}, in which the rest of the file seems to be; correct the line, or convert the whole file to UTF-8 (iconv -f {} -t UTF-8) and seed again",
        charset.name(),
        charset.name()
    );
    at_line(input, charset, line_end, offset, what)
}

fn too_long(input: &Input, charset: Charset, line_end: u8, offset: u64) -> SeedError {
    let what = format!(
        "a row that begins here is longer than {} MiB: a quote that is never closed, or no table at all; double the quote (\"\") or remove it, and seed again",
        LONGEST >> 20
    );
    at_line(input, charset, line_end, offset, what)
}

/// An error that has a line, found by an offset.
pub(in crate::seed) fn at_line(input: &Input, charset: Charset, line_end: u8, offset: u64, what: String) -> SeedError {
    match line_of(input, charset, line_end, offset) {
        Ok(line) => input.row(line, what),
        Err(e) => e,
    }
}
