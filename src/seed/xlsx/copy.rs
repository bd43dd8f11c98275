//! A seeded copy of a workbook: which parts change because rows were inserted,
//! and the archive written with those anew and all others octet for octet.

use std::fs::File;
use std::io::{BufRead, sink};

use super::Xlsx;
use super::fault::Fault;
use super::formula::Moves;
use super::learn::{Form, Learned, room};
use super::parts::{Part, Patch};
use super::patch::SheetPatch;
use super::plant::{Planter, choose, misfit};
use super::shift::Shift;
use super::strings::Additions;
use super::xml::{Kind, Xml, attribute, local};
use super::zip::{Entry, Rewrite};
use crate::identity::Row;
use crate::seed::Meter;

/// How many real rows stand before each canary, and its cells.
type Placed<'a> = Vec<(u64, &'a [Option<String>])>;

impl Xlsx {
    pub(super) fn write_copy(
        &self,
        learned: &Learned,
        rows: &[(u64, Row)],
        to: &mut File,
        meter: Meter<'_>,
    ) -> Result<(), Fault> {
        let placed = self.placed(learned, rows)?;
        let (first, last) = (learned.row_of(1), learned.last);
        let before = |after: u64| if after == 0 { first } else { learned.row_of(after) + 1 };
        let shift = Shift::new(first, last, &placed.iter().map(|(after, _)| before(*after)).collect::<Vec<_>>());
        let moves = Moves { sheet: &self.ground.sheet.name, shift: &shift };
        let additions = self.additions(learned, &placed)?;
        let texts: Vec<&str> = rows.iter().flat_map(|(_, r)| r.iter().flatten().map(String::as_str)).collect();
        let numbers = additions.numbers(&self.book.strings, &texts);
        let planter = Planter { book: &self.book, ground: &self.ground, learned, moves, numbers };
        Copy { xlsx: self, planter: &planter, additions: &additions }.write(&placed, to, meter)
    }

    fn placed<'r>(&self, learned: &Learned, rows: &'r [(u64, Row)]) -> Result<Placed<'r>, Fault> {
        if rows.len() as u64 > room(learned) {
            return Err(Fault::at(
                format!("sheet {}", self.ground.sheet.name),
                format!("a sheet has at most 1,048,576 rows; there is room for {} more; plant fewer", room(learned)),
            ));
        }
        let mut placed = Placed::new();
        for (n, (number, cells)) in rows.iter().enumerate() {
            let after = number.checked_sub(n as u64 + 1).filter(|after| *after <= learned.count);
            let rising = placed.last().is_none_or(|(last, _)| after >= Some(*last));
            let Some(after) = after.filter(|_| rising && cells.len() == self.ground.names.len()) else {
                return Err(Fault::whole(format!("row {number} of the copy cannot be a canary's: seed again")));
            };
            placed.push((after, cells));
        }
        Ok(placed)
    }

    /// The shared strings that canaries need.
    fn additions(&self, learned: &Learned, placed: &Placed<'_>) -> Result<Additions, Fault> {
        let mut additions = Additions::default();
        for (after, cells) in placed {
            let place = learned.string_place(*after, self.ground.strings);
            for (at, text) in cells.iter().enumerate() {
                let Some(text) = text.as_deref().filter(|t| !t.is_empty()) else { continue };
                let form = choose(&self.book, &learned.habits, at, text)
                    .ok_or_else(|| misfit(&self.ground.sheet.name, &self.ground.names[at], text))?;
                if form == Form::Shared && !learned.habits[at].computed() {
                    additions.wish(place, text);
                }
            }
        }
        additions.settle(&self.book.strings);
        Ok(additions)
    }
}

/// A copy that is being written.
struct Copy<'a> {
    xlsx: &'a Xlsx,
    planter: &'a Planter<'a>,
    additions: &'a Additions,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Sheet,
    Strings,
    Patch(Part),
    /// The order of computation: programs make it anew.
    Drop,
    /// Parts that name a dropped one.
    Forget,
}

