//! Determined: whose values are. Some are nobody's own: a code that another column tells, as the
//! name of a district tells its number, is taken over with the other, where a new one
//! would be the only of its kind; so is the web address that many rows have. One at
//! somebody else's host, as of a network, the pool cannot give. A key that goes with one
//! person in all their rows is that person's, and made anew; and so are posts that many rows
//! have to themselves. All else is `finding`'s.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};

use super::column::Column;
use super::finding::Finding;
use super::locale::is_han;
use super::profile::Anchor;
use super::{Role, amount, is_blank};

/// So many rows must say what another row with the same value does, and this share of them.
const ENOUGH: usize = 20;
const AGREEING: f64 = 0.95;
/// From this share of rows with one value that are of one person on, it is the person's.
const PERSONAL: f64 = 0.2;
/// From this share of addresses that one row alone has, they are their people's own; from
/// that share at one host, they are of some network; and in a column that no more rows fill
/// they may be left out.
const OWN: f64 = 0.2;
const ONE_HOST: f64 = 0.5;
const OFTEN_FILLED: f64 = 0.8;

/// From this share of rows on with a value that no other has, a key points at somebody.
const HALF: f64 = 0.5;

/// Different numbers that amounts are of at least.
const AMOUNTS: usize = 20;

/// Letters and digits of a code at most.
const CODE: usize = 40;

/// Whoever is named in so many rows on average is not whom they are about, but their manager.
const FOLLOWERS: u64 = 5;

/// A post is of its holder where so many rows say what no other does; Chinese texts of so many
/// letters name the office or firm too.
const POSTS: f64 = 0.3;
const LETTERS: usize = 5;

/// Makes keys of other tables' rows of codes and links that another column tells whose values
/// are taken over, and of links that many rows have; and codes of keys that are one person's.
pub(super) fn settle(columns: &[Column], donors: &[Anchor], findings: &mut [Finding]) {
    let of = |is: fn(Role) -> bool| (0..findings.len()).filter(|c| is(findings[*c].role)).collect::<Vec<_>>();
    let (persons, others, mut named) = (of(is_a_persons), of(is_taken_over), of(is_whole));
    let leads = |c: usize| columns[c].distinct() * FOLLOWERS <= columns[c].rows - columns[c].blanks;
    named.retain(|c| !leads(*c));
    let has_names = findings.iter().any(|finding| finding.role == Role::GivenName);
    let codes = of(|role| matches!(role, Role::Code | Role::Key));
    let goes_with = |c: usize, other: usize| agreement(donors, c, other).is_some_and(|s| s >= AGREEING);
    let is_nobodys = |c: usize| {
        let same = |person: usize| agreement(donors, c, person);
        same(c).is_some() && persons.iter().all(|person| same(*person).is_none_or(|share| share < PERSONAL))
    };
    let is_told = |c: usize| others.iter().any(|other| goes_with(*other, c));
    let kind = |c: usize| match findings[c].role {
        Role::Code | Role::Url if is_nobodys(c) && is_told(c) => {
            Some((Role::ForeignKey, "another column tells what stands in it"))
        }
        Role::Url => kind_of_links(donors, c, is_nobodys(c)),
        Role::Status | Role::Title if columns[c].single_share() >= POSTS && are_han(donors, c) => {
            Some((Role::Text, "many say what no other row does"))
        }
        Role::Geo if are_shares(donors, c) => Some((Role::Amount, "all lie between 0 and 1, as shares do")),
        Role::Other if are_amounts(donors, c) => Some((Role::Amount, "most of what it says are numbers")),
        Role::FullName if has_names && leads(c) => Some((Role::ForeignKey, "many rows name the same person")),
        Role::ForeignKey | Role::Other if columns[c].single_share() >= HALF && are_numbered(donors, c) => {
            Some((Role::Code, "most rows have one of their own"))
        }
        Role::ForeignKey if named.iter().any(|name| goes_with(c, *name) && goes_with(*name, c)) => {
            Some((Role::Code, "it goes with one person in all their rows"))
        }
        Role::Amount
            if are_of_one_length(donors, c) && codes.iter().any(|code| goes_with(c, *code) && goes_with(*code, c)) =>
        {
            Some((Role::Code, "it goes with one code in all its rows"))
        }
        _ => None,
    };
    let found: Vec<_> = (0..findings.len()).map(|c| kind(c).filter(|_| !findings[c].told)).collect();
    for (finding, kind) in findings.iter_mut().zip(found) {
        if let Some((role, because)) = kind {
            *finding = finding.clone().but(role, because);
        }
    }
}

fn is_a_persons(role: Role) -> bool {
    matches!(role, Role::FullName | Role::Surname | Role::Email | Role::Phone | Role::NationalId)
}

/// What hardly two people have in common.
fn is_whole(role: Role) -> bool {
    matches!(role, Role::FullName | Role::Email | Role::NationalId | Role::Surname)
}

fn is_taken_over(role: Role) -> bool {
    matches!(role, Role::Status | Role::Region | Role::Postcode | Role::Other | Role::ForeignKey | Role::Title)
}

