//! Mail: domain and local part of addresses, and whether an address agrees with
//! the row's names, phones and dates. A shared catch-all domain shows here.

use pinyin::ToPinyin;

use super::super::guess::{self, Kind};
use super::super::mask::is_han;
use super::super::moment;
use super::super::pool::Codes;
use super::{Column, Features, one};
use crate::identity::digits;

/// Domains nobody can own (RFC 2606, RFC 6761).
const RESERVED: [&str; 8] =
    ["example.com", "example.net", "example.org", "example.edu", "test", "invalid", "localhost", "example"];

/// Providers whose domains many unrelated people share.
const PROVIDERS: [&str; 40] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "aol.com",
    "icloud.com",
    "live.com",
    "msn.com",
    "comcast.net",
    "qq.com",
    "163.com",
    "126.com",
    "yeah.net",
    "sina.com",
    "sina.cn",
    "sohu.com",
    "139.com",
    "189.cn",
    "wo.cn",
    "foxmail.com",
    "aliyun.com",
    "21cn.com",
    "vip.qq.com",
    "vip.163.com",
    "tom.com",
    "yahoo.com.cn",
    "gmx.de",
    "web.de",
    "btinternet.com",
    "rediffmail.com",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "yandex.ru",
    "mail.ru",
    "orange.fr",
    "free.fr",
    "libero.it",
    "naver.com",
    "proton.me",
];

fn lower(c: &Column<'_>) -> Vec<String> {
    c.cells.iter().map(|v| v.to_lowercase()).collect()
}

fn split(address: &str) -> (&str, &str) {
    address.split_once('@').unwrap_or((address, ""))
}

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let low = lower(c);
    let local: Vec<&str> = low.iter().map(|a| split(a).0).collect();
    let domain: Vec<&str> = low.iter().map(|a| split(a).1).collect();
    all.each(c, "loclen", |i| local[i].chars().count() as f64);
    all.each(c, "locdig", |i| digits::of(local[i]).len() as f64);
    all.each(c, "locnum", |i| one(!local[i].is_empty() && local[i].bytes().all(|b| b.is_ascii_digit())));
    let separator = |l: &str| l.chars().find_map(|s| "._-".find(s));
    all.each(c, "locsep", |i| separator(local[i]).map_or(-1.0, |at| at as f64));
    all.shared(c, "tldfreq", &Codes::new(domain.iter().map(|d| d.rsplit('.').next())));
    let codes = Codes::new(domain.iter());
    let sharing = all.shared(c, "domfreq", &codes);
    let reserved = |d: &str| RESERVED.iter().any(|r| d == *r || d.ends_with(&format!(".{r}")));
    all.flag("reserved_domain", c.name, |i| reserved(domain[i]));
    clusters(all, c, &domain, &codes, &sharing);
    all.key(c, "@", codes);
}

/// Small clusters and lone domains, where the real rows hardly have any.
fn clusters(all: &mut Features<'_>, c: &Column<'_>, domain: &[&str], codes: &Codes, sharing: &[f64]) {
    let (real, table) = (all.pool.real(), all.pool.table());
    let mut count = vec![0usize; codes.distinct];
    codes.of[..real].iter().for_each(|&k| count[k as usize] += 1);
    let large: usize = count.iter().filter(|&&n| n as f64 > 0.002 * real as f64).sum();
    let lone = count.iter().filter(|&&n| n == 1).count();
    if count.iter().filter(|&&n| n > 1).count() <= 3 || large as f64 > 0.8 * real as f64 {
        let small = |n: f64| n >= 1.0 && n <= (0.03 * table).max(3.0);
        let odd = |i: usize| small(sharing[i]) && !c.is_blank(i) && !PROVIDERS.contains(&domain[i]);
        all.flag("odd_domain_cluster", c.name, odd);
    }
    if (lone as f64) < 0.02 * real as f64 {
        all.flag("lone_domain", c.name, |i| sharing[i] == 0.0 && !c.is_blank(i));
    }
}

/// What addresses say, held against the other columns.
pub fn agree(all: &mut Features<'_>, columns: &[Column<'_>]) {
    let wordy = |c: &&Column<'_>| matches!(c.kind, Kind::Text | Kind::Category);
    let mut names: Vec<&Column<'_>> = columns.iter().filter(wordy).filter(|c| guess::is_name(c.name, c.role)).collect();
    if names.is_empty() {
        names = columns.iter().filter(|c| c.kind == Kind::Text).take(2).collect();
    }
    for mail in columns.iter().filter(|c| c.kind == Kind::Email) {
        let low = lower(mail);
        let local: Vec<&str> = low.iter().map(|a| split(a).0).collect();
        name_hits(all, mail, &local, &names);
        for c in columns.iter().filter(|c| c.kind == Kind::Phone) {
            let within = |i: usize, d: String| d.len() > 5 && local[i].contains(&d);
            all.each(mail, &format!("{}|in", c.name), |i| one(within(i, digits::of(c.cells[i]))));
        }
        for c in columns.iter().filter(|c| c.kind == Kind::Date) {
            let year = |i: usize| moment::parse(c.cells[i]).map(|m| m.year.to_string());
            let told = |i: usize, y: String| local[i].contains(&y) || local[i].ends_with(&y[2..]);
            all.each(mail, &format!("{}|yr", c.name), |i| one(year(i).is_some_and(|y| told(i, y))));
        }
    }
}

fn name_hits(all: &mut Features<'_>, mail: &Column<'_>, local: &[&str], names: &[&Column<'_>]) {
    let tokens: Vec<Vec<String>> =
        (0..local.len()).map(|i| names.iter().flat_map(|c| name_tokens(c.cells[i])).collect()).collect();
    let longest = |i: usize| tokens[i].iter().filter(|t| local[i].contains(t.as_str())).map(String::len).max();
    let hit: Vec<f64> = (0..local.len()).map(|i| longest(i).unwrap_or(0) as f64).collect();
    let initial = |i: usize| tokens[i].iter().any(|t| t.chars().next() == local[i].chars().next());
    all.each(mail, "initial", |i| one(initial(i)));
    all.each(mail, "namecover", |i| hit[i] / (local[i].len() as f64).max(1.0));
    let wordy = |i: usize| local[i].as_bytes().windows(3).any(|w| w.iter().all(u8::is_ascii_lowercase));
    if all.real_share(|i| wordy(i) && hit[i] >= 2.0) > 0.6 * all.real_share(wordy) {
        all.flag("email_name_mismatch", mail.name, |i| wordy(i) && hit[i] < 2.0);
    }
    all.feature(mail, "namehit", hit);
}

/// The ways a name may be spelt in an address: its Latin words, or pinyin whole, initials, surname, given name.
fn name_tokens(name: &str) -> Vec<String> {
    if !name.contains(is_han) {
        let low = name.to_lowercase();
        return low.split(|c: char| !c.is_ascii_lowercase()).filter(|w| w.len() > 1).map(str::to_owned).collect();
    }
    let syllables: Vec<&str> = name.to_pinyin().flatten().map(|p| p.plain()).collect();
    let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
    let given = syllables.get(1..).unwrap_or_default().concat();
    let all = [syllables.concat(), initials, syllables.first().copied().unwrap_or("").to_owned(), given];
    all.into_iter().filter(|t| !t.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_the_spellings_of_addresses() {
        assert_eq!(name_tokens("Mary-Ann O'Neil"), ["mary", "ann", "neil"]);
        assert_eq!(name_tokens("王小明"), ["wangxiaoming", "wxm", "wang", "xiaoming"]);
        assert!(name_tokens("").is_empty());
    }
}
