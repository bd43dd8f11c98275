//! The store's promises, each handed to the part that keeps it; and the statements
//! that name the entries in which things stand as they are now.

use async_trait::async_trait;
use sqlx::postgres::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use super::super::keys::{KeyId, Keys};
use super::super::vault::{self, Day};
use super::super::{Claim, Opened, Outbox, Owner, Rotation, Store, StoreError, Subject};
use super::head::Head;
use super::moment::Moment;
use super::shared::lock;
use super::{Postgres, days, draft, months, nodes, owned, rotate, schema, work};
use crate::ledger::contents::ContentKey;
use crate::ledger::tree::{Hash, Part};
use crate::model::{
    Alert, AlertId, Batch, Canary, CanaryId, Case, CaseId, Event, Hit, HitId, Judgement, Lookup, News, PoolItem,
    PoolKind, Release, ReleaseId, Source, SourceId, Time, Token,
};

/// The newest entries of a table's things.
macro_rules! newest {
    ($table:literal, $rest:literal) => {
        concat!("SELECT g.number, g.leaf, g.sealed FROM ", $table, " t JOIN ledger g ON g.number = t.number ", $rest)
    };
}

impl Postgres {
    /// The things in the newest entries that a statement selects.
    async fn all<T: Send + 'static>(
        &self,
        select: &'static str,
        pick: fn(Event) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.things(&pool, sqlx::query(select), pick).await).await
    }

    /// The same of one id.
    async fn of<T: Send + 'static>(
        &self,
        select: &'static str,
        id: [u8; 16],
        pick: fn(Event) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let id = Uuid::from_bytes(id);
        self.shared
            .reading(async |pool: PgPool| self.shared.things(&pool, sqlx::query(select).bind(id), pick).await)
            .await
    }
}

fn release(event: Event) -> Option<Release> {
    match event {
        Event::Release(release) => Some(release),
        _ => None,
    }
}

fn canary(event: Event) -> Option<Canary> {
    match event {
        Event::Canary(canary) => Some(canary),
        _ => None,
    }
}

fn case(event: Event) -> Option<Case> {
    match event {
        Event::Case(case) => Some(case),
        _ => None,
    }
}

