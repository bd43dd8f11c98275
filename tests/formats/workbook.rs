//! Workbooks: every part but the sheet stays as it was, octet for octet, and so do
//! the values of the sheet's own rows.

use super::{HEADER, ROWS, row, seeded, without};
use crate::site::Site;
use std::collections::BTreeMap;
use std::io::Read;

const SHEET: &str = "xl/worksheets/sheet1.xml";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A workbook of one sheet, its cells inline, and a part that nobody knows.
pub fn file() -> Vec<u8> {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"bin\" ContentType=\"application/octet-stream\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/><Override PartName=\"/{SHEET}\" ContentType=\"{kind}.worksheet+xml\"/></Types>"
    );
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"名单\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    zip(&[
        ("[Content_Types].xml", HEAD.to_owned() + &types),
        ("_rels/.rels", HEAD.to_owned() + &relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", HEAD.to_owned() + &book),
        ("xl/_rels/workbook.xml.rels", HEAD.to_owned() + &relation("worksheet", "worksheets/sheet1.xml")),
        (SHEET, HEAD.to_owned() + &sheet()),
        ("custom/left.bin", "whatever somebody's tool left here".to_owned()),
    ])
}

fn sheet() -> String {
    let line = |n: usize, cells: &[String]| {
        let cell = |(at, text): (usize, &String)| {
            let place = format!("{}{n}", ['A', 'B', 'C', 'D', 'E'][at]);
            if at == 0 && n > 1 {
                format!("<c r=\"{place}\"><v>{text}</v></c>")
            } else {
                format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
            }
        };
        format!("<row r=\"{n}\">{}</row>", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let header = line(1, &HEADER.map(str::to_owned));
    let rows: String = (0..ROWS).map(|n| line(n + 2, &row(n))).collect();
    format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{header}{rows}</sheetData></worksheet>")
}

/// An archive of these parts, stored as they are (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16).
fn zip(parts: &[(&str, String)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let length = (text.len() as u32).to_le_bytes();
        let name_length = (name.len() as u16).to_le_bytes();
        let shared = [
            &[20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0x50][..],
            &crc32fast::hash(text.as_bytes()).to_le_bytes(),
            &length,
            &length,
            &name_length,
        ]
        .concat();
        let at = (out.len() as u32).to_le_bytes();
        directory.extend([b"PK\x01\x02\x14\0", &shared[..], &[0; 12], &at, name.as_bytes()].concat());
        out.extend([b"PK\x03\x04", &shared[..], &[0; 2], name.as_bytes(), text.as_bytes()].concat());
    }
    let count = (parts.len() as u16).to_le_bytes();
    let (length, at) = ((directory.len() as u32).to_le_bytes(), (out.len() as u32).to_le_bytes());
    [&out, &directory, &b"PK\x05\x06\0\0\0\0"[..], &count, &count, &length, &at, &[0; 2]].concat()
}

/// The parts of an archive by name, from its directory.
fn parts(file: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let two = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let four = |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]) as usize;
    let end = file.windows(4).rposition(|w| w == b"PK\x05\x06").expect("a directory");
    let mut at = four(end + 16);
    let mut parts = BTreeMap::new();
    for _ in 0..two(end + 10) {
        let name = String::from_utf8_lossy(&file[at + 46..at + 46 + two(at + 28)]).into_owned();
        let local = four(at + 42);
        let start = local + 30 + two(local + 26) + two(local + 28);
        let packed = &file[start..start + four(at + 20)];
        let mut octets = Vec::new();
        match two(at + 10) {
            0 => octets.extend_from_slice(packed),
            _ => drop(flate2::read::DeflateDecoder::new(packed).read_to_end(&mut octets).expect("deflate")),
        }
        parts.insert(name, octets);
        at += 46 + two(at + 28) + two(at + 30) + two(at + 32);
    }
    parts
}

/// What stands between tags in each row of a sheet.
fn values(sheet: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(sheet).into_owned();
    let value = |piece: &str| piece.split_once('>').map(|(_, text)| text.to_owned()).filter(|text| !text.is_empty());
    text.split("<row ")
        .skip(1)
        .map(|row| row.split("</row>").next().unwrap_or_default().split('<').filter_map(value).collect())
        .collect()
}

#[test]
fn a_workbook_keeps_its_parts_and_its_rows() {
    let site = Site::with_pool();
    site.write("list.xlsx", file());
    let places = seeded(&site, "list.xlsx");
    let mut before = parts(&file());
    let mut after = parts(&std::fs::read(site.path("list.telecom.xlsx")).expect("a copy"));
    let (old, new) = (before.remove(SHEET).expect("a sheet"), after.remove(SHEET).expect("a sheet"));
    assert_eq!(after, before, "no other part is touched");
    let rows = values(&new);
    assert_eq!(rows.len(), ROWS + 1 + places.len());
    assert_eq!(without(rows, 0, &places), values(&old));
}
