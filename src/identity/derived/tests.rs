//! Amounts that others tell, in the rows of canaries, and what is none.

use super::*;
use crate::identity::{Generator, Profiler, Told};
use crate::model::Offer;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// The canaries of a table of such rows, whose columns have these roles.
fn drawn(roles: &[Role], mut of_a_row: impl FnMut(&mut ChaCha20Rng) -> Vec<String>) -> Vec<Row> {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let header: Vec<String> = (0..=roles.len()).map(|n| format!("c{n}")).collect();
    let mut profiler = Profiler::new(&header);
    for n in 0..300usize {
        let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
        let cells = of_a_row(&mut entropy);
        let cells = std::iter::once(surname).chain(cells.iter().map(String::as_str));
        profiler.meet(&cells.map(Some).collect::<Vec<_>>(), &mut entropy);
    }
    let told = std::iter::once(Role::Surname).chain(roles.iter().copied()).enumerate().collect();
    let profile = profiler.finish(&Told { roles: told, ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    (0..100).map(|_| from.draw(10, &mut entropy).row).collect()
}

fn number(row: &Row, column: usize) -> f64 {
    row[column].as_deref().and_then(amount::read).expect("a number")
}

#[test]
fn pounds_tell_kilograms_and_days_years() {
    let rows = drawn(&[Role::Amount; 5], |entropy| {
        let (pounds, days) = (f64::from(entropy.random_range(900..2_800)) / 10.0, entropy.random_range(7_000..30_000));
        let years = (f64::from(days) / 365.25).to_string();
        // As R and spreadsheets write it: fifteen digits.
        let shorter = format!("{:.13}", f64::from(days) / 365.2425);
        [format!("{pounds:.1}"), format!("{:.1}", pounds * 0.453_592), days.to_string(), years, shorter].to_vec()
    });
    for row in rows {
        assert!((number(&row, 2) - number(&row, 1) * 0.453_592).abs() < 0.11, "{row:?}");
        assert!((number(&row, 4) - number(&row, 3) / 365.25).abs() < 1e-6, "{row:?}");
        assert!((number(&row, 5) - number(&row, 3) / 365.2425).abs() < 1e-6, "{row:?}");
        assert!(significant(row[5].as_deref().unwrap_or_default()) <= DIGITS, "{row:?}");
    }
}

#[test]
fn a_total_is_that_of_its_parts() {
    let rows = drawn(&[Role::Amount; 5], |entropy| {
        let mut any = |most: u32| entropy.random_range(1..most);
        let (many, price, net) = (any(40), any(9_000), any(90_000));
        let cents = |n: u32| format!("{}.{:02}", n / 100, n % 100);
        [many.to_string(), cents(price), cents(many * price), cents(net), cents(net + price)].to_vec()
    });
    for row in rows {
        assert!((number(&row, 3) - number(&row, 1) * number(&row, 2)).abs() < 0.006, "{row:?}");
        assert!((number(&row, 5) - number(&row, 2) - number(&row, 4)).abs() < 0.006, "{row:?}");
    }
}

#[test]
fn a_stay_is_from_one_day_to_another() {
    let rows = drawn(&[Role::Date, Role::Date, Role::Amount], |entropy| {
        let from = jiff::civil::date(2015, 1, 1).checked_add(Span::new().days(entropy.random_range(0..2_000)));
        let from = from.expect("a date");
        let stay: i32 = entropy.random_range(1..60);
        let to = from.checked_add(Span::new().days(stay)).expect("a date");
        [from.to_string(), to.to_string(), stay.to_string()].to_vec()
    });
    for row in rows {
        let day = |column: usize| row[column].as_deref().and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let (from, to) = day(1).zip(day(2)).expect("dates");
        assert_eq!(days(from.at(0, 0, 0, 0), to.at(0, 0, 0, 0)), number(&row, 3), "{row:?}");
    }
}

#[test]
fn what_nothing_tells_is_left_alone() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["a", "b", "c"].map(str::to_owned));
    for _ in 0..300 {
        let cells: Vec<String> = (0..3).map(|_| entropy.random_range(1..2_000).to_string()).collect();
        profiler.meet(&cells.iter().map(|cell| Some(cell.as_str())).collect::<Vec<_>>(), &mut entropy);
    }
    let roles = vec![(0, Role::Amount), (1, Role::Amount), (2, Role::Amount)];
    assert!(find(&profiler.finish(&Told { roles, ..Told::default() })).is_empty());
}

#[test]
fn the_number_of_a_county_begins_with_its_states() {
    let roles = [Role::Amount, Role::Amount, Role::Code, Role::ForeignKey, Role::Amount];
    let rows = drawn(&roles, |entropy| {
        let (state, county, tract) =
            (entropy.random_range(1..57), entropy.random_range(1..300), entropy.random_range(100..990_000));
        let whole = format!("{state:02}{county:03}");
        let own = format!("{state}{county:03}{tract:06}");
        [state.to_string(), county.to_string(), own, whole, tract.to_string()].to_vec()
    });
    for row in rows {
        let (state, county) = (number(&row, 1), number(&row, 2));
        let whole = row[4].as_deref().unwrap_or_default();
        assert_eq!(whole, format!("{state:02}{county:03}"), "{row:?}");
        let own = format!("{state}{county:03}{:06}", number(&row, 5));
        assert_eq!(row[3].as_deref(), Some(own.as_str()), "{row:?}");
    }
}
