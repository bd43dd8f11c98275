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
    assert_eq!(strangers.taken(), [true, true, false], "a phone, a name with its birth date, a name alone");
    assert_eq!(strangers.settle(canaries.to_vec()).len(), 1);
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
    let spots: Vec<Spot> = strangers.settle(canaries).into_iter().map(|d| d.spot).collect();
    assert_eq!(spots, [Spot::After(10), Spot::First, Spot::After(39)]);
}