/// Of rows that say in one column what a row before them did, the share that do so in another
/// one; nothing where they are few.
fn agreement(donors: &[Anchor], column: usize, other: usize) -> Option<f64> {
    let mut told: FxHashMap<&str, &str> = FxHashMap::default();
    let (mut met, mut agreeing) = (0usize, 0usize);
    for row in donors.iter().map(|a| &a.row) {
        let (Some(value), Some(own)) = (said(&row[column]), said(&row[other])) else { continue };
        if let Some(before) = told.insert(value, own) {
            met += 1;
            agreeing += usize::from(before == own);
        }
    }
    (met >= ENOUGH).then(|| agreeing as f64 / met as f64)
}

/// Whether a column's values are short and have digits, as codes have, and are no numbers on the net.
fn are_numbered(donors: &[Anchor], column: usize) -> bool {
    let texts: Vec<&str> = donors.iter().filter_map(|a| said(&a.row[column])).collect();
    let is_code = |text: &&&str| {
        let is_written_so = |b: u8| b.is_ascii_alphanumeric() || b" -/.".contains(&b);
        let is_short = text.len() <= CODE && text.bytes().all(is_written_so);
        is_short && text.bytes().any(|b| b.is_ascii_digit()) && text.parse::<IpAddr>().is_err()
    };
    texts.iter().filter(is_code).count() as f64 >= AGREEING * texts.len() as f64
}

/// Whether what a column says, each once, are numbers of all lengths, but for a word or two that
/// stand where there is none.
fn are_amounts(donors: &[Anchor], column: usize) -> bool {
    let texts: FxHashSet<&str> = donors.iter().filter_map(|a| said(&a.row[column])).collect();
    let is_amount = |text: &&&str| amount::read(text).is_some() && text.parse::<IpAddr>().is_err();
    let amounts = texts.iter().filter(is_amount).count();
    amounts >= AMOUNTS && amounts as f64 >= AGREEING * texts.len() as f64 && !are_of_one_length(donors, column)
}

/// Whether a column's values are numbers from 0 to 1, as coordinates are in hardly a town.
fn are_shares(donors: &[Anchor], column: usize) -> bool {
    let mut texts = donors.iter().filter_map(|a| said(&a.row[column])).filter_map(amount::read);
    texts.all(|value| (0.0..=1.0).contains(&value))
}

/// Whether a column's values are whole numbers of as many digits, as no amounts are.
fn are_of_one_length(donors: &[Anchor], column: usize) -> bool {
    let texts: Vec<&str> = donors.iter().filter_map(|a| said(&a.row[column])).collect();
    let length = texts.first().map_or(0, |text| text.len());
    let is_alike = |text: &&&str| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    texts.iter().filter(is_alike).count() as f64 >= AGREEING * texts.len() as f64
}

/// Whether a column's texts are Chinese and say more than a kind does.
fn are_han(donors: &[Anchor], column: usize) -> bool {
    let texts: Vec<&str> = donors.iter().filter_map(|a| said(&a.row[column])).collect();
    let letters = texts.iter().flat_map(|text| text.chars()).filter(|c| is_han(*c)).count();
    letters >= LETTERS * texts.len()
}

/// What the web addresses of a column are where they are not their people's own, and why.
fn kind_of_links(donors: &[Anchor], column: usize, is_nobodys: bool) -> Option<(Role, &'static str)> {
    let texts: Vec<&str> = donors.iter().filter_map(|a| said(&a.row[column])).collect();
    let share = |part: usize| part as f64 / texts.len().max(1) as f64;
    let (links, hosts) = (counts(texts.iter().copied()), counts(texts.iter().map(|t| host(t))));
    let single = links.values().filter(|n| **n == 1).count();
    let commonest = hosts.values().max().copied().unwrap_or(0);
    let is_often_empty = texts.len() as f64 <= OFTEN_FILLED * donors.len() as f64;
    match () {
        () if texts.len() < ENOUGH => None,
        () if is_nobodys && share(single) < OWN => Some((Role::ForeignKey, "many rows have the same web address")),
        () if share(commonest) > ONE_HOST && is_often_empty => {
            Some((Role::OtherContact, "most of the web addresses are at one host, where the pool has none"))
        }
        () => None,
    }
}

fn counts<'t>(texts: impl Iterator<Item = &'t str>) -> FxHashMap<&'t str, usize> {
    let mut counts = FxHashMap::default();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts
}

