//! Echoes of places, names and keys, and what is none.

use super::*;
use crate::identity::{Profiler, Told};
use rand::SeedableRng;

const HEADER: [&str; 5] = ["address", "city", "zip", "mailing_city", "location"];

fn row(n: usize) -> Row {
    let street = format!("{} {} ST", 100 + n * 7, ["OAK", "ELM", "ASH", "FIR"][n % 4]);
    let (city, zip) = (["DOVER", "DEAL", "HYTHE"][n % 3], format!("{}", 20_000 + n % 3 * 17));
    let mailing = if n.is_multiple_of(4) { "LONDON" } else { city };
    let location = format!("{street}\n{city}, MD {zip}\n(39.{:06}, -77.{:06})", 158_700 + n * 41, 176_039 + n * 43);
    [street, city.to_owned(), zip, mailing.to_owned(), location].map(Some).to_vec()
}

fn profile() -> Profile {
    let mut entropy = Dice::seed_from_u64(1);
    let mut profiler = Profiler::new(&HEADER.map(str::to_owned));
    for n in 0..200 {
        let row = row(n);
        profiler.meet(&row.iter().map(|cell| cell.as_deref()).collect::<Vec<_>>(), &mut entropy);
    }
    let roles = [Role::Address, Role::Region, Role::Postcode, Role::Region, Role::Text];
    profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
}

