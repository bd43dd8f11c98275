//! A name: how people call a source, a dataset or a token. Any script, but one
//! word without blanks, so that it survives a shell, a table and a URL.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One to 64 characters: letters and digits of any script, `-`, `_`, `.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a name: use 1 to 64 letters, digits, '-', '_' or '.', starting with a letter or digit")]
pub struct BadName(String);

impl Name {
    /// Reads a name, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let fits = (1..=64).contains(&text.chars().count());
        let starts = text.chars().next().is_some_and(char::is_alphanumeric);
        let clean = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if fits && starts && clean { Ok(Self(text.to_owned())) } else { Err(BadName(text.chars().take(80).collect())) }
    }

    /// A name out of any text: what does not fit becomes `-`.
    pub fn from_lossy(text: &str) -> Self {
        let clean: String = text
            .chars()
            .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '.') { c } else { '-' })
            .take(64)
            .collect();
        let clean = clean.trim_matches(|c: char| !c.is_alphanumeric());
        Self(if clean.is_empty() { "table".to_owned() } else { clean.to_owned() })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_word_of_any_script() {
        for good in ["telecom", "east-2", "北京电信", "a.b_c"] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "two words", "a/b", "a\nb", &"x".repeat(65)] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn any_text_can_be_made_a_name() {
        assert_eq!(Name::from_lossy("my file (2)").as_str(), "my-file--2");
        assert_eq!(Name::from_lossy("///").as_str(), "table");
    }
}
