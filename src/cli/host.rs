//! Hosting: an app over the local store, and servers on sockets that the caller
//! bound. `serve`, the demo and every command without a running server meet here.

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App as Web, HttpServer};
use anyhow::{Context, Result};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use super::visitors::Visitors;
use crate::alert::Notify;
use crate::alert::email::Email;
use crate::anchor::Authority;
use crate::anchor::rfc3161::Rfc3161;
use crate::app::{App, Clock, Expected, Settings};
use crate::config::{AlertChannel, Config, StorePlace};
use crate::dashboard::{self, Pages};
use crate::listen::proxies::Proxies;
use crate::listen::{smtp, web};
use crate::store::Store;
use crate::store::embedded::Embedded;
use crate::store::keys::Keys;
use crate::store::postgres::Postgres;
use tokio::sync::watch;

/// How long a connection to the admin door stays that says nothing.
const KEPT: Duration = Duration::from_secs(5);
/// The same of a command's own server: as long as another may think between two requests.
const KEPT_FOR_COMMANDS: Duration = Duration::from_secs(3_600);

/// Opens the store of a configuration and starts an app over it.
pub(super) async fn open(config: &Config, admin: &str, clock: Arc<dyn Clock>) -> Result<Arc<App>> {
    let store = open_store(config, Keys::read(&config.key_file())?, Some(admin)).await?;
    for note in &store.opened().notes {
        tracing::warn!("{note}");
    }
    let settings = settings(config, admin);
    let notifiers = config.alerts.iter().map(|channel| notifier(channel, config)).collect::<Result<Vec<_>>>()?;
    let stamp = |url: &String| Rfc3161::new(url).map_err(|e| anyhow::anyhow!("[ledger] timestamp_url: {e}"));
    let authority = config.ledger.timestamp_url.as_ref().map(stamp).transpose()?;
    let authority = authority.map(|a| Arc::new(a) as Arc<dyn Authority>);
    Ok(App::start(store, clock, settings, notifiers, authority).await?)
}

/// The store of a configuration.
pub(super) async fn open_store(config: &Config, keys: Keys, admin: Option<&str>) -> Result<Arc<dyn Store>> {
    Ok(match config.store_place().map_err(anyhow::Error::msg)? {
        StorePlace::Directory(dir) => Arc::new(Embedded::open(&dir, keys, admin)?),
        StorePlace::Postgres(url) => Arc::new(Postgres::open(&url, keys).await?),
    })
}

/// Makes the store of a configuration where there is none.
pub(super) async fn create_store(config: &Config, keys: &Keys) -> Result<()> {
    match config.store_place().map_err(anyhow::Error::msg)? {
        StorePlace::Directory(dir) => Embedded::create(&dir, keys)?,
        StorePlace::Postgres(url) => Postgres::create(&url, keys).await?,
    }
    Ok(())
}

fn settings(config: &Config, admin: &str) -> Settings {
    let expected = config
        .expected
        .iter()
        .map(|e| Expected { source: e.source.clone(), channel: e.channel, from: e.from.clone() })
        .collect();
    Settings {
        prior: config.attribution.prior,
        accuse_at: config.attribution.accuse_at,
        expected,
        sign_every: jiff::SignedDuration::from_hours(i64::from(config.ledger.sign_every_hours)),
        anchor: config.ledger.anchor.clone(),
        evidence_days: config.retention.evidence_days,
        pages: format!("http://{admin}/"),
    }
}

fn notifier(channel: &AlertChannel, config: &Config) -> Result<Arc<dyn Notify>> {
    let login = match (&channel.user, &channel.password) {
        (Some(user), Some(password)) => {
            let secret =
                password.read(&config.base).with_context(|| format!("[[alerts]] {}: password", channel.name))?;
            Some((user.clone(), secret.expose().to_owned()))
        }
        _ => None,
    };
    Ok(Arc::new(Email::new(&channel.name, &channel.relay, &channel.from, &channel.to, login)?))
}

/// Binds a socket, or says who is in the way.
pub(super) fn bind(address: &str, key: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address} ({key} in the configuration): is another program, or another dyepack, using that port?"))?;
    Ok(listener)
}

/// The hooks of a configuration with their secrets; one that cannot be read
/// leaves its hook closed, and is said.
fn hooks(config: &Config) -> Vec<web::Hook> {
    let hook = |hook: &crate::config::Hook| {
        let read = hook.secret.all().iter().filter_map(|secret| match secret.read(&config.base) {
            Ok(secret) => Some(secret.expose().to_owned()),
            Err(cause) => {
                tracing::warn!(hook = hook.name, %cause, "a hook's secret cannot be read");
                None
            }
        });
        web::Hook { name: hook.name.clone(), secrets: read.collect() }
    };
    config.hooks.iter().map(hook).collect()
}

