//! The table of shared strings: read whole into one block of text, and written
//! again with strings in between. New strings go where the rows around them
//! have theirs, not to the end, where their numbers alone would give them away.

use std::io::{BufRead, Write};

use super::fault::Fault;
use super::xml::{Kind, Xml, attribute, escape, local, qualified, unescape, with_attribute};

/// The most text that is held, in octets; each string takes 4 octets more.
const MAX_TEXT: usize = 512 << 20;

/// All shared strings, by number.
#[derive(Debug, Default)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads `sharedStrings.xml`.
    pub fn read(part: impl BufRead) -> Result<Self, Fault> {
        let mut xml = Xml::new(part);
        let mut strings = Self::default();
        let mut state = Texts::default();
        while let Some(kind) = xml.next()? {
            state.take(kind, xml.raw(), &mut strings.text)?;
            let item = local(xml.raw()) == b"si" && matches!(kind, Kind::End | Kind::Empty);
            if strings.text.len() > MAX_TEXT {
                return Err(Fault::whole(format!(
                    "the shared strings take more than {} MiB; save the table as .csv and seed that file",
                    MAX_TEXT >> 20
                )));
            }
            if item {
                strings.ends.push(strings.text.len() as u32);
            }
        }
        Ok(strings)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, number: u32) -> Option<&str> {
        let end = *self.ends.get(number as usize)? as usize;
        let start = number.checked_sub(1).map_or(0, |n| self.ends[n as usize] as usize);
        Some(&self.text[start..end])
    }
}

/// The text within `<si>` or `<is>`: all runs, without phonetic ones.
#[derive(Default)]
struct Texts {
    in_text: bool,
    phonetic: bool,
}

impl Texts {
    fn take(&mut self, kind: Kind, raw: &[u8], text: &mut String) -> Result<(), Fault> {
        match (kind, local(raw)) {
            (Kind::Start, b"t") => self.in_text = true,
            (Kind::End, b"t") => self.in_text = false,
            (Kind::Start, b"rPh") => self.phonetic = true,
            (Kind::End, b"rPh") => self.phonetic = false,
            (Kind::Text, _) if self.in_text && !self.phonetic => text.push_str(&plain(&unescape(raw)?)),
            (Kind::Cdata, _) if self.in_text && !self.phonetic => {
                text.push_str(&String::from_utf8_lossy(&raw[9..raw.len() - 3]));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The text of an inline string's content.
pub fn inline_text(content: &[u8]) -> Result<String, Fault> {
    let mut xml = Xml::new(content);
    let mut text = String::new();
    let mut state = Texts::default();
    while let Some(kind) = xml.next()? {
        state.take(kind, xml.raw(), &mut text)?;
    }
    Ok(text)
}

/// The hexadecimal number of a character written `_xHHHH_` (ECMA-376 22.9.2.19).
fn escaped(text: &str) -> Option<u32> {
    let hex = text.strip_prefix("_x")?.get(..5)?.strip_suffix('_')?;
    u32::from_str_radix(hex, 16).ok()
}

/// A text without such escapes.
pub fn plain(text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        new.push_str(&rest[..at]);
        let (c, length) = match escaped(&rest[at..]).and_then(char::from_u32) {
            Some(c) => (c, 7),
            None => ('_', 1),
        };
        new.push(c);
        rest = &rest[at + length..];
    }
    new.push_str(rest);
    new
}

/// `<t>` with a text, with the prefix of the namespace in use.
pub fn text_element(text: &str, prefix: &str) -> String {
    let mut raw = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '\t' | '\n' => raw.push(c),
            '\0'..' ' => raw.push_str(&format!("_x{:04X}_", c as u32)),
            '_' if escaped(&text[at..]).is_some() => raw.push_str("_x005F_"),
            _ => raw.push(c),
        }
    }
    let keep = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) || text.contains('\n');
    let space = if keep { " xml:space=\"preserve\"" } else { "" };
    format!("<{prefix}t{space}>{}</{prefix}t>", escape(&raw, b""))
}

