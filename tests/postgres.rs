//! A throw-away PostgreSQL from the machine's own package: one server for the
//! whole test process with a database for each test, and servers of their own
//! for tests that kill them. It ends with the process, however that ends.
//!
//! What is asked of the store is left to `contract` and `replicas`.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

const INSTALL: &str = "PostgreSQL is not installed, and the tests need its server: apt-get install postgresql";
/// Starts the server, stops it at once when the input ends (which it does with the
/// process that holds the other end), and takes the files away.
const GUARD: &str = r#""$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server 2>/dev/null; wait $server; test -z "$TRASH" || rm -rf "$TRASH""#;
const WAIT: Duration = Duration::from_secs(60);

/// A server with a directory of its own.
pub struct Server {
    dir: PathBuf,
    port: u16,
    fsync: &'static str,
    password: String,
    guard: Mutex<Option<(Child, ChildStdin)>>,
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
        let dir = tempfile::Builder::new().prefix("dyepack-postgres-").tempdir().expect("a directory").keep();
        let server = Self { dir, port: free_port(), fsync, password: hex::encode(random()), guard: Mutex::new(None) };
        server.initialise();
        server.run();
        server
    }

    fn initialise(&self) {
        give_away(&self.dir);
        let password = self.dir.join("password");
        std::fs::write(&password, &self.password).expect("written");
        give_away(&password);
        let made = as_somebody(&program("initdb"))
            .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(self.data())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
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
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL does not start: {log}");
            self.let_go();
        }
    }

    fn launch(&self) {
        // What the one before said must not be taken for the word of this one.
        std::fs::remove_file(self.log()).ok();
        let server = as_somebody(&program("postgres"));
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(server.get_program()).args(server.get_args());
        command.arg("-D").arg(self.data());
        for (name, value) in self.settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.env("LOG", self.log()).env("TRASH", &self.dir).current_dir("/");
        // What interrupts the tests must not interrupt the tidying up.
        command.process_group(0);
        let mut guard = command.stdin(Stdio::piped()).spawn().expect("a shell");
        let hold = guard.stdin.take().expect("piped");
        *self.guard.lock().expect("whole") = Some((guard, hold));
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.dir.display().to_string()),
            ("fsync", self.fsync.to_owned()),
            ("max_connections", "400".to_owned()),
            ("shared_buffers", "64MB".to_owned()),
        ]
    }

    /// Whether it takes connections, before it gives up or the deadline comes.
    fn answers(&self, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            let ready = Command::new(program("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()
                .is_ok_and(|status| status.success());
            if ready {
                return true;
            }
            let told = std::fs::read_to_string(self.log()).unwrap_or_default();
            // Clients that come too early are told so in the same words.
            if told.lines().any(|line| line.contains("FATAL") && !line.contains("the database system is")) {
                return false;
            }
            std::thread::yield_now();
        }
        false
    }

    fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }

    /// Ends it: `INT` as an operator does, `KILL` as fate does. Its files stay.
    pub fn stop(&self, signal: &str) {
        let pid = self.pid().expect("it runs");
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().expect("kill");
        assert!(sent.success(), "kill -{signal} {pid}");
        let deadline = Instant::now() + WAIT;
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "PostgreSQL does not stop");
            std::thread::yield_now();
        }
        self.let_go();
    }

    /// Ends the guard without its taking the files away.
    fn let_go(&self) {
        if let Some((mut guard, hold)) = self.guard.lock().expect("whole").take() {
            guard.kill().ok();
            guard.wait().ok();
            drop(hold);
        }
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

impl Drop for Server {
    fn drop(&mut self) {
        // The guard sees the end of its input, stops the server and tidies up.
        if let Some((mut guard, hold)) = self.guard.lock().expect("whole").take() {
            drop(hold);
            guard.wait().ok();
        }
        std::fs::remove_dir_all(&self.dir).ok();
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

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port()
}

fn is_alive(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
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

/// PostgreSQL refuses to run as root: the name of who runs it instead.
fn somebody() -> Option<&'static str> {
    let id = |args: &[&str]| Command::new("id").args(args).output().ok().filter(|out| out.status.success());
    let root = id(&["-u"]).is_some_and(|out| out.stdout.trim_ascii() == b"0");
    root.then(|| if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" })
}

fn as_somebody(program: &Path) -> Command {
    let Some(user) = somebody() else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--clear-groups", "--"]).arg(program).current_dir("/");
    command
}

fn give_away(path: &Path) {
    if let Some(user) = somebody() {
        let given = Command::new("chown").arg(user).arg(path).status().expect("chown");
        assert!(given.success(), "chown {user} {}", path.display());
    }
}
