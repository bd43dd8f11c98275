//! MySQL 8 and MariaDB 10.6, and later: their session and what
//! `information_schema` tells of a table.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _};
use std::str::FromStr;
use std::time::Duration;

use super::address::Address;
use super::dialect::Dialect;
use super::fault::{Fault, Kind};
use super::postgres::{fields, firsts};
use super::schema::{Column, Numbering, Reference, Schema, TableName};
use super::session::{Each, Session};
use crate::identity::{Cell, Row};

/// Names and values are UTF-8; nothing is cut off or rounded in silence.
const SESSION: &str =
    "SET NAMES utf8mb4; SET SESSION sql_mode = CONCAT_WS(',', @@sql_mode, 'STRICT_ALL_TABLES', 'NO_ZERO_IN_DATE')";

/// Numbers below the newest ones that transactions under way may have been given.
const UNDER_WAY: i64 = 50;

pub(super) struct Mysql {
    db: MySqlConnection,
    maria: bool,
}

impl Mysql {
    pub(super) async fn connect(address: &Address) -> Result<Self, Fault> {
        let bad = |e: sqlx::Error| Fault::new(Kind::Other, format!("its address cannot be read: {e}"));
        let url = address.url.replacen("mariadb://", "mysql://", 1);
        let mut options = MySqlConnectOptions::from_str(&url).map_err(bad)?.disable_statement_logging();
        if let Some(password) = &address.password {
            options = options.password(password);
        }
        let mut session = Self { db: MySqlConnection::connect_with(&options).await?, maria: false };
        session.run(SESSION, &[]).await?;
        // Statistics of a day ago would give a counter of a day ago; MariaDB has no such setting.
        let _ = session.run("SET SESSION information_schema_stats_expiry = 0", &[]).await;
        let version = firsts(session.rows("SELECT CAST(VERSION() AS CHAR)", &[]).await?);
        session.maria = version.first().is_some_and(|v| v.to_lowercase().contains("maria"));
        Ok(session)
    }

    async fn ask(&mut self, sql: &str, with: &[&str]) -> Result<Vec<Row>, Fault> {
        let with: Vec<Cell> = with.iter().map(|w| Some((*w).to_owned())).collect();
        self.rows(sql, &with).await
    }

    async fn columns(&mut self, table: &str, counter: Option<i64>) -> Result<Vec<Column>, Fault> {
        let sql = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(DATA_TYPE AS CHAR), CAST(COLUMN_TYPE AS CHAR), CAST(IS_NULLABLE AS CHAR),
                CAST(COLUMN_DEFAULT IS NOT NULL AS CHAR), CAST(EXTRA AS CHAR), CAST(COLUMN_COMMENT AS CHAR)
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
        let column = |row: Row| {
            let [name, data, kind, nullable, default, extra, comment] = fields(row);
            let (data, extra) = (data.unwrap_or_default().to_lowercase(), extra.unwrap_or_default().to_lowercase());
            let numbered = extra.contains("auto_increment");
            Column {
                name: name.unwrap_or_default(),
                kind: kind.unwrap_or_default().to_lowercase(),
                nullable: nullable.as_deref() == Some("YES"),
                has_default: default.as_deref() == Some("1") || numbered,
                generated: extra.contains("generated") && !extra.contains("default_generated"),
                numbered: numbered
                    .then(|| Numbering { given_out: counter.map(|next| next - 1 - UNDER_WAY), sequence: None }),
                octets: ["binary", "blob", "geometry", "point"].iter().any(|k| data.contains(k)),
                date: matches!(data.as_str(), "date" | "datetime" | "timestamp"),
                whole: data.ends_with("int") || data == "year" || data == "bit",
                comment: comment.filter(|c| !c.is_empty()),
            }
        };
        Ok(self.ask(sql, &[table]).await?.into_iter().map(column).collect())
    }

    async fn indexes(&mut self, table: &str) -> Result<Vec<(bool, Vec<String>)>, Fault> {
        let sql = "SELECT CAST(INDEX_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), CAST(SUB_PART IS NULL AS CHAR)
            FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND NON_UNIQUE = 0
            ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX";
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        for row in self.ask(sql, &[table]).await? {
            let [index, column, whole] = fields(row);
            let index = index.unwrap_or_default();
            // A column that is indexed in part tells nothing; its index is dropped by its name being unknown.
            let column = column.filter(|_| whole.as_deref() == Some("1")).unwrap_or_default();
            match all.last_mut().filter(|(known, _)| *known == index) {
                Some((_, columns)) => columns.push(column),
                None => all.push((index, vec![column])),
            }
        }
        Ok(all.into_iter().map(|(index, columns)| (index == "PRIMARY", columns)).collect())
    }