/// Strings to put in between, and the numbers all have then.
#[derive(Debug, Default)]
pub struct Additions {
    /// Ascending: the number of the old string before which the new one goes.
    new: Vec<(u32, String)>,
    /// Cells that will use a shared string more than before.
    pub uses: u64,
}

impl Additions {
    /// Adds a string that may be new, to go before the old one of number `place`.
    pub fn wish(&mut self, place: u32, text: &str) {
        self.uses += 1;
        self.new.push((place, text.to_owned()));
    }

    /// Leaves out what the table has already or was wished for twice.
    pub fn settle(&mut self, old: &Strings) {
        let mut known: std::collections::HashSet<String> = std::collections::HashSet::new();
        let wished: std::collections::HashSet<&str> = self.new.iter().map(|(_, t)| t.as_str()).collect();
        let in_table = (0..old.len() as u32).filter_map(|n| old.get(n)).filter(|t| wished.contains(t));
        known.extend(in_table.map(str::to_owned));
        self.new.sort_by_key(|(place, _)| *place);
        self.new.retain(|(_, text)| known.insert(text.clone()));
    }

    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.uses == 0
    }

    /// The number an old string has now.
    pub fn renumber(&self, old: u32) -> u32 {
        old + self.new.partition_point(|(place, _)| *place <= old) as u32
    }

    /// The numbers of all texts that canaries use.
    pub fn numbers<'t>(&'t self, old: &'t Strings, texts: &[&'t str]) -> std::collections::HashMap<&'t str, u32> {
        let wanted: std::collections::HashSet<&str> = texts.iter().copied().collect();
        let mut numbers: std::collections::HashMap<&str, u32> = std::collections::HashMap::new();
        for n in (0..old.len() as u32).rev() {
            if let Some(text) = old.get(n).filter(|t| wanted.contains(t)) {
                numbers.insert(text, self.renumber(n));
            }
        }
        numbers.extend(self.new.iter().enumerate().map(|(n, (place, text))| (text.as_str(), place + n as u32)));
        numbers
    }

    /// Writes the table with the new strings.
    pub fn write(&self, part: impl BufRead, to: &mut dyn Write) -> Result<(), Fault> {
        let mut xml = Xml::new(part);
        let mut at = 0;
        let mut waiting = self.new.iter().peekable();
        let mut phonetic: Vec<u8> = Vec::new();
        let mut prefix = String::new();
        while let Some(kind) = xml.next()? {
            let raw = xml.raw();
            match (kind, local(raw)) {
                (Kind::Start | Kind::Empty, b"sst") => {
                    prefix = prefix_of(raw);
                    to.write_all(&self.counted(raw)).map_err(Fault::Write)?;
                    continue;
                }
                (Kind::Start | Kind::Empty, b"si") | (Kind::End, b"sst") => {
                    let here = |w: &(u32, String)| w.0 <= at || kind == Kind::End;
                    while let Some((_, text)) = waiting.next_if(|w| here(w)) {
                        let item = text_element(text, &prefix);
                        let tail = String::from_utf8_lossy(&phonetic);
                        write!(to, "<{prefix}si>{item}{tail}</{prefix}si>").map_err(Fault::Write)?;
                    }
                    phonetic.clear();
                    at += u32::from(kind != Kind::End);
                }
                (Kind::Empty, b"phoneticPr") => phonetic = raw.to_vec(),
                _ => {}
            }
            to.write_all(raw).map_err(Fault::Write)?;
        }
        Ok(())
    }

    fn counted(&self, tag: &[u8]) -> Vec<u8> {
        let more = |tag: Vec<u8>, name, by: u64| {
            let old: Option<u64> = attribute(&tag, name).and_then(|v| v.parse().ok());
            old.map_or(tag.clone(), |n| with_attribute(&tag, name, &(n + by).to_string()))
        };
        more(more(tag.to_vec(), "count", self.uses), "uniqueCount", self.new.len() as u64)
    }
}

/// The prefix of a tag with its colon.
pub fn prefix_of(tag: &[u8]) -> String {
    let (whole, own) = (qualified(tag), local(tag));
    String::from_utf8_lossy(&whole[..whole.len() - own.len()]).into_owned()
}
