//! Kin: which rows of related tables belong to rows of the first one, by foreign
//! keys: children by theirs, parents by those that refer to them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Database;
use super::fault::Fault;
use super::rows::Rows;
use super::schema::Schema;
use crate::identity::{RealFamily, Row, Tie};
use crate::seed::SeedError;

impl Database {
    /// The foreign keys among the tables.
    pub fn ties(&self) -> Vec<Tie> {
        let mut ties = Vec::new();
        for (table, schema) in self.schemas.iter().enumerate() {
            for reference in &schema.references {
                let Some(to) = self.schemas.iter().position(|s| s.name == reference.table) else { continue };
                let place = |c: &usize| self.place(table, *c);
                let there = |name: &String| self.place(to, self.schemas[to].column(name)?);
                let columns: Option<Vec<usize>> = reference.columns.iter().map(place).collect();
                let target: Option<Vec<usize>> = reference.target.iter().map(there).collect();
                ties.extend(columns.zip(target).map(|(columns, target)| Tie { table, columns, to, target }));
            }
        }
        ties
    }

    /// By table, the place in a row of the number that the server gives.
    pub fn numbered(&self) -> Vec<Option<usize>> {
        let numbered = |s: &Schema| s.number().filter(|c| s.columns[*c].numbered.is_some());
        self.schemas.iter().enumerate().map(|(t, s)| self.place(t, numbered(s)?)).collect()
    }

    /// The families of these rows of the first table.
    pub async fn families(&mut self, rows: &[Row]) -> Result<Vec<RealFamily>, SeedError> {
        let ties = self.ties();
        let mut families: Vec<RealFamily> =
            rows.iter().map(|row| RealFamily { members: vec![(0, row.clone())] }).collect();
        let mut known = vec![0];
        while known.len() < self.schemas.len() {
            let step = |t: usize| way(&ties, &known, t).map(|tie| (t, tie));
            let Some((table, tie)) = (1..self.schemas.len()).filter(|t| !known.contains(t)).find_map(step) else {
                return Err(self.unrelated(&known));
            };
            self.join(&mut families, table, tie)
                .await
                .map_err(|e| self.wrong("reading what belongs to its rows", &e))?;
            known.push(table);
        }
        Ok(families)
    }

    fn unrelated(&self, known: &[usize]) -> SeedError {
        let names =
            |all: Vec<usize>| all.into_iter().map(|t| self.schemas[t].name.to_string()).collect::<Vec<_>>().join(", ");
        let strange: Vec<usize> = (0..self.schemas.len()).filter(|t| !known.contains(t)).collect();
        let what = format!(
            "no foreign key leads between {} and {}; seed them one by one",
            names(strange),
            names(known.to_vec())
        );
        SeedError::Table { path: self.address.shown().to_owned(), what }
    }

    /// Adds the rows of one more table to the families that they belong to.
    async fn join(&mut self, families: &mut [RealFamily], table: usize, tie: &Tie) -> Result<(), Fault> {
        // A child is found by its own columns, a parent by those that it is referred to by.
        let (from, theirs, own) = if tie.table == table {
            (tie.to, &tie.target, &tie.columns)
        } else {
            (tie.table, &tie.columns, &tie.target)
        };
        let pick =
            |row: &Row, places: &[usize]| -> Option<Row> { places.iter().map(|p| row[*p].clone().map(Some)).collect() };
        let mut wanted: FxHashMap<Row, Vec<usize>> = FxHashMap::default();
        for (n, family) in families.iter().enumerate() {
            for value in family.members.iter().filter(|(t, _)| *t == from).filter_map(|(_, row)| pick(row, theirs)) {
                let of = wanted.entry(value).or_default();
                if of.last() != Some(&n) {
                    of.push(n);
                }
            }
        }
        let values: Vec<Row> = wanted.keys().cloned().collect();
        let of = Rows::of(self.session.dialect(), &self.schemas[table]);
        let mut met: FxHashSet<(usize, Row)> = FxHashSet::default();
        for row in of.having(self.session.as_mut(), own, &values, false).await? {
            for n in pick(&row, own).and_then(|value| wanted.get(&value)).into_iter().flatten() {
                if met.insert((*n, row.clone())) {
                    families[*n].members.push((table, row.clone()));
                }
            }
        }
        Ok(())
    }
}

/// The foreign key by which a table is reached from known ones: rather as their
/// child than as their parent.
fn way<'t>(ties: &'t [Tie], known: &[usize], table: usize) -> Option<&'t Tie> {
    let child = ties.iter().find(|t| t.table == table && known.contains(&t.to));
    child.or_else(|| ties.iter().find(|t| t.to == table && known.contains(&t.table)))
}
