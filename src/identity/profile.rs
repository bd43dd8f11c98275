//! The profile of a table: what its columns are, how it is ordered, a sample of rows
//! to draw from, places where a row may go. The rows are met by `profiler`; what is
//! made of a profile is left to `generate`.

use rand::RngExt;

use super::column::{Column, Way};
use super::dates::DateForm;
use super::finding::{self, ColumnView, Finding, Question};
use super::flat::Flat;
use super::profiler::Met;
use super::{Cell, Locale, Role, Row, determined, digits, is_blank, local};
use crate::model::contact_point::TRUNK;
use crate::model::{Entropy, extension};

/// Values a role is judged by.
const SAMPLE: usize = 400;
/// The share of a column's dates in one form, from which on it is the form of new ones.
const MOSTLY: f64 = 0.6;

/// A place between two rows of the table.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// The row it comes after, counted from 0.
    pub after: u64,
    pub row: Row,
    /// The row behind it, of which little is ever asked.
    pub next: Option<Flat>,
}

impl Anchor {
    /// What the row behind says in a column.
    pub fn behind(&self, column: usize) -> Option<&str> {
        self.next.as_ref()?.cell(column)
    }
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
    pub findings: Vec<Finding>,
    pub roles: Vec<Role>,
    /// The columns of each role; of contacts, those first that most rows have.
    by_role: [Vec<usize>; Role::ALL.len()],
    pub dates: Vec<Option<DateForm>>,
    pub rows: u64,
    pub locale: Locale,
    /// Country calling code of numbers that show none.
    pub home: String,
    /// By column: that of the area codes which a column of phones does without.
    pub areas: Vec<Option<usize>>,
    pub order: Order,
    /// Dates of these columns run with the table's order, all but a few.
    pub in_order: Vec<bool>,
    /// Dates of these columns go with the table's order on the whole.
    pub with_order: Vec<bool>,
    /// In the table's order, as are the gaps.
    pub donors: Vec<Anchor>,
    pub gaps: Vec<Anchor>,
    pub head: Vec<Anchor>,
    pub tail: Vec<Anchor>,
}

/// What an operator said of a table.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub roles: Vec<(usize, Role)>,
    pub locale: Option<Locale>,
    /// What the schema says about each column.
    pub comments: Vec<Option<String>>,
    /// Columns that hold dates by their type; for what is seen from the values.
    pub dates: Vec<usize>,
}

/// The roles found, and those an operator gave.
fn find(columns: &[Column], donors: &[Anchor], told: &Told) -> Vec<Finding> {
    let samples: Vec<Vec<&str>> = (0..columns.len()).map(|i| sample(donors, i)).collect();
    let views: Vec<ColumnView<'_>> = columns
        .iter()
        .enumerate()
        .map(|(n, column)| view(column, &samples[n], told.comments.get(n).and_then(|c| c.as_deref())))
        .collect();
    let mut findings = finding::find(&views);
    for column in &told.dates {
        let finding = &mut findings[*column];
        let is_date = matches!(finding.role, Role::BirthDate | Role::CreatedAt | Role::Date);
        *finding = Finding::told(if is_date { finding.role } else { Role::Date });
    }
    for (column, role) in &told.roles {
        findings[*column] = Finding::told(*role);
    }
    finding::leave_rare(&views, &mut findings);
    determined::settle(columns, donors, &mut findings);
    findings
}

fn view<'a>(column: &'a Column, values: &'a [&'a str], comment: Option<&'a str>) -> ColumnView<'a> {
    ColumnView {
        name: &column.name,
        comment,
        values,
        filled: column.rows - column.blanks,
        blanks: column.blanks,
        unique: column.is_unique(),
        never_repeats: column.never_repeats(),
        running: column.running().is_some(),
        distinct: column.distinct(),
    }
}

/// Filled cells of rows from all over the table, the same rows for every column.
fn sample(donors: &[Anchor], column: usize) -> Vec<&str> {
    let step = (donors.len() / SAMPLE).max(1);
    let cells = donors.iter().step_by(step).map(|a| &a.row[column]);
    cells.filter(|c| !is_blank(c)).filter_map(|c| c.as_deref()).take(SAMPLE).collect()
}

/// The form of a column's dates; what some rows have in another (a month alone, by other
/// hands) is taken over as it is.
fn form_of(role: Role, sample: &[&str]) -> Option<DateForm> {
    let is_date = matches!(role, Role::BirthDate | Role::CreatedAt | Role::Date);
    let values = sample.iter().copied();
    let find = || DateForm::find(values.clone()).or_else(|| DateForm::of_most(values.clone(), MOSTLY));
    is_date.then(find).flatten()
}