#[async_trait]
impl Store for Postgres {
    async fn record(&self, at: Time, batch: Batch) -> Result<u64, StoreError> {
        if batch.is_empty() {
            return self.size().await;
        }
        self.shared.make_room(&months::of_batch(batch.iter())).await?;
        let day_keys = self.shared.day_keys_for(&vault::days(&batch)).await?;
        let drafts = draft::record(&self.shared.keys, day_keys, at, batch).await?;
        self.writer.append(drafts).await
    }

    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.owners(&pool, key).await).await
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        let pick = |event| if let Event::Source(source) = event { Some(source) } else { None };
        self.all(newest!("sources", "ORDER BY t.id"), pick).await
    }

    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError> {
        self.all(newest!("pool", "ORDER BY t.number"), owned::item).await
    }

    async fn pool_of(&self, kind: PoolKind, control: bool) -> Result<Vec<PoolItem>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.pool_of(&pool, kind, control).await).await
    }

    async fn free(&self, kind: PoolKind, limit: usize, seed: u64) -> Result<Vec<PoolItem>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.free(&pool, kind, limit, seed).await).await
    }

    async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.all(newest!("releases", "ORDER BY t.id"), release).await
    }

    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        Ok(self.of(newest!("releases", "WHERE t.id = $1"), id.octets(), release).await?.pop())
    }

    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError> {
        let all =
            self.of(newest!("canaries", "WHERE t.release = $1 ORDER BY t.id, t.number DESC"), release.octets(), canary);
        let mut all = all.await?;
        all.dedup_by_key(|canary| canary.id);
        Ok(all)
    }

    async fn plantings(&self, id: CanaryId) -> Result<Vec<Canary>, StoreError> {
        self.of(newest!("canaries", "WHERE t.id = $1 ORDER BY t.number"), id.octets(), canary)
            .await
            .map(super::super::newest)
    }

    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError> {
        const ALL: &str = newest!("hits", "ORDER BY t.at, t.number");
        const SINCE: &str = newest!("hits", "WHERE t.at >= $1 ORDER BY t.at, t.number");
        let select = || match since {
            Some(since) => sqlx::query(SINCE).bind(Moment(since)),
            None => sqlx::query(ALL),
        };
        let mut hits = self.shared.reading(async |pool: PgPool| self.shared.hits(&pool, select()).await).await?;
        // Columns are cut to microseconds.
        hits.retain(|hit| since.is_none_or(|since| hit.at >= since));
        Ok(hits)
    }

    async fn hit(&self, id: HitId) -> Result<Option<Hit>, StoreError> {
        const SELECT: &str = newest!("hits", "WHERE t.id = $1 ORDER BY t.number");
        let select = || sqlx::query(SELECT).bind(Uuid::from_bytes(id.octets()));
        Ok(self.shared.reading(async |pool: PgPool| self.shared.hits(&pool, select()).await).await?.pop())
    }

    async fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.all(newest!("cases", "ORDER BY t.id"), case).await
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        Ok(self.of(newest!("cases", "WHERE t.id = $1"), id.octets(), case).await?.pop())
    }

    async fn judgements(&self) -> Result<Vec<Judgement>, StoreError> {
        let pick = |event| if let Event::Judgement(judgement) = event { Some(judgement) } else { None };
        self.all(newest!("judgements", "ORDER BY t.source"), pick).await
    }

    async fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        let pick = |event| if let Event::Alert(alert) = event { Some(alert) } else { None };
        self.all(newest!("alerts", "ORDER BY t.id"), pick).await
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let pick = |event| if let Event::Token { token, .. } = event { Some(token) } else { None };
        self.all(newest!("tokens", "ORDER BY t.id"), pick).await
    }

    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.token_of(&pool, secret_hash).await).await
    }

    async fn claim_news(&self, now: Time, quiet: jiff::SignedDuration, until: Time) -> Result<Claim<News>, StoreError> {
        self.shared.writing(|pool| work::claim_news(pool, now, quiet, until)).await
    }

    async fn claim_alert(&self, channel: &str, now: Time, until: Time) -> Result<Claim<Alert>, StoreError> {
        self.shared.writing(|pool| self.shared.claim_alert(pool, channel, now, until)).await
    }

    async fn outbox(&self, channel: &str, source: SourceId, now: Time) -> Result<Outbox, StoreError> {
        self.shared.reading(|pool| self.shared.outbox(pool, channel, source, now)).await
    }

    async fn give_back(&self, alert: AlertId) -> Result<(), StoreError> {
        self.shared.writing(|pool| work::give_back(pool, alert)).await
    }

    async fn claim_task(&self, task: &str, now: Time, until: Time) -> Result<bool, StoreError> {
        self.shared.writing(async |pool: PgPool| work::claim_task(&pool, task, now, until).await).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.shared
            .reading(async |pool: PgPool| Ok(Head::read(&mut *pool.acquire().await?).await?.frontier.size()))
            .await
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.shared.reading(async |pool: PgPool| self.shared.entries(&pool, from, limit).await).await
    }

    async fn entries_of(&self, subject: Subject) -> Result<Vec<u64>, StoreError> {
        const HISTORY: &str = "SELECT number FROM history WHERE id = $1 ORDER BY number";
        let (select, id) = match subject {
            Subject::Source(id) => (HISTORY, id.octets()),
            Subject::Release(id) => (HISTORY, id.octets()),
            Subject::Canary(id) => ("SELECT number FROM canaries WHERE id = $1 ORDER BY number", id.octets()),
            Subject::Hit(id) => ("SELECT number FROM hits WHERE id = $1 ORDER BY number", id.octets()),
        };
        let numbers = self.shared.reading(async |pool: PgPool| {
            Ok(sqlx::query_scalar::<_, i64>(select).bind(Uuid::from_bytes(id)).fetch_all(&pool).await?)
        });
        Ok(numbers.await?.into_iter().filter_map(|number| u64::try_from(number).ok()).collect())
    }

    async fn nodes(&self, parts: &[Part]) -> Result<Vec<Hash>, StoreError> {
        self.shared.reading(async |pool: PgPool| nodes::nodes(&pool, parts).await).await
    }

    async fn adopt(&self, entries: Vec<Vec<u8>>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.shared.make_room(&months::of_entries(&entries)).await?;
        let drafts = draft::adopt(&self.shared.keys, entries).await?;
        self.writer.append(drafts).await.map(|_| ())
    }

    async fn mark_restoring(&self, under_way: bool) -> Result<(), StoreError> {
        let mark = if under_way { schema::MARK_RESTORING } else { schema::UNMARK_RESTORING };
        self.shared.writing(async |pool: PgPool| Ok(sqlx::query(mark).execute(&pool).await.map(drop)?)).await
    }

    async fn content_key(&self, hit: HitId) -> Result<Option<ContentKey>, StoreError> {
        let day = vault::day_of(hit);
        let key = self.shared.reading(async |pool: PgPool| days::read(&pool, &self.shared.keys, &[day]).await).await?;
        Ok(key.get(&day).map(|key| ContentKey::of(key, hit)))
    }

    async fn day_keys(&self) -> Result<Vec<(Day, Vec<u8>)>, StoreError> {
        self.shared.all_day_keys().await
    }

    async fn adopt_day_keys(&self, keys: Vec<(Day, Vec<u8>)>) -> Result<(), StoreError> {
        self.shared.adopt_day_keys(&keys).await
    }

    async fn shred(&self, before: Day) -> Result<u64, StoreError> {
        self.shared.shred(before).await
    }

    async fn rotate(&self) -> Result<KeyId, StoreError> {
        rotate::begin(&self.shared).await
    }

    fn rotation(&self) -> Option<Rotation> {
        *lock(&self.shared.rotation)
    }

    fn retired(&self) -> Vec<KeyId> {
        std::mem::take(&mut *lock(&self.shared.retired))
    }

    fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    fn opened(&self) -> Opened {
        self.opened.clone()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.shared.size.subscribe()
    }
}
