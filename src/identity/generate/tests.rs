//! A register whose columns hang together in ways that one column does not show: two
//! sets of places, what only the dead have, first and last days, logins of names.

use super::*;
use crate::identity::{Chooser, Profiler, Told};
use crate::model::OfferedPhone;
use rand_chacha::ChaCha20Rng;

const ROWS: usize = 600;
const HEADER: [&str; 12] = [
    "last_name",
    "first_name",
    "birth_state",
    "birth_city",
    "home_state",
    "home_city",
    "birth_year",
    "death_date",
    "first_day",
    "last_day",
    "login",
    "user_id",
];
const SURNAMES: [&str; 20] = [
    "Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker", "Cooper", "Turner", "Parker", "Miller",
    "Fuller", "Barber", "Butler", "Archer", "Bishop", "Sawyer", "Slater", "Thatcher", "Weaver",
];
const GIVEN: [&str; 6] = ["James", "Robert", "Hubert", "Paul", "Kevin", "Wesley"];
const CITIES: [(&str, [&str; 3]); 4] = [
    ("OH", ["Dayton", "Toledo", "Akron"]),
    ("TX", ["Waco", "Austin", "Laredo"]),
    ("UT", ["Provo", "Ogden", "Logan"]),
    ("WA", ["Tacoma", "Yakima", "Everett"]),
];
/// Who was born before that year has died.
const ALIVE: usize = 1935;
const LAST: &str = "2010-12-31";

fn row(n: usize, entropy: &mut ChaCha20Rng) -> Vec<Option<String>> {
    let mut at = |of: usize| entropy.random_range(0..of);
    let (surname, given) = (SURNAMES[at(20)], GIVEN[at(6)]);
    let (born_in, home) = (CITIES[at(4)], CITIES[at(4)]);
    let year = 1900 + at(70);
    let died = (year < ALIVE).then(|| format!("{}-{:02}-{:02}", year + 60, 1 + at(12), 1 + at(28)));
    let first = 1990 + at(21);
    let day = format!("{:02}-{:02}", 1 + at(11), 1 + at(28));
    let last = (first + at(15)).min(2010);
    let last = if last == 2010 { LAST.to_owned() } else { format!("{last}-12-{:02}", 1 + at(28)) };
    let login = format!("{}{}{}", &given[..1], surname, 1 + n).to_lowercase();
    let said = [surname, given, born_in.0, born_in.1[at(3)], home.0, home.1[at(3)]];
    let mut cells: Vec<Option<String>> = said.map(|cell| Some(cell.to_owned())).to_vec();
    cells.extend([Some(year.to_string()), died, Some(format!("{first}-{day}")), Some(last)]);
    cells.extend([Some(login.clone()), Some(login)]);
    cells
}

fn register(entropy: &mut ChaCha20Rng) -> Profile {
    use Role::*;
    let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
    for n in 0..ROWS {
        let row = row(n, entropy);
        profiler.meet(&row.iter().map(|cell| cell.as_deref()).collect::<Vec<_>>(), entropy);
    }
    let roles = [Surname, GivenName, Region, Region, Region, Region, Amount, Date, Date, Date, Code, Code];
    profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
}

#[test]
fn what_hangs_together_in_the_table_does_in_new_rows() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let (profile, offer) = (register(&mut entropy), Offer::default());
    let mut from = Generator::new(&profile, &offer);
    assert!(from.kept.men > 0.9, "{}", from.kept.men);
    let rows: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
    let share = |test: &dyn Fn(&[&str]) -> bool| {
        let all = rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect::<Vec<_>>());
        all.filter(|row| test(row)).count() as f64 / rows.len() as f64
    };
    let lies = |state: &str, city: &str| CITIES.iter().any(|(s, cities)| *s == state && cities.contains(&city));
    assert_eq!(share(&|row| lies(row[2], row[3]) && lies(row[4], row[5])), 1.0, "cities lie in their states");
    let of_the_dead = share(&|row| row[7].is_empty() == (row[6].parse::<usize>().expect("a year") >= ALIVE));
    assert!(of_the_dead > 0.9, "{of_the_dead} of the dead have a day of death");
    assert_eq!(
        share(&|row| row[8] <= row[9] && row[9] <= LAST),
        1.0,
        "the last day is behind the first and no later than any"
    );
    let of_names = |row: &[&str]| row[10].starts_with(&format!("{}{}", &row[1][..1], row[0]).to_lowercase());
    assert_eq!(share(&of_names), 1.0, "logins are of names");
    assert_eq!(share(&|row| row[10] == row[11]), 1.0, "columns that say the same say the same");
}

