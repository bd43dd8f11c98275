//! A session with a database: statements go in with their values as text, rows
//! come out as text. What a server's own words for its schema are is the
//! adapter's; what is said with it is the rest of this folder's.

use async_trait::async_trait;
use std::time::Duration;

use super::dialect::Dialect;
use super::fault::Fault;
use super::schema::{Numbering, Schema, TableName};
use crate::identity::{Cell, Row};

/// What is done with each row.
pub(super) type Each<'e> = &'e mut (dyn FnMut(Row) + Send);

/// A connection of its own.
#[async_trait]
pub(super) trait Session: Send {
    fn dialect(&self) -> Dialect;

    /// Asks for rows.
    async fn rows(&mut self, sql: &str, with: &[Cell]) -> Result<Vec<Row>, Fault>;

    /// Asks for many rows, and hands each over as it comes.
    async fn each(&mut self, sql: &str, each: Each<'_>) -> Result<(), Fault>;

    /// Does something; returns how many rows it touched. Without values it may be
    /// anything that the server takes as a plain query.
    async fn run(&mut self, sql: &str, with: &[Cell]) -> Result<u64, Fault>;

    /// Reads the schema of a table.
    async fn describe(&mut self, table: &TableName) -> Result<Schema, Fault>;

    /// All tables that can be seeded, by name.
    async fn tables(&mut self) -> Result<Vec<TableName>, Fault>;

    /// No statement takes longer than this from here on, and none waits for a lock
    /// for more than a fraction of it.
    async fn limit(&mut self, most: Duration) -> Result<(), Fault>;

    /// The number that the server gave the last row that brought none.
    async fn last_number(&mut self) -> Result<Option<String>, Fault>;

    /// Numbers for rows to come, which nobody else is given; none where the server
    /// gives them with a row alone.
    async fn numbers(&mut self, _numbering: &Numbering, _count: usize) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }
}
