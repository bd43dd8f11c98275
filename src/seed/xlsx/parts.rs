//! Everything else in a workbook that names rows of the table's sheet: ranges in
//! attributes, formulas in texts, and row numbers of drawings. Each part is
//! walked piece by piece; pieces that name no moved row stay as they are.

use std::io::{BufRead, Write};

use super::fault::Fault;
use super::formula::{Moves, Stand};
use super::strings::Additions;
use super::xml::{Kind, Xml, attribute, escape, local, unescape, with_attribute};

/// What a part is, as far as it decides what its references mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The table's own sheet, rows left out.
    Home,
    /// Another sheet.
    Away,
    Workbook,
    Table,
    /// Comments, threaded or not.
    Comments,
    /// The old drawing of comments and controls.
    Vml,
    Drawing,
    Chart,
    PivotCache,
    /// A pivot table that stands on the table's sheet.
    PivotTable,
}

/// How the value of an attribute is read.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Cell,
    Area,
    Areas,
    /// Ranges that rules for cells apply to.
    Scope,
    RowNumber,
    Formula,
}

/// Attributes of the table's own sheet and its parts (ECMA-376 18.3).
const OWN: &[(&str, &str, Rule)] = &[
    ("dimension", "ref", Rule::Area),
    ("sheetView", "topLeftCell", Rule::Cell),
    ("pane", "topLeftCell", Rule::Cell),
    ("selection", "activeCell", Rule::Cell),
    ("selection", "sqref", Rule::Areas),
    ("autoFilter", "ref", Rule::Area),
    ("sortState", "ref", Rule::Area),
    ("sortCondition", "ref", Rule::Area),
    ("mergeCell", "ref", Rule::Area),
    ("conditionalFormatting", "sqref", Rule::Scope),
    ("dataValidation", "sqref", Rule::Scope),
    ("hyperlink", "ref", Rule::Area),
    ("hyperlink", "location", Rule::Formula),
    ("protectedRange", "sqref", Rule::Areas),
    ("ignoredError", "sqref", Rule::Scope),
    ("inputCells", "r", Rule::Cell),
    ("cellWatch", "r", Rule::Cell),
    ("cfvo", "val", Rule::Formula),
    ("table", "ref", Rule::Area),
    ("comment", "ref", Rule::Cell),
    ("threadedComment", "ref", Rule::Cell),
    ("location", "ref", Rule::Area),
];

/// Rewrites a part piece by piece.
pub struct Patch<'a> {
    part: Part,
    moves: Moves<'a>,
    additions: &'a Additions,
    /// Elements that are open, by local name.
    open: Vec<Vec<u8>>,
    shared_cell: bool,
    /// Whether a formula of a cell changed: what was computed from the table is out of date.
    pub stale: bool,
    /// Marks the workbook to be computed when it is opened.
    pub recompute: bool,
}

impl<'a> Patch<'a> {
    pub fn new(part: Part, moves: Moves<'a>, additions: &'a Additions) -> Self {
        Self { part, moves, additions, open: Vec::new(), shared_cell: false, stale: false, recompute: false }
    }

    /// Reads a part and writes it; tells whether anything changed.
    pub fn write(&mut self, from: impl BufRead, to: &mut dyn Write) -> Result<bool, Fault> {
        let mut xml = Xml::new(from);
        let mut changed = false;
        while let Some(kind) = xml.next()? {
            let new = self.piece(kind, xml.raw())?;
            changed |= new.is_some();
            to.write_all(new.as_deref().unwrap_or(xml.raw())).map_err(Fault::Write)?;
        }
        Ok(changed)
    }

    /// A piece as it is now, or nothing if it stays.
    pub fn piece(&mut self, kind: Kind, raw: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match kind {
            Kind::Start => {
                self.open.push(local(raw).to_vec());
                Ok(self.tag(raw))
            }
            Kind::Empty => Ok(self.tag(raw)),
            Kind::End => {
                self.open.pop();
                Ok(None)
            }
            Kind::Text => self.text(raw),
            Kind::Cdata | Kind::Other => Ok(None),
        }
    }

