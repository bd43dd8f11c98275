//! Tests of the numbers that nobody has: by age, place and column, and a count
//! of the codes there are to choose from.

use std::collections::HashSet;

use jiff::civil::date;
use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::identity::locale::zh_cn::regions::{self, codes};

fn entropy() -> rand_chacha::ChaCha20Rng {
    rand_chacha::ChaCha20Rng::seed_from_u64(3)
}

#[test]
fn a_code_in_force_at_any_time_of_numbering_is_nobodys_class() {
    for (number, want) in [
        // 嘉善县 under the code of before 1983.
        ("332121196001010019", Some(Class::AbolishedBeforeNumbering)),
        // Chongqing's 市中区, gone in 1997.
        ("510202200501010010", Some(Class::AbolishedBeforeBirth)),
        ("510202199701010014", None),
        ("510202196001010017", None),
        // 密云区, since 2015.
        ("110118198001010010", Some(Class::CreatedAfterNumbering)),
        ("110118201001010019", None),
        ("330106198001010010", None),
        ("330100198001010010", None),
        ("999999198001010010", None),
    ] {
        let body = &number[..17];
        let whole = format!("{body}{}", crate::identity::idcard::check_digit(body).expect("digits"));
        assert_eq!(class_of(&whole), want, "{whole}");
    }
}

#[test]
fn prefecture_and_province_are_kept_where_they_can_be() {
    let mut entropy = entropy();
    let mut make = |like: &str, born| impossible(born, true, like, None, &mut entropy).expect("a number");
    let jiaxing = make("330402198001010034", date(1980, 1, 1));
    assert_eq!((jiaxing.nearness, jiaxing.class), (Nearness::Prefecture, Class::AbolishedBeforeNumbering));
    assert!(jiaxing.number.starts_with("3321"));
    let beijing = make("110105198001010034", date(1980, 1, 1));
    assert_eq!(beijing.class, Class::CreatedAfterNumbering);
    assert!(beijing.number.starts_with("11"));
    assert!(make("33**************", date(2004, 5, 6)).number.starts_with("33"));
}

#[test]
fn form_and_letter_are_those_of_the_column() {
    let mut entropy = entropy();
    let mut make = |like: &str, year| anachronism(date(year, 3, 4), false, like, None, &mut entropy).expect("a number");
    assert_eq!(make("330402800101003", 1975).len(), 15);
    assert_eq!(make("330402800101003", 2003).len(), 18);
    let ends = |make: &mut dyn FnMut(i16) -> String, with| (1940..2005).any(|year| make(year).ends_with(with));
    assert!(ends(&mut |year| make("11010519491231002x", year), 'x'));
    assert!(!ends(&mut |year| make("11010519491231002X", year), 'x'));
    assert_eq!(anachronism(date(1980, 1, 1), true, "***", None, &mut entropy), None);
}

#[test]
fn sequences_stay_near_real_ones() {
    let mut entropy = entropy();
    for _ in 0..500 {
        let number = anachronism(date(1990, 1, 2), true, "330402198001010034", Some(&[101, 520]), &mut entropy);
        let sequence = parse(&number.expect("a number")).expect("valid").sequence;
        assert!(sequence.abs_diff(101) <= 13 || sequence.abs_diff(520) <= 13, "{sequence}");
    }
}

proptest! {
    #[test]
    fn numbers_are_valid_fit_the_person_and_are_nobodys(
        year in 1935i16..2012, month in 1i8..=12, day in 1i8..=28, male: bool, at in 0usize..5_000,
        sequences in proptest::collection::vec(0u16..1000, 0..4),
    ) {
        let mut entropy = entropy();
        let like = codes()[at % codes().len()].code;
        let born = date(year, month, day);
        let like = format!("{like}198001010034");
        let made = impossible(born, male, &like, Some(&sequences), &mut entropy).expect("a number");
        let parts = parse(&made.number).expect("valid");
        prop_assert_eq!((parts.born, parts.is_male()), (born, male));
        prop_assert!((1..=999).contains(&parts.sequence));
        prop_assert_eq!(class_of(&made.number), Some(made.class));
        let (since, until) = regions::lifetime(parts.region).expect("a division");
        prop_assert!(until.is_some_and(|u| u <= 1984 || u + 3 <= year) || (since >= 2010 && since >= year + 10));
        prop_assert!(!parts.region.is_multiple_of(100));
    }
}

#[test]
fn rings_hold_what_a_walk_over_all_codes_finds() {
    let is_gone =
        |code: &Code, born| class_of_code(code, born).is_some_and(|class| class != Class::CreatedAfterNumbering);
    for like in [330_402, 110_105, 510_202, 650_100, 340_100] {
        let nearby = Nearby::of(like);
        for born in [1935, 1960, 1985, 1988, 1997, 2000, 2011] {
            let gone = regions::nearest(|code| is_gone(code, born), like).expect("some");
            let late = regions::nearest(|code| class_of_code(code, born) == Some(Class::CreatedAfterNumbering), like);
            let late = late.filter(|(nearness, _)| gone.0 > Nearness::Province && *nearness <= Nearness::Province);
            let (nearness, want) = late.unwrap_or(gone);
            let (found, codes) = nearby.choices(born).expect("some");
            let set = |codes: &[&Code]| codes.iter().map(|code| code.code).collect::<HashSet<u32>>();
            assert_eq!((found, set(codes)), (nearness, set(&want)), "{like} {born}");
        }
    }
}
