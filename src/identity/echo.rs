//! An echo: a column that says again what others of its row say: all of it (a second
//! name of one place, a day that is another day too) or among other words (a whole
//! address, a link that ends with a number). A canary's says again what its own columns
//! say, where the row that it is shaped like does. Codes built of names are `login`'s.

use std::borrow::Cow;

use super::column::Column;
use super::compose;
use super::profile::{Anchor, Order, Profile};
use super::{Dice, Role, Row, is_blank};

/// So many rows must tell whether a column is an echo, and so many are asked.
const ENOUGH: usize = 20;
const ASKED: usize = 1_000;
/// From this share of them that say another column's text again it is one, if that is so
/// many times as often as with another row's text.
const SOME: f64 = 0.6;
const ALWAYS: f64 = 0.9;
const BEYOND: f64 = 3.0;
/// From one row to another, as far off as neighbours are not.
const APART: usize = 37;
/// Shorter texts stand in others by chance.
const SHORT: usize = 2;

/// How a text stands in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Plain,
    /// In small letters, its words joined by that.
    Slug(char),
}

/// Where a text stands in another one, in octets, and of which column it is.
type Span = (usize, usize, usize, Form);

/// A column and those that it says again, the longest texts first.
#[derive(Debug)]
pub struct Echo {
    pub column: usize,
    parts: Vec<usize>,
    /// How it can say them.
    forms: &'static [Form],
    /// Those of middle names of which it has the first letter where it has not the whole.
    initials: Vec<usize>,
    /// That of these which tells a place.
    pub place: Option<usize>,
    /// What stands beside them is taken over from rows as it is.
    is_taken_over: bool,
}

/// The echoes of a table, such that no one comes before what it says again.
pub fn find(profile: &Profile) -> Vec<Echo> {
    let length = |c: usize| mean_length(profile, c);
    let is_own = |c: &usize| {
        may_echo(profile.roles[*c]) && !matches!(profile.order, Order::Running { column, .. } if column == *c)
    };
    let mut columns: Vec<usize> = (0..profile.roles.len()).filter(is_own).collect();
    columns.sort_by_key(|c| (length(*c), *c));
    let before = |c: usize, other: usize| (length(other), other) < (length(c), c);
    let echo = |column: usize| {
        let others =
            (0..profile.roles.len()).filter(|other| before(column, *other) && may_be_said(profile.roles[*other]));
        let shares: Vec<(f64, usize)> = others.filter_map(|c| Some((says_again(profile, column, c)?, c))).collect();
        let best = shares.iter().map(|(share, _)| *share).fold(0.0, f64::max);
        // Beside what is always there, what is there at times is so by way of that.
        let mut parts: Vec<usize> =
            shares.iter().filter(|(share, _)| *share >= best.min(ALWAYS)).map(|(_, c)| *c).collect();
        parts.sort_by_key(|c| std::cmp::Reverse(length(*c)));
        let place = [Role::Postcode, Role::Region];
        let place = place.iter().find_map(|role| parts.iter().copied().find(|c| profile.roles[*c] == *role));
        let initials = profile.columns_of(Role::MiddleName).filter(|_| !parts.is_empty()).collect();
        let role = profile.roles[column];
        Echo { is_taken_over: is_taken_over(role), column, parts, forms: forms(role), initials, place }
    };
    columns.into_iter().map(echo).filter(|echo| echo.is_one(profile)).collect()
}

/// Columns that have nothing of their own but what they are made of here.
fn may_echo(role: Role) -> bool {
    use Role::*;
    matches!(
        role,
        FullName
            | Address
            | Region
            | Postcode
            | Company
            | Date
            | Amount
            | Text
            | Other
            | Status
            | Title
            | Geo
            | ForeignKey
            | Key
            | Code
            | Card
    )
}

/// What stands beside a name (a title, a middle name), and what is nobody's own.
fn is_taken_over(role: Role) -> bool {
    matches!(role, Role::FullName | Role::Status | Role::Title | Role::ForeignKey)
}

fn may_be_said(role: Role) -> bool {
    !matches!(role, Role::Sex | Role::Status | Role::Secret | Role::Checksum | Role::OtherContact)
}

