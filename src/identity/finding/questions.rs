//! Questions: columns that are refused rather than guessed. One whose meaning is
//! not known and that is (nearly) unique may identify somebody; a checksum over
//! the row cannot be right in a row that is made up; what reaches people is not
//! taken over from them, whatever is said of it.

use super::{ColumnView, Finding, reaches};
use crate::identity::Role;

/// From this confidence on a role is known well enough.
const KNOWN: f64 = 0.85;
/// From this one on a place is.
const LIKELY: f64 = 0.5;
/// Up to this share of rows that have one, a column may be empty in a canary without being missed.
const RARE: f64 = 0.05;

/// Something a person has to say before rows can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where in the table the column stands, from 0.
    pub column: usize,
    /// What is not known, and why it matters.
    pub what: String,
    /// Exact options, each with what it leads to.
    pub say: Vec<String>,
}

/// What has to be asked; nothing where every column is known well enough.
/// Of columns whose role was told (`Finding::told`) only that is asked.
pub fn questions(columns: &[ColumnView<'_>], findings: &[Finding]) -> Vec<Question> {
    let asked = columns.iter().zip(findings).enumerate();
    asked.filter_map(|(at, (column, finding))| question(at, column, finding)).collect()
}

/// Leaves empty what would have to be asked for a few rows alone.
pub fn leave_rare(columns: &[ColumnView<'_>], findings: &mut [Finding]) {
    for (column, finding) in columns.iter().zip(findings) {
        let is_rare = column.filled as f64 <= RARE * (column.filled + column.blanks) as f64;
        if is_rare && !finding.told && points_at_somebody(column, finding) {
            *finding = finding.clone().but(Role::OtherContact, "not known what it holds, and few rows have one");
        }
    }
}

fn question(at: usize, column: &ColumnView<'_>, finding: &Finding) -> Option<Question> {
    let name = column.name;
    if finding.told {
        let reached = reaches::taken_over(column, finding.role)?;
        let what = format!(
            "column {name} is said to hold {}, but {:.0} % of its values hold a phone number, a mail or a web address: canaries would bear what is somebody's",
            finding.role.noun(),
            reached * 100.0
        );
        let empty = option(name, Role::OtherContact, "a way to reach somebody: left empty");
        return Some(Question { column: at, what, say: vec!["nothing of it (the role is found)".to_owned(), empty] });
    }
    if finding.role == Role::Checksum {
        let what = format!(
            "column {name} looks like a checksum or signature over the row ({}), which no made-up row has right",
            finding.because
        );
        return Some(Question { column: at, what, say: for_checksums(name) });
    }
    points_at_somebody(column, finding).then(|| {
        let what = format!("what column {name} holds is not known ({}), and nearly every value differs: taken over, it would point at somebody", finding.because);
        Question { column: at, what, say: options(name, finding) }
    })
}

/// Whether a column that is not known well enough tells rows apart.
fn points_at_somebody(column: &ColumnView<'_>, finding: &Finding) -> bool {
    let is_date = |role: Role| matches!(role, Role::CreatedAt | Role::Date | Role::BirthDate);
    // Which kind of date it is matters little: either way it is made anew.
    let is_some_date = is_date(finding.role) && finding.other.is_none_or(is_date);
    let is_known = is_some_date || finding.confidence >= known(finding.role) || !is_a_guess(finding.role);
    column.unique && column.filled >= 2 && !is_known
}

/// Whatever else has the name of a place and the letters of one, it is no person; a building
/// may be called after one, and is made anew.
fn known(role: Role) -> f64 {
    if matches!(role, Role::Region | Role::Address) { LIKELY } else { KNOWN }
}

/// Roles that such a column falls to where nothing tells better. Contacts and
/// identity numbers are made anew or left empty, so that a wrong guess harms nobody.
fn is_a_guess(role: Role) -> bool {
    !role.is_contact() && !matches!(role, Role::OtherContact | Role::NationalId | Role::Secret)
}

fn option(name: &str, role: Role, leads_to: &str) -> String {
    format!("--map '{name}={role}' ({leads_to})")
}

fn for_checksums(name: &str) -> Vec<String> {
    vec![
        option(name, Role::Code, "nobody checks it: a new one of the same shape is made"),
        option(name, Role::Secret, "it is a hash of something else: a random one of the same shape is made"),
    ]
}

fn options(name: &str, finding: &Finding) -> Vec<String> {
    let mut say = vec![
        option(name, Role::Code, "a meaningless number: a new one of the same shape is made"),
        option(name, Role::Text, "remarks that name nobody"),
        option(name, Role::OtherContact, "a way to reach somebody: left empty"),
        option(name, Role::Other, "taken over from another row: must not identify anybody"),
    ];
    for role in [Some(finding.role), finding.other].into_iter().flatten() {
        let listed = say.iter().any(|s| s.contains(&format!("={role}'")));
        if !listed {
            say.insert(0, option(name, role, &format!("it is {}", role.noun())));
        }
    }
    say
}
