//! SQLite: its session and what its pragmas tell of a table. A row number that is
//! no column of its own is shown as one, first of all.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _, TypeInfo, ValueRef};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::address::Address;
use super::dialect::Dialect;
use super::fault::{Fault, Kind};
use super::postgres::{fields, firsts};
use super::schema::{Column, Numbering, Reference, Schema, TableName};
use super::session::{Each, Session};
use crate::identity::{Cell, Row};

/// Names of the row number, of which a table's columns may take some away.
const ROWIDS: [&str; 3] = ["rowid", "_rowid_", "oid"];

pub(super) struct Sqlite {
    db: SqliteConnection,
    /// By the question for it: the greatest number that was given to rows to come.
    given: HashMap<String, i64>,
}

impl Sqlite {
    pub(super) async fn connect(address: &Address) -> Result<Self, Fault> {
        let file = address.url.strip_prefix("sqlite:").unwrap_or(&address.url);
        let path = Path::new(file);
        if !path.is_file() {
            return Err(Fault::new(Kind::Other, "there is no such file".to_owned()));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let bad = |e: sqlx::Error| Fault::new(Kind::Other, format!("not a database that can be opened: {e}"));
        let mut session = Self { db: options.connect().await.map_err(bad)?, given: HashMap::new() };
        session.tables().await.map_err(|e| Fault::new(Kind::Other, format!("not a database: {e}")))?;
        Ok(session)
    }

    async fn ask(&mut self, sql: &str, table: &str) -> Result<Vec<Row>, Fault> {
        self.rows(sql, &[Some(table.to_owned())]).await
    }

    async fn columns(&mut self, table: &str) -> Result<(Vec<Column>, Vec<String>), Fault> {
        let sql = "SELECT name, type, \"notnull\", dflt_value, hidden, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for row in self.ask(sql, table).await? {
            let [name, kind, required, default, hidden, place] = fields(row);
            let (name, kind) = (name.unwrap_or_default(), kind.unwrap_or_default());
            let place: usize = place.and_then(|p| p.parse().ok()).unwrap_or(0);
            key.extend((place > 0).then(|| (place, name.clone())));
            columns.push(Column {
                name,
                whole: kind.to_lowercase().contains("int"),
                date: ["date", "datetime", "timestamp"].contains(&kind.to_lowercase().as_str()),
                kind,
                nullable: required.as_deref() == Some("0") && place == 0,
                has_default: default.is_some(),
                generated: matches!(hidden.as_deref(), Some("2" | "3")),
                ..Column::default()
            });
        }
        key.sort();
        Ok((columns, key.into_iter().map(|(_, name)| name).collect()))
    }

    /// Values of a column without a type are of whatever type they came with.
    async fn untyped(&mut self, table: &TableName, columns: &mut [Column]) -> Result<(), Fault> {
        for column in columns.iter_mut().filter(|c| c.kind.is_empty()) {
            let (name, table) = (Dialect::Sqlite.quoted(&column.name), Dialect::Sqlite.table(table));
            let sql = format!(
                "SELECT DISTINCT typeof({name}) FROM (SELECT {name} FROM {table} WHERE {name} IS NOT NULL LIMIT 500)"
            );
            column.whole = firsts(self.rows(&sql, &[]).await?) == ["integer"];
        }
        Ok(())
    }

    /// The key: a row number under whatever name, or that of a table without one.
    async fn number(&mut self, schema: &mut Schema, key: &[String]) -> Result<(), Fault> {
        let places: Vec<usize> = key.iter().filter_map(|name| schema.column(name)).collect();
        if let [only] = places[..]
            && schema.columns[only].kind.eq_ignore_ascii_case("integer")
        {
            schema.columns[only].numbered = Some(Numbering { given_out: None, sequence: None });
            schema.key = places;
            return Ok(());
        }
        let taken = |name: &&&str| schema.columns.iter().any(|c| c.name.eq_ignore_ascii_case(name));
        let free = ROWIDS.iter().find(|name| !taken(name));
        let table = Dialect::Sqlite.table(&schema.name);
        let has_one = |name: &str| format!("SELECT {name} FROM {table} LIMIT 1");
        match free {
            Some(name) if self.rows(&has_one(name), &[]).await.is_ok() => {
                let numbered = Some(Numbering { given_out: None, sequence: None });
                let column = Column {
                    name: (*name).to_owned(),
                    kind: "INTEGER".to_owned(),
                    whole: true,
                    has_default: true,
                    numbered,
                    ..Column::default()
                };
                schema.columns.insert(0, column);
                schema.key = vec![0];
            }
            _ => schema.key = places,
        }
        Ok(())
    }

    /// The greatest number that was ever given is what the next one follows.
    async fn numbering(&mut self, table: &TableName, column: &str) -> Result<Numbering, Fault> {
        let name = Dialect::Sqlite.quoted(column);
        let greatest = format!("SELECT coalesce(max({name}), 0) FROM {}", Dialect::Sqlite.table(table));
        let given_out = firsts(self.rows(&greatest, &[]).await?).first().and_then(|n| n.parse().ok());
        // There is such a table only where some column is declared AUTOINCREMENT.
        let literal = table.name.replace('\'', "''");
        let counted = format!("SELECT seq FROM sqlite_sequence WHERE name = '{literal}'");
        let sequence = match self.rows(&counted, &[]).await {
            Ok(rows) if !rows.is_empty() => format!("SELECT max(({greatest}), ({counted}))"),
            _ => greatest,
        };
        Ok(Numbering { given_out, sequence: Some(sequence) })
    }

