//! The embedded store as a `Store`: each question answered from the index and the
//! journal. How entries get there is `Embedded`'s own.

use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

use super::super::keys::{KeyId, Keys};
use super::super::vault::{self, Day};
use super::super::{Claim, Opened, Outbox, Owner, Rotation, Store, StoreError, Subject, claims, newest};
use super::changes;
use super::index::{Heard, Index, Standing};
use super::{Embedded, RESTORING, io, settles, sync_dir, writer};
use crate::ledger::contents::ContentKey;
use crate::ledger::entry::Entry;
use crate::ledger::tree::{Hash, Part};
use crate::model::{
    Alert, AlertId, AlertState, Batch, Canary, CanaryId, Case, CaseId, Event, Hit, HitId, Judgement, Lookup, News,
    PoolItem, PoolKind, Release, ReleaseId, Source, SourceId, Time, Token,
};

#[async_trait]
impl Store for Embedded {
    async fn record(&self, at: Time, batch: Batch) -> Result<u64, StoreError> {
        let mut claims = claims::claims(&batch, &self.keys);
        // One process keeps its own repeated contacts apart without our help.
        claims.retain(|c| c.class != claims::CONTACT);
        let alone = if claims.is_empty() { None } else { Some(Arc::clone(&self.claiming).lock_owned().await) };
        self.refuse_taken(&claims)?;
        let at = self.keep_pace(at);
        let mut day_keys = HashMap::new();
        for day in vault::days(&batch) {
            day_keys.insert(day, self.days.get_or_make(&self.keys, day)?);
        }
        let settled: Vec<Vec<u8>> = batch.iter().filter_map(settles).collect();
        let prepare = |event| vault::prepare(&self.keys, &day_keys, at, event);
        let entries = batch.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
        let first = self.writer.record(writer::Batch { alone, ..self.batch(entries) }).await?;
        settled.iter().for_each(|what| self.let_go(what));
        Ok(first)
    }

    async fn owners(&self, key: &Lookup) -> Result<Vec<Owner>, StoreError> {
        let hashes = self.keys.lookups(key.as_bytes());
        self.with_index(|index| {
            let mut owners = Vec::new();
            for hash in &hashes {
                self.canaries_with(index, &changes::value_of(hash), &mut owners)?;
                owners.extend(index.standings(hash)?.into_iter().map(|standing| match standing {
                    Standing::Pool { control } => Owner::Pool { control },
                    Standing::Source => Owner::Source,
                    Standing::Contact => Owner::Contact,
                }));
            }
            Ok(owners)
        })
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.many(|i| i.all(changes::SOURCE), |e| if let Event::Source(s) = e { Some(s) } else { None })
    }

    async fn pool(&self) -> Result<Vec<PoolItem>, StoreError> {
        self.many(|i| in_order(i.all(changes::POOL)), as_pool)
    }

    async fn pool_of(&self, kind: PoolKind, control: bool) -> Result<Vec<PoolItem>, StoreError> {
        self.many(|i| in_order(i.beginning(&changes::pool_key(kind, control, &[]))), as_pool)
    }

    async fn free(&self, kind: PoolKind, limit: usize, seed: u64) -> Result<Vec<PoolItem>, StoreError> {
        let prefix = changes::pool_key(kind, false, &[]);
        self.with_index(|index| {
            let mut free = Vec::new();
            for number in index.around(&prefix, &seed.to_be_bytes()) {
                if free.len() == limit {
                    break;
                }
                let Some(item) = as_pool(self.event(index, number?)?) else { continue };
                if !index.planted(&self.keys.lookups(Lookup::pool(&item).as_bytes()))? {
                    free.push(item);
                }
            }
            Ok(free)
        })
    }

