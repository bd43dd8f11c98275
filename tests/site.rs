//! The harness: an installation as an operator has it. Everything goes through
//! the real binary, real sockets and a real mail sink on loopback; waits are on
//! events with a deadline.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const TOKEN: &str = "the-twilio-token";
const DEADLINE: Duration = Duration::from_secs(30);

pub struct Site {
    dir: tempfile::TempDir,
    pub public: String,
    pub smtp: String,
    pub admin: String,
    sink: Arc<Sink>,
    server: Option<Child>,
    pub admin_token: String,
    /// What every command finds in its environment.
    pub environment: Vec<(&'static str, PathBuf)>,
}

/// A mail server that takes everything.
struct Sink {
    address: String,
    mails: Mutex<Receiver<String>>,
}

impl Sink {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (take, mails) = channel();
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let take = take.clone();
                std::thread::spawn(move || sink_session(socket, |mail| drop(take.send(mail))));
            }
        });
        Self { address, mails: Mutex::new(mails) }
    }
}

fn sink_session(socket: TcpStream, take: impl Fn(String)) {
    let mut answer = socket.try_clone().expect("cloned");
    let mut say = move |line: &str| answer.write_all(format!("{line}\r\n").as_bytes());
    let _ = say("220 sink");
    let mut mail: Option<String> = None;
    for line in BufReader::new(socket).lines() {
        let Ok(line) = line else { return };
        let said = match &mut mail {
            Some(text) if line == "." => {
                take(std::mem::take(text));
                mail = None;
                say("250 taken")
            }
            Some(text) => {
                text.push_str(&line);
                text.push('\n');
                Ok(())
            }
            None if line.to_uppercase().starts_with("DATA") => {
                mail = Some(String::new());
                say("354 go on")
            }
            None if line.to_uppercase().starts_with("QUIT") => say("221 bye"),
            None => say("250 ok"),
        };
        if said.is_err() {
            return;
        }
    }
}

impl Site {
    /// A fresh installation with two sources, a pool, and no server yet.
    pub fn new() -> Self {
        Self::under(Vec::new())
    }

