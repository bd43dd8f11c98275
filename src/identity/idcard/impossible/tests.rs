//! Tests of the numbers that nobody has: by age, place and column, and a count
//! of the codes there are to choose from.

use std::collections::BTreeSet;

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

fn made(like: &str, from: Nearness, born: Date, male: bool, entropy: &mut impl Entropy) -> Impossible {
    Nearby::of(region_of(like).expect("a head")).number(from, born, male, Like::of(like), entropy).expect("a number")
}

#[test]
fn a_code_that_came_when_all_of_that_age_had_numbers_is_nobodys() {
    // 滨江区 of 1996, 萧山区 of 2001.
    for (region, last) in [(330_108, 1973), (330_109, 1978), (330_114, 2011)] {
        let class = |born| class_of_region(region, born);
        assert_eq!((class(last), class(last + 1)), (Some(Class::CreatedAfterNumbering), None), "{region}");
    }
    // 4 years after the campaign is too soon.
    assert!(codes().iter().filter(|code| code.since == 1994 && code.until.is_none()).count() > 10);
    assert!(codes().iter().filter(|c| c.since == 1994 && c.until.is_none()).all(|c| class_of_code(c, 1930).is_none()));
}

#[test]
fn prefecture_and_province_are_kept_where_they_can_be() {
    let mut entropy = entropy();
    for _ in 0..50 {
        let mut make = |like, from, born| made(like, from, born, true, &mut entropy);
        let jiaxing = make("330402198001010034", Nearness::Prefecture, date(1980, 1, 1));
        assert_eq!((jiaxing.nearness, jiaxing.class), (Nearness::Prefecture, Class::AbolishedBeforeNumbering));
        assert!(jiaxing.number.starts_with("3321"));
        let farther = make("330402198001010034", Nearness::Province, date(1980, 1, 1));
        assert!(farther.number.starts_with("33") && farther.nearness == Nearness::Province);
        let beijing = make("110105198001010034", Nearness::Province, date(1980, 1, 1));
        assert!(beijing.number.starts_with("11"));
        assert!(make("33**************", Nearness::Prefecture, date(2004, 5, 6)).number.starts_with("33"));
    }
}

#[test]
fn form_and_letter_are_those_of_the_column() {
    let mut entropy = entropy();
    let mut make = |like: &str, year| made(like, Nearness::Province, date(year, 3, 4), false, &mut entropy).number;
    assert_eq!(make("330402800101003", 1975).len(), 15);
    assert_eq!(make("330402800101003", 2003).len(), 18);
    let ends = |make: &mut dyn FnMut(i16) -> String, with| (1940..2005).any(|year| make(year).ends_with(with));
    assert!(ends(&mut |year| make("11010519491231002x", year), 'x'));
    assert!(!ends(&mut |year| make("11010519491231002X", year), 'x'));
    assert_eq!(region_of("***"), None);
}

#[test]
fn sequences_stay_near_the_other_number() {
    let mut entropy = entropy();
    let like = "330402199001021017";
    assert_eq!(parse(like).map(|n| n.sequence), Ok(101));
    for _ in 0..500 {
        let number = made(like, Nearness::Prefecture, date(1990, 1, 2), true, &mut entropy).number;
        assert!(parse(&number).expect("valid").sequence.abs_diff(101) <= 13, "{number}");
    }
}

#[test]
fn codes_that_are_known_already_stand_behind_all_others() {
    let mut entropy = entropy();
    let own: BTreeSet<u32> = codes().iter().map(|code| code.code).filter(|code| code / 100 == 3301).collect();
    let mut drawn = |is_known: &dyn Fn(u32) -> bool| -> BTreeSet<u32> {
        let nearby = Nearby::apart_from(is_known, 330_100);
        (0..500).filter_map(|_| nearby.pick(Nearness::Prefecture, 1970, &mut entropy)).map(|(_, c)| c.code).collect()
    };
    assert!(drawn(&|_| false).is_subset(&own));
    let others = drawn(&|code| own.contains(&code));
    assert!(others.is_disjoint(&own) && others.iter().all(|code| code / 10_000 == 33), "{others:?}");
    assert!(!drawn(&|_| true).is_empty(), "where all are known, those");
}

proptest! {
    #[test]
    fn numbers_are_valid_fit_the_person_and_are_nobodys(
        year in 1935i16..2012, month in 1i8..=12, day in 1i8..=28, male: bool, at in 0usize..5_000, far: bool,
    ) {
        let mut entropy = entropy();
        let like = codes()[at % codes().len()].code;
        let born = date(year, month, day);
        let like = format!("{like}198001010034");
        let from = if far { Nearness::Province } else { Nearness::Prefecture };
        let made = made(&like, from, born, male, &mut entropy);
        let parts = parse(&made.number).expect("valid");
        prop_assert_eq!((parts.born, parts.is_male()), (born, male));
        prop_assert!((1..=999).contains(&parts.sequence));
        prop_assert_eq!(class_of(&made.number), Some(made.class));
        let (since, until) = regions::lifetime(parts.region).expect("a division");
        let late = (since >= 2010 && since >= year + 10) || (since >= 1995 && since >= year + 23);
        prop_assert!(until.is_some_and(|u| u <= 1984 || u + 3 <= year) || late);
        prop_assert!(!parts.region.is_multiple_of(100));
    }
}

#[test]
fn every_code_near_that_is_nobodys_is_taken_some_time() {
    let mut entropy = entropy();
    for like in [330_402, 110_105, 510_202, 650_100, 340_100] {
        let nearby = Nearby::of(like);
        for born in [1935, 1960, 1985, 1988, 1997, 2000, 2011] {
            let is_near = |code: &Code| (Nearness::Province..).contains(&code.nearness(like));
            let wanted = |code: &Code| is_near(code) && class_of_code(code, born).is_some();
            let (nearness, want) = regions::nearest(wanted, like).expect("some");
            let drawn = (0..4_000).filter_map(|_| nearby.pick(Nearness::Province, born, &mut entropy));
            let drawn: BTreeSet<(Nearness, u32)> = drawn.map(|(n, code)| (n, code.code)).collect();
            let within: BTreeSet<_> = want.iter().map(|code| (nearness, code.code)).collect();
            // Where the province has none, its own prefecture may.
            if nearness == Nearness::Province {
                assert_eq!(drawn, within, "{like} {born}");
            } else {
                assert!(!drawn.is_empty(), "{like} {born}");
            }
        }
    }
}
