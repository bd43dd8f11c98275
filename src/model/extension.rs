//! An extension: what is dialled behind a phone number to reach one line of a
//! switchboard, with the sign before it (x123, ext. 123, 转123). Whoever reads a number
//! of the pool with one calls that number; what a number is, is `contact_point`'s.

/// What stands before an extension, the longer first.
const SIGNS: [&str; 7] = ["extension", "extn", "ext", "转", "轉", "x", "#"];
/// Digits of an extension at most, and of the number before it at least.
const LINE: usize = 6;
const NUMBER: usize = 7;

/// A phone number as it is written, and its extension with sign and blanks; all of the
/// text and nothing where it is no number with one.
pub fn parted(text: &str) -> (&str, &str) {
    let text = text.trim();
    let line = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let before = &text[..text.len() - line];
    let bare = if (1..=LINE).contains(&line) { without_sign(before) } else { None };
    match bare.filter(|bare| is_phone(bare)) {
        Some(bare) => text.split_at(bare.len()),
        None => (text, ""),
    }
}

fn without_sign(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(['.', ':', ' ']);
    let at = |sign: &str| text.len().checked_sub(sign.len());
    let ends = |sign: &&&str| at(sign).and_then(|at| text.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(sign));
    let sign = SIGNS.iter().find(ends)?;
    Some(text[..at(sign)?].trim_end_matches([' ', ',']))
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= NUMBER && text.chars().all(|c| c.is_ascii_digit() || " +-.()/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_told_from_numbers() {
        for (text, bare, extension) in [
            ("535.553.6379x33353", "535.553.6379", "x33353"),
            ("+1-953-336-0685 Ext. 166", "+1-953-336-0685", " Ext. 166"),
            ("(415) 555-0142, extension 7", "(415) 555-0142", ", extension 7"),
            ("010-88990011转802", "010-88990011", "转802"),
            ("(415) 555-0142", "(415) 555-0142", ""),
            ("415-555-0142x", "415-555-0142x", ""),
            ("415-555-0142x1234567", "415-555-0142x1234567", ""),
            ("box 12", "box 12", ""),
            ("1x12", "1x12", ""),
            ("王x12", "王x12", ""),
        ] {
            assert_eq!(parted(text), (bare, extension), "{text}");
        }
    }
}