    fn tag(&mut self, raw: &[u8]) -> Option<Vec<u8>> {
        let name = std::str::from_utf8(local(raw)).unwrap_or_default();
        match self.part {
            Part::Away => {
                if name == "c" {
                    self.shared_cell = attribute(raw, "t").is_some_and(|t| t == "s");
                }
                if name == "hyperlink" { self.attribute(raw, "location", Rule::Formula) } else { None }
            }
            Part::Workbook if name == "calcPr" && self.recompute => {
                let set = attribute(raw, "fullCalcOnLoad").is_some_and(|v| v == "1" || v == "true");
                (!set).then(|| with_attribute(raw, "fullCalcOnLoad", "1"))
            }
            Part::PivotCache if name == "worksheetSource" => {
                let here = attribute(raw, "sheet").is_some_and(|s| s.eq_ignore_ascii_case(self.moves.sheet));
                if here { self.attribute(raw, "ref", Rule::Area) } else { None }
            }
            Part::Home | Part::Table | Part::Comments | Part::PivotTable => self.own_tag(name, raw),
            _ => None,
        }
    }

    fn own_tag(&self, name: &str, raw: &[u8]) -> Option<Vec<u8>> {
        if name == "brk" && self.open.iter().any(|n| n == b"rowBreaks") {
            return self.attribute(raw, "id", Rule::RowNumber);
        }
        let mut new: Option<Vec<u8>> = None;
        for (_, at, rule) in OWN.iter().filter(|(n, _, _)| *n == name) {
            new = self.attribute(new.as_deref().unwrap_or(raw), at, *rule).or(new);
        }
        new
    }

    fn attribute(&self, tag: &[u8], name: &str, rule: Rule) -> Option<Vec<u8>> {
        let old = attribute(tag, name)?;
        let shift = self.moves.shift;
        let new = match rule {
            Rule::Cell => shift.cell(&old),
            Rule::Area => shift.area(&old, false),
            Rule::Areas => shift.areas(&old, false),
            Rule::Scope => shift.areas(&old, true),
            Rule::RowNumber => shift.row(old.parse().ok()?).to_string(),
            Rule::Formula => self.moves.follow(&old, self.part == Part::Home, Stand::Outside)?,
        };
        (new != old).then(|| with_attribute(tag, name, &new))
    }

    fn text(&mut self, raw: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let name = self.open.last().map_or(&b""[..], Vec::as_slice);
        let stand = match (self.part, name) {
            (Part::Away, b"v") if self.shared_cell => return Ok(self.string(raw)),
            (Part::Vml, b"Row") | (Part::Drawing, b"row") => return Ok(zero_based(raw, &[0], self.moves)),
            (Part::Vml, b"Anchor") => return Ok(zero_based(raw, &[2, 6], self.moves)),
            (Part::Home, b"sqref") => {
                let old = unescape(raw)?;
                let new = self.moves.shift.areas(&old, true);
                return Ok((new != old).then(|| new.into_bytes()));
            }
            (Part::Home, b"f" | b"formula" | b"formula1" | b"formula2") => Stand::Rule,
            (Part::Table, b"calculatedColumnFormula") => Stand::Rule,
            (Part::Table, b"totalsRowFormula") => Stand::Outside,
            (Part::Vml, b"FmlaLink" | b"FmlaRange" | b"FmlaMacro") => Stand::Outside,
            (Part::Away, b"f" | b"formula" | b"formula1" | b"formula2") => Stand::Outside,
            (Part::Workbook, b"definedName") | (Part::Chart, b"f") => Stand::Outside,
            _ => return Ok(None),
        };
        let here = matches!(self.part, Part::Home | Part::Table | Part::Vml);
        let new = self.moves.follow(&unescape(raw)?, here, stand);
        self.stale |= new.is_some() && self.part == Part::Away && name == b"f";
        Ok(new.map(|n| escape(&n, raw).into_bytes()))
    }

    fn string(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let old: u32 = std::str::from_utf8(raw).ok()?.trim().parse().ok()?;
        let new = self.additions.renumber(old);
        (new != old).then(|| new.to_string().into_bytes())
    }
}

/// Row numbers counted from 0, at some places of a list with commas.
fn zero_based(raw: &[u8], places: &[usize], moves: Moves<'_>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(raw).ok()?;
    let moved = |(n, part): (usize, &str)| match part.trim().parse::<u32>() {
        Ok(row) if places.contains(&n) => part.replace(part.trim(), &(moves.shift.row(row + 1) - 1).to_string()),
        _ => part.to_owned(),
    };
    let new = text.split(',').enumerate().map(moved).collect::<Vec<_>>().join(",");
    (new != text).then(|| new.into_bytes())
}
