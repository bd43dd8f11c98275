//! Shapes: what a value's characters tell by themselves: mail and web addresses,
//! phone numbers, hashes, numbers, places on the map.

use crate::identity::checks::is_resident_id;
use crate::identity::{digits, phones};

pub(super) fn is_mail(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        && !text.contains(char::is_whitespace)
}

pub(super) fn is_url(text: &str) -> bool {
    let starts = ["http://", "https://", "www.", "ftp://"].iter().any(|s| text.to_lowercase().starts_with(s));
    starts && !text.contains(char::is_whitespace)
}

/// A number that shows by its signs or its network that it is a phone's.
pub(super) fn is_surely_phone(text: &str) -> bool {
    phones::surely(text) && !is_dashed_date(text) || is_area_number(text)
}

/// A Chinese landline with its area code: 010-88990011, (0571)88990011.
fn is_area_number(text: &str) -> bool {
    let digits = digits::of(text);
    let parted = text.starts_with("(0") || text.split_once('-').is_some_and(|(area, _)| matches!(area.len(), 3 | 4));
    phones::looks_like(text) && parted && digits.starts_with('0') && matches!(digits.len(), 10..=12)
}

fn is_dashed_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [y, m, d] if y.len() == 4 && m.len() <= 2 && d.len() <= 2)
}

/// 7 to 15 digits and signs, masked ones too, that are neither a date nor an identity number.
pub(super) fn may_be_phone(text: &str) -> bool {
    let bare = text.split(['x', 'X', '转', ',', '/', ';']).next().unwrap_or_default().trim_end_matches([' ', 'e']);
    let unmasked = bare.replace(['*', '#'], "0");
    phones::looks_like(&unmasked)
        && !is_dashed_date(bare)
        && !is_resident_id(text)
        && !bare.contains('.') | dotted(bare)
}

fn dotted(text: &str) -> bool {
    text.matches('.').count() == 2 && text.len() == 12
}

pub(super) fn is_handle(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && (5..=11).contains(&text.len()) && !text.starts_with('0');
    let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    digits || text.starts_with('@') || (6..=20).contains(&text.len()) && text.chars().all(word) && !is_decimal(text)
}

pub(super) fn is_uuid(text: &str) -> bool {
    let bare = text.trim_matches(['{', '}']);
    bare.len() == 36
        && bare.bytes().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// The result of a hash function: MD5 to SHA-512 in hexadecimal, or a password
/// hash in the modular crypt format.
pub(super) fn is_hash(text: &str) -> bool {
    let hex = matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex && text.bytes().any(|b| b.is_ascii_alphabetic()) || is_password_hash(text)
}

pub(super) fn is_password_hash(text: &str) -> bool {
    let named = ["$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "$argon2", "pbkdf2", "{SSHA}", "{SHA}", "scrypt:"];
    text.len() >= 20 && named.iter().any(|n| text.starts_with(n))
}

/// A long run of letters and digits without words: base64, tokens.
pub(super) fn is_blob(text: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || b"+/=_-.".contains(&b);
    let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    text.len() >= 24 && text.bytes().all(sign) && kinds.iter().all(|k| text.bytes().any(|b| k(&b)))
}

pub(super) fn is_json(text: &str) -> bool {
    text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']')
}

pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

pub(super) fn is_decimal(text: &str) -> bool {
    let text = text.trim_start_matches(['$', '¥', '€', '£']).trim_end_matches(['%', '元']).replace(',', "");
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    plain && text.len() <= 20 && text.bytes().any(|b| b.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

pub(super) fn is_fraction(text: &str) -> bool {
    is_decimal(text) && text.contains('.')
}

/// A whole number between 0 and 120.
pub(super) fn is_age(text: &str) -> bool {
    text.trim_end_matches('岁').parse::<u8>().is_ok_and(|n| n <= 120)
}

/// A degree with three decimals or more, or a pair of them.
pub(super) fn is_degree(text: &str) -> bool {
    let degree = |t: &str| {
        let exact = t.split_once('.').is_some_and(|(_, decimals)| decimals.len() >= 3);
        exact && t.parse::<f64>().is_ok_and(|n| n.abs() <= 180.0)
    };
    text.trim_matches(['(', ')']).split([',', ' ']).filter(|t| !t.is_empty()).take(3).all(degree) && text.contains('.')
}

/// One word with digits in it, as business numbers are.
pub(super) fn is_coded(text: &str) -> bool {
    let sign = |c: char| c.is_alphanumeric() || "-_/.#:()（）〔〕[]".contains(c);
    // Case numbers have a few Chinese characters, addresses and names of houses more.
    let foreign = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    text.len() <= 60 && foreign <= 4 && text.chars().all(sign) && text.bytes().any(|b| b.is_ascii_digit())
}

/// Nothing but letters and what stands between the words of a name.
pub(super) fn is_lettered(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && text.chars().all(|c| c.is_alphabetic() || " .'-’·,　".contains(c))
}

/// Two to four large letters: countries, states, currencies, kinds.
pub(super) fn is_abbreviation(text: &str) -> bool {
    (2..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// Letters and digits, other than of a number with its unit.
pub(super) fn is_mixed(text: &str) -> bool {
    let has = |is: fn(char) -> bool| text.contains(is);
    has(char::is_alphabetic) && has(|c| c.is_ascii_digit()) && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Words in a row: a sentence, or Chinese text of some length.
pub(super) fn is_wordy(text: &str) -> bool {
    text.split_whitespace().count() >= 5 || text.chars().filter(|c| !c.is_ascii()).count() >= 18
}

/// More words than a name has.
pub(super) fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() >= 9 || text.chars().filter(|c| !c.is_ascii()).count() >= 36
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (test, good, bad) in [
            (is_mail as fn(&str) -> bool, "a.b@c.example", "a@b c.d"),
            (is_url, "HTTPS://a.example/x", "see https://a.example"),
            (is_surely_phone, "0571-88990011", "2016-03-09"),
            (is_surely_phone, "(010)88990011", "330106198001010034"),
            (may_be_phone, "138****1234", "11010519491231002X"),
            (may_be_phone, "415.555.0142 x12", "1987.12.03.7"),
            (is_uuid, "0b9f1c2e-7a55-4a43-9a2f-6a1b7f1f0c11", "0b9f1c2e7a554a439a2f6a1b7f1f0c11"),
            (is_hash, "5f4dcc3b5aa765d61d8327deb882cf99", "12345678901234567890123456789012"),
            (is_password_hash, "$2y$10$abcdefghijklmnopqrstuv", "$2y$"),
            (is_blob, "dGhpcyBpcyBhIHRva2VuIG9m9Q==", "thisisnotoneofthemisitorisitone"),
            (is_ip, "10.0.0.1", "10.0.0.256"),
            (is_decimal, "¥1,234.50", "12-34"),
            (is_age, "47岁", "147"),
            (is_degree, "120.1551,30.2741", "120.5"),
            (is_coded, "DD-2016-0001", "two words 1"),
            (is_lettered, "O'Brien-Smith", "Brien 2"),
        ] {
            assert!(test(good), "{good}");
            assert!(!test(bad), "{bad}");
        }
    }
}
