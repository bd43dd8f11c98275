//! A column as a whole: counted in one pass with bounded memory (how many are
//! empty, whether values repeat, whether they rise or fall down the table), and
//! what its values say about its role.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::dates::DateForm;
use super::locale::{Locale, read_sex};
use super::{Cell, Role, catalogue, idcard, is_blank, phones};

/// Beyond this many different values none is remembered any more.
const REMEMBERED: usize = 1 << 19;

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
    pub rows: u64,
    pub blanks: u64,
    seen: HashSet<u64>,
    repeats: u64,
    numbers: Trend<i64>,
    serial: Option<Serial>,
    texts: Trend<String>,
}

/// How a running number is written: what stands before it, and how wide it is
/// where zeros fill it up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Serial {
    prefix: String,
    width: usize,
    filled: bool,
}

impl Serial {
    /// The number at the end of a text, and how it is written.
    fn read(text: &str) -> Option<(Self, i64)> {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, number) = text.split_at(text.len() - digits);
        let filled = digits > 1 && number.starts_with('0');
        let value = if (1..=18).contains(&digits) { number.parse().ok()? } else { return None };
        Some((Self { prefix: prefix.to_owned(), width: digits, filled }, value))
    }

    /// Takes another value's writing in; false if it is of another kind.
    fn also(&mut self, other: &Self) -> bool {
        self.filled |= other.filled;
        let same = self.prefix == other.prefix && (!self.filled || self.width == other.width);
        self.width = other.width;
        same
    }

    fn write(&self, number: i64) -> String {
        let width = if self.filled { self.width } else { 0 };
        format!("{}{number:0width$}", self.prefix)
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
    extremes: Option<(T, T)>,
}

impl<T: Ord + Clone> Trend<T> {
    fn new() -> Self {
        Self { whole: true, up: true, down: true, ties: false, last: None, extremes: None }
    }

    fn meet(&mut self, value: Option<T>) {
        let Some(value) = value else {
            self.whole = false;
            return;
        };
        if let Some(last) = &self.last {
            self.up &= *last <= value;
            self.down &= *last >= value;
            self.ties |= *last == value;
        }
        self.extremes = Some(match self.extremes.take() {
            None => (value.clone(), value.clone()),
            Some((low, high)) => (low.min(value.clone()), high.max(value.clone())),
        });
        self.last = Some(value);
    }

