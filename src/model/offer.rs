//! An offer: what of the pool a seeder may choose from, each phone with what is
//! known of it, so that a row gets one that agrees with it. Which entries are
//! offered is the app's to decide; to take one is to issue it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ContactPoint, Kind, LineKind, PoolItem};

/// A free number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedPhone {
    pub point: ContactPoint,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LineKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// When it came into service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// Free entries in random order, and what more can be minted below.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub phones: Vec<OfferedPhone>,
    /// Owned mailboxes, each to be planted whole and once.
    #[serde(default)]
    pub mailboxes: Vec<ContactPoint>,
    /// Domains under which mailboxes may be minted.
    pub mail_domains: Vec<String>,
    /// Addresses under which web addresses may be minted.
    pub web_hosts: Vec<String>,
    /// What the codes of canaries are drawn by where the copies of one dataset have to
    /// agree; empty where none was asked for.
    #[serde(default)]
    pub secret: String,
}

impl From<PoolItem> for OfferedPhone {
    fn from(item: PoolItem) -> Self {
        let facts = item.facts;
        Self {
            point: ContactPoint { kind: Kind::Phone, value: item.value },
            kind: facts.kind,
            carrier: facts.carrier,
            city: facts.city,
            since: facts.since,
        }
    }
}
