//! Tests of the pack of mainland China: its draws against its shares, by
//! province, sex and decade, and its sounds.

use rand::SeedableRng;
use std::collections::{HashMap, HashSet};

use crate::identity::locale::{Locale, Pack, Sex, zh_cn::ZhCn};

fn entropy() -> rand_chacha::ChaCha20Rng {
    rand_chacha::ChaCha20Rng::seed_from_u64(7)
}

#[test]
fn surname_shares_add_up_and_draws_follow_them() {
    let mut entropy = entropy();
    let listed: f64 = super::surnames::all().iter().map(|name| ZhCn.surname_share(name)).sum();
    assert!((0.96..1.0).contains(&listed), "{listed}");
    assert!(super::surnames::all().len() >= 400);
    let n = 200_000;
    let mut counts: HashMap<String, f64> = HashMap::new();
    (0..n).for_each(|_| *counts.entry(ZhCn.surname(None, &mut entropy)).or_default() += 1.0);
    let chi: f64 = super::surnames::all()[..100]
        .iter()
        .map(|name| {
            let want = ZhCn.surname_share(name) / listed * f64::from(n);
            (counts.get(*name).copied().unwrap_or(0.0) - want).powi(2) / want
        })
        .sum();
    // 100 degrees of freedom: 150 is exceeded about once in a thousand times.
    assert!(chi < 150.0, "{chi}");
}

#[test]
fn provinces_have_their_own_first_surname() {
    let mut entropy = entropy();
    for (region, first) in [("33", "陈"), ("350100", "陈"), ("广东省", "陈"), ("45", "黄"), ("64", "马"), ("51", "李")]
    {
        let mut counts: HashMap<String, usize> = HashMap::new();
        (0..20_000).for_each(|_| *counts.entry(ZhCn.surname(Some(region), &mut entropy)).or_default() += 1);
        let most = counts.iter().max_by_key(|(_, n)| **n).map(|(name, _)| name.as_str());
        assert_eq!(most, Some(first), "{region}");
    }
}

#[test]
fn given_names_are_many_and_as_long_as_their_decade_has_them() {
    let mut entropy = entropy();
    for (year, low, high) in [(1945, 0.05, 0.11), (1975, 0.18, 0.24), (1988, 0.24, 0.30), (2015, 0.07, 0.12)] {
        let names: Vec<String> = (0..4_000).map(|_| ZhCn.given(Sex::Female, Some(year), &mut entropy)).collect();
        let one = names.iter().filter(|n| n.chars().count() == 1).count() as f64 / 4_000.0;
        assert!((low..high).contains(&one), "{year}: {one}");
        let distinct = names.iter().collect::<HashSet<_>>().len();
        assert!(distinct > 1_800, "{year}: {distinct}");
        assert!(names.iter().all(|n| (1..=2).contains(&n.chars().count())));
    }
}

#[test]
fn names_go_with_sex_and_decade() {
    let mut entropy = entropy();
    for (name, male) in
        [("建国", true), ("伟", true), ("秀英", false), ("婷婷", false), ("志强", true), ("丽娟", false)]
    {
        let share = ZhCn.given_sex(name).expect("known");
        assert!(if male { share > 0.8 } else { share < 0.2 }, "{name} {share}");
    }
    assert_eq!(ZhCn.given_sex("Anna"), None);
    let mut count =
        |year, name: &str| (0..20_000).filter(|_| ZhCn.given(Sex::Female, Some(year), &mut entropy) == name).count();
    assert!(count(1945, "秀英") > 20 * count(2005, "秀英").max(1));
    assert!(count(2015, "梓涵") > 20);
    assert_eq!(count(1945, "梓涵"), 0);
}

#[test]
fn drawn_given_names_are_told_apart_by_sex() {
    let mut entropy = entropy();
    let mut right = 0;
    for n in 0..4_000 {
        let sex = if n % 2 == 0 { Sex::Male } else { Sex::Female };
        let name = ZhCn.given(sex, None, &mut entropy);
        let share = ZhCn.given_sex(&name).expect("its characters are listed");
        right += usize::from((share > 0.5) == (sex == Sex::Male));
    }
    assert!(right > 3_300, "{right}");
}

#[test]
fn second_characters_go_with_the_first() {
    let mut entropy = entropy();
    let mut after = |first| (0..3_000).map(|_| ZhCn.given_after(first, Sex::Male, Some(1955), &mut entropy)).collect();
    let seconds: Vec<Option<char>> = after('建');
    let country = seconds.iter().filter(|c| **c == Some('国')).count();
    assert!((200..2_000).contains(&country), "{country}");
    assert!(seconds.iter().all(|c| c.is_some_and(|c| c != '建')));
}

#[test]
fn sounds_lead_back_to_names_of_that_sound() {
    let mut entropy = entropy();
    assert_eq!(ZhCn.latin("吕秀英"), "lvxiuying");
    assert_eq!(ZhCn.latin("单田芳"), "shantianfang");
    assert_eq!(ZhCn.surnames_of_latin("cui").first().map(String::as_str), Some("崔"));
    assert_eq!(ZhCn.surnames_of_latin("zeng").first().map(String::as_str), Some("曾"));
    assert_eq!(ZhCn.surnames_of_latin("ouyang"), ["欧阳"]);
    assert!(ZhCn.surnames_of_latin("smith").is_empty());
    for sound in ["tengxin", "wei", "xian", "jianguo", "xiaolan", "zihan", "ai"] {
        for sex in [None, Some(Sex::Male), Some(Sex::Female)] {
            let name = ZhCn.given_of_latin(sound, sex, Some(1985), &mut entropy).expect(sound);
            assert_eq!(ZhCn.latin(&name), sound, "{name}");
        }
    }
    assert_eq!(ZhCn.given_of_latin("smith", None, None, &mut entropy), None);
    assert_eq!(ZhCn.given_of_latin("", None, None, &mut entropy), None);
    assert_eq!(ZhCn.given_of_latin("é", None, None, &mut entropy), None);
}

#[test]
fn surnames_stay_in_their_group() {
    let mut entropy = entropy();
    for _ in 0..200 {
        assert_eq!(ZhCn.surname_like("欧阳", None, &mut entropy).chars().count(), 2);
        assert_eq!(ZhCn.surname_like("王", Some("33"), &mut entropy).chars().count(), 1);
    }
    assert!(Locale::common_surname("王") && !Locale::common_surname("的"));
}

proptest::proptest! {
    #[test]
    fn any_letters_and_any_digits_are_borne(text in "\\PC{0,16}", digits in "[0-9]{0,14}") {
        let mut entropy = entropy();
        ZhCn.split(&text);
        ZhCn.latin(&text);
        ZhCn.place(&text);
        ZhCn.given_sex(&text);
        ZhCn.surname(Some(&text), &mut entropy);
        ZhCn.given_of_latin(&text, None, None, &mut entropy);
        ZhCn.phone(&text);
        ZhCn.phone(&digits);
        ZhCn.place(&digits);
    }
}
