//! Durable hits with 64 writers, both backends, beside the same loop where nothing
//! waits for a disk: the embedded store in a directory that is memory, PostgreSQL
//! with fsync off. Run with `cargo bench --bench durable`.

#[path = "../tests/postgres.rs"]
#[allow(dead_code)]
mod postgres;
#[path = "../tests/process.rs"]
mod process;
#[allow(dead_code)]
mod world;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dyepack::app::App;
use dyepack::app::observe::Contact;
use dyepack::app::views::{NewCanary, NewPoint, NewRelease};
use dyepack::model::contact_point::Kind;
use dyepack::model::{Channel, ContactPoint, Field, IdSafety, Place, PointFacts, PoolKind};
use dyepack::store::Store;
use dyepack::store::embedded::Embedded;
use dyepack::store::postgres::Postgres;

const WRITERS: usize = 64;
const MEASURED: Duration = Duration::from_secs(6);
/// Rounds of each kind, in turns, so that a noisy moment hits both.
const ROUNDS: usize = 3;

/// What one round gave.
#[derive(Clone, Copy)]
struct Figures {
    rate: f64,
    median: Duration,
    p99: Duration,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    machine();
    let disk = tempfile::tempdir().expect("a directory");
    let memory = tempfile::tempdir_in("/dev/shm").expect("a directory in memory");
    compare("embedded", [disk.path(), memory.path()].map(|dir| embedded(&runtime, dir)), &runtime);
    let servers = [postgres::Server::start(), postgres::Server::with("off")];
    let apps = [0, 1].map(|n| over_postgres(&runtime, &servers[n]));
    compare("postgres", apps, &runtime);
}

fn machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo").lines().find_map(|l| l.strip_prefix("model name").map(str::to_owned));
    let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
    println!(
        "machine    {cores} cores,{}; one write and fdatasync of 4 kB: {:.2} ms",
        model.unwrap_or_default().replace(['\t', ':'], ""),
        fdatasync()
    );
}

/// The median of what the disk takes for the least that is durable, in milliseconds.
fn fdatasync() -> f64 {
    use std::os::unix::fs::FileExt;
    let file = tempfile::tempfile().expect("a file");
    let mut times: Vec<f64> = (0..200u64)
        .map(|n| {
            let begun = Instant::now();
            file.write_all_at(&[1; 4096], n * 4096).and_then(|()| file.sync_data()).expect("written");
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[100]
}

fn embedded(runtime: &tokio::runtime::Runtime, dir: &Path) -> Arc<App> {
    let keys = world::keys();
    Embedded::create(dir, &keys).expect("made");
    let store = Embedded::open(dir, keys, None).expect("opens");
    runtime.block_on(seeded(Arc::new(store)))
}

fn over_postgres(runtime: &tokio::runtime::Runtime, server: &postgres::Server) -> Arc<App> {
    let url = server.fresh();
    let keys = world::keys();
    runtime.block_on(async {
        Postgres::create(&url, &keys).await.expect("made");
        seeded(Arc::new(Postgres::open(&url, keys).await.expect("opens"))).await
    })
}

fn address(n: usize) -> String {
    format!("https://news.example.net/code{n:08}")
}

/// An app with a canary for each writer.
async fn seeded(store: Arc<dyn Store>) -> Arc<App> {
    let app = world::app(store).await;
    app.add_source("telecom", None, None, vec![]).await.expect("added");
    let host = "https://news.example.net".to_owned();
    let host = NewPoint { value: host, control: false, facts: PointFacts::default() };
    app.add_to_pool(PoolKind::WebHost, vec![host]).await.expect("added");
    let canary = |n: usize| NewCanary {
        id: None,
        fields: vec![Field { column: "name".into(), value: format!("Wang Wei {n}") }],
        names: vec![format!("Wang Wei {n}")],
        identifiers: vec![],
        contact_points: vec![ContactPoint { kind: Kind::Url, value: address(n) }],
        id_safety: IdSafety::NoColumn,
        location: format!("row {n}"),
        due: None,
        related: Vec::new(),
    };
    let release = NewRelease {
        shared_with: None,
        source: "telecom".into(),
        dataset: "subscribers".into(),
        place: Place { input: "in.csv".into(), output: "out.csv".into(), table: None, related: Vec::new() },
        rows_in: 1_000,
        roles: vec![],
        canaries: (0..WRITERS).map(canary).collect(),
    };
    app.issue(release).await.expect("issued");
    app
}

fn compare(name: &str, [durable, fleeting]: [Arc<App>; 2], runtime: &tokio::runtime::Runtime) {
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (n, app) in [&durable, &fleeting].into_iter().enumerate() {
            rounds[n].push(runtime.block_on(measure(app)));
        }
    }
    let [durable, fleeting] = rounds.map(middle);
    for (what, f) in [("durable", durable), ("not durable", fleeting)] {
        println!(
            "{name:<10} {what:<12} {:>7.0} hits/s, median {:.1} ms, p99 {:.1} ms",
            f.rate,
            f.median.as_secs_f64() * 1e3,
            f.p99.as_secs_f64() * 1e3
        );
    }
    println!("{name:<10} ratio        {:.2}", durable.rate / fleeting.rate);
}

/// The round with the median rate.
fn middle(mut rounds: Vec<Figures>) -> Figures {
    rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    rounds[rounds.len() / 2]
}

async fn measure(app: &Arc<App>) -> Figures {
    let stop = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(write(Arc::clone(app), n, Arc::clone(&stop)))).collect();
    tokio::time::sleep(MEASURED).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for writer in writers {
        times.extend(writer.await.expect("a writer"));
    }
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    times.sort();
    Figures { rate, median: times[times.len() / 2], p99: times[times.len() * 99 / 100] }
}

/// One contact after the other, each recorded before the next.
async fn write(app: Arc<App>, n: usize, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let mut times = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let contact = Contact {
            channel: Channel::Web,
            to: ContactPoint { kind: Kind::Url, value: address(n) },
            from: "192.0.2.7".to_owned(),
            summary: "GET bench".to_owned(),
            text: String::new(),
            octets: format!("GET /code{n:08} HTTP/1.1\r\nHost: news.example.net\r\nUser-Agent: bench\r\n\r\n")
                .into_bytes(),
            dedupe: None,
        };
        let begun = Instant::now();
        app.observe(vec![contact]).await.expect("recorded");
        times.push(begun.elapsed());
    }
    times
}
