//! Connecting: to the server that was named, else to the one that runs over the
//! local store, else to one that this command hosts for itself on loopback.

use anyhow::{Context, Result, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Common;
use super::host::{self, Running};
use crate::app::SystemClock;
use crate::client::{Client, ClientError};
use crate::config::{Config, StorePlace};
use crate::dashboard::Pages;
use crate::store::StoreError;
use crate::store::embedded::Embedded;
use crate::store::keys::Keys;

/// How long the store's holder may be coming up or going down.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client, and the server behind it if it is our own.
pub(super) struct Session {
    pub(super) client: Client,
    running: Option<Running>,
}

impl Session {
    /// Ends a server of our own in order, when nobody else needs it.
    pub(super) async fn end(self) {
        drop(self.client);
        if let Some(running) = self.running {
            running.end_after_visits().await;
        }
    }
}

/// Connects as the command line says.
pub(super) async fn connect(common: &Common) -> Result<Session> {
    if let Some(server) = &common.server {
        let Some(token) = &common.token else { bail!("--server needs a token: set DYEPACK_TOKEN, or give --token") };
        return Ok(Session { client: Client::new(server, token)?, running: None });
    }
    let config = Config::read(&common.config)?;
    let keys = Keys::read(&config.key_file())?;
    let secret = common.token.clone().unwrap_or_else(|| keys.local_secret());
    let patience = Instant::now() + PATIENCE;
    loop {
        let waited = Instant::now() >= patience;
        match local(&config, &secret).await {
            // A command that hosted the store for itself was just ending.
            Err(cause) if !waited && is_passing(&cause) => tokio::time::sleep(Duration::from_millis(20)).await,
            outcome => return outcome,
        }
    }
}

/// The server over the local store, be it another process's or our own.
async fn local(config: &Config, secret: &str) -> Result<Session> {
    let holder = match config.store_place().map_err(anyhow::Error::msg)? {
        StorePlace::Directory(dir) => Embedded::holder(&dir),
        // Any number of processes may be over one database.
        StorePlace::Postgres(_) => None,
    };
    let Some(holder) = holder else { return host_for_itself(config, secret).await };
    let Some(admin) = holder.admin else { return Err(Busy(holder.text).into()) };
    let client = Client::new(&format!("http://{admin}"), secret)?;
    client.ready().await?;
    Ok(Session { client, running: None })
}

/// The directory is held by a process that does not say where to ask.
#[derive(Debug, thiserror::Error)]
#[error("the data directory is in use by {0}, which has no address to ask at; try again when it is done")]
struct Busy(String);

fn is_passing(cause: &anyhow::Error) -> bool {
    let in_use = matches!(cause.downcast_ref(), Some(StoreError::InUse { .. }));
    let gone = matches!(cause.downcast_ref(), Some(ClientError::Unreachable { .. }));
    in_use || gone || cause.is::<Busy>()
}

async fn host_for_itself(config: &Config, secret: &str) -> Result<Session> {
    let listener = host::bind("127.0.0.1:0", "a private port")?;
    let admin = listener.local_addr()?.to_string();
    let app = host::open(config, &admin, Arc::new(SystemClock::default())).await?;
    let mut running = Running::for_commands();
    running.admin(listener, &app, Pages::Login).context("starting a server for this command")?;
    Ok(Session { client: Client::new(&format!("http://{admin}"), secret)?, running: Some(running) })
}

/// Runs one piece of work against the server, and ends a server of our own
/// whatever came of it.
pub(super) async fn with_client<T>(common: &Common, work: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
    let session = connect(common).await?;
    let outcome = work(&session.client).await;
    session.end().await;
    outcome
}
