//! The use cases, one file a verb: the only seam between the front ends (API,
//! listeners, pages) and everything else. What the app answers is defined in
//! `views` and is the JSON of the contract.

pub mod again;
pub mod apart;
pub mod backup;
pub mod cases;
pub mod clock;
pub mod deliver;
pub mod doctor;
pub mod evidence;
pub mod exclude;
pub mod hits;
mod holdings;
pub mod issue;
pub mod judge;
pub mod keep;
pub mod leaks;
pub mod observe;
pub mod owned;
pub mod pool;
pub mod releases;
pub mod report;
pub mod sources;
pub mod tokens;
pub mod views;
pub mod who;

use rand_chacha::ChaCha20Rng;
use std::sync::{Arc, Mutex, RwLock};

pub use clock::{Clock, SystemClock};

use crate::alert::Notify;
use crate::anchor::Authority;
use crate::model::{Batch, Channel, HitId, Time};
use crate::store::{Store, StoreError};

/// What an operator set.
#[derive(Debug, Clone)]
pub struct Settings {
    pub prior: f64,
    pub accuse_at: f64,
    pub expected: Vec<Expected>,
    /// How often a head of the ledger is signed by itself.
    pub sign_every: jiff::SignedDuration,
    /// The alert channel that heads are sent through.
    pub anchor: Option<String>,
    /// Contents of hits are shredded after so many days.
    pub evidence_days: Option<u32>,
    /// Where people can look: the address of the pages.
    pub pages: String,
}

/// Senders who may lawfully contact a source's people on a channel.
#[derive(Debug, Clone)]
pub struct Expected {
    pub source: String,
    pub channel: Channel,
    pub from: Vec<String>,
}

/// Why a use case did not do as asked. The front ends map it to statuses.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// What was asked makes no sense; says what to change.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It stands in the way of what is there.
    #[error("{0}")]
    Conflict(String),
    /// Not now; try again.
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(what) => AppError::Conflict(what),
            too_large @ StoreError::TooLarge { .. } => AppError::Invalid(too_large.to_string()),
            other => AppError::Unavailable(other.to_string()),
        }
    }
}

/// Everything the use cases need.
pub struct App {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    notifiers: Vec<Arc<dyn Notify>>,
    authority: Option<Arc<dyn Authority>>,
    /// Time does not go back behind the newest entry.
    floor: Time,
    entropy: Mutex<ChaCha20Rng>,
    /// The secret of whoever can read the key file.
    local_secret: String,
    /// One change of a release's state at a time.
    changes: tokio::sync::Mutex<()>,
    owned: RwLock<owned::Owned>,
    /// Ids of hits rise even within one millisecond, so that they are listed as they came.
    last_hit: Mutex<Option<HitId>>,
    /// When a contact last could not be recorded and was complained of, and how many since.
    complaint: Mutex<(Option<Time>, u64)>,
    bells: judge::Bells,
    met: observe::Met,
    retries: observe::Retries,
    heads: evidence::Heads,
}

impl App {
    /// An app over a store; reads what it keeps at hand.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        notifiers: Vec<Arc<dyn Notify>>,
        authority: Option<Arc<dyn Authority>>,
    ) -> Result<Arc<Self>, AppError> {
        let local_secret = store.keys().local_secret();
        let floor = store.opened().last_at.unwrap_or(Time::MIN);
        let behind = floor.duration_since(clock.now()).as_secs();
        if behind > 5 {
            tracing::warn!(
                seconds = behind,
                "the clock is behind the newest ledger entry; until it has caught up, everything is dated with that entry's moment"
            );
        }
        let owned = RwLock::new(owned::Owned::read(store.as_ref()).await?);
        let entropy = Mutex::new(rand::make_rng());
        let changes = tokio::sync::Mutex::new(());
        Ok(Arc::new(Self {
            store,
            clock,
            settings,
            notifiers,
            authority,
            floor,
            entropy,
            local_secret,
            changes,
            owned,
            last_hit: Mutex::new(None),
            complaint: Mutex::default(),
            bells: judge::Bells::default(),
            met: observe::Met::default(),
            retries: observe::Retries::default(),
            heads: evidence::Heads::default(),
        }))
    }

    /// The moment, never earlier than the one before, nor than the newest entry
    /// that was there at the start: a clock that was set back stands still until
    /// it has caught up.
    pub fn now(&self) -> Time {
        self.clock.now().max(self.floor)
    }

    /// Says that a contact could not be recorded; at most once a second, because a
    /// full disk makes every sender fail.
    pub fn complain(&self, cause: &AppError) {
        let now = self.now();
        let mut complaint = self.complaint.lock().unwrap_or_else(|e| e.into_inner());
        complaint.1 += 1;
        if complaint.0.is_none_or(|at| now.duration_since(at).as_secs() >= 1) {
            let contacts = complaint.1;
            tracing::error!(%cause, contacts, "contacts could not be recorded; their senders were told to try again");
            *complaint = (Some(now), 0);
        }
    }

    /// Hands out randomness for ids.
    fn with_entropy<T>(&self, make: impl FnOnce(&mut ChaCha20Rng) -> T) -> T {
        make(&mut self.entropy.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// The id of a new hit, greater than all before it.
    fn next_hit_id(&self, at: Time) -> HitId {
        let mut last = self.last_hit.lock().unwrap_or_else(|e| e.into_inner());
        let drawn = self.with_entropy(|entropy| HitId::new(at, entropy));
        let id = last.filter(|last| *last >= drawn).map_or(drawn, HitId::next);
        *last = Some(id);
        id
    }

    async fn record(&self, batch: Batch) -> Result<(), AppError> {
        self.store.record(self.now(), batch).await?;
        Ok(())
    }
}
