//! Where canaries stand in tables that run by a number, or by a date.

use crate::identity::{Generator, Order, Profiler, Role, Told};
use crate::model::Offer;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

#[test]
fn canaries_of_an_office_stand_where_its_rows_do() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["id", "surname", "office"].map(str::to_owned));
    let office = |id: usize| ["Dover", "Salem", "Troy"][(id / 2_000).min(2)];
    for n in 0..600usize {
        let (id, surname) = (n * 10 + entropy.random_range(0..3), ["Baker", "Carter", "Mason", "Potter"][n % 4]);
        profiler.meet(&[Some(id.to_string().as_str()), Some(surname), Some(office(id))], &mut entropy);
    }
    let roles = [Role::Key, Role::Surname, Role::Status];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    assert!(matches!(profile.order, Order::Running { column: 0, .. }));
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let mut astray = 0;
    for _ in 0..200 {
        let row = from.draw(10, &mut entropy).row;
        let id: usize = row[0].as_deref().and_then(|id| id.parse().ok()).expect("a number");
        astray += usize::from(row[2].as_deref() != Some(office(id)));
    }
    assert!(astray < 20, "{astray} of 200 stand among the rows of another office");
}

#[test]
fn a_number_goes_with_the_day_by_which_the_table_runs() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["licence", "surname", "issued"].map(str::to_owned));
    for n in (0..900usize).filter(|n| n % 3 > 0) {
        let issued = format!("{}-{:02}-{:02}", 1980 + n / 20, 1 + n * 7 % 12, 1 + n * 11 % 28);
        let licence = format!("{}-{}", 10_000 + n * 10 + entropy.random_range(0..9), ["PI", "AI", "RI"][n % 7 % 3]);
        let surname = ["Baker", "Carter", "Mason", "Potter"][n % 4];
        profiler.meet(&[Some(licence.as_str()), Some(surname), Some(issued.as_str())], &mut entropy);
    }
    let roles = [Role::Code, Role::Surname, Role::Date];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let rows: Vec<_> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
    let apart = |row: &crate::identity::Row| {
        let cell = |column: usize| row[column].as_deref().unwrap_or_default();
        let number: i32 = cell(0)[..5].parse().expect("a number");
        let year: i32 = cell(2)[..4].parse().expect("a year");
        ((number - 10_000) / 200 + 1980 - year).abs()
    };
    let astray = rows.iter().filter(|row| apart(row) > 2).count();
    assert!(astray < 20, "{astray} of 200");
}

/// The ids of twenty canaries in a table of 400 with these ids.
fn ids_drawn(id: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["id", "surname"].map(str::to_owned));
    for n in 0..400usize {
        profiler.meet(&[Some(id(n).to_string().as_str()), Some(["Baker", "Carter", "Mason"][n % 3])], &mut entropy);
    }
    let roles = [Role::Key, Role::Surname];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let drawn = |row: crate::identity::Row| row[0].as_deref().and_then(|id| id.parse().ok());
    (0..20).map(|_| drawn(from.draw(20, &mut entropy).row).expect("a number")).collect()
}

#[test]
fn running_numbers_keep_the_distances_of_the_table() {
    // Seven places are wider than all others.
    let ten = |n: usize| 100 + n * 10 + 10 * (n / 57) * (n / 57 + 1) / 2;
    let tens: Vec<usize> = ids_drawn(ten).into_iter().filter(|id| *id < ten(399)).collect();
    assert!(tens.len() > 4 && tens.iter().all(|id| id % 10 == 0), "{tens:?}");
    // Distances of 2, 3 and 5 that come in turn, as in every third row by a hash.
    let thirds = |n: usize| n / 3 * 10 + [0, 2, 5][n % 3];
    let drawn = ids_drawn(thirds);
    assert!(drawn.iter().all(|id| matches!(id % 10, 7 | 8) && *id < 1_340), "{drawn:?}");
}
