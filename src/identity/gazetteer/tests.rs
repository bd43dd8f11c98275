//! Tables of made-up people at postcodes of the pack, and where else they could live.

use super::*;
use crate::identity::{Generator, Profiler, Told};
use crate::model::Offer;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// People at every other postcode of the pack that begins with these digits; more than
/// one a postcode where `each` says so.
fn table(areas: &[&str], each: usize, row: impl Fn(&str, &PlaceFacts) -> Vec<String>) -> Profile {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["first_name", "zip", "city", "state", "county"].map(str::to_owned));
    let pack = crate::identity::Locale::EnUs.pack();
    for area in areas {
        let seed = (0..100).map(|n| format!("{area}{n:02}")).find(|code| pack.place(code).is_some());
        for (code, at) in pack.postcodes_around(&seed.expect("a code")).iter().step_by(2) {
            for name in ["Ann", "Bob", "Cy"].iter().take(each) {
                let cells = [vec![(*name).to_owned()], row(code, at)].concat();
                let cells: Vec<Option<&str>> = cells.iter().map(|c| Some(c.as_str())).collect();
                profiler.meet(&cells, &mut entropy);
            }
        }
    }
    let roles = [Role::GivenName, Role::Postcode, Role::Region, Role::Region, Role::Region];
    profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
}

/// Where else somebody could live, of whom the cells from the postcode on are these.
fn elsewhere(
    gazetteer: &Gazetteer,
    profile: &Profile,
    cells: [&str; 4],
    entropy: &mut ChaCha20Rng,
) -> Option<Elsewhere> {
    let views = Views::of(profile);
    gazetteer.elsewhere(profile, |piece| Some(cells[views.pieces[piece].column - 1]), entropy)
}

fn plain(code: &str, at: &PlaceFacts) -> Vec<String> {
    [code, &at.city.expect("a city").to_uppercase(), at.region, "US"].map(str::to_owned).to_vec()
}

#[test]
fn who_moves_lives_nearby_where_no_row_does() {
    let profile = table(&["606", "100", "941", "331"], 1, plain);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
    assert_eq!((gazetteer.new, gazetteer.names.len(), gazetteer.keeps_city), (1.0, 1, false));
    let mut entropy = ChaCha20Rng::seed_from_u64(2);
    let pack = profile.locale.pack();
    let mut cities = 0;
    for anchor in &profile.donors {
        let text = |c| profile.text(&anchor.row, Some(c)).expect("filled");
        let cells = [text(1), text(2), text(3), text(4)];
        let Some(made) = elsewhere(&gazetteer, &profile, cells, &mut entropy) else { continue };
        let at = pack.place(&made.postcode).expect("a postcode");
        assert_eq!((at.region, &made.postcode[..3]), (text(3), &text(1)[..3]));
        assert_eq!(made.names[0].1, at.city.expect("a city").to_uppercase());
        assert!(!profile.columns[1].has(&made.postcode));
        cities += 1;
    }
    assert!(cities * 10 > profile.donors.len() * 9, "{cities}");
}

#[test]
fn canaries_live_at_postcodes_of_their_own_as_often_as_rows_do() {
    let profile = table(&["606", "100", "941", "331"], 1, plain);
    let (offer, mut entropy) = (Offer::default(), ChaCha20Rng::seed_from_u64(3));
    let mut from = Generator::new(&profile, &offer);
    let drawn: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
    let text = |row: &Row, c| text(&profile, row, c).to_owned();
    let pack = profile.locale.pack();
    for row in &drawn {
        let at = pack.place(&text(row, 1)).expect("a postcode");
        assert_eq!((at.city.map(str::to_uppercase), at.region), (Some(text(row, 2)), &text(row, 3)[..]));
    }
    let own = drawn.iter().filter(|row| !profile.columns[1].has(&text(row, 1))).count();
    assert!(own > 170, "{own} of 200");
}

#[test]
fn the_county_goes_with_the_city_as_the_table_writes_it() {
    let with_county = |code: &str, at: &PlaceFacts| {
        let county = format!("{} COUNTY", at.county.expect("a county").to_uppercase());
        [code, at.city.expect("a city"), at.region, &county].map(str::to_owned).to_vec()
    };
    let profile = table(&["600", "150", "275", "010"], 1, with_county);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
    assert_eq!((gazetteer.names.len(), gazetteer.keeps_city, gazetteer.keeps_county), (2, false, false));
    let mut entropy = ChaCha20Rng::seed_from_u64(2);
    let pack = profile.locale.pack();
    let mut counties = std::collections::HashSet::new();
    for _ in 0..60 {
        let cells = ["27502", "Apex", "NC", "WAKE COUNTY"];
        let made = elsewhere(&gazetteer, &profile, cells, &mut entropy).expect("another place");
        let at = pack.place(&made.postcode).expect("a postcode");
        assert_eq!(made.names[0].1, at.city.expect("a city"));
        assert_eq!(made.names[1].1, format!("{} COUNTY", at.county.expect("a county").to_uppercase()));
        counties.insert(made.names[1].1.clone());
    }
    assert!(counties.len() > 2, "{counties:?}");
}

