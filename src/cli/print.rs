//! Printing: a table for people or one JSON document, on stdout. Nothing that
//! came from outside can drive the terminal.

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Writes a text to stdout.
pub(super) fn text(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes a JSON document to stdout.
pub(super) fn json(document: &impl Serialize) -> Result<()> {
    text(&serde_json::to_string_pretty(document)?)
}

/// Writes rows under a header to stdout, or says that there are none.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>, none: &str) -> Result<()> {
    if rows.is_empty() {
        return text(none);
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| harmless(cell)).collect::<Vec<_>>());
    }
    text(&table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// One line, without control characters and marks that reverse the writing.
pub(super) fn harmless(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// At most so many characters.
pub(super) fn short(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        text.to_owned()
    } else {
        text.chars().take(limit - 1).chain("…".chars()).collect()
    }
}

/// A moment for people.
pub(super) fn when(at: crate::model::Time) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whoever read our output has read enough (`| head`).
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}
