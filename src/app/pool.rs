//! `pool add | list`, and what the pool offers to a seeder. A value can be
//! planted only if it is, or lies below, something an operator put here.

use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::{HashMap, HashSet};
use std::sync::RwLockReadGuard;

use super::owned::Owned;
use super::views::{NewPoint, PointStatus, PoolView};
use super::{App, AppError};
use crate::model::contact_point::Kind;
use crate::model::{BadItem, ContactPoint, Event, Lookup, Offer, PoolItem, PoolKind, Time};
use crate::store::Owner;

/// Entries offered for each that is needed, so that a seeder finds some that fit
/// its rows.
const CHOICE: usize = 20;
/// Fewer are not offered as long as there are more.
const LEAST: usize = 2_000;
/// Nor more, unless more are needed.
const MOST: usize = 50_000;

fn view(item: PoolItem, status: PointStatus, planted: u64) -> PoolView {
    PoolView {
        kind: item.kind.to_string(),
        provider: item.provider().map(str::to_owned),
        value: item.value,
        status,
        added_at: item.added_at,
        planted,
        facts: item.facts,
    }
}

fn read(kind: PoolKind, point: NewPoint, now: Time) -> Result<PoolItem, BadItem> {
    PoolItem::parse(kind, &point.value, point.control, now)?.with(point.facts)
}

impl App {
    /// Puts values into the pool, all or none.
    pub async fn add_to_pool(&self, kind: PoolKind, points: Vec<NewPoint>) -> Result<Vec<PoolView>, AppError> {
        if points.is_empty() {
            return Err(AppError::Invalid(format!("no {kind} was given")));
        }
        let now = self.now();
        let items = points.into_iter().map(|point| read(kind, point, now)).collect::<Result<Vec<_>, _>>();
        let items = items.map_err(|e| AppError::Invalid(e.to_string()))?;
        self.record(items.iter().cloned().map(Event::Pool).collect()).await?;
        let mut owned = self.owned.write().unwrap_or_else(|e| e.into_inner());
        items.iter().for_each(|item| owned.add(item));
        drop(owned);
        let status = |item: &PoolItem| if item.control { PointStatus::Control } else { PointStatus::Free };
        Ok(items.into_iter().map(|item| (status(&item), item)).map(|(status, item)| view(item, status, 0)).collect())
    }

    /// The pool, with how each entry stands.
    pub async fn list_pool(&self) -> Result<Vec<PoolView>, AppError> {
        let below = self.planted_below().await?;
        let mut views = Vec::new();
        for item in self.store.pool().await? {
            let planted = below.get(&item.value).copied().unwrap_or(0);
            let status = match item.kind {
                _ if item.control => PointStatus::Control,
                PoolKind::Phone | PoolKind::Mailbox => self.status_of(&Lookup::pool(&item)).await?,
                _ if planted > 0 => PointStatus::Planted,
                _ => PointStatus::Free,
            };
            views.push(view(item, status, planted));
        }
        views.sort_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        Ok(views)
    }