/// That of the people's names and addresses; where there are none, that of
/// everything that is written.
fn locale_of(columns: &[Column], roles: &[Role], samples: &[Vec<&str>]) -> Locale {
    let named = |role: &Role| {
        matches!(role, Role::FullName | Role::Surname | Role::GivenName | Role::Address | Role::Company | Role::Region)
    };
    let own = roles.iter().zip(samples).filter(|(r, _)| named(r)).flat_map(|(_, s)| s.iter().copied());
    let mut texts: Vec<&str> = own.collect();
    if texts.is_empty() {
        let written = samples.iter().flatten().copied().filter(|t| t.chars().any(char::is_alphabetic));
        texts = written.chain(columns.iter().map(|c| c.name.as_str())).collect();
    }
    let chinese = texts.iter().filter(|t| Locale::of(t) == Locale::ZhCn).count();
    if chinese * 2 > texts.len() { Locale::ZhCn } else { Locale::EnUs }
}

/// The country of phones that show none. Chinese mobile numbers are told by
/// themselves, whatever language the table is in.
fn home_of(locale: Locale, roles: &[Role], samples: &[Vec<&str>]) -> String {
    let phones: Vec<&str> =
        roles.iter().zip(samples).filter(|(r, _)| **r == Role::Phone).flat_map(|(_, s)| s.iter().copied()).collect();
    let mobile = |t: &&&str| {
        let digits = digits::of(t);
        !t.starts_with('+') && digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3'
    };
    let mobiles = phones.iter().filter(mobile).count();
    if mobiles * 2 > phones.len() { "86".to_owned() } else { locale.calling_code().to_owned() }
}

/// The columns of a role, those of contacts by how many rows have one.
fn by_role(role: Role, roles: &[Role], columns: &[Column]) -> Vec<usize> {
    let mut own: Vec<usize> = (0..roles.len()).filter(|c| roles[*c] == role).collect();
    if role.is_contact() {
        own.sort_by(|a, b| columns[*a].blank_share().total_cmp(&columns[*b].blank_share()));
    }
    own
}

/// A running number counts only where it is the table's key: a file that is
/// sorted by phone is sorted, and a canary's own phone decides its place.
fn order_of(columns: &[Column], roles: &[Role]) -> Order {
    let is_key = |role: Role| matches!(role, Role::Key | Role::Code);
    let keys = columns.iter().enumerate().filter(|(n, c)| is_key(roles[*n]) && c.never_repeats());
    let running = keys.filter_map(|(column, c)| c.running().map(|way| Order::Running { column, way })).next();
    let sorted =
        || columns.iter().enumerate().find_map(|(column, c)| c.sorted().map(|way| Order::Sorted { column, way }));
    running.or_else(sorted).unwrap_or(Order::None)
}

/// Columns of dates that run with the rows, but for a few.
fn in_order(donors: &[Anchor], roles: &[Role], dates: &[Option<DateForm>]) -> Vec<bool> {
    let runs = |column: usize| {
        let Some(form) = dates[column].as_ref().filter(|_| is_event(roles[column])) else { return false };
        let read = |cell: Option<&str>| form.read(cell?);
        let pairs = donors.iter().filter_map(|a| Some((read(a.row[column].as_deref())?, read(a.behind(column))?)));
        let pairs: Vec<_> = pairs.filter(|(a, b)| a != b).collect();
        let up = pairs.iter().filter(|(a, b)| a < b).count();
        pairs.len() >= 10 && (up * 100 >= pairs.len() * 97 || (pairs.len() - up) * 100 >= pairs.len() * 97)
    };
    (0..roles.len()).map(runs).collect()
}

/// Columns of dates whose ranks go with those of the rows (Spearman's rho over 0.3).
fn with_order(donors: &[Anchor], roles: &[Role], dates: &[Option<DateForm>]) -> Vec<bool> {
    let goes = |column: usize| {
        let Some(form) = dates[column].as_ref().filter(|_| is_event(roles[column])) else { return false };
        let times: Vec<_> = donors.iter().filter_map(|a| form.read(a.row[column].as_deref()?)).collect();
        rank_correlation(&times).abs() > 0.3
    };
    (0..roles.len()).map(goes).collect()
}

