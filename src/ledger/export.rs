//! An export: the whole ledger as lines of text, each entry beside its leaf hash,
//! a signed head at the end. Verifying needs the file and the public key, reads
//! it once in little memory, and says what is wrong and where.
//!
//! ```text
//! {"dyepack":"ledger export 1","key":"…","entries":N}
//! {"n":0,"leaf":"…","entry":{…canonical JSON…}}
//! {"n":1,"leaf":"…","withheld":"canary","sum":"…"}      known to be there, not shown
//! {"head":"…signed note…"}
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, Read};

use super::entry::{Entry, LeafHash, leaf_hash};
use super::head::{Head, PublicKey};
use super::tree::{Frontier, Hash, join};
use crate::model::{Event, Time};

/// No line is longer; an entry holds at most some hundred kilobytes of evidence.
const LINE: u64 = 64 << 20;
/// Entries of one moment may be recorded in another order, by as much as this.
const DISORDER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// Heads are recorded soon after they were signed: within so many entries.
const RECENT: usize = 4_096;

/// What may be withheld.
pub const WITHHELD: [&str; 2] = ["canary", "pool"];

/// The first line of an export.
pub fn header(key: &PublicKey, entries: u64) -> String {
    format!("{{\"dyepack\":\"ledger export 1\",\"key\":\"{key}\",\"entries\":{entries}}}\n")
}

/// The line of an entry.
pub fn line(number: u64, octets: &[u8]) -> Vec<u8> {
    let mut line = prefix(number, &leaf_hash(octets)).into_bytes();
    line.extend_from_slice(b"\"entry\":");
    line.extend_from_slice(octets);
    line.extend_from_slice(b"}\n");
    line
}

/// The line of an entry that is not shown.
pub fn withheld(number: u64, leaf: &LeafHash, kind: &str) -> Vec<u8> {
    let start = format!("{}\"withheld\":\"{kind}\"", prefix(number, leaf));
    let sum = hex::encode(&leaf_hash(start.as_bytes())[..4]);
    format!("{start},\"sum\":\"{sum}\"}}\n").into_bytes()
}

/// The last line.
pub fn trailer(note: &str) -> String {
    format!("{{\"head\":{}}}\n", serde_json::Value::from(note))
}

fn prefix(number: u64, leaf: &LeafHash) -> String {
    format!("{{\"n\":{number},\"leaf\":\"{}\",", hex::encode(leaf))
}

/// Where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Header,
    Entry(u64),
    /// Somewhere among these entries.
    Entries {
        from: u64,
        to: u64,
    },
    Head,
}

/// What is wrong, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub place: Place,
    pub what: String,
}

/// What verifying found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    pub entries: u64,
    pub withheld: u64,
    /// Heads within the ledger that agree with it.
    pub heads: u64,
    pub head: Option<Head>,
    pub findings: Vec<Finding>,
}

/// The file cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("reading the export: {0}")]
pub struct Unreadable(#[from] std::io::Error);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Header => f.write_str("first line"),
            Place::Entry(n) => write!(f, "entry {n}"),
            Place::Entries { from, to } => write!(f, "entries {from} to {to}"),
            Place::Head => f.write_str("signed head"),
        }
    }
}

/// Checks an export against the public key, and if one is given against a head
/// that was kept elsewhere.
pub fn verify(file: impl BufRead, key: &PublicKey, since: Option<&Head>) -> Result<Verified, Unreadable> {
    let mut check = Check::new(key, since);
    let mut file = file;
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.by_ref().take(LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        check.line(&line);
        if check.done.findings.len() >= 100 {
            break;
        }
    }
    Ok(check.end())
}

struct Check<'a> {
    key: &'a PublicKey,
    since: Option<&'a Head>,
    lines: u64,
    first: Vec<u8>,
    /// Number that the next entry should have.
    next: u64,
    frontier: Frontier,
    recent: VecDeque<(u64, Vec<Hash>)>,
    latest: Option<Time>,
    /// Up to here a signed head vouches for the entries.
    vouched: u64,
    ended: bool,
    done: Verified,
}

