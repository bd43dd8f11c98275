//! A column as a whole, counted in one pass with bounded memory: how many cells
//! are empty, whether values repeat, whether they rise or fall down the table.
//! What its values say about its role is left to `finding`.

use super::digits;
use super::distinct::Distinct;

/// Which way whole numbers or texts go down the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

/// What one pass over a column found.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    /// Cells that were counted, and those of them that say nothing.
    pub rows: u64,
    pub blanks: u64,
    values: Distinct,
    numbers: Trend<i64>,
    serial: Option<Serial>,
    texts: Trend<String>,
    /// Rows were left out before the next value.
    apart: bool,
}

/// How a running number is written: what stands before it, and how wide it is
/// where zeros fill it up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Serial {
    prefix: String,
    width: usize,
    filled: bool,
}

/// The most digits that a number always has room for.
const DIGITS: usize = 18;

/// The number at the end of a text, and the digits it has. Every row's is read: once,
/// from behind.
fn ending(text: &str) -> Option<(usize, i64)> {
    let (mut digits, mut number, mut unit) = (0, 0, 1);
    for octet in text.bytes().rev().take_while(u8::is_ascii_digit) {
        if digits == DIGITS {
            return None;
        }
        number += i64::from(octet - b'0') * unit;
        (digits, unit) = (digits + 1, unit * 10);
    }
    (digits > 0).then_some((digits, number))
}

impl Serial {
    fn read(text: &str) -> Option<(Self, i64)> {
        let (digits, value) = ending(text)?;
        let (prefix, number) = text.split_at(text.len() - digits);
        let filled = digits > 1 && number.starts_with('0');
        Some((Self { prefix: prefix.to_owned(), width: digits, filled }, value))
    }

    /// The number of a value that is written as all before it.
    fn also(&mut self, text: &str) -> Option<i64> {
        let (digits, value) = ending(text)?;
        let (prefix, number) = text.split_at(text.len() - digits);
        self.filled |= digits > 1 && number.starts_with('0');
        let same = self.prefix == prefix && (!self.filled || self.width == digits);
        self.width = digits;
        same.then_some(value)
    }

    fn write(&self, number: i64) -> String {
        let width = if self.filled { self.width } else { 0 };
        let mut written = String::with_capacity(self.prefix.len() + width.max(DIGITS));
        written.push_str(&self.prefix);
        digits::push(&mut written, number.unsigned_abs(), width);
        written
    }
}

/// Whether every value so far went strictly one way, and the extremes.
#[derive(Debug, Clone)]
struct Trend<T> {
    /// False once a value was none of this type.
    whole: bool,
    up: bool,
    down: bool,
    /// Two neighbours were equal.
    ties: bool,
    last: Option<T>,
    least: Option<T>,
    greatest: Option<T>,
}

impl<T: PartialOrd + Clone> Trend<T> {
    fn new() -> Self {
        Self { whole: true, up: true, down: true, ties: false, last: None, least: None, greatest: None }
    }

    /// Whether it may still turn out to go one way.
    fn goes(&self) -> bool {
        self.whole && (self.up || self.down)
    }

    fn stop(&mut self) {
        *self = Self { whole: false, last: None, least: None, greatest: None, ..*self };
    }

    fn way(&self) -> Option<Way> {
        match (self.whole, self.up, self.down) {
            (true, true, false) => Some(Way::Up),
            (true, false, true) => Some(Way::Down),
            _ => None,
        }
    }
}

impl Trend<i64> {
    fn meet(&mut self, value: Option<i64>) {
        let Some(value) = value else { return self.stop() };
        if let Some(last) = self.last {
            self.up &= last <= value;
            self.down &= last >= value;
            self.ties |= last == value;
        }
        self.least = Some(self.least.map_or(value, |l| l.min(value)));
        self.greatest = Some(self.greatest.map_or(value, |g| g.max(value)));
        self.last = Some(value);
    }
}

impl Trend<String> {
    fn meet(&mut self, value: &str) {
        match &mut self.last {
            None => self.last = Some(value.to_owned()),
            Some(last) => {
                self.up &= last.as_str() <= value;
                self.down &= last.as_str() >= value;
                last.clear();
                last.push_str(value);
            }
        }
    }
}

