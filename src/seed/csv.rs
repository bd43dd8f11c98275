//! Delimited text: CSV, TSV and their kin. Every row of the file goes to the
//! output octet for octet; canaries are written in the file's own encoding,
//! delimiter, quoting and line ends between them.
//!
//! `dialect` finds how a file is written, `cutter` (over `specials`) cuts it up, or
//! `plain` where nothing is quoted; `quoting` knows how columns quote. Encodings and the writing of the file are `text`'s.

mod cutter;
mod dialect;
mod header;
mod plain;
mod quoting;
mod specials;

use std::fs::File;
use std::path::Path;

use self::cutter::{Cutter, Uncut, unescape};
use self::dialect::{Dialect, Quotes};
use self::quoting::Quoting;
use super::packing::Input;
use super::text::survey::{Survey, contradicts};
use super::text::{Block, Blocks, Charset, Marks, Piece, Weave, at_line, line_end};
use super::{Each, Format, Meter, SeedError};
use crate::identity::Row;

/// A delimited file.
pub struct Csv {
    input: Input,
    /// Charset and dialect are what the beginning tells, and nothing has contradicted yet.
    assumed: bool,
    charset: Charset,
    dialect: Dialect,
    header: Vec<String>,
    quoting: Vec<Quoting>,
    marks: Marks,
    /// Where the first row may begin.
    data: u64,
    /// The line end of the last row that has one.
    usual_end: &'static str,
}

impl Csv {
    /// Opens a file: finds its charset and its dialect, and reads its header.
    pub fn open(path: &Path) -> Result<Self, SeedError> {
        let input = Input::open(path)?;
        let assumed = Survey::begin(&input)?.and_then(|survey| Self::surveyed(&input, survey, true).ok());
        assumed.map_or_else(|| Self::surveyed(&input, Survey::take(&input)?, false), Ok)
    }

    fn surveyed(input: &Input, survey: Survey, assumed: bool) -> Result<Self, SeedError> {
        let dialect = Dialect::find(&survey, input.is_named("tsv"));
        let charset = survey.charset;
        drop(survey);
        let first = header::read(input, charset, dialect)?;
        let quoting = vec![Quoting::default(); first.names.len()];
        let marks = Marks::new(first.end);
        let usual_end = first.line_end;
        let input = input.clone();
        Ok(Self { input, assumed, charset, dialect, header: first.names, quoting, marks, data: first.end, usual_end })
    }

    /// Looks through the whole file for what its beginning does not tell.
    fn survey(&mut self) -> Result<(), SeedError> {
        let anew = Self::surveyed(&self.input, Survey::take(&self.input)?, false)?;
        if anew.header != self.header {
            return Err(self.input.table(&format!(
                "the header is {:?} by the beginning of the file and {:?} by all of it; write the file in UTF-8 and in one way of quoting, and seed again",
                self.header.join("|"),
                anew.header.join("|")
            )));
        }
        *self = anew;
        Ok(())
    }

    /// Reads all rows.
    fn read(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<Seen, SeedError> {
        let input = self.input.clone();
        let mut blocks = Blocks::open_at(&input, self.charset, self.dialect.line_end, self.data)?;
        let (mut marks, mut seen) = (Marks::new(self.data), Seen::default());
        while let Some(block) = blocks.next()? {
            if self.assumed && contradicts(block.text.as_bytes()) {
                return Err(self.input.table("the file is not what its beginning seems to be"));
            }
            let before = seen.rows;
            let used = self.rows_of(&block, &mut seen, each)?;
            if seen.rows > before {
                let own_end = line_end(&block.text[seen.last.0..seen.last.1]);
                let end = block.at_raw(self.charset, self.dialect.line_end, seen.last.1);
                marks.finish(end, seen.rows, own_end.is_empty());
                self.usual_end = same_end(own_end).unwrap_or(self.usual_end);
            }
            marks.meet(block.at_raw(self.charset, self.dialect.line_end, used), seen.rows);
            blocks.consume(used);
            blocks.report(meter);
        }
        self.input.check_unchanged()?;
        (self.marks, self.assumed) = (marks, false);
        Ok(seen)
    }

    /// Reads rows from a block as long as they are whole; returns the text used.
    fn rows_of(&mut self, block: &Block<'_>, seen: &mut Seen, each: Each<'_>) -> Result<usize, SeedError> {
        if self.dialect.quotes == Quotes::Literal || memchr::memchr(b'"', block.text.as_bytes()).is_none() {
            return self.plain_rows(block, seen, each);
        }
        let mut cutter = Cutter::new(block.text, self.dialect);
        let mut cells = Vec::with_capacity(self.header.len());
        let mut at = 0;
        while at < block.text.len() {
            let end = match cutter.row(at) {
                Ok(end) => end,
                Err(Uncut::Open) if !block.is_last => break,
                Err(why) => return Err(self.uncut(block.at_raw(self.charset, self.dialect.line_end, at), why)),
            };
            if !cutter.is_blank() {
                if cutter.spans.len() != self.header.len() {
                    return Err(self.ragged(block.at_raw(self.charset, self.dialect.line_end, at), cutter.spans.len()));
                }
                self.hand_over(block.text, &cutter, &mut cells, each);
                seen.rows += 1;
                seen.last = (at, end);
            }
            at = end;
        }
        Ok(at)
    }

    #[inline]
    fn hand_over<'t>(&mut self, text: &'t str, cutter: &Cutter<'_>, cells: &mut Vec<Option<&'t str>>, each: Each<'_>) {
        cells.clear();
        let mut escaped = false;
        for (span, quoting) in cutter.spans.iter().zip(&mut self.quoting) {
            quoting.meet(span.quoted, span.start == span.end);
            escaped |= span.escaped;
            cells.push(Some(&text[span.start..span.end]));
        }
        if escaped {
            return self.hand_over_unescaped(text, cutter, each);
        }
        each.meet(cells);
    }

