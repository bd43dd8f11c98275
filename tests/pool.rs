//! The pool, through the real binary: what files may hold, what is known of an
//! entry, mailboxes at providers from the pool to the verdict, and what is offered.

use crate::site::{Site, customers, http, point};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The entry of that value.
fn entry<'a>(pool: &'a Value, value: &str) -> &'a Value {
    let all = pool.as_array().expect("a list");
    all.iter().find(|p| p["value"] == value).unwrap_or_else(|| panic!("{value} is not in {pool}"))
}

fn check(site: &Site, what: &str) -> Value {
    let output = site.run(&["doctor", "--json"]);
    let checks: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let all = checks.as_array().expect("a list");
    all.iter().find(|c| c["what"] == what).unwrap_or_else(|| panic!("{what}: {checks}")).clone()
}

fn offer(site: &Site) -> Value {
    let head = format!(
        "GET /api/v1/pool/offer?phones=5&mailboxes=5 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n",
        site.admin, site.admin_token
    );
    let answer = http(&site.admin, &head, b"").expect("an answer");
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn phones(offer: &Value) -> Vec<String> {
    let value = |phone: &Value| phone["point"]["value"].as_str().expect("a number").to_owned();
    offer["phones"].as_array().expect("a list").iter().map(value).collect()
}

#[test]
fn what_is_known_of_an_entry_is_listed_and_offered() {
    let mut site = Site::new();
    let facts = ["--kind", "mobile", "--carrier", "telecom", "--city", "杭州", "--since", "2015-03-01"];
    site.ok(&[&["pool", "add", "phone", "+86 189 0000 0001", "+8618900000002"], &facts[..]].concat());
    site.write("list.txt", "# two of ours\n\n+8613100000001\n  +86 131 0000 0002\n");
    site.ok(&["pool", "add", "phone", "--file", "list.txt", "--carrier", "unicom"]);
    let table = "\u{feff}since,value,city,control\r\n2009-01-02,+8613200000001,\"Ningbo, Zhejiang\",\r\n,+8613200000002,,yes\r\n";
    site.write("table.csv", table);
    let added = site.json(&["pool", "add", "phone", "--file", "table.csv", "--kind", "landline"]);
    assert_eq!(entry(&added, "+8613200000002")["status"], "control");
    site.write("boxes.csv", "value,since\nli.na77@qq.example,2011-05-06\ncui.t@163.example,\nold@qq.example,\n");
    site.ok(&["pool", "add", "mailbox", "--file", "boxes.csv"]);

    let pool = site.json(&["pool", "list"]);
    let known = json!({"kind": "mobile", "carrier": "telecom", "city": "杭州", "since": "2015-03-01"});
    assert_eq!(entry(&pool, "+8618900000001")["facts"], known);
    assert_eq!(entry(&pool, "+8618900000002")["facts"], known);
    assert_eq!(entry(&pool, "+8613100000002")["facts"], json!({"carrier": "unicom"}));
    let known = json!({"kind": "landline", "city": "Ningbo, Zhejiang", "since": "2009-01-02"});
    assert_eq!(entry(&pool, "+8613200000001")["facts"], known);
    let mailbox = entry(&pool, "li.na77@qq.example");
    assert_eq!((&mailbox["facts"], &mailbox["provider"]), (&json!({"since": "2011-05-06"}), &json!("qq.example")));
    let shown = site.ok(&["pool", "list"]);
    for part in ["telecom", "杭州", "2015-03-01", "toll", "mailboxes: qq.example 2 (2 free), 163.example 1 (1 free)"]
    {
        assert!(shown.contains(part) == (part != "toll"), "{part}: {shown}");
    }

    site.start();
    let offer = offer(&site);
    let numbers: BTreeSet<String> = phones(&offer).into_iter().collect();
    assert_eq!(numbers.len(), 5, "the control is not among {numbers:?}");
    assert!(!numbers.contains("+8613200000002"));
    let offered = offer["phones"].as_array().expect("a list");
    let one = offered.iter().find(|p| p["point"]["value"] == "+8613200000001").expect("offered");
    assert_eq!(
        (&one["kind"], &one["city"], &one["since"]),
        (&json!("landline"), &json!("Ningbo, Zhejiang"), &json!("2009-01-02"))
    );
    assert_eq!(offer["mailboxes"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_file_is_taken_whole_or_refused_with_its_line() {
    let site = Site::new();
    site.ok(&["pool", "add", "phone", "+8613100000009"]);
    site.write("gbk.csv", encoding_rs::GBK.encode("value,city\n+8613100000001,杭州\n").0);
    for (name, text, words) in [
        ("wrong.txt", "+8613100000001\n13100000002\n", &["wrong.txt, line 2", "E.164", "nothing was added"][..]),
        ("colour.csv", "value,colour\n+8613100000001,red\n", &["colour.csv, line 1", "value,kind,carrier"]),
        ("line.csv", "value,kind\n+8613100000001,mobile\n+8613100000002,pigeon\n", &["line.csv, line 3", "toll-free"]),
        ("twice.txt", "+8613100000001\n+86 131 0000 0001\n", &["twice.txt, line 2", "line 1 already"]),
        (
            "there.txt",
            "+8613100000001\n+8613100000009\n",
            &["there.txt, line 2", "in the pool already", "nothing was added"],
        ),
        ("empty.txt", "# none\n", &["empty.txt", "no values"]),
    ] {
        site.write(name, text);
        let message = site.refused(&["pool", "add", "phone", "--file", name]);
        assert!(words.iter().all(|word| message.contains(word)), "{name}: {message}");
    }
    let message = site.refused(&["pool", "add", "phone", "--file", "gbk.csv"]);
    assert!(message.contains("gbk.csv, line 2") && message.contains("UTF-8"), "{message}");
    let message = site.refused(&["pool", "add", "mail-domain", "mail.example.net", "--city", "x"]);
    assert!(message.contains("a mail-domain has no city"), "{message}");
    let message = site.refused(&["pool", "add", "mailbox", "li.na+shop@qq.example"]);
    assert!(message.contains("+tag"), "{message}");
    assert_eq!(site.json(&["pool", "list"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_mailbox_at_a_provider_is_planted_once_and_heard() {
    let mut site = Site::with_pool();
    site.write("boxes.txt", "li.na77@qq.example\nCui.T@qq.example\n");
    site.ok(&["pool", "add", "mailbox", "--file", "boxes.txt"]);
    site.ok(&["pool", "add", "mailbox", "--control", "old@qq.example"]);
    let deaf = check(&site, "pool: mailboxes");
    assert_eq!(deaf["state"], "attention");
    assert!(deaf["advice"].as_str().expect("advice").contains("=qq.example@mail.example.net"), "{deaf}");

    site.write("customers.csv", customers(400));
    let planted = |source: &str| -> Vec<(String, Value)> {
        site.ok(&["seed", "customers.csv", "--source", source, "--accept-detectable", "--count", "15"]);
        let all = site.canaries(source);
        all.into_iter().filter_map(|c| Some((point(&c, "mailbox")?.to_owned(), c))).collect()
    };
    let telecom = planted("telecom");
    let whole = |planted: &[(String, Value)]| -> BTreeSet<String> {
        planted.iter().map(|(mailbox, _)| mailbox.clone()).filter(|mailbox| mailbox.ends_with("@qq.example")).collect()
    };
    assert_eq!(whole(&telecom), ["Cui.T@qq.example", "li.na77@qq.example"].map(str::to_owned).into());
    assert!(telecom.len() > 2 && whole(&planted("registry")).is_empty(), "each once, the others are minted");
    for (mailbox, canary) in telecom.iter().filter(|(mailbox, _)| mailbox.ends_with("@qq.example")) {
        assert_eq!(canary["fields"]["邮箱"].as_str(), Some(mailbox.as_str()));
    }
    let who = site.json(&["who", "LI.NA77@qq.example"]);
    assert_eq!((&who["status"], &who["releases"][0]["source"]), (&json!("planted"), &json!("telecom")));
    assert_eq!(site.json(&["who", "old@qq.example"])["status"], "control");

    site.start();
    let said = |to: &str| site.mail(&[to], b"Subject: probe\r\n\r\nx")[..3].to_owned();
    assert_eq!([said("cui.t@qq.example"), said("stranger@qq.example")], ["550", "550"], "nobody learns which are ours");
    site.stop();
    site.reconfigure("forwarders = []", "forwarders = [\"127.0.0.0/8\"]");
    site.start();
    let message = b"From: Loans <loans@spam.example>\r\nSubject: rates\r\n\r\nx";
    for to in ["cui.t@qq.example", "li.na77=qq.example@mail.example.net", "old=qq.example@mail.example.net"] {
        assert!(site.mail(&[to], message).starts_with("250"), "{to}");
    }
    assert!(site.mail(&["stranger@qq.example"], message).starts_with("550"));
    let hits = site.json(&["hits"]);
    let seen: Vec<Value> = hits
        .as_array()
        .expect("a list")
        .iter()
        .map(|h| json!([h["to"], h["from"], h["status"], h["source"], h["control"]]))
        .collect();
    assert_eq!(
        seen,
        [
            json!(["Cui.T@qq.example", "loans@spam.example", "counted", "telecom", false]),
            json!(["li.na77@qq.example", "loans@spam.example", "counted", "telecom", false]),
            json!(["old@qq.example", "loans@spam.example", "stray", null, true]),
        ]
    );
    assert_eq!(site.json(&["leaks"])[0]["source"], "telecom");
    let heard = check(&site, "pool: mailboxes");
    assert_eq!((&heard["state"], &heard["found"]), (&json!("good"), &json!("0 free, 2 planted, 1 controls")));
}

#[test]
fn offers_are_drawn_at_random_from_what_is_free() {
    let mut site = Site::with_pool();
    site.write("customers.csv", customers(400));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "15"]);
    let canaries = site.canaries("telecom");
    let planted: BTreeSet<&str> = canaries.iter().filter_map(|c| point(c, "phone")).collect();
    site.start();
    let (first, second) = (offer(&site), offer(&site));
    assert_eq!(phones(&first).len(), 80 - planted.len());
    assert!(phones(&first).iter().all(|phone| !planted.contains(phone.as_str())));
    assert_ne!(phones(&first), phones(&second), "another order each time");
    let neighbours = |phones: &[String]| {
        let number = |text: &String| text[1..].parse::<i64>().expect("digits");
        phones.windows(2).filter(|pair| number(&pair[0]).abs_diff(number(&pair[1])) == 1).count()
    };
    assert!(neighbours(&phones(&first)) < 12, "numbers that follow each other are apart: {:?}", phones(&first));
    assert_eq!(first["mail_domains"], json!(["mail.example.net"]));
    assert_eq!(first["mailboxes"], json!([]));
}
