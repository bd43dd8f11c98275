//! A sheet read row by row: where each cell's tag, formula and value lie in the
//! row's own octets, and everything that is not a row piece by piece.

use std::io::BufRead;
use std::ops::Range;

use super::fault::Fault;
use super::shift::{MAX_ROW, Point, column_name};
use super::xml::{Kind, Xml, attributes, local};

/// The longest row, in octets: 16,384 cells of ordinary length, or fewer long ones.
const MAX_ROW_OCTETS: usize = 32 << 20;

/// What the `t` of a cell says its value is (ECMA-376 18.18.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stored {
    #[default]
    Number,
    Shared,
    Inline,
    Text,
    Bool,
    Error,
    Iso,
}

/// A formula in a cell.
#[derive(Debug, Clone, Default)]
pub struct Formula {
    /// The whole element, its tag, and the text in it.
    pub whole: Range<usize>,
    pub tag: Range<usize>,
    pub text: Range<usize>,
}

/// A cell, as ranges of its row's octets.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// From 1.
    pub column: u32,
    pub style: u32,
    pub stored: Stored,
    pub tag: Range<usize>,
    /// Where its reference stands in the row, if it has one.
    pub reference: Option<Range<usize>>,
    pub formula: Option<Formula>,
    /// The content of `<v>` or `<is>`.
    pub value: Option<Range<usize>>,
}

/// A row with its cells.
#[derive(Debug, Default)]
pub struct Row {
    pub raw: Vec<u8>,
    /// From 1.
    pub number: u32,
    /// The length of its opening tag, and whether that is all.
    pub tag: usize,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn octets(&self, range: &Range<usize>) -> &[u8] {
        &self.raw[range.clone()]
    }

    /// The name of a cell's place.
    pub fn place(&self, cell: &Cell) -> String {
        format!("{}{}", column_name(cell.column), self.number)
    }
}

/// What a sheet's next piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Row,
    Markup(Kind),
}

/// Reads a sheet.
pub struct Sheet<R> {
    pub xml: Xml<R>,
    pub row: Row,
    in_data: bool,
}

impl<R: BufRead> Sheet<R> {
    pub fn new(from: R) -> Self {
        Self { xml: Xml::new(from), row: Row::default(), in_data: false }
    }

    /// The next piece: a row stands in `row`, other markup in `xml`.
    pub fn next(&mut self) -> Result<Option<Piece>, Fault> {
        let Some(kind) = self.xml.next()? else { return Ok(None) };
        let name = local(self.xml.raw());
        match (kind, name) {
            (Kind::Start, b"sheetData") => self.in_data = true,
            (Kind::End, b"sheetData") => self.in_data = false,
            (Kind::Start | Kind::Empty, b"row") if self.in_data => {
                self.begin_row()?;
                if kind == Kind::Start {
                    self.fill_row()?;
                }
                return Ok(Some(Piece::Row));
            }
            _ => {}
        }
        Ok(Some(Piece::Markup(kind)))
    }

    fn begin_row(&mut self) -> Result<(), Fault> {
        let tag = self.xml.raw();
        let given = attributes(tag).find(|(n, _)| *n == b"r");
        let number = match given {
            Some((_, at)) => number(&tag[at]).filter(|n| *n > self.row.number && *n <= MAX_ROW),
            None => Some(self.row.number + 1).filter(|n| *n <= MAX_ROW),
        };
        let after = self.row.number;
        self.row.number = number.ok_or_else(|| {
            Fault::at(
                format!("after row {after}"),
                "the rows of the sheet are not numbered in order; open the workbook, save it again and seed that file",
            )
        })?;
        self.row.raw.clear();
        self.row.cells.clear();
        self.row.raw.extend_from_slice(tag);
        self.row.tag = tag.len();
        Ok(())
    }

    /// Reads cells up to the end of the row.
    fn fill_row(&mut self) -> Result<(), Fault> {
        let mut inside = Inside::Row;
        loop {
            let at = self.row.raw.len();
            let kind = self.xml.next()?.filter(|_| at < MAX_ROW_OCTETS).ok_or_else(|| {
                Fault::at(format!("row {}", self.row.number), "the row is longer than 32 MiB or has no end")
            })?;
            let raw = self.xml.raw();
            self.row.raw.extend_from_slice(raw);
            let end = self.row.raw.len();
            match (kind, local(raw), inside) {
                (Kind::End, b"row", _) => return Ok(()),
                (Kind::Start | Kind::Empty, b"c", Inside::Row) => {
                    let last = self.row.cells.last().map_or(0, |c| c.column);
                    let cell = cell(raw, at, last, self.row.number)?;
                    self.row.cells.push(cell);
                    inside = if kind == Kind::Start { Inside::Cell } else { Inside::Row };
                }
                (Kind::End, b"c", _) => inside = Inside::Row,
                (Kind::Start | Kind::Empty, b"f", Inside::Cell) => {
                    let formula = Formula { whole: at..end, tag: at..end, text: end..end };
                    self.last().formula = Some(formula);
                    inside = if kind == Kind::Start { Inside::Formula } else { Inside::Cell };
                }
                (Kind::End, b"f", Inside::Formula) => {
                    if let Some(f) = &mut self.last().formula {
                        (f.text.end, f.whole.end) = (at, end);
                    }
                    inside = Inside::Cell;
                }
                (Kind::Start, b"v" | b"is", Inside::Cell) => {
                    self.last().value = Some(end..end);
                    inside = Inside::Value;
                }
                (Kind::End, b"v" | b"is", Inside::Value) => {
                    if let Some(value) = &mut self.last().value {
                        value.end = at;
                    }
                    inside = Inside::Cell;
                }
                _ => {}
            }
        }
    }

    fn last(&mut self) -> &mut Cell {
        if self.row.cells.is_empty() {
            self.row.cells.push(Cell::default());
        }
        let last = self.row.cells.len() - 1;
        &mut self.row.cells[last]
    }
}

#[derive(Clone, Copy)]
enum Inside {
    Row,
    Cell,
    Formula,
    Value,
}

fn number(octets: &[u8]) -> Option<u32> {
    std::str::from_utf8(octets).ok()?.parse().ok()
}

/// A cell from its tag, which stands at `at` of its row.
fn cell(tag: &[u8], at: usize, last: u32, row: u32) -> Result<Cell, Fault> {
    let mut cell = Cell { column: last + 1, tag: at..at + tag.len(), ..Cell::default() };
    for (name, value) in attributes(tag) {
        let text = &tag[value.clone()];
        match name {
            b"r" => {
                let point = std::str::from_utf8(text).ok().and_then(Point::parse);
                cell.column = point.filter(|p| p.row == row && p.column > last).map_or(0, |p| p.column);
                cell.reference = Some(at + value.start..at + value.end);
            }
            b"s" => cell.style = number(text).unwrap_or(0),
            b"t" => cell.stored = stored(text),
            _ => {}
        }
    }
    if cell.column == 0 || cell.column > 16_384 {
        let what = "the cells of the row are not in order; open the workbook, save it again and seed that file";
        return Err(Fault::at(format!("row {row}"), what));
    }
    Ok(cell)
}

fn stored(t: &[u8]) -> Stored {
    match t {
        b"s" => Stored::Shared,
        b"inlineStr" => Stored::Inline,
        b"str" => Stored::Text,
        b"b" => Stored::Bool,
        b"e" => Stored::Error,
        b"d" => Stored::Iso,
        _ => Stored::Number,
    }
}