#[test]
fn a_city_lies_in_its_state_however_few_rows_have_it() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["surname", "state", "city"].map(str::to_owned));
    // Every state has forty towns, most of one row or two; others have names that all states have.
    for _ in 0..400 {
        let mut at = |most: usize| entropy.random_range(0..most);
        let (surname, state, town) = (SURNAMES[at(20)], at(8), at(50));
        let town = if town < 40 {
            format!("{}ton {state}", SURNAMES[town / 2])
        } else {
            format!("Grove {}", (state + town) % 8)
        };
        profiler.meet(&[Some(surname), Some(&format!("S{state}")), Some(&town)], &mut entropy);
    }
    let roles = [Role::Surname, Role::Region, Role::Region];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    let pair = |row: &Row| (row[1].clone(), row[2].clone());
    let known: FxHashSet<_> = profile.donors.iter().map(|anchor| pair(&anchor.row)).collect();
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let rows: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
    let elsewhere = rows.iter().filter(|row| !known.contains(&pair(row))).count();
    assert_eq!(elsewhere, 0, "of 300");
}

/// People with a mailbox in every fourth row, middle names that others mostly have not,
/// and an offer of so many mailboxes.
fn scarcely_mailed(mailboxes: usize) -> (Profile, Offer) {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["given", "middle", "surname", "email"].map(str::to_owned));
    for n in 0..400usize {
        let (given, surname) = (GIVEN[n % 6], SURNAMES[n * 7 % 20]);
        let middle = if n % 4 == 1 { "J".to_owned() } else { format!("{}{}", SURNAMES[n % 20], n / 20) };
        let mail = n.is_multiple_of(4).then(|| format!("{given}.{surname}{n}@example.org").to_lowercase());
        profiler.meet(&[Some(given), Some(&middle), Some(surname), mail.as_deref()], &mut entropy);
    }
    let roles = [Role::GivenName, Role::MiddleName, Role::Surname, Role::Email];
    let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
    let owned = |n: usize| {
        let value = format!("{}.{}{}@example.org", GIVEN[n % 6], SURNAMES[(n * 7 + 1) % 20], 500 + n).to_lowercase();
        ContactPoint { kind: crate::model::Kind::Mailbox, value }
    };
    let offer = Offer { mailboxes: (0..mailboxes).map(owned).collect(), ..Offer::default() };
    (profiler.finish(&told), offer)
}

#[test]
fn every_second_canary_can_be_contacted_where_few_rows_can() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    for (mailboxes, want) in [(60, 5..=9), (3, 3..=3)] {
        let (profile, offer) = scarcely_mailed(mailboxes);
        let mut from = Generator::new(&profile, &offer);
        let names: Vec<String> = profile.columns.iter().map(|c| c.name.clone()).collect();
        let chooser = Chooser::learn(&mut from, &names, 10, &mut entropy);
        let chosen = chooser.choose(&mut from, 10, &mut entropy);
        let reached = chosen.iter().filter(|drawn| !drawn.contact_points.is_empty()).count();
        assert_eq!(chosen.len(), 10, "{mailboxes} mailboxes");
        assert!(want.contains(&reached), "{reached} of 10 with {mailboxes} mailboxes");
    }
}

#[test]
fn middle_names_are_new_as_often_as_rows_have_their_own() {
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let (profile, offer) = scarcely_mailed(0);
    let mut from = Generator::new(&profile, &offer);
    let rows: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
    let is_new = |row: &&Row| !profile.columns[1].has(row[1].as_deref().unwrap_or_default());
    let (new, short) =
        (rows.iter().filter(is_new).count(), rows.iter().filter(|r| r[1].as_deref() == Some("J")).count());
    assert!((110..190).contains(&new) && short > 20, "{new} of 200 are new, {short} initials");
}