    /// The same, with something in the environment of every command.
    pub fn under(environment: Vec<(&'static str, PathBuf)>) -> Self {
        Self::over("sled:data", environment)
    }

    /// The same over a store of one's own.
    pub fn over(store: &str, environment: Vec<(&'static str, PathBuf)>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let sink = Arc::new(Sink::start());
        let public = free_address();
        let mut site = Self {
            dir,
            public,
            smtp: String::new(),
            admin: String::new(),
            sink,
            server: None,
            admin_token: String::new(),
            environment,
        };
        let made = site.ok(&["init", ".", "--json", "--store", store]);
        let made: Value = serde_json::from_str(&made).expect("JSON");
        site.admin_token = made["token"].as_str().expect("a token").to_owned();
        let config = std::fs::read_to_string(site.path("dyepack.toml")).expect("read");
        let config = config
            .replace("0.0.0.0:8080", &site.public)
            .replace("0.0.0.0:2525", "127.0.0.1:0")
            .replace("127.0.0.1:8787", "127.0.0.1:0")
            .replace("https://news.example.net", &format!("http://{}", site.public))
            .replace("127.0.0.1:25\"", &format!("{}\"", site.sink.address));
        std::fs::write(site.path("dyepack.toml"), config).expect("written");
        site.ok(&["source", "add", "telecom", "--title", "North Telecom"]);
        site.ok(&["source", "add", "registry"]);
        site
    }

    /// With a pool that is enough for every test.
    pub fn with_pool() -> Self {
        Self::with_pool_over("sled:data")
    }

    pub fn with_pool_over(store: &str) -> Self {
        let site = Self::over(store, Vec::new());
        site.fill_pool();
        site
    }

    /// Changes a line of the configuration.
    pub fn reconfigure(&self, from: &str, to: &str) {
        let config = std::fs::read_to_string(self.path("dyepack.toml")).expect("read");
        assert!(config.contains(from), "{from:?} is not in the configuration");
        std::fs::write(self.path("dyepack.toml"), config.replace(from, to)).expect("written");
    }

    pub fn fill_pool(&self) {
        let numbers: Vec<String> = (0..80).map(|n| format!("+8615488{n:06}")).collect();
        std::fs::write(self.path("numbers"), numbers.join("\n")).expect("written");
        self.ok(&["pool", "add", "phone", "--file", "numbers"]);
        self.ok(&["pool", "add", "phone", "--control", "+8616477000001", "+8616477000002"]);
        self.ok(&["pool", "add", "mail-domain", "mail.example.net"]);
        self.ok(&["pool", "add", "mail-domain", "quiet.example.net", "--control"]);
        self.ok(&["pool", "add", "web-host", &format!("http://{}", self.public)]);
    }

    /// This installation with what lies in another directory; only the
    /// configuration is brought there, and no environment.
    pub fn moved(&self, dir: tempfile::TempDir) -> Self {
        std::fs::copy(self.path("dyepack.toml"), dir.path().join("dyepack.toml")).expect("copied");
        Self {
            dir,
            public: self.public.clone(),
            smtp: String::new(),
            admin: String::new(),
            sink: Arc::clone(&self.sink),
            server: None,
            admin_token: self.admin_token.clone(),
            environment: Vec::new(),
        }
    }

    /// Another replica over the same store: the same key and configuration, its
    /// own ports, the same mailbox for alerts.
    pub fn replica(&self) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::copy(self.path("dyepack.key"), dir.path().join("dyepack.key")).expect("copied");
        let mut replica = self.moved(dir);
        replica.public = free_address();
        replica.reconfigure(&self.public, &replica.public);
        replica
    }

    /// Where alerts go.
    pub fn relay(&self) -> String {
        self.sink.address.clone()
    }

    /// Alerts that have come by now.
    pub fn alerts_so_far(&self) -> Vec<String> {
        self.sink.mails.lock().expect("lock").try_iter().collect()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), octets).expect("written");
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dyepack"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("TWILIO_TOKEN", TOKEN)
            .env_remove("DYEPACK_SERVER")
            .env_remove("DYEPACK_TOKEN")
            .env_remove("DYEPACK_CONFIG")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that must succeed; returns its stdout.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).expect("one JSON document")
    }

    /// Runs a command that must fail with status 1; returns its message.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?} must be refused: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    /// Starts `serve` and waits until it says its addresses.
    pub fn start(&mut self) {
        let until = std::time::Instant::now() + DEADLINE;
        while let Err(said) = self.try_start() {
            // A port that was free may be another test's for a moment.
            let taken = said.iter().any(|line| line.contains("Address already in use"));
            assert!(taken && std::time::Instant::now() < until, "serve did not start: {said:?}");
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
    }

    /// What was said instead, if it did not start.
    fn try_start(&mut self) -> Result<(), Vec<String>> {
        let mut child = self.command(&["serve"]).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let (say, said) = channel();
        let log = BufReader::new(child.stderr.take().expect("piped"));
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(say.send(line))));
        let mut before = Vec::new();
        loop {
            let Ok(line) = said.recv_timeout(DEADLINE) else {
                let _ = child.kill();
                let _ = child.wait();
                return Err(before);
            };
            if let Some((_, rest)) = line.split_once("smtp ") {
                let (smtp, admin) = rest.split_once(", admin http://").expect("addresses");
                self.smtp = smtp.to_owned();
                self.admin = admin.trim_end_matches('/').to_owned();
                break;
            }
            before.push(line);
        }
        self.server = Some(child);
        Ok(())
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().expect("killed");
            server.wait().expect("gone");
        }
    }

    /// The same while others still talk to it; `kill` then takes it away.
    pub fn kill_now(&self) {
        let id = self.server.as_ref().expect("a server").id();
        let killed = Command::new("kill").args(["-9", &id.to_string()]).status().expect("kill runs");
        assert!(killed.success(), "kill -9 {id}");
    }

    /// Tells the server to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let asked = Command::new("sh").args(["-c", &format!("kill {}", server.id())]).status().expect("sh runs");
            assert!(asked.success() && server.wait().expect("gone").success(), "serve ends in order");
        }
    }

    /// The next alert that has this text.
    pub fn alert(&self, with: &str) -> String {
        let mails = self.sink.mails.lock().expect("lock");
        loop {
            let mail = mails.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no alert with {with:?}"));
            if mail.contains(with) {
                return mail;
            }
        }
    }

    /// The canaries of a source's newest release, in clear.
    pub fn canaries(&self, source: &str) -> Vec<Value> {
        let releases = self.json(&["release", "list"]);
        let release = releases.as_array().expect("a list").iter().find(|r| r["source"] == source).expect("a release");
        let all = self.json(&["canary", "list", "--reveal", "--release", release["id"].as_str().expect("an id")]);
        all.as_array().expect("a list").clone()
    }

    pub fn sms(&self, to: &str, text: &str, id: &str) -> u16 {
        sms(&self.public, to, text, id, TOKEN)
    }

    pub fn mail(&self, to: &[&str], message: &[u8]) -> String {
        mail(&self.smtp, to, message)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Looks again and again until it is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + 3 * DEADLINE;
    while !so() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::yield_now();
    }
}

