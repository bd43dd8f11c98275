//! Owned: the domains, hosts and mailboxes that are ours, at hand for the
//! listeners and for whoever asks whether a point is ours. Phones, of which there
//! may be a million, are left to the store.

use std::collections::HashMap;

use super::AppError;
use crate::model::contact_point::Kind;
use crate::model::{ContactPoint, Lookup, PoolItem, PoolKind};
use crate::store::Store;

/// What is ours, phones apart.
#[derive(Debug, Default)]
pub struct Owned {
    /// Domain, and whether it is a control.
    mail_domains: HashMap<String, bool>,
    web_hosts: Vec<(String, bool)>,
    /// As it is looked up, so that every spelling is met; as it was put in, and
    /// whether it is a control.
    mailboxes: HashMap<Lookup, (ContactPoint, bool)>,
}

fn domain_of(mailbox: &str) -> &str {
    mailbox.rsplit('@').next().unwrap_or_default()
}

impl Owned {
    /// Reads what the store has.
    pub(super) async fn read(store: &dyn Store) -> Result<Self, AppError> {
        let mut owned = Self::default();
        for kind in [PoolKind::MailDomain, PoolKind::WebHost, PoolKind::Mailbox] {
            for control in [false, true] {
                store.pool_of(kind, control).await?.iter().for_each(|item| owned.add(item));
            }
        }
        Ok(owned)
    }

    pub(super) fn add(&mut self, item: &PoolItem) {
        let value = item.value.clone();
        match item.kind {
            PoolKind::MailDomain => drop(self.mail_domains.insert(value, item.control)),
            PoolKind::WebHost => self.web_hosts.push((value, item.control)),
            PoolKind::Mailbox => {
                let point = ContactPoint { kind: Kind::Mailbox, value };
                self.mailboxes.insert(Lookup::point(&point), (point, item.control));
            }
            PoolKind::Phone => {}
        }
    }

    /// Whether a point is a mailbox of ours or lies below something of ours, and
    /// if so whether that is a control.
    pub(super) fn below(&self, point: &ContactPoint) -> Option<bool> {
        match point.kind {
            Kind::Phone => None,
            Kind::Mailbox => {
                let whole = self.mailboxes.get(&Lookup::point(point)).map(|(_, control)| *control);
                whole.or_else(|| self.mail_domains.get(&domain_of(&point.value).to_lowercase()).copied())
            }
            Kind::Url => self.host_of(&point.value).map(|(_, control)| *control),
        }
    }

    /// The host that a web address lies below, the longest one.
    pub(super) fn host_of(&self, url: &str) -> Option<&(String, bool)> {
        let below = |host: &str| url.strip_prefix(host).is_some_and(|rest| rest.starts_with('/'));
        self.web_hosts.iter().filter(|(host, _)| below(host)).max_by_key(|(host, _)| host.len())
    }

    /// Domains under which mailboxes may be minted.
    pub(super) fn mail_domains(&self) -> Vec<String> {
        plantable(self.mail_domains.iter())
    }

    /// Hosts under which web addresses may be minted.
    pub(super) fn web_hosts(&self) -> Vec<String> {
        plantable(self.web_hosts.iter().map(|(host, control)| (host, control)))
    }

    /// Whether mail to this address is for us: any below our domains, so that
    /// nobody learns which are planted; and from a forwarder of ours, for the same
    /// reason from nobody else, a mailbox at a provider.
    pub(super) fn takes_mail_for(&self, address: &str, forwarder: bool) -> bool {
        !self.is_elsewhere(address) || forwarder && self.forwarded(address).is_some()
    }

    /// Whether a mailbox is at a provider, and what arrives there reaches us only
    /// because the provider forwards it.
    pub(super) fn is_elsewhere(&self, mailbox: &str) -> bool {
        !self.mail_domains.contains_key(&domain_of(mailbox).to_lowercase())
    }

    /// The mailbox at a provider whose mail this address gets: the mailbox itself,
    /// or the address `LOCAL=DOMAIN@OURS` that `LOCAL@DOMAIN` is forwarded to,
    /// because most providers put the new recipient in place of the first one.
    pub(super) fn forwarded(&self, to: &str) -> Option<ContactPoint> {
        let (local, domain) = to.rsplit_once('@')?;
        let first = if self.mail_domains.contains_key(&domain.to_lowercase()) {
            let (local, domain) = local.rsplit_once('=')?;
            format!("{local}@{domain}")
        } else {
            to.to_owned()
        };
        let key = Lookup::point(&ContactPoint { kind: Kind::Mailbox, value: first });
        self.mailboxes.get(&key).map(|(point, _)| point.clone()).filter(|point| self.is_elsewhere(&point.value))
    }
}

/// Those that are no controls, in order.
fn plantable<'a>(entries: impl Iterator<Item = (&'a String, &'a bool)>) -> Vec<String> {
    let mut names: Vec<String> = entries.filter(|(_, control)| !**control).map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;

    fn owned(entries: &[(PoolKind, &str, bool)]) -> Owned {
        let mut owned = Owned::default();
        for (kind, value, control) in entries {
            owned.add(&PoolItem::parse(*kind, value, *control, Time::UNIX_EPOCH).expect("an entry"));
        }
        owned
    }

    #[test]
    fn a_mailbox_at_a_provider_is_met_directly_and_by_its_forwarding_address() {
        let owned = owned(&[
            (PoolKind::MailDomain, "mail.example.net", false),
            (PoolKind::Mailbox, "Li.Na@qq.example", false),
            (PoolKind::Mailbox, "old@qq.example", true),
            (PoolKind::Mailbox, "info@mail.example.net", false),
        ]);
        for to in [
            "li.na@qq.example",
            "LI.NA+shop@QQ.example",
            "li.na=qq.example@mail.example.net",
            "li.na=QQ.example@MAIL.example.net",
        ] {
            assert!(owned.takes_mail_for(to, true), "{to}");
            assert_eq!(owned.takes_mail_for(to, false), to.contains('='), "only a forwarder learns that {to} is ours");
            assert_eq!(owned.forwarded(to).map(|p| p.value).as_deref(), Some("Li.Na@qq.example"), "{to}");
        }
        for to in [
            "stranger=qq.example@mail.example.net",
            "info@mail.example.net",
            "li.na@mail.example.net",
            "nobody@qq.example",
        ] {
            assert_eq!(owned.forwarded(to), None, "{to}");
        }
        assert!(
            !owned.takes_mail_for("nobody@qq.example", true)
                && !owned.takes_mail_for("li.na=qq.example@elsewhere.example", true)
        );
        let below = |to: &str| owned.below(&ContactPoint::mailbox(to).expect("a mailbox"));
        assert_eq!(
            (below("old@qq.example"), below("Li.Na@qq.example"), below("x@qq.example")),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn controls_are_not_offered() {
        let owned = owned(&[
            (PoolKind::MailDomain, "b.example.net", false),
            (PoolKind::MailDomain, "a.example.net", false),
            (PoolKind::MailDomain, "quiet.example.net", true),
            (PoolKind::WebHost, "https://news.example.net", false),
            (PoolKind::WebHost, "https://quiet.example.net", true),
        ]);
        assert_eq!(owned.mail_domains(), ["a.example.net", "b.example.net"]);
        assert_eq!(owned.web_hosts(), ["https://news.example.net"]);
    }
}
