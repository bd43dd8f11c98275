//! Check digits: whether a text passes the arithmetic of an identity number or a
//! card. Passing proves nothing for one value (a tenth of all numbers pass); a
//! column of them does. Chinese numbers are cut up in `idcard` and `company`.

use super::idcard;
use super::locale::zh_cn::regions;

/// The digits of a text that has nothing else but the signs allowed.
fn digits(text: &str, signs: &str) -> Option<Vec<u32>> {
    text.chars().filter(|c| !signs.contains(*c)).map(|c| c.to_digit(10)).collect()
}

/// A resident identity number of GB 11643: 18 characters with their check, or
/// the older 15 digits with a date and a province in them.
pub(super) fn is_resident_id(text: &str) -> bool {
    idcard::parse(text).is_ok_and(|n| !n.old_form || regions::province_name(n.region / 10_000).is_some())
}

/// A resident identity number with stars in it.
pub(super) fn is_masked_id(text: &str) -> bool {
    let shown = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x')).count();
    let stars = text.matches('*').count();
    stars >= 4 && shown + stars == text.chars().count() && matches!(shown + stars, 15 | 18)
        || text.starts_with("***-**-") && text.len() == 11
}

/// An identity number of another country: SSN with its dashes, NINO, CPF,
/// Steuer-ID, Aadhaar, PAN, DNI/NIE.
pub(super) fn is_foreign_id(text: &str) -> bool {
    is_ssn(text)
        || is_nino(text)
        || is_cpf(text)
        || is_steuer_id(text)
        || is_aadhaar(text)
        || is_pan(text)
        || is_dni(text)
}

fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(b, s)| match s {
            b'9' => b.is_ascii_digit(),
            b'A' => b.is_ascii_uppercase(),
            _ => b == s,
        })
}

fn is_ssn(text: &str) -> bool {
    shaped(text, "999-99-9999")
}

fn is_nino(text: &str) -> bool {
    let text = text.replace(' ', "");
    shaped(&text, "AA999999A") && text.ends_with(['A', 'B', 'C', 'D'])
}

fn is_pan(text: &str) -> bool {
    shaped(text, "AAAAA9999A") && text.as_bytes().get(3).is_some_and(|b| b"ABCFGHJLPT".contains(b))
}

/// The Spanish number: its letter is the number modulo 23; foreigners' begin
/// with X, Y or Z for 0, 1 or 2.
fn is_dni(text: &str) -> bool {
    let text = text.replace('-', "");
    let first = text.chars().next().and_then(|c| "XYZ".find(c));
    let text = first.map_or_else(|| text.clone(), |n| format!("{n}{}", &text[1..]));
    let Some((number, letter)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let digits = number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit());
    let expected = |n: usize| "TRWAGMYFPDXBNJZSQVHLCKE".get(n % 23..=n % 23);
    digits && number.parse().is_ok_and(|n| expected(n) == Some(letter))
}

/// The Brazilian number: two check digits, each of weights falling to 2.
pub(super) fn is_cpf(text: &str) -> bool {
    let Some(digits) = digits(text, ".-").filter(|d| d.len() == 11) else { return false };
    let check = |count: usize| {
        let sum: u32 = digits[..count].iter().zip((2..=count as u32 + 1).rev()).map(|(d, w)| d * w).sum();
        (sum * 10 % 11) % 10
    };
    digits.iter().any(|d| *d != digits[0]) && check(9) == digits[9] && check(10) == digits[10]
}

/// The German number: 11 digits under ISO 7064 MOD 11,10, the first not 0.
fn is_steuer_id(text: &str) -> bool {
    digits(text, " ").is_some_and(|d| d.len() == 11 && d[0] != 0 && mod_11_10(&d))
}

/// ISO 7064 MOD 11,10.
fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + check) % 10 == 1
}

/// The Indian number: 12 digits under Verhoeff's check, the first at least 2.
pub(super) fn is_aadhaar(text: &str) -> bool {
    digits(text, " ").is_some_and(|d| d.len() == 12 && d[0] >= 2 && verhoeff(&d))
}

/// Verhoeff's check: products in the dihedral group of ten, each digit first
/// permuted as often as it is far from the end.
fn verhoeff(digits: &[u32]) -> bool {
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permuted = |(at, digit): (usize, &u32)| (0..at % 8).fold(*digit, |d, _| TURN[d as usize]);
    digits.iter().rev().enumerate().map(permuted).fold(0, product) == 0
}

/// A check of digits, the check digits being the last.
pub type Check = fn(&[u32]) -> bool;

