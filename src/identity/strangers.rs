//! Strangers: the check that no row of the table has what a canary is known by,
//! over the whole table and not only the rows that were kept. A phone, mail
//! address, identity number, key, name with birth date or address to the door
//! that is somebody's must be nobody else's; a house of many is nobody's door.

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::Hasher;

use super::address::house::Houses;
use super::column::{Way, is_blank};
use super::profile::Profile;
use super::{Cells, Drawn, Meet, Role, Spot, Wanted};

/// Bits of a sieve: so few that it stays beside the processor, so many that few rows
/// pass which have nothing of a canary.
const SIEVE: usize = 1 << 15;

/// Columns that together are one person's, and the canaries by their values.
#[derive(Debug)]
struct Identity {
    columns: Vec<usize>,
    /// Of the last of these columns.
    sieve: Sieve,
    rows: FxHashMap<u64, Vec<usize>>,
}

/// What texts there may be, told by a glance at their ends: all that are in it pass, of
/// others some (Bloom 1970, with one hash).
#[derive(Debug)]
struct Sieve(Vec<u64>);

/// Where a canary belongs in a table that is sorted by a column.
#[derive(Debug)]
struct Waiting {
    row: usize,
    column: usize,
    way: Way,
    text: String,
}

/// Rows that were held against the table.
#[derive(Debug, Default)]
pub struct Settled {
    pub free: Vec<Drawn>,
    /// Each with the columns in which a row of the table has the same.
    pub taken: Vec<(Drawn, Vec<usize>)>,
}

/// Meets every row of the table.
#[derive(Debug)]
pub struct Strangers {
    identities: Vec<Identity>,
    /// By canary, the identities that it shares with a row.
    taken: Vec<FxHashSet<usize>>,
    waiting: Vec<Waiting>,
    /// The first columns that are looked at.
    width: usize,
    /// Rows of the table before each canary that was waiting.
    places: Vec<(usize, u64)>,
    met: u64,
}

impl Strangers {
    /// What these rows are known by.
    pub fn of(profile: &Profile, rows: &[Drawn]) -> Self {
        let mut identities: Vec<Identity> = sets(profile).into_iter().map(|c| Identity::of(c, profile, rows)).collect();
        identities.retain(|i| !i.rows.is_empty());
        let waiting = rows.iter().enumerate().filter_map(|(n, r)| match &r.spot {
            Spot::Sorted { column, way, .. } => {
                // What says nothing belongs nowhere, and does not part a block.
                let text = r.row[*column].clone().filter(|text| !is_blank(text))?;
                Some(Waiting { row: n, column: *column, way: *way, text })
            }
            Spot::First | Spot::After(_) => None,
        });
        let (taken, waiting) = (vec![FxHashSet::default(); rows.len()], waiting.collect::<Vec<_>>());
        let columns = identities.iter().flat_map(|i| i.columns.iter().copied()).chain(waiting.iter().map(|w| w.column));
        let width = columns.max().map_or(1, |last| last + 1);
        Self { identities, taken, waiting, width, places: Vec::new(), met: 0 }
    }

    /// Whether each row has something that a row of the table has.
    pub fn taken(&self) -> impl Iterator<Item = bool> {
        self.taken.iter().map(|shared| !shared.is_empty())
    }

    /// The rows that are nobody's, each at its place, and the others; a block of
    /// sorted rows is spread, since it would give itself away.
    pub fn settle(mut self, rows: Vec<Drawn>) -> Settled {
        let last: Vec<(usize, u64)> = self.waiting.iter().map(|w| (w.row, self.met)).collect();
        self.places.extend(last);
        let block = block_of(&self.places);
        let mut places: FxHashMap<usize, u64> = self.places.into_iter().collect();
        let settled = rows.into_iter().enumerate().map(|(n, mut drawn)| {
            if let Spot::Sorted { otherwise, .. } = drawn.spot {
                let before = places.remove(&n).filter(|before| Some(*before) != block);
                drawn.spot = before
                    .map_or(Spot::After(otherwise), |before| before.checked_sub(1).map_or(Spot::First, Spot::After));
            }
            drawn
        });
        let identities = &self.identities;
        let columns = |shared: &FxHashSet<usize>| {
            let mut columns: Vec<usize> = shared.iter().flat_map(|n| identities[*n].columns.iter().copied()).collect();
            columns.sort_unstable();
            columns
        };
        let mut of = Settled::default();
        for (drawn, shared) in settled.zip(&self.taken) {
            match shared.is_empty() {
                true => of.free.push(drawn),
                false => of.taken.push((drawn, columns(shared))),
            }
        }
        of
    }
}

