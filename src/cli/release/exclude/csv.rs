//! A filter as lines of CSV below a head of comments, for any program that can
//! compute SHA-256.

use super::warning;
use crate::app::views::FilterView;

pub(super) fn text(filter: &FilterView) -> String {
    let mut text = warning(filter, "#");
    text.push_str("# A row is a canary's if the digest of one of its cells stands below beside the cell's column.\n");
    text.push_str(&format!("# key: {}\n", filter.key));
    text.push_str("column,digest\n");
    for line in &filter.digests {
        text.push_str(&format!("{},{}\n", cell(&line.column), line.digest));
    }
    text
}

/// Quoted where it has to be, and where it would look like a comment.
fn cell(text: &str) -> String {
    if text.starts_with('#') || text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
