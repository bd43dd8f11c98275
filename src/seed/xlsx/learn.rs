//! What is learned while a table is read: where its rows stand, where it ends,
//! and how each column writes its values, so that canaries are written alike.

use std::collections::VecDeque;

use super::book::Book;
use super::fault::Fault;
use super::ground::{Ground, top_string};
use super::rows::{Cell, Piece, Row, Stored};
use super::shift::MAX_ROW;
use super::value::Look;
use crate::seed::{Each, Meter};

/// Rows that may turn out to stand below the table are held back, at most so many.
const MAX_HELD: usize = 64;
/// What the first text of a row of totals says.
const TOTALS: [&str; 10] =
    ["合计", "总计", "小计", "合計", "總計", "total", "totals", "grand total", "sum", "subtotal"];

/// How a value is written in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    Shared,
    Inline,
    Text,
    Number,
    Date,
    Bool,
    Error,
    Iso,
}

/// All forms, as `Habit` counts them.
pub const FORMS: [Form; 8] =
    [Form::Shared, Form::Inline, Form::Text, Form::Number, Form::Date, Form::Bool, Form::Error, Form::Iso];

/// How a column writes its values.
#[derive(Debug, Clone, Default)]
pub struct Habit {
    pub counts: [u64; 8],
    /// The style last met with each form.
    pub styles: [u32; 8],
    /// Cells with a formula.
    pub formulas: u64,
}

impl Habit {
    /// Whether the column is computed.
    pub fn computed(&self) -> bool {
        self.formulas * 2 > self.counts.iter().sum::<u64>().max(1)
    }

    /// The forms met, the most common first.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = FORMS.into_iter().filter(|f| self.counts[*f as usize] > 0).collect();
        forms.sort_by_key(|f| std::cmp::Reverse(self.counts[*f as usize]));
        forms
    }
}

/// What a table is like.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    pub count: u64,
    pub habits: Vec<Habit>,
    /// Where the distance of row numbers changes: number among data rows (from 1), row of the sheet.
    breaks: Vec<(u64, u32)>,
    /// For each data row, one more than its highest shared string.
    tops: Vec<u32>,
    /// Whether shared strings are numbered in the order in which the rows use them.
    in_order: bool,
    pub last: u32,
    /// The last row of the sheet that is written at all.
    pub sheet_end: u32,
    pub formulas: bool,
}

impl Learned {
    /// The sheet's row of a data row, counted from 1.
    pub fn row_of(&self, number: u64) -> u32 {
        let at = self.breaks.partition_point(|(n, _)| *n <= number);
        let (first, row) = self.breaks[at.saturating_sub(1)];
        row + (number - first) as u32
    }

    /// The data row that a row of the sheet is.
    pub fn number_of(&self, row: u32) -> Option<u64> {
        let at = self.breaks.partition_point(|(_, r)| *r <= row).checked_sub(1)?;
        let number = self.breaks[at].0 + (row - self.breaks[at].1) as u64;
        (row <= self.last && self.breaks.get(at + 1).is_none_or(|b| number < b.0)).then_some(number)
    }

    /// Before which shared string a new one of a row after so many goes.
    pub fn string_place(&self, after: u64, header: u32) -> u32 {
        let after = after as usize;
        if self.in_order {
            return self.tops[..after].iter().copied().max().unwrap_or(0).max(header);
        }
        self.tops.get(after.saturating_sub(1)).copied().filter(|t| *t > 0).unwrap_or(header)
    }

    fn accept(&mut self, row: &Held) {
        self.count += 1;
        let due = self.breaks.last().map(|(n, r)| *r as u64 + (self.count - n));
        if due != Some(row.number as u64) {
            self.breaks.push((self.count, row.number));
        }
        self.last = row.number;
        self.tops.push(row.top);
        for (at, form, style, formula) in &row.facts {
            let habit = &mut self.habits[*at];
            habit.formulas += u64::from(*formula);
            if let Some(form) = form {
                habit.counts[*form as usize] += 1;
                habit.styles[*form as usize] = *style;
            }
        }
    }

    fn settle(&mut self, header: u32) {
        let (mut top, mut steps, mut jumps) = (header, 0u64, 0u64);
        for row in self.tops.iter().filter(|t| **t > 0) {
            if *row > top {
                steps += 1;
                jumps += u64::from(*row - top > self.habits.len() as u32 * 2);
                top = *row;
            }
        }
        self.in_order = jumps * 100 <= steps + 200;
    }
}

