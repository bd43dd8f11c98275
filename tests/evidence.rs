//! Evidence that stands up elsewhere: heads, exports, proofs and reports through
//! the real binary, verified in a directory that has neither store nor key;
//! backups, key rotation and shredding, after which all of it still verifies.

use serde_json::Value;
use std::net::TcpListener;
use std::process::Command;

use crate::site::{Site, customers, holds, point, until};

/// A site whose telecom copy leaked: three contacts that name the person.
pub fn leaked(site: &mut Site) -> Vec<Value> {
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "6"]);
    let canaries = site.canaries("telecom");
    site.start();
    for (n, canary) in canaries.iter().take(3).enumerate() {
        let name = canary["fields"]["姓名"].as_str().expect("a name");
        let text = format!("{name}您好，您的贷款已批准 {n}");
        assert_eq!(site.sms(point(canary, "phone").expect("a phone"), &text, &format!("SM{n}")), 200);
    }
    site.alert("North Telecom");
    canaries
}

/// A directory with nothing but a public key.
fn elsewhere(site: &Site) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let head = site.json(&["evidence", "head"]);
    std::fs::write(dir.path().join("ledger.pub"), head["key"].as_str().expect("a key")).expect("written");
    dir
}

/// Verifies a file of the site elsewhere: whether it holds, and what was said.
fn verify(dir: &tempfile::TempDir, file: &std::path::Path, more: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyepack"));
    command.current_dir(dir.path()).args(["evidence", "verify"]).arg(file).args(["--key", "ledger.pub"]).args(more);
    let said = command.output().expect("runs");
    let text = [said.stdout, said.stderr].concat();
    (said.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn an_export_verifies_elsewhere_and_every_change_is_named() {
    let mut site = Site::with_pool();
    leaked(&mut site);
    let dir = elsewhere(&site);
    let early = site.json(&["evidence", "head"]);
    std::fs::write(dir.path().join("early"), format!("> kept\r\n{}", early["note"].as_str().expect("a note")))
        .expect("written");
    site.ok(&["source", "add", "later"]);
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    let file = site.path("ledger.jsonl");
    let (good, said) = verify(&dir, &file, &["--since", "early"]);
    assert!(good, "{said}");

    let text = std::fs::read_to_string(&file).expect("read");
    let lines: Vec<&str> = text.lines().collect();
    let entry = lines.iter().position(|l| l.contains("\"type\":\"source\"") && l.contains("registry")).expect("a line");
    let write = |name: &str, lines: &[String]| {
        let path = dir.path().join(name);
        std::fs::write(&path, lines.join("\n") + "\n").expect("written");
        path
    };
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        change(&mut lines);
        let (good, said) = verify(&dir, &write("changed.jsonl", &lines), &["--since", "early"]);
        assert!(!good, "not noticed: {said}");
        said
    };
    let named = format!("entry {}:", entry - 1);
    let said = changed(&|l| l[entry] = l[entry].replace("registry", "registri"));
    assert!(said.contains(&named) && said.contains("leaf hash"), "{said}");
    let said = changed(&|l| drop(l.remove(entry)));
    assert!(said.contains(&named) && said.contains("missing"), "{said}");
    let said = changed(&|l| l.swap(entry, entry + 1));
    assert!(said.contains("order was changed"), "{said}");
    let said = changed(&|l| drop(l.drain(4..l.len() - 1)));
    assert!(said.contains("rolled back"), "{said}");
    // Somebody else's key does not vouch for it.
    let other = Site::new();
    let key = other.json(&["evidence", "head"])["key"].as_str().expect("a key").to_owned();
    std::fs::write(dir.path().join("ledger.pub"), key).expect("written");
    assert!(!verify(&dir, &file, &[]).0);
}

#[test]
fn an_auditors_export_verifies_and_names_no_canary() {
    let mut site = Site::with_pool();
    let canaries = leaked(&mut site);
    let dir = elsewhere(&site);
    let made = site.json(&["token", "add", "audit", "--role", "auditor"]);
    let token = made["secret"].as_str().expect("a secret");
    let server = format!("http://{}", site.admin);
    site.ok(&["evidence", "export", "-o", "audit.jsonl", "--server", &server, "--token", token]);
    let text = std::fs::read_to_string(site.path("audit.jsonl")).expect("read");
    for canary in &canaries {
        assert!(!text.contains(canary["fields"]["姓名"].as_str().expect("a name")), "a person is named");
    }
    let silent = point(&canaries[5], "phone").expect("a phone");
    assert!(!text.contains(silent), "a canary that nobody contacted is named");
    let (good, said) = verify(&dir, &site.path("audit.jsonl"), &[]);
    assert!(good && !said.contains("(0 withheld)"), "{said}");
    assert!(site.refused(&["keys", "rotate", "--server", &server, "--token", token]).contains("auditor"));
}

#[test]
fn a_proof_opens_one_hit_and_nothing_of_other_canaries() {
    let mut site = Site::with_pool();
    let canaries = leaked(&mut site);
    let dir = elsewhere(&site);
    let hits = site.json(&["hits"]);
    let hit = hits[0]["id"].as_str().expect("an id");
    site.ok(&["evidence", "prove", hit, "-o", "proof.json"]);
    let file = site.path("proof.json");
    let (good, said) = verify(&dir, &file, &["--json"]);
    assert!(good, "{said}");
    let shown: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(shown["source"], "telecom");
    assert_eq!(shown["canary"], canaries[0]["id"]);
    assert_eq!((shown["confirmed"].as_bool(), shown["evidence_whole"].as_bool()), (Some(true), Some(true)));
    assert!(shown["summary"].as_str().expect("words").contains("贷款"));
    let text = std::fs::read_to_string(&file).expect("read");
    for other in &canaries[1..] {
        for value in [&other["id"], &other["fields"]["姓名"], &other["contact_points"][0]["value"]] {
            assert!(!text.contains(value.as_str().expect("a value")), "{value} is in the proof of another");
        }
    }
    // Any change breaks it: the words, the number, the path, the head.
    assert!(site.refused(&["evidence", "verify", "proof.json", "--since", "proof.json"]).len() > 10);
    for (from, to) in [("telecom", "telecon"), ("\"n\": ", "\"n\": 1"), ("counted", "strayed"), ("time 20", "time 19")]
    {
        assert!(text.contains(from), "{from}");
        std::fs::write(dir.path().join("forged.json"), text.replacen(from, to, 1)).expect("written");
        assert!(!verify(&dir, &dir.path().join("forged.json"), &[]).0, "{from} -> {to} is not noticed");
    }
    assert!(site.refused(&["evidence", "prove", hit, "-o", "proof.json"]).contains("is there already"));
}

#[test]
fn a_case_is_opened_worked_on_and_put_on_paper() {
    let mut site = Site::with_pool();
    leaked(&mut site);
    let case = site.json(&["case", "list"])[0].clone();
    let id = case["id"].as_str().expect("an id");
    assert_eq!((case["source"].as_str(), case["state"].as_str()), (Some("telecom"), Some("open")));
    assert_eq!(site.json(&["leaks"])[0]["case"], case["id"]);
    site.ok(&["case", "note", id, "<b>they</b> deny"]);
    site.ok(&["report", id, "-o", "r.html"]);
    let html = std::fs::read_to_string(site.path("r.html")).expect("read");
    for part in
        ["Findings", "Method", "Process", "Items of evidence", "Statistics", "Innocent explanations", "How to verify"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<b>they</b>") && html.contains("they"), "what people write is escaped");
    site.ok(&["report", id, "-o", "r.json"]);
    let report: Value = serde_json::from_slice(&std::fs::read(site.path("r.json")).expect("read")).expect("JSON");
    // Each contact is an item, with the hash under which an export has its entry.
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    let export = std::fs::read_to_string(site.path("ledger.jsonl")).expect("read");
    let items = report["items"].as_array().expect("a list");
    assert_eq!(items.iter().filter(|i| i["category"] == "contact (sms)").count(), 3);
    for item in items {
        let line = format!("{{\"n\":{},\"leaf\":\"{}\"", item["entry"], item["leaf_sha256"].as_str().expect("a hash"));
        assert!(export.contains(&line), "{line}");
    }
    site.ok(&["case", "close", id, "--as", "false-alarm"]);
    assert!(site.refused(&["case", "close", id, "--as", "confirmed"]).contains("closed already"));
    assert_eq!(site.json(&["case", "reopen", id])["state"], "open");
    assert!(site.refused(&["report", id, "-o", "r.pdf"]).contains(".html or .json"));
}

#[test]
fn a_backup_taken_while_serving_restores_to_the_same_ledger() {
    let mut site = Site::with_pool();
    let canaries = leaked(&mut site);
    site.ok(&["backup", "-o", "all.dyb"]);
    let phone = point(&canaries[0], "phone").expect("a phone");
    let octets = std::fs::read(site.path("all.dyb")).expect("read");
    assert!(!holds(&octets, phone), "a backup names no canary");
    let (hits, who, leaks) = (site.json(&["hits"]), site.json(&["who", phone]), site.json(&["leaks"]));
    site.kill();
    assert!(site.refused(&["restore", "all.dyb"]).contains("not empty"));
    site.reconfigure("url = \"sled:data\"", "url = \"sled:second\"");
    // A broken backup leaves an empty store, and says where it is broken.
    let mut broken = octets.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    site.write("broken.dyb", &broken);
    site.write("short.dyb", &octets[..octets.len() - 20]);
    for name in ["broken.dyb", "short.dyb"] {
        assert!(site.refused(&["restore", name]).contains("backup at octet"), "{name}");
    }
    let restored = site.json(&["restore", "all.dyb"]);
    assert!(restored["entries"].as_u64().expect("a number") > 20);
    site.start();
    assert_eq!(site.json(&["hits"]), hits);
    assert_eq!(site.json(&["who", phone]), who);
    assert_eq!(site.json(&["leaks"])[0]["case"], leaks[0]["case"]);
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    site.ok(&["evidence", "verify", "ledger.jsonl"]);
}

#[test]
fn keys_are_rotated_while_serving_and_the_old_key_opens_nothing_any_more() {
    let mut site = Site::with_pool();
    let canaries = leaked(&mut site);
    let old = std::fs::read(site.path("dyepack.key")).expect("read");
    let hits = site.json(&["hits"]);
    let before = site.json(&["keys", "list"])["ids"].clone();
    let after = site.json(&["keys", "rotate"]);
    assert!(after["ids"].as_array().expect("a list").len() == 1 && after["ids"] != before);
    assert_eq!(site.json(&["hits"]), hits);
    let phone = point(&canaries[4], "phone").expect("a phone");
    assert_eq!(site.sms(phone, "hello", "SMafter"), 200);
    site.kill();
    site.start();
    assert_eq!(site.json(&["who", phone])["releases"][0]["source"], "telecom");
    assert_eq!(site.json(&["hits"]).as_array().expect("a list").len(), 4);
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    site.ok(&["evidence", "verify", "ledger.jsonl"]);
    let text = std::fs::read_to_string(site.path("ledger.jsonl")).expect("read");
    assert!(text.contains("\"what\":\"added\"") && text.contains("\"what\":\"retired\""));
    site.kill();
    std::fs::write(site.path("dyepack.key"), old).expect("written");
    assert!(site.refused(&["hits"]).contains("which is not in this key file"), "the old key file");
}

#[test]
fn contents_past_their_time_are_shredded_and_everything_still_verifies() {
    let mut site = Site::with_pool();
    leaked(&mut site);
    let hit = site.json(&["hits"])[0]["id"].as_str().expect("an id").to_owned();
    site.kill();
    let keys = site.path("data").join("content-keys");
    let days = || std::fs::read_dir(&keys).expect("listed").map(|d| d.expect("listed").path()).collect::<Vec<_>>();
    let today = days().pop().expect("the key of today");
    // A day long past, whose time has come: its key goes, that of today stays.
    std::fs::copy(&today, keys.join("10000")).expect("copied");
    site.reconfigure("# evidence_days", "evidence_days");
    site.start();
    until("the old key is destroyed", || days() == [today.clone()]);
    site.ok(&["evidence", "export", "-o", "shredded.jsonl"]);
    let ledger = std::fs::read_to_string(site.path("shredded.jsonl")).expect("read");
    assert!(ledger.contains("\"days\":1") && ledger.contains("\"type\":\"shredded\""), "it is an entry");
    assert!(!ledger.contains("+8613911112222"), "a sender is in the ledger in clear");
    site.kill();
    // What a year of waiting would do to the hits of today.
    std::fs::remove_file(today).expect("destroyed");
    site.start();
    let hits = site.json(&["hits"]);
    assert!(hits[0]["summary"].as_str().expect("a text").contains("shredded"), "{}", hits[0]);
    assert_eq!(hits[0]["confirmed"], true);
    assert_eq!(site.json(&["leaks"])[0]["source"], "telecom");
    let dir = elsewhere(&site);
    site.ok(&["evidence", "prove", &hit, "-o", "proof.json"]);
    let (good, said) = verify(&dir, &site.path("proof.json"), &[]);
    assert!(good && said.contains("shredded"), "{said}");
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    assert!(verify(&dir, &site.path("ledger.jsonl"), &[]).0);
}

#[test]
fn a_head_is_sent_to_the_anchor_and_stamped_by_a_real_authority() {
    let Some(authority) = Authority::start() else {
        println!("skipped: there is no openssl here");
        return;
    };
    let mut site = Site::with_pool();
    site.reconfigure("# anchor = ", "anchor = ");
    site.reconfigure(
        "# timestamp_url = \"http://tsa.example\"",
        &format!("timestamp_url = \"http://{}/\"", authority.address),
    );
    site.start();
    let mail = site.alert("ledger head");
    assert!(mail.contains("dyepack.ledger/"), "{mail}");
    let head = site.json(&["evidence", "head"]);
    authority.verify(head["note"].as_str().expect("a note"), head["stamp"].as_str().expect("a stamp"));
    // The mailed head pins an export.
    let dir = elsewhere(&site);
    std::fs::write(dir.path().join("mail"), &mail).expect("written");
    site.ok(&["evidence", "export", "-o", "ledger.jsonl"]);
    let (good, said) = verify(&dir, &site.path("ledger.jsonl"), &["--since", "mail"]);
    assert!(good && said.contains("continuing"), "{said}");
}

/// A time-stamping authority: openssl behind a socket.
struct Authority {
    dir: tempfile::TempDir,
    address: String,
}

impl Authority {
    fn start() -> Option<Self> {
        Command::new("openssl").arg("version").output().ok()?;
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("tsa.cnf"), TSA).expect("written");
        let made = openssl(
            &dir,
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "tsa.key",
                "-out",
                "tsa.crt",
                "-subj",
                "/CN=tsa",
                "-days",
                "2",
                "-config",
                "tsa.cnf",
                "-extensions",
                "tsa",
            ],
        );
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::write(dir.path().join("serial"), "01\n").expect("written");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let at = dir.path().to_owned();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|socket| answer(&at, socket)));
        Some(Self { dir, address })
    }

    fn verify(&self, note: &str, stamp: &str) {
        use base64::Engine;
        let token = base64::engine::general_purpose::STANDARD.decode(stamp).expect("base64");
        std::fs::write(self.dir.path().join("token"), token).expect("written");
        std::fs::write(self.dir.path().join("note"), note).expect("written");
        let said =
            openssl(&self.dir, &["ts", "-verify", "-in", "token", "-token_in", "-data", "note", "-CAfile", "tsa.crt"]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

const TSA: &str = "[req]\ndistinguished_name = dn\n[dn]\n[tsa]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\nextendedKeyUsage = critical,timeStamping\n[ts]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1\n";

fn openssl(dir: &tempfile::TempDir, arguments: &[&str]) -> std::process::Output {
    Command::new("openssl").current_dir(dir.path()).args(arguments).output().expect("openssl runs")
}

/// Reads one request, lets openssl answer it.
fn answer(dir: &std::path::Path, mut socket: std::net::TcpStream) {
    use std::io::{BufRead, BufReader, Read, Write};
    let mut from = BufReader::new(socket.try_clone().expect("cloned"));
    let (mut line, mut length) = (String::new(), 0);
    while from.read_line(&mut line).is_ok_and(|n| n > 2) {
        length =
            line.to_lowercase().strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
        line.clear();
    }
    let mut query = vec![0u8; length];
    from.read_exact(&mut query).expect("a body");
    std::fs::write(dir.join("query"), query).expect("written");
    let made = Command::new("openssl")
        .current_dir(dir)
        .args([
            "ts",
            "-reply",
            "-queryfile",
            "query",
            "-signer",
            "tsa.crt",
            "-inkey",
            "tsa.key",
            "-config",
            "tsa.cnf",
            "-section",
            "here",
            "-out",
            "reply",
        ])
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let reply = std::fs::read(dir.join("reply")).expect("read");
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        reply.len()
    );
    socket.write_all(&[head.as_bytes(), &reply].concat()).expect("answered");
}
