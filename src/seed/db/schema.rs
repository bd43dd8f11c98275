//! A table of a database as its schema tells it: columns and what they take,
//! keys, what it refers to, what stands in the way of seeding it. Plain data;
//! reading it is each server's.

/// A table by the schema it is in and its own name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TableName {
    /// Empty where the database has none.
    pub schema: String,
    pub name: String,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub name: TableName,
    pub columns: Vec<Column>,
    /// The columns that tell its rows apart: the primary key, else a unique one
    /// without NULL. Empty where there is none.
    pub key: Vec<usize>,
    pub uniques: Vec<Vec<usize>>,
    pub references: Vec<Reference>,
    pub checks: Vec<String>,
    pub triggers: Vec<String>,
    /// Rows, as the server's statistics have it.
    pub estimate: u64,
    pub partitioned: bool,
    /// Why rows cannot be planted here, and what to do.
    pub refusal: Option<String>,
}

/// A column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub name: String,
    /// The type as it is written in a cast.
    pub kind: String,
    pub nullable: bool,
    pub has_default: bool,
    /// Computed by the server from other columns.
    pub generated: bool,
    /// The server numbers rows that bring no value.
    pub numbered: Option<Numbering>,
    pub octets: bool,
    /// A date, with or without a time of day.
    pub date: bool,
    pub whole: bool,
    pub comment: Option<String>,
}

/// How a server numbers rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    /// The greatest number that no row to come will be given; greater ones must be asked for.
    pub given_out: Option<i64>,
    /// What gives the numbers, where it can be asked by itself: the server's own name of
    /// it, or with SQLite the question for the greatest one.
    pub sequence: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub name: String,
    pub columns: Vec<usize>,
    pub table: TableName,
    /// The columns there, in the same order.
    pub target: Vec<String>,
    /// Can be checked at the end of the transaction.
    pub deferrable: bool,
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.schema.is_empty() { f.write_str(&self.name) } else { write!(f, "{}.{}", self.schema, self.name) }
    }
}

impl Schema {
    /// The columns that a canary has: all but those the server computes.
    pub fn filled(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|c| !self.columns[*c].generated).collect()
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The only column of the key, where it is a whole number.
    pub fn number(&self) -> Option<usize> {
        match self.key[..] {
            [column] if self.columns[column].whole => Some(column),
            _ => None,
        }
    }
}

impl Schema {
    /// Takes in the unique indexes, each with whether it is the primary key.
    pub(super) fn take_indexes(&mut self, indexes: Vec<(bool, Vec<String>)>) {
        let place = |names: &Vec<String>| names.iter().map(|n| self.column(n)).collect::<Option<Vec<_>>>();
        let known: Vec<(bool, Vec<usize>)> =
            indexes.iter().filter_map(|(p, names)| Some((*p, place(names)?))).collect();
        let never_null = |columns: &[usize]| columns.iter().all(|c| !self.columns[*c].nullable);
        let own = known.iter().find(|(primary, _)| *primary).or_else(|| known.iter().find(|(_, c)| never_null(c)));
        self.key = own.map(|(_, columns)| columns.clone()).unwrap_or_default();
        self.uniques = known.into_iter().map(|(_, columns)| columns).collect();
    }
}
