//! Keys: the key file, and what is derived from it (HKDF-SHA256): one key that
//! seals, one that hashes for look-ups, one that proves that key file and store
//! belong together. The file lies outside the store; a stolen data directory
//! names no canary.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;
use std::fmt;
use std::io::Write;
use std::path::Path;

const HEADER: &str = "dyepack key 1";
const NONCE: usize = 24;

/// The keys of one store. Never printed, never logged.
#[derive(Clone)]
pub struct Keys {
    seal: XChaCha20Poly1305,
    lookup: [u8; 32],
    check: [u8; 16],
    local: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "cannot read the key file {path}: {cause}; it is made by `dyepack init` and named under [keys] in the configuration"
    )]
    Unreadable { path: String, cause: std::io::Error },
    #[error("{path} is not a dyepack key file (it should be a line \"{HEADER}\", then 32 octets in base64)")]
    NotAKey { path: String },
    #[error("the key file {path} can be read by others (mode {mode:o}); run: chmod 600 {path}")]
    TooOpen { path: String, mode: u32 },
    #[error("cannot write the key file {path}: {cause}")]
    Unwritable { path: String, cause: std::io::Error },
}

/// Octets that do not open with this key.
#[derive(Debug, thiserror::Error)]
#[error("a sealed record does not open: another key, or changed octets")]
pub struct Unsealable;

impl Keys {
    /// Makes a new key file, readable by its owner alone; refuses to overwrite one.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let unwritable = |cause| KeyError::Unwritable { path: path.display().to_string(), cause };
        let mut secret = [0u8; 32];
        rand::rng().fill_bytes(&mut secret);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(unwritable)?;
        writeln!(file, "{HEADER}\n{}", STANDARD.encode(secret)).map_err(unwritable)?;
        file.sync_all().map_err(unwritable)?;
        Ok(Self::derive(&secret))
    }

    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let name = || path.display().to_string();
        let unreadable = |cause| KeyError::Unreadable { path: name(), cause };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::TooOpen { path: name(), mode });
            }
        }
        let octets = std::fs::read(path).map_err(unreadable)?;
        let text = String::from_utf8(octets).map_err(|_| KeyError::NotAKey { path: name() })?;
        let mut lines = text.lines();
        let secret = match (lines.next(), lines.next()) {
            (Some(HEADER), Some(body)) => STANDARD.decode(body.trim()).ok(),
            _ => None,
        };
        let secret: [u8; 32] =
            secret.and_then(|s| s.try_into().ok()).ok_or_else(|| KeyError::NotAKey { path: name() })?;
        Ok(Self::derive(&secret))
    }

    /// The keys that come of 32 secret octets.
    pub fn derive(secret: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, secret);
        let sealing: [u8; 32] = expand(&hkdf, b"seal");
        Self {
            seal: XChaCha20Poly1305::new(&sealing.into()),
            lookup: expand(&hkdf, b"lookup"),
            check: expand(&hkdf, b"check"),
            local: expand(&hkdf, b"local"),
        }
    }

    /// Sixteen octets that tell whether a store was sealed with these keys.
    pub fn check(&self) -> [u8; 16] {
        self.check
    }

    /// The secret of whoever can read the key file: such a person is the
    /// operator of this store, and needs no other token.
    pub fn local_secret(&self) -> String {
        format!("dyl_{}", hex::encode(self.local))
    }

    /// Nonce and ciphertext; `context` must be the same at opening.
    pub fn seal(&self, octets: &[u8], context: &[u8]) -> Vec<u8> {
        let mut nonce = [0u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self.seal.encrypt(&XNonce::from(nonce), Payload { msg: octets, aad: context });
        let sealed = sealed.expect("the cipher takes messages of up to 256 GiB, ours are bounded far below");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
        self.seal.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: context }).map_err(|_| Unsealable)
    }

    /// A keyed hash for look-ups (HMAC-SHA256, cut to 16 octets).
    pub fn lookup(&self, value: &[u8]) -> [u8; 16] {
        let full = mac(&self.lookup, value);
        let mut cut = [0u8; 16];
        cut.copy_from_slice(&full[..16]);
        cut
    }

    /// A keyed hash of a secret, whole, in hex.
    pub fn secret_hash(&self, secret: &str) -> String {
        hex::encode(mac(&self.lookup, format!("secret:{secret}").as_bytes()))
    }
}

fn mac(key: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(value);
    mac.finalize().into_bytes().into()
}

fn expand<const N: usize>(hkdf: &Hkdf<Sha256>, label: &[u8]) -> [u8; N] {
    let mut out = [0u8; N];
    hkdf.expand(label, &mut out).expect("HKDF-SHA256 gives up to 8,160 octets");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_octets_open_with_the_same_key_and_context_only() {
        let keys = Keys::derive(&[7; 32]);
        let sealed = keys.seal(b"words", b"here");
        assert_eq!(keys.open(&sealed, b"here").expect("opens"), b"words");
        assert!(keys.open(&sealed, b"there").is_err());
        assert!(Keys::derive(&[8; 32]).open(&sealed, b"here").is_err());
        assert!(keys.open(&sealed[..10], b"here").is_err());
    }

    #[test]
    fn a_key_file_is_made_once_and_guarded() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("k");
        let made = Keys::create(&path).expect("made");
        assert_eq!(Keys::read(&path).expect("read").check(), made.check());
        assert!(matches!(Keys::create(&path), Err(KeyError::Unwritable { .. })));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
            assert!(matches!(Keys::read(&path), Err(KeyError::TooOpen { .. })));
        }
        let other = dir.path().join("other");
        Keys::create(&other).expect("made");
        std::fs::write(&other, "not a key").expect("written");
        assert!(matches!(Keys::read(&other), Err(KeyError::NotAKey { .. })));
    }
}
