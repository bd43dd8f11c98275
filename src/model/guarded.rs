//! Guarded: a part of an event that can be shredded while its hash stands. In
//! the ledger it is sealed under a key of its own; once that key is destroyed
//! the octets stay where they are, and mean nothing to anybody.
//!
//! Who seals and opens, and where the keys are, is the store's.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value in clear, or as the ledger keeps it (base64). Only the sealed form
/// can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guarded<T> {
    Clear(T),
    Sealed(String),
}

impl<T> Guarded<T> {
    /// The value, unless it is sealed.
    pub fn clear(&self) -> Option<&T> {
        match self {
            Guarded::Clear(value) => Some(value),
            Guarded::Sealed(_) => None,
        }
    }
}

impl<T> Serialize for Guarded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Guarded::Sealed(text) => serializer.serialize_str(text),
            Guarded::Clear(_) => Err(S::Error::custom("what is guarded must be sealed before it is written")),
        }
    }
}

impl<'de, T> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Guarded::Sealed).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sealed_form_is_written() {
        assert!(serde_json::to_string(&Guarded::Clear(vec![1u8])).is_err());
        let sealed: Guarded<Vec<u8>> = Guarded::Sealed("AAA=".into());
        assert_eq!(serde_json::to_string(&sealed).expect("written"), "\"AAA=\"");
        assert_eq!(serde_json::from_str::<Guarded<Vec<u8>>>("\"AAA=\"").expect("read"), sealed);
    }
}
