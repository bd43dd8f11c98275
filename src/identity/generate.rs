//! Generation: rows for one table, drawn piece by piece under the table's own
//! links, with contact values from the pool alone. More are drawn than needed;
//! which of them are planted is chosen by `choose`.

use jiff::civil::DateTime;
use rand::RngExt;
use rand::seq::SliceRandom;
use rustc_hash::FxHashSet;

use super::draft::Draft;
use super::links::Links;
use super::mailbox::{Habits, Shelf};
use super::profile::{Anchor, Order, Profile, is_event};
use super::site::{Sites, Spot};
use super::views::{Part, Piece, Views};
use super::{Person, Role, Row, phones};
use crate::model::{self, CanaryId, ContactPoint, Entropy, IdSafety, Offer};

/// Rows drawn again when one has what another has.
const RETRIES: usize = 12;
/// Rows drawn for one that is as new as it should be.
const OLD: usize = 200;
/// Offered phones looked at for one that begins as it should.
const PHONES: usize = 60;

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
    /// What no other row may have as well: keys, names, codes.
    pub(super) claims: Vec<String>,
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
            claims: Vec::new(),
        }
    }

    /// The row of a person who was planted before.
    pub fn again(id: CanaryId, row: Row, spot: Spot, profile: &Profile, person: &Person) -> Self {
        let key = |c: usize| Some(format!("{c}\0{}", profile.text(&row, Some(c))?));
        let keys = profile.columns_of(Role::Key).chain(profile.columns_of(Role::Code)).filter_map(key);
        let points = person.contact_points.iter().map(|p| p.value.to_lowercase());
        let known = person.names.iter().chain(&person.identifiers).cloned();
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

/// Draws rows for one table.
pub struct Generator<'a> {
    pub(super) profile: &'a Profile,
    pub(super) views: Views,
    pub(super) links: Links,
    pub(super) habits: Habits,
    pub(super) shelf: Shelf,
    pub(super) sites: Sites<'a>,
    pub(super) phones: Vec<OfferedPhone>,
    /// One number of each country and length.
    kinds: Vec<String>,
    /// Rows of the table have numbers older than these were in service.
    anachronisms: bool,
    pub(super) offer: &'a Offer,
    /// Columns of dates that never lie before another column's, and which.
    pub(super) after: Vec<Option<usize>>,
    /// Keys, names and numbers that other rows have.
    pub(super) spent: FxHashSet<String>,
    /// While set, contact points are stand-ins that are nobody's and never leave
    /// this process: a pool is small, and a critic that has met each of its numbers
    /// many times would know canaries by them alone.
    pub(super) rehearsal: Option<u32>,
    /// New rows came to be at this moment or later, by that column of dates.
    recent: Option<(usize, DateTime)>,
    /// What an operator should know of the rows that were made.
    pub warnings: Vec<String>,
}

/// A phone with its national digits.
#[derive(Debug, Clone)]
pub(super) struct OfferedPhone {
    pub(super) point: ContactPoint,
    pub(super) national: String,
    /// The year it came into service.
    pub(super) since: Option<i16>,
}

impl<'a> Generator<'a> {
    /// Learns what the table's rows are like.
    pub fn new(profile: &'a Profile, offer: &'a Offer) -> Self {
        let views = Views::of(profile);
        let links = Links::learn(&views, order(profile, &views));
        let habits = Habits::of(profile);
        let shelf = Shelf::new(profile, &habits, &offer.mailboxes);
        let phone = |p: &model::OfferedPhone| OfferedPhone {
            national: phones::split(&p.point.value).1.to_owned(),
            since: p.since.map(|at| at.year()).or_else(|| since(profile, &p.point)),
            point: p.point.clone(),
        };
        Self {
            profile,
            views,
            links,
            habits,
            shelf,
            sites: Sites::new(profile),
            phones: offer.phones.iter().map(phone).collect(),
            kinds: kinds(&offer.phones),
            anachronisms: has_anachronisms(profile),
            offer,
            after: (0..profile.roles.len()).map(|c| earlier(profile, c)).collect(),
            spent: FxHashSet::default(),
            rehearsal: None,
            recent: None,
            warnings: Vec::new(),
        }
    }

    /// From now on rows are drawn as the newest ones of the table, which are that
    /// share of it.
    pub fn only_newest(&mut self, share: f64) {
        self.sites.only_newest(share);
        self.recent = since_when(self.profile, share);
    }

