//! Lookup keys: the forms under which a value can be found again, whatever way
//! somebody wrote it down. A stranger's spelling (`+86 138-1234 5678`,
//! `Li.Na@EXAMPLE.net`) and ours give the same key.
//!
//! Keys are plain text here; the store keeps only their keyed hash.

use super::contact_point::TRUNK;
use super::{Canary, ContactPoint, Kind, PoolItem, PoolKind, extension};

/// One form of one value, ready for hashing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lookup(String);

impl Lookup {
    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn new(class: &str, value: &str) -> Self {
        Self(format!("{class}:{value}"))
    }

    /// A source by its name.
    pub fn source_name(name: &str) -> Self {
        Self::new("source", name)
    }

    /// A token by the hash of its secret.
    pub fn token(secret_hash: &str) -> Self {
        Self::new("token", secret_hash)
    }

    /// A contact by what tells a retry from a new one.
    pub fn dedupe(key: &str) -> Self {
        Self::new("dedupe", key)
    }

    /// A mail domain of the pool.
    pub fn mail_domain(domain: &str) -> Self {
        Self::new("domain", &domain.to_lowercase())
    }

    /// A contact point.
    pub fn point(point: &ContactPoint) -> Self {
        match point.kind {
            Kind::Phone => Self::new("phone", point.value.trim_start_matches('+')),
            Kind::Mailbox => Self::new("mail", &fold_mailbox(&point.value)),
            Kind::Url => Self::new("code", &code_of(&point.value)),
        }
    }

    /// A name, blanks and case apart.
    pub fn name(name: &str) -> Self {
        Self::new("name", &fold_name(name))
    }

    /// An identifier (written number, identity number), separators apart.
    pub fn identifier(value: &str) -> Self {
        Self::new("id", &fold_identifier(value))
    }

    /// An entry of the pool.
    pub fn pool(item: &PoolItem) -> Self {
        match item.kind {
            PoolKind::Phone => Self::point(&ContactPoint { kind: Kind::Phone, value: item.value.clone() }),
            PoolKind::Mailbox => Self::point(&ContactPoint { kind: Kind::Mailbox, value: item.value.clone() }),
            PoolKind::MailDomain => Self::mail_domain(&item.value),
            PoolKind::WebHost => Self::new("host", &item.value),
        }
    }

    /// Everything a canary can be found by.
    pub fn canary(canary: &Canary) -> Vec<Self> {
        let mut keys: Vec<Self> = canary.contact_points.iter().map(Self::point).collect();
        keys.extend(canary.identifiers.iter().map(|v| Self::identifier(v)));
        keys.extend(canary.names.iter().map(|v| Self::name(v)));
        keys.sort();
        keys.dedup();
        keys
    }

    /// Every key a text that somebody asks about may stand under, most telling first.
    pub fn guesses(text: &str) -> Vec<(&'static str, Self)> {
        let text = text.trim();
        if text.contains("://") || text.starts_with('/') {
            return vec![("url", Self::new("code", &code_of(text)))];
        }
        if text.contains('@') {
            return vec![("mailbox", Self::new("mail", &fold_mailbox(text)))];
        }
        let mut keys = Vec::new();
        let (number, _) = extension::parted(text);
        let digits: String = number.replace(TRUNK, "").chars().filter(char::is_ascii_digit).collect();
        let phone_like = number.chars().all(|c| c.is_ascii_digit() || " +-.()/".contains(c));
        if phone_like && (7..=17).contains(&digits.len()) {
            let international = digits.strip_prefix("00").unwrap_or(&digits);
            keys.push(("phone", Self::new("phone", international)));
            keys.push(("phone", Self::identifier(number)));
        } else if digits.len() >= 4 {
            keys.push(("identifier", Self::identifier(text)));
        }
        keys.push(("name", Self::name(text)));
        keys
    }
}

/// A name without blanks (full-width ones too) and case.
pub fn fold_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && *c != '·').flat_map(char::to_lowercase).collect()
}

fn fold_identifier(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// A mailbox without case and without the `+tag` that its holder may add; none
/// of ours is minted with one.
fn fold_mailbox(mailbox: &str) -> String {
    let folded = mailbox.to_lowercase();
    match folded.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split_once('+').map_or(local, |(name, _)| if name.is_empty() { local } else { name });
            format!("{local}@{domain}")
        }
        None => folded,
    }
}

/// The last part of a web address's path, in which ours have their code, however
/// the address was mangled: other host, tracking query, added slash or dot,
/// escapes, case. Ours end in 62 random bits, so that nothing else is met.
fn code_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let path = path.split(['?', '#', ';']).next().unwrap_or(path);
    let decoded = unescaped(path);
    let last = decoded.split(['/', '\\']).rfind(|part| !part.trim_matches(['.', ',', ')', ' ']).is_empty());
    last.unwrap_or_default().trim_matches(['.', ',', ')', ' ']).to_lowercase()
}

/// Percent escapes undone where they are ASCII.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let octet = rest.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok()).filter(u8::is_ascii);
        match octet {
            Some(octet) => {
                out.push(char::from(octet));
                rest = &rest[at + 3..];
            }
            None => {
                out.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(point: &ContactPoint, text: &str) -> bool {
        Lookup::guesses(text).iter().any(|(_, key)| *key == Lookup::point(point))
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        let phone = ContactPoint::phone("+8613812345678").expect("ok");
        for text in [
            "+86 138 1234 5678",
            "8613812345678",
            "0086-138-1234-5678",
            "+86 138 1234 5678 ext. 12",
            "+86 (0)138 1234 5678",
        ] {
            assert!(found(&phone, text), "{text}");
        }
        let mail = ContactPoint::mailbox("Li.Na@example.net").expect("ok");
        assert!(found(&mail, "li.na@EXAMPLE.NET"));
        assert!(found(&mail, "Li.Na+shop@example.net"));
        let url = ContactPoint::url("https://news.example.net/k3x9abc").expect("ok");
        for text in [
            "http://other.example/k3x9abc#top",
            "/k3x9abc",
            "/K3X9ABC?utm=1",
            "/k3x9abc/",
            "//k3x9abc.",
            "/%6b3x9abc",
            "/x/../k3x9abc",
        ] {
            assert!(found(&url, text), "{text}");
        }
        assert!(!found(&url, "/k3x9abd"));
        assert!(!found(&url, "/"));
    }

    #[test]
    fn written_numbers_and_names_fold() {
        assert_eq!(Lookup::identifier("(415) 555-0142"), Lookup::identifier("4155550142"));
        assert!(Lookup::guesses("415.555.0142 x12").contains(&("phone", Lookup::identifier("(415) 555-0142"))));
        assert_eq!(Lookup::identifier("11010519491231002x"), Lookup::identifier("11010519491231002X"));
        assert_eq!(Lookup::guesses("110105194912310021")[0], ("identifier", Lookup::identifier("110105194912310021")));
        assert_eq!(Lookup::name("王　伟"), Lookup::name("王伟"));
        assert_eq!(Lookup::name("Ann LEE"), Lookup::name("ann lee"));
    }
}