    /// The rare row in which something must be put together.
    #[cold]
    fn hand_over_unescaped(&self, text: &str, cutter: &Cutter<'_>, each: Each<'_>) {
        let said: Vec<Option<String>> = cutter
            .spans
            .iter()
            .map(|s| s.escaped.then(|| unescape(&text[s.start..s.end], self.dialect.quotes)))
            .collect();
        let cells: Vec<Option<&str>> = said
            .iter()
            .zip(&cutter.spans)
            .map(|(own, s)| Some(own.as_deref().unwrap_or(&text[s.start..s.end])))
            .collect();
        each.meet(&cells);
    }

    fn ragged(&self, offset: u64, fields: usize) -> SeedError {
        let what = format!(
            "this row has {fields} field{}, the header has {}; correct the row (or its quoting) and seed again",
            if fields == 1 { "" } else { "s" },
            self.header.len()
        );
        at_line(&self.input, self.charset, self.dialect.line_end, offset, what)
    }

    fn uncut(&self, offset: u64, why: Uncut) -> SeedError {
        let what = match why {
            Uncut::Open => {
                "a quote is opened in this row and never closed; double it (\"\") or remove it, and seed again"
                    .to_owned()
            }
            Uncut::Garbled { field } => format!(
                "field {} of this row goes on after its closing quote; double the quotes within the field (\"\"), and seed again",
                field + 1
            ),
        };
        at_line(&self.input, self.charset, self.dialect.line_end, offset, what)
    }

    /// A new row as octets.
    fn encode(&self, cells: &Row, line_end: &str) -> Result<Vec<u8>, SeedError> {
        let mut line = String::new();
        for (n, cell) in cells.iter().enumerate() {
            if n > 0 {
                line.push(char::from(self.dialect.delimiter));
            }
            let text = cell.as_deref().unwrap_or_default();
            let quoting = self.quoting.get(n).copied().unwrap_or_default();
            let column = self.header.get(n).map_or("?", String::as_str);
            quoting.write(text, self.dialect, &mut line).map_err(|_| self.input.table(&format!(
                "the value of a canary in column {column:?} holds a delimiter or a line end, and this file quotes nothing; export it with quotes and seed again"
            )))?;
            self.charset.encode(text).map_err(|c| self.input.table(&format!(
                "the character {c:?} of a canary in column {column:?} cannot be written in {}; say --locale, or convert the file to UTF-8",
                self.charset.name()
            )))?;
        }
        line.push_str(line_end);
        let octets = self.charset.encode(&line).map(|o| o.into_owned());
        octets
            .map_err(|c| self.input.table(&format!("the character {c:?} cannot be written in {}", self.charset.name())))
    }
}

/// What a pass has behind it.
#[derive(Default)]
struct Seen {
    rows: u64,
    /// Where the last row of a block lies in its text.
    last: (usize, usize),
}

impl Format for Csv {
    fn columns(&self) -> &[String] {
        &self.header
    }

    fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        if self.assumed && !each.begin_anew() {
            self.survey()?;
        }
        let seen = match self.read(each, meter) {
            // Whatever is wrong: it may be right once all of the file is known.
            Err(_) if self.assumed => {
                self.survey()?;
                each.begin_anew();
                self.read(each, meter)?
            }
            read => read?,
        };
        if seen.rows == 0 {
            return Err(self
                .input
                .table("the table has a header but no rows to learn from; add its rows and seed again"));
        }
        Ok(seen.rows)
    }

    fn copy(&mut self, rows: &[(u64, Row)], to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        let cut = |text: &str, _: bool, meet: &mut dyn FnMut(Piece) -> bool| {
            let (mut cutter, mut at) = (Cutter::new(text, self.dialect), 0);
            while at < text.len() {
                let Ok(end) = cutter.row(at) else { return };
                if !meet(Piece { start: at, end, is_row: !cutter.is_blank() }) {
                    return;
                }
                at = end;
            }
        };
        let weave = Weave {
            input: &self.input,
            charset: self.charset,
            line_end: self.dialect.line_end,
            marks: &self.marks,
            usual_end: self.usual_end,
            rows: &cut,
            write: &|row, end| self.encode(row, end),
        };
        weave.copy(rows, to, meter)
    }

    fn last_place(&mut self) -> Result<u64, SeedError> {
        Ok(self.marks.last_place())
    }
}

/// A line end that outlives its text.
fn same_end(end: &str) -> Option<&'static str> {
    ["\r\n", "\n", "\r"].into_iter().find(|e| *e == end)
}

#[cfg(test)]
mod tests;
