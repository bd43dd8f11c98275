//! The main job, end to end: seed, be contacted, be told, ask who leaked.

use crate::site::{Site, customers, get, holds, http, octets_below, point};
use serde_json::Value;

fn seeded(source: &str) -> (Site, Vec<Value>) {
    let site = Site::with_pool();
    site.write("customers.csv", customers(400));
    site.ok(&["seed", "customers.csv", "--source", source, "--accept-detectable", "--count", "15"]);
    let canaries = site.canaries(source);
    (site, canaries)
}

fn reachable<'a>(canaries: &'a [Value], kind: &str, skip: usize) -> (&'a Value, &'a str) {
    canaries.iter().filter_map(|c| Some((c, point(c, kind)?))).nth(skip).expect("a canary that can be reached so")
}

#[test]
fn a_leak_is_traced_from_seeding_to_the_verdict() {
    let (mut site, canaries) = seeded("telecom");
    site.start();
    let (called, phone) = reachable(&canaries, "phone", 0);
    let name = called["fields"]["姓名"].as_str().expect("a name");
    assert_eq!(site.sms(phone, &format!("尊敬的{name}，您的贷款已批准"), "SM1"), 200);
    let alert = site.alert("North Telecom");
    for part in [
        "sms from +8613911112222",
        "names the person",
        called["id"].as_str().expect("an id"),
        "dyepack leaks",
        "How sure",
    ] {
        assert!(alert.replace("=\n", "").contains(part), "{part} is missing in {alert}");
    }
    let (_, mailbox) = reachable(&canaries, "mailbox", 1);
    let (gbk, _, _) =
        encoding_rs::GBK.encode("Subject: 您好，最新优惠\r\nFrom: 信贷 <x@spam.example>\r\n\r\n请回复\r\n");
    assert!(site.mail(&[mailbox], &gbk).starts_with("250"));
    let (_, url) = reachable(&canaries, "url", 2);
    assert_eq!(get(&site.public, url.strip_prefix(&format!("http://{}", site.public)).expect("our host")).status, 200);
    assert_eq!(site.sms("+8616477000001", "广告广告广告广告广告广告", "SM2"), 200);

    let hits = site.json(&["hits"]);
    let seen: Vec<(&str, &str, &Value)> = hits
        .as_array()
        .expect("a list")
        .iter()
        .map(|h| (h["channel"].as_str().expect("text"), h["status"].as_str().expect("text"), &h["source"]))
        .collect();
    assert_eq!(
        seen.iter().map(|(c, s, _)| (*c, *s)).collect::<Vec<_>>(),
        [("sms", "counted"), ("email", "counted"), ("web", "counted"), ("sms", "stray")]
    );
    assert!(seen[..3].iter().all(|(_, _, source)| *source == "telecom"));
    assert_eq!(hits[1]["summary"], "您好，最新优惠");
    assert_eq!(hits[3]["control"], true);

    let leaks = site.json(&["leaks"]);
    assert_eq!(leaks.as_array().expect("a list").len(), 1, "no other source is named");
    let leak = &leaks[0];
    assert_eq!(
        (leak["source"].as_str(), leak["accused"].as_bool(), leak["canaries_hit"].as_u64()),
        (Some("telecom"), Some(true), Some(3))
    );
    assert!(
        leak["probability"].as_f64().expect("a number") > 0.99
            && !leak["because"].as_array().expect("a list").is_empty()
    );
    assert!(leak["window"]["after"].as_str() < leak["window"]["before"].as_str());
}

#[test]
fn every_value_of_a_canary_leads_to_its_source() {
    let (site, canaries) = seeded("registry");
    let (canary, phone) = reachable(&canaries, "phone", 0);
    let written = canary["fields"]["手机"].as_str().expect("a number");
    let name = canary["fields"]["姓名"].as_str().expect("a name");
    let spaced = format!("+86 {} {}", &written[..3], &written[3..]);
    for value in [phone, written, &spaced, name, reachable(&canaries, "mailbox", 0).1, reachable(&canaries, "url", 0).1]
    {
        let who = site.json(&["who", value]);
        assert_eq!(
            (who["status"].as_str(), who["releases"][0]["source"].as_str()),
            (Some("planted"), Some("registry")),
            "{value}"
        );
    }
    for (value, status) in [
        ("+8616477000001", "control"),
        ("anybody@quiet.example.net", "control"),
        ("nobody@mail.example.net", "free"),
        ("+8613800138000", "unknown"),
    ] {
        assert_eq!(site.json(&["who", value])["status"], status, "{value}");
    }
}

