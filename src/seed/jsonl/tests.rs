//! What JSON lines must keep: every line of the file, octet for octet; and a new
//! line must be written as the others are.

use super::*;
use crate::identity::Cells;
use proptest::prelude::*;
use std::io::{Read, Seek};

struct Fixture(tempfile::TempDir);

impl Fixture {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("in.jsonl"), text).expect("written");
        Self(dir)
    }

    #[expect(clippy::type_complexity, reason = "rows as they come")]
    fn scan(&self) -> Result<(JsonLines, Vec<Vec<Option<String>>>), SeedError> {
        let mut file = JsonLines::open(&self.0.path().join("in.jsonl"))?;
        let mut rows = Vec::new();
        file.scan(
            &mut |cells: &Cells<'_>| rows.push(cells.iter().map(|c| c.map(str::to_owned)).collect()),
            &mut |_, _| (),
        )?;
        Ok((file, rows))
    }

    fn plant(&self, rows: &[(u64, &[Option<&str>])]) -> Result<String, SeedError> {
        let (mut file, _) = self.scan()?;
        let own = |cells: &[Option<&str>]| cells.iter().map(|c| c.map(str::to_owned)).collect();
        let rows: Vec<(u64, Row)> = rows.iter().map(|(n, cells)| (*n, own(cells))).collect();
        let mut to = tempfile::tempfile().expect("a file");
        file.copy(&rows, &mut to, &mut |_, _| ())?;
        let mut text = String::new();
        to.rewind().expect("rewound");
        to.read_to_string(&mut text).expect("read");
        Ok(text)
    }

    /// The line of one new row, put first.
    fn line(text: &str, row: &[Option<&str>]) -> String {
        let out = Self::new(text).plant(&[(1, row)]).expect("planted");
        let line = out.strip_suffix(text).expect("the rest is as it was");
        line.strip_suffix('\n').expect("a line").to_owned()
    }
}

fn message<T>(result: Result<T, SeedError>) -> String {
    result.err().expect("this must be refused").to_string()
}

#[test]
fn keys_are_columns_and_values_are_texts() {
    let text =
        "{\"a\":\"x\\\"\\u4e2d\",\"b\":1.50,\"c\":null}\n\n{\"b\":true,\"d\":{\"e\": [1, \"2\"]}}\r\n{\"a\":\"\"}";
    let (file, rows) = Fixture::new(text).scan().expect("reads");
    assert_eq!(file.columns(), ["a", "b", "c", "d"]);
    let row = |cells: [Option<&str>; 4]| cells.map(|c| c.map(str::to_owned)).to_vec();
    assert_eq!(
        rows,
        [
            row([Some("x\"中"), Some("1.50"), None, None]),
            row([None, Some("true"), None, Some("{\"e\": [1, \"2\"]}")]),
            row([Some(""), None, None, None]),
        ]
    );
}

#[test]
fn types_and_order_are_those_of_the_column() {
    let text = "{\"id\":1,\"name\":\"Ann\"}\n{\"id\":2,\"vip\":true,\"name\":\"Bo\",\"tags\":[\"x\"]}\n{\"id\":3,\"name\":null}\n";
    let row = [Some("7"), Some("123"), Some("false"), Some("[\"y\"]")];
    assert_eq!(Fixture::line(text, &row), "{\"id\":7,\"vip\":false,\"name\":\"123\",\"tags\":[\"y\"]}");
    assert_eq!(Fixture::line(text, &[Some("7"), None, None, None]), "{\"id\":7,\"name\":null}");
    let refused = message(Fixture::new(text).plant(&[(1, &[Some("007"), None, None, None])]));
    assert!(refused.contains("\"007\"") && refused.contains("\"id\""), "{refused}");
}

#[test]
fn spacing_and_escapes_are_those_of_the_file() {
    let row = [Some("王/<b>\n\u{1}😀"), Some("2")];
    let line = |first: &str| Fixture::line(&format!("{first}\n"), &row);
    assert_eq!(line("{\"a\": \"李\", \"b\": 1}"), "{\"a\": \"王/<b>\\n\\u0001😀\", \"b\": 2}");
    assert_eq!(line("{\"a\":\"\\u674E\",\"b\":1}"), "{\"a\":\"\\u738B/<b>\\n\\u0001\\uD83D\\uDE00\",\"b\":2}");
    assert_eq!(line("{\"a\":\"\\u674e\\/\",\"b\":1}"), "{\"a\":\"\\u738b\\/<b>\\n\\u0001\\ud83d\\ude00\",\"b\":2}");
    assert_eq!(
        line("{ \"a\" : \"李\\u003c\\u003e\" , \"b\" : 1 }"),
        "{ \"a\" : \"王/\\u003cb\\u003e\\n\\u0001😀\" , \"b\" : 2 }"
    );
}

