//! Spacing: what a file puts around the braces, colons and commas of its objects.

/// Read from one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spacing {
    pub(super) open: String,
    pub(super) colon: String,
    pub(super) comma: String,
    pub(super) close: String,
}

impl Default for Spacing {
    fn default() -> Self {
        Self { open: "{".into(), colon: ":".into(), comma: ",".into(), close: "}".into() }
    }
}

impl Spacing {
    /// That of a line (without its end) which is a whole object of two values or more.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut rest = line;
        let open = take(&mut rest, b'{');
        skip(&mut rest)?;
        let colon = take(&mut rest, b':');
        skip(&mut rest)?;
        let comma = take(&mut rest, b',');
        while !rest.starts_with('}') && !rest.is_empty() {
            skip(&mut rest)?;
            if take(&mut rest, b':').is_empty() && take(&mut rest, b',').is_empty() {
                break;
            }
        }
        let whole = open.contains('{') && colon.contains(':') && comma.contains(',') && rest.contains('}');
        whole.then(|| Self { open, colon, comma, close: rest.to_owned() })
    }
}

/// Octets of blanks, a sign and blanks; none if another sign comes.
fn punctuation(text: &str, sign: u8) -> usize {
    let bare = text.trim_start();
    match bare.as_bytes().first() {
        Some(first) if *first == sign => text.len() - bare[1..].trim_start().len(),
        _ => 0,
    }
}

fn take(rest: &mut &str, sign: u8) -> String {
    let (taken, left) = rest.split_at(punctuation(rest, sign));
    *rest = left;
    taken.to_owned()
}

/// Passes over a string, a nested value or a word.
fn skip(rest: &mut &str) -> Option<()> {
    let (mut depth, mut in_string, mut at) = (0usize, false, 0);
    let octets = rest.as_bytes();
    while at < octets.len() {
        match octets[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b':' | b'}' | b' ' | b'\t' | b'\r' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    *rest = rest.get(at..)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_read_where_they_stand() {
        let spacing = |open: &str, colon: &str, comma: &str, close: &str| {
            Some(Spacing { open: open.into(), colon: colon.into(), comma: comma.into(), close: close.into() })
        };
        assert_eq!(Spacing::read(r#"{"a":1,"b":"x, y: }"}"#), spacing("{", ":", ",", "}"));
        assert_eq!(Spacing::read(r#"{"a": {"c": [1, 2]}, "b": "\"", "d": null}"#), spacing("{", ": ", ", ", "}"));
        assert_eq!(Spacing::read(r#"{ "a" : 1 ,"b" : 2 } "#), spacing("{ ", " : ", " ,", " } "));
        assert_eq!(Spacing::read(r#"{"a": 1}"#), None);
    }
}
