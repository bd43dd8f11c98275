//! Ten million canaries in the embedded store (or DYEPACK_CANARIES of them): how
//! long it takes to open, how long `who` takes in the server, what a canary costs
//! on disk and in memory. Run with `cargo bench --bench many`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dyepack::app::{App, Settings, SystemClock};
use dyepack::model::contact_point::Kind;
use dyepack::model::{
    Canary, CanaryId, ContactPoint, Event, Field, IdSafety, Name, Place, PoolItem, PoolKind, Release, ReleaseId,
    ReleaseState, Source, SourceId, Time,
};
use dyepack::store::embedded::Embedded;
use dyepack::store::keys::Keys;
use dyepack::store::{Opened, Store};

/// Canaries of one release.
const COPY: u64 = 10_000;
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

fn keys() -> Keys {
    Keys::derive(&[1; 32])
}

fn now() -> Time {
    Time::from_second(1_790_000_000).expect("in range")
}

async fn fill(dir: &Path, count: u64) {
    Embedded::create(dir, &keys()).expect("made");
    let store = Embedded::open(dir, keys(), None).expect("opens");
    let mut entropy = rand::rng();
    let source = Source {
        id: SourceId::new(now(), &mut entropy),
        name: Name::parse("telecom").expect("a name"),
        title: None,
        parent: None,
        notify: vec![],
        added_at: now(),
    };
    let domain = PoolItem::parse(PoolKind::MailDomain, "mail.example.net", false, now()).expect("a domain");
    store.record(now(), vec![Event::Source(source.clone()), Event::Pool(domain)]).await.expect("recorded");
    let begun = Instant::now();
    for first in (0..count).step_by(COPY as usize) {
        let release = release(source.id, ReleaseId::new(now(), &mut entropy));
        let mut batch = vec![Event::Release(release.clone())];
        batch.extend((first..count.min(first + COPY)).map(|n| Event::Canary(canary(n, release.id))));
        store.record(now(), batch).await.expect("recorded");
        if first % 1_000_000 == 0 {
            eprintln!("{first} canaries after {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    println!(
        "recorded      {count} canaries in {:.0} s, {:.0} a second, by one writer in batches of {COPY}",
        begun.elapsed().as_secs_f64(),
        count as f64 / begun.elapsed().as_secs_f64()
    );
}

fn release(source: SourceId, id: ReleaseId) -> Release {
    Release {
        id,
        source,
        dataset: Name::parse("subscribers").expect("a name"),
        state: ReleaseState::Issued,
        place: Place { input: "in.csv".into(), output: "out.csv".into(), table: None },
        rows_in: 1_000_000,
        canaries: COPY,
        roles: vec![("phone".into(), "phone".into())],
        issued_at: now(),
        planted_at: None,
        withdrawn_at: None,
    }
}

fn phone(n: u64) -> String {
    format!("+861{n:010}")
}

/// A person as a telecom operator's table has it.
fn canary(n: u64, release: ReleaseId) -> Canary {
    let mut octets = [0u8; 16];
    octets[..6].copy_from_slice(&(now().as_millisecond() as u64).to_be_bytes()[2..]);
    // Spread as the random part of an id is.
    octets[8..].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let name = format!("王伟{}", char::from_u32(0x4e00 + (n % 5_000) as u32).unwrap_or('一'));
    let id = format!("{:06}19{:02}0101{:04}", 110_000 + n % 1_000, n % 90, n % 10_000);
    let fields = [
        ("姓名", name.clone()),
        ("证件号", id.clone()),
        ("手机", phone(n)),
        ("套餐", "畅享99".into()),
        ("地址", format!("滨江路{n}号")),
    ];
    Canary {
        id: CanaryId::from_octets(octets),
        release,
        fields: fields.into_iter().map(|(column, value)| Field { column: column.into(), value }).collect(),
        names: vec![name],
        identifiers: vec![phone(n), id],
        contact_points: vec![
            ContactPoint { kind: Kind::Phone, value: phone(n) },
            ContactPoint { kind: Kind::Mailbox, value: format!("w{n}@mail.example.net") },
        ],
        id_safety: IdSafety::Anachronism,
        location: format!("row {n}"),
    }
}

async fn open(dir: &Path, count: u64) {
    let begun = Instant::now();
    let store = Embedded::open(dir, keys(), None).expect("opens");
    let opening = begun.elapsed();
    let Opened { notes, entries, .. } = store.opened();
    println!("opened        in {:.3} s: {entries} entries, notes {notes:?}", opening.as_secs_f64());
    println!("disk          {} octets a canary: {}", below(dir) / count, parts(dir, count));
    println!("memory        {:.1} MB after opening", resident());
    let settings = Settings {
        prior: 0.02,
        accuse_at: 0.99,
        expected: vec![],
        sign_every: jiff::SignedDuration::from_hours(24),
        anchor: None,
        evidence_days: None,
        pages: String::new(),
    };
    let store: Arc<dyn Store> = Arc::new(store);
    let app = App::start(store, Arc::new(SystemClock::default()), settings, vec![], None).await.expect("starts");
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
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("who           {what}: median {:.3} ms, p99 {:.3} ms, of {ASKED}", at(0.5), at(0.99));
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
