//! An echo: a column that says again what others of its row say: all of it (a second
//! name of one place, a day that is another day too) or among other words (a whole
//! address, a link that ends with a number). A canary's says again what its own columns
//! say, where the row that it is shaped like does. Codes built of names are `login`'s.

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

/// A column and those that it says again, the longest texts first.
#[derive(Debug)]
pub struct Echo {
    pub column: usize,
    parts: Vec<usize>,
    /// Those of middle names of which it has the first letter.
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
        let initials = profile.columns_of(Role::MiddleName).filter(|c| !parts.contains(c)).collect();
        Echo { is_taken_over: is_taken_over(profile.roles[column]), column, parts, initials, place }
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
    )
}

/// What stands beside a name (a title, a middle name), and what is nobody's own.
fn is_taken_over(role: Role) -> bool {
    matches!(role, Role::FullName | Role::Status | Role::Title | Role::ForeignKey)
}

fn may_be_said(role: Role) -> bool {
    !matches!(role, Role::Sex | Role::Status | Role::Secret | Role::Checksum | Role::OtherContact)
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
    let share_of = |apart: usize| {
        let pair = |n: usize| {
            let text = said(&rows[(n + apart) % rows.len()].row, other)?;
            Some((said(&rows[n].row, column)?, text)).filter(|(_, text)| text.len() > SHORT)
        };
        let pairs: Vec<_> = (0..rows.len()).filter_map(pair).collect();
        let again = pairs.iter().filter(|(all, text)| all.contains(text)).count();
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
        for (from, to, _) in self.spans(row) {
            own += words(&text[at..from]);
            at = to;
        }
        self.is_taken_over || own + words(&text[at..]) <= SHORT
    }

    /// Where what a row says elsewhere stands in its text, in order, and the column.
    fn spans(&self, row: &Row) -> Vec<(usize, usize, usize)> {
        let text = row[self.column].as_deref().unwrap_or_default();
        let mut spans: Vec<(usize, usize, usize)> = Vec::new();
        for part in &self.parts {
            let Some(said) = said(row, *part).filter(|said| said.len() > SHORT) else { continue };
            let free = |at: usize| spans.iter().all(|(from, to, _)| at + said.len() <= *from || at >= *to);
            let at = text.match_indices(said).map(|(at, _)| at).find(|at| free(*at));
            spans.extend(at.map(|at| (at, at + said.len(), *part)));
        }
        if !spans.is_empty() {
            self.add_initials(row, text, &mut spans);
        }
        spans.sort_unstable();
        spans
    }

    /// Where the first letter of a middle name stands alone beside the other names.
    fn add_initials(&self, row: &Row, text: &str, spans: &mut Vec<(usize, usize, usize)>) {
        for column in &self.initials {
            let Some(letter) = said(row, *column).and_then(|name| name.chars().next()) else { continue };
            let is_word = |at: usize| {
                let ends = |rest: Option<char>| rest.is_none_or(|c| !c.is_alphanumeric());
                ends(text[..at].chars().next_back()) && ends(text[at + letter.len_utf8()..].chars().next())
            };
            let free = |at: usize| spans.iter().all(|(from, to, _)| at < *from || at >= *to);
            let at = text.match_indices(letter).map(|(at, _)| at).find(|at| is_word(*at) && free(*at));
            spans.extend(at.map(|at| (at, at + letter.len_utf8(), *column)));
        }
    }

    /// What a row says in the column where another row says its own texts again; nothing
    /// where that one does not, or has something of its own beside it, or where other cells
    /// are empty in it.
    pub fn of(&self, row: &Row, like: &Row, entropy: &mut Dice) -> Option<String> {
        let template = like[self.column].as_deref()?;
        let is_filled_alike = |part: &usize| is_blank(&like[*part]) == is_blank(&row[*part]);
        let says = self.parts.iter().chain(&self.initials);
        let spans = if says.clone().all(is_filled_alike) { self.spans(like) } else { Vec::new() };
        (!spans.is_empty() && self.is_safe(like)).then(|| put_together(template, &spans, row, entropy))
    }
}

