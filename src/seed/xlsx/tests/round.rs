//! Planting, and taking out again: what is not a canary is as it was.

use std::path::Path;

use proptest::prelude::*;

use super::super::zip::{Archive, Entry};
use super::*;

const ALL: u64 = 64 << 20;

fn text_of(archive: &Archive, name: &str) -> String {
    let entry = archive.find(name).expect("the part");
    String::from_utf8(archive.read_whole(entry, ALL).expect("sound")).expect("UTF-8")
}

/// The octets of an entry from its header to the next one.
fn octets_of(path: &Path, entry: &Entry) -> Vec<u8> {
    let file = std::fs::read(path).expect("a file");
    let name = entry.name.as_bytes();
    let at = file
        .windows(name.len() + 30)
        .position(|w| w.starts_with(b"PK\x03\x04") && w.ends_with(name))
        .expect("a header");
    let next = |sign: &[u8]| file[at + 4..].windows(4).position(|w| w == sign).unwrap_or(usize::MAX);
    file[at..at + 4 + next(b"PK\x03\x04").min(next(b"PK\x01\x02"))].to_vec()
}

/// Plants rows in a workbook of these parts; gives both paths.
fn planted(dir: &Path, parts: &Parts, rows: &[(u64, Row)]) -> (std::path::PathBuf, std::path::PathBuf) {
    let (from, to) = (dir.join("a.xlsx"), dir.join("b.xlsx"));
    std::fs::write(&from, archive::zip(parts)).expect("written");
    let mut table = Xlsx::open(&from, None).expect("a workbook");
    let real = rows_of(&mut table).expect("rows");
    copy_of(&mut table, rows, &to).expect("a copy");
    let mut copy = Xlsx::open(&to, None).expect("a workbook");
    let mut seen = rows_of(&mut copy).expect("rows");
    for (at, row) in rows.iter().rev() {
        assert_eq!(&seen.remove(*at as usize - 1), row);
    }
    assert_eq!(seen, real);
    (from, to)
}

fn plain_table() -> Parts {
    let strings = ["姓名", "日期", "金额", "张三", "李四", "王五"].map(str::to_owned);
    let row = |n: u32, string: u32| {
        format!(
            "<row r=\"{n}\" spans=\"1:3\" ht=\"15\"><c r=\"A{n}\" t=\"s\"><v>{string}</v></c>\
             <c r=\"B{n}\" s=\"1\"><v>{}</v></c><c r=\"C{n}\"><f>LEN(A{n})*$B$4</f><v>{n}</v></c></row>",
            45_290 + n
        )
    };
    let header = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c></row>";
    let after = "<autoFilter ref=\"A1:C4\"/><mergeCells count=\"1\"><mergeCell ref=\"A6:C7\"/></mergeCells>\
                 <conditionalFormatting sqref=\"C2:C4\"><cfRule><formula>$C2&gt;3</formula></cfRule></conditionalFormatting>";
    let first = sheet(&(header.to_owned() + &row(2, 3) + &row(3, 4) + &row(4, 5)), after);
    let other =
        sheet("<row r=\"1\"><c r=\"A1\"><f>SUM(名单!C2:C4)</f><v>9</v></c><c r=\"B1\" t=\"s\"><v>5</v></c></row>", "");
    let chain = [("xl/calcChain.xml", "<calcChain/>")];
    parts(&[("名单", first), ("other", other)], &strings, &chain)
}

