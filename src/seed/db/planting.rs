//! Planting in a database: tried out first and rolled back, then put in for good in
//! transactions so short that nobody waits for them. Whatever fails is taken back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::family::Family;
use super::fault::{Fault, Kind};
use super::rows::Rows;
use super::schema::{Numbering, Schema};
use super::{Database, GENTLY, connect, pause};
use crate::identity::{Drawn, Row};
use crate::seed::{Found, Meter, Planting, SeedError, Tried};

/// Canaries that are tried out together.
const TRIED: usize = 10;
/// Canaries in the first transaction; how many follow depends on how long it took.
const FIRST: usize = 25;
const MOST: usize = 2_000;
/// How long a lost connection is given to be noticed by the server.
const GRACE: Duration = Duration::from_secs(1);
/// How long a transaction should hold what it locks.
const SHORT: Duration = Duration::from_millis(8);

/// Cells of a row that can be filled only when the rows they refer to are in.
struct Late {
    family: usize,
    member: usize,
    cells: Vec<(usize, Option<String>)>,
}

impl Database {
    /// Tries rows out in transactions that are rolled back: those that the database
    /// takes come back as it writes them, with the numbers it gave; the others are told.
    pub(super) async fn rehearse(&mut self, rows: Vec<Drawn>, meter: Meter<'_>) -> Result<Tried, SeedError> {
        let mut tried = Tried::default();
        let mut waiting: Vec<Vec<Drawn>> = rows.chunks(TRIED).map(<[Drawn]>::to_vec).rev().collect();
        let all = rows.len() as u64;
        while let Some(batch) = waiting.pop() {
            let mut families: Vec<Family> = batch.iter().map(Family::drawn).collect();
            let begun = Instant::now();
            self.begin().await.map_err(|e| self.wrong("trying rows out", &e))?;
            let put = match self.put(&mut families, true).await {
                Ok(()) => self.check_now().await,
                Err(fault) => Err(fault),
            };
            let back = self.session.run("ROLLBACK", &[]).await;
            pause(begun, GENTLY).await;
            match put {
                Ok(()) => {
                    back.map_err(|e| self.wrong("trying rows out", &e))?;
                    tried.taken.extend(families.into_iter().zip(batch).map(|(f, drawn)| f.settle(drawn)));
                    meter(tried.taken.len() as u64, all);
                }
                Err(fault) if fault.kind != Kind::Refused => return Err(self.wrong("trying rows out", &fault)),
                Err(fault) if batch.len() == 1 => tried.refused.push(fault.to_string()),
                // One of them is to blame: halves tell which.
                Err(_) => {
                    let (a, b) = batch.split_at(batch.len() / 2);
                    waiting.extend([b.to_vec(), a.to_vec()]);
                }
            }
        }
        Ok(tried)
    }

    pub(super) async fn begin(&mut self) -> Result<(), Fault> {
        let dialect = self.session.dialect();
        self.session.run(dialect.begin(), &[]).await?;
        if let Some(defer) = dialect.defer().filter(|_| self.schemas.len() > 1) {
            self.session.run(defer, &[]).await?;
        }
        Ok(())
    }

    /// Has everything checked that would be at the end.
    async fn check_now(&mut self) -> Result<(), Fault> {
        if self.session.dialect() == super::Dialect::Postgres {
            self.session.run("SET CONSTRAINTS ALL IMMEDIATE", &[]).await?;
        }
        Ok(())
    }

    /// Puts the rows of families in, table after table. While `trying`, numbers that
    /// rows have yet to be given are found.
    async fn put(&mut self, families: &mut [Family], trying: bool) -> Result<(), Fault> {
        if trying {
            self.number_ahead(families).await?;
        }
        let mut late: Vec<Late> = Vec::new();
        for table in self.order.tables.clone() {
            let schema = &self.schemas[table];
            let of = Rows::of(self.session.dialect(), schema);
            let waits = waiting_columns(&self.order.late, schema, table);
            for (f, family) in families.iter_mut().enumerate() {
                for m in (0..family.0.len()).filter(|m| family.0[*m].table == table).collect::<Vec<_>>() {
                    family.resolve(m);
                    let cells = postpone(&mut family.0[m].row, &waits);
                    late.extend(cells.map(|cells| Late { family: f, member: m, cells }));
                }
            }
            if trying {
                self.groups.number((table, schema), families, self.session.as_mut()).await?;
            }
            let place = numbered_place(schema).filter(|_| trying && !has_sequence(schema));
            let members = families.iter_mut().flat_map(|f| f.0.iter_mut()).filter(|m| m.table == table);
            let (own, given): (Vec<_>, Vec<_>) =
                members.partition(|m| place.is_none_or(|p| !is_open(schema, p, &m.row)));
            let mut own: Vec<&mut Row> = own.into_iter().map(|m| &mut m.row).collect();
            let mut given: Vec<&mut Row> = given.into_iter().map(|m| &mut m.row).collect();
            of.put(self.session.as_mut(), &mut own, None).await?;
            of.put(self.session.as_mut(), &mut given, place).await?;
        }
        self.fill_late(families, late, trying).await
    }

