//! An event: one change, as the ledger keeps it. Every change of a thing
//! carries the whole thing as it stands after the change, so that the newest
//! event of an id is its state.

use serde::{Deserialize, Serialize};

use super::{Alert, Canary, Hit, HitId, PoolItem, Release, Source, Token};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body", rename_all = "snake_case")]
pub enum Event {
    Source(Source),
    Pool(PoolItem),
    Release(Release),
    Canary(Canary),
    Hit(Box<Hit>),
    /// The octets of a hit as they came, bounded, in base64. Apart from the hit,
    /// so that they can be read, and one day shredded, by themselves.
    Evidence {
        hit: HitId,
        octets: String,
    },
    Alert(Alert),
    /// A token, with the keyed hash of its secret in hex.
    Token {
        token: Token,
        secret_hash: String,
    },
    /// Somebody looked at canaries in clear, or asked for one that was never hit.
    Revealed {
        by: String,
        what: String,
    },
}

/// Changes that become durable together or not at all.
pub type Batch = Vec<Event>;
