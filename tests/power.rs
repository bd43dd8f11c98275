//! The power goes. A shim records everything that the program does to its files;
//! from that it is worked out what a disk would hold at many moments, with
//! whatever no fsync covers gone, torn or there, and the program is started on
//! it. Whatever was acknowledged before the moment must be there, once. What
//! lies in the data directory is not looked at: only what the program says counts.
//!
//! `DYEPACK_POWER_SEED` chooses other moments and other tears.

mod disk;

use self::disk::{History, Rest};
use crate::site::{Site, TOKEN, customers, mail, point, sms};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

const CLIENTS: usize = 8;
const CONTACTS: usize = 300;
const DEADLINE: Duration = Duration::from_secs(60);

/// The shim, the log it writes and the fuse it looks at.
struct Recorder {
    dir: tempfile::TempDir,
}

impl Recorder {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power/shim.c");
        let made = Command::new("cc")
            .args(["-Wall", "-Wextra", "-shared", "-fPIC", "-O2", "-o"])
            .args([&dir.path().join("shim.so"), &source])
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("cc runs");
        assert!(made.success(), "the shim does not compile");
        std::fs::write(dir.path().join("log"), "").expect("written");
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An installation whose every command is recorded from `init` on.
    fn site(&self) -> Site {
        let site = Site::under(vec![
            ("LD_PRELOAD", self.path("shim.so")),
            ("POWER_LOG", self.path("log")),
            ("POWER_FUSE", self.path("fuse")),
        ]);
        site.fill_pool();
        self.mark("acked", "installation");
        site
    }

    fn mark(&self, what: &str, of: &str) {
        disk::mark(&self.path("log"), &format!("{what} {of}"));
    }

    fn history(&self) -> History {
        History::read(&self.path("log"))
    }
}

fn seed() -> u64 {
    let seed = std::env::var("DYEPACK_POWER_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    println!("DYEPACK_POWER_SEED={seed}");
    seed
}

/// Lets the clients end, also when the test fails in between.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One SMS or mail with these words; whether it was taken.
fn contact(site: (&str, &str), to: &str, words: &str) -> bool {
    let (public, smtp) = site;
    if to.contains('@') {
        mail(smtp, &[to], format!("Subject: {words}\r\n\r\nx").as_bytes()).starts_with("250")
    } else {
        sms(public, to, words, words, TOKEN) == 200
    }
}

/// Phones and mailboxes of canaries in turn, as many as there are clients.
fn destinations(site: &Site) -> Vec<String> {
    let canaries = site.canaries("telecom");
    let kinds = ["phone", "mailbox"].into_iter().cycle();
    let all: Vec<String> =
        canaries.iter().zip(kinds).filter_map(|(c, kind)| point(c, kind)).map(str::to_owned).collect();
    assert!(all.len() >= CLIENTS, "a canary for every client");
    all[..CLIENTS].to_vec()
}

/// Contacts from many clients, and in their midst a seeding that is taken back.
fn burst(site: &Site, recorder: &Recorder) {
    let stop = AtomicBool::new(false);
    let (say, taken) = channel();
    let doors = (site.public.as_str(), site.smtp.as_str());
    let client = |number: usize, to: &str, say: Sender<()>| {
        for words in (0..).map(|n| format!("contact {number} {n}")) {
            recorder.mark("sent", &words);
            assert!(contact(doors, to, &words), "{words} was not taken");
            recorder.mark("acked", &words);
            if stop.load(Ordering::Relaxed) || say.send(()).is_err() {
                return;
            }
        }
    };
    let (client, destinations) = (&client, destinations(site));
    let third = || (0..CONTACTS / 3).for_each(|_| taken.recv_timeout(DEADLINE).expect("the burst gets through"));
    std::thread::scope(|scope| {
        let _over = Over(&stop);
        for (number, to) in destinations.iter().enumerate() {
            let say = say.clone();
            scope.spawn(move || client(number, to, say));
        }
        third();
        let done = site.json(&["seed", "customers.csv", "--source", "registry", "--accept-detectable", "--count", "5"]);
        let release = done["release"].as_str().expect("an id");
        recorder.mark("acked", &format!("release {release}"));
        third();
        recorder.mark("sent", "withdrawal");
        site.ok(&["release", "withdraw", release]);
        recorder.mark("acked", &format!("withdrawal {release}"));
        third();
    });
}

/// A moment, and what is left of what was not synced by then.
#[derive(Debug, Clone, Copy)]
struct Loss {
    moment: usize,
    rest: Rest,
}

/// What is left, given a seed.
type Left = fn(u64) -> Rest;

/// Moments between the installation and the end: any, when an fsync has just
/// begun or ended, and when a client has just read its answer.
fn losses(history: &History, random: &mut ChaCha8Rng) -> Vec<Loss> {
    let acked = |m: &&(usize, &str)| m.1.starts_with("acked");
    let marks: Vec<(usize, &str)> = history.marks(history.len()).collect();
    let answered: Vec<usize> = marks.iter().filter(acked).map(|(at, _)| at + 1).collect();
    let (first, last) = (answered[0], history.len());
    let kinds: [(usize, Vec<usize>, Left); 8] = [
        (1, vec![first], |_| Rest::Nothing),
        (1, vec![last], |_| Rest::Nothing),
        (10, answered.clone(), |_| Rest::Nothing),
        (6, answered, |_| Rest::Names),
        (16, history.syncing(), Rest::Torn),
        (8, history.syncing(), Rest::Some),
        (8, history.synced(), Rest::Some),
        (10, (first..=last).collect(), Rest::Some),
    ];
    let mut losses = Vec::new();
    for (count, moments, rest) in kinds {
        let moments: Vec<usize> = moments.into_iter().filter(|m| *m >= first).collect();
        losses.extend(moments.sample(random, count).map(|moment| (*moment, rest)));
    }
    losses.into_iter().map(|(moment, rest)| Loss { moment, rest: rest(random.random()) }).collect()
}

/// What was sent and what was acknowledged before a moment.
struct Known<'a> {
    sent: BTreeSet<&'a str>,
    acked: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn before(history: &'a History, moment: usize) -> Self {
        let with =
            |start: &'static str| history.marks(moment).filter_map(move |(_, m)| m.strip_prefix(start)).collect();
        Self { sent: with("sent "), acked: with("acked ") }
    }

    fn contacts(&self) -> impl Iterator<Item = &&'a str> {
        self.acked.iter().filter(|a| a.starts_with("contact"))
    }

    /// What a release must be, where it must be there at all.
    fn states(&self, release: &str) -> Option<&'static [&'static str]> {
        let acked = |what: &str| self.acked.contains(format!("{what} {release}").as_str());
        match (acked("release"), self.sent.contains("withdrawal"), acked("withdrawal")) {
            (_, _, true) => Some(&["withdrawn"]),
            (_, true, _) => Some(&["planted", "withdrawn"]),
            (true, _, _) => Some(&["planted"]),
            _ => None,
        }
    }
}

