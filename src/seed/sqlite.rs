//! SQLite: a table of a database file. Rows go in at free row numbers, in one
//! transaction, with foreign keys and every other constraint on.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _, TypeInfo, ValueRef};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Each, Meter, Planting, Presence, SeedError, Table};
use crate::identity::{Cell, Drawn, Row};

/// The name under which a row number that is no column of its own is profiled.
const ROWID: &str = "rowid";

/// A table of a database file.
pub struct Sqlite {
    path: PathBuf,
    table: String,
    db: SqliteConnection,
    /// As they are shown: a hidden row number first, unless a column is one.
    columns: Vec<String>,
    /// The column that is the row number.
    number: usize,
    hidden: bool,
    /// A name of the row number that no column takes away.
    rowid: &'static str,
    kinds: Vec<Kind>,
}

/// What a column's values are, so that ours are of the same type.
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    whole: bool,
    real: bool,
    text: bool,
}

impl Sqlite {
    /// Opens a file that must exist, and finds the table in it.
    pub async fn open(path: &Path, table: &str) -> Result<Self, SeedError> {
        let wrong = |what: String| SeedError::Table { path: path.display().to_string(), what };
        if !path.is_file() {
            return Err(wrong("there is no such file".to_owned()));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let mut db = options.connect().await.map_err(|e| wrong(format!("not a database that can be opened: {e}")))?;
        let columns = columns_of(&mut db, table).await.map_err(|e| wrong(e.to_string()))?;
        if columns.is_empty() {
            let names = tables_of(&mut db).await.map_err(|e| wrong(format!("not a database: {e}")))?;
            return Err(wrong(format!("there is no table {table:?}; there are: {}", names.join(", "))));
        }
        let taken = |name: &&&str| columns.iter().any(|c| c.name.eq_ignore_ascii_case(name));
        let Some(rowid) = [ROWID, "_rowid_", "oid"].iter().find(|n| !taken(n)).copied() else {
            return Err(wrong(format!("the columns of {table:?} hide the row number; such a table cannot be seeded")));
        };
        let numbered = sqlx::query(AssertSqlSafe(format!("SELECT {rowid} FROM {} LIMIT 1", quoted(table))))
            .fetch_optional(&mut db)
            .await;
        if numbered.is_err() {
            return Err(wrong(format!("{table:?} is a view or a table WITHOUT ROWID, which cannot be seeded yet")));
        }
        let alias = columns.iter().position(|c| c.is_row_number);
        let hidden = alias.is_none();
        let mut names: Vec<String> = columns.into_iter().map(|c| c.name).collect();
        if hidden {
            names.insert(0, rowid.to_owned());
        }
        let kinds = vec![Kind::default(); names.len()];
        Ok(Self {
            path: path.to_owned(),
            table: table.to_owned(),
            db,
            number: alias.unwrap_or(0),
            hidden,
            rowid,
            kinds,
            columns: names,
        })
    }

    fn wrong(&self, doing: &str, cause: &sqlx::Error) -> SeedError {
        SeedError::Table {
            path: format!("{} table {}", self.path.display(), self.table),
            what: format!("{doing}: {cause}; nothing was changed"),
        }
    }

    fn selection(&self) -> String {
        self.columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ")
    }

    /// The real columns, without a hidden row number in front.
    fn insertion(&self) -> String {
        let numbered = if self.hidden { self.rowid.to_owned() } else { quoted(&self.columns[0]) };
        std::iter::once(numbered).chain(self.columns[1..].iter().map(|c| quoted(c))).collect::<Vec<_>>().join(", ")
    }

    async fn count(&mut self) -> Result<u64, SeedError> {
        let sql = format!("SELECT count(*) FROM {}", quoted(&self.table));
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.db).await;
        row.and_then(|r| r.try_get::<i64, _>(0)).map(|n| n.unsigned_abs()).map_err(|e| self.wrong("counting", &e))
    }

    async fn row_at(&mut self, location: &str) -> Result<Option<Row>, SeedError> {
        let Some(number) = row_number(location) else { return Ok(None) };
        let sql = format!("SELECT {} FROM {} WHERE {} = ?", self.selection(), quoted(&self.table), self.rowid);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(number).fetch_optional(&mut self.db).await;
        let row = row.map_err(|e| self.wrong("reading", &e))?;
        Ok(row.map(|r| cells(&r)))
    }

