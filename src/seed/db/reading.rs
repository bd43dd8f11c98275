//! Reading without standing in anybody's way: a table of up to a quarter of a million
//! rows whole, in the order of its key; of a greater one runs of neighbours from all
//! over it. What canaries have in common with rows is asked of the server.

use rand::RngExt;
use std::collections::BTreeSet;
use std::time::Instant;

use super::dialect::{Dialect, array};
use super::fault::Fault;
use super::rows::Rows;
use super::{Database, GENTLY, pause};
use crate::identity::{Cell, Row};
use crate::seed::{Each, Meter, SeedError};

/// Rows up to which a table is read whole.
const WHOLE: u64 = 250_000;
/// Runs of neighbours read of a greater table, and rows in each.
const RUNS: usize = 1_000;
const RUN: usize = 200;
/// Canaries asked about at once.
const ASKED: usize = 500;

impl Database {
    /// Hands rows over; returns how many the table has.
    pub(super) async fn read(&mut self, table: usize, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let begin = self.session.dialect().begin_reading();
        self.session.run(begin, &[]).await.map_err(|e| self.wrong("reading", &e))?;
        let read = match (self.schemas[table].estimate > WHOLE, self.schemas[table].number()) {
            (false, _) => self.read_whole(table, each, meter).await,
            (true, Some(number)) => self.read_runs(table, number, each, meter).await,
            (true, None) => self.read_some(table, each, meter).await,
        };
        let ended = self.session.run("COMMIT", &[]).await;
        let rows = read.and_then(|rows| ended.map(|_| rows)).map_err(|e| self.wrong("reading", &e))?;
        if rows == 0 {
            let what = "the table has no rows to learn from; seed it when there are some".to_owned();
            let path = format!("{} table {}", self.address.shown(), self.schemas[table].name);
            return Err(SeedError::Table { path, what });
        }
        Ok(rows)
    }

