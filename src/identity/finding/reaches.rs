//! What must not be taken over: a column that now and then holds a phone number,
//! a mail or a web address reaches living people, whatever else it holds.

use super::{ColumnView, Finding, shapes};
use crate::identity::{Role, phones};

/// From this share of values on, a column is one that reaches somebody.
const SOME: f64 = 0.02;
/// From this share on whoever says otherwise is mistaken.
const SURELY: f64 = 0.2;
/// Bare numbers of business that are made anew look like phones by chance; from
/// this share on it is no chance.
const MOST: f64 = 0.5;

/// Digits of a Chinese mobile number.
const MOBILE: usize = 11;

fn is_bare(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn share(values: &[&str], test: impl Fn(&str) -> bool) -> f64 {
    values.iter().filter(|v| test(v)).count() as f64 / values.len().max(1) as f64
}

/// Settles columns between a way to reach somebody and none. Masked numbers
/// lead nowhere: they are codes. What is named like a contact but written in a
/// way that is not read here is left empty rather than taken over.
pub(super) fn settle(view: &ColumnView<'_>, named: Option<Role>, found: Finding) -> Finding {
    let role = found.role;
    let masked = share(view.values, |v| v.contains('*'));
    if role.is_contact() && masked > 0.5 {
        return found.but(Role::Code, "the values are masked, so that they reach nobody");
    }
    let contact_by_name = named.is_some_and(Role::is_contact) && !role.is_contact() && !is_told_by_values(role);
    if contact_by_name && view.values.iter().any(|v| may_reach(v)) {
        return found.but(Role::OtherContact, "named like a way to reach somebody, but written in another way");
    }
    let made_anew = matches!(role, Role::Code | Role::Key);
    let phones = share(view.values, |v| made_anew && shapes::is_surely_phone(v.trim()));
    let bare = || view.values.iter().map(|v| v.trim()).filter(|v| v.len() == MOBILE && is_bare(v));
    // Numbers of business of which few look like phones do so by chance.
    let by_chance = bare().filter(|v| !shapes::is_surely_phone(v)).count() > bare().count() / 5;
    let is_one = |v: &str| reaches_somebody(v, role) && !(role == Role::ForeignKey && by_chance && is_bare(v.trim()));
    let others = share(view.values, is_one);
    if may_be_taken_over(role) && (others > SOME || phones > MOST) {
        return found.but(Role::OtherContact, "some of the values hold a phone number, a mail or a web address");
    }
    found
}

/// The share of values that reach somebody in a column whose values would be taken
/// over, if it is such that nobody can have meant that.
pub(super) fn taken_over(view: &ColumnView<'_>, role: Role) -> Option<f64> {
    let reached = share(view.values, |v| reaches_somebody(v, role));
    let is_text = may_be_taken_over(role) && !matches!(role, Role::Key | Role::ForeignKey | Role::Code);
    (is_text && reached > SURELY).then_some(reached)
}

/// Digits or an at-sign in more than a flag.
fn may_reach(text: &str) -> bool {
    text.chars().count() > 2 && text.contains(|c: char| c.is_ascii_digit() || c == '@')
}

/// Roles that values show by themselves, so that a name cannot contradict them.
fn is_told_by_values(role: Role) -> bool {
    use Role::*;
    matches!(role, OtherContact | NationalId | BirthDate | CreatedAt | Date | Secret | Checksum)
}

fn may_be_taken_over(role: Role) -> bool {
    use Role::*;
    matches!(
        role,
        Key | ForeignKey | Code | Other | Text | Status | Address | HouseNumber | FullName | Company | Region | Title
    )
}

/// A mail address, a web address or a phone number somewhere in a text.
/// Numbers of business are looked at as wholes: a part of one is no phone number.
fn reaches_somebody(text: &str, role: Role) -> bool {
    let words = || text.split(|c: char| c.is_whitespace() || ",;<>()|，；（）".contains(c));
    let mail = words().any(|w| w.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.')));
    let lower = text.to_lowercase();
    let web =
        lower.contains("://") || lower.contains("www.") || [".com/", ".cn/", ".net/"].iter().any(|d| lower.contains(d));
    let phone = match role {
        Role::Code | Role::Key => false,
        Role::ForeignKey => shapes::is_surely_phone(text.trim()),
        _ => phones::holds_one(text),
    };
    mail || web || phone
}

#[cfg(test)]
mod tests {
    use crate::identity::{Profiler, Role, Told};
    use rand::SeedableRng;

    fn role(name: &str, of_row: impl Fn(u64) -> String) -> Role {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&[name, "surname"].map(str::to_owned));
        for n in 0..400u64 {
            profiler
                .meet(&[Some(of_row(n).as_str()), Some(["Baker", "Carter", "Mason"][n as usize % 3])], &mut entropy);
        }
        profiler.finish(&Told::default()).roles[0]
    }

    #[test]
    fn few_numbers_that_look_like_phones_do_so_by_chance() {
        let tract = |n: u64| format!("{}{:03}{:06}", 1 + n * 7 % 50, 1 + n % 90 * 2, 100 + n * 7_919 % 900_000);
        assert_eq!(role("geo_id", tract), Role::Code);
        assert_eq!(role("county_id", |n| tract(n % 40)), Role::ForeignKey);
        let account = |n: u64| match n % 3 {
            0 => format!("1{}{:09}", 3 + n % 7, n * 7_654_321 % 1_000_000_000),
            _ => (1_000 + n).to_string(),
        };
        assert_eq!(role("account_id", |n| account(n % 60)), Role::OtherContact);
    }
}
