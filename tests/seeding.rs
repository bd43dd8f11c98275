//! Seeding databases, through the real binary and on real servers: what goes in,
//! what stands, what leaves, and what is refused with nothing changed.

mod crashes;
mod refused;
mod under_load;

use serde_json::Value;
use std::collections::BTreeMap;

use crate::databases::registry;
use crate::servers::{Database, Dialect};
use crate::site::Site;

/// An installation with phones enough, that can get into a database.
pub fn site(database: &Database) -> Site {
    let password = split(&database.url).1.into_iter().map(|p| ("DYEPACK_DB_PASSWORD", p.into())).collect();
    let site = Site::under(password);
    let phones: String = (0..4_000u64).map(|n| format!("+86199{:08}\n", n * 7_919 % 100_000_000)).collect();
    site.write("phones", phones);
    site.ok(&["pool", "add", "phone", "--file", "phones"]);
    site.ok(&["pool", "add", "mail-domain", "letters.example.net"]);
    site
}

/// The address of a database as it may be given, and the password.
fn split(url: &str) -> (String, Option<String>) {
    let Some((before, behind)) = url.split_once('@') else { return (url.to_owned(), None) };
    match before.split_once("://").and_then(|(scheme, user)| Some((scheme, user.split_once(':')?))) {
        Some((scheme, (user, password))) => (format!("{scheme}://{user}@{behind}"), Some(password.to_owned())),
        None => (url.to_owned(), None),
    }
}

/// The address of a database as it may be given.
pub fn url(database: &Database) -> String {
    split(&database.url).0
}

/// Seeds tables of a database; returns the document of the contract.
pub fn seed(site: &Site, database: &Database, tables: &[&str], more: &[&str]) -> Value {
    let url = url(database);
    let mut arguments = vec!["seed", &url, "--source", "registry", "--accept-detectable"];
    tables.iter().for_each(|t| arguments.extend(["--table", t]));
    arguments.extend(more);
    site.json(&arguments)
}

/// The newest release.
pub fn newest(site: &Site) -> String {
    site.json(&["release", "list"])[0]["id"].as_str().expect("an id").to_owned()
}

/// Rows by table, those of triggers left out.
fn rows(database: &Database) -> BTreeMap<String, u64> {
    let mut rows = database.counts();
    rows.retain(|table, _| table != "audit_log");
    rows
}

fn contents(database: &Database) -> String {
    database.run("DELETE FROM audit_log WHERE what = 'company'");
    database.contents()
}

/// Seeds, checks, takes back; nothing is left of it.
fn comes_and_goes(dialect: Dialect, tables: &[&str], more: &[&str], wanted: usize) {
    let database = registry(dialect);
    let site = site(&database);
    let (before, counts) = (contents(&database), rows(&database));
    let count = wanted.to_string();
    let done = seed(&site, &database, tables, &[&["--count", &count], more].concat());
    assert_eq!(done["canaries"].as_u64(), Some(wanted as u64), "{done}");
    let now = rows(&database);
    assert_eq!(now[tables[0]], counts[tables[0]] + wanted as u64);
    let grown: Vec<&String> = now.iter().filter(|(t, n)| counts[*t] != **n).map(|(t, _)| t).collect();
    assert!(grown.iter().all(|t| tables.contains(&t.as_str())), "only these tables: {grown:?}");
    let release = newest(&site);
    let check = site.json(&["release", "check", &release]);
    assert_eq!(
        (check["standing"].as_u64(), &check["state"]),
        (Some(wanted as u64), &Value::from("planted")),
        "{check}"
    );
    site.ok(&["release", "withdraw", &release]);
    assert_eq!(rows(&database), counts);
    assert!(contents(&database) == before, "{dialect:?} {tables:?}: the dump is as it was");
}

#[test]
fn subscribers_come_with_contracts_and_devices_and_go_again() {
    for dialect in Dialect::ALL {
        comes_and_goes(dialect, &["subscribers", "contracts", "devices"], &[], 12);
    }
}

#[test]
fn companies_come_with_everybody_in_a_circle_of_references() {
    for dialect in Dialect::ALL {
        comes_and_goes(dialect, &["companies", "contacts", "shareholders", "addresses"], &[], 6);
    }
}

#[test]
fn a_table_may_refer_to_itself_or_have_no_key() {
    for dialect in Dialect::ALL {
        comes_and_goes(dialect, &["employees"], &[], 8);
        comes_and_goes(dialect, &["remarks"], &[], 5);
    }
}

#[test]
fn chinese_names_of_tables_and_columns_are_names() {
    for dialect in Dialect::ALL {
        comes_and_goes(dialect, &["居民 登记"], &[], 5);
    }
}

