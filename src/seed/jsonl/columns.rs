//! Columns of JSON lines: every key of every object, in the order in which they first
//! appear; and the order in which the fullest object has them.

use std::collections::HashMap;

/// A file of persons has hundreds of keys at most; one whose keys are values has no end of them.
const MOST: usize = 4096;

/// The keys of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Columns in the order of the fullest object.
    order: Vec<usize>,
    /// Columns of the object met last, for a guess at the next.
    pub(super) row: Vec<usize>,
}

/// There are more keys than a table has columns.
#[derive(Debug)]
pub(super) struct TooMany;

impl Columns {
    /// The column of a key, given that it stands in an object in that place.
    pub(super) fn number(&self, key: &str, place: usize) -> Option<usize> {
        match self.row.get(place) {
            Some(n) if self.names[*n] == key => Some(*n),
            _ => self.numbers.get(key).copied(),
        }
    }

    /// Takes in a key that has no column yet.
    pub(super) fn add(&mut self, key: &str) -> Result<usize, TooMany> {
        if self.names.len() == MOST {
            return Err(TooMany);
        }
        self.names.push(key.to_owned());
        self.numbers.insert(key.to_owned(), self.names.len() - 1);
        Ok(self.names.len() - 1)
    }

    /// Takes in the columns of a whole object.
    pub(super) fn meet(&mut self, row: &mut Vec<usize>) {
        if row.len() > self.order.len() {
            self.order.clone_from(row);
        }
        std::mem::swap(&mut self.row, row);
    }

    /// All columns as an object has them that has them all.
    pub(super) fn order(&self) -> impl Iterator<Item = usize> {
        let others = (0..self.names.len()).filter(|n| !self.order.contains(n));
        self.order.iter().copied().chain(others)
    }
}
