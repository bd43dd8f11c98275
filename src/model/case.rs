//! A case: a suspected leak of one source, opened by attribution, worked on and
//! closed by people. What speaks for the suspicion is judged anew whenever it is
//! shown; the case keeps what people did.

use serde::{Deserialize, Serialize};

use super::{CaseId, SourceId, Time};

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Confirmed,
    FalseAlarm,
    Expected,
}

/// What somebody wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub at: Time,
    pub by: String,
    pub text: String,
}

/// One suspected leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub source: SourceId,
    pub opened_at: Time,
    /// How it ended, while it is closed.
    pub outcome: Option<Outcome>,
    pub closed_at: Option<Time>,
    /// Oldest first; closing and reopening leave one too.
    pub notes: Vec<Note>,
}

impl Case {
    /// Whether people still work on it.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}

impl Outcome {
    /// The word people read and type.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Confirmed => "confirmed",
            Outcome::FalseAlarm => "false-alarm",
            Outcome::Expected => "expected",
        }
    }

    /// The outcome of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Outcome::Confirmed, Outcome::FalseAlarm, Outcome::Expected].into_iter().find(|o| o.word() == word)
    }
}
