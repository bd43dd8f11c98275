//! A token: who may use the API, and for what. The secret is never kept; the
//! store finds a token by the keyed hash of its secret.

use serde::{Deserialize, Serialize};

use super::{Name, Time, TokenId};

/// What a token's bearer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Seeds; sees releases, cannot read hits.
    Seeder,
    /// Reads hits, verdicts and values; cannot reveal canaries that were not hit.
    Analyst,
    /// Reads the ledger and how things stand.
    Auditor,
}

/// One bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: TokenId,
    pub name: Name,
    pub role: Role,
    pub added_at: Time,
    pub revoked_at: Option<Time>,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Admin, Role::Seeder, Role::Analyst, Role::Auditor];

    /// The word people read and type.
    pub fn word(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Seeder => "seeder",
            Role::Analyst => "analyst",
            Role::Auditor => "auditor",
        }
    }

    /// The role of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}
