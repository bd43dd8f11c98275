//! Formulas: the references in them found and moved when rows were inserted in
//! a sheet, or when a formula is filled into another row. Texts, names,
//! functions, table references and other workbooks are left alone.

use super::shift::{Point, Shift};

/// One reference in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The sheet it names, if it does; a name of another workbook begins with `[`.
    pub sheet: Option<&'a str>,
    pub from: Point,
    /// The other corner of a range.
    pub to: Option<Point>,
}

/// Where a formula stands, which decides how its references follow the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Outside of the table's rows: ranges over the table grow at its edges.
    Outside,
    /// In a row of the table: only fixed edges grow (a running sum does not).
    Inside,
    /// In a rule for cells: relative to the first row of the table, which stays.
    Rule,
}

/// The rows inserted in one sheet, as formulas see them.
#[derive(Debug, Clone, Copy)]
pub struct Moves<'a> {
    pub sheet: &'a str,
    pub shift: &'a Shift,
}

impl Moves<'_> {
    /// The formula after the rows were inserted; `here` if it stands in the sheet itself. Nothing if it stays as it is.
    pub fn follow(&self, formula: &str, here: bool, stand: Stand) -> Option<String> {
        rewrite(formula, &mut |r| {
            let meant = r.sheet.map_or(here, |s| s.eq_ignore_ascii_case(self.sheet));
            if meant { Some(self.moved(r, stand)) } else { None }
        })
    }

    fn moved(&self, r: Reference<'_>, stand: Stand) -> (Point, Option<Point>) {
        let at = |p: Point, row: u32| Point { row: if p.row == 0 { 0 } else { row }, ..p };
        let grows = |p: Point| stand != Stand::Inside || p.row_fixed;
        match r.to {
            Some(to) if to.row != r.from.row || self.is_whole_column(r.from, to, stand) => {
                let start = if grows(r.from) { self.shift.start(r.from.row) } else { self.shift.row(r.from.row) };
                let end = if grows(to) { self.shift.end(to.row) } else { self.shift.row(to.row) };
                (at(r.from, start), Some(at(to, end)))
            }
            to => (at(r.from, self.single(r.from, stand)), to.map(|p| at(p, self.single(p, stand)))),
        }
    }

    /// Whether a range of one row is the column of a table of one row.
    fn is_whole_column(&self, from: Point, to: Point, stand: Stand) -> bool {
        let Shift { first, last, .. } = *self.shift;
        stand == Stand::Outside && from.column == to.column && first == last && from.row == first
    }

    fn single(&self, p: Point, stand: Stand) -> u32 {
        let stays = stand == Stand::Rule && !p.row_fixed && p.row == self.shift.first;
        if stays { p.row } else { self.shift.row(p.row) }
    }
}

/// The formula as it reads when filled so many rows down and columns to the right.
pub fn filled(formula: &str, rows: i64, columns: i64) -> String {
    let by = |at: u32, fixed: bool, far: i64| if at == 0 || fixed { at } else { (at as i64 + far).max(1) as u32 };
    let along =
        |p: Point| Point { row: by(p.row, p.row_fixed, rows), column: by(p.column, p.column_fixed, columns), ..p };
    rewrite(formula, &mut |r| Some((along(r.from), r.to.map(along)))).unwrap_or_else(|| formula.to_owned())
}

/// Whether every reference of a formula in `row` is fixed, or to that row of its own sheet:
/// filling it down and inserting rows then come to the same.
pub fn keeps_to_row(formula: &str, row: u32) -> bool {
    let mut keeps = true;
    rewrite(formula, &mut |r| {
        let own = |p: Point| p.row == 0 || p.row_fixed || (p.row == row && r.sheet.is_none());
        keeps &= own(r.from) && r.to.is_none_or(own);
        None
    });
    keeps
}

