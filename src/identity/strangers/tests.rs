//! Canaries held against the rows of small tables.

use super::*;
use crate::identity::{Profiler, Told};
use rand::SeedableRng;

fn drawn(cells: &[&str], spot: Spot) -> Drawn {
    Drawn::at(cells.iter().map(|c| Some((*c).to_owned())).collect(), spot)
}

fn table(rows: &[[String; 3]]) -> Profile {
    let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["name", "phone", "birth_date"].map(str::to_owned));
    for row in rows {
        profiler.meet(&row.each_ref().map(|c| Some(c.as_str())), &mut entropy);
    }
    profiler.finish(&Told::default())
}

#[test]
fn whoever_has_a_value_of_the_table_is_taken() {
    let rows: Vec<[String; 3]> = (0..40)
        .map(|n| {
            [
                format!("Ann {}son", (b'A' + n % 26) as char),
                format!("+1415555{n:04}"),
                format!("1980-01-{:02}", n % 28 + 1),
            ]
        })
        .collect();
    let profile = table(&rows);
    let canaries = [
        drawn(&["Bo Li", "+14155550007", "1990-05-05"], Spot::After(3)),
        drawn(&["Ann Cson", "+14155559999", "1980-01-03"], Spot::After(3)),
        drawn(&["Ann Cson", "+14155559998", "1990-05-05"], Spot::After(3)),
    ];
    let mut strangers = Strangers::of(&profile, &canaries);
    for row in &rows {
        strangers.meet(&row.each_ref().map(|c| Some(c.as_str())));
    }
    assert!(strangers.taken().eq([true, true, false]), "a phone, a name with its birth date, a name alone");
    let settled = strangers.settle(canaries.to_vec());
    let columns: Vec<&[usize]> = settled.taken.iter().map(|(_, columns)| &columns[..]).collect();
    assert_eq!((settled.free.len(), &columns[..]), (1, &[&[1][..], &[0, 2]][..]));
}

#[test]
fn rows_of_a_sorted_table_find_their_place() {
    let rows: Vec<[String; 3]> =
        (0..40).map(|n| [format!("p{n:02}"), format!("+1415555{n:04}"), "1980-01-01".to_owned()]).collect();
    let profile = table(&rows);
    let sorted = |name: &str| {
        let spot = Spot::Sorted { column: 0, way: Way::Up, otherwise: 20 };
        drawn(&[name, "+14155559999", "1990-05-05"], spot)
    };
    let canaries = vec![sorted("p10x"), sorted("a"), sorted("z")];
    let mut strangers = Strangers::of(&profile, &canaries);
    for row in &rows {
        strangers.meet(&row.each_ref().map(|c| Some(c.as_str())));
    }
    let spots: Vec<Spot> = strangers.settle(canaries).free.into_iter().map(|d| d.spot).collect();
    assert_eq!(spots, [Spot::After(10), Spot::First, Spot::After(39)]);
}

#[test]
fn a_code_that_several_rows_have_is_somebodys() {
    let row = |member: usize| [format!("M{member:06}"), format!("{} Main St", member % 700)];
    let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["member_no", "street"].map(str::to_owned));
    let rows = || (0..36_000).flat_map(|n| [n * 2, n * 2]).map(row);
    rows().for_each(|row| profiler.meet(&row.each_ref().map(|c| Some(c.as_str())), &mut entropy));
    let profile = profiler.finish(&Told { roles: vec![(0, Role::Code), (1, Role::Other)], ..Told::default() });
    let known = &profile.columns[0];
    let forgotten = (0..72_000).step_by(2).map(row).find(|row| !known.has(&row[0])).expect("more than are remembered");
    let canaries = [drawn(&[&forgotten[0], "1 Elm St"], Spot::First), drawn(&["M000001", "1 Elm St"], Spot::First)];
    let mut strangers = Strangers::of(&profile, &canaries);
    rows().for_each(|row| strangers.meet(&row.each_ref().map(|c| Some(c.as_str()))));
    assert!(strangers.taken().eq([true, false]));
}

#[test]
fn a_block_is_spread_and_whoever_belongs_elsewhere_stays() {
    let rows: Vec<[String; 3]> =
        (0..40).map(|n| [format!("p{n:02}"), format!("+1415555{n:04}"), "1980-01-01".to_owned()]).collect();
    let profile = table(&rows);
    let canary = |name: &str, n: usize| {
        let spot = Spot::Sorted { column: 0, way: Way::Up, otherwise: n as u64 * 3 };
        drawn(&[name, &format!("+1415556{n:04}"), "1990-05-05"], spot)
    };
    let canaries = vec![canary("z1", 1), canary("z2", 2), canary("", 3), canary("z4", 4), canary("p10x", 5)];
    let mut strangers = Strangers::of(&profile, &canaries);
    for row in &rows {
        strangers.meet(&row.each_ref().map(|c| Some(c.as_str())));
    }
    let spots: Vec<Spot> = strangers.settle(canaries).free.into_iter().map(|d| d.spot).collect();
    assert_eq!(spots, [Spot::After(3), Spot::After(6), Spot::After(9), Spot::After(12), Spot::After(10)]);
    // Two side by side are none.
    let two = vec![canary("z1", 1), canary("z2", 2)];
    let mut strangers = Strangers::of(&profile, &two);
    for row in &rows {
        strangers.meet(&row.each_ref().map(|c| Some(c.as_str())));
    }
    assert!(strangers.settle(two).free.iter().all(|drawn| drawn.spot == Spot::After(39)));
}
