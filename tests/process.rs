//! A server as a child process with a directory of its own. A guard beside it
//! stops it at once when the process of the tests ends, however that ends, and
//! takes its files away.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Starts the server, stops it at once when the input ends (which it does with the
/// process that holds the other end), and takes the files away.
const GUARD: &str = r#""$@" </dev/null >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -$SIGNAL $server 2>/dev/null; wait $server; test -z "$TRASH" || rm -rf "$TRASH""#;
pub const WAIT: Duration = Duration::from_secs(60);

pub struct Process {
    pub dir: PathBuf,
    /// Ends the server at once, with everything that belongs to it.
    signal: &'static str,
    guard: Mutex<Option<(Child, ChildStdin)>>,
}

impl Process {
    /// None yet, but its directory, which belongs to that user.
    pub fn new(name: &str, user: &str, signal: &'static str) -> Self {
        let dir = tempfile::Builder::new().prefix(&format!("dyepack-{name}-")).tempdir().expect("a directory").keep();
        give_away(&dir, user);
        Self { dir, signal, guard: Mutex::new(None) }
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// Everything it has said since it was launched.
    pub fn told(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Runs that command as the server.
    pub fn launch(&self, server: &Command) {
        // What the one before said must not be taken for the word of this one.
        std::fs::remove_file(self.log()).ok();
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(server.get_program()).args(server.get_args());
        command.env("LOG", self.log()).env("TRASH", &self.dir).env("SIGNAL", self.signal).current_dir("/");
        // That it killed the server is no news.
        command.stderr(Stdio::null());
        // What interrupts the tests must not interrupt the tidying up.
        command.process_group(0);
        let mut guard = command.stdin(Stdio::piped()).spawn().expect("a shell");
        let hold = guard.stdin.take().expect("piped");
        *self.guard.lock().expect("whole") = Some((guard, hold));
    }

    /// Whether it is ready, before it says that it gives up or the deadline comes.
    pub fn answers(&self, deadline: Instant, ready: impl Fn() -> bool, gives_up: impl Fn(&str) -> bool) -> bool {
        while Instant::now() < deadline {
            if ready() {
                return true;
            }
            if self.told().lines().any(&gives_up) {
                return false;
            }
            std::thread::yield_now();
        }
        false
    }

    /// Sends the server a signal, and waits until it is gone. Its files stay.
    pub fn stop(&self, pid: u32, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().expect("kill");
        assert!(sent.success(), "kill -{signal} {pid}");
        let deadline = Instant::now() + WAIT;
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "process {pid} does not stop");
            std::thread::yield_now();
        }
        self.let_go();
    }

    /// Ends the guard without its taking the files away.
    pub fn let_go(&self) {
        if let Some((mut guard, hold)) = self.guard.lock().expect("whole").take() {
            guard.kill().ok();
            guard.wait().ok();
            drop(hold);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard sees the end of its input, stops the server and tidies up.
        if let Some((mut guard, hold)) = self.guard.lock().expect("whole").take() {
            drop(hold);
            guard.wait().ok();
        }
        std::fs::remove_dir_all(&self.dir).ok();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port()
}

fn is_alive(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

/// Who runs what must not run as root: the user of its package, if there is one.
fn somebody(user: &str) -> Option<&str> {
    let id = |args: &[&str]| Command::new("id").args(args).output().ok().filter(|out| out.status.success());
    let root = id(&["-u"]).is_some_and(|out| out.stdout.trim_ascii() == b"0");
    root.then(|| if id(&["-u", user]).is_some() { user } else { "nobody" })
}

pub fn as_somebody(program: &Path, user: &str) -> Command {
    let Some(user) = somebody(user) else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), "--clear-groups", "--"]).arg(program).current_dir("/");
    command
}

pub fn give_away(path: &Path, user: &str) {
    if let Some(user) = somebody(user) {
        let given = Command::new("chown").arg(user).arg(path).status().expect("chown");
        assert!(given.success(), "chown {user} {}", path.display());
    }
}
