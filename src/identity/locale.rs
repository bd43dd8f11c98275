//! A locale: what names, places and phone numbers look like in a country, for
//! tables too small to learn it from. Each is a [`Pack`] in a folder of its
//! own; a further one is one more folder and one more variant. What a table
//! itself teaches is left to the profile.

mod en_us;
mod pack;
mod table;
mod weighted;
pub mod zh_cn;

use rand::RngExt;

pub use pack::{Degrees, NameLike, Pack, PhoneFacts, PhoneKind, PlaceFacts, Postcode};

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

impl Sex {
    /// One of the two, evenly.
    pub fn draw(entropy: &mut dyn Entropy) -> Self {
        if entropy.random_bool(0.5) { Sex::Male } else { Sex::Female }
    }

    /// The other one.
    pub fn other(self) -> Self {
        if self == Sex::Male { Sex::Female } else { Sex::Male }
    }
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
    /// Every locale there is.
    pub const ALL: [Locale; 2] = [Locale::ZhCn, Locale::EnUs];

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

    /// All that is known of the locale.
    pub fn pack(self) -> &'static dyn Pack {
        match self {
            Locale::ZhCn => &zh_cn::ZhCn,
            Locale::EnUs => &en_us::EnUs,
        }
    }

    /// The country calling code of numbers that show none.
    pub fn calling_code(self) -> &'static str {
        self.pack().calling_code()
    }

    /// A full name split into its parts, or nothing where it is none.
    pub fn split(self, full: &str) -> Option<PersonName> {
        self.pack().split(full)
    }

    /// A full name written as another one is.
    pub fn join(self, surname: &str, given: &str, like: &str) -> String {
        self.pack().join(surname, given, like)
    }

    /// A name from the locale's own lists.
    pub fn draw(self, sex: Option<Sex>, entropy: &mut dyn Entropy) -> PersonName {
        let sex = sex.unwrap_or_else(|| Sex::draw(entropy));
        let surname = self.pack().surname(None, entropy);
        PersonName { surname, given: self.pack().given(sex, None, entropy) }
    }

    /// Whether many Chinese names begin so: at least one person in two thousand.
    pub fn common_surname(surname: &str) -> bool {
        Locale::ZhCn.pack().surname_share(surname) >= 0.0005
    }

    /// Lower-case Latin letters, for mail addresses.
    pub fn latin(self, text: &str) -> String {
        self.pack().latin(text)
    }
}

/// The sex a cell tells, in the codes that tables use (GB/T 2261 among them) or by how somebody
/// is addressed.
pub fn read_sex(cell: &str) -> Option<Sex> {
    let cell = cell.trim();
    let is = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is(&["男", "男性", "先生", "m", "male", "man", "mr", "mr.", "herr", "1"]) {
        Some(Sex::Male)
    } else if is(&[
        "女", "女性", "女士", "小姐", "f", "female", "woman", "mrs", "mrs.", "ms", "ms.", "miss", "miss.", "frau", "2",
    ]) {
        Some(Sex::Female)
    } else {
        None
    }
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2ebef}')
}

#[cfg(test)]
mod tests;
