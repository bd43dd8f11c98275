//! Where rows of a sheet stand once others were inserted, and references in A1
//! style moved along. A range that begins or ends where the table does takes
//! rows in that were inserted at its edge. Formulas as a whole are `formula`'s.

/// The last row and column a sheet can have (ECMA-376; Excel's limits).
pub const MAX_ROW: u32 = 1_048_576;
const MAX_COLUMN: u32 = 16_384;

/// One cell as a reference names it: row or column may be absent (`A:A`, `1:1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// From 1; 0 for a whole row.
    pub column: u32,
    pub column_fixed: bool,
    /// From 1; 0 for a whole column.
    pub row: u32,
    pub row_fixed: bool,
}

impl Point {
    /// Reads `$A$1`, `A1`, `A`, `$1`.
    pub fn parse(text: &str) -> Option<Self> {
        let (column_fixed, rest) = text.strip_prefix('$').map_or((false, text), |r| (true, r));
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let column = column_number(&rest[..letters])?;
        let rest = &rest[letters..];
        let (row_fixed, digits) = match rest.strip_prefix('$') {
            Some(digits) if letters > 0 => (true, digits),
            None => (letters == 0 && column_fixed, rest),
            _ => return None,
        };
        let sane = digits.len() <= 7 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let row = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|r| sane && *r <= MAX_ROW)? };
        if row == 0 && (letters == 0 || row_fixed) {
            return None;
        }
        Some(Self { column, column_fixed: column_fixed && letters > 0, row, row_fixed })
    }

    pub fn is_cell(self) -> bool {
        self.column > 0 && self.row > 0
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.column > 0 {
            write!(f, "{}{}", if self.column_fixed { "$" } else { "" }, column_name(self.column))?;
        }
        if self.row > 0 {
            write!(f, "{}{}", if self.row_fixed { "$" } else { "" }, self.row)?;
        }
        Ok(())
    }
}

/// The number of a column, 0 for no letters; nothing for what no sheet has.
fn column_number(letters: &str) -> Option<u32> {
    if letters.len() > 3 {
        return None;
    }
    let number = letters.bytes().fold(0, |n, b| n * 26 + (b.to_ascii_uppercase() - b'A') as u32 + 1);
    (number <= MAX_COLUMN).then_some(number)
}

/// The letters of a column, counted from 1.
pub fn column_name(mut number: u32) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        letters.push(b'A' + ((number - 1) % 26) as u8);
        number = (number - 1) / 26;
    }
    letters.iter().rev().map(|b| *b as char).collect()
}

/// Rows inserted in a sheet, at places between its rows.
#[derive(Debug, Clone, Default)]
pub struct Shift {
    /// First and last row of the table's data.
    pub first: u32,
    pub last: u32,
    /// Ascending: the row before which rows were inserted, and how many were up to and with it.
    places: Vec<(u32, u32)>,
}

impl Shift {
    /// `before` has, ascending, the row before which each new row goes.
    pub fn new(first: u32, last: u32, before: &[u32]) -> Self {
        let mut places: Vec<(u32, u32)> = Vec::new();
        for (n, row) in before.iter().enumerate() {
            match places.last_mut() {
                Some(place) if place.0 == *row => place.1 = n as u32 + 1,
                _ => places.push((*row, n as u32 + 1)),
            }
        }
        Self { first, last, places }
    }

    /// How many rows were inserted before or at `row`.
    fn inserted(&self, row: u32) -> u32 {
        match self.places.partition_point(|(at, _)| *at <= row) {
            0 => 0,
            n => self.places[n - 1].1,
        }
    }

    /// Where a row stands now.
    pub fn row(&self, row: u32) -> u32 {
        (row + self.inserted(row)).min(MAX_ROW)
    }

    /// Where a range that began in this row begins now.
    pub fn start(&self, row: u32) -> u32 {
        if row == self.first { row } else { self.row(row) }
    }

    /// Where a range that ended in this row ends now.
    pub fn end(&self, row: u32) -> u32 {
        if row == self.last { (row + self.inserted(row + 1)).min(MAX_ROW) } else { self.row(row) }
    }

    /// Whether rows were inserted between two rows of the sheet.
    pub fn splits(&self, first: u32, last: u32) -> bool {
        self.inserted(first) != self.inserted(last)
    }

    /// A cell's reference moved.
    pub fn cell(&self, text: &str) -> String {
        match Point::parse(text) {
            Some(p) if p.row > 0 => Point { row: self.row(p.row), ..p }.to_string(),
            _ => text.to_owned(),
        }
    }

    /// A range (`A1:B9`, or one cell) moved and grown; `always` lets single rows at the table's edge grow too.
    pub fn area(&self, text: &str, always: bool) -> String {
        let Some((from, to)) = text.split_once(':') else {
            let cell = self.cell(text);
            let grown = self.area(&format!("{text}:{text}"), always);
            return if grown == format!("{cell}:{cell}") { cell } else { grown };
        };
        let (Some(a), Some(b)) = (Point::parse(from), Point::parse(to)) else { return text.to_owned() };
        if a.row == 0 || b.row == 0 {
            return text.to_owned();
        }
        let (start, end) = if always || a.row != b.row {
            (self.start(a.row), self.end(b.row))
        } else {
            (self.row(a.row), self.row(b.row))
        };
        format!("{}:{}", Point { row: start, ..a }, Point { row: end, ..b })
    }

    /// A list of ranges.
    pub fn areas(&self, text: &str, always: bool) -> String {
        text.split(' ').map(|area| self.area(area, always)).collect::<Vec<_>>().join(" ")
    }
}
