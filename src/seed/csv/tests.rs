//! What a delimited file must keep: every row of its own, octet for octet,
//! whatever dialect it is written in.

use super::*;
use proptest::prelude::*;

fn futures<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

struct Fixture {
    dir: tempfile::TempDir,
    octets: Vec<u8>,
}

impl Fixture {
    fn new(octets: &[u8]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("in.csv"), octets).expect("written");
        Self { dir, octets: octets.to_vec() }
    }

    fn open(&self) -> Result<Csv, SeedError> {
        Csv::open(&self.dir.path().join("in.csv"), &self.dir.path().join("out.csv"))
    }

    fn scan(&self) -> Result<(Csv, Vec<Row>), SeedError> {
        let mut csv = self.open()?;
        let mut rows = Vec::new();
        futures(csv.scan(&mut |row| rows.push(row)))?;
        Ok((csv, rows))
    }

    /// Plants rows after the given ones; returns the output.
    fn plant(&self, cells: &[&str], after: &[u64]) -> Vec<u8> {
        let (mut csv, _) = self.scan().expect("reads");
        let row: Row = cells.iter().map(|c| Some((*c).to_owned())).collect();
        let drawn: Vec<Drawn> = after
            .iter()
            .map(|a| Drawn {
                row: row.clone(),
                spot: Spot::After(*a),
                names: vec![],
                identifiers: vec![],
                contact_points: vec![],
                id_safety: crate::model::IdSafety::NoColumn,
            })
            .collect();
        let locations = futures(csv.locate(&drawn)).expect("located");
        let plantings: Vec<Planting> =
            locations.into_iter().map(|location| Planting { location, cells: row.clone() }).collect();
        assert_eq!(futures(csv.presence(&plantings)).expect("read"), Presence::None);
        futures(csv.plant(&plantings)).expect("planted");
        assert_eq!(futures(csv.presence(&plantings)).expect("read"), Presence::All);
        std::fs::read(self.dir.path().join("out.csv")).expect("read")
    }
}

fn text(row: &Row) -> Vec<&str> {
    row.iter().map(|c| c.as_deref().unwrap_or("NULL")).collect()
}

