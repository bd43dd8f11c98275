//! Rows as a script of `INSERT`s in a dialect: many rows in a statement, the
//! names quoted as the dialect does, running numbers given and not drawn.

use jiff::civil::{Date, DateTime};
use std::io::{BufWriter, Write};

use crate::servers::Dialect;

/// Rows of one statement.
const TOGETHER: usize = 500;

/// A value as it stands in a script.
pub enum Value {
    Null,
    Bare(String),
    Text(String),
}

/// A row of anything that can be a value.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::databases::rows::Value::from($value)),*] };
}
pub(crate) use row;

/// A script that grows.
pub struct Script<W: Write> {
    dialect: Dialect,
    to: BufWriter<W>,
}

impl<W: Write> Script<W> {
    pub fn new(dialect: Dialect, to: W) -> Self {
        Self { dialect, to: BufWriter::new(to) }
    }

    pub fn say(&mut self, text: &str) {
        writeln!(self.to, "{text}").expect("written");
    }

    /// All rows of a table; the columns with commas between them.
    pub fn table(&mut self, name: &str, columns: &str, rows: impl Iterator<Item = Vec<Value>>) {
        let columns: Vec<String> = columns.split(", ").map(|c| self.dialect.quoted(c)).collect();
        let own = if matches!(self.dialect, Dialect::Postgres) { " OVERRIDING SYSTEM VALUE" } else { "" };
        let head = format!("INSERT INTO {} ({}){own} VALUES", self.dialect.quoted(name), columns.join(", "));
        let mut written = 0;
        for row in rows {
            let start = written % TOGETHER == 0;
            let before = if !start {
                ","
            } else if written == 0 {
                &head
            } else {
                &format!(";\n{head}")
            };
            write!(self.to, "{before}\n({})", tuple(&row)).expect("written");
            written += 1;
        }
        if written > 0 {
            self.say(";");
        }
    }

    pub fn end(mut self) {
        self.to.flush().expect("written");
    }
}

fn tuple(row: &[Value]) -> String {
    let value = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::Bare(text) => text.clone(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
    };
    row.iter().map(value).collect::<Vec<_>>().join(", ")
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Bare(number.to_string())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<char> for Value {
    fn from(letter: char) -> Self {
        Self::Text(letter.to_string())
    }
}

impl From<DateTime> for Value {
    fn from(moment: DateTime) -> Self {
        Self::Text(moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }
}

impl From<Date> for Value {
    fn from(day: Date) -> Self {
        Self::Text(day.to_string())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(perhaps: Option<T>) -> Self {
        perhaps.map_or(Self::Null, Into::into)
    }
}

/// Hundredths as a number with two digits after its point.
pub fn cents(amount: u64) -> Value {
    Value::Bare(format!("{}.{:02}", amount / 100, amount % 100))
}
