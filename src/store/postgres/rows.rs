//! Rows: what the entries of one transaction put into the tables that are
//! derived from the ledger. Where things are changed by newer entries, the last
//! one of a transaction stands for all. How rows get into their tables is left
//! to `tables`.

use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::super::keys::Keys;
use super::moment::Moment;
use crate::model::{Alert, Canary, Case, Event, Hit, HitStatus, Judgement, Lookup, PoolItem, Release, Source, Token};

/// A keyed hash.
pub(super) type KeyedHash = [u8; 16];

/// The words of `lookups.class`.
pub(super) const CANARY: &str = "canary";
pub(super) const POOL: &str = "pool";
pub(super) const SOURCE: &str = "source";
pub(super) const CONTACT: &str = "contact";

/// Where a value leads.
#[derive(Debug, Clone)]
pub(super) struct LookupRow {
    pub(super) hash: KeyedHash,
    pub(super) class: &'static str,
    pub(super) number: i64,
    pub(super) canary: Option<Uuid>,
    pub(super) release: Option<Uuid>,
    pub(super) control: Option<bool>,
}

/// A thing with the number of its entry.
pub(super) type Numbered<T> = (i64, T);

/// How far a source was judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) through: i64,
    pub(super) at: Moment,
}

/// Everything that goes into derived tables.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) history: BTreeSet<(Uuid, i64)>,
    pub(super) sources: BTreeMap<Uuid, Numbered<Source>>,
    pub(super) pool: Vec<Numbered<PoolItem>>,
    pub(super) releases: BTreeMap<Uuid, Numbered<Release>>,
    pub(super) canaries: Vec<Numbered<(Uuid, Uuid)>>,
    pub(super) lookups: Vec<LookupRow>,
    pub(super) hits: Vec<Numbered<HitRow>>,
    pub(super) cases: BTreeMap<Uuid, Numbered<Case>>,
    pub(super) judgements: BTreeMap<Uuid, Numbered<Judgement>>,
    pub(super) alerts: BTreeMap<Uuid, Numbered<Alert>>,
    pub(super) tokens: BTreeMap<Uuid, Numbered<Token>>,
    pub(super) secrets: BTreeMap<KeyedHash, i64>,
    pub(super) newest: BTreeMap<Uuid, i64>,
    pub(super) judged: BTreeMap<Uuid, Judged>,
}

/// What the columns tell of a hit.
#[derive(Debug)]
pub(super) struct HitRow {
    pub(super) id: Uuid,
    pub(super) at: Moment,
    pub(super) channel: &'static str,
    pub(super) status: &'static str,
    pub(super) source: Option<Uuid>,
    pub(super) release: Option<Uuid>,
    pub(super) canary: Option<Uuid>,
    pub(super) control: bool,
    pub(super) confirmed: bool,
}

/// The keys under which an event is put down, in the order in which `Rows::add`
/// takes their hashes.
pub(super) fn lookups(event: &Event) -> Vec<Lookup> {
    match event {
        Event::Source(source) => vec![Lookup::source_name(source.name.as_str())],
        Event::Pool(item) => vec![Lookup::pool(item)],
        Event::Canary(canary) => Lookup::canary(canary),
        Event::Hit(hit) => hit.dedupe.as_deref().map(Lookup::dedupe).into_iter().collect(),
        // Revoking a token tells its secret to nobody, and leads nowhere.
        Event::Token { secret_hash, .. } if !secret_hash.is_empty() => vec![Lookup::token(secret_hash)],
        _ => Vec::new(),
    }
}

/// Those keys, hashed for putting down.
pub(super) fn hashes(event: &Event, keys: &Keys) -> Vec<KeyedHash> {
    lookups(event).iter().map(|key| keys.lookup(key.as_bytes())).collect()
}

/// The word of `ledger.kind`.
pub(super) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Source(_) => "source",
        Event::Pool(_) => "pool",
        Event::Release(_) => "release",
        Event::Canary(_) => "canary",
        Event::Hit(_) => "hit",
        Event::Evidence { .. } => "evidence",
        Event::Judgement(_) => "judgement",
        Event::Case(_) => "case",
        Event::Alert(_) => "alert",
        Event::Token { .. } => "token",
        Event::Revealed { .. } => "revealed",
        Event::Excluded { .. } => "excluded",
        Event::Head { .. } => "head",
        Event::Key { .. } => "key",
        Event::Shredded { .. } => "shredded",
    }
}

