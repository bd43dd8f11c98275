//! Keys: the key file, and what is derived from it (HKDF-SHA256). Its operator
//! secret never changes: it proves that key file and store belong together,
//! signs heads, and hashes tokens. Its sealing keys can be rotated: the first
//! seals and hashes for look-ups, older ones still open what was not sealed anew.
//!
//! The file lies outside the store; a stolen data directory or database names no
//! canary.

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
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use crate::ledger::head::HeadKey;

const HEADER: &str = "dyepack key 2";
const ID: usize = 4;
const NONCE: usize = 24;

type Secret = [u8; 32];

/// Names a sealing key.
pub type KeyId = [u8; ID];

/// The keys of one store, shared by everybody who reads or writes it. Never
/// printed, never logged.
#[derive(Clone)]
pub struct Keys {
    path: Option<PathBuf>,
    operator: Secret,
    ring: Arc<RwLock<Arc<Vec<SealingKey>>>>,
    /// Whoever changes the ring or reads it anew does so alone, file and memory.
    changing: Arc<Mutex<()>>,
}

/// What seals, and what hashes for look-ups.
#[derive(Clone)]
struct SealingKey {
    secret: Secret,
    id: KeyId,
    seal: XChaCha20Poly1305,
    lookup: Secret,
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
    #[error(
        "{path} is not a dyepack key file (it should be a line \"{HEADER}\", then lines \"operator …\" and \"seal …\", each with 32 octets in base64)"
    )]
    NotAKey { path: String },
    #[error("the key file {path} can be read by others (mode {mode:o}); run: chmod 600 {path}")]
    TooOpen { path: String, mode: u32 },
    #[error("cannot write the key file {path}: {cause}")]
    Unwritable { path: String, cause: std::io::Error },
    #[error("a rotation is under way already; it goes on by itself, `dyepack doctor` tells how far it is")]
    Rotating,
}

/// Octets that do not open with these keys.
#[derive(Debug, thiserror::Error)]
pub enum Unsealable {
    #[error(
        "it is sealed with key {0}, which is not in this key file: after `dyepack keys rotate` an older key file, or a backup from before, needs the key file of its time"
    )]
    OtherKey(String),
    #[error("a sealed record does not open: its octets were changed")]
    Changed,
}

impl SealingKey {
    fn of(secret: Secret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, &secret);
        let sealing: Secret = expand(&hkdf, b"seal");
        Self {
            secret,
            id: expand(&hkdf, b"id"),
            seal: XChaCha20Poly1305::new(&sealing.into()),
            lookup: expand(&hkdf, b"lookup"),
        }
    }
}

