//! The contract's view of the PostgreSQL store: a database of one's own on the
//! throw-away server, and a key file.

use async_trait::async_trait;
use dyepack::store::keys::Keys;
use dyepack::store::postgres::Postgres;
use dyepack::store::{Store, StoreError};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use super::Bench;
use crate::postgres::{Server, execute, program, server};

/// A database with a store, and its key.
pub struct Database {
    pub url: String,
    keys: tempfile::TempDir,
}

impl Database {
    /// An empty store on a server of one's own.
    pub async fn on(server: &Server) -> Self {
        let keys = tempfile::tempdir().expect("a directory");
        Keys::create(&keys.path().join("key")).expect("made");
        Self::with(server, keys).await
    }

    async fn with(server: &Server, keys: tempfile::TempDir) -> Self {
        let database = Self { url: server.database().await, keys };
        Postgres::create(&database.url, &Keys::read(&database.key_file()).expect("read")).await.expect("made");
        database
    }
}

#[async_trait]
impl Bench for Database {
    const SHARED: bool = true;

    async fn fresh() -> Self {
        Self::on(server()).await
    }

    async fn fresh_like(other: &Self) -> Self {
        let keys = tempfile::tempdir().expect("a directory");
        std::fs::copy(other.key_file(), keys.path().join("key")).expect("copied");
        Self::with(server(), keys).await
    }

    async fn open_with(&self, keys: Keys) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(Postgres::open(&self.url, keys).await?))
    }

    fn key_file(&self) -> PathBuf {
        self.keys.path().join("key")
    }

    async fn raw(&self) -> Vec<u8> {
        let dump = Command::new(program("pg_dump")).arg("--inserts").arg(&self.url).output().expect("pg_dump runs");
        assert!(dump.status.success(), "pg_dump: {}", String::from_utf8_lossy(&dump.stderr));
        unhexed(&dump.stdout)
    }

    async fn make_newer(&self) {
        execute(&self.url, "UPDATE dyepack_meta SET number = 1000 WHERE name = 'schema'").await;
    }
}

/// A dump, followed by all its octet strings as they are.
fn unhexed(dump: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(dump);
    let strings = text.split("'\\x").skip(1).filter_map(|rest| hex::decode(rest.split('\'').next()?).ok());
    let mut all = dump.to_vec();
    strings.for_each(|octets| all.write_all(&octets).expect("memory"));
    all
}
