//! A head: size, root and moment of the tree, signed as a checkpoint (C2SP
//! tlog-checkpoint, a C2SP signed-note) with Ed25519. That the root is that
//! of the tree, and that one head continues another, is left to the proofs;
//! signatures of other keys, such as those of witnesses, are passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

use super::tree::Hash;

/// The signature type Ed25519 of signed-note.
const ED25519: u8 = 0x01;

/// How many signatures a note may have; signed-note asks for at least 16.
const MOST_SIGNATURES: usize = 64;

/// What a log says of its tree at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The name of the log, which is also the name of its key.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// When the head was signed, by the log's own clock.
    pub at: Timestamp,
}

/// The key that signs a log's heads. Never printed, never logged.
pub struct HeadKey {
    key: SigningKey,
    public: PublicKey,
}

/// The key that opens a log's heads. Its text is the verifier key of
/// signed-note: `name+hex8(key id)+base64(0x01 || public key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    origin: String,
    key: VerifyingKey,
}

/// A name that no log can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot name a log: a name is not empty and has no spaces, no plus sign and no control characters, as in example.com/log"
)]
pub struct BadOrigin(pub String);

/// Why a text is not a public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("not a public key: it should be name+key id+key, as in example.com/log+0123abcd+AQ…")]
    NotThreeParts,
    #[error("not a public key: {0}")]
    Name(#[from] BadOrigin),
    #[error("not a public key: the key id {0:?} should be eight lower-case hexadecimal digits")]
    Id(String),
    #[error("not a public key: what follows the key id is not base64, or was cut off or padded wrongly")]
    NotBase64,
    #[error("not a public key for tree heads: it is of type {0}, and Ed25519 is type 1")]
    Type(u8),
    #[error("not a public key: an Ed25519 key has 32 octets, this one has {0}")]
    Length(usize),
    #[error("not a public key: its octets are none that an Ed25519 key can have")]
    NotAPoint,
    #[error("the public key was changed: its name and key have the key id {is}, but it says {says}")]
    IdDiffers { says: String, is: String },
}

/// Why a text is not a head signed with a given key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHead {
    #[error("not a signed tree head: line {line} should be {expected}")]
    NotACheckpoint { line: usize, expected: &'static str },
    #[error("the tree head has no signature by the key {name} ({id})")]
    NotSigned { name: String, id: String },
    #[error("the signature by {name} ({id}) does not match: the tree head or its signature was changed")]
    DoesNotMatch { name: String, id: String },
}

impl fmt::Debug for HeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeadKey({}, …)", self.public.origin)
    }
}

impl HeadKey {
    /// The key of the log `origin` that comes of 32 secret octets, the private
    /// key of RFC 8032 section 5.1.5.
    pub fn from_seed(seed: &[u8; 32], origin: &str) -> Result<Self, BadOrigin> {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey { origin: name(origin)?, key: key.verifying_key() };
        Ok(Self { key, public })
    }

    /// The key that opens what this one signs.
    pub fn public(&self) -> PublicKey {
        self.public.clone()
    }

    /// The whole note, signature line included. The same head gives the same
    /// note. A log must never sign two trees of which neither continues the other.
    pub fn sign(&self, size: u64, root: &Hash, at: Timestamp) -> String {
        let text = format!("{}\n{size}\n{}\ntime {at}\n", self.public.origin, STANDARD.encode(root));
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signature = STANDARD.encode([&self.public.id()[..], &signature].concat());
        format!("{text}\n— {} {signature}\n", self.public.origin)
    }
}

impl PublicKey {
    /// The name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Reads a head that this key signed. Signatures by other keys must have
    /// the form of one, but are not verified; every one that bears this key's
    /// name and id must match.
    pub fn open(&self, note: &str) -> Result<Head, BadHead> {
        let Note { head, text, signatures } = Note::read(note)?;
        let mut own = signatures.iter().filter_map(|s| s.by(self)).peekable();
        if own.peek().is_none() {
            return Err(BadHead::NotSigned { name: self.origin.clone(), id: hex::encode(self.id()) });
        }
        if !own.all(|signature| self.matches(text, signature)) {
            return Err(BadHead::DoesNotMatch { name: self.origin.clone(), id: hex::encode(self.id()) });
        }
        let expected = "the name of the log that the key is of";
        if head.origin == self.origin { Ok(head) } else { Err(BadHead::NotACheckpoint { line: 1, expected }) }
    }

