//! The dialects of SQL that are spoken here: how names are quoted, and how a value
//! goes in and comes out as text, whatever its type.

use super::schema::{Column, TableName};

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    Mysql,
    Sqlite,
}

impl Dialect {
    /// A name for SQL, whatever is in it.
    pub(super) fn quoted(self, name: &str) -> String {
        match self {
            Dialect::Mysql => format!("`{}`", name.replace('`', "``")),
            Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A table for SQL.
    pub(super) fn table(self, table: &TableName) -> String {
        let name = self.quoted(&table.name);
        if table.schema.is_empty() { name } else { format!("{}.{name}", self.quoted(&table.schema)) }
    }

    /// A column's value as text. SQLite's values are of any type and are made text
    /// where they arrive.
    pub(super) fn shown(self, column: &Column) -> String {
        let name = self.quoted(&column.name);
        match self {
            Dialect::Postgres => format!("{name}::text"),
            Dialect::Mysql if column.octets => format!("HEX({name})"),
            Dialect::Mysql if column.kind.starts_with("bit") => format!("CAST({name} + 0 AS CHAR)"),
            Dialect::Mysql => format!("CAST({name} AS CHAR)"),
            Dialect::Sqlite => name,
        }
    }

    /// The parameter of that number, counted from 1, as a value of the column.
    pub(super) fn given(self, column: &Column, number: usize) -> String {
        match self {
            Dialect::Postgres => format!("${number}::text::{}", column.kind),
            Dialect::Mysql if column.octets => "UNHEX(?)".to_owned(),
            // A number as text is compared as a float, which cannot tell great ones apart.
            Dialect::Mysql if column.whole && ["unsigned", "bit"].iter().any(|k| column.kind.contains(k)) => {
                "CAST(? AS UNSIGNED)".to_owned()
            }
            Dialect::Mysql if column.whole => "CAST(? AS SIGNED)".to_owned(),
            Dialect::Sqlite if column.whole && column.kind.is_empty() => "CAST(? AS INTEGER)".to_owned(),
            Dialect::Mysql | Dialect::Sqlite => "?".to_owned(),
        }
    }

    /// What a transaction that changes rows begins with.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Dialect::Postgres => "BEGIN",
            Dialect::Mysql => "START TRANSACTION",
            Dialect::Sqlite => "BEGIN IMMEDIATE",
        }
    }

    /// What a transaction that only reads begins with.
    pub(super) fn begin_reading(self) -> &'static str {
        match self {
            Dialect::Postgres => "BEGIN READ ONLY",
            Dialect::Mysql => "START TRANSACTION READ ONLY",
            Dialect::Sqlite => "BEGIN",
        }
    }

    /// What lets foreign keys wait for the end of the transaction, where that can be had.
    pub(super) fn defer(self) -> Option<&'static str> {
        match self {
            Dialect::Postgres => Some("SET CONSTRAINTS ALL DEFERRED"),
            Dialect::Mysql => None,
            Dialect::Sqlite => Some("PRAGMA defer_foreign_keys = ON"),
        }
    }

    /// What lets a transaction end before it is on the disk; it is there with the
    /// next one that waits, since both are in one log, in order.
    pub(super) fn without_waiting(self) -> Option<&'static str> {
        (self == Dialect::Postgres).then_some("SET LOCAL synchronous_commit = off")
    }

    /// Whether two values are the same, NULL being the same as NULL.
    pub(super) fn same(self) -> &'static str {
        match self {
            Dialect::Postgres => "IS NOT DISTINCT FROM",
            Dialect::Mysql => "<=>",
            Dialect::Sqlite => "IS",
        }
    }

    /// Parameters that one statement may have.
    pub(super) fn most_parameters(self) -> usize {
        match self {
            Dialect::Postgres | Dialect::Mysql => 60_000,
            Dialect::Sqlite => 30_000,
        }
    }
}

/// An array of PostgreSQL as text.
pub(super) fn array<'a>(values: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut text = String::from("{");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        match value {
            None => text.push_str("NULL"),
            Some(value) => {
                text.push('"');
                for c in value.chars() {
                    if matches!(c, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text.push('"');
            }
        }
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        let name = "a\"b`c";
        assert_eq!(Dialect::Postgres.quoted(name), "\"a\"\"b`c\"");
        assert_eq!(Dialect::Mysql.quoted(name), "`a\"b``c`");
        let table = TableName { schema: "s\"".to_owned(), name: "居民 登记".to_owned() };
        assert_eq!(Dialect::Sqlite.table(&table), "\"s\"\"\".\"居民 登记\"");
    }

    #[test]
    fn arrays_hold_any_text() {
        let values = [Some("a,b"), None, Some("\"\\"), Some("NULL"), Some("")];
        assert_eq!(array(values.into_iter()), r#"{"a,b",NULL,"\"\\","NULL",""}"#);
        assert_eq!(array(std::iter::empty()), "{}");
    }
}
