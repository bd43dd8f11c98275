//! A release: one copy of a dataset as one source holds it from a moment on.
//! Its state is the two-phase story of seeding: issued (in the ledger, perhaps
//! not in the wild), planted (confirmed), withdrawn.

use serde::{Deserialize, Serialize};

use super::{Name, ReleaseId, SourceId, Time};

/// Where a release's rows went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What was read, as the operator named it.
    pub input: String,
    /// What was written.
    pub output: String,
    /// The table, where the place is a database.
    pub table: Option<String>,
    /// Tables related to it that were seeded with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

/// Canaries that a release was given although other sources hold them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Who held them, in order.
    pub with: Vec<SourceId>,
    pub canaries: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// How far a release has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// In the ledger; the rows may or may not be in the wild.
    Issued,
    /// The planting was confirmed.
    Planted,
    /// Taken back; its contact points never serve again.
    Withdrawn,
}

/// One copy of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: ReleaseId,
    pub source: SourceId,
    pub dataset: Name,
    pub state: ReleaseState,
    pub place: Place,
    /// Rows that were there before.
    pub rows_in: u64,
    /// Canaries issued.
    pub canaries: u64,
    /// Those of them that the source's releases before this one had already.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kept: u64,
    /// Those that are new in this source, and that others held before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Shared>,
    /// Column and the role it was taken for.
    pub roles: Vec<(String, String)>,
    /// When the next canary is due that is not in place yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
    pub issued_at: Time,
    pub planted_at: Option<Time>,
    pub withdrawn_at: Option<Time>,
}

impl ReleaseState {
    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            ReleaseState::Issued => "issued",
            ReleaseState::Planted => "planted",
            ReleaseState::Withdrawn => "withdrawn",
        }
    }
}
