//! `dyepack serve`: all listeners, delivery, API and pages, until told to stop.

use anyhow::Result;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Common;
use super::host::{self, Doors, Running};
use super::seed::keep_dripping;
use crate::app::SystemClock;
use crate::client::Client;
use crate::config::Config;
use crate::dashboard::Pages;
use crate::store::keys::Keys;

pub(super) async fn run(common: &Common) -> Result<()> {
    let stop = StopSignal::listen()?;
    let config = Config::read(&common.config)?;
    let doors = Doors {
        public: host::bind(&config.public.listen, "[public] listen")?,
        smtp: host::bind(&config.smtp.listen, "[smtp] listen")?,
        admin: host::bind(&config.admin.listen, "[admin] listen")?,
    };
    let admin = doors.admin.local_addr()?.to_string();
    let app = host::open(&config, &admin, Arc::new(SystemClock::default())).await?;
    let (public, smtp) = (doors.public.local_addr()?, doors.smtp.local_addr()?);
    let mut running = Running::new();
    running.everything(doors, &config, &app, Pages::Login)?;
    let client = Client::new(&format!("http://{admin}"), &Keys::read(&config.key_file())?.local_secret())?;
    let spreading = tokio::spawn(keep_dripping(client));
    tracing::info!("public http://{public}, smtp {smtp}, admin http://{admin}/");
    stop.wait().await;
    tracing::info!("stopping");
    spreading.abort();
    running.end().await;
    Ok(())
}

/// Ctrl-C or SIGTERM. Listened for before anything is begun, so that one that
/// comes early ends things in order too.
pub(super) struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    pub(super) fn listen() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
