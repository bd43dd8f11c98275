//! What seeding a live database costs: ten thousand canaries into a million rows
//! (`DYEPACK_BENCH_ROWS` for another number) of PostgreSQL and of MariaDB through the
//! real binary, beside a COPY or LOAD of the same rows into the same table in the same
//! run, and what an application at work on the table notices of either.
//! Run with `cargo bench --bench databases`; a word after `--` keeps to one server.

#[path = "../tests"]
#[allow(dead_code, unused_imports)]
mod support {
    pub mod databases;
    pub mod postgres;
    pub mod process;
    pub mod servers;
    pub mod site;
}

use serde_json::Value;
use std::io::Write;
use std::time::{Duration, Instant};

use support::databases::{fill, world::World};
use support::servers::load::{self, Report};
use support::servers::{Database, Dialect};
use support::site::Site;
// By these names the tests know each other.
use support::{databases, postgres, process, servers};

const CANARIES: usize = 10_000;
/// Planting takes at most so many times what a COPY does, and the application's
/// slowest hundredth at most so many times what it takes alone.
const BARS: (f64, f64) = (3.0, 2.0);
const ROUNDS: usize = 3;
/// The application alone, before a seeding and after it, to compare with.
const ALONE: Duration = Duration::from_secs(15);
/// What all phones of the pool begin with, and none of the table.
const PHONES: &str = "192";
/// Columns of the table that are not made by the server.
const COLUMNS: &str =
    "id, name, sex, id_number, phone, email, branch_id, address_id, balance, registered_at, updated_at";

fn main() {
    let only = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    let rows: u64 = std::env::var("DYEPACK_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    println!(
        "{CANARIES} canaries into {rows} rows; bars: {} x a raw load, {} x the application's own p99",
        BARS.0, BARS.1
    );
    for dialect in Dialect::SERVERS {
        if format!("{dialect:?}").to_lowercase().contains(&only.to_lowercase()) {
            measure(dialect, rows);
        }
    }
}

fn measure(dialect: Dialect, rows: u64) {
    let database = Database::fresh(dialect);
    fill(&database, World::crowd(rows));
    let site = site(&database);
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        database.settle();
        let before = load::window(&database, ALONE);
        let (seeded, during) = load::during(&database, || seed(&site, &database));
        let lines = canaries(&database);
        withdraw(&site, &seeded);
        database.settle();
        let (copied, copying) = load::during(&database, || copy(&database, &lines));
        database.run(&format!("DELETE FROM subscribers WHERE phone LIKE '{PHONES}%'"));
        database.settle();
        let after = load::window(&database, ALONE);
        let alone = joined(before, after);
        let planted = seeded["planting_seconds"].as_f64().expect("what it took");
        let ratio = (planted / copied.as_secs_f64(), during.p99().as_secs_f64() / alone.p99().as_secs_f64());
        println!(
            "{dialect:?} {round}: seeded in {:.1} s, of it planting {planted:.2} s; a raw load of the same rows {:.2} s: ratio {:.1}",
            seeded["seconds"].as_f64().unwrap_or_default(),
            copied.as_secs_f64(),
            ratio.0
        );
        println!(
            "    the application's statements alone {}; meanwhile {}: ratio {:.2}; during the raw load {}; {} failed",
            told(&alone),
            told(&during),
            ratio.1,
            told(&copying),
            alone.failures.len() + during.failures.len() + copying.failures.len()
        );
        let failures = alone.failures.iter().chain(&during.failures).chain(&copying.failures);
        failures.for_each(|failure| println!("    failed: {failure}"));
        ratios.push(ratio);
    }
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = ratios.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    println!("{dialect:?}: medians: {:.1} x a raw load, {:.2} x its own p99", median(|r| r.0), median(|r| r.1));
}

fn told(report: &Report) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    format!("{} of p50 {:.2} ms, p99 {:.2} ms", report.times.len(), ms(report.p50()), ms(report.p99()))
}

fn joined(mut one: Report, other: Report) -> Report {
    one.times.extend(other.times);
    one.failures.extend(other.failures);
    one
}

fn site(database: &Database) -> Site {
    let password = reqwest::Url::parse(&database.url).expect("a URL").password().map(str::to_owned);
    let site = Site::under(password.into_iter().map(|p| ("DYEPACK_DB_PASSWORD", p.into())).collect());
    let number = |n: u64| format!("+86{PHONES}{:08}\n", n * 7_919 % 100_000_000);
    site.write("phones", (0..60_000).map(number).collect::<String>());
    site.ok(&["pool", "add", "phone", "--file", "phones"]);
    site.ok(&["pool", "add", "mail-domain", "letters.example.net"]);
    site
}

fn seed(site: &Site, database: &Database) -> Value {
    let mut url = reqwest::Url::parse(&database.url).expect("a URL");
    url.set_password(None).expect("a URL of a server");
    let (url, count) = (url.to_string(), CANARIES.to_string());
    let what = ["seed", &url, "--table", "subscribers", "--source", "registry", "--count", &count];
    site.json(&[&what[..], &["--accept-detectable", "--fresh"]].concat())
}

fn withdraw(site: &Site, seeded: &Value) {
    site.ok(&["release", "withdraw", seeded["release"].as_str().expect("an id")]);
}

/// The canaries' rows, as lines that a raw load takes.
fn canaries(database: &Database) -> String {
    let lines = database.run(&format!("SELECT {COLUMNS} FROM subscribers WHERE phone LIKE '{PHONES}%'"));
    assert_eq!(lines.lines().count(), CANARIES, "the canaries");
    let line =
        |line: &str| line.split('\t').map(|c| if c == "NULL" { "\\N" } else { c }).collect::<Vec<_>>().join("\t");
    lines.lines().map(|l| line(l) + "\n").collect()
}

/// The same rows by the server's own means; a client's start is not counted.
fn copy(database: &Database, lines: &str) -> Duration {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(lines.as_bytes()).expect("written");
    let path = file.path().display();
    let script = match database.dialect {
        Dialect::Postgres => format!("\\copy subscribers ({COLUMNS}) FROM '{path}'"),
        _ => format!("LOAD DATA LOCAL INFILE '{path}' INTO TABLE subscribers ({COLUMNS})"),
    };
    let timed = |script: &str| {
        let begun = Instant::now();
        database.run(script);
        begun.elapsed()
    };
    let client = timed("SELECT 1");
    timed(&script).saturating_sub(client)
}
