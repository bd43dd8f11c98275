//! The table's own sheet written again: rows moved down, canaries in between,
//! formulas and shared strings following. Rows that stay where they are and
//! hold nothing that moved are written octet for octet.

use std::io::Write;
use std::ops::Range;

use super::fault::Fault;
use super::formula::{Moves, Stand};
use super::parts::{Part, Patch};
use super::plant::{Planter, Spot};
use super::rows::{Cell, Formula, Piece, Row, Stored};
use super::shared::Shared;
use super::shift::Point;
use super::strings::Additions;
use super::xml::{attribute, escape, unescape, with_attribute};

type Edits = Vec<(Range<usize>, Vec<u8>)>;

/// Rows to be planted: how many real rows stand before each, and its cells.
pub type Canaries<'a> = [(u64, &'a [Option<String>])];

/// Writes the sheet with canaries.
pub struct SheetPatch<'a> {
    pub planter: &'a Planter<'a>,
    pub additions: &'a Additions,
    shared: Shared,
}

impl<'a> SheetPatch<'a> {
    pub fn new(planter: &'a Planter<'a>, additions: &'a Additions) -> Self {
        Self { planter, additions, shared: Shared::default() }
    }

    /// Reads the sheet and writes it to `to`.
    pub fn write(
        mut self,
        mut canaries: &Canaries<'_>,
        to: &mut dyn Write,
        meter: crate::seed::Meter<'_>,
    ) -> Result<(), Fault> {
        let sheet = &self.planter.ground.sheet;
        let (mut rows, size) = self.planter.book.read_sheet(sheet)?;
        let mut other = Patch::new(Part::Home, self.planter.moves, self.additions);
        let mut told = 0;
        let within = |f: Fault| f.within(&format!("sheet {}", sheet.name));
        while let Some(piece) = rows.next().map_err(within)? {
            if rows.xml.done - told > 1 << 20 {
                told = rows.xml.done;
                meter(told, size);
            }
            match piece {
                Piece::Markup(kind) => {
                    let new = other.piece(kind, rows.xml.raw())?;
                    to.write_all(new.as_deref().unwrap_or(rows.xml.raw())).map_err(Fault::Write)?;
                }
                Piece::Row => self.write_row(&rows.row, &mut canaries, to).map_err(within)?,
            }
        }
        meter(size, size);
        Ok(())
    }

    /// Writes a row with the canaries that stand beside it.
    fn write_row(&mut self, row: &Row, canaries: &mut &Canaries<'_>, to: &mut dyn Write) -> Result<(), Fault> {
        let number = self.planter.learned.number_of(row.number).filter(|_| row.number > self.planter.ground.header);
        let edits = self.edits(row, number.is_some())?;
        let now = self.planter.moves.shift.row(row.number);
        if number == Some(1) {
            let above = canaries.partition_point(|(after, _)| *after == 0) as u32;
            self.write_canaries(row, canaries, 0, now - above, to)?;
        }
        spliced(&row.raw, edits, to)?;
        match number {
            Some(number) => self.write_canaries(row, canaries, number, now + 1, to),
            None => Ok(()),
        }
    }

    fn write_canaries(
        &self,
        beside: &Row,
        canaries: &mut &Canaries<'_>,
        after: u64,
        mut row: u32,
        to: &mut dyn Write,
    ) -> Result<(), Fault> {
        while let Some(((at, cells), rest)) = canaries.split_first().filter(|((at, _), _)| *at == after) {
            let spot = Spot { row, below: *at > 0 };
            let new = self.planter.write(beside, &self.shared, spot, cells)?;
            to.write_all(&new).map_err(Fault::Write)?;
            *canaries = rest;
            row += 1;
        }
        Ok(())
    }

