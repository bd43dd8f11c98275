//! The workbook's own parts: which sheets there are, how parts relate, which
//! date system counts, and tables that lie on a sheet (ECMA-376 parts 1 and 2).

use super::fault::Fault;
use super::shift::Point;
use super::strings::Strings;
use super::styles::Styles;
use super::value::Epoch;
use super::xml::{Kind, Xml, attribute, local, relation};
use super::zip::Archive;

/// The largest part that is held whole, in octets.
const MAX_PART: u64 = 64 << 20;

/// One part's relation to another.
#[derive(Debug, Clone)]
pub struct Relation {
    id: String,
    /// The last word of its type: `worksheet`, `table`.
    pub kind: String,
    /// The other part's name in the archive.
    pub part: String,
}

/// A sheet of cells.
#[derive(Debug, Clone)]
pub struct SheetName {
    pub name: String,
    pub visible: bool,
    pub part: String,
}

/// What all sheets share.
pub struct Book {
    pub archive: Archive,
    pub part: String,
    pub sheets: Vec<SheetName>,
    pub epoch: Epoch,
    pub styles: Styles,
    pub strings: Strings,
    pub strings_part: Option<String>,
}

/// A table on a sheet (`xl/tables/tableN.xml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TablePart {
    pub first_column: u32,
    pub last_column: u32,
    pub header: u32,
    /// The last row of data, totals left out.
    pub last: u32,
}

impl Book {
    pub fn open(archive: Archive) -> Result<Self, Fault> {
        let part = workbook_part(&archive)?;
        let relations = relations(&archive, &part)?;
        let octets = whole(&archive, &part)?;
        let (sheets, epoch) = sheets(&octets, &relations).map_err(|f| f.within(&part))?;
        let of = |kind: &str| {
            relations.iter().find(|r| r.kind == kind).map(|r| r.part.clone()).filter(|p| archive.find(p).is_some())
        };
        let styles = match of("styles") {
            Some(part) => Styles::read(&whole(&archive, &part)?).map_err(|f| f.within(&part))?,
            None => Styles::default(),
        };
        let strings_part = of("sharedStrings");
        let strings = match strings_part.as_ref().and_then(|p| archive.find(p)) {
            Some(entry) => Strings::read(archive.read(entry)?).map_err(|f| f.within(&entry.name))?,
            None => Strings::default(),
        };
        Ok(Self { archive, part, sheets, epoch, styles, strings, strings_part })
    }

    /// The sheet of this name.
    pub fn sheet(&self, name: &str) -> Result<&SheetName, Fault> {
        self.sheets.iter().find(|s| s.name.to_lowercase() == name.to_lowercase()).ok_or_else(|| {
            let names: Vec<_> = self.sheets.iter().map(|s| format!("{:?}", s.name)).collect();
            Fault::whole(format!("the workbook has no sheet {name:?}; it has {}", names.join(", ")))
        })
    }

    /// The parts a part relates to.
    pub fn relations(&self, part: &str) -> Result<Vec<Relation>, Fault> {
        relations(&self.archive, part)
    }

    /// The largest table on a sheet that has a header row.
    pub fn table(&self, sheet: &SheetName) -> Result<Option<TablePart>, Fault> {
        let mut tables = Vec::new();
        for relation in self.relations(&sheet.part)?.iter().filter(|r| r.kind == "table") {
            let octets = whole(&self.archive, &relation.part)?;
            tables.extend(table(&octets).map_err(|f| f.within(&relation.part))?);
        }
        Ok(tables.into_iter().max_by_key(|t| t.last))
    }
}

fn whole(archive: &Archive, part: &str) -> Result<Vec<u8>, Fault> {
    match archive.find(part) {
        Some(entry) => archive.read_whole(entry, MAX_PART),
        None => {
            Err(Fault::whole(format!("the workbook has no part {part}; open it, save it again and seed that file")))
        }
    }
}

fn workbook_part(archive: &Archive) -> Result<String, Fault> {
    let found = relations(archive, "")?.into_iter().find(|r| r.kind == "officeDocument").map(|r| r.part);
    match found.filter(|p| archive.find(p).is_some()) {
        Some(part) if part.ends_with(".bin") => {
            Err(Fault::whole("this is a binary workbook (.xlsb); save it as .xlsx and seed that file"))
        }
        Some(part) if local_root(archive, &part)? == b"workbook" => Ok(part),
        _ => Err(Fault::whole("this is a ZIP archive but no .xlsx workbook; save the table as .xlsx or .csv")),
    }
}