/// How a column can say a text: codes are put together of words in small letters.
fn forms(role: Role) -> &'static [Form] {
    match role {
        Role::Key | Role::Code => &[Form::Plain, Form::Slug('_'), Form::Slug('-')],
        _ => &[Form::Plain],
    }
}

impl Form {
    fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => text.into(),
            Self::Slug(joint) => {
                let is_word = |word: &&str| !word.is_empty();
                let words = text.split(|c: char| !c.is_alphanumeric()).filter(is_word).map(str::to_lowercase);
                words.collect::<Vec<_>>().join(&joint.to_string()).into()
            }
        }
    }
}

fn mean_length(profile: &Profile, column: usize) -> usize {
    let lengths = || profile.donors.iter().take(ASKED).filter_map(|a| said(&a.row, column)).map(str::len);
    // To a tenth of an octet, so that a few rows decide nothing.
    lengths().sum::<usize>() * 10 / lengths().count().max(1)
}

/// The share of rows that say again in a column what they say in another one, if it is one
/// that does so.
fn says_again(profile: &Profile, column: usize, other: usize) -> Option<f64> {
    let rows: Vec<&Anchor> = profile.donors.iter().take(ASKED).collect();
    let forms = forms(profile.roles[column]);
    let share_of = |apart: usize| {
        let pair = |n: usize| {
            let text = said(&rows[(n + apart) % rows.len()].row, other)?;
            Some((said(&rows[n].row, column)?, text)).filter(|(_, text)| text.len() > SHORT)
        };
        let pairs: Vec<_> = (0..rows.len()).filter_map(pair).collect();
        let says = |all: &str, text: &str| forms.iter().any(|form| all.contains(&*form.of(text)));
        let again = pairs.iter().filter(|(all, text)| says(all, text)).count();
        (pairs.len() >= ENOUGH).then(|| again as f64 / pairs.len() as f64)
    };
    let varies = |c: &Column| c.distinct() > 1;
    let by_chance = || share_of(APART).unwrap_or(0.0);
    let share = share_of(0).filter(|share| varies(&profile.columns[other]) && *share >= SOME)?;
    (share >= BEYOND * by_chance()).then_some(share)
}

fn said(row: &Row, column: usize) -> Option<&str> {
    row[column].as_deref().filter(|text| !super::column::is_blank(text)).map(str::trim)
}

impl Echo {
    /// Whether it says others again, a name both its parts, and nearly nothing else.
    fn is_one(&self, profile: &Profile) -> bool {
        let has = |role| self.parts.iter().any(|part| profile.roles[*part] == role);
        let names_all = profile.roles[self.column] != Role::FullName || has(Role::Surname) && has(Role::GivenName);
        let rows = || profile.donors.iter().take(ASKED).map(|a| &a.row).filter(|row| !self.spans(row).is_empty());
        let safe = rows().filter(|row| self.is_safe(row)).count() as f64;
        !self.parts.is_empty() && names_all && safe >= ALWAYS * rows().count() as f64
    }

    /// Whether nothing that is a row's own stands in it beside what it says again, but for a
    /// place on the map: a whole address that says its city again has somebody's door.
    fn is_safe(&self, row: &Row) -> bool {
        let text = row[self.column].as_deref().unwrap_or_default();
        let is_degrees = |word: &&str| word.contains('.') && word.parse::<f64>().is_ok();
        let words = |rest: &str| -> usize {
            let words = rest.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-'));
            words.filter(|word| !is_degrees(word)).flat_map(str::chars).filter(|c| c.is_alphanumeric()).count()
        };
        let mut at = 0;
        let mut own = 0;
        for (from, to, ..) in self.spans(row) {
            own += words(&text[at..from]);
            at = to;
        }
        self.is_taken_over || own + words(&text[at..]) <= SHORT
    }

