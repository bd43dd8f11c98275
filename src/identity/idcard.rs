//! The resident identity number of GB 11643: its parts, its check digit
//! (ISO 7064 MOD 11-2), the old form of 15 digits and the new one of 18.
//! Numbers that nobody has are left to `impossible`.

mod impossible;

use std::ops::Range;

use jiff::civil::Date;

pub use impossible::{Class, Impossible, Nearby, class_of, class_of_code, class_of_region, region_of, under};

use super::digits;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The last day that the old form can tell, which has two digits of the year.
const LAST_OF_OLD_FORM: i16 = 1999;

/// A resident number in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdNumber {
    /// Six digits of GB/T 2260: where its bearer was registered when numbered.
    pub region: u32,
    pub born: Date,
    /// 0 to 999; odd for men, even for women.
    pub sequence: u16,
    /// Of 15 digits, as until 1999.
    pub old_form: bool,
}

/// What stands in a row's cell, which another row's number is to be like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Like<'t> {
    /// Without blanks around it.
    pub text: &'t str,
    pub number: Option<IdNumber>,
}

/// Why a text is no resident number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIdNumber {
    #[error("a resident number has 18 or 15 characters, this has {0}; compare it with the source")]
    Length(usize),
    #[error("a resident number is of digits, with X only at the end of 18; remove blanks and signs")]
    Digits,
    #[error("digits 7 to {0} of the resident number are no date; compare them with the source")]
    Date(usize),
    #[error("the last character of the resident number does not check (want {0}); compare it with the source")]
    Check(char),
}

/// The check character of the first 17 digits.
fn check_digit(body: &str) -> Option<char> {
    if body.len() != WEIGHTS.len() || !body.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    Some(char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// The parts of a number, whose form, date and check character must be right.
/// An `x` counts as `X`, blanks around it are left out.
pub fn parse(number: &str) -> Result<IdNumber, BadIdNumber> {
    let number = number.trim();
    let length = number.chars().count();
    let digits = match length {
        15 => number,
        18 => number.get(..17).ok_or(BadIdNumber::Digits)?,
        _ => return Err(BadIdNumber::Length(length)),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadIdNumber::Digits);
    }
    let parts = parts(digits)?;
    match check_digit(digits) {
        Some(check) if !number.ends_with([check, check.to_ascii_lowercase()]) => Err(BadIdNumber::Check(check)),
        _ => Ok(parts),
    }
}

fn parts(digits: &str) -> Result<IdNumber, BadIdNumber> {
    let old_form = digits.len() == 15;
    let end = digits.len() - 3;
    let number = |range: Range<usize>| digits::read(digits[range].as_bytes()).ok_or(BadIdNumber::Digits);
    let (date, century) = if old_form { (6..8, 1900) } else { (6..10, 0) };
    let year = number(date)? as i16 + century;
    let (month, day) = (number(end - 4..end - 2)? as i8, number(end - 2..end)? as i8);
    let born = Date::new(year, month, day).map_err(|_| BadIdNumber::Date(end))?;
    Ok(IdNumber { region: number(0..6)? as u32, born, sequence: number(end..end + 3)? as u16, old_form })
}

impl<'t> Like<'t> {
    /// Reads a cell.
    pub fn of(cell: &'t str) -> Self {
        let text = cell.trim();
        Self { text, number: parse(text).ok() }
    }
}

impl IdNumber {
    /// Whether its bearer is a man.
    pub fn is_male(&self) -> bool {
        self.sequence % 2 == 1
    }

    /// The number in its own form; one of somebody born after 1999 has 18
    /// characters always.
    pub fn write(&self) -> String {
        let Self { region, born, sequence, .. } = *self;
        let is_old = self.old_form && born.year() <= LAST_OF_OLD_FORM;
        let year = u64::from(born.year().unsigned_abs());
        let (year, width) = if is_old { (year % 100, 2) } else { (year, 4) };
        let mut number = String::with_capacity(WEIGHTS.len() + 1);
        let mut push = |part: u64, width: usize| digits::push(&mut number, part, width);
        push(u64::from(region), 6);
        push(year, width);
        push(born.month() as u64, 2);
        push(born.day() as u64, 2);
        push(u64::from(sequence), 3);
        number.extend(check_digit(&number));
        number
    }
}

/// The birth date of a number whose form and check character are right.
pub fn birth_date(number: &str) -> Option<Date> {
    parse(number).ok().map(|n| n.born)
}

/// A number of 15 digits in the form of 18.
pub fn to_18(number: &str) -> Option<String> {
    let parts = parse(number).ok().filter(|n| n.old_form)?;
    Some(IdNumber { old_form: false, ..parts }.write())
}

/// A number of 18 characters in the form of 15; None for somebody born after 1999.
pub fn to_15(number: &str) -> Option<String> {
    let parts = parse(number).ok().filter(|n| !n.old_form && n.born.year() <= LAST_OF_OLD_FORM)?;
    Some(IdNumber { old_form: true, ..parts }.write()).filter(|_| parts.born.year() >= 1900)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_examples_check() {
        // GB 11643-1999, annex.
        let number = parse("11010519491231002X").expect("the example of a woman");
        assert_eq!((number.region, number.sequence, number.is_male()), (110_105, 2, false));
        assert_eq!(number.born, jiff::civil::date(1949, 12, 31));
        assert!(parse("440524188001010014").expect("the example of a man").is_male());
        assert_eq!(parse("11010519491231002x"), parse("11010519491231002X"));
    }

    #[test]
    fn every_fault_is_told() {
        assert_eq!(parse("110105194912310021"), Err(BadIdNumber::Check('X')));
        assert_eq!(parse("11010519491331002X"), Err(BadIdNumber::Date(14)));
        assert_eq!(parse("1101054913310021"), Err(BadIdNumber::Length(16)));
        assert_eq!(parse("110105491331002"), Err(BadIdNumber::Date(12)));
        assert_eq!(parse("1101O519491231002X"), Err(BadIdNumber::Digits));
        assert_eq!(parse("一一〇一〇五一九四九一二三一〇〇二"), Err(BadIdNumber::Length(17)));
        assert_eq!(parse("一一〇一〇五一九四九一二三一〇〇二X"), Err(BadIdNumber::Digits));
    }

    #[test]
    fn the_two_forms_lead_to_each_other() {
        assert_eq!(to_15("11010519491231002X").as_deref(), Some("110105491231002"));
        assert_eq!(to_18("110105491231002").as_deref(), Some("11010519491231002X"));
        assert_eq!((to_18("11010519491231002X"), to_15("110105491231002")), (None, None));
        assert_eq!(to_15("440524188001010014"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_parses_again(region in 110_000u32..660_000, day in 1u32..=28, month in 1i8..=12,
                                        year in 1900i16..2025, sequence in 0u16..1000, old_form: bool) {
            let number = IdNumber { region, born: jiff::civil::date(year, month, day as i8), sequence, old_form };
            let again = parse(&number.write()).expect("a number");
            proptest::prop_assert_eq!(again, IdNumber { old_form: old_form && year <= 1999, ..number });
        }

        #[test]
        fn any_text_is_borne(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