    /// How many planted contact points lie below each domain and host.
    async fn planted_below(&self) -> Result<HashMap<String, u64>, AppError> {
        let (mut counts, mut met) = (HashMap::new(), HashSet::new());
        for release in self.store.releases().await? {
            let canaries = self.store.canaries(release.id).await?;
            for canary in canaries.into_iter().filter(|c| met.insert(c.id)) {
                for above in canary.contact_points.iter().filter_map(|point| self.above(point)) {
                    *counts.entry(above).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }

    /// The domain or host that a point was minted below.
    fn above(&self, point: &ContactPoint) -> Option<String> {
        match point.kind {
            Kind::Phone => None,
            Kind::Mailbox => point.value.rsplit('@').next().map(str::to_owned),
            Kind::Url => self.owned().host_of(&point.value).map(|(host, _)| host.clone()),
        }
    }

    /// Free, planted, retired or control, for a value that is a pool entry itself.
    async fn status_of(&self, key: &Lookup) -> Result<PointStatus, AppError> {
        let mut status = PointStatus::Free;
        for owner in self.store.owners(key).await? {
            match owner {
                Owner::Canary(_) if status == PointStatus::Planted => {}
                Owner::Canary(canary) => status = self.planted_status(canary.release).await?,
                Owner::Pool { control: true } => return Ok(PointStatus::Control),
                _ => {}
            }
        }
        Ok(status)
    }

    /// What the pool can give to a seeder that needs so many: free entries in
    /// random order, so that nobody gets numbers that follow each other; with the secret of a dataset.
    pub async fn offer(&self, dataset: Option<&str>, phones: usize, mailboxes: usize) -> Result<Offer, AppError> {
        let phones = self.some_free(PoolKind::Phone, phones).await?;
        let mailboxes = self.some_free(PoolKind::Mailbox, mailboxes).await?;
        let point = |item: PoolItem| ContactPoint { kind: Kind::Mailbox, value: item.value };
        let owned = self.owned();
        Ok(Offer {
            phones: phones.into_iter().map(Into::into).collect(),
            mailboxes: mailboxes.into_iter().map(point).collect(),
            mail_domains: owned.mail_domains(),
            web_hosts: owned.web_hosts(),
            secret: dataset.map_or_else(String::new, |dataset| self.store.lasting_hash("dataset", dataset)),
        })
    }

    /// Whether each minted point is a canary's already: two sources may have one of
    /// the same name. Of what is not minted nothing is said, or a seeder could ask
    /// whose number is a canary's.
    pub async fn planted(&self, points: &[ContactPoint]) -> Result<Vec<bool>, AppError> {
        let mut planted = Vec::with_capacity(points.len());
        for point in points {
            let minted = self.owned().below(point).is_some();
            let owners = if minted { self.store.owners(&Lookup::point(point)).await? } else { Vec::new() };
            planted.push(owners.iter().any(|o| matches!(o, Owner::Canary(_))));
        }
        Ok(planted)
    }

    async fn some_free(&self, kind: PoolKind, needed: usize) -> Result<Vec<PoolItem>, AppError> {
        let limit = needed.saturating_mul(CHOICE).clamp(LEAST, MOST).max(needed);
        let seed = self.with_entropy(|entropy| entropy.random());
        let mut free = self.store.free(kind, limit, seed).await?;
        self.with_entropy(|entropy| free.shuffle(entropy));
        Ok(free)
    }

    /// Whether a value may be planted: ours, and no control.
    pub(super) async fn may_plant(&self, point: &ContactPoint) -> Result<(), AppError> {
        let foreign = || {
            AppError::Invalid(format!(
                "the {} {} is not in the pool; only what the operator owns may be planted",
                point.kind.word(),
                point.value
            ))
        };
        let control = || {
            AppError::Invalid(format!(
                "the {} {} is a control; controls are never planted",
                point.kind.word(),
                point.value
            ))
        };
        match self.ours(point).await? {
            None => Err(foreign()),
            Some(true) => Err(control()),
            Some(false) => Ok(()),
        }
    }

    /// Whether a point is ours, and if so whether it is a control.
    pub(super) async fn ours(&self, point: &ContactPoint) -> Result<Option<bool>, AppError> {
        if let Some(control) = self.owned().below(point) {
            return Ok(Some(control));
        }
        let owners = self.store.owners(&Lookup::point(point)).await?;
        Ok(owners.iter().find_map(|o| if let Owner::Pool { control } = o { Some(*control) } else { None }))
    }

    /// Whether mail to this address is for us, handed over by a forwarder of ours or not.
    pub fn takes_mail_for(&self, address: &str, forwarder: bool) -> bool {
        self.owned().takes_mail_for(address, forwarder)
    }

    /// The mailbox at a provider whose mail this address gets, if it is of that kind.
    pub fn forwarded(&self, to: &str) -> Option<ContactPoint> {
        self.owned().forwarded(to)
    }

    pub(super) fn owned(&self) -> RwLockReadGuard<'_, Owned> {
        self.owned.read().unwrap_or_else(|e| e.into_inner())
    }
}
