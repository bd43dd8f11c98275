//! A careful pool: contact points such as an operator would hold for one table,
//! numbers scattered as its own and mailboxes at its own providers, none of them
//! a row's.

use super::people::pinyin_of;
use super::sheet::Sheet;
use crate::site::Site;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::collections::{BTreeSet, HashMap};

/// People that are tried for a mailbox that is made after a row's.
const PEOPLE: usize = 60;

/// Which columns of a table a pool is made after.
pub struct Ways<'a> {
    /// The calling code, and the column of numbers.
    pub phone: (&'a str, Option<&'a str>),
    pub email: Option<&'a str>,
    /// Of a person's name; given name first, or the whole.
    pub names: &'a [&'a str],
    pub birth: &'a str,
}

/// Adds so many of each kind to the pool.
pub fn fill(site: &Site, sheet: &Sheet, ways: &Ways<'_>, count: usize) {
    let mut by = ChaCha20Rng::seed_from_u64(7);
    let phones = phones(sheet, ways, count, &mut by);
    let mailboxes = mailboxes(sheet, ways, &phones, count, &mut by);
    for (kind, values) in [("phone", phones), ("mailbox", mailboxes)] {
        if !values.is_empty() {
            site.write("pool.txt", values.into_iter().collect::<Vec<_>>().join("\n"));
            site.ok(&["pool", "add", kind, "--file", "pool.txt"]);
        }
    }
}

/// Numbers with the head of one row and the end of another. Of a head that only one row
/// has, so much is kept as another row shares, so that they lie as near to the rows'
/// numbers as these do to each other.
fn phones(sheet: &Sheet, ways: &Ways<'_>, count: usize, by: &mut ChaCha20Rng) -> BTreeSet<String> {
    let (code, Some(column)) = ways.phone else { return BTreeSet::new() };
    let known: Vec<String> = sheet.column(column).map(digits).filter(|d| matches!(d.len(), 10 | 11)).collect();
    let mut heads: HashMap<&str, usize> = HashMap::new();
    let begins = known.iter().flat_map(|number| (3..=number.len() - 4).map(|n| &number[..n]));
    begins.for_each(|begin| *heads.entry(begin).or_default() += 1);
    let mut made = BTreeSet::new();
    for _ in 0..count * 200 {
        let (one, other) = (known.choose(by).expect("a number"), known.choose(by).expect("a number"));
        let cut = one.len() - 4;
        let mut head = one[..cut].to_owned();
        if heads[&one[..cut]] < 2 {
            // A head of the North American plan is an area and an exchange.
            head = match cut {
                6 => format!("{}{}", &one[..3], &other[3..6]),
                _ => {
                    let kept = (3..cut).rev().find(|n| heads[&one[..*n]] > 1).unwrap_or(3);
                    let rest: String = (kept..cut).map(|_| char::from(b'0' + by.random_range(0..10u8))).collect();
                    format!("{}{rest}", &one[..kept])
                }
            };
        }
        let number = head + &other[other.len() - 4..];
        if made.len() < count && !known.contains(&number) {
            made.insert(format!("+{code}{number}"));
        }
    }
    made
}

