//! A survey: which charset a text file is written in, for which a single name late in
//! the file may decide. It is one pass over the file, or a look at the beginning of one
//! that seems to be UTF-8, after which whoever reads it has to look out for what speaks
//! against that. Only a file that is not UTF-8 is looked at line by line (`lines`).

mod lines;

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::charset::Charset;
use crate::seed::SeedError;
use crate::seed::packing::Input;

/// Octets that are looked at together.
const PIECE: usize = 1 << 18;
/// A character of UTF-8 takes up to so many octets.
const LONGEST_CHARACTER: usize = 4;

/// What was found.
pub(in crate::seed) struct Survey {
    pub(in crate::seed) charset: Charset,
    /// The beginning of the file, without the byte order mark, decoded; up to 256 KiB of octets.
    pub(in crate::seed) head: String,
    /// The head is the whole file.
    pub(in crate::seed) is_whole: bool,
    /// Some lines from anywhere in the file in which a backslash stands before a quote.
    pub(in crate::seed) backslashed: Vec<String>,
}

/// Octets of `backslashed` at most.
const BACKSLASHED: usize = 1 << 16;

impl Survey {
    /// What the beginning of a long file tells if all of it is as that is: UTF-8 without
    /// anything that `contradicts`; nothing where it tells something else.
    pub(in crate::seed) fn begin(input: &Input) -> Result<Option<Self>, SeedError> {
        let head = read_head(input)?;
        let charset = Charset::marked(&head).unwrap_or(Charset::UTF8);
        let text = simdutf8::basic::from_utf8(&head[..whole_characters(&head)]);
        if head.len() < PIECE || !charset.is_utf8() || text.is_err() || contradicts(&head) {
            return Ok(None);
        }
        let head = decode_head(input, charset, &head, false)?;
        Ok(Some(Self { charset, head, is_whole: false, backslashed: Vec::new() }))
    }

    /// Looks at a whole file; an empty one, one of no text, and one in two encodings are refused.
    pub(in crate::seed) fn take(input: &Input) -> Result<Self, SeedError> {
        let head = read_head(input)?;
        let mut backslashed = Vec::new();
        let charset = match Charset::marked(&head).filter(|c| !c.is_utf8()).or_else(|| wide(&head)) {
            Some(charset) => charset,
            None if is_utf8(input, &mut backslashed)? => Charset::marked(&head).unwrap_or(Charset::UTF8),
            None => lines::charset(input)?,
        };
        let is_whole = head.len() < PIECE;
        let head = decode_head(input, charset, &head, is_whole)?;
        Ok(Self { charset, head, is_whole, backslashed })
    }
}

/// Whether a piece of a file in UTF-8 has something for which all of it must be surveyed:
/// a NUL, as wide characters have, or a quote after a backslash, which bears on what quotes mean.
pub(in crate::seed) fn contradicts(piece: &[u8]) -> bool {
    memchr::memchr(0, piece).is_some() || memchr::memchr_iter(b'\\', piece).any(|at| piece.get(at + 1) == Some(&b'"'))
}

/// The beginning of a file that may be a table.
fn read_head(input: &Input) -> Result<Vec<u8>, SeedError> {
    let mut head = vec![0; PIECE];
    let read = input.source()?.fill(&mut head).map_err(|e| input.reading(e))?;
    head.truncate(read);
    if head.is_empty() {
        return Err(input.table("the file is empty; name one that has a header row and data"));
    }
    refuse_other_kinds(input, &head)?;
    Ok(head)
}

/// Files of another kind are told by their first octets.
fn refuse_other_kinds(input: &Input, head: &[u8]) -> Result<(), SeedError> {
    let kinds: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "a ZIP archive (or a workbook); unpack it"),
        (b"%PDF", "a PDF document; export the table as CSV"),
        (b"\xd0\xcf\x11\xe0", "an old Office document; save it as XLSX or CSV"),
        (b"BZh", "packed by bzip2; unpack it (bunzip2)"),
    ];
    match kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, what)) => Err(input.table(&format!("the file is not text: it is {what} and seed again"))),
        None => Ok(()),
    }
}

/// UTF-16 without a mark: of its printable ASCII characters, every other octet is zero, and a line ends.
fn wide(head: &[u8]) -> Option<Charset> {
    let is_text = |octet: u8| matches!(octet, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let ascii = |n: usize| head.chunks_exact(2).filter(|p| p[1 - n] == 0 && is_text(p[n])).count();
    let (little, big) = (ascii(0), ascii(1));
    let (more, fewer) = (little.max(big), little.min(big));
    let charset = Charset::new(if little > big { UTF_16LE } else { UTF_16BE }, b"");
    let ends = charset.count(head, b'\n') + charset.count(head, b'\r');
    let is_wide = ends > 0 && more * 2 / 10 >= fewer && more * 20 >= head.len() / 2;
    is_wide.then_some(charset)
}

/// Whether all of a file is UTF-8. NUL octets are refused.
fn is_utf8(input: &Input, backslashed: &mut Vec<String>) -> Result<bool, SeedError> {
    let mut source = input.source()?;
    let mut buffer = vec![0; PIECE];
    let (mut kept, mut at) = (0, 0u64);
    loop {
        let read = source.fill(&mut buffer[kept..]).map_err(|e| input.reading(e))?;
        let filled = kept + read;
        let end = if filled < buffer.len() { filled } else { whole_characters(&buffer[..filled]) };
        if let Some(nul) = memchr::memchr(0, &buffer[..end]) {
            return Err(has_nul(input, at + nul as u64));
        }
        let Ok(text) = simdutf8::basic::from_utf8(&buffer[..end]) else { return Ok(false) };
        collect(text, backslashed);
        if filled < PIECE {
            return Ok(true);
        }
        buffer.copy_within(end..filled, 0);
        (kept, at) = (filled - end, at + end as u64);
    }
}

fn has_nul(input: &Input, offset: u64) -> SeedError {
    let what =
        "the file is not text (it has a NUL octet here); remove it (tr -d '\\000') or export the table as CSV again";
    super::blocks::at_line(input, Charset::UTF8, b'\n', offset, what.to_owned())
}

/// Octets up to a character that may go on beyond the end.
fn whole_characters(octets: &[u8]) -> usize {
    let tail = octets.iter().rev().take(LONGEST_CHARACTER).position(|b| *b < 0x80 || *b >= 0xc0);
    match tail {
        Some(back) if octets[octets.len() - 1 - back] >= 0xc0 => octets.len() - 1 - back,
        _ => octets.len(),
    }
}

/// Keeps some of the lines in which a backslash stands before a quote.
fn collect(text: &str, backslashed: &mut Vec<String>) {
    let held: usize = backslashed.iter().map(String::len).sum();
    if held >= BACKSLASHED || memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return;
    }
    let lines = text.split_inclusive('\n').filter(|l| l.len() < BACKSLASHED && l.contains("\\\""));
    backslashed.extend(lines.take(20).map(str::to_owned));
}

/// The head as text, up to the last character that is whole.
fn decode_head(input: &Input, charset: Charset, head: &[u8], is_whole: bool) -> Result<String, SeedError> {
    let octets = &head[charset.mark.len()..];
    let mut room = String::new();
    let wrong = match charset.decode(octets, &mut room) {
        Ok(text) => return Ok(text.to_owned()),
        Err(at) => at,
    };
    if is_whole || wrong + LONGEST_CHARACTER < octets.len() {
        return Err(super::blocks::not_in(input, charset, b'\n', (charset.mark.len() + wrong) as u64));
    }
    Ok(charset.decode(&octets[..wrong], &mut room).unwrap_or_default().to_owned())
}