#[test]
fn a_family_is_one_canary_with_its_rows_tied_together() {
    let database = registry(Dialect::Postgres);
    let site = site(&database);
    seed(&site, &database, &["subscribers", "contracts", "devices"], &["--count", "20"]);
    let canaries = site.json(&["canary", "list", "--release", &newest(&site), "--reveal"]);
    let canaries = canaries.as_array().expect("a list");
    let related = || canaries.iter().flat_map(|c| c["related"].as_array().into_iter().flatten().map(move |r| (c, r)));
    assert!(related().count() > 15, "as many as the subscribers of the table have");
    for (canary, row) in related() {
        let field = |name: &str| {
            row["fields"].as_array().and_then(|f| f.iter().find(|f| f["column"] == name)).map(|f| &f["value"])
        };
        assert_eq!(field("subscriber_id"), Some(&canary["fields"]["id"]));
    }
    // Nobody of the table has a number of theirs.
    for canary in canaries {
        let phone = canary["fields"]["phone"].as_str().expect("a phone");
        assert_eq!(database.value(&format!("SELECT count(*) FROM subscribers WHERE phone = '{phone}'")), "1");
    }
}

#[test]
fn what_was_altered_is_told_and_only_removed_if_that_is_said() {
    for dialect in Dialect::ALL {
        let database = registry(dialect);
        let site = site(&database);
        let before = database.count("subscribers");
        seed(&site, &database, &["subscribers"], &["--count", "5"]);
        let release = newest(&site);
        let canaries = site.canaries("registry");
        let ids: Vec<&str> = canaries.iter().map(|c| c["fields"]["id"].as_str().expect("a key")).collect();
        database.run(&format!("UPDATE subscribers SET balance = balance + 1 WHERE id = {}", ids[0]));
        database.run(&format!("DELETE FROM subscribers WHERE id = {}", ids[1]));
        let check = site.json(&["release", "check", &release]);
        assert_eq!(check["standing"].as_u64(), Some(3), "{check}");
        assert_eq!(check["gone"][0]["location"].as_str().map(|l| l.ends_with(&format!("id={}", ids[1]))), Some(true));
        assert_eq!(check["altered"][0]["changes"][0]["column"], "balance");
        let said = site.refused(&["release", "withdraw", &release]);
        assert!(said.contains("--altered"), "{said}");
        assert_eq!(database.count("subscribers"), before + 4, "nothing was changed");
        site.ok(&["release", "withdraw", &release, "--altered", "leave"]);
        assert_eq!(database.count("subscribers"), before + 1);
    }
}

#[test]
fn keys_lie_within_the_sequence_or_are_given_by_it() {
    for dialect in Dialect::SERVERS {
        let database = registry(dialect);
        let site = site(&database);
        // No gap: the next numbers are the server's.
        database.run("DELETE FROM cards WHERE id > 0");
        let rows: Vec<String> = (1..=800)
            .map(|n| format!("('王{}', '138{:08}', '2020-01-{:02}')", ["伟", "芳", "娜"][n % 3], n * 7919, 1 + n % 28))
            .collect();
        let engine = if dialect == Dialect::MariaDb { "ALTER TABLE cards ENGINE = InnoDB; " } else { "" };
        database.run(&format!("{engine}INSERT INTO cards (holder, phone, issued_on) VALUES {}", rows.join(", ")));
        seed(&site, &database, &["cards"], &["--count", "6"]);
        let newest =
            |database: &Database| database.value("SELECT max(id) FROM cards").parse::<i64>().expect("a number");
        let greatest = newest(&database);
        // The application goes on, and meets nothing of ours.
        database.run("INSERT INTO cards (holder, phone, issued_on) VALUES ('李娜', '13900000001', '2021-01-01')");
        assert!(newest(&database) > greatest, "{dialect:?}");
        assert_eq!(database.count("cards"), 807);
    }
}

#[test]
fn canaries_come_in_one_by_one_when_they_are_due() {
    for dialect in Dialect::ALL {
        let database = registry(dialect);
        let site = site(&database);
        let before = database.count("subscribers");
        let done = seed(&site, &database, &["subscribers", "contracts"], &["--count", "4", "--spread", "0.0002"]);
        assert!(done["warnings"].to_string().contains("due"), "{done}");
        assert_eq!(database.count("subscribers"), before, "none is planted before it is due");
        crate::site::until("one is due", || {
            let check = site.json(&["release", "check", &newest(&site)]);
            let [waiting, overdue] = ["waiting", "overdue"].map(|n| check[n].as_u64().expect("a number"));
            assert_eq!((waiting + overdue, check["gone"].to_string()), (4, "[]".to_owned()), "{check}");
            overdue > 0
        });
        let url = url(&database);
        let resume =
            ["seed", &url, "--table", "subscribers", "--table", "contracts", "--source", "registry", "--resume"];
        crate::site::until("all are in", || {
            let _ = site.run(&resume);
            site.json(&["release", "list"])[0]["state"] == "planted"
        });
        assert_eq!(
            database.count("subscribers"),
            before + 4,
            "{dialect:?}: {}",
            site.json(&["release", "check", &newest(&site)])
        );
        let check = site.json(&["release", "check", &newest(&site)]);
        assert_eq!(check["standing"].as_u64(), Some(4), "{check}");
        site.ok(&["release", "withdraw", &newest(&site)]);
        assert_eq!(database.count("subscribers"), before);
    }
}
