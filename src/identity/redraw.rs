//! Redrawing: another text of the same shape. Other digits in a code, other house
//! numbers in an address, the case of another word, a moment near another one.

use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};
use rand::RngExt;

use crate::model::Entropy;

/// Upper case, lower case or as it is, as the other is.
pub(super) fn case_like(text: &str, like: &str) -> String {
    let letters = || like.chars().filter(|c| c.is_alphabetic());
    if like.chars().count() > 1 && letters().all(char::is_uppercase) {
        text.to_uppercase()
    } else if letters().all(char::is_lowercase) {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// Other digits (and hexadecimal letters, where the text is hexadecimal) behind
/// the first `keep` letters and digits.
pub(super) fn redraw_digits(like: &str, keep: usize, entropy: &mut dyn Entropy) -> String {
    // Version and variant of a UUID (RFC 9562) tell how it was made: they stay.
    let uuid = like.len() == 36 && like.match_indices('-').map(|(n, _)| n).eq([8, 13, 18, 23]);
    let keep = if uuid { 0 } else { keep };
    let hex = like.len() >= 16 && like.chars().filter(|c| c.is_alphanumeric()).all(|c| c.is_ascii_hexdigit());
    let mut met = 0;
    let mut redraw = |c: char| {
        met += usize::from(c.is_ascii_alphanumeric());
        match c {
            _ if met <= keep => c,
            '0'..='9' => char::from(b'0' + entropy.random_range(u8::from(met == 1 && c != '0')..10)),
            'a'..='f' if hex => char::from(b'a' + entropy.random_range(0..6)),
            'A'..='F' if hex => char::from(b'A' + entropy.random_range(0..6)),
            _ => c,
        }
    };
    like.chars().enumerate().map(|(n, c)| if uuid && matches!(n, 14 | 19) { c } else { redraw(c) }).collect()
}

/// Other house and room numbers of the same length; ordinals (42nd) stay.
pub(super) fn redraw_numbers(like: &str, entropy: &mut dyn Entropy) -> String {
    let mut out = String::with_capacity(like.len());
    let mut rest = like;
    while let Some(c) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (number, after) = rest.split_at(digits);
        let ordinal =
            ["st", "nd", "rd", "th"].iter().any(|s| after.get(..2).is_some_and(|a| a.eq_ignore_ascii_case(s)));
        if ordinal {
            out.push_str(number);
        } else {
            // The first digit rarely grows: street and room numbers run from 1 up.
            let first = number.as_bytes()[0].saturating_sub(b'0').max(1);
            out.push_str(&entropy.random_range(1..=first).to_string());
            (1..digits).for_each(|_| out.push(char::from(b'0' + entropy.random_range(0..10))));
        }
        rest = after;
    }
    out
}

pub(super) fn close(a: DateTime, b: DateTime) -> bool {
    a.duration_until(b).abs() <= SignedDuration::from_hours(24 * 60)
}

pub(super) fn between(low: DateTime, high: DateTime, entropy: &mut dyn Entropy) -> DateTime {
    let span = low.duration_until(high).as_micros().max(0);
    let micros = entropy.random_range(0..=i64::try_from(span).unwrap_or(0));
    low.checked_add(SignedDuration::from_micros(micros)).unwrap_or(low)
}

/// Some days off, at another second of about the same hour.
pub(super) fn shifted(at: DateTime, has_time: bool, entropy: &mut dyn Entropy) -> DateTime {
    let days: i32 = entropy.random_range(-3..=3);
    let micros: i64 = if has_time { entropy.random_range(-3_000_000_000..=3_000_000_000) } else { 0 };
    at.checked_add(days.days()).and_then(|t| t.checked_add(SignedDuration::from_micros(micros))).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn numbers_in_addresses_change_and_ordinals_stay() {
        let mut entropy = ChaCha20Rng::seed_from_u64(5);
        let made = redraw_numbers("566 E 42nd St. Apt 7", &mut entropy);
        assert!(made.contains(" E 42nd St. Apt "), "{made}");
        assert_eq!(made.len(), "566 E 42nd St. Apt 7".len());
    }

    proptest! {
        #[test]
        fn texts_of_any_kind_are_redrawn_in_their_own_shape(text in "\\PC{0,40}", seed: u64) {
            let mut entropy = ChaCha20Rng::seed_from_u64(seed);
            let code = redraw_digits(&text, 0, &mut entropy);
            prop_assert_eq!(code.chars().count(), text.chars().count());
            let address = redraw_numbers(&text, &mut entropy);
            prop_assert_eq!(address.chars().count(), text.chars().count());
        }
    }
}