impl<'a> Check<'a> {
    fn new(key: &'a PublicKey, since: Option<&'a Head>) -> Self {
        Self {
            key,
            since,
            lines: 0,
            first: Vec::new(),
            next: 0,
            frontier: Frontier::new(),
            recent: VecDeque::new(),
            latest: None,
            vouched: 0,
            ended: false,
            done: Verified::default(),
        }
    }

    fn find(&mut self, place: Place, what: impl Into<String>) {
        self.done.findings.push(Finding { place, what: what.into() });
    }

    fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        if self.lines == 1 {
            self.first = line.to_vec();
        } else if self.ended {
            self.find(Place::Head, "something stands after the signed head, which must be the last line");
        } else if line.starts_with(b"{\"head\":") {
            self.ended = true;
            self.last(line);
        } else {
            self.entry(line);
        }
    }

    fn entry(&mut self, line: &[u8]) {
        let expected = self.next;
        let Some(parts) = split(line) else {
            self.find(Place::Entry(expected), "the line is not as an export has it: it was changed");
            self.next += 1;
            return;
        };
        if parts.number != expected {
            self.misplaced(parts.number, expected);
        }
        // A line out of order is one too many; the next one is still waited for.
        self.next = expected.max(parts.number.saturating_add(1));
        let place = Place::Entry(parts.number);
        match parts.shown {
            Shown::Entry(octets) => {
                if leaf_hash(octets) != parts.leaf {
                    self.find(
                        place,
                        "its content does not have the leaf hash that stands beside it: one of the two was changed",
                    );
                } else {
                    self.read(parts.number, octets);
                }
            }
            Shown::Withheld { sound } => {
                self.done.withheld += 1;
                if !sound {
                    self.find(place, "the line of this withheld entry was changed");
                }
            }
        }
        self.push(parts.leaf);
    }

    fn misplaced(&mut self, number: u64, expected: u64) {
        if number > expected {
            let what = match number - expected {
                1 => "it is missing".to_owned(),
                n => format!("it and {} after it are missing", n - 1),
            };
            self.find(Place::Entry(expected), what);
        } else {
            self.find(Place::Entry(number), format!("it stands where entry {expected} belongs: the order was changed"));
        }
    }

    fn read(&mut self, number: u64, octets: &[u8]) {
        let entry = match Entry::read(octets) {
            Ok(entry) => entry,
            Err(cause) => return self.find(Place::Entry(number), cause.to_string()),
        };
        match self.latest {
            Some(latest) if latest.duration_since(entry.at) > DISORDER => {
                let what = format!("it is dated {}, but an entry before it {latest}: it was back-dated", entry.at);
                self.find(Place::Entry(number), what);
            }
            _ => self.latest = self.latest.max(Some(entry.at)),
        }
        if let Event::Head { note, .. } = &entry.event {
            self.inner_head(number, note);
        }
    }

    /// A head that was signed when the ledger was shorter.
    fn inner_head(&mut self, number: u64, note: &str) {
        let head = match self.key.open(note) {
            Ok(head) => head,
            Err(cause) => {
                return self.find(Place::Entry(number), format!("it holds a head that does not verify: {cause}"));
            }
        };
        let root = if head.size == self.frontier.size() {
            Some(self.frontier.root())
        } else {
            self.recent.iter().find(|(size, _)| *size == head.size).map(|(_, hashes)| join(hashes))
        };
        match root {
            Some(root) if root == head.root => {
                self.done.heads += 1;
                self.vouched = self.vouched.max(head.size);
            }
            Some(_) => self.disagrees(head.size, &format!("the head that was signed at {}", head.at)),
            None => {}
        }
    }

    fn disagrees(&mut self, size: u64, head: &str) {
        let (from, to) = (self.vouched.min(size.saturating_sub(1)), size.saturating_sub(1));
        self.find(
            Place::Entries { from, to },
            format!(
                "they are not those that {head} vouches for: at least one of them was changed, added or taken away"
            ),
        );
        self.vouched = self.vouched.max(size);
    }

    fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf, |_, _| {});
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((self.frontier.size(), self.frontier.hashes().to_vec()));
        if let Some(since) = self.since.filter(|s| s.size == self.frontier.size()) {
            if self.frontier.root() == since.root {
                self.vouched = self.vouched.max(since.size);
            } else {
                self.disagrees(since.size, &format!("the head of {} that was kept elsewhere", since.at));
            }
        }
    }

    /// The signed head at the end.
    fn last(&mut self, line: &[u8]) {
        let note = line.strip_prefix(b"{\"head\":").and_then(|l| l.strip_suffix(b"}\n"));
        let note = note.and_then(|n| serde_json::from_slice::<String>(n).ok());
        let Some(note) = note.filter(|n| trailer(n).as_bytes() == line) else {
            return self.find(Place::Head, "the line is not as an export has it: it was changed");
        };
        match self.key.open(&note) {
            Ok(head) => self.compare(head),
            Err(cause) => self.find(Place::Head, cause.to_string()),
        }
    }

    fn compare(&mut self, head: Head) {
        let size = self.frontier.size();
        if head.size != size {
            self.find(Place::Head, format!("it was signed over {} entries, the file has {size}", head.size));
        } else if head.root != self.frontier.root() && self.done.findings.is_empty() {
            self.disagrees(size, "the signed head");
        }
        self.done.head = Some(head);
    }

    fn end(mut self) -> Verified {
        let size = self.frontier.size();
        if !self.ended {
            self.find(Place::Head, "the file has no signed head at its end: it was cut off");
        }
        if header(self.key, size).as_bytes() != self.first {
            self.find(
                Place::Header,
                format!("it is not the first line of an export of {size} entries under this public key ({})", self.key),
            );
        }
        if let Some(since) = self.since.filter(|s| s.size > size) {
            self.find(
                Place::Entries { from: size, to: since.size - 1 },
                format!("they are gone: a head of {} vouches for {} entries, the file has {size}: the ledger was rolled back", since.at, since.size),
            );
        }
        self.done.entries = size;
        self.done
    }
}

