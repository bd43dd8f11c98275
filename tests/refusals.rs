//! Bad input: the message says what happened, where, and what to do; nothing is
//! lost, half-written or half-planted.

use crate::site::{Site, customers, free_address, octets_below};
use std::net::TcpListener;

/// Refused with all these words, and without a trace.
fn refused(site: &Site, arguments: &[&str], words: &[&str]) {
    let releases = site.json(&["release", "list"]);
    let files = octets_of_files(site);
    let message = site.refused(arguments);
    for word in words {
        assert!(message.contains(word), "{arguments:?}: {word:?} is missing in {message:?}");
    }
    assert_eq!(site.json(&["release", "list"]), releases, "{arguments:?} left a release");
    assert_eq!(octets_of_files(site), files, "{arguments:?} left or changed a file");
}

fn octets_of_files(site: &Site) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(site.dir())
        .expect("listed")
        .map(|item| item.expect("listed").path())
        .filter(|p| p.is_file())
        .map(|p| (p.display().to_string(), std::fs::read(&p).expect("read")))
        .collect();
    files.sort();
    files
}

#[test]
fn tables_that_cannot_be_seeded() {
    let site = Site::with_pool();
    site.write("good.csv", customers(100));
    site.write("empty.csv", "");
    site.write("header.csv", "name,phone\n");
    site.write("ragged.csv", "id,phone\n1,15400000001\n2,15400000002,x\n");
    site.write("binary.csv", b"\x7fELF\x02\x01\0\0\0");
    site.write("useless.csv", "colour,size\nred,1\nblue,2\n");
    site.write("open.csv", "id,phone\n1,\"15400000001\n2,15400000002\n");
    let seed = |input: &'static str| ["seed", input, "--source", "telecom"];
    refused(&site, &seed("missing.csv"), &["there is no file", "missing.csv"]);
    refused(&site, &seed("empty.csv"), &["empty.csv", "empty"]);
    refused(&site, &seed("header.csv"), &["no rows"]);
    refused(&site, &seed("ragged.csv"), &["ragged.csv", "line 3", "3 fields", "has 2"]);
    refused(&site, &seed("binary.csv"), &["not text"]);
    refused(&site, &seed("useless.csv"), &["no column", "--map"]);
    refused(&site, &seed("open.csv"), &["line 2", "never closed"]);
    refused(&site, &["seed", "good.csv", "--source", "telecomm"], &["telecomm", "there are: telecom", "source add"]);
    refused(
        &site,
        &["seed", "good.csv", "--source", "telecom", "--map", "phone=phone"],
        &["no column \"phone\"", "编号"],
    );
    refused(
        &site,
        &["seed", "good.csv", "--source", "telecom", "--output", "good.csv"],
        &["good.csv is there already"],
    );
    refused(&site, &["seed", "good.csv", "--source", "telecom", "--output", "nowhere/x.csv"], &["no directory"]);
    refused(&site, &["seed", "sqlite:none.sqlite", "--table", "t", "--source", "telecom"], &["no such file"]);
    refused(
        &site,
        &["seed", "sqlite:good.csv", "--table", "t", "--source", "telecom"],
        &["good.csv", "not a database"],
    );
    refused(&site, &["seed", "sqlite:good.csv", "--source", "telecom"], &["--table"]);
    refused(&site, &["seed", "good.csv", "--source", "telecom", "--resume"], &["nothing to resume"]);
}

#[test]
fn a_pool_that_is_too_small_says_how_much_is_missing_of_what() {
    let site = Site::new();
    site.write("good.csv", customers(100));
    site.ok(&["pool", "add", "phone", "+8615488000001", "+8615488000002"]);
    refused(
        &site,
        &["seed", "good.csv", "--source", "telecom", "--count", "7", "--accept-detectable"],
        &[
            "7 phones are needed",
            "2 are free",
            "5 phones are missing",
            "mailboxes are missing",
            "urls are missing",
            "or mail-domain DOMAIN",
        ],
    );
    site.ok(&[
        "seed",
        "good.csv",
        "--source",
        "telecom",
        "--count",
        "2",
        "--leave-empty",
        "mailbox",
        "--leave-empty",
        "url",
    ]);
}

