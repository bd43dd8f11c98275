//! Claims: what a batch may only record if nobody else did before. A phone is
//! one canary's in however many releases, a name names one source.

use super::keys::Keys;
use crate::model::{CanaryId, Event, HitStatus, Lookup};

/// What kind of owner a value has.
pub const CANARY: u8 = b'c';
pub const POOL: u8 = b'p';
pub const SOURCE: u8 = b's';
pub const CONTACT: u8 = b'd';

/// A value that must not have an owner of that class yet.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Under the key in use first; more while a rotation is under way.
    pub hashes: Vec<[u8; 16]>,
    pub class: u8,
    /// Who may hold it already: a canary that is planted again.
    pub holder: Option<CanaryId>,
    /// What is said when it has.
    pub refusal: String,
}

/// All claims of a batch, in its order.
pub fn claims(batch: &[Event], keys: &Keys) -> Vec<Claim> {
    let claim =
        |key: &Lookup, class, refusal| Claim { hashes: keys.lookups(key.as_bytes()), class, holder: None, refusal };
    let mut all = Vec::new();
    for event in batch {
        match event {
            Event::Source(s) => all.push(claim(
                &Lookup::source_name(s.name.as_str()),
                SOURCE,
                format!("there is a source named {} already", s.name),
            )),
            Event::Pool(p) => {
                all.push(claim(&Lookup::pool(p), POOL, format!("{} {} is in the pool already", p.kind, p.value)))
            }
            Event::Canary(c) => all.extend(c.contact_points.iter().map(|point| {
                let refusal = format!("the {} {} is planted already", point.kind.word(), point.value);
                Claim { holder: Some(c.id), ..claim(&Lookup::point(point), CANARY, refusal) }
            })),
            // The same message again, at another replica at the same moment.
            Event::Hit(h) if h.status == HitStatus::Counted => {
                let refusal = || format!("{} was recorded already", h.id);
                all.extend(h.dedupe.as_deref().map(|key| claim(&Lookup::dedupe(key), CONTACT, refusal())));
            }
            _ => {}
        }
    }
    all
}

/// The first claim that another one of the same batch makes too.
pub fn twice(claims: &[Claim]) -> Option<&Claim> {
    let mut seen = std::collections::HashSet::new();
    claims.iter().find(|c| !seen.insert((c.hashes[0], c.class)))
}
