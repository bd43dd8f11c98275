//! Rows of one table, as statements: put in, found by their key, taken out. Cells
//! are in the order of the columns that a canary has.

use rustc_hash::FxHashMap;

use super::dialect::{Dialect, array};
use super::fault::{Fault, Kind};
use super::schema::Schema;
use super::session::Session;
use crate::identity::{Cell, Row};

/// Keys that are asked for at once.
const ASKED: usize = 400;

/// The statements of one table.
pub(super) struct Rows<'a> {
    dialect: Dialect,
    schema: &'a Schema,
    /// Places in the schema, by place in a row.
    columns: Vec<usize>,
    /// Places in a row.
    key: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(dialect: Dialect, schema: &'a Schema) -> Self {
        let columns = schema.filled();
        let place = |column: &usize| columns.iter().position(|c| c == column);
        let key = schema.key.iter().map(place).collect::<Option<Vec<_>>>().unwrap_or_default();
        Self { dialect, schema, key, columns }
    }

    fn table(&self) -> String {
        self.dialect.table(&self.schema.name)
    }

    /// All cells of a row as text, for SELECT and RETURNING.
    pub(super) fn selection(&self) -> String {
        let shown = |c: &usize| self.dialect.shown(&self.schema.columns[*c]);
        self.columns.iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    /// Where a row says who it is, for people: `people id=17`.
    pub(super) fn location(&self, row: &Row) -> String {
        let part = |c: &usize| format!("{}={}", self.name(*c), row[*c].as_deref().unwrap_or("?"));
        let key: Vec<String> = self.key.iter().map(part).collect();
        format!("{} {}", self.schema.name, if key.is_empty() { "by all its values".to_owned() } else { key.join(" ") })
    }

    /// Whether a row that has the key of one that was planted is somebody else's: most
    /// of the rest differs.
    pub(super) fn is_foreign(&self, planted: &Row, now: &Row) -> bool {
        let rest = || (0..planted.len()).filter(|c| !self.key.contains(c));
        let filled = rest().filter(|c| planted[*c].is_some() || now[*c].is_some()).count();
        let changed = rest().filter(|c| planted[*c] != now[*c]).count();
        !self.key.is_empty() && changed * 2 > filled
    }

    /// The name of a column by its place in a row.
    pub(super) fn name(&self, place: usize) -> &str {
        &self.schema.columns[self.columns[place]].name
    }

    /// Puts rows in; what the server made of them is read back into them. `without`
    /// is a column whose values the server is to give.
    pub(super) async fn put(
        &self,
        session: &mut dyn Session,
        rows: &mut [&mut Row],
        without: Option<usize>,
    ) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        let places: Vec<usize> = (0..self.columns.len()).filter(|c| Some(*c) != without).collect();
        if self.dialect == Dialect::Postgres {
            return self.put_and_return(session, rows, &places).await;
        }
        let at_once =
            if without.is_some() { 1 } else { (self.dialect.most_parameters() / places.len().max(1)).clamp(1, 500) };
        for chunk in rows.chunks_mut(at_once) {
            let values = format!("({})", self.marks(&places));
            let sql = format!(
                "INSERT INTO {} ({}) VALUES {}",
                self.table(),
                self.names(&places),
                vec![values; chunk.len()].join(", ")
            );
            let with: Vec<Cell> = chunk.iter().flat_map(|row| places.iter().map(|c| row[*c].clone())).collect();
            session.run(&sql, &with).await?;
            if let Some(column) = without {
                chunk[0][column] = session.last_number().await?;
            }
        }
        self.read_back(session, rows).await
    }

    fn names(&self, places: &[usize]) -> String {
        places.iter().map(|c| self.dialect.quoted(self.name(*c))).collect::<Vec<_>>().join(", ")
    }

    fn marks(&self, places: &[usize]) -> String {
        let mark = |c: &usize| self.dialect.given(&self.schema.columns[self.columns[*c]], 1);
        places.iter().map(mark).collect::<Vec<_>>().join(", ")
    }

    /// One statement whatever the number of rows: a parameter for each column.
    async fn put_and_return(
        &self,
        session: &mut dyn Session,
        rows: &mut [&mut Row],
        places: &[usize],
    ) -> Result<(), Fault> {
        let kind = |c: &usize| &self.schema.columns[self.columns[*c]].kind;
        let casts: Vec<String> = places.iter().enumerate().map(|(n, c)| format!("x.c{n}::{}", kind(c))).collect();
        let (params, names): (Vec<String>, Vec<String>) =
            (0..places.len()).map(|n| (format!("${}::text::text[]", n + 1), format!("c{n}"))).unzip();
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) WITH ORDINALITY AS x({}, ordinal) ORDER BY x.ordinal RETURNING {}",
            self.table(),
            self.names(places),
            casts.join(", "),
            params.join(", "),
            names.join(", "),
            self.selection()
        );
        let with: Vec<Cell> = places.iter().map(|c| Some(array(rows.iter().map(|row| row[*c].as_deref())))).collect();
        let made = session.rows(&sql, &with).await?;
        if made.len() != rows.len() {
            let what = format!(
                "{} of {} rows did not arrive: a trigger or rule of the table turns them away",
                rows.len() - made.len(),
                rows.len()
            );
            return Err(Fault::new(Kind::Refused, what));
        }
        rows.iter_mut().zip(made).for_each(|(row, made)| **row = made);
        Ok(())
    }

    async fn read_back(&self, session: &mut dyn Session, rows: &mut [&mut Row]) -> Result<(), Fault> {
        if self.key.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&Row> = rows.iter().map(|row| &**row).collect();
        let found = self.find(session, &wanted, false).await?;
        for (row, found) in rows.iter_mut().zip(found) {
            match found {
                Some(found) => **row = found,
                None => {
                    return Err(Fault::new(
                        Kind::Refused,
                        format!(
                            "{} is not there after it was put in: a trigger turns rows away or changes their keys",
                            self.location(row)
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The rows with these keys as they are now; without a key, those that have all
    /// the same values. With `lock` nobody else changes them until the transaction ends.
    pub(super) async fn find(
        &self,
        session: &mut dyn Session,
        wanted: &[&Row],
        lock: bool,
    ) -> Result<Vec<Option<Row>>, Fault> {
        if self.key.is_empty() {
            return self.find_alike(session, wanted).await;
        }
        let key_of = |row: &Row| -> Row { self.key.iter().map(|c| row[*c].clone()).collect() };
        let keys: Vec<Row> = wanted.iter().map(|row| key_of(row)).collect();
        let found = self.having(session, &self.key, &keys, lock).await?;
        let found: FxHashMap<Row, Row> = found.into_iter().map(|row| (key_of(&row), row)).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    /// All rows that have one of these values in these columns, by their places in a row.
    pub(super) async fn having(
        &self,
        session: &mut dyn Session,
        places: &[usize],
        values: &[Row],
        lock: bool,
    ) -> Result<Vec<Row>, Fault> {
        let locking = if lock && self.dialect != Dialect::Sqlite { " FOR UPDATE" } else { "" };
        let (selection, table) = (self.selection(), self.table());
        let mut found = Vec::new();
        for chunk in values.chunks(ASKED) {
            let condition = self.one_of(places, chunk.len());
            let sql = format!("SELECT {selection} FROM {table} WHERE {condition}{locking}");
            found.extend(session.rows(&sql, &chunk.concat()).await?);
        }
        Ok(found)
    }

    /// That these columns have one of so many values. Of one column it is a list, for
    /// which servers look into an index at once; alternatives they weigh one by one.
    fn one_of(&self, places: &[usize], count: usize) -> String {
        let name = |c: &usize| self.dialect.quoted(self.name(*c));
        let given = |c: &usize, n: usize| self.dialect.given(&self.schema.columns[self.columns[*c]], n);
        if let [place] = places {
            let marks: Vec<String> = (1..=count).map(|n| given(place, n)).collect();
            return format!("{} IN ({})", name(place), marks.join(", "));
        }
        let part =
            |row: usize, (n, c): (usize, &usize)| format!("{} = {}", name(c), given(c, row * places.len() + n + 1));
        let row = |row: usize| {
            let parts: Vec<String> = places.iter().enumerate().map(|place| part(row, place)).collect();
            format!("({})", parts.join(" AND "))
        };
        (0..count).map(row).collect::<Vec<_>>().join(" OR ")
    }

    /// The greatest number in a column of the rows of one group; 0 where it has none.
    pub(super) async fn greatest(
        &self,
        session: &mut dyn Session,
        group: &[usize],
        values: &Row,
        number: usize,
    ) -> Result<i64, Fault> {
        let part = |(n, c): (usize, &usize)| {
            let column = &self.schema.columns[self.columns[*c]];
            format!("{} = {}", self.dialect.quoted(&column.name), self.dialect.given(column, n + 1))
        };
        let condition: Vec<String> = group.iter().enumerate().map(part).collect();
        let name = self.dialect.quoted(self.name(number));
        let shown = self.dialect.shown(&self.schema.columns[self.columns[number]]);
        let sql = format!(
            "SELECT {shown} FROM {} WHERE {} ORDER BY {}.{name} DESC LIMIT 1",
            self.table(),
            condition.join(" AND "),
            self.table()
        );
        let rows = session.rows(&sql, values).await?;
        Ok(rows.first().and_then(|row| row[0].as_deref()?.parse().ok()).unwrap_or(0))
    }

    async fn find_alike(&self, session: &mut dyn Session, wanted: &[&Row]) -> Result<Vec<Option<Row>>, Fault> {
        let sql = format!("SELECT {} FROM {} WHERE {} LIMIT 1", self.selection(), self.table(), self.alike());
        let mut all = Vec::with_capacity(wanted.len());
        for row in wanted {
            all.push(session.rows(&sql, row).await?.into_iter().next());
        }
        Ok(all)
    }

    /// That all cells are written the same.
    fn alike(&self) -> String {
        let part = |(n, c): (usize, &usize)| {
            let mark = if self.dialect == Dialect::Postgres { format!("${}::text", n + 1) } else { "?".to_owned() };
            format!("{} {} {mark}", self.dialect.shown(&self.schema.columns[*c]), self.dialect.same())
        };
        self.columns.iter().enumerate().map(part).collect::<Vec<_>>().join(" AND ")
    }

    /// Takes one row out, which was found just before in the same transaction.
    pub(super) async fn delete(&self, session: &mut dyn Session, row: &Row) -> Result<(), Fault> {
        let (condition, with): (String, Row) = if self.key.is_empty() {
            (self.alike(), row.clone())
        } else {
            let part = |(n, c): (usize, &usize)| {
                let column = &self.schema.columns[self.columns[*c]];
                format!("{} = {}", self.dialect.quoted(&column.name), self.dialect.given(column, n + 1))
            };
            let condition = self.key.iter().enumerate().map(part).collect::<Vec<_>>().join(" AND ");
            (condition, self.key.iter().map(|c| row[*c].clone()).collect())
        };
        let table = self.table();
        let sql = match (self.dialect, self.key.is_empty()) {
            (Dialect::Postgres, true) => {
                format!("DELETE FROM {table} WHERE ctid = (SELECT ctid FROM {table} WHERE {condition} LIMIT 1)")
            }
            (Dialect::Mysql, true) => format!("DELETE FROM {table} WHERE {condition} LIMIT 1"),
            _ => format!("DELETE FROM {table} WHERE {condition}"),
        };
        match session.run(&sql, &with).await? {
            1 => Ok(()),
            n => {
                Err(Fault::new(Kind::Refused, format!("{n} rows instead of one would go with {}", self.location(row))))
            }
        }
    }

    /// Sets some cells of a row that stands, and reads it again.
    pub(super) async fn set(
        &self,
        session: &mut dyn Session,
        row: &mut Row,
        cells: &[(usize, Cell)],
    ) -> Result<(), Fault> {
        let mut cells = cells.to_vec();
        if self.dialect == Dialect::Mysql {
            // Else the server would note the time of the change in them.
            let date = |c: &usize| self.schema.columns[self.columns[*c]].date && !cells.iter().any(|(s, _)| s == c);
            let dates: Vec<usize> = (0..row.len()).filter(date).collect();
            cells.extend(dates.into_iter().map(|c| (c, row[c].clone())));
        }
        let mut number = 0;
        let mut part = |c: usize| {
            number += 1;
            let column = &self.schema.columns[self.columns[c]];
            format!("{} = {}", self.dialect.quoted(&column.name), self.dialect.given(column, number))
        };
        let set: Vec<String> = cells.iter().map(|(c, _)| part(*c)).collect();
        let key: Vec<String> = self.key.iter().map(|c| part(*c)).collect();
        let sql = format!("UPDATE {} SET {} WHERE {}", self.table(), set.join(", "), key.join(" AND "));
        let own = self.key.iter().map(|c| row[*c].clone());
        let with: Vec<Cell> = cells.iter().map(|(_, cell)| cell.clone()).chain(own).collect();
        session.run(&sql, &with).await?;
        cells.into_iter().for_each(|(place, cell)| row[place] = cell);
        self.read_back(session, &mut [row]).await
    }
}
