//! Workbooks written by hand: the copy without its canaries is the original, part
//! by part; and what is no workbook is refused with a remedy.

mod archive;
mod refusals;
mod round;

use std::path::Path;

use super::Xlsx;
use crate::identity::{Cells, Row};
use crate::seed::{Format, SeedError};

/// Entries of a workbook: name, contents, whether packed.
pub(super) type Parts = Vec<(String, Vec<u8>)>;

/// The parts of a workbook with these sheets (name, markup) and shared strings.
pub(super) fn parts(sheets: &[(&str, String)], strings: &[String], extra: &[(&str, &str)]) -> Parts {
    let each = |f: &dyn Fn(usize, &str) -> String| -> String {
        sheets.iter().enumerate().map(|(n, (name, _))| f(n + 1, name)).collect()
    };
    let listed = each(&|n, name| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"));
    let related = each(&|n, _| {
        format!("<Relationship Id=\"rId{n}\" Type=\"http://x/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>")
    });
    let items: String = strings.iter().map(|s| format!("<si><t>{s}</t></si>")).collect();
    let mut parts: Parts = vec![
        ("[Content_Types].xml".into(), b"<Types><Override PartName=\"/xl/calcChain.xml\"/><Override PartName=\"/x\"/></Types>".to_vec()),
        ("_rels/.rels".into(), b"<Relationships><Relationship Id=\"rId1\" Type=\"http://x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_vec()),
        ("xl/workbook.xml".into(), format!("<?xml version=\"1.0\"?>\n<workbook><sheets>{listed}</sheets><definedNames><definedName name=\"all\">{}!$A$2:$A$4</definedName></definedNames><calcPr calcId=\"1\"/></workbook>", sheets[0].0).into_bytes()),
        ("xl/_rels/workbook.xml.rels".into(), format!("<Relationships>{related}<Relationship Id=\"s\" Type=\"http://x/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"y\" Type=\"http://x/styles\" Target=\"/xl/styles.xml\"/></Relationships>").into_bytes()),
        ("xl/styles.xml".into(), b"<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"00000\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>".to_vec()),
        ("xl/sharedStrings.xml".into(), format!("<sst count=\"9\" uniqueCount=\"{}\">{items}</sst>", strings.len()).into_bytes()),
        ("docProps/thumb.bin".into(), vec![7; 300]),
    ];
    parts.extend(
        sheets.iter().enumerate().map(|(n, s)| (format!("xl/worksheets/sheet{}.xml", n + 1), s.1.clone().into_bytes())),
    );
    parts.extend(extra.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())));
    parts
}

/// A sheet with these rows (already markup).
pub(super) fn sheet(rows: &str, after: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<worksheet><dimension ref=\"A1:C4\"/><sheetData>{rows}</sheetData>{after}</worksheet>"
    )
}

/// Reads all rows.
pub(super) fn rows_of(table: &mut Xlsx) -> Result<Vec<Row>, SeedError> {
    let mut rows: Vec<Row> = Vec::new();
    table.scan(
        &mut |cells: &Cells<'_>| rows.push(cells.iter().map(|c| c.map(str::to_owned)).collect()),
        &mut |_, _| {},
    )?;
    Ok(rows)
}

/// The copy of a workbook with rows in between.
pub(super) fn copy_of(table: &mut Xlsx, rows: &[(u64, Row)], to: &Path) -> Result<(), SeedError> {
    let mut file = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(to).expect("a new file");
    table.copy(rows, &mut file, &mut |_, _| {})
}

/// A row of texts.
pub(super) fn row(texts: &[&str]) -> Row {
    texts.iter().map(|t| (!t.is_empty()).then(|| (*t).to_owned())).collect()
}
