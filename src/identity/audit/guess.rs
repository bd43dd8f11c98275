//! A guess: what an attacker takes a column to be, from its name, the role we
//! gave it and, before all, the values of its real rows.

use std::collections::HashSet;

use super::mix::Mixing;
use super::moment;
use crate::identity::digits;
use crate::identity::role::Role;

/// What a column holds in an attacker's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Empty,
    Email,
    NationalId,
    Url,
    Phone,
    Date,
    Sex,
    Postcode,
    /// Few distinct values.
    Category,
    /// A number that differs from row to row.
    Key,
    Number,
    Text,
}

/// How many values are looked at for form.
const LOOK: usize = 400;

const PHONE: [&str; 14] = [
    "phone",
    "mobile",
    "cell",
    "tel",
    "fax",
    "手机",
    "电话",
    "联系方式",
    "lxdh",
    "lxfs",
    "sjh",
    "dh",
    "msisdn",
    "whatsapp",
];
const SEX: [&str; 6] = ["sex", "gender", "性别", "xb", "sfxb", "xingbie"];
const POSTCODE: [&str; 8] = ["zip", "postcode", "post_code", "postal", "邮编", "邮政", "yb", "yzbm"];
const NAME: [&str; 14] = [
    "name",
    "surname",
    "姓名",
    "联系人",
    "法人",
    "法定代表",
    "xm",
    "lxr",
    "first",
    "last",
    "given",
    "midl",
    "nom",
    "nombre",
];

/// Whether the column's name holds one of the words; very short words must stand alone.
fn named(name: &str, words: &[&str]) -> bool {
    let low = name.trim().to_lowercase();
    let alone = |w: &str| low.split(|c: char| !c.is_alphanumeric()).any(|part| part == w);
    words.iter().any(|w| if w.is_ascii() && w.len() <= 3 { alone(w) } else { low.contains(w) })
}

/// Whether a column's name speaks of a person's name.
pub fn is_name(name: &str, role: Role) -> bool {
    matches!(role, Role::FullName | Role::Surname | Role::GivenName) || named(name, &NAME)
}

/// The guess for one column, from the cells of the real rows.
pub fn guess(name: &str, role: Role, real: &[&str]) -> Kind {
    let full: Vec<&str> = real.iter().copied().filter(|v| !v.is_empty()).collect();
    if full.is_empty() {
        return Kind::Empty;
    }
    let looked: Vec<&str> = full.iter().copied().step_by(full.len().div_ceil(LOOK)).collect();
    let share = |test: &dyn Fn(&str) -> bool| looked.iter().filter(|v| test(v)).count() as f64 / looked.len() as f64;
    let distinct = full.iter().collect::<HashSet<_, Mixing>>().len();
    let postcode = named(name, &POSTCODE);
    if share(&is_email) > 0.5 {
        Kind::Email
    } else if share(&is_national_id) > 0.5 {
        Kind::NationalId
    } else if share(&|v| ["http://", "https://", "www."].iter().any(|p| v.starts_with(p))) > 0.5 {
        Kind::Url
    } else if (role == Role::Phone || named(name, &PHONE)) && share(&is_phone) > 0.5 {
        Kind::Phone
    } else if !postcode && share(&|v| moment::parse(v).is_some()) > 0.7 {
        Kind::Date
    } else if (role == Role::Sex || named(name, &SEX)) && distinct <= 12 {
        Kind::Sex
    } else if postcode {
        Kind::Postcode
    } else if distinct as f64 <= (0.03 * real.len() as f64).max(12.0) {
        Kind::Category
    } else if share(&|v| number(v).is_some()) > 0.9 {
        let long = share(&|v| v.len() >= 4) >= 0.5;
        if distinct as f64 > 0.9 * full.len() as f64 && long { Kind::Key } else { Kind::Number }
    } else {
        Kind::Text
    }
}

/// A cell read as a finite number.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.') && !text.contains(char::is_whitespace))
}

fn is_phone(text: &str) -> bool {
    (6..=16).contains(&digits::of(text).len())
}

fn is_national_id(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 18
        && b[..17].iter().all(u8::is_ascii_digit)
        && (b[17].is_ascii_digit() || b[17].eq_ignore_ascii_case(&b'x'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, values: &[&str]) -> Kind {
        let many: Vec<&str> = values.iter().copied().cycle().take(values.len() * 20).collect();
        guess(name, Role::Other, &many)
    }

    #[test]
    fn values_tell_what_a_column_is() {
        assert_eq!(kind("c1", &["a@b.example"]), Kind::Email);
        assert_eq!(kind("c1", &["410103199004052046"]), Kind::NationalId);
        assert_eq!(kind("sjh", &["13264476302"]), Kind::Phone);
        assert_eq!(kind("t", &["1990-04-05", "19911230", "2003年4月5日"]), Kind::Date);
        assert_eq!(kind("xb", &["男", "女"]), Kind::Sex);
        assert_eq!(kind("c1", &["", ""]), Kind::Empty);
    }

    #[test]
    fn numbers_that_differ_are_keys() {
        let texts: Vec<String> = (0..900).map(|i| (10_000 + i * 7).to_string()).collect();
        let cells: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(guess("id", Role::Other, &cells), Kind::Key);
        let money: Vec<String> = (0..900).map(|i| format!("{}.5", i % 90)).collect();
        assert_eq!(guess("amount", Role::Other, &money.iter().map(String::as_str).collect::<Vec<_>>()), Kind::Number);
    }
}
