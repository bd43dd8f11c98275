//! What went wrong at a database: the server's own words, and what a person can
//! do about it. Passwords are in none of them.

/// Why a statement was not done.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct Fault {
    pub(super) kind: Kind,
    what: String,
    #[source]
    cause: Option<sqlx::Error>,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value or row that the table does not take.
    Refused,
    /// No right to do it, or none to do it here.
    Forbidden,
    ReadOnly,
    /// Somebody else holds a lock, or it took too long.
    Waited,
    /// The connection is gone.
    Lost,
    /// The server's certificate is of nobody who is trusted here.
    Untrusted,
    Other,
}

impl Kind {
    fn advice(self) -> &'static str {
        match self {
            Kind::Refused | Kind::Other => "",
            Kind::Forbidden => "; give the user SELECT, INSERT and DELETE on the tables, or name a user who has them",
            Kind::ReadOnly => "; this is a replica or set to read only: name the primary",
            Kind::Waited => "; the table is busy: try again, or give more time with --timeout SECONDS",
            Kind::Untrusted => {
                "; name the authority that the server's certificate is of, in the address: sslrootcert=FILE for PostgreSQL, ssl-ca=FILE for MySQL"
            }
            Kind::Lost => "; see that the server is up, and try again",
        }
    }
}

impl Fault {
    pub(super) fn new(kind: Kind, what: String) -> Self {
        Self { kind, what: format!("{what}{}", kind.advice()), cause: None }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(cause: sqlx::Error) -> Self {
        let kind = match &cause {
            sqlx::Error::Database(e) => kind_of(e.code().as_deref().unwrap_or_default(), e.message()),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) if cause.to_string().contains("certificate") => Kind::Untrusted,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
                Kind::Lost
            }
            _ => Kind::Other,
        };
        let said = match &cause {
            sqlx::Error::Database(e) => e.message().to_owned(),
            other => other.to_string(),
        };
        Self { kind, what: format!("{said}{}", kind.advice()), cause: Some(cause) }
    }
}

/// By SQLSTATE (ISO 9075, and what the servers add), and by words where MySQL has
/// one state for everything.
fn kind_of(state: &str, said: &str) -> Kind {
    let says = |words: &[&str]| words.iter().any(|w| said.contains(w));
    match state {
        "42501" | "28000" | "28P01" | "42000" if state != "42000" || says(&["denied"]) => Kind::Forbidden,
        "25006" => Kind::ReadOnly,
        _ if says(&["read-only", "read only", "readonly"]) => Kind::ReadOnly,
        "55P03" | "57014" | "40P01" | "40001" => Kind::Waited,
        _ if says(&["Lock wait timeout", "max_statement_time", "execution was interrupted", "database is locked"]) => {
            Kind::Waited
        }
        "57P01" | "57P02" | "57P03" | "08006" | "08003" | "08S01" => Kind::Lost,
        _ if state.starts_with("23") || state.starts_with("22") || says(&["constraint failed"]) => Kind::Refused,
        // MySQL: a trigger's SIGNAL, a CHECK, a value out of range.
        "45000" | "HY000" | "P0001" => Kind::Refused,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_tell_what_can_be_done() {
        for (state, said, want) in [
            ("42501", "permission denied for table people", Kind::Forbidden),
            ("42000", "INSERT command denied to user 'clerk'@'localhost' for table `people`", Kind::Forbidden),
            ("42000", "You have an error in your SQL syntax", Kind::Other),
            ("25006", "cannot execute INSERT in a read-only transaction", Kind::ReadOnly),
            ("HY000", "The MariaDB server is running with the --read-only option", Kind::ReadOnly),
            ("23505", "duplicate key value violates unique constraint", Kind::Refused),
            ("", "UNIQUE constraint failed: people.mail", Kind::Refused),
            ("HY000", "Lock wait timeout exceeded; try restarting transaction", Kind::Waited),
            ("57P01", "terminating connection due to administrator command", Kind::Lost),
        ] {
            assert_eq!(kind_of(state, said), want, "{state} {said}");
        }
    }
}
