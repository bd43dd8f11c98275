//! The vault: what turns an event into sealed octets and back, the same for every
//! backend. Contents of hits are sealed twice: with the key of their day, which
//! can be destroyed, and like every entry with the store's key.

use rand::Rng;
use std::collections::HashMap;

use super::StoreError;
use super::keys::Keys;
use crate::ledger::contents::{self, ContentKey};
use crate::ledger::entry::{Entry, LeafHash, leaf_hash};
use crate::model::{Batch, Event, HitId, Time};

/// A day in UTC, counted from 1970-01-01.
pub type Day = i32;

/// Octets of an entry at most: evidence has some hundred thousand, and who
/// verifies an export reads no line without end.
const ENTRY: usize = 4 << 20;

/// The key of one day's contents.
pub type DayKey = [u8; 32];

/// The day a hit's contents belong to.
pub fn day_of(hit: HitId) -> Day {
    day_at(hit.time())
}

/// The day of a moment.
pub fn day_at(at: Time) -> Day {
    i32::try_from(at.as_second().div_euclid(86_400)).unwrap_or(0)
}

/// An entry on its way into the ledger.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub leaf: LeafHash,
    pub sealed: Vec<u8>,
    /// As it was recorded; what is guarded in it is sealed.
    pub event: Event,
}

/// The days whose keys a batch needs.
pub fn days(batch: &Batch) -> Vec<Day> {
    let mut days: Vec<Day> = batch.iter().filter_map(guarded_hit).map(day_of).collect();
    days.sort_unstable();
    days.dedup();
    days
}

fn guarded_hit(event: &Event) -> Option<HitId> {
    match event {
        Event::Hit(hit) => Some(hit.id),
        Event::Evidence { hit, .. } => Some(*hit),
        _ => None,
    }
}

/// Salts, guards, writes, hashes and seals one event.
pub fn prepare(keys: &Keys, day_keys: &HashMap<Day, DayKey>, at: Time, event: Event) -> Result<Prepared, StoreError> {
    let mut salt = [0u8; 16];
    rand::rng().fill_bytes(&mut salt);
    let key = guarded_hit(&event).and_then(|hit| Some(ContentKey::of(day_keys.get(&day_of(hit))?, hit)));
    let event = contents::guard(event, key.as_ref()).map_err(|e| StoreError::Unavailable(e.to_string()))?;
    let entry = Entry { at, salt: hex::encode(salt), event };
    let octets = entry.canonical().map_err(|e| StoreError::Unavailable(e.to_string()))?;
    if octets.len() > ENTRY {
        return Err(StoreError::TooLarge { octets: octets.len(), limit: ENTRY });
    }
    let (leaf, sealed) = seal(keys, &octets);
    Ok(Prepared { leaf, sealed, event: entry.event })
}

/// Hashes and seals an entry that was written before.
pub fn seal(keys: &Keys, octets: &[u8]) -> (LeafHash, Vec<u8>) {
    let leaf = leaf_hash(octets);
    (leaf, keys.seal(octets, &leaf))
}

/// The canonical octets of a sealed entry; checked against its leaf hash by the cipher.
pub fn open(keys: &Keys, number: u64, leaf: &LeafHash, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    keys.open(sealed, leaf).map_err(|e| damaged(number, e.to_string()))
}

/// The entry in canonical octets.
pub fn read(number: u64, octets: &[u8]) -> Result<Entry, StoreError> {
    Entry::read(octets).map_err(|e| damaged(number, e.to_string()))
}

/// A hit's words in clear, where the key of its day still exists.
pub fn unguard(event: Event, number: u64, day_key: impl Fn(Day) -> Option<DayKey>) -> Event {
    let key = guarded_hit(&event).and_then(|hit| Some(ContentKey::of(&day_key(day_of(hit))?, hit)));
    match contents::unguard(event, key.as_ref()) {
        Event::Hit(mut hit) => {
            hit.entry = number;
            Event::Hit(hit)
        }
        other => other,
    }
}

fn damaged(number: u64, what: String) -> StoreError {
    StoreError::Damaged { place: format!("ledger entry {number}"), what }
}

/// A fresh key for a day, and how it is kept.
pub fn new_day_key(keys: &Keys, day: Day) -> (DayKey, Vec<u8>) {
    let mut key = [0u8; 32];
    rand::rng().fill_bytes(&mut key);
    (key, keys.seal(&key, &day_context(day)))
}

/// A day's key as it is kept, under the sealing key now in use.
pub fn seal_day_key(keys: &Keys, day: Day, key: &DayKey) -> Vec<u8> {
    keys.seal(key, &day_context(day))
}

/// A day's key from how it is kept.
pub fn open_day_key(keys: &Keys, day: Day, sealed: &[u8]) -> Result<DayKey, StoreError> {
    let damaged = |what: String| StoreError::Damaged { place: format!("the content key of day {day}"), what };
    let octets = keys.open(sealed, &day_context(day)).map_err(|e| damaged(e.to_string()))?;
    octets.try_into().map_err(|_| damaged("it has another length".to_owned()))
}

fn day_context(day: Day) -> Vec<u8> {
    format!("content key of day {day}").into_bytes()
}
