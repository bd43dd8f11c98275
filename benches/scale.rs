//! How the cost of a look-up, a hit and a verdict grows with canaries, hits and
//! replicas, on both backends: the slopes that ARCHITECTURE.md draws on. Run with
//! `cargo bench --bench scale`.

#[path = "../tests/postgres.rs"]
#[allow(dead_code)]
mod postgres;
#[path = "../tests/process.rs"]
mod process;
#[allow(dead_code)]
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dyepack::app::App;
use dyepack::app::observe::Contact;
use dyepack::model::contact_point::Kind;
use dyepack::model::{Channel, ContactPoint, Lookup, SourceId};
use dyepack::store::Store;
use dyepack::store::embedded::Embedded;
use dyepack::store::postgres::Postgres;

use world::{keys, phone, spread};

const CANARIES: [u64; 3] = [10_000, 100_000, 1_000_000];
const HITS: [u64; 3] = [1_000, 10_000, 50_000];
const WRITERS: u64 = 64;
const ASKED: u64 = 3_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let dir = tempfile::tempdir().expect("a directory");
        Embedded::create(dir.path(), &keys()).expect("made");
        let store: Arc<dyn Store> = Arc::new(Embedded::open(dir.path(), keys(), None).expect("opens"));
        grow("embedded", &[store]).await;
    });
    let server = postgres::Server::start();
    let url = server.fresh();
    runtime.block_on(async {
        Postgres::create(&url, &keys()).await.expect("made");
        let mut replicas: Vec<Arc<dyn Store>> = Vec::new();
        for _ in 0..3 {
            replicas.push(Arc::new(Postgres::open(&url, keys()).await.expect("opens")));
        }
        grow("postgres", &replicas).await;
    });
}

async fn grow(name: &str, replicas: &[Arc<dyn Store>]) {
    let store = &replicas[0];
    let source: SourceId = world::begin(store.as_ref()).await;
    let mut from = 0;
    let mut hits = 0;
    for to in CANARIES {
        if to == CANARIES[1] {
            verdicts(name, store, from, &mut hits).await;
        }
        let begun = Instant::now();
        world::fill(store.as_ref(), source, from, to, |_| {}).await;
        let rate = (to - from) as f64 / begun.elapsed().as_secs_f64();
        let (stranger, _) = look_up(store, |n| format!("+8529{n:07}"), to).await;
        let (canary, p99) = look_up(store, phone, to).await;
        let app = world::app(Arc::clone(store)).await;
        let most = if to == CANARIES[0] { HITS[0] } else { u64::MAX };
        let hit = contact(&[app], to, Duration::from_secs(4), most, &mut hits).await;
        println!(
            "{name:<9} {to:>8} canaries: seeded {rate:>6.0}/s; look-up of a stranger {stranger:.3} ms, of a canary {canary:.3} ms (p99 {p99:.3}); {hit:.0} hits/s"
        );
        from = to;
    }
    for count in 1..=replicas.len() {
        let mut apps = Vec::new();
        for store in &replicas[..count] {
            apps.push(world::app(Arc::clone(store)).await);
        }
        let rate = contact(&apps, from, Duration::from_secs(4), u64::MAX, &mut hits).await;
        println!("{name:<9} {count} replicas: {rate:.0} hits/s in all");
    }
}

/// The verdict over all sources, as more and more has been heard.
async fn verdicts(name: &str, store: &Arc<dyn Store>, canaries: u64, heard: &mut u64) {
    let app = world::app(Arc::clone(store)).await;
    for goal in HITS {
        let more = goal.saturating_sub(*heard);
        contact(&[Arc::clone(&app)], canaries, Duration::from_secs(600), more, heard).await;
        let begun = Instant::now();
        app.list_leaks().await.expect("judged");
        println!(
            "{name:<9} {heard:>8} hits: a verdict over all of them takes {:.0} ms",
            begun.elapsed().as_secs_f64() * 1e3
        );
    }
}

async fn look_up(store: &Arc<dyn Store>, value: impl Fn(u64) -> String, count: u64) -> (f64, f64) {
    let mut times = Vec::new();
    for n in 0..ASKED {
        let point = ContactPoint { kind: Kind::Phone, value: value(n.wrapping_mul(7_919_317) % count) };
        let begun = Instant::now();
        store.owners(&Lookup::point(&point)).await.expect("found");
        times.push(begun.elapsed());
    }
    spread(times)
}

/// Contacts at canaries all over, by 64 writers; how many a second.
async fn contact(apps: &[Arc<App>], canaries: u64, time: Duration, most: u64, heard: &mut u64) -> f64 {
    let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let (app, stop, next) = (Arc::clone(&apps[n as usize % apps.len()]), Arc::clone(&stop), Arc::clone(&next));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= most {
                        return;
                    }
                    app.observe(vec![sms(n, canaries)]).await.expect("recorded");
                }
            })
        })
        .collect();
    let ends = begun + time;
    while Instant::now() < ends && next.load(Ordering::Relaxed) < most {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("a writer");
    }
    let done = next.load(Ordering::Relaxed).min(most);
    *heard += done;
    done as f64 / begun.elapsed().as_secs_f64()
}

fn sms(n: u64, canaries: u64) -> Contact {
    Contact {
        channel: Channel::Sms,
        to: ContactPoint { kind: Kind::Phone, value: phone(n.wrapping_mul(7_919_317) % canaries) },
        from: format!("+86139{:08}", n % 5_000),
        summary: "a message".to_owned(),
        text: format!("dear customer, your loan of {n} is approved"),
        octets: format!("To=…&Body=message {n}").into_bytes(),
        dedupe: Some(format!("SM{n}-{}", rand::random::<u32>())),
    }
}
