//! A shelf: the owned mailboxes by domain, each domain's on a rack by what they are written
//! with, to be drawn from. What a mailbox asks of its person is `mailbox`'s.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::commonness::{self, ByOthers};
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
    /// By how many others of the table have a row's surname, how often that is met.
    rows: ByOthers,
    /// The chance that a mailbox is kept which is named after a surname of so many rows.
    kept: ByOthers,
}

impl Shelf {
    pub fn new(profile: &Profile, habits: &Habits, offer: &Offer) -> Self {
        let phones = offer.phones.iter().map(|p| (phones::split(&p.point.value).1, &p.point)).collect();
        let mut by_domain: FxHashMap<String, Rack> = FxHashMap::default();
        for point in &offer.mailboxes {
            let owned = habits.read(profile.locale, point, &phones);
            by_domain.entry(owned.domain.clone()).or_default().put(owned);
        }
        let of_rows = habits.latin.surnames.values().map(Vec::len);
        let rows = commonness::tally(of_rows.flat_map(|rows| std::iter::repeat_n(rows as u32 - 1, rows)));
        Self { by_domain, rows, ..Self::default() }.weighed()
    }

    fn weighed(mut self) -> Self {
        let all = self.by_domain.values().flat_map(|rack| rack.0.iter().flatten());
        self.kept = commonness::kept(&self.rows, &commonness::tally(all.filter_map(|owned| owned.namesakes)));
        self
    }

    /// Whether a mailbox that was drawn is kept for whom it is named after: the surnames of those
    /// that are had by as many rows as a row's is by the others.
    pub fn keeps(&self, owned: &Owned, entropy: &mut impl Entropy) -> bool {
        entropy.random_bool(owned.namesakes.map_or(1.0, |rows| commonness::at(&self.kept, rows)))
    }

    /// The mailboxes of a domain.
    pub fn of(&self, domain: &str) -> Option<&Rack> {
        self.by_domain.get(domain)
    }

    pub fn retain(&mut self, keep: impl Fn(&ContactPoint) -> bool) {
        let keep = |o: &Owned| keep(&o.point) && o.fit.phone.as_ref().is_none_or(&keep);
        self.by_domain.values_mut().flat_map(|rack| &mut rack.0).for_each(|owned| owned.retain(keep));
        self.by_domain.retain(|_, rack| rack.len() > 0);
        *self = std::mem::take(self).weighed();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::locale::Locale;
    use crate::identity::{Generator, Profiler, Role, Told};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;
    use std::collections::BTreeSet;

    const GIVEN: [&str; 13] = [
        "adam", "brian", "carl", "david", "edward", "frank", "george", "harold", "james", "kevin", "louis", "paul",
        "robert",
    ];

    /// Different surnames of the locale.
    fn surnames() -> Vec<String> {
        let (pack, mut entropy) = (Locale::EnUs.pack(), ChaCha20Rng::seed_from_u64(1));
        let drawn: BTreeSet<String> = (0..5_000).map(|_| pack.surname(None, &mut entropy).to_lowercase()).collect();
        drawn.into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_lowercase())).collect()
    }

    #[test]
    fn mailboxes_are_named_after_people_as_common_as_the_rows_are() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "given", "email"].map(str::to_owned));
        let given = |n: usize| GIVEN[n % GIVEN.len()];
        let mailbox = |n: usize, surname: &str| format!("{}{surname}{}@example.org", &given(n)[..1], n % 10);
        // Every second row is alone of its surname, three of the others share theirs.
        let surnames = surnames();
        let of_row = |n: usize| &*surnames[if n.is_multiple_of(2) { n } else { 1 + 2 * (n / 6) }];
        for n in 0..300usize {
            let surname = of_row(n);
            profiler.meet(&[Some(surname), Some(given(n)), Some(&*mailbox(n, surname))], &mut entropy);
        }
        let roles = [Role::Surname, Role::GivenName, Role::Email];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        // Of the pool, as many are named after somebody whom no row is called after, after one row and after three.
        let owned = |n: usize| match n % 3 {
            0 => mailbox(n, &surnames[300 + n]),
            1 => mailbox(n, of_row(2 * (n / 3))),
            _ => mailbox(n, of_row(1 + 2 * (n / 3))),
        };
        let mailboxes = (0..300).filter_map(|n| ContactPoint::mailbox(&owned(n)).ok()).collect();
        let offer = Offer { mailboxes, ..Offer::default() };
        let mut from = Generator::new(&profile, &offer);
        let mut by_rows = [0; 4];
        for _ in 0..300 {
            let named = from.draw(10, &mut entropy).row[0].clone().unwrap_or_default();
            by_rows[(0..300).filter(|n| of_row(*n) == named).count()] += 1;
        }
        assert!((100..200).contains(&by_rows[0]) && by_rows[1] < 15, "{by_rows:?}");
    }
}
