//! A contact point: a phone number, mailbox or web address that the operator
//! owns and listens on. Parsing normalises, so that two spellings of one value
//! are equal; what the operator owns is `pool`'s, and whether it is free the
//! store's to know.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The zero that is dialled within a country, as it is written behind its code (ITU-T E.123).
pub const TRUNK: &str = "(0)";

/// What a contact point is reached by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Phone,
    Mailbox,
    Url,
}

/// A normalised value somebody can be contacted at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContactPoint {
    pub kind: Kind,
    /// Phone: E.164. Mailbox: lower-case domain, local part as minted.
    /// Url: lower-case scheme and host, path as minted.
    pub value: String,
}

/// Why a text is not a contact point.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadPoint {
    #[error("{0:?} is not a phone number in E.164 form: '+', then 7 to 15 digits, such as +8613812345678")]
    Phone(String),
    #[error("{0:?} is not a mail address")]
    Mailbox(String),
    #[error("{0:?} has a +tag, which whoever finds it leaves out: add the mailbox without it")]
    Tagged(String),
    #[error("{0:?} is not a domain name, such as mail.example.net")]
    Domain(String),
    #[error("{0:?} is not a web address: use http:// or https://, a host, and no query")]
    Url(String),
}

impl Kind {
    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Phone => "phone",
            Kind::Mailbox => "mailbox",
            Kind::Url => "url",
        }
    }
}

impl fmt::Display for ContactPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

impl ContactPoint {
    /// A number in E.164 form, written with blanks, dashes, dots or brackets or not.
    pub fn phone(text: &str) -> Result<Self, BadPoint> {
        let bad = || BadPoint::Phone(text.chars().take(60).collect());
        let text = text.trim();
        let digits: String = text
            .strip_prefix('+')
            .ok_or_else(bad)?
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
            .collect();
        let fits =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if fits { Ok(Self { kind: Kind::Phone, value: format!("+{digits}") }) } else { Err(bad()) }
    }

    /// A number as a provider writes it: `+86…`, `86…`, or ` 86…` where an
    /// unescaped plus was decoded to a blank.
    pub fn provider_phone(text: &str) -> Result<Self, BadPoint> {
        let text = text.trim();
        if text.starts_with('+') { Self::phone(text) } else { Self::phone(&format!("+{text}")) }
    }

    /// `local@domain`; the domain is lower-cased, the local part kept.
    pub fn mailbox(text: &str) -> Result<Self, BadPoint> {
        let bad = || BadPoint::Mailbox(text.chars().take(80).collect());
        let (local, domain) = text.trim().rsplit_once('@').ok_or_else(bad)?;
        let clean = !local.is_empty()
            && local.len() <= 64
            && !local.chars().any(|c| c.is_control() || c.is_whitespace() || c == '<' || c == '>');
        if !clean {
            return Err(bad());
        }
        let domain = domain_name(domain).map_err(|_| bad())?;
        Ok(Self { kind: Kind::Mailbox, value: format!("{local}@{domain}") })
    }

    /// An `http(s)` address; scheme and host are lower-cased, fragments refused.
    pub fn url(text: &str) -> Result<Self, BadPoint> {
        let bad = || BadPoint::Url(text.chars().take(120).collect());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(bad)?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let clean = matches!(scheme.as_str(), "http" | "https")
            && !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
            && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'<' | b'>'));
        if !clean {
            return Err(bad());
        }
        Ok(Self { kind: Kind::Url, value: format!("{scheme}://{}{path}", host.to_ascii_lowercase()) })
    }
}

/// A domain name in lower case (RFC 1035 lengths, letters of any script).
pub fn domain_name(text: &str) -> Result<String, BadPoint> {
    let domain = text.trim().trim_end_matches('.').to_lowercase();
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    if domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label) {
        Ok(domain)
    } else {
        Err(BadPoint::Domain(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for text in ["+86 138 1234 5678", "+86-138-1234-5678", "+8613812345678", " +86(138)12345678"] {
            assert_eq!(ContactPoint::phone(text).expect(text).value, "+8613812345678");
        }
        for text in ["8613812345678", " 8613812345678", "+8613812345678"] {
            assert_eq!(ContactPoint::provider_phone(text).expect(text).value, "+8613812345678");
        }
        for bad in ["13812345678", "+86", "+0861234567", "+86138abc45678", ""] {
            assert!(ContactPoint::phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mailboxes_urls_and_domains() {
        assert_eq!(ContactPoint::mailbox("Li.Na@Mail.Example.NET").expect("ok").value, "Li.Na@mail.example.net");
        assert!(ContactPoint::mailbox("no-at-sign").is_err());
        assert!(ContactPoint::mailbox("a b@example.net").is_err());
        assert_eq!(
            ContactPoint::url("HTTPS://News.Example.net/A/b?x=1").expect("ok").value,
            "https://news.example.net/A/b?x=1"
        );
        assert!(ContactPoint::url("ftp://x.example").is_err());
        assert!(domain_name("example").is_err());
        assert!(domain_name("-x.example").is_err());
    }
}