    fn by_key(&self, table: usize) -> String {
        let schema = &self.schemas[table];
        // Without the table's name it would be the text that is selected.
        let name = |c: &usize| format!("x.{}", self.session.dialect().quoted(&schema.columns[*c].name));
        schema.key.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    async fn read_whole(&mut self, table: usize, each: Each<'_>, meter: Meter<'_>) -> Result<u64, Fault> {
        let (dialect, key) = (self.session.dialect(), self.by_key(table));
        let of = Rows::of(dialect, &self.schemas[table]);
        let order = if key.is_empty() { String::new() } else { format!(" ORDER BY {key}") };
        let sql = format!("SELECT {} FROM {} AS x{order}", of.selection(), dialect.table(&self.schemas[table].name));
        let (mut rows, all) = (0u64, self.schemas[table].estimate);
        let mut hand_over = |row: Row| {
            each.meet(&row.iter().map(|c| c.as_deref()).collect::<Vec<_>>());
            rows += 1;
            if rows.is_multiple_of(1_000) {
                meter(rows, all.max(rows));
            }
        };
        self.session.each(&sql, &mut hand_over).await?;
        Ok(rows)
    }

    /// Runs of neighbours, beginning at numbers all over the range of the key.
    async fn read_runs(&mut self, table: usize, number: usize, each: Each<'_>, meter: Meter<'_>) -> Result<u64, Fault> {
        let dialect = self.session.dialect();
        let column = self.schemas[table].columns[number].clone();
        let (name, from) = (dialect.quoted(&column.name), dialect.table(&self.schemas[table].name));
        let place = self.place(table, number).unwrap_or_default();
        let selection = Rows::of(dialect, &self.schemas[table]).selection();
        let ends = format!(
            "SELECT {} FROM (SELECT min({name}) AS {name} FROM {from} UNION ALL SELECT max({name}) FROM {from}) ends",
            dialect.shown(&column)
        );
        let ends: Vec<i64> =
            self.session.rows(&ends, &[]).await?.iter().filter_map(|r| r[0].as_deref()?.parse().ok()).collect();
        let (Some(low), Some(high)) = (ends.iter().min().copied(), ends.iter().max().copied()) else { return Ok(0) };
        let starts: BTreeSet<i64> = {
            let mut entropy = rand::rng();
            (0..RUNS).map(|_| entropy.random_range(low..=high)).chain([low, high.saturating_sub(RUN as i64)]).collect()
        };
        let sql = format!(
            "SELECT {selection} FROM {from} AS x WHERE x.{name} >= {} ORDER BY x.{name} LIMIT {RUN}",
            dialect.given(&column, 1)
        );
        let mut last = i64::MIN;
        let all = starts.len() as u64;
        for (n, start) in starts.into_iter().enumerate() {
            let begun = Instant::now();
            let run = self.session.rows(&sql, &[Some(start.max(last.saturating_add(1)).to_string())]).await?;
            let Some(end) = run.last().and_then(|row| row[place].as_deref()?.parse().ok()) else { break };
            last = end;
            // Between two runs rows are left out.
            each.meet(&[]);
            run.iter().for_each(|row| each.meet(&row.iter().map(|c| c.as_deref()).collect::<Vec<_>>()));
            meter(n as u64 + 1, all);
            pause(begun, GENTLY).await;
        }
        Ok(self.schemas[table].estimate)
    }

    /// Rows at random, of a great table that nothing numbers.
    async fn read_some(&mut self, table: usize, each: Each<'_>, meter: Meter<'_>) -> Result<u64, Fault> {
        let dialect = self.session.dialect();
        let from = dialect.table(&self.schemas[table].name);
        let share = (RUNS * RUN) as f64 / self.schemas[table].estimate as f64;
        let selection = Rows::of(dialect, &self.schemas[table]).selection();
        let sql = match dialect {
            Dialect::Postgres => format!("SELECT {selection} FROM {from} TABLESAMPLE SYSTEM ({})", share * 100.0),
            Dialect::Mysql => format!("SELECT {selection} FROM {from} WHERE RAND() < {share}"),
            Dialect::Sqlite => {
                format!("SELECT {selection} FROM {from} WHERE abs(random() % 1000000) < {}", share * 1e6)
            }
        };
        let mut rows = 0u64;
        let mut hand_over = |row: Row| {
            each.meet(&[]);
            each.meet(&row.iter().map(|c| c.as_deref()).collect::<Vec<_>>());
            rows += 1;
            meter(rows, (RUNS * RUN) as u64);
        };
        self.session.each(&sql, &mut hand_over).await?;
        Ok(self.schemas[table].estimate)
    }

    /// Rows of the table that have what one of these has, in the columns of a set.
    pub(super) async fn holders(
        &mut self,
        table: usize,
        sets: &[Vec<usize>],
        rows: &[&Row],
    ) -> Result<Vec<Row>, Fault> {
        let mut found = Vec::new();
        for chunk in rows.chunks(ASKED) {
            let (sql, with) = self.question(table, sets, chunk);
            if with.is_empty() {
                continue;
            }
            let begun = Instant::now();
            found.extend(self.session.rows(&sql, &with).await?);
            pause(begun, GENTLY).await;
        }
        Ok(found)
    }

    /// One statement for all sets: it is one pass over the table where no index helps.
    fn question(&self, table: usize, sets: &[Vec<usize>], rows: &[&Row]) -> (String, Vec<Cell>) {
        let (dialect, schema) = (self.session.dialect(), &self.schemas[table]);
        let places = schema.filled();
        let (mut conditions, mut with): (Vec<String>, Vec<Cell>) = (Vec::new(), Vec::new());
        for set in sets {
            // The rest of a set is compared here.
            let Some(place) = set.iter().max_by_key(|c| distinct(rows, **c)) else { continue };
            let column = &schema.columns[places[*place]];
            let values: BTreeSet<&str> =
                rows.iter().filter_map(|r| r[*place].as_deref()).filter(|t| !t.is_empty()).collect();
            if values.is_empty() {
                continue;
            }
            let name = dialect.quoted(&column.name);
            if dialect == Dialect::Postgres {
                with.push(Some(array(values.into_iter().map(Some))));
                conditions.push(format!("{name} = ANY(${}::text::text[]::{}[])", with.len(), column.kind));
            } else {
                let marks: Vec<String> = values.iter().map(|_| dialect.given(column, 1)).collect();
                conditions.push(format!("{name} IN ({})", marks.join(", ")));
                with.extend(values.into_iter().map(|v| Some(v.to_owned())));
            }
        }
        let of = Rows::of(dialect, schema);
        (
            format!("SELECT {} FROM {} WHERE {}", of.selection(), dialect.table(&schema.name), conditions.join(" OR ")),
            with,
        )
    }
}

/// How many values rows have in a column.
fn distinct(rows: &[&Row], column: usize) -> usize {
    rows.iter().filter_map(|r| r[column].as_deref()).collect::<BTreeSet<_>>().len()
}
