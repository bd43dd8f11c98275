//! `pool add | list`, and what the pool offers to a seeder. A value can be
//! planted only if it is, or lies below, something an operator put here.

use std::collections::HashMap;

use super::views::{OfferView, PointStatus, PoolView};
use super::{App, AppError};
use crate::model::contact_point::Kind;
use crate::model::{ContactPoint, Event, Lookup, PoolItem, PoolKind};
use crate::store::Owner;

/// Free numbers shown to a seeder beyond those it needs, so that it can choose
/// those that fit the table's form.
const SPARE: usize = 200;

/// The domains and hosts that are ours, at hand for the listeners.
#[derive(Debug, Default)]
pub struct Owned {
    /// Domain, and whether it is a control.
    mail_domains: HashMap<String, bool>,
    web_hosts: Vec<(String, bool)>,
    mailboxes: HashMap<String, bool>,
}

impl Owned {
    pub(super) fn of(items: &[PoolItem]) -> Self {
        let mut owned = Self::default();
        items.iter().for_each(|item| owned.add(item));
        owned
    }

    fn add(&mut self, item: &PoolItem) {
        let value = item.value.clone();
        match item.kind {
            PoolKind::MailDomain => drop(self.mail_domains.insert(value, item.control)),
            PoolKind::WebHost => self.web_hosts.push((value, item.control)),
            PoolKind::Mailbox => drop(self.mailboxes.insert(value.to_lowercase(), item.control)),
            PoolKind::Phone => {}
        }
    }

    /// Whether a point lies below something of ours, and if so whether that is a control.
    fn below(&self, point: &ContactPoint) -> Option<bool> {
        match point.kind {
            Kind::Phone => None,
            Kind::Mailbox => {
                let value = point.value.to_lowercase();
                let domain = value.rsplit('@').next().unwrap_or_default();
                self.mailboxes.get(&value).or_else(|| self.mail_domains.get(domain)).copied()
            }
            Kind::Url => {
                let below = |host: &str| point.value.strip_prefix(host).is_some_and(|rest| rest.starts_with('/'));
                self.web_hosts
                    .iter()
                    .filter(|(host, _)| below(host))
                    .max_by_key(|(host, _)| host.len())
                    .map(|(_, control)| *control)
            }
        }
    }
}

impl App {
    /// Puts values into the pool, all or none.
    pub async fn add_to_pool(
        &self,
        kind: PoolKind,
        values: &[String],
        control: bool,
    ) -> Result<Vec<PoolView>, AppError> {
        if values.is_empty() {
            return Err(AppError::Invalid(format!("no {kind} was given")));
        }
        let now = self.now();
        let items = values.iter().map(|v| PoolItem::parse(kind, v, control, now)).collect::<Result<Vec<_>, _>>();
        let items = items.map_err(|e| AppError::Invalid(e.to_string()))?;
        self.record(items.iter().cloned().map(Event::Pool).collect()).await?;
        let mut owned = self.owned.write().unwrap_or_else(|e| e.into_inner());
        items.iter().for_each(|item| owned.add(item));
        drop(owned);
        let status = if control { PointStatus::Control } else { PointStatus::Free };
        Ok(items
            .into_iter()
            .map(|i| PoolView { kind: i.kind.to_string(), value: i.value, status, added_at: i.added_at, planted: 0 })
            .collect())
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
            views.push(PoolView {
                kind: item.kind.to_string(),
                value: item.value,
                status,
                added_at: item.added_at,
                planted,
            });
        }
        views.sort_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        Ok(views)
    }

    /// How many planted contact points lie below each domain and host.
    async fn planted_below(&self) -> Result<HashMap<String, u64>, AppError> {
        let mut counts = HashMap::new();
        let hosts: Vec<String> =
            self.owned.read().unwrap_or_else(|e| e.into_inner()).web_hosts.iter().map(|(h, _)| h.clone()).collect();
        for release in self.store.releases().await? {
            for canary in self.store.canaries(release.id).await? {
                for point in canary.contact_points {
                    let above = match point.kind {
                        Kind::Phone => continue,
                        Kind::Mailbox => point.value.rsplit('@').next().unwrap_or_default().to_owned(),
                        Kind::Url => {
                            hosts.iter().find(|h| point.value.starts_with(h.as_str())).cloned().unwrap_or_default()
                        }
                    };
                    *counts.entry(above).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }

    /// Free, planted, retired or control, for a value that is a pool entry itself.
    async fn status_of(&self, key: &Lookup) -> Result<PointStatus, AppError> {
        for owner in self.store.owners(key).await? {
            match owner {
                Owner::Canary(canary) => return self.planted_status(canary.release).await,
                Owner::Pool { control: true } => return Ok(PointStatus::Control),
                _ => {}
            }
        }
        Ok(PointStatus::Free)
    }

    /// What the pool can give to a seeder that needs so many phones.
    pub async fn offer(&self, phones: usize) -> Result<OfferView, AppError> {
        let mut offer = OfferView::default();
        for item in self.store.pool().await? {
            if item.control {
                continue;
            }
            match item.kind {
                PoolKind::Phone
                    if offer.phones.len() < phones + SPARE
                        && self.status_of(&Lookup::pool(&item)).await? == PointStatus::Free =>
                {
                    offer.phones.push(item.value)
                }
                PoolKind::MailDomain => offer.mail_domains.push(item.value),
                PoolKind::WebHost => offer.web_hosts.push(item.value),
                _ => {}
            }
        }
        Ok(offer)
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
        if let Some(control) = self.owned.read().unwrap_or_else(|e| e.into_inner()).below(point) {
            return Ok(Some(control));
        }
        let owners = self.store.owners(&Lookup::point(point)).await?;
        Ok(owners.iter().find_map(|o| if let Owner::Pool { control } = o { Some(*control) } else { None }))
    }

    /// Whether mail to this domain or mailbox is for us.
    pub fn takes_mail_for(&self, mailbox: &str) -> bool {
        let mailbox = mailbox.to_lowercase();
        let owned = self.owned.read().unwrap_or_else(|e| e.into_inner());
        let domain = mailbox.rsplit('@').next().unwrap_or_default();
        owned.mail_domains.contains_key(domain) || owned.mailboxes.contains_key(&mailbox)
    }
}