/// What stands between the scheme and the path.
fn host(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn said(cell: &super::Cell) -> Option<&str> {
    cell.as_deref().filter(|_| !is_blank(cell))
}

#[cfg(test)]
mod tests {
    use crate::identity::{Profiler, Role, Told};
    use rand::SeedableRng;

    #[test]
    fn the_number_of_a_district_goes_with_its_name_and_that_of_a_member_does_not() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header = ["member_no", "surname", "ward", "gss_code", "homepage", "party_site", "customer_id", "branch_id"];
        let header = header.map(str::to_owned);
        let mut profiler = Profiler::new(&header);
        for n in 0..200usize {
            // Every member has four rows.
            let member = n / 4;
            let stem = ["Mas", "Pott", "Tayl", "Walk", "Bak"][member % 5];
            let end = ["er", "or", "on", "ers", "ors", "ons", "erson", "well", "man", "ford"][member / 5];
            let row = [
                format!("M{}", 4_000 + member * 7),
                format!("{stem}{end}"),
                ["Lev", "Hast", "Wok", "Brad", "Sut"][n % 5].to_owned()
                    + ["ing", "ford", "ton", "ham"][n / 5 % 4]
                    + ["", "stead", "bury", "worth", "minster"][n / 20 % 5],
                format!("W{:08}", 7_000_049 + n % 100 * 9),
                format!("http://{stem}{end}.example/"),
                format!("http://party{}.example/", n % 7),
                (9_000 + member * 13).to_string(),
                (300 + n % 12).to_string(),
            ];
            profiler.meet(&row.each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
        }
        let roles = profiler.finish(&Told::default()).roles;
        assert_eq!((roles[0], roles[3]), (Role::Code, Role::ForeignKey), "{roles:?}");
        // A page of one's own stands in all of one's rows.
        assert_eq!((roles[4], roles[5]), (Role::Url, Role::ForeignKey), "{roles:?}");
        assert_eq!((roles[6], roles[7]), (Role::Code, Role::ForeignKey), "{roles:?}");
    }

    #[test]
    fn numbers_with_a_word_where_there_is_none_are_amounts() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header = ["surname", "votes", "share", "host", "unemployed", "latitude"].map(str::to_owned);
        let mut profiler = Profiler::new(&header);
        for n in 0..300usize {
            let surname = ["Smith", "Lopez", "Brown", "Davis"][n % 4];
            let votes = if n % 3 == 0 { "N/A".to_owned() } else { format!("{},{:03}", 1 + n % 60, n * 37 % 1_000) };
            let (share, host) = (format!("{}%", n * 7 % 100), format!("10.{}.{}.7", n % 200, n % 90));
            let (jobless, latitude) = (format!("0.0{}", 11_939 + n * 307), format!("51.{}", 411_939 + n * 307));
            profiler.meet(&[surname, &votes, &share, &host, &jobless, &latitude].map(Some), &mut entropy);
        }
        let roles = profiler.finish(&Told::default()).roles;
        assert!(roles[1..3] == [Role::Amount; 2] && roles[3] != Role::Amount, "{roles:?}");
        assert_eq!(roles[4..], [Role::Amount, Role::Geo], "{roles:?}");
    }

    #[test]
    fn the_number_of_a_manager_is_the_managers() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header = ["first_name", "last_name", "manager_name", "manager_id", "ticket"].map(str::to_owned);
        let mut profiler = Profiler::new(&header);
        for n in 0..300usize {
            let manager = ["Amy Dunn", "Simon Roup", "Janet King", "Elijah Gray", "Kelley Spirea"][n % 5];
            let first = ["James", "Mary", "Robert", "Linda", "Paul", "Anna", "Kevin"][n * 3 % 7];
            let last = ["Smith", "Lopez", "Brown", "Davis", "Miller", "Moore", "Clark", "Young"][n * 5 % 8];
            // Families of two have one ticket, as every fifth row's has.
            let ticket =
                format!("{}{}", ["", "", "PC ", "A/5 "][(n - n % 5 / 4) % 4], 21_171 + n * 13 - n % 5 / 4 * 13);
            let id = (10 + n % 5).to_string();
            let row = [first, last, manager, &id, &ticket];
            profiler.meet(&row.map(Some), &mut entropy);
        }
        let roles = profiler.finish(&Told::default()).roles;
        assert_eq!(roles[2..], [Role::ForeignKey, Role::ForeignKey, Role::Code], "{roles:?}");
    }

    #[test]
    fn a_post_that_names_the_firm_is_its_holders_and_a_kind_of_post_is_not() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["姓名", "职务", "职称", "岗位", "position"].map(str::to_owned));
        for n in 0..400usize {
            let place = ["杭州", "宁波", "温州", "绍兴", "嘉兴"][n % 5].to_owned()
                + ["正泰", "永兴", "嘉禾", "海纳", "同创", "利民", "华信"][n / 5 % 7];
            let firm = place + ["科技", "机械", "医药", "物流"][n / 35 % 4];
            let post = format!("{firm}有限公司{}", ["董事长", "总经理", "工程师"][n / 140 % 3]);
            let kind = ["高级工程师", "副教授"][n % 2].to_owned();
            let job = ["城市管理综合执法大队科员", "区市场监督管理局科员"][n % 2].to_owned();
            let name = ["王", "李", "张"][n % 3].to_owned() + ["伟", "芳", "娜", "敏"][n % 4];
            profiler
                .meet(&[name, post.clone(), kind, job, post].each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
        }
        let roles = profiler.finish(&Told::default()).roles;
        assert_eq!(roles[1..], [Role::Text, Role::Status, Role::Status, Role::Text], "{roles:?}");
    }
}