    async fn references(&mut self, table: &str, schema: &Schema) -> Result<Vec<Reference>, Fault> {
        let sql = "SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), CAST(NULLIF(REFERENCED_TABLE_SCHEMA, DATABASE()) AS CHAR),
                CAST(REFERENCED_TABLE_NAME AS CHAR), CAST(REFERENCED_COLUMN_NAME AS CHAR)
            FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL
            ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION";
        let mut all: Vec<Reference> = Vec::new();
        for row in self.ask(sql, &[table]).await? {
            let [name, own, space, theirs, target] = fields(row);
            let column = schema.column(own.as_deref().unwrap_or_default()).unwrap_or_default();
            let (name, target) = (name.unwrap_or_default(), target.unwrap_or_default());
            match all.last_mut().filter(|known| known.name == name) {
                Some(known) => {
                    known.columns.push(column);
                    known.target.push(target);
                }
                None => all.push(Reference {
                    name,
                    columns: vec![column],
                    table: TableName { schema: space.unwrap_or_default(), name: theirs.unwrap_or_default() },
                    target: vec![target],
                    deferrable: false,
                }),
            }
        }
        Ok(all)
    }

    async fn checks(&mut self, table: &str) -> Vec<String> {
        let sql = "SELECT CAST(c.CHECK_CLAUSE AS CHAR) FROM information_schema.CHECK_CONSTRAINTS c
            JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
            WHERE t.CONSTRAINT_TYPE = 'CHECK' AND t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = ?";
        self.ask(sql, &[table]).await.map(firsts).unwrap_or_default()
    }
}

fn texts(row: &MySqlRow) -> Result<Row, sqlx::Error> {
    (0..row.len()).map(|n| row.try_get_unchecked::<Cell, _>(n)).collect()
}

#[async_trait]
impl Session for Mysql {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn rows(&mut self, sql: &str, with: &[Cell]) -> Result<Vec<Row>, Fault> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for value in with {
            query = query.bind(value.clone());
        }
        let rows = query.fetch_all(&mut self.db).await?;
        Ok(rows.iter().map(texts).collect::<Result<_, _>>()?)
    }

    async fn each(&mut self, sql: &str, each: Each<'_>) -> Result<(), Fault> {
        let mut rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch(&mut self.db);
        while let Some(row) = rows.try_next().await? {
            each(texts(&row)?);
        }
        Ok(())
    }

    async fn run(&mut self, sql: &str, with: &[Cell]) -> Result<u64, Fault> {
        if with.is_empty() {
            return Ok(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.db).await?.rows_affected());
        }
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for value in with {
            query = query.bind(value.clone());
        }
        Ok(query.execute(&mut self.db).await?.rows_affected())
    }

    async fn describe(&mut self, table: &TableName) -> Result<Schema, Fault> {
        let sql = "SELECT CAST(t.TABLE_ROWS AS CHAR), CAST(t.AUTO_INCREMENT AS CHAR), CAST(t.CREATE_OPTIONS LIKE '%partitioned%' AS CHAR),
                CAST(t.ENGINE AS CHAR), CAST(e.TRANSACTIONS AS CHAR)
            FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
            WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = ?";
        let found = self.ask(sql, &[&table.name]).await?.into_iter().next();
        let Some(row) = found else { return Err(Fault::new(Kind::Other, format!("there is no table {table}"))) };
        let [estimate, counter, partitioned, engine, transactions] = fields(row);
        let counter = counter.and_then(|t| t.parse().ok());
        let columns = self.columns(&table.name, counter).await?;
        let mut schema = Schema { name: table.clone(), columns, ..Schema::default() };
        schema.take_indexes(self.indexes(&table.name).await?);
        schema.references = self.references(&table.name, &schema).await?;
        schema.checks = self.checks(&table.name).await;
        let sql = "SELECT CONCAT(TRIGGER_NAME, ' (', ACTION_TIMING, ' ', EVENT_MANIPULATION, ')') FROM information_schema.TRIGGERS
            WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? ORDER BY TRIGGER_NAME";
        schema.triggers = firsts(self.ask(sql, &[&table.name]).await?);
        schema.partitioned = partitioned.as_deref() == Some("1");
        schema.estimate = estimate.and_then(|t| t.parse().ok()).unwrap_or(0);
        let engine = engine.unwrap_or_default();
        schema.refusal = (transactions.as_deref() != Some("YES")).then(|| {
            format!("its engine {engine} has no transactions, so that a seeding that fails could not be taken back. Seed a file exported from it, or turn it into InnoDB")
        });
        Ok(schema)
    }

    async fn tables(&mut self) -> Result<Vec<TableName>, Fault> {
        let sql = "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1";
        let names = firsts(self.rows(sql, &[]).await?);
        Ok(names.into_iter().map(|name| TableName { schema: String::new(), name }).collect())
    }

    async fn limit(&mut self, most: Duration) -> Result<(), Fault> {
        let lock = (most.as_secs() / 10).clamp(1, 5);
        let all = match self.maria {
            true => format!("SET SESSION max_statement_time = {}", most.as_secs()),
            // Of MySQL only questions can be limited; what changes rows is small.
            false => format!("SET SESSION max_execution_time = {}", most.as_millis()),
        };
        self.run(
            &format!("{all}; SET SESSION innodb_lock_wait_timeout = {lock}; SET SESSION lock_wait_timeout = {lock}"),
            &[],
        )
        .await
        .map(drop)
    }

    async fn last_number(&mut self) -> Result<Option<String>, Fault> {
        Ok(firsts(self.rows("SELECT CAST(LAST_INSERT_ID() AS CHAR)", &[]).await?).pop())
    }
}
