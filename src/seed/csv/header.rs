//! The header: the first row of a delimited file that is not empty. It names the
//! columns; a file that begins with data instead is refused.

use std::collections::HashSet;

use super::cutter::{Cutter, unescape};
use super::dialect::Dialect;
use super::same_end;
use crate::seed::SeedError;
use crate::seed::packing::Input;
use crate::seed::text::{Blocks, Charset, at_line, line_end};

/// What the first row says.
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// Octets of the unpacked file up to the end of it.
    pub(super) end: u64,
    pub(super) line_end: &'static str,
}

/// Reads and checks it.
pub(super) fn read(input: &Input, charset: Charset, dialect: Dialect) -> Result<Header, SeedError> {
    let mut blocks = Blocks::open(input, charset, dialect.line_end)?;
    while let Some(block) = blocks.next()? {
        let (mut cutter, mut at) = (Cutter::new(block.text, dialect), 0);
        while at < block.text.len() {
            let end = match cutter.row(at) {
                Ok(end) => end,
                Err(_) if !block.is_last => break,
                Err(_) => return Err(open_quote(input, charset, dialect, block.at)),
            };
            if !cutter.is_blank() {
                let names = names(block.text, &cutter, dialect);
                check(input, &names)?;
                let line_end = same_end(line_end(&block.text[at..end])).unwrap_or("\n");
                return Ok(Header { names, end: block.at_raw(charset, dialect.line_end, end), line_end });
            }
            at = end;
        }
        blocks.consume(at);
    }
    Err(input.table("the file has no header row: it is empty; name one that has a header row and data"))
}

fn names(text: &str, cutter: &Cutter<'_>, dialect: Dialect) -> Vec<String> {
    let name = |s: &super::cutter::Span| {
        let text = &text[s.start..s.end];
        let said = if s.escaped { unescape(text, dialect.quotes) } else { text.to_owned() };
        said.trim().to_owned()
    };
    cutter.spans.iter().map(name).collect()
}

fn open_quote(input: &Input, charset: Charset, dialect: Dialect, offset: u64) -> SeedError {
    let what = "the header opens a quote and does not close it before the next delimiter; correct it and seed again";
    at_line(input, charset, dialect.line_end, offset, what.to_owned())
}

fn check(input: &Input, names: &[String]) -> Result<(), SeedError> {
    let data =
        |h: &&String| h.contains('@') || h.len() >= 7 && h.bytes().all(|b| b.is_ascii_digit() || b"+- ()".contains(&b));
    if let Some(value) = names.iter().find(data) {
        let begin = value.chars().take(4).chain("…".chars()).collect::<String>();
        return Err(input.table(&format!(
            "the first row looks like data, not like a header (it has {begin:?}); put the names of the columns in a row above it"
        )));
    }
    let mut met = HashSet::new();
    match names.iter().find(|h| !h.is_empty() && !met.insert(h.as_str())) {
        Some(twice) => Err(input.table(&format!("two columns are named {twice:?}; give each its own name"))),
        None => Ok(()),
    }
}
