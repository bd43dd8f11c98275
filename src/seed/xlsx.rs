//! Workbooks (Office Open XML, ECMA-376): one table on one sheet. Rows are put
//! into the sheet's own markup, and everything that names rows follows; parts
//! that are not concerned stay octet for octet. No program computes anything here.
//!
//! `zip` and `xml` keep octets, `book`, `styles`, `strings` and `rows` read parts, `ground` and `learn` find the
//! table and its habits, `shift` and `formula` move references, `plant`, `patch`, `parts` and `copy` write.

mod book;
mod copy;
mod fault;
mod formula;
mod ground;
mod learn;
mod parts;
mod patch;
mod plant;
mod rows;
mod shared;
mod shift;
mod strings;
mod styles;
mod value;
mod xml;
mod zip;

use std::fs::File;
use std::path::{Path, PathBuf};

use self::book::Book;
use self::fault::Fault;
use self::ground::Ground;
use self::learn::Learned;
use self::zip::Archive;
use super::{Each, Format, Meter, SeedError};
use crate::identity::Row;

/// A workbook with a table.
pub struct Xlsx {
    path: PathBuf,
    book: Book,
    ground: Ground,
    learned: Option<Learned>,
}

impl Xlsx {
    /// Opens a workbook and finds its table: on `sheet`, or on the first visible sheet that has one.
    pub fn open(path: &Path, sheet: Option<&str>) -> Result<Self, SeedError> {
        let open = || {
            let book = Book::open(Archive::open(path)?)?;
            let ground = book.ground(sheet)?;
            Ok((book, ground))
        };
        let (book, ground) = open().map_err(|f: Fault| f.of(path))?;
        Ok(Self { path: path.to_owned(), book, ground, learned: None })
    }

    /// The name of the sheet the table is on.
    pub fn sheet(&self) -> &str {
        &self.ground.sheet.name
    }

    fn learned(&self) -> Result<&Learned, SeedError> {
        self.learned
            .as_ref()
            .ok_or_else(|| Fault::whole("the table was not read before it is copied: read it first").of(&self.path))
    }
}

impl Format for Xlsx {
    fn columns(&self) -> &[String] {
        &self.ground.names
    }

    fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let learned = learn::learn(&self.book, &self.ground, each, meter).map_err(|f| f.of(&self.path))?;
        let count = learned.count;
        self.learned = Some(learned);
        Ok(count)
    }

    fn copy(&mut self, rows: &[(u64, Row)], to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        let learned = self.learned()?;
        self.write_copy(learned, rows, to, meter).map_err(|f| f.of(&self.path))
    }

    fn last_place(&mut self) -> Result<u64, SeedError> {
        Ok(self.learned()?.count)
    }
}

#[cfg(test)]
mod tests;
