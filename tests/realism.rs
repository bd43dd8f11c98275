//! Realism, through the real binary: what a canary must never have, what a
//! seeding says of itself before and after, and how well canaries hide.

mod detector;
mod people;
mod pool;
mod sheet;

use self::pool::Ways;
use self::sheet::{Sheet, canaries};
use crate::site::Site;
use serde_json::Value;

const CHINESE: Ways<'_> =
    Ways { phone: ("86", Some("手机")), email: Some("邮箱"), names: &["姓名"], birth: "出生日期" };
const ENGLISH: Ways<'_> = Ways {
    phone: ("1", Some("phone")),
    email: Some("email"),
    names: &["first_name", "last_name"],
    birth: "birth_date",
};

/// A site with one table and a careful pool for it.
fn with_table(file: &str, sheet: &Sheet, ways: &Ways<'_>) -> Site {
    let site = Site::new();
    site.write(file, sheet.text());
    pool::fill(&site, sheet, ways, 150);
    site
}

/// Seeds for two sources; no identity of a row is a canary's, none of a canary another's.
fn strangers(file: &str, sheet: &Sheet, ways: &Ways<'_>, identities: &[&[&str]]) {
    let site = with_table(file, sheet, ways);
    let mut before: Option<Sheet> = None;
    for source in ["telecom", "registry"] {
        let done = site.json(&["seed", file, "--source", source, "--count", "12", "--accept-detectable"]);
        let found = &done["audit"]["detection"];
        assert!(found["auc"].as_f64().is_some_and(|auc| (0.0..=1.0).contains(&auc)), "{found}");
        assert!(found["columns"].as_object().is_some_and(|all| !all.is_empty()), "{found}");
        let planted = canaries(&site, file, source);
        assert_eq!(planted.rows.len(), 12);
        for columns in identities {
            assert_eq!(sheet.shared(&planted, columns), [""; 0], "{source}: {columns:?} of rows");
            let Some(before) = &before else { continue };
            assert_eq!(before.shared(&planted, columns), [""; 0], "{columns:?} in both copies");
        }
        assert!(planted.rows.iter().all(|row| row.iter().filter(|c| c.is_empty()).count() < 3), "{planted:?}");
        before = Some(planted);
    }
}

#[test]
fn canaries_of_a_chinese_table_are_nobody() {
    let identities: [&[&str]; 6] = [&["编号"], &["身份证号"], &["手机"], &["邮箱"], &["姓名", "出生日期"], &["住址"]];
    strangers("zh.csv", &people::chinese(600, 1), &CHINESE, &identities);
}

#[test]
fn canaries_of_an_english_table_are_nobody() {
    let identities: [&[&str]; 5] =
        [&["id"], &["phone"], &["email"], &["first_name", "last_name", "birth_date"], &["street", "zip"]];
    strangers("en.csv", &people::english(600, 2), &ENGLISH, &identities);
}

/// Fourteen numbers lie free within the table, and two sources get twelve canaries
/// each: what both copies have is told.
#[test]
fn two_copies_use_one_number_twice_only_where_there_are_no_more() {
    let mut sheet = people::chinese(600, 8);
    let at = sheet.at("编号");
    for (n, row) in sheet.rows.iter_mut().enumerate() {
        row[at] = (20_000 + n + n / 40).to_string();
    }
    let site = with_table("zh.csv", &sheet, &CHINESE);
    let seed = |source| site.json(&["seed", "zh.csv", "--source", source, "--count", "12", "--accept-detectable"]);
    let first = seed("telecom");
    assert!(!first["warnings"].to_string().contains("another source's copy"), "{first}");
    let done = seed("registry");
    let (one, other) = (canaries(&site, "zh.csv", "telecom"), canaries(&site, "zh.csv", "registry"));
    assert_eq!((one.rows.len(), other.rows.len()), (12, 12));
    let shared = one.shared(&other, &["编号"]).len();
    let told = if shared > 0 { format!("{shared} canaries have a number") } else { String::new() };
    let warnings = done["warnings"].to_string();
    assert!(warnings.contains(&told), "{shared} numbers are used twice: {done}");
    assert_eq!(warnings.contains("another source's copy has too"), shared > 0, "{done}");
    assert_eq!(one.shared(&other, &["姓名", "出生日期"]), [""; 0], "nobody is in both copies");
}

