//! Connections to PostgreSQL: the address, what every session is told at its
//! start, and the pool that makes new ones when the server restarts or another
//! one takes its place. The password comes from the address, PGPASSWORD or a
//! password file, and is never told on.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::failure::explain;
use super::shared::lock;

/// How long anybody waits for a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// A connection that rested longer is asked whether it still stands.
const RESTED: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 16;
const RENEWED: Duration = Duration::from_secs(30);

/// A transaction whose client is gone must not keep the head locked for longer than
/// others wait for it, and no answer is waited for without end. Acknowledged means durable, on the
/// standby too where there is a synchronous one.
///
/// What is asked on the hot path is asked by key. Plans that were made while tables
/// were small, or right after many rows came, would read them whole.
const SESSION: &str = "
    SET client_min_messages = 'warning';
    SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '8s';
    SELECT set_config('synchronous_commit', 'on', false)
     WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SELECT set_config(name, 'off', false) FROM pg_settings
     WHERE name IN ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit');
    SELECT set_config('TimeZone', 'UTC', false)";

/// Where the database is, and how to get in.
#[derive(Clone)]
pub(super) struct Address {
    options: PgConnectOptions,
    /// For people: host, port and database.
    pub(super) place: String,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let bad = |cause: String| {
            let what = format!("its address cannot be read: {cause}; it should be postgres://user@host:port/database");
            StoreError::Unreadable(what)
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(bad("it does not begin with postgres://".to_owned()));
        }
        let options = PgConnectOptions::from_str(url).map_err(|e| bad(e.to_string()))?;
        let named = options.get_application_name().is_some();
        let options = if named { options } else { options.application_name("dyepack") };
        let options = options.disable_statement_logging();
        let place = place(&options);
        Ok(Self { options, place })
    }

    /// One connection of its own; its failure tells the cause.
    pub(super) async fn connect(&self) -> Result<PgConnection, StoreError> {
        let attempt = async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            begin_session(&mut connection).await?;
            Ok::<_, sqlx::Error>(connection)
        };
        let unreadable = |what| StoreError::Unreadable(what);
        match tokio::time::timeout(CONNECT, attempt).await {
            Ok(connected) => connected.map_err(|e| unreadable(explain(&e, &self.place))),
            Err(_) => Err(unreadable(explain(&sqlx::Error::PoolTimedOut, &self.place))),
        }
    }

    fn pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(CONNECT)
            .idle_timeout(Duration::from_secs(300))
            .max_lifetime(Duration::from_secs(1_800))
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(begin_session(connection)))
            .before_acquire(|connection, meta| {
                Box::pin(async move { if meta.idle_for < RESTED { Ok(true) } else { stands(connection).await } })
            })
            .connect_lazy_with(self.options.clone())
    }
}

/// The pool in use. A server that vanished without a word leaves connections that
/// nobody can close; another pool then takes the place of theirs.
pub(super) struct Pools {
    address: Address,
    now: Mutex<(PgPool, Instant)>,
}

impl Pools {
    pub(super) fn of(address: Address) -> Self {
        let now = Mutex::new((address.pool(), Instant::now()));
        Self { address, now }
    }

    pub(super) fn now(&self) -> PgPool {
        lock(&self.now).0.clone()
    }

    /// Starts with new connections; not again soon, because the server may be busy
    /// rather than gone.
    pub(super) fn renew(&self) {
        let mut now = lock(&self.now);
        if now.1.elapsed() > RENEWED {
            *now = (self.address.pool(), Instant::now());
        }
    }
}

fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{}/{database}", socket.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

async fn begin_session(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SESSION).execute(&mut *connection).await?;
    // A standby is where a proxy may lead for a moment while another primary is chosen.
    let standby = "SELECT current_setting('transaction_read_only') = 'on'";
    if sqlx::query_scalar::<_, bool>(standby).fetch_one(connection).await? {
        return Err(sqlx::Error::Protocol("this server only reads; it is a standby".to_owned()));
    }
    Ok(())
}

/// A failure, unlike a no, drops the connection without a goodbye to a dead server.
async fn stands(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    tokio::time::timeout(RESTED, connection.ping()).await.map_err(silent)?.map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_about_an_address_tells_the_password() {
        let address = Address::parse("postgres://who:s3cr3t@db.example:6432/leaks").expect("an address");
        assert_eq!(address.place, "db.example:6432/leaks");
        for bad in ["mysql://who:s3cr3t@db/leaks", "postgres://who:s3cr3t@db:port/leaks", "s3cr3t"] {
            let told = Address::parse(bad).err().expect("refused").to_string();
            assert!(!told.contains("s3cr3t"), "{told}");
        }
    }
}
