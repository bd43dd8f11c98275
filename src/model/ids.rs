//! Ids: UUIDv7 with a readable prefix (`src_`, `rel_`, `can_`, `hit_`, ...), so
//! that an id says what it names and sorts by the time it was made.
//!
//! Time and randomness come in as arguments; who reads clocks is the app.

use rand::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

use super::Time;

/// A source of randomness handed in by the caller.
pub trait Entropy: Rng {}
impl<T: Rng + ?Sized> Entropy for T {}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not {what} id (they look like {prefix}018f3c6e-…)")]
pub struct BadId {
    text: String,
    what: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id for something that happens at `now`.
            pub fn new(now: Time, entropy: &mut dyn Entropy) -> Self {
                let mut tail = [0u8; 10];
                entropy.fill_bytes(&mut tail);
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
            }
            /// When it was made, to the millisecond.
            pub fn time(&self) -> Time {
                let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(0);
                Time::from_millisecond(millis).unwrap_or_default()
            }
            /// The sixteen octets, time first.
            pub fn octets(&self) -> [u8; 16] {
                *self.0.as_bytes()
            }
            /// The id right after this one.
            pub fn next(self) -> Self {
                Self(Uuid::from_u128(self.0.as_u128().wrapping_add(1)))
            }
            /// The id whose octets these are.
            pub fn from_octets(octets: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(octets))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = || BadId { text: text.chars().take(60).collect(), what: $what, prefix: $prefix };
                let rest = text.strip_prefix($prefix).ok_or_else(bad)?;
                Uuid::try_parse(rest).map(Self).map_err(|_| bad())
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/** Names a source. */ SourceId, "src_", "a source");
id!(/** Names a release. */ ReleaseId, "rel_", "a release");
id!(/** Names a canary. */ CanaryId, "can_", "a canary");
id!(/** Names a hit. */ HitId, "hit_", "a hit");
id!(/** Names a case. */ CaseId, "case_", "a case");
id!(/** Names an alert. */ AlertId, "alert_", "an alert");
id!(/** Names an API token; not the secret itself. */ TokenId, "tok_", "a token");

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn an_id_reads_back_and_sorts_by_time() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let early = HitId::new(Time::from_second(1_700_000_000).expect("in range"), &mut entropy);
        let late = HitId::new(Time::from_second(1_700_000_001).expect("in range"), &mut entropy);
        assert!(early < late && early < early.next() && early.next() < late);
        assert_eq!(early.to_string().parse::<HitId>(), Ok(early));
        assert!(early.to_string().parse::<SourceId>().is_err());
        assert_eq!(late.time(), Time::from_second(1_700_000_001).expect("in range"));
        assert!("hit_nonsense".parse::<HitId>().is_err());
    }
}