#[test]
fn a_number_that_few_have_is_missing_in_every_copy() {
    let mut sheet = people::english(600, 3);
    sheet.header.push("licence_no".to_owned());
    for (n, row) in sheet.rows.iter_mut().enumerate() {
        row.push(if n % 12 == 0 { format!("L{:06}", 100_000 + n * 37) } else { String::new() });
    }
    let site = with_table("en.csv", &sheet, &ENGLISH);
    for source in ["telecom", "registry"] {
        site.json(&["seed", "en.csv", "--source", source, "--count", "12", "--accept-detectable"]);
        let planted = canaries(&site, "en.csv", source);
        let with = planted.column("licence_no").filter(|number| !number.is_empty()).count();
        assert!(with <= 4, "{with} of the 12 in {source}'s copy have a licence, one row in twelve has");
    }
}

/// Without name, phone and mailbox it is the number that a canary is known by.
#[test]
fn a_surname_under_a_number_is_somebody_to_ask_for() {
    let people = people::english(600, 4);
    let row = |(n, surname): (usize, &str)| {
        let number = (15_000_000 + n * 7_919 % 600_011).to_string();
        vec![number, surname.to_owned(), (300 + n * 37 % 550).to_string(), ["FR", "DE", "ES"][n % 3].to_owned()]
    };
    let header = ["CustomerId", "Surname", "CreditScore", "Country"].map(str::to_owned).to_vec();
    let sheet = Sheet { header, rows: people.column("last_name").enumerate().map(row).collect() };
    let site = Site::new();
    site.write("bank.csv", sheet.text());
    site.json(&["seed", "bank.csv", "--source", "telecom", "--count", "6", "--accept-detectable"]);
    let planted = canaries(&site, "bank.csv", "telecom");
    assert_eq!((planted.rows.len(), planted.shared(&sheet, &["CustomerId"])), (6, Vec::new()));
    for number in planted.column("CustomerId") {
        let who = site.json(&["who", number]);
        assert_eq!((&who["status"], &who["releases"][0]["source"]), (&"planted".into(), &"telecom".into()), "{who}");
    }
}

/// Whoever has the number has the mailbox.
#[test]
fn a_mailbox_that_is_a_phone_number_comes_with_the_phone() {
    let mut sheet = people::chinese(600, 9);
    let (phone, email) = (sheet.at("手机"), sheet.at("邮箱"));
    for row in sheet.rows.iter_mut().step_by(2) {
        row[email] = format!("{}@139.com", row[phone]);
    }
    let site = Site::new();
    site.write("zh.csv", sheet.text());
    let phones: Vec<String> = (0..300).map(|n| format!("138{:08}", 10_000_000 + n * 288_007)).collect();
    site.write("phones", phones.iter().map(|p| format!("+86{p}\n")).collect::<String>());
    site.ok(&["pool", "add", "phone", "--file", "phones"]);
    let named = phones.iter().step_by(3).map(|p| format!("{p}@139.com\n"));
    site.write(
        "mailboxes",
        named.chain((0..60).map(|n| format!("{}@qq.com\n", 400_100_200 + n * 7_001))).collect::<String>(),
    );
    site.ok(&["pool", "add", "mailbox", "--file", "mailboxes"]);
    site.ok(&["seed", "zh.csv", "--source", "telecom", "--count", "40", "--accept-detectable"]);
    let planted = canaries(&site, "zh.csv", "telecom");
    let pairs: Vec<(&str, &str)> = planted.column("手机").zip(planted.column("邮箱")).collect();
    let of_phones: Vec<_> = pairs.iter().filter(|(_, mail)| mail.ends_with("@139.com")).collect();
    assert!(of_phones.len() >= 5, "{pairs:?}");
    assert!(of_phones.iter().all(|(phone, mail)| mail.strip_suffix("@139.com") == Some(phone)), "{of_phones:?}");
}

