//! An alert: the notice that a hit needs a person, and how its delivery stands.
//! The text is written when it is sent, so that it tells the newest verdict.

use serde::{Deserialize, Serialize};

use super::{AlertId, HitId, SourceId, Time};

/// How delivery stands on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    Pending,
    Delivered,
    /// Refused for good, or tried for days.
    GivenUp,
}

/// The last thing that happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: Time,
    /// What went wrong, or nothing.
    pub error: Option<String>,
}

/// One notice on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    /// The name of an `[[alerts]]` entry of the configuration.
    pub channel: String,
    pub source: SourceId,
    /// The hit that caused it.
    pub hit: HitId,
    /// Hits whose ledger entries come after this number are told.
    pub after: u64,
    /// Number of the newest entry that its text told of; later hits may have joined it.
    pub through: u64,
    pub state: AlertState,
    pub queued_at: Time,
    /// Not before this moment.
    pub due_at: Time,
    pub attempts: u32,
    pub last: Option<Attempt>,
}

impl AlertState {
    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            AlertState::Pending => "pending",
            AlertState::Delivered => "delivered",
            AlertState::GivenUp => "given up",
        }
    }
}