#[test]
fn everything_that_names_rows_follows() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows =
        [(1, row(&["甲", "2024-01-01", "7"])), (3, row(&["李四", "2024-02-29", "8"])), (6, row(&["乙", "", "9"]))];
    let (_, to) = planted(dir.path(), &plain_table(), &rows);
    let archive = Archive::open(&to).expect("sound");
    let home = text_of(&archive, "xl/worksheets/sheet1.xml");
    for part in [
        "<dimension ref=\"A1:C7\"/>",
        "<row r=\"2\" spans=\"1:3\" ht=\"15\"><c r=\"A2\" t=\"s\"><v>3</v></c><c r=\"B2\" s=\"1\"><v>45292</v></c><c r=\"C2\"><f>LEN(A2)*$B$6</f><v>7</v></c></row>",
        "<c r=\"A3\" t=\"s\"><v>4</v></c>",
        "<c r=\"A4\" t=\"s\"><v>5</v></c><c r=\"B4\" s=\"1\"><v>45351</v></c>",
        "<c r=\"B7\" s=\"1\"/><c r=\"C7\"><f>LEN(A7)*$B$6</f><v>9</v></c>",
        "<autoFilter ref=\"A1:C7\"/>",
        "<mergeCell ref=\"A9:C10\"/>",
        "sqref=\"C2:C7\"><cfRule><formula>$C2&gt;3</formula>",
    ] {
        assert!(home.contains(part), "{part} is not in {home}");
    }
    let strings = text_of(&archive, "xl/sharedStrings.xml");
    assert!(
        strings.contains("<sst count=\"12\" uniqueCount=\"8\">")
            && strings.contains("<si><t>金额</t></si><si><t>甲</t></si><si><t>张三</t>")
    );
    let other = text_of(&archive, "xl/worksheets/sheet2.xml");
    assert!(other.contains("<f>SUM(名单!C2:C7)</f>") && other.contains("<c r=\"B1\" t=\"s\"><v>6</v>"), "{other}");
    let workbook = text_of(&archive, "xl/workbook.xml");
    assert!(workbook.contains("名单!$A$2:$A$7") && workbook.contains("fullCalcOnLoad=\"1\""));
    assert!(archive.find("xl/calcChain.xml").is_none());
    assert_eq!(text_of(&archive, "[Content_Types].xml"), "<Types><Override PartName=\"/x\"/></Types>");
}

#[test]
fn parts_that_are_not_concerned_stay_octet_for_octet() {
    let dir = tempfile::tempdir().expect("a directory");
    let (from, to) = planted(dir.path(), &plain_table(), &[(2, row(&["甲", "2024-01-01", "7"]))]);
    let (old, new) = (Archive::open(&from).expect("sound"), Archive::open(&to).expect("sound"));
    for name in ["_rels/.rels", "xl/styles.xml", "docProps/thumb.bin"] {
        let of = |path, archive: &Archive| octets_of(path, archive.find(name).expect("there"));
        assert_eq!(of(&from, &old), of(&to, &new), "{name}");
    }
    let names =
        |a: &Archive| a.entries.iter().map(|e| e.name.clone()).filter(|n| !n.contains("calc")).collect::<Vec<_>>();
    assert_eq!(names(&old), names(&new));
    let times = |path: &Path| {
        std::fs::read(path).expect("a file").windows(4).filter(|w| *w == [0x21, 0x43, 0x65, 0x57]).count()
    };
    assert_eq!(times(&to), 2 * new.entries.len());
}

#[test]
fn without_canaries_the_copy_is_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let (from, to) = planted(dir.path(), &plain_table(), &[]);
    assert_eq!(std::fs::read(from).expect("a file"), std::fs::read(to).expect("a file"));
}

