//! Canaries in a database again: what became of their rows, and taking those out
//! that are as they were planted. How they came in is `planting`'s.

use super::Database;
use super::family::{Family, found};
use super::fault::Fault;
use super::planting::place_of;
use super::rows::Rows;
use crate::identity::Row;
use crate::seed::{Found, Planting, SeedError};

/// Canaries that leave together.
const TOGETHER: usize = 25;

impl Database {
    fn all_rows(&self) -> Vec<Rows<'_>> {
        self.schemas.iter().map(|s| Rows::of(self.session.dialect(), s)).collect()
    }

    /// What the canaries' rows look like now.
    pub(super) async fn look_for(&mut self, rows: &[Planting]) -> Result<Vec<Found>, SeedError> {
        let families: Vec<Family> = rows.iter().map(Family::planted).collect();
        let now = self.find(&families, false).await.map_err(|e| self.wrong("looking for canaries", &e))?;
        let of = self.all_rows();
        Ok(families.iter().zip(&now).map(|(family, now)| found(family, now, &of)).collect())
    }

    /// The rows of families as they are now, in the order of their members.
    async fn find(&mut self, families: &[Family], lock: bool) -> Result<Vec<Vec<Option<Row>>>, Fault> {
        let ties = self.ties();
        let mut now: Vec<Vec<Option<Row>>> = families.iter().map(|f| vec![None; f.0.len()]).collect();
        for (table, schema) in self.schemas.iter().enumerate() {
            let of = Rows::of(self.session.dialect(), schema);
            let places: Vec<(usize, usize)> = families
                .iter()
                .enumerate()
                .flat_map(|(f, family)| {
                    family.0.iter().enumerate().filter(|(_, m)| m.table == table).map(move |(m, _)| (f, m))
                })
                .collect();
            let wanted: Vec<&Row> = places.iter().map(|(f, m)| &families[*f].0[*m].row).collect();
            let found = of.find(self.session.as_mut(), &wanted, lock).await?;
            for ((f, m), row) in places.into_iter().zip(found) {
                // Whoever has the number now may be somebody else.
                let planted = &families[f].0[m].row;
                let kin = families[f].links(m, &ties);
                let is_ours = |row: &Row| {
                    !of.is_foreign(planted, row) && kin.iter().all(|link| row[link.column] == planted[link.column])
                };
                now[f][m] = row.filter(is_ours);
            }
        }
        Ok(now)
    }

    /// Takes rows out, children first; of altered canaries only if that is wished.
    /// Returns how many canaries went.
    pub(super) async fn take_out(&mut self, rows: &[Planting], altered_too: bool) -> Result<usize, SeedError> {
        let mut gone = 0;
        for batch in rows.chunks(TOGETHER) {
            let families: Vec<Family> = batch.iter().map(Family::planted).collect();
            self.begin().await.map_err(|e| self.wrong("removing", &e))?;
            let done = match self.take_out_batch(&families, altered_too).await {
                Ok(done) => self.session.run("COMMIT", &[]).await.map(|_| done),
                Err(fault) => Err(fault),
            };
            match done {
                Ok(done) => gone += done,
                Err(fault) => {
                    let _ = self.session.run("ROLLBACK", &[]).await;
                    return Err(self.wrong("removing", &fault));
                }
            }
        }
        Ok(gone)
    }

    async fn take_out_batch(&mut self, families: &[Family], altered_too: bool) -> Result<usize, Fault> {
        let now = self.find(families, true).await?;
        let (schemas, dialect) = (&self.schemas, self.session.dialect());
        let of: Vec<Rows<'_>> = schemas.iter().map(|s| Rows::of(dialect, s)).collect();
        let goes = |n: &usize| match found(&families[*n], &now[*n], &of) {
            Found::Standing => true,
            Found::Gone => false,
            Found::Altered(_) => altered_too,
        };
        let going: Vec<usize> = (0..families.len()).filter(goes).collect();
        // A circle is opened before anything leaves.
        for (table, reference) in &self.order.late {
            let waits: Vec<usize> = place_of(&schemas[*table], &schemas[*table].references[*reference].columns);
            let empty: Vec<(usize, Option<String>)> = waits.iter().map(|c| (*c, None)).collect();
            for row in going
                .iter()
                .flat_map(|n| families[*n].0.iter().zip(&now[*n]))
                .filter(|(m, _)| m.table == *table)
                .filter_map(|(_, row)| row.as_ref())
            {
                of[*table].set(self.session.as_mut(), &mut row.clone(), &empty).await?;
            }
        }
        for table in self.order.tables.iter().rev() {
            for row in going
                .iter()
                .flat_map(|n| families[*n].0.iter().zip(&now[*n]))
                .filter(|(m, _)| m.table == *table)
                .filter_map(|(_, row)| row.as_ref())
            {
                of[*table].delete(self.session.as_mut(), row).await?;
            }
        }
        Ok(going.len())
    }
}
