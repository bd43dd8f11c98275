//! `kill -9`: whatever was acknowledged is there afterwards, and a seeding that
//! was cut off can be finished or taken back.

use crate::site::{Site, TOKEN, customers, mail, point, sms};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROUNDS: usize = 8;

#[test]
fn every_contact_that_was_acknowledged_survives_kill_9_in_a_burst() {
    let mut site = Site::with_pool();
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--count", "10"]);
    let canaries = site.canaries("telecom");
    let phones: Vec<String> = canaries.iter().filter_map(|c| point(c, "phone").map(str::to_owned)).collect();
    let mailboxes: Vec<String> = canaries.iter().filter_map(|c| point(c, "mailbox").map(str::to_owned)).collect();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 0..ROUNDS {
        site.start();
        let stop = Arc::new(AtomicBool::new(false));
        let before = acknowledged.lock().expect("lock").len();
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (acknowledged, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
                let (public, smtp) = (site.public.clone(), site.smtp.clone());
                let to = if worker % 2 == 0 {
                    phones[worker % phones.len()].clone()
                } else {
                    mailboxes[worker % mailboxes.len()].clone()
                };
                std::thread::spawn(move || {
                    for n in 0.. {
                        let mark = format!("mark {round} {worker} {n}");
                        let taken = if worker % 2 == 0 {
                            sms(&public, &to, &mark, &mark, TOKEN) == 200
                        } else {
                            mail(&smtp, &[&to], format!("Subject: {mark}\r\n\r\nx").as_bytes()).starts_with("250")
                        };
                        if taken {
                            acknowledged.lock().expect("lock").push(mark);
                        }
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                })
            })
            .collect();
        // A few acknowledgements into the burst, at a count that differs from round to round.
        let enough = before + 20 + round * 17;
        let deadline = Instant::now() + Duration::from_secs(30);
        while acknowledged.lock().expect("lock").len() < enough {
            assert!(Instant::now() < deadline, "the burst does not get through");
            std::thread::yield_now();
        }
        site.kill();
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().for_each(|w| w.join().expect("a worker"));
    }
    let hits = site.json(&["hits"]);
    let mut seen: Vec<&str> = hits.as_array().expect("a list").iter().filter_map(|h| h["summary"].as_str()).collect();
    seen.sort_unstable();
    let acknowledged = acknowledged.lock().expect("lock");
    let missing: Vec<&String> =
        acknowledged.iter().filter(|mark| seen.binary_search(&mark.as_str()).is_err()).collect();
    assert!(
        missing.is_empty(),
        "{} of {} acknowledged contacts are lost: {missing:?}",
        missing.len(),
        acknowledged.len()
    );
    println!("{} acknowledged contacts over {ROUNDS} kills, 0 lost", acknowledged.len());
}

/// Seeds until one run was killed between registering and confirming.
fn cut_off(site: &Site) -> String {
    for attempt in 0..40 {
        let output = format!("out{attempt}.csv");
        let mut seed = site
            .command(&["seed", "big.csv", "--source", "telecom", "--count", "2", "--output", &output])
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
