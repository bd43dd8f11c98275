//! `kill -9`: whatever was acknowledged is there afterwards, and a seeding that
//! was cut off can be finished or taken back.

use crate::site::{Site, TOKEN, customers, mail, point, sms};
use std::collections::{HashMap, HashSet};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Kills of the server for each backend.
const ROUNDS: usize = 50;

/// Those who make contact, and what they were told was taken.
struct Crowd {
    acknowledged: Mutex<Vec<String>>,
    sent: AtomicUsize,
}

impl Crowd {
    /// One contact after the other by SMS or mail, until the end of the round.
    fn member(&self, round: usize, worker: usize, site: &Site, to: &str, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let mark = format!("mark {round} {}", self.sent.fetch_add(1, Ordering::Relaxed));
            let taken = if worker.is_multiple_of(2) {
                sms(&site.public, to, &mark, &mark, TOKEN) == 200
            } else {
                mail(&site.smtp, &[to], format!("Subject: {mark}\r\n\r\nx").as_bytes()).starts_with("250")
            };
            if taken {
                self.acknowledged.lock().expect("lock").push(mark);
            }
        }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().expect("lock").len()
    }
}

fn every_acknowledged_contact_survives_kill_9(store: &str) {
    let mut site = Site::with_pool_over(store);
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "10"]);
    let canaries = site.canaries("telecom");
    let points = |kind| canaries.iter().filter_map(|c| point(c, kind).map(str::to_owned)).collect::<Vec<_>>();
    let (phones, mailboxes) = (points("phone"), points("mailbox"));
    let crowd = Crowd { acknowledged: Mutex::default(), sent: AtomicUsize::new(0) };
    for round in 0..ROUNDS {
        site.start();
        let stop = AtomicBool::new(false);
        let before = crowd.count();
        std::thread::scope(|scope| {
            for worker in 0..8 {
                let to = if worker % 2 == 0 { &phones } else { &mailboxes };
                let to = &to[worker % to.len()];
                let (crowd, site, stop) = (&crowd, &site, &stop);
                scope.spawn(move || crowd.member(round, worker, site, to, stop));
            }
            wait_until_it_is_under_load(&crowd, before);
            site.kill_now();
            stop.store(true, Ordering::Relaxed);
        });
        site.kill();
        agree(&mut site, &crowd, round);
    }
    println!(
        "{} acknowledged of {} contacts over {ROUNDS} kills, 0 lost",
        crowd.count(),
        crowd.sent.load(Ordering::Relaxed)
    );
}

/// A random moment after the first acknowledgement of the round.
fn wait_until_it_is_under_load(crowd: &Crowd, before: usize) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while crowd.count() == before {
        assert!(Instant::now() < deadline, "the burst does not get through");
        std::thread::yield_now();
    }
    let moment = Instant::now() + Duration::from_micros(rand::random_range(0..120_000));
    while Instant::now() < moment {
        std::thread::yield_now();
    }
}

/// After a restart: every acknowledged contact is there exactly once, the ledger
/// verifies, and what the indexes lead to is what the ledger holds.
fn agree(site: &mut Site, crowd: &Crowd, round: usize) {
    site.start();
    let hits = site.json(&["hits"]);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for hit in hits.as_array().expect("a list") {
        *seen.entry(hit["summary"].as_str().expect("words")).or_default() += 1;
    }
    let acknowledged = crowd.acknowledged.lock().expect("lock");
    let wrong: Vec<_> = acknowledged.iter().filter(|m| seen.get(m.as_str()) != Some(&1)).collect();
    assert!(wrong.is_empty(), "round {round}: lost or doubled: {wrong:?}");
    let file = format!("ledger-{round}.jsonl");
    site.ok(&["evidence", "export", "-o", &file]);
    site.ok(&["evidence", "verify", &file]);
    let ledger = std::fs::read_to_string(site.path(&file)).expect("read");
    std::fs::remove_file(site.path(&file)).expect("removed");
    let entries: Vec<&str> = ledger.lines().filter(|l| l.ends_with("\"type\":\"hit\"}}")).collect();
    let listed = hits.as_array().expect("a list");
    assert_eq!(entries.len(), listed.len(), "round {round}: index and ledger differ");
    let ids: HashSet<&str> = listed.iter().filter_map(|h| h["id"].as_str()).collect();
    let known = |line: &&&str| line.split("\"id\":\"").any(|part| part.get(..40).is_some_and(|id| ids.contains(id)));
    assert_eq!(entries.iter().filter(known).count(), listed.len(), "round {round}: an entry is not in the index");
    site.kill();
}

#[test]
fn every_contact_that_was_acknowledged_survives_kill_9_in_a_burst() {
    every_acknowledged_contact_survives_kill_9("sled:data");
}

#[test]
fn every_contact_that_was_acknowledged_survives_kill_9_over_postgres() {
    every_acknowledged_contact_survives_kill_9(&crate::postgres::server().fresh());
}

/// Seeds until one run was killed between registering and confirming.
fn cut_off(site: &Site) -> String {
    for attempt in 0..40 {
        let output = format!("out{attempt}.csv");
        let mut seed = site
            .command(&[
                "seed",
                "big.csv",
                "--source",
                "telecom",
                "--accept-detectable",
                "--count",
                "2",
                "--output",
                &output,
            ])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("runs");
        let open = loop {
            let releases = site.json(&["release", "list"]);
            let newest = releases[0].clone();
            if newest["place"]["output"] == output.as_str() || seed.try_wait().expect("waits").is_some() {
                break newest;
            }
        };
        seed.kill().expect("killed");
        seed.wait().expect("gone");
        let id = open["id"].as_str().unwrap_or_default();
        if !id.is_empty() && site.json(&["release", "show", id])["state"] == "issued" {
            return output;
        }
    }
    panic!("no seeding could be cut off in time");
}

#[test]
fn a_seeding_that_was_cut_off_is_finished_by_resume() {
    let mut site = Site::with_pool();
    site.write("big.csv", customers(300_000));
    site.start();
    let output = cut_off(&site);
    let done = site.json(&["seed", "big.csv", "--source", "telecom", "--resume"]);
    assert_eq!((done["output"].as_str(), done["canaries"].as_u64()), (Some(output.as_str()), Some(2)));
    let release = done["release"].as_str().expect("an id");
    assert_eq!(site.json(&["release", "show", release])["state"], "planted");
    let rows = std::fs::read(site.path(&output)).expect("read").iter().filter(|b| **b == b'\n').count();
    assert_eq!(rows, 300_003);
    assert!(site.refused(&["seed", "big.csv", "--source", "telecom", "--resume"]).contains("nothing to resume"));
}
