//! PostgreSQL, version 13 and later: its session and what `pg_catalog` tells of a
//! table.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _};
use std::str::FromStr;
use std::time::Duration;

use super::address::Address;
use super::dialect::Dialect;
use super::fault::{Fault, Kind};
use super::schema::{Column, Numbering, Reference, Schema, TableName};
use super::session::{Each, Session};
use crate::identity::{Cell, Row};

/// What every session is told. Nothing in it says who is here: the people who read
/// the server's logs may be those who are watched. One process of the server is
/// enough: the others are the application's.
const SESSION: &str = "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; \
    SET extra_float_digits = 1; SET idle_in_transaction_session_timeout = '60s'; SET jit = off; SET timezone = 'UTC'; \
    SET max_parallel_workers_per_gather = 0";

/// Numbers below the newest ones that transactions under way may have been given.
const UNDER_WAY: i64 = 50;

pub(super) struct Postgres {
    db: PgConnection,
}

impl Postgres {
    pub(super) async fn connect(address: &Address) -> Result<Self, Fault> {
        let bad = |e: sqlx::Error| Fault::new(Kind::Other, format!("its address cannot be read: {e}"));
        let mut options = PgConnectOptions::from_str(&address.url).map_err(bad)?.disable_statement_logging();
        if let Some(password) = &address.password {
            options = options.password(password);
        }
        let mut db = PgConnection::connect_with(&options).await?;
        sqlx::raw_sql(SESSION).execute(&mut db).await?;
        Ok(Self { db })
    }

    async fn ask(&mut self, sql: &str, with: &[&str]) -> Result<Vec<Row>, Fault> {
        let with: Vec<Cell> = with.iter().map(|w| Some((*w).to_owned())).collect();
        self.rows(sql, &with).await
    }

    async fn columns(&mut self, oid: &str) -> Result<Vec<Column>, Fault> {
        let sql = "SELECT a.attname::text, format_type(a.atttypid, -1), a.attnotnull::text,
                (a.atthasdef OR a.attidentity <> '')::text, (a.attgenerated <> '')::text,
                (coalesce(nullif(t.typbasetype, 0), t.oid) IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))::text,
                (coalesce(nullif(t.typbasetype, 0), t.oid) = 'bytea'::regtype)::text,
                (coalesce(nullif(t.typbasetype, 0), t.oid) IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype))::text,
                col_description(a.attrelid, a.attnum), s.oid::text
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN LATERAL (
                SELECT c.oid FROM pg_depend d JOIN pg_class c ON c.oid = CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid ELSE d.refobjid END
                WHERE c.relkind = 'S' AND (
                    (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i')
                    OR (d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.objid = (
                        SELECT ad.oid FROM pg_attrdef ad WHERE ad.adrelid = a.attrelid AND ad.adnum = a.attnum)))
                LIMIT 1) s ON true
            WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
        let mut columns = Vec::new();
        for row in self.ask(sql, &[oid]).await? {
            let [name, kind, required, default, generated, whole, octets, date, comment, sequence] = fields(row);
            let numbered = match sequence {
                Some(sequence) => Some(self.numbering(&sequence).await?),
                None => None,
            };
            columns.push(Column {
                name: name.unwrap_or_default(),
                kind: kind.unwrap_or_default(),
                nullable: !is(&required),
                has_default: is(&default),
                generated: is(&generated),
                numbered,
                octets: is(&octets),
                date: is(&date),
                whole: is(&whole),
                comment,
            });
        }
        Ok(columns)
    }

    /// A session may hold numbers of the sequence that it has not used yet.
    async fn numbering(&mut self, sequence: &str) -> Result<Numbering, Fault> {
        let sql = "SELECT pg_sequence_last_value(seqrelid)::text, seqcache::text FROM pg_sequence
            WHERE seqrelid = $1::text::oid AND seqincrement > 0";
        // Whoever may not look at the sequence may still be given numbers by it.
        let state = self.ask(sql, &[sequence]).await.unwrap_or_default();
        let number = |cell: &Cell| cell.as_deref().and_then(|t| t.parse::<i64>().ok());
        let given_out = state.first().and_then(|row| match (number(&row[0])?, number(&row[1])?) {
            (last, 1) => Some(last - UNDER_WAY),
            // Any session may come back to numbers it cached long ago.
            _ => None,
        });
        Ok(Numbering { given_out, sequence: Some(sequence.to_owned()) })
    }

    async fn indexes(&mut self, oid: &str) -> Result<Vec<(bool, Vec<String>)>, Fault> {
        let sql = "SELECT i.indisprimary::text, a.attname::text, i.indexrelid::text
            FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                AND i.indexprs IS NULL AND k.n <= i.indnkeyatts
            ORDER BY i.indisprimary DESC, i.indexrelid, k.n";
        let mut all: Vec<(String, bool, Vec<String>)> = Vec::new();
        for row in self.ask(sql, &[oid]).await? {
            let [primary, column, index] = fields(row);
            let (index, column) = (index.unwrap_or_default(), column.unwrap_or_default());
            match all.last_mut().filter(|(known, _, _)| *known == index) {
                Some((_, _, columns)) => columns.push(column),
                None => all.push((index, is(&primary), vec![column])),
            }
        }
        Ok(all.into_iter().map(|(_, primary, columns)| (primary, columns)).collect())
    }

    async fn references(&mut self, oid: &str, schema: &Schema) -> Result<Vec<Reference>, Fault> {
        let sql = "SELECT c.conname::text, n.nspname::text, r.relname::text, a.attname::text, f.attname::text, c.condeferrable::text
            FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace
            CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY k(own, theirs, n)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
            JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.theirs
            WHERE c.conrelid = $1::text::oid AND c.contype = 'f' AND c.conparentid = 0 ORDER BY c.oid, k.n";
        let mut all: Vec<Reference> = Vec::new();
        for row in self.ask(sql, &[oid]).await? {
            let [name, space, table, own, theirs, deferrable] = fields(row);
            let column = schema.column(own.as_deref().unwrap_or_default()).unwrap_or_default();
            let (name, target) = (name.unwrap_or_default(), theirs.unwrap_or_default());
            match all.last_mut().filter(|known| known.name == name) {
                Some(known) => {
                    known.columns.push(column);
                    known.target.push(target);
                }
                None => all.push(Reference {
                    name,
                    columns: vec![column],
                    table: TableName { schema: space.unwrap_or_default(), name: table.unwrap_or_default() },
                    target: vec![target],
                    deferrable: is(&deferrable),
                }),
            }
        }
        Ok(all)
    }
}

