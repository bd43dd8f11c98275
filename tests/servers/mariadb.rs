//! A throw-away MariaDB from the machine's own package: one server for the whole
//! test process with a database for each test, and servers of their own for
//! tests that kill them or change how they run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::client;
use crate::process::{Process, WAIT, as_somebody, free_port};

const INSTALL: &str = "MariaDB is not installed, and the tests need its server: apt-get install mariadb-server";
/// What it runs as, since it refuses to run as root.
const USER: &str = "mysql";

/// One size from the beginning: to change it takes a start of its own.
const LOG: &str = "--innodb-log-file-size=192M";

/// A server with a directory of its own.
pub struct Server {
    process: Process,
    port: u16,
    options: Vec<String>,
}

/// The server of all tests that leave it in peace.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::with(&[]))
}

impl Server {
    /// Makes and starts one with options of one's own, as `--read-only=1`.
    pub fn with(options: &[&str]) -> Self {
        let options = options.iter().map(|o| (*o).to_owned()).collect();
        // Nothing of it is read again: it needs no orderly end.
        let server = Self { process: Process::new("mariadb", USER, "KILL"), port: free_port(), options };
        server.initialise();
        server.run();
        server
    }

    fn initialise(&self) {
        let made = as_somebody(&program("mariadb-install-db"), USER)
            .args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ])
            .arg(LOG)
            // A machine that goes down takes these files with it.
            .args(["--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0"])
            .args(self.places())
            .output()
            .expect("mariadb-install-db runs");
        assert!(made.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&made.stdout));
    }

    /// Servers that share a place for what is temporary tidy up each other's.
    fn places(&self) -> [String; 2] {
        let dir = self.process.dir.display();
        [format!("--datadir={dir}/data"), format!("--tmpdir={dir}")]
    }

    /// Starts it (again), and waits until it takes connections.
    pub fn run(&self) {
        let deadline = Instant::now() + WAIT;
        self.launch();
        // Asking has its price, which the server would pay while it starts.
        let ready = || self.process.told().contains("ready for connections") && self.ask("SELECT 1").is_ok();
        let started = self.process.answers(deadline, ready, |line| line.contains("[ERROR] Aborting"));
        assert!(started, "MariaDB does not start: {}", self.process.told());
    }

    fn launch(&self) {
        let mut command = as_somebody(&program("mariadbd"), USER);
        command.arg("--no-defaults").args(self.places());
        command.args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--max-connections=400"]);
        command.args(["--innodb-buffer-pool-size=384M", LOG, "--key-buffer-size=8M"]);
        command.args(["--character-set-server=utf8mb4", "--performance-schema=off"]);
        command.arg(format!("--port={}", self.port));
        command.arg(format!("--socket={}", self.process.dir.join("socket").display()));
        command.arg(format!("--pid-file={}", self.pid_file().display()));
        command.args(&self.options);
        self.process.launch(&command);
    }

    fn pid_file(&self) -> PathBuf {
        self.process.dir.join("pid")
    }

    /// Ends it: `TERM` as an operator does, `KILL` as fate does. Its files stay.
    pub fn stop(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.pid_file()).ok().and_then(|pid| pid.trim().parse().ok());
        self.process.stop(pid.expect("it runs"), signal);
    }

    /// A database that nobody else uses.
    pub fn fresh(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.ask(&format!("CREATE DATABASE {name}")).expect("a database");
        self.url(&name)
    }

    /// For root, who needs no password.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }

    fn ask(&self, statement: &str) -> Result<String, String> {
        client::mariadb(&self.url("mysql"), client::script(statement))
    }
}

/// A program of MariaDB; the server lies where other users than root do not look.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    places.map(|dir| dir.join(name)).find(|file| file.is_file()).expect(INSTALL)
}

/// The same as a command that takes nothing from the machine's own settings.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.arg("--no-defaults");
    command
}