/// Checks under which offices and firms number what they register: Luhn's, that of American
/// health providers (Luhn's with 80840 before it; 45 CFR 162.406), that of articles (GS1),
/// Verhoeff's, ISO 7064 MOD 11,10 and MOD 97-10.
pub(super) const OF_CODES: [Check; 6] = [luhn, npi, gs1, verhoeff, mod_11_10, mod_97_10];

/// Luhn's check (ISO/IEC 7812-1, annex B) of 12 to 19 digits.
pub(super) fn is_luhn(text: &str) -> bool {
    digits(text, " -").is_some_and(|digits| (12..=19).contains(&digits.len()) && luhn(&digits))
}

fn luhn(digits: &[u32]) -> bool {
    let sum = |(at, d): (usize, &u32)| if at % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d };
    digits.iter().rev().enumerate().map(sum).sum::<u32>().is_multiple_of(10)
}

fn npi(digits: &[u32]) -> bool {
    digits.len() == 10 && luhn(&[&[8, 0, 8, 4, 0], digits].concat())
}

fn gs1(digits: &[u32]) -> bool {
    let sum = |(at, d): (usize, &u32)| if at % 2 == 1 { d * 3 } else { *d };
    digits.iter().rev().enumerate().map(sum).sum::<u32>().is_multiple_of(10)
}

fn mod_97_10(digits: &[u32]) -> bool {
    digits.iter().fold(0, |rest, digit| (rest * 10 + digit) % 97) == 1
}

/// A card of 15 to 19 digits under Luhn's check (ISO/IEC 7812), by the first
/// digit one that banks issue.
pub(super) fn is_card(text: &str) -> bool {
    let Some(digits) = digits(text, " -").filter(|d| (15..=19).contains(&d.len())) else { return false };
    let amex = digits[..2] == [3, 4] || digits[..2] == [3, 7];
    let issued = if digits.len() == 15 { amex } else { (3..=6).contains(&digits[0]) };
    issued && is_luhn(text)
}

/// The number of the British health service: MOD 11, a remainder of ten not issued.
pub(super) fn is_nhs(text: &str) -> bool {
    let weighed = |d: &[u32]| d[..9].iter().zip((2..=10).rev()).map(|(d, w)| d * w).sum::<u32>();
    digits(text, " ").is_some_and(|d| d.len() == 10 && (11 - weighed(&d) % 11) % 11 == d[9])
}

/// An IBAN (ISO 13616): MOD 97 with the country and check put behind.
pub(super) fn is_iban(text: &str) -> bool {
    let text = text.replace(' ', "");
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(15..=34).contains(&text.len()) || letters != 2 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let turned = text[4..].chars().chain(text[..4].chars()).filter_map(|c| c.to_digit(36));
    turned.fold(0, |rest, d| (rest * if d > 9 { 100 } else { 10 } + d) % 97) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_examples_pass_and_their_neighbours_fail() {
        for (check, good) in [
            (is_resident_id as fn(&str) -> bool, "11010519491231002X"),
            (is_cpf, "111.444.777-35"),
            (is_steuer_id, "86095742719"),
            (is_aadhaar, "234123412346"),
            (is_dni, "12345678Z"),
            (is_dni, "X1234567L"),
            (is_cpf, "529.982.247-25"),
            (is_nhs, "943 476 5919"),
            (is_card, "4111111111111111"),
            (is_card, "378282246310005"),
            (is_iban, "DE89 3704 0044 0532 0130 00"),
            (is_iban, "GB82WEST12345698765432"),
        ] {
            assert!(check(good), "{good}");
            let at = good.len() - 2;
            let digit = good[at..].chars().next().and_then(|c| c.to_digit(10));
            if let Some(digit) = digit {
                let bad = format!("{}{}{}", &good[..at], (digit + 1) % 10, &good[at + 1..]);
                assert!(!check(&bad), "{bad}");
            }
        }
        assert!(is_resident_id("110105491231002") && !is_resident_id("110105491331002"));
        assert!(is_masked_id("110105********002X") && is_masked_id("***-**-1234") && !is_masked_id("138****1234"));
        assert!(is_ssn("078-05-1120") && is_nino("AB 12 34 56 C") && is_pan("ABCPL1234C"));
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,24}") {
            let checks = [is_resident_id, is_masked_id, is_foreign_id, is_nhs, is_card, is_iban];
            prop_assert!(checks.iter().filter(|check| check(&text)).count() < checks.len());
        }
    }
}
