//! Observe: a contact becomes a hit. The contact point is looked up, the hit
//! judged for what it is (counted, duplicate, expected, stray) and made durable;
//! only when this returns may a listener answer. What it means for a source is
//! judged afterwards and never holds a listener up.

use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

use super::{App, AppError};
use crate::attribution::matching::names_persona;
use crate::attribution::{sender_mark, text_mark};
use crate::model::contact_point::Kind;
use crate::model::hit::EVIDENCE_KEPT;
use crate::model::{
    Batch, Canary, Channel, ContactPoint, Event, Guarded, Hit, HitStatus, Lookup, Marks, SourceId, Words,
};
use crate::store::Owner;

/// Octets of evidence kept of a contact that reached no canary.
const STRAY_EVIDENCE: usize = 4 << 10;
/// Characters of the decoded text that are kept for matching.
const TEXT: usize = 4_000;
const SUMMARY: usize = 200;

/// One contact, as a listener understood it.
#[derive(Debug, Clone)]
pub struct Contact {
    pub channel: Channel,
    pub to: ContactPoint,
    /// Sender as the channel tells.
    pub from: String,
    /// One line for people.
    pub summary: String,
    /// The words, decoded.
    pub text: String,
    /// Everything as it came.
    pub octets: Vec<u8>,
    /// What tells a retry from a new contact.
    pub dedupe: Option<String>,
}

/// Whom a contact point belongs to.
struct Found {
    /// As the newest release has it.
    canary: Canary,
    source: SourceId,
    /// Other sources that hold it.
    also: Vec<SourceId>,
}

/// Contact points that were met before. Whom one belongs to changes only when a
/// release is issued, confirmed or withdrawn, and is forgotten then; a release of
/// another replica's is known within seconds, before anybody can have leaked it.
/// That a point belongs to nobody may change any moment, and is asked each time.
#[derive(Default)]
pub struct Met {
    points: Mutex<HashMap<Lookup, Arc<Found>>>,
}

/// Messages that are being recorded. The same one again waits until the first is
/// there, and is found to be a duplicate then.
#[derive(Default)]
pub struct Retries {
    under_way: Mutex<HashSet<String>>,
    left: Notify,
}

/// Lets the next one in when it goes.
pub struct Entered<'a> {
    retries: &'a Retries,
    keys: Vec<String>,
}

impl Retries {
    async fn enter(&self, keys: Vec<String>) -> Entered<'_> {
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            {
                let mut under_way = self.under_way.lock().unwrap_or_else(|e| e.into_inner());
                if keys.iter().all(|key| !under_way.contains(key)) {
                    under_way.extend(keys.iter().cloned());
                    return Entered { retries: self, keys };
                }
            }
            left.await;
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut under_way = self.retries.under_way.lock().unwrap_or_else(|e| e.into_inner());
        under_way.retain(|key| !self.keys.contains(key));
        drop(under_way);
        self.retries.left.notify_waiters();
    }
}

/// So many are remembered, a kilobyte each; then it begins anew.
const MET: usize = 10_000;

impl Met {
    fn get(&self, key: &Lookup) -> Option<Arc<Found>> {
        self.points.lock().unwrap_or_else(|e| e.into_inner()).get(key).cloned()
    }

    /// Releases changed.
    pub(super) fn forget(&self) {
        self.points.lock().unwrap_or_else(|e| e.into_inner()).clear();
    }

    fn put(&self, key: Lookup, found: &Arc<Found>) {
        let mut points = self.points.lock().unwrap_or_else(|e| e.into_inner());
        if points.len() >= MET {
            points.clear();
        }
        points.insert(key, Arc::clone(found));
    }
}

impl App {
    /// Makes contacts durable, all or none (the recipients of one message). An
    /// error means that nothing was recorded and the sender must try again.
    pub async fn observe(&self, contacts: Vec<Contact>) -> Result<Vec<Hit>, AppError> {
        let _only = self.retries.enter(contacts.iter().filter_map(|c| c.dedupe.clone()).collect()).await;
        match self.observe_once(&contacts).await {
            // Another replica was faster with the same message: now it is a duplicate.
            Err(AppError::Conflict(_)) => self.observe_once(&contacts).await,
            outcome => outcome,
        }
    }

