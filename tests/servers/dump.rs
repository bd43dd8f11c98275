//! Dumps to compare: all of a database as its own tool writes it, its rows
//! without the order in which they happen to lie, and its tables counted.

use std::collections::BTreeMap;

use super::{Database, Dialect, client};

impl Database {
    /// Tables, rows, triggers and positions of running numbers, octet by octet.
    pub fn dump(&self) -> String {
        match self.dialect {
            Dialect::Postgres => client::dump_postgres(&self.url),
            Dialect::MariaDb => client::dump_mariadb(&self.url),
            Dialect::Sqlite => client::dump_sqlite(&self.file()),
        }
    }

    /// The same, in an order of its own and without where running numbers stand:
    /// what must be as before when rows came and went.
    pub fn contents(&self) -> String {
        let mut table = "";
        let mut lines = Vec::new();
        let dump = self.dump();
        for line in dump.lines().filter(|line| !is_counter(line)) {
            if line.starts_with("COPY ") {
                table = line;
            } else if line == "\\." {
                table = "";
            }
            lines.push((table, without_counter(line)));
        }
        lines.sort();
        lines.into_iter().map(|(table, line)| format!("{table}{line}\n")).collect()
    }

    /// The rows of every table.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let tables = self.rows(match self.dialect {
            Dialect::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
            Dialect::MariaDb => "SELECT table_name FROM information_schema.tables WHERE table_schema = database()",
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        });
        let count =
            |row: &Vec<String>| format!("SELECT '{0}', count(*) FROM {1}", row[0], self.dialect.quoted(&row[0]));
        let all = tables.iter().map(count).collect::<Vec<_>>().join(" UNION ALL ");
        self.rows(&all).into_iter().map(|row| (row[0].clone(), row[1].parse().expect("a number"))).collect()
    }
}

fn is_counter(line: &str) -> bool {
    line.starts_with("SELECT pg_catalog.setval(") || line.starts_with("INSERT INTO \"sqlite_sequence\"")
}

/// MariaDB says among a table's options where its running number stands.
fn without_counter(line: &str) -> String {
    let Some((before, after)) = line.split_once(" AUTO_INCREMENT=") else { return line.to_owned() };
    format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}
