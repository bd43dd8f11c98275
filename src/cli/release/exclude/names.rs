//! Names in a script: how a dialect quotes them, and those of what the script
//! makes, all from one word so that a release's filter meets no other's.

use anyhow::{Result, bail};

use super::Dialect;

/// A table, function or view, in a schema if one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

/// What a script makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// The table of digests.
    pub(super) table: Path,
    pub(super) function: Path,
    pub(super) view: Path,
}

impl Path {
    /// `NAME` or `SCHEMA.NAME`, in any characters and without quotes.
    pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Self> {
        let (schema, name) = text.split_once('.').map_or((None, text), |(schema, name)| (Some(schema), name));
        let path = Self { schema: schema.map(str::to_owned), name: name.to_owned() };
        for part in path.schema.iter().chain([&path.name]) {
            if part.is_empty() || part.contains(|c: char| c == '.' || c.is_control()) {
                bail!("{text:?} is no name of a table: write NAME or SCHEMA.NAME, without quotes");
            }
            if dialect.is_too_long(part) {
                bail!("{part:?} is longer than names can be in {}: {}", dialect.title(), dialect.limit());
            }
        }
        Ok(path)
    }

    /// Another name in the same schema.
    fn beside(&self, name: String) -> Self {
        Self { schema: self.schema.clone(), name }
    }

    pub(super) fn quoted(&self, quote: impl Fn(&str) -> String) -> String {
        let parts: Vec<String> = self.schema.iter().chain([&self.name]).map(|part| quote(part)).collect();
        parts.join(".")
    }
}

impl Names {
    /// `dyepack_filter` also makes `dyepack_is_excluded` and `dyepack_filtered`.
    pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Self> {
        let table = Path::parse(text, dialect)?;
        let stem = table.name.strip_suffix("_filter").filter(|stem| !stem.is_empty()).unwrap_or(&table.name);
        let (function, view) = (format!("{stem}_is_excluded"), format!("{stem}_filtered"));
        if dialect.is_too_long(&function) {
            bail!(
                "--name {text} is too long: the function {function:?} is named after it, and {} is the limit",
                dialect.limit()
            );
        }
        Ok(Self { function: table.beside(function), view: table.beside(view), table })
    }
}

impl Dialect {
    fn title(self) -> &'static str {
        if self == Dialect::Mysql { "MySQL" } else { "PostgreSQL" }
    }

    fn limit(self) -> &'static str {
        if self == Dialect::Mysql { "64 characters" } else { "63 octets" }
    }

    /// PostgreSQL would cut it off with a mere notice.
    fn is_too_long(self, name: &str) -> bool {
        if self == Dialect::Mysql { name.chars().count() > 64 } else { name.len() > 63 }
    }
}

/// Tuples of the digests' table, so many to a statement.
pub(super) const ROWS: usize = 500;