/// Whether a role is the time of something that happened to the row.
pub fn is_event(role: Role) -> bool {
    matches!(role, Role::CreatedAt | Role::Date)
}

/// Spearman's rho of values and their places.
fn rank_correlation<T: Ord>(values: &[T]) -> f64 {
    let n = values.len() as f64;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].cmp(&values[*b]));
    let squares: f64 = order.iter().enumerate().map(|(rank, place)| (rank as f64 - *place as f64).powi(2)).sum();
    if values.len() < 10 { 0.0 } else { 1.0 - 6.0 * squares / (n * (n * n - 1.0)) }
}

impl Profile {
    /// What the rows that were kept tell.
    pub(super) fn of(met: Met, told: &Told) -> Self {
        let Met { columns, rows, donors, mut gaps, head, tail } = met;
        let findings = find(&columns, &donors, told);
        let roles: Vec<Role> = findings.iter().map(|f| f.role).collect();
        let samples: Vec<Vec<&str>> = (0..roles.len()).map(|i| sample(&donors, i)).collect();
        let dates: Vec<Option<DateForm>> = roles.iter().zip(&samples).map(|(r, s)| form_of(*r, s)).collect();
        let locale = told.locale.unwrap_or_else(|| locale_of(&columns, &roles, &samples));
        let home = home_of(locale, &roles, &samples);
        drop(samples);
        let order = order_of(&columns, &roles);
        let gaps = match order {
            Order::Running { column, .. } => std::mem::take(&mut gaps[column]),
            _ => Vec::new(),
        };
        Self {
            areas: local::area_columns(&donors, &roles, &home),
            in_order: in_order(&donors, &roles, &dates),
            with_order: with_order(&donors, &roles, &dates),
            by_role: Role::ALL.map(|role| by_role(role, &roles, &columns)),
            columns,
            findings,
            roles,
            dates,
            rows,
            locale,
            home,
            order,
            donors,
            gaps,
            head,
            tail,
        }
    }

    /// The columns of a role.
    pub fn columns_of(&self, role: Role) -> impl Iterator<Item = usize> + '_ {
        self.by_role[role as usize].iter().copied()
    }

    /// The first column of a role; of contacts, the one that most rows have.
    pub fn column_of(&self, role: Role) -> Option<usize> {
        self.by_role[role as usize].first().copied()
    }

    /// Whether the dates of a column run with the table's order.
    pub fn runs(&self, column: usize) -> bool {
        self.dates[column].is_some() && (self.in_order[column] || self.columns[column].sorted().is_some())
    }

    /// Whether these do so at least on the whole.
    pub fn goes(&self, column: usize) -> bool {
        self.runs(column) || self.with_order[column]
    }

    /// The text of a cell, unless it is blank.
    pub fn text<'a>(&self, row: &'a Row, column: Option<usize>) -> Option<&'a str> {
        let cell: &Cell = row.get(column?)?;
        if is_blank(cell) { None } else { cell.as_deref() }
    }

    /// The digits of a phone, with those of the area code that stands beside it.
    pub fn dialled(&self, row: &Row, column: usize) -> Option<String> {
        let (number, _) = extension::parted(self.text(row, Some(column))?);
        let digits = digits::of(&number.replace(TRUNK, ""));
        let area = self.areas[column].filter(|_| local::DIGITS.contains(&digits.len()));
        let area = area.and_then(|area| self.text(row, Some(area))).map(digits::of).unwrap_or_default();
        Some(area.trim_start_matches('0').to_owned() + &digits)
    }

    /// A cell that says nothing, as the column's own do: NULL or an empty text.
    pub fn blank_like(&self, column: usize) -> Cell {
        let is_null = self.donors.iter().take(500).any(|a| a.row[column].is_none());
        if is_null { None } else { Some(String::new()) }
    }

    /// What has to be asked of a person before canaries can be made.
    pub fn questions(&self) -> Vec<Question> {
        let samples: Vec<Vec<&str>> = (0..self.columns.len()).map(|i| sample(&self.donors, i)).collect();
        let views: Vec<ColumnView<'_>> =
            self.columns.iter().zip(&samples).map(|(column, values)| view(column, values, None)).collect();
        finding::questions(&views, &self.findings)
    }

    /// Any of the kept rows.
    pub fn any(&self, entropy: &mut dyn Entropy) -> Option<&Row> {
        let at = entropy.random_range(0..self.donors.len().max(1));
        self.donors.get(at).map(|a| &a.row)
    }
}