impl Copy<'_> {
    fn write(&self, placed: &Placed<'_>, to: &mut File, meter: Meter<'_>) -> Result<(), Fault> {
        let archive = &self.xlsx.book.archive;
        let (fates, recompute) = self.fates(placed.is_empty())?;
        let mut new = Rewrite::new(archive, to)?;
        for n in Rewrite::order(archive) {
            let entry = &archive.entries[n];
            let read = || archive.read(entry);
            let within = |f: Fault| f.within(&entry.name);
            match fates[n] {
                Fate::Keep => new.keep(n)?,
                Fate::Drop => {}
                Fate::Sheet => {
                    new.replace(n, |to| SheetPatch::new(self.planter, self.additions).write(placed, to, &mut *meter))?
                }
                Fate::Strings => new.replace(n, |to| self.additions.write(read()?, to)).map_err(within)?,
                Fate::Patch(part) => {
                    new.replace(n, |to| self.patch(part, recompute).write(read()?, to).map(drop)).map_err(within)?
                }
                Fate::Forget => new.replace(n, |to| forget(read()?, to).map(drop)).map_err(within)?,
            }
        }
        new.finish()
    }

    fn patch(&self, part: Part, recompute: bool) -> Patch<'_> {
        let mut patch = Patch::new(part, self.planter.moves, self.additions);
        patch.recompute = recompute;
        patch
    }

    /// What becomes of each entry, and whether the workbook must be computed anew.
    fn fates(&self, nothing: bool) -> Result<(Vec<Fate>, bool), Fault> {
        let archive = &self.xlsx.book.archive;
        let mut fates = vec![Fate::Keep; archive.entries.len()];
        if nothing {
            return Ok((fates, false));
        }
        let home = self.home_parts()?;
        let mut recompute = self.planter.learned.formulas;
        let is = |n: &usize, part: Part| self.part_of(&archive.entries[*n], &home) == Some(part);
        let workbook_last = |n: &usize| is(n, Part::Workbook);
        let mut order: Vec<usize> = (0..fates.len()).collect();
        order.sort_by_key(workbook_last);
        for n in order {
            let entry = &archive.entries[n];
            fates[n] = self.fate(entry, &home, &mut recompute).map_err(|f| f.within(&entry.name))?;
        }
        Ok((fates, recompute))
    }

    fn fate(&self, entry: &Entry, home: &[(String, Part)], recompute: &mut bool) -> Result<Fate, Fault> {
        let book = &self.xlsx.book;
        let named = |part: &str| part.eq_ignore_ascii_case(&entry.name);
        let drops = self.planter.learned.formulas;
        if named(&self.planter.ground.sheet.part) {
            return Ok(Fate::Sheet);
        }
        if book.strings_part.as_deref().is_some_and(named) {
            return Ok(if self.additions.is_empty() { Fate::Keep } else { Fate::Strings });
        }
        if drops && named("xl/calcChain.xml") {
            return Ok(Fate::Drop);
        }
        if drops && (named("[Content_Types].xml") || named("xl/_rels/workbook.xml.rels")) {
            let changed = forget(book.archive.read(entry)?, &mut sink())?;
            return Ok(if changed { Fate::Forget } else { Fate::Keep });
        }
        let Some(part) = self.part_of(entry, home) else { return Ok(Fate::Keep) };
        let mut trial = self.patch(part, *recompute);
        let changed = trial.write(book.archive.read(entry)?, &mut sink())?;
        *recompute |= trial.stale;
        Ok(if changed { Fate::Patch(part) } else { Fate::Keep })
    }

    /// What kind of part an entry is, if it may name rows of the table's sheet.
    fn part_of(&self, entry: &Entry, home: &[(String, Part)]) -> Option<Part> {
        let book = &self.xlsx.book;
        let named = |part: &str| part.eq_ignore_ascii_case(&entry.name);
        let own = home.iter().find(|(part, _)| named(part)).map(|(_, kind)| *kind);
        let other = || match entry.name.as_str() {
            name if named(&book.part) && !name.is_empty() => Some(Part::Workbook),
            name if book.sheets.iter().any(|s| named(&s.part)) && !name.is_empty() => Some(Part::Away),
            name if name.contains("/charts/chart") && name.ends_with(".xml") => Some(Part::Chart),
            name if name.contains("/pivotCacheDefinition") && name.ends_with(".xml") => Some(Part::PivotCache),
            _ => None,
        };
        own.or_else(other)
    }

    /// Parts that belong to the table's sheet.
    fn home_parts(&self) -> Result<Vec<(String, Part)>, Fault> {
        let relations = self.xlsx.book.relations(&self.planter.ground.sheet.part)?;
        let kind = |word: &str| match word {
            "table" => Some(Part::Table),
            "comments" | "threadedComment" => Some(Part::Comments),
            "vmlDrawing" => Some(Part::Vml),
            "drawing" => Some(Part::Drawing),
            "pivotTable" => Some(Part::PivotTable),
            _ => None,
        };
        Ok(relations.into_iter().filter_map(|r| Some((r.part, kind(&r.kind)?))).collect())
    }
}

/// Leaves out what names the order of computation; tells whether there was anything.
fn forget(from: impl BufRead, to: &mut dyn std::io::Write) -> Result<bool, Fault> {
    let mut xml = Xml::new(from);
    let mut found = false;
    let mut open = false;
    while let Some(kind) = xml.next()? {
        let tag = xml.raw();
        let names = matches!(local(tag), b"Override" | b"Relationship");
        let chain = |name| attribute(tag, name).is_some_and(|v| v.to_ascii_lowercase().ends_with("calcchain.xml"));
        if names && matches!(kind, Kind::Start | Kind::Empty) && (chain("PartName") || chain("Target")) {
            found = true;
            open = kind == Kind::Start;
            continue;
        }
        if open && names && kind == Kind::End {
            open = false;
            continue;
        }
        to.write_all(tag).map_err(Fault::Write)?;
    }
    Ok(found)
}