impl Keys {
    /// Makes a new key file, readable by its owner alone; refuses to overwrite one.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let (operator, ring) = (random(), vec![SealingKey::of(random())]);
        let unwritable = |cause| KeyError::Unwritable { path: path.display().to_string(), cause };
        let mut file = private(std::fs::OpenOptions::new().create_new(true)).open(path).map_err(unwritable)?;
        let written = file.write_all(text(&operator, &ring).as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| sync_name(path)).map_err(unwritable)?;
        Ok(Self::of(operator, ring, Some(path.to_owned())))
    }

    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let (operator, ring) = read_file(path)?;
        Ok(Self::of(operator, ring, Some(path.to_owned())))
    }

    /// The keys that come of 32 secret octets, without a file; cannot be rotated.
    pub fn derive(secret: &Secret) -> Self {
        Self::of(*secret, vec![SealingKey::of(*secret)], None)
    }

    fn of(operator: Secret, ring: Vec<SealingKey>, path: Option<PathBuf>) -> Self {
        Self { path, operator, ring: Arc::new(RwLock::new(Arc::new(ring))), changing: Arc::default() }
    }

    fn ring(&self) -> Arc<Vec<SealingKey>> {
        Arc::clone(&self.ring.read().unwrap_or_else(|e| e.into_inner()))
    }

    fn set_ring(&self, ring: Vec<SealingKey>) {
        *self.ring.write().unwrap_or_else(|e| e.into_inner()) = Arc::new(ring);
    }

    /// Puts a new sealing key first; the older ones still open. The file is
    /// durable before anything is sealed with the new key.
    pub fn add(&self) -> Result<KeyId, KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(|e| e.into_inner());
        let mut ring = self.ring().as_ref().clone();
        if ring.len() > 1 {
            return Err(KeyError::Rotating);
        }
        let key = SealingKey::of(random());
        let id = key.id;
        ring.insert(0, key);
        self.replace(ring)?;
        Ok(id)
    }

    /// Forgets all sealing keys but the first.
    pub fn retire(&self) -> Result<Vec<KeyId>, KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(|e| e.into_inner());
        let mut ring = self.ring().as_ref().clone();
        let gone = ring.split_off(1);
        self.replace(ring)?;
        Ok(gone.into_iter().map(|k| k.id).collect())
    }

    /// In the file first: nothing may be sealed with a key that is nowhere else.
    fn replace(&self, ring: Vec<SealingKey>) -> Result<(), KeyError> {
        if let Some(path) = &self.path {
            self.write_over(path, &text(&self.operator, &ring))?;
        }
        self.set_ring(ring);
        Ok(())
    }

    fn write_over(&self, path: &Path, text: &str) -> Result<(), KeyError> {
        let unwritable = |cause| KeyError::Unwritable { path: path.display().to_string(), cause };
        let next = path.with_extension("next");
        let mut options = std::fs::OpenOptions::new();
        let mut file = private(options.create(true).truncate(true)).open(&next).map_err(unwritable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)?;
        std::fs::rename(&next, path).and_then(|()| sync_name(path)).map_err(unwritable)
    }

    /// Reads the file again: another process over the same store may have rotated.
    pub fn refresh(&self) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(path) = &self.path {
            self.set_ring(read_file(path)?.1);
        }
        Ok(())
    }

    /// The sealing keys, the one in use first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.ring().iter().map(|k| k.id).collect()
    }

    /// Sixteen octets that tell whether a store was sealed with these keys.
    pub fn check(&self) -> [u8; 16] {
        self.of_operator(b"check")
    }

    /// The secret of whoever can read the key file: such a person is the
    /// operator of this store, and needs no other token.
    pub fn local_secret(&self) -> String {
        format!("dyl_{}", hex::encode(self.of_operator::<32>(b"local")))
    }

    /// What heads of the ledger are signed with.
    pub fn head_key(&self) -> HeadKey {
        let origin = format!("dyepack.ledger/{}", hex::encode(self.check()));
        HeadKey::from_seed(&self.of_operator(b"head"), &origin).expect("letters, digits, a dot and a slash name a log")
    }

    fn of_operator<const N: usize>(&self, label: &[u8]) -> [u8; N] {
        expand(&Hkdf::<Sha256>::new(None, &self.operator), label)
    }

    /// Key id, nonce and ciphertext; `context` must be the same at opening.
    pub fn seal(&self, octets: &[u8], context: &[u8]) -> Vec<u8> {
        let ring = self.ring();
        let key = &ring[0];
        let mut nonce = [0u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = key.seal.encrypt(&XNonce::from(nonce), Payload { msg: octets, aad: context });
        let sealed = sealed.expect("the cipher takes messages of up to 256 GiB, ours are bounded far below");
        [key.id.as_slice(), &nonce, &sealed].concat()
    }

    /// What was sealed.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (id, rest) = sealed.split_first_chunk::<ID>().ok_or(Unsealable::Changed)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(Unsealable::Changed)?;
        let key = self.key(id).ok_or_else(|| Unsealable::OtherKey(hex::encode(id)))?;
        key.seal.decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: context }).map_err(|_| Unsealable::Changed)
    }

    fn key(&self, id: &KeyId) -> Option<SealingKey> {
        let known = |keys: &Self| keys.ring().iter().find(|k| k.id == *id).cloned();
        known(self).or_else(|| {
            self.refresh().ok()?;
            known(self)
        })
    }

    /// Whether the octets are sealed with the key in use.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        self.ring().first().is_some_and(|k| sealed.starts_with(&k.id))
    }

    /// The keyed hash under which a value is put down (HMAC-SHA256, cut to 16 octets).
    pub fn lookup(&self, value: &[u8]) -> [u8; 16] {
        cut(&self.ring()[0], value)
    }

    /// The keyed hashes under which a value may be found: more than one while a
    /// rotation is under way.
    pub fn lookups(&self, value: &[u8]) -> Vec<[u8; 16]> {
        self.ring().iter().map(|k| cut(k, value)).collect()
    }

    /// The same under the key of that id alone.
    pub fn lookup_under(&self, id: &KeyId, value: &[u8]) -> Option<[u8; 16]> {
        self.ring().iter().find(|k| k.id == *id).map(|k| cut(k, value))
    }

    /// A keyed hash that outlives rotations, whole, in hex: of tokens' secrets, and
    /// of what ties hits together.
    pub fn lasting_hash(&self, what: &str, value: &str) -> String {
        hex::encode(mac(&self.of_operator(b"lasting"), format!("{what}:{value}").as_bytes()))
    }
}

