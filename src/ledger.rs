//! The ledger: the append-only record of everything, and the evidence. An entry
//! is canonical JSON with a salt; its leaf hash is that of RFC 6962. Where
//! entries are kept, and how they become durable, is the store's.
//!
//! PURE: no I/O, no clock, no ambient randomness.

pub mod entry;

pub use entry::{BadEntry, Entry, LeafHash};
