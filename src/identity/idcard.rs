//! The resident identity number of GB 11643: check digit (ISO 7064 MOD 11-2),
//! parts, and numbers of the anachronism class: right in form, but with an
//! address code that was abolished before the birth date or created long after
//! that cohort was numbered, so that by the rules of issue nobody has them.

use jiff::civil::Date;
use rand::RngExt;

use crate::model::Entropy;

/// Chongqing's codes of before 1997-06-18, when it left Sichuan: nobody born
/// later was numbered under them. (GB/T 2260-1995 and its 1997 successor.)
const ABOLISHED_1997: &[u32] = &[
    510202, 510203, 510211, 510212, 510213, 510214, 510215, 510216, 510217, 510221, 510222, 510223, 510224, 510225,
    510226, 510227, 510228, 510229, 510230, 510231, 510232,
];

/// Codes created by later reforms, with the year. (Changes to GB/T 2260 as
/// announced by the Ministry of Civil Affairs.)
const CREATED: &[(u32, i16)] = &[
    (110117, 2001),
    (110118, 2015),
    (110119, 2015),
    (120116, 2009),
    (120117, 2015),
    (120118, 2015),
    (120119, 2016),
    (310151, 2016),
    (320117, 2013),
    (320118, 2013),
    (330110, 2001),
    (330111, 2014),
    (330112, 2017),
    (330113, 2021),
    (330114, 2021),
    (370215, 2017),
    (440115, 2005),
    (440117, 2014),
    (440118, 2014),
    (440309, 2016),
    (440310, 2016),
    (440311, 2018),
    (510114, 2001),
    (510115, 2002),
    (510116, 2015),
    (510117, 2016),
    (510118, 2020),
    (610116, 2002),
    (610117, 2014),
    (610118, 2016),
];

/// By the end of 1999 every resident had a number (the standard's 18-digit
/// form came into force on 1999-10-01), so that a code created later cannot
/// have been given to somebody born well before.
const ALL_NUMBERED: i16 = 1999;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check digit of the first 17.
fn check_digit(body: &str) -> Option<char> {
    let digits: Vec<u32> = body.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    if digits.len() != 17 {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
    "10X98765432".chars().nth((sum % 11) as usize)
}

/// The birth date of a number whose form and check digit are right.
pub fn birth_date(number: &str) -> Option<Date> {
    let number = number.trim().to_ascii_uppercase();
    if number.len() != 18 || !number.is_ascii() || check_digit(&number[..17]) != number.chars().last() {
        return None;
    }
    let year = number[6..10].parse().ok()?;
    let month = number[10..12].parse().ok()?;
    let day = number[12..14].parse().ok()?;
    Date::new(year, month, day).ok()
}

/// The address codes nobody of that birth date was numbered under; those of
/// the wanted province (two digits) where there are any.
fn codes_for(born: Date, province: Option<u32>) -> Vec<u32> {
    let mut codes: Vec<u32> = if born.year() >= 1998 { ABOLISHED_1997.to_vec() } else { Vec::new() };
    codes.extend(
        CREATED
            .iter()
            .filter(|(_, year)| *year > ALL_NUMBERED && born.year() + 3 <= ALL_NUMBERED)
            .map(|(code, _)| *code),
    );
    codes.extend(
        CREATED
            .iter()
            .filter(|(_, year)| born.year() > ALL_NUMBERED - 3 && born.year() + 6 < *year)
            .map(|(code, _)| *code),
    );
    let near: Vec<u32> = codes.iter().copied().filter(|c| Some(c / 10_000) == province).collect();
    if near.is_empty() { codes } else { near }
}

/// A number of the anachronism class for somebody born then. `like` is another
/// row's number: its province is kept where that can be, and its sequence.
/// None where no code fits the birth date.
pub fn anachronism(born: Date, male: bool, like: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let province = like.get(..2).and_then(|p| p.parse().ok());
    let codes = codes_for(born, province);
    let code = codes.get(entropy.random_range(0..codes.len().max(1)))?;
    let like_sequence =
        like.get(14..17).and_then(|s| s.parse::<u32>().ok()).unwrap_or_else(|| entropy.random_range(1..400));
    let shifted = (like_sequence + entropy.random_range(0..20) * 2).clamp(1, 997);
    let sequence = if (shifted % 2 == 1) == male { shifted } else { shifted + 1 };
    let body = format!("{code}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
    let check = check_digit(&body)?;
    Some(format!("{body}{check}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_standards_own_example_checks() {
        // GB 11643-1999, annex.
        assert_eq!(birth_date("11010519491231002X"), Some(jiff::civil::date(1949, 12, 31)));
        assert_eq!(birth_date("110105194912310021"), None);
        assert_eq!(birth_date("11010519491331002X"), None);
    }

    #[test]
    fn numbers_are_valid_fit_the_person_and_use_an_impossible_code() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(3);
        for year in 1940..2012 {
            for male in [true, false] {
                let born = jiff::civil::date(year, 6, 30);
                let number =
                    anachronism(born, male, "330106198001010034", &mut entropy).unwrap_or_else(|| panic!("{year}"));
                assert_eq!(birth_date(&number), Some(born));
                assert_eq!(number[16..17].parse::<u32>().expect("a digit") % 2 == 1, male);
                let code: u32 = number[..6].parse().expect("a code");
                let later = CREATED.iter().any(|(c, y)| *c == code && year + 3 <= *y);
                assert!(later || (ABOLISHED_1997.contains(&code) && year >= 1998), "{number}");
            }
        }
    }
}
