//! Company numbers that nobody has by the rules of issue: right in every
//! check, but of a registration authority whose division was abolished before.
//! What risk is left stands at [`impossible`].

use jiff::civil::{Date, date};
use rand::RngExt;

use super::{CompanyCode, UNIFIED, organisation_check, registration_check, unified_check, verify};
use crate::identity::locale::zh_cn::regions::{Code, nearest};
use crate::model::Entropy;

/// Divisions gone by that year never gave out unified codes.
const UNIFIED_BY: i16 = 2010;
/// Divisions gone by that year never gave out numbers of 15 digits.
const REGISTRATION_BY: i16 = 2003;
/// New bodies have organisation codes that begin with MA from then on.
const MA_SINCE: Date = date(2015, 10, 1);

/// A number that nobody has, of the kind of `like`: its department and
/// category, its province and if possible its prefecture, its level of
/// authority, and an organisation code of the era of `registered`, or of that
/// of `like` where the day is not known. None where `like` is no valid number
/// or an organisation code alone.
///
/// Unified codes are given out since October 2015, and older companies had
/// theirs by the end of 2017, each from the authority that kept it then;
/// registration numbers of 15 digits are given out since 2007. A division gone
/// by 2010, or by 2003, has therefore no authority that could have given one.
/// Left over: an authority that kept the code of a division which is no more,
/// as some for development zones do. The organisation code *within* a unified
/// code can by chance be that of another body (by rough estimate one in three for codes of
/// digits, one in twenty for those that begin with MA): the whole is still
/// nobody's, but the part must not be shown alone. Organisation codes by
/// themselves name no division, so none is made.
pub fn impossible(registered: Option<Date>, like: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let like = like.trim();
    match verify(like)? {
        CompanyCode::Unified => unified(registered, like, entropy),
        CompanyCode::Registration => registration(like, entropy),
        CompanyCode::Organisation => None,
    }
}

fn unified(registered: Option<Date>, like: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let division = division(&like[2..8], UNIFIED_BY, entropy)?;
    let new = registered.map_or(like[8..].starts_with("MA"), |day| day >= MA_SINCE);
    let organisation = organisation(new, &like[8..16], entropy);
    let inner = organisation_check(&organisation)?;
    let body = format!("{}{division:06}{organisation}{inner}", &like[..2]);
    let outer = unified_check(&body)?;
    Some(format!("{body}{outer}"))
}

/// The first characters are those of the other code where it is of the same
/// era: they tell when and where a block was given out.
fn organisation(new: bool, like: &str, entropy: &mut dyn Entropy) -> String {
    let same = like.starts_with("MA") == new;
    let (head, alphabet) = match (new, same) {
        (true, true) => (&like[..3], &UNIFIED[..]),
        (true, false) => ("MA", &UNIFIED[..]),
        (false, true) if like.bytes().all(|b| b.is_ascii_digit()) => (&like[..2], &UNIFIED[..10]),
        (false, _) => ("", &UNIFIED[..10]),
    };
    let rest = (head.len()..8).map(|_| char::from(alphabet[entropy.random_range(0..alphabet.len())]));
    head.chars().chain(rest).collect()
}

/// Keeps the kind of body (the first digit of the sequence) and its block.
fn registration(like: &str, entropy: &mut dyn Entropy) -> Option<String> {
    let division = division(&like[..6], REGISTRATION_BY, entropy)?;
    let body = format!("{division:06}{}{:05}", &like[6..9], entropy.random_range(1..100_000));
    let check = registration_check(&body)?;
    Some(format!("{body}{check}"))
}

/// A division gone by that year, as near as can be and of the same level: of a
/// prefecture where the other code ends in 00, else of a county.
fn division(like: &str, gone_by: i16, entropy: &mut dyn Entropy) -> Option<u32> {
    let like: u32 = like.parse().ok()?;
    let level = |code: &Code| if like.is_multiple_of(100) { code.is_prefecture() } else { code.is_county() };
    let (_, near) = nearest(|code| level(code) && code.is_gone_by(gone_by), like)?;
    near.get(entropy.random_range(0..near.len())).map(|code| code.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::locale::zh_cn::regions::lifetime;
    use rand::SeedableRng;

    fn entropy() -> rand_chacha::ChaCha20Rng {
        rand_chacha::ChaCha20Rng::seed_from_u64(9)
    }

    #[test]
    fn unified_codes_check_and_name_an_authority_that_is_no_more() {
        let mut entropy = entropy();
        let like = "91350100M000100Y43";
        for _ in 0..500 {
            let made = impossible(None, like, &mut entropy).expect("a code");
            assert_eq!(verify(&made), Some(CompanyCode::Unified), "{made}");
            assert!(made.starts_with("9135"), "{made}");
            let code: u32 = made[2..8].parse().expect("a division");
            assert!(code.is_multiple_of(100), "the level of the authority stays");
            assert!(lifetime(code).expect("listed").1.is_some_and(|until| until <= 2010));
        }
    }

    #[test]
    fn the_era_of_registration_shows() {
        let mut entropy = entropy();
        let like = "91350100M000100Y43";
        let mut made = |day| impossible(Some(day), like, &mut entropy).expect("a code");
        assert!(made(date(2019, 5, 6))[8..].starts_with("MA"));
        assert!(made(date(2009, 5, 6))[8..16].bytes().all(|b| b.is_ascii_digit()));
    }

    #[test]
    fn registration_numbers_keep_their_block() {
        let mut entropy = entropy();
        for _ in 0..200 {
            let made = impossible(None, "330106000000019", &mut entropy);
            assert_eq!(made, None, "its check digit is wrong");
            let made = impossible(None, "110108000000016", &mut entropy).expect("a number");
            assert_eq!(verify(&made), Some(CompanyCode::Registration));
            assert_eq!(&made[6..9], "000");
            assert!(lifetime(made[..6].parse().expect("digits")).expect("listed").1.is_some_and(|u| u <= 2003));
        }
        assert_eq!(impossible(None, "D2143569-X", &mut entropy), None);
    }
}
