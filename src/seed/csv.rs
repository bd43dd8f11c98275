//! Delimited text: CSV, TSV and their kin. Every row of the file goes to the
//! output octet for octet; canaries are written in the file's own encoding,
//! delimiter, quoting and line ends between them.
//!
//! `dialect` finds how a file is written, `record` and `fields`
//! cut it up; the
//! file itself, and the output that appears whole or not at all, are here.

mod dialect;
mod fields;
mod record;

use async_trait::async_trait;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use self::dialect::{Dialect, Quoting};
use self::record::{Record, Records};
use super::{Planting, Presence, SeedError, Table};
use crate::identity::column::Way;
use crate::identity::{Drawn, Row, Spot};

/// A delimited file, and where its seeded copy goes.
pub struct Csv {
    input: PathBuf,
    output: PathBuf,
    header: Vec<String>,
    dialect: Dialect,
    quoting: Vec<Quoting>,
    rows: u64,
}

impl Csv {
    /// Opens a file: finds its dialect and reads its header.
    pub fn open(input: &Path, output: &Path) -> Result<Self, SeedError> {
        let dialect = Dialect::find(input)?;
        let mut records = read(input, dialect)?;
        let first = records.next_record()?.filter(|r| !r.is_blank());
        let Some(first) = first else { return Err(table(input, "the file has no header row: it is empty")) };
        let header: Vec<String> =
            (0..first.len()).map(|n| records.text(&first, n).map(|t| t.trim().to_owned())).collect::<Result<_, _>>()?;
        check_header(input, &header)?;
        let quoting = vec![Quoting::default(); header.len()];
        Ok(Self { input: input.to_owned(), output: output.to_owned(), header, dialect, quoting, rows: 0 })
    }

    /// Where the copy of a file goes if nobody says: beside it, named after the source.
    pub fn default_output(input: &Path, source: &str) -> PathBuf {
        let stem = input.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let end = input.extension().map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
        input.with_file_name(format!("{stem}.{source}{end}"))
    }

    /// Records after the header.
    fn data(&self) -> Result<Records<BufReader<File>>, SeedError> {
        let mut records = read(&self.input, self.dialect)?;
        records.next_record()?;
        Ok(records)
    }

    /// The texts of a record, which must have as many as the header.
    fn texts(&self, records: &Records<BufReader<File>>, record: &Record) -> Result<Vec<String>, SeedError> {
        if record.len() != self.header.len() {
            let what = format!(
                "this row has {} fields, the header has {}; correct the file (or its quoting) and seed again",
                record.len(),
                self.header.len()
            );
            return Err(SeedError::Row { path: self.input.display().to_string(), line: record.line, what });
        }
        (0..record.len()).map(|n| records.text(record, n)).collect()
    }

    fn encode(&self, cells: &Row) -> Result<Vec<u8>, SeedError> {
        let mut line = String::new();
        for (n, cell) in cells.iter().enumerate() {
            if n > 0 {
                line.push(self.dialect.delimiter as char);
            }
            let quoting = self.quoting.get(n).copied().unwrap_or_default();
            quoting.write(cell.as_deref().unwrap_or_default(), self.dialect.delimiter, &mut line);
        }
        line.push_str(self.dialect.line_end);
        self.dialect
            .encode(&line)
            .map_err(|c| table(&self.input, &format!("the character {c:?} of a canary cannot be written in {}; say --locale, or convert the file to UTF-8", self.dialect.encoding.name())))
    }

    /// Reads the file again and copies it, with each row where its location says.
    fn write_copy(&self, rows: &[Planting], to: &mut impl Write) -> Result<(), SeedError> {
        let mut placed = rows
            .iter()
            .map(|row| {
                Ok((
                    row_number(&row.location).ok_or_else(|| table(&self.input, "a canary has no place in a file"))?,
                    self.encode(&row.cells)?,
                ))
            })
            .collect::<Result<Vec<_>, SeedError>>()?;
        placed.sort();
        let mut placed = placed.into_iter().peekable();
        let io = |cause| SeedError::Io { doing: "writing", path: self.output.display().to_string(), cause };
        let mut records = read(&self.input, self.dialect)?;
        to.write_all(records.bom()).map_err(io)?;
        let mut number = 0u64;
        let mut in_header = true;
        while let Some(record) = records.next_record()? {
            if !in_header && !record.is_blank() {
                number += 1;
                while let Some((_, line)) = placed.next_if(|(at, _)| *at == number) {
                    to.write_all(&line).map_err(io)?;
                    number += 1;
                }
            }
            to.write_all(record.raw()).map_err(io)?;
            in_header &= record.is_blank();
        }
        placed.try_for_each(|(_, line)| to.write_all(&line)).map_err(io)
    }
}

