//! Databases to seed: on a throw-away PostgreSQL, on a throw-away MariaDB, or in
//! a file. They are filled, read and compared by their own clients, so that
//! what is asked of the program is not answered by the program.

pub mod client;
mod dump;
pub mod load;
pub mod mariadb;

use std::fs::File;
use std::path::PathBuf;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    MariaDb,
    Sqlite,
}

/// A database.
pub struct Database {
    pub dialect: Dialect,
    /// As `dyepack seed` takes it.
    pub url: String,
    /// Keeps the file, if it is one.
    _file: Option<tempfile::TempDir>,
}

impl Dialect {
    pub const ALL: [Self; 3] = [Self::Postgres, Self::MariaDb, Self::Sqlite];
    pub const SERVERS: [Self; 2] = [Self::Postgres, Self::MariaDb];

    /// A name as it may stand in a statement.
    pub fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MariaDb { '`' } else { '"' };
        format!("{mark}{name}{mark}")
    }

    /// What makes a script of rows quick, and lets circles of keys through.
    pub fn before_rows(self) -> &'static str {
        match self {
            Self::Postgres => "SET timezone = 'Asia/Shanghai'; BEGIN;",
            Self::MariaDb => "SET time_zone = '+08:00', foreign_key_checks = 0, autocommit = 0;",
            Self::Sqlite => "BEGIN;",
        }
    }

    /// What makes a million rows bearable: constraints are not looked at.
    pub fn unchecked(self) -> &'static str {
        match self {
            Self::Postgres => "SET session_replication_role = replica;",
            Self::MariaDb => "SET unique_checks = 0;",
            Self::Sqlite => "PRAGMA cache_size = -200000;",
        }
    }

    pub fn after_rows(self) -> &'static str {
        match self {
            Self::MariaDb => "COMMIT; SET foreign_key_checks = 1, autocommit = 1;",
            _ => "COMMIT;",
        }
    }
}

impl Database {
    /// An empty one on the shared server, or in a file of its own.
    pub fn fresh(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Postgres => Self::at(dialect, crate::postgres::server().fresh()),
            Dialect::MariaDb => Self::at(dialect, mariadb::server().fresh()),
            Dialect::Sqlite => {
                let dir = tempfile::tempdir().expect("a directory");
                let url = format!("sqlite:{}", dir.path().join("registry.db").display());
                Self { dialect, url, _file: Some(dir) }
            }
        }
    }

    /// One that is there, whoever made it.
    pub fn at(dialect: Dialect, url: String) -> Self {
        Self { dialect, url, _file: None }
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> PathBuf {
        PathBuf::from(self.url.trim_start_matches("sqlite:"))
    }

    /// Runs a script by the database's own client; or what the database says against it.
    pub fn attempt(&self, script: &str) -> Result<String, String> {
        self.feed(client::script(script))
    }

    /// The same with a script in a file, from its beginning.
    pub fn feed(&self, script: File) -> Result<String, String> {
        match self.dialect {
            Dialect::Postgres => client::psql(&self.url, script),
            Dialect::MariaDb => client::mariadb(&self.url, script),
            Dialect::Sqlite => client::sqlite(&self.file(), script),
        }
    }

    /// The same for a script that must run.
    pub fn run(&self, script: &str) -> String {
        let head: String = script.chars().take(200).collect();
        self.attempt(script).unwrap_or_else(|said| panic!("{:?}: {head}: {said}", self.dialect))
    }

    /// What a query answers, as text; nothing is `NULL`.
    pub fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let line = |line: &str| line.split('\t').map(str::to_owned).collect();
        self.run(query).lines().map(line).collect()
    }

    /// The one cell of a query.
    pub fn value(&self, query: &str) -> String {
        self.run(query).trim_end_matches('\n').to_owned()
    }

    pub fn count(&self, table: &str) -> u64 {
        self.value(&format!("SELECT count(*) FROM {}", self.dialect.quoted(table))).parse().expect("a number")
    }

    /// The same database for somebody who may do just that, as `SELECT, INSERT ON subscribers`.
    pub fn clerk(&self, rights: &[&str]) -> Self {
        let mut url = reqwest::Url::parse(&self.url).expect("a URL");
        // Users belong to the server, and a server has many databases.
        let user = format!("clerk_{}", url.path().trim_start_matches('/'));
        self.run(&match self.dialect {
            Dialect::Postgres => format!("CREATE ROLE {user} LOGIN PASSWORD 'abacus'"),
            _ => format!("CREATE USER {user}@'%' IDENTIFIED BY 'abacus'"),
        });
        for right in rights {
            self.run(&format!("GRANT {right} TO {user}"));
        }
        url.set_username(&user).and_then(|()| url.set_password(Some("abacus"))).expect("a user");
        Self::at(self.dialect, url.into())
    }

    /// Lets the server and the machine do now what they would do later about what
    /// was written, so that a measurement is of what comes after: what the kernel
    /// still holds goes to the disk half a minute later, and whoever writes then waits.
    pub fn settle(&self) {
        self.run(match self.dialect {
            Dialect::Postgres => "CHECKPOINT; VACUUM (ANALYZE);",
            // What may be carried away has been written.
            Dialect::MariaDb => "ANALYZE TABLE subscribers; FLUSH TABLES subscribers FOR EXPORT; UNLOCK TABLES;",
            Dialect::Sqlite => "ANALYZE;",
        });
        rustix::fs::sync();
    }

    /// Ends all connections of others to it, as a server or a network does.
    pub fn cut(&self) {
        if self.dialect == Dialect::Postgres {
            self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            return;
        }
        let others = "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()";
        for other in self.rows(others) {
            // It may have gone by itself.
            self.attempt(&format!("KILL {}", other[0])).ok();
        }
    }
}
