//! Rotation: sealing everything anew with another key, while the store goes on
//! working. One replica does it, chunk by chunk, each in a transaction of its
//! own; what it has done stays done when it is cut off. The old key is forgotten
//! only once nothing is left that it opens.

use sqlx::postgres::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use super::super::keys::{KeyError, KeyId, Keys};
use super::super::{Rotation, StoreError};
use super::failure::Failure;
use super::head::{Head, covers};
use super::reseal;
use super::shared::{Shared, lock};
use super::work::{claim_task, renew_task};
use crate::model::Time;

const TASK: &str = "rotation";
/// Another replica takes over when nothing was heard for so long.
const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// After a failure it is tried again that much later.
const PAUSE: Duration = Duration::from_secs(1);

/// Puts a new key in use, and starts sealing with it.
pub(super) async fn begin(shared: &Arc<Shared>) -> Result<KeyId, StoreError> {
    let mut lease = Lease::new();
    if !shared.writing(|pool| async move { claim_task(&pool, TASK, Time::now(), lease.until).await }).await? {
        return Err(KeyError::Rotating.into());
    }
    // Another replica may have rotated since the file was read here.
    if let Err(failure) = knows_all(shared).await {
        lease.give_up(&shared.pools.now()).await;
        return Err(failure.writing(&shared.place));
    }
    match shared.keys.add() {
        Ok(id) => {
            // If this does not arrive now, it does with the next thing recorded.
            announce(&shared.pools.now(), &shared.keys.ids()).await.ok();
            start(shared, lease);
            Ok(id)
        }
        Err(cause) => {
            lease.give_up(&shared.pools.now()).await;
            Err(cause.into())
        }
    }
}

/// Whether our key file, read anew, has every key that is in use.
async fn knows_all(shared: &Arc<Shared>) -> Result<(), Failure> {
    shared.keys.refresh().map_err(StoreError::from)?;
    let ring = in_use(shared).await?;
    if covers(&shared.keys.ids(), &ring) { Ok(()) } else { Err(Failure::OtherRing) }
}

async fn in_use(shared: &Arc<Shared>) -> Result<Vec<KeyId>, Failure> {
    let mut connection = shared.pools.now().acquire().await?;
    Ok(Head::read(&mut connection).await?.ring)
}

/// Takes over a rotation that nobody works on; tells how far that of another
/// replica is.
pub(super) async fn go_on(shared: &Arc<Shared>) -> Result<(), Failure> {
    if shared.keys.ids().len() < 2 {
        *lock(&shared.rotation) = None;
        return Ok(());
    }
    if is_working(shared) {
        return Ok(());
    }
    if shared.keys.ids().get(..1) == Some(in_use(shared).await?.as_slice()) {
        // Another replica has finished; only our file still has the old key.
        shared.keys.retire().map_err(StoreError::from)?;
        *lock(&shared.rotation) = None;
        return Ok(());
    }
    let lease = Lease::new();
    if claim_task(&shared.pools.now(), TASK, Time::now(), lease.until).await? {
        start(shared, lease);
    } else {
        let (done, of) = reseal::progress(&shared.pools.now(), &shared.keys).await?;
        *lock(&shared.rotation) = Some(Rotation { done, of });
    }
    Ok(())
}

fn is_working(shared: &Shared) -> bool {
    lock(&shared.rotating).as_ref().is_some_and(|task| !task.is_finished())
}

fn start(shared: &Arc<Shared>, lease: Lease) {
    lock(&shared.rotation).get_or_insert_default();
    let task = tokio::spawn(work(Arc::clone(shared), lease));
    *lock(&shared.rotating) = Some(task.abort_handle());
}

async fn work(shared: Arc<Shared>, mut lease: Lease) {
    loop {
        match pass(&shared, &mut lease).await {
            Ok(Pass::Done(retired)) => {
                lock(&shared.retired).extend(retired);
                *lock(&shared.rotation) = None;
                return lease.give_up(&shared.pools.now()).await;
            }
            // Something was sealed with the old key after all.
            Ok(Pass::Again) => {}
            Ok(Pass::Lost) => return,
            Err(failure) => {
                shared.mend(&failure);
                tracing::warn!("sealing anew waits: {}", failure.text(&shared.place));
                sleep(PAUSE).await;
            }
        }
    }
}

/// The right to do the work, until it runs out.
#[derive(Clone, Copy)]
struct Lease {
    until: Time,
}

impl Lease {
    fn new() -> Self {
        Self { until: Self::end() }
    }

    fn end() -> Time {
        Time::now().saturating_add(LEASE).unwrap_or(Time::MAX)
    }

    /// Whether it is still ours.
    async fn renew(&mut self, pool: &PgPool) -> Result<bool, Failure> {
        if self.until.duration_since(Time::now()) > LEASE / 2 {
            return Ok(true);
        }
        let until = Self::end();
        let renewed = renew_task(pool, TASK, self.until, until).await?;
        self.until = until;
        Ok(renewed)
    }

    async fn give_up(&mut self, pool: &PgPool) {
        renew_task(pool, TASK, self.until, Time::now()).await.ok();
    }
}

enum Pass {
    Done(Vec<KeyId>),
    Again,
    Lost,
}

/// Seals everything once, and looks whether anything is left.
async fn pass(shared: &Arc<Shared>, lease: &mut Lease) -> Result<Pass, Failure> {
    let (pool, keys) = (&shared.pools.now(), &shared.keys);
    let ring = keys.ids();
    if ring.len() < 2 {
        return Ok(Pass::Done(Vec::new()));
    }
    let of = announce(pool, &ring).await?;
    let mut done = reseal::progress(pool, keys).await?.0;
    while done < of {
        *lock(&shared.rotation) = Some(Rotation { done, of });
        if !lease.renew(pool).await? {
            return Ok(Pass::Lost);
        }
        let begun = Instant::now();
        done = reseal::chunk(pool, keys, done, of).await?;
        // Whoever waits for the store comes first.
        sleep(begun.elapsed()).await;
    }
    *lock(&shared.rotation) = Some(Rotation { done: of, of });
    reseal::content_keys(pool, keys).await?;
    if !reseal::nothing_left(pool, &ring[0]).await? {
        reseal::start_over(pool, keys).await?;
        return Ok(Pass::Again);
    }
    retire(pool, keys, &ring, lease).await
}

/// Tells everybody which keys are in use; how many entries there were before.
async fn announce(pool: &PgPool, ring: &[KeyId]) -> Result<u64, Failure> {
    let mut transaction = pool.begin().await?;
    let mut head = Head::lock(&mut transaction).await?;
    head.set_ring(ring);
    head.write(&mut transaction).await?;
    transaction.commit().await?;
    Ok(head.frontier.size())
}

async fn retire(pool: &PgPool, keys: &Keys, ring: &[KeyId], lease: &mut Lease) -> Result<Pass, Failure> {
    let until = Lease::end();
    if !renew_task(pool, TASK, lease.until, until).await? {
        return Ok(Pass::Lost);
    }
    lease.until = until;
    keys.refresh().map_err(StoreError::from)?;
    if keys.ids() != ring {
        return Ok(Pass::Again);
    }
    announce(pool, &ring[..1]).await?;
    Ok(Pass::Done(keys.retire().map_err(StoreError::from)?))
}