    /// What changes in a row.
    fn edits(&mut self, row: &Row, inside: bool) -> Result<Edits, Fault> {
        let mut edits = Edits::new();
        let now = self.planter.moves.shift.row(row.number);
        let moved = now != row.number;
        let tag = &row.raw[..row.tag];
        if moved && attribute(tag, "r").is_some() {
            edits.push((0..row.tag, with_attribute(tag, "r", &now.to_string())));
        }
        for cell in &row.cells {
            if let Some(reference) = cell.reference.as_ref().filter(|_| moved) {
                let old = String::from_utf8_lossy(row.octets(reference)).into_owned();
                edits.push((reference.clone(), self.planter.moves.shift.cell(&old).into_bytes()));
            }
            if let Some(formula) = &cell.formula {
                let stand = if inside { Stand::Inside } else { Stand::Outside };
                self.edit_formula(row, cell, formula, stand, &mut edits).map_err(|f| f.within(&row.place(cell)))?;
            }
            if cell.stored == Stored::Shared && !self.additions.is_empty() {
                edits.extend(renumbered(row, cell, self.additions));
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        Ok(edits)
    }

    fn edit_formula(
        &mut self,
        row: &Row,
        cell: &Cell,
        formula: &Formula,
        stand: Stand,
        edits: &mut Edits,
    ) -> Result<(), Fault> {
        let tag = row.octets(&formula.tag);
        let raw = row.octets(&formula.text);
        let text = unescape(raw)?.into_owned();
        let moves = self.planter.moves;
        let (t, area) = (attribute(tag, "t").unwrap_or_default(), attribute(tag, "ref"));
        if t == "shared" {
            let si = attribute(tag, "si").unwrap_or_default();
            if let Some(area) = area.as_ref().filter(|_| !text.is_empty())
                && !self.shared.meet(si.clone(), row.number, cell.column, area, text.clone())
            {
                return Err(Fault::whole("the sheet has more than 64 MiB of shared formulas; save the table as .csv"));
            }
            if !self.shared.keeps(&si) {
                let own = self.shared.formula(&si, row.number, cell.column).unwrap_or(text);
                edits.push((formula.whole.clone(), alone(tag, &moved(moves, &own, stand), raw)));
                return Ok(());
            }
        }
        if let Some(area) = area {
            edits.push((formula.tag.clone(), with_attribute(tag, "ref", &area_of(moves, &t, &area)?)));
        }
        if let Some(new) = moves.follow(&text, true, stand) {
            edits.push((formula.text.clone(), escape(&new, raw).into_bytes()));
        }
        Ok(())
    }
}

fn moved(moves: Moves<'_>, formula: &str, stand: Stand) -> String {
    moves.follow(formula, true, stand).unwrap_or_else(|| formula.to_owned())
}

/// A formula of a group as one of its own.
fn alone(tag: &[u8], text: &str, like: &[u8]) -> Vec<u8> {
    let p = super::strings::prefix_of(tag);
    format!("<{p}f>{}</{p}f>", escape(text, like)).into_bytes()
}

/// The cells a formula is for, moved; array formulas cannot be torn apart.
fn area_of(moves: Moves<'_>, t: &str, area: &str) -> Result<String, Fault> {
    let (from, to) = area.split_once(':').unwrap_or((area, area));
    let (Some(a), Some(b)) = (Point::parse(from), Point::parse(to)) else { return Ok(area.to_owned()) };
    if t != "shared" && moves.shift.splits(a.row, b.row) {
        return Err(Fault::whole(format!(
            "the array formula or data table in {area} spans rows between which a row is to be planted; \
             turn it into ordinary formulas or values, save and seed again"
        )));
    }
    let at = |p: Point| Point { row: moves.shift.row(p.row), ..p };
    Ok(if from == to && !area.contains(':') { at(a).to_string() } else { format!("{}:{}", at(a), at(b)) })
}

fn renumbered(row: &Row, cell: &Cell, additions: &Additions) -> Option<(Range<usize>, Vec<u8>)> {
    let value = cell.value.clone()?;
    let old: u32 = std::str::from_utf8(row.octets(&value)).ok()?.trim().parse().ok()?;
    let new = additions.renumber(old);
    (new != old).then(|| (value, new.to_string().into_bytes()))
}

fn spliced(raw: &[u8], edits: Edits, to: &mut dyn Write) -> Result<(), Fault> {
    let mut at = 0;
    for (range, new) in edits {
        to.write_all(&raw[at..range.start]).and_then(|()| to.write_all(&new)).map_err(Fault::Write)?;
        at = range.end;
    }
    to.write_all(&raw[at..]).map_err(Fault::Write)
}