/// A number as a column takes it; the ledger ends long before it does not fit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Rows {
    /// Takes in what the entry of that number says.
    pub(super) fn add(&mut self, number: i64, event: &Event, hashes: &[KeyedHash]) {
        match event {
            Event::Source(source) => self.source(number, source),
            Event::Pool(item) => self.pool.push((number, item.clone())),
            Event::Release(release) => self.release(number, release),
            Event::Canary(canary) => self.canary(number, canary),
            Event::Hit(hit) => self.hit(number, hit),
            Event::Judgement(judgement) => self.judgement(number, judgement),
            Event::Case(case) => self.case(number, case),
            Event::Alert(alert) => self.alert(number, alert),
            Event::Token { token, .. } => self.token(number, token, hashes),
            Event::Evidence { .. }
            | Event::Revealed { .. }
            | Event::Excluded { .. }
            | Event::Head { .. }
            | Event::Key { .. }
            | Event::Shredded { .. } => {}
        }
        self.lookups.extend(lookup_rows(number, event, hashes));
    }

    fn source(&mut self, number: i64, source: &Source) {
        let id = Uuid::from_bytes(source.id.octets());
        self.history.insert((id, number));
        self.sources.insert(id, (number, source.clone()));
    }

    fn release(&mut self, number: i64, release: &Release) {
        let id = Uuid::from_bytes(release.id.octets());
        self.history.insert((id, number));
        self.releases.insert(id, (number, release.clone()));
    }

    fn canary(&mut self, number: i64, canary: &Canary) {
        let (id, release) = (Uuid::from_bytes(canary.id.octets()), Uuid::from_bytes(canary.release.octets()));
        self.canaries.push((number, (id, release)));
    }

    fn hit(&mut self, number: i64, hit: &Hit) {
        let row = HitRow::of(hit);
        if hit.status == HitStatus::Counted {
            self.newest.extend(hit.holders().into_iter().map(|source| (Uuid::from_bytes(source.octets()), number)));
        }
        self.hits.push((number, row));
    }

    fn case(&mut self, number: i64, case: &Case) {
        self.cases.insert(Uuid::from_bytes(case.id.octets()), (number, case.clone()));
    }

    fn judgement(&mut self, number: i64, judgement: &Judgement) {
        let source = Uuid::from_bytes(judgement.source.octets());
        self.judged.insert(source, Judged { through: signed(judgement.through), at: Moment(judgement.at) });
        self.judgements.insert(source, (number, *judgement));
    }

    fn alert(&mut self, number: i64, alert: &Alert) {
        self.alerts.insert(Uuid::from_bytes(alert.id.octets()), (number, alert.clone()));
    }

    fn token(&mut self, number: i64, token: &Token, hashes: &[KeyedHash]) {
        self.tokens.insert(Uuid::from_bytes(token.id.octets()), (number, token.clone()));
        for hash in hashes {
            self.secrets.entry(*hash).or_insert(number);
        }
    }
}

/// What an event adds to `lookups`. A token is found by `secrets`.
pub(super) fn lookup_rows(number: i64, event: &Event, hashes: &[KeyedHash]) -> Vec<LookupRow> {
    let row = |class, canary, release, control| {
        move |hash: &KeyedHash| LookupRow { hash: *hash, class, number, canary, release, control }
    };
    match event {
        Event::Source(_) => hashes.iter().map(row(SOURCE, None, None, None)).collect(),
        Event::Pool(item) => hashes.iter().map(row(POOL, None, None, Some(item.control))).collect(),
        Event::Canary(canary) => {
            let (id, release) = (Uuid::from_bytes(canary.id.octets()), Uuid::from_bytes(canary.release.octets()));
            hashes.iter().map(row(CANARY, Some(id), Some(release), None)).collect()
        }
        Event::Hit(_) => hashes.iter().map(row(CONTACT, None, None, None)).collect(),
        _ => Vec::new(),
    }
}

impl HitRow {
    fn of(hit: &Hit) -> Self {
        Self {
            id: Uuid::from_bytes(hit.id.octets()),
            at: Moment(hit.at),
            channel: hit.channel.word(),
            status: hit.status.word(),
            source: hit.source.map(|id| Uuid::from_bytes(id.octets())),
            release: hit.release.map(|id| Uuid::from_bytes(id.octets())),
            canary: hit.canary.map(|id| Uuid::from_bytes(id.octets())),
            control: hit.control,
            confirmed: hit.confirmed,
        }
    }
}
