//! An event: one change, as the ledger keeps it. Every change of a thing
//! carries the whole thing as it stands after the change, so that the newest
//! event of an id is its state.

use serde::{Deserialize, Serialize};

use super::{Alert, Canary, Case, Guarded, Hit, HitId, Judgement, PoolItem, Release, ReleaseId, Source, Time, Token};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body", rename_all = "snake_case")]
pub enum Event {
    Source(Source),
    Pool(PoolItem),
    Release(Release),
    Canary(Canary),
    Hit(Box<Hit>),
    /// The octets of a hit as they came, bounded; always the entry right after it.
    Evidence {
        hit: HitId,
        octets: Guarded<Vec<u8>>,
    },
    Judgement(Judgement),
    Case(Case),
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
    /// Somebody was given a filter that leaves a release's canaries out: so many
    /// digests of their values, decoys not counted. `filter` is the SHA-256 of its
    /// key, so that a filter that turns up somewhere is known for whose it was.
    Excluded {
        by: String,
        release: ReleaseId,
        digests: u64,
        filter: String,
    },
    /// A head of the ledger was signed: the note, and what a time-stamping
    /// authority said of it (RFC 3161, DER in base64).
    Head {
        note: String,
        stamp: Option<String>,
    },
    /// A sealing key came or went.
    Key {
        id: String,
        by: String,
        what: KeyChange,
    },
    /// The contents of hits that arrived before this moment were made unreadable,
    /// by destroying the keys of so many days.
    Shredded {
        before: Time,
        days: u64,
    },
}

/// What happened to a sealing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// New records are sealed with it, old ones are sealed anew.
    Added,
    /// Nothing is sealed with it any more; it was removed from the key file.
    Retired,
}

/// Changes that become durable together or not at all.
pub type Batch = Vec<Event>;
