//! The load of an application on a registry: a writer and a reader on
//! connections of their own, at a steady pace, every statement timed and every
//! failed one remembered. What a seeding costs the application is the
//! difference between two of its reports.

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

use super::{Database, Dialect};
use crate::databases::people::{Person, chance};

/// Between two statements of one connection: so seldom that a machine which stalls
/// for a moment soon catches up.
const PACE: Duration = Duration::from_millis(5);

/// What the statements of a window took.
#[derive(Default)]
pub struct Report {
    pub times: Vec<(&'static str, Duration)>,
    pub failures: Vec<String>,
}

/// Runs the load while some work is done, and reports of it.
pub fn during<T>(database: &Database, work: impl FnOnce() -> T) -> (T, Report) {
    let end = Arc::new(AtomicBool::new(false));
    let (ready, is_ready) = std::sync::mpsc::channel();
    let load = {
        let (dialect, url, end) = (database.dialect, database.url.clone(), Arc::clone(&end));
        std::thread::spawn(move || run(dialect, &url, &end, || ready.send(()).expect("somebody waits")))
    };
    is_ready.recv().expect("the application is connected");
    // Also when the work fails: nobody waits for a load that never ends.
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    end.store(true, Ordering::Relaxed);
    let report = load.join().expect("the load ends");
    (done.unwrap_or_else(|failed| std::panic::resume_unwind(failed)), report)
}

/// The load alone, for so long.
pub fn window(database: &Database, length: Duration) -> Report {
    let until = Instant::now() + length;
    during(database, || {
        while Instant::now() < until {
            std::thread::park_timeout(until.saturating_duration_since(Instant::now()));
        }
    })
    .1
}

impl Report {
    /// The time within which that part of the statements were answered: 0.5, 0.99, 1.
    pub fn within(&self, part: f64) -> Duration {
        let mut times: Vec<Duration> = self.times.iter().map(|(_, time)| *time).collect();
        times.sort_unstable();
        let at = (times.len() as f64 * part).ceil() as usize;
        times.get(at.saturating_sub(1).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// The same of one kind of statement.
    pub fn of(&self, kind: &str) -> Self {
        let times = self.times.iter().filter(|(of, _)| *of == kind).copied().collect();
        Self { times, failures: self.failures.iter().filter(|f| f.starts_with(kind)).cloned().collect() }
    }

    pub fn p50(&self) -> Duration {
        self.within(0.5)
    }

    pub fn p99(&self) -> Duration {
        self.within(0.99)
    }

    pub fn max(&self) -> Duration {
        self.within(1.0)
    }
}

/// A connection of the application.
enum Session {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Session {
    async fn open(dialect: Dialect, url: &str) -> Self {
        match dialect {
            Dialect::Postgres => Self::Postgres(PgConnection::connect(url).await.expect("connected")),
            Dialect::MariaDb => Self::MariaDb(MySqlConnection::connect(url).await.expect("connected")),
            Dialect::Sqlite => panic!("a file has no application beside the program"),
        }
    }

    async fn say(&mut self, statement: String) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(db) => db.execute(AssertSqlSafe(statement)).await.map(drop),
            Self::MariaDb(db) => db.execute(AssertSqlSafe(statement)).await.map(drop),
        }
    }

    async fn ask(&mut self, query: &'static str) -> Vec<(i64, String)> {
        match self {
            Self::Postgres(db) => {
                db.fetch_all(query).await.map(|all| all.iter().map(|r| (r.get(0), r.get(1))).collect())
            }
            Self::MariaDb(db) => {
                db.fetch_all(query).await.map(|all| all.iter().map(|r| (r.get(0), r.get(1))).collect())
            }
        }
        .expect("an answer")
    }
}

/// The rows the application knows of.
struct Known {
    rows: Vec<(i64, String)>,
    newest: i64,
}

impl Known {
    fn pick(&self, turn: u64) -> &(i64, String) {
        &self.rows[usize::try_from(chance("pick", turn) % self.rows.len() as u64).expect("an index")]
    }

    /// A statement that writes: somebody new, somebody moves, a branch is visited.
    fn writing(&self, turn: u64) -> (&'static str, String) {
        match turn % 3 {
            0 => ("insert", self.newcomer(turn / 3)),
            1 => {
                let set = format!("balance = {}", chance("balance", turn) % 1_000);
                ("update", format!("UPDATE subscribers SET {set} WHERE id = {}", self.pick(turn).0))
            }
            _ => {
                let branch = 1 + chance("visited", turn) % 12;
                ("parent", format!("UPDATE branches SET visited_at = localtimestamp WHERE id = {branch}"))
            }
        }
    }

    /// Nobody before had these numbers: they run along the key, which never goes back,
    /// and no row that was there has a phone of this prefix.
    fn newcomer(&self, turn: u64) -> String {
        let row = self.newest.unsigned_abs() + turn + 1;
        let person = Person::new("newcomer", row);
        format!(
            "INSERT INTO subscribers (name, sex, id_number, phone, email, branch_id, registered_at, updated_at) VALUES ('{}', '{}', '{:017}X', '133{:08}', 'new{}', {}, localtimestamp, localtimestamp)",
            person.name,
            person.sex,
            row,
            row,
            person.mailbox(row),
            1 + row % 12
        )
    }

    fn reading(&self, turn: u64) -> (&'static str, String) {
        let (key, phone) = self.pick(turn);
        match turn % 3 {
            0 => ("by key", format!("SELECT name, phone FROM subscribers WHERE id = {key}")),
            1 => ("by phone", format!("SELECT id, name FROM subscribers WHERE phone = '{phone}'")),
            _ => {
                let newest = "SELECT balance FROM subscribers ORDER BY id DESC LIMIT 100";
                ("newest", format!("SELECT count(*), sum(balance) FROM ({newest}) AS newest"))
            }
        }
    }
}

fn run(dialect: Dialect, url: &str, end: &AtomicBool, ready: impl FnOnce()) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (mut writer, mut reader) = (Session::open(dialect, url).await, Session::open(dialect, url).await);
        let known = learn(&mut reader).await;
        ready();
        let writing = paced(&mut writer, end, |turn| known.writing(turn));
        let reading = paced(&mut reader, end, |turn| known.reading(turn));
        let (mut all, other) = futures_util::future::join(writing, reading).await;
        all.times.extend(other.times);
        all.failures.extend(other.failures);
        all
    })
}

async fn learn(session: &mut Session) -> Known {
    let rows = session.ask("SELECT id, phone FROM subscribers ORDER BY id LIMIT 20000").await;
    let newest = session.ask("SELECT max(id), '' FROM subscribers").await[0].0;
    Known { rows, newest }
}

/// One statement after the other until the end.
async fn paced(session: &mut Session, end: &AtomicBool, next: impl Fn(u64) -> (&'static str, String)) -> Report {
    let mut report = Report::default();
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for turn in 0.. {
        if end.load(Ordering::Relaxed) {
            break;
        }
        let due = pace.tick().await.into_std();
        // A statement that had to wait for the one before was late from when it was
        // due; a timer that is late by a moment is nobody's fault.
        let from = if due.elapsed() > PACE { due } else { Instant::now() };
        let (kind, statement) = next(turn);
        match session.say(statement).await {
            Ok(()) => report.times.push((kind, from.elapsed())),
            Err(e) => report.failures.push(format!("{kind}: {e}")),
        }
    }
    report
}
