//! What an installation gets over by itself: a full disk, a clock that was set
//! back, an index that was lost. Torn tails and broken files of the store are
//! tested beside it.

use dyepack::app::{App, Clock, Settings};
use dyepack::model::Time;
use dyepack::store::embedded::Embedded;
use dyepack::store::keys::Keys;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::site::{Site, customers, mail, point, until};

/// A small disk of one's own, as long as it is held; none where this may not be made.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a directory");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }

    /// Writes until nothing more goes in.
    fn fill(&self) {
        use std::io::Write;
        let mut filler = std::fs::File::create(self.0.join("filler")).expect("made");
        for size in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![0u8; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("removed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is still open goes with the process that holds it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_contacts_answers_questions_and_recovers_without_a_restart() {
    let place = tempfile::tempdir().expect("a directory");
    let Some(disk) = Disk::mount(&place.path().join("disk")) else {
        println!("skipped: no small disk can be mounted here (it takes root)");
        return;
    };
    let mut site = Site::with_pool_over(&format!("sled:{}", disk.0.join("data").display()));
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "4"]);
    let phone = point(&site.canaries("telecom")[0], "phone").expect("a phone").to_owned();
    let mailbox = point(&site.canaries("telecom")[0], "mailbox").expect("a mailbox").to_owned();
    site.start();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        // The disk fills up in the middle of a burst.
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let members: Vec<_> = (0..4)
                .map(|member| {
                    let (site, phone, stop) = (&site, &phone, &stop);
                    scope.spawn(move || {
                        let mut taken = Vec::new();
                        for n in 0.. {
                            let mark = format!("mark {round} {member} {n}");
                            if site.sms(phone, &mark, &mark) == 200 {
                                taken.push(mark);
                            }
                            if stop.load(Ordering::Relaxed) {
                                return taken;
                            }
                        }
                        taken
                    })
                })
                .collect();
            disk.fill();
            until("contacts are refused", || site.sms(&phone, "full", &format!("SMfull{round}")) == 503);
            stop.store(true, Ordering::Relaxed);
            acknowledged.extend(members.into_iter().flat_map(|m| m.join().expect("a member")));
        });
        assert!(mail(&site.smtp, &[&mailbox], b"Subject: full\r\n\r\nx").starts_with("451"));
        for question in
            [["hits"].as_slice(), &["leaks"], &["release", "list"], &["source", "list"], &["who", "+85291234567"]]
        {
            site.ok(question);
        }
        disk.free();
        let mark = format!("room again {round}");
        until("contacts are taken again", || site.sms(&phone, &mark, &mark) == 200);
        acknowledged.push(mark);
        until("what was taken is seen", || {
            let hits = site.json(&["hits"]);
            let seen: Vec<&str> =
                hits.as_array().expect("a list").iter().filter_map(|h| h["summary"].as_str()).collect();
            acknowledged.iter().all(|mark| seen.contains(&mark.as_str()))
        });
    }
    site.kill();
    site.start();
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    site.ok(&["evidence", "verify", "ledger.jsonl"]);
    let hits = site.json(&["hits"]);
    for mark in &acknowledged {
        let times = hits.as_array().expect("a list").iter().filter(|h| h["summary"] == mark.as_str()).count();
        assert_eq!(times, 1, "{mark}");
    }
}

#[test]
fn an_index_that_was_lost_or_spoilt_is_made_anew_and_doctor_tells() {
    let mut site = Site::with_pool();
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "4"]);
    let canaries = site.canaries("telecom");
    let index = || {
        let dirs = std::fs::read_dir(site.path("data")).expect("listed").flatten().map(|d| d.path());
        let mut dirs = dirs.filter(|d| d.file_name().is_some_and(|n| n.to_string_lossy().starts_with("index-")));
        dirs.find(|d| d.extension().is_none()).expect("an index")
    };
    let spoilt: [&dyn Fn(&Path); 4] = [
        &|dir| std::fs::remove_dir_all(dir).expect("removed"),
        &|dir| std::fs::remove_dir_all(dir.join("sled")).expect("removed"),
        &|dir| std::fs::write(dir.join("places"), b"short").expect("spoilt"),
        &|dir| {
            for file in std::fs::read_dir(dir.join("runs")).expect("listed").flatten() {
                std::fs::write(file.path(), b"no run").expect("spoilt");
            }
        },
    ];
    for spoil in spoilt {
        spoil(&index());
        for canary in &canaries {
            let found = site.json(&["who", point(canary, "phone").expect("a phone")]);
            assert_eq!(found["canary"], canary["id"]);
        }
        assert_eq!(site.canaries("telecom").len(), 4);
    }
    site.start();
    let phone = point(&canaries[0], "phone").expect("a phone");
    assert_eq!(site.sms(phone, "hello", "SM1"), 200);
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    site.ok(&["evidence", "verify", "ledger.jsonl"]);
}

/// A clock that somebody set.
struct Set(Time);

impl Clock for Set {
    fn now(&self) -> Time {
        self.0
    }
}

#[test]
fn a_clock_that_was_set_back_keeps_the_order_and_is_noted() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = Keys::derive(&[1; 32]);
    Embedded::create(dir.path(), &keys).expect("made");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let start = |at: Time| {
        let store = Arc::new(Embedded::open(dir.path(), keys.clone(), None).expect("opens"));
        let settings = Settings {
            prior: 0.02,
            accuse_at: 0.99,
            expected: vec![],
            sign_every: jiff::SignedDuration::from_hours(24),
            anchor: None,
            evidence_days: None,
            pages: String::new(),
        };
        runtime.block_on(App::start(store, Arc::new(Set(at)), settings, vec![], None)).expect("starts")
    };
    let noon = Time::from_second(1_800_000_000).expect("in range");
    let before = runtime.block_on(start(noon).add_source("first", None, None, vec![])).expect("added");
    let app = start(noon - jiff::SignedDuration::from_hours(3));
    let after = runtime.block_on(app.add_source("second", None, None, vec![])).expect("added");
    assert!(after.added_at >= before.added_at, "{} before {}", after.added_at, before.added_at);
    let found = runtime.block_on(app.examine()).expect("examined");
    let clock = found.iter().find(|c| c.what == "clock").expect("a note of the clock");
    assert!(clock.found.contains("10800 s behind"), "{}", clock.found);
}
