//! Changes: what an event does to the index, worked out before the writer comes to
//! it, and the keys under which things are put down. How they are kept is the
//! index's.

use super::super::keys::Keys;
use super::super::{Subject, claims};
use super::runs::Key;
use crate::model::{AlertState, CanaryId, Event, HitStatus, Lookup, PoolKind, ReleaseId, SourceId};

/// First octet of a key: what it leads to.
pub(super) const SOURCE: u8 = b'S';
/// Kind, control or not, and keyed hash: so ordered that no value shows.
pub(super) const POOL: u8 = b'P';
pub(super) const RELEASE: u8 = b'R';
/// Release and first entry of a row of canaries, to its last entry.
pub(super) const CANARIES: u8 = b'c';
pub(super) const HIT: u8 = b'H';
pub(super) const CASE: u8 = b'K';
pub(super) const JUDGEMENT: u8 = b'J';
/// Source, to what its newest judgement considered and when.
pub(super) const JUDGED: u8 = b'j';
/// Source, to its newest counted hit.
pub(super) const NEWS: u8 = b'N';
pub(super) const ALERT: u8 = b'A';
pub(super) const PENDING: u8 = b'p';
/// Channel and source, to their newest alert.
pub(super) const LAST_ALERT: u8 = b'a';
pub(super) const TOKEN: u8 = b'T';
pub(super) const SECRET: u8 = b't';
/// Subject and entry.
pub(super) const ABOUT: u8 = b'L';
pub(super) const VALUE: u8 = b'V';
/// What an event does to the index; the entry's number is filled in later.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// The key leads to the entry.
    Leads(Vec<u8>),
    Put(Vec<u8>),
    Set(Vec<u8>, Vec<u8>),
    Drop(Vec<u8>),
    /// The entry is about that subject.
    About(Vec<u8>),
    Canary {
        release: ReleaseId,
        keys: Vec<Key>,
    },
}

/// Everything one event changes in the index.
pub(super) fn changes(event: &Event, keys: &Keys) -> Vec<Change> {
    let hash = |key: &Lookup| keys.lookup(key.as_bytes());
    match event {
        Event::Source(s) => vec![
            leads(SOURCE, &s.id.octets()),
            Change::About(about(Subject::Source(s.id))),
            Change::Put(value_key(&hash(&Lookup::source_name(s.name.as_str())), claims::SOURCE, &[])),
        ],
        Event::Pool(p) => {
            let hash = hash(&Lookup::pool(p));
            vec![
                Change::Leads(pool_key(p.kind, p.control, &hash)),
                Change::Put(value_key(&hash, claims::POOL, &[u8::from(p.control)])),
            ]
        }
        Event::Release(r) => vec![leads(RELEASE, &r.id.octets()), Change::About(about(Subject::Release(r.id)))],
        Event::Canary(c) => {
            let mut all: Vec<Key> = Lookup::canary(c).iter().map(|key| value_of(&hash(key))).collect();
            all.push(canary_key(c.id));
            vec![Change::Canary { release: c.release, keys: all }]
        }
        Event::Hit(h) => {
            let mut all = vec![leads(HIT, &h.id.octets())];
            let dedupe = |d: &str| Change::Put(value_key(&hash(&Lookup::dedupe(d)), claims::CONTACT, &[]));
            all.extend(h.dedupe.as_deref().map(dedupe));
            let counted = if h.status == HitStatus::Counted { h.holders() } else { Vec::new() };
            all.extend(counted.into_iter().map(|source| leads(NEWS, &source.octets())));
            all
        }
        Event::Judgement(j) => {
            let judged = [j.through.to_be_bytes(), j.at.as_microsecond().to_be_bytes()].concat();
            vec![leads(JUDGEMENT, &j.source.octets()), Change::Set(key(JUDGED, &j.source.octets()), judged)]
        }
        Event::Case(c) => vec![leads(CASE, &c.id.octets())],
        Event::Alert(a) => {
            let pending = key(PENDING, &a.id.octets());
            let pending = if a.state == AlertState::Pending { Change::Put(pending) } else { Change::Drop(pending) };
            vec![leads(ALERT, &a.id.octets()), leads(LAST_ALERT, &desk(keys, &a.channel, a.source)), pending]
        }
        Event::Token { token, secret_hash } => {
            let mut all = vec![leads(TOKEN, &token.id.octets())];
            let made = (!secret_hash.is_empty()).then(|| leads(SECRET, &hash(&Lookup::token(secret_hash))));
            all.extend(made);
            all
        }
        Event::Evidence { .. }
        | Event::Revealed { .. }
        | Event::Excluded { .. }
        | Event::Head { .. }
        | Event::Key { .. }
        | Event::Shredded { .. } => Vec::new(),
    }
}

/// What leads to the newest alert of a channel and source.
pub(super) fn desk(keys: &Keys, channel: &str, source: SourceId) -> Vec<u8> {
    let mut desk = keys.lasting_hash("channel", channel).into_bytes();
    desk.truncate(16);
    desk.extend_from_slice(&source.octets());
    desk
}

/// The part of a keyed hash that runs are sorted by.
pub(super) fn value_of(hash: &[u8; 16]) -> Key {
    let mut key = Key::default();
    let length = key.len();
    key.copy_from_slice(&hash[..length]);
    key
}

/// The random part of a canary's id.
pub(super) fn canary_key(id: CanaryId) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&id.octets()[6..]);
    key
}

/// What a subject's entries are put down under.
pub(super) fn about(subject: Subject) -> Vec<u8> {
    match subject {
        Subject::Source(id) => [&[SOURCE], id.octets().as_slice()].concat(),
        Subject::Release(id) => [&[RELEASE], id.octets().as_slice()].concat(),
        Subject::Canary(id) => id.octets().to_vec(),
        Subject::Hit(id) => id.octets().to_vec(),
    }
}

/// What a pool entry of that hash is put down under.
pub(super) fn pool_key(kind: PoolKind, control: bool, hash: &[u8]) -> Vec<u8> {
    let kind = match kind {
        PoolKind::Phone => b'p',
        PoolKind::Mailbox => b'm',
        PoolKind::MailDomain => b'd',
        PoolKind::WebHost => b'w',
    };
    [&[POOL, kind, u8::from(control)], hash].concat()
}

/// A key of a class.
pub(super) fn key(class: u8, rest: &[u8]) -> Vec<u8> {
    [&[class], rest].concat()
}

fn leads(class: u8, rest: &[u8]) -> Change {
    Change::Leads(key(class, rest))
}

/// What a value's owner of a class is put down under.
pub(super) fn value_key(hash: &[u8; 16], class: u8, rest: &[u8]) -> Vec<u8> {
    [&[VALUE], hash.as_slice(), &[class], rest].concat()
}
