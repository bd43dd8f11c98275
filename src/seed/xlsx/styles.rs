//! Which of a workbook's cell styles show a number as a date or with leading
//! zeros, by their number formats (ECMA-376 18.8.30). Nothing else of styles matters here.

use std::collections::HashMap;

use super::fault::Fault;
use super::value::Look;
use super::xml::{Kind, Xml, attribute, local};

/// The looks of `cellXfs`, by number.
#[derive(Debug, Default)]
pub struct Styles(Vec<Look>);

impl Styles {
    /// Reads `styles.xml`.
    pub fn read(part: &[u8]) -> Result<Self, Fault> {
        let mut xml = Xml::new(part);
        let mut codes: HashMap<u32, Look> = HashMap::new();
        let mut looks = Vec::new();
        let mut in_xfs = false;
        while let Some(kind) = xml.next()? {
            let tag = xml.raw();
            match (kind, local(tag)) {
                (Kind::Start | Kind::Empty, b"numFmt") => {
                    if let (Some(id), Some(code)) = (number(tag, "numFmtId"), attribute(tag, "formatCode")) {
                        codes.insert(id, look_of_code(&code));
                    }
                }
                (Kind::Start, b"cellXfs") => in_xfs = true,
                (Kind::End, b"cellXfs") => in_xfs = false,
                (Kind::Start | Kind::Empty, b"xf") if in_xfs => {
                    let id = number(tag, "numFmtId").unwrap_or(0);
                    looks.push(codes.get(&id).copied().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            }
        }
        Ok(Self(looks))
    }

    /// How a style shows numbers.
    pub fn look(&self, style: u32) -> Look {
        self.0.get(style as usize).copied().unwrap_or_default()
    }
}

fn number(tag: &[u8], name: &str) -> Option<u32> {
    attribute(tag, name)?.parse().ok()
}

/// Formats that have no code in the file; 27-36 and 50-58 are East Asian dates.
fn built_in(id: u32) -> Look {
    if matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58) { Look::Date } else { Look::Plain }
}

fn look_of_code(code: &str) -> Look {
    let first = code.split(';').next().unwrap_or(code);
    if first.len() >= 2 && first.len() <= 30 && first.bytes().all(|b| b == b'0') {
        return Look::Padded(first.len() as u8);
    }
    let bare = without_literals(first).to_ascii_lowercase();
    let date = !matches!(bare.as_str(), "general" | "standard") && bare.contains(['y', 'm', 'd', 'h', 's']);
    if date { Look::Date } else { Look::Plain }
}

/// A format code without quoted and escaped characters, fillers, colours and conditions; `[h]` and its kin stay.
fn without_literals(code: &str) -> String {
    let mut bare = String::new();
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => drop(rest.by_ref().find(|c| *c == '"')),
            '\\' | '_' | '*' => drop(rest.next()),
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                if !inner.is_empty() && inner.chars().all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                    bare.push_str(&inner);
                }
            }
            c => bare.push(c),
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_numbers() {
        for code in ["yyyy-mm-dd", "m/d/yy h:mm", "[h]:mm", "[$-804]yyyy\"年\"m\"月\"d\"日\"", "ss.0;@", "[Red]d"] {
            assert_eq!(look_of_code(code), Look::Date, "{code}");
        }
        for code in ["General", "0.00", "#,##0\" days\"", "[Red]0", "\\d0", "0.00E+00", "@", "_d0", "0"] {
            assert_eq!(look_of_code(code), Look::Plain, "{code}");
        }
        assert_eq!(look_of_code("00000"), Look::Padded(5));
    }
}
