//! Numbers of Chinese companies: the unified social credit code of GB 32100
//! (18 characters), the organisation code of GB 11714 (9) and the registration
//! number of GS 15 (15 digits), with their check characters. Numbers that
//! nobody has are left to `impossible`.

mod impossible;

pub use impossible::impossible;

/// The characters of GB 32100: no I, O, S, V, Z, which look like others.
const UNIFIED: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Which number a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyCode {
    /// 18 characters: department, category, division, organisation code, check.
    Unified,
    /// 9 characters, with a hyphen before the last or without.
    Organisation,
    /// 15 digits: division, sequence, check.
    Registration,
}

/// Which number a text is, if all its check characters are right.
pub fn verify(text: &str) -> Option<CompanyCode> {
    let text = text.trim();
    let last = text.chars().last()?;
    if !text.is_ascii() {
        return None;
    }
    match text.len() {
        18 => (unified_check(&text[..17]) == Some(last) && organisation_check(&text[8..16]) == text.chars().nth(16))
            .then_some(CompanyCode::Unified),
        15 => (registration_check(&text[..14]) == Some(last)).then_some(CompanyCode::Registration),
        10 if text.as_bytes()[8] != b'-' => None,
        9 | 10 => (organisation_check(&text[..8]) == Some(last)).then_some(CompanyCode::Organisation),
        _ => None,
    }
}

/// GB 32100: weights are the powers of 3, modulo 31.
fn unified_check(body: &str) -> Option<char> {
    let value = |b: u8| UNIFIED.iter().position(|u| *u == b);
    let mut sum = 0;
    let mut weight = 1;
    for byte in body.bytes() {
        sum += value(byte)? * weight;
        weight = weight * 3 % UNIFIED.len();
    }
    let check = (UNIFIED.len() - sum % UNIFIED.len()) % UNIFIED.len();
    (body.len() == 17).then(|| char::from(UNIFIED[check]))
}

/// GB 11714: weights 3, 7, 9, 10, 5, 8, 4, 2, modulo 11; digits and capitals.
fn organisation_check(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if body.len() != WEIGHTS.len() || body.bytes().any(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let sum: Option<u32> = body.chars().zip(WEIGHTS).map(|(c, weight)| Some(c.to_digit(36)? * weight)).sum();
    "0X987654321".chars().nth((sum? % 11) as usize)
}

/// GS 15-2006: ISO 7064 MOD 11,10.
fn registration_check(body: &str) -> Option<char> {
    let mut product = 10;
    for c in body.chars() {
        let sum = (c.to_digit(10)? + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    (body.len() == 14).then(|| char::from_digit((11 - product) % 10, 10))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_examples_check() {
        // GB 32100-2015, GB 11714-1997 and GS 15-2006.
        assert_eq!(verify("91350100M000100Y43"), Some(CompanyCode::Unified));
        assert_eq!(verify("D2143569-X"), Some(CompanyCode::Organisation));
        assert_eq!(verify("D2143569X"), Some(CompanyCode::Organisation));
        assert_eq!(verify("110108000000016"), Some(CompanyCode::Registration));
    }

    #[test]
    fn both_checks_of_the_unified_code_count() {
        // The outer check is made right again after the inner one is broken.
        let body = "91350100M000100Y4".replace("Y4", "Y5");
        let whole = format!("{body}{}", unified_check(&body).expect("characters of the standard"));
        assert_eq!(verify(&whole), None);
        for wrong in ["91350100M000100Y44", "91350100M000100YI3", "110108000000017", "D2143569+X", "", "公司"] {
            assert_eq!(verify(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn exactly_one_last_character_checks(body in "[0-9]{14}") {
            let fitting = (0..10).filter(|last| verify(&format!("{body}{last}")).is_some()).count();
            proptest::prop_assert_eq!(fitting, 1);
        }

        #[test]
        fn any_text_is_borne(text in "\\PC{0,20}") {
            verify(&text);
        }
    }
}