#[test]
fn pool_and_sources_take_only_what_makes_sense_all_or_none() {
    let site = Site::new();
    for (arguments, word) in [
        (&["pool", "add", "phone", "+8613800000001", "13800000002"][..], "E.164"),
        (&["pool", "add", "mail-domain", "nodots"], "not a domain"),
        (&["pool", "add", "web-host", "ftp://x.example"], "not a web address"),
        (&["source", "add", "two words"], "not a name"),
        (&["source", "add", "telecom"], "already"),
        (&["source", "add", "x", "--parent", "nobody"], "no source named"),
        (&["source", "show", "nobody"], "no source named"),
    ] {
        let message = site.refused(arguments);
        assert!(message.contains(word), "{arguments:?}: {message}");
    }
    assert_eq!(site.json(&["pool", "list"]).as_array().map(Vec::len), Some(0));
    for (arguments, word) in [
        (&["nonsense"][..], "nonsense"),
        (&["token", "add", "x", "--role", "king"], "analyst"),
        (&["release", "show", "rel_nonsense"], "not a release id"),
        (&["hits", "--channel", "pigeon"], "sms, voice"),
        (&["hits", "--since", "yesterday"], "2026-11-23"),
        (&["seed", "x.csv", "--source", "telecom", "--map", "手机=mobil"], "no role"),
        (&["seed", "x.csv", "--source", "telecom", "--count", "0"], "1 or more"),
        (&["seed", "x.csv", "--source", "telecom", "--rate", "nan"], "percent"),
        (&["seed", "x.csv", "--source", "telecom", "--locale", "fr"], "en-US"),
        (&["pool", "add", "phone"], "VALUES"),
    ] {
        let output = site.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(word), "{arguments:?}: {message}");
    }
}

#[test]
fn keys_directories_ports_and_configurations_in_the_way() {
    let mut site = Site::new();
    let other = tempfile::tempdir().expect("a directory");
    let output = site.command(&["init", &other.path().display().to_string()]).output().expect("runs");
    assert!(output.status.success());
    let key = std::fs::read(site.path("dyepack.key")).expect("read");
    let before = octets_below(&site.path("data"));
    std::fs::copy(other.path().join("dyepack.key"), site.path("dyepack.key")).expect("copied");
    assert!(site.refused(&["source", "list"]).contains("does not belong to the store"));
    std::fs::remove_file(site.path("dyepack.key")).expect("removed");
    assert!(site.refused(&["source", "list"]).contains("cannot read the key file"));
    site.write("dyepack.key", "no key at all");
    let message = site.refused(&["source", "list"]);
    assert!(message.contains("chmod 600"), "{message}");
    let mut options = std::fs::OpenOptions::new();
    std::fs::remove_file(site.path("dyepack.key")).expect("removed");
    std::os::unix::fs::OpenOptionsExt::mode(options.create_new(true).write(true), 0o600);
    std::io::Write::write_all(&mut options.open(site.path("dyepack.key")).expect("made"), &key).expect("written");
    assert_eq!(octets_below(&site.path("data")).len(), before.len(), "a wrong key changes nothing");

    assert!(site.refused(&["init", "."]).contains("is there already"));
    site.start();
    assert!(site.refused(&["serve"]).contains(&format!("cannot listen on {}", site.public)));
    let config = std::fs::read_to_string(site.path("dyepack.toml")).expect("read");
    site.write("second.toml", config.replace(&site.public, &free_address()));
    assert!(site.refused(&["serve", "--config", "second.toml"]).contains("in use by another dyepack"));
    site.kill();

    let taken = TcpListener::bind(&site.public).expect("free again");
    let message = site.refused(&["serve"]);
    assert!(message.contains("cannot listen on") && message.contains("[public] listen"), "{message}");
    drop(taken);
    site.write("wrong.toml", config.replace("base_urls", "base_url"));
    let message = site.refused(&["serve", "--config", "wrong.toml"]);
    assert!(
        message.contains("unknown key \"base_url\"") && message.contains("did you mean \"base_urls\"?"),
        "{message}"
    );
    assert!(site.refused(&["serve", "--config", "none.toml"]).contains("dyepack init"));
    site.ok(&["source", "list"]);
}

#[test]
fn doctor_says_what_to_do() {
    let site = Site::new();
    let output = site.command(&["doctor", "--json"]).env_remove("TWILIO_TOKEN").output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let checks: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = |what: &str| {
        checks
            .as_array()
            .expect("a list")
            .iter()
            .find(|c| c["what"] == what)
            .unwrap_or_else(|| panic!("{what}: {checks}"))
    };
    assert_eq!(found("hook")["state"], "attention");
    assert_eq!(found("pool: phones")["state"], "attention");
    assert_eq!(found("pool: controls")["state"], "attention");
    assert_eq!(found("store")["state"], "good");
    site.write("dyepack.key", "x");
    let broken = site.run(&["doctor"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("BAD   key file"));
}
