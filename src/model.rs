//! The words of dyepack as types: source, dataset, release, canary, contact
//! point, hit, case, alert, token and their ids. Everything here is a value; parsing
//! is the only door in (`Name::parse`, `ContactPoint::parse`, ...).
//!
//! PURE: no I/O, no clock, no ambient randomness. What is done with the words
//! is left to the rooms that come after.

pub mod alert;
pub mod canary;
pub mod case;
pub mod contact_point;
pub mod event;
pub mod extension;
pub mod filter;
pub mod guarded;
pub mod hit;
pub mod ids;
pub mod judgement;
pub mod lookup;
pub mod name;
pub mod offer;
pub mod pool;
pub mod release;
pub mod source;
pub mod token;

pub use alert::{Alert, AlertState, Attempt};
pub use canary::{Canary, Field, IdSafety, RelatedRow};
pub use case::Case;
pub use contact_point::{ContactPoint, Kind};
pub use event::{Batch, Event, KeyChange};
pub use filter::FilterKey;
pub use guarded::Guarded;
pub use hit::{Channel, Hit, HitStatus, Marks, Words};
pub use ids::{AlertId, CanaryId, CaseId, Entropy, HitId, ReleaseId, SourceId, TokenId};
pub use judgement::{Judgement, News};
pub use lookup::Lookup;
pub use name::{BadName, Name};
pub use offer::{Offer, OfferedPhone};
pub use pool::{BadItem, LineKind, PointFacts, PoolItem, PoolKind};
pub use release::{Place, Release, ReleaseState, Shared};
pub use source::Source;
pub use token::{Role as TokenRole, Token};

/// Everything that can happen at a moment happens at one of these: UTC, with
/// microseconds, written as RFC 3339.
pub type Time = jiff::Timestamp;
