//! Families: the rows that a person or company has in related tables. A canary's
//! family is shaped like that of a row of the table, member by member: as many
//! children, the same kinds, the same parents outside; what points at somebody is
//! drawn anew, and what members have in common they have in common again.

use jiff::civil::DateTime;
use rand::RngExt;

use super::{Drawn, Generator, Link, Profile, Relative, Role, Row};
use crate::model::Entropy;
use crate::model::contact_point::Kind;

/// Rows that a canary's family may be shaped like, of which the most alike is taken.
const CHOICE: usize = 8;
/// Share of pairs that must agree for a column to be the first row's.
const COMMON: f64 = 0.8;

/// A foreign key between two of the tables, by places in their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    pub table: usize,
    pub columns: Vec<usize>,
    pub to: usize,
    pub target: Vec<usize>,
}

/// The rows of one person or company of the tables; the first is of the first table.
#[derive(Debug, Clone, Default)]
pub struct RealFamily {
    pub members: Vec<(usize, Row)>,
}

/// What is known of families.
pub struct Families {
    pub real: Vec<RealFamily>,
    pub ties: Vec<Tie>,
    /// By table: places that the server numbers.
    pub numbered: Vec<Option<usize>>,
    /// By table and place: the place in the first row that usually has the same.
    common: Vec<Vec<Option<usize>>>,
    /// By table and place: the latest of its dates.
    latest: Vec<Vec<Option<DateTime>>>,
}

impl Families {
    /// Learns from real ones.
    pub fn new(real: Vec<RealFamily>, ties: Vec<Tie>, numbered: Vec<Option<usize>>, profiles: &[&Profile]) -> Self {
        let common = (0..profiles.len()).map(|t| common(&real, t, profiles)).collect();
        let latest = profiles.iter().map(|profile| latest(profile)).collect();
        Self { real, ties, numbered, common, latest }
    }

    /// Rows of a table for each person or company, in the mean.
    pub fn mean(&self, table: usize) -> f64 {
        let rows = self.real.iter().flat_map(|f| &f.members).filter(|(t, _)| *t == table).count();
        rows as f64 / self.real.len().max(1) as f64
    }

