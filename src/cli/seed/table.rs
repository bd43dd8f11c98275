//! The table that is seeded: opened, its profile taken, and what the operator
//! said of it. Columns whose meaning nobody knows are asked about, not guessed.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::progress::Progress;
use super::Seed;
use super::planting::{Access, stopped_by_interrupt};
use crate::client::Client;
use crate::identity::{Cells, Meet, Profile, Profiler, Role, Told, Wanted};
use crate::model::Name;
use crate::seed::Table;
use crate::seed::db::Address;
use crate::seed::file::FileTable;

/// Rows of a table in which few canaries can hide.
const SMALL: u64 = 300;
/// Octets or rows at the end of a file among which its last rows surely are.
const END: u64 = 8 << 20;
/// Canaries in a small table.
const FEW: usize = 2;

/// Reads a table for its profile, told meanwhile whether its end is far.
struct Reader<'a> {
    columns: &'a [String],
    profiler: Profiler,
    far: &'a AtomicBool,
    entropy: &'a mut rand_chacha::ChaCha20Rng,
}

impl Meet for Reader<'_> {
    fn meet(&mut self, row: &Cells<'_>) {
        self.profiler.meet(row, self.entropy);
    }

    fn wants(&mut self) -> Wanted {
        self.profiler.is_far_from_end(self.far.load(Ordering::Relaxed));
        self.profiler.wants()
    }

    fn begin_anew(&mut self) -> bool {
        self.profiler = Profiler::new(self.columns);
        true
    }

    fn pass(&mut self, rows: u64) {
        self.profiler.pass(rows);
    }
}

impl Seed {
    /// Opens the input.
    pub(super) async fn open(&self) -> Result<Box<dyn Table>> {
        if Address::is_one(&self.input) {
            let database = self.access().open(&self.input, &self.table, stopped_by_interrupt()).await?;
            return Ok(Box::new(database));
        }
        if self.input.contains("://") {
            bail!(
                "{:?} is nothing that can be seeded: there are .csv, .tsv, .jsonl, .xlsx and .parquet files, postgres://user@host/db, mysql://user@host/db and sqlite:FILE",
                self.input
            );
        }
        if let [_, related, ..] = &self.table[..] {
            bail!("--table {related}: related tables can be seeded in a database alone; a file has one table");
        }
        let input = Path::new(&self.input);
        if !input.is_file() {
            bail!(
                "there is no file {:?}; give a .csv, .tsv, .jsonl, .xlsx or .parquet file, or sqlite:FILE with --table",
                self.input
            );
        }
        let output = self.output.clone().unwrap_or_else(|| FileTable::default_output(input, &self.source));
        if output.exists() && !self.resume && !self.dry_run {
            bail!("{} is there already; nothing was changed. Remove it, or choose another --output", output.display());
        }
        if let Some(dir) = output.parent().filter(|d| !d.as_os_str().is_empty() && !d.is_dir()) {
            bail!("there is no directory {} for the output", dir.display());
        }
        Ok(Box::new(FileTable::open(input, &output, self.table.first().map(String::as_str))?))
    }

    pub(super) fn access(&self) -> Access {
        Access { password_file: self.password_file.clone(), timeout: self.timeout }
    }

    /// What the operator says of the columns now, and said when the same dataset
    /// was seeded before.
    pub(super) async fn told(&self, table: &dyn Table, client: &Client) -> Result<Told> {
        let columns = table.columns();
        let mut roles = self.said_before(columns, client).await?;
        roles.extend(table.known_roles());
        let related: Vec<String> = table.tables().into_iter().skip(1).map(|(name, _)| name).collect();
        for (column, role) in self.map.iter().filter(|(column, _)| !of_table(column, &related)) {
            let index = columns.iter().position(|c| c == column);
            let known = || columns.join(", ");
            let index =
                index.with_context(|| format!("--map: there is no column {column:?}; there are: {}", known()))?;
            roles.push((index, *role));
        }
        Ok(Told { roles, locale: self.locale, comments: table.comments(), dates: table.dates() })
    }

    /// What the operator says of a related table's columns, as `TABLE.COL=ROLE`.
    pub(super) fn mapped(&self, table: &str, columns: &[String]) -> Result<Vec<(usize, Role)>> {
        let of_it =
            self.map.iter().filter_map(|(column, role)| Some((column.strip_prefix(table)?.strip_prefix('.')?, role)));
        let place = |(column, role): (&str, &Role)| {
            let place = columns.iter().position(|c| c == column);
            let place = place.with_context(|| {
                format!("--map: {table} has no column {column:?}; there are: {}", columns.join(", "))
            })?;
            Ok((place, *role))
        };
        of_it.map(place).collect()
    }

