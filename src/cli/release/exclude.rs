//! `dyepack release exclude ID`: a filter by which a department leaves canaries
//! out of its own statistics and mailings, as CSV for any program or as a script
//! for its database. It names no canary, and is kept as secret as one: `warning`.

mod csv;
mod mysql;
mod names;
mod postgres;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;

use self::names::{Names, Path};
use super::super::output::Output;
use super::super::{Common, print};
use crate::app::views::{FilterView, ReleaseView};
use crate::client::Client;
use crate::model::ReleaseId;

#[derive(Args)]
pub(in crate::cli) struct Exclude {
    id: ReleaseId,
    /// csv for any program, sql for a database.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// The database that the script is for; else the one that was seeded, else postgres.
    #[arg(long, value_enum)]
    dialect: Option<Dialect>,
    /// What the script calls its table; choose one that says nothing to whoever lists tables.
    #[arg(long, value_name = "[SCHEMA.]NAME", default_value = "dyepack_filter")]
    name: String,
    /// The table that the script's view is over; else the one that was seeded.
    #[arg(long, value_name = "[SCHEMA.]TABLE")]
    table: Option<String>,
    /// A file that is not there yet, for its owner's eyes only; else stdout.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Sql,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    Postgres,
    #[value(alias = "mariadb")]
    Mysql,
    Sqlite,
}

/// A script's dialect, what it makes, and the table that its view is over.
struct Script {
    dialect: Dialect,
    names: Names,
    over: Option<Path>,
}

impl Exclude {
    /// Whatever can be wrong is found before a filter is asked for: that is an entry of the ledger.
    pub(in crate::cli) async fn run(self, client: &Client, common: &Common) -> Result<()> {
        let script = match self.format {
            Format::Csv => None,
            Format::Sql => Some(self.script(&client.release(self.id).await?)?),
        };
        let output = self.output.as_deref().map(Output::begin).transpose()?;
        let filter = client.exclude(self.id).await?;
        if !filter.complete {
            eprintln!(
                "some canaries have no value of their own in the filter's columns, and stay in what it lets through"
            );
        }
        let text = || script.as_ref().map_or_else(|| csv::text(&filter), |s| s.text(&filter));
        let Some(mut output) = output else {
            return if common.json { print::json(&filter) } else { print::text(&text()) };
        };
        output.write(text().as_bytes())?;
        output.finish()?;
        self.say(&filter, common)
    }

    /// Where the filter went. Its key and digests are in the file and nowhere else.
    fn say(&self, filter: &FilterView, common: &Common) -> Result<()> {
        let path = self.output.as_deref().map(|p| p.display().to_string()).unwrap_or_default();
        if !common.json {
            return print::text(&path);
        }
        let FilterView { release, fingerprint, columns, complete, .. } = filter;
        print::json(&json!({
            "file": path, "release": release, "fingerprint": fingerprint, "columns": columns, "complete": complete,
        }))
    }

    fn script(&self, release: &ReleaseView) -> Result<Script> {
        let seeded = Dialect::of(&release.place.input);
        let dialect = self.dialect.or(seeded).unwrap_or(Dialect::Postgres);
        if dialect == Dialect::Sqlite {
            bail!(
                "SQLite has no function for SHA-256, so that no script in SQL can compute the digests: take --format csv, and leave the rows out in the program that reads them (or --dialect, where the table was loaded into another database)"
            );
        }
        // What a file calls a table (a workbook's sheet) is none of a database.
        let table = self.table.as_deref().or(release.place.table.as_deref().filter(|_| seeded == Some(dialect)));
        let over = table.map(|table| Path::parse(table, dialect)).transpose()?;
        Ok(Script { dialect, names: Names::parse(&self.name, dialect)?, over })
    }
}

impl Dialect {
    /// Of the table that was seeded.
    fn of(input: &str) -> Option<Self> {
        let scheme = input.split_once(':').map(|(scheme, _)| scheme)?;
        match scheme {
            "postgres" | "postgresql" => Some(Dialect::Postgres),
            "mysql" | "mariadb" => Some(Dialect::Mysql),
            "sqlite" => Some(Dialect::Sqlite),
            _ => None,
        }
    }
}

impl Script {
    fn text(&self, filter: &FilterView) -> String {
        match self.dialect {
            Dialect::Mysql => mysql::text(filter, &self.names, self.over.as_ref()),
            Dialect::Postgres | Dialect::Sqlite => postgres::text(filter, &self.names, self.over.as_ref()),
        }
    }
}

/// The head of every form, as comments. Nothing that came from a table is in it: a
/// column's name may have a line end.
fn warning(filter: &FilterView, mark: &str) -> String {
    let lines = [
        format!("A filter that leaves the canaries of {} out of lawful statistics and mailings.", filter.release),
        format!("Made {}; the ledger knows it as {}.", filter.made_at, filter.fingerprint),
        String::new(),
        "WHOEVER HOLDS THIS AND THE TABLE CAN FIND THE CANARIES. Keep it like the table's password:".to_owned(),
        "install it where only the statistics job can read it, and give it to nobody who uses the table.".to_owned(),
        "Phone, identity and running numbers are few enough to try them all: those it tells without the table."
            .to_owned(),
        String::new(),
        format!("digest = {}, value being the cell's text.", filter.rule),
        "Every column has as many digests, of which some are random and match nothing: how many canaries".to_owned(),
        "there are is not told by their number.".to_owned(),
    ];
    lines.iter().map(|line| format!("{mark} {line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests;
