//! A sheet: a CSV file of a test as columns and rows, and a copy of it taken
//! apart into what was there before and the canaries.

use crate::site::Site;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

#[derive(Debug, Clone)]
pub struct Sheet {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Reads a CSV text of one record a line.
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines().map(fields);
        Self { header: lines.next().expect("a header"), rows: lines.collect() }
    }

    pub fn text(&self) -> String {
        let quoted = |cell: &String| {
            if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    pub fn at(&self, column: &str) -> usize {
        self.header.iter().position(|c| c == column).unwrap_or_else(|| panic!("no column {column}"))
    }

    pub fn column(&self, column: &str) -> impl Iterator<Item = &str> {
        let at = self.at(column);
        self.rows.iter().map(move |row| row[at].as_str())
    }

    /// Cells of these columns as one value, where the first is filled.
    fn joined(&self, columns: &[&str]) -> Vec<String> {
        let at: Vec<usize> = columns.iter().map(|c| self.at(c)).collect();
        let filled = self.rows.iter().filter(|row| !row[at[0]].is_empty());
        filled.map(|row| at.iter().map(|n| row[*n].as_str()).collect::<Vec<_>>().join("|").to_lowercase()).collect()
    }

    /// What is in those columns of another sheet and in those of this one.
    pub fn shared(&self, other: &Self, columns: &[&str]) -> Vec<String> {
        let own: HashSet<String> = self.joined(columns).into_iter().collect();
        other.joined(columns).into_iter().filter(|value| own.contains(value)).collect()
    }
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut().expect("a field");
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(letter),
        }
    }
    fields
}

/// The canaries of the newest copy of a file for a source, after checking that
/// the other rows stand in it as they were.
pub fn canaries(site: &Site, file: &str, source: &str) -> Sheet {
    let read = |name: &str| std::fs::read_to_string(site.path(name)).expect("read");
    let (before, after) = (read(file), read(&file.replace(".csv", &format!(".{source}.csv"))));
    let place = |c: &Value| c["location"].as_str()?.strip_prefix("row ")?.parse().ok();
    let places: BTreeSet<usize> = site.canaries(source).iter().map(|c| place(c).expect("a row")).collect();
    let (mine, rest): (Vec<_>, Vec<_>) = after.split_inclusive('\n').enumerate().partition(|(n, _)| places.contains(n));
    assert!(
        rest.iter().map(|(_, line)| *line).eq(before.split_inclusive('\n')),
        "{file}: rows that are not canaries stay"
    );
    assert_eq!(mine.len(), places.len());
    let rows = mine.iter().map(|(_, line)| fields(line.trim_end_matches(['\r', '\n']))).collect();
    Sheet { header: Sheet::read(&before).header, rows }
}
