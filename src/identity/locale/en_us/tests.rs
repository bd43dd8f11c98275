//! Tests of the pack of the United States: its draws against its shares, and
//! what its codes tell.

use rand::SeedableRng;
use std::collections::{HashMap, HashSet};

use crate::identity::locale::{Pack, Sex, en_us::EnUs};

fn entropy() -> rand_chacha::ChaCha20Rng {
    rand_chacha::ChaCha20Rng::seed_from_u64(11)
}

#[test]
fn surname_draws_follow_the_shares() {
    let mut entropy = entropy();
    let n = 200_000;
    let mut counts: HashMap<String, f64> = HashMap::new();
    (0..n).for_each(|_| *counts.entry(EnUs.surname(None, &mut entropy)).or_default() += 1.0);
    assert!(counts.len() > 13_000, "{}", counts.len());
    // The list has 73.3 % of the people.
    for name in ["Smith", "Johnson", "Garcia", "Nguyen", "Taylor"] {
        let want = EnUs.surname_share(name) / 0.7327 * f64::from(n);
        let got = counts.get(name).copied().unwrap_or(0.0);
        assert!((got - want).abs() < 4.0 * want.sqrt(), "{name} {got} {want}");
    }
    assert!((EnUs.surname_share("Smith") - 0.00828).abs() < 0.0001);
    assert_eq!(EnUs.surname_share("Qwertz"), 0.0);
}

#[test]
fn surnames_stay_in_their_group() {
    let mut entropy = entropy();
    let mut like = |name| (0..3_000).map(|_| EnUs.surname_like(name, None, &mut entropy)).collect::<Vec<_>>();
    let of = |names: &[String], name: &str| names.iter().filter(|n| *n == name).count();
    assert!(of(&like("Hernandez"), "Garcia") > 40);
    assert!(of(&like("Nguyen"), "Tran") > 20);
    assert!(of(&like("Larson"), "Garcia") < 10);
}

#[test]
fn given_names_go_with_sex_and_decade() {
    let mut entropy = entropy();
    let mut draw = |sex, year| (0..5_000).map(|_| EnUs.given(sex, Some(year), &mut entropy)).collect::<Vec<_>>();
    let old = draw(Sex::Female, 1935);
    let new = draw(Sex::Female, 2012);
    let of = |names: &[String], name: &str| names.iter().filter(|n| *n == name).count();
    assert!(of(&old, "Mary") > 150 && of(&new, "Mary") < 20);
    assert!(of(&new, "Sophia") > 20 && of(&old, "Sophia") < 20);
    assert!(new.iter().collect::<HashSet<_>>().len() > 700);
    assert!(EnUs.given_sex("James").expect("known") > 0.95);
    assert!(EnUs.given_sex("MARY").expect("known") < 0.05);
    assert_eq!(EnUs.given_sex("Qwertz"), None);
}

#[test]
fn letters_lead_back_to_names() {
    let mut entropy = entropy();
    assert_eq!(EnUs.surnames_of_latin("smith"), ["Smith"]);
    assert_eq!(EnUs.given_of_latin("mary", None, None, &mut entropy).as_deref(), Some("Mary"));
    assert_eq!(EnUs.given_of_latin("zzz", None, None, &mut entropy), None);
    assert_eq!(EnUs.latin("O'Neil"), "oneil");
}

#[test]
fn codes_tell_city_and_state() {
    let place = EnUs.place("94103-1234").expect("a code");
    assert_eq!((place.region, place.city), ("California", Some("San Francisco")));
    assert_eq!(EnUs.place("97205").map(|p| p.region), Some("Oregon"));
    assert_eq!((EnUs.place("00000"), EnUs.place("9410")), (None, None));
    let phone = EnUs.phone("4155550142").expect("a number");
    assert_eq!((phone.region, phone.since_year), (Some("California"), Some(1947)));
    assert_eq!((EnUs.phone("4151550142"), EnUs.phone("4159110142"), EnUs.phone("0155550142")), (None, None, None));
}

#[test]
fn nobody_lives_at_codes_of_boxes() {
    let around: Vec<&str> = EnUs.postcodes_around("27101").iter().map(|(code, _)| code.as_str()).collect();
    assert!(around.contains(&"27101") && around.contains(&"27106"), "{around:?}");
    assert!(!around.contains(&"27113") && !around.contains(&"27199"), "boxes and firms of Winston-Salem: {around:?}");
    assert!(EnUs.place("27113").is_some(), "a row may have it all the same");
}

#[test]
fn streets_are_those_that_are_common() {
    let mut entropy = entropy();
    let drawn: Vec<_> = (0..5_000).map(|_| EnUs.street(&mut entropy).expect("a street")).collect();
    let of = |kind| drawn.iter().filter(|(_, k)| *k == kind).count();
    assert!(of("St") > of("Blvd") * 5 && of("Blvd") > 20);
    assert!(drawn.iter().any(|(name, _)| *name == "Maple"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_borne(text in "\\PC{0,16}", digits in "[0-9-]{0,12}") {
        let mut entropy = entropy();
        EnUs.split(&text);
        EnUs.latin(&text);
        EnUs.given_sex(&text);
        EnUs.surname_like(&text, None, &mut entropy);
        EnUs.given_of_latin(&text, None, None, &mut entropy);
        EnUs.place(&text);
        EnUs.place(&digits);
        EnUs.phone(&text);
        EnUs.phone(&digits);
    }
}
