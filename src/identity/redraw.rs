//! Redrawing: another text of the same shape: other digits in a code, the case of
//! another word. Values that have to fit a person are made elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rand::RngExt;

use crate::model::Entropy;

/// Upper case, lower case or as it is, as the other is.
pub(super) fn case_like(text: &str, like: &str) -> String {
    let letters = || like.chars().filter(|c| c.is_alphabetic());
    if letters().next().is_none() {
        text.to_owned()
    } else if is_in_capitals(like) {
        text.to_uppercase()
    } else if letters().all(char::is_lowercase) {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// Whether a text is written in large letters, other than of initials with a point.
pub(super) fn is_in_capitals(text: &str) -> bool {
    let is_initials =
        || text.contains('.') && text.split(|c: char| !c.is_alphabetic()).all(|run| run.chars().count() < 2);
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
    text.chars().count() > 1 && letters.peek().is_some() && letters.all(char::is_uppercase) && !is_initials()
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
    let is_upper = like.bytes().any(|b| b.is_ascii_uppercase());
    let mut met = 0;
    let mut redraw = |c: char| {
        met += usize::from(c.is_ascii_alphanumeric());
        match c {
            _ if met <= keep => c,
            // That the like has a letter there would tell which row it was.
            _ if hex && c.is_ascii_hexdigit() => hexadecimal(entropy.random_range(0..16), is_upper),
            '0'..='9' => char::from(b'0' + entropy.random_range(u8::from(met == 1 && c != '0')..10)),
            _ => c,
        }
    };
    like.chars().enumerate().map(|(n, c)| if uuid && matches!(n, 14 | 19) { c } else { redraw(c) }).collect()
}

/// Another address in the network of an IP address (the first 16 bits of IPv4, 64 of IPv6), which
/// is somebody's line; None where the text is no such address.
pub(super) fn host_beside(text: &str, entropy: &mut dyn Entropy) -> Option<String> {
    Some(match text.trim().parse().ok()? {
        IpAddr::V4(at) => {
            let [a, b, ..] = at.octets();
            let (c, d) = (entropy.random(), entropy.random_range(1..255));
            Ipv4Addr::from([a, b, c, d]).to_string()
        }
        IpAddr::V6(at) => {
            let host: u64 = entropy.random();
            Ipv6Addr::from_bits(at.to_bits() >> 64 << 64 | u128::from(host)).to_string()
        }
    })
}

fn hexadecimal(digit: u32, is_upper: bool) -> char {
    let digit = char::from_digit(digit, 16).unwrap_or_default();
    if is_upper { digit.to_ascii_uppercase() } else { digit }
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

    #[test]
    fn initials_with_a_point_are_no_large_letters() {
        for (text, like, want) in [
            ("s001162", "B000882", "S001162"),
            ("Khalid", "B.K.", "Khalid"),
            ("Ann", "J.", "Ann"),
            ("Ann", "ST. CLAIR", "ANN"),
            ("Ann", "LI", "ANN"),
        ] {
            assert_eq!(case_like(text, like), want, "{like}");
        }
    }

    #[test]
    fn a_uuid_has_letters_where_the_other_has_digits() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let like = "6310efc1-0a81-46ce-bcdc-8f2995ff9fee";
        let letters = |text: &str| text.bytes().map(|b| b.is_ascii_alphabetic()).collect::<Vec<_>>();
        for _ in 0..200 {
            let made = redraw_digits(like, 0, &mut entropy);
            assert!(made[14..].starts_with('4') && made[19..].starts_with('b') && made.len() == 36, "{made}");
            assert!(letters(&made) != letters(like) && !made.bytes().any(|b| b.is_ascii_uppercase()), "{made}");
        }
    }

    #[test]
    fn an_address_on_the_net_is_another_one_of_its_network() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let made: Vec<String> = (0..200).filter_map(|_| host_beside(" 75.5.163.152", &mut entropy)).collect();
        assert!(made.len() == 200 && made.iter().all(|at| at.starts_with("75.5.") && at.parse::<IpAddr>().is_ok()));
        assert!(made.iter().filter(|at| *at == "75.5.163.152").count() < 3);
        let made = host_beside("2001:db8:1:2::7", &mut entropy).expect("an address");
        assert!(made.starts_with("2001:db8:1:2:") && made.parse::<IpAddr>().is_ok(), "{made}");
        assert_eq!([host_beside("1.2.3", &mut entropy), host_beside("", &mut entropy)], [None, None]);
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
