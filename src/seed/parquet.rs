//! Parquet files: a flat table in row groups. Canaries join the row group in which
//! they stand; schema, metadata, codecs, encodings and statistics stay as they were.
//!
//! `shape` says what a column's values look like as text, `column` reads and writes them, `habits` finds how
//! the file was written. Nested columns and encrypted files are refused.

mod column;
mod guard;
mod habits;
mod shape;

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use self::column::{Column, Value};
use self::guard::guarded;
use self::shape::Shape;
use super::{Each, Format, Meter, SeedError};
use crate::identity::Row;

/// Rows that are held at once.
const BATCH: usize = 4_096;
/// The largest footer that is read, in octets.
const MAX_FOOTER: u64 = 256 << 20;

/// A Parquet file.
pub struct Parquet {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    names: Vec<String>,
    shapes: Vec<Shape>,
    rows: u64,
}

impl Parquet {
    /// Opens a file and reads its schema.
    pub fn open(path: &Path) -> Result<Self, SeedError> {
        let io = |cause| SeedError::Io { doing: "opening", path: path.display().to_string(), cause };
        let mut file = File::open(path).map_err(io)?;
        check_ends(&mut file).map_err(io)?.map_or(Ok(()), |what| Err(table(path, what)))?;
        let reader = guarded(|| SerializedFileReader::new(file)).map_err(|e| table(path, unreadable(&e)))?;
        let meta = reader.metadata().file_metadata();
        let (mut names, mut shapes) = (Vec::new(), Vec::new());
        for field in meta.schema().get_fields() {
            let shape = Shape::of(field).map_err(|what| row(path, format!("column {}", field.name()), what))?;
            names.push(field.name().to_owned());
            shapes.push(shape);
        }
        let rows = meta.num_rows().max(0) as u64;
        if names.is_empty() || rows == 0 {
            return Err(table(path, "the file has no columns or no rows to learn from".to_owned()));
        }
        Ok(Self { path: path.to_owned(), reader, names, shapes, rows })
    }

    fn group(&self, number: usize) -> Result<Box<dyn RowGroupReader + '_>, SeedError> {
        guarded(|| self.reader.get_row_group(number)).map_err(|e| self.fault(number, None, &e))
    }

    fn fault(&self, group: usize, column: Option<usize>, error: &ParquetError) -> SeedError {
        let column = column.map_or(String::new(), |n| format!(", column {}", self.names[n]));
        row(&self.path, format!("row group {}{column}", group + 1), unreadable(error))
    }

    fn columns_of(&self, group: usize) -> Result<Vec<Column>, SeedError> {
        let reader = self.group(group)?;
        let one = |n| {
            let from = guarded(|| reader.get_column_reader(n)).map_err(|e| self.fault(group, Some(n), &e))?;
            Ok(Column::new(from))
        };
        (0..self.names.len()).map(one).collect()
    }

    /// Hands the rows of one group over.
    fn scan_group(&self, group: usize, each: Each<'_>, mut done: impl FnMut(u64)) -> Result<u64, SeedError> {
        let mut columns = self.columns_of(group)?;
        let mut left = self.reader.metadata().row_group(group).num_rows().max(0) as usize;
        let mut count = 0;
        while left > 0 {
            let length = left.min(BATCH);
            let mut texts = Vec::with_capacity(columns.len());
            for (n, column) in columns.iter_mut().enumerate() {
                column.read(length).map_err(|e| self.fault(group, Some(n), &e))?;
                let what = |what| row(&self.path, format!("row group {}, column {}", group + 1, self.names[n]), what);
                texts.push(column.texts(&self.shapes[n]).map_err(what)?);
            }
            for at in 0..length {
                let cells: Vec<Option<&str>> = texts.iter().map(|t| t[at].as_deref()).collect();
                each.meet(&cells);
            }
            left -= length;
            count += length as u64;
            done(length as u64);
        }
        Ok(count)
    }

    /// Where canaries stand and what their values are, all checked before anything is written.
    fn plan(&self, rows: &[(u64, Row)]) -> Result<Plan, SeedError> {
        let mut after: Vec<u64> = Vec::with_capacity(rows.len());
        for (n, (number, cells)) in rows.iter().enumerate() {
            let place = number.checked_sub(n as u64 + 1).filter(|p| *p <= self.rows);
            let rising = after.last().is_none_or(|last| place >= Some(*last));
            let fits = rising && cells.len() == self.names.len();
            let wrong = || table(&self.path, format!("row {number} of the copy cannot be a canary's: seed again"));
            after.push(place.filter(|_| fits).ok_or_else(wrong)?);
        }
        let of = |n: usize| rows.iter().map(|(_, cells)| self.value(n, cells[n].as_deref())).collect();
        let values = (0..self.names.len()).map(of).collect::<Result<_, _>>()?;
        Ok(Plan { after, values })
    }

    fn value(&self, column: usize, text: Option<&str>) -> Result<Option<Value>, SeedError> {
        let refused = |what| row(&self.path, format!("column {}", self.names[column]), what);
        match text {
            Some(text) => self.shapes[column].value(text).map(Some).map_err(refused),
            None if self.shapes[column].optional => Ok(None),
            None => {
                Err(refused("the column takes no empty value, and a canary has none for it; seed again".to_owned()))
            }
        }
    }

    /// Writes one row group with the canaries whose numbers are in `own`.
    fn copy_group<W: Write + Send>(
        &self,
        group: usize,
        start: u64,
        plan: &Plan,
        to: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), SeedError> {
        let length = self.reader.metadata().row_group(group).num_rows().max(0) as u64;
        let own = plan.within(start, start + length, group == 0);
        for (n, mut column) in self.columns_of(group)?.into_iter().enumerate() {
            let wrong = |e: ParquetError| self.fault(group, Some(n), &e);
            let mut out = to.next_column().map_err(wrong)?.ok_or_else(|| {
                row(&self.path, format!("row group {}", group + 1), "the schema and the columns differ".to_owned())
            })?;
            let (mut at, mut next) = (start, own.start);
            while at < start + length || next < own.end {
                while next < own.end && plan.after[next] == at {
                    column.write_one(plan.values[n][next].as_ref(), &mut out).map_err(wrong)?;
                    next += 1;
                }
                let stop = if next < own.end { plan.after[next] } else { start + length };
                let step = (stop - at).min(BATCH as u64);
                if step > 0 {
                    column.read(step as usize).map_err(wrong)?;
                    column.write(&mut out).map_err(wrong)?;
                    at += step;
                }
            }
            out.close().map_err(wrong)?;
        }
        Ok(())
    }

    fn write_copy(&self, plan: &Plan, to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        let written = |e: ParquetError| SeedError::Io {
            doing: "writing the copy of",
            path: self.path.display().to_string(),
            cause: std::io::Error::other(e),
        };
        let properties = guarded(|| habits::properties(&self.reader)).map_err(|e| table(&self.path, unreadable(&e)))?;
        let schema = self.reader.metadata().file_metadata().schema_descr().root_schema_ptr();
        let buffer = BufWriter::with_capacity(1 << 18, &mut *to);
        let mut writer = SerializedFileWriter::new(buffer, schema, Arc::new(properties)).map_err(written)?;
        let mut start = 0;
        for group in 0..self.reader.metadata().num_row_groups() {
            let mut out = writer.next_row_group().map_err(written)?;
            self.copy_group(group, start, plan, &mut out)?;
            out.close().map_err(written)?;
            start += self.reader.metadata().row_group(group).num_rows().max(0) as u64;
            meter(start, self.rows);
        }
        writer.finish().map_err(written)?;
        writer.inner_mut().flush().map_err(|e| written(e.into()))?;
        drop(writer);
        habits::set_version(to, self.reader.metadata().file_metadata().version()).map_err(|e| written(e.into()))
    }
}