    fn matches(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.key.verify_strict(text.as_bytes(), &s).is_ok())
    }

    /// The type and the octets of the key, as signed-note encodes them.
    fn encoded(&self) -> Vec<u8> {
        [&[ED25519], self.key.as_bytes().as_slice()].concat()
    }

    /// The key id of signed-note: the first four octets of SHA-256(name || 0x0A || type || key).
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.origin).chain_update("\n").chain_update(self.encoded()).finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.origin, hex::encode(self.id()), STANDARD.encode(self.encoded()))
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        // Base64 may have plus signs of its own.
        let mut parts = text.splitn(3, '+');
        let (Some(origin), Some(says), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadKey::NotThreeParts);
        };
        let origin = name(origin)?;
        if says.len() != 8 || !says.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(BadKey::Id(says.to_owned()));
        }
        let public = Self { origin, key: verifying_key(key)? };
        let is = hex::encode(public.id());
        if is == says { Ok(public) } else { Err(BadKey::IdDiffers { says: says.to_owned(), is }) }
    }
}

/// The key in base64(type || key).
fn verifying_key(text: &str) -> Result<VerifyingKey, BadKey> {
    let octets = STANDARD.decode(text).map_err(|_| BadKey::NotBase64)?;
    let (kind, key) = octets.split_first().ok_or(BadKey::Length(0))?;
    if *kind != ED25519 {
        return Err(BadKey::Type(*kind));
    }
    let key = key.try_into().map_err(|_| BadKey::Length(key.len()))?;
    // A key of small order opens what nobody signed.
    VerifyingKey::from_bytes(key).ok().filter(|key| !key.is_weak()).ok_or(BadKey::NotAPoint)
}

/// A key name of signed-note.
fn name(text: &str) -> Result<String, BadOrigin> {
    let good = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
    if good { Ok(text.to_owned()) } else { Err(BadOrigin(text.to_owned())) }
}

/// A note taken apart; nothing in it is verified.
struct Note<'a> {
    head: Head,
    /// What is signed.
    text: &'a str,
    signatures: Vec<SignatureLine<'a>>,
}

/// One line that says who signed.
struct SignatureLine<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl<'a> Note<'a> {
    fn read(note: &'a str) -> Result<Self, BadHead> {
        let mut lines = Lines { rest: note, line: 0 };
        let head = Head {
            origin: lines.next("the name of a log, without spaces or plus signs", |l| name(l).ok())?,
            size: lines.next("the number of leaves, without leading zeros", canonical)?,
            root: lines.next("the root: 32 octets in base64", |l| STANDARD.decode(l).ok()?.try_into().ok())?,
            at: lines.next("the time, as in \"time 2026-11-23T21:00:00Z\"", |l| canonical(l.strip_prefix("time ")?))?,
        };
        let text = &note[..note.len() - lines.rest.len()];
        lines.next("empty", |l| l.is_empty().then_some(()))?;
        let mut signatures = Vec::new();
        while signatures.is_empty() || !lines.rest.is_empty() {
            let room = signatures.len() < MOST_SIGNATURES;
            let signature = |l| if room { SignatureLine::read(l) } else { None };
            signatures.push(lines.next("a signature, \"— name base64\", one of at most 64", signature)?);
        }
        Ok(Self { head, text, signatures })
    }
}

impl<'a> SignatureLine<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        self::name(name).ok()?;
        let octets = STANDARD.decode(signature).ok()?;
        let (id, signature) = octets.split_first_chunk::<4>()?;
        (!signature.is_empty()).then(|| Self { name, id: *id, signature: signature.to_vec() })
    }

    /// The signature, if it says it is by `key`.
    fn by(&self, key: &PublicKey) -> Option<&[u8]> {
        (self.name == key.origin && self.id == key.id()).then_some(&self.signature)
    }
}

/// The lines of a note yet to be read, each ending in a newline.
struct Lines<'a> {
    rest: &'a str,
    /// The number of the line last read, from 1.
    line: usize,
}

impl<'a> Lines<'a> {
    fn next<T>(&mut self, expected: &'static str, read: impl FnOnce(&'a str) -> Option<T>) -> Result<T, BadHead> {
        self.line += 1;
        let bad = BadHead::NotACheckpoint { line: self.line, expected };
        let (line, rest) = self.rest.split_once('\n').ok_or(bad.clone())?;
        self.rest = rest;
        read(line).ok_or(bad)
    }
}

/// A value written the one way that it is printed.
fn canonical<T: FromStr + fmt::Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

#[cfg(test)]
mod tests;