    async fn insert_all(&mut self, rows: &[Planting]) -> Result<(), sqlx::Error> {
        let marks = vec!["?"; self.columns.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(&self.table), self.insertion());
        let kinds = self.kinds.clone();
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await?;
        for row in rows {
            let mut insert = sqlx::query(AssertSqlSafe(sql.clone()));
            for (cell, kind) in row.cells.iter().zip(&kinds) {
                insert = match (cell, kind.whole && !kind.text, kind.real && !kind.text) {
                    (Some(text), true, false) if text.parse::<i64>().is_ok() => insert.bind(text.parse::<i64>().ok()),
                    (Some(text), _, true) if text.parse::<f64>().is_ok() => insert.bind(text.parse::<f64>().ok()),
                    (cell, _, _) => insert.bind(cell.clone()),
                };
            }
            insert.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

struct ColumnInfo {
    name: String,
    /// INTEGER PRIMARY KEY: another name of the row number.
    is_row_number: bool,
}

async fn columns_of(db: &mut SqliteConnection, table: &str) -> Result<Vec<ColumnInfo>, sqlx::Error> {
    let rows = sqlx::query("SELECT name, type, pk, hidden, (SELECT count(*) FROM pragma_table_xinfo(?1) WHERE pk > 0) FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")
        .bind(table)
        .fetch_all(db)
        .await?;
    let info = |r: &SqliteRow| {
        let (kind, pk, keys): (String, i64, i64) = (r.get(1), r.get(2), r.get(4));
        ColumnInfo { name: r.get(0), is_row_number: pk == 1 && keys == 1 && kind.eq_ignore_ascii_case("integer") }
    };
    Ok(rows.iter().map(info).collect())
}

async fn tables_of(db: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .fetch_all(db)
            .await?;
    Ok(rows.iter().map(|r| r.get(0)).collect())
}

/// An identifier for SQL: quoted, quotes in it doubled.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn row_number(location: &str) -> Option<i64> {
    location.strip_prefix("rowid ")?.parse().ok()
}

fn cells(row: &SqliteRow) -> Row {
    (0..row.columns().len()).map(|n| cell(row, n)).collect()
}

fn cell(row: &SqliteRow, n: usize) -> Cell {
    let value = row.try_get_raw(n).ok()?;
    if value.is_null() {
        return None;
    }
    match value.type_info().name() {
        "INTEGER" | "BOOLEAN" => row.try_get_unchecked::<i64, _>(n).ok().map(|v| v.to_string()),
        "REAL" => row.try_get_unchecked::<f64, _>(n).ok().map(|v| v.to_string()),
        _ => row.try_get_unchecked::<Vec<u8>, _>(n).ok().map(|octets| String::from_utf8_lossy(&octets).into_owned()),
    }
}

fn meet_kind(kind: &mut Kind, row: &SqliteRow, n: usize) -> bool {
    let Ok(value) = row.try_get_raw(n) else { return true };
    if value.is_null() {
        return true;
    }
    match value.type_info().name() {
        "INTEGER" | "BOOLEAN" => kind.whole = true,
        "REAL" => kind.real = true,
        "BLOB" => return false,
        _ => kind.text = true,
    }
    true
}

#[async_trait]
impl Table for Sqlite {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    async fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        let (mut last, mut rows) = (None::<i64>, 0u64);
        let all = self.count().await?;
        // Pages by row number: no cursor is held open over the whole table.
        loop {
            let sql = format!(
                "SELECT {0}, {2} FROM {1} WHERE {2} > ? ORDER BY {2} LIMIT 2000",
                self.selection(),
                quoted(&self.table),
                self.rowid
            );
            let page = sqlx::query(AssertSqlSafe(sql)).bind(last.unwrap_or(i64::MIN)).fetch_all(&mut self.db).await;
            let page = page.map_err(|e| self.wrong("reading", &e))?;
            let Some(end) = page.last() else { break };
            last = end.try_get_unchecked::<i64, _>(self.columns.len()).ok();
            for row in &page {
                for (n, kind) in self.kinds.iter_mut().enumerate() {
                    if !meet_kind(kind, row, n) {
                        let what = format!("column {} holds binary data, which cannot be seeded yet", self.columns[n]);
                        return Err(SeedError::Table { path: self.path.display().to_string(), what });
                    }
                }
                let mut cells = cells(row);
                cells.pop();
                each(&cells.iter().map(|c| c.as_deref()).collect::<Vec<_>>());
            }
            rows += page.len() as u64;
            meter(rows, all.max(rows));
        }
        if rows == 0 {
            return Err(SeedError::Table {
                path: self.path.display().to_string(),
                what: format!("the table {} has no rows to learn from", self.table),
            });
        }
        Ok(rows)
    }

    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError> {
        Ok(rows.iter().map(|r| format!("rowid {}", r.row[self.number].as_deref().unwrap_or("?"))).collect())
    }

    async fn plant(&mut self, rows: &[Planting], _: Meter<'_>) -> Result<(), SeedError> {
        self.insert_all(rows).await.map_err(|e| self.wrong("planting", &e))
    }

    async fn presence(&mut self, rows: &[Planting]) -> Result<Presence, SeedError> {
        let mut found = 0;
        for row in rows {
            found += usize::from(self.row_at(&row.location).await?.as_ref() == Some(&row.cells));
        }
        Ok(match found {
            n if n == rows.len() => Presence::All,
            0 => Presence::None,
            n => Presence::Some(n),
        })
    }

    async fn remove(&mut self, rows: &[Planting]) -> Result<usize, SeedError> {
        let mut removed = 0;
        for row in rows {
            if self.row_at(&row.location).await?.as_ref() != Some(&row.cells) {
                continue;
            }
            let sql = format!("DELETE FROM {} WHERE {} = ?", quoted(&self.table), self.rowid);
            let done = sqlx::query(AssertSqlSafe(sql)).bind(row_number(&row.location)).execute(&mut self.db).await;
            removed += done.map_err(|e| self.wrong("removing", &e))?.rows_affected() as usize;
        }
        Ok(removed)
    }

    fn number_column(&self) -> Option<usize> {
        Some(self.number)
    }

    fn output(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }
}
