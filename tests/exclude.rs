//! Filters that leave canaries out of lawful use: what they find in the seeded
//! copy, who may have one, that the ledger knows, and that a real PostgreSQL
//! shows by them the rows that were there before.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::postgres::{program, server};
use crate::site::{Site, customers, holds};

const ROWS: usize = 300;

/// A site whose telecom copy is seeded, and the release.
fn seeded() -> (Site, String) {
    let site = Site::with_pool();
    site.write("customers.csv", customers(ROWS));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "9"]);
    let release = site.json(&["release", "list"])[0]["id"].as_str().expect("an id").to_owned();
    (site, release)
}

/// The seeded copy: its header and rows.
fn copy(site: &Site) -> (Vec<String>, Vec<Vec<String>>) {
    let octets = std::fs::read(site.path("customers.telecom.csv")).expect("read");
    let text = encoding_rs::GBK.decode(&octets).0.into_owned();
    let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect());
    (lines.next().expect("a header"), lines.collect())
}

#[test]
fn a_filter_finds_the_planted_rows_and_no_other_and_names_none() {
    let (site, release) = seeded();
    let path = site.ok(&["release", "exclude", &release, "--format", "csv", "-o", "filter.csv"]);
    assert_eq!(path.trim(), "filter.csv");
    let mode = std::fs::metadata(site.path("filter.csv")).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(site.refused(&["release", "exclude", &release, "-o", "filter.csv"]).contains("there already"));
    let text = std::fs::read_to_string(site.path("filter.csv")).expect("read");

    let key = text.lines().find_map(|l| l.strip_prefix("# key: ")).expect("a key");
    let lines = text.lines().skip_while(|l| l.starts_with('#')).skip(1);
    let filter: HashSet<(&str, &str)> = lines.map(|l| l.rsplit_once(',').expect("two fields")).collect();
    let (header, rows) = copy(&site);
    let digest = |cell: &str| hex::encode(Sha256::digest(format!("{key}|{cell}")));
    let canaries = site.canaries("telecom");
    let location = |c: &Value| c["location"].as_str()?.strip_prefix("row ")?.parse::<usize>().ok();
    let planted: HashSet<usize> = canaries.iter().map(|c| location(c).expect("a row")).collect();
    for column in ["编号", "手机", "邮箱", "主页"] {
        let at = header.iter().position(|h| h == column).expect("a column");
        let is_found = |row: &[String]| filter.contains(&(column, digest(&row[at]).as_str()));
        let found = (1..).zip(&rows).filter(|(_, row)| is_found(row)).map(|(n, _)| n).collect::<HashSet<usize>>();
        assert_eq!(found, planted, "{column}");
        assert_eq!(filter.iter().filter(|(c, _)| *c == column).count(), 100, "{column}: the number is round");
    }
    for canary in &canaries {
        for value in canary["fields"].as_object().expect("fields").values().filter_map(Value::as_str) {
            assert!(value.len() < 5 || !holds(text.as_bytes(), value), "{value} is in clear");
        }
    }
}

#[test]
fn a_filter_is_an_entry_of_the_ledger_that_verifies() {
    let (site, release) = seeded();
    let filter = site.json(&["release", "exclude", &release]);
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    let text = std::fs::read_to_string(site.path("ledger.jsonl")).expect("read");
    let is_it = |l: &&str| l.contains("\"type\":\"excluded\"");
    let entries: Vec<&str> = text.lines().filter(is_it).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    for part in [&release, "\"operator\"", "\"digests\":36", filter["fingerprint"].as_str().expect("text")] {
        assert!(entries[0].contains(part), "{part} is missing in {}", entries[0]);
    }
    assert!(!text.contains(filter["key"].as_str().expect("text")), "the key is the filter's alone");
    let key = site.json(&["evidence", "head"])["key"].as_str().expect("a key").to_owned();
    site.write("ledger.pub", key);
    site.ok(&["evidence", "verify", "ledger.jsonl", "--key", "ledger.pub"]);
    // What is refused leaves no entry.
    let said = site.refused(&["release", "exclude", &release, "--format", "sql", "--dialect", "sqlite"]);
    assert!(said.contains("--format csv"), "{said}");
    site.refused(&["release", "exclude", &release, "--format", "sql", "--name", "a.b.c"]);
    site.ok(&["evidence", "export", "-o", "again.jsonl"]);
    let text = std::fs::read_to_string(site.path("again.jsonl")).expect("read");
    assert_eq!(text.lines().filter(is_it).count(), 1);
}

