//! JSON lines: one object a line, its keys the columns. Every line of the file goes to
//! the output octet for octet; canaries are written with the order of keys, the
//! spacing, the escapes and the types that the lines around them have.
//!
//! `object` reads a line, `columns` knows the keys, `habit`, `escaping` and `spacing`
//! how values and lines are written. Blocks and the writing of the file are `text`'s.

mod columns;
mod escaping;
mod habit;
mod object;
mod spacing;

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use self::columns::Columns;
use self::escaping::Escaping;
use self::habit::Habit;
use self::spacing::Spacing;
use super::packing::Input;
use super::text::{Blocks, Charset, Marks, Piece, Weave, at_line, line_end};
use super::{Each, Format, Meter, SeedError};
use crate::identity::Row;

const LINE_END: u8 = b'\n';

/// A file of one JSON object a line.
pub struct JsonLines {
    input: Input,
    charset: Charset,
    columns: Columns,
    habits: Vec<Habit>,
    escaping: Escaping,
    spacing: Option<Spacing>,
    marks: Marks,
    /// The line end of the last line that has one.
    usual_end: &'static str,
}

impl JsonLines {
    /// Opens a file and reads it once for its keys.
    pub fn open(path: &Path) -> Result<Self, SeedError> {
        let input = Input::open(path)?;
        let mut head = [0u8; 64];
        let read = input.source()?.fill(&mut head).map_err(|e| input.reading(e))?;
        let charset = Charset::marked(&head[..read]).unwrap_or(Charset::UTF8);
        if !charset.is_utf8() {
            return Err(input.table("the file is in UTF-16; JSON lines are UTF-8 (RFC 8259): convert it (iconv -f UTF-16 -t UTF-8) and seed again"));
        }
        let (columns, marks) = (Columns::default(), Marks::new(charset.mark.len() as u64));
        let (habits, escaping, spacing) = (Vec::new(), Escaping::default(), None);
        let mut file = Self { input, charset, columns, habits, escaping, spacing, marks, usual_end: "\n" };
        file.refuse_array(&head[charset.mark.len()..read])?;
        file.pass(&mut |_, line, _| line.keys(), &mut |_, _| ())?;
        file.habits = vec![Habit::default(); file.columns.names.len()];
        Ok(file)
    }

    fn refuse_array(&self, head: &[u8]) -> Result<(), SeedError> {
        match head.trim_ascii_start().first() {
            Some(b'[') => Err(self.input.table(
                "this is one JSON array, not one object a line; convert it (jq -c '.[]' FILE > FILE.jsonl) and seed the result",
            )),
            _ => Ok(()),
        }
    }

    /// Hands over line by line; returns how many there were.
    fn pass(&mut self, meet: Meet<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let input = self.input.clone();
        let mut blocks = Blocks::open(&input, self.charset, LINE_END)?;
        let (mut marks, mut rows, mut room) = (Marks::new(self.charset.mark.len() as u64), 0, Vec::new());
        while let Some(block) = blocks.next()? {
            let mut at = 0;
            for line in block.text.split_inclusive('\n') {
                if !line.trim_ascii().is_empty() {
                    let mut this = Line { text: line, columns: &mut self.columns, row: &mut room };
                    let met = meet(
                        rows,
                        &mut this,
                        &mut Learned {
                            habits: &mut self.habits,
                            escaping: &mut self.escaping,
                            spacing: &mut self.spacing,
                        },
                    );
                    met.map_err(|wrong| {
                        at_line(&input, self.charset, LINE_END, block.at + at as u64, wrong.what(line))
                    })?;
                    rows += 1;
                    let end = line_end(line);
                    marks.finish(block.at + (at + line.len()) as u64, rows, end.is_empty());
                    self.usual_end = ["\r\n", "\n"].into_iter().find(|e| *e == end).unwrap_or(self.usual_end);
                }
                at += line.len();
            }
            marks.meet(block.at + at as u64, rows);
            blocks.consume(at);
            blocks.report(meter);
        }
        input.check_unchanged()?;
        if rows == 0 {
            return Err(self
                .input
                .table("the file has no rows to learn from: it is empty; name one that has a JSON object a line"));
        }
        self.marks = marks;
        Ok(rows)
    }

    /// A new row as a line.
    fn encode(&self, cells: &Row, line_end: &str) -> Result<Vec<u8>, SeedError> {
        let (spacing, rows) = (self.spacing.clone().unwrap_or_default(), self.marks.rows());
        let mut line = spacing.open.clone();
        let mut is_first = true;
        for n in self.columns.order() {
            let cell = cells.get(n).and_then(Option::as_deref);
            let value = self.habits[n].write(cell, rows, &self.escaping).map_err(|_| self.unfit(n, cell))?;
            let Some(value) = value else { continue };
            if !is_first {
                line.push_str(&spacing.comma);
            }
            is_first = false;
            line.extend([&self.escaping.write(&self.columns.names[n]), &spacing.colon, &value].map(String::as_str));
        }
        line.push_str(&spacing.close);
        line.push_str(line_end);
        Ok(line.into_bytes())
    }