    async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.many(|i| i.all(changes::RELEASE), as_release)
    }

    async fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.one(changes::RELEASE, &id.octets(), as_release)
    }

    async fn canaries(&self, release: ReleaseId) -> Result<Vec<Canary>, StoreError> {
        let numbers = |i: &Index| in_order(i.canaries_of(release));
        let all = self.many(numbers, |e| as_canary(e).filter(|c| c.release == release))?;
        let mut canaries = newest(all);
        canaries.sort_by_key(|c| c.id);
        Ok(canaries)
    }

    async fn plantings(&self, id: CanaryId) -> Result<Vec<Canary>, StoreError> {
        let numbers = |i: &Index| in_order(i.canaries_with(&changes::canary_key(id)));
        self.many(numbers, |e| as_canary(e).filter(|c| c.id == id)).map(newest)
    }

    async fn hits(&self, since: Option<Time>) -> Result<Vec<Hit>, StoreError> {
        let numbers = |index: &Index| match since {
            Some(at) => index.from(changes::HIT, &first_id_of(at)),
            None => index.all(changes::HIT),
        };
        let mut hits = self.many(numbers, as_hit)?;
        hits.retain(|h| since.is_none_or(|at| h.at >= at));
        Ok(hits)
    }

    async fn hit(&self, id: HitId) -> Result<Option<Hit>, StoreError> {
        self.one(changes::HIT, &id.octets(), as_hit)
    }

    async fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.many(|i| i.all(changes::CASE), as_case)
    }

    async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.one(changes::CASE, &id.octets(), as_case)
    }

    async fn judgements(&self) -> Result<Vec<Judgement>, StoreError> {
        self.many(|i| i.all(changes::JUDGEMENT), |e| if let Event::Judgement(j) = e { Some(j) } else { None })
    }

    async fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        self.many(|i| i.all(changes::ALERT), as_alert)
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.many(|i| i.all(changes::TOKEN), as_token)
    }

    async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        for hash in self.keys.lookups(Lookup::token(secret_hash).as_bytes()) {
            if let Some(token) = self.one(changes::SECRET, &hash, as_token)? {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    async fn claim_news(&self, now: Time, quiet: jiff::SignedDuration, until: Time) -> Result<Claim<News>, StoreError> {
        let mut later: Option<Time> = None;
        for Heard { source, newest, judged } in self.with_index(|i| i.news())? {
            let due = match judged {
                Some((through, _)) if through >= newest => continue,
                Some((_, at)) => at.checked_add(quiet).unwrap_or(now),
                None => now,
            };
            let taken = if due > now { Err(due) } else { self.lease(source.octets().to_vec(), now, until) };
            match taken {
                Ok(()) => return Ok(Claim::Ours(News { source, newest })),
                Err(at) => later = Some(later.map_or(at, |l| l.min(at))),
            }
        }
        Ok(later.map_or(Claim::Nothing, Claim::Later))
    }

    async fn claim_alert(&self, channel: &str, now: Time, until: Time) -> Result<Claim<Alert>, StoreError> {
        let mut pending = Vec::new();
        for id in self.with_index(|i| i.ids(changes::PENDING))? {
            let alert = self.one(changes::ALERT, &id, as_alert)?;
            pending.extend(alert.filter(|a| a.channel == channel && a.state == AlertState::Pending));
        }
        pending.sort_by_key(|a| (a.due_at, a.id));
        let mut later: Option<Time> = None;
        for alert in pending {
            let lease = || self.lease(alert.id.octets().to_vec(), now, until);
            let taken = if alert.due_at > now { Err(alert.due_at) } else { lease() };
            match taken {
                Ok(()) => return Ok(Claim::Ours(alert)),
                Err(at) => later = Some(later.map_or(at, |l| l.min(at))),
            }
        }
        Ok(later.map_or(Claim::Nothing, Claim::Later))
    }

    async fn outbox(&self, channel: &str, source: SourceId, now: Time) -> Result<Outbox, StoreError> {
        let last = self.one(changes::LAST_ALERT, &changes::desk(&self.keys, channel, source), as_alert)?;
        let leases = self.leases.lock().unwrap_or_else(|e| e.into_inner());
        let in_flight = last.as_ref().and_then(|a| leases.get(a.id.octets().as_slice())).is_some_and(|at| *at > now);
        drop(leases);
        Ok(Outbox { last, in_flight })
    }

    async fn give_back(&self, alert: AlertId) -> Result<(), StoreError> {
        self.let_go(&alert.octets());
        Ok(())
    }

    async fn claim_task(&self, task: &str, now: Time, until: Time) -> Result<bool, StoreError> {
        Ok(self.lease(format!("task {task}").into_bytes(), now, until).is_ok())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        self.with_index(|index| Ok(index.position().next_entry))
    }

    async fn entries(&self, from: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.with_index(|index| {
            let end = index.position().next_entry.min(from.saturating_add(limit as u64));
            (from..end).map(|number| self.octets(index, number)).collect()
        })
    }

    async fn entries_of(&self, subject: Subject) -> Result<Vec<u64>, StoreError> {
        self.with_index(|index| match subject {
            Subject::Source(_) | Subject::Release(_) => index.about(subject),
            Subject::Hit(id) => Ok(index.latest(changes::HIT, &id.octets())?.into_iter().collect()),
            Subject::Canary(id) => {
                let numbers = index.canaries_with(&changes::canary_key(id))?;
                let is_it = |n: &u64| matches!(self.event(index, *n), Ok(Event::Canary(c)) if c.id == id);
                Ok(numbers.into_iter().filter(is_it).collect())
            }
        })
    }

    async fn nodes(&self, parts: &[Part]) -> Result<Vec<Hash>, StoreError> {
        self.with_index(|index| parts.iter().map(|part| index.node(&self.journal, *part)).collect())
    }

    async fn adopt(&self, entries: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let read = |octets: Vec<u8>| -> Result<vault::Prepared, StoreError> {
            let entry = Entry::read(&octets).map_err(|e| StoreError::Unavailable(e.to_string()))?;
            let (leaf, sealed) = vault::seal(&self.keys, &octets);
            Ok(vault::Prepared { leaf, sealed, event: entry.event })
        };
        let entries = entries.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.writer.record(self.batch(entries)).await.map(drop)
    }

    async fn mark_restoring(&self, under_way: bool) -> Result<(), StoreError> {
        let mark = self.dir.join(RESTORING);
        let done = if under_way { std::fs::write(&mark, b"") } else { std::fs::remove_file(&mark) };
        done.and_then(|()| sync_dir(&self.dir)).map_err(io("marking", &mark))
    }

    async fn content_key(&self, hit: HitId) -> Result<Option<ContentKey>, StoreError> {
        Ok(self.days.get(&self.keys, vault::day_of(hit))?.map(|key| ContentKey::of(&key, hit)))
    }

    async fn day_keys(&self) -> Result<Vec<(Day, Vec<u8>)>, StoreError> {
        let mut kept = Vec::new();
        for day in self.days.all()? {
            kept.extend(self.days.sealed(day)?.map(|sealed| (day, sealed)));
        }
        Ok(kept)
    }

    async fn adopt_day_keys(&self, keys: Vec<(Day, Vec<u8>)>) -> Result<(), StoreError> {
        keys.into_iter().try_for_each(|(day, sealed)| self.days.adopt(day, &sealed))
    }

    async fn shred(&self, before: Day) -> Result<u64, StoreError> {
        self.days.shred(before)
    }

    async fn rotate(&self) -> Result<KeyId, StoreError> {
        let id = self.keys.add()?;
        self.begin_rotation();
        Ok(id)
    }

    fn rotation(&self) -> Option<Rotation> {
        self.rotation.now()
    }

    fn retired(&self) -> Vec<KeyId> {
        self.rotation.take_retired()
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn opened(&self) -> Opened {
        self.opened.clone()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// The smallest UUIDv7 of a millisecond.
fn first_id_of(at: Time) -> [u8; 16] {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0).to_be_bytes();
    let mut octets = [0u8; 16];
    octets[..6].copy_from_slice(&millis[2..]);
    octets
}

fn in_order(numbers: Result<Vec<u64>, StoreError>) -> Result<Vec<u64>, StoreError> {
    numbers.map(|mut numbers| {
        numbers.sort_unstable();
        numbers
    })
}

fn as_pool(event: Event) -> Option<PoolItem> {
    if let Event::Pool(item) = event { Some(item) } else { None }
}

fn as_release(event: Event) -> Option<Release> {
    if let Event::Release(release) = event { Some(release) } else { None }
}

fn as_canary(event: Event) -> Option<Canary> {
    if let Event::Canary(canary) = event { Some(canary) } else { None }
}

fn as_hit(event: Event) -> Option<Hit> {
    if let Event::Hit(hit) = event { Some(*hit) } else { None }
}

fn as_case(event: Event) -> Option<Case> {
    if let Event::Case(case) = event { Some(case) } else { None }
}

fn as_alert(event: Event) -> Option<Alert> {
    if let Event::Alert(alert) = event { Some(alert) } else { None }
}

fn as_token(event: Event) -> Option<Token> {
    if let Event::Token { token, .. } = event { Some(token) } else { None }
}
