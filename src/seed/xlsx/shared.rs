//! Shared formulas of a sheet: one cell has the text, others below or beside it
//! only the group's number (ECMA-376 18.3.1.40).

use std::collections::HashMap;

use super::formula::{filled, keeps_to_row};
use super::shift::Point;

/// The most text of shared formulas that is held, in octets.
const MAX_TEXT: usize = 64 << 20;

/// A group.
#[derive(Debug)]
struct Group {
    row: u32,
    column: u32,
    /// The last row of the cells it is for.
    last: u32,
    text: String,
    keeps: bool,
}

/// All groups met so far.
#[derive(Debug, Default)]
pub struct Shared {
    groups: HashMap<String, Group>,
    held: usize,
}

impl Shared {
    /// Takes note of the cell that has a group's text; false if that is too much to hold.
    pub fn meet(&mut self, si: String, row: u32, column: u32, area: &str, text: String) -> bool {
        let last = area.rsplit(':').next().and_then(Point::parse).map_or(row, |p| p.row);
        self.held += text.len() + si.len();
        let keeps = keeps_to_row(&text, row);
        self.groups.insert(si, Group { row, column, last, text, keeps });
        self.held <= MAX_TEXT
    }

    /// Whether the group can stay one when rows come in between.
    pub fn keeps(&self, si: &str) -> bool {
        self.groups.get(si).is_some_and(|g| g.keeps)
    }

    /// Whether a group that can stay one goes on into `row` (as rows were counted before).
    pub fn reaches(&self, si: &str, row: u32) -> bool {
        self.groups.get(si).is_some_and(|g| g.keeps && g.row < row && row <= g.last)
    }

    /// What a cell of the group computes.
    pub fn formula(&self, si: &str, row: u32, column: u32) -> Option<String> {
        let group = self.groups.get(si)?;
        Some(filled(&group.text, row as i64 - group.row as i64, column as i64 - group.column as i64))
    }
}
