//! The audit as a whole, on made-up tables: what it must find, what it must not,
//! and what it must bear.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const NAMES: [&str; 6] = ["id", "name", "phone", "email", "city", "joined"];

fn entropy(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn names() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

fn people(count: usize, seed: u64) -> Vec<Row> {
    let mut e = entropy(seed);
    (0..count).map(|_| person(&mut e)).collect()
}

fn person(e: &mut ChaCha8Rng) -> Row {
    const FIRST: [&str; 6] = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Finn"];
    const LAST: [&str; 6] = ["Abt", "Beck", "Cahn", "Dorn", "Ebel", "Funk"];
    const DOMAIN: [&str; 3] = ["gmail.com", "web.de", "gmx.de"];
    let mut pick = |list: &[&str]| list[e.random_range(0..list.len())].to_owned();
    let (first, last, domain) = (pick(&FIRST), pick(&LAST), pick(&DOMAIN));
    let city = pick(&["Bonn", "Kiel", "Ulm"]);
    let email = format!("{}.{}{}@{domain}", first, last, e.random_range(0..999)).to_lowercase();
    let phone = format!("+49 17{} {:07}", e.random_range(0..10), e.random_range(0..10_000_000));
    let joined = format!("20{:02}-{:02}-{:02}", e.random_range(10..24), e.random_range(1..13), e.random_range(1..29));
    let id = e.random_range(10_000..9_999_999).to_string();
    vec![Some(id), Some(format!("{first} {last}")), Some(phone), Some(email), Some(city), Some(joined)]
}

/// Batches of ten, each row changed by `spoil` (batch, place in it).
fn batches(seed: u64, spoil: impl Fn(usize, usize, &mut Row)) -> Vec<Vec<Row>> {
    let mut rows = people(200, seed);
    rows.iter_mut().enumerate().for_each(|(i, r)| spoil(i / 10, i % 10, r));
    rows.chunks(10).map(<[Row]>::to_vec).collect()
}

fn judge(batches: &[Vec<Row>]) -> Audit {
    let roles = [Role::Other; 6];
    audit(&Sheet { names: &names(), roles: &roles }, &people(400, 1), batches, &mut entropy(9))
}

#[test]
fn real_rows_cannot_be_told_from_real_rows() {
    let found = judge(&batches(2, |_, _, _| {}));
    assert!((found.auc - 0.5).abs() < 0.1 && (found.control_auc - 0.5).abs() < 0.1, "{found:?}");
    assert!(found.auc_low < 0.52 && found.auc_high > 0.48, "{found:?}");
    assert!(found.planted_ap < 0.12, "chance is about 0.05: {found:?}");
}

#[test]
fn a_block_of_phones_is_found_where_it_lies() {
    let block = |b: usize, i: usize, row: &mut Row| row[2] = Some(format!("+49 171 {:07}", b * 41_000 + 7 * i));
    let found = judge(&batches(3, block));
    assert!(found.auc_worst > 0.95 && found.planted_ap > 0.9, "{found:?}");
    assert_eq!(found.columns[0].0, "phone");
    assert!(found.rules.iter().any(|r| r.name == "sequential_block:phone" && r.lift > 20.0), "{found:?}");
}

#[test]
fn a_shared_domain_is_found_where_it_lies() {
    let own =
        |_: usize, _: usize, row: &mut Row| row[3] = row[3].as_ref().map(|m| m.replace("gmail.com", "kontor.example"));
    let found = judge(&batches(4, own));
    assert_eq!(found.columns[0].0, "email");
    assert!(found.rules.iter().any(|r| r.name == "odd_domain_cluster:email"), "{found:?}");
    assert!(found.auc > 0.6, "{found:?}");
}

#[test]
fn the_same_entropy_gives_the_same_audit() {
    let (names, real, made) = (names(), people(60, 1), [people(10, 2), people(10, 3)]);
    let sheet = Sheet { names: &names, roles: &[] };
    let said = || format!("{:?}", audit(&sheet, &real, &made, &mut entropy(4)));
    assert_eq!(said(), said());
}

#[test]
fn nothing_to_compare_is_chance() {
    let names = names();
    let sheet = Sheet { names: &names, roles: &[] };
    for (real, made) in [(vec![], vec![]), (people(3, 1), vec![]), (vec![], vec![people(3, 1)])] {
        let found = audit(&sheet, &real, &made, &mut entropy(1));
        assert_eq!((found.auc, found.control_auc), (0.5, 0.5));
        assert!(Critic::fit(&sheet, &real, &[], 5, &mut entropy(1)).scores().is_empty());
    }
}

#[test]
fn a_critic_prefers_what_looks_real() {
    let (names, real) = (names(), people(400, 1));
    let sheet = Sheet { names: &names, roles: &[Role::Other; 6] };
    let mixed = |seed| {
        let mut rows = people(300, seed);
        rows.iter_mut().step_by(2).for_each(|r| r[5] = Some("2023-05-05".to_owned()));
        rows
    };
    let critic = Critic::fit(&sheet, &real, &mixed(6), 10, &mut entropy(1));
    for scores in [critic.scores().to_vec(), critic.log_odds(&mixed(7), &mut entropy(2))] {
        let mean = |from| scores.iter().skip(from).step_by(2).sum::<f64>() / 150.0;
        assert!(mean(0) > 1.0 && mean(1) < 0.0, "{} {}", mean(0), mean(1));
    }
}

#[test]
fn a_critic_has_no_opinion_on_real_rows() {
    let (names, real) = (names(), people(400, 1));
    let sheet = Sheet { names: &names, roles: &[Role::Other; 6] };
    let critic = Critic::fit(&sheet, &real, &people(300, 6), 10, &mut entropy(1));
    for scores in [critic.scores().to_vec(), critic.log_odds(&people(300, 7), &mut entropy(2))] {
        let mean = scores.iter().sum::<f64>() / 300.0;
        assert!(mean.abs() < 0.4, "{mean}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn any_cells_are_borne(rows in prop::collection::vec(prop::collection::vec(prop::option::of("\\PC{0,12}|[0-9]{8,18}"), 0..6), 8..24)) {
        let names = names();
        let sheet = Sheet { names: &names, roles: &[Role::Phone, Role::Sex] };
        let (real, made) = rows.split_at(rows.len() / 2);
        let found = audit(&sheet, real, &[made.to_vec()], &mut entropy(1));
        prop_assert!((0.0..=1.0).contains(&found.auc) && (0.0..=1.0).contains(&found.planted_ap));
        let critic = Critic::fit(&sheet, real, made, 3, &mut entropy(1));
        prop_assert!(critic.scores().iter().all(|s| s.is_finite()));
    }
}
