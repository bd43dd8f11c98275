//! Changes: how replicas learn that another one has recorded something. Whoever
//! records tells it by NOTIFY, without a word of what it was; where that does not
//! arrive (a proxy, another database of the family), looking every two seconds does.

use sqlx::Row;
use sqlx::postgres::{PgListener, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

use super::super::StoreError;
use super::failure::Failure;
use super::head::{catch_up, ids};
use super::rotate;
use super::shared::Shared;

const CHANNEL: &str = "dyepack";
const LOOK: Duration = Duration::from_secs(2);
/// After a failure to listen, it is tried again that much later.
const DEAF: Duration = Duration::from_secs(10);
/// Batches that follow one another faster are told of together.
const BREATH: Duration = Duration::from_millis(5);

/// Tells the other processes, for as long as it runs.
pub(super) async fn tell(shared: Arc<Shared>) {
    loop {
        shared.tell.notified().await;
        sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&shared.pools.now()).await.ok();
        sleep(BREATH).await;
    }
}

/// Follows what the other processes do, for as long as it runs.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut ear = Ear { listener: None, again: Instant::now() };
    loop {
        ear.wait(&shared.pools.now()).await;
        if let Err(failure) = look(&shared).await {
            shared.mend(&failure);
            tracing::debug!("looking for changes: {}", failure.text(&shared.place));
        }
    }
}

/// What hears of changes, where anything can be heard.
struct Ear {
    listener: Option<PgListener>,
    again: Instant,
}

impl Ear {
    /// Returns when there may be something new.
    async fn wait(&mut self, pool: &PgPool) {
        if self.listener.is_none() && Instant::now() >= self.again {
            self.listener = listen(pool).await;
            self.again = Instant::now() + DEAF;
            // What was recorded before is not told again.
            return;
        }
        match &mut self.listener {
            None => sleep(LOOK).await,
            Some(listener) => {
                if let Ok(Err(_)) = timeout(LOOK, listener.try_recv()).await {
                    self.listener = None;
                }
            }
        }
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.eager_reconnect(false);
    timeout(LOOK, listener.listen(CHANNEL)).await.ok()?.ok()?;
    Some(listener)
}

async fn look(shared: &Arc<Shared>) -> Result<(), Failure> {
    let row = sqlx::query("SELECT size, ring FROM head WHERE id = 0").fetch_one(&shared.pools.now()).await?;
    let size: i64 = row.try_get("size")?;
    let ring = ids(row.try_get("ring")?);
    shared.rise(u64::try_from(size).unwrap_or(0));
    catch_up(&shared.keys, &ring)?;
    if shared.keys.ids() != ring {
        shared.keys.refresh().map_err(StoreError::from)?;
    }
    rotate::go_on(shared).await
}
