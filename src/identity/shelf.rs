//! A shelf: the owned mailboxes by domain, each domain's on a rack by what they are written
//! with, to be drawn from. What a mailbox asks of its person is `mailbox`'s.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::mailbox::{Habits, Owned, Written};
use super::phones;
use super::profile::Profile;
use crate::model::{ContactPoint, Entropy, Offer};

/// Looks at the mailboxes of a domain for one written as is wanted.
const LOOKS: i32 = 12;

/// The mailboxes of one domain, by what they are written with.
#[derive(Debug, Default)]
pub struct Rack([Vec<Owned>; 3]);

impl Rack {
    fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    fn at(&self, nth: usize) -> Option<&Owned> {
        self.0.iter().flatten().nth(nth)
    }

    fn put(&mut self, owned: Owned) {
        self.0[owned.written as usize].push(owned);
    }

    /// Any mailbox, written as told: as likely as that one of a few looks at all of
    /// them meets such a one. A number stands in for a phone's.
    pub fn draw(&self, written: Written, entropy: &mut impl Entropy) -> Option<&Owned> {
        let all = self.len();
        let wanted = match &self.0[written as usize] {
            none if none.is_empty() && written == Written::Phone => &self.0[Written::Digits as usize],
            some => some,
        };
        let miss = 1.0 - wanted.len() as f64 / all.max(1) as f64;
        if !wanted.is_empty() && entropy.random_bool(1.0 - miss.powi(LOOKS)) {
            return wanted.get(entropy.random_range(0..wanted.len()));
        }
        self.at(entropy.random_range(0..all.max(1)))
    }
}

/// Owned mailboxes by domain.
#[derive(Debug, Default)]
pub struct Shelf {
    by_domain: FxHashMap<String, Rack>,
}

impl Shelf {
    pub fn new(profile: &Profile, habits: &Habits, offer: &Offer) -> Self {
        let phones = offer.phones.iter().map(|p| (phones::split(&p.point.value).1, &p.point)).collect();
        let mut by_domain: FxHashMap<String, Rack> = FxHashMap::default();
        for point in &offer.mailboxes {
            let owned = habits.read(profile.locale, point, &phones);
            by_domain.entry(owned.domain.clone()).or_default().put(owned);
        }
        Self { by_domain }
    }

    /// The mailboxes of a domain.
    pub fn of(&self, domain: &str) -> Option<&Rack> {
        self.by_domain.get(domain)
    }

    pub fn retain(&mut self, keep: impl Fn(&ContactPoint) -> bool) {
        let keep = |o: &Owned| keep(&o.point) && o.fit.phone.as_ref().is_none_or(&keep);
        self.by_domain.values_mut().flat_map(|rack| &mut rack.0).for_each(|owned| owned.retain(keep));
        self.by_domain.retain(|_, rack| rack.len() > 0);
    }

    /// Any mailbox at all.
    pub fn any(&self, entropy: &mut impl Entropy) -> Option<&Owned> {
        let all = self.by_domain.values().map(Rack::len).sum::<usize>();
        let mut at = entropy.random_range(0..all.max(1));
        for rack in self.by_domain.values() {
            match at.checked_sub(rack.len()) {
                Some(further) => at = further,
                None => return rack.at(at),
            }
        }
        None
    }

    /// Whether there is a mailbox at a provider.
    pub fn has(&self, domain: &str) -> bool {
        self.by_domain.contains_key(domain)
    }

    pub fn is_empty(&self) -> bool {
        self.by_domain.is_empty()
    }
}
