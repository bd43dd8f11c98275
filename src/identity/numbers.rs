//! Numbers that stand for a person or company, made by their safety class:
//! resident and company numbers that nobody has by the rules of issue, masked
//! forms with other digits, empty cells where no number is safe, and the mere shape
//! of what is of no known scheme. Which class was taken is told with the number.

use std::borrow::Cow;

use jiff::civil::Date;

use super::idcard::{Like, Nearby};
use super::locale::zh_cn::regions::{Code, Nearness};
use super::redraw::redraw_digits;
use super::{Dice, checks, company, compose, idcard, ssn};
use crate::model::IdSafety;

/// What a number is made for.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    pub born: Option<Date>,
    pub male: Option<bool>,
    /// When a company was registered.
    pub registered: Option<Date>,
}

/// A number, and why it is nobody's; nothing where it is left empty.
pub type Made = (Option<String>, IdSafety);

/// The divisions that a person's number can be of.
pub trait Divisions {
    /// One that rows of the table have and whose code nobody born in that year has.
    fn known(&self, born: i16, entropy: &mut Dice) -> Option<&'static Code>;

    /// The codes around the division of a row, else of this number, and from how near on
    /// they are wanted.
    fn around(&self, like: &str, entropy: &mut Dice) -> Option<(Cow<'_, Nearby>, Nearness)>;
}

/// A person's number like another row's, which tells what is not known of the bearer.
/// `shape` makes one of no scheme that is known.
pub fn of_person(
    bearer: Bearer,
    like: Like<'_>,
    divisions: &impl Divisions,
    shape: impl Fn(&str, &mut Dice) -> String,
    entropy: &mut Dice,
) -> Made {
    let Some(other) = like.number else { return of_another_scheme(like.text, shape, entropy) };
    let born = bearer.born.unwrap_or_else(|| compose::birthday_near(other.born, entropy));
    let male = bearer.male.unwrap_or_else(|| other.is_male());
    let known = divisions.known(born.year(), entropy);
    let known = known.and_then(|code| idcard::under(code, born, male, like, entropy));
    let new = |entropy: &mut Dice| {
        let (nearby, from) = divisions.around(like.text, entropy)?;
        nearby.number(from, born, male, like, entropy)
    };
    match known.or_else(|| new(entropy)) {
        Some(made) => (Some(made.number), IdSafety::Anachronism),
        None => (None, IdSafety::Empty),
    }
}

/// Of the schemes of other countries that are known here none has numbers that are
/// both unissued and inconspicuous, but where all of the table are of a range that nobody
/// has; and a number that is nearly a Chinese one may be somebody's once it is put right:
/// these stay empty. Of a scheme that nobody here
/// knows, only the shape can be had.
fn of_another_scheme(text: &str, shape: impl Fn(&str, &mut Dice) -> String, entropy: &mut Dice) -> Made {
    if let Some(masked) = masked(text, entropy) {
        return (Some(masked), IdSafety::Masked);
    }
    if let Some(unissued) = ssn::unissued_like(text, entropy) {
        return (Some(unissued), IdSafety::Unissued);
    }
    let nearly_chinese = matches!(text.len(), 15 | 17 | 18) && text.bytes().filter(u8::is_ascii_digit).count() >= 14;
    if nearly_chinese || ssn::never_issued(text).is_some() {
        return (None, IdSafety::Empty);
    }
    (Some(shape(text, entropy)).filter(|made| made != text), IdSafety::Shape)
}

/// Whether a column's numbers are of another country's known scheme: most of them
/// pass its check, which a few do by chance.
pub fn are_foreign<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let (mut met, mut known) = (0usize, 0usize);
    for value in values {
        met += 1;
        known += usize::from(checks::is_foreign_id(value.trim()) || checks::is_nhs(value.trim()));
    }
    known * 2 > met
}

/// A company's number like another row's; `shape` makes one of no scheme that is known.
pub fn of_company(bearer: Bearer, like: &str, shape: impl Fn(&str, &mut Dice) -> String, entropy: &mut Dice) -> Made {
    let text = like.trim();
    if let Some(masked) = masked(text, entropy) {
        return (Some(masked), IdSafety::Masked);
    }
    if company::verify(text).is_none() {
        return (Some(shape(text, entropy)).filter(|made| made != text), IdSafety::Shape);
    }
    match company::impossible(bearer.registered, text, entropy) {
        Some(made) => (Some(made), IdSafety::Anachronism),
        None => (None, IdSafety::Empty),
    }
}

/// A masked number with other digits in what shows.
fn masked(text: &str, entropy: &mut Dice) -> Option<String> {
    let hidden = text.chars().filter(|c| matches!(c, '*' | '•' | '#')).count();
    ssn::remask(text, entropy)
        .filter(|_| text.len() > 4)
        .or_else(|| (hidden >= 3).then(|| redraw_digits(text, 0, entropy)))
}
