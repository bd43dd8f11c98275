//! The profile of a table, taken in one pass with bounded memory: every column
//! counted, a sample of rows to draw from, places in the table's order where a
//! row may go.

use rand::RngExt;
use std::collections::{BTreeMap, VecDeque};

use super::column::{Column, Way};
use super::dates::DateForm;
use super::{Cell, Locale, Role, Row, is_blank, phones};
use crate::model::Entropy;

/// Rows kept to draw from.
const DONORS: usize = 4_000;
/// Places with a gap in the running number that are kept.
const GAPS: usize = 2_000;
/// Rows kept from the beginning and from the end.
const ENDS: usize = 400;
/// Values a role is judged by.
const SAMPLE: usize = 400;

/// A place between two rows of the table.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// The row it comes after, counted from 0.
    pub after: u64,
    pub row: Row,
    pub next: Option<Row>,
}

/// What the rows of the table are in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A running number that goes that way.
    Running { column: usize, way: Way },
    /// The text of a column.
    Sorted { column: usize, way: Way },
    /// Nothing that can be seen.
    None,
}

/// What was learned of a table.
#[derive(Debug)]
pub struct Profile {
    pub columns: Vec<Column>,
    pub roles: Vec<Role>,
    pub dates: Vec<Option<DateForm>>,
    pub rows: u64,
    pub locale: Locale,
    /// Country calling code of numbers that show none.
    pub home: String,
    pub order: Order,
    pub donors: Vec<Anchor>,
    pub gaps: Vec<Anchor>,
    pub head: Vec<Anchor>,
    pub tail: Vec<Anchor>,
}

/// Takes a profile, row after row.
pub struct Profiler {
    columns: Vec<Column>,
    rows: u64,
    last: Option<Row>,
    donors: Vec<Anchor>,
    gaps: BTreeMap<usize, (u64, Vec<Anchor>)>,
    head: Vec<Anchor>,
    tail: VecDeque<Anchor>,
}

/// Keeps a uniform sample of everything it meets (algorithm R, Vitter 1985).
fn keep<T>(sample: &mut Vec<T>, met: u64, limit: usize, entropy: &mut dyn Entropy, make: impl FnOnce() -> T) {
    if sample.len() < limit {
        sample.push(make());
    } else {
        let at = entropy.random_range(0..met);
        if at < limit as u64 {
            sample[at as usize] = make();
        }
    }
}

impl Profiler {
    /// A profiler for a table of these columns.
    pub fn new(header: &[String]) -> Self {
        let columns = header.iter().map(|name| Column::new(name)).collect();
        Self {
            columns,
            rows: 0,
            last: None,
            donors: Vec::new(),
            gaps: BTreeMap::new(),
            head: Vec::new(),
            tail: VecDeque::new(),
        }
    }

    /// Takes one more row, of as many cells as there are columns.
    pub fn meet(&mut self, row: Row, entropy: &mut dyn Entropy) {
        for (column, cell) in self.columns.iter_mut().zip(&row) {
            column.meet(cell);
        }
        if let Some(last) = self.last.take() {
            self.place(last, Some(&row), entropy);
        }
        self.rows += 1;
        self.last = Some(row);
    }

    /// Considers the place between two neighbours.
    fn place(&mut self, row: Row, next: Option<&Row>, entropy: &mut dyn Entropy) {
        let after = self.rows - 1;
        let anchor = || Anchor { after, row: row.clone(), next: next.cloned() };
        keep(&mut self.donors, after + 1, DONORS, entropy, anchor);
        if self.head.len() < ENDS {
            self.head.push(anchor());
        }
        for (index, column) in self.columns.iter().enumerate().filter(|(_, c)| c.running().is_some() || c.rows < 3) {
            let number = |row: &Row| row[index].as_deref().and_then(|t| column.number_of(t));
            let gap = matches!((number(&row), next.and_then(number)), (Some(a), Some(b)) if a.abs_diff(b) >= 2)
                && column.never_repeats();
            if gap {
                let (met, sample) = self.gaps.entry(index).or_default();
                *met += 1;
                keep(sample, *met, GAPS, entropy, anchor);
            }
        }
        if self.tail.len() == ENDS {
            self.tail.pop_front();
        }
        self.tail.push_back(anchor());
    }

    /// What was learned. `told` are roles an operator gave, `locale` likewise.
    pub fn finish(mut self, told: &[(usize, Role)], locale: Option<Locale>, entropy: &mut dyn Entropy) -> Profile {
        if let Some(last) = self.last.take() {
            self.place(last, None, entropy);
        }
        let samples: Vec<Vec<&str>> = (0..self.columns.len()).map(|i| sample(&self.donors, i)).collect();
        let mut roles: Vec<Role> = self.columns.iter().zip(&samples).map(|(c, s)| role_of(c, s)).collect();
        for (index, role) in told {
            roles[*index] = *role;
        }
        let dates =
            roles
                .iter()
                .zip(&samples)
                .map(|(r, s)| {
                    if matches!(r, Role::BirthDate | Role::CreatedAt) {
                        DateForm::find(s.iter().copied())
                    } else {
                        None
                    }
                })
                .collect();
        let locale = locale.unwrap_or_else(|| locale_of(&roles, &samples));
        let home = locale.calling_code().to_owned();
        let order = order_of(&self.columns, &roles);
        let gaps = match order {
            Order::Running { column, .. } => self.gaps.remove(&column).map(|(_, g)| g).unwrap_or_default(),
            _ => Vec::new(),
        };
        Profile {
            columns: self.columns,
            roles,
            dates,
            rows: self.rows,
            locale,
            home,
            order,
            donors: self.donors,
            gaps,
            head: self.head,
            tail: self.tail.into(),
        }
    }
}

