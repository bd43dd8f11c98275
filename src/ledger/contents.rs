//! The contents of a hit (its words, its octets) as the ledger keeps them: sealed
//! under a key for that hit alone, derived from the key of its day. To show one
//! hit to somebody is to hand over one key; to shred a day is to destroy one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::model::{Event, Guarded, HitId, Words};

/// Opens the contents of one hit.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentKey([u8; 32]);

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// Why contents cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum BadContents {
    #[error("there is no key to seal the contents of a hit with")]
    NoKey,
    #[error("the contents of the hit do not open: another key, or changed octets")]
    Unopenable,
    #[error("{0:?} is no key of contents (32 octets in hex)")]
    NotAKey(String),
}

impl ContentKey {
    /// The key of a hit among those of its day.
    pub fn of(day_key: &[u8; 32], hit: HitId) -> Self {
        let mut key = [0u8; 32];
        Hkdf::<Sha256>::new(None, day_key)
            .expand(&[b"contents of ".as_slice(), &hit.octets()].concat(), &mut key)
            .expect("HKDF-SHA256 gives up to 8,160 octets");
        Self(key)
    }

    /// As it is handed over, in hex.
    pub fn to_text(&self) -> String {
        hex::encode(self.0)
    }

    /// Reads what was handed over.
    pub fn parse(text: &str) -> Result<Self, BadContents> {
        let mut key = [0u8; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| BadContents::NotAKey(text.chars().take(80).collect()))?;
        Ok(Self(key))
    }

    /// A key seals one text for each part, so the nonce names the part.
    fn seal(&self, part: Part, octets: &[u8]) -> String {
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let sealed = cipher.encrypt(&part.nonce(), Payload { msg: octets, aad: b"" });
        STANDARD.encode(sealed.expect("the cipher takes messages of up to 256 GiB, ours are bounded far below"))
    }

    fn open(&self, part: Part, sealed: &str) -> Result<Vec<u8>, BadContents> {
        let octets = STANDARD.decode(sealed).map_err(|_| BadContents::Unopenable)?;
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        cipher.decrypt(&part.nonce(), Payload { msg: &octets, aad: b"" }).map_err(|_| BadContents::Unopenable)
    }
}

#[derive(Clone, Copy)]
enum Part {
    Words,
    Octets,
}

impl Part {
    fn nonce(self) -> XNonce {
        let mut nonce = [0u8; 24];
        nonce[0] = match self {
            Part::Words => 1,
            Part::Octets => 2,
        };
        XNonce::from(nonce)
    }
}

/// Seals what is guarded in an event.
pub fn guard(event: Event, key: Option<&ContentKey>) -> Result<Event, BadContents> {
    let key = || key.ok_or(BadContents::NoKey);
    Ok(match event {
        Event::Hit(mut hit) => {
            if let Guarded::Clear(words) = &hit.words {
                let text = serde_json::to_vec(words).map_err(|_| BadContents::NoKey)?;
                hit.words = Guarded::Sealed(key()?.seal(Part::Words, &text));
            }
            Event::Hit(hit)
        }
        Event::Evidence { hit, octets: Guarded::Clear(octets) } => {
            Event::Evidence { hit, octets: Guarded::Sealed(key()?.seal(Part::Octets, &octets)) }
        }
        other => other,
    })
}

/// Opens what is guarded in an event; leaves sealed what this key does not open.
pub fn unguard(event: Event, key: Option<&ContentKey>) -> Event {
    let Some(key) = key else { return event };
    match event {
        Event::Hit(mut hit) => {
            if let Guarded::Sealed(sealed) = &hit.words
                && let Ok(words) = open_words(key, sealed)
            {
                hit.words = Guarded::Clear(words);
            }
            Event::Hit(hit)
        }
        Event::Evidence { hit, octets: Guarded::Sealed(sealed) } => match open_octets(key, &sealed) {
            Ok(octets) => Event::Evidence { hit, octets: Guarded::Clear(octets) },
            Err(_) => Event::Evidence { hit, octets: Guarded::Sealed(sealed) },
        },
        other => other,
    }
}

/// The words of a hit.
pub fn open_words(key: &ContentKey, sealed: &str) -> Result<Words, BadContents> {
    serde_json::from_slice(&key.open(Part::Words, sealed)?).map_err(|_| BadContents::Unopenable)
}

/// The octets of a hit.
pub fn open_octets(key: &ContentKey, sealed: &str) -> Result<Vec<u8>, BadContents> {
    key.open(Part::Octets, sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_open_with_the_key_of_their_hit_and_no_other() {
        let (one, two) = (HitId::from_octets([1; 16]), HitId::from_octets([2; 16]));
        let key = ContentKey::of(&[7; 32], one);
        let event = Event::Evidence { hit: one, octets: Guarded::Clear(b"as it came".to_vec()) };
        let sealed = guard(event.clone(), Some(&key)).expect("sealed");
        assert!(matches!(&sealed, Event::Evidence { octets: Guarded::Sealed(_), .. }));
        assert_eq!(unguard(sealed.clone(), Some(&key)), event);
        assert_eq!(unguard(sealed.clone(), Some(&ContentKey::of(&[7; 32], two))), sealed);
        assert_eq!(unguard(sealed.clone(), None), sealed);
        assert!(guard(event, None).is_err());
        assert_eq!(ContentKey::parse(&key.to_text()).expect("reads"), key);
    }
}
