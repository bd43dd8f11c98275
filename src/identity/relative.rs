//! A relative: a further row of the same person or company, in a table that is
//! related to the first one: an address, a share, a contract. Which rows go with
//! whom is `family`'s; putting them in the right order is the database's.

use super::Row;
use crate::model::{ContactPoint, IdSafety};

/// A row in a related table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Relative {
    /// Which of the tables that are seeded together, the first being 0.
    pub table: usize,
    pub row: Row,
    /// Cells that are those of other rows of the family.
    pub links: Vec<Link>,
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub contact_points: Vec<ContactPoint>,
    pub id_safety: IdSafety,
}

/// A cell that refers to another row of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub column: usize,
    /// The first row is 0, the relatives follow.
    pub member: usize,
    /// The column there.
    pub from: usize,
}
