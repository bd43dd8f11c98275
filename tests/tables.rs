//! Tables of many shapes: whatever is seeded, the rows of the table stay, every
//! way to reach a canary is the pool's, keys stay unique, and no block forms.

use crate::site::{Site, point};
use serde_json::Value;
use std::collections::HashSet;

/// Seeds a table; returns its canaries after checking what holds for every table.
fn seeded(site: &Site, name: &str, text: &str, extra: &[&str]) -> Vec<Value> {
    site.write(&format!("{name}.csv"), text);
    let file = format!("{name}.csv");
    let arguments = [&["seed", &file, "--source", "telecom", "--count", "8", "--accept-detectable"], extra].concat();
    site.ok(&arguments);
    let canaries = site.canaries("telecom");
    let after = std::fs::read_to_string(site.path(&format!("{name}.telecom.csv"))).expect("read");
    let places: HashSet<usize> = canaries.iter().map(row).collect();
    let kept: String =
        after.split_inclusive('\n').enumerate().filter(|(n, _)| !places.contains(n)).map(|(_, l)| l).collect();
    assert_eq!(kept, text, "{name}: the rows of the table stay as they were");
    let mut sorted: Vec<usize> = places.into_iter().collect();
    sorted.sort_unstable();
    assert!(sorted.windows(2).any(|w| w[1] > w[0] + 1), "{name}: never in one block: {sorted:?}");
    for canary in &canaries {
        reachable_only_by_the_pool(name, canary);
    }
    canaries
}

fn row(canary: &Value) -> usize {
    canary["location"].as_str().and_then(|l| l.strip_prefix("row ")).expect("a row").parse().expect("a number")
}

/// No cell has a mail address, web address or written number but the pool's.
fn reachable_only_by_the_pool(name: &str, canary: &Value) {
    let points = canary["contact_points"].as_array().expect("a list");
    let own: Vec<&str> = points.iter().filter_map(|p| p["value"].as_str()).collect();
    for (column, cell) in canary["fields"].as_object().expect("fields") {
        let cell = cell.as_str().expect("text");
        let reaches = cell.starts_with('+')
            || cell.contains('@')
            || cell.contains("://")
            || cell.contains(".com/")
            || is_grouped_number(cell);
        // An extension behind a number of the pool leads to the pool.
        let number = cell.split('x').next().unwrap_or(cell);
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let ours = own.iter().any(|p| *p == cell || !digits.is_empty() && p.trim_start_matches('+').ends_with(&digits));
        assert!(!reaches || ours, "{name}: column {column} has {cell:?}, which is not of the pool {own:?}");
    }
}

fn is_grouped_number(cell: &str) -> bool {
    cell.split([' ', 'x'])
        .any(|w| w.bytes().filter(u8::is_ascii_digit).count() >= 10 && w.matches('-').count() == 2 && !w.contains(':'))
}

fn table(header: &str, rows: usize, line: impl Fn(usize) -> String) -> String {
    let lines: Vec<String> = (0..rows).map(|n| line(n) + "\n").collect();
    format!("{header}\n{}", lines.concat())
}

/// The n-th key of a table.
type Shape = fn(usize) -> String;

const GIVEN: [&str; 8] = ["Ann", "Bob", "Carl", "Dora", "Eve", "Finn", "Gus", "Hal"];
const LAST: [&str; 7] = ["Adams", "Baker", "Clark", "Davis", "Evans", "Frank", "Green"];

fn name(n: usize) -> String {
    format!("{} {}", GIVEN[n % 8], LAST[n / 3 % 7])
}

fn american() -> Site {
    let site = Site::with_pool();
    let numbers: Vec<String> = (0..80).map(|n| format!("+1503555{n:04}")).collect();
    site.write("american", numbers.join("\n"));
    site.ok(&["pool", "add", "phone", "--file", "american"]);
    site
}

