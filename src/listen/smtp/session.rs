//! A session: the state of one SMTP conversation, octets in, steps out. Knows
//! no socket, so that a test reads like a transcript. PURE.
//!
//! DATA ends at CRLF.CRLF and at nothing else: taking LF.LF or CR.CR for the end
//! is how a second message is smuggled past a first server's checks.

use super::grammar::{Command, Path, command};

/// A line longer than this is thrown away (RFC 5321 asks for 512 and more).
const LINE: usize = 4_096;
const RECIPIENTS: usize = 100;
/// Errors before the client is let go.
const ERRORS: u32 = 20;

/// What a session needs to know.
pub struct Settings {
    pub hostname: String,
    pub max_message: usize,
    /// Whether mail to a mailbox is for us.
    pub takes: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// One message with its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pub helo: String,
    /// Empty for the null sender.
    pub from: String,
    pub recipients: Vec<String>,
    pub octets: Vec<u8>,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this.
    Say(Vec<u8>),
    /// Record this, then call `taken`.
    Take(Box<Message>),
    /// Read more, then call `hear`.
    Listen,
    /// Send this and hang up.
    Close(Vec<u8>),
}

/// One conversation.
pub struct Session {
    settings: Settings,
    heard: Vec<u8>,
    /// Octets of `heard` that are dealt with.
    done: usize,
    greeted: bool,
    /// From MAIL on.
    open: bool,
    message: Message,
    data: Option<Data>,
    /// Passing over the rest of a line that was too long.
    skipping: bool,
    /// The message that is being taken was longer than allowed, and is cut.
    cut: bool,
    errors: u32,
}

/// Where the receiver of a message stands between two octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    Dot,
    DotCr,
    Text,
    Cr,
}

struct Data {
    at: At,
    too_long: bool,
}