    /// Gives rows the numbers that a sequence can be asked for: others may refer to
    /// them before they are in.
    async fn number_ahead(&mut self, families: &mut [Family]) -> Result<(), Fault> {
        for (table, schema) in self.schemas.iter().enumerate() {
            let Some(place) = numbered_place(schema) else { continue };
            let Some(numbering) = numbering(schema).filter(|n| n.sequence.is_some()) else { continue };
            let members = families.iter_mut().flat_map(|f| f.0.iter_mut());
            let mut open: Vec<&mut Row> =
                members.filter(|m| m.table == table && is_open(schema, place, &m.row)).map(|m| &mut m.row).collect();
            let numbers = self.session.numbers(numbering, open.len()).await?;
            open.iter_mut().zip(numbers).for_each(|(row, number)| row[place] = Some(number));
        }
        Ok(())
    }

    /// Fills references that had to wait until all rows were in.
    async fn fill_late(&mut self, families: &mut [Family], late: Vec<Late>, trying: bool) -> Result<(), Fault> {
        for Late { family: f, member: m, cells } in late {
            let links = families[f].0[m].links.clone();
            let from = |place: usize| links.iter().find(|l| l.column == place).filter(|_| trying);
            let cells: Vec<(usize, Option<String>)> = cells
                .into_iter()
                .map(|(place, cell)| match from(place) {
                    Some(link) => (place, families[f].0[link.member].row[link.from].clone()),
                    None => (place, cell),
                })
                .collect();
            if cells.iter().all(|(_, cell)| cell.is_none()) {
                continue;
            }
            let member = &mut families[f].0[m];
            let of = Rows::of(self.session.dialect(), &self.schemas[member.table]);
            of.set(self.session.as_mut(), &mut member.row, &cells).await?;
        }
        Ok(())
    }

    /// Plants all or none; returns what the database made of them.
    pub(super) async fn plant_all(&mut self, rows: &[Planting], meter: Meter<'_>) -> Result<Vec<Planting>, SeedError> {
        let (mut done, mut size) = (Vec::with_capacity(rows.len()), FIRST);
        while done.len() < rows.len() {
            let batch = &rows[done.len()..rows.len().min(done.len() + size)];
            let begun = Instant::now();
            let last = done.len() + batch.len() == rows.len();
            let planted = if self.stop.load(Ordering::Relaxed) {
                Err(Fault::new(Kind::Other, "it was interrupted".to_owned()))
            } else {
                self.plant_batch(batch, last).await
            };
            match planted {
                Ok(planted) => done.extend(planted),
                Err(fault) => return Err(self.take_back(&rows[..done.len()], done, batch, fault).await),
            }
            meter(done.len() as u64, rows.len() as u64);
            // By halves and doubles, so that the server knows the statements again.
            size = match begun.elapsed() {
                took if took > SHORT => (size / 2).max(1),
                took if took < SHORT / 2 => (size * 2).min(MOST),
                _ => size,
            };
            if !last {
                pause(begun, 0.25).await;
            }
        }
        Ok(done)
    }