#[test]
fn the_rows_of_the_table_stay_as_they_were_and_nothing_readable_lies_in_the_store() {
    let (site, canaries) = seeded("telecom");
    let (before, after) = (
        std::fs::read(site.path("customers.csv")).expect("read"),
        std::fs::read(site.path("customers.telecom.csv")).expect("read"),
    );
    let lines = |octets: &[u8]| octets.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let mut places: Vec<usize> = canaries
        .iter()
        .map(|c| c["location"].as_str().and_then(|l| l.strip_prefix("row ")).expect("a row").parse().expect("a number"))
        .collect();
    places.sort_unstable();
    let kept: Vec<Vec<u8>> =
        lines(&after).into_iter().enumerate().filter(|(n, _)| !places.contains(n)).map(|(_, l)| l).collect();
    assert_eq!(kept.concat(), before);
    assert!(places.windows(2).filter(|w| w[1] == w[0] + 1).count() < 4, "never in one block: {places:?}");
    let ids: Vec<u64> = lines(&after)[1..]
        .iter()
        .map(|l| String::from_utf8_lossy(l).split(',').next().and_then(|f| f.parse().ok()).expect("a number"))
        .collect();
    assert!(ids.is_sorted(), "rows stand where the running number puts them");

    let store = octets_below(&site.path("data"));
    for canary in &canaries {
        let fields = canary["fields"].as_object().expect("fields");
        for value in
            ["姓名", "手机", "邮箱", "主页"].iter().filter_map(|c| fields[*c].as_str()).filter(|v| !v.is_empty())
        {
            assert!(!holds(&store, value), "{value} can be read in the data directory");
        }
    }
    assert!(!holds(&store, "telecom"));
}

#[test]
fn a_database_is_seeded_in_one_transaction_and_cleaned_again() {
    let site = Site::with_pool();
    std::fs::copy("examples/company_registry.sqlite", site.path("registry.sqlite")).expect("copied");
    let rows = |site: &Site| {
        site.json(&[
            "seed",
            "sqlite:registry.sqlite",
            "--table",
            "shareholder",
            "--source",
            "registry",
            "--accept-detectable",
            "--dry-run",
        ])["rows_in"]
            .as_u64()
    };
    let before = rows(&site).expect("a number");
    let done = site.json(&[
        "seed",
        "sqlite:registry.sqlite",
        "--table",
        "shareholder",
        "--source",
        "registry",
        "--accept-detectable",
        "--count",
        "9",
    ]);
    assert_eq!((done["canaries"].as_u64(), done["contact_points"]["phone"].as_u64()), (Some(9), Some(9)));
    assert_eq!(rows(&site), Some(before + 9));
    let canary = &site.canaries("registry")[0];
    assert!(canary["location"].as_str().expect("a place").starts_with("shareholder "));
    assert_eq!(canary["id_safety"], "anachronism");
    site.ok(&["release", "withdraw", done["release"].as_str().expect("an id")]);
    assert_eq!(rows(&site), Some(before));
    let phone = point(canary, "phone").expect("a phone");
    assert_eq!(site.json(&["who", phone])["status"], "retired");
    assert!(
        !site
            .json(&[
                "seed",
                "sqlite:registry.sqlite",
                "--table",
                "shareholder",
                "--source",
                "registry",
                "--accept-detectable",
                "--count",
                "20"
            ])
            .to_string()
            .contains(phone)
    );
}

