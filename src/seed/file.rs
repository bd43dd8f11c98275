//! A file as a table: rows go between the rows of a copy, which appears whole or not
//! at all. Locations are the numbers of rows in that copy (`row 17`), from 1.
//!
//! What kind of file it is, `kind` finds; how it is read and written again is the
//! `Format`'s; that the output is whole, durable and never the input is `whole`'s.

mod kind;
mod whole;

use async_trait::async_trait;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub use self::kind::Kind;
use super::{Cells, Each, Format, Found, Meter, Planting, SeedError, Table};
use crate::identity::{Drawn, Row, Spot};

/// A file, and where its seeded copy goes.
pub struct FileTable {
    input: PathBuf,
    output: PathBuf,
    kind: Kind,
    part: Option<String>,
    format: Box<dyn Format>,
}

impl FileTable {
    /// Opens a file, whatever kind it is of. An output that is the input itself is refused.
    /// `part` is the sheet of a workbook that is meant.
    pub fn open(input: &Path, output: &Path, part: Option<&str>) -> Result<Self, SeedError> {
        whole::refuse_same(input, output)?;
        let kind = Kind::find(input)?;
        let format = kind.open(input, part)?;
        Ok(Self { input: input.to_owned(), output: output.to_owned(), kind, part: part.map(str::to_owned), format })
    }

    /// Where the copy of a file goes if nobody says: beside it, named after the source.
    /// `a.csv.gz` becomes `a.acme.csv.gz`.
    pub fn default_output(input: &Path, source: &str) -> PathBuf {
        let name = input.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let packed = [".gz", ".zst"].into_iter().find(|end| name.to_ascii_lowercase().ends_with(end)).unwrap_or("");
        let (bare, packed) = name.split_at(name.len() - packed.len());
        let at = bare.rfind('.').filter(|at| *at > 0).unwrap_or(bare.len());
        input.with_file_name(format!("{}.{source}{}{packed}", &bare[..at], &bare[at..]))
    }

    /// Rows to be planted with their numbers, ascending.
    fn numbered(&self, rows: &[Planting]) -> Result<Vec<(u64, Row)>, SeedError> {
        let number = |row: &Planting| {
            let wrong = || {
                self.wrong(format!("a canary has no place in a file: {:?} is not the number of a row", row.location))
            };
            row_number(&row.location).map(|n| (n, row.cells.clone())).ok_or_else(wrong)
        };
        let mut rows = rows.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|(n, _)| *n);
        match rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(self.wrong(format!("two canaries are to stand in row {}; seed again", pair[0].0))),
            None => Ok(rows),
        }
    }

    fn wrong(&self, what: String) -> SeedError {
        SeedError::Table { path: self.input.display().to_string(), what }
    }
}

#[async_trait]
impl Table for FileTable {
    fn columns(&self) -> &[String] {
        self.format.columns()
    }

    async fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        self.format.scan(each, meter)
    }

    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError> {
        let last = self.format.last_place()?;
        let before = |n: usize| {
            let before = match rows[n].spot {
                Spot::First => 0,
                Spot::After(row) | Spot::Sorted { otherwise: row, .. } => row + 1,
            };
            before.min(last)
        };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|n| before(*n));
        let mut locations = vec![String::new(); rows.len()];
        for (planted, n) in order.into_iter().enumerate() {
            locations[n] = format!("row {}", before(n) + planted as u64 + 1);
        }
        Ok(locations)
    }

    async fn plant(&mut self, rows: &[Planting], meter: Meter<'_>) -> Result<Vec<Planting>, SeedError> {
        let numbered = self.numbered(rows)?;
        whole::write(&self.input, &self.output, |to| self.format.copy(&numbered, to, meter))?;
        Ok(rows.to_vec())
    }

    async fn look(&mut self, rows: &[Planting]) -> Result<Vec<Found>, SeedError> {
        let mut found = vec![Found::Gone; rows.len()];
        if !self.output.exists() {
            return Ok(found);
        }
        let number = |(n, row): (usize, &Planting)| Some((row_number(&row.location)?, n));
        let wanted: HashMap<u64, usize> = rows.iter().enumerate().filter_map(number).collect();
        let mut copy = self.kind.open(&self.output, self.part.as_deref())?;
        let mut number = 0;
        let mut meet = |cells: &Cells<'_>| {
            number += 1;
            if let Some(n) = wanted.get(&number).filter(|n| is_same(&rows[**n].cells, cells)) {
                found[*n] = Found::Standing;
            }
        };
        copy.scan(&mut meet, &mut |_, _| ())?;
        Ok(found)
    }

    async fn remove(&mut self, _: &[Planting], _: bool) -> Result<usize, SeedError> {
        // The copy is a file of its own: whoever holds it gets the clean one instead.
        Ok(0)
    }

    fn output(&self) -> String {
        self.output.display().to_string()
    }
}

/// The number of a row of the output, counted from 1.
fn row_number(location: &str) -> Option<u64> {
    location.strip_prefix("row ")?.parse().ok().filter(|n| *n > 0)
}

/// Nothing and an empty text are the same: not every kind of file can tell them apart.
fn is_same(row: &Row, cells: &Cells<'_>) -> bool {
    row.len() == cells.len()
        && row.iter().zip(cells).all(|(a, b)| a.as_deref().unwrap_or_default() == b.unwrap_or_default())
}

#[cfg(test)]
mod tests;
