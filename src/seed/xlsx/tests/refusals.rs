//! What is refused: each with its place and what to do.

use super::*;

fn refusal(octets: &[u8], sheet: Option<&str>) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("t.xlsx");
    std::fs::write(&path, octets).expect("written");
    match Xlsx::open(&path, sheet).and_then(|mut t| rows_of(&mut t)) {
        Ok(rows) => panic!("accepted: {rows:?}"),
        Err(e) => e.to_string(),
    }
}

fn book(rows: &str) -> Vec<u8> {
    archive::zip(&parts(&[("名单", sheet(rows, ""))], &["x".to_owned()], &[]))
}

fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"str\"><v>{text}</v></c>")
}

#[test]
fn files_that_are_no_workbooks() {
    assert!(refusal(b"", None).contains("empty"));
    assert!(refusal(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", None).contains("take the password off"));
    assert!(refusal(b"name,phone\n", None).contains("save the table as .xlsx or .csv"));
    assert!(refusal(&archive::zip(&vec![("a.txt".into(), b"x".to_vec())]), None).contains("no .xlsx workbook"));
    let whole = book("");
    assert!(refusal(&whole[..whole.len() - 40], None).contains("cut off"));
}

#[test]
fn altered_parts() {
    let mut whole = book(&format!("<row r=\"1\">{}</row>", text("A1", "a")));
    let at = whole.windows(3).position(|w| w == b"bin").expect("a name") + 20;
    whole[at] ^= 1;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("t.xlsx");
    std::fs::write(&path, &whole).expect("written");
    let archive = super::super::zip::Archive::open(&path).expect("a directory");
    let entry = archive.find("docProps/thumb.bin").expect("there");
    assert!(archive.read_whole(entry, 999).expect_err("altered").of(&path).to_string().contains("cut off or altered"));
}

#[test]
fn bombs() {
    let bomb = archive::zip(&vec![("xl/workbook.xml".into(), vec![b' '; 40 << 20])]);
    assert!(refusal(&bomb, None).contains("ZIP bomb"));
}

#[test]
fn sheets_without_a_table() {
    assert!(refusal(&book(""), None).contains("sheet 名单: the sheet is empty"));
    let header = format!("<row r=\"1\">{}{}</row>", text("A1", "a"), text("B1", "b"));
    assert!(refusal(&book(&header), None).contains("no rows to learn from"));
    let formulas = header.clone() + "<row r=\"2\"><c r=\"A2\"><f>1+1</f></c></row>";
    assert!(refusal(&book(&formulas), None).contains("no saved values"));
    let gap = format!("<row r=\"1\">{}{}</row>", text("A1", "a"), text("C1", "b"));
    assert!(refusal(&book(&gap), None).contains("cell B1"));
    let twice = format!("<row r=\"1\">{}{}</row>", text("A1", "a"), text("B1", "a"));
    assert!(refusal(&book(&twice), None).contains("cell B1"));
    assert!(refusal(&book(&header), Some("Sheet9")).contains("it has \"名单\""));
}

#[test]
fn a_text_that_no_number_shows() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("t.xlsx");
    let rows = format!("<row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\"><v>5</v></c></row>", text("A1", "编号"));
    std::fs::write(&path, book(&rows)).expect("written");
    let mut table = Xlsx::open(&path, None).expect("a workbook");
    rows_of(&mut table).expect("rows");
    let error = copy_of(&mut table, &[(1, row(&["110101199003071234"]))], &dir.path().join("c")).expect_err("refused");
    assert!(error.to_string().contains("column 编号: \"110101199003071234\""), "{error}");
}

#[test]
fn titles_totals_and_notes_are_not_data() {
    let line =
        |n: u32, v: &str| format!("<row r=\"{n}\">{}{}</row>", text(&format!("A{n}"), v), text(&format!("B{n}"), "1"));
    let rows = format!("<row r=\"1\">{}</row>", text("A1", "一览表"))
        + &line(3, "姓名")
        + &line(4, "张三")
        + &line(6, "李四")
        + &line(7, "合计：");
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("t.xlsx");
    std::fs::write(&path, book(&rows)).expect("written");
    let mut table = Xlsx::open(&path, None).expect("a workbook");
    assert_eq!(table.columns(), ["姓名", "1"]);
    assert_eq!(rows_of(&mut table).expect("rows"), [row(&["张三", "1"]), row(&["李四", "1"])]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_files_never_panic(at in 0usize..4_000, to in 0u8..=255, cut in 0usize..4_000) {
        let rows = format!("<row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c></row>", text("A1", "a"));
        let mut file = book(&rows);
        let at = at % file.len();
        file[at] = to;
        file.truncate(file.len() - if cut % 3 == 0 { cut % file.len() } else { 0 });
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("t.xlsx");
        std::fs::write(&path, &file).expect("written");
        if let Ok(mut table) = Xlsx::open(&path, None) && rows_of(&mut table).is_ok() {
            let _ = copy_of(&mut table, &[(1, row(&["x"]))], &dir.path().join("c"));
        }
    }
}
