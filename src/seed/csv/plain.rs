//! Plain rows: those of a block in which nothing is quoted, which is nearly every block
//! of nearly every file. A row ends where its line does; fields that nobody asks for are
//! counted, not cut, be they some of a row or those of rows that are passed over.

use memchr::memchr_iter;
use std::ops::Range;

use super::specials::Specials;
use super::{Csv, Seen};
use crate::seed::text::Block;
use crate::seed::{Each, SeedError};

/// Rows that were passed over.
struct Passed {
    rows: u64,
    /// Where they end.
    end: usize,
    /// Where the last of them lies.
    last: Option<(usize, usize)>,
}

impl Csv {
    /// Reads the rows of a block without quotes, all of which are whole.
    pub(super) fn plain_rows(
        &mut self,
        block: &Block<'_>,
        seen: &mut Seen,
        each: Each<'_>,
    ) -> Result<usize, SeedError> {
        let (text, width) = (block.text, self.header.len());
        let mut specials = Specials::new(text.as_bytes(), [self.dialect.delimiter, self.dialect.line_end]);
        let mut room = vec![None; width];
        let mut at = 0;
        while at < text.len() {
            let wanted = each.wants();
            if wanted.passing > 0 {
                let passed = self.pass(block, at, wanted.passing)?;
                if passed.end > at {
                    each.pass(passed.rows);
                    (seen.rows, seen.last) = (seen.rows + passed.rows, passed.last.unwrap_or(seen.last));
                    at = passed.end;
                    specials.seek(at);
                    continue;
                }
            }
            let cells = &mut room[..wanted.columns.min(width)];
            let (end, fields) = self.row(text, at, &mut specials, cells);
            if fields != 1 || cells[0] != Some("") {
                if fields != width {
                    return Err(self.ragged(block.at_raw(self.charset, self.dialect.line_end, at), fields));
                }
                let texts = cells.iter().map(|cell| cell.unwrap_or_default());
                texts.zip(&mut self.quoting).for_each(|(text, quoting)| quoting.meet(false, text.is_empty()));
                each.meet(cells);
                (seen.rows, seen.last) = (seen.rows + 1, (at, end));
            }
            at = end;
        }
        Ok(at)
    }

    /// Passes over so many rows from a place on, as far as their lines end in the block.
    /// That each has as many fields as it should is seen from all of them together.
    fn pass(&self, block: &Block<'_>, from: usize, most: u64) -> Result<Passed, SeedError> {
        let octets = block.text.as_bytes();
        let mut passed = Passed { rows: 0, end: from, last: None };
        for length in memchr_iter(self.dialect.line_end, &octets[from..]) {
            let (begin, end) = (passed.end, from + length + 1);
            if !matches!(octets[begin..end - 1], [] | [b'\r']) {
                (passed.rows, passed.last) = (passed.rows + 1, Some((begin, end)));
            }
            passed.end = end;
            if passed.rows == most {
                break;
            }
        }
        let stops = memchr_iter(self.dialect.delimiter, &octets[from..passed.end]).count() as u64;
        if stops == passed.rows * (self.header.len() as u64 - 1) {
            return Ok(passed);
        }
        self.none_is_ragged(block, from..passed.end).map(|()| passed)
    }

    fn none_is_ragged(&self, block: &Block<'_>, rows: Range<usize>) -> Result<(), SeedError> {
        let text = &block.text[..rows.end];
        let mut specials = Specials::new(text.as_bytes(), [self.dialect.delimiter, self.dialect.line_end]);
        specials.seek(rows.start);
        let (mut at, mut cells) = (rows.start, [None]);
        while at < rows.end {
            let (end, fields) = self.row(text, at, &mut specials, &mut cells);
            if fields != self.header.len() && (fields != 1 || cells != [Some("")]) {
                return Err(self.ragged(block.at_raw(self.charset, self.dialect.line_end, at), fields));
            }
            at = end;
        }
        Ok(())
    }

    /// Cuts a row's first cells, as many as there is room for; returns where it ends, and all its fields.
    #[inline]
    fn row<'t>(
        &self,
        text: &'t str,
        row: usize,
        specials: &mut Specials<'_>,
        room: &mut [Option<&'t str>],
    ) -> (usize, usize) {
        let (mut cell, mut fields) = (row, 0);
        loop {
            let stop = specials.next().unwrap_or(text.len());
            let is_last = text.as_bytes().get(stop).is_none_or(|octet| *octet != self.dialect.delimiter);
            if let Some(room) = room.get_mut(fields) {
                let cell = &text[cell..stop];
                *room = Some(if is_last { without_return(cell) } else { cell });
            }
            (fields, cell) = (fields + 1, stop + 1);
            if is_last {
                return (cell.min(text.len()), fields);
            }
        }
    }
}

/// A CR before the LF that ends a row is no part of its last cell.
fn without_return(text: &str) -> &str {
    text.strip_suffix('\r').unwrap_or(text)
}
