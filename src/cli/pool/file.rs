//! A file of values for the pool: one a line, or CSV under a header that names
//! `value` and any of `kind`, `carrier`, `city`, `since` and `control`. Everything
//! is read and checked before anything is sent; what is wrong is told with its line.

use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;

use crate::app::views::NewPoint;
use crate::model::{LineKind, Lookup, PointFacts, PoolItem, PoolKind, Time};

/// Octets of the longest file: some millions of numbers.
const LONGEST: u64 = 256 << 20;
const HEADER: &str = "value,kind,carrier,city,since,control";

/// Values with the lines they stand on.
pub(super) struct Listed {
    path: PathBuf,
    points: Vec<(usize, NewPoint)>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Value,
    Kind,
    Carrier,
    City,
    Since,
    Control,
}

impl Column {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "value" => Column::Value,
            "kind" => Column::Kind,
            "carrier" => Column::Carrier,
            "city" => Column::City,
            "since" => Column::Since,
            "control" => Column::Control,
            _ => return None,
        })
    }
}

impl Listed {
    /// Reads a file; `like` says what holds where it says nothing.
    pub(super) fn read(path: PathBuf, kind: PoolKind, like: &NewPoint) -> Result<Self> {
        let reading = || format!("reading {}", path.display());
        let octets = std::fs::metadata(&path).with_context(reading)?.len();
        if octets > LONGEST {
            bail!("{} has {octets} octets, more than {LONGEST}: split it, nothing was added", path.display());
        }
        let octets = std::fs::read(&path).with_context(reading)?;
        let text = match std::str::from_utf8(&octets) {
            Ok(text) => text.trim_start_matches('\u{feff}'),
            Err(cause) => {
                let line = 1 + octets[..cause.valid_up_to()].iter().filter(|b| **b == b'\n').count();
                bail!("{}, line {line}: it is not UTF-8; save the file as UTF-8, nothing was added", path.display());
            }
        };
        match points(text, kind, like, crate::model::Time::now()) {
            Ok(points) if points.is_empty() => bail!("{} has no values; write one a line", path.display()),
            Ok(points) => Ok(Self { path, points }),
            Err(Wrong { line, what }) => bail!("{}, line {line}: {what}; nothing was added", path.display()),
        }
    }

    pub(super) fn points(&self) -> impl Iterator<Item = NewPoint> {
        self.points.iter().map(|(_, point)| point.clone())
    }

    /// The line of the value that a message names.
    pub(super) fn place_in(&self, message: &str) -> Option<String> {
        let words: Vec<&str> = message.split_whitespace().collect();
        let (line, _) = self.points.iter().find(|(_, point)| words.contains(&point.value.as_str()))?;
        Some(format!("{}, line {line}", self.path.display()))
    }
}

/// What is wrong, and on which line.
#[derive(Debug)]
struct Wrong {
    line: usize,
    what: String,
}

fn points(text: &str, kind: PoolKind, like: &NewPoint, now: Time) -> Result<Vec<(usize, NewPoint)>, Wrong> {
    let said = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let mut lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| said(line)).peekable();
    let wrong = |line, what: &dyn Display| Wrong { line, what: what.to_string() };
    let mut columns = vec![Column::Value];
    let first = lines.peek().copied().unwrap_or_default();
    let titled = header(first.1).map_err(|what| wrong(first.0, &what))?;
    if let Some(named) = &titled {
        columns.clone_from(named);
        lines.next();
    }
    let mut seen: HashMap<Lookup, usize> = HashMap::new();
    let mut points = Vec::new();
    for (line, text) in lines {
        let cells = if titled.is_some() { cells(text) } else { Ok(vec![text.to_owned()]) };
        let cells = cells.map_err(|what| wrong(line, &what))?;
        let item = item(&columns, &cells, kind, like, now).map_err(|what| wrong(line, &what))?;
        if let Some(before) = seen.insert(Lookup::pool(&item), line) {
            return Err(wrong(line, &format!("{} stands on line {before} already; take one of them out", item.value)));
        }
        points.push((line, NewPoint { value: item.value, control: item.control, facts: item.facts }));
    }
    Ok(points)
}

