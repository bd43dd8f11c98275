//! A failure: what went wrong while talking to PostgreSQL, and whether the same
//! may be tried again. Texts name the server and the SQLSTATE, never a password
//! and never a value.

use std::time::Duration;

use super::super::StoreError;

/// What stops a piece of work on the database.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(sqlx::Error),
    Store(StoreError),
    /// Nothing came back in time.
    Silent(Duration),
    /// Our sealing keys are not those that the store is sealed with.
    OtherRing,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl Failure {
    /// Whether another connection, a little later, may do better.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Failure::Sql(error) => passes(error),
            Failure::Store(_) | Failure::Silent(_) | Failure::OtherRing => false,
        }
    }

    /// What a person is told of it.
    pub(super) fn text(&self, place: &str) -> String {
        match self {
            Failure::Sql(error) => explain(error, place),
            Failure::Store(error) => error.to_string(),
            Failure::Silent(limit) => format!("PostgreSQL at {place} gave no answer for {} s", limit.as_secs()),
            Failure::OtherRing => format!(
                "the store at {place} is sealed with a key that this machine's key file lacks; copy the key file here from where the key was rotated"
            ),
        }
    }

    /// As the failure of something that writes.
    pub(super) fn writing(self, place: &str) -> StoreError {
        match self {
            Failure::Store(error) => error,
            other => StoreError::Unavailable(other.text(place)),
        }
    }

    /// As the failure of something that reads.
    pub(super) fn reading(self, place: &str) -> StoreError {
        match self {
            Failure::Store(error) => error,
            other => StoreError::Unreadable(other.text(place)),
        }
    }
}

fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // Connection lost, shut down, starting up, read-only after a fail-over,
            // and what concurrent transactions do to one another.
            code.starts_with("08") || code.starts_with("57P") || code.starts_with("40") || code == "25006"
        }),
        _ => false,
    }
}

/// The SQLSTATE of an error, where the server gave one.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned())
}

/// What happened, and what to do about it.
pub(super) fn explain(error: &sqlx::Error, place: &str) -> String {
    match code(error).as_deref() {
        Some("28P01" | "28000") => format!(
            "PostgreSQL at {place} refuses the user or the password ({error}); give the password by PGPASSWORD, PGPASSFILE or ~/.pgpass, and see pg_hba.conf"
        ),
        Some("3D000") => format!("there is no such database at {place} ({error}); make it with createdb"),
        Some("42501") => format!(
            "the user may not do this at {place} ({error}); let it own the database: ALTER DATABASE … OWNER TO …"
        ),
        Some("53300") => {
            format!(
                "PostgreSQL at {place} has no free connection ({error}); raise max_connections or run fewer replicas"
            )
        }
        Some("53100") => format!("the disk of PostgreSQL at {place} is full ({error}); free some space"),
        Some(code) => format!("PostgreSQL at {place} says: {error} [{code}]"),
        None => unreached(error, place),
    }
}

fn unreached(error: &sqlx::Error, place: &str) -> String {
    let advice = "see that it runs and that this machine may reach it";
    match error {
        sqlx::Error::PoolTimedOut => {
            format!("PostgreSQL at {place} cannot be reached, or all connections are busy; {advice}")
        }
        sqlx::Error::Protocol(told) => format!("no talking to PostgreSQL at {place}: {told}"),
        sqlx::Error::Tls(cause) => format!("no TLS with PostgreSQL at {place}: {cause}; see sslmode and sslrootcert"),
        other => format!("PostgreSQL at {place} cannot be reached: {other}; {advice}"),
    }
}