    /// The disk is waited for with the last of them alone: what comes before is
    /// durable with it.
    async fn plant_batch(&mut self, batch: &[Planting], last: bool) -> Result<Vec<Planting>, Fault> {
        let mut families: Vec<Family> = batch.iter().map(Family::planted).collect();
        self.begin().await?;
        if let Some(relaxed) = self.session.dialect().without_waiting().filter(|_| !last) {
            self.session.run(relaxed, &[]).await?;
        }
        let put = match self.put(&mut families, false).await {
            Ok(()) => self.session.run("COMMIT", &[]).await.map(drop),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = put {
            // Nothing to be done if that fails too: without a session there is no transaction.
            let _ = self.session.run("ROLLBACK", &[]).await;
            return Err(fault);
        }
        Ok(families.into_iter().zip(batch).map(|(f, planting)| f.into_planting(planting)).collect())
    }

    /// What was planted before something failed leaves again; over a new connection,
    /// should the old one be gone.
    async fn take_back(
        &mut self,
        planned: &[Planting],
        done: Vec<Planting>,
        batch: &[Planting],
        fault: Fault,
    ) -> SeedError {
        let why = self.wrong("planting", &fault);
        let unsettled = |what: String| SeedError::Unsettled { why: what };
        let mut there = done.clone();
        if fault.kind == Kind::Lost {
            if let Err(e) = self.reconnect().await {
                return unsettled(format!("{why}; it could not be connected to again: {e}"));
            }
            // Whether the last transaction was done, nobody has said.
            match self.arrived(planned, &done, batch).await {
                Ok(arrived) => there.extend(arrived),
                Err(e) => return unsettled(format!("{why}; {e}")),
            }
        }
        match self.take_out(&there, false).await {
            Ok(_) => why,
            Err(e) => unsettled(format!("{why}; taking back what was planted before failed too: {e}")),
        }
    }

    async fn reconnect(&mut self) -> Result<(), Fault> {
        // The server may still be ending what was under way.
        tokio::time::sleep(GRACE).await;
        let mut session = connect(&self.address).await?;
        session.limit(self.patience).await?;
        self.session = session;
        Ok(())
    }

    /// Those of a batch that are in place, as they are: changed in nothing but what
    /// the table changes in every row.
    async fn arrived(
        &mut self,
        planned: &[Planting],
        done: &[Planting],
        batch: &[Planting],
    ) -> Result<Vec<Planting>, SeedError> {
        let pairs = planned.iter().zip(done).flat_map(|(p, d)| p.cells.iter().zip(&d.cells).enumerate());
        let changing = pairs.filter(|(_, (was, is))| was != is).map(|(place, _)| self.columns[place].clone());
        let names: Vec<String> = changing.chain(self.dated()).collect();
        let mut arrived = Vec::new();
        for (row, found) in batch.iter().zip(self.look_for(batch).await?) {
            match found {
                Found::Standing => arrived.push(row.clone()),
                Found::Altered(altered) if altered.only_in(&names) => arrived.push(altered.now),
                _ => {}
            }
        }
        Ok(arrived)
    }
}

/// The place in a row of the number that the server gives rows without one.
fn numbered_place(schema: &Schema) -> Option<usize> {
    let column = schema.number().filter(|c| schema.columns[*c].numbered.is_some())?;
    place_of(schema, &[column]).pop()
}

fn numbering(schema: &Schema) -> Option<&Numbering> {
    schema.columns[schema.number()?].numbered.as_ref()
}

/// Whether numbers can be had before a row is put in.
fn has_sequence(schema: &Schema) -> bool {
    numbering(schema).is_some_and(|n| n.sequence.is_some())
}

/// Whether a row's number is one that the server may still give to another.
fn is_open(schema: &Schema, place: usize, row: &Row) -> bool {
    let limit = numbering(schema).and_then(|n| n.given_out);
    let number = row[place].as_deref().and_then(|t| t.parse::<i64>().ok());
    number.is_none_or(|n| limit.is_none_or(|limit| n > limit))
}

/// Places in a row of columns of the schema.
pub(super) fn place_of(schema: &Schema, columns: &[usize]) -> Vec<usize> {
    let filled = schema.filled();
    columns.iter().filter_map(|c| filled.iter().position(|f| f == c)).collect()
}

/// Places in a row of a table whose references wait for other rows.
fn waiting_columns(late: &[(usize, usize)], schema: &Schema, table: usize) -> Vec<usize> {
    let of = late.iter().filter(|(t, _)| *t == table);
    of.flat_map(|(_, r)| place_of(schema, &schema.references[*r].columns)).collect()
}

/// Empties cells that have to wait, and says what belongs there.
fn postpone(row: &mut Row, waits: &[usize]) -> Option<Vec<(usize, Option<String>)>> {
    let cells: Vec<(usize, Option<String>)> = waits.iter().map(|c| (*c, row[*c].take())).collect();
    (!cells.is_empty()).then_some(cells)
}