/// Canaries in their order.
struct Plan {
    /// How many real rows stand before each.
    after: Vec<u64>,
    /// For each column.
    values: Vec<Vec<Option<Value>>>,
}

impl Plan {
    /// Those that stand after real rows `start` to `end`; the first group has those before all rows too.
    fn within(&self, start: u64, end: u64, first: bool) -> std::ops::Range<usize> {
        let from = if first { 0 } else { self.after.partition_point(|a| *a <= start) };
        from..self.after.partition_point(|a| *a <= end)
    }
}

impl Format for Parquet {
    fn columns(&self) -> &[String] {
        &self.names
    }

    fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let mut count = 0;
        let mut told = 0;
        for group in 0..self.reader.metadata().num_row_groups() {
            count += self.scan_group(group, each, |rows| {
                told += rows;
                meter(told, self.rows);
            })?;
        }
        if count != self.rows {
            let what = format!("the file says it has {} rows, its row groups have {count}; write it again", self.rows);
            return Err(table(&self.path, what));
        }
        Ok(count)
    }

    fn copy(&mut self, rows: &[(u64, Row)], to: &mut File, meter: Meter<'_>) -> Result<(), SeedError> {
        self.write_copy(&self.plan(rows)?, to, meter)
    }

    fn last_place(&mut self) -> Result<u64, SeedError> {
        Ok(self.rows)
    }
}

/// What is wrong with the beginning or end of a file, if anything is.
fn check_ends(file: &mut File) -> std::io::Result<Option<String>> {
    let length = file.metadata()?.len();
    let mut ends = [0; 12];
    if length >= 12 {
        file.read_exact(&mut ends[..4])?;
        file.seek(SeekFrom::End(-8))?;
        file.read_exact(&mut ends[4..])?;
        file.rewind()?;
    }
    let footer = u32::from_le_bytes([ends[4], ends[5], ends[6], ends[7]]) as u64;
    Ok(match (&ends[..4], &ends[8..]) {
        (b"PARE", _) | (_, b"PARE") => {
            Some("the file is encrypted; write it again without encryption and seed that file".to_owned())
        }
        (b"PAR1", b"PAR1") if footer > MAX_FOOTER || footer + 12 > length => {
            Some("the footer of the file is damaged or larger than 256 MiB; write the file again".to_owned())
        }
        (b"PAR1", b"PAR1") => None,
        (b"PAR1", _) => Some("the file is cut off: its footer is missing; get the whole file and seed it".to_owned()),
        _ => Some("this is not a Parquet file; check the name's ending".to_owned()),
    })
}

fn unreadable(error: &ParquetError) -> String {
    format!(
        "this cannot be read ({error}); the file may be cut off, damaged or encrypted: get it anew or write it again"
    )
}

fn table(path: &Path, what: String) -> SeedError {
    SeedError::Table { path: path.display().to_string(), what }
}

fn row(path: &Path, place: String, what: String) -> SeedError {
    SeedError::Row { path: path.display().to_string(), place, what }
}

#[cfg(test)]
mod tests;
