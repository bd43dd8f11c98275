//! A database as a place to seed: one table, or several that hang together, of
//! PostgreSQL, MySQL, MariaDB or SQLite. Reads without standing in anybody's way,
//! tries rows out before they are told to the ledger, plants them in short
//! transactions, and takes them out again. What rows there are is `identity`'s.

mod address;
mod dialect;
mod family;
mod fault;
mod kin;
mod mysql;
mod order;
mod planting;
mod postgres;
mod reading;
mod removing;
mod rows;
mod schema;
mod session;
mod sqlite;
mod within;

use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use address::Address;
pub use dialect::Dialect;
pub use schema::{Column, Numbering, Reference, Schema, TableName};

use self::family::Family;
use self::fault::Fault;
use self::order::Order;
use self::rows::Rows;
use self::session::Session;
use self::within::Groups;
use super::{Each, Found, Meter, Planting, SeedError, Table, Tried};
use crate::identity::{Drawn, Role, Row};

/// Time for one statement, unless the operator says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Tables of one database.
pub struct Database {
    address: Address,
    session: Box<dyn Session>,
    /// The first is the one whose rows are the persons or companies.
    schemas: Vec<Schema>,
    order: Order,
    /// The columns of a canary in the first table.
    columns: Vec<String>,
    patience: Duration,
    stop: Arc<AtomicBool>,
    groups: Groups,
}

async fn connect(address: &Address) -> Result<Box<dyn Session>, Fault> {
    Ok(match address.dialect {
        Dialect::Postgres => Box::new(postgres::Postgres::connect(address).await?),
        Dialect::Mysql => Box::new(mysql::Mysql::connect(address).await?),
        Dialect::Sqlite => Box::new(sqlite::Sqlite::connect(address).await?),
    })
}

/// After each step in reading a table and in trying rows out, the server is left to
/// others for so many times what the step took: nobody waits for either.
const GENTLY: f64 = 3.0;

/// No pause is longer: a server ends sessions that are idle within a transaction.
const LONGEST: Duration = Duration::from_secs(5);

/// Leaves the server to others, for so many times what was asked of it took.
async fn pause(begun: Instant, times: f64) {
    tokio::time::sleep(begun.elapsed().mul_f64(times).min(LONGEST)).await;
}

impl Database {
    /// Connects, and finds the tables. Once `stop` is set, planting ends and takes
    /// back what it planted.
    pub async fn open(
        address: &Address,
        tables: &[String],
        patience: Duration,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, SeedError> {
        let wrong = |e: Fault| SeedError::Table { path: address.shown().to_owned(), what: e.to_string() };
        let mut session = connect(address).await.map_err(wrong)?;
        session.limit(patience).await.map_err(wrong)?;
        let known = session.tables().await.map_err(wrong)?;
        let mut schemas = Vec::new();
        for name in tables {
            let table =
                named(&known, name).map_err(|what| SeedError::Table { path: address.shown().to_owned(), what })?;
            let schema = session.describe(table).await.map_err(wrong)?;
            if let Some(why) = &schema.refusal {
                return Err(SeedError::Table { path: format!("{} table {name}", address.shown()), what: why.clone() });
            }
            schemas.push(schema);
        }
        let order = order::of(&schemas).map_err(|what| SeedError::Table { path: address.shown().to_owned(), what })?;
        let columns = schemas[0].filled().into_iter().map(|c| schemas[0].columns[c].name.clone()).collect();
        Ok(Self {
            address: address.clone(),
            session,
            schemas,
            order,
            columns,
            patience,
            stop,
            groups: Groups::default(),
        })
    }

    /// Rows that were planned once, to be numbered when they go in.
    pub fn unnumbered(&self, planting: &Planting) -> Drawn {
        Family::unnumbered(planting, &self.ties(), &self.numbered())
    }

    /// Hands over rows of a related table, by its place among the tables.
    pub async fn scan_related(&mut self, table: usize, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        self.read(table, each, meter).await
    }

    /// Rows of a table that have, in all columns of one of these sets, what one of
    /// `rows` has, and perhaps others.
    pub async fn having(&mut self, table: usize, sets: &[Vec<usize>], rows: &[&Row]) -> Result<Vec<Row>, SeedError> {
        let found = self.holders(table, sets, rows).await;
        found.map_err(|e| self.wrong("looking for rows that have what canaries have", &e))
    }

    /// What keys are for, by their places in a row.
    pub fn roles_of(&self, table: usize) -> Vec<(usize, Role)> {
        let schema = &self.schemas[table];
        let bound = |c: &usize| schema.references.iter().any(|r| r.columns.contains(c));
        let role = |(place, c): (usize, usize)| match () {
            () if bound(&c) => Some((place, Role::ForeignKey)),
            () if schema.number() == Some(c) => Some((place, Role::Key)),
            () => None,
        };
        schema.filled().into_iter().enumerate().filter_map(role).collect()
    }

    /// Places in a row of what is a date by its type.
    pub fn dates_of(&self, table: usize) -> Vec<usize> {
        let schema = &self.schemas[table];
        let is_date = |(place, c): (usize, usize)| schema.columns[c].date.then_some(place);
        schema.filled().into_iter().enumerate().filter_map(is_date).collect()
    }

    /// Columns of any of the tables that are dates by their type.
    pub(super) fn dated(&self) -> Vec<String> {
        let of = |s: &Schema| s.columns.iter().filter(|c| c.date).map(|c| c.name.clone()).collect::<Vec<_>>();
        self.schemas.iter().flat_map(of).collect()
    }

    /// What the schemas say, the table of the persons or companies first.
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    fn wrong(&self, doing: &str, cause: &Fault) -> SeedError {
        SeedError::Table {
            path: format!("{} table {}", self.address.shown(), self.schemas[0].name),
            what: format!("{doing}: {cause}"),
        }
    }

    /// The place in a row of a column of the schema.
    fn place(&self, table: usize, column: usize) -> Option<usize> {
        self.schemas[table].filled().into_iter().position(|c| c == column)
    }
}

/// The table that somebody means: by its whole name, or by its own where that
/// tells which.
fn named<'a>(known: &'a [TableName], name: &str) -> Result<&'a TableName, String> {
    let whole = known.iter().find(|t| t.to_string() == name);
    let own: Vec<&TableName> = known.iter().filter(|t| t.name == name).collect();
    match (whole, &own[..]) {
        (Some(table), _) => Ok(table),
        // Those on the search path come first.
        (None, [table, ..]) if own.len() == 1 || table.schema == "public" => Ok(table),
        (None, []) => {
            let all: Vec<String> = known.iter().take(40).map(TableName::to_string).collect();
            let all = if all.is_empty() { "none that this user can see".to_owned() } else { all.join(", ") };
            Err(format!("there is no table {name:?}; there are: {all}"))
        }
        (None, several) => {
            let all: Vec<String> = several.iter().map(|t| t.to_string()).collect();
            Err(format!("there are several tables {name:?}: say which of {}", all.join(", ")))
        }
    }
}