#[test]
fn expected_senders_do_not_count_and_one_message_to_two_counts_for_each() {
    let (mut site, canaries) = seeded("telecom");
    let config = std::fs::read_to_string(site.path("dyepack.toml")).expect("read");
    site.write("dyepack.toml", config.replace("+8610086", "+8613911112222"));
    site.start();
    assert_eq!(site.sms(reachable(&canaries, "phone", 0).1, "您的账单", "SM1"), 200);
    let two = [reachable(&canaries, "mailbox", 0).1, reachable(&canaries, "mailbox", 1).1];
    assert!(site.mail(&two, b"Subject: hello\r\n\r\nx").starts_with("250"));
    assert!(site.mail(&two, b"Subject: hello\r\n\r\nx").starts_with("250"));
    let hits = site.json(&["hits"]);
    let statuses: Vec<&str> =
        hits.as_array().expect("a list").iter().map(|h| h["status"].as_str().expect("text")).collect();
    assert_eq!(statuses, ["expected", "counted", "counted", "duplicate", "duplicate"]);
    assert_eq!((hits[1]["to"].as_str(), hits[2]["to"].as_str()), (Some(two[0]), Some(two[1])));
    assert_eq!(hits[1]["campaign"], hits[2]["campaign"]);
    assert_eq!(site.json(&["leaks"])[0]["hits"], 2);
}

#[test]
fn an_alert_waits_for_a_relay_that_is_away() {
    let (mut site, canaries) = seeded("telecom");
    let config = std::fs::read_to_string(site.path("dyepack.toml")).expect("read");
    let away = crate::site::free_address();
    let relay = config.lines().find(|l| l.starts_with("relay")).expect("a relay").to_owned();
    site.write("dyepack.toml", config.replace(&relay, &format!("relay = \"smtp://{away}\"")));
    site.start();
    assert_eq!(site.sms(reachable(&canaries, "phone", 0).1, "hello", "SM1"), 200);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while site.json(&["alert", "list"])[0]["attempts"].as_u64() < Some(1) {
        assert!(std::time::Instant::now() < deadline, "no attempt was recorded");
    }
    assert_eq!(site.json(&["alert", "list"])[0]["state"], "pending");
    site.kill();
    site.write("dyepack.toml", config);
    site.start();
    site.alert("North Telecom");
}

#[test]
fn the_pages_are_shown_to_those_who_may_judge() {
    let (mut site, canaries) = seeded("telecom");
    site.start();
    let (_, phone) = reachable(&canaries, "phone", 0);
    assert_eq!(site.sms(phone, "<script>alert(1)</script>", "SM1"), 200);
    assert_eq!(get(&site.admin, "/").status, 303);
    let form = format!("token={}", site.admin_token);
    let login = |body: &str| {
        http(&site.admin, &format!("POST /login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", site.admin, body.len()), body.as_bytes())
            .expect("an answer")
    };
    assert!(String::from_utf8_lossy(&login("token=wrong").body).contains("not known here"));
    let entered = login(&form);
    assert_eq!(entered.status, 303);
    let cookie = entered
        .head
        .lines()
        .find_map(|l| l.strip_prefix("set-cookie: "))
        .and_then(|c| c.split(';').next())
        .expect("a cookie")
        .to_owned();
    let page = http(&site.admin, &format!("GET / HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n", site.admin), b"")
        .expect("an answer");
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(text.contains("North Telecom") && text.contains(phone), "{text}");
    assert!(
        !text.contains("<script>") && page.head.to_lowercase().contains("content-security-policy"),
        "hostile text is escaped"
    );
}

#[test]
fn the_demo_names_the_right_source_and_no_other() {
    let site = Site::new();
    let out = site.ok(&["demo", "--once"]);
    assert!(out.contains("Verdict: crm-vendor leaked. No other source is named."), "{out}");
}

#[test]
fn commands_at_once_without_a_server_find_each_other() {
    let site = Site::with_pool();
    let add = |n| {
        site.command(&["source", "add", &format!("office-{n}")])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("runs")
    };
    for started in (0..32).map(add).collect::<Vec<_>>() {
        let output = started.wait_with_output().expect("ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(site.json(&["source", "list"]).as_array().map(Vec::len), Some(34));
}
