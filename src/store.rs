//! The store: keeps the ledger and finds things in it. `trait Store` speaks in
//! domain words only; the embedded one (own journal, sled indexes) serves one
//! machine. No backend's name leaves its own folder.

pub mod embedded;
pub mod keys;

use async_trait::async_trait;

use crate::model::{Alert, Batch, Canary, CanaryId, Hit, Lookup, PoolItem, Release, ReleaseId, Source, Time, Token};

/// Who or what stands behind a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Canary { canary: CanaryId, release: ReleaseId },
    Pool { control: bool },
    Source,
    Contact,
}

/// What the store found and did when it was opened, for people.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    pub notes: Vec<String>,
    pub entries: u64,
}

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not now, perhaps later: nothing was recorded.
    #[error("the store cannot write at the moment ({0}); nothing was recorded, try again once this is mended")]
    Unavailable(String),
    /// Somebody else holds that value.
    #[error("{0}")]
    Taken(String),
    #[error(
        "the data directory {dir} is in use by another dyepack ({holder}); stop it, or let this command talk to it with --server"
    )]
    InUse { dir: String, holder: String },
    #[error(
        "the key file does not belong to the store in {dir}: it was sealed with another key; use the key file made by the same `dyepack init`"
    )]
    WrongKey { dir: String },
    #[error("there is no store in {0}; run `dyepack init` first")]
    Missing(String),
    #[error(
        "the store is damaged at {place}: {what}; nothing was changed, restore from a backup or ask for help with these files"
    )]
    Damaged { place: String, what: String },
    #[error("{doing}: {cause}")]
    Io { doing: String, cause: std::io::Error },
}

/// What the app needs of a store. All of it is durable before it returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// Appends the events to the ledger, all or none, durably.
    async fn record(&self, at: Time, batch: Batch) -> Result<(), StoreError>;

    /// Who stands behind a value.
    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError>;

    async fn sources(&self) -> Result<Vec<Source>, StoreError>;
    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError>;
    async fn releases(&self) -> Result<Vec<Release>, StoreError>;
    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError>;
    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError>;
    async fn canary(&self, id: CanaryId) -> Result<Option<Canary>, StoreError>;
    /// Hits at or after `since`, oldest first.
    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError>;
    async fn alerts(&self) -> Result<Vec<Alert>, StoreError>;
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;
    /// The token of that secret's keyed hash, revoked or not.
    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError>;

    /// The keyed hash of a secret, in hex.
    fn secret_hash(&self, secret: &str) -> String;
    /// What was found at opening.
    fn opened(&self) -> Opened;
}