/// The number of a row of the output, counted from 1 below the header.
fn row_number(location: &str) -> Option<u64> {
    location.strip_prefix("row ")?.parse().ok()
}

fn read(path: &Path, dialect: Dialect) -> Result<Records<BufReader<File>>, SeedError> {
    let file = File::open(path).map_err(|cause| SeedError::Io {
        doing: "opening",
        path: path.display().to_string(),
        cause,
    })?;
    Records::new(BufReader::with_capacity(1 << 18, file), dialect, path)
}

fn table(path: &Path, what: &str) -> SeedError {
    SeedError::Table { path: path.display().to_string(), what: what.to_owned() }
}

fn check_header(path: &Path, header: &[String]) -> Result<(), SeedError> {
    let data =
        |h: &&String| h.contains('@') || h.len() >= 7 && h.bytes().all(|b| b.is_ascii_digit() || b"+- ()".contains(&b));
    if let Some(value) = header.iter().find(data) {
        return Err(table(
            path,
            &format!(
                "the first row looks like data, not like a header (it has {:?}); put the names of the columns in a row above it",
                value.chars().take(4).chain("…".chars()).collect::<String>()
            ),
        ));
    }
    let mut names = std::collections::HashSet::new();
    match header.iter().find(|h| !h.is_empty() && !names.insert(h.as_str())) {
        Some(twice) => Err(table(path, &format!("two columns are named {twice:?}; give each its own name"))),
        None => Ok(()),
    }
}

#[async_trait]
impl Table for Csv {
    fn columns(&self) -> &[String] {
        &self.header
    }

