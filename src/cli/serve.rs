//! `dyepack serve`: all listeners, delivery, API and pages, until told to stop.

use anyhow::Result;
use std::sync::Arc;

use super::Common;
use super::host::{self, Running};
use crate::app::SystemClock;
use crate::config::Config;
use crate::dashboard::Pages;
use crate::listen::proxies::Proxies;
use crate::listen::{smtp, web};

pub(super) async fn run(common: &Common) -> Result<()> {
    let config = Config::read(&common.config)?;
    let proxies = Proxies::parse(&config.public.trusted_proxies)?;
    let public = host::bind(&config.public.listen, "[public] listen")?;
    let mail = host::bind(&config.smtp.listen, "[smtp] listen")?;
    let admin = host::bind(&config.admin.listen, "[admin] listen")?;
    let admin_address = admin.local_addr()?.to_string();
    let app = host::open(&config, &admin_address, Arc::new(SystemClock::default())).await?;
    tracing::info!(
        "public http://{}, smtp {}, admin http://{admin_address}/",
        public.local_addr()?,
        mail.local_addr()?
    );
    let mut running = Running::new();
    running.public(
        public,
        web::Door { bases: config.public.base_urls.clone(), proxies, hooks: host::hooks(&config) },
        &app,
    )?;
    running.smtp(
        mail,
        smtp::Door { hostname: config.smtp.hostname.clone(), max_message: config.smtp.max_message },
        &app,
    )?;
    running.admin(admin, &app, Pages::Login)?;
    running.delivery(&app);
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