type Change<'c> = &'c mut dyn FnMut(Reference<'_>) -> Option<(Point, Option<Point>)>;

/// Hands every reference over and puts what comes back in its place. Nothing if nothing changed.
fn rewrite(formula: &str, change: Change<'_>) -> Option<String> {
    let mut new = String::with_capacity(formula.len() + 8);
    let mut at = 0;
    let mut sheet: Option<&str> = None;
    while at < formula.len() {
        let (length, what) = lexeme(&formula[at..]);
        let text = &formula[at..at + length];
        at += length;
        match what {
            Lexeme::Sheet if new.ends_with(':') => sheet = Some("[several sheets]"),
            Lexeme::Sheet if new.ends_with(']') => sheet = Some("[other workbook]"),
            Lexeme::Sheet => sheet = Some(&text[..length - 1]),
            Lexeme::Reference(from, to) => {
                let name = sheet.take().map(|s| s.trim_matches('\'').replace("''", "'"));
                if let Some((from, to)) = change(Reference { sheet: name.as_deref(), from, to }) {
                    new.push_str(&to.map_or(from.to_string(), |to| format!("{from}:{to}")));
                    continue;
                }
            }
            Lexeme::Other => sheet = None,
        }
        new.push_str(text);
    }
    (new != formula).then_some(new)
}

enum Lexeme {
    /// `Sheet1!` or `'Sheet 1'!`
    Sheet,
    Reference(Point, Option<Point>),
    Other,
}

/// The first lexeme of a formula and its length in octets.
fn lexeme(text: &str) -> (usize, Lexeme) {
    let first = text.chars().next().unwrap_or(' ');
    match first {
        '"' => (quoted(text, '"'), Lexeme::Other),
        '\'' => {
            let length = quoted(text, '\'');
            if text[length..].starts_with('!') { (length + 1, Lexeme::Sheet) } else { (length, Lexeme::Other) }
        }
        '[' => (bracketed(text), Lexeme::Other),
        c if is_word(c) => word(text),
        c => (c.len_utf8(), Lexeme::Other),
    }
}

fn word(text: &str) -> (usize, Lexeme) {
    let length = word_length(text);
    match text[length..].chars().next() {
        Some('!') => return (length + 1, Lexeme::Sheet),
        Some('(' | '[') => return (length, Lexeme::Other),
        _ => {}
    }
    let Some(from) = Point::parse(&text[..length]) else { return (length, Lexeme::Other) };
    if let Some(rest) = text[length..].strip_prefix(':') {
        let more = word_length(rest);
        let to =
            Point::parse(&rest[..more]).filter(|to| !rest[more..].starts_with(['(', '!']) && same_shape(from, *to));
        if let Some(to) = to {
            return (length + 1 + more, Lexeme::Reference(from, Some(to)));
        }
    }
    (length, if from.is_cell() { Lexeme::Reference(from, None) } else { Lexeme::Other })
}

fn same_shape(a: Point, b: Point) -> bool {
    (a.column == 0) == (b.column == 0) && (a.row == 0) == (b.row == 0)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '\\' | '?') || !c.is_ascii()
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// The length of what stands in quotes, doubled quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The length of `[…]`, nested ones included; `'` takes the next character's meaning away.
fn bracketed(text: &str) -> usize {
    let mut depth = 0;
    let mut plain = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if plain => plain = false,
            '\'' => plain = true,
            '[' => depth += 1,
            ']' if depth == 1 => return at + 1,
            ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(formula: &str, before: &[u32], stand: Stand) -> String {
        let shift = Shift::new(2, 10, before);
        Moves { sheet: "名单 1", shift: &shift }.follow(formula, true, stand).unwrap_or_else(|| formula.to_owned())
    }

    #[test]
    fn references_below_move_and_ranges_across_grow() {
        assert_eq!(follow("SUM(B2:B10)+B11*$C$5", &[4, 4], Stand::Outside), "SUM(B2:B12)+B13*$C$7");
        assert_eq!(follow("A3&A4", &[4], Stand::Outside), "A3&A5");
        assert_eq!(follow("SUM(1:5,A:C,$4:$4)", &[4], Stand::Outside), "SUM(1:6,A:C,$5:$5)");
    }

    #[test]
    fn ranges_grow_at_the_edges_of_the_table() {
        assert_eq!(follow("SUM(B2:B10)", &[2, 11], Stand::Outside), "SUM(B2:B12)");
        assert_eq!(follow("SUM(B$2:B5)", &[2, 6], Stand::Inside), "SUM(B$2:B6)");
        assert_eq!(follow("B5/SUM(B$2:B$10)", &[11], Stand::Inside), "B5/SUM(B$2:B$11)");
        assert_eq!(follow("$B2>$B$2", &[2], Stand::Rule), "$B2>$B$3");
    }

    #[test]
    fn what_is_no_reference_to_the_sheet_stays() {
        for formula in [
            "\"A9\"&LOG10(5)",
            "Other!A9",
            "[1]名单!A9",
            "'[b.xlsx]名单 1'!A9",
            "Jan:Dec!A9",
            "T[[#This Row],[A9]]",
            "1.5E+9",
            "TAX_A9",
            "ABCD9",
            "A9.5",
            "'It''s'!A9:B12",
            "A:A",
        ] {
            assert_eq!(follow(formula, &[4], Stand::Outside), formula);
        }
        assert_eq!(follow("'名单 1'!A9:B12", &[4], Stand::Outside), "'名单 1'!A10:B13");
    }

    #[test]
    fn filling_moves_what_is_relative() {
        assert_eq!(filled("B2*$C$1+Other!D2:D$9", 3, 0), "B5*$C$1+Other!D5:D$9");
        assert!(keeps_to_row("B2*$C$1", 2) && !keeps_to_row("B1+1", 2) && !keeps_to_row("S!B2", 2));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_cut_up_without_loss(text in "[A-C$0-9'\"\\[\\]!:(),.名 ]{0,40}") {
            rewrite(&text, &mut |_| None).map_or(Ok(()), |new| Err(proptest::test_runner::TestCaseError::fail(new)))?;
        }
    }
}
