//! The cutter: where rows end in a text and where fields lie in a row, as a dialect
//! has it. Quoted fields may hold delimiters, quotes and line ends (RFC 4180).
//! Nothing is copied; what a quoted field says is put together on request.

use super::dialect::{Dialect, Quotes};
use super::specials::Specials;

/// Where a field lies, its quotes left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
    /// It holds something that stands for a quote.
    pub(super) escaped: bool,
}

/// Why a row cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uncut {
    /// It goes on beyond the text: a quote is open.
    Open,
    /// Something stands between a closing quote and the next delimiter, in the field of that number, from 0.
    Garbled { field: usize },
}

/// Cuts one text.
pub(super) struct Cutter<'t> {
    octets: &'t [u8],
    dialect: Dialect,
    specials: Specials<'t>,
    /// The fields of the row that was cut last.
    pub(super) spans: Vec<Span>,
}

impl<'t> Cutter<'t> {
    pub(super) fn new(text: &'t str, dialect: Dialect) -> Self {
        let octets = text.as_bytes();
        let specials = Specials::new(octets, [dialect.delimiter, dialect.line_end]);
        Self { octets, dialect, specials, spans: Vec::with_capacity(32) }
    }

    /// Cuts the row that begins at a place; returns where the next begins.
    #[inline]
    pub(super) fn row(&mut self, mut at: usize) -> Result<usize, Uncut> {
        self.spans.clear();
        loop {
            let stop = if self.octets.get(at) == Some(&b'"') && self.dialect.quotes != Quotes::Literal {
                self.quoted(at + 1)?
            } else {
                let stop = self.specials.from(at);
                self.spans.push(Span { start: at, end: stop, quoted: false, escaped: false });
                stop
            };
            match self.octets.get(stop) {
                Some(octet) if *octet == self.dialect.delimiter => at = stop + 1,
                end => {
                    self.drop_carriage_return();
                    return Ok(stop + usize::from(end.is_some()));
                }
            }
        }
    }

    /// Cuts a quoted field whose text begins at a place; returns where the delimiter stands.
    fn quoted(&mut self, start: usize) -> Result<usize, Uncut> {
        let (end, escaped) = self.closing(start).ok_or(Uncut::Open)?;
        self.spans.push(Span { start, end, quoted: true, escaped });
        let line_end = self.dialect.line_end;
        match self.octets.get(end + 1..).unwrap_or_default() {
            [] => Ok(end + 1),
            [octet, ..] if *octet == self.dialect.delimiter || *octet == line_end => Ok(end + 1),
            [b'\r'] => Ok(end + 2),
            [b'\r', octet, ..] if *octet == line_end => Ok(end + 2),
            _ => Err(Uncut::Garbled { field: self.spans.len() - 1 }),
        }
    }

    /// Where the closing quote stands, and whether there was one that did not close.
    fn closing(&self, start: usize) -> Option<(usize, bool)> {
        let (mut at, mut escaped) = (start, false);
        if self.dialect.quotes == Quotes::Backslashed {
            loop {
                at += memchr::memchr2(b'"', b'\\', self.octets.get(at..)?)?;
                if self.octets[at] == b'"' {
                    return Some((at, escaped));
                }
                (at, escaped) = (at + 2, true);
            }
        }
        loop {
            at += memchr::memchr(b'"', self.octets.get(at..)?)?;
            if self.octets.get(at + 1) != Some(&b'"') {
                return Some((at, escaped));
            }
            (at, escaped) = (at + 2, true);
        }
    }

    /// A CR before the LF that ends a row is no part of its last field.
    #[inline]
    fn drop_carriage_return(&mut self) {
        let Some(last) = self.spans.last_mut() else { return };
        if !last.quoted && last.end > last.start && self.octets[last.end - 1] == b'\r' {
            last.end -= 1;
        }
    }

    /// An empty line, which is no row.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.spans[..], [Span { start, end, quoted: false, .. }] if start == end)
    }
}

/// What an escaped field says.
pub(super) fn unescape(text: &str, quotes: Quotes) -> String {
    if quotes != Quotes::Backslashed {
        return text.replace("\"\"", "\"");
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        // A backslash before anything else is a backslash: paths are written like that.
        let next = if c == '\\' { characters.next_if(|n| matches!(n, '"' | '\\')) } else { None };
        plain.push(next.unwrap_or(c));
    }
    plain
}
