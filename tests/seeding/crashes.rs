//! `kill -9` at random moments of a seeding: afterwards ledger and database agree,
//! whether the seeding is resumed or taken back.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
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

/// Octets of the ledger that a release of these canaries is more than, and whatever
/// else a seeding notes is less than.
const RELEASE: u64 = 8_000;

/// A seeding that is watched: it has told the ledger of its release once this has grown.
struct Watched {
    seeding: Child,
    journal: PathBuf,
    before: u64,
    begun: Instant,
}

impl Watched {
    fn begin(site: &Site, database: &Database) -> Self {
        let journal = site.path("data/journal");
        let before = octets(&journal);
        let mut command = site.command(&texts(&arguments(database, &SOME)));
        let seeding = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("begun");
        Self { seeding, journal, before, begun: Instant::now() }
    }

    fn has_ended(&mut self) -> bool {
        self.seeding.try_wait().expect("asked").is_some()
    }

    /// Waits until the release is issued, or the seeding has ended.
    fn issued(&mut self) {
        while octets(&self.journal) < self.before + RELEASE && !self.has_ended() {
            std::thread::yield_now();
        }
    }

    fn kill_after(mut self, from: Instant, time: Duration) {
        while from.elapsed() < time && !self.has_ended() {
            std::thread::yield_now();
        }
        let _ = self.seeding.kill();
        self.seeding.wait().expect("ended");
    }
}

fn octets(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

/// How long a seeding takes to tell the ledger, and how long from then to its end.
fn lengths(site: &Site, database: &Database) -> (Duration, Duration) {
    let mut watched = Watched::begin(site, database);
    watched.issued();
    let (before, issued) = (watched.begun.elapsed(), Instant::now());
    assert!(watched.seeding.wait().expect("ended").success());
    (before, issued.elapsed())
}

/// The releases that stand are whole, none is open, and no row is there beside.
fn agree(site: &Site, database: &Database, before: u64, moment: u64) {
    let releases = site.json(&["release", "list"]);
    let mut standing = 0;
    for release in releases.as_array().expect("a list") {
        assert_ne!(release["state"], "issued", "moment {moment}: {release}");
        if release["state"] == "planted" {
            standing += release["canaries"].as_u64().expect("a number");
        }
    }
    assert_eq!(database.count("subscribers"), before + standing, "moment {moment}");
}

fn all_stand(site: &Site) {
    let releases = site.json(&["release", "list"]);
    for release in releases.as_array().into_iter().flatten().filter(|r| r["state"] == "planted") {
        let check = site.json(&["release", "check", release["id"].as_str().expect("an id")]);
        assert_eq!(check["standing"], check["canaries"], "{check}");
    }
}

fn survives(dialect: Dialect) {
    let database = registry(dialect);
    let site = site(&database);
    let before = rows(&database)["subscribers"];
    let (early, late) = lengths(&site, &database);
    let (mut resumed, mut withdrawn, mut settled) = (0, 0, 0);
    let moments = moments();
    for moment in 0..moments {
        let part = (moment * 7_919 % 101) as f64 / 101.0;
        let mut watched = Watched::begin(&site, &database);
        // Most often after the ledger was told, where something is at stake.
        if moment % 6 == 5 {
            let begun = watched.begun;
            watched.kill_after(begun, early.mul_f64(part));
        } else {
            watched.issued();
            watched.kill_after(Instant::now(), late.mul_f64(part));
        }
        let open = site.json(&["release", "list"]);
        let open = open.as_array().into_iter().flatten().find(|r| r["state"] == "issued").cloned();
        match open {
            None => settled += 1,
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
    all_stand(&site);
    println!(
        "{dialect:?}: killed at {moments} moments: {resumed} resumed, {withdrawn} withdrawn, {settled} with nothing open"
    );
    assert!(resumed + withdrawn > 0, "{dialect:?}: no moment was between issuing and confirming");
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