#[test]
fn a_number_of_another_country_is_never_written_as_one_of_this() {
    let site = Site::new();
    let foreign: Vec<String> =
        (0..10).map(|n| format!("+1503555{n:04}")).chain((0..10).map(|n| format!("+49151123450{n:02}"))).collect();
    site.write("foreign", foreign.join("\n"));
    site.ok(&["pool", "add", "phone", "--file", "foreign"]);
    let text =
        table("编号,姓名,手机", 60, |n| format!("{},王伟{},1540000{n:04}", n * 5 + 9, ['芳', '娜', '敏'][n % 3]));
    for canary in seeded(&site, "chinese", &text, &[]) {
        let phone = point(&canary, "phone").expect("a phone");
        assert_eq!(canary["fields"]["手机"], phone, "only with its country code is it this number");
    }
}

#[test]
fn numbers_of_the_tables_country_are_chosen_and_written_in_its_form() {
    let site = american();
    let text = table("id,name,phone", 60, |n| format!("{},{},(212) 555-01{:02}", n * 3 + 1, name(n), n));
    for canary in seeded(&site, "us", &text, &[]) {
        let written = canary["fields"]["phone"].as_str().expect("text");
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(Some(format!("+1{digits}").as_str()), point(&canary, "phone"), "{written}");
        assert!(written.starts_with("(503) 555-"), "{written}");
    }
}

#[test]
fn ways_to_reach_somebody_are_of_the_pool_or_empty() {
    let site = american();
    let text = table("id,name,phone,work_phone,emergency_contact,notes,profile,qq,wide", 80, |n| {
        format!(
            "{},{},(212) 555-01{:02},415-679-{:04} x{n},Susan 617-555-{:04},\"call on 610-908-{:04}, mail bob{n}@mail.example\",linkedin.com/in/N{n},{},Ann <a{n}@x.example>",
            n * 4 + 1,
            name(n),
            n,
            1000 + n,
            2000 + n,
            3000 + n,
            80_000_000 + n
        )
    });
    for canary in seeded(&site, "messy", &text, &[]) {
        for column in ["notes", "profile", "qq", "wide"] {
            assert_eq!(canary["fields"][column], "", "{column}");
        }
    }
}

#[test]
fn running_numbers_keep_their_prefix_and_zeros_and_stand_in_their_place() {
    let site = american();
    let shapes: [(&str, Shape); 3] = [
        ("filled", |n| format!("{:08}", 1000 + n * 3)),
        ("prefixed", |n| format!("CUST-{:05}", n * 4)),
        ("falling", |n| format!("{}", 9000 - n * 3)),
    ];
    for (shape, key) in shapes {
        let text = table("no,name,phone,created_at", 120, |n| {
            format!(
                "{},{},(212) 555-01{:02},2021-{:02}-{:02} 10:00:00.123",
                key(n),
                name(n),
                n % 100,
                1 + n / 28,
                1 + n % 28
            )
        });
        let canaries = seeded(&site, shape, &text, &[]);
        let mut keys = HashSet::new();
        for canary in &canaries {
            let own = canary["fields"]["no"].as_str().expect("text").to_owned();
            assert_eq!(own.len(), key(0).len(), "{own}");
            assert!(!text.contains(&format!("\n{own},")) && keys.insert(own), "keys stay unique");
            let at = canary["fields"]["created_at"].as_str().expect("text");
            assert!(at.len() == 23 && at.starts_with("2021-") && at.parse::<jiff::civil::DateTime>().is_ok(), "{at}");
        }
        let after = std::fs::read_to_string(site.path(&format!("{shape}.telecom.csv"))).expect("read");
        let numbers: Vec<u64> = after
            .lines()
            .skip(1)
            .map(|l| l.split(',').next().expect("a key").trim_start_matches("CUST-").parse().expect("a number"))
            .collect();
        assert!(numbers.is_sorted() || numbers.iter().rev().is_sorted(), "{shape}: {numbers:?}");
    }
}

