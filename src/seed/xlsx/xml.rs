//! Markup cut into pieces that are kept octet for octet, so that what is not
//! touched can be written again as it was (a parser that builds events would
//! lose spacing and quoting). One piece is bounded. What pieces mean is others'.

use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::ops::Range;

use super::fault::Fault;

/// The longest piece, in octets: a cell's text has at most 32,767 characters.
const MAX_PIECE: u64 = 4 << 20;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Cdata,
    Start,
    Empty,
    End,
    /// A declaration, comment or processing instruction.
    Other,
}

/// Cuts up what it reads.
pub struct Xml<R> {
    from: R,
    raw: Vec<u8>,
    open: bool,
    /// Octets read so far.
    pub done: u64,
}

impl<R: BufRead> Xml<R> {
    pub fn new(from: R) -> Self {
        Self { from, raw: Vec::new(), open: false, done: 0 }
    }

    /// The next piece, or nothing at the end.
    pub fn next(&mut self) -> Result<Option<Kind>, Fault> {
        self.raw.clear();
        if !self.open {
            self.until(b'<')?;
            self.open = self.raw.last() == Some(&b'<');
            if self.open {
                self.raw.pop();
            }
            if !self.raw.is_empty() {
                return self.text().map(Some);
            }
            if !self.open {
                return Ok(None);
            }
        }
        self.open = false;
        self.raw.push(b'<');
        self.markup().map(Some)
    }

    /// The piece itself.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn text(&self) -> Result<Kind, Fault> {
        let utf16 = self.raw.starts_with(&[0xFF, 0xFE]) || self.raw.starts_with(&[0xFE, 0xFF]);
        if utf16 || self.raw.contains(&0) {
            return Err(Fault::whole("this part is not UTF-8; open the workbook, save it again and seed that file"));
        }
        Ok(Kind::Text)
    }

    fn markup(&mut self) -> Result<Kind, Fault> {
        loop {
            self.until(b'>')?;
            if self.raw.last() != Some(&b'>') {
                return Err(broken("ends in the middle of a tag"));
            }
            if let Some(kind) = whole_markup(&self.raw)? {
                return Ok(kind);
            }
        }
    }

    fn until(&mut self, end: u8) -> Result<(), Fault> {
        let left = MAX_PIECE.saturating_sub(self.raw.len() as u64);
        let got = self.from.by_ref().take(left).read_until(end, &mut self.raw).map_err(Fault::Read)?;
        self.done += got as u64;
        if self.raw.len() as u64 >= MAX_PIECE {
            return Err(broken("has a text or tag of more than 4 MiB"));
        }
        Ok(())
    }
}

fn broken(what: &str) -> Fault {
    Fault::whole(format!("this part is not sound XML: it {what}; open the workbook, save it again and seed that file"))
}

/// What the markup is, or nothing if its end is not read yet.
fn whole_markup(raw: &[u8]) -> Result<Option<Kind>, Fault> {
    let ended = |by: &[u8], kind| Ok(raw.ends_with(by).then_some(kind));
    if raw.starts_with(b"<?") {
        return ended(b"?>", Kind::Other);
    }
    if raw.starts_with(b"<!--") {
        return if raw.len() < 7 { Ok(None) } else { ended(b"-->", Kind::Other) };
    }
    if raw.starts_with(b"<![CDATA[") {
        return ended(b"]]>", Kind::Cdata);
    }
    if raw.starts_with(b"<!") {
        return Err(broken("has a document type, which workbooks never do"));
    }
    if raw.starts_with(b"</") {
        return Ok(Some(Kind::End));
    }
    if open_quote(raw) {
        return Ok(None);
    }
    Ok(Some(if raw.ends_with(b"/>") { Kind::Empty } else { Kind::Start }))
}

fn open_quote(raw: &[u8]) -> bool {
    let step = |open: Option<u8>, c: &u8| match open {
        None if matches!(c, b'"' | b'\'') => Some(*c),
        Some(q) if q == *c => None,
        open => open,
    };
    raw.iter().fold(None, step).is_some()
}

/// The name of a tag with its prefix.
pub fn qualified(tag: &[u8]) -> &[u8] {
    let name = tag.strip_prefix(b"</").or(tag.strip_prefix(b"<")).unwrap_or(tag);
    let end = name.iter().position(|c| c.is_ascii_whitespace() || matches!(c, b'/' | b'>')).unwrap_or(name.len());
    &name[..end]
}

/// The name of a tag without its prefix.
pub fn local(tag: &[u8]) -> &[u8] {
    let name = qualified(tag);
    name.iter().position(|c| *c == b':').map_or(name, |at| &name[at + 1..])
}

/// The attributes of a tag: names and where their values lie in it.
pub fn attributes(tag: &[u8]) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut at = qualified(tag).len() + 1;
    std::iter::from_fn(move || {
        let begin = at + tag[at..].iter().position(|c| !c.is_ascii_whitespace())?;
        let equals = begin + tag[begin..].iter().position(|c| *c == b'=')?;
        let open = equals + tag[equals..].iter().position(|c| matches!(c, b'"' | b'\''))?;
        let close = open + 1 + tag[open + 1..].iter().position(|c| *c == tag[open])?;
        at = close + 1;
        Some((tag[begin..equals].trim_ascii_end(), open + 1..close))
    })
}

/// The value of an attribute, by its full name.
pub fn attribute(tag: &[u8], name: &str) -> Option<String> {
    attributes(tag)
        .find(|(n, _)| *n == name.as_bytes())
        .and_then(|(_, at)| unescape(&tag[at]).ok().map(Cow::into_owned))
}

/// The value of an attribute of the relationships namespace, whatever its prefix.
pub fn relation(tag: &[u8]) -> Option<String> {
    attributes(tag).find(|(n, _)| n.ends_with(b":id")).and_then(|(_, at)| unescape(&tag[at]).ok().map(Cow::into_owned))
}

/// A tag with an attribute set: in its old place, or as the last one.
pub fn with_attribute(tag: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mut new = tag.to_vec();
    match attributes(tag).find(|(n, _)| *n == name.as_bytes()) {
        Some((_, at)) => drop(new.splice(at, escape(value, tag).into_bytes())),
        None => {
            let end = tag.len() - if tag.ends_with(b"/>") { 2 } else { 1 };
            let end = tag[..end].trim_ascii_end().len();
            new.splice(end..end, format!(" {name}=\"{}\"", escape(value, b"&quot;")).into_bytes());
        }
    }
    new
}

/// The text that markup stands for.
pub fn unescape(raw: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let text = std::str::from_utf8(raw)
        .map_err(|_| Fault::whole("a text is not UTF-8; open the workbook, save it again and seed that file"))?;
    if !text.contains('&') {
        return Ok(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find(';').ok_or_else(|| broken("has an & without its ;"))? + at;
        plain.push(entity(&rest[at + 1..end]).ok_or_else(|| broken("has an & that stands for nothing"))?);
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    Ok(Cow::Owned(plain))
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// A text as markup, with quotes written as in `like`.
pub fn escape(text: &str, like: &[u8]) -> String {
    let uses = |name: &[u8]| like.windows(name.len()).any(|w| w == name);
    let (quot, apos) = (uses(b"&quot;"), uses(b"&apos;"));
    let mut raw = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => raw.push_str("&amp;"),
            '<' => raw.push_str("&lt;"),
            '>' => raw.push_str("&gt;"),
            '"' if quot => raw.push_str("&quot;"),
            '\'' if apos => raw.push_str("&apos;"),
            _ => raw.push(c),
        }
    }
    raw
}
