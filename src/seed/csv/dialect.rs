//! A dialect: how a delimited file is written. Found from the file's octets:
//! encoding first (a whole pass, since a single name late in the file decides),
//! then delimiter and line end from the first records.

use encoding_rs::{Encoding, UTF_8};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::super::SeedError;

/// Octets of the beginning that delimiter and line end are judged by.
const HEAD: usize = 1 << 18;
/// Octets that are enough for the detector of encodings.
const ENOUGH: usize = 1 << 20;

/// Encoding, delimiter, line end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) encoding: &'static Encoding,
    pub(super) bom: bool,
    pub(super) delimiter: u8,
    pub(super) line_end: &'static str,
}

/// How one column quotes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quoting {
    filled: u64,
    filled_quoted: u64,
    blank: u64,
    blank_quoted: u64,
}

impl Quoting {
    pub(super) fn meet(&mut self, quoted: bool, blank: bool) {
        let (all, with) =
            if blank { (&mut self.blank, &mut self.blank_quoted) } else { (&mut self.filled, &mut self.filled_quoted) };
        *all += 1;
        *with += u64::from(quoted);
    }

    /// Quoted where the column always quotes, or where the text needs it.
    pub(super) fn write(self, text: &str, delimiter: u8, line: &mut String) {
        let always = if text.is_empty() {
            self.blank > 0 && self.blank == self.blank_quoted
        } else {
            self.filled > 0 && self.filled == self.filled_quoted
        };
        let needs =
            text.contains(['"', '\n', '\r', delimiter as char]) || text.starts_with(' ') && self.filled_quoted > 0;
        if always || needs {
            line.push('"');
            line.push_str(&text.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(text);
        }
    }
}

impl Dialect {
    pub(super) fn find(path: &Path) -> Result<Self, SeedError> {
        let io = |cause| SeedError::Io { doing: "reading", path: path.display().to_string(), cause };
        let wrong = |what: &str| SeedError::Table { path: path.display().to_string(), what: what.to_owned() };
        let mut file = File::open(path).map_err(io)?;
        let mut survey = Survey::default();
        let mut chunk = vec![0u8; HEAD];
        loop {
            let read = file.read(&mut chunk).map_err(io)?;
            if read == 0 {
                break;
            }
            survey.meet(&chunk[..read]);
        }
        if survey.length == 0 {
            return Err(wrong("the file is empty"));
        }
        if survey.head.starts_with(&[0xff, 0xfe]) || survey.head.starts_with(&[0xfe, 0xff]) {
            return Err(wrong("the file is in UTF-16, which is not read yet; convert it to UTF-8 first"));
        }
        if survey.nul {
            return Err(wrong("the file is not text (it has NUL octets); export the table as CSV or TSV"));
        }
        let encoding = survey.encoding();
        let bom = survey.head.starts_with(b"\xef\xbb\xbf");
        let tabs_first = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
        Ok(Self {
            encoding,
            bom,
            delimiter: delimiter(&survey.head, encoding, tabs_first),
            line_end: line_end(&survey.head),
        })
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u8>, char> {
        let mut encoder = self.encoding.new_encoder();
        let mut octets = Vec::with_capacity(
            encoder.max_buffer_length_from_utf8_without_replacement(text.len()).unwrap_or(text.len() * 4),
        );
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut octets, true).0 {
            encoding_rs::EncoderResult::Unmappable(c) => Err(c),
            _ => Ok(octets),
        }
    }
}

/// What one pass over the octets tells.
#[derive(Default)]
struct Survey {
    head: Vec<u8>,
    length: u64,
    nul: bool,
    /// Octets that may yet become a whole UTF-8 character.
    pending: Vec<u8>,
    not_utf8: bool,
    /// The beginning of what is not ASCII.
    sample: Vec<u8>,
}

impl Survey {
    fn meet(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        let room = HEAD - self.head.len().min(HEAD);
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        self.nul |= chunk.contains(&0);
        if self.sample.len() < ENOUGH && !chunk.is_ascii() {
            self.sample.extend_from_slice(chunk);
        }
        if !self.not_utf8 {
            self.pending.extend_from_slice(chunk);
            match std::str::from_utf8(&self.pending) {
                Ok(_) => self.pending.clear(),
                Err(e) if e.error_len().is_none() => drop(self.pending.drain(..e.valid_up_to())),
                Err(_) => self.not_utf8 = true,
            }
        }
    }

    fn encoding(&self) -> &'static Encoding {
        if !self.not_utf8 && self.pending.is_empty() {
            return UTF_8;
        }
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(&self.sample, true);
        let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
        // GB18030 is GBK and more; its decoder reads both.
        if guess == encoding_rs::GBK { encoding_rs::GB18030 } else { guess }
    }
}

/// That of the first line, the header; one within quotes is part of a value.
fn line_end(head: &[u8]) -> &'static str {
    let mut quotes = 0usize;
    let end = head.iter().position(|b| {
        quotes += usize::from(*b == b'"');
        *b == b'\n' && quotes.is_multiple_of(2)
    });
    if end.is_some_and(|at| at > 0 && head[at - 1] == b'\r') { "\r\n" } else { "\n" }
}

/// The delimiter that cuts the first lines into equally many fields, and most.
fn delimiter(head: &[u8], encoding: &'static Encoding, tabs_first: bool) -> u8 {
    let candidates: &[u8] = if tabs_first { b"\t,;|" } else { b",\t;|" };
    let mut lines: Vec<&[u8]> = head.split(|b| *b == b'\n').filter(|l| !l.is_empty() && *l != b"\r").take(60).collect();
    if lines.len() > 2 && head.len() == HEAD {
        lines.pop();
    }
    let score = |delimiter: &u8| {
        let counts: Vec<usize> = lines.iter().map(|l| super::fields::count_fields(l, *delimiter, encoding)).collect();
        let first = counts.first().copied().unwrap_or(1);
        let same = counts.iter().filter(|c| **c == first).count();
        (first > 1).then_some((same * 100 / counts.len().max(1), first))
    };
    let mut best = (b',', (0, 1));
    for candidate in candidates {
        if let Some(found) = score(candidate)
            && found > best.1
        {
            best = (*candidate, found);
        }
    }
    best.0
}
