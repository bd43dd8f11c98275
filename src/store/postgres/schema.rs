//! The schema: the tables, the versions they went through, and the check that
//! database and key file belong together. Several replicas may come to a new
//! version at once: one row is locked, and all but the first find nothing to do.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row};

use super::super::StoreError;
use super::super::keys::Keys;
use super::failure::{Failure, code};

/// What each version adds to the one before, and what else where hits are partitioned.
const VERSIONS: [(&str, &str); 1] = [(include_str!("schema/1.sql"), include_str!("schema/1.hits.sql"))];
const KNOWN: i64 = VERSIONS.len() as i64;
/// Two who make the same table at once: the later one fails, and finds it next time.
const ATTEMPTS: usize = 10;

/// Half of a restore is no store.
pub(super) const MARK_RESTORING: &str =
    "INSERT INTO dyepack_meta (name, number) VALUES ('restoring', 1) ON CONFLICT DO NOTHING";
pub(super) const UNMARK_RESTORING: &str = "DELETE FROM dyepack_meta WHERE name = 'restoring'";

/// What the server is.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) partitions: bool,
    pub(super) notes: Vec<String>,
}

/// Makes the tables in a database that has none.
pub(super) async fn create(on: &mut PgConnection, keys: &Keys, place: &str) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match initialise(on, keys, place).await {
            Err(Failure::Sql(error)) if attempt < ATTEMPTS && met_another(&error) => attempt += 1,
            done => return done.map_err(|failure| failure.writing(place)),
        }
    }
}

fn met_another(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("23505" | "42P07" | "42710" | "40001" | "40P01"))
}

async fn initialise(on: &mut PgConnection, keys: &Keys, place: &str) -> Result<(), Failure> {
    let mut transaction = on.begin().await?;
    let table = "CREATE TABLE IF NOT EXISTS dyepack_meta
                 (name text PRIMARY KEY, number bigint NOT NULL, octets bytea)";
    sqlx::raw_sql(table).execute(&mut *transaction).await?;
    let row = "INSERT INTO dyepack_meta (name, number, octets) VALUES ('schema', 0, $1) ON CONFLICT DO NOTHING";
    sqlx::query(row).bind(keys.check().as_slice()).execute(&mut *transaction).await?;
    bring_up(&mut transaction, keys, place).await?;
    Ok(transaction.commit().await?)
}

/// Checks an existing store, and brings an older schema to the version known here.
pub(super) async fn open(on: &mut PgConnection, keys: &Keys, place: &str) -> Result<Server, StoreError> {
    let failed = |failure: Failure| failure.reading(place);
    if !there(on).await.map_err(failed)? {
        return Err(StoreError::Missing(place.to_owned()));
    }
    let checked = async {
        let mut transaction = on.begin().await?;
        bring_up(&mut transaction, keys, place).await?;
        let marked = "SELECT count(*) FROM dyepack_meta WHERE name = 'restoring'";
        let marked: i64 = sqlx::query_scalar(marked).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        if marked > 0 {
            return Err(StoreError::Unfinished(place.to_owned()).into());
        }
        server(on, place).await
    };
    checked.await.map_err(failed)
}

async fn there(on: &mut PgConnection) -> Result<bool, Failure> {
    let table = sqlx::query_scalar::<_, bool>("SELECT to_regclass('dyepack_meta') IS NOT NULL").fetch_one(&mut *on);
    if !table.await? {
        return Ok(false);
    }
    let row = "SELECT count(*) FROM dyepack_meta WHERE name = 'schema'";
    Ok(sqlx::query_scalar::<_, i64>(row).fetch_one(on).await? == 1)
}

async fn bring_up(on: &mut PgConnection, keys: &Keys, place: &str) -> Result<(), Failure> {
    let found = version(on, keys, place).await?;
    if found == KNOWN {
        return Ok(());
    }
    let partitions = partitions(on).await?;
    for version in &VERSIONS[usize::try_from(found).unwrap_or(0)..] {
        apply(on, version, partitions).await?;
    }
    let head = "INSERT INTO head (id, size, frontier, ring) VALUES (0, 0, '', $1) ON CONFLICT DO NOTHING";
    sqlx::query(head).bind(keys.ids().concat()).execute(&mut *on).await?;
    let ring = "INSERT INTO ring (id, ring) VALUES (0, $1) ON CONFLICT DO NOTHING";
    sqlx::query(ring).bind(keys.ids().concat()).execute(&mut *on).await?;
    let update = "UPDATE dyepack_meta SET number = $1 WHERE name = 'schema'";
    sqlx::query(update).bind(KNOWN).execute(on).await?;
    Ok(())
}

/// The version that is there; locked until the transaction ends, unless there is
/// nothing to do.
async fn version(on: &mut PgConnection, keys: &Keys, place: &str) -> Result<i64, Failure> {
    const SELECT: &str = "SELECT number, octets FROM dyepack_meta WHERE name = 'schema'";
    const LOCK: &str = "SELECT number, octets FROM dyepack_meta WHERE name = 'schema' FOR UPDATE";
    let mut row = sqlx::query(SELECT).fetch_one(&mut *on).await?;
    if row.try_get::<i64, _>("number")? < KNOWN {
        row = sqlx::query(LOCK).fetch_one(on).await?;
    }
    let found: i64 = row.try_get("number")?;
    if found > KNOWN {
        return Err(StoreError::Newer { place: place.to_owned(), found, known: KNOWN }.into());
    }
    if row.try_get::<&[u8], _>("octets")? != keys.check() {
        return Err(StoreError::WrongKey { dir: place.to_owned() }.into());
    }
    Ok(found)
}

async fn apply(on: &mut PgConnection, version: &(&str, &str), partitions: bool) -> Result<(), sqlx::Error> {
    let partitioned = if partitions { "PARTITION BY RANGE (at)" } else { "" };
    let tables = version.0.replace("{partitioned}", partitioned);
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *on).await?;
    if partitions {
        sqlx::raw_sql(AssertSqlSafe(version.1.to_owned())).execute(on).await?;
    }
    Ok(())
}

/// CockroachDB spreads its tables itself.
async fn partitions(on: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let version: String = sqlx::query_scalar("SELECT version()").fetch_one(on).await?;
    Ok(!version.contains("CockroachDB"))
}

async fn server(on: &mut PgConnection, place: &str) -> Result<Server, Failure> {
    let mut notes = Vec::new();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let select = "SELECT current_setting($1, true)";
        let value: Option<String> = sqlx::query_scalar(select).bind(setting).fetch_one(&mut *on).await?;
        if value.as_deref() == Some("off") {
            notes.push(format!(
                "PostgreSQL at {place} runs with {setting} = off: contacts that were acknowledged may be lost when the power fails; set {setting} = on in postgresql.conf"
            ));
        }
    }
    Ok(Server { partitions: partitions(on).await?, notes })
}
