//! The store: keeps the ledger and finds things in it. `trait Store` speaks in
//! domain words only. The embedded one (own journal, sled and sorted runs as
//! indexes) serves one machine; the PostgreSQL one any number of replicas. Both
//! keep the same entries and pass the same suite. No backend's name leaves its
//! own folder.

pub mod archive;
pub mod claims;
pub mod embedded;
pub mod keys;
pub mod postgres;
pub mod vault;

use async_trait::async_trait;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tokio::sync::watch;

use crate::ledger::contents::ContentKey;
use crate::ledger::head::HeadKey;
use crate::ledger::tree::{Hash, Part};
use crate::model::{
    Alert, AlertId, Batch, Canary, CanaryId, Case, CaseId, Hit, HitId, Judgement, Lookup, News, PoolItem, PoolKind,
    Release, ReleaseId, Source, SourceId, Time, Token,
};

/// Who or what stands behind a value; a canary once for every release that it was
/// planted in, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Canary(Box<Canary>),
    Pool { control: bool },
    Source,
    Contact,
}

/// What the store found and did when it was opened, for people.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    pub notes: Vec<String>,
    pub entries: u64,
    /// When the newest entry was recorded.
    pub last_at: Option<Time>,
}

/// Something whose entries can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Source(SourceId),
    Release(ReleaseId),
    Canary(CanaryId),
    /// Its evidence is the entry right after it.
    Hit(HitId),
}

/// How one source's alerts on one channel stand.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    pub last: Option<Alert>,
    /// Somebody is sending the last one right now.
    pub in_flight: bool,
}

/// What came of asking for work.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim<T> {
    /// It is ours until the moment that was asked for.
    Ours(T),
    /// Not before that moment.
    Later(Time),
    Nothing,
}

/// How far the sealing anew of all records has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotation {
    pub done: u64,
    pub of: u64,
}

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not now, perhaps later: nothing was recorded.
    #[error("the store cannot write at the moment ({0}); nothing was recorded, try again once this is mended")]
    Unavailable(String),
    /// Not now, perhaps later: nothing can be read.
    #[error("the store cannot be read at the moment ({0}); try again once this is mended")]
    Unreadable(String),
    /// It can never be recorded.
    #[error("{octets} octets are too many for one entry (the limit is {limit}); shorten what was given")]
    TooLarge { octets: usize, limit: usize },
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
    #[error("there is no store in {0}; `dyepack init` makes one, `dyepack restore` one from a backup")]
    Missing(String),
    #[error(
        "the store in {place} was written by a newer dyepack (its schema is version {found}, this one knows {known}); nothing was changed, run the newer program"
    )]
    Newer { place: String, found: i64, known: i64 },
    #[error(
        "a restore into the store in {0} did not come to its end; remove what is there (the directory, or the database) and restore again"
    )]
    Unfinished(String),
    #[error("the store in {0} is not empty; restore into one that `dyepack init` has just made")]
    NotEmpty(String),
    #[error(
        "the store is damaged at {place}: {what}; nothing was changed, restore from a backup or ask for help with these files"
    )]
    Damaged { place: String, what: String },
    #[error("{doing}: {cause}")]
    Io { doing: String, cause: std::io::Error },
    #[error(transparent)]
    Key(#[from] keys::KeyError),
}

/// What the app needs of a store. What it records is durable before it returns.
#[async_trait]
pub trait Store: Send + Sync {
    /// Appends the events to the ledger, all or none, durably; the number of the
    /// first one's entry.
    async fn record(&self, at: Time, batch: Batch) -> Result<u64, StoreError>;

    /// Who stands behind a value.
    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError>;

    async fn sources(&self) -> Result<Vec<Source>, StoreError>;
    /// The whole pool, in the order of its entries; there may be a million phones.
    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError>;
    /// Controls of a kind, or all that are none, in the order of their entries.
    async fn pool_of(&self, kind: PoolKind, control: bool) -> Result<Vec<PoolItem>, StoreError>;
    /// At most `limit` entries of a kind that are no controls and were never
    /// planted, as such. Which ones, of those there are, `seed` decides: none of
    /// their values, nor when they were added.
    async fn free(&self, kind: PoolKind, limit: usize, seed: u64) -> Result<Vec<PoolItem>, StoreError>;
    async fn releases(&self) -> Result<Vec<Release>, StoreError>;
    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError>;
    /// The canaries of a release, as they look there.
    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError>;
    /// A canary in every release that it was planted in, oldest first.
    async fn plantings(&self, id: CanaryId) -> Result<Vec<Canary>, StoreError>;
    /// Hits at or after `since`, oldest first.
    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError>;
    async fn hit(&self, id: HitId) -> Result<Option<Hit>, StoreError>;
    async fn cases(&self) -> Result<Vec<Case>, StoreError>;
    async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError>;
    /// The newest judgement of every source.
    async fn judgements(&self) -> Result<Vec<Judgement>, StoreError>;
    async fn alerts(&self) -> Result<Vec<Alert>, StoreError>;
    async fn tokens(&self) -> Result<Vec<Token>, StoreError>;
    /// The token of that secret's keyed hash, as it was made.
    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError>;

