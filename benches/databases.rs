//! What seeding a live PostgreSQL costs: ten thousand canaries into a million rows
//! (`DYEPACK_BENCH_ROWS` for another number) through the real binary, beside a COPY of
//! the same rows in the same run, and what an application at work on the table
//! notices of it. Run with `cargo bench --bench databases`.

#[path = "../tests/postgres.rs"]
#[allow(dead_code)]
mod postgres;
#[path = "../tests/process.rs"]
#[allow(dead_code)]
mod process;

use sqlx::{Connection, Executor, PgConnection};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CANARIES: usize = 10_000;
/// Planting takes at most so many times what a COPY does, and the application's
/// slowest hundredth at most so many times what it takes alone.
const BARS: (f64, f64) = (3.0, 2.0);
/// Between two statements of one connection of the application.
const PACE: Duration = Duration::from_millis(5);
/// The application alone, to compare with.
const ALONE: Duration = Duration::from_secs(20);

const TABLE: &str = "CREATE TABLE subscribers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(40) NOT NULL,
        sex char(1) NOT NULL, phone varchar(11) NOT NULL UNIQUE, balance numeric(12,2) NOT NULL, registered_at timestamptz NOT NULL)";
const COLUMNS: &str = "id, name, sex, phone, balance, registered_at";

/// Every eleventh number is free, as after deletions; times run along the numbers.
fn fill(rows: u64) -> String {
    format!(
        "INSERT INTO subscribers ({COLUMNS}) OVERRIDING SYSTEM VALUE
        SELECT n + n / 10, (string_to_array('王,李,张,刘,陈,杨,黄,赵,周,吴,徐,孙', ','))[1 + (n * 7919 % 12)]
            || (string_to_array('伟,芳,娜,敏,静,强,磊,洋,艳,勇,杰,娟', ','))[1 + (n * 104729 % 12)]
            || (string_to_array('国,文,明,华,建,玲,志,丽', ','))[1 + (n * 1299709 % 8)],
            (string_to_array('M,F', ','))[1 + n % 2], '138' || lpad((n * 7919 % 100000000)::text, 8, '0'),
            (n * 7907 % 30000) / 100.0, timestamptz '2015-01-01 08:00+00' + n * interval '4 minutes' + (n * 31 % 200) * interval '1 second'
        FROM generate_series(1::bigint, {rows}) n; ANALYZE subscribers;
        SELECT setval(pg_get_serial_sequence('subscribers', 'id'), (SELECT max(id) FROM subscribers))"
    )
}

fn main() {
    let rows: u64 = std::env::var("DYEPACK_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let server = postgres::Server::start();
    let url = server.fresh();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut db = PgConnection::connect(&url).await.expect("connected");
        db.execute(TABLE).await.expect("a table");
        db.execute(sqlx::AssertSqlSafe(fill(rows))).await.expect("rows");
    });
    let dir = tempfile::tempdir().expect("a directory");
    install(dir.path());
    println!("{CANARIES} canaries into {rows} rows; bars: {} x COPY, {} x the application's own p99", BARS.0, BARS.1);
    for round in 1..=3 {
        let alone = load(&url, || std::thread::sleep(ALONE));
        let mut seeded = serde_json::Value::Null;
        let during = load(&url, || seeded = seed(dir.path(), &url, server.password()));
        let planted = seeded["planting_seconds"].as_f64().expect("what it took");
        let copied = runtime.block_on(copy(&url)).as_secs_f64();
        println!(
            "round {round}: seeded in {:.1} s, of which planting {planted:.2} s; COPY of the same rows {copied:.2} s: ratio {:.1}; the application's p99 alone {:.2} ms, meanwhile {:.2} ms: ratio {:.2}; {} of its {} statements failed",
            seeded["seconds"].as_f64().unwrap_or_default(),
            planted / copied,
            alone.p99().as_secs_f64() * 1e3,
            during.p99().as_secs_f64() * 1e3,
            during.p99().as_secs_f64() / alone.p99().as_secs_f64(),
            during.failed + alone.failed,
            during.times.len() + alone.times.len(),
        );
        let release = seeded["release"].as_str().expect("an id").to_owned();
        dyepack(dir.path(), server.password(), &["release", "withdraw", &release]);
    }
}

