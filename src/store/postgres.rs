//! The PostgreSQL store: any number of replicas over one database. The ledger and
//! everything derived from it are changed in one transaction; one locked row puts
//! the entries of all replicas in order. Nothing of sqlx is seen outside of here.

mod changes;
mod commit;
mod connect;
mod days;
mod draft;
mod failure;
mod head;
mod moment;
mod months;
mod nodes;
mod owned;
mod read;
mod reseal;
mod rotate;
mod rows;
mod schema;
mod shared;
mod store;
mod tables;
mod work;
mod writer;

use sqlx::Connection;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::keys::Keys;
use super::{Opened, Rotation, StoreError};
use connect::{Address, Pools};
use head::Head;
use shared::{Shared, lock};
use writer::Writer;

/// One replica's view of the store.
pub struct Postgres {
    shared: Arc<Shared>,
    writer: Writer,
    opened: Opened,
    tasks: Vec<AbortHandle>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Postgres({})", self.shared.place)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        if let Some(task) = lock(&self.shared.rotating).take() {
            task.abort();
        }
    }
}

impl Postgres {
    /// Makes an empty store in the database at `url`. One that is there already,
    /// and belongs to the same key file, stays as it is.
    pub async fn create(url: &str, keys: &Keys) -> Result<(), StoreError> {
        let address = Address::parse(url)?;
        let mut connection = address.connect().await?;
        let made = schema::create(&mut connection, keys, &address.place).await;
        connection.close().await.ok();
        made
    }

    /// Opens the store in the database at `url`
    /// (`postgres://user@host:port/database?sslmode=…`). The password comes from
    /// there, PGPASSWORD, PGPASSFILE or `~/.pgpass`.
    pub async fn open(url: &str, keys: Keys) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let place = address.place.clone();
        let failed = |failure: failure::Failure| failure.reading(&place);
        let mut connection = address.connect().await?;
        let server = schema::open(&mut connection, &keys, &place).await?;
        let head = Head::read(&mut connection).await.map_err(failed)?;
        head::catch_up(&keys, &head.ring).map_err(failed)?;
        connection.close().await.ok();
        let opened = Opened { notes: server.notes, entries: head.frontier.size(), last_at: head.last_at };
        Ok(Self::over(address, keys, server.partitions, opened))
    }

    fn over(address: Address, keys: Keys, partitions: bool, opened: Opened) -> Self {
        let rotating = keys.ids().len() > 1;
        let shared = Arc::new(Shared {
            place: address.place.clone(),
            pools: Pools::of(address),
            keys,
            months: partitions.then(Mutex::default),
            days: days::Days::default(),
            size: watch::Sender::new(opened.entries),
            tell: Notify::new(),
            rotation: Mutex::new(rotating.then(Rotation::default)),
            rotating: Mutex::default(),
            retired: Mutex::default(),
        });
        let follow = tokio::spawn(changes::follow(Arc::clone(&shared))).abort_handle();
        let tell = tokio::spawn(changes::tell(Arc::clone(&shared))).abort_handle();
        let writer = Writer::start(Arc::clone(&shared));
        Self { shared, writer, opened, tasks: vec![follow, tell] }
    }
}
