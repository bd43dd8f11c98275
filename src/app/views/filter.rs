//! The view of `release exclude`: digests by which a department leaves canaries
//! out of its own statistics and mailings. No value of a canary is in it.

use serde::{Deserialize, Serialize};

use crate::model::{ReleaseId, Time};

/// `release exclude`. Not `Debug`: whoever holds it can find the canaries.
#[derive(Clone, Serialize, Deserialize)]
pub struct FilterView {
    pub release: ReleaseId,
    pub made_at: Time,
    /// Hex; fresh for this filter.
    pub key: String,
    /// SHA-256 of the key's hex: what the ledger knows the filter by.
    pub fingerprint: String,
    /// How a digest is computed, for people.
    pub rule: String,
    pub columns: Vec<FilterColumn>,
    /// Whether these columns together leave every canary out.
    pub complete: bool,
    /// In random order, and of each column as many: the rest are random, so that
    /// their number does not tell how many canaries there are.
    pub digests: Vec<FilterDigest>,
}

/// A column that canaries are known by.
#[derive(Clone, Serialize, Deserialize)]
pub struct FilterColumn {
    pub column: String,
    pub role: String,
    /// Whether it leaves every canary out by itself.
    pub complete: bool,
}

/// One digest, and the column that its value stands in.
#[derive(Clone, Serialize, Deserialize)]
pub struct FilterDigest {
    pub column: String,
    pub digest: String,
}
