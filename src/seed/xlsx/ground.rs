//! Where on a sheet the table lies: its header row, its columns and, if a table
//! part says so, its last row. Reads cells as the texts a person sees.

use std::borrow::Cow;

use super::book::{Book, SheetName};
use super::fault::Fault;
use super::rows::{Cell, Piece, Row, Sheet, Stored};
use super::shift::column_name;
use super::strings::{inline_text, plain};
use super::value::{Look, text_of_number};
use super::xml::unescape;
use super::zip::EntryReader;

/// The place of a table.
#[derive(Debug, Clone)]
pub struct Ground {
    pub sheet: SheetName,
    pub header: u32,
    pub first_column: u32,
    pub names: Vec<String>,
    /// The last row of data, if a table part says it.
    pub end: Option<u32>,
    /// One more than the highest shared string up to the header.
    pub strings: u32,
}

impl Book {
    /// Finds the table: on the sheet of this name, or on the first visible one that has one.
    pub fn ground(&self, sheet: Option<&str>) -> Result<Ground, Fault> {
        if let Some(name) = sheet {
            let sheet = self.sheet(name)?;
            return self.ground_of(sheet)?.ok_or_else(|| empty(sheet));
        }
        for sheet in self.sheets.iter().filter(|s| s.visible) {
            if let Some(ground) = self.ground_of(sheet)? {
                return Ok(ground);
            }
        }
        Err(match self.sheets.iter().find(|s| s.visible) {
            Some(sheet) => empty(sheet),
            None => {
                Fault::whole("the workbook has no visible sheet of cells; say which sheet, or show it and save again")
            }
        })
    }

    /// The sheet from its beginning.
    pub fn read_sheet(&self, sheet: &SheetName) -> Result<(Sheet<EntryReader>, u64), Fault> {
        let entry = self.archive.find(&sheet.part).ok_or_else(|| {
            Fault::at(format!("sheet {}", sheet.name), "its part is missing; open the workbook and save it again")
        })?;
        Ok((Sheet::new(self.archive.read(entry)?), entry.size))
    }

    fn ground_of(&self, sheet: &SheetName) -> Result<Option<Ground>, Fault> {
        let table = self.table(sheet)?;
        let (mut rows, _) = self.read_sheet(sheet)?;
        let mut header: Option<(u32, Vec<(u32, String)>)> = None;
        let mut strings = 0;
        let within = |f: Fault| f.within(&format!("sheet {}", sheet.name));
        while let Some(piece) = rows.next().map_err(within)? {
            if piece != Piece::Row || table.is_some_and(|t| rows.row.number < t.header) {
                continue;
            }
            let mut texts = self.texts(&rows.row).map_err(within)?;
            if let Some(t) = table {
                texts.retain(|(column, _)| (t.first_column..=t.last_column).contains(column));
            }
            match &header {
                _ if texts.is_empty() => continue,
                // A title stands alone in its row; the header has a name for each column.
                Some((_, names)) if names.len() > 1 || texts.len() == 1 || table.is_some() => break,
                _ => {}
            }
            strings = strings.max(top_string(&rows.row));
            header = Some((rows.row.number, texts));
        }
        let Some((number, texts)) = header else { return Ok(None) };
        let (first_column, names) = names(&sheet.name, number, &texts)?;
        let end = table.map(|t| t.last);
        Ok(Some(Ground { sheet: sheet.clone(), header: number, first_column, names, end, strings }))
    }

    /// The texts of a row's cells that have any, by column.
    fn texts(&self, row: &Row) -> Result<Vec<(u32, String)>, Fault> {
        let text = |cell| Ok(self.text(row, cell)?.map(|t| (cell.column, t.into_owned())));
        let texts: Result<Vec<_>, Fault> = row.cells.iter().map(text).collect();
        Ok(texts?.into_iter().flatten().collect())
    }

    /// What a person sees in a cell; nothing if that is nothing.
    pub fn text<'a>(&'a self, row: &'a Row, cell: &Cell) -> Result<Option<Cow<'a, str>>, Fault> {
        let Some(value) = &cell.value else { return Ok(None) };
        let octets = row.octets(value);
        let at = |f: Fault| f.within(&row.place(cell));
        let text = match cell.stored {
            Stored::Shared => Cow::Borrowed(self.shared(octets).map_err(at)?),
            Stored::Inline => Cow::Owned(inline_text(octets).map_err(at)?),
            Stored::Text => Cow::Owned(plain(&unescape(octets).map_err(at)?)),
            Stored::Error => unescape(octets).map_err(at)?,
            Stored::Bool => Cow::Borrowed(if octets == b"1" || octets == b"true" { "TRUE" } else { "FALSE" }),
            Stored::Iso => Cow::Owned(iso_text(&unescape(octets).map_err(at)?)),
            Stored::Number if octets.is_empty() => return Ok(None),
            Stored::Number => {
                let text = unescape(octets).map_err(at)?;
                Cow::Owned(text_of_number(text.trim(), self.look(cell), self.epoch))
            }
        };
        Ok(Some(text).filter(|t| !t.is_empty()))
    }

    /// How a cell shows numbers.
    pub fn look(&self, cell: &Cell) -> Look {
        self.styles.look(cell.style)
    }

    fn shared(&self, octets: &[u8]) -> Result<&str, Fault> {
        let number = std::str::from_utf8(octets).ok().and_then(|t| t.trim().parse().ok());
        number.and_then(|n| self.strings.get(n)).ok_or_else(|| {
            Fault::whole("the cell's text is missing from the shared strings; open the workbook and save it again")
        })
    }
}

/// One more than the highest number of a shared string in a row; 0 if it has none.
pub fn top_string(row: &Row) -> u32 {
    let number = |c: &Cell| std::str::from_utf8(row.octets(c.value.as_ref()?)).ok()?.trim().parse::<u32>().ok();
    row.cells
        .iter()
        .filter(|c| c.stored == Stored::Shared)
        .filter_map(number)
        .map(|n| n.saturating_add(1))
        .max()
        .unwrap_or(0)
}

/// An ISO date of a strict workbook as the others are shown.
fn iso_text(value: &str) -> String {
    let text = value.replacen('T', " ", 1);
    text.strip_suffix(" 00:00:00").map_or(text.clone(), str::to_owned)
}

fn empty(sheet: &SheetName) -> Fault {
    let what = "the sheet is empty: it needs a header row with the names of the columns, and rows below it";
    Fault::at(format!("sheet {}", sheet.name), what)
}

fn names(sheet: &str, row: u32, texts: &[(u32, String)]) -> Result<(u32, Vec<String>), Fault> {
    let first = texts.first().map_or(1, |t| t.0);
    let place = |column| format!("sheet {sheet}, cell {}{row}", column_name(column));
    let mut names: Vec<String> = Vec::new();
    for (column, text) in texts {
        let due = first + names.len() as u32;
        if *column != due {
            return Err(Fault::at(
                place(due),
                "this cell of the header row is empty; put the name of the column there",
            ));
        }
        let name = text.trim().to_owned();
        if names.contains(&name) || name.is_empty() {
            let what = format!("the header row has {name:?} twice or without a name; give each column its own name");
            return Err(Fault::at(place(*column), what));
        }
        names.push(name);
    }
    Ok((first, names))
}
