//! The bodies of requests, and the body of an error. What is answered else is
//! defined in `app::views`.

use serde::{Deserialize, Serialize};

pub use crate::app::views;
use crate::app::views::NewPoint;
use crate::model::case::Outcome;
use crate::model::{Channel, Field, HitId, PointFacts, PoolKind, Time, TokenRole};

/// `POST /sources`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddSource {
    pub name: String,
    pub title: Option<String>,
    pub parent: Option<String>,
    #[serde(default)]
    pub notify: Vec<String>,
}

/// `POST /pool`: values that are alike, points that each have facts of their own, or both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddToPool {
    pub kind: PoolKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Of all values.
    #[serde(default)]
    pub control: bool,
    /// Of all values.
    #[serde(default, skip_serializing_if = "PointFacts::is_empty")]
    pub facts: PointFacts,
    #[serde(default)]
    pub points: Vec<NewPoint>,
}

impl AddToPool {
    /// All of them.
    pub fn into_points(self) -> Vec<NewPoint> {
        let (control, facts) = (self.control, self.facts);
        let alike = self.values.into_iter().map(|value| NewPoint { value, control, facts: facts.clone() });
        alike.chain(self.points).collect()
    }
}

/// `GET /pool/offer`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskOffer {
    #[serde(default)]
    pub dataset: Option<String>,
    pub phones: usize,
    #[serde(default)]
    pub mailboxes: usize,
}

/// `GET /releases/{id}/canaries`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AskCanaries {
    #[serde(default)]
    pub reveal: bool,
}

/// `GET /releases/standing`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskStanding {
    pub source: String,
    pub dataset: String,
}

/// `POST /releases/apart`: what rows to be would be known by in a source's copy of a dataset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskApart {
    pub source: String,
    pub dataset: String,
    pub rows: Vec<Vec<Field>>,
}

/// `GET /hits`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AskHits {
    pub source: Option<String>,
    pub channel: Option<Channel>,
    pub since: Option<Time>,
}

/// `POST /who`: in the body, so that no log of addresses has the value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskWho {
    pub value: String,
}

/// `POST /cases/{id}/notes`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddNote {
    pub text: String,
}

/// `POST /cases/{id}/close`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CloseCase {
    pub outcome: Outcome,
}

/// `GET /evidence/export`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AskExport {
    #[serde(default)]
    pub withhold: bool,
}

/// `POST /evidence/proofs`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskProof {
    pub hit: HitId,
}

/// `POST /tokens`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddToken {
    pub name: String,
    pub role: TokenRole,
}

/// The body of every error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// `invalid`, `not_found`, `conflict`, `unavailable`, `unauthorized`, `forbidden`.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}