    /// Draws one row. `count` is how many will be planted in all.
    pub fn draw(&mut self, count: usize, entropy: &mut dyn Entropy) -> Drawn {
        let mut drawn = self.draw_any(count, entropy);
        for _ in 0..OLD {
            if self.is_recent(&drawn.row) {
                break;
            }
            drawn = self.draw_any(count, entropy);
        }
        drawn
    }

    fn is_recent(&self, row: &Row) -> bool {
        let Some((column, since)) = self.recent else { return true };
        let at = self.profile.text(row, Some(column)).and_then(|t| self.profile.dates[column].as_ref()?.read(t));
        at.is_some_and(|at| at >= since)
    }

    fn draw_any(&mut self, count: usize, entropy: &mut dyn Entropy) -> Drawn {
        let mut made = Draft::new(self, entropy).finish(count, entropy);
        for _ in 0..RETRIES {
            if !made.0.claims.iter().any(|c| self.spent.contains(c)) {
                break;
            }
            made = Draft::new(self, entropy).finish(count, entropy);
        }
        let (drawn, warnings) = made;
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        drawn
    }

    /// The columns' roles.
    pub fn roles(&self) -> &[Role] {
        &self.profile.roles
    }

    /// Rows of the table, at most so many.
    pub fn sample(&self, count: usize, entropy: &mut dyn Entropy) -> Vec<Row> {
        let mut rows: Vec<&Row> = self.profile.donors.iter().map(|a| &a.row).collect();
        rows.shuffle(entropy);
        rows.into_iter().take(count).cloned().collect()
    }

    /// Rows as a batch from a pool of the same kind would have them, to learn from
    /// and to audit, never to plant.
    pub(super) fn rehearse(&mut self, rows: usize, count: usize, entropy: &mut dyn Entropy) -> Vec<Drawn> {
        let mut drawn = Vec::with_capacity(rows);
        for n in 0..rows {
            if n % count.max(1) == 0 {
                self.rehearsal = Some(entropy.random_range(1..10_000));
            }
            drawn.push(self.draw(count, entropy));
        }
        self.rehearsal = None;
        drawn
    }

    /// A number as far from its own as every other of its batch is from theirs, so
    /// that blocks stay blocks.
    pub(super) fn stand_in(&self, phone: &ContactPoint) -> ContactPoint {
        let Some((shift, (head, tail))) =
            self.rehearsal.zip(phone.value.split_at_checked(phone.value.len().saturating_sub(4)))
        else {
            return phone.clone();
        };
        let Ok(number) = tail.parse::<u32>() else { return phone.clone() };
        ContactPoint { value: format!("{head}{:04}", (number + shift) % 10_000), ..phone.clone() }
    }

    /// Takes what rows were given out of the offer.
    pub fn spend(&mut self, rows: &[Drawn]) {
        self.spent.extend(rows.iter().flat_map(|r| r.claims.iter().cloned()));
        let spent: FxHashSet<&str> = rows.iter().flat_map(|r| &r.contact_points).map(|p| p.value.as_str()).collect();
        self.phones.retain(|p| !spent.contains(p.point.value.as_str()));
        self.shelf.retain(|p| !spent.contains(p.value.as_str()));
    }

    /// Whether the phone of a row is of a form that offered numbers can be written in.
    pub(super) fn writable(&self, row: &Row) -> bool {
        let Some(column) = self.profile.column_of(Role::Phone) else { return true };
        let Some(like) = self.profile.text(row, Some(column)) else { return true };
        let writes = |p: &&String| phones::write_like(p, like, &self.profile.home).is_some();
        self.kinds.is_empty() || self.kinds.iter().any(|p| writes(&p))
    }

    /// An offered phone; the digits it should begin with are tried first, and
    /// those that were in service when the row came to be.
    pub(super) fn phone(&self, prefix: &str, created: Option<i16>, entropy: &mut dyn Entropy) -> Option<&OfferedPhone> {
        if self.phones.is_empty() {
            return None;
        }
        let in_service = |p: &OfferedPhone| self.anachronisms || p.since.zip(created).is_none_or(|(s, c)| s <= c);
        for length in [7, 4, 3, 2] {
            let Some(head) = prefix.get(..length) else { continue };
            for _ in 0..PHONES {
                let one = &self.phones[entropy.random_range(0..self.phones.len())];
                if one.national.starts_with(head) && in_service(one) {
                    return Some(one);
                }
            }
        }
        let mut any = || &self.phones[entropy.random_range(0..self.phones.len())];
        Some((0..PHONES).map(|_| any()).find(|p| in_service(p)).unwrap_or_else(any))
    }
}