impl Session {
    /// A session that has not greeted yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            heard: Vec::new(),
            done: 0,
            greeted: false,
            open: false,
            message: Message::default(),
            data: None,
            skipping: false,
            cut: false,
            errors: 0,
        }
    }

    /// The name this door goes by.
    pub fn hostname(&self) -> &str {
        &self.settings.hostname
    }

    /// The first line.
    pub fn greeting(&self) -> Vec<u8> {
        format!("220 {} ESMTP\r\n", self.settings.hostname).into_bytes()
    }

    /// Takes octets in.
    pub fn hear(&mut self, octets: &[u8]) {
        self.heard.drain(..std::mem::take(&mut self.done));
        self.heard.extend_from_slice(octets);
    }

    /// What is to be done next.
    pub fn step(&mut self) -> Step {
        if self.data.is_some() {
            return self.receive();
        }
        match self.line() {
            None => Step::Listen,
            Some(Err(wrong)) => self.wrong(wrong),
            Some(Ok(line)) => match command(&line) {
                Ok(command) => self.obey(command),
                Err(wrong) => self.wrong(wrong),
            },
        }
    }

    /// The next whole line without its CRLF.
    fn line(&mut self) -> Option<Result<Vec<u8>, &'static str>> {
        let rest = &self.heard[self.done..];
        let Some(end) = rest.iter().position(|b| *b == b'\n') else {
            if rest.len() > LINE {
                self.done = self.heard.len();
                self.skipping = true;
            }
            return None;
        };
        let line = rest[..end].to_vec();
        self.done += end + 1;
        if std::mem::take(&mut self.skipping) || line.len() > LINE {
            return Some(Err("500 5.5.6 line too long"));
        }
        match line.strip_suffix(b"\r") {
            Some(line) if !line.contains(&b'\r') => Some(Ok(line.to_vec())),
            _ => Some(Err("500 5.5.2 lines end with CRLF, and have no other CR or LF")),
        }
    }

    fn wrong(&mut self, reply: &str) -> Step {
        self.errors += 1;
        if self.errors >= ERRORS { Step::Close(b"421 4.7.0 too many errors\r\n".to_vec()) } else { say(reply) }
    }

    fn obey(&mut self, command: Command) -> Step {
        match command {
            Command::Helo(name) => {
                self.begin(name);
                say(&format!("250 {}", self.settings.hostname))
            }
            Command::Ehlo(name) => {
                self.begin(name);
                Step::Say(
                    format!("250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n", self.settings.hostname, self.settings.max_message).into_bytes(),
                )
            }
            Command::Mail { from, size, .. } => self.mail(from, size),
            Command::Rcpt { to } => self.recipient(to),
            Command::Data => self.data(),
            Command::Rset => {
                self.reset();
                say("250 2.0.0 ok")
            }
            Command::Noop => say("250 2.0.0 ok"),
            Command::Quit => Step::Close(b"221 2.0.0 bye\r\n".to_vec()),
            Command::Vrfy => say("252 2.5.2 send some mail, and it will be seen"),
            Command::Refused => self.wrong("502 5.5.1 not done here"),
            Command::Unknown => self.wrong("500 5.5.1 command not known"),
        }
    }

    fn begin(&mut self, name: String) {
        self.reset();
        self.greeted = true;
        self.message.helo = name;
    }

    fn reset(&mut self) {
        let helo = std::mem::take(&mut self.message.helo);
        self.message = Message { helo, ..Message::default() };
        self.open = false;
    }

    fn mail(&mut self, from: Path, size: Option<u64>) -> Step {
        if !self.greeted {
            return self.wrong("503 5.5.1 say EHLO first");
        }
        if self.open {
            return self.wrong("503 5.5.1 one sender at a time; RSET to begin anew");
        }
        if size.is_some_and(|n| n > self.settings.max_message as u64) {
            return say("552 5.3.4 message too large");
        }
        self.open = true;
        self.message.from = from.0;
        say("250 2.1.0 ok")
    }

    /// 250 for every mailbox of our domains, minted or not: who asks learns nothing.
    fn recipient(&mut self, to: Path) -> Step {
        if !self.open {
            return self.wrong("503 5.5.1 say MAIL first");
        }
        if self.message.recipients.len() >= RECIPIENTS {
            return say("452 4.5.3 too many recipients; send the rest in another message");
        }
        let to = if to.0.eq_ignore_ascii_case("postmaster") {
            format!("postmaster@{}", self.settings.hostname)
        } else {
            to.0
        };
        let own = to.eq_ignore_ascii_case(&format!("postmaster@{}", self.settings.hostname));
        if !own && !(self.settings.takes)(&to) {
            return self.wrong("550 5.7.1 no mail for that domain here");
        }
        self.message.recipients.push(to);
        say("250 2.1.5 ok")
    }

    fn data(&mut self) -> Step {
        if !self.open {
            return self.wrong("503 5.5.1 say MAIL first");
        }
        if self.message.recipients.is_empty() {
            return self.wrong("503 5.5.1 no recipient was taken");
        }
        self.data = Some(Data { at: At::LineStart, too_long: false });
        say("354 end with CRLF.CRLF")
    }

    /// Takes the message in, undoing dot-stuffing.
    fn receive(&mut self) -> Step {
        let Some(mut data) = self.data.take() else { return Step::Listen };
        while self.done < self.heard.len() {
            let octet = self.heard[self.done];
            self.done += 1;
            if data.at == At::DotCr && octet == b'\n' {
                return self.end(data.too_long);
            }
            self.put(&mut data, octet);
        }
        self.data = Some(data);
        Step::Listen
    }

    fn put(&mut self, data: &mut Data, octet: u8) {
        if data.at == At::LineStart && octet == b'.' {
            data.at = At::Dot;
            return;
        }
        if data.at == At::Dot && octet == b'\r' {
            data.at = At::DotCr;
            return;
        }
        if data.at == At::DotCr {
            // The line did not end after all: its CR is content.
            self.keep(data, b'\r');
            data.at = At::Cr;
        }
        let after_cr = data.at == At::Cr;
        self.keep(data, octet);
        data.at = match octet {
            b'\n' if after_cr => At::LineStart,
            b'\r' => At::Cr,
            _ => At::Text,
        };
    }

    fn keep(&mut self, data: &mut Data, octet: u8) {
        if self.message.octets.len() < self.settings.max_message {
            self.message.octets.push(octet);
        } else {
            data.too_long = true;
        }
    }

    fn end(&mut self, too_long: bool) -> Step {
        let helo = self.message.helo.clone();
        let message = std::mem::replace(&mut self.message, Message { helo, ..Message::default() });
        self.open = false;
        // Its beginning is a contact all the same.
        self.cut = too_long;
        Step::Take(Box::new(message))
    }

    /// The reply once a message is durable under an id, or could not be made so.
    pub fn taken(&mut self, done: Result<String, ()>) -> Vec<u8> {
        match done {
            Ok(_) if self.cut => b"552 5.3.4 message too large\r\n".to_vec(),
            Ok(id) => format!("250 2.0.0 ok {id}\r\n").into_bytes(),
            Err(()) => b"451 4.3.0 not now, try again later\r\n".to_vec(),
        }
    }
}

fn say(reply: &str) -> Step {
    Step::Say(format!("{reply}\r\n").into_bytes())
}

#[cfg(test)]
mod tests;