#[test]
fn line_ends_are_kept_and_a_last_line_stays_the_last() {
    let fixture = Fixture::new("\u{feff}{\"a\":1,\"b\":2}\r\n{\"a\":3,\"b\":4}");
    assert_eq!(fixture.scan().expect("reads").0.last_place().expect("known"), 1);
    let out = fixture.plant(&[(2, &[Some("5"), Some("6")])]).expect("planted");
    assert_eq!(out, "\u{feff}{\"a\":1,\"b\":2}\r\n{\"a\":5,\"b\":6}\r\n{\"a\":3,\"b\":4}");
}

#[test]
fn broken_files_are_refused_with_the_line_and_a_remedy() {
    let open = |text: &str| message(Fixture::new(text).scan());
    assert!(open("").contains("empty"));
    assert!(open("[\n{\"a\":1}]").contains("jq -c '.[]'"));
    assert!(open("{\n  \"a\": 1\n}\n").contains("line 1: an object begins here that goes on"));
    assert!(open("{\"a\":1}\n\n{\"a\":\n").contains("line 3: this line is no whole JSON object"));
    assert!(open("{\"a\":1}\n{\"a\":1} x\n").contains("line 2"));
    assert!(open("{\"a\":1}\n7\n").contains("line 2"));
    assert!(open("{\"a\":1,\"a\":2}\n").contains("\"a\" stands twice"));
    assert!(open("{\"a\":1}\n{\"a\":\"\\ud800\"}\n").contains("line 2"));
    let many: String = (0..5000).map(|n| format!("{{\"k{n}\":1}}\n")).collect();
    assert!(open(&many).contains("line 4097: there are more than 4096"));
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("x.jsonl"), b"{\"a\":1}\n{\"a\":\"\xd5\"}\n").expect("written");
    assert!(message(JsonLines::open(&dir.path().join("x.jsonl"))).contains("line 2: this line is not text in UTF-8"));
}

proptest! {
    #[test]
    fn lines_survive_and_new_ones_say_what_they_should(
        values in proptest::collection::vec(("\\PC{0,6}", any::<i32>(), proptest::option::of("[a-z\"\\\\/\n]{0,4}")), 1..10),
        ascii: bool, spaced: bool, crlf: bool,
        after in proptest::collection::vec(0u64..10, 1..4),
        canary in ("\\PC{1,6}", any::<i32>(), proptest::option::of("[a-z\"\\\\/\n]{1,4}")),
    ) {
        let escaping = { let mut e = Escaping::default(); e.meet(if ascii { "\"\\u4e2d\"" } else { "\"中\"" }); e };
        let (colon, comma) = if spaced { (": ", ", ") } else { (":", ",") };
        let end = if crlf { "\r\n" } else { "\n" };
        let line = |(a, b, c): &(String, i32, Option<String>)| {
            let c = c.as_ref().map_or("null".to_owned(), |c| escaping.write(c));
            format!("{{\"a\"{colon}{}{comma}\"b\"{colon}{b}{comma}\"c\"{colon}{c}}}{end}", escaping.write(a))
        };
        let first = ("中".to_owned(), 1, Some("x".to_owned()));
        let lines: Vec<String> = std::iter::once(&first).chain(&values).map(line).collect();
        let mut after: Vec<u64> = after.into_iter().map(|a| a.min(lines.len() as u64)).collect();
        after.sort_unstable();
        let number = canary.1.to_string();
        let row = [Some(canary.0.as_str()), Some(number.as_str()), canary.2.as_deref()];
        let rows: Vec<(u64, &[Option<&str>])> =
            after.iter().enumerate().map(|(n, a)| (a + n as u64 + 1, &row[..])).collect();
        let out = Fixture::new(&lines.concat()).plant(&rows).expect("planted");
        let mut wanted = lines;
        rows.iter().for_each(|(n, _)| wanted.insert(*n as usize - 1, line(&canary)));
        prop_assert_eq!(out, wanted.concat());
    }
}
