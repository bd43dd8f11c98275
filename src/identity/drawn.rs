//! A drawn row: the cells of a canary, where in the table it belongs, and what is to
//! be known of it: names, identifiers, contact points, relatives, and what no other
//! row may have as well.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::profile::Profile;
use super::site::Spot;
use super::{Link, Person, Relative, Role, Row};
use crate::model::{CanaryId, ContactPoint, IdSafety, Time};

/// A row that is.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The canary that it is planted again as; absent for a new one.
    pub id: Option<CanaryId>,
    pub row: Row,
    pub spot: Spot,
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub contact_points: Vec<ContactPoint>,
    pub id_safety: IdSafety,
    /// When it is to be planted, where that is put off.
    pub due: Option<Time>,
    /// Cells that are those of relatives.
    pub links: Vec<Link>,
    /// Its rows in related tables.
    pub relatives: Vec<Relative>,
    /// What an operator should know of how it was made.
    pub remarks: Vec<String>,
    /// What no other row may have as well: keys, names, codes.
    pub(super) claims: Vec<Claim>,
    /// It breaks no order of the table, and its codes are put together as the table's are.
    pub(super) fits: bool,
}

/// Claims of most rows: a key, a number, names and contact points.
const CLAIMS: usize = 8;

/// A key, name or code that one row alone may have, as a hash.
pub(super) type Claim = u64;

/// The claim to a text; `column` is that of a key or code, which another column
/// may have as well.
pub(super) fn claim(column: Option<usize>, text: &str) -> Claim {
    let mut hasher = FxHasher::default();
    (column, text).hash(&mut hasher);
    hasher.finish()
}

/// The claim to a contact point, however it is written.
pub(super) fn claim_to(point: &ContactPoint) -> Claim {
    let is_small = point.value.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_small { claim(None, &point.value) } else { claim(None, &point.value.to_lowercase()) }
}

impl Drawn {
    /// A row at its place, with nothing said of it yet.
    pub fn at(row: Row, spot: Spot) -> Self {
        Self {
            id: None,
            row,
            spot,
            names: Vec::new(),
            identifiers: Vec::new(),
            contact_points: Vec::new(),
            id_safety: IdSafety::NoColumn,
            due: None,
            links: Vec::new(),
            relatives: Vec::new(),
            remarks: Vec::new(),
            claims: Vec::with_capacity(CLAIMS),
            fits: true,
        }
    }

    /// The row of a person who was planted before.
    pub fn again(id: CanaryId, row: Row, spot: Spot, profile: &Profile, person: &Person) -> Self {
        let key = |c: usize| Some(claim(Some(c), profile.text(&row, Some(c))?));
        let keys = profile.columns_of(Role::Key).chain(profile.columns_of(Role::Code)).filter_map(key);
        let points = person.contact_points.iter().map(claim_to);
        let known = person.names.iter().chain(&person.identifiers).map(|text| claim(None, text));
        let claims = points.chain(known).chain(keys).collect();
        Self {
            id: Some(id),
            names: person.names.clone(),
            identifiers: person.identifiers.clone(),
            contact_points: person.contact_points.clone(),
            id_safety: person.id_safety,
            claims,
            ..Self::at(row, spot)
        }
    }
}