#[async_trait]
impl Table for Database {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn comments(&self) -> Vec<Option<String>> {
        let schema = &self.schemas[0];
        schema.filled().into_iter().map(|c| schema.columns[c].comment.clone()).collect()
    }

    fn remarks(&self) -> Vec<String> {
        let triggers = |s: &Schema| {
            let what = format!(
                "table {} has triggers, which run for canaries as for any row: {}",
                s.name,
                s.triggers.join(", ")
            );
            (!s.triggers.is_empty()).then_some(what)
        };
        let keyless = |s: &Schema| {
            let what = format!("table {} has no key: its canaries are found again by all their values alone", s.name);
            s.key.is_empty().then_some(what)
        };
        self.schemas.iter().flat_map(|s| [triggers(s), keyless(s)]).flatten().collect()
    }

    async fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError> {
        self.read(0, each, meter).await
    }

    async fn alike(&mut self, sets: &[Vec<usize>], rows: &[Drawn], each: Each<'_>) -> Result<bool, SeedError> {
        let rows: Vec<&Row> = rows.iter().map(|d| &d.row).collect();
        let found = self.having(0, sets, &rows).await?;
        for row in found {
            let cells: Vec<Option<&str>> = row.iter().map(|c| c.as_deref()).collect();
            each.meet(&cells);
        }
        Ok(true)
    }

    async fn try_out(&mut self, rows: Vec<Drawn>, meter: Meter<'_>) -> Result<Tried, SeedError> {
        self.rehearse(rows, meter).await
    }

    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError> {
        let of = Rows::of(self.session.dialect(), &self.schemas[0]);
        Ok(rows.iter().map(|r| of.location(&r.row)).collect())
    }

    fn tables(&self) -> Vec<(String, Vec<String>)> {
        let columns = |s: &Schema| s.filled().into_iter().map(|c| s.columns[c].name.clone()).collect();
        self.schemas.iter().map(|s| (s.name.to_string(), columns(s))).collect()
    }

    async fn plant(&mut self, rows: &[Planting], meter: Meter<'_>) -> Result<Vec<Planting>, SeedError> {
        self.plant_all(rows, meter).await
    }

    async fn look(&mut self, rows: &[Planting]) -> Result<Vec<Found>, SeedError> {
        self.look_for(rows).await
    }

    async fn remove(&mut self, rows: &[Planting], altered_too: bool) -> Result<usize, SeedError> {
        self.take_out(rows, altered_too).await
    }

    fn database(&mut self) -> Option<&mut Database> {
        Some(self)
    }

    fn dates(&self) -> Vec<usize> {
        self.dates_of(0)
    }

    fn stamped(&self) -> Vec<String> {
        self.dated()
    }

    fn known_roles(&self) -> Vec<(usize, Role)> {
        self.roles_of(0)
    }

    fn in_place(&self) -> bool {
        true
    }

    fn output(&self) -> String {
        self.address.shown().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_name_or_with_its_schema() {
        let table = |schema: &str, name: &str| TableName { schema: schema.to_owned(), name: name.to_owned() };
        let known = [
            table("public", "people"),
            table("old", "people"),
            table("old", "居民 登记"),
            table("a", "x"),
            table("b", "x"),
        ];
        assert_eq!(named(&known, "people"), Ok(&known[0]));
        assert_eq!(named(&known, "old.people"), Ok(&known[1]));
        assert_eq!(named(&known, "居民 登记"), Ok(&known[2]));
        assert!(named(&known, "x").expect_err("two").contains("a.x, b.x"));
        assert!(named(&known, "persons").expect_err("none").contains("public.people"));
    }
}
