//! Keep: what an installation does by itself. Heads are signed on a schedule, sent
//! to an outside mailbox and time-stamped; contents past their time are shredded;
//! retired keys are put down; what other replicas recorded is taken notice of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

use super::owned::Owned;
use super::views::{HeadView, KeysView, RotationView};
use super::{App, AppError};
use crate::alert::Notice;
use crate::ledger::stamp;
use crate::model::{Event, KeyChange, Time};
use crate::store::vault::day_at;

/// How often it is looked whether something is due.
const ROUND: Duration = Duration::from_secs(20);
/// However much others record, the pool is read anew no more often than this.
const POOL: Duration = Duration::from_secs(2);
/// Whoever claimed a chore and died gives it up to others after this.
const CHORE: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

impl App {
    /// Keeps house until `stop` says so.
    pub async fn run_upkeep(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut signed = None;
        while !*stop.borrow() {
            if let Err(cause) = self.upkeep(&mut signed).await {
                tracing::warn!(%cause, "upkeep was not done; it is tried again");
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    async fn upkeep(&self, signed: &mut Option<Time>) -> Result<(), AppError> {
        self.note_retired_keys().await?;
        let now = self.now();
        let due = signed.is_none_or(|at| now.duration_since(at) >= self.settings.sign_every);
        if due && self.store.claim_task("sign a head", now, now + self.settings.sign_every).await? {
            let head = self.sign_head().await?;
            *signed = Some(now);
            self.anchor(&head).await;
        }
        if let Some(days) = self.settings.evidence_days
            && self.store.claim_task("shred", now, now + CHORE).await?
        {
            self.shred_before(now - jiff::SignedDuration::from_hours(24 * i64::from(days))).await?;
        }
        Ok(())
    }

    /// Sends a head where it is out of our reach.
    async fn anchor(&self, head: &HeadView) {
        let Some(name) = &self.settings.anchor else { return };
        let Some(notifier) = self.notifiers.iter().find(|n| n.name() == name) else { return };
        let text = format!(
            "{}\nKeep this message: it pins the first {} entries of the ledger. To hold an export against it, save the lines from \"dyepack.ledger\" to the signature as a file and run\n  dyepack evidence verify EXPORT --since FILE\n\nPublic key: {}\n",
            head.note, head.size, head.key
        );
        let notice = Notice {
            id: format!("head-{}-{}", head.size, &head.root[..16]),
            subject: format!("[dyepack] ledger head: {} entries, {}", head.size, &head.root[..16]),
            text,
            also_to: Vec::new(),
        };
        if let Err(refusal) = notifier.send(&notice).await {
            tracing::warn!(channel = name, error = refusal.what, "a head could not be sent out; the next one will be");
        }
    }

    /// What the time-stamping authority says of a note, if one is configured.
    pub(super) async fn stamp_of(&self, note: &str) -> Option<String> {
        let authority = self.authority.as_ref()?;
        let digest: [u8; 32] = Sha256::digest(note.as_bytes()).into();
        let nonce = self.with_entropy(|entropy| entropy.random::<u64>() >> 1);
        let answer = match authority.stamp(stamp::request(&digest, nonce)).await {
            Ok(answer) => answer,
            Err(cause) => {
                tracing::warn!(cause, "the head was not time-stamped");
                return None;
            }
        };
        match stamp::token(&answer, &digest, nonce) {
            Ok(stamp) => Some(STANDARD.encode(stamp.token)),
            Err(cause) => {
                tracing::warn!(%cause, "the time-stamping authority's answer is of no use");
                None
            }
        }
    }

    /// Makes the contents of hits before a day's beginning unreadable for good.
    async fn shred_before(&self, before: Time) -> Result<(), AppError> {
        let day = day_at(before);
        let gone = self.store.shred(day).await?;
        if gone > 0 {
            let before = Time::from_second(i64::from(day) * 86_400).unwrap_or(before);
            tracing::info!(days = gone, %before, "contents of hits were shredded as [retention] says");
            self.record(vec![Event::Shredded { before, days: gone }]).await?;
        }
        Ok(())
    }

    /// Puts a new sealing key in use; everything is sealed anew in the background.
    pub async fn rotate_keys(&self, by: &str) -> Result<KeysView, AppError> {
        let id = self.store.rotate().await.map_err(|e| AppError::Conflict(e.to_string()))?;
        self.record(vec![Event::Key { id: hex::encode(id), by: by.to_owned(), what: KeyChange::Added }]).await?;
        self.list_keys().await
    }

    /// The sealing keys, and how far a rotation is.
    pub async fn list_keys(&self) -> Result<KeysView, AppError> {
        self.note_retired_keys().await?;
        let ids = self.store.keys().ids().into_iter().map(hex::encode).collect();
        let rotation = self.store.rotation().map(|r| RotationView { done: r.done, of: r.of });
        Ok(KeysView { ids, rotation, public_key: self.public_key().to_string() })
    }

    async fn note_retired_keys(&self) -> Result<(), AppError> {
        let gone: Vec<Event> = self
            .store
            .retired()
            .into_iter()
            .map(|id| Event::Key { id: hex::encode(id), by: "rotation".to_owned(), what: KeyChange::Retired })
            .collect();
        if gone.is_empty() { Ok(()) } else { self.record(gone).await }
    }

    /// Takes notice of what other replicas record, until `stop` says so.
    pub async fn run_following(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut changes = self.store.changes();
        let mut read = tokio::time::interval(POOL);
        read.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stale = false;
        while !*stop.borrow() {
            tokio::select! {
                changed = changes.changed() => match changed {
                    Ok(()) => {
                        stale = true;
                        self.bells.news();
                        self.bells.outbox();
                    }
                    // A store that nobody else writes to.
                    Err(_) => return,
                },
                _ = read.tick(), if stale => stale = !self.read_pool_anew().await,
                _ = stop.changed() => return,
            }
        }
    }

    async fn read_pool_anew(&self) -> bool {
        self.met.forget();
        match Owned::read(self.store.as_ref()).await {
            Ok(owned) => *self.owned.write().unwrap_or_else(|e| e.into_inner()) = owned,
            Err(cause) => {
                tracing::warn!(%cause, "the pool could not be read anew");
                return false;
            }
        }
        true
    }
}