#[test]
fn whole_addresses_name_towns_as_rows_do_and_are_no_rows_own() {
    let towns = ["CHICAGO IL 60618", "SKOKIE IL 60077", "HARVEY IL 60426"];
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["last_name", "address"].map(str::to_owned));
    for n in 0..ROWS {
        let street = ["BELMONT AVE", "PARK ROAD", "LUNT STREET", "MILL LANE"][n / 3 % 4];
        let town = if n.is_multiple_of(5) { "" } else { towns[n % 3] };
        let address = format!("{} {street} {town}", 100 + n % 40);
        profiler.meet(&[Some(SURNAMES[n % 20]), Some(address.trim())], &mut entropy);
    }
    let roles = vec![(0, Role::Surname), (1, Role::Address)];
    let profile = profiler.finish(&Told { roles, ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let drawn: Vec<String> = (0..400).filter_map(|_| from.draw(10, &mut entropy).row[1].clone()).collect();
    let whole = |address: &String| towns.iter().any(|town| address.ends_with(town));
    let bare = drawn.iter().filter(|address| !address.contains(" IL ")).count();
    assert!((50..110).contains(&bare), "{bare} of 400, one in five wanted");
    let broken: Vec<&String> = drawn.iter().filter(|address| !whole(address) && address.contains(" IL ")).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let own = drawn.iter().filter(|address| profile.columns[1].has(address)).count();
    assert!(own < 20, "{own} of 400 are rows'");
}

#[test]
fn canaries_live_where_their_phones_are() {
    let places = [("205", "AL"), ("907", "AK"), ("480", "AZ"), ("501", "AR"), ("303", "CO"), ("860", "CT")];
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["last_name", "phone", "state"].map(str::to_owned));
    for n in 0..ROWS {
        let (area, state) = places[n % 6];
        let phone = format!("{area}-{}-{:04}", 230 + n % 70, n * 7);
        profiler.meet(&[Some(SURNAMES[n % 20]), Some(&phone), Some(state)], &mut entropy);
    }
    let roles = vec![(0, Role::Surname), (1, Role::Phone), (2, Role::Region)];
    let profile = profiler.finish(&Told { roles, ..Told::default() });
    // None of Alaska's, one of Arkansas'.
    let numbers = (0..300).map(|n| match n {
        7 => "+15012340007".to_owned(),
        _ => format!("+1{}{}{:04}", [205, 480, 303, 860][n % 4], 240 + n % 50, n * 11),
    });
    let phone = |n: String| OfferedPhone {
        point: ContactPoint::phone(&n).expect("a number"),
        kind: None,
        carrier: None,
        city: None,
        since: None,
    };
    let offer = Offer { phones: numbers.map(phone).collect(), ..Offer::default() };
    let mut from = Generator::new(&profile, &offer);
    for _ in 0..200 {
        let row = from.draw(10, &mut entropy).row;
        let (area, state) = (row[1].as_deref().and_then(|text| text.get(..3)), row[2].as_deref());
        assert!(places.iter().any(|(a, s)| area == Some(*a) && state == Some(*s)), "{row:?}");
    }
}

#[test]
fn names_are_in_large_letters_where_the_tables_are_and_some_are_initials() {
    let mut entropy = ChaCha20Rng::seed_from_u64(7);
    let mut profiler = Profiler::new(&["last_name", "first_name", "phone"].map(str::to_owned));
    for n in 0..400usize {
        // Every second given name is nobody else's, or an initial.
        let given = match n % 4 {
            0 => char::from(b'A' + (n / 4 % 26) as u8).to_string(),
            1 => format!("{}{}", GIVEN[n % 6].to_uppercase(), ["ETTA", "INE", "ELLA", "ITA"][n / 4 % 4]),
            _ => GIVEN[n % 6].to_uppercase(),
        };
        let surname = SURNAMES[n % 20].to_uppercase();
        let phone = format!("910-{:03}-{:04}", 200 + n, n * 7);
        profiler.meet(&[Some(surname.as_str()), Some(&given), Some(&phone)], &mut entropy);
    }
    let roles = [Role::Surname, Role::GivenName, Role::Phone];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let mut new = 0;
    for _ in 0..1_000 {
        let row = from.draw(10, &mut entropy).row;
        let given = row[1].as_deref().unwrap_or_default();
        assert!(!given.bytes().any(|b| b.is_ascii_lowercase()), "{row:?}");
        new += usize::from(!profile.columns[1].has(given));
    }
    assert!(new > 20, "{new}");
}