    async fn scan(&mut self, each: &mut (dyn FnMut(Row) + Send)) -> Result<(), SeedError> {
        let mut records = self.data()?;
        self.rows = 0;
        while let Some(record) = records.next_record()? {
            if record.is_blank() {
                continue;
            }
            let texts = self.texts(&records, &record)?;
            for (n, quoting) in self.quoting.iter_mut().enumerate() {
                quoting.meet(record.is_quoted(n), texts[n].is_empty());
            }
            self.rows += 1;
            each(texts.into_iter().map(Some).collect());
        }
        if self.rows == 0 {
            return Err(table(&self.input, "the table has a header but no rows to learn from"));
        }
        Ok(())
    }

    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError> {
        let mut after: Vec<u64> = Vec::with_capacity(rows.len());
        let sorted: Vec<(usize, usize, Way)> = rows
            .iter()
            .enumerate()
            .filter_map(
                |(n, r)| if let Spot::Sorted { column, way, .. } = r.spot { Some((n, column, way)) } else { None },
            )
            .collect();
        after.extend(rows.iter().map(|r| if let Spot::After(a) = r.spot { a + 1 } else { 0 }));
        if !sorted.is_empty() {
            let places = self.sorted_places(rows, &sorted)?;
            let one_block = places.len() > 1 && places.iter().all(|(_, before)| *before == places[0].1);
            for (n, before) in places {
                after[n] = match rows[n].spot {
                    Spot::Sorted { otherwise, .. } if one_block => otherwise + 1,
                    _ => before,
                };
            }
        }
        // A last row without a line end stays the last one.
        let records = read(&self.input, self.dialect)?;
        let last = if records.ends_with_line_end()? { self.rows } else { self.rows.saturating_sub(1) };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| after[*a].cmp(&after[*b]).then_with(|| by_order(&rows[*a], &rows[*b])));
        let mut locations = vec![String::new(); rows.len()];
        for (before, n) in order.into_iter().enumerate() {
            locations[n] = format!("row {}", after[n].min(last) + before as u64 + 1);
        }
        Ok(locations)
    }

    async fn plant(&mut self, rows: &[Planting]) -> Result<(), SeedError> {
        let io = |doing| move |cause| (doing, cause);
        let named = |(doing, cause)| SeedError::Io { doing, path: self.output.display().to_string(), cause };
        let part = part_of(&self.output);
        let result = (|| {
            let file = File::create(&part).map_err(io("creating")).map_err(named)?;
            let mut to = BufWriter::with_capacity(1 << 18, file);
            self.write_copy(rows, &mut to)?;
            let file = to.into_inner().map_err(|e| named(("writing", e.into_error())))?;
            file.sync_all().map_err(io("syncing")).map_err(named)?;
            std::fs::rename(&part, &self.output).map_err(io("renaming to")).map_err(named)?;
            let dir = self.output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(dir).and_then(|d| d.sync_all()).map_err(io("syncing the directory of")).map_err(named)
        })();
        if result.is_err() {
            // The half-written copy is of no use; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&part);
        }
        result
    }

    async fn presence(&mut self, rows: &[Planting]) -> Result<Presence, SeedError> {
        if !self.output.exists() {
            return Ok(Presence::None);
        }
        let copy = Csv::open(&self.output, &self.output)?;
        let mut wanted: std::collections::HashMap<u64, Vec<String>> =
            rows.iter().filter_map(|r| Some((row_number(&r.location)?, texts_of(&r.cells)))).collect();
        let all = wanted.len();
        let mut records = copy.data()?;
        let mut number = 0;
        while let Some(record) = records.next_record()? {
            if record.is_blank() {
                continue;
            }
            number += 1;
            if wanted.contains_key(&number) && wanted.get(&number) == Some(&copy.texts(&records, &record)?) {
                wanted.remove(&number);
            }
        }
        Ok(match wanted.len() {
            0 => Presence::All,
            n if n == all => Presence::None,
            n => Presence::Some(all - n),
        })
    }

    async fn remove(&mut self, _: &[Planting]) -> Result<usize, SeedError> {
        // The copy is a file of its own: whoever holds it gets the clean one instead.
        Ok(0)
    }

    fn output(&self) -> String {
        self.output.display().to_string()
    }
}

impl Csv {
    /// The row before which each sorted row belongs, counted from 0.
    fn sorted_places(&self, rows: &[Drawn], sorted: &[(usize, usize, Way)]) -> Result<Vec<(usize, u64)>, SeedError> {
        let mut waiting: Vec<(usize, usize, Way)> = sorted.to_vec();
        let mut places = Vec::new();
        let mut records = self.data()?;
        let mut number = 0u64;
        while let Some(record) = records.next_record()? {
            if record.is_blank() {
                continue;
            }
            let texts = self.texts(&records, &record)?;
            waiting.retain(|(n, column, way)| {
                let own = rows[*n].row[*column].as_deref().unwrap_or_default();
                let here =
                    if *way == Way::Up { own <= texts[*column].as_str() } else { own >= texts[*column].as_str() };
                if here {
                    places.push((*n, number));
                }
                !here
            });
            number += 1;
        }
        places.extend(waiting.into_iter().map(|(n, _, _)| (n, number)));
        Ok(places)
    }
}

/// Rows that go to one place stand there in the order of the table.
fn by_order(a: &Drawn, b: &Drawn) -> std::cmp::Ordering {
    match a.spot {
        Spot::Sorted { column, way: Way::Up, .. } => a.row[column].cmp(&b.row[column]),
        Spot::Sorted { column, way: Way::Down, .. } => b.row[column].cmp(&a.row[column]),
        Spot::After(_) => std::cmp::Ordering::Equal,
    }
}

fn texts_of(cells: &Row) -> Vec<String> {
    cells.iter().map(|c| c.clone().unwrap_or_default()).collect()
}

fn part_of(output: &Path) -> PathBuf {
    let name = output.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    output.with_file_name(format!(".{name}.part"))
}

#[cfg(test)]
mod tests;
