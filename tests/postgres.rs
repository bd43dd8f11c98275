//! A throw-away PostgreSQL from the machine's own package: one server for the
//! whole test process with a database for each test, and servers of their own
//! for tests that kill them. It ends with the process, however that ends.
//!
//! What is asked of the store is left to `contract` and `replicas`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crate::process::{Process, WAIT, as_somebody, free_port, give_away};

const INSTALL: &str = "PostgreSQL is not installed, and the tests need its server: apt-get install postgresql";
/// What it runs as, since it refuses to run as root.
const USER: &str = "postgres";

/// A server with a directory of its own.
pub struct Server {
    process: Process,
    port: u16,
    fsync: &'static str,
    password: String,
}

/// The server of all tests that leave it in peace.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    /// Makes and starts one.
    pub fn start() -> Self {
        Self::with("on")
    }

    /// The same with that setting of fsync: without it, it only serves to compare.
    pub fn with(fsync: &'static str) -> Self {
        let server = Self::unmade(hex::encode(random()), fsync);
        server.initialise();
        server.run();
        server
    }

    fn unmade(password: String, fsync: &'static str) -> Self {
        // To QUIT, it ends at once, without a checkpoint.
        Self { process: Process::new("postgres", USER, "QUIT"), port: free_port(), fsync, password }
    }

    /// A replica of it that only reads, and has everything that was there by now.
    pub fn standby(&self) -> Self {
        let standby = Self::unmade(self.password.clone(), "on");
        let copied = as_somebody(&program("pg_basebackup"), USER)
            .args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "--dbname"])
            .arg(self.url("postgres"))
            .arg("--pgdata")
            .arg(standby.data())
            .output()
            .expect("pg_basebackup runs");
        assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        standby.run();
        standby
    }

    fn initialise(&self) {
        let password = self.process.dir.join("password");
        std::fs::write(&password, &self.password).expect("written");
        give_away(&password, USER);
        let made = as_somebody(&program("initdb"), USER)
            .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(self.data())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    fn data(&self) -> PathBuf {
        self.process.dir.join("data")
    }

    /// Starts it (again), and waits until it takes connections.
    pub fn run(&self) {
        let deadline = Instant::now() + WAIT;
        loop {
            self.launch();
            if self.answers(deadline) {
                return;
            }
            // After a kill -9 the memory of the one before may be in use for a moment.
            assert!(Instant::now() < deadline, "PostgreSQL does not start: {}", self.process.told());
            self.process.let_go();
        }
    }

    fn launch(&self) {
        let mut command = as_somebody(&program("postgres"), USER);
        command.arg("-D").arg(self.data());
        for (name, value) in self.settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        self.process.launch(&command);
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.process.dir.display().to_string()),
            ("fsync", self.fsync.to_owned()),
            ("max_connections", "400".to_owned()),
            ("shared_buffers", "64MB".to_owned()),
        ]
    }

    /// Whether it takes connections, before it gives up or the deadline comes.
    fn answers(&self, deadline: Instant) -> bool {
        let port = self.port.to_string();
        let ready = || {
            let mut asking = Command::new(program("pg_isready"));
            asking.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().is_ok_and(|status| status.success())
        };
        // Clients that come too early are told so in the same words.
        let gives_up = |line: &str| line.contains("FATAL") && !line.contains("the database system is");
        self.process.answers(deadline, ready, gives_up)
    }

    fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }

    /// Ends it: `INT` as an operator does, `KILL` as fate does. Its files stay.
    pub fn stop(&self, signal: &str) {
        self.process.stop(self.pid().expect("it runs"), signal);
    }

    /// A database that nobody else uses.
    pub async fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}")).await;
        self.url(&name)
    }

    /// The same for those who wait for nothing else.
    pub fn fresh(&self) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(self.database())
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn password(&self) -> &str {
        &self.password
    }

    async fn execute(&self, database: &str, statement: &str) {
        execute(&self.url(database), statement).await;
    }
}

/// One statement on a connection of its own.
pub async fn execute(url: &str, statement: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.expect("connected");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.expect(statement);
    connection.close().await.expect("closed");
}

fn random() -> [u8; 16] {
    rand::random()
}

/// A program of the newest PostgreSQL on this machine.
pub fn program(name: &str) -> PathBuf {
    let said = Command::new("pg_config").arg("--bindir").output().ok().filter(|out| out.status.success());
    let said = said.map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    packaged.sort_by_key(|dir| dir.components().nth(4).and_then(|v| v.as_os_str().to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = said.into_iter().chain(packaged.into_iter().rev()).chain(std::env::split_paths(&path));
    places.map(|dir| dir.join(name)).find(|file| file.is_file()).expect(INSTALL)
}
