//! Kinds of files, through the real binary: a seeded copy without its canaries
//! is the original, by octets where it is text, by parts and values where it is
//! not; a broken file is refused with its place, and nothing is left of the try.

mod parquet;
mod text;
mod workbook;

use crate::site::Site;
use serde_json::Value;
use std::collections::BTreeSet;

const CANARIES: usize = 4;
const ROWS: usize = 80;
const HEADER: [&str; 5] = ["编号", "姓名", "手机", "邮箱", "开户时间"];

/// The n-th row of the table that all these files hold.
fn row(n: usize) -> [String; 5] {
    let pick = |from: &str, n: usize| from.chars().nth(n % from.chars().count()).expect("a character");
    let (surnames, given) =
        ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英");
    [
        (5000 + n * 4).to_string(),
        format!("{}{}{}", pick(surnames, n * 7 + n / 5), pick(given, n / 3), pick(given, n * 7 + 3)),
        format!("154{:08}", 77_000_000 + n * 31_153),
        format!("user{}@qq.example", n * 37 % 1000),
        format!("2020-{:02}-{:02} 10:{:02}:00", 1 + n / 28 % 12, 1 + n % 28, n * 13 % 60),
    ]
}

/// Seeds a file for a source and says where its canaries stand, counted from 1.
fn seeded(site: &Site, input: &str) -> BTreeSet<usize> {
    let before = std::fs::read(site.path(input)).expect("read");
    let count = CANARIES.to_string();
    let done = site.json(&["seed", input, "--source", "telecom", "--count", &count, "--accept-detectable"]);
    assert_eq!((done["canaries"].as_u64(), done["rows_in"].as_u64()), (Some(CANARIES as u64), Some(ROWS as u64)));
    assert!(std::fs::read(site.path(input)).expect("read") == before, "{input} stays as it is");
    let place = |c: &Value| c["location"].as_str()?.strip_prefix("row ")?.parse().ok();
    let places: BTreeSet<usize> = site.canaries("telecom").iter().map(|c| place(c).expect("a row")).collect();
    assert_eq!(places.len(), CANARIES);
    places
}

/// Items without those at these places, counted from `first`.
fn without<T>(items: Vec<T>, first: usize, places: &BTreeSet<usize>) -> Vec<T> {
    items.into_iter().enumerate().filter(|(n, _)| !places.contains(&(n + first))).map(|(_, item)| item).collect()
}

#[test]
fn broken_files_are_refused_with_their_place_and_leave_nothing() {
    let site = Site::with_pool();
    let lines = text::json_lines();
    let half = |octets: Vec<u8>| octets[..octets.len() / 2].to_vec();
    let mut torn = workbook::file();
    let at = torn.len() / 3;
    torn[at..at + 40].fill(0xa5);
    let broken: [(&str, Vec<u8>, &[&str]); 9] = [
        ("half.csv.gz", half(text::gzip(&text::table(",", "\n").into_bytes())), &["ends early", "whole copy"]),
        ("half.tsv.zst", half(text::zstandard(&text::table("\t", "\n").into_bytes())), &["ends early", "whole copy"]),
        ("odd.csv", [text::utf_16(&text::table(",", "\n")), vec![b'x']].concat(), &["UTF-16"]),
        ("mixed.csv", [text::table(",", "\n").into_bytes(), b"1,\xff\xfe\n".to_vec()].concat(), &["line 82"]),
        ("line.jsonl", lines.replacen("\"编号\":\"5024\",", "\"编号\":\"5024\"", 1).into_bytes(), &["line 7"]),
        ("list.jsonl", b"[1, 2]\n".to_vec(), &["array", "convert it"]),
        ("torn.xlsx", torn, &["sheet 名单", "save it again"]),
        ("half.xlsx", half(workbook::file()), &["cut off", "whole file"]),
        ("half.parquet", half(parquet::file(&site)), &["cut off"]),
    ];
    let mut wrong = Vec::new();
    for (name, octets, words) in broken {
        site.write(name, &octets);
        let before = names(&site);
        let message = site.refused(&["seed", name, "--source", "telecom", "--accept-detectable"]);
        let told = message.contains(name) && words.iter().all(|w| message.contains(w));
        wrong.extend((!told).then(|| format!("{name}: {words:?} in {message}")));
        assert_eq!(names(&site), before, "{name} left something");
        assert!(std::fs::read(site.path(name)).expect("read") == octets, "{name} stays as it is");
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(site.json(&["release", "list"]).as_array().map(Vec::len), Some(0));
}

fn names(site: &Site) -> BTreeSet<String> {
    let all = std::fs::read_dir(site.dir()).expect("listed");
    all.map(|item| item.expect("listed").file_name().to_string_lossy().into_owned()).collect()
}