/// A row that was read but not yet handed over.
struct Held {
    number: u32,
    top: u32,
    texts: Vec<Option<String>>,
    facts: Vec<(usize, Option<Form>, u32, bool)>,
}

/// Reads all rows of the table.
pub fn learn(book: &Book, ground: &Ground, each: Each<'_>, meter: Meter<'_>) -> Result<Learned, Fault> {
    let (mut sheet, size) = book.read_sheet(&ground.sheet)?;
    let mut learned = Learned { habits: vec![Habit::default(); ground.names.len()], ..Learned::default() };
    let mut held: VecDeque<Held> = VecDeque::new();
    let mut told = 0;
    let mut hand_over = |learned: &mut Learned, row: Held| {
        learned.accept(&row);
        let cells: Vec<Option<&str>> = row.texts.iter().map(|t| t.as_deref()).collect();
        each.meet(&cells);
    };
    let within = |f: Fault| f.within(&format!("sheet {}", ground.sheet.name));
    while let Some(piece) = sheet.next().map_err(within)? {
        if sheet.xml.done - told > 1 << 20 {
            told = sheet.xml.done;
            meter(told, size);
        }
        if piece != Piece::Row {
            continue;
        }
        learned.sheet_end = sheet.row.number;
        learned.formulas |= sheet.row.cells.iter().any(|c| c.formula.is_some());
        if sheet.row.number <= ground.header || ground.end.is_some_and(|end| sheet.row.number > end) {
            continue;
        }
        let row = read(book, ground, &sheet.row).map_err(within)?;
        if row.texts.iter().all(Option::is_none) {
            continue;
        }
        if ground.end.is_none() && held.len() < MAX_HELD && is_below(&row, &learned, ground) {
            held.push_back(row);
            continue;
        }
        held.drain(..).for_each(|row| hand_over(&mut learned, row));
        hand_over(&mut learned, row);
    }
    meter(size, size);
    learned.settle(ground.strings);
    check(&learned, ground)?;
    Ok(learned)
}

fn check(learned: &Learned, ground: &Ground) -> Result<(), Fault> {
    let at = |what: &str| Err(Fault::at(format!("sheet {}", ground.sheet.name), what));
    match learned.count {
        0 if learned.formulas => at(
            "the sheet has formulas but no saved values; open it in a spreadsheet program, save it and seed that file",
        ),
        0 => at("the table has a header but no rows to learn from"),
        _ => Ok(()),
    }
}

fn read(book: &Book, ground: &Ground, row: &Row) -> Result<Held, Fault> {
    let width = ground.names.len();
    let mut held = Held { number: row.number, top: top_string(row), texts: vec![None; width], facts: Vec::new() };
    for cell in &row.cells {
        let Some(at) = cell.column.checked_sub(ground.first_column).filter(|at| (*at as usize) < width) else {
            continue;
        };
        let at = at as usize;
        let text = book.text(row, cell)?;
        let form = text.is_some().then(|| form(book, cell));
        held.facts.push((at, form, cell.style, cell.formula.is_some()));
        held.texts[at] = text.map(|t| t.into_owned());
    }
    Ok(held)
}

/// The form of a cell that has a value.
pub fn form(book: &Book, cell: &Cell) -> Form {
    match cell.stored {
        Stored::Number if book.look(cell) == Look::Date => Form::Date,
        Stored::Number => Form::Number,
        Stored::Shared => Form::Shared,
        Stored::Inline => Form::Inline,
        Stored::Text => Form::Text,
        Stored::Bool => Form::Bool,
        Stored::Error => Form::Error,
        Stored::Iso => Form::Iso,
    }
}

/// Whether a row looks like totals or a note below the table.
fn is_below(row: &Held, learned: &Learned, ground: &Ground) -> bool {
    if learned.count == 0 {
        return false;
    }
    let first = row.texts.iter().flatten().next().map(|t| t.trim().trim_end_matches([':', '：']).to_lowercase());
    if first.is_some_and(|t| TOTALS.contains(&t.as_str())) {
        return true;
    }
    let filled = row.texts.iter().flatten().count();
    let adds = row.facts.iter().any(|(at, _, _, formula)| *formula && learned.habits[*at].formulas == 0);
    row.number > learned.last + 1 && (filled * 2 < ground.names.len() || adds)
}

/// How many rows more the sheet can take.
pub fn room(learned: &Learned) -> u64 {
    (MAX_ROW - learned.sheet_end) as u64
}
