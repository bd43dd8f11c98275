//! What the doors answer: the public one nothing that tells, the admin one only
//! to those who may.

use crate::site::{Answer, Site, customers, get, http, mail, point, sms};

fn without_date(answer: &Answer) -> (u16, String, Vec<u8>) {
    let mut head: Vec<&str> = answer.head.lines().filter(|l| !l.to_lowercase().starts_with("date:")).collect();
    // The order of headers changes from answer to answer, whatever was asked.
    head.sort_unstable();
    (answer.status, head.join("\n"), answer.body.clone())
}

#[test]
fn live_unknown_and_malformed_addresses_are_answered_alike() {
    let mut site = Site::with_pool();
    site.write("customers.csv", customers(100));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "5"]);
    let live = site
        .canaries("telecom")
        .iter()
        .find_map(|c| {
            point(c, "url").map(|u| u.strip_prefix(&format!("http://{}", site.public)).expect("ours").to_owned())
        })
        .expect("a url");
    site.start();
    let known = without_date(&get(&site.public, &live));
    for other in [
        "/",
        "/aaaaaaaaaaaa",
        "/x?y=%C4%E3",
        "/hooks/nobody",
        "/%00%ff",
        "/api/v1/sources",
        "/login",
        &format!("{live}x"),
        &live.to_uppercase(),
    ] {
        assert_eq!(without_date(&get(&site.public, other)), known, "{other}");
    }
    let raw = b"GET /abc HTTP/1.1\r\nHost: h\r\nX-Gbk: \xc4\xe3\xba\xc3\r\n";
    assert_eq!(http(&site.public, &String::from_utf8_lossy(raw), b"").expect("an answer").status, 200);
    assert!(!known.1.to_lowercase().contains("server:"));
    let counted = site.json(&["hits"]).as_array().expect("a list").iter().filter(|h| h["status"] == "counted").count();
    assert_eq!(counted, 2, "the live address, and the same in upper case");
}

#[test]
fn a_provider_must_sign_and_is_told_nothing() {
    let mut site = Site::with_pool();
    site.start();
    assert_eq!(sms(&site.public, "+8616477000001", "x", "SM1", "wrong"), 403);
    let unsigned = http(
        &site.public,
        &format!("POST /hooks/twilio-main HTTP/1.1\r\nHost: {}\r\nContent-Length: 4\r\n", site.public),
        b"To=1",
    )
    .expect("an answer");
    assert_eq!((unsigned.status, unsigned.body.len()), (403, 0));
    assert_eq!(site.json(&["hits"]).as_array().map(Vec::len), Some(0));
    assert_eq!(site.sms("+8616477000001", "x", "SM1"), 200);
    assert_eq!(site.sms("+8616477000001", "x", "SM1"), 200);
    let hits = site.json(&["hits"]);
    assert_eq!((hits[0]["status"].as_str(), hits[1]["status"].as_str()), (Some("stray"), Some("duplicate")));
}

#[test]
fn mail_is_taken_for_our_domains_only_and_broken_talk_is_told_so() {
    let mut site = Site::with_pool();
    site.start();
    assert!(mail(&site.smtp, &["anybody@mail.example.net"], b"x").starts_with("250"));
    assert!(mail(&site.smtp, &["someone@elsewhere.example"], b"x").starts_with("550"));
    assert!(mail(&site.smtp, &["a b@mail.example.net"], b"x").starts_with("553"));
    assert_eq!(site.json(&["hits"])[0]["status"], "stray");
}

#[test]
fn roles_may_do_what_is_theirs() {
    let mut site = Site::with_pool();
    site.write("customers.csv", customers(100));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "3"]);
    let release = site.json(&["release", "list"])[0]["id"].as_str().expect("an id").to_owned();
    site.start();
    let server = format!("http://{}", site.admin);
    let as_role = |role: &str, arguments: &[&str]| {
        let name = format!(
            "{role}-{}",
            arguments.concat().chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>()
        );
        let token =
            site.json(&["token", "add", &name, "--role", role])["secret"].as_str().expect("a secret").to_owned();
        let output = site
            .command(&[arguments, &["--server", &server]].concat())
            .env("DYEPACK_TOKEN", token)
            .output()
            .expect("runs");
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        (output.status.success(), String::from_utf8_lossy(said).into_owned())
    };
    let reveal = ["canary", "list", "--reveal", "--release", release.as_str()];
    for (role, arguments, may) in [
        ("seeder", &["release", "list"][..], true),
        ("seeder", &["hits"], false),
        ("seeder", &["leaks"], false),
        ("seeder", &reveal, false),
        ("seeder", &["evidence", "head"], false),
        ("seeder", &["case", "list"], false),
        ("analyst", &["evidence", "export"], false),
        ("auditor", &["evidence", "export"], true),
        ("auditor", &["backup", "-o", "all.dyb"], false),
        ("auditor", &["keys", "list"], false),
        ("seeder", &["source", "add", "x"], false),
        ("analyst", &["hits"], true),
        ("analyst", &["leaks"], true),
        ("analyst", &["who", "+8613800138000"], true),
        ("analyst", &reveal, false),
        ("analyst", &["pool", "list"], false),
        ("auditor", &["leaks"], true),
        ("auditor", &["who", "x"], false),
        ("auditor", &reveal, false),
        ("admin", &reveal, true),
        ("admin", &["token", "list"], true),
    ] {
        let (could, message) = as_role(role, arguments);
        assert_eq!(could, may, "{role} {arguments:?}: {message}");
        assert!(may || message.contains(&format!("role {role} may not")), "{message}");
    }
    // Where a row stands tells who it is to whoever has the copy.
    let list = ["canary", "list", "--json", "--release", release.as_str()];
    for (role, sees_hits) in [("seeder", false), ("analyst", true), ("auditor", true)] {
        let (_, said) = as_role(role, &list);
        let listed: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        assert!(listed[0]["location"].is_null(), "{role}: {}", listed[0]);
        assert_eq!(listed[0]["hits"].is_number(), sees_hits, "{role}: {}", listed[0]);
    }
    site.ok(&["token", "revoke", "auditor-leaks"]);
    let output = site.command(&["leaks", "--server", &server, "--token", "dyt_nonsense"]).output().expect("runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("send a valid token"));
    assert_eq!(get(&site.admin, "/api/v1/sources").status, 401);
    assert_eq!((get(&site.admin, "/healthz").status, get(&site.admin, "/readyz").status), (200, 200));
}

#[test]
fn a_revoked_token_opens_nothing() {
    let mut site = Site::new();
    site.start();
    let server = format!("http://{}", site.admin);
    let secret =
        site.json(&["token", "add", "gone", "--role", "analyst"])["secret"].as_str().expect("a secret").to_owned();
    let ask =
        || site.command(&["leaks", "--server", &server, "--token", &secret]).output().expect("runs").status.success();
    assert!(ask());
    site.ok(&["token", "revoke", "gone"]);
    assert!(!ask());
}
