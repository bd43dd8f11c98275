//! `dyepack serve`: all listeners, delivery, API and pages, until told to stop.

use anyhow::Result;
use std::sync::Arc;

use super::Common;
use super::host::{self, Doors, Running};
use crate::app::SystemClock;
use crate::config::Config;
use crate::dashboard::Pages;

pub(super) async fn run(common: &Common) -> Result<()> {
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
    tracing::info!("public http://{public}, smtp {smtp}, admin http://{admin}/");
    stop_signal().await?;
    tracing::info!("stopping");
    running.end().await;
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn stop_signal() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