    /// Gives a canary its family. `generators` are those of the related tables, the
    /// second table's first.
    pub fn relate(
        &self,
        drawn: &mut Drawn,
        generators: &mut [Generator<'_>],
        first: &Profile,
        count: usize,
        entropy: &mut dyn Entropy,
    ) {
        let Some(real) = self.like(&drawn.row, first, entropy) else { return };
        drawn.links = self.links(real, 0);
        for member in 1..real.members.len() {
            let (table, _) = real.members[member];
            let generator = &mut generators[table - 1];
            let made = generator.draw(count, entropy);
            generator.spend(std::slice::from_ref(&made));
            let relative = self.member(real, member, made, (drawn, first), generator.profile);
            drawn.relatives.push(relative);
        }
    }

    /// A family whose first row is like this one.
    fn like(&self, row: &Row, profile: &Profile, entropy: &mut dyn Entropy) -> Option<&RealFamily> {
        if self.real.is_empty() {
            return None;
        }
        let alike = |f: &&RealFamily| {
            let few = |c: &usize| profile.columns[*c].distinct() <= 50;
            (0..row.len()).filter(few).filter(|c| f.members[0].1[*c] == row[*c]).count()
        };
        (0..CHOICE).map(|_| &self.real[entropy.random_range(0..self.real.len())]).max_by_key(alike)
    }

    /// The cells of a member that are those of others of the family.
    fn links(&self, real: &RealFamily, member: usize) -> Vec<Link> {
        let (table, row) = &real.members[member];
        let mut links = Vec::new();
        for tie in self.ties.iter().filter(|t| t.table == *table) {
            let refers = |(n, (t, other)): &(usize, &(usize, Row))| {
                *n != member
                    && *t == tie.to
                    && tie.columns.iter().zip(&tie.target).all(|(c, o)| row[*c].is_some() && row[*c] == other[*o])
            };
            if let Some((n, _)) = real.members.iter().enumerate().find(refers) {
                links.extend(tie.columns.iter().zip(&tie.target).map(|(c, o)| Link {
                    column: *c,
                    member: n,
                    from: *o,
                }));
            }
        }
        links
    }

    fn member(
        &self,
        real: &RealFamily,
        member: usize,
        made: Drawn,
        (canary, first): (&Drawn, &Profile),
        profile: &Profile,
    ) -> Relative {
        let (table, like) = &real.members[member];
        let links = self.links(real, member);
        let model = &real.members[0].1;
        let moved = shift(model, &canary.row, first);
        let mut relative = Relative {
            table: *table,
            row: made.row,
            links,
            names: made.names,
            identifiers: made.identifiers,
            contact_points: made.contact_points,
            id_safety: made.id_safety,
        };
        for (place, of_like) in like.iter().enumerate() {
            let role = profile.roles[place];
            let of_first = self.common[*table][place].filter(|p| of_like.is_some() && *of_like == model[*p]);
            if relative.links.iter().any(|l| l.column == place) || self.numbered[*table] == Some(place) {
                relative.row[place] = None;
            } else if let Some(p) = of_first {
                relative.row[place] = canary.row[p].clone();
                forget(&mut relative, role);
            } else if !is_made(role) {
                relative.row[place] = moved_by(of_like, (place, self.latest[*table][place]), profile, moved);
            }
        }
        relative
    }
}

/// Whether a value is made for a person, and not one that many have.
fn is_made(role: Role) -> bool {
    use Role::*;
    role.is_contact()
        || matches!(
            role,
            Key | Code
                | FullName
                | Surname
                | GivenName
                | NationalId
                | BirthDate
                | Address
                | Company
                | CompanyCode
                | Card
        )
}

/// What was drawn for a cell that is the first row's after all stays in the pool.
fn forget(relative: &mut Relative, role: Role) {
    let kind = match role {
        Role::Phone => Some(Kind::Phone),
        Role::Email => Some(Kind::Mailbox),
        Role::Url => Some(Kind::Url),
        _ => None,
    };
    relative.contact_points.retain(|p| Some(p.kind) != kind);
    if matches!(role, Role::FullName | Role::Surname | Role::GivenName | Role::Company) {
        relative.names.clear();
    }
    if matches!(role, Role::NationalId | Role::CompanyCode) {
        relative.identifiers.clear();
    }
}

/// From when the model's first row is to when the canary's is; and when that is.
fn shift(model: &Row, canary: &Row, profile: &Profile) -> Option<(jiff::Span, DateTime)> {
    let column = profile.column_of(Role::CreatedAt).or_else(|| profile.column_of(Role::Date))?;
    let form = profile.dates[column].as_ref()?;
    let (from, to): (DateTime, DateTime) =
        (form.read(model[column].as_deref()?)?, form.read(canary[column].as_deref()?)?);
    Some((from.until(to).ok()?, to))
}

/// A date is as far from the first row's as the model's is, but not later than any
/// of its column: nothing has happened yet that is still to come.
fn moved_by(
    cell: &super::Cell,
    (place, latest): (usize, Option<DateTime>),
    profile: &Profile,
    by: Option<(jiff::Span, DateTime)>,
) -> super::Cell {
    let moved = || {
        let (span, first) = by?;
        let form = profile.dates[place].as_ref()?;
        let at = form.read(cell.as_deref()?)?.checked_add(span).ok()?;
        Some(form.write(at.min(latest?.max(first))))
    };
    moved().or_else(|| cell.clone())
}

/// The latest date of each column.
fn latest(profile: &Profile) -> Vec<Option<DateTime>> {
    let read = |place: usize, row: &Row| profile.dates[place].as_ref()?.read(row[place].as_deref()?);
    (0..profile.roles.len()).map(|place| profile.donors.iter().filter_map(|a| read(place, &a.row)).max()).collect()
}

/// Where the columns of a table have what the first row has.
fn common(real: &[RealFamily], table: usize, profiles: &[&Profile]) -> Vec<Option<usize>> {
    let (own, first) = (profiles[table], profiles[0]);
    let pairs = || {
        real.iter()
            .flat_map(|f| f.members[1..].iter().filter(|(t, _)| *t == table).map(|(_, row)| (row, &f.members[0].1)))
    };
    let agree = |place: usize, p: usize| {
        let (mut met, mut same) = (0usize, 0usize);
        for (row, model) in pairs().filter(|(row, model)| row[place].is_some() && model[p].is_some()) {
            met += 1;
            same += usize::from(row[place] == model[p]);
        }
        met >= 5 && same as f64 >= COMMON * met as f64
    };
    // Values that many have agree by chance.
    let telling =
        |profile: &Profile, place: usize| profile.columns[place].distinct() > 50 || is_made(profile.roles[place]);
    (0..own.roles.len())
        .map(|place| {
            let candidates = (0..first.roles.len()).filter(|p| table != 0 && telling(own, place) && telling(first, *p));
            candidates.into_iter().find(|p| agree(place, *p))
        })
        .collect()
}
