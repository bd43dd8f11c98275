//! Payment card numbers: the check digit of ISO/IEC 7812-1, annex B (Luhn).
//! They are only recognised here, never made: which numbers may stand in a
//! table is left to the pool of owned ones.

/// Whether a text is a card number of 13 to 19 digits that checks; blanks and
/// hyphens between digits are allowed.
pub fn luhn(text: &str) -> bool {
    let text = text.trim();
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-')) {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let folded = |(place, digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, double) => double / 10 + double % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(folded).sum();
    (13..=19).contains(&digits.len()) && sum > 0 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_check() {
        assert!(luhn("4111 1111 1111 1111"));
        assert!(luhn("6222-0212-3456-7890-128") == luhn("6222021234567890128"));
        assert!(luhn("378282246310005"));
        assert!(!luhn("4111111111111112"));
        assert!(!luhn("0000000000000000"));
        assert!(!luhn("79927398713"));
        assert!(!luhn("四111111111111111"));
    }

    proptest::proptest! {
        #[test]
        fn exactly_one_last_digit_checks(body in "[1-9][0-9]{14}") {
            let fitting = (0..10).filter(|last| luhn(&format!("{body}{last}"))).count();
            proptest::prop_assert_eq!(fitting, 1);
        }
    }
}
