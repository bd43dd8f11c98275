//! The primary database dies under load, in the cluster of `examples/ha`: three
//! PostgreSQL under Patroni, two replicas, HAProxy. Service resumes by itself, and
//! no acknowledged contact is lost.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::site::http;

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(180);

struct Cluster {
    dir: tempfile::TempDir,
    script: Child,
    ports: HashMap<String, String>,
}

fn script(arguments: &[&str]) -> Command {
    let mut command = Command::new("examples/ha/run");
    command.args(arguments).env("DYEPACK", env!("CARGO_BIN_EXE_dyepack")).env("TTL", "8");
    command
}

impl Cluster {
    /// Starts it, unless the machine lacks what it is made of.
    fn start() -> Option<Self> {
        let lacks = script(&["install"]).output().expect("the script runs");
        if !lacks.status.success() {
            println!("skipped: {}", String::from_utf8_lossy(&lacks.stderr).trim());
            return None;
        }
        let dir = tempfile::Builder::new().prefix("dyepack-ha-").tempdir().expect("a directory");
        let at = dir.path().display().to_string();
        let log = std::fs::File::create(dir.path().with_extension("log")).expect("made");
        let script = script(&["up", &at]).stdout(log.try_clone().expect("cloned")).stderr(log).spawn().expect("runs");
        let mut cluster = Self { dir, script, ports: HashMap::new() };
        cluster.wait_until_up();
        Some(cluster)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().with_extension("log")).unwrap_or_default()
    }

    fn wait_until_up(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.log().contains("up after") {
            let ended = self.script.try_wait().expect("waited");
            assert!(ended.is_none() && Instant::now() < deadline, "the cluster does not come up: {}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        let ports = std::fs::read_to_string(self.dir.path().join("ports")).expect("read");
        self.ports = ports.lines().filter_map(|l| l.split_once('=')).map(|(n, p)| (n.into(), p.into())).collect();
    }

    fn address(&self, name: &str) -> String {
        format!("127.0.0.1:{}", self.ports[name])
    }

    fn run(&self, verb: &str) -> String {
        let done = script(&[verb, &self.dir.path().display().to_string()]).output().expect("the script runs");
        assert!(done.status.success(), "{verb}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn token(&self) -> String {
        let made = std::fs::read(self.dir.path().join("token.json")).expect("read");
        let made: serde_json::Value = serde_json::from_slice(&made).expect("JSON");
        made["token"].as_str().expect("a token").to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let down = script(&["down", &self.dir.path().display().to_string()]).stdout(Stdio::null()).status();
        let _ = (down, self.script.wait(), std::fs::remove_file(self.dir.path().with_extension("log")));
    }
}

#[test]
fn the_primary_dies_under_load_and_service_resumes_without_a_loss() {
    let Some(cluster) = Cluster::start() else { return };
    let web = cluster.address("WEB_PORT");
    let (stop, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let taken: Mutex<Vec<(Instant, String)>> = Mutex::default();
    let mut resumed = Duration::ZERO;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (web, stop, sent, taken) = (&web, &stop, &sent, &taken);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let mark = format!("/mark-{}", sent.fetch_add(1, Ordering::Relaxed));
                    let head = format!("GET {mark} HTTP/1.1\r\nHost: {web}\r\n");
                    if http(web, &head, b"").is_some_and(|answer| answer.status == 200) {
                        taken.lock().expect("lock").push((Instant::now(), mark));
                    }
                }
            });
        }
        let count = || taken.lock().expect("lock").len();
        let wait = |what: &str, so: &dyn Fn() -> bool| {
            let deadline = Instant::now() + PATIENCE;
            while !so() {
                assert!(Instant::now() < deadline, "in vain: {what}; {}", cluster.log());
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        wait("contacts are taken", &|| count() > 300);
        let killed = Instant::now();
        print!("{}", cluster.run("kill-primary"));
        // What was on its way is answered within a moment; then the gap.
        let after = |at: Instant| taken.lock().expect("lock").iter().filter(|(t, _)| *t > at).count();
        wait("service resumes", &|| after(killed + Duration::from_secs(3)) > 100);
        resumed = largest_gap(&taken.lock().expect("lock"), killed);
        stop.store(true, Ordering::Relaxed);
    });
    let taken = taken.into_inner().expect("lock");
    let hits = hits(&cluster);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for hit in hits.as_array().expect("a list") {
        let to = hit["to"].as_str().expect("an address");
        *seen.entry(&to[to.rfind('/').expect("a path")..]).or_default() += 1;
    }
    let lost: Vec<_> = taken.iter().filter(|(_, mark)| seen.get(mark.as_str()) != Some(&1)).collect();
    assert!(lost.is_empty(), "lost or doubled: {lost:?}");
    println!(
        "primary killed: {} of {} contacts acknowledged, 0 lost, service resumed after {:.1} s",
        taken.len(),
        sent.load(Ordering::Relaxed),
        resumed.as_secs_f64()
    );
}

/// The longest time without an acknowledgement since that moment.
fn largest_gap(taken: &[(Instant, String)], since: Instant) -> Duration {
    let mut times: Vec<Instant> = taken.iter().map(|(at, _)| *at).filter(|at| *at >= since).collect();
    times.push(since);
    times.sort();
    times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

fn hits(cluster: &Cluster) -> serde_json::Value {
    let listed = Command::new(env!("CARGO_BIN_EXE_dyepack"))
        .args(["hits", "--json", "--server", &format!("http://{}", cluster.address("ADMIN1"))])
        .env("DYEPACK_TOKEN", cluster.token())
        .current_dir(Path::new("/"))
        .output()
        .expect("runs");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    serde_json::from_slice(&listed.stdout).expect("JSON")
}
