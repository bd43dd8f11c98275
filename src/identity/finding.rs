//! A finding: which role a column has, how sure that is and why. Names, comments,
//! values and neighbours are weighed together: P(role) is proportional to what
//! name and comment propose, times how much likelier the role makes the values.
//! What names mean is left to `catalogue`, what is asked of people to `questions`.

mod evidence;
mod neighbours;
mod people;
mod places;
pub mod questions;
mod reaches;
mod shapes;
mod times;
mod traits;

pub use questions::{Question, leave_rare, questions};

use super::Role;
use super::catalogue::{self, Meaning};
use evidence::{Evidence, Seen};
use neighbours::Odds;

/// Nothing is surer than this.
const SUREST: f64 = 0.999;

/// Small numbers are everywhere: which of them are ages a name has to say.
const UNSAID_AGE: f64 = 0.02;

/// A column as far as its role depends on it.
#[derive(Debug, Clone, Copy)]
pub struct ColumnView<'a> {
    pub name: &'a str,
    /// What the schema says about the column.
    pub comment: Option<&'a str>,
    /// Up to 400 filled cells, in the order of the same rows for every column.
    pub values: &'a [&'a str],
    /// Filled cells of the whole table.
    pub filled: u64,
    /// Empty cells of the whole table.
    pub blanks: u64,
    /// Nearly every value differs from every other.
    pub unique: bool,
    /// No value occurs twice.
    pub never_repeats: bool,
    /// Numbers that only rise or only fall down the table, with or without something before them.
    pub running: bool,
    /// Different values.
    pub distinct: u64,
}

/// The role of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub role: Role,
    /// Probability that it is the role, 0 to 1. Keys, codes and those of companies count as
    /// one here: which of them a number is matters less than that it is one.
    pub confidence: f64,
    /// Why, in one clause.
    pub because: String,
    /// The runner-up, if it is at all likely.
    pub other: Option<Role>,
    /// A person said so.
    pub told: bool,
}

impl Finding {
    /// A role that a person gave.
    pub fn told(role: Role) -> Self {
        Self { role, confidence: 1.0, because: "told so".to_owned(), other: None, told: true }
    }

    /// Another role after all.
    pub(super) fn but(self, role: Role, because: &str) -> Self {
        Self { role, because: because.to_owned(), other: Some(self.role), ..self }
    }
}

/// How often columns have a role where nothing is known of them.
fn base(role: Role) -> f64 {
    match role {
        Role::Other => 0.25,
        Role::Status => 0.14,
        Role::Code | Role::Amount => 0.09,
        Role::Text | Role::Region => 0.05,
        Role::CreatedAt | Role::Date | Role::ForeignKey => 0.04,
        Role::FullName | Role::Phone | Role::Address | Role::Company | Role::Key => 0.02,
        Role::Checksum | Role::Secret | Role::Title | Role::Suffix | Role::IdType => 0.002,
        _ => 0.008,
    }
}

/// The roles of a table's columns.
pub fn find(columns: &[ColumnView<'_>]) -> Vec<Finding> {
    let names: Vec<Vec<String>> = columns.iter().map(people::without_numbers).collect();
    let texts: Vec<Vec<&str>> = names.iter().map(|names| names.iter().map(String::as_str).collect()).collect();
    let mut columns: Vec<ColumnView<'_>> = columns.to_vec();
    for (column, texts) in columns.iter_mut().zip(&texts).filter(|(_, texts)| !texts.is_empty()) {
        column.values = texts;
    }
    let seen: Vec<Seen<'_>> = columns.iter().map(Seen::new).collect();
    let proposals: Vec<Proposal> = columns.iter().map(Proposal::of).collect();
    let evidence: Vec<Evidence> = seen.iter().map(Evidence::of).collect();
    let mut odds: Vec<Odds> = proposals.iter().zip(&evidence).map(|(p, e)| weigh(p, e)).collect();
    let named: Vec<Option<Role>> = proposals.iter().map(Proposal::most).collect();
    neighbours::listen(&seen, &named, &mut odds);
    neighbours::swap_names(&seen, &mut odds);
    (0..columns.len())
        .map(|at| reaches::settle(&columns[at], named[at], judge(&odds[at], &proposals[at], &evidence[at])))
        .collect()
}

/// What name and comment propose.
struct Proposal {
    name: Meaning,
    comment: Meaning,
}

impl Proposal {
    fn of(column: &ColumnView<'_>) -> Self {
        let comment = column.comment.map(catalogue::meaning_of_comment).unwrap_or_default();
        Self { name: catalogue::meaning(column.name), comment }
    }

    /// The role that one of them means, if it means one.
    fn most(&self) -> Option<Role> {
        let all = self.comment.iter().chain(&self.name);
        all.filter(|(_, weight)| *weight > 0.5).map(|(role, _)| *role).next()
    }

    /// What a role is worth before values are seen.
    fn prior(&self, role: Role) -> f64 {
        let unsaid = if role == Role::Age && !self.says(role) { UNSAID_AGE } else { 1.0 };
        unsaid * share(&self.name, role) * share(&self.comment, role) / base(role)
    }

    fn says(&self, role: Role) -> bool {
        self.name.iter().chain(&self.comment).any(|(said, _)| *said == role)
    }
}

/// A role's share in a meaning; what the meaning leaves open goes by the base.
fn share(meaning: &Meaning, role: Role) -> f64 {
    let open = 1.0 - meaning.iter().map(|(_, weight)| weight).sum::<f64>();
    let named: f64 = meaning.iter().filter(|(r, _)| *r == role).map(|(_, weight)| weight).sum();
    named + open.max(0.0) * base(role)
}

fn weigh(proposal: &Proposal, evidence: &Evidence) -> Odds {
    let logs: Vec<(Role, f64)> = evidence.weights.iter().map(|(r, w)| (*r, w + proposal.prior(*r).ln())).collect();
    let most = logs.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|(_, log)| (log - most).exp()).sum();
    logs.into_iter().map(|(role, log)| (role, (log - most).exp() / total)).collect()
}

fn judge(odds: &Odds, proposal: &Proposal, evidence: &Evidence) -> Finding {
    let mut ranked = odds.clone();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (role, confidence) = ranked.first().copied().unwrap_or((Role::Other, 0.0));
    let other = ranked.get(1).filter(|(_, p)| *p >= 0.01).map(|(role, _)| *role);
    let confidence =
        if is_number(role) { odds.iter().filter(|o| is_number(o.0)).map(|o| o.1).sum() } else { confidence };
    let because = because(role, proposal, evidence);
    Finding { role, confidence: confidence.min(SUREST), because, other, told: false }
}

fn is_number(role: Role) -> bool {
    matches!(role, Role::Key | Role::ForeignKey | Role::Code | Role::CompanyCode)
}

fn because(role: Role, proposal: &Proposal, evidence: &Evidence) -> String {
    let says = |meaning: &Meaning| meaning.iter().any(|(r, weight)| *r == role && *weight >= 0.25);
    let named = says(&proposal.name).then(|| format!("named like {}", role.noun()));
    let commented = says(&proposal.comment).then(|| format!("the comment says {}", role.noun()));
    let shown = evidence.best_for(role);
    let all: Vec<String> = [named, commented, shown].into_iter().flatten().collect();
    if all.is_empty() { "neither name nor values tell".to_owned() } else { all.join(", ") }
}

/// The words of a list that is written as one string.
fn words(list: &'static str) -> std::str::SplitWhitespace<'static> {
    list.split_whitespace()
}

#[cfg(test)]
mod tests;
