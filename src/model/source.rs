//! A source: whoever holds a copy and could leak it. Sources form a tree.

use serde::{Deserialize, Serialize};

use super::{Name, SourceId, Time};

/// A ministry, a bureau, an office, a contractor, one clerk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub name: Name,
    /// What people call it in full.
    pub title: Option<String>,
    pub parent: Option<SourceId>,
    /// Mail addresses that are told of this source's hits beside the channels
    /// of the configuration.
    pub notify: Vec<String>,
    pub added_at: Time,
}

impl Source {
    /// The title where there is one, else the name.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(self.name.as_str())
    }
}
