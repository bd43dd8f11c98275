//! The registry: one small world of companies and subscribers in PostgreSQL,
//! MariaDB and SQLite, with everything in its tables that a seeding must get
//! along with. The tests here prove the ground that tests of seeding stand on.

pub mod people;
pub mod rows;
pub mod world;

use std::io::Write;
use std::time::Duration;

use crate::servers::{Database, Dialect, load, mariadb};
use world::World;

/// Divides what must be there before the rows from what must not.
const ROWS: &str = "-- Rows come here.";

/// A fresh registry with everything.
pub fn registry(dialect: Dialect) -> Database {
    let database = Database::fresh(dialect);
    fill(&database, World::USUAL);
    database
}

/// Makes a registry of a database that is empty.
pub fn fill(database: &Database, world: World) {
    let file = match database.dialect {
        Dialect::Postgres => "tests/databases/registry.postgres.sql",
        Dialect::MariaDb => "tests/databases/registry.mariadb.sql",
        Dialect::Sqlite => "tests/databases/registry.sqlite.sql",
    };
    let tables = std::fs::read_to_string(file).expect("read");
    let (before, after) = tables.split_once(ROWS).expect("a place for rows");
    let mut script = tempfile::tempfile().expect("a file");
    script.write_all(before.as_bytes()).expect("written");
    world.write(database.dialect, &script);
    script.write_all(after.as_bytes()).expect("written");
    database.feed(script).unwrap_or_else(|said| panic!("{:?}: {said}", database.dialect));
}

fn is_whole(dialect: Dialect) {
    let database = registry(dialect);
    let counts = database.counts();
    let more_than = |table: &str, rows| assert!(counts[table] >= rows, "{table} of {dialect:?}: {counts:?}");
    for (table, rows) in [("companies", 2_000), ("shareholders", 4_400), ("addresses", 2_000), ("subscribers", 3_000)] {
        more_than(table, rows);
    }
    assert!(counts.iter().all(|(_, rows)| *rows > 0), "{dialect:?}: {counts:?}");
    let uneven = "SELECT company_id FROM shareholders GROUP BY company_id HAVING sum(share) <> 100";
    assert!(database.rows(uneven).is_empty(), "shares are the whole");
    let turned =
        "SELECT a.id FROM subscribers a JOIN subscribers b ON b.id = a.id + 1 WHERE b.registered_at < a.registered_at";
    assert!(database.rows(turned).is_empty(), "times run along the key");
    let (dump, contents) = (database.dump(), database.contents());
    assert!(dump.contains("居民 登记") && dump == database.dump() && contents == database.contents());
    let company = "UPDATE companies SET capital = capital + 1 WHERE id = (SELECT * FROM (SELECT min(id) FROM companies) AS first)";
    database.run(company);
    assert!(dump != database.dump() && contents != database.contents(), "a dump sees one number");
}

#[test]
fn the_registry_is_whole_on_postgresql() {
    is_whole(Dialect::Postgres);
}

#[test]
fn the_registry_is_whole_on_mariadb() {
    is_whole(Dialect::MariaDb);
}

#[test]
fn the_registry_is_whole_in_a_file() {
    is_whole(Dialect::Sqlite);
}

/// What a seeding must do without: these are refused, by the database itself.
#[test]
fn constraints_and_triggers_are_at_work() {
    for dialect in Dialect::ALL {
        let database = Database::fresh(dialect);
        fill(&database, World { companies: 40, subscribers: 30, related: true });
        let contents = database.contents();
        for wrong in [
            "UPDATE contracts SET closed_at = '2001-01-01 00:00:00'",
            "UPDATE shareholders SET share = 101",
            "UPDATE companies SET main_contact = 999999",
            "UPDATE employees SET manager_id = 999999",
            "UPDATE addresses SET number = 7, district = '110105'",
            "UPDATE subscribers SET email = 'the-same@mail.example'",
            "UPDATE subscribers SET phone = '12345678901'",
        ] {
            assert!(database.attempt(wrong).is_err(), "{dialect:?} takes {wrong}");
        }
        assert_eq!(contents, database.contents(), "{dialect:?} has changed");
        let before = database.count("audit_log");
        let own = if dialect == Dialect::Postgres { "OVERRIDING SYSTEM VALUE" } else { "" };
        database.run(&NEW_COMPANY.replace("OVERRIDE", own));
        assert_eq!(database.count("audit_log"), before + 1, "{dialect:?} has noted it");
        database.run("DELETE FROM audit_log WHERE what = 'company' AND row_key = '9000'");
        database.run(GONE_COMPANY);
        assert_eq!(contents, database.contents(), "{dialect:?} is as it was");
    }
}