#[test]
fn filters_are_for_those_who_plant() {
    let (mut site, release) = seeded();
    site.start();
    let url = format!("http://{}", site.admin);
    for (role, may) in [("seeder", true), ("admin", true), ("analyst", false), ("auditor", false)] {
        let token = site.json(&["token", "add", &format!("{role}-1"), "--role", role])["secret"]
            .as_str()
            .expect("text")
            .to_owned();
        let arguments = ["release", "exclude", &release, "--json", "--server", &url];
        let output = site.command(&arguments).env("DYEPACK_TOKEN", token).output().expect("runs");
        assert_eq!(output.status.success(), may, "{role}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(may || message.contains(&format!("role {role} may not")), "{message}");
    }
}

/// Runs a script as a department would.
fn psql(url: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program("psql"))
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url])
        .args(arguments)
        .output()
        .expect("psql runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).trim().to_owned())
}

#[test]
fn a_database_shows_by_a_filter_the_rows_that_were_there_before() {
    let (site, release) = seeded();
    let url = server().fresh();
    let ask = |sql: &str| psql(&url, &["-c", sql]);
    let (header, rows) = copy(&site);
    let columns: Vec<String> = header.iter().map(|h| format!("\"{h}\" text")).collect();
    // The running number as a number, and somebody without a phone.
    let columns = columns.join(", ").replace("\"编号\" text", "\"编号\" integer");
    assert_eq!(ask(&format!("CREATE TABLE \"客户 2024\" ({columns})")), (true, String::new()));
    let row = |r: &Vec<String>| format!("('{}')", r.join("','"));
    let values = rows.iter().map(row).collect::<Vec<_>>().join(",");
    site.write("load.sql", format!("SET client_encoding='UTF8'; INSERT INTO \"客户 2024\" VALUES {values};"));
    assert_eq!(psql(&url, &["-f", &site.path("load.sql").display().to_string()]), (true, String::new()));
    assert!(ask("UPDATE \"客户 2024\" SET \"手机\" = NULL, \"邮箱\" = NULL WHERE \"编号\" = 5000").0);

    let script = site.path("filter.sql").display().to_string();
    let make = |name: &str, release: &str, file: &str| {
        let table = ["--table", "客户 2024", "--name", name, "-o", file];
        site.ok(&[&["release", "exclude", release, "--format", "sql"], &table[..]].concat());
    };
    make("dyepack_filter", &release, "filter.sql");
    for _ in 0..2 {
        let (done, said) = psql(&url, &["-f", &script]);
        assert!(done, "{said}");
    }
    let count = |of: &str| ask(&format!("SELECT count(*) FROM {of}")).1;
    assert_eq!(count("\"客户 2024\""), (ROWS + 9).to_string());
    assert_eq!(count("dyepack_filtered"), ROWS.to_string());

    // A newer filter of the same release takes its place; another release's is refused.
    make("dyepack_filter", &release, "newer.sql");
    assert!(psql(&url, &["-f", &site.path("newer.sql").display().to_string()]).0);
    assert_eq!(count("dyepack_filtered"), ROWS.to_string());
    site.ok(&["seed", "customers.csv", "--source", "registry", "--accept-detectable", "--count", "5"]);
    let releases = site.json(&["release", "list"]);
    let all = releases.as_array().expect("a list");
    let other = all.iter().find(|r| r["source"] == "registry").expect("a release")["id"].as_str().expect("an id");
    make("dyepack_filter", other, "other.sql");
    let (done, said) = psql(&url, &["-f", &site.path("other.sql").display().to_string()]);
    assert!(!done && said.contains("another --name"), "{said}");
    assert_eq!(count("dyepack_filtered"), ROWS.to_string());

    // The job sees the view, and neither digests nor table; nobody else sees anything.
    assert!(ask("CREATE ROLE job; CREATE ROLE clerk; GRANT SELECT ON dyepack_filtered TO job; GRANT EXECUTE ON FUNCTION dyepack_is_excluded(text, text) TO job").0);
    let as_role = |role: &str, what: &str| ask(&format!("SET ROLE {role}; {what}"));
    assert_eq!(as_role("job", "SELECT count(*) FROM dyepack_filtered").1, ROWS.to_string());
    for (role, what) in [
        ("job", "SELECT * FROM dyepack_filter"),
        ("job", "SELECT * FROM \"客户 2024\""),
        ("clerk", "SELECT * FROM dyepack_filtered"),
        ("clerk", "SELECT dyepack_is_excluded('编号', '1')"),
    ] {
        let (done, said) = as_role(role, what);
        assert!(!done && said.contains("permission denied"), "{role} {what}: {said}");
    }
}
