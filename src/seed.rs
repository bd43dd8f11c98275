//! Seeding, where the rows live: reads a table for its profile, and plants the
//! canaries' rows in it, all or none. What the rows are is `identity`'s; that
//! they are in the ledger first is the caller's.

pub mod csv;
pub mod sqlite;

use async_trait::async_trait;

use crate::identity::{Drawn, Row};

/// A row to be planted, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planting {
    /// As `locate` told it.
    pub location: String,
    /// In the order of `columns`; an absent value is NULL or empty.
    pub cells: Row,
}

/// How many of a set of rows are in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    All,
    None,
    /// So many are as planted.
    Some(usize),
}

/// Why a table cannot be read or planted in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("{doing} {path}: {cause}")]
    Io { doing: &'static str, path: String, cause: std::io::Error },
    #[error("{path}: {what}")]
    Table { path: String, what: String },
    #[error("{path}, line {line}: {what}")]
    Row { path: String, line: u64, what: String },
}

/// A table somewhere.
#[async_trait]
pub trait Table: Send {
    /// The names of the columns that a canary has, in order.
    fn columns(&self) -> &[String];

    /// Hands every row over, in the table's own order.
    async fn scan(&mut self, each: &mut (dyn FnMut(Row) + Send)) -> Result<(), SeedError>;

    /// Where each row will stand.
    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError>;

    /// Plants rows, all or none, durably; returns what was written.
    async fn plant(&mut self, rows: &[Planting]) -> Result<(), SeedError>;

    /// How many of these rows are in place as planted.
    async fn presence(&mut self, rows: &[Planting]) -> Result<Presence, SeedError>;

    /// Takes rows out again where they are as planted; returns how many.
    async fn remove(&mut self, rows: &[Planting]) -> Result<usize, SeedError>;

    /// What is written to, as it can be named again.
    fn output(&self) -> String;
}
