//! Text: packed, in UTF-16 and GBK, and as JSON lines. A row is a line, and the
//! lines that are not canaries' are the original's octets.

use super::{HEADER, ROWS, row, seeded, without};
use crate::site::Site;
use std::collections::BTreeSet;
use std::io::{Read, Write};

/// The table as text, with a header.
pub fn table(between: &str, end: &str) -> String {
    let rows = (0..ROWS).map(|n| row(n).join(between) + end);
    std::iter::once(HEADER.join(between) + end).chain(rows).collect()
}

/// One object a line, with spaces and an escape as somebody's writer left them.
pub fn json_lines() -> String {
    let line = |n: usize| {
        let [id, name, phone, mail, at] = row(n);
        format!(
            "{{\"编号\":\"{id}\", \"姓名\": \"{name}\",\"手机\":\"{phone}\",\"邮箱\":\"{mail}\",\"开户时间\":\"{at}\",\"kind\":\"a\\/b\"}}\n"
        )
    };
    (0..ROWS).map(line).collect()
}

pub fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(octets).expect("packed");
    packed.finish().expect("packed")
}

pub fn zstandard(octets: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(octets, 3).expect("packed")
}

/// Little-endian, with its mark.
pub fn utf_16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

/// Octets line by line; a line ends with the last octet of `end`.
fn lines(octets: &[u8], end: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    for unit in octets.chunks(end.len()) {
        lines.last_mut().expect("a line").extend_from_slice(unit);
        if unit == end {
            lines.push(Vec::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Seeds a file that holds these octets once unpacked, and holds the copy against it.
fn kept(name: &str, file: &[u8], plain: &[u8], end: &[u8], first: usize, unpack: impl Fn(&[u8]) -> Vec<u8>) {
    let site = Site::with_pool();
    site.write(name, file);
    let places: BTreeSet<usize> = seeded(&site, name);
    let copy = name.replacen('.', ".telecom.", 1);
    let after = unpack(&std::fs::read(site.path(&copy)).expect("a copy"));
    let all = lines(&after, end);
    assert_eq!(all.len(), lines(plain, end).len() + places.len());
    assert!(without(all, first, &places).concat() == plain, "{name}: the rows of the table stay, octet for octet");
}

#[test]
fn json_lines_keep_their_octets() {
    let text = json_lines().into_bytes();
    kept("list.jsonl", &text, &text, b"\n", 1, <[u8]>::to_vec);
}

#[test]
fn gzip_is_read_and_written() {
    let text = table(",", "\r\n").into_bytes();
    kept("list.csv.gz", &gzip(&text), &text, b"\n", 0, |octets| {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(octets).read_to_end(&mut plain).expect("gzip");
        plain
    });
}

#[test]
fn zstandard_is_read_and_written() {
    let text = table("\t", "\n").into_bytes();
    kept("list.tsv.zst", &zstandard(&text), &text, b"\n", 0, |octets| {
        zstd::stream::decode_all(octets).expect("Zstandard")
    });
}

#[test]
fn utf_16_stays_utf_16() {
    let text = utf_16(&table("\t", "\r\n"));
    kept("list.csv", &text, &text, b"\n\0", 0, <[u8]>::to_vec);
}

#[test]
fn gbk_stays_gbk() {
    let text = gbk(&table(",", "\r\n"));
    kept("list.csv", &text, &text, b"\n", 0, <[u8]>::to_vec);
}