/// Masked numbers lead nowhere: they are only codes to be redrawn. A column
/// that now and then holds a way to reach somebody is no column to draw from.
fn role_of(column: &Column, sample: &[&str]) -> Role {
    let role = column.role(sample);
    let share =
        |test: &dyn Fn(&str) -> bool| sample.iter().filter(|v| test(v)).count() as f64 / sample.len().max(1) as f64;
    let free =
        matches!(role, Role::Key | Role::Code | Role::Other | Role::Address | Role::HouseNumber | Role::FullName);
    if role.is_contact() && share(&|v| v.contains('*')) > 0.5 {
        Role::Code
    } else if free && share(&reaches_somebody) > 0.02 {
        Role::OtherContact
    } else {
        role
    }
}

/// A mail address, a web address or a phone number somewhere in a text.
fn reaches_somebody(text: &str) -> bool {
    let words = || text.split(|c: char| c.is_whitespace() || ",;<>()|".contains(c));
    let mail = words().any(|w| w.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.')));
    let web = text.contains("://")
        || text.contains("www.")
        || words().any(|w| w.contains(".com/") || w.contains(".cn/") || w.contains(".net/"));
    mail || web || phones::holds_one(text)
}

fn sample(donors: &[Anchor], column: usize) -> Vec<&str> {
    donors.iter().filter(|a| !is_blank(&a.row[column])).filter_map(|a| a.row[column].as_deref()).take(SAMPLE).collect()
}

fn locale_of(roles: &[Role], samples: &[Vec<&str>]) -> Locale {
    let named = |role: &Role| matches!(role, Role::FullName | Role::Surname | Role::GivenName | Role::Address);
    let texts: Vec<&str> =
        roles.iter().zip(samples).filter(|(r, _)| named(r)).flat_map(|(_, s)| s.iter().copied()).collect();
    let chinese = texts.iter().filter(|t| Locale::of(t) == Locale::ZhCn).count();
    if chinese * 2 > texts.len() { Locale::ZhCn } else { Locale::EnUs }
}

/// A running number counts only where it is the table's key: a file that is
/// sorted by phone is sorted, and a canary's own phone decides its place.
fn order_of(columns: &[Column], roles: &[Role]) -> Order {
    let keys = columns.iter().enumerate().filter(|(n, c)| roles[*n] == Role::Key && c.never_repeats());
    let running = keys.filter_map(|(column, c)| c.running().map(|way| Order::Running { column, way })).next();
    let sorted =
        || columns.iter().enumerate().find_map(|(column, c)| c.sorted().map(|way| Order::Sorted { column, way }));
    running.or_else(sorted).unwrap_or(Order::None)
}

impl Profile {
    /// The columns of a role.
    pub fn columns_of(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        self.roles.iter().enumerate().filter(move |(_, r)| **r == role).map(|(i, _)| i)
    }

    /// The first column of a role.
    pub fn column_of(&self, role: Role) -> Option<usize> {
        self.columns_of(role).next()
    }

    /// The text of a cell, unless it is blank.
    pub fn text<'a>(&self, row: &'a Row, column: Option<usize>) -> Option<&'a str> {
        let cell: &Cell = row.get(column?)?;
        if is_blank(cell) { None } else { cell.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn profile(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        let mut profiler = Profiler::new(&header);
        for row in rows {
            profiler.meet(row.into_iter().map(Some).collect(), &mut entropy);
        }
        profiler.finish(&[], None, &mut entropy)
    }

    #[test]
    fn memory_is_bounded_and_gaps_are_found() {
        let rows = (0..20_000u32).map(|n| vec![(n * 2 + u32::from(n % 3 == 0)).to_string(), format!("+1415{n:07}")]);
        let profile = profile(&["id", "phone"], rows);
        assert_eq!(profile.rows, 20_000);
        assert_eq!((profile.donors.len(), profile.gaps.len(), profile.tail.len()), (DONORS, GAPS, ENDS));
        assert_eq!(profile.order, Order::Running { column: 0, way: Way::Up });
        assert_eq!(profile.roles, [Role::Key, Role::Phone]);
        assert_eq!(profile.tail.last().map(|a| (a.after, a.next.is_none())), Some((19_999, true)));
        let deep = profile.donors.iter().filter(|a| a.after > 10_000).count();
        assert!((1_700..2_300).contains(&deep), "the sample is uniform: {deep}");
    }
}