fn text(operator: &Secret, ring: &[SealingKey]) -> String {
    let seals = ring.iter().map(|k| format!("seal {}\n", STANDARD.encode(k.secret))).collect::<String>();
    format!("{HEADER}\noperator {}\n{seals}", STANDARD.encode(operator))
}

fn read_file(path: &Path) -> Result<(Secret, Vec<SealingKey>), KeyError> {
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
    parse(&text).ok_or_else(|| KeyError::NotAKey { path: name() })
}

fn parse(text: &str) -> Option<(Secret, Vec<SealingKey>)> {
    let secret = |text: &str| -> Option<Secret> { STANDARD.decode(text.trim()).ok()?.try_into().ok() };
    let mut lines = text.lines();
    if lines.next()? != HEADER {
        return None;
    }
    let operator = secret(lines.next()?.strip_prefix("operator ")?)?;
    let seal = |line: &str| line.strip_prefix("seal ").and_then(secret).map(SealingKey::of);
    let ring: Option<Vec<SealingKey>> = lines.map(seal).collect();
    ring.filter(|ring| !ring.is_empty()).map(|ring| (operator, ring))
}

fn private(options: &mut std::fs::OpenOptions) -> &mut std::fs::OpenOptions {
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a file's name durable.
fn sync_name(path: &Path) -> std::io::Result<()> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(dir)?.sync_all()
}

fn random() -> Secret {
    let mut secret = [0u8; 32];
    rand::rng().fill_bytes(&mut secret);
    secret
}

fn cut(key: &SealingKey, value: &[u8]) -> [u8; 16] {
    let mut cut = [0u8; 16];
    cut.copy_from_slice(&mac(&key.lookup, value)[..16]);
    cut
}

fn mac(key: &Secret, value: &[u8]) -> [u8; 32] {
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

    #[test]
    fn a_rotated_ring_opens_old_and_new_until_the_old_key_is_retired() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("k");
        let keys = Keys::create(&path).expect("made");
        let elsewhere = Keys::read(&path).expect("read");
        let (old, hash, token) = (keys.seal(b"old", b""), keys.lookup(b"v"), keys.lasting_hash("token", "s"));
        keys.add().expect("added");
        assert!(matches!(keys.add(), Err(KeyError::Rotating)));
        let new = keys.seal(b"new", b"");
        assert!(!keys.is_current(&old) && keys.is_current(&new));
        assert_eq!(elsewhere.open(&new, b"").expect("reads the file again"), b"new");
        assert!(keys.lookup(b"v") != hash && keys.lookups(b"v").contains(&hash));
        keys.retire().expect("retired");
        let later = Keys::read(&path).expect("read");
        assert!(later.open(&old, b"").is_err());
        assert_eq!(later.open(&new, b"").expect("opens"), b"new");
        assert_eq!((later.check(), later.lasting_hash("token", "s")), (keys.check(), token));
    }
}