    /// The roles of an earlier release of the dataset with the same columns.
    async fn said_before(&self, columns: &[String], client: &Client) -> Result<Vec<(usize, Role)>> {
        let dataset = self.dataset_name()?;
        let same = |roles: &std::collections::BTreeMap<String, String>| {
            roles.len() == columns.len() && columns.iter().all(|c| roles.contains_key(c))
        };
        let before = client.releases().await?.into_iter().find(|r| r.dataset == dataset && same(&r.roles));
        let role = |(n, column): (usize, &String)| {
            let word = before.as_ref()?.roles.get(column)?;
            Some((n, Role::parse(word).ok()?))
        };
        Ok(columns.iter().enumerate().filter_map(role).collect())
    }

    /// Reads the whole table once.
    pub(super) async fn profile(
        &self,
        table: &mut dyn Table,
        told: &Told,
        entropy: &mut rand_chacha::ChaCha20Rng,
    ) -> Result<Profile> {
        let columns = table.columns().to_vec();
        let mut progress = Progress::new("reading", "B");
        // How much of a database is still to come is an estimate.
        let (is_file, far) = (!table.in_place(), AtomicBool::new(false));
        let mut reader = Reader { columns: &columns, profiler: Profiler::new(&columns), far: &far, entropy };
        let mut meter = |done: u64, all: u64| {
            far.store(is_file && all.saturating_sub(done) > END, Ordering::Relaxed);
            progress.at(done, all);
        };
        let rows = table.scan(&mut reader, &mut meter).await?;
        let mut profile = reader.profiler.finish(told);
        drop(progress);
        profile.rows = rows.max(profile.rows);
        if let Some(code) = self.calling_code {
            profile.home = code.to_string();
        }
        usable(&profile, &self.input, true)?;
        Ok(profile)
    }

    /// How many canaries, and a remark if that is fewer than were asked for.
    pub(super) fn how_many(&self, rows: u64) -> Result<(usize, Option<String>)> {
        let count = match (self.count, self.rate) {
            (Some(count), _) => count,
            (None, Some(rate)) => ((rows as f64 * rate / 100.0).round() as usize).max(1),
            (None, None) => (rows / 200).clamp(2, 50) as usize,
        };
        if count as u64 > rows.max(10) {
            bail!(
                "{count} canaries in a table of {rows} rows would be more canaries than rows; lower --count or --rate"
            );
        }
        if rows < SMALL && count > FEW && !self.accept_detectable {
            let capped = format!(
                "the table has {rows} rows: in fewer than {SMALL} no more than {FEW} canaries can hide, so {FEW} were taken instead of {count}; look at them with --dry-run before the copy is given away (--accept-detectable plants {count})"
            );
            return Ok((FEW, Some(capped)));
        }
        let many = (count as u64 * 20 > rows).then(|| {
            format!(
                "{count} canaries in {rows} rows is more than 5 %: many enough to distort the table's own statistics"
            )
        });
        Ok((count, many))
    }

    pub(super) fn dataset_name(&self) -> Result<String> {
        if let Some(name) = &self.dataset {
            return Ok(Name::parse(name)?.to_string());
        }
        let stem = Path::new(&self.input).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Name::from_lossy(self.table.first().map_or(stem.as_ref(), |t| t.as_str())).to_string())
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "give a whole number of 1 or more".to_owned())
}

pub(super) fn percent(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|r: &f64| *r > 0.0 && *r <= 100.0);
    rate.ok_or_else(|| "give percent of the rows, over 0 and up to 100".to_owned())
}

pub(super) fn mapping(text: &str) -> Result<(String, Role), String> {
    let (column, role) = text.rsplit_once('=').ok_or("write COLUMN=ROLE")?;
    Ok((column.to_owned(), Role::parse(role).map_err(|e| e.to_string())?))
}

/// Whether a column that `--map` names is one of these tables'.
fn of_table(column: &str, tables: &[String]) -> bool {
    tables.iter().any(|t| column.strip_prefix(t.as_str()).is_some_and(|rest| rest.starts_with('.')))
}

/// A table in which nobody could be told from anybody cannot be traced.
pub(super) fn usable(profile: &Profile, input: &str, persons: bool) -> Result<()> {
    let tells = |r: &Role| {
        let person =
            matches!(r, Role::FullName | Role::GivenName | Role::NationalId | Role::Company | Role::CompanyCode);
        r.is_contact() || person
    };
    // Nobody else has a new number.
    let has = |role| profile.column_of(role).is_some();
    let is_numbered = has(Role::Surname) && (has(Role::Code) || has(Role::Key));
    if persons && !is_numbered && !profile.roles.iter().any(tells) {
        let roles = profile.columns.iter().zip(&profile.roles).map(|(c, r)| format!("{}={r}", c.name));
        bail!(
            "no column of {input} holds a person's name or number, a phone, mailbox or web address (found: {}); if one does, say so with --map COLUMN=name, =phone, =email or =url",
            roles.collect::<Vec<_>>().join(", ")
        )
    }
    let questions = profile.questions();
    if questions.is_empty() {
        return Ok(());
    }
    let asked = questions.iter().map(|q| format!("\n  {}\n    say {}", q.what, q.say.join("\n     or ")));
    bail!("nothing was planted, because {input} has columns that are not understood:{}", asked.collect::<String>())
}
