//! The API: JSON over HTTP on the admin door, mirroring the commands. Who may do
//! what stands in every handler's signature (`guard`); how errors become
//! statuses stands in one place (`failure`); what the bodies look like is in
//! `wire`, shared with the client.

pub mod failure;
pub mod guard;
pub mod routes;
mod stream;
pub mod wire;
