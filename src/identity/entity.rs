//! Entities that own several rows: a shareholder of three companies, a member with
//! four offices. Whoever stands alone in such a table stands out, so canaries come
//! in groups as large as the table's own, alike in every column that is the
//! entity's and not the row's.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::profile::Profile;
use super::{Role, Row};
use crate::model::Entropy;

/// So large a share of the rows belongs to entities with more than one.
const SHARED: f64 = 0.25;
/// A value that repeats oftener than this on the mean is no entity but a kind.
const LARGEST: f64 = 20.0;
/// So large a share of an entity's rows agrees in what is the entity's.
const AGREED: f64 = 0.97;
/// Rows of one entity follow each other in so many of its places.
const TOGETHER: f64 = 0.8;

/// What a table's entities are like.
#[derive(Debug)]
pub struct Entities {
    /// Columns that are the entity's, and not a single row's.
    pub columns: Vec<usize>,
    /// Rows of each entity.
    sizes: Vec<usize>,
    /// Rows of one entity follow each other.
    pub together: bool,
    /// The column that names the entity.
    pub key: usize,
    /// Whether a kept row is the first of its entity.
    firsts: Vec<bool>,
}

impl Entities {
    /// The entities of a table that was kept whole; nothing where each has one row.
    pub fn find(profile: &Profile) -> Option<Self> {
        if profile.donors.len() as u64 != profile.rows {
            return None;
        }
        let names = |role: &Role| {
            use Role::*;
            matches!(role, Key | Code | ForeignKey | NationalId | CompanyCode | FullName | Company | Email)
        };
        let keys = (0..profile.roles.len()).filter(|c| names(&profile.roles[*c]));
        keys.filter_map(|key| Self::by(profile, key)).max_by_key(|e| e.columns.len())
    }

    fn by(profile: &Profile, key: usize) -> Option<Self> {
        let rows: Vec<&Row> = profile.donors.iter().map(|a| &a.row).collect();
        let mut groups: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (n, row) in rows.iter().enumerate() {
            if let Some(value) = profile.text(row, Some(key)) {
                groups.entry(value).or_default().push(n);
            }
        }
        let sizes: Vec<usize> = groups.values().map(Vec::len).collect();
        let shared: usize = sizes.iter().filter(|n| **n > 1).sum();
        let mean = rows.len() as f64 / sizes.len().max(1) as f64;
        if (shared as f64) < SHARED * rows.len() as f64 || mean > LARGEST {
            return None;
        }
        let several: Vec<&Vec<usize>> = groups.values().filter(|g| g.len() > 1).collect();
        let agree = |c: &usize| agreed(&rows, &several, *c) >= AGREED;
        let columns: Vec<usize> = (0..profile.roles.len()).filter(agree).collect();
        let person = |c: &usize| {
            use Role::*;
            *c != key
                && matches!(
                    profile.roles[*c],
                    FullName | Surname | GivenName | BirthDate | NationalId | Company | CompanyCode
                )
        };
        let apart = profile.roles.iter().enumerate().any(|(c, r)| r.is_contact() && !columns.contains(&c));
        let steps: usize = several.iter().map(|g| g.windows(2).filter(|w| w[1] == w[0] + 1).count()).sum();
        let places: usize = several.iter().map(|g| g.len() - 1).sum();
        let together = steps as f64 >= TOGETHER * places as f64;
        let mut firsts = vec![true; rows.len()];
        groups.values().flat_map(|g| &g[1..]).for_each(|n| firsts[*n] = false);
        (columns.iter().any(person) && apart).then_some(Self { columns, sizes, together, key, firsts })
    }

    /// The rows that tell of a column what an entity has in it: its first one alone
    /// where the column is the entity's.
    pub fn telling(&self, column: usize) -> Option<&[bool]> {
        self.columns.contains(&column).then_some(&self.firsts)
    }

    /// Rows of a new entity.
    pub fn size(&self, entropy: &mut dyn Entropy) -> usize {
        self.sizes.get(entropy.random_range(0..self.sizes.len().max(1))).copied().unwrap_or(1)
    }
}

/// Share of the rows of entities that say in a column what their first row says.
fn agreed(rows: &[&Row], groups: &[&Vec<usize>], column: usize) -> f64 {
    let others = || groups.iter().flat_map(|g| g[1..].iter().map(|n| (g[0], *n)));
    let alike = others().filter(|(first, n)| rows[*first][column] == rows[*n][column]).count();
    alike as f64 / others().count().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    fn profile(owners: usize, offices: usize) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["member_id", "last_name", "first_name", "phone"].map(str::to_owned));
        for n in 0..owners * offices {
            let owner = n / offices;
            let (a, b) = ((b'A' + (owner % 26) as u8) as char, (b'a' + (owner / 26 % 26) as u8) as char);
            let row =
                [format!("M{owner:05}"), format!("{a}{b}son"), format!("J{b}{a}"), format!("+1415{:07}", n * 7_919)];
            profiler.meet(&row.each_ref().map(|c| Some(c.as_str())), &mut entropy);
        }
        profiler.finish(&Told { roles: vec![(0, Role::Code)], ..Told::default() })
    }

    #[test]
    fn owners_of_several_rows_are_found() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let entities = Entities::find(&profile(200, 3)).expect("there are entities");
        assert_eq!((entities.columns.as_slice(), entities.key, entities.together), (&[0, 1, 2][..], 0, true));
        assert_eq!(entities.size(&mut entropy), 3);
        assert!(Entities::find(&profile(200, 1)).is_none());
    }
}
