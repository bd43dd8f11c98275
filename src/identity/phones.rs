//! A phone form: how one column writes numbers (blanks, brackets, country code
//! or not), found from another row's cell, so that an owned number can be
//! written the same way.

use super::{digits, local};
use crate::model::contact_point::TRUNK;
use crate::model::extension;

/// Digits of a number of the North American plan behind its area code.
const WITHOUT_AREA: usize = 7;

/// An E.164 number split into country calling code and national digits (ITU-T E.164).
pub fn split(e164: &str) -> (&str, &str) {
    let digits = e164.trim_start_matches('+');
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    digits.split_at(length.min(digits.len()))
}

/// The digits of a phone without the code of the country `home`, or the zero that is
/// dialled within it.
pub fn national<'d>(digits: &'d str, home: &str) -> &'d str {
    let abroad = digits.strip_prefix("00").unwrap_or(digits);
    let coded = abroad.strip_prefix(home).filter(|_| abroad.len() > 10);
    coded.or_else(|| digits.strip_prefix('0')).unwrap_or(digits)
}

/// An owned number written as another row's cell is, without its extension; None where that is
/// not of a form in which it would still be this number. `home` is the country
/// code that the table's numbers have when they show none: without a plus, only
/// numbers of that country can be written, because any other would be read as
/// some stranger's.
pub fn write_like(e164: &str, like: &str, home: &str) -> Option<String> {
    let (like, _) = extension::parted(like);
    let trunk = if like.contains('(') { like.split_once(TRUNK) } else { None };
    let Some((before, after)) = trunk else { return write_plain(e164, like, home) };
    let mut written = write_plain(e164, &format!("{before}{after}"), home)?;
    written.insert_str(before.len(), TRUNK);
    Some(written)
}

fn write_plain(e164: &str, like: &str, home: &str) -> Option<String> {
    let (code, national) = split(e164);
    let shown = || like.bytes().filter(u8::is_ascii_digit);
    let begins = |head: &str| shown().take(head.len()).eq(head.bytes());
    let length = shown().count();
    let digits = if like.starts_with('+') {
        ["", code, national]
    } else if code != home {
        return None;
    } else if begins("00") {
        ["00", code, national]
    } else if begins("0") {
        // Neither NANP numbers nor Chinese mobiles are dialled with a zero in front.
        let is_mobile = code == "86" && national.len() == 11 && national.starts_with('1');
        Some(["0", "", national]).filter(|_| code != "1" && !is_mobile)?
    } else if length == national.len() {
        ["", "", national]
    } else if code == "1" && length == WITHOUT_AREA {
        // As it is dialled within its area.
        ["", "", national.get(national.len().checked_sub(WITHOUT_AREA)?..)?]
    } else {
        Some(["", code, national]).filter(|_| begins(code))?
    };
    if digits.iter().map(|part| part.len()).sum::<usize>() != length {
        return None;
    }
    if length == like.len() {
        return Some(digits.concat());
    }
    let mut digits = digits.iter().flat_map(|part| part.chars());
    let mut written = String::with_capacity(like.len());
    like.chars().for_each(|c| written.push(if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c }));
    Some(written)
}

/// An owned number written without its area code, as another row's cell is, and the area
/// code; None where that cell has so many or so few digits that nothing or all is left.
pub fn write_local(e164: &str, like: &str, home: &str) -> Option<(String, String)> {
    let (code, national) = split(e164);
    let length = like.bytes().filter(u8::is_ascii_digit).count();
    let area = national.len().checked_sub(length).filter(|area| code == home && *area > 0)?;
    if !local::DIGITS.contains(&length) {
        return None;
    }
    let (area, number) = national.split_at(area);
    let mut digits = number.chars();
    let written = like.trim().chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c });
    Some((written.collect(), area.to_owned()))
}

/// Whether a number is of the country of that code.
pub fn is_of(e164: &str, code: &str) -> bool {
    split(e164).0 == code
}

