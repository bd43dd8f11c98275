//! Quoting: whether one column of a file quotes always, never, or where it must, its
//! empty fields apart; and how a field of a new row is written after that habit.

use super::dialect::{Dialect, Quotes};

/// What was met in one column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quoting(u8);

const PLAIN: u8 = 1;
const QUOTED: u8 = 2;
/// The same two for empty fields stand so many bits higher.
const BLANK: u32 = 2;

impl Quoting {
    #[inline]
    pub(super) fn meet(&mut self, quoted: bool, blank: bool) {
        self.0 |= 1 << (u32::from(quoted) + if blank { BLANK } else { 0 });
    }

    fn is_always(self, blank: bool) -> bool {
        self.0 >> if blank { BLANK } else { 0 } & (PLAIN | QUOTED) == QUOTED
    }

    /// Writes a field: quoted where the column always quotes, or where the text needs it. Fails
    /// for a text that needs it in a file that quotes nothing.
    pub(super) fn write(self, text: &str, dialect: Dialect, line: &mut String) -> Result<(), Unwritable> {
        let breaks = |c: char| c == char::from(dialect.delimiter) || matches!(c, '\n' | '\r');
        if dialect.quotes == Quotes::Literal {
            if text.contains(breaks) {
                return Err(Unwritable);
            }
            line.push_str(text);
            return Ok(());
        }
        let needs = text.contains(|c| breaks(c) || c == '"') || text.starts_with(' ') && self.0 & QUOTED > 0;
        if self.is_always(text.is_empty()) || needs {
            line.push('"');
            line.push_str(&escape(text, dialect.quotes));
            line.push('"');
        } else {
            line.push_str(text);
        }
        Ok(())
    }
}

/// A text holds the delimiter or a line end, and the file quotes nothing.
#[derive(Debug)]
pub(super) struct Unwritable;

fn escape(text: &str, quotes: Quotes) -> String {
    match quotes {
        Quotes::Backslashed => text.replace('\\', "\\\\").replace('"', "\\\""),
        _ => text.replace('"', "\"\""),
    }
}
