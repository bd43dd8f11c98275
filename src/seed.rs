//! Seeding, where the rows live: reads a table for its profile, and plants the
//! canaries' rows in it, all or none. What the rows are is `identity`'s; that
//! they are in the ledger first is the caller's.

pub mod csv;
pub mod db;
pub mod file;
pub mod jsonl;
mod packing;
pub mod parquet;
mod text;
pub mod xlsx;

use async_trait::async_trait;

use crate::identity::{Cell, Cells, Drawn, Meet, Role, Row};

/// Whoever meets each row. A name of its own, so that `async_trait` leaves its lifetimes alone.
pub type Each<'e> = &'e mut (dyn Meet + 'e);

/// A canary to be planted, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planting {
    /// As `locate` told it.
    pub location: String,
    /// In the order of `columns`; an absent value is NULL or empty.
    pub cells: Row,
    /// Its rows in related tables.
    pub related: Vec<Related>,
}

/// A row of a canary in a related table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// By its place among `tables`.
    pub table: usize,
    pub cells: Row,
}

/// What became of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// As it was planted.
    Standing,
    Gone,
    Altered(Altered),
}

/// A canary that is there and not as it was planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    pub differences: Vec<Difference>,
    /// As it is; rows that are gone are as they were planted.
    pub now: Planting,
}

impl Altered {
    /// Whether nothing but these columns has changed.
    pub fn only_in(&self, columns: &[String]) -> bool {
        self.differences.iter().all(|d| d.column.as_ref().is_some_and(|c| columns.contains(c)))
    }
}

/// A cell that is not as it was planted, or a row that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The row, as `locate` names it.
    pub location: String,
    /// Absent if the whole row is gone.
    pub column: Option<String>,
    pub was: Cell,
    pub is: Cell,
}

impl Difference {
    /// A row that is not there.
    pub fn gone(location: String) -> Self {
        Self { location, column: None, was: None, is: None }
    }
}

/// Rows that were tried out.
#[derive(Debug, Default)]
pub struct Tried {
    /// As the table writes them.
    pub taken: Vec<Drawn>,
    /// Why it did not take others.
    pub refused: Vec<String>,
}

/// Why a table cannot be read or planted in. Nothing was changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Rows may be in the table, and it cannot be seen which.
    #[error("{why}")]
    Unsettled { why: String },
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

    /// What the schema says of each column.
    fn comments(&self) -> Vec<Option<String>> {
        vec![None; self.columns().len()]
    }

    /// What an operator should know before rows are planted.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Hands over the rows that have, in all columns of one of these sets, what one
    /// of `rows` has, and perhaps others; false where only `scan` can tell.
    async fn alike(&mut self, _sets: &[Vec<usize>], _rows: &[Drawn], _each: Each<'_>) -> Result<bool, SeedError> {
        Ok(false)
    }

    /// Sees whether the table takes rows, and how it writes them. Nothing is changed.
    async fn try_out(&mut self, rows: Vec<Drawn>, _meter: Meter<'_>) -> Result<Tried, SeedError> {
        Ok(Tried { taken: rows, refused: Vec::new() })
    }

    /// Where each row will stand.
    async fn locate(&mut self, rows: &[Drawn]) -> Result<Vec<String>, SeedError>;

    /// The tables that are seeded together, with their columns; this one first.
    fn tables(&self) -> Vec<(String, Vec<String>)> {
        vec![(self.output(), self.columns().to_vec())]
    }

    /// Plants rows, all or none, durably; returns them as they are then.
    async fn plant(&mut self, rows: &[Planting], meter: Meter<'_>) -> Result<Vec<Planting>, SeedError>;

    /// What became of these rows.
    async fn look(&mut self, rows: &[Planting]) -> Result<Vec<Found>, SeedError>;

    /// Takes rows out again where they are as planted, and altered ones if that is
    /// wished; returns how many canaries went.
    async fn remove(&mut self, rows: &[Planting], altered_too: bool) -> Result<usize, SeedError>;

    /// The database that the table is in, if it is in one.
    fn database(&mut self) -> Option<&mut db::Database> {
        None
    }

    /// Whether rows go into the table that was read, and not into a copy of it.
    fn in_place(&self) -> bool {
        false
    }

    /// What columns are for, where the schema tells.
    fn known_roles(&self) -> Vec<(usize, Role)> {
        Vec::new()
    }

    /// Columns that hold dates, where the schema tells.
    fn dates(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Columns that the table itself may set when a row comes in: dates of this and
    /// of related tables.
    fn stamped(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is written to, as it can be named again.
    fn output(&self) -> String;
}