fn local_root(archive: &Archive, part: &str) -> Result<Vec<u8>, Fault> {
    let octets = whole(archive, part)?;
    let mut xml = Xml::new(octets.as_slice());
    while let Some(kind) = xml.next().map_err(|f| f.within(part))? {
        if matches!(kind, Kind::Start | Kind::Empty) {
            return Ok(local(xml.raw()).to_vec());
        }
    }
    Ok(Vec::new())
}

/// The relations of a part; a part without any has none.
fn relations(archive: &Archive, part: &str) -> Result<Vec<Relation>, Fault> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = format!("{folder}/_rels/{file}.rels");
    let Some(entry) = archive.find(name.trim_start_matches('/')) else { return Ok(Vec::new()) };
    let octets = archive.read_whole(entry, MAX_PART)?;
    let mut xml = Xml::new(octets.as_slice());
    let mut relations = Vec::new();
    while let Some(kind) = xml.next().map_err(|f| f.within(&name))? {
        let tag = xml.raw();
        let outside = attribute(tag, "TargetMode").is_some_and(|m| m == "External");
        if matches!(kind, Kind::Start | Kind::Empty) && local(tag) == b"Relationship" && !outside {
            let text = |name| attribute(tag, name).unwrap_or_default();
            let kind = text("Type").rsplit('/').next().unwrap_or_default().to_owned();
            relations.push(Relation { id: text("Id"), kind, part: resolve(folder, &text("Target")) });
        }
    }
    Ok(relations)
}

/// The part a target names, seen from a folder.
fn resolve(folder: &str, target: &str) -> String {
    let mut steps: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').collect(),
    };
    for step in target.split('/') {
        match step {
            ".." => drop(steps.pop()),
            "." => {}
            step => steps.push(step),
        }
    }
    steps.retain(|s| !s.is_empty());
    steps.join("/")
}

fn sheets(workbook: &[u8], relations: &[Relation]) -> Result<(Vec<SheetName>, Epoch), Fault> {
    let mut xml = Xml::new(workbook);
    let (mut sheets, mut epoch) = (Vec::new(), Epoch::Y1900);
    while let Some(kind) = xml.next()? {
        let tag = xml.raw();
        match (kind, local(tag)) {
            (Kind::Start | Kind::Empty, b"workbookPr") => {
                let old = attribute(tag, "date1904").is_some_and(|v| v == "1" || v == "true" || v == "on");
                epoch = if old { Epoch::Y1904 } else { Epoch::Y1900 };
            }
            (Kind::Start | Kind::Empty, b"sheet") => {
                let id = relation(tag).unwrap_or_default();
                let part = relations.iter().find(|r| r.id == id && r.kind == "worksheet");
                let name = attribute(tag, "name").unwrap_or_default();
                let visible = attribute(tag, "state").is_none_or(|s| s == "visible");
                sheets.extend(part.map(|r| SheetName { name, visible, part: r.part.clone() }));
            }
            _ => {}
        }
    }
    Ok((sheets, epoch))
}

fn table(part: &[u8]) -> Result<Option<TablePart>, Fault> {
    let mut xml = Xml::new(part);
    while let Some(kind) = xml.next()? {
        let tag = xml.raw();
        if kind != Kind::Start || local(tag) != b"table" {
            continue;
        }
        let count = |name, or| attribute(tag, name).and_then(|v| v.parse().ok()).unwrap_or(or);
        let (headers, totals): (u32, u32) = (count("headerRowCount", 1), count("totalsRowCount", 0));
        let area = attribute(tag, "ref").unwrap_or_default();
        let corners = area.split_once(':').and_then(|(a, b)| Some((Point::parse(a)?, Point::parse(b)?)));
        return Ok(corners.filter(|(a, b)| headers == 1 && a.is_cell() && b.row > a.row + totals).map(|(a, b)| {
            TablePart { first_column: a.column, last_column: b.column, header: a.row, last: b.row - totals }
        }));
    }
    Ok(None)
}
