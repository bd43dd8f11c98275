//! A careful pool: contact points such as an operator would hold for one table,
//! numbers scattered as its own and mailboxes at its own providers, none of them
//! a row's.

use super::people::pinyin_of;
use super::sheet::Sheet;
use crate::site::Site;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::collections::{BTreeSet, HashMap};

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
    for (kind, values) in
        [("phone", phones(sheet, ways, count, &mut by)), ("mailbox", mailboxes(sheet, ways, count, &mut by))]
    {
        if !values.is_empty() {
            site.write("pool.txt", values.into_iter().collect::<Vec<_>>().join("\n"));
            site.ok(&["pool", "add", kind, "--file", "pool.txt"]);
        }
    }
}

/// Numbers with the head of one row and the end of another; a head that only one
/// row has is made anew, because nobody shares it with the rows either.
fn phones(sheet: &Sheet, ways: &Ways<'_>, count: usize, by: &mut ChaCha20Rng) -> BTreeSet<String> {
    let (code, Some(column)) = ways.phone else { return BTreeSet::new() };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let known: Vec<String> = sheet.column(column).map(digits).filter(|d| matches!(d.len(), 10 | 11)).collect();
    let mut heads: HashMap<&str, usize> = HashMap::new();
    known.iter().for_each(|number| *heads.entry(&number[..number.len() - 4]).or_default() += 1);
    let mut made = BTreeSet::new();
    for _ in 0..count * 200 {
        let (one, other) = (known.choose(by).expect("a number"), known.choose(by).expect("a number"));
        let cut = one.len() - 4;
        let mut head = one[..cut].to_owned();
        if heads[&one[..cut]] < 2 {
            head = format!("{}{:02}", &head[..cut - 2], by.random_range(12..99));
        }
        let number = head + &other[other.len() - 4..];
        if made.len() < count && !known.contains(&number) {
            made.insert(format!("+{code}{number}"));
        }
    }
    made
}

/// Mailboxes of people that no row has, named as a row's is after its person.
fn mailboxes(sheet: &Sheet, ways: &Ways<'_>, count: usize, by: &mut ChaCha20Rng) -> BTreeSet<String> {
    let Some(email) = ways.email else { return BTreeSet::new() };
    let known: BTreeSet<String> = sheet.column(email).map(str::to_lowercase).collect();
    let mut made = BTreeSet::new();
    for _ in 0..count * 200 {
        let (model, person, date) = (
            sheet.rows.choose(by).expect("a row"),
            sheet.rows.choose(by).expect("a row"),
            sheet.rows.choose(by).expect("a row"),
        );
        let Some((local, domain)) = model[sheet.at(email)].split_once('@') else { continue };
        let own = tokens(sheet, ways, model, model);
        let Some(local) = renamed(local, &own, &tokens(sheet, ways, person, date), by) else { continue };
        let mailbox = format!("{local}@{domain}");
        if made.len() < count && domain.contains('.') && !known.contains(&mailbox.to_lowercase()) {
            made.insert(mailbox);
        }
    }
    made
}

/// What a mailbox may be named after, longest first: name parts, initials, birth date.
fn tokens(sheet: &Sheet, ways: &Ways<'_>, person: &[String], date: &[String]) -> Vec<String> {
    let spelt = |column: &&str| {
        let name = &person[sheet.at(column)];
        if name.is_ascii() { name.to_lowercase() } else { pinyin_of(name) }
    };
    let names: Vec<String> = ways.names.iter().map(spelt).collect();
    let birth: String = date[sheet.at(ways.birth)].chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| birth.get(range).unwrap_or_default().to_owned();
    let first = |name: &String| name.chars().take(1).collect::<String>();
    names.iter().cloned().chain([part(0..8), part(0..4), part(4..8)]).chain(names.iter().map(first)).collect()
}

/// The local part with one person's tokens for another's; other digits are drawn.
/// Nothing where letters are left that no token explains.
fn renamed(local: &str, from: &[String], to: &[String], by: &mut ChaCha20Rng) -> Option<String> {
    let (mut rest, mut out) = (local, String::new());
    while let Some(letter) = rest.chars().next() {
        let lower = rest.to_lowercase();
        let token = from.iter().zip(to).find(|(own, _)| !own.is_empty() && lower.starts_with(own.as_str()));
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
    (out.len() >= 5).then_some(out)
}
