//! What the parts of this backend share: pool, keys, caches, and how often and
//! how long something is tried on the database before its failure is told.

use sqlx::postgres::PgPool;
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::super::keys::{KeyId, Keys};
use super::super::{Rotation, StoreError};
use super::connect::Pools;
use super::days::Days;
use super::failure::Failure;

/// No answer takes that long unless the server is gone.
const SILENCE: Duration = Duration::from_secs(40);
/// How long lost connections are made again before somebody is told.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// One store over one database.
pub(super) struct Shared {
    pub(super) pools: Pools,
    /// For people: host, port and database.
    pub(super) place: String,
    pub(super) keys: Keys,
    /// Months whose hits have a partition; nothing where hits are one table.
    pub(super) months: Option<Mutex<HashSet<(i16, i8)>>>,
    pub(super) days: Days,
    /// The size of the ledger, as far as it is known here.
    pub(super) size: watch::Sender<u64>,
    /// Other processes are to be told that something was recorded.
    pub(super) tell: Notify,
    pub(super) rotation: Mutex<Option<Rotation>>,
    /// The task that seals everything anew, where this process does it.
    pub(super) rotating: Mutex<Option<AbortHandle>>,
    pub(super) retired: Mutex<Vec<KeyId>>,
}

/// What a mutex guards here is whole after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Shared {
    /// Tells whoever listens that the ledger has grown.
    pub(super) fn rise(&self, size: u64) {
        self.size.send_if_modified(|known| {
            let grown = size > *known;
            *known = size.max(*known);
            grown
        });
    }

    /// Does something that only reads.
    pub(super) async fn reading<T, F>(&self, work: impl Fn(PgPool) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.patiently(work).await.map_err(|failure| failure.reading(&self.place))
    }

    /// Does something that may be done twice.
    pub(super) async fn writing<T, F>(&self, work: impl Fn(PgPool) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.patiently(work).await.map_err(|failure| failure.writing(&self.place))
    }

    /// Makes new connections where the old ones may never answer again.
    pub(super) fn mend(&self, failure: &Failure) {
        if matches!(failure, Failure::Silent(_) | Failure::Sql(sqlx::Error::PoolTimedOut)) {
            self.pools.renew();
        }
    }

    async fn patiently<T, F>(&self, work: impl Fn(PgPool) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let deadline = Instant::now() + PATIENCE;
        let mut retold = false;
        loop {
            let failure = match timeout(SILENCE, work(self.pools.now())).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Silent(SILENCE),
            };
            self.mend(&failure);
            match failure {
                // While all is sealed anew, a key may go between reading and opening.
                Failure::Store(StoreError::Damaged { .. }) | Failure::OtherRing if !retold => {
                    retold = true;
                    self.keys.refresh().map_err(StoreError::from)?;
                }
                failure if failure.may_pass() && Instant::now() < deadline => sleep(PAUSE).await,
                failure => return Err(failure),
            }
        }
    }
}