/// The columns that a line names, if it is a header.
fn header(line: &str) -> Result<Option<Vec<Column>>, String> {
    let names = cells(line)?;
    if !names.iter().any(|name| Column::parse(name).is_some()) {
        return Ok(None);
    }
    let mut columns = Vec::new();
    for name in &names {
        let column = Column::parse(name).ok_or_else(|| format!("no column is called {name:?}; there are {HEADER}"))?;
        if columns.contains(&column) {
            return Err(format!("column {name} is there twice; take one of them out"));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Value) {
        return Err(format!("the header names no column \"value\"; it may be {HEADER}, or fewer of them"));
    }
    Ok(Some(columns))
}

/// The cells of a line of CSV (RFC 4180, without line ends in quotes).
fn cells(line: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        let cell = cells.last_mut().ok_or("a line without cells")?;
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.extend(signs.next()),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cell.push(sign),
        }
    }
    if quoted {
        return Err("a quoted cell is not closed: end it with \"".to_owned());
    }
    Ok(cells.into_iter().map(|cell| cell.trim().to_owned()).collect())
}

fn item(columns: &[Column], cells: &[String], kind: PoolKind, like: &NewPoint, now: Time) -> Result<PoolItem, String> {
    if cells.len() != columns.len() {
        return Err(format!("it has {} cells where the header has {}; write one for each", cells.len(), columns.len()));
    }
    let say = |e: crate::model::BadItem| e.to_string();
    let mut value = "";
    let (mut control, mut facts) = (like.control, PointFacts::default());
    for (column, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        match column {
            Column::Value => value = cell,
            Column::Kind => facts.kind = Some(LineKind::parse(cell).map_err(say)?),
            Column::Carrier => facts.carrier = Some(cell.clone()),
            Column::City => facts.city = Some(cell.clone()),
            Column::Since => facts.since = Some(PointFacts::date(cell).map_err(say)?),
            Column::Control => control = yes(cell)?,
        }
    }
    let item = PoolItem::parse(kind, value, control, now).map_err(say)?;
    item.with(facts.or(&like.facts)).map_err(say)
}

fn yes(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{cell:?} under control says neither yes nor no: write one of them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<(usize, NewPoint)>, Wrong> {
        let facts = PointFacts { city: Some("宁波".into()), ..PointFacts::default() };
        let like = NewPoint { value: String::new(), control: false, facts };
        points(text, PoolKind::Phone, &like, Time::from_second(1_790_000_000).expect("in range"))
    }

    #[test]
    fn plain_lists_and_tables_are_read_with_their_lines() {
        let plain = read("# ours\n\n+86 138 0000 0001\r\n  +8613800000002\n").expect("read");
        assert_eq!(
            plain.iter().map(|(line, p)| (*line, &*p.value)).collect::<Vec<_>>(),
            [(3, "+8613800000001"), (4, "+8613800000002")]
        );
        assert_eq!(plain[0].1.facts.city.as_deref(), Some("宁波"));
        let table = "City,VALUE,control,kind,since\n\"Hangzhou, Zhejiang\",+8613800000001,,Mobile,2015-03-01\n,+8613800000002,yes,,\n";
        let table = read(table).expect("read");
        let (line, first) = &table[0];
        assert_eq!((*line, first.facts.city.as_deref(), first.control), (2, Some("Hangzhou, Zhejiang"), false));
        assert_eq!(
            (first.facts.kind, first.facts.since),
            (Some(LineKind::Mobile), PointFacts::date("2015-03-01").ok())
        );
        assert_eq!((table[1].1.facts.city.as_deref(), table[1].1.control), (Some("宁波"), true));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, word) in [
            ("+8613800000001\n13800000002\n", 2, "E.164"),
            ("+8613800000001\n# x\n+86 138 0000 0001\n", 3, "on line 1 already"),
            ("value,colour\n+8613800000001,red\n", 1, "no column is called \"colour\""),
            ("kind,city\nmobile,x\n", 1, "no column \"value\""),
            ("value,value\n", 1, "twice"),
            ("value,kind\n+8613800000001\n", 2, "1 cells where the header has 2"),
            ("value,kind\n+8613800000001,pigeon\n", 2, "toll-free"),
            ("value,since\n+8613800000001,last year\n", 2, "2015-03-01"),
            ("value,since\n+8613800000001,2036-01-01\n", 2, "still to come"),
            ("value,control\n+8613800000001,perhaps\n", 2, "yes nor no"),
            ("value,city\n+8613800000001,\"x\n", 2, "not closed"),
            ("+8613800000001,mobile\n", 1, "E.164"),
        ] {
            let wrong = read(text).expect_err(text);
            assert!(wrong.line == line && wrong.what.contains(word), "{text:?}: {wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn cells_come_back_however_they_were_written(row in proptest::collection::vec("[^\r\n]{0,12}", 1..6)) {
            let row: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
            let written = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            prop_assert_eq!(cells(&written).expect("read"), row);
        }

        #[test]
        fn no_file_breaks_the_reader(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