    fn unfit(&self, column: usize, cell: Option<&str>) -> SeedError {
        self.input.table(&format!(
            "the value {:?} of a canary is of no JSON type that column {:?} has; leave the column out, or correct its rows, and seed again",
            cell.unwrap_or_default(),
            self.columns.names[column]
        ))
    }
}

/// What is done with a line: its number from 0, the line, and what is learned from it.
type Meet<'a> = &'a mut dyn FnMut(u64, &mut Line<'_, '_>, &mut Learned<'_>) -> Result<(), Wrong>;

/// Habits of writing.
struct Learned<'a> {
    habits: &'a mut Vec<Habit>,
    escaping: &'a mut Escaping,
    spacing: &'a mut Option<Spacing>,
}

/// One line and the columns it is read into.
struct Line<'t, 'c> {
    text: &'t str,
    columns: &'c mut Columns,
    row: &'c mut Vec<usize>,
}

/// Why a line is no row.
enum Wrong {
    Json(serde_json::Error),
    Twice(String),
    TooMany,
    New(String),
}

impl<'t> Line<'t, '_> {
    /// Takes in the keys.
    fn keys(&mut self) -> Result<(), Wrong> {
        self.read(|columns, key, _| columns.add(key).map_err(|_| Wrong::TooMany), |_, _| ())
    }

    /// Reads values by column; what to do with a key that has none is asked.
    fn read(
        &mut self,
        unknown: impl Fn(&mut Columns, &str, usize) -> Result<usize, Wrong>,
        mut meet: impl FnMut(usize, &'t str),
    ) -> Result<(), Wrong> {
        self.row.clear();
        let mut wrong = None;
        let read = object::read(self.text, |key, raw| {
            let place = self.row.len();
            let number = self.columns.number(&key, place).map_or_else(|| unknown(self.columns, &key, place), Ok);
            match number {
                Ok(n) if self.columns.row.get(place) != Some(&n) && self.row.contains(&n) => {
                    wrong = Some(Wrong::Twice(key.into_owned()));
                }
                Ok(n) => {
                    self.row.push(n);
                    meet(n, raw);
                }
                Err(e) => wrong = Some(e),
            }
        });
        read.map_err(Wrong::Json)?;
        wrong.map_or(Ok(()), Err)?;
        self.columns.meet(self.row);
        Ok(())
    }
}

impl Wrong {
    fn what(self, line: &str) -> String {
        match self {
            Self::Json(_) if line.trim() == "{" => "an object begins here that goes on over several lines; write one object a line (jq -c . FILE > FILE.jsonl) and seed the result".to_owned(),
            Self::Json(e) => format!("this line is no whole JSON object ({}); correct or remove it and seed again", reason(&e)),
            Self::Twice(key) => format!("the key {key:?} stands twice in this object; remove one and seed again"),
            Self::TooMany => "there are more than 4096 different keys up to here; write values, not keys, where they differ from row to row".to_owned(),
            Self::New(key) => format!("the key {key:?} was not in this file before; it was changed while it was read, seed again"),
        }
    }
}

/// The parser's own words, its line left out: it is always 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    format!("{words}, character {}", error.column())
}

impl Format for JsonLines {
    fn columns(&self) -> &[String] {
        &self.columns.names
    }

    fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let width = self.columns.names.len();
        (self.habits, self.escaping, self.spacing) = (vec![Habit::default(); width], Escaping::default(), None);
        let mut meet = |_: u64, line: &mut Line<'_, '_>, learned: &mut Learned<'_>| {
            if learned.spacing.is_none() {
                *learned.spacing = Spacing::read(line.text.trim_end_matches(['\n', '\r']));
            }
            let (mut texts, mut wrong) = (vec![None; width], None);
            line.read(
                |_, key, _| Err(Wrong::New(key.to_owned())),
                |n, raw| {
                    learned.habits[n].meet(raw);
                    if raw.starts_with('"') {
                        learned.escaping.meet(raw);
                    }
                    match object::text(raw) {
                        Ok(text) => texts[n] = text,
                        Err(e) => wrong = Some(Wrong::Json(e)),
                    }
                },
            )?;
            wrong.map_or(Ok(()), Err)?;
            let cells: Vec<Option<&str>> = texts.iter().map(|t: &Option<Cow<'_, str>>| t.as_deref()).collect();
            each.meet(&cells);
            Ok(())
        };
        self.pass(&mut meet, meter)
    }

    fn copy(&mut self, rows: &[(u64, Row)], to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        let cut = |text: &str, _: bool, meet: &mut dyn FnMut(Piece) -> bool| {
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let end = start + line.len();
                if !meet(Piece { start, end, is_row: !line.trim_ascii().is_empty() }) {
                    return;
                }
                start = end;
            }
        };
        let weave = Weave {
            input: &self.input,
            charset: self.charset,
            line_end: LINE_END,
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

#[cfg(test)]
mod tests;
