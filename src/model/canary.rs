//! A canary: one person or company that does not exist, as it was planted in one
//! release. Planted again (in a later release of its source, or on purpose in
//! another source's), it is the same id with another release, and looks as it does
//! there; its contact points are the same everywhere.

use serde::{Deserialize, Serialize};

use super::{CanaryId, ContactPoint, ReleaseId, Time};

/// One column of the planted row, as text in the table's own form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    pub column: String,
    pub value: String,
}

/// Why a canary's identity number belongs to nobody, or that it has none.
/// The classes and their residual risks are argued in ARCHITECTURE.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdSafety {
    /// The table has no such column.
    #[default]
    NoColumn,
    /// Left empty, as in other rows of the table.
    Empty,
    /// Masked, as in other rows of the table.
    Masked,
    /// Of a scheme that is not known here: in the column's own shape, and no value
    /// of the table; whether somebody elsewhere has it cannot be known.
    Shape,
    /// Of a range that is given to nobody, as the numbers of the table are (SSN).
    Unissued,
    /// Check digit right, but the address code was abolished before the birth
    /// date or created long after that cohort was numbered (GB 11643).
    Anachronism,
}

impl IdSafety {
    /// The one of two that says less.
    pub fn worse(self, other: Self) -> Self {
        let rank = |safety: Self| match safety {
            IdSafety::NoColumn => 0,
            IdSafety::Empty => 1,
            IdSafety::Masked => 2,
            IdSafety::Unissued => 3,
            IdSafety::Anachronism => 4,
            IdSafety::Shape => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
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
    /// Where the row stands: `row 17` of a file, `people id=17` of a database.
    pub location: String,
    /// When its row is to go in, where that is put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// Its rows in tables that are related to that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedRow>,
}

/// A further row of a canary, in a related table of the same database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedRow {
    pub table: String,
    pub fields: Vec<Field>,
    pub location: String,
}
