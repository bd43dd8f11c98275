//! Escaping: which characters a file writes as escapes though JSON (RFC 8259) would
//! let them stand. PHP escapes slashes, Python all that is not ASCII, Go the signs
//! of HTML; a new string is written as its neighbours are.

/// What was met.
#[derive(Debug, Clone, Default)]
pub(super) struct Escaping {
    /// Characters outside ASCII stand as they are.
    raw: bool,
    /// Characters outside ASCII are escaped.
    escaped: bool,
    slashes: bool,
    /// Digits of escapes above nine are capitals.
    capitals: bool,
    /// ASCII characters, by code, that are written as four digits.
    ascii: u128,
}

impl Escaping {
    /// Looks at a string with its quotes, as it is written.
    pub(super) fn meet(&mut self, raw: &str) {
        if !self.raw {
            self.raw = !raw.is_ascii();
        }
        let mut rest = raw;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            let escape = &rest[at + 1..];
            match escape.as_bytes().first() {
                Some(b'u') => self.meet_digits(escape.get(1..5).unwrap_or_default()),
                Some(b'/') => self.slashes = true,
                _ => {}
            }
            rest = escape.get(1..).unwrap_or_default();
        }
    }

    fn meet_digits(&mut self, digits: &str) {
        self.capitals |= digits.bytes().any(|b| b.is_ascii_uppercase());
        match u32::from_str_radix(digits, 16) {
            Ok(code @ 0x20..0x80) => self.ascii |= 1 << code,
            Ok(0x80..) => self.escaped = true,
            _ => {}
        }
    }

    /// Writes a text as a string, with its quotes.
    pub(super) fn write(&self, text: &str) -> String {
        let mut string = String::with_capacity(text.len() + 2);
        string.push('"');
        for c in text.chars() {
            self.push(c, &mut string);
        }
        string.push('"');
        string
    }

    fn push(&self, c: char, to: &mut String) {
        let short = match c {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\\' => "\\\\",
            '"' if !self.is_digits(c) => "\\\"",
            '/' if self.slashes => "\\/",
            _ if c < ' ' || self.is_digits(c) => return self.push_digits(c, to),
            _ => return to.push(c),
        };
        to.push_str(short);
    }

    fn is_digits(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii >> u32::from(c) & 1 == 1 } else { self.escaped && !self.raw }
    }

    fn push_digits(&self, c: char, to: &mut String) {
        for unit in c.encode_utf16(&mut [0; 2]) {
            to.push_str(&if self.capitals { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
        }
    }
}