/// An address that was free a moment ago.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").to_string()
}

/// A contact point of a canary.
pub fn point<'a>(canary: &'a Value, kind: &str) -> Option<&'a str> {
    canary["contact_points"].as_array()?.iter().find(|p| p["kind"] == kind)?["value"].as_str()
}

/// An SMS as Twilio posts it, signed with a secret; the status of the answer.
pub fn sms(public: &str, to: &str, text: &str, id: &str, secret: &str) -> u16 {
    let escape = |t: &str| t.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let body = [
        ("To", to),
        ("From", "+8613911112222"),
        ("Body", text),
        ("MessageSid", id),
        ("AccountSid", "AC1"),
        ("SmsStatus", "received"),
    ]
    .map(|(k, v)| format!("{k}={}", escape(v)))
    .join("&");
    let signature = dyepack::listen::hooks::twilio::sign_form(
        secret,
        &format!("http://{public}/hooks/twilio-main"),
        body.as_bytes(),
    );
    let head = format!(
        "POST /hooks/twilio-main HTTP/1.1\r\nHost: {public}\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: {signature}\r\nContent-Length: {}\r\n",
        body.len()
    );
    http(public, &head, body.as_bytes()).map_or(0, |answer| answer.status)
}

/// An answer, with the octets of its head.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

pub fn get(address: &str, path: &str) -> Answer {
    http(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n"), b"").expect("an answer")
}

/// One request; nothing if the server is not there or went away.
pub fn http(address: &str, head: &str, body: &[u8]) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(DEADLINE)).ok()?;
    socket.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
    socket.write_all(body).ok()?;
    let mut octets = Vec::new();
    socket.read_to_end(&mut octets).ok()?;
    let end = octets.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&octets[..end]).into_owned();
    let status = head.get(9..12)?.parse().ok()?;
    Some(Answer { status, head, body: octets[end + 4..].to_vec() })
}

/// Sends one message; the reply to its end, or whatever ended it before.
pub fn mail(smtp: &str, to: &[&str], message: &[u8]) -> String {
    let Ok(socket) = TcpStream::connect(smtp) else { return String::new() };
    socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    let mut lines = BufReader::new(socket.try_clone().expect("cloned"));
    let mut socket = socket;
    let mut talk = |say: &[u8]| -> String {
        if socket.write_all(say).is_err() {
            return String::new();
        }
        loop {
            let mut line = String::new();
            match lines.read_line(&mut line) {
                Ok(n) if n > 3 && line.as_bytes()[3] == b'-' => {}
                Ok(n) if n > 3 => return line,
                _ => return String::new(),
            }
        }
    };
    let mut steps: Vec<Vec<u8>> =
        vec![vec![], b"EHLO client.example\r\n".to_vec(), b"MAIL FROM:<offers@spam.example>\r\n".to_vec()];
    steps.extend(to.iter().map(|to| format!("RCPT TO:<{to}>\r\n").into_bytes()));
    steps.push(b"DATA\r\n".to_vec());
    for step in steps {
        let reply = talk(&step);
        if !reply.starts_with(['2', '3']) {
            return reply;
        }
    }
    talk(&[message, b"\r\n.\r\n"].concat())
}

/// Every octet below a directory.
pub fn octets_below(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for item in std::fs::read_dir(dir).expect("listed") {
        let path = item.expect("listed").path();
        all.extend(if path.is_dir() { octets_below(&path) } else { std::fs::read(&path).expect("read") });
    }
    all
}

/// Whether octets hold a text.
pub fn holds(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|w| w == text.as_bytes())
}

/// A table of customers as one may have it: running number with uneven gaps, GBK, CRLF.
pub fn customers(rows: usize) -> Vec<u8> {
    let mut text = String::from("编号,姓名,性别,手机,邮箱,主页,开户时间\r\n");
    let surnames: Vec<char> = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗".chars().collect();
    let given: Vec<char> = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英".chars().collect();
    for n in 0..rows {
        let name = format!(
            "{}{}{}",
            surnames[n % surnames.len()],
            given[(n / 3) % given.len()],
            given[(n * 7 + 3) % given.len()]
        );
        let sex = if n % 2 == 0 { "男" } else { "女" };
        let (month, day, other) = (1 + n / 28 % 12, 1 + n % 28, n * 7919 % 10_007);
        text.push_str(&format!("{},{name},{sex},154{:08},user{other}@qq.example,http://people.example/{other},2020-{month:02}-{day:02} 10:00:00\r\n", 5000 + n * 4 + n * n % 3, 77_000_000 + other * 311));
    }
    encoding_rs::GBK.encode(&text).0.into_owned()
}
