//! The integration tests, one binary. `site` is the harness: an installation in
//! a temporary directory, its server, and clients for every door. The other
//! modules read like the stories of ARCHITECTURE.md.

mod site;

/// Who may import whom, and that the documents tell the truth.
mod architecture;
/// What every backend of the store must do.
mod contract;
/// `kill -9` under load, and seedings that were cut off.
mod crash;
/// The registry of companies and subscribers in every dialect, and what tests of databases stand on.
mod databases;
/// Licences and the one TLS provider.
mod dependencies;
/// What the doors answer, and to whom.
mod doors;
/// Heads, exports, proofs, reports, backups, keys.
mod evidence;
/// Filters that leave canaries out of lawful use.
mod exclude;
/// Kinds of files: seeded copies without their canaries, and broken ones.
mod formats;
/// The primary of a cluster dies.
mod ha;
/// Servers of PostgreSQL that go away, and replicas, through the binary.
mod outage;
/// Files for the pool, mailboxes at providers, offers.
mod pool;
/// A throw-away PostgreSQL.
mod postgres;
/// The power goes: what a disk would hold, at many moments.
mod power;
/// A server as a child process, which ends with the tests.
mod process;
/// What canaries must never have, and how well they hide.
mod realism;
/// A full disk, a lost index.
mod recovery;
/// Bad input: a clear message, and nothing changed.
mod refusals;
/// Several releases of one dataset, and canaries of several sources.
mod releases;
/// What the PostgreSQL store alone must do: servers that die, replicas that share.
mod replicas;
/// Databases seeded where they are.
mod seeding;
/// Databases on throw-away servers, their clients, dumps, and the load of an application.
mod servers;
/// Seeding, contact, alert, verdict, through the real binary.
mod story;
/// Tables of many shapes.
mod tables;
/// Provider requests as their own tools sign them.
mod vectors;