/// A table of inline strings, numbers and formulas of every kind, each row as it should be written.
fn markup(rows: &[(String, u32)], numbers: &[u32], total: u32) -> String {
    let mut text = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>name</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>n</t></is></c></row>".to_owned();
    for ((name, n), r) in rows.iter().zip(numbers) {
        text += &format!(
            "<row r=\"{r}\"><c r=\"A{r}\" t=\"inlineStr\"><is><t>{name}</t></is></c><c r=\"B{r}\"><v>{n}</v></c><c r=\"D{r}\"><f>B{r}+$B${total}</f></c></row>"
        );
    }
    text + &format!("<row r=\"{total}\"><c r=\"B{total}\"><f>SUM(B2:B{})</f><v>1</v></c></row>", total - 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn taken_out_and_shifted_back_the_sheet_is_the_original(
        rows in proptest::collection::vec(("[a-z名]{1,6}", 0u32..99_999), 1..12),
        places in proptest::collection::vec(0usize..13, 0..5),
    ) {
        let dir = tempfile::tempdir().expect("a directory");
        let count = rows.len() as u32;
        let numbers: Vec<u32> = (2..2 + count).collect();
        let parts = parts(&[("S", sheet(&markup(&rows, &numbers, count + 3), ""))], &[], &[]);
        let mut places: Vec<u64> = places.into_iter().map(|p| p.min(rows.len()) as u64).collect();
        places.sort_unstable();
        let canaries: Vec<(u64, Row)> =
            places.iter().enumerate().map(|(n, p)| (p + n as u64 + 1, row(&[&format!("canary{n}"), "17"]))).collect();
        let (_, to) = planted(dir.path(), &parts, &canaries);
        let home = text_of(&Archive::open(&to).expect("sound"), "xl/worksheets/sheet1.xml");
        let kept: String = home.split_inclusive("</row>").filter(|r| !r.contains("canary")).collect();
        let before = |n: u64| places.iter().filter(|p| **p < n).count() as u32;
        let moved: Vec<u32> = numbers.iter().enumerate().map(|(n, r)| r + before(n as u64 + 1)).collect();
        let total = count + 3 + canaries.len() as u32;
        let wanted = markup(&rows, &moved, total);
        prop_assert!(kept.contains(&wanted), "{} is not in {}", wanted, kept);
    }
}

#[test]
fn shared_formulas_stay_shared_where_that_means_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let cell =
        |n: u32, f: &str| format!("<row r=\"{n}\"><c r=\"A{n}\"><v>{n}</v></c><c r=\"B{n}\">{f}<v>1</v></c></row>");
    let header = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" t=\"str\"><v>b</v></c></row>";
    let rows = |text: &str| {
        let first = cell(2, &format!("<f t=\"shared\" ref=\"B2:B4\" si=\"0\">{text}</f>"));
        header.to_owned() + &first + &cell(3, "<f t=\"shared\" si=\"0\"/>") + &cell(4, "<f t=\"shared\" si=\"0\"/>")
    };
    let canary = [(2, row(&["5", "1"]))];
    let home = |text: &str, name: &str| {
        let dir = dir.path().join(name);
        std::fs::create_dir(&dir).expect("a directory");
        let (_, to) = planted(&dir, &parts(&[("S", sheet(&rows(text), ""))], &[], &[]), &canary);
        text_of(&Archive::open(&to).expect("sound"), "xl/worksheets/sheet1.xml")
    };
    let own = home("A2*2", "own");
    assert!(
        own.contains("ref=\"B2:B5\" si=\"0\">A2*2</f>") && own.matches("<f t=\"shared\" si=\"0\"/>").count() == 3,
        "{own}"
    );
    let above = home("A1+1", "above");
    for f in
        ["<c r=\"B2\"><f>A1+1</f>", "<c r=\"B3\"><f>A2+1</f>", "<c r=\"B4\"><f>A2+1</f>", "<c r=\"B5\"><f>A4+1</f>"]
    {
        assert!(above.contains(f), "{f} is not in {above}");
    }
}

#[test]
fn prefixes_and_cells_without_references_are_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let line = |a: &str, b: u32| {
        format!("<x:row><x:c t=\"inlineStr\"><x:is><x:t>{a}</x:t></x:is></x:c><x:c><x:v>{b}</x:v></x:c></x:row>")
    };
    let header = "<x:row><x:c t=\"str\"><x:v>name</x:v></x:c><x:c t=\"str\"><x:v>n</x:v></x:c></x:row>";
    let sheet = |rows: &str| format!("<x:worksheet><x:sheetData>{header}{rows}</x:sheetData></x:worksheet>");
    let (a, b) = (line("a", 1), line("b", 2));
    let parts = parts(&[("S", sheet(&format!("{a}{b}")))], &[], &[]);
    let (_, to) = planted(dir.path(), &parts, &[(2, row(&["<&>", "7"])), (4, row(&["c", "3"]))]);
    let home = text_of(&Archive::open(&to).expect("sound"), "xl/worksheets/sheet1.xml");
    assert_eq!(home, sheet(&format!("{a}{}{b}{}", line("&lt;&amp;&gt;", 7), line("c", 3))));
}
