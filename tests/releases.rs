//! Releases over time: what whoever compares two copies sees, what is kept, what a
//! hit at a kept canary says, and canaries that two sources hold.

use crate::site::{Site, point};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// People of that June, and what became of them by July: some went, some came,
/// and a third had a payment.
fn people(june: u64, july: bool) -> String {
    let mut text = String::from("id,name,phone,status,balance,updated_at,registered_at\n");
    let given = ["Ann", "Bob", "Carl", "Dora", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim"];
    let last = [
        "Adams", "Baker", "Clark", "Davis", "Evans", "Frank", "Green", "Hill", "Irwin", "Jones", "King", "Lee", "Moore",
    ];
    let rows = if july { 0..june + june / 20 } else { 0..june };
    for n in rows.filter(|n| !july || n % 25 != 7 || *n >= june) {
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let paid = july && mixed % 3 == 0;
        let status = if mixed % 7 == 0 || paid && mixed % 2 == 0 { "closed" } else { "active" };
        let balance = 100 + mixed % 9_000 + if paid { 75 } else { 0 };
        let updated = if paid {
            format!("2026-07-{:02}", 1 + mixed % 9)
        } else {
            format!("2026-0{}-{:02}", 1 + mixed % 5, 1 + mixed % 28)
        };
        text.push_str(&format!(
            "{},{} {},+1415{:07},{status},{balance}.{:02},{updated},20{:02}-{:02}-{:02}\n",
            10_000 + n * 5 + mixed % 3,
            given[(mixed % 11) as usize],
            last[(mixed / 11 % 13) as usize],
            2_000_000 + mixed % 7_000_000,
            mixed % 100,
            8 + n * 16 / june,
            1 + n / 9 % 12,
            1 + n % 28,
        ));
    }
    text
}

/// June has so many people. In fewer than 300 canaries are not audited, which takes
/// its time.
fn site(june: u64) -> Site {
    let site = Site::with_pool();
    let numbers: Vec<String> = (0..300).map(|n| format!("+1628{:07}", 2_100_000 + n * 977)).collect();
    site.write("more", numbers.join("\n"));
    site.ok(&["pool", "add", "phone", "--file", "more"]);
    site.write("june.csv", people(june, false));
    site.write("july.csv", people(june, true));
    site
}

fn seed(site: &Site, file: &str, source: &str, extra: &[&str]) -> Value {
    let always = ["seed", file, "--source", source, "--dataset", "people", "--accept-detectable"];
    site.json(&[&always, extra].concat())
}

/// Lines by their id.
fn rows(site: &Site, name: &str) -> HashMap<String, String> {
    let text = std::fs::read_to_string(site.path(name)).expect("read");
    let line = |l: &str| (l.split(',').next().expect("an id").to_owned(), l.to_owned());
    text.lines().skip(1).map(line).collect()
}

fn by_id(canaries: &[Value]) -> BTreeMap<String, &Value> {
    canaries.iter().map(|c| (c["id"].as_str().expect("an id").to_owned(), c)).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

#[test]
fn whoever_compares_two_releases_finds_canaries_no_more_often_than_elsewhere() {
    let site = site(1_600);
    let first = seed(&site, "june.csv", "telecom", &["--rate", "2.5"]);
    assert_eq!((number(&first["kept"]), number(&first["new"]), number(&first["left"])), (0, 40, 0));
    let june = site.canaries("telecom");
    let second = seed(&site, "july.csv", "telecom", &["--rate", "2.5"]);
    let july = site.canaries("telecom");
    let (before, after) = (by_id(&june), by_id(&july));
    let kept: Vec<&String> = before.keys().filter(|id| after.contains_key(*id)).collect();
    assert_eq!(number(&second["kept"]), kept.len());
    assert_eq!(number(&second["left"]), june.len() - kept.len());
    assert_eq!(number(&second["new"]), july.len() - kept.len());
    assert!(kept.len() >= 33 && july.len() - kept.len() <= 9, "{second}");
    for id in &kept {
        assert_eq!(before[*id]["contact_points"], after[*id]["contact_points"]);
        for column in ["id", "name", "phone", "registered_at"] {
            assert_eq!(before[*id]["fields"][column], after[*id]["fields"][column], "{id} {column}");
        }
    }

    let (old, new) = (rows(&site, "june.telecom.csv"), rows(&site, "july.telecom.csv"));
    let keys = |canaries: &[Value]| -> HashSet<String> {
        canaries.iter().map(|c| c["fields"]["id"].as_str().expect("a key").to_owned()).collect()
    };
    let (old_keys, new_keys) = (keys(&june), keys(&july));
    let share = |part: Vec<&String>, of: &HashSet<String>| {
        part.iter().filter(|k| of.contains(**k)).count() as f64 / part.len() as f64
    };
    // Of 40 canaries in 1,600 rows one in forty rows is one; three times as many,
    // in parts of the table of some fifty rows, would be no chance any more.
    let added = share(new.keys().filter(|k| !old.contains_key(*k)).collect(), &new_keys);
    let gone = share(old.keys().filter(|k| !new.contains_key(*k)).collect(), &old_keys);
    let changed =
        share(new.iter().filter(|(k, l)| old.get(*k).is_some_and(|o| o != *l)).map(|(k, _)| k).collect(), &new_keys);
    let same = share(new.iter().filter(|(k, l)| old.get(*k) == Some(l)).map(|(k, _)| k).collect(), &new_keys);
    assert!(added < 0.10 && gone < 0.10, "added {added}, gone {gone}");
    assert!((0.008..0.05).contains(&changed) && (0.008..0.05).contains(&same), "changed {changed}, same {same}");
    let text = std::fs::read_to_string(site.path("july.telecom.csv")).expect("read");
    let ids: Vec<u64> =
        text.lines().skip(1).map(|l| l.split(',').next().and_then(|f| f.parse().ok()).expect("an id")).collect();
    assert!(ids.is_sorted(), "every canary is where its number puts it");
}

#[test]
fn a_kept_canary_is_one_canary_of_two_releases() {
    let mut site = site(280);
    let first = seed(&site, "june.csv", "telecom", &["--rate", "14.3"]);
    let second = seed(&site, "july.csv", "telecom", &["--rate", "14.3"]);
    assert!(number(&second["kept"]) > 0);
    let july = site.canaries("telecom");
    let releases = site.json(&["release", "list"]);
    assert_eq!(releases[0]["kept"], second["kept"]);
    let june_ids: HashSet<String> = {
        let all = site.json(&["canary", "list", "--reveal", "--release", first["release"].as_str().expect("an id")]);
        all.as_array().expect("a list").iter().map(|c| c["id"].as_str().expect("an id").to_owned()).collect()
    };
    let kept = july.iter().find(|c| june_ids.contains(c["id"].as_str().expect("an id"))).expect("one was kept");
    let phone = point(kept, "phone").expect("a phone");
    let who = site.json(&["who", phone]);
    let of: Vec<&Value> = who["releases"].as_array().expect("a list").iter().map(|r| &r["release"]).collect();
    assert_eq!(of, [&first["release"], &second["release"]]);
    assert_eq!((&who["canary"], &who["status"]), (&kept["id"], &Value::from("planted")));

    site.start();
    let name = kept["fields"]["name"].as_str().expect("a name");
    assert_eq!(site.sms(phone, &format!("Dear {name}, your loan is approved"), "SM1"), 200);
    site.alert("North Telecom");
    let hits = site.json(&["hits"]);
    assert_eq!((&hits[0]["release"], &hits[0]["source"]), (&second["release"], &Value::from("telecom")));
    let leak = &site.json(&["leaks"])[0];
    let planted = number(&second["canaries"]) + number(&second["left"]);
    assert_eq!(number(&leak["canaries_planted"]), planted, "each is counted once");
    let issued = releases.as_array().expect("a list").iter().find(|r| r["id"] == first["release"]).expect("there");
    assert_eq!(leak["window"]["after"], issued["issued_at"], "either copy may have leaked");

    site.ok(&["release", "withdraw", second["release"].as_str().expect("an id")]);
    assert_eq!(site.json(&["who", phone])["status"], "planted", "the first release still has it");
    let hit = hits[0]["id"].as_str().expect("an id");
    site.ok(&["evidence", "prove", hit, "-o", "proof.json"]);
    let shown = site.ok(&["evidence", "verify", "proof.json"]);
    assert!(shown.contains("North Telecom") && !shown.contains("also held"), "{shown}");
}

#[test]
fn fresh_canaries_are_drawn_on_demand() {
    let site = site(280);
    seed(&site, "june.csv", "telecom", &["--rate", "14.3"]);
    let dry = seed(&site, "july.csv", "telecom", &["--dry-run", "--count", "40"]);
    assert!(number(&dry["kept"]) >= 30 && dry["release"].is_null(), "{dry}");
    let fresh = seed(&site, "july.csv", "telecom", &["--fresh", "--count", "40"]);
    assert_eq!((number(&fresh["kept"]), number(&fresh["left"])), (0, 40));
    // Without the last copy nothing is known of what changed, and nothing leaves.
    std::fs::remove_file(site.path("july.telecom.csv")).expect("removed");
    let again = seed(&site, "july.csv", "telecom", &["--rate", "14.3"]);
    assert_eq!(again["kept"], fresh["canaries"]);
    assert!(again["warnings"].to_string().contains("not there to compare with"), "{}", again["warnings"]);
    // The copy that was given out is not the table that it was made of.
    let copy = seed(&site, "july.telecom.csv", "telecom", &["--dry-run", "--count", "40"]);
    assert_eq!(number(&copy["kept"]), 0);
    assert!(copy["warnings"].to_string().contains("is this the copy that was given out"), "{}", copy["warnings"]);
}

#[test]
fn what_two_sources_hold_accuses_neither_alone() {
    let mut site = site(280);
    seed(&site, "june.csv", "telecom", &["--rate", "14.3"]);
    let seeded = seed(&site, "june.csv", "registry", &["--shared-with", "telecom=30", "--count", "40"]);
    assert_eq!(number(&seeded["shared"]), 12, "{seeded}");
    let (telecom, registry) = (site.canaries("telecom"), site.canaries("registry"));
    let theirs = by_id(&registry);
    let both: Vec<&Value> = telecom.iter().filter(|c| theirs.contains_key(c["id"].as_str().expect("an id"))).collect();
    let own: Vec<&Value> = telecom.iter().filter(|c| !theirs.contains_key(c["id"].as_str().expect("an id"))).collect();
    assert_eq!(both.len(), 12);
    for canary in &both {
        let there = theirs[canary["id"].as_str().expect("an id")];
        assert_eq!(canary["fields"]["name"], there["fields"]["name"]);
        assert_ne!(canary["fields"]["id"], there["fields"]["id"], "each table has keys of its own");
    }
    site.start();
    let call = |canary: &Value, id: &str| {
        let name = canary["fields"]["name"].as_str().expect("a name");
        let text = format!("Dear {name}, your loan {id}");
        assert_eq!(site.sms(point(canary, "phone").expect("a phone"), &text, id), 200);
    };
    (0..4).for_each(|n| call(both[n], &format!("SMB{n}")));
    let leaks = site.json(&["leaks"]);
    let all = leaks.as_array().expect("a list");
    assert_eq!(all.len(), 2);
    for leak in all {
        assert_eq!(leak["accused"], false, "{leak}");
        assert!(leak["probability"].as_f64().is_some_and(|p| p < 0.6), "{leak}");
        assert!(leak["because"].to_string().contains("not which"), "{leak}");
    }
    let hits = site.json(&["hits"]);
    assert!(hits.as_array().expect("a list").iter().all(|h| h["also"].as_array().map(Vec::len) == Some(1)), "{hits}");
    site.ok(&["evidence", "prove", hits[0]["id"].as_str().expect("an id"), "-o", "proof.json"]);
    assert!(site.ok(&["evidence", "verify", "proof.json"]).contains("also held by"));

    (0..3).for_each(|n| call(own[n], &format!("SMO{n}")));
    let leaks = site.json(&["leaks"]);
    let accused = |source: &str| {
        leaks.as_array().expect("a list").iter().find(|l| l["source"] == source).expect("listed")["accused"].clone()
    };
    assert_eq!((accused("telecom"), accused("registry")), (Value::from(true), Value::from(false)), "{leaks}");
    // Without being asked for, nobody else's canary is planted again.
    let who = site.json(&["who", point(both[0], "phone").expect("a phone")]);
    assert_eq!(who["releases"].as_array().map(Vec::len), Some(2));
}
