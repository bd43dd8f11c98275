//! Habits of a column: which types of JSON its values have, and whether a value that
//! is not there is null or left out. A new value is written after them.

use super::escaping::Escaping;

/// What was met in one column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Habit {
    strings: u64,
    numbers: u64,
    booleans: u64,
    nested: u64,
    nulls: u64,
}

/// No value of that text is of a type that the column has.
#[derive(Debug)]
pub(super) struct Unfit;

impl Habit {
    pub(super) fn meet(&mut self, raw: &str) {
        let count = match raw.as_bytes().first() {
            Some(b'"') => &mut self.strings,
            Some(b'{' | b'[') => &mut self.nested,
            Some(b't' | b'f') => &mut self.booleans,
            Some(b'n') => &mut self.nulls,
            _ => &mut self.numbers,
        };
        *count += 1;
    }

    /// The value of a cell; nothing if its key is to be left out. `rows` is how many the file has.
    pub(super) fn write(self, cell: Option<&str>, rows: u64, escaping: &Escaping) -> Result<Option<String>, Unfit> {
        let filled = self.strings + self.numbers + self.booleans + self.nested;
        let absent = rows.saturating_sub(filled + self.nulls);
        let Some(text) = cell.filter(|text| !text.is_empty() || self.strings > 0) else {
            return Ok((self.nulls >= absent).then(|| "null".to_owned()));
        };
        let as_it_is = self.numbers > 0 && self.numbers >= self.strings && is_number(text)
            || self.booleans > 0 && self.booleans >= self.strings && matches!(text, "true" | "false")
            || self.nested > 0 && text.starts_with(['{', '[']) && is_json(text);
        if as_it_is {
            return Ok(Some(text.to_owned()));
        }
        if self.strings > 0 || filled == 0 { Ok(Some(escaping.write(text))) } else { Err(Unfit) }
    }
}

fn is_number(text: &str) -> bool {
    let ends =
        text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_digit());
    ends && is_json(text)
}

fn is_json(text: &str) -> bool {
    !text.contains(['\n', '\r'])
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok_and(|raw| raw.get() == text)
}
