//! The integration tests, one binary. `site` is the harness: an installation in
//! a temporary directory, its server, and clients for every door. The other
//! modules read like the stories of ARCHITECTURE.md.

mod site;

/// Who may import whom, and that the documents tell the truth.
mod architecture;
/// `kill -9` under load, and seedings that were cut off.
mod crash;
/// Licences and the one TLS provider.
mod dependencies;
/// What the doors answer, and to whom.
mod doors;
/// Bad input: a clear message, and nothing changed.
mod refusals;
/// Seeding, contact, alert, verdict, through the real binary.
mod story;
/// Tables of many shapes.
mod tables;
/// Provider requests as their own tools sign them.
mod vectors;