fn message<T>(result: Result<T, SeedError>) -> String {
    match result {
        Ok(_) => panic!("this must be refused"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn dialects_are_read() {
    for octets in [
        "a,b\r\n1,\"x,\"\"y\"\"\"\r\n",
        "a;b\n1;\"x,\"\"y\"\"\"\n",
        "a\tb\n1\tx,\"y\"\n",
        "a|b\n1|\"x,\"\"y\"\"\"",
        "\u{feff}a,b\n1,\"x,\"\"y\"\"\"\n\n",
    ] {
        let fixture = Fixture::new(octets.as_bytes());
        let (csv, rows) = fixture.scan().expect(octets);
        assert_eq!(csv.columns(), ["a", "b"]);
        assert_eq!(rows.iter().map(text).collect::<Vec<_>>(), [["1", "x,\"y\""]], "{octets:?}");
    }
}

#[test]
fn gbk_with_bars_is_cut_between_characters_only() {
    // The second octet of 倈 in GBK is 0x7c, a bar.
    let (octets, _, _) =
        encoding_rs::GBK.encode("姓名|手机|地址\n王小倈|13800000000|北京市海淀区中关村大街\n李娜|13900000000|上海市\n");
    assert!(octets.windows(2).any(|w| w[1] == b'|' && w[0] >= 0x81));
    let fixture = Fixture::new(&octets);
    let (_, rows) = fixture.scan().expect("reads");
    assert_eq!(text(&rows[0]), ["王小倈", "13800000000", "北京市海淀区中关村大街"]);
    let out = fixture.plant(&["赵敏", "13700000000", "广州市"], &[0]);
    let (line, _, _) = encoding_rs::GBK.encode("赵敏|13700000000|广州市\n");
    let at = out.windows(line.len()).position(|w| w == &line[..]).expect("planted in GBK");
    assert_eq!([&out[..at], &out[at + line.len()..]].concat(), fixture.octets);
}

#[test]
fn bars_after_single_octet_letters_are_bars() {
    let (octets, _, _) =
        encoding_rs::WINDOWS_1252.encode("id|name|phone\n1|José|2125550101\n2|Zoë|2125550102\n3|Ærø|2125550103\n");
    let (_, rows) = Fixture::new(&octets).scan().expect("reads");
    assert_eq!(text(&rows[0]), ["1", "José", "2125550101"]);
}

#[test]
fn quoting_habits_are_kept_column_by_column() {
    let fixture = Fixture::new(b"id,name,note\r\n1,\"Ann\",\r\n2,\"Bo\",x\r\n");
    let out = fixture.plant(&["3", "Cy \"C\" D", "a,b"], &[0, 1]);
    assert_eq!(
        out,
        b"id,name,note\r\n1,\"Ann\",\r\n3,\"Cy \"\"C\"\" D\",\"a,b\"\r\n2,\"Bo\",x\r\n3,\"Cy \"\"C\"\" D\",\"a,b\"\r\n"
    );
}

#[test]
fn a_last_row_without_a_line_end_stays_the_last() {
    let fixture = Fixture::new(b"a,b\n1,2\n3,4");
    assert_eq!(fixture.plant(&["5", "6"], &[1]), b"a,b\n1,2\n5,6\n3,4");
}

#[test]
fn bad_files_are_refused_with_the_place() {
    assert!(message(Fixture::new(b"").open()).contains("empty"));
    assert!(message(Fixture::new(b"a,b\n").scan()).contains("no rows"));
    assert!(
        message(Fixture::new(b"a,b\n1,2\n1,2,3\n").scan()).contains("line 3: this row has 3 fields, the header has 2")
    );
    assert!(message(Fixture::new(b"\x7fELF\0\0\0\x01").open()).contains("not text"));
    assert!(message(Fixture::new(b"\xff\xfea\0,\0").open()).contains("UTF-16"));
    assert!(message(Fixture::new(b"a,b\n1,\"2\n3,4\n").scan()).contains("never closed"));
    assert!(message(Fixture::new(b"a,a\n1,2\n").open()).contains("two columns are named"));
    assert!(message(Fixture::new(b"13800000000,x\n13800000001,y\n").open()).contains("looks like data"));
}

#[test]
fn a_character_that_the_file_cannot_hold_is_refused_and_nothing_is_written() {
    let (octets, _, _) =
        encoding_rs::BIG5.encode("姓名,地址\n陳美麗,臺北市中正區忠孝東路一段\n林志明,臺北市大安區仁愛路四段\n");
    let fixture = Fixture::new(&octets);
    let (mut csv, _) = fixture.scan().expect("reads");
    let planting = Planting { location: "row 1".into(), cells: vec![Some("😀".into()), None] };
    assert!(message(futures(csv.plant(&[planting]))).contains("cannot be written in Big5"));
    assert_eq!(std::fs::read_dir(fixture.dir.path()).expect("listed").count(), 1, "only the input is there");
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9 ]{0,8}", "[王李,\"\r\n;|\t ]{0,6}", Just(String::new())]
}

proptest! {
    #[test]
    fn the_rows_of_the_file_survive_octet_for_octet(
        rows in proptest::collection::vec(proptest::collection::vec(cell(), 3), 1..12),
        delimiter in proptest::sample::select(vec![b',', b'\t', b';', b'|']),
        crlf: bool, bom: bool, last_end: bool,
        after in proptest::collection::vec(0u64..12, 1..5),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let line = |cells: &[String]| cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(&char::from(delimiter).to_string());
        let mut octets = if bom { "\u{feff}".to_owned() } else { String::new() };
        octets.push_str(&["ka", "kb", "kc"].join(&char::from(delimiter).to_string()));
        for row in &rows {
            octets.push_str(end);
            octets.push_str(&line(row));
        }
        if last_end {
            octets.push_str(end);
        }
        let fixture = Fixture::new(octets.as_bytes());
        let (_, read) = fixture.scan().expect("reads");
        prop_assert_eq!(read.len(), rows.len());
        for (a, b) in read.iter().zip(&rows) {
            prop_assert_eq!(text(a), b.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let after: Vec<u64> = after.into_iter().map(|a| a % rows.len() as u64).collect();
        let out = fixture.plant(&["CANARY", "x\"y", "z"], &after);
        let mut rest = String::from_utf8(out).expect("UTF-8");
        for _ in &after {
            // A column without a filled cell has no habit of quoting to follow.
            let at = rest.find("CANARY").expect("planted");
            let at = at - usize::from(rest[..at].ends_with('"'));
            let length = rest[at..].find('z').expect("whole") + 1;
            let length = length + usize::from(rest[at + length..].starts_with('"')) + end.len();
            rest.replace_range(at..at + length, "");
        }
        prop_assert_eq!(rest, octets);
    }
}