enum Shown<'a> {
    Entry(&'a [u8]),
    Withheld { sound: bool },
}

struct Parts<'a> {
    number: u64,
    leaf: LeafHash,
    shown: Shown<'a>,
}

/// Takes a line apart; only the very octets that we write are accepted.
fn split(line: &[u8]) -> Option<Parts<'_>> {
    let rest = line.strip_prefix(b"{\"n\":")?;
    let digits = rest.iter().position(|b| *b == b',')?;
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse::<u64>().ok()?;
    let text = rest[digits..].strip_prefix(b",\"leaf\":\"")?.get(..64)?;
    let mut leaf = [0u8; 32];
    hex::decode_to_slice(text, &mut leaf).ok()?;
    let rest = line.strip_prefix(prefix(number, &leaf).as_bytes())?;
    if let Some(octets) = rest.strip_prefix(b"\"entry\":") {
        return Some(Parts { number, leaf, shown: Shown::Entry(octets.strip_suffix(b"}\n")?) });
    }
    let kind = std::str::from_utf8(rest.strip_prefix(b"\"withheld\":\"")?).ok()?.split('"').next()?;
    // Nothing else is ever withheld; what kind it truly is, its hash does not tell.
    let kind = WITHHELD.into_iter().find(|known| *known == kind)?;
    Some(Parts { number, leaf, shown: Shown::Withheld { sound: withheld(number, &leaf, kind) == line } })
}

#[cfg(test)]
mod tests;
