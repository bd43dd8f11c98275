//! The address of a database: `postgres://`, `mysql://` or `sqlite:`, never with a
//! password in it. That comes from a file, the environment, or where the server's
//! own tools look for it, and is kept nowhere.

use std::path::{Path, PathBuf};

use super::dialect::Dialect;
use crate::seed::SeedError;

/// The variable that a password may stand in.
const PASSWORD: &str = "DYEPACK_DB_PASSWORD";

/// Where a database is, and how to get in.
#[derive(Clone)]
pub struct Address {
    pub(super) dialect: Dialect,
    pub(super) url: String,
    pub(super) password: Option<String>,
}

impl Address {
    /// Whether a text is meant as the address of a database.
    pub fn is_one(text: &str) -> bool {
        dialect(text).is_some()
    }

    /// Reads an address; the password is read from a file if one is named.
    pub fn parse(text: &str, password_file: Option<&Path>) -> Result<Self, SeedError> {
        let wrong = |what: String| SeedError::Table { path: hidden(text), what };
        let Some(dialect) = dialect(text) else {
            return Err(wrong(
                "not the address of a database: write postgres://user@host/db, mysql://user@host/db or sqlite:FILE"
                    .to_owned(),
            ));
        };
        if dialect != Dialect::Sqlite && has_password(text) {
            return Err(wrong(format!(
                "the address holds a password, which others can read in the list of processes; leave it out and use --password-file FILE, {PASSWORD}, .pgpass or .my.cnf"
            )));
        }
        let password = match password_file {
            Some(file) => {
                Some(first_line(file).map_err(|e| wrong(format!("the password file {}: {e}", file.display())))?)
            }
            None => std::env::var(PASSWORD).ok().or_else(|| own_habit(dialect)),
        };
        Ok(Self { dialect, url: text.to_owned(), password })
    }

    /// As it is shown and kept.
    pub fn shown(&self) -> &str {
        &self.url
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("url", &self.url).finish_non_exhaustive()
    }
}

fn dialect(text: &str) -> Option<Dialect> {
    let begins = |all: &[&str]| all.iter().any(|b| text.starts_with(b));
    if begins(&["postgres://", "postgresql://"]) {
        Some(Dialect::Postgres)
    } else if begins(&["mysql://", "mariadb://"]) {
        Some(Dialect::Mysql)
    } else {
        begins(&["sqlite:"]).then_some(Dialect::Sqlite)
    }
}

fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("password=")
}

/// The address with a password in it left out.
fn hidden(url: &str) -> String {
    match (url.split_once("://"), has_password(url)) {
        (Some((scheme, rest)), true) => {
            let behind = rest.rsplit_once('@').map_or("…", |(_, behind)| behind);
            format!("{scheme}://…@{}", behind.split('?').next().unwrap_or_default())
        }
        _ => url.to_owned(),
    }
}

fn first_line(file: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(file)?.lines().next().unwrap_or_default().to_owned())
}

/// Where MySQL's own tools find a password; PostgreSQL's driver looks by itself.
fn own_habit(dialect: Dialect) -> Option<String> {
    if dialect != Dialect::Mysql {
        return None;
    }
    let in_file = || {
        let home = PathBuf::from(std::env::var_os("HOME")?);
        client_password(&std::fs::read_to_string(home.join(".my.cnf")).ok()?)
    };
    std::env::var("MYSQL_PWD").ok().or_else(in_file)
}

/// `password` of the `[client]` section of an option file.
fn client_password(text: &str) -> Option<String> {
    let mut client = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            client = section.trim_end_matches(']').trim() == "client";
        } else if let Some((name, value)) = line.split_once('=').filter(|_| client)
            && name.trim() == "password"
        {
            return Some(value.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_refused_and_not_told_on() {
        for url in [
            "postgres://clerk:hunter2@db/people",
            "mysql://clerk:hunter2@db/people",
            "postgres://db/people?password=hunter2",
        ] {
            let refused = Address::parse(url, None).expect_err("refused").to_string();
            assert!(refused.contains("--password-file") && !refused.contains("hunter2"), "{refused}");
        }
        assert!(Address::parse("postgres://clerk@db:5433/people?sslmode=verify-full", None).is_ok());
        assert!(Address::is_one("sqlite:/a b.db") && !Address::is_one("people.csv"));
    }

    #[test]
    fn the_password_of_an_option_file_is_that_of_the_client() {
        let text = "[mysqld]\npassword=no\n[client]\nuser = clerk\npassword = \"se cret\"\n";
        assert_eq!(client_password(text).as_deref(), Some("se cret"));
        assert_eq!(client_password("[client]\nuser=x\n"), None);
    }
}
