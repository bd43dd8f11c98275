//! The ledger: the append-only record of everything, and the evidence. Entries
//! are leaves of a Merkle tree whose heads are signed; proofs and exports can be
//! checked by somebody who has nothing but a file and the public key. Where
//! entries are kept, and how they become durable, is the store's.
//!
//! PURE: no I/O, no clock, no ambient randomness.

pub mod contents;
pub mod entry;
pub mod export;
pub mod head;
pub mod proof;
pub mod stamp;
pub mod tree;

pub use entry::{BadEntry, Entry, LeafHash};