/// Whether a text holds a phone number written with its signs somewhere: ten
/// digits or more in groups, or a Chinese mobile number.
pub fn holds_one(text: &str) -> bool {
    let joins = |c: char| c.is_ascii_digit() || " +-.()".contains(c);
    text.split(|c| !joins(c)).any(|run| {
        let run = run.trim();
        surely(run) || run.split(' ').any(surely)
    })
}

/// Whether a text looks like a phone number: 7 to 15 digits and the signs that
/// go with them.
pub fn looks_like(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-.()/".contains(c))
}

/// Whether a text is surely one: a Chinese mobile number or one with its signs.
pub fn surely(text: &str) -> bool {
    let text = text.trim();
    let digits = digits::of(text);
    let chinese_mobile =
        digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3' && text.len() == 11;
    let signs = text.starts_with('+')
        || text.starts_with('(')
        || text.matches('-').count() == 2 && !text.starts_with("19") && !text.starts_with("20");
    looks_like(text) && (chinese_mobile || signs && digits.len() >= 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_form_of_the_column() {
        for (number, home, like, want) in [
            ("+8613812345678", "86", "15900001111", Some("13812345678")),
            ("+8613812345678", "86", "159 0000 1111", Some("138 1234 5678")),
            ("+8613812345678", "86", "+86 15900001111", Some("+86 13812345678")),
            ("+8613812345678", "86", "0571-88990011", None),
            ("+8613812345678", "1", "+1 415 555 0102", None),
            ("+8613812345678", "1", "1 415 555 0102", None),
            ("+14155550142", "1", "(212) 555-0199", Some("(415) 555-0142")),
            ("+14155550142", "1", "1-212-555-0199", Some("1-415-555-0142")),
            ("+14155550142", "1", "001-688-817-0142x785", Some("001-415-555-0142")),
            ("+442071838750", "1", "+44 (0)20 7946 0000", Some("+44 (0)20 7183 8750")),
            ("+442071838750", "44", "(0)2079460000", Some("(0)2071838750")),
            ("+442071838750", "44", &"(0)".repeat(100_000), None),
            ("+14155550142", "1", "25900001111", None),
            ("+14155550142", "1", "919-1234", Some("555-0142")),
            ("+442071838750", "1", "919-1234", None),
            ("+14155550142", "86", "01088990011", None),
            ("+15035551024", "86", "13912345678", None),
            ("+4915112345013", "86", "13912345678", None),
            ("+919876543203", "1", "4155550142", None),
            ("+8613812345678", "86", "010-88990011", None),
            ("+861088990011", "86", "010-55667788", Some("010-88990011")),
            ("+8613812345678", "86", "8615900001111", Some("8613812345678")),
            ("+442071838750", "1", "020 7946 0000", None),
            ("+442071838750", "44", "020 7946 0000", Some("020 7183 8750")),
            ("+442071838750", "1", "+44 20 7946 0000", Some("+44 20 7183 8750")),
        ] {
            assert_eq!(write_like(number, like, home).as_deref(), want, "{number} like {like}");
        }
    }

    #[test]
    fn numbers_go_without_their_area_code_where_it_stands_beside() {
        let local = |like| write_local("+13365550142", like, "1");
        assert_eq!(local("919-1234"), Some(("555-0142".to_owned(), "336".to_owned())));
        assert_eq!((local("3369191234"), local("12345")), (None, None));
        assert_eq!(write_local("+8657188990011", "81234567", "86"), Some(("88990011".into(), "571".into())));
        assert_eq!(write_local("+13365550142", "81234567", "86"), None);
    }

    #[test]
    fn numbers_are_seen_within_texts() {
        assert!(holds_one("Susan 617-555-1234"));
        assert!(holds_one("call James on 610-908-8733, or mail"));
        assert!(holds_one("联系13812345678"));
        assert!(!holds_one("opened 2016-03-09 14:37:32"));
        assert!(!holds_one("12 Main St, 97205"));
    }

    #[test]
    fn dates_and_ids_are_not_phones() {
        assert!(surely("13264476302"));
        assert!(surely("(415) 555-0142"));
        assert!(surely("516-555-0187"));
        assert!(!surely("2016-03-09"));
        assert!(!surely("330106198001010034"));
        assert!(!looks_like("33010619800101003X"));
    }
}
