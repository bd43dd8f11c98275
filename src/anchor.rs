//! Anchors: what pins a head of the ledger to the world outside, so that not even
//! whoever holds all keys can rewrite it unseen. `trait Authority` is a
//! time-stamping authority; heads also go out through an alert channel, which is
//! `alert`'s.

pub mod rfc3161;

use async_trait::async_trait;

/// Says when something existed.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Takes a DER TimeStampReq, gives the DER TimeStampResp (RFC 3161).
    async fn stamp(&self, request: Vec<u8>) -> Result<Vec<u8>, String>;
}
