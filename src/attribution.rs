//! Attribution: the judgement. Which hits belong to one campaign, whether a
//! contact names the persona, how much contact arrives for no reason, and from
//! all hits and all silences how probable it is that a source leaked.
//!
//! PURE: no I/O, no clock, no ambient randomness. Opening cases and telling
//! people is the app's.

pub mod campaign;
pub mod counts;
pub mod jointly;
pub mod matching;
pub mod noise;
pub mod verdict;

pub use campaign::{Campaigns, sender_mark, text_mark};
pub use counts::{Contact, Exposure};
pub use jointly::SharedEvidence;
pub use noise::{Background, Silence};
pub use verdict::{Evidence, Judge, Verdict};