    fn way(&self) -> Option<Way> {
        match (self.whole, self.up, self.down) {
            (true, true, false) => Some(Way::Up),
            (true, false, true) => Some(Way::Down),
            _ => None,
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Column {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rows: 0,
            blanks: 0,
            seen: HashSet::new(),
            repeats: 0,
            numbers: Trend::new(),
            serial: None,
            texts: Trend::new(),
        }
    }

    /// Counts one more cell.
    pub(super) fn meet(&mut self, cell: &Cell) {
        self.rows += 1;
        if is_blank(cell) {
            self.blanks += 1;
            self.texts.whole = false;
            self.numbers.whole = false;
            return;
        }
        let text = cell.as_deref().unwrap_or_default();
        if self.seen.len() < REMEMBERED {
            self.repeats += u64::from(!self.seen.insert(hash(text)));
        }
        if self.numbers.whole {
            let number = self.number_in(text);
            self.numbers.meet(number);
        }
        if self.texts.whole && (self.texts.up || self.texts.down) {
            self.texts.meet(Some(text.to_owned()));
        }
    }

    /// The number of a value that is written as all before it.
    fn number_in(&mut self, text: &str) -> Option<i64> {
        let (writing, number) = Serial::read(text)?;
        let same = self.serial.get_or_insert_with(|| writing.clone()).also(&writing);
        same.then_some(number)
    }

    /// The running number that a value of this column holds.
    pub fn number_of(&self, text: &str) -> Option<i64> {
        let (writing, number) = Serial::read(text)?;
        self.serial.as_ref().filter(|s| s.prefix == writing.prefix).map(|_| number)
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
        let filled = self.rows - self.blanks;
        filled >= 2 && self.repeats * 200 <= filled
    }

    /// Whether no two rows shared a value, as in a key.
    pub fn never_repeats(&self) -> bool {
        self.rows > self.blanks && self.repeats == 0
    }

    /// Whether the table surely has this value (false for values beyond memory).
    pub fn has(&self, text: &str) -> bool {
        self.seen.contains(&hash(text))
    }

    /// Which way its whole numbers go without a tie, if they do.
    pub fn running(&self) -> Option<Way> {
        if self.numbers.ties || self.rows < 3 { None } else { self.numbers.way() }
    }

    /// Which way its texts go, if the table is in their order.
    pub fn sorted(&self) -> Option<Way> {
        let varied = self.seen.len() as u64 * 10 > self.rows || self.seen.len() > 50;
        if varied && self.rows >= 10 { self.texts.way() } else { None }
    }

    /// The least and the greatest whole number.
    pub fn range(&self) -> Option<(i64, i64)> {
        if self.numbers.whole { self.numbers.extremes } else { None }
    }

    /// The role, from the name and a sample of values; `None` leaves it to the
    /// caller whether the column is an `Other` or a `Code`.
    pub(super) fn role(&self, sample: &[&str]) -> Role {
        let proposed = catalogue::proposed(&self.name);
        if sample.is_empty() {
            return proposed.filter(|r| r.is_contact()).unwrap_or(Role::Other);
        }
        match proposed {
            Some(role) if agrees(role, sample) && (role != Role::Key || self.never_repeats()) => role,
            // Named like a way to reach somebody, but written in a way not read here.
            Some(role) if role.is_contact() => match self.role_by_values(sample) {
                found if found.is_contact() => found,
                _ if sample.iter().any(|v| v.contains(|c: char| c.is_ascii_digit() || c == '@')) => Role::OtherContact,
                found => found,
            },
            _ => self.role_by_values(sample),
        }
    }

    fn role_by_values(&self, sample: &[&str]) -> Role {
        let most = |test: &dyn Fn(&str) -> bool| sample.iter().filter(|v| test(v)).count() * 10 >= sample.len() * 8;
        if most(&is_mail) {
            Role::Email
        } else if most(&is_url) {
            Role::Url
        } else if most(&|v| idcard::birth_date(v).is_some()) {
            Role::NationalId
        } else if most(&phones::surely) {
            Role::Phone
        } else if self.running().is_some() && self.never_repeats() {
            Role::Key
        } else if most(&is_chinese_name) && self.is_unique_enough_for_names() {
            Role::FullName
        } else if DateForm::find(sample.iter().copied()).is_some() {
            Role::CreatedAt
        } else if most(&is_decimal) && most(&|v| v.contains('.')) {
            // Whole numbers may be codes that belong together with other columns.
            Role::Amount
        } else if self.is_unique() && self.rows >= 20 {
            Role::Code
        } else {
            Role::Other
        }
    }

    fn is_unique_enough_for_names(&self) -> bool {
        self.seen.len() as u64 * 4 > self.rows
    }
}

/// Whether values do not contradict the role that a name proposes.
fn agrees(role: Role, sample: &[&str]) -> bool {
    let share = |test: &dyn Fn(&str) -> bool| sample.iter().filter(|v| test(v)).count() as f64 / sample.len() as f64;
    match role {
        Role::Email => share(&is_mail) >= 0.5,
        Role::Phone => share(&|v| phones::looks_like(v) || v.contains('*')) >= 0.5,
        Role::Url => share(&is_url) >= 0.5,
        Role::Sex => share(&|v| v.chars().count() <= 6) >= 0.9 && share(&|v| read_sex(v).is_some()) >= 0.5,
        Role::BirthDate | Role::CreatedAt => DateForm::find(sample.iter().copied()).is_some(),
        Role::FullName => share(&|v| Locale::of(v).split(v).is_some()) >= 0.5,
        Role::Surname | Role::GivenName => share(&|v| v.chars().all(|c| !c.is_ascii_digit())) >= 0.9,
        Role::HouseNumber => share(&|v| v.starts_with(|c: char| c.is_ascii_digit())) >= 0.5,
        Role::Amount => share(&is_decimal) >= 0.8,
        _ => true,
    }
}

fn is_mail(text: &str) -> bool {
    matches!(text.trim().rsplit_once('@'), Some((local, domain)) if !local.is_empty() && domain.contains('.') && !text.trim().contains(' '))
}

fn is_url(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.")) && !text.contains(' ')
}

fn is_decimal(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 18 && text.bytes().any(|b| b.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

fn is_chinese_name(text: &str) -> bool {
    Locale::of(text) == Locale::ZhCn
        && Locale::ZhCn
            .split(text)
            .is_some_and(|n| n.surname.chars().count() == 2 || Locale::common_surname(&n.surname))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[&str]) -> Column {
        let mut column = Column::new(name);
        for value in values {
            column.meet(&Some((*value).to_owned()));
        }
        column
    }

    fn role(name: &str, values: &[&str]) -> Role {
        column(name, values).role(values)
    }

    #[test]
    fn names_propose_and_values_decide() {
        assert_eq!(role("c1", &["a@b.example", "c@d.example"]), Role::Email);
        assert_eq!(role("c2", &["13264476302", "15147235506"]), Role::Phone);
        assert_eq!(role("c3", &["11010519491231002X"]), Role::NationalId);
        assert_eq!(role("xm", &["王艳立", "崔腾欣"]), Role::FullName);
        assert_eq!(role("c4", &["王艳立", "陈腾欣", "李建中"]), Role::FullName);
        assert_eq!(role("phone", &["yes", "no"]), Role::Other);
        assert_eq!(role("id", &["1", "2", "5"]), Role::Key);
        assert_eq!(role("cjsj", &["2016-03-09 14:37:32"]), Role::CreatedAt);
        assert_eq!(role("ye", &["413.31", "12.00"]), Role::Amount);
        assert_eq!(role("xb", &["男", "女"]), Role::Sex);
        assert_eq!(role("mobile", &["138****1234", "139****2222"]), Role::Phone);
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
}
