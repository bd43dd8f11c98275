//! Redrawing: another text of the same shape: other digits in a code, the case of
//! another word. Values that have to fit a person are made elsewhere.

use rand::RngExt;

use crate::model::Entropy;

/// Upper case, lower case or as it is, as the other is.
pub(super) fn case_like(text: &str, like: &str) -> String {
    let letters = || like.chars().filter(|c| c.is_alphabetic());
    if letters().next().is_none() {
        text.to_owned()
    } else if like.chars().count() > 1 && letters().all(char::is_uppercase) {
        text.to_uppercase()
    } else if letters().all(char::is_lowercase) {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// In the case of the other, or with large letters where its words begin if those of the
/// other do.
pub(super) fn letters_like(text: &str, like: &str) -> String {
    let cased = case_like(text, like);
    if cased != text || !like.starts_with(|c: char| c.is_ascii_uppercase()) {
        return cased;
    }
    let mut begins = true;
    let letter = |c: char| {
        let is_first = std::mem::replace(&mut begins, !c.is_ascii_alphanumeric());
        if is_first { c.to_ascii_uppercase() } else { c }
    };
    text.chars().map(letter).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn mail_addresses_have_the_letters_of_others() {
        for (text, like, want) in [
            ("mary.smith", "JOHN.DOE", "MARY.SMITH"),
            ("mary.smith", "John.Doe", "Mary.Smith"),
            ("msmith", "JDoe", "Msmith"),
            ("mary.smith", "john.doe", "mary.smith"),
            ("mary.smith", "johnDoe", "mary.smith"),
            ("mary7", "77", "mary7"),
        ] {
            assert_eq!(letters_like(text, like), want);
        }
    }

    proptest! {
        #[test]
        fn texts_of_any_kind_are_redrawn_in_their_own_shape(text in "\\PC{0,40}", seed: u64) {
            let mut entropy = ChaCha20Rng::seed_from_u64(seed);
            let code = redraw_digits(&text, 0, &mut entropy);
            prop_assert_eq!(code.chars().count(), text.chars().count());
        }
    }
}