fn dyepack(dir: &Path, password: &str, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dyepack"));
    let out = command.args(arguments).current_dir(dir).env("DYEPACK_DB_PASSWORD", password).output().expect("run");
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn install(dir: &Path) {
    dyepack(dir, "", &["init", "."]);
    let phones: String = (0..60_000u64).map(|n| format!("+86199{:08}\n", n * 7_919 % 100_000_000)).collect();
    std::fs::write(dir.join("phones"), phones).expect("written");
    dyepack(dir, "", &["pool", "add", "phone", "--file", "phones"]);
    dyepack(dir, "", &["source", "add", "telecom"]);
}

fn seed(dir: &Path, url: &str, password: &str) -> serde_json::Value {
    let url = url.replace(&format!(":{password}@"), "@");
    let count = CANARIES.to_string();
    let arguments = [
        "seed",
        &url,
        "--table",
        "subscribers",
        "--source",
        "telecom",
        "--accept-detectable",
        "--fresh",
        "--json",
        "--count",
        &count,
    ];
    serde_json::from_slice(&dyepack(dir, password, &arguments)).expect("a document")
}

/// The newest rows, copied into a table of the same kind: what they cost at least.
async fn copy(url: &str) -> Duration {
    let mut db = PgConnection::connect(url).await.expect("connected");
    let lines: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT concat_ws(E'\\t', {COLUMNS}) FROM subscribers WHERE phone LIKE '199%' LIMIT {CANARIES}"
    )))
    .fetch_all(&mut db)
    .await
    .expect("rows");
    assert_eq!(lines.len(), CANARIES, "the canaries");
    db.execute("CREATE TABLE copied (LIKE subscribers INCLUDING ALL)").await.expect("a table");
    let begun = Instant::now();
    let mut into = db.copy_in_raw(&format!("COPY copied ({COLUMNS}) FROM STDIN")).await.expect("begun");
    into.send((lines.join("\n") + "\n").into_bytes()).await.expect("sent");
    into.finish().await.expect("copied");
    let took = begun.elapsed();
    db.execute("DROP TABLE copied").await.expect("dropped");
    took
}

/// What the application's statements took, and how many failed.
#[derive(Default)]
struct Load {
    times: Vec<Duration>,
    failed: usize,
}

impl Load {
    fn p99(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[(times.len() * 99).div_ceil(100) - 1]
    }
}

/// A writer and a reader, for as long as something else is done.
fn load(url: &str, work: impl FnOnce()) -> Load {
    let end = Arc::new(AtomicBool::new(false));
    let write = "UPDATE subscribers SET balance = balance + 1 WHERE id = $1";
    let read = "SELECT name FROM subscribers WHERE id >= $1 ORDER BY id LIMIT 20";
    let threads: Vec<_> = [write, read]
        .into_iter()
        .map(|sql| {
            let (url, end) = (url.to_owned(), Arc::clone(&end));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(statements(&url, sql, &end))
            })
        })
        .collect();
    work();
    end.store(true, Ordering::Relaxed);
    threads.into_iter().map(|t| t.join().expect("ended")).fold(Load::default(), |mut all, one| {
        all.times.extend(one.times);
        all.failed += one.failed;
        all
    })
}

async fn statements(url: &str, sql: &'static str, end: &AtomicBool) -> Load {
    let mut db = PgConnection::connect(url).await.expect("connected");
    let (mut load, mut n) = (Load::default(), 1i64);
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !end.load(Ordering::Relaxed) {
        pace.tick().await;
        n = n * 48_271 % 900_001;
        let begun = Instant::now();
        load.failed += usize::from(sqlx::query(sql).bind(n).execute(&mut db).await.is_err());
        load.times.push(begun.elapsed());
    }
    load
}