#[test]
fn who_is_of_one_county_stays_there() {
    let of_cook =
        |code: &str, at: &PlaceFacts| [code, at.city.expect("a city"), at.region, "US"].map(str::to_owned).to_vec();
    let profile = table(&["606", "100", "606", "606"], 1, of_cook);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
    assert!(gazetteer.keeps_county);
    let mut entropy = ChaCha20Rng::seed_from_u64(2);
    for _ in 0..60 {
        let made = elsewhere(&gazetteer, &profile, ["60002", "Antioch", "IL", "US"], &mut entropy);
        let at = profile.locale.pack().place(&made.expect("another place").postcode);
        assert_eq!(at.and_then(|at| at.county), Some("Lake"));
    }
}

#[test]
fn a_longer_code_is_of_another_block_of_houses_there() {
    let nine = |code: &str, at: &PlaceFacts, joint: &str| {
        let county = if code.as_bytes()[4].is_multiple_of(2) { "Cook" } else { "Lake" };
        let code = format!("{code}{joint}1234");
        [code.trim_start_matches('0'), at.city.expect("a city"), at.region, county].map(str::to_owned).to_vec()
    };
    for (area, joint, own) in [("606", "-", "60606-1234"), ("021", "", "21081234"), ("021", "-", "2108-1234")] {
        let profile = table(&[area, "600"], 2, |code, at| nine(code, at, joint));
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        assert!(gazetteer.keeps_city);
        let cells = [own, "Chicago", "IL", "Cook"];
        let made = elsewhere(&gazetteer, &profile, cells, &mut ChaCha20Rng::seed_from_u64(2)).expect("another block");
        let block = own.len() - 4;
        assert_eq!((made.postcode.len(), &made.postcode[..block]), (own.len(), &own[..block]));
        assert!(made.postcode != own && made.names.is_empty(), "{}", made.postcode);
    }
}

#[test]
fn who_has_a_longer_code_moves_as_often_as_places_are_somebodys_alone() {
    let nine = |code: &str, at: &PlaceFacts| {
        let code = format!("{}1234", code.trim_start_matches('0'));
        [&code, at.city.expect("a city"), at.region, "US"].map(str::to_owned).to_vec()
    };
    for (each, moves) in [(1, true), (2, false)] {
        let profile = table(&["100", "021", "941", "331"], each, nine);
        let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
        let mut entropy = ChaCha20Rng::seed_from_u64(2);
        let cells = ["21081234", "Boston", "MA", "US"];
        let made: Vec<Elsewhere> =
            (0..40).filter_map(|_| elsewhere(&gazetteer, &profile, cells, &mut entropy)).collect();
        let stay = made.iter().filter(|made| made.postcode.starts_with("2108")).count();
        assert_eq!((made.len() > 30, stay), (true, if moves { 0 } else { made.len() }));
        assert!(made.iter().all(|made| made.postcode.len() == 8 && made.names.len() == usize::from(moves)));
    }
}

#[test]
fn zeros_that_a_spreadsheet_left_out_stay_out() {
    let short = |code: &str, at: &PlaceFacts| {
        [code.trim_start_matches('0'), at.city.expect("a city"), at.region, "US"].map(str::to_owned).to_vec()
    };
    let profile = table(&["021", "086"], 1, short);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
    let cells = ["2108", "Boston", "MA", "US"];
    let made = elsewhere(&gazetteer, &profile, cells, &mut ChaCha20Rng::seed_from_u64(2));
    let made = made.expect("Boston has more").postcode;
    assert!(made.len() == 4 && made.starts_with('2') && !profile.columns[1].has(&made), "{made}");
}

#[test]
fn british_postcodes_are_of_another_street() {
    let british = |code: &str, _: &PlaceFacts| {
        let unit = |n: usize| char::from(UNITS[usize::from(code.as_bytes()[n]) % 20]);
        ["", "Oxted", "Surrey", "UK"]
            .map(str::to_owned)
            .into_iter()
            .enumerate()
            .map(
                |(n, text)| {
                    if n == 0 { format!("RH{} {}{}{}", &code[1..2], &code[2..3], unit(3), unit(4)) } else { text }
                },
            )
            .collect()
    };
    let profile = table(&["606", "100"], 1, british);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("British codes");
    let mut entropy = ChaCha20Rng::seed_from_u64(2);
    let cells = ["rh8 9aa", "Oxted", "Surrey", "UK"];
    let made = elsewhere(&gazetteer, &profile, cells, &mut entropy).expect("another street");
    assert!(made.postcode.starts_with("rh8 9") && made.postcode.len() == 7 && made.names.is_empty());
    assert!(has_unit(&made.postcode) && made.postcode == made.postcode.to_lowercase(), "{}", made.postcode);
}

#[test]
fn where_postcodes_are_shared_nobody_moves() {
    let profile = table(&["606", "100"], 3, plain);
    let gazetteer = Gazetteer::of(&profile, &Views::of(&profile)).expect("the pack has these");
    assert!((0..100).all(|n| !gazetteer.is_new(&mut ChaCha20Rng::seed_from_u64(n))), "{}", gazetteer.new);
}