const NEW_COMPANY: &str = "BEGIN;
INSERT INTO contacts (id, company, name, phone, email) SELECT 9001, min(id), '王伟', '13800000000', 'one@mail.example' FROM companies;
INSERT INTO companies (id, credit_code, name, legal_representative, phone, email, address_id, capital, main_contact, registered_at) OVERRIDE
    SELECT 9000, '91110105MA0000000X', '北京有限公司', '王伟', '13800000000', 'two@mail.example', min(id), 10, 9001, '2020-01-01 00:00:00' FROM addresses;
UPDATE contacts SET company = 9000 WHERE id = 9001;
COMMIT;";
const GONE_COMPANY: &str = "BEGIN;
UPDATE companies SET main_contact = (SELECT min(id) FROM contacts) WHERE id = 9000;
DELETE FROM contacts WHERE id = 9001;
DELETE FROM companies WHERE id = 9000;
COMMIT;";

/// Somebody who may read one table reads that table, and does no more.
#[test]
fn a_clerk_may_do_what_is_granted() {
    for dialect in Dialect::SERVERS {
        let database = Database::fresh(dialect);
        fill(&database, World::crowd(50));
        let clerk = database.clerk(&["SELECT ON subscribers", "SELECT ON complaints"]);
        assert_eq!(clerk.count("subscribers"), 50);
        assert!(clerk.attempt("DELETE FROM subscribers").is_err() && clerk.attempt("SELECT * FROM cards").is_err());
        // Of complaints PostgreSQL shows those of the own branch, and this clerk has none.
        assert_eq!(clerk.count("complaints") == 0, dialect == Dialect::Postgres);
    }
}

#[test]
fn an_application_works_without_failures_and_notices_a_cut() {
    for dialect in Dialect::SERVERS {
        let database = Database::fresh(dialect);
        fill(&database, World::crowd(2_000));
        database.settle();
        let report = load::window(&database, Duration::from_millis(500));
        assert!(report.failures.is_empty(), "{dialect:?}: {:?}", report.failures);
        assert!(report.p50() <= report.p99() && report.p99() <= report.max());
        assert!(database.count("subscribers") == 2_000 + report.of("insert").times.len() as u64);
        let (_, report) = load::during(&database, || {
            database.cut();
            database.count("branches")
        });
        assert!(!report.failures.is_empty(), "{dialect:?} has gone");
    }
}

/// Replicas that only read: PostgreSQL's own kind, and how MariaDB's are set.
#[test]
fn replicas_take_no_rows() {
    let primary = crate::postgres::Server::start();
    let database = Database::at(Dialect::Postgres, primary.fresh());
    fill(&database, World::crowd(50));
    let replica = primary.standby();
    let name = database.url.rsplit('/').next().expect("a name");
    let copy = Database::at(Dialect::Postgres, replica.url(name));
    assert_eq!(copy.count("subscribers"), 50);
    assert!(copy.attempt("DELETE FROM remarks").expect_err("refused").contains("read-only"));

    let server = mariadb::Server::with(&["--read-only=1"]);
    let database = Database::at(Dialect::MariaDb, server.fresh());
    fill(&database, World::crowd(50));
    let clerk = database.clerk(&["SELECT, DELETE ON remarks"]);
    assert!(clerk.attempt("DELETE FROM remarks").expect_err("refused").contains("read-only"));
}

/// What a server has taken is there when it comes back.
#[test]
fn a_mariadb_comes_back_after_kill_9() {
    let server = mariadb::Server::with(&[]);
    let database = Database::at(Dialect::MariaDb, server.fresh());
    fill(&database, World::crowd(50));
    let contents = database.contents();
    server.stop("KILL");
    assert!(database.attempt("SELECT 1").is_err());
    server.run();
    assert_eq!(contents, database.contents());
}
