//! The contract's view of the embedded store: a directory, and a key file beside it.

use async_trait::async_trait;
use dyepack::store::embedded::Embedded;
use dyepack::store::keys::Keys;
use dyepack::store::{Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Bench;
use crate::site::octets_below;

/// A directory with a store and its key.
pub struct Directory(tempfile::TempDir);

impl Directory {
    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn with(key: Option<&Path>) -> Self {
        let directory = Self(tempfile::tempdir().expect("a directory"));
        let path = directory.key_file();
        let keys = match key {
            Some(key) => std::fs::copy(key, &path).map(|_| Keys::read(&path)).expect("copied"),
            None => Keys::create(&path),
        };
        Embedded::create(&directory.data(), &keys.expect("keys")).expect("made");
        directory
    }
}

#[async_trait]
impl Bench for Directory {
    const SHARED: bool = false;

    async fn fresh() -> Self {
        Self::with(None)
    }

    async fn fresh_like(other: &Self) -> Self {
        Self::with(Some(&other.key_file()))
    }

    async fn open_with(&self, keys: Keys) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(Embedded::open(&self.data(), keys, None)?))
    }

    fn key_file(&self) -> PathBuf {
        self.0.path().join("key")
    }

    async fn raw(&self) -> Vec<u8> {
        octets_below(&self.data())
    }

    /// A segment of a later version than the program knows.
    async fn make_newer(&self) {
        let segment = self.data().join("journal").join(format!("{:016x}.log", 0));
        let mut octets = std::fs::read(&segment).expect("read");
        octets[16] = b'9';
        std::fs::write(&segment, octets).expect("written");
    }
}
