//! A row in one piece of memory that is used again and again, for rows that are
//! mostly thrown away.

use super::{Cells, Row};

/// The cells' texts end to end, and where each ends; nothing for NULL.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flat {
    text: String,
    ends: Vec<Option<u32>>,
}

impl Flat {
    /// Holds these cells from now on.
    pub fn write(&mut self, cells: &Cells<'_>) {
        self.text.clear();
        self.ends.clear();
        for cell in cells {
            if let Some(cell) = cell {
                self.text.push_str(cell);
            }
            self.ends.push(cell.map(|_| self.text.len() as u32));
        }
    }

    /// Holds what another one does.
    pub fn copy(&mut self, other: &Self) {
        self.text.clone_from(&other.text);
        self.ends.clone_from(&other.ends);
    }

    /// A cell; nothing of NULL.
    pub fn cell(&self, column: usize) -> Option<&str> {
        let end = (*self.ends.get(column)?)?;
        let begin = self.ends[..column].iter().rev().find_map(|e| *e).unwrap_or(0);
        self.text.get(begin as usize..end as usize)
    }

    /// The cells as a row.
    pub fn row(&self) -> Row {
        let mut begin = 0;
        let mut cell = |end: &Option<u32>| {
            let end = end.as_ref().map(|e| *e as usize)?;
            let text = self.text.get(begin..end).unwrap_or_default().to_owned();
            begin = end;
            Some(text)
        };
        self.ends.iter().map(&mut cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec(prop::option::of("\\PC{0,9}"), 0..6), 1..4)) {
            let mut flat = Flat::default();
            for row in rows {
                let cells: Vec<Option<&str>> = row.iter().map(|c| c.as_deref()).collect();
                flat.write(&cells);
                prop_assert!((0..row.len() + 1).all(|c| flat.cell(c) == row.get(c).and_then(|cell| cell.as_deref())));
                prop_assert_eq!(flat.row(), row);
            }
        }
    }
}
