//! An entry: one event, the moment it was recorded and a salt, as canonical
//! JSON (RFC 8785), and its leaf hash (RFC 6962 section 2.1). The salt keeps
//! the hash from giving a guessable event away.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Event, Time};

/// SHA-256(0x00 || entry).
pub type LeafHash = [u8; 32];

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Time,
    /// Sixteen random octets in hex.
    pub salt: String,
    #[serde(flatten)]
    pub event: Event,
}

/// Octets that are not an entry.
#[derive(Debug, thiserror::Error)]
#[error("not a ledger entry: {0}")]
pub struct BadEntry(#[from] serde_json::Error);

impl Entry {
    /// The canonical octets. Keys are ASCII and numbers are whole, so sorting
    /// by code unit and serde's number form are those of RFC 8785.
    pub fn canonical(&self) -> Result<Vec<u8>, BadEntry> {
        let value = serde_json::to_value(self)?;
        Ok(serde_json::to_vec(&value)?)
    }

    /// Reads canonical octets back.
    pub fn read(octets: &[u8]) -> Result<Self, BadEntry> {
        Ok(serde_json::from_slice(octets)?)
    }
}

/// The leaf hash of canonical octets.
pub fn leaf_hash(octets: &[u8]) -> LeafHash {
    Sha256::new().chain_update([0]).chain_update(octets).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_canonical_and_reads_back() {
        let event = Event::Revealed { by: "审计 \"x\"\u{7}".into(), what: "can_1".into() };
        let entry = Entry { at: Time::from_second(1_700_000_000).expect("in range"), salt: "00ff".into(), event };
        let octets = entry.canonical().expect("serialises");
        assert_eq!(
            String::from_utf8_lossy(&octets),
            r#"{"at":"2023-11-14T22:13:20Z","body":{"by":"审计 \"x\"\u0007","what":"can_1"},"salt":"00ff","type":"revealed"}"#
        );
        assert_eq!(Entry::read(&octets).expect("reads"), entry);
    }

    #[test]
    fn the_leaf_hash_is_that_of_rfc_6962() {
        // The empty leaf of the standard's test vectors.
        assert_eq!(hex::encode(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }
}
