//! What a batch needs of the pool, and what it says when the pool lacks it.

use anyhow::{Result, bail};

use super::Seed;
use crate::identity::{Drawn, Profile, Role};
use crate::model::contact_point::Kind;
use crate::model::{Offer, OfferedPhone};

impl Seed {
    fn leaves_empty(&self, kind: &str) -> bool {
        self.leave_empty.iter().any(|k| k == kind)
    }

    /// Takes the kinds out of an offer that are to stay empty.
    pub(super) fn leave_out(&self, offer: &mut Offer) {
        let left = |kind| self.leaves_empty(kind);
        if left("phone") {
            offer.phones.clear();
        }
        if left("mailbox") {
            offer.mail_domains.clear();
            offer.mailboxes.clear();
        }
        if left("url") {
            offer.web_hosts.clear();
        }
    }

    /// Says everything that the pool lacks, and what to do about each.
    pub(super) fn enough(&self, profile: &Profile, count: usize, offer: &Offer) -> Result<()> {
        let left = |kind| self.leaves_empty(kind);
        let need = |role: Role| {
            let filled = profile.column_of(role).map_or(0.0, |c| 1.0 - profile.columns[c].blank_share());
            (count as f64 * filled).ceil() as usize
        };
        let column = |role| profile.column_of(role).map_or(String::new(), |c| profile.columns[c].name.clone());
        let mut lacks = Vec::new();
        let (phones, free) = (need(Role::Phone), offer.phones.len());
        if phones > free && !left("phone") {
            lacks.push(format!("{phones} phones are needed for column {}, {free} are free: {} phones are missing (dyepack pool add phone +…)", column(Role::Phone), phones - free));
        }
        let (mailboxes, owned) = (need(Role::Email), offer.mailboxes.len());
        if mailboxes > owned && offer.mail_domains.is_empty() && !left("mailbox") {
            lacks.push(format!(
                "{mailboxes} mailboxes are needed for column {}, {owned} are free and no mail domain is in the pool: {} mailboxes are missing (dyepack pool add mailbox ADDRESS, or mail-domain DOMAIN)",
                column(Role::Email),
                mailboxes - owned
            ));
        }
        let urls = need(Role::Url);
        if urls > 0 && offer.web_hosts.is_empty() && !left("url") {
            lacks.push(format!(
                "{urls} web addresses are needed for column {}, and no web host is in the pool: {urls} urls are missing (dyepack pool add web-host https://HOST)",
                column(Role::Url)
            ));
        }
        if lacks.is_empty() {
            return Ok(());
        }
        bail!(
            "the pool has too few contact points, nothing was planted: {}; or lower --count, or leave a kind empty with --leave-empty",
            lacks.join("; ")
        )
    }
}

/// Adds the contact points of canaries that are planted again, so that what is
/// rehearsed has as many as what is planted.
pub(super) fn lend(offer: &mut Offer, rows: &[Drawn]) {
    for point in rows.iter().flat_map(|d| &d.contact_points) {
        match point.kind {
            Kind::Phone => offer.phones.push(OfferedPhone {
                point: point.clone(),
                kind: None,
                carrier: None,
                city: None,
                since: None,
            }),
            Kind::Mailbox => offer.mailboxes.push(point.clone()),
            Kind::Url => {}
        }
    }
}

/// Canaries that nobody can contact are only found in a dump.
pub(super) fn reach(profile: &Profile, rows: &[Drawn]) -> Option<String> {
    let mute = rows.iter().filter(|r| r.contact_points.is_empty()).count();
    if profile.roles.iter().any(|r| r.is_contact()) {
        (mute > 0).then(|| format!("{mute} of {} canaries have no contact point: they are found in a leaked file, but nobody can contact them", rows.len()))
    } else {
        Some("the table has no column for a phone, mailbox or web address: its canaries are found in a leaked file, but nobody can contact them".to_owned())
    }
}