#[test]
fn chinese_roads_have_numbers_and_communities_buildings() {
    let communities = ["朝晖新村", "三里亭花园", "大关公寓", "景芳名苑", "德胜家园"];
    let roads = ["文一路", "学院路", "和平大道", "体育场路", "凤起街"];
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["xm", "dz"].map(str::to_owned));
    for n in 0..ROWS {
        let area = ["杭州市西湖区", "杭州市余杭区瓶窑镇", "宁波市海曙区", "温州市鹿城区"][n % 4];
        let (road, community) = (roads[n / 3 % 5], communities[n / 7 % 5]);
        let (house, flat) = (10 + n * 7 % 900, format!("{}幢{}单元{}02室", 1 + n % 40, 1 + n % 4, 1 + n % 17));
        let address = match n % 10 {
            0 => area.to_owned(),
            1..4 => format!("{area}{road}{house}号"),
            4..7 => format!("{area}{community}{flat}"),
            _ => format!("{area}{road}{house}号{community}{flat}"),
        };
        let name = format!("{}{}", ["王", "李", "张", "刘", "陈"][n % 5], ["伟", "芳", "娜", "敏", "静"][n / 5 % 5]);
        profiler.meet(&[Some(name.as_str()), Some(address.as_str())], &mut entropy);
    }
    let roles = vec![(0, Role::FullName), (1, Role::Address)];
    let profile = profiler.finish(&Told { roles, ..Told::default() });
    let offer = Offer::default();
    let mut from = Generator::new(&profile, &offer);
    let drawn: Vec<String> = (0..300).filter_map(|_| from.draw(10, &mut entropy).row[1].clone()).collect();
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let is_road =
        |address: &&String| roads.iter().any(|road| address.split_once(road).is_some_and(|(_, to)| digit(to)));
    let numbered = |address: &&String| address.find('号').is_some();
    let wrong: Vec<&String> = drawn.iter().filter(|address| is_road(address) != numbered(address)).collect();
    assert!(wrong.len() * 50 < drawn.len(), "{wrong:?}");
    let bare = drawn.iter().filter(|address| !address.bytes().any(|b| b.is_ascii_digit()));
    let (bare, ends): (Vec<&String>, _) = (bare.collect(), ['区', '镇']);
    let whole = bare.iter().filter(|address| address.ends_with(ends)).count();
    assert!((3..70).contains(&whole) && whole + 5 > bare.len(), "{bare:?}");
}

#[test]
fn a_canary_lives_with_no_household_whose_phone_it_is_not_of() {
    let places = [("205", "Birmingham"), ("251", "Mobile"), ("256", "Huntsville"), ("334", "Montgomery")];
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let mut profiler = Profiler::new(&["last_name", "address", "city", "phone"].map(str::to_owned));
    let mut home = [String::new(), String::new(), String::new(), String::new()];
    for n in 0..ROWS {
        // Two rows in three are of a household of two, with one phone.
        if n % 3 != 1 {
            let mut at = |of: usize| entropy.random_range(0..of);
            let street = format!("{}{} Rd", SURNAMES[at(20)], ["wood", "hill", "dale", "brook"][at(4)]);
            let (area, city) = places[at(4)];
            home = [
                format!("{}{}", SURNAMES[at(20)], ["son", "ton", "man", "field"][at(4)]),
                format!("{} {street}", 100 + at(800)),
                city.to_owned(),
                format!("{area}{:03}{:04}", 200 + at(700), at(10_000)),
            ];
        }
        profiler.meet(&home.each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
    }
    let roles = [Role::Surname, Role::Address, Role::Region, Role::Phone];
    let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
    let phone = |n: usize| {
        let number = format!("+1{}{:03}{:04}", places[n % 4].0, 200 + n % 700, n * 29 % 10_000);
        let point = crate::model::ContactPoint::phone(&number).expect("a phone");
        OfferedPhone { point, kind: None, carrier: None, city: None, since: None }
    };
    let offer = Offer { phones: (0..600).map(phone).collect(), ..Offer::default() };
    let mut from = Generator::new(&profile, &offer);
    let rows: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
    let says = |row: &Row, column: usize| row[column].clone().unwrap_or_default();
    let street = |address: &str| address.split_once(' ').map(|(_, street)| street.to_owned()).unwrap_or_default();
    let homes: std::collections::HashSet<(String, String)> =
        profile.donors.iter().map(|a| (says(&a.row, 0), street(&says(&a.row, 1)))).collect();
    let housed = rows.iter().filter(|row| homes.contains(&(says(row, 0), street(&says(row, 1))))).count();
    assert!(housed * 7 < rows.len(), "{housed} of {} have a family's name and its street", rows.len());
    let there = |row: &&Row| places.contains(&(&says(row, 3)[..3], &says(row, 2)[..]));
    let there = rows.iter().filter(there).count();
    assert!(there * 10 > rows.len() * 9, "{there} of {} live where their phones are", rows.len());
}