/// The site after a loss.
fn after(history: &History, loss: Loss, site: &Site) -> Site {
    let dir = tempfile::tempdir().expect("a directory");
    history.lay_out(loss.moment, loss.rest, dir.path());
    site.moved(dir)
}

/// Whether a site says what it must; else what is wrong with it, in words.
fn check(site: &Site, known: &Known<'_>, original: &Site) -> Result<(), String> {
    let hits = asked(site, &["hits"])?;
    let mut seen = BTreeMap::new();
    for hit in &hits {
        *seen.entry(hit["summary"].as_str().unwrap_or_default()).or_insert(0) += 1;
    }
    let lost: Vec<_> = known.contacts().filter(|c| !seen.contains_key(**c)).collect();
    let odd: Vec<_> = seen.iter().filter(|(contact, times)| **times > 1 || !known.sent.contains(**contact)).collect();
    if !lost.is_empty() || !odd.is_empty() {
        return Err(format!(
            "{} of {} acknowledged contacts are lost: {:?}; {} are there twice or were never sent: {:?}",
            lost.len(),
            known.contacts().count(),
            &lost[..lost.len().min(5)],
            odd.len(),
            &odd[..odd.len().min(5)]
        ));
    }
    let releases = asked(site, &["release", "list"])?;
    for id in known.acked.iter().filter_map(|a| a.strip_prefix("release ")) {
        let release = releases.iter().find(|r| r["id"] == id).ok_or(format!("release {id} is lost"))?;
        let state = release["state"].as_str().unwrap_or_default();
        if !known.states(id).is_none_or(|may| may.contains(&state)) || release["canaries"] != 5 {
            return Err(format!("release {id} is {state} with {} canaries", release["canaries"]));
        }
        let copy = |of: &Site| std::fs::read(of.path("customers.registry.csv")).ok();
        if copy(site) != copy(original) {
            return Err(format!("the copy of release {id} is lost or not whole"));
        }
    }
    Ok(())
}

/// The list that a query answers with.
fn asked(site: &Site, query: &[&str]) -> Result<Vec<serde_json::Value>, String> {
    let output = site.run(&[query, &["--json"]].concat());
    if !output.status.success() {
        return Err(format!("{query:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("{query:?}: {e}"))
}

/// Tries losses, two at a time; fails with all that went wrong.
fn try_all(history: &History, losses: &[Loss], site: &Site) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let one = || {
        while let Some(loss) = losses.get(next.fetch_add(1, Ordering::Relaxed)) {
            let after = after(history, *loss, site);
            if let Err(what) = check(&after, &Known::before(history, loss.moment), site) {
                wrong.lock().expect("lock").push((*loss, what));
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(one))));
    let wrong = wrong.into_inner().expect("lock");
    let told: Vec<String> = wrong.iter().map(|(loss, what)| format!("{loss:?}: {what}")).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} losses of power went wrong:\n{}\n{}",
        wrong.len(),
        losses.len(),
        told.join("\n"),
        scene(history, wrong[0].0, site)
    );
}

