//! Ten million canaries in the embedded store (or DYEPACK_CANARIES of them): how
//! long it takes to open, how long `who` takes in the server, what a canary costs
//! on disk and in memory. Run with `cargo bench --bench many`.

#[allow(dead_code)]
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dyepack::app::App;
use dyepack::store::embedded::Embedded;
use dyepack::store::{Opened, Store};

use world::{COPY, keys, phone, spread};

/// Look-ups that are timed.
const ASKED: u64 = 20_000;

fn main() {
    let count = std::env::var("DYEPACK_CANARIES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    // The second process opens what the first has filled, so that its memory is that of a server.
    if let Ok(dir) = std::env::var("DYEPACK_BENCH_OPEN") {
        return runtime.block_on(open(Path::new(&dir), count));
    }
    let dir = tempfile::tempdir().expect("a directory");
    runtime.block_on(fill(dir.path(), count));
    let program = std::env::current_exe().expect("this program");
    let status = std::process::Command::new(program)
        .env("DYEPACK_BENCH_OPEN", dir.path())
        .env("DYEPACK_CANARIES", count.to_string())
        .status();
    assert!(status.expect("runs").success());
}

async fn fill(dir: &Path, count: u64) {
    Embedded::create(dir, &keys()).expect("made");
    let store = Embedded::open(dir, keys(), None).expect("opens");
    let source = world::begin(&store).await;
    let begun = Instant::now();
    let say = |first: u64| {
        if first.is_multiple_of(1_000_000) {
            eprintln!("{first} canaries after {:.0} s", begun.elapsed().as_secs_f64());
        }
    };
    world::fill(&store, source, 0, count, say).await;
    let seconds = begun.elapsed().as_secs_f64();
    let rate = count as f64 / seconds;
    println!(
        "recorded      {count} canaries in {seconds:.0} s, {rate:.0} a second, by one writer in batches of {COPY}"
    );
}

async fn open(dir: &Path, count: u64) {
    let begun = Instant::now();
    let store = Embedded::open(dir, keys(), None).expect("opens");
    let opening = begun.elapsed();
    let Opened { notes, entries, .. } = store.opened();
    println!("opened        in {:.3} s: {entries} entries, notes {notes:?}", opening.as_secs_f64());
    println!("disk          {} octets a canary: {}", below(dir) / count, parts(dir, count));
    println!("memory        {:.1} MB after opening", resident());
    let app = world::app(Arc::new(store)).await;
    println!("memory        {:.1} MB after the app has started", resident());
    ask(&app, "stranger's number", |n| format!("+8529{n:07}"), count).await;
    ask(&app, "canary's number", phone, count).await;
    ask(&app, "canary's mailbox", |n| format!("w{n}@mail.example.net"), count).await;
    println!("memory        {:.1} MB after that, {:.1} octets a canary", resident(), resident() * 1e6 / count as f64);
    let begun = Instant::now();
    let head = app.sign_head().await.expect("signed");
    println!("signed head   over {} entries in {:.1} ms", head.size, begun.elapsed().as_secs_f64() * 1e3);
}

/// Times `who`; a look at a canary is itself recorded, durably, before the answer.
async fn ask(app: &App, what: &str, value: impl Fn(u64) -> String, count: u64) {
    let mut times: Vec<Duration> = Vec::with_capacity(ASKED as usize);
    for n in 0..ASKED {
        let value = value(n.wrapping_mul(7_919_317) % count);
        let begun = Instant::now();
        app.who(&value, "bench").await.expect("answered");
        times.push(begun.elapsed());
    }
    let (median, p99) = spread(times);
    println!("who           {what}: median {median:.3} ms, p99 {p99:.3} ms, of {ASKED}");
}

fn below(dir: &Path) -> u64 {
    std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|item| match item.metadata() {
            Ok(m) if m.is_dir() => below(&item.path()),
            Ok(m) => m.len(),
            Err(_) => 0,
        })
        .sum()
}

fn parts(dir: &Path, count: u64) -> String {
    let mut parts = Vec::new();
    for item in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with("index") {
            let own = std::fs::read_dir(item.path()).into_iter().flatten().flatten();
            parts.extend(own.map(|i| {
                (
                    format!("index/{}", i.file_name().to_string_lossy()),
                    if i.path().is_dir() { below(&i.path()) } else { i.metadata().map_or(0, |m| m.len()) },
                )
            }));
        } else if item.path().is_dir() {
            parts.push((name, below(&item.path())));
        }
    }
    parts.sort();
    parts.iter().map(|(name, size)| format!("{name} {:.1}", *size as f64 / count as f64)).collect::<Vec<_>>().join(", ")
}

/// Resident memory of this process in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1e3
}