/// Mailboxes of people that no row has, as many of each kind and provider as rows
/// have, named as a row's is after its person; one that is named by its owner's
/// number is named by one of the phones.
fn mailboxes(
    sheet: &Sheet,
    ways: &Ways<'_>,
    phones: &BTreeSet<String>,
    count: usize,
    by: &mut ChaCha20Rng,
) -> BTreeSet<String> {
    let Some(email) = ways.email else { return BTreeSet::new() };
    let known: BTreeSet<String> = sheet.column(email).map(str::to_lowercase).collect();
    let models: Vec<&Vec<String>> = sheet.rows.iter().filter(|row| row[sheet.at(email)].contains('@')).collect();
    let mut phones: Vec<&str> = phones.iter().map(|phone| &phone[1 + ways.phone.0.len()..]).collect();
    phones.shuffle(by);
    let mut made = BTreeSet::new();
    for _ in 0..count * 4 {
        let model = *models.choose(by).expect("a row");
        let Some((local, domain)) = model[sheet.at(email)].split_once('@').filter(|(_, d)| d.contains('.')) else {
            continue;
        };
        let number = ways.phone.1.map(|column| digits(&model[sheet.at(column)])).unwrap_or_default();
        let own = tokens(sheet, ways, model, model, &number);
        let of_phone = !number.is_empty() && local.starts_with(&number);
        for _ in 0..PEOPLE {
            let mut any = || sheet.rows.choose(by).expect("a row");
            let (person, date) = (person(sheet, ways, any(), any()), any());
            let phone = phones.last().copied().unwrap_or_default();
            let Some(local) = renamed(local, &own, &tokens(sheet, ways, &person, date, phone), by) else { continue };
            let mailbox = format!("{local}@{domain}");
            if made.len() < count && !known.contains(&mailbox.to_lowercase()) && made.insert(mailbox) {
                phones.truncate(phones.len() - usize::from(of_phone));
                break;
            }
        }
    }
    made
}

/// One row's surname and another's given name.
fn person(sheet: &Sheet, ways: &Ways<'_>, one: &[String], other: &[String]) -> Vec<String> {
    let mut person = one.to_vec();
    match ways.names {
        [name] => {
            let at = sheet.at(name);
            let given = other[at].chars().skip(1);
            person[at] = one[at].chars().take(1).chain(given).collect();
        }
        [.., surname] => person[sheet.at(surname)].clone_from(&other[sheet.at(surname)]),
        [] => {}
    }
    person
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What a mailbox may be named after: the phone, name parts, their initials, the
/// birth date; the longer of two that begin alike first.
fn tokens(sheet: &Sheet, ways: &Ways<'_>, person: &[String], date: &[String], phone: &str) -> Vec<String> {
    let first = |name: &String| name.chars().take(1).collect::<String>();
    let names: Vec<&String> = ways.names.iter().map(|column| &person[sheet.at(column)]).collect();
    let spelt = |name: &&String| if name.is_ascii() { name.to_lowercase() } else { pinyin_of(name) };
    let whole: Vec<String> = names.iter().map(spelt).collect();
    let parts = match names[..] {
        [name] if !name.is_ascii() => {
            let syllables: Vec<String> = name.chars().map(|c| pinyin_of(&c.to_string())).collect();
            let initials: String = syllables.iter().map(first).collect();
            let given = initials.get(1..).unwrap_or_default().to_owned();
            vec![syllables[..1].concat(), syllables[1..].concat(), initials, given]
        }
        _ => Vec::new(),
    };
    let birth = digits(&date[sheet.at(ways.birth)]);
    let part = |range: std::ops::Range<usize>| birth.get(range).unwrap_or_default().to_owned();
    let dates = [part(0..8), part(0..4), part(4..8)];
    let initials: Vec<String> = whole.iter().map(first).collect();
    [phone.to_owned()].into_iter().chain(whole).chain(parts).chain(dates).chain(initials).collect()
}

/// The local part with one person's tokens for another's; other digits are drawn.
/// Nothing where letters are left that no token explains.
fn renamed(local: &str, from: &[String], to: &[String], by: &mut ChaCha20Rng) -> Option<String> {
    let (mut rest, mut out) = (local, String::new());
    while let Some(letter) = rest.chars().next() {
        let lower = rest.to_lowercase();
        let known = |(own, new): &(&String, &String)| !own.is_empty() && !new.is_empty() && lower.starts_with(*own);
        let token = from.iter().zip(to).find(known);
        if let Some((own, new)) = token {
            out += new;
            rest = &rest[own.len()..];
            continue;
        }
        match letter {
            '0'..='9' => out.push(char::from(b'0' + by.random_range(u8::from(out.is_empty())..10))),
            '.' | '_' | '-' => out.push(letter),
            _ => return None,
        }
        rest = &rest[letter.len_utf8()..];
    }
    (out.len() >= 2).then_some(out)
}
