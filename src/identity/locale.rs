//! A locale: what names look like in a language, for tables too small to learn
//! it from. A further locale is one more file here and one more variant.

mod en_us;
mod zh_cn;

use rand::RngExt;

use crate::model::Entropy;

/// The languages whose names can be read and made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    ZhCn,
    EnUs,
}

/// Male or female, where a table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    Male,
    Female,
}

/// A word that names no locale.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no locale; there are zh-CN and en-US")]
pub struct BadLocale(String);

/// A name in its two parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonName {
    pub surname: String,
    pub given: String,
}

impl Locale {
    /// The locale of a tag.
    pub fn parse(tag: &str) -> Result<Self, BadLocale> {
        match tag.to_ascii_lowercase().replace('_', "-").as_str() {
            "zh-cn" | "zh" => Ok(Locale::ZhCn),
            "en-us" | "en" => Ok(Locale::EnUs),
            _ => Err(BadLocale(tag.to_owned())),
        }
    }

    /// The locale that a text is written in.
    pub fn of(text: &str) -> Self {
        if text.chars().any(is_han) { Locale::ZhCn } else { Locale::EnUs }
    }

    /// The country calling code of numbers that show none.
    pub fn calling_code(self) -> &'static str {
        match self {
            Locale::ZhCn => "86",
            Locale::EnUs => "1",
        }
    }

    /// A full name split into its parts, or nothing where it is none.
    pub fn split(self, full: &str) -> Option<PersonName> {
        match self {
            Locale::ZhCn => zh_cn::split(full),
            Locale::EnUs => en_us::split(full),
        }
    }

    /// A full name written as another one is.
    pub fn join(self, name: &PersonName, like: &str) -> String {
        match self {
            Locale::ZhCn => zh_cn::join(name, like),
            Locale::EnUs => en_us::join(name, like),
        }
    }

    /// A name from the locale's own lists.
    pub fn draw(self, sex: Option<Sex>, entropy: &mut dyn Entropy) -> PersonName {
        let sex = sex.unwrap_or(if entropy.random_bool(0.5) { Sex::Male } else { Sex::Female });
        match self {
            Locale::ZhCn => zh_cn::draw(sex, entropy),
            Locale::EnUs => en_us::draw(sex, entropy),
        }
    }

    /// Whether many Chinese names begin so.
    pub fn common_surname(surname: &str) -> bool {
        surname.chars().all(zh_cn::is_surname)
    }

    /// Lower-case Latin letters, for mail addresses.
    pub fn latin(self, text: &str) -> String {
        match self {
            Locale::ZhCn => zh_cn::latin(text),
            Locale::EnUs => text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect(),
        }
    }
}

/// The sex a cell tells, in the codes that tables use (GB/T 2261 among them).
pub fn read_sex(cell: &str) -> Option<Sex> {
    match cell.trim().to_lowercase().as_str() {
        "男" | "男性" | "m" | "male" | "1" => Some(Sex::Male),
        "女" | "女性" | "f" | "female" | "2" => Some(Sex::Female),
        _ => None,
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2ebef}')
}

fn pick<'a>(list: &[&'a str], entropy: &mut dyn Entropy) -> &'a str {
    list[entropy.random_range(0..list.len())]
}
