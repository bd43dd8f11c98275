//! What a delimited file must keep: every row of its own, octet for octet,
//! whatever dialect, charset and packing it is written in.

mod asking;

use super::*;
use crate::identity::{Cells, Meet};
use crate::seed::packing::Input;
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252,
};
use proptest::prelude::*;
use std::io::{Read, Write};

/// A file of that content, and a place for what is written.
struct Fixture {
    dir: tempfile::TempDir,
    name: &'static str,
}

impl Fixture {
    fn new(octets: &[u8]) -> Self {
        Self::named("in.csv", octets)
    }

    fn named(name: &'static str, octets: &[u8]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join(name), octets).expect("written");
        Self { dir, name }
    }

    fn open(&self) -> Result<Csv, SeedError> {
        Csv::open(&self.dir.path().join(self.name))
    }

    fn scan(&self) -> Result<(Csv, Vec<Vec<String>>), SeedError> {
        let mut csv = self.open()?;
        let mut keeping = Keeping(Vec::new());
        csv.scan(&mut keeping, &mut |_, _| ())?;
        Ok((csv, keeping.0))
    }

    /// Plants rows that have those numbers in the output; returns it as it lies on disk.
    fn plant(&self, rows: &[(u64, &[&str])]) -> Result<Vec<u8>, SeedError> {
        let (mut csv, _) = self.scan()?;
        let rows: Vec<(u64, Row)> =
            rows.iter().map(|(n, cells)| (*n, cells.iter().map(|c| Some((*c).to_owned())).collect())).collect();
        let mut to = tempfile::tempfile().expect("a file");
        csv.copy(&rows, &mut to, &mut |_, _| ())?;
        let mut octets = Vec::new();
        std::io::Seek::rewind(&mut to).expect("rewound");
        to.read_to_end(&mut octets).expect("read");
        Ok(octets)
    }
}

/// Keeps all rows, and forgets them when it is told to.
struct Keeping(Vec<Vec<String>>);

impl Meet for Keeping {
    fn meet(&mut self, row: &Cells<'_>) {
        self.0.push(row.iter().map(|c| c.expect("text").to_owned()).collect());
    }

    fn begin_anew(&mut self) -> bool {
        self.0.clear();
        true
    }
}

fn message<T>(result: Result<T, SeedError>) -> String {
    result.err().expect("this must be refused").to_string()
}

