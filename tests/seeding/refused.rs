//! What a database does not let happen: each a clear error, nothing changed, and a
//! release, if there is one, that says what became of it.

use std::process::{Child, Command, Stdio};

use super::{seed, site, url};
use crate::databases::world::World;
use crate::databases::{fill, registry};
use crate::servers::{Database, Dialect, mariadb};
use crate::site::Site;

/// Tries, and finds all of these words in what is said, and no row changed.
fn refuses(site: &Site, database: &Database, url: &str, more: &[&str], words: &[&str]) {
    let before = database.contents();
    let arguments = [&["seed", url, "--source", "registry", "--accept-detectable", "--count", "5"], more].concat();
    let said = site.refused(&arguments);
    for word in words {
        assert!(said.contains(word), "{word:?} is missing: {said}");
    }
    assert!(database.contents() == before, "{:?}: nothing was changed: {said}", database.dialect);
    let releases = site.json(&["release", "list"]);
    let open = releases.as_array().into_iter().flatten().filter(|r| r["state"] != "withdrawn").count();
    assert_eq!(open, 0, "{releases}");
}

/// With the clerk's password.
fn as_clerk(database: &Database) -> Site {
    let mut site = site(database);
    site.environment = vec![("DYEPACK_DB_PASSWORD", "abacus".into())];
    site
}

#[test]
fn what_is_not_there_or_cannot_be_seeded_says_so() {
    for dialect in Dialect::ALL {
        let database = registry(dialect);
        let site = site(&database);
        refuses(
            &site,
            &database,
            &url(&database),
            &["--table", "subscriber"],
            &["subscriber", "there are:", "subscribers"],
        );
        refuses(&site, &database, &url(&database), &[], &["--table"]);
        refuses(&site, &database, &url(&database), &["--table", "districts"], &["no column", "--map"]);
        let strange = ["--table", "subscribers", "--table", "remarks"];
        refuses(&site, &database, &url(&database), &strange, &["no foreign key", "remarks"]);
    }
    let database = registry(Dialect::MariaDb);
    let site = site(&database);
    refuses(&site, &database, &url(&database), &["--table", "cards"], &["MyISAM", "transactions"]);
}

#[test]
fn whoever_may_not_may_not() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let clerk = database.clerk(&["SELECT ON subscribers"]);
        let site = as_clerk(&database);
        refuses(&site, &database, &url(&clerk), &["--table", "subscribers"], &["denied", "SELECT, INSERT and DELETE"]);
    }
}

#[test]
fn rows_that_cannot_be_seen_are_not_guessed() {
    let database = registry(Dialect::Postgres);
    let clerk = database.clerk(&["ALL ON complaints"]);
    let site = as_clerk(&database);
    refuses(&site, &database, &url(&clerk), &["--table", "complaints"], &["row-level security", "BYPASSRLS"]);
}

#[test]
fn a_replica_is_no_place_to_seed() {
    let primary = crate::postgres::Server::start();
    let database = Database::at(Dialect::Postgres, primary.fresh());
    fill(&database, World::USUAL);
    let standby = primary.standby();
    let replica = Database::at(Dialect::Postgres, standby.url(database.url.rsplit('/').next().expect("a name")));
    refuses(&site(&database), &database, &url(&replica), &["--table", "subscribers"], &["read-only", "primary"]);
    let server = mariadb::Server::with(&[]);
    let database = Database::at(Dialect::MariaDb, server.fresh());
    fill(&database, World::USUAL);
    database.run("CREATE USER reader@'%' IDENTIFIED BY 'abacus'; GRANT ALL ON *.* TO reader@'%'; REVOKE READ ONLY ADMIN ON *.* FROM reader@'%'; REVOKE SUPER ON *.* FROM reader@'%'; SET GLOBAL read_only = 1");
    let site = as_clerk(&database);
    let reader = database.url.replacen("root@", "reader@", 1);
    refuses(&site, &database, &reader, &["--table", "subscribers"], &["read-only", "primary"]);
}

#[test]
fn a_constraint_that_nothing_satisfies_is_told_in_the_servers_words() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let site = site(&database);
        let not_valid = if dialect == Dialect::Postgres { " NOT VALID" } else { "" };
        let set = if dialect == Dialect::MariaDb { "SET check_constraint_checks = 0; " } else { "" };
        database.run(&format!(
            "{set}ALTER TABLE subscribers ADD CONSTRAINT nobody_any_more CHECK (balance < -1){not_valid}"
        ));
        refuses(&site, &database, &url(&database), &["--table", "subscribers"], &["nobody_any_more", "tried out"]);
    }
}

#[test]
fn a_password_is_never_in_an_address_nor_in_what_is_said() {
    let database = registry(Dialect::Postgres);
    let site = site(&database);
    let url = url(&database).replacen('@', ":hunter2@", 1);
    let said = site.refused(&["seed", &url, "--table", "subscribers", "--source", "registry"]);
    assert!(said.contains("--password-file") && !said.contains("hunter2"), "{said}");
}

/// A seeding of which rows have gone in, or that has ended by now.
fn under_way(site: &Site, database: &Database, more: &[&str]) -> Child {
    let (before, url) = (database.count("subscribers"), url(database));
    let what = ["seed", &url, "--table", "subscribers", "--source", "registry", "--accept-detectable"];
    let mut command = site.command(&[&what[..], more].concat());
    let mut seeding = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("begun");
    crate::site::until("rows go in", || {
        database.count("subscribers") > before || seeding.try_wait().expect("asked").is_some()
    });
    seeding
}

/// What it said in the end; nothing if it was done before it was hindered.
fn failed(seeding: Child) -> Option<String> {
    let outcome = seeding.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
    if outcome.status.success() {
        println!("it was done before it was hindered");
    }
    (!outcome.status.success()).then_some(said)
}

#[test]
fn a_connection_that_is_cut_leaves_nothing_behind() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let site = site(&database);
        let before = super::rows(&database);
        let seeding = under_way(&site, &database, &["--table", "contracts", "--count", "300"]);
        database.cut();
        let Some(said) = failed(seeding) else { continue };
        assert_eq!(super::rows(&database), before, "{dialect:?}: {said}");
        assert_eq!(site.json(&["release", "list"])[0]["state"], "withdrawn", "{said}");
    }
}

#[test]
fn an_interrupt_takes_back_what_went_in() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let site = site(&database);
        let before = super::rows(&database);
        let seeding = under_way(&site, &database, &["--count", "400"]);
        let interrupt = Command::new("kill").args(["-INT", &seeding.id().to_string()]).status();
        assert!(interrupt.is_ok());
        let Some(said) = failed(seeding) else { continue };
        assert!(said.contains("interrupted"), "{said}");
        assert_eq!(super::rows(&database), before, "{dialect:?}: {said}");
    }
}

#[test]
fn a_release_of_before_is_not_mistaken_for_rows_of_the_table() {
    let database = registry(Dialect::Sqlite);
    let site = site(&database);
    seed(&site, &database, &["subscribers"], &["--count", "5"]);
    seed(&site, &database, &["subscribers"], &["--count", "5"]);
    let check = site.json(&["release", "check", &super::newest(&site)]);
    assert_eq!(check["standing"].as_u64(), Some(5));
}
