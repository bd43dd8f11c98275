//! A filter's key: what makes the digests of canaries' values mean nothing to
//! whoever has only the digests. Fresh for every filter, so that two of them
//! cannot be laid side by side, and known to the ledger by its fingerprint.

use sha2::{Digest, Sha256};

use super::Entropy;

/// Stands between key and value; a key, being hex, never holds it.
pub const SEPARATOR: char = '|';
/// How a digest is computed, for people.
pub const RULE: &str = "sha256(key + \"|\" + value) of the UTF-8 octets, as lower-case hex";

/// The key of one filter. Not `Debug`: whoever holds it and the digests can try values.
#[derive(Clone)]
pub struct FilterKey(String);

impl FilterKey {
    /// A fresh key of 32 octets.
    pub fn draw(entropy: &mut dyn Entropy) -> Self {
        Self(random_hex(entropy))
    }

    /// In hex, as it is handed out.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest of a cell's text as it stands in the row.
    pub fn digest(&self, value: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(SEPARATOR.to_string().as_bytes());
        hash.update(value.as_bytes());
        hex::encode(hash.finalize())
    }

    /// What a filter that turns up somewhere is recognised by; says nothing of the key.
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

/// A digest of nothing: told from a real one only by whoever finds no value for it.
pub fn decoy(entropy: &mut dyn Entropy) -> String {
    random_hex(entropy)
}

fn random_hex(entropy: &mut dyn Entropy) -> String {
    let mut octets = [0u8; 32];
    entropy.fill_bytes(&mut octets);
    hex::encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_what_other_programs_compute() {
        let key = FilterKey("00".repeat(32));
        // printf '%s|%s' 00…00 王伟 | sha256sum
        let expected = "556114292137b9fcdab5e894631e2fd31642d36fe32c931659c51327d953d540";
        assert_eq!(key.digest("王伟"), expected);
        assert_ne!(key.digest("王伟 "), expected);
    }
}