/// The sockets of the three doors.
pub(super) struct Doors {
    pub(super) public: TcpListener,
    pub(super) smtp: TcpListener,
    pub(super) admin: TcpListener,
}

/// What is running, and how to end it.
pub(super) struct Running {
    servers: Vec<ServerHandle>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    stop: watch::Sender<bool>,
    visitors: Visitors,
    kept: Duration,
}

impl Running {
    pub(super) fn new() -> Self {
        let (stop, visitors) = (watch::Sender::new(false), Visitors::default());
        Self { servers: Vec::new(), tasks: Vec::new(), stop, visitors, kept: KEPT }
    }

    /// For a command's own server, which goes when the last command that uses it has.
    pub(super) fn for_commands() -> Self {
        Self { kept: KEPT_FOR_COMMANDS, ..Self::new() }
    }

    /// Ends everything once nobody is connected to the admin door any more.
    pub(super) async fn end_after_visits(self) {
        self.visitors.leave().await;
        self.end().await;
    }

    /// The admin door: API and pages.
    pub(super) fn admin(&mut self, listener: TcpListener, app: &Arc<App>, pages: Pages) -> Result<SocketAddr> {
        let address = listener.local_addr()?;
        let app = Data::from(Arc::clone(app));
        let make = move || {
            Web::new()
                .app_data(app.clone())
                .configure(crate::api::routes::configure)
                .configure(dashboard::configure(pages))
        };
        let visitors = self.visitors.clone();
        let server = HttpServer::new(make)
            .workers(2)
            .disable_signals()
            .shutdown_timeout(5)
            .keep_alive(self.kept)
            .on_connect(move |_, connection| drop(connection.insert(visitors.visit())))
            .listen(listener)?
            .run();
        self.spawn(server);
        Ok(address)
    }

    /// All doors of a configuration, and the outbox.
    pub(super) fn everything(&mut self, doors: Doors, config: &Config, app: &Arc<App>, pages: Pages) -> Result<()> {
        let proxies = Proxies::parse(&config.public.trusted_proxies)?;
        let web = web::Door { bases: config.public.base_urls.clone(), proxies, hooks: hooks(config) };
        let mail = smtp::Door {
            hostname: config.smtp.hostname.clone(),
            max_message: config.smtp.max_message,
            forwarders: Proxies::parse(&config.smtp.forwarders)?,
        };
        self.public(doors.public, web, app)?;
        self.smtp(doors.smtp, mail, app)?;
        self.admin(doors.admin, app, pages)?;
        self.delivery(app);
        Ok(())
    }

    /// The public web door.
    fn public(&mut self, listener: TcpListener, door: web::Door, app: &Arc<App>) -> Result<()> {
        let server = web::server(listener, door, Arc::clone(app))?;
        self.spawn(server);
        Ok(())
    }

    /// The door for mail.
    fn smtp(&mut self, listener: TcpListener, door: smtp::Door, app: &Arc<App>) -> Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        self.tasks.push(tokio::spawn(smtp::run(listener, door, Arc::clone(app), self.stop.subscribe())));
        Ok(())
    }

    /// Judgement, the outbox, and what an installation does by itself.
    fn delivery(&mut self, app: &Arc<App>) {
        self.tasks.push(tokio::spawn(Arc::clone(app).run_judgement(self.stop.subscribe())));
        self.tasks.push(tokio::spawn(Arc::clone(app).run_delivery(self.stop.subscribe())));
        self.tasks.push(tokio::spawn(Arc::clone(app).run_upkeep(self.stop.subscribe())));
        self.tasks.push(tokio::spawn(Arc::clone(app).run_following(self.stop.subscribe())));
    }

    fn spawn(&mut self, server: actix_web::dev::Server) {
        self.servers.push(server.handle());
        self.tasks.push(tokio::spawn(async move {
            if let Err(cause) = server.await {
                tracing::error!(%cause, "a server ended");
            }
        }));
    }

    /// Ends everything in an orderly way.
    pub(super) async fn end(self) {
        self.stop.send_replace(true);
        for server in self.servers {
            server.stop(true).await;
        }
        for task in self.tasks {
            // A task that panicked has said so; the others still end in order.
            let _ = task.await;
        }
    }
}
