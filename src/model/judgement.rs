//! A judgement: what attribution held of one source at one moment, as the ledger
//! keeps it, so that it can be shown later what was known when. Numbers are whole
//! because canonical JSON has but one way to write those.

use serde::{Deserialize, Serialize};

use super::{SourceId, Time};

/// One verdict, put down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub source: SourceId,
    pub at: Time,
    /// Number of the newest ledger entry that was considered.
    pub through: u64,
    /// Probability that the source leaked, in millionths.
    pub probability_ppm: u32,
    /// Log10 of the Bayes factor, in thousandths.
    pub log10_bayes_factor_milli: i64,
    /// Over the bar for naming the source.
    pub accused: bool,
}

/// A source with counted hits that no judgement has considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub source: SourceId,
    /// Number of the newest hit's ledger entry.
    pub newest: u64,
}