fn encode(text: &str, encoding: &'static Encoding, mark: bool) -> Vec<u8> {
    let octets = if encoding == UTF_16LE {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else if encoding == UTF_16BE {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    } else {
        encoding.encode(text).0.into_owned()
    };
    let bom: &[u8] = match (mark, encoding.name()) {
        (true, "UTF-8") => b"\xef\xbb\xbf",
        (true, "UTF-16LE") => b"\xff\xfe",
        (true, "UTF-16BE") => b"\xfe\xff",
        _ => b"",
    };
    [bom, &octets].concat()
}

fn packed(octets: &[u8], packing: &str) -> Vec<u8> {
    match packing {
        "gz" => {
            // Two members, as `cat a.gz b.gz` makes them.
            let (a, b) = octets.split_at(octets.len() / 2);
            let member = |part: &[u8]| {
                let mut to = flate2::GzBuilder::new()
                    .filename("people.csv")
                    .mtime(7)
                    .write(Vec::new(), flate2::Compression::fast());
                to.write_all(part).expect("packed");
                to.finish().expect("packed")
            };
            [member(a), member(b)].concat()
        }
        "zst" => {
            let mut to = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
            to.include_checksum(true).expect("a checksum");
            to.write_all(octets).expect("packed");
            to.finish().expect("packed")
        }
        _ => octets.to_vec(),
    }
}

fn unpacked(octets: &[u8], packing: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    match packing {
        "gz" => flate2::read::GzDecoder::new(octets).read_to_end(&mut plain).map(drop).expect("one good member"),
        "zst" => plain = zstd::decode_all(octets).expect("good"),
        _ => plain = octets.to_vec(),
    }
    plain
}

#[test]
fn dialects_are_read() {
    for octets in [
        "a,b\r\n1,\"x,\"\"y\"\"\"\r\n",
        "a;b\n1;\"x,\"\"y\"\"\"\n",
        "a\tb\n1\tx,\"y\"\n",
        "a|b\n1|\"x,\"\"y\"\"\"",
        "a\x01b\n1\x01x,\"y\"\n",
        "a^b\r1^\"x,\"\"y\"\"\"\r",
        "a~b\n1~\"x,\"\"y\"\"\"\n",
        "a:b\n1:\"x,\"\"y\"\"\"\n",
        "\u{feff}a,b\n1,\"x,\"\"y\"\"\"\n\n",
        "a,b\n1,\"x,\\\"y\\\"\"\n",
    ] {
        let (csv, rows) = Fixture::new(octets.as_bytes()).scan().expect(octets);
        assert_eq!(csv.columns(), ["a", "b"], "{octets:?}");
        assert_eq!(rows, [["1", "x,\"y\""]], "{octets:?}");
    }
}

#[test]
fn a_file_that_quotes_nothing_is_read_as_it_stands() {
    let fixture = Fixture::named("in.tsv", b"id\tname\tnote\n1\t\"Big\" Joe\tx\n2\t\"Al\ty\n3\tBo\t\"\n");
    let (_, rows) = fixture.scan().expect("reads");
    assert_eq!(rows, [["1", "\"Big\" Joe", "x"], ["2", "\"Al", "y"], ["3", "Bo", "\""]]);
    assert!(message(fixture.plant(&[(1, &["4", "a\tb", "c"])])).contains("\"name\" holds a delimiter"));
}

#[test]
fn backslashes_late_in_the_file_decide_what_a_quote_means() {
    let mut text = "id,name,note\n".to_owned();
    for n in 0..40_000 {
        text += &format!("{n},\"Ann, Bo\",x\n");
    }
    text += "40000,\"said \\\"hi, you\\\" to\",z\n";
    let fixture = Fixture::new(text.as_bytes());
    let (_, rows) = fixture.scan().expect("reads");
    assert_eq!(rows[40_000], ["40000", "said \"hi, you\" to", "z"]);
    let out = fixture.plant(&[(40_001, &["7", "a \"b\"", "c"])]).expect("planted");
    assert!(String::from_utf8(out).expect("UTF-8").contains("7,\"a \\\"b\\\"\",c\n40000,"));
}

#[test]
fn gbk_with_bars_is_cut_between_characters_only() {
    // The second octet of 倈 in GBK is 0x7c, a bar.
    let text = "姓名|手机|地址\n王小倈|13800000000|北京市海淀区中关村大街\n李娜|13900000000|上海市\n";
    let fixture = Fixture::new(&encode(text, GBK, false));
    let (_, rows) = fixture.scan().expect("reads");
    assert_eq!(rows[0], ["王小倈", "13800000000", "北京市海淀区中关村大街"]);
    let out = fixture.plant(&[(2, &["赵敏", "13700000000", "广州市"])]).expect("planted");
    assert_eq!(out, encode(&text.replace("李娜", "赵敏|13700000000|广州市\n李娜"), GBK, false));
}

#[test]
fn a_name_late_in_the_file_decides_the_charset() {
    let mut text = "id,name,address\n".to_owned();
    (0..30_000).for_each(|n| text += &format!("{n},Ann,1 High Street\n"));
    text += "30000,王小明,北京市海淀区中关村大街\n30001,李娜,上海市浦东新区\n";
    let (_, rows) = Fixture::new(&encode(&text, GBK, false)).scan().expect("reads");
    assert_eq!(rows[30_000][1..], ["王小明", "北京市海淀区中关村大街"]);
}

#[test]
fn quoting_habits_are_kept_column_by_column() {
    let fixture = Fixture::new(b"id,name,note\r\n1,\"Ann\",\r\n2,\"Bo\",x\r\n");
    let row: &[&str] = &["3", "Cy \"C\" D", "a,b"];
    assert_eq!(
        fixture.plant(&[(2, row), (4, row)]).expect("planted"),
        b"id,name,note\r\n1,\"Ann\",\r\n3,\"Cy \"\"C\"\" D\",\"a,b\"\r\n2,\"Bo\",x\r\n3,\"Cy \"\"C\"\" D\",\"a,b\"\r\n"
    );
}

#[test]
fn where_line_ends_are_mixed_the_neighbour_decides() {
    let fixture = Fixture::new(b"a,b\n1,2\r\n3,4\n\n5,6\r\n");
    let out = fixture.plant(&[(1, &["x", "y"]), (3, &["x", "y"]), (5, &["x", "y"]), (7, &["x", "y"])]);
    assert_eq!(out.expect("planted"), b"a,b\nx,y\r\n1,2\r\nx,y\n3,4\n\nx,y\r\n5,6\r\nx,y\r\n");
}

#[test]
fn a_last_row_without_a_line_end_stays_the_last() {
    let fixture = Fixture::new(b"a,b\n1,2\n3,4");
    assert_eq!(fixture.scan().expect("reads").0.last_place().expect("known"), 1);
    assert_eq!(fixture.plant(&[(2, &["5", "6"])]).expect("planted"), b"a,b\n1,2\n5,6\n3,4");
    assert!(message(fixture.plant(&[(3, &["5", "6"])])).contains("no place for a row 3"));
}

#[test]
fn bad_files_are_refused_with_the_place() {
    let open = |octets: &[u8]| message(Fixture::new(octets).scan());
    assert!(open(b"").contains("empty"));
    assert!(open(b"\n\n").contains("empty"));
    assert!(open(b"a,b\n").contains("no rows"));
    assert!(open(b"a,b\n1,2\n\n1,2,3\n").contains("line 4: this row has 3 fields, the header has 2"));
    assert!(open(b"\x7fELF\0\0\0\x01").contains("NUL"));
    assert!(open(b"a,b\n1,2\nx\0,4\n").contains("line 3: the file is not text"));
    assert!(open(b"a,b\n1,2\n3,4\n5,6\n1,\"2\n3,4\n").contains("line 5"));
    assert!(open(b"a,a\n1,2\n").contains("two columns are named"));
    assert!(open(b"13800000000,x\n13800000001,y\n").contains("looks like data"));
    assert!(open(b"PK\x03\x04aaaa").contains("ZIP"));
    assert!(
        open(b"a,b\n1,\"2\"\n3,\"4\"\n5,\"6\" x\n7,\"8\"\n9,\"1,0\"\n1,\"1,1\"\n")
            .contains("line 4: field 2 of this row goes on")
    );
}

#[test]
fn a_quote_that_is_never_closed_and_an_endless_line_end_soon() {
    let mut text = b"a,b\n1,\"2\"\n3,\"4\"\n".to_vec();
    (0..600_000).for_each(|_| text.extend_from_slice(b"5,\"6,7\"\n"));
    text.extend_from_slice(b"8,\"9\n");
    (0..1_200_000).for_each(|_| text.extend_from_slice(b"1,2\n"));
    assert!(message(Fixture::new(&text).scan()).contains("line 600004: a row that begins here is longer than 4 MiB"));
    let endless = [b"a,b\n1,2\n3,".to_vec(), vec![b'x'; 100 << 20]].concat();
    assert!(message(Fixture::new(&endless).scan()).contains("line 3: a row that begins here is longer"));
    let header = vec![b'x'; 5 << 20];
    assert!(message(Fixture::new(&header).scan()).contains("line 1: a row that begins here is longer"));
}

#[test]
fn a_row_longer_than_a_block_is_a_row() {
    let long = format!("a,b\n1,\"{}\"\n2,3\n", "x\n\"\"".repeat(100_000));
    let fixture = Fixture::new(long.as_bytes());
    let (_, rows) = fixture.scan().expect("reads");
    assert_eq!((rows.len(), rows[0][1].len()), (2, 300_000));
    let out = fixture.plant(&[(2, &["9", "9"])]).expect("planted");
    assert!(out == long.replace("\n2,3", "\n9,9\n2,3").as_bytes(), "planted after the long row");
}

#[test]
fn two_encodings_in_one_file_are_refused_with_the_line() {
    let chinese = "3,王小明,北京市海淀区中关村大街十八号\n";
    let (utf8, gbk) = (chinese.as_bytes().to_vec(), encode(chinese, GBK, false));
    let join = |parts: &[&[u8]]| message(Fixture::new(&[b"id,name,address\n", &parts.concat()[..]].concat()).scan());
    assert!(join(&[&utf8, &utf8, &gbk, &utf8]).contains("line 4: this line is not UTF-8"));
    let many = gbk.repeat(500);
    assert!(join(&[&many, &utf8, &many]).contains("line 502: this line is in UTF-8"));
    assert!(join(&[&utf8.repeat(20_000), &gbk, &utf8]).contains("line 20002: this line is not UTF-8"));
    assert!(join(&[&many, b"4,\xff\xff,x\n"]).contains("line 502: this line is not text in GB"));
}

#[test]
fn a_character_that_the_file_cannot_hold_is_refused() {
    let text = "姓名,地址\n陳美麗,臺北市中正區忠孝東路一段\n林志明,臺北市大安區仁愛路四段\n";
    let fixture = Fixture::new(&encode(text, BIG5, false));
    assert!(
        message(fixture.plant(&[(1, &["陳", "😀"])]))
            .contains("'😀' of a canary in column \"地址\" cannot be written in Big5")
    );
    let text = "姓名,地址\n王小明,北京市海淀区中关村大街\n李娜,上海市浦东新区世纪大道\n";
    // GB18030 has it, but a reader of GBK does not.
    let fixture = Fixture::new(&encode(text, GBK, false));
    assert!(message(fixture.plant(&[(1, &["王", "😀"])])).contains("cannot be written in GBK"));
}

#[test]
fn broken_packings_are_told() {
    let text = "id,name\n".to_owned() + &(0..90_000).map(|n| format!("{n},name {n}\n")).collect::<String>();
    for (packing, name) in [("gz", "gzip"), ("zst", "zstd")] {
        let whole = packed(text.as_bytes(), packing);
        let cut = message(Fixture::new(&whole[..whole.len() - 20]).scan());
        assert!(cut.contains(&format!("the {name} file ends early")), "{cut}");
        let mut damaged = whole.clone();
        let at = whole.len() / 3;
        damaged[at..at + 40].iter_mut().for_each(|b| *b ^= 0x55);
        let damaged = message(Fixture::new(&damaged).scan());
        assert!(damaged.contains("in.csv"), "{damaged}");
        let out = Fixture::new(&whole).plant(&[(5, &["x", "y"])]).expect("planted");
        assert_eq!(String::from_utf8(unpacked(&out, packing)).expect("text"), text.replace("\n4,", "\nx,y\n4,"));
    }
    let gz = Fixture::new(&packed(text.as_bytes(), "gz")).plant(&[]).expect("copied");
    let mut decoder = flate2::read::GzDecoder::new(&gz[..]);
    decoder.read_exact(&mut [0]).expect("read");
    let header = decoder.header().expect("a header");
    assert_eq!((header.filename(), header.mtime()), (Some(&b"people.csv"[..]), 7));
}

#[test]
fn a_file_that_changes_meanwhile_is_refused() {
    let fixture = Fixture::new(b"a,b\n1,2\n3,4\n");
    let (mut csv, _) = fixture.scan().expect("reads");
    std::fs::write(fixture.dir.path().join("in.csv"), b"a,b\n1,2\n3,4\n5,6\n").expect("written");
    let mut to = tempfile::tempfile().expect("a file");
    assert!(message(csv.copy(&[], &mut to, &mut |_, _| ())).contains("was changed"));
    let input = Input::open(&fixture.dir.path().join("in.csv")).expect("opened");
    assert!(input.check_unchanged().is_ok());
}

/// Charsets with texts that tell them.
fn charsets() -> Vec<(&'static Encoding, bool, &'static str)> {
    let chinese = "中华人民共和国公民身份登记北京市海淀区上海浦东新区";
    vec![
        (UTF_8, false, chinese),
        (UTF_8, true, chinese),
        (UTF_16LE, true, chinese),
        (UTF_16BE, true, "àéêù\u{10a}\u{a0a}ñ"),
        (UTF_16LE, false, chinese),
        (UTF_16BE, false, chinese),
        (GBK, false, chinese),
        (GB18030, false, "中华人民共和国公民身份登记㐀㐁㐂𠀀"),
        (BIG5, false, "臺北市中正區忠孝東路一段陳美麗林志明大安區許功蓋"),
        (SHIFT_JIS, false, "東京都千代田区のひらがなとカタカナ表示ソ能十"),
        (EUC_KR, false, "서울특별시 강남구 테헤란로 김철수 이영희 박민수"),
        (WINDOWS_1252, false, "François Müller à Genève, José Peña"),
        (WINDOWS_1251, false, "Москва улица Ленина Иванов Пётр Сергеевич"),
    ]
}

#[derive(Debug, Clone)]
struct Written {
    delimiter: char,
    line_end: &'static str,
    quotes_all: bool,
    last_end: bool,
    packing: &'static str,
}

fn written() -> impl Strategy<Value = Written> {
    let select = proptest::sample::select::<char>;
    (select(vec![',', '\t', ';', '|', ':', '^', '\x01', '~']), 0..3usize, any::<bool>(), any::<bool>(), 0..3usize)
        .prop_map(|(delimiter, end, quotes_all, last_end, packing)| Written {
            delimiter,
            line_end: ["\n", "\r\n", "\r"][end],
            quotes_all,
            last_end,
            packing: ["csv", "gz", "zst"][packing],
        })
}

impl Written {
    fn field(&self, text: &str) -> String {
        let needs = text.contains([self.delimiter, '"', '\r', '\n']);
        if self.quotes_all || needs { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    }

    fn line(&self, cells: &[String]) -> String {
        let fields: Vec<String> = cells.iter().map(|c| self.field(c)).collect();
        fields.join(&self.delimiter.to_string())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn the_rows_of_the_file_survive_octet_for_octet(
        how in written(),
        charset in 0..13usize,
        cells in proptest::collection::vec(("[a-z0-9 ]{0,8}", "[a-z,\";|:^~\t]{0,6}"), 1..12),
        after in proptest::collection::vec(0u64..12, 1..5),
    ) {
        let (encoding, mark, letters) = charsets()[charset];
        let rows: Vec<Vec<String>> = cells.iter().enumerate()
            .map(|(n, (a, b))| vec![format!("k{n}"), letters.to_owned(), a.clone(), b.clone()]).collect();
        let mut text = ["ka", "kb", "kc", "kd"].map(|h| how.field(h)).join(&how.delimiter.to_string());
        for row in &rows {
            text += how.line_end;
            text += &how.line(row);
        }
        // One row more, such that the last two columns have quoting habits like the rest.
        text += how.line_end;
        text += &how.line(&["kz".into(), letters.into(), "x".into(), "y".into()]);
        if how.last_end {
            text += how.line_end;
        }
        let plain = encode(&text, encoding, mark);
        let fixture = Fixture::new(&packed(&plain, how.packing));
        let (csv, read) = fixture.scan().expect("reads");
        prop_assert_eq!(csv.columns(), ["ka", "kb", "kc", "kd"]);
        prop_assert_eq!(&read[..rows.len()], &rows[..]);
        let mut after: Vec<u64> = after.into_iter().map(|a| a.min(rows.len() as u64)).collect();
        after.sort_unstable();
        let canary = ["CANARY", letters, "x", "CANARY"];
        let planted: Vec<(u64, &[&str])> =
            after.iter().enumerate().map(|(n, a)| (a + n as u64 + 1, &canary[..])).collect();
        let out = unpacked(&fixture.plant(&planted).expect("planted"), how.packing);
        // The canaries are where they should be, for another reader of the output.
        let (_, again) = Fixture::new(&out).scan().expect("reads");
        let mut rest = again.clone();
        for (number, _) in planted.iter().rev() {
            prop_assert_eq!(&rest.remove(*number as usize - 1), &canary.map(str::to_owned).to_vec());
        }
        prop_assert_eq!(rest, read);
        // Without their octets the file is what it was.
        let quoted = encode(&(how.line(&canary.map(str::to_owned)) + how.line_end), encoding, false);
        let mut octets = out.clone();
        let (mut found, mut from) = (0, 0);
        while let Some(at) = memchr::memmem::find(&octets[from..], &quoted) {
            if encoding.name().starts_with("UTF-16") && (from + at) % 2 == 1 {
                from += at + 1;
                continue;
            }
            octets.drain(from + at..from + at + quoted.len());
            found += 1;
        }
        prop_assert_eq!(found, planted.len());
        prop_assert_eq!(octets, plain);
    }
}
