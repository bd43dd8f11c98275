//! `kill -9` at random moments of a seeding: afterwards ledger and database agree,
//! whether the seeding is resumed or taken back.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{rows, site, url};
use crate::databases::registry;
use crate::servers::{Database, Dialect};
use crate::site::Site;

/// Moments in each run of the tests; set `DYEPACK_CRASHES` for more.
const MOMENTS: u64 = 6;

fn moments() -> u64 {
    std::env::var("DYEPACK_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(MOMENTS)
}

const TABLES: [&str; 4] = ["--table", "subscribers", "--table", "contracts"];

fn arguments(database: &Database, more: &[&str]) -> Vec<String> {
    let url = url(database);
    [&["seed", &url, "--source", "registry"], &TABLES[..], more].concat().into_iter().map(str::to_owned).collect()
}

const SOME: [&str; 3] = ["--accept-detectable", "--count", "40"];

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// How long a seeding takes from its first word to the ledger on.
fn whole(site: &Site, database: &Database) -> Duration {
    let begun = Instant::now();
    site.ok(&texts(&arguments(database, &SOME)));
    begun.elapsed()
}

fn killed_at(site: &Site, database: &Database, after: Duration) {
    let mut command = site.command(&texts(&arguments(database, &SOME)));
    let mut seeding = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("begun");
    let until = Instant::now() + after;
    while Instant::now() < until && seeding.try_wait().expect("asked").is_none() {
        std::thread::yield_now();
    }
    let _ = seeding.kill();
    seeding.wait().expect("ended");
}

/// Every canary of every release stands or is withdrawn, and no row is there beside.
fn agree(site: &Site, database: &Database, before: u64, moment: u64) {
    let releases = site.json(&["release", "list"]);
    let mut standing = 0;
    for release in releases.as_array().expect("a list") {
        let (id, state) = (release["id"].as_str().expect("an id"), release["state"].as_str().expect("a state"));
        assert_ne!(state, "issued", "moment {moment}: {release}");
        if state == "planted" {
            let check = site.json(&["release", "check", id]);
            assert_eq!(check["standing"], check["canaries"], "moment {moment}: {check}");
            standing += check["standing"].as_u64().expect("a number");
        }
    }
    assert_eq!(database.count("subscribers"), before + standing, "moment {moment}");
}

fn survives(dialect: Dialect) {
    let database = registry(dialect);
    let site = site(&database);
    let before = rows(&database)["subscribers"];
    let whole = whole(&site, &database);
    let (mut resumed, mut withdrawn, mut early) = (0, 0, 0);
    let moments = moments();
    for moment in 0..moments {
        // The last part, where something is at stake, is met most often.
        let share = 1.0 - 0.45 * ((moment * 7_919 % 101) as f64 / 101.0).powi(2);
        killed_at(&site, &database, whole.mul_f64(share));
        let open = site.json(&["release", "list"]);
        let open = open.as_array().into_iter().flatten().find(|r| r["state"] == "issued").cloned();
        match open {
            None => early += 1,
            Some(_) if moment % 2 == 0 => {
                site.ok(&texts(&arguments(&database, &["--resume"])));
                resumed += 1;
            }
            Some(release) => {
                site.ok(&["release", "withdraw", release["id"].as_str().expect("an id")]);
                withdrawn += 1;
            }
        }
        agree(&site, &database, before, moment);
    }
    println!(
        "{dialect:?}: killed at {moments} moments: {resumed} resumed, {withdrawn} withdrawn, {early} with nothing open"
    );
}

#[test]
fn postgresql_and_the_ledger_agree_after_any_kill() {
    survives(Dialect::Postgres);
}

#[test]
fn mariadb_and_the_ledger_agree_after_any_kill() {
    survives(Dialect::MariaDb);
}

#[test]
fn sqlite_and_the_ledger_agree_after_any_kill() {
    survives(Dialect::Sqlite);
}
