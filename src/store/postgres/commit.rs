//! A commit: the one transaction that appends the drafts of all jobs that wait,
//! with everything that is derived from them. From locking the head to COMMIT it
//! only asks for claims and hands over rows that lie ready.

use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

use super::super::StoreError;
use super::super::claims::{self, Claim};
use super::super::keys::Keys;
use super::draft::{Draft, Drafts};
use super::failure::Failure;
use super::head::Head;
use super::moment::Moment;
use super::rows::{self, KeyedHash, Rows, signed};
use super::tables::{self, LedgerRow, NodeRow};
use crate::ledger::tree::{Frontier, Hash};
use crate::model::Time;

/// Subtrees below that level are joined from leaves when they are asked for.
pub(super) const LOWEST: u8 = 4;
/// How far clocks of replicas may stand apart without entries being moved.
const APART: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);
const ASKED: usize = 20_000;

/// What became of one job.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// Its first entry has that number.
    Numbered(u64),
    /// Somebody else holds what it claims.
    Refused(String),
}

/// What is done once COMMIT is answered.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) size: u64,
    /// Number and leaf hash by which the whole transaction is known; nothing
    /// where there is nothing to commit.
    pub(super) mark: Option<(i64, Hash)>,
}

/// Does all but COMMIT.
pub(super) async fn prepare(on: &mut PgConnection, keys: &Keys, jobs: &mut [&mut Drafts]) -> Result<Pending, Failure> {
    let mut head = Head::lock(on).await?;
    for job in jobs.iter() {
        head.agree(&job.ring)?;
    }
    let refusals = refusals(on, jobs).await?;
    let first = head.frontier.size();
    let mut page = Page::default();
    let mut verdicts = Vec::with_capacity(jobs.len());
    for (job, refusal) in jobs.iter_mut().zip(refusals) {
        verdicts.push(match refusal {
            Some(refusal) => Verdict::Refused(refusal),
            None => Verdict::Numbered(page.write(&mut head, keys, job)?),
        });
    }
    let mark = page.ledger.first().map(|row| (signed(first), row.leaf));
    if mark.is_some() {
        page.put(on, &head).await?;
    }
    Ok(Pending { verdicts, size: head.frontier.size(), mark })
}

/// What one transaction appends.
#[derive(Default)]
struct Page {
    ledger: Vec<LedgerRow>,
    nodes: Vec<NodeRow>,
    rows: Rows,
}

impl Page {
    /// Numbers the drafts of a job.
    fn write(&mut self, head: &mut Head, keys: &Keys, job: &mut Drafts) -> Result<u64, StoreError> {
        let first = head.frontier.size();
        for draft in &mut job.list {
            if !job.adopted {
                keep_pace(head.last_at, keys, draft)?;
            }
            head.last_at = head.last_at.max(Some(draft.at));
            self.line(&mut head.frontier, draft);
        }
        Ok(first)
    }

    fn line(&mut self, frontier: &mut Frontier, draft: &Draft) {
        let number = signed(frontier.size());
        let prepared = &draft.prepared;
        self.rows.add(number, &prepared.event, &draft.hashes);
        frontier.push(prepared.leaf, |part, hash| {
            if part.level >= LOWEST {
                self.nodes.push(NodeRow { level: i64::from(part.level), index: signed(part.index), hash: *hash });
            }
        });
        let (kind, sealed) = (rows::kind(&prepared.event), prepared.sealed.clone());
        self.ledger.push(LedgerRow { number, at: Moment(draft.at), kind, leaf: prepared.leaf, sealed });
    }

    async fn put(&self, on: &mut PgConnection, head: &Head) -> Result<(), Failure> {
        tables::append(on, &self.ledger).await?;
        tables::grow(on, &self.nodes).await?;
        tables::derived(on, &self.rows).await?;
        head.write(on).await
    }
}

/// The ledger tells moments in order, up to what clocks may stand apart.
fn keep_pace(last_at: Option<Time>, keys: &Keys, draft: &mut Draft) -> Result<(), StoreError> {
    match last_at {
        Some(last) if last.duration_since(draft.at) > APART => draft.move_to(keys, last),
        _ => Ok(()),
    }
}

/// For each job what it is refused with, if it is: by the store, or by a job
/// that comes before it.
async fn refusals(on: &mut PgConnection, jobs: &[&mut Drafts]) -> Result<Vec<Option<String>>, Failure> {
    let mut taken = taken(on, jobs.iter().flat_map(|job| &job.claims)).await?;
    let refusal = |job: &&mut Drafts| {
        let by_another =
            |claim: &Claim, mark| taken.get(&mark).is_some_and(|owner| owner.is_none() || *owner != holder(claim));
        let refused = job.claims.iter().find(|claim| marks(claim).any(|mark| by_another(claim, mark)));
        if refused.is_none() {
            taken.extend(job.claims.iter().flat_map(|claim| marks(claim).map(|mark| (mark, holder(claim)))));
        }
        refused.map(|claim| claim.refusal.clone())
    };
    Ok(jobs.iter().map(refusal).collect())
}

/// The canary that may hold a value already.
fn holder(claim: &Claim) -> Option<Uuid> {
    claim.holder.map(|id| Uuid::from_bytes(id.octets()))
}

/// A keyed hash of a value, and the class of its owner.
type Mark = (KeyedHash, &'static str);

fn marks(claim: &Claim) -> impl Iterator<Item = Mark> {
    let class = class(claim.class);
    claim.hashes.iter().map(move |hash| (*hash, class))
}

/// Those of the claimed values that have an owner, and which canary that is.
async fn taken(
    on: &mut PgConnection,
    claims: impl Iterator<Item = &Claim>,
) -> Result<HashMap<Mark, Option<Uuid>>, Failure> {
    let hashes: Vec<&[u8]> = claims.flat_map(|claim| &claim.hashes).map(|hash| hash.as_slice()).collect();
    let mut taken = HashMap::new();
    for chunk in hashes.chunks(ASKED) {
        let select = "SELECT DISTINCT hash, class, canary FROM lookups WHERE hash = ANY($1)";
        for row in sqlx::query(select).bind(chunk).fetch_all(&mut *on).await? {
            let hash = row.try_get::<&[u8], _>("hash")?.try_into().unwrap_or_default();
            let canary: Option<Uuid> = row.try_get("canary")?;
            taken.extend(known(row.try_get("class")?).map(|class| ((hash, class), canary)));
        }
    }
    Ok(taken)
}

fn class(class: u8) -> &'static str {
    match class {
        claims::CANARY => rows::CANARY,
        claims::POOL => rows::POOL,
        claims::SOURCE => rows::SOURCE,
        _ => rows::CONTACT,
    }
}

fn known(class: &str) -> Option<&'static str> {
    [rows::CANARY, rows::POOL, rows::SOURCE, rows::CONTACT].into_iter().find(|known| *known == class)
}