    /// A source with hits that were not judged, whose last judgement is not
    /// younger than `quiet_since`; ours until `until`, or until it is judged.
    async fn claim_news(&self, now: Time, quiet: jiff::SignedDuration, until: Time) -> Result<Claim<News>, StoreError>;
    /// An alert of that channel that is due; ours until `until`, or until it is recorded anew.
    async fn claim_alert(&self, channel: &str, now: Time, until: Time) -> Result<Claim<Alert>, StoreError>;
    async fn outbox(&self, channel: &str, source: SourceId, now: Time) -> Result<Outbox, StoreError>;
    /// Gives an alert back that could not be worked on.
    async fn give_back(&self, alert: AlertId) -> Result<(), StoreError>;
    /// Whether `task` is ours until `until`; of all replicas one gets it.
    async fn claim_task(&self, task: &str, now: Time, until: Time) -> Result<bool, StoreError>;

    /// How many entries the ledger has.
    async fn size(&self) -> Result<u64, StoreError>;
    /// Canonical octets of entries, from that number on; fewer than `limit` only at the end.
    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;
    /// Numbers of a subject's entries, oldest first.
    async fn entries_of(&self, subject: Subject) -> Result<Vec<u64>, StoreError>;
    /// Hashes of complete subtrees of the ledger.
    async fn nodes(&self, parts: &[Part]) -> Result<Vec<Hash>, StoreError>;
    /// Appends entries as they were written elsewhere, all or none, durably.
    async fn adopt(&self, entries: Vec<Vec<u8>>) -> Result<(), StoreError>;

    /// Puts down that a restore is under way, or that it is done; a store that
    /// holds half of one does not open.
    async fn mark_restoring(&self, under_way: bool) -> Result<(), StoreError>;

    /// What opens the contents of a hit, unless they were shredded.
    async fn content_key(&self, hit: HitId) -> Result<Option<ContentKey>, StoreError>;
    /// Keys of days' contents, as they are kept in a backup.
    async fn day_keys(&self) -> Result<Vec<(vault::Day, Vec<u8>)>, StoreError>;
    async fn adopt_day_keys(&self, keys: Vec<(vault::Day, Vec<u8>)>) -> Result<(), StoreError>;
    /// Destroys the keys of all days before that one; how many.
    async fn shred(&self, before: vault::Day) -> Result<u64, StoreError>;

    /// Puts a new sealing key in use and seals everything anew in the background.
    async fn rotate(&self) -> Result<keys::KeyId, StoreError>;
    /// How far that is; nothing when none is under way.
    fn rotation(&self) -> Option<Rotation>;
    /// The keys that were retired since this was last asked.
    fn retired(&self) -> Vec<keys::KeyId>;

    fn keys(&self) -> &keys::Keys;
    /// What was found at opening.
    fn opened(&self) -> Opened;
    /// Rises whenever another process over the same store may have recorded something.
    fn changes(&self) -> watch::Receiver<u64>;

    /// A keyed hash that outlives key rotations, in hex.
    fn lasting_hash(&self, what: &str, value: &str) -> String {
        self.keys().lasting_hash(what, value)
    }
    /// What heads of the ledger are signed with.
    fn head_key(&self) -> HeadKey {
        self.keys().head_key()
    }
}

/// Of each planting the last, where all of them come in the order of their entries:
/// a database may have changed a row on its way in.
fn newest(canaries: Vec<Canary>) -> Vec<Canary> {
    let mut places: HashMap<(CanaryId, ReleaseId), usize> = HashMap::new();
    let mut newest: Vec<Canary> = Vec::with_capacity(canaries.len());
    for canary in canaries {
        match places.entry((canary.id, canary.release)) {
            Entry::Occupied(known) => newest[*known.get()] = canary,
            Entry::Vacant(free) => {
                free.insert(newest.len());
                newest.push(canary);
            }
        }
    }
    newest
}