#[test]
fn a_code_of_a_key_and_a_place_is_the_canarys() {
    let mut entropy = Dice::seed_from_u64(1);
    let city = |n: usize| ["Baton Rouge", "St. Paul", "Dover"][n % 3];
    let row = |n: usize| {
        let key = format!("B{:06}", 100 + n / 3 * 7);
        let slug = ["baton_rouge", "st_paul", "dover"][n % 3];
        [format!("{key}-{slug}"), key, city(n).to_owned()]
    };
    let mut profiler = Profiler::new(&["id", "member", "city"].map(str::to_owned));
    for n in 0..200 {
        profiler.meet(&row(n).each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
    }
    let roles = vec![(0, Role::Key), (1, Role::Code), (2, Role::Region)];
    let echoes = find(&profiler.finish(&Told { roles, ..Told::default() }));
    let own: Row = ["", "B000999", "Las Vegas"].map(|text| Some(text.to_owned())).to_vec();
    let like: Row = row(1).map(Some).to_vec();
    assert_eq!(echoes.iter().map(|echo| echo.column).collect::<Vec<_>>(), [0]);
    assert_eq!(echoes[0].of(&own, &like, &mut entropy).as_deref(), Some("B000999-las_vegas"));
}

#[test]
fn the_first_letter_of_a_middle_name_is_the_canarys() {
    let mut entropy = Dice::seed_from_u64(1);
    let row = |n: usize| {
        let (given, middle) = (["Robert", "Mary", "Susan"][n % 3], ["Wayne", "", "Quentin", "D"][n % 4]);
        let surname = ["Cervera", "Holt", "Ames", "Reyes", "Boyd"][n % 5];
        let initial = middle.get(..1).map(|letter| format!("{letter}. ")).unwrap_or_default();
        [given.to_owned(), middle.to_owned(), surname.to_owned(), format!("{given} {initial}{surname}")].to_vec()
    };
    let mut profiler = Profiler::new(&["first_name", "middle_name", "last_name", "name"].map(str::to_owned));
    for n in 0..200 {
        profiler.meet(&row(n).iter().map(|cell| Some(cell.as_str())).collect::<Vec<_>>(), &mut entropy);
    }
    let roles = [Role::GivenName, Role::MiddleName, Role::Surname, Role::FullName];
    let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
    let echoes = find(&profiler.finish(&told));
    let cells = |texts: Vec<String>| -> Row { texts.into_iter().map(Some).collect() };
    let own = cells(["Anna", "Zoe", "Lund", ""].map(str::to_owned).to_vec());
    // Where some rows have it whole it is said again, and of the others its letter.
    let whole = |n: usize| {
        let [given, middle, surname, _] = <[String; 4]>::try_from(row(n)).expect("four cells");
        let middle = if n.is_multiple_of(5) { "Quentin".to_owned() } else { middle };
        let name = [&given[..], &middle, &surname].join(" ").replace("  ", " ");
        [given, middle, surname, name].to_vec()
    };
    let mut profiler = Profiler::new(&["first_name", "middle_name", "last_name", "name"].map(str::to_owned));
    for n in 0..200 {
        profiler.meet(&whole(n).iter().map(|cell| Some(cell.as_str())).collect::<Vec<_>>(), &mut entropy);
    }
    let of_whole = find(&profiler.finish(&told));
    let short = cells(["Anna", "Z", "Lund", ""].map(str::to_owned).to_vec());
    assert_eq!(of_whole[0].of(&short, &cells(whole(3)), &mut entropy).as_deref(), Some("Anna Z Lund"));
    assert_eq!(of_whole[0].of(&own, &cells(whole(5)), &mut entropy).as_deref(), Some("Anna Zoe Lund"));
    // A name like one whose whole middle name is a letter cannot show how a longer one is said.
    assert_eq!(of_whole[0].of(&own, &cells(whole(3)), &mut entropy), None);
    assert_eq!(echoes[0].of(&own, &cells(row(0)), &mut entropy).as_deref(), Some("Anna Z. Lund"));
    assert_eq!(echoes[0].of(&own, &cells(row(1)), &mut entropy), None, "without a middle name");
}

#[test]
fn an_address_that_says_its_city_again_is_no_echo() {
    let mut entropy = Dice::seed_from_u64(1);
    let mut profiler = Profiler::new(&["city", "address", "year", "case_no"].map(str::to_owned));
    for n in 0..200 {
        let city = ["DOVER", "DEAL", "HYTHE"][n % 3];
        let (address, year) = (format!("{} OAK ST, {city}", 100 + n * 7), format!("{}", 2011 + n % 9));
        let case = format!("C{year}-{}", 4_000 + n * 17);
        profiler.meet(&[Some(city), Some(&address), Some(&year), Some(&case)], &mut entropy);
    }
    let roles = [Role::Region, Role::Address, Role::Other, Role::Code];
    let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
    assert!(find(&profiler.finish(&told)).is_empty());
}

#[test]
fn a_column_that_says_others_again_says_the_canarys() {
    let (echoes, mut entropy) = (find(&profile()), Dice::seed_from_u64(2));
    let of = |column| echoes.iter().find(|echo| echo.column == column).expect("an echo");
    assert_eq!(echoes.iter().map(|echo| echo.column).collect::<Vec<_>>(), [3, 4]);
    let mut own = row(1);
    (own[0], own[1], own[2]) = (Some("9 KENT AVE".into()), Some("RYE".into()), Some("20991".into()));
    let made = of(4).of(&own, &row(3), &mut entropy).expect("an echo");
    assert!(
        made.starts_with("9 KENT AVE\nRYE, MD 20991\n(39.") && made.len() == "9 KENT AVE\nRYE, MD 20991\n".len() + 23,
        "{made}"
    );
    assert!(!row(3)[4].as_ref().is_some_and(|theirs| made.ends_with(&theirs[theirs.len() - 24..])), "{made}");
    assert_eq!(of(3).of(&own, &row(3), &mut entropy).as_deref(), Some("RYE"));
    // In the row that this is like the mailing city is another one.
    assert_eq!(of(3).of(&own, &row(4), &mut entropy), None);
    own[1] = None;
    assert_eq!(of(4).of(&own, &row(3), &mut entropy), None);
}

proptest::proptest! {
    #[test]
    fn any_texts_are_borne(cells in proptest::collection::vec(proptest::option::of("[a-c]{0,6}|\\PC{0,6}"), 8), seed: u64) {
        let echo = Echo { column: 3, parts: vec![0, 1], initials: vec![2], forms: forms(Role::Code), place: None, is_taken_over: true };
        let (row, like) = (cells[..4].to_vec(), cells[4..].to_vec());
        let _ = echo.of(&row, &like, &mut Dice::seed_from_u64(seed));
    }
}

#[test]
fn a_name_of_one_letter_is_nobody_elses() {
    let mut entropy = Dice::seed_from_u64(1);
    let row = |n: usize| {
        let (given, surname) = (["Robert", "Mary", "P"][n % 3], ["Cervera", "Holt", "Ames", "Reyes"][n % 4]);
        [given.to_owned(), surname.to_owned(), format!("{given} {surname}")]
    };
    let mut profiler = Profiler::new(&["first_name", "last_name", "name"].map(str::to_owned));
    for n in 0..200 {
        profiler.meet(&row(n).each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
    }
    let roles = [Role::GivenName, Role::Surname, Role::FullName];
    let echoes = find(&profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() }));
    let cells = |texts: [String; 3]| -> Row { texts.map(Some).to_vec() };
    let own = cells(["George", "Lund", ""].map(str::to_owned));
    assert_eq!(echoes[0].of(&own, &cells(row(0)), &mut entropy).as_deref(), Some("George Lund"));
    assert_eq!(echoes[0].of(&own, &cells(row(2)), &mut entropy), None, "P Ames");
}