    /// Where what a row says elsewhere stands in its text, in order.
    fn spans(&self, row: &Row) -> Vec<Span> {
        let text = row[self.column].as_deref().unwrap_or_default();
        let mut spans: Vec<Span> = Vec::new();
        for part in &self.parts {
            let Some(said) = said(row, *part).filter(|said| said.len() > SHORT) else { continue };
            let free = |at: usize, end: usize| spans.iter().all(|(from, to, ..)| end <= *from || at >= *to);
            let span = self.forms.iter().find_map(|form| {
                let said = form.of(said);
                let found = text.match_indices(&*said).map(|(at, _)| (at, at + said.len()));
                let free = found.filter(|_| !said.is_empty()).find(|(at, end)| free(*at, *end));
                free.map(|(at, end)| (at, end, *part, *form))
            });
            spans.extend(span);
        }
        if !spans.is_empty() {
            self.add_initials(row, text, &mut spans);
        }
        spans.sort_unstable();
        spans
    }

    /// Where the first letter of a middle name stands alone beside the other names.
    fn add_initials(&self, row: &Row, text: &str, spans: &mut Vec<Span>) {
        for column in &self.initials {
            let is_whole = spans.iter().any(|(.., part, _)| part == column);
            let Some(letter) = said(row, *column).and_then(|name| name.chars().next()) else { continue };
            let is_word = |at: usize| {
                let ends = |rest: Option<char>| rest.is_none_or(|c| !c.is_alphanumeric());
                ends(text[..at].chars().next_back()) && ends(text[at + letter.len_utf8()..].chars().next())
            };
            let free = |at: usize| spans.iter().all(|(from, to, ..)| at < *from || at >= *to);
            let mut found = text.match_indices(letter).map(|(at, _)| at).filter(|_| !is_whole);
            let at = found.find(|at| is_word(*at) && free(*at));
            spans.extend(at.map(|at| (at, at + letter.len_utf8(), *column, Form::Plain)));
        }
    }

    /// What a row says in the column where another row says its own texts again; nothing
    /// where that one does not, or has something of its own beside it, or where other cells
    /// are empty in it or are a letter alone.
    pub fn of(&self, row: &Row, like: &Row, entropy: &mut Dice) -> Option<String> {
        let template = like[self.column].as_deref()?;
        let is_letter = |row: &Row, part: usize| said(row, part).is_some_and(|text| text.chars().count() == 1);
        let is_filled_alike = |part: &usize| {
            is_blank(&like[*part]) == is_blank(&row[*part]) && is_letter(like, *part) == is_letter(row, *part)
        };
        let says = self.parts.iter().chain(&self.initials);
        let spans = if says.clone().all(is_filled_alike) { self.spans(like) } else { Vec::new() };
        // A name of which a part is too short to be found would keep that of the other person.
        let is_said = |part: &usize| said(like, *part).is_none() || spans.iter().any(|(.., own, _)| own == part);
        let is_whole = !self.is_taken_over || self.parts.iter().all(is_said);
        (!spans.is_empty() && is_whole && self.is_safe(like)).then(|| put_together(template, &spans, row, entropy))
    }
}

/// The template with the row's own texts in it. A place on the map that it tells is moved.
fn put_together(template: &str, spans: &[Span], row: &Row, entropy: &mut Dice) -> String {
    let mut made = String::with_capacity(template.len());
    let mut rest = 0;
    for (from, to, part, form) in spans {
        move_places(&template[rest..*from], &mut made, entropy);
        let text = said(row, *part).unwrap_or_default();
        // As much of it as the template has.
        let is_initial = template[*from..*to].chars().count() == 1;
        made.push_str(&form.of(if is_initial { first_letter(text) } else { text }));
        rest = *to;
    }
    move_places(&template[rest..], &mut made, entropy);
    made
}

fn first_letter(text: &str) -> &str {
    &text[..text.chars().next().map_or(0, char::len_utf8)]
}

/// Writes a text whose decimal numbers are other ones nearby.
fn move_places(text: &str, made: &mut String, entropy: &mut Dice) {
    let is_sign = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    let mut rest = text;
    while let Some(at) = rest.find(is_sign) {
        let number = &rest[at..];
        let number = &number[..number.find(|c| !is_sign(c)).unwrap_or(number.len())];
        made.push_str(&rest[..at]);
        made.push_str(&compose::coordinate_near(number, 0.0, entropy));
        rest = &rest[at + number.len()..];
    }
    made.push_str(rest);
}

#[cfg(test)]
mod tests;