    async fn indexes(&mut self, table: &str) -> Result<Vec<(bool, Vec<String>)>, Fault> {
        let sql =
            "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1 AND partial = 0 ORDER BY origin <> 'pk', seq";
        let mut all = Vec::new();
        for index in firsts(self.ask(sql, table).await?) {
            let sql = "SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno";
            all.push((false, firsts(self.ask(sql, &index).await?)));
        }
        Ok(all)
    }

    async fn references(&mut self, table: &str, schema: &Schema) -> Result<Vec<Reference>, Fault> {
        let sql = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
        let mut all: Vec<Reference> = Vec::new();
        for row in self.ask(sql, table).await? {
            let [id, theirs, own, target] = fields(row);
            let column = schema.column(own.as_deref().unwrap_or_default()).unwrap_or_default();
            let (name, theirs) = (id.unwrap_or_default(), theirs.unwrap_or_default());
            // Without a column named, it is the key of the other table.
            let target = match target {
                Some(target) => target,
                None => self.columns(&theirs).await?.1.into_iter().next().unwrap_or_default(),
            };
            match all.last_mut().filter(|known| known.name == name) {
                Some(known) => {
                    known.columns.push(column);
                    known.target.push(target);
                }
                // Every one of SQLite's can be deferred by a pragma.
                None => all.push(Reference {
                    name,
                    columns: vec![column],
                    table: TableName { schema: String::new(), name: theirs },
                    target: vec![target],
                    deferrable: true,
                }),
            }
        }
        Ok(all)
    }
}

fn texts(row: &SqliteRow) -> Result<Row, Fault> {
    (0..row.len()).map(|n| text(row, n)).collect()
}

fn text(row: &SqliteRow, n: usize) -> Result<Cell, Fault> {
    let value = row.try_get_raw(n)?;
    if value.is_null() {
        return Ok(None);
    }
    Ok(Some(match value.type_info().name() {
        "INTEGER" | "BOOLEAN" => row.try_get_unchecked::<i64, _>(n)?.to_string(),
        "REAL" => row.try_get_unchecked::<f64, _>(n)?.to_string(),
        "BLOB" => {
            let what =
                "a column holds binary data, which cannot be seeded yet; seed a view of the table exported without it";
            return Err(Fault::new(Kind::Other, what.to_owned()));
        }
        _ => String::from_utf8_lossy(&row.try_get_unchecked::<Vec<u8>, _>(n)?).into_owned(),
    }))
}

#[async_trait]
impl Session for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn rows(&mut self, sql: &str, with: &[Cell]) -> Result<Vec<Row>, Fault> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for value in with {
            query = query.bind(value.clone());
        }
        query.fetch_all(&mut self.db).await?.iter().map(texts).collect()
    }

    async fn each(&mut self, sql: &str, each: Each<'_>) -> Result<(), Fault> {
        let mut rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch(&mut self.db);
        while let Some(row) = rows.try_next().await? {
            each(texts(&row)?);
        }
        Ok(())
    }

    async fn run(&mut self, sql: &str, with: &[Cell]) -> Result<u64, Fault> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for value in with {
            query = query.bind(value.clone());
        }
        Ok(query.execute(&mut self.db).await?.rows_affected())
    }

    async fn describe(&mut self, table: &TableName) -> Result<Schema, Fault> {
        let (columns, key) = self.columns(&table.name).await?;
        if columns.is_empty() {
            return Err(Fault::new(Kind::Other, format!("there is no table {table}")));
        }
        let mut schema = Schema { name: table.clone(), columns, ..Schema::default() };
        self.number(&mut schema, &key).await?;
        self.untyped(table, &mut schema.columns).await?;
        let key = std::mem::take(&mut schema.key);
        schema.take_indexes(self.indexes(&table.name).await?);
        schema.key = if key.is_empty() { schema.key } else { key };
        schema.references = self.references(&table.name, &schema).await?;
        let sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 ORDER BY name";
        schema.triggers = firsts(self.ask(sql, &table.name).await?);
        let rows = self.rows(&format!("SELECT count(*) FROM {}", Dialect::Sqlite.table(table)), &[]).await?;
        schema.estimate = firsts(rows).first().and_then(|n| n.parse().ok()).unwrap_or(0);
        if let Some(number) = schema.number().filter(|n| schema.columns[*n].numbered.is_some()) {
            schema.columns[number].numbered = Some(self.numbering(table, &schema.columns[number].name).await?);
        }
        Ok(schema)
    }

    async fn tables(&mut self) -> Result<Vec<TableName>, Fault> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let names = firsts(self.rows(sql, &[]).await?);
        Ok(names.into_iter().map(|name| TableName { schema: String::new(), name }).collect())
    }

    async fn limit(&mut self, _: Duration) -> Result<(), Fault> {
        Ok(())
    }

    async fn last_number(&mut self) -> Result<Option<String>, Fault> {
        Ok(firsts(self.rows("SELECT last_insert_rowid()", &[]).await?).pop())
    }

    /// What was given once is not given again, although the rows are rolled back.
    async fn numbers(&mut self, numbering: &Numbering, count: usize) -> Result<Vec<String>, Fault> {
        let Some(sequence) = numbering.sequence.as_ref().filter(|_| count > 0) else { return Ok(Vec::new()) };
        let greatest = firsts(self.rows(sequence, &[]).await?).first().and_then(|n| n.parse::<i64>().ok());
        let given = self.given.entry(sequence.clone()).or_default();
        let first = greatest.unwrap_or(0).max(*given) + 1;
        *given = first + count as i64 - 1;
        Ok((first..=*given).map(|number| number.to_string()).collect())
    }
}
