//! Weaving: writes a text file again with new rows between its own. What lies
//! between two places is handed over unseen; only the block in which a new row is
//! due is cut into rows.

use std::fs::File;
use std::io::Write;
use std::iter::Peekable;

use super::blocks::{Block, Blocks};
use super::charset::Charset;
use super::marks::Marks;
use crate::identity::Row;
use crate::seed::packing::{Input, Sink};
use crate::seed::{Meter, SeedError};

/// One piece of a text that ends where a row may: a row, or an empty line.
pub(in crate::seed) struct Piece {
    pub(in crate::seed) start: usize,
    pub(in crate::seed) end: usize,
    pub(in crate::seed) is_row: bool,
}

/// Cuts a text into pieces in order, as long as it is answered yes. Whether the text is the file's last comes with it.
pub(in crate::seed) type Rows<'a> = &'a dyn Fn(&str, bool, &mut dyn FnMut(Piece) -> bool);

/// Writes a new row as octets, with that line end.
pub(in crate::seed) type Writer<'a> = &'a dyn Fn(&Row, &str) -> Result<Vec<u8>, SeedError>;

/// What is needed to write a file again.
pub(in crate::seed) struct Weave<'a> {
    pub(in crate::seed) input: &'a Input,
    pub(in crate::seed) charset: Charset,
    /// LF or CR.
    pub(in crate::seed) line_end: u8,
    pub(in crate::seed) marks: &'a Marks,
    /// The line end where no neighbour says.
    pub(in crate::seed) usual_end: &'a str,
    pub(in crate::seed) rows: Rows<'a>,
    pub(in crate::seed) write: Writer<'a>,
}

/// New rows that wait, each with the number of the file's own rows before it.
type Waiting<'r> = Peekable<std::vec::IntoIter<(u64, &'r Row)>>;

impl Weave<'_> {
    /// Writes the file with rows, each of which has its number in what is written, from 1, ascending.
    pub(in crate::seed) fn copy(&self, rows: &[(u64, Row)], to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        let mut waiting = self.before(rows)?.into_iter().peekable();
        let mut sink = self.input.sink(to).map_err(|e| self.input.copying(e))?;
        sink.write_all(self.charset.mark).map_err(|e| self.input.copying(e))?;
        let mut blocks = Blocks::open(self.input, self.charset, self.line_end)?;
        let mut known = None;
        while let Some((before, _)) = waiting.peek().copied() {
            if before == self.marks.end.rows {
                blocks.pass_to(self.marks.end.offset, &mut sink, meter)?;
                for (_, row) in waiting.by_ref() {
                    self.put(row, self.usual_end, &mut sink)?;
                }
                break;
            }
            let mark = self.marks.before(before);
            if known.is_none() || mark.offset > blocks.at() {
                blocks.pass_to(mark.offset, &mut sink, meter)?;
                known = Some(mark.rows);
            }
            known = Some(self.block(&mut blocks, known.unwrap_or_default(), &mut waiting, &mut sink)?);
            blocks.report(meter);
        }
        blocks.pass_to(u64::MAX, &mut sink, meter)?;
        sink.finish().map_err(|e| self.input.copying(e))?;
        self.input.check_unchanged()
    }

    fn before<'r>(&self, rows: &'r [(u64, Row)]) -> Result<Vec<(u64, &'r Row)>, SeedError> {
        let mut last = 0;
        let place = |(n, (number, row)): (usize, &'r (u64, Row))| {
            let before = number.checked_sub(n as u64 + 1).filter(|b| *number > last && *b <= self.marks.last_place());
            last = *number;
            let lost = || self.input.table(&format!("there is no place for a row {number} in this file; seed again"));
            Ok((before.ok_or_else(lost)?, row))
        };
        rows.iter().enumerate().map(place).collect()
    }

    /// Writes the rows of one block with those that are due; returns how many of the file's own are behind.
    fn block(
        &self,
        blocks: &mut Blocks<'_>,
        behind: u64,
        waiting: &mut Waiting<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<u64, SeedError> {
        let block =
            blocks.next()?.ok_or_else(|| self.input.table("the file was changed while it was read; seed again"))?;
        let (due, rows, used) = self.due(&block, behind, waiting);
        let (mut written, mut end) = (0, self.usual_end);
        for (at, own_end, row) in due {
            let place = block.raw_offset(self.charset, self.line_end, at);
            sink.write_all(&block.raw[written..place]).map_err(|e| self.input.copying(e))?;
            end = if own_end.is_empty() { end } else { own_end };
            self.put(row, end, sink)?;
            written = place;
        }
        let rest = block.raw_offset(self.charset, self.line_end, used);
        sink.write_all(&block.raw[written..rest]).map_err(|e| self.input.copying(e))?;
        if used == 0 && block.is_last {
            return Err(self.input.table("the file was changed while it was read; seed again"));
        }
        blocks.consume(used);
        Ok(rows)
    }

    /// Where in a block rows are due, each with its neighbour's line end; the file's own rows behind, and the text used.
    fn due<'r, 't>(
        &self,
        block: &Block<'t>,
        behind: u64,
        waiting: &mut Waiting<'r>,
    ) -> (Vec<(usize, &'t str, &'r Row)>, u64, usize) {
        let (mut due, mut rows, mut used) = (Vec::new(), behind, 0);
        (self.rows)(block.text, block.is_last, &mut |piece| {
            if piece.is_row {
                while let Some((_, row)) = waiting.next_if(|(before, _)| *before == rows) {
                    due.push((piece.start, line_end(&block.text[piece.start..piece.end]), row));
                }
                rows += 1;
            }
            used = piece.end;
            waiting.peek().is_some_and(|(before, _)| *before < self.marks.end.rows)
        });
        (due, rows, used)
    }

    fn put(&self, row: &Row, end: &str, sink: &mut Sink<'_>) -> Result<(), SeedError> {
        sink.write_all(&(self.write)(row, end)?).map_err(|e| self.input.copying(e))
    }
}

/// That of a row; none if it is the last and has none.
pub(in crate::seed) fn line_end(row: &str) -> &str {
    let bare = row.strip_suffix('\n').unwrap_or(row);
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    &row[bare.len()..]
}
