//! Plain rows: those of a block in which nothing is quoted, which is nearly every block
//! of nearly every file. Each delimiter and line end is met once, and nothing is asked
//! of an octet between them.

use super::specials::Specials;
use super::{Csv, Seen};
use crate::seed::text::Block;
use crate::seed::{Each, SeedError};

impl Csv {
    /// Reads the rows of a block without quotes, all of which are whole.
    pub(super) fn plain_rows(
        &mut self,
        block: &Block<'_>,
        seen: &mut Seen,
        each: Each<'_>,
    ) -> Result<usize, SeedError> {
        let (text, octets) = (block.text, block.text.as_bytes());
        let mut cells = Vec::with_capacity(self.header.len());
        let (mut row, mut cell) = (0, 0);
        for stop in Specials::new(octets, [self.dialect.delimiter, self.dialect.line_end]) {
            cells.push(Some(&text[cell..stop]));
            cell = stop + 1;
            if octets[stop] != self.dialect.delimiter {
                self.plain_row(block, (row, cell), &mut cells, seen, each)?;
                row = cell;
            }
        }
        if row < octets.len() {
            cells.push(Some(&text[cell..]));
            self.plain_row(block, (row, octets.len()), &mut cells, seen, each)?;
        }
        Ok(octets.len())
    }

    /// Hands over a row that lies at a place of a block, unless it is an empty line.
    #[inline]
    fn plain_row(
        &mut self,
        block: &Block<'_>,
        place: (usize, usize),
        cells: &mut Vec<Option<&str>>,
        seen: &mut Seen,
        each: Each<'_>,
    ) -> Result<(), SeedError> {
        // A CR before the LF that ends a row is no part of its last cell.
        let last = cells.last_mut().and_then(Option::as_mut);
        last.into_iter().for_each(|text| *text = text.strip_suffix('\r').unwrap_or(text));
        if cells[..] != [Some("")] {
            if cells.len() != self.header.len() {
                let at = block.at_raw(self.charset, self.dialect.line_end, place.0);
                return Err(self.ragged(at, cells.len()));
            }
            let texts = cells.iter().map(|cell| cell.unwrap_or_default());
            texts.zip(&mut self.quoting).for_each(|(text, quoting)| quoting.meet(false, text.is_empty()));
            each(cells);
            (seen.rows, seen.last) = (seen.rows + 1, place);
        }
        cells.clear();
        Ok(())
    }
}