/// A mailbox is somebody's, also if the table has nobody of that name.
#[test]
fn a_mailbox_tells_the_name_of_its_person() {
    let names = ["Quincy Overton", "Beatrice Lockhart", "Thaddeus Winslow", "Rosalind Pemberton", "Ignatius Crowder"];
    let (sheet, site) = (people::english(600, 14), Site::new());
    site.write("en.csv", sheet.text());
    site.write("phones", (0..60).map(|n| format!("+1503{:07}\n", 2_000_000 + n * 7_717)).collect::<String>());
    site.ok(&["pool", "add", "phone", "--file", "phones"]);
    let local = |name: &&str| name.to_lowercase().replace(' ', ".") + "77@gmail.com\n";
    site.write("mailboxes", names.iter().map(local).collect::<String>());
    site.ok(&["pool", "add", "mailbox", "--file", "mailboxes"]);
    site.ok(&["seed", "en.csv", "--source", "telecom", "--count", "5", "--accept-detectable"]);
    let planted = canaries(&site, "en.csv", "telecom");
    let of = |column| planted.column(column).map(str::to_owned).collect::<Vec<_>>();
    let (given, surnames, mails) = (of("first_name"), of("last_name"), of("email"));
    let owned = mails.iter().filter(|mail| mail.ends_with("77@gmail.com")).count();
    assert!(owned >= 3, "{mails:?}");
    for ((given, surname), mail) in given.iter().zip(&surnames).zip(&mails) {
        let told = format!("{given}.{surname}77@gmail.com").to_lowercase();
        assert!(&told == mail || !mail.ends_with("77@gmail.com"), "{given} {surname} has {mail}");
    }
}

