//! Outages, through the real binary over PostgreSQL: a database that is restarted
//! or killed under load, and replicas that share the work of telling people.

use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::postgres::{Server, server};
use crate::site::{Site, customers, mail, point, until};

#[test]
fn a_database_that_is_restarted_and_killed_loses_no_acknowledgement() {
    let database = Server::start();
    let mut site = Site::with_pool_over(&database.fresh());
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "6"]);
    let canaries = site.canaries("telecom");
    site.start();
    let (stop, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (taken, answers) = (Mutex::new(Vec::new()), Mutex::new(HashMap::<String, usize>::new()));
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let canary = &canaries[worker % canaries.len()];
            let (site, stop, sent, taken, answers) = (&site, &stop, &sent, &taken, &answers);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let mark = format!("mark {}", sent.fetch_add(1, Ordering::Relaxed));
                    let said = if worker % 2 == 0 {
                        site.sms(point(canary, "phone").expect("a phone"), &mark, &mark).to_string()
                    } else {
                        let to = point(canary, "mailbox").expect("a mailbox");
                        mail(&site.smtp, &[to], format!("Subject: {mark}\r\n\r\nx").as_bytes())
                            .chars()
                            .take(3)
                            .collect()
                    };
                    if said == "200" || said == "250" {
                        taken.lock().expect("lock").push(mark);
                    }
                    *answers.lock().expect("lock").entry(said).or_default() += 1;
                }
            });
        }
        let more = |n: usize| {
            let before = taken.lock().expect("lock").len();
            until("contacts are taken", || taken.lock().expect("lock").len() > before + n);
        };
        for signal in ["INT", "KILL", "QUIT"] {
            more(100);
            database.stop(signal);
            database.run();
        }
        more(100);
        stop.store(true, Ordering::Relaxed);
    });
    let answers = answers.into_inner().expect("lock");
    let honest = ["200", "250", "503", "451"];
    assert!(answers.keys().all(|said| honest.contains(&said.as_str())), "{answers:?}");
    let hits = site.json(&["hits"]);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for hit in hits.as_array().expect("a list") {
        *seen.entry(hit["summary"].as_str().expect("words")).or_default() += 1;
    }
    let taken = taken.into_inner().expect("lock");
    let wrong: Vec<_> = taken.iter().filter(|mark| seen.get(mark.as_str()) != Some(&1)).collect();
    assert!(wrong.is_empty(), "lost or doubled: {wrong:?}");
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    site.ok(&["evidence", "verify", "ledger.jsonl"]);
    println!("{} acknowledged, 0 lost; answers {answers:?}", taken.len());
}

/// An alert's id, from the message that brought it.
fn id_of(mail: &str) -> String {
    let line = mail.lines().find(|l| l.starts_with("Message-ID:")).expect("an id");
    line.chars().skip_while(|c| *c != '<').skip(1).take_while(|c| *c != '@').collect()
}

fn delivered(site: &Site) -> Vec<Value> {
    let alerts = site.json(&["alert", "list"]);
    alerts.as_array().expect("a list").iter().filter(|a| a["state"] == "delivered").cloned().collect()
}

#[test]
fn two_replicas_tell_each_alert_once_and_see_what_the_other_did() {
    let mut one = Site::with_pool_over(&server().fresh());
    let sources: Vec<String> = (0..12).map(|n| format!("office-{n}")).collect();
    one.write("customers.csv", customers(120));
    let mut phones = Vec::new();
    for source in &sources {
        one.ok(&["source", "add", source]);
        one.ok(&[
            "seed",
            "customers.csv",
            "--source",
            source,
            "--accept-detectable",
            "--count",
            "1",
            "--output",
            &format!("{source}.csv"),
        ]);
        phones.push(point(&one.canaries(source)[0], "phone").expect("a phone").to_owned());
    }
    let mut two = one.replica();
    one.start();
    two.start();
    for (n, phone) in phones.iter().enumerate() {
        let at = if n % 2 == 0 { &one } else { &two };
        assert_eq!(at.sms(phone, "hello", &format!("SM{n}")), 200);
    }
    until("every source's alert is delivered", || delivered(&two).len() == sources.len());
    let mails: Vec<String> = one.alerts_so_far().iter().map(|m| id_of(m)).collect();
    let known: HashSet<String> = delivered(&one).iter().map(|a| a["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(mails.len(), sources.len(), "each alert once: {mails:?}");
    assert_eq!(mails.iter().cloned().collect::<HashSet<_>>(), known);
    // What is put into the pool at one is taken by the other.
    one.ok(&["pool", "add", "mail-domain", "late.example.net"]);
    until("the other replica takes mail for a new domain", || {
        mail(&two.smtp, &["x@late.example.net"], b"Subject: x\r\n\r\nx").starts_with("250")
    });
    // The same message at both at once, as an impatient provider sends it, counts once.
    for (n, phone) in phones.iter().take(10).enumerate() {
        std::thread::scope(|scope| {
            for at in [&one, &two, &one, &two] {
                scope.spawn(move || assert_eq!(at.sms(phone, "again", &format!("SMtwice{n}")), 200));
            }
        });
    }
    let hits = one.json(&["hits"]);
    let status = |word: &str| {
        let of = |h: &&Value| h["summary"] == "again" && h["status"] == word;
        hits.as_array().expect("a list").iter().filter(of).count()
    };
    assert_eq!((status("counted"), status("duplicate")), (10, 30));
    assert_eq!(hits, two.json(&["hits"]));
}

#[test]
fn an_alert_whose_replica_died_is_told_by_the_other_under_the_same_id() {
    let mut one = Site::with_pool_over(&server().fresh());
    one.write("customers.csv", customers(120));
    one.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "1"]);
    let phone = point(&one.canaries("telecom")[0], "phone").expect("a phone").to_owned();
    let mut two = one.replica();
    // The first replica's relay takes the connection and then says nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let relay = one.relay();
    one.reconfigure(&relay, &mute.local_addr().expect("an address").to_string());
    one.start();
    assert_eq!(one.sms(&phone, "hello", "SM1"), 200);
    let _held = mute.accept().expect("the relay is called");
    let pending = one.json(&["alert", "list"])[0]["id"].as_str().expect("an id").to_owned();
    one.kill();
    two.start();
    let mut told = Vec::new();
    until("the other replica tells it", || {
        told.extend(two.alerts_so_far());
        !told.is_empty()
    });
    assert_eq!(told.iter().map(|m| id_of(m)).collect::<Vec<_>>(), [pending]);
    until("it is put down as delivered", || delivered(&two).len() == 1);
}