/// One loss for a closer look: where it is laid out, and what may be the matter.
fn scene(history: &History, loss: Loss, site: &Site) -> String {
    let dir = tempfile::tempdir().expect("a directory").keep();
    history.lay_out(loss.moment, loss.rest, &dir);
    std::fs::copy(site.path("dyepack.toml"), dir.join("dyepack.toml")).expect("copied");
    format!(
        "The first of them is laid out in {}.\nNames that no fsync of their directory covered then: {}",
        dir.display(),
        history.names_at_risk(loss.moment).join(", ")
    )
}

/// The log must tell all there is, or the rest of this test proves nothing.
fn assert_complete(history: &History, site: &Site) {
    let dir = tempfile::tempdir().expect("a directory");
    history.lay_out_all(history.len(), dir.path());
    let (told, real) = (files_below(&dir.path().join("data")), files_below(&site.path("data")));
    assert_eq!(told.keys().collect::<Vec<_>>(), real.keys().collect::<Vec<_>>());
    for (path, octets) in &told {
        assert!(real[path] == *octets, "{} was changed in a way that the shim does not see", path.display());
    }
}

/// After a loss the server takes contacts again, and keeps them with the others.
fn assert_goes_on(history: &History, site: &Site, random: &mut ChaCha8Rng) {
    let canaries = site.canaries("telecom");
    let phone = canaries.iter().find_map(|c| point(c, "phone")).expect("a phone");
    let seeded = history.marks(history.len()).find(|(_, m)| *m == "acked seeding").expect("seeded").0;
    let moments: Vec<usize> = history.syncing().into_iter().filter(|m| *m > seeded).collect();
    for moment in moments.sample(random, 3) {
        let loss = Loss { moment: *moment, rest: Rest::Torn(random.random()) };
        let mut after = after(history, loss, site);
        after.start();
        assert_eq!(after.sms(phone, "contact after", "contact after"), 200, "{loss:?}");
        after.kill();
        let mut known = Known::before(history, loss.moment);
        known.sent.insert("contact after");
        known.acked.insert("contact after");
        check(&after, &known, site).unwrap_or_else(|what| panic!("{loss:?}: {what}"));
    }
}

fn files_below(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for item in std::fs::read_dir(dir).expect("listed") {
        let path = item.expect("listed").path();
        let name = PathBuf::from(path.file_name().expect("a name"));
        if path.is_dir() {
            files.extend(files_below(&path).into_iter().map(|(below, octets)| (name.join(below), octets)));
        } else {
            files.insert(name, std::fs::read(&path).expect("read"));
        }
    }
    files
}

#[test]
fn every_contact_that_was_acknowledged_survives_the_loss_of_power() {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let recorder = Recorder::new();
    let mut site = recorder.site();
    site.write("customers.csv", customers(200));
    site.ok(&["seed", "customers.csv", "--source", "telecom", "--accept-detectable", "--count", "10"]);
    recorder.mark("acked", "seeding");
    site.start();
    burst(&site, &recorder);
    site.stop();
    let history = recorder.history();
    assert_complete(&history, &site);
    let losses = losses(&history, &mut random);
    try_all(&history, &losses, &site);
    assert_goes_on(&history, &site, &mut random);
    println!("{} losses of power over {} steps, nothing lost", losses.len(), history.len());
}

/// The server dies between the write and the fsync; the next one finds whole
/// records that are not on the disk yet, and must not build on them as they are.
#[test]
fn what_a_killed_server_left_unsynced_is_not_built_on() {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let recorder = Recorder::new();
    let mut site = recorder.site();
    // Nobody is alerted of a contact at a control, so that nothing follows it in the ledger.
    let phone = "+8616477000001";
    site.start();
    recorder.mark("sent", "contact one");
    std::fs::write(recorder.path("fuse"), "").expect("lit");
    assert_eq!(site.sms(phone, "contact one", "contact one"), 0, "the server dies instead of answering");
    std::fs::remove_file(recorder.path("fuse")).expect("blown out");
    site.kill();
    site.start();
    site.stop();
    recorder.mark("sent", "contact two");
    site.start();
    assert_eq!(site.sms(phone, "contact two", "contact two"), 200);
    recorder.mark("acked", "contact two");
    site.stop();
    let history = recorder.history();
    let at = |mark| history.marks(history.len()).find(|(_, m)| *m == mark).expect("marked").0;
    let (killed, ended) = (at("sent contact one"), at("sent contact two"));
    let mut losses = vec![Loss { moment: at("acked contact two") + 1, rest: Rest::Nothing }];
    losses.extend((0..6).map(|_| Loss { moment: ended, rest: Rest::Torn(random.random()) }));
    losses.extend((0..12).map(|_| {
        let moment = random.random_range(killed..=history.len());
        Loss { moment, rest: Rest::Some(random.random()) }
    }));
    try_all(&history, &losses, &site);
}