    async fn observe_once(&self, contacts: &[Contact]) -> Result<Vec<Hit>, AppError> {
        let mut batch = Batch::new();
        let mut hits = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let found = self.find(&contact.to).await?;
            let hit = self.hit_of(contact, found.as_deref()).await?;
            let keep = if found.is_some() { EVIDENCE_KEPT } else { STRAY_EVIDENCE };
            let octets = Guarded::Clear(contact.octets[..contact.octets.len().min(keep)].to_vec());
            batch.push(Event::Hit(Box::new(hit.clone())));
            batch.push(Event::Evidence { hit: hit.id, octets });
            hits.push(hit);
        }
        self.record(batch).await?;
        if hits.iter().any(|h| h.status == HitStatus::Counted) {
            self.bells.news();
        }
        Ok(hits)
    }

    async fn find(&self, to: &ContactPoint) -> Result<Option<Arc<Found>>, AppError> {
        let key = Lookup::point(to);
        if let Some(found) = self.met.get(&key) {
            return Ok(Some(found));
        }
        let mut plantings = Vec::new();
        for owner in self.store.owners(&key).await? {
            if let Owner::Canary(canary) = owner
                && let Some(release) = self.store.release(canary.release).await?
            {
                plantings.push((release, *canary));
            }
        }
        let mut also: Vec<SourceId> = plantings.iter().map(|(release, _)| release.source).collect();
        // What was planted last; what was only issued may not be in the wild at all.
        let newest = plantings.into_iter().max_by_key(|(r, _)| (r.planted_at, r.issued_at));
        let Some((release, canary)) = newest else { return Ok(None) };
        also.sort();
        also.dedup();
        also.retain(|holder| *holder != release.source);
        let found = Arc::new(Found { canary, source: release.source, also });
        self.met.put(key, &found);
        Ok(Some(found))
    }

    async fn hit_of(&self, contact: &Contact, found: Option<&Found>) -> Result<Hit, AppError> {
        let at = self.now();
        let address = (contact.to.kind == Kind::Mailbox).then_some(contact.to.value.as_str());
        Ok(Hit {
            id: self.next_hit_id(at),
            entry: 0,
            at,
            channel: contact.channel,
            to: contact.to.clone(),
            words: Guarded::Clear(Words {
                from: clip(&contact.from, SUMMARY),
                summary: clip(&contact.summary, SUMMARY),
                text: clip(&contact.text, TEXT),
            }),
            marks: self.marks_of(contact),
            evidence_sha256: hex::encode(Sha256::digest(&contact.octets)),
            status: self.status_of_contact(contact, found).await?,
            control: found.is_none() && self.ours(&contact.to).await? == Some(true),
            canary: found.map(|f| f.canary.id),
            release: found.map(|f| f.canary.release),
            source: found.map(|f| f.source),
            also: found.map(|f| f.also.clone()).unwrap_or_default(),
            confirmed: found.is_some_and(|f| names_persona(&f.canary.names, &contact.text, address)),
            dedupe: self.dedupe_of(contact),
        })
    }

    /// What tells a retry from a new contact, as a keyed hash: it may hold the
    /// sender's address, and stays when the words are shredded.
    fn dedupe_of(&self, contact: &Contact) -> Option<String> {
        contact.dedupe.as_deref().map(|key| self.store.lasting_hash("dedupe", key)[..32].to_owned())
    }

    fn marks_of(&self, contact: &Contact) -> Marks {
        let digest = |what: &str, mark: String| {
            let mut digest = self.store.lasting_hash(what, &mark);
            digest.truncate(16);
            digest
        };
        Marks {
            sender: sender_mark(contact.channel, &contact.from).map(|mark| digest("sender", mark)),
            text: text_mark(contact.channel, &contact.text).map(|mark| digest("text", mark)),
        }
    }

    async fn status_of_contact(&self, contact: &Contact, found: Option<&Found>) -> Result<HitStatus, AppError> {
        if let Some(key) = self.dedupe_of(contact)
            && !self.store.owners(&Lookup::dedupe(&key)).await?.is_empty()
        {
            return Ok(HitStatus::Duplicate);
        }
        let Some(found) = found else { return Ok(HitStatus::Stray) };
        // Whom one holder expects to hear from may have the record from that holder.
        for holder in [found.source].iter().chain(&found.also) {
            if self.is_expected(contact, *holder).await? {
                return Ok(HitStatus::Expected);
            }
        }
        Ok(HitStatus::Counted)
    }

    async fn is_expected(&self, contact: &Contact, source: SourceId) -> Result<bool, AppError> {
        let sources = self.expecting(contact);
        if sources.is_empty() {
            return Ok(false);
        }
        let names = self.source_names().await?;
        Ok(names.get(&source).is_some_and(|name| sources.contains(name)))
    }

    /// Names of the sources that list this sender.
    fn expecting(&self, contact: &Contact) -> Vec<String> {
        let from = contact.from.trim().to_lowercase();
        let lists = |e: &&super::Expected| e.channel == contact.channel && e.from.iter().any(|f| is_sender(f, &from));
        self.settings.expected.iter().filter(lists).map(|e| e.source.clone()).collect()
    }
}

/// A listed sender, or for mail everybody of a listed `@domain`.
fn is_sender(listed: &str, from: &str) -> bool {
    let listed = listed.trim().to_lowercase();
    listed == from || listed.starts_with('@') && from.ends_with(&listed)
}

/// Bounded, and without control characters that could disturb a terminal or a page.
pub(super) fn clip(text: &str, limit: usize) -> String {
    text.chars().take(limit).map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