/// The template with the row's own texts in it. A place on the map that it tells is moved.
fn put_together(template: &str, spans: &[(usize, usize, usize)], row: &Row, entropy: &mut Dice) -> String {
    let mut made = String::with_capacity(template.len());
    let mut rest = 0;
    for (from, to, part) in spans {
        move_places(&template[rest..*from], &mut made, entropy);
        let text = said(row, *part).unwrap_or_default();
        // As much of it as the template has.
        let is_initial = template[*from..*to].chars().count() == 1;
        made.push_str(if is_initial { first_letter(text) } else { text });
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
        made.push_str(&compose::coordinate_near(number, entropy));
        rest = &rest[at + number.len()..];
    }
    made.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    const HEADER: [&str; 5] = ["address", "city", "zip", "mailing_city", "location"];

    fn row(n: usize) -> Row {
        let street = format!("{} {} ST", 100 + n * 7, ["OAK", "ELM", "ASH", "FIR"][n % 4]);
        let (city, zip) = (["DOVER", "DEAL", "HYTHE"][n % 3], format!("{}", 20_000 + n % 3 * 17));
        let mailing = if n.is_multiple_of(4) { "LONDON" } else { city };
        let location = format!("{street}\n{city}, MD {zip}\n(39.{:06}, -77.{:06})", 158_700 + n * 41, 176_039 + n * 43);
        [street, city.to_owned(), zip, mailing.to_owned(), location].map(Some).to_vec()
    }

    fn profile() -> Profile {
        let mut entropy = Dice::seed_from_u64(1);
        let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
        for n in 0..200 {
            let row = row(n);
            profiler.meet(&row.iter().map(|cell| cell.as_deref()).collect::<Vec<_>>(), &mut entropy);
        }
        let roles = [Role::Address, Role::Region, Role::Postcode, Role::Region, Role::Text];
        profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
    }

    #[test]
    fn the_first_letter_of_a_middle_name_is_the_canarys() {
        let mut entropy = Dice::seed_from_u64(1);
        let row = |n: usize| {
            let (given, middle) = (["Robert", "Mary", "Susan"][n % 3], ["Wayne", "", "Quentin", "D"][n % 4]);
            let surname = ["Cervera", "Holt", "Ames", "Reyes", "Boyd"][n % 5];
            let initial = middle.get(..1).map(|letter| format!("{letter}. ")).unwrap_or_default();
            [given.to_owned(), middle.to_owned(), surname.to_owned(), format!("{given} {initial}{surname}")].to_vec()
        };
        let mut profiler = Profiler::new(&["first_name", "middle_name", "last_name", "name"].map(str::to_owned));
        for n in 0..200 {
            profiler.meet(&row(n).iter().map(|cell| Some(cell.as_str())).collect::<Vec<_>>(), &mut entropy);
        }
        let roles = [Role::GivenName, Role::MiddleName, Role::Surname, Role::FullName];
        let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
        let echoes = find(&profiler.finish(&told));
        let cells = |texts: Vec<String>| -> Row { texts.into_iter().map(Some).collect() };
        let own = cells(["Anna", "Zoe", "Lund", ""].map(str::to_owned).to_vec());
        assert_eq!(echoes[0].of(&own, &cells(row(0)), &mut entropy).as_deref(), Some("Anna Z. Lund"));
        assert_eq!(echoes[0].of(&own, &cells(row(1)), &mut entropy), None, "without a middle name");
    }

    #[test]
    fn an_address_that_says_its_city_again_is_no_echo() {
        let mut entropy = Dice::seed_from_u64(1);
        let mut profiler = Profiler::new(&["city", "address", "year", "case_no"].map(str::to_owned));
        for n in 0..200 {
            let city = ["DOVER", "DEAL", "HYTHE"][n % 3];
            let (address, year) = (format!("{} OAK ST, {city}", 100 + n * 7), format!("{}", 2011 + n % 9));
            let case = format!("C{year}-{}", 4_000 + n * 17);
            profiler.meet(&[Some(city), Some(&address), Some(&year), Some(&case)], &mut entropy);
        }
        let roles = [Role::Region, Role::Address, Role::Other, Role::Code];
        let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
        assert!(find(&profiler.finish(&told)).is_empty());
    }

    #[test]
    fn a_column_that_says_others_again_says_the_canarys() {
        let (echoes, mut entropy) = (find(&profile()), Dice::seed_from_u64(2));
        let of = |column| echoes.iter().find(|echo| echo.column == column).expect("an echo");
        assert_eq!(echoes.iter().map(|echo| echo.column).collect::<Vec<_>>(), [3, 4]);
        let mut own = row(1);
        (own[0], own[1], own[2]) = (Some("9 KENT AVE".into()), Some("RYE".into()), Some("20991".into()));
        let made = of(4).of(&own, &row(3), &mut entropy).expect("an echo");
        assert!(
            made.starts_with("9 KENT AVE\nRYE, MD 20991\n(39.")
                && made.len() == "9 KENT AVE\nRYE, MD 20991\n".len() + 23,
            "{made}"
        );
        assert!(!row(3)[4].as_ref().is_some_and(|theirs| made.ends_with(&theirs[theirs.len() - 24..])), "{made}");
        assert_eq!(of(3).of(&own, &row(3), &mut entropy).as_deref(), Some("RYE"));
        // In the row that this is like the mailing city is another one.
        assert_eq!(of(3).of(&own, &row(4), &mut entropy), None);
        own[1] = None;
        assert_eq!(of(4).of(&own, &row(3), &mut entropy), None);
    }

    proptest::proptest! {
        #[test]
        fn any_texts_are_borne(cells in proptest::collection::vec(proptest::option::of("[a-c]{0,6}|\\PC{0,6}"), 8), seed: u64) {
            let echo = Echo { column: 3, parts: vec![0, 1], initials: vec![2], place: None, is_taken_over: true };
            let (row, like) = (cells[..4].to_vec(), cells[4..].to_vec());
            let _ = echo.of(&row, &like, &mut Dice::seed_from_u64(seed));
        }
    }
}
