//! The Social Security number of the United States: which ones were never
//! issued, and masked forms. A whole number is made where all of a table were made
//! up already: since 25 June 2011 areas are given out at random, so that elsewhere
//! none is both unissued and inconspicuous. (SSA POMS RM 10201.035; 20 CFR 422.103.)

use rand::RngExt;
use rand::seq::IteratorRandom;

use super::digits;
use crate::model::Entropy;

/// Three groups: area, group, serial.
fn groups(text: &str) -> Option<(u16, u16, u16)> {
    let text = text.trim();
    let plain = text.len() == 9;
    let dashed = text.len() == 11 && text.bytes().enumerate().all(|(at, b)| (b == b'-') == matches!(at, 3 | 6));
    if !(plain || dashed) {
        return None;
    }
    let digits = digits::of(text);
    if digits.len() != 9 {
        return None;
    }
    Some((digits[..3].parse().ok()?, digits[3..5].parse().ok()?, digits[5..].parse().ok()?))
}

/// Whether a number of nine digits, with its hyphens or without any, was never
/// given to anybody: area 000, 666 or 900 and up, group 00, serial 0000. None
/// where the text is no such number. Numbers from 900 up can be taxpayer
/// numbers (ITIN) of the living.
pub fn never_issued(text: &str) -> Option<bool> {
    let (area, group, serial) = groups(text)?;
    Some(area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0)
}

/// A number of an area that was never given out, like another one of it; None where that is of
/// none. Its group is none of a taxpayer number either (ITIN, ATIN: IRS, Internal Revenue Manual
/// 3.21.263; groups 50 to 65, 70 to 88 and 90 to 99).
pub fn unissued_like(text: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let (area, ..) = groups(text).filter(|(area, ..)| matches!(area, 0 | 666 | 900..))?;
    let free = (10..50).chain(66..70).chain([89]);
    let group = free.choose(entropy)?;
    let serial: u16 = entropy.random_range(1..10_000);
    let sign = if text.contains('-') { "-" } else { "" };
    Some(format!("{area:03}{sign}{group:02}{sign}{serial:04}"))
}

/// Whether a column's numbers were made up by somebody who took care that they are nobody's:
/// nearly all are of an area that was never given out, and many are no taxpayer numbers.
pub fn are_unissued<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let (mut met, mut unissued, mut no_itin) = (0usize, 0usize, 0usize);
    for (area, group, _) in values.filter_map(groups) {
        met += 1;
        unissued += usize::from(matches!(area, 0 | 666 | 900..));
        no_itin += usize::from(!matches!(group, 50..=65 | 70..=88 | 90..=99));
    }
    met > 0 && unissued * 100 >= met * 95 && no_itin * 5 >= met
}

/// A masked number with other last four digits: `***-**-1234`, `XXX-XX-1234`,
/// `1234`. None where more than the last four show, or where these do not.
pub fn remask(masked: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let cut = masked.char_indices().rev().nth(3).map(|(at, _)| at)?;
    let (mask, last) = masked.split_at(cut);
    let hides = mask.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '#' | '•' | '-' | ' '));
    let covers = mask.chars().filter(|c| !matches!(c, '-' | ' ')).count();
    let shows = last.bytes().all(|b| b.is_ascii_digit());
    (hides && shows && matches!(covers, 0 | 5)).then(|| format!("{mask}{:04}", entropy.random_range(1..10_000)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn ranges_that_were_never_issued_are_known() {
        for (text, want) in [
            ("078-05-1120", Some(false)),
            ("000-12-3456", Some(true)),
            ("666-12-3456", Some(true)),
            ("987654321", Some(true)),
            ("123-00-4567", Some(true)),
            ("123-45-0000", Some(true)),
            ("772-12-3456", Some(false)),
            ("12-345-6789", None),
            ("***-**-1234", None),
        ] {
            assert_eq!(never_issued(text), want, "{text}");
        }
    }

    #[test]
    fn made_up_numbers_are_known_from_those_of_taxpayers() {
        let made_up = ["999-52-7304", "999-37-6716", "666-12-1985", "999-99-1985"];
        let taxpayers = ["912-70-1234", "955-88-4321", "999-94-1985"];
        let people = ["078-05-1120", "999-37-6716", "123-45-6789"];
        let tell = |of: &[&str]| are_unissued(of.iter().copied());
        assert_eq!(
            [tell(&made_up), tell(&taxpayers), tell(&people), tell(&["***-**-1234"]), tell(&[])],
            [true, false, false, false, false]
        );
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for _ in 0..500 {
            let made = unissued_like("999-52-7304", &mut entropy).expect("of a free area");
            let (area, group, serial) = groups(&made).expect("a number");
            assert!(made.len() == 11 && area == 999 && serial > 0, "{made}");
            assert!(matches!(group, 10..=49 | 66..=69 | 89), "{made} may be a taxpayer's");
        }
        assert_eq!(
            unissued_like("666121985", &mut entropy).map(|made| (made.len(), made[..3].to_owned())),
            Some((9, "666".to_owned()))
        );
        assert_eq!(unissued_like("078-05-1120", &mut entropy), None);
    }

    #[test]
    fn only_masked_forms_are_redrawn() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for (mask, like) in [("***-**-", "***-**-1234"), ("XXX-XX-", "XXX-XX-0007"), ("", "1234")] {
            let made = remask(like, &mut entropy).expect("masked");
            assert!(made.starts_with(mask) && made.len() == like.len() && !made.ends_with("0000"), "{made}");
        }
        for bare in ["078-05-1120", "078051120", "***-**-12a4", "**1234", "", "é"] {
            assert_eq!(remask(bare, &mut entropy), None, "{bare}");
        }
    }
}