/// The year in which a number's first digits came into service.
fn since(profile: &Profile, point: &ContactPoint) -> Option<i16> {
    let (code, national) = phones::split(&point.value);
    profile.locale.pack().phone(national).filter(|_| code == profile.home)?.since_year
}

/// Whether rows of the table have numbers that were not in service yet when
/// they came to be, more than one in fifty.
fn has_anachronisms(profile: &Profile) -> bool {
    let (Some(phone), Some(created)) = (profile.column_of(Role::Phone), profile.column_of(Role::CreatedAt)) else {
        return true;
    };
    let year = |row: &Row| Some(profile.dates[created].as_ref()?.read(profile.text(row, Some(created))?)?.year());
    let since = |row: &Row| {
        let digits: String = profile.text(row, Some(phone))?.chars().filter(char::is_ascii_digit).collect();
        profile.locale.pack().phone(&digits)?.since_year
    };
    let rows = profile.donors.iter().take(1_000).map(|a| &a.row);
    let pairs: Vec<(i16, i16)> = rows.filter_map(|row| Some((since(row)?, year(row)?))).collect();
    pairs.iter().filter(|(since, year)| since > year).count() * 50 > pairs.len()
}

/// When the newest rows, that share of the table, came to be.
fn since_when(profile: &Profile, share: f64) -> Option<(usize, DateTime)> {
    // Where a running number tells the newest rows, dates follow their neighbours'.
    let column = profile.column_of(Role::CreatedAt).filter(|_| !matches!(profile.order, Order::Running { .. }))?;
    let form = profile.dates[column].as_ref()?;
    let read = |a: &Anchor| form.read(profile.text(&a.row, Some(column))?);
    let mut times: Vec<DateTime> = profile.donors.iter().filter_map(read).collect();
    times.sort_unstable();
    let at = ((1.0 - share.clamp(0.0, 1.0)) * times.len() as f64) as usize;
    times.get(at.min(times.len().saturating_sub(2))).map(|since| (column, *since))
}

fn kinds(phones: &[model::OfferedPhone]) -> Vec<String> {
    let mut met = FxHashSet::default();
    let kind = |p: &&ContactPoint| met.insert((phones::split(&p.value).0.to_owned(), p.value.len()));
    phones.iter().map(|p| &p.point).filter(kind).map(|p| p.value.clone()).collect()
}

/// Pieces in the order in which a person comes together: what the row is, when
/// the person was born, the mail address, the name, where they live, the numbers.
fn order(profile: &Profile, views: &Views) -> Vec<usize> {
    let rank = |p: &Piece| match (profile.roles[p.column], p.part) {
        (Role::Sex, _) => 1,
        (Role::CreatedAt | Role::Date, _) => 0,
        (Role::BirthDate, _) => 2,
        (_, Part::Domain) => 4,
        (Role::FullName | Role::Surname | Role::GivenName | Role::MiddleName, _) => 5,
        (_, Part::Area) => 3,
        (_, Part::Street | Part::Rest) => 6,
        (_, Part::Prefix) => 7,
        (Role::Amount | Role::Geo | Role::Company | Role::Text, _) => 3,
        _ => 2,
    };
    let mut order: Vec<usize> = (0..views.pieces.len()).collect();
    order.sort_by_key(|n| (rank(&views.pieces[*n]), views.pieces[*n].texts.len()));
    order
}

/// The first other column of dates that a column's dates never lie before.
fn earlier(profile: &Profile, column: usize) -> Option<usize> {
    if !is_event(profile.roles[column]) {
        return None;
    }
    let read = |row: &Row, c: usize| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?);
    (0..profile.roles.len()).filter(|c| *c != column && is_event(profile.roles[*c])).find(|other| {
        let pairs: Vec<_> = profile
            .donors
            .iter()
            .take(1_000)
            .filter_map(|a| Some((read(&a.row, *other)?, read(&a.row, column)?)))
            .collect();
        let in_order = pairs.iter().filter(|(a, b)| a <= b).count();
        let equal = pairs.iter().filter(|(a, b)| a == b).count();
        pairs.len() >= 10 && in_order * 100 >= pairs.len() * 99 && (equal < pairs.len() || *other < column)
    })
}