fn is(cell: &Cell) -> bool {
    cell.as_deref().is_some_and(|t| matches!(t, "true" | "t" | "YES" | "1"))
}

/// The cells of a row of so many.
pub(super) fn fields<const N: usize>(row: Row) -> [Cell; N] {
    let mut cells = row.into_iter();
    std::array::from_fn(|_| cells.next().flatten())
}

fn texts(row: &PgRow) -> Result<Row, sqlx::Error> {
    (0..row.len()).map(|n| row.try_get::<Cell, _>(n)).collect()
}

#[async_trait]
impl Session for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
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
        let sql =
            "SELECT c.oid::text, greatest(c.reltuples, 0)::bigint::text, (c.relkind = 'p' OR c.relispartition)::text,
                row_security_active(c.oid)::text, current_user::text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
        let found = self.ask(sql, &[&table.schema, &table.name]).await?.into_iter().next();
        let Some(row) = found else { return Err(Fault::new(Kind::Other, format!("there is no table {table}"))) };
        let [oid, estimate, partitioned, guarded, user] = fields(row);
        let oid = oid.unwrap_or_default();
        let mut schema = Schema { name: table.clone(), columns: self.columns(&oid).await?, ..Schema::default() };
        schema.take_indexes(self.indexes(&oid).await?);
        schema.references = self.references(&oid, &schema).await?;
        let sql =
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::text::oid AND contype = 'c'";
        schema.checks = firsts(self.ask(sql, &[&oid]).await?);
        let sql = "SELECT tgname || ' (' || tgfoid::regproc::text || ')' FROM pg_trigger
            WHERE tgrelid = $1::text::oid AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 28 <> 0 ORDER BY tgname";
        schema.triggers = firsts(self.ask(sql, &[&oid]).await?);
        schema.partitioned = is(&partitioned);
        schema.estimate = estimate.and_then(|t| t.parse().ok()).unwrap_or(0);
        if schema.estimate == 0 || schema.partitioned {
            let sql = "SELECT greatest(sum(greatest(c.reltuples, 0)), 0)::bigint::text FROM pg_partition_tree($1::text::oid) p JOIN pg_class c ON c.oid = p.relid WHERE p.isleaf";
            let leaves = firsts(self.ask(sql, &[&oid]).await?);
            schema.estimate = leaves.first().and_then(|t| t.parse().ok()).unwrap_or(0).max(schema.estimate);
        }
        schema.refusal = is(&guarded).then(|| {
            format!("row-level security hides rows of it from {}: what cannot be seen cannot be kept apart from canaries. Seed as the table's owner (without FORCE ROW LEVEL SECURITY), or as a role with BYPASSRLS", user.unwrap_or_default())
        });
        Ok(schema)
    }

    async fn tables(&mut self) -> Result<Vec<TableName>, Fault> {
        let sql = "SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
            ORDER BY pg_table_is_visible(c.oid) DESC, 1, 2";
        let rows = self.rows(sql, &[]).await?;
        let name = |row: Row| {
            let [schema, name] = fields(row);
            TableName { schema: schema.unwrap_or_default(), name: name.unwrap_or_default() }
        };
        Ok(rows.into_iter().map(name).collect())
    }

    async fn limit(&mut self, most: Duration) -> Result<(), Fault> {
        let (all, lock) = (most.as_millis(), (most.as_millis() / 10).clamp(100, 5_000));
        self.run(&format!("SET statement_timeout = {all}; SET lock_timeout = {lock}"), &[]).await.map(drop)
    }

    async fn last_number(&mut self) -> Result<Option<String>, Fault> {
        Ok(firsts(self.rows("SELECT lastval()::text", &[]).await?).pop())
    }

    async fn numbers(&mut self, numbering: &Numbering, count: usize) -> Result<Vec<String>, Fault> {
        let Some(sequence) = &numbering.sequence else { return Ok(Vec::new()) };
        let sql = "SELECT nextval($1::text::oid::regclass)::text FROM generate_series(1, $2::text::int)";
        Ok(firsts(self.ask(sql, &[sequence, &count.to_string()]).await?))
    }
}

/// The first cell of each row.
pub(super) fn firsts(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}
