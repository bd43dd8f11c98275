//! dyepack plants people who do not exist into every copy of a data set, owns
//! the contact points they carry, listens on them, and says whose copy leaked.
//!
//! The rooms, in the order data flows; the table of who may import whom is in
//! `tests/architecture.rs`, the walkthroughs are in ARCHITECTURE.md.

pub mod alert;
pub mod anchor;
pub mod api;
pub mod app;
pub mod attribution;
pub mod cli;
pub mod client;
pub mod config;
pub mod dashboard;
pub mod identity;
pub mod ledger;
pub mod listen;
pub mod model;
pub mod seed;
pub mod store;
