//! From drawn rows to what the ledger has of them, and from that to the rows of a
//! table again.

use anyhow::{Result, bail};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::views::{CanaryView, NewCanary, ReleaseView};
use crate::identity::{Drawn, Row};
use crate::model::{Field, Place, RelatedRow, ReleaseState};
use crate::seed::db::{Address, Database, PATIENCE};
use crate::seed::file::FileTable;
use crate::seed::{Found, Planting, Related, Table};
use std::path::Path;

/// A canary as it is told to the ledger.
pub(super) fn new_canary(drawn: &Drawn, location: &str, tables: &[(String, Vec<String>)]) -> NewCanary {
    let related = drawn.relatives.iter().map(|r| {
        let (table, columns) = &tables[r.table];
        let fields = fields(&r.row, columns);
        RelatedRow { table: table.clone(), fields, location: table.clone() }
    });
    NewCanary {
        id: drawn.id,
        fields: fields(&drawn.row, &tables[0].1),
        names: all(&drawn.names, drawn.relatives.iter().map(|r| &r.names)),
        identifiers: all(&drawn.identifiers, drawn.relatives.iter().map(|r| &r.identifiers)),
        contact_points: all(&drawn.contact_points, drawn.relatives.iter().map(|r| &r.contact_points)),
        id_safety: drawn.relatives.iter().fold(drawn.id_safety, |worst, r| worst.worse(r.id_safety)),
        location: location.to_owned(),
        due: drawn.due,
        related: related.collect(),
    }
}

/// What a person is known by, from all rows, each once.
fn all<'a, T: Clone + PartialEq + 'a>(own: &[T], others: impl Iterator<Item = &'a Vec<T>>) -> Vec<T> {
    let mut all = own.to_vec();
    for value in others.flatten() {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    all
}

fn fields(row: &Row, columns: &[String]) -> Vec<Field> {
    let field =
        |(column, cell): (&String, &Option<String>)| Some(Field { column: column.clone(), value: cell.clone()? });
    columns.iter().zip(row).filter_map(field).collect()
}

fn cells(fields: &[Field], columns: &[String]) -> Row {
    columns.iter().map(|c| fields.iter().find(|f| f.column == *c).map(|f| f.value.clone())).collect()
}

/// A canary of the ledger as rows.
pub(super) fn planting(canary: &NewCanary, tables: &[(String, Vec<String>)]) -> Planting {
    let related = canary.related.iter().filter_map(|r| {
        let table = tables.iter().position(|(name, _)| *name == r.table)?;
        Some(Related { table, cells: cells(&r.fields, &tables[table].1) })
    });
    Planting {
        location: canary.location.clone(),
        cells: cells(&canary.fields, &tables[0].1),
        related: related.collect(),
    }
}

/// Rows as they are to be found in a table, from canaries in clear.
pub(in crate::cli) fn plantings(canaries: &[CanaryView], table: &dyn Table) -> Vec<Planting> {
    let tables = table.tables();
    let row = |c: &CanaryView| {
        let related = c.related.iter().filter_map(|r| {
            let table = tables.iter().position(|(name, _)| *name == r.table)?;
            Some(Related { table, cells: cells(&r.fields, &tables[table].1) })
        });
        Planting {
            location: c.location.clone().unwrap_or_default(),
            cells: tables[0].1.iter().map(|column| c.fields.get(column).cloned()).collect(),
            related: related.collect(),
        }
    };
    canaries.iter().map(row).collect()
}

/// What is to be said in the ledger of canaries that are not as they were planned.
pub(super) fn settled(
    canaries: &[CanaryView],
    planned: &[Planting],
    now: &[Planting],
    table: &dyn Table,
) -> Vec<NewCanary> {
    let tables = table.tables();
    let differ = canaries.iter().zip(planned.iter().zip(now)).filter(|(_, (planned, now))| planned != now);
    differ.map(|(canary, (_, now))| as_it_is(canary, now, &tables)).collect()
}

fn as_it_is(canary: &CanaryView, now: &Planting, tables: &[(String, Vec<String>)]) -> NewCanary {
    let related = now
        .related
        .iter()
        .zip(&canary.related)
        .map(|(r, known)| RelatedRow { fields: fields(&r.cells, &tables[r.table].1), ..known.clone() });
    NewCanary {
        id: Some(canary.id),
        fields: fields(&now.cells, &tables[0].1),
        names: Vec::new(),
        identifiers: Vec::new(),
        contact_points: Vec::new(),
        id_safety: canary.id_safety,
        location: now.location.clone(),
        due: canary.due,
        related: related.collect(),
    }
}

/// What became of canaries. Of a release that is still open nobody has heard yet how
/// the table dated its rows.
pub(in crate::cli) async fn became(
    release: &ReleaseView,
    table: &mut dyn Table,
    rows: &mut [Planting],
) -> Result<Vec<Found>> {
    let mut found = table.look(rows).await?;
    let dates =
        |column: &String, role: &String| (role.ends_with("date") || role == "created-at").then(|| column.clone());
    let stamped: Vec<String> =
        table.stamped().into_iter().chain(release.roles.iter().filter_map(|(c, r)| dates(c, r))).collect();
    for (row, found) in rows.iter_mut().zip(&mut found) {
        let Found::Altered(altered) = found else { continue };
        // Of canaries that come in one by one the ledger heard as each was planted.
        let unheard = release.state == ReleaseState::Issued && release.next.is_none();
        if unheard && altered.only_in(&stamped) {
            *row = altered.now.clone();
            *found = Found::Standing;
        }
    }
    Ok(found)
}

/// A stop that Ctrl-C pulls, for as long as rows go into a database.
pub(super) fn stopped_by_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let pulled = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            pulled.store(true, Ordering::Relaxed);
        }
    });
    stop
}

/// How a database is reached.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Access {
    pub(in crate::cli) password_file: Option<std::path::PathBuf>,
    pub(in crate::cli) timeout: Option<u64>,
}

impl Access {
    pub(in crate::cli) async fn open(&self, input: &str, tables: &[String], stop: Arc<AtomicBool>) -> Result<Database> {
        if tables.is_empty() {
            bail!("say which table of {input} is meant: --table NAME, and again for tables related to it");
        }
        let address = Address::parse(input, self.password_file.as_deref())?;
        let patience = self.timeout.map_or(PATIENCE, Duration::from_secs);
        Ok(Database::open(&address, tables, patience, stop).await?)
    }
}

/// The table that a release was planted in.
pub(in crate::cli) async fn reopen(release: &ReleaseView, access: &Access) -> Result<Box<dyn Table>> {
    let Place { input, output, table, related } = &release.place;
    if Address::is_one(output) {
        let tables: Vec<String> = table.iter().chain(related).cloned().collect();
        return Ok(Box::new(access.open(output, &tables, Arc::default()).await?));
    }
    Ok(Box::new(FileTable::open(Path::new(input), Path::new(output), table.as_deref())?))
}

/// Canaries of which nothing was found.
pub(super) fn missing(found: &[Found]) -> Vec<usize> {
    (0..found.len()).filter(|n| found[*n] == Found::Gone).collect()
}
