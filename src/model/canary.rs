//! A canary: one person or company that does not exist, as it was planted in one
//! release. Planted again (in a later release of its source, or on purpose in
//! another source's), it is the same id with another release, and looks as it does
//! there; its contact points are the same everywhere.

use serde::{Deserialize, Serialize};

use super::{CanaryId, ContactPoint, ReleaseId};

/// One column of the planted row, as text in the table's own form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub column: String,
    pub value: String,
}

/// Why a canary's identity number belongs to nobody, or that it has none.
/// The classes and their residual risks are argued in ARCHITECTURE.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdSafety {
    /// The table has no such column.
    NoColumn,
    /// Left empty, as in other rows of the table.
    Empty,
    /// Masked, as in other rows of the table.
    Masked,
    /// Of a scheme that is not known here: in the column's own shape, and no value
    /// of the table; whether somebody elsewhere has it cannot be known.
    Shape,
    /// Check digit right, but the address code was abolished before the birth
    /// date or created long after that cohort was numbered (GB 11643).
    Anachronism,
}

/// One person or company that does not exist, in one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    pub id: CanaryId,
    pub release: ReleaseId,
    /// The whole row.
    pub fields: Vec<Field>,
    /// How the person may be addressed; a contact that carries one of these is
    /// confirmed to hold the record.
    pub names: Vec<String>,
    /// The values of the row that identify the person beside the contact
    /// points: written number, identity number.
    pub identifiers: Vec<String>,
    pub contact_points: Vec<ContactPoint>,
    pub id_safety: IdSafety,
    /// Where the row stands: `row 17` of a file, `rowid 17` of a table.
    pub location: String,
}