#[test]
fn names_are_not_repeated_and_identifiers_stay_of_their_kind() {
    let site = american();
    let text = table("id,name,phone", 56, |n| {
        format!(
            "0190e4c2-7a3b-4{:03x}-a{:03x}-{:012x},{} {},(212) 555-01{:02}",
            n * 37 % 4096,
            n * 91 % 4096,
            n * 7_919_003,
            GIVEN[n % 8],
            LAST[n / 8],
            n
        )
    });
    let canaries = seeded(&site, "uuids", &text, &[]);
    let names: HashSet<&str> = canaries.iter().filter_map(|c| c["fields"]["name"].as_str()).collect();
    assert_eq!(names.len(), canaries.len(), "{names:?}");
    for canary in &canaries {
        let id: uuid::Uuid = canary["fields"]["id"].as_str().expect("text").parse().expect("a UUID");
        assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122), "{id}");
    }
}

#[test]
fn a_sqlite_column_named_rowid_is_a_column() {
    let site = american();
    let make = "import sqlite3; d = sqlite3.connect('odd.sqlite'); d.execute('create table t(rowid text, name text, phone text)'); [d.execute('insert into t values (?,?,?)', ('k%d' % n, ['Ann Adams','Bob Baker','Carl Clark'][n % 3], '(212) 555-01%02d' % n)) for n in range(90)]; d.commit()";
    let made = std::process::Command::new("python3").args(["-c", make]).current_dir(site.dir()).status();
    if !made.is_ok_and(|s| s.success()) {
        println!("skipped: python3 with sqlite3 is not here");
        return;
    }
    let done = site.json(&[
        "seed",
        "sqlite:odd.sqlite",
        "--table",
        "t",
        "--source",
        "telecom",
        "--accept-detectable",
        "--count",
        "4",
    ]);
    assert_eq!((done["canaries"].as_u64(), done["rows_in"].as_u64()), (Some(4), Some(90)));
    assert_eq!(
        site.json(&[
            "seed",
            "sqlite:odd.sqlite",
            "--table",
            "t",
            "--source",
            "telecom",
            "--accept-detectable",
            "--count",
            "4",
            "--dry-run"
        ])["rows_in"],
        94
    );
}

#[test]
fn a_file_sorted_by_phone_stays_sorted_by_phone() {
    let site = american();
    let text = table("phone,name", 90, |n| format!("503555{:04},{}", 3 + n * 7, name(n)));
    seeded(&site, "sorted", &text, &[]);
    let after = std::fs::read_to_string(site.path("sorted.telecom.csv")).expect("read");
    let phones: Vec<&str> = after.lines().skip(1).map(|l| l.split(',').next().expect("a phone")).collect();
    assert!(phones.is_sorted(), "{phones:?}");
}

#[test]
fn codes_of_great_tables_are_nobodys() {
    // Two rows each, half of the numbers in use; one row each, all in use and in no order.
    let halves: fn(usize) -> usize = |n| n / 2 * 2 + n / 2 % 3 % 2;
    let shapes = [("code", halves, 80_000), ("key", |n| n * 7_919 % 40_000, 40_000)];
    for (role, member, rows) in shapes {
        let member = |n: usize| format!("M{:06}", 100_000 + member(n));
        let own: HashSet<String> = (0..rows).map(member).collect();
        assert!(own.len() > 33_000, "more than are remembered");
        let site = Site::new();
        let numbers: Vec<String> = (0..8).map(|n| format!("+1503555{n:04}")).collect();
        site.write("numbers", numbers.join("\n"));
        site.ok(&["pool", "add", "phone", "--file", "numbers"]);
        let text =
            table("member,name,phone", rows, |n| format!("{},{},(212) 555-{:04}", member(n), name(n), n % 10_000));
        let canaries = seeded(&site, "great", &text, &["--map", &format!("member={role}")]);
        assert_eq!(canaries.len(), 8);
        for canary in &canaries {
            let code = canary["fields"]["member"].as_str().expect("a code");
            assert!(code.len() == 7 && !own.contains(code), "{role}: {code}");
        }
        // As many numbers as canaries: those of canaries that were dropped are not lost.
        assert!(canaries.iter().all(|c| point(c, "phone").is_some()), "{role}: {canaries:?}");
    }
}