/// The place that more than half of the canaries belong to, more than two of them: two rows side by
/// side are no block, and out of order they would show.
fn block_of(places: &[(usize, u64)]) -> Option<u64> {
    let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
    places.iter().for_each(|(_, place)| *counts.entry(*place).or_default() += 1);
    counts.into_iter().find(|(_, count)| *count > 2 && count * 2 > places.len()).map(|(place, _)| place)
}

impl Meet for Strangers {
    fn meet(&mut self, cells: &Cells<'_>) {
        for (nth, identity) in self.identities.iter().enumerate() {
            identity.find(cells).into_iter().flatten().for_each(|n| _ = self.taken[*n].insert(nth));
        }
        if !self.waiting.is_empty() {
            let (met, places) = (self.met, &mut self.places);
            self.waiting.retain(|w| {
                let here = cells[w.column].unwrap_or_default();
                let belongs = if w.way == Way::Up { w.text.as_str() <= here } else { w.text.as_str() >= here };
                if belongs {
                    places.push((w.row, met));
                }
                !belongs
            });
        }
        self.met += 1;
    }

    fn wants(&mut self) -> Wanted {
        Wanted { passing: 0, columns: self.width }
    }
}

impl Identity {
    fn of(columns: Vec<usize>, profile: &Profile, rows: &[Drawn]) -> Self {
        let mut identity = Self { columns, sieve: Sieve(vec![0; SIEVE / 64]), rows: FxHashMap::default() };
        let address = identity.columns.iter().copied().find(|c| profile.roles[*c] == Role::Address);
        let houses = address.map(|c| Houses::of(profile, c)).unwrap_or_default();
        for (n, drawn) in rows.iter().enumerate() {
            let cells: Vec<Option<&str>> = drawn.row.iter().map(|c| c.as_deref()).collect();
            let to_the_door = address.is_none()
                || identity.columns.iter().any(|c| cells[*c].is_some_and(|t| t.bytes().any(|b| b.is_ascii_digit())));
            let to_the_door = to_the_door && !address.and_then(|c| cells[c]).is_some_and(|text| houses.has(text));
            if let Some(hash) = identity.hash(&cells).filter(|_| to_the_door) {
                identity.sieve.put(identity.last(&cells));
                identity.rows.entry(hash).or_default().push(n);
            }
        }
        identity
    }

    /// The canaries that have what a row has.
    #[inline]
    fn find(&self, cells: &Cells<'_>) -> Option<&Vec<usize>> {
        if self.sieve.passes(self.last(cells)) { self.rows.get(&self.hash(cells)?) } else { None }
    }

    fn last<'c>(&self, cells: &Cells<'c>) -> &'c str {
        self.columns.last().and_then(|column| cells[*column]).unwrap_or_default()
    }

    /// Nothing where a part is blank.
    fn hash(&self, cells: &Cells<'_>) -> Option<u64> {
        let mut hasher = FxHasher::default();
        for column in &self.columns {
            let text = cells[*column].filter(|t| !is_blank(t))?;
            hasher.write(text.as_bytes());
            hasher.write_u8(0);
        }
        Some(hasher.finish().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8)
    }
}

impl Sieve {
    fn put(&mut self, text: &str) {
        let place = Self::place(text);
        self.0[place / 64] |= 1 << (place % 64);
    }

    #[inline]
    fn passes(&self, text: &str) -> bool {
        let place = Self::place(text);
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    /// By its length, its first and its last eight octets.
    #[inline]
    fn place(text: &str) -> usize {
        let octets = text.as_bytes();
        let ends = match (octets.first_chunk(), octets.last_chunk()) {
            (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
            _ => octets.iter().fold(0, |all, octet| all << 8 | u64::from(*octet)),
        };
        let mixed = (ends ^ octets.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize % SIEVE
    }
}

/// The sets of columns by which somebody can be told.
pub fn sets(profile: &Profile) -> Vec<Vec<usize>> {
    use Role::*;
    // Codes also where several rows have one: they are a member's or a customer's.
    let alone =
        |c: &usize| matches!(profile.roles[*c], Phone | Email | Url | NationalId | CompanyCode | Card | Code | Key);
    let mut sets: Vec<Vec<usize>> = (0..profile.roles.len()).filter(alone).map(|c| vec![c]).collect();
    let first = |role: Role| profile.column_of(role);
    let name = first(FullName).map(|c| vec![c]).or_else(|| Some(vec![first(Surname)?, first(GivenName)?]));
    if let (Some(name), Some(born)) = (name, first(BirthDate)) {
        sets.push([name, vec![born]].concat());
    }
    for address in profile.columns_of(Address).take(1) {
        sets.push(first(HouseNumber).into_iter().chain([address]).collect());
    }
    sets
}

#[cfg(test)]
mod tests;
