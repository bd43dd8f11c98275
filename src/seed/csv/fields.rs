//! Fields: where they lie in the octets of one record. Quoted fields may hold
//! delimiters, doubled quotes and line ends (RFC 4180).

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};
use std::ops::Range;

/// Where the fields lie, or nothing while a quote is open.
pub(super) fn split(raw: &[u8], delimiter: u8, encoding: &'static Encoding) -> Option<Vec<(Range<usize>, bool)>> {
    let end = raw.len() - line_end(raw);
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        if raw.get(at) == Some(&b'"') && at < end {
            let close = closing(raw, at + 1)?;
            fields.push((at + 1..close, true));
            // What stands between a closing quote and the delimiter belongs to nobody.
            at = next(raw, close + 1, end, delimiter, encoding);
        } else {
            let stop = next(raw, at, end, delimiter, encoding);
            fields.push((at..stop, false));
            at = stop;
        }
        if at >= end {
            return Some(fields);
        }
        at += 1;
    }
}

fn line_end(raw: &[u8]) -> usize {
    if raw.ends_with(b"\r\n") { 2 } else { usize::from(raw.ends_with(b"\n")) }
}

/// The quote that closes, doubled ones passed over.
fn closing(raw: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += raw.get(at..)?.iter().position(|b| *b == b'"')?;
        if raw.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Encodings in which a second octet may be any ASCII letter or bar.
fn has_double_octets(encoding: &'static Encoding) -> bool {
    [GB18030, GBK, BIG5, SHIFT_JIS, EUC_KR].contains(&encoding)
}

/// The next delimiter, or the end. The second octet of a Chinese character may
/// look like `|` (in no encoding like a comma, tab, semicolon, quote or line end).
fn next(raw: &[u8], mut at: usize, end: usize, delimiter: u8, encoding: &'static Encoding) -> usize {
    if delimiter != b'|' || !has_double_octets(encoding) {
        return raw[at.min(end)..end].iter().position(|b| *b == delimiter).map_or(end, |n| at + n);
    }
    while at < end && raw[at] != delimiter {
        at += if raw[at] >= 0x81 { 2 } else { 1 };
    }
    at.min(end)
}

/// Fields of one line, for guessing the delimiter.
pub(super) fn count_fields(line: &[u8], delimiter: u8, encoding: &'static Encoding) -> usize {
    split(line, delimiter, encoding).map_or(0, |f| f.len())
}
