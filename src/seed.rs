//! Seeding, where the rows live: reads a table for its profile, and plants the
//! canaries' rows in it, all or none. What the rows are is `identity`'s; that
//! they are in the ledger first is the caller's.

pub mod csv;
pub mod file;
pub mod jsonl;
mod packing;
pub mod parquet;
pub mod sqlite;
mod text;
pub mod xlsx;

use async_trait::async_trait;

use crate::identity::{Cells, Drawn, Row};

/// What is done with each row. A name of its own, so that `async_trait` leaves its lifetimes alone.
pub type Each<'e> = &'e mut (dyn for<'r, 'c> FnMut(&'r Cells<'c>) + Send);

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
    /// `place` says where, in the words of the format: "line 17", "sheet 名单, row 12", "row group 3".
    #[error("{path}, {place}: {what}")]
    Row { path: String, place: String, what: String },
}

/// How far a pass has come: octets (or rows) done, of all.
pub type Meter<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// A kind of file: how a table in it is read, and how it is written again with rows in between.
/// Reading never changes the input. The output file itself (whole or not at all) is `file`'s.
pub trait Format: Send {
    /// Names of the columns, in order.
    fn columns(&self) -> &[String];
    /// Hands every data row over in order; returns how many there were. An empty table is an error.
    fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError>;
    /// Writes the input again to `to` with `rows` in between. `rows` are (number of the row in the OUTPUT, counted
    /// from 1 among data rows, strictly ascending; cells as text). Everything that is not a canary stays as it was.
    /// `scan` has always been run before on the same value (habits of writing are learned there).
    fn copy(&mut self, rows: &[(u64, Row)], to: &mut std::fs::File, meter: Meter<'_>) -> Result<(), SeedError>;
    /// The greatest number of real rows that may stand before a canary (a last CSV row without line end stays last).
    fn last_place(&mut self) -> Result<u64, SeedError>;
}

/// A table somewhere.
#[async_trait]
pub trait Table: Send {
    /// The names of the columns that a canary has, in order.
    fn columns(&self) -> &[String];

    /// Hands every row over, in the table's own order; returns how many there were.
    async fn scan(&mut self, each: Each<'_>, meter: Meter<'_>) -> Result<u64, SeedError>;

    /// Where each row will stand.
    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError>;

    /// Plants rows, all or none, durably.
    async fn plant(&mut self, rows: &[Planting], meter: Meter<'_>) -> Result<(), SeedError>;

    /// How many of these rows are in place as planted.
    async fn presence(&mut self, rows: &[Planting]) -> Result<Presence, SeedError>;

    /// Takes rows out again where they are as planted; returns how many.
    async fn remove(&mut self, rows: &[Planting]) -> Result<usize, SeedError>;

    /// The column that numbers the rows by the nature of the table, if one does.
    fn number_column(&self) -> Option<usize> {
        None
    }

    /// What is written to, as it can be named again.
    fn output(&self) -> String;
}