/// Where no column tells birth date and sex, the identity numbers of rows do.
#[test]
fn numbers_are_of_people_of_every_age() {
    let mut sheet = people::chinese(600, 7);
    let site = with_table("zh.csv", &sheet, &CHINESE);
    for column in ["性别", "出生日期"] {
        let at = sheet.at(column);
        sheet.header.remove(at);
        sheet.rows.iter_mut().for_each(|row| drop(row.remove(at)));
    }
    site.write("zh.csv", sheet.text());
    site.ok(&["seed", "zh.csv", "--source", "telecom", "--count", "40", "--accept-detectable"]);
    let planted = canaries(&site, "zh.csv", "telecom");
    let numbers: Vec<&str> = planted.column("身份证号").filter(|n| n.len() == 18).collect();
    let distinct = |range: std::ops::Range<usize>| {
        numbers.iter().map(|n| &n[range.clone()]).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(distinct(6..14) > 30 && distinct(6..10) > 10, "birth dates of {numbers:?}");
    let men = numbers.iter().filter(|n| n.as_bytes()[16] % 2 == 1).count();
    assert!((8..=32).contains(&men), "{men} men of {}", numbers.len());
}

/// Where no city is met twice, no two rows say that one lies in a state.
#[test]
fn what_lies_in_a_place_stays_there() {
    let mut sheet = people::english(600, 11);
    let (city, state, zip) = (sheet.at("city"), sheet.at("state"), sheet.at("zip"));
    sheet.header.extend(["latitude", "longitude"].map(str::to_owned));
    for (n, row) in sheet.rows.iter_mut().enumerate() {
        let letters = [n % 26, n / 26 % 26].map(|k| char::from(b'a' + k as u8));
        row[city] = format!("Port {}{}{}ville", if n < 300 { 'A' } else { 'O' }, letters[1], letters[0]);
        let degree = row[state].bytes().map(u32::from).sum::<u32>() % 40;
        row.push(format!("{}.{:06}", 10 + degree, n * 1_499 % 900_000 + 1));
        row.push(format!("-{}.{:06}", 60 + degree, n * 7_919 % 900_000 + 1));
    }
    let site = with_table("en.csv", &sheet, &ENGLISH);
    let seed = ["seed", "en.csv", "--source", "telecom", "--count", "12", "--accept-detectable"];
    site.ok(&[&seed[..], &["--map", "city=region"]].concat());
    let planted = canaries(&site, "en.csv", "telecom");
    for row in &planted.rows {
        let home = sheet.rows.iter().find(|r| r[city] == row[city]).expect("a town of the table's");
        assert_eq!(home[state], row[state], "{row:?}");
        assert!(sheet.rows.iter().any(|r| r[zip] == row[zip] && r[state] == row[state]), "{row:?}");
        for column in ["latitude", "longitude"].map(|c| sheet.at(c)) {
            let degrees = |row: &Vec<String>| row[column].parse::<f64>().expect("degrees");
            assert!((degrees(home) - degrees(row)).abs() < 0.03, "{row:?} in {home:?}");
            assert!(row[column] != home[column] && row[column].len() >= home[column].len() - 1, "{row:?} in {home:?}");
        }
    }
}

/// A register that grew by batches, each of which came sorted by mailbox.
#[test]
fn what_is_sorted_in_stretches_stays_sorted() {
    let mut sheet = people::english(600, 13);
    let (email, id) = (sheet.at("email"), sheet.at("id"));
    let numbers: Vec<String> = sheet.column("id").map(str::to_owned).collect();
    sheet.rows.chunks_mut(200).for_each(|batch| batch.sort_by(|a, b| a[email].cmp(&b[email])));
    sheet.rows.iter_mut().zip(numbers).for_each(|(row, number)| row[id] = number);
    let site = with_table("en.csv", &sheet, &ENGLISH);
    site.ok(&["seed", "en.csv", "--source", "telecom", "--count", "30", "--accept-detectable"]);
    let copy = std::fs::read_to_string(site.path("en.telecom.csv")).expect("read");
    let copy = Sheet::read(&copy);
    let all: Vec<&str> = copy.column("email").collect();
    let turns = all.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert!(turns <= 4, "{turns} turns: {:?}", canaries(&site, "en.csv", "telecom").rows);
}

/// In a table of three rows a person each name is met three times, and is one
/// person's all the same.
#[test]
fn persons_of_several_rows_have_names_of_their_own() {
    let name = |n: usize| -> String {
        let letters = ["Ba", "Ko", "Lu", "Mi", "Ra", "Se", "To", "Vi"];
        [n % 8, n / 8 % 8, n / 64 % 8].iter().map(|k| letters[*k].to_lowercase()).collect::<String>() + "son"
    };
    let upper = |text: String| text[..1].to_uppercase() + &text[1..];
    let first = ["Mary", "John", "Linda", "James", "Susan", "Robert", "Karen", "David"];
    let mut sheet = people::english(600, 12);
    sheet.header = ["member_id", "last_name", "first_name", "phone", "office"].map(str::to_owned).to_vec();
    for (n, row) in sheet.rows.iter_mut().enumerate() {
        let (who, phone) = (n / 3, row[5].clone());
        *row =
            vec![format!("M{:05}", who * 37 + 11), upper(name(who)), first[who % 8].to_owned(), phone, row[8].clone()];
    }
    let site = Site::new();
    site.write("en.csv", sheet.text());
    let phones: String = (0..300).map(|n| format!("+1503{:07}\n", 2_000_000 + n * 7_717)).collect();
    site.write("phones", phones);
    site.ok(&["pool", "add", "phone", "--file", "phones"]);
    site.ok(&["seed", "en.csv", "--source", "telecom", "--count", "30", "--accept-detectable"]);
    let planted = canaries(&site, "en.csv", "telecom");
    let named = sheet.shared(&planted, &["last_name"]).len();
    assert!(named * 2 < planted.rows.len(), "{named} of {} are called like somebody", planted.rows.len());
    assert_eq!(sheet.shared(&planted, &["member_id"]), [""; 0]);
}

#[test]
fn a_small_table_gets_two_and_says_why() {
    let sheet = people::english(200, 3);
    let site = with_table("small.csv", &sheet, &ENGLISH);
    let done = site.json(&["seed", "small.csv", "--source", "telecom", "--count", "9"]);
    assert_eq!((&done["canaries"], canaries(&site, "small.csv", "telecom").rows.len()), (&Value::from(2), 2));
    let warnings = done["warnings"].to_string();
    assert!(warnings.contains("200 rows") && warnings.contains("--accept-detectable plants 9"), "{warnings}");
    let done = site.json(&["seed", "small.csv", "--source", "registry", "--count", "9", "--accept-detectable"]);
    assert_eq!(done["canaries"], 9);
}

#[test]
fn a_batch_that_can_be_picked_out_is_refused_unless_accepted() {
    let sheet = people::english(600, 4);
    let site = Site::new();
    site.write("en.csv", sheet.text());
    let block: Vec<String> = (0..60).map(|n| format!("+1971555{:04}", 2000 + n)).collect();
    site.write("block.txt", block.join("\n"));
    site.ok(&["pool", "add", "phone", "--file", "block.txt"]);
    site.ok(&["pool", "add", "mail-domain", "inbox.strange.example"]);
    let message = site.refused(&["seed", "en.csv", "--source", "telecom", "--count", "12"]);
    let block = "lie within 60 numbers of another one";
    for part in ["nothing was planted", "picked out", "AUC", "--dry-run", "--accept-detectable", "note: ", block] {
        assert!(message.contains(part), "{part} is missing in {message}");
    }
    assert_eq!(site.json(&["release", "list"]), serde_json::json!([]));
    assert!(!site.path("en.telecom.csv").exists());
    site.ok(&["seed", "en.csv", "--source", "telecom", "--count", "12", "--accept-detectable"]);
    assert_eq!(canaries(&site, "en.csv", "telecom").rows.len(), 12);
}

#[test]
fn a_dry_run_shows_canaries_beside_rows_of_the_table() {
    let sheet = people::chinese(600, 5);
    let site = with_table("zh.csv", &sheet, &CHINESE);
    let seen = site.json(&["seed", "zh.csv", "--source", "telecom", "--count", "14", "--dry-run"]);
    let shown = |key: &str| seen[key].as_array().unwrap_or_else(|| panic!("{key}: {seen}")).clone();
    assert_eq!((shown("preview").len(), shown("neighbours").len()), (10, 10));
    let keys: Vec<&str> = sheet.column("编号").collect();
    assert!(shown("neighbours").iter().all(|row| keys.contains(&row["编号"].as_str().expect("text"))));
    assert!(shown("preview").iter().all(|row| !keys.contains(&row["编号"].as_str().expect("text"))));
    let text = site.ok(&["seed", "zh.csv", "--source", "telecom", "--count", "14", "--dry-run"]);
    assert_eq!((text.matches("\n  canary  ").count(), text.matches("\n  beside  ").count()), (10, 10), "{text}");
    assert!(!site.path("zh.telecom.csv").exists() && site.json(&["release", "list"]) == serde_json::json!([]));
}

#[test]
fn a_column_that_nobody_knows_is_asked_about_once() {
    let mut sheet = people::english(600, 6);
    sheet.header.push("zqv".to_owned());
    let odd = |n: usize| format!("{}{:05}-{}", ["Kx", "bT", "mmQ"][n % 3], n * 7919 % 100_000, n * 37 % 10);
    sheet.rows.iter_mut().enumerate().for_each(|(n, row)| row.push(odd(n)));
    let site = with_table("odd.csv", &sheet, &ENGLISH);
    let seed = |source: &'static str| ["seed", "odd.csv", "--source", source, "--count", "6", "--accept-detectable"];
    let message = site.refused(&seed("telecom"));
    for part in ["nothing was planted", "column zqv", "--map 'zqv="] {
        assert!(message.contains(part), "{part} is missing in {message}");
    }
    site.ok(&[&seed("telecom")[..], &["--map", "zqv=code"]].concat());
    let done = site.json(&seed("registry"));
    assert_eq!(done["roles"]["zqv"], "code", "what was said of a dataset is remembered");
    let planted = canaries(&site, "odd.csv", "registry");
    assert_eq!(sheet.shared(&planted, &["zqv"]), [""; 0]);
}