impl Column {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: 0,
            blanks: 0,
            values: Distinct::default(),
            numbers: Trend::new(),
            serial: None,
            texts: Trend::new(),
            apart: false,
        }
    }

    /// Counts one more cell.
    pub(super) fn count(&mut self, cell: Option<&str>) {
        self.rows += 1;
        match cell.filter(|t| !is_blank(t)) {
            Some(text) => self.values.meet(text),
            None => self.blanks += 1,
        }
    }

    /// Whether its values may all go one way.
    pub(super) fn goes(&self) -> bool {
        self.texts.goes() || self.numbers.goes()
    }

    /// Whether its numbers may.
    pub(super) fn runs(&self) -> bool {
        self.numbers.goes()
    }

    /// Follows the cells down the table: by how much its running number differs
    /// from the one before, while all so far went one way.
    pub(super) fn follow(&mut self, cell: Option<&str>) -> Option<u64> {
        let Some(text) = cell.filter(|t| !is_blank(t)) else {
            self.texts.stop();
            self.numbers.stop();
            return None;
        };
        if self.texts.goes() {
            self.texts.meet(text);
        }
        if self.numbers.goes() { self.count_on(text) } else { None }
    }

    /// The next value does not follow the last one: there is no gap between them.
    pub(super) fn leave_out(&mut self) {
        self.apart = true;
    }

    fn count_on(&mut self, text: &str) -> Option<u64> {
        let last = self.numbers.last;
        let number = match &mut self.serial {
            Some(serial) => serial.also(text),
            None => Serial::read(text).map(|(serial, number)| {
                self.serial = Some(serial);
                number
            }),
        };
        self.numbers.meet(number);
        let apart = std::mem::take(&mut self.apart);
        Some(last?.abs_diff(number?)).filter(|_| !apart)
    }

    /// The running number that a value of this column holds.
    pub fn number_of(&self, text: &str) -> Option<i64> {
        let (digits, number) = ending(text)?;
        self.serial.as_ref().filter(|s| s.prefix == text[..text.len() - digits]).map(|_| number)
    }

    /// A running number as this column writes it.
    pub fn write_number(&self, number: i64) -> String {
        self.serial.as_ref().map_or_else(|| number.to_string(), |s| s.write(number))
    }

    /// Share of empty cells, 0 to 1.
    pub fn blank_share(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.blanks as f64 / self.rows as f64 }
    }

    /// Whether (nearly) every value differs from every other.
    pub fn is_unique(&self) -> bool {
        self.rows - self.blanks >= 2 && self.values.repeated_share() <= 0.01
    }

    /// Whether no two rows shared a value, as in a key; of a large table, no two
    /// of the sample of values that is remembered.
    pub fn never_repeats(&self) -> bool {
        self.rows > self.blanks && (self.running().is_some() || self.values.repeated_share() == 0.0)
    }

    /// About which share of the cells that say something say what no other does, 0 to 1.
    pub fn single_share(&self) -> f64 {
        let single = self.values.count() as f64 * (1.0 - self.values.repeated_share());
        (single / (self.rows - self.blanks).max(1) as f64).min(1.0)
    }

    /// About how many different values there are; exact up to some ten thousand.
    pub fn distinct(&self) -> u64 {
        self.values.count()
    }

    /// Whether the table has this value; of a large table, whether it is among
    /// those remembered.
    pub fn has(&self, text: &str) -> bool {
        self.values.has(text)
    }

    /// Whether `has` knows every value that was counted.
    pub fn knows_all(&self) -> bool {
        self.values.is_whole()
    }

    /// Which way its whole numbers go without a tie, if they do.
    pub fn running(&self) -> Option<Way> {
        if self.numbers.ties || self.rows < 3 { None } else { self.numbers.way() }
    }

    /// Which way its texts go, if the table is in their order.
    pub fn sorted(&self) -> Option<Way> {
        let distinct = self.values.count();
        let varied = distinct * 10 > self.rows || distinct > 50;
        if varied && self.rows >= 10 { self.texts.way() } else { None }
    }

    /// The least and the greatest running number.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.numbers.least.zip(self.numbers.greatest)
    }
}

/// Whether a text says nothing. Most begin with something that does, which the
/// first two octets tell (blanks are in U+0085 to U+00A0, U+1680, U+2000 to U+205F
/// and U+3000).
pub fn is_blank(text: &str) -> bool {
    let may_be = match text.as_bytes() {
        [] => return true,
        [0..=b' ' | 0xc2 | 0xe1 | 0xe2, ..] | [0xe3, 0x80, ..] => true,
        _ => false,
    };
    may_be && text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[&str]) -> Column {
        let mut column = Column::new(name);
        values.iter().for_each(|v| {
            column.count(Some(v));
            column.follow(Some(v));
        });
        column
    }

    #[test]
    fn the_way_of_a_column_is_seen() {
        assert_eq!(column("id", &["1", "2", "9"]).running(), Some(Way::Up));
        assert_eq!(column("id", &["9", "2", "1"]).running(), Some(Way::Down));
        assert_eq!(column("id", &["1", "1", "2"]).running(), None);
        assert_eq!(column("id", &["1", "x", "2"]).running(), None);
        let names: Vec<String> = (0..20).map(|n| format!("n{n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(column("name", &names).sorted(), Some(Way::Up));
    }

    #[test]
    fn gaps_and_ranges_of_running_numbers_are_told() {
        let mut column = Column::new("no");
        let gaps: Vec<_> = ["A001", "A002", "A007"].iter().map(|v| column.follow(Some(v))).collect();
        ["A001", "A002", "A007"].iter().for_each(|v| column.count(Some(v)));
        assert_eq!(gaps, [None, Some(1), Some(5)]);
        assert_eq!((column.range(), column.write_number(8)), (Some((1, 7)), "A008".to_owned()));
        assert!(column.never_repeats() && column.has("A002") && !column.has("A003"));
        assert!(is_blank("\u{3000}") && is_blank("") && !is_blank("女"));
    }
}
