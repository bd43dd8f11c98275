//! Numbers within a group: a house in its street, a position on a list. A unique
//! key of several columns may end in a number that counts within the others;
//! a canary whose number a row of its group has goes on behind the greatest.

use rustc_hash::{FxHashMap, FxHashSet};

use super::family::Family;
use super::fault::Fault;
use super::rows::Rows;
use super::schema::Schema;
use super::session::Session;
use crate::identity::Row;

/// Some cells of a row of a table.
type Part = (usize, Vec<usize>, Row);

/// The numbers that were given while rows were tried out.
#[derive(Debug, Default)]
pub(super) struct Groups {
    given: FxHashSet<Part>,
    /// The greatest number of each group that was asked about.
    greatest: FxHashMap<Part, i64>,
}

impl Groups {
    /// Gives the members of families that are in a table numbers that none of its
    /// rows has, nor another of them.
    pub(super) async fn number(
        &mut self,
        (table, schema): (usize, &Schema),
        families: &mut [Family],
        session: &mut dyn Session,
    ) -> Result<(), Fault> {
        let of = Rows::of(session.dialect(), schema);
        for (group, number) in counted(schema) {
            let open = |m: &&mut super::family::Member| {
                m.table == table && !m.links.iter().any(|l| l.column == number) && is_whole(&m.row, &group, number)
            };
            let all: Vec<usize> = group.iter().copied().chain([number]).collect();
            let mut rows: Vec<&mut Row> =
                families.iter_mut().flat_map(|f| f.0.iter_mut()).filter(open).map(|m| &mut m.row).collect();
            let wanted: Vec<Row> = rows.iter().map(|row| pick(row, &all)).collect();
            let found = of.having(session, &all, &wanted, false).await?;
            let there: FxHashSet<Row> = found.iter().map(|row| pick(row, &all)).collect();
            for row in &mut rows {
                let free = |row: &Row, given: &FxHashSet<Part>| {
                    let own = pick(row, &all);
                    !there.contains(&own) && !given.contains(&(table, all.clone(), own))
                };
                let key = (table, group.clone(), pick(row, &group));
                while !free(row, &self.given) {
                    let next = match self.greatest.get(&key) {
                        Some(greatest) => greatest + 1,
                        None => of.greatest(session, &group, &key.2, number).await? + 1,
                    };
                    self.greatest.insert(key.clone(), next);
                    row[number] = Some(next.to_string());
                }
                self.given.insert((table, all.clone(), pick(row, &all)));
            }
        }
        Ok(())
    }
}

fn pick(row: &Row, places: &[usize]) -> Row {
    places.iter().map(|p| row[*p].clone()).collect()
}

/// Whether a row has all of these columns, and a number.
fn is_whole(row: &Row, group: &[usize], number: usize) -> bool {
    group.iter().all(|c| row[*c].is_some()) && row[number].as_deref().is_some_and(|t| t.parse::<i64>().is_ok())
}

/// Unique keys that end in a number within a group, by their places in a row.
fn counted(schema: &Schema) -> Vec<(Vec<usize>, usize)> {
    let filled = schema.filled();
    let place = |column: &usize| filled.iter().position(|f| f == column);
    let refers = |column: &usize| schema.references.iter().any(|r| r.columns.contains(column));
    let counts = |unique: &&Vec<usize>| {
        unique.len() > 1 && unique.last().is_some_and(|c| schema.columns[*c].whole && !refers(c))
    };
    let places = |unique: &Vec<usize>| unique.iter().map(place).collect::<Option<Vec<usize>>>();
    let split = |mut all: Vec<usize>| all.pop().map(|number| (all, number));
    schema.uniques.iter().filter(counts).filter_map(places).filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::super::schema::{Column, Reference, TableName};
    use super::*;

    #[test]
    fn a_number_counts_within_what_stands_before_it_in_a_unique_key() {
        let column =
            |name: &str, whole, generated| Column { name: name.to_owned(), whole, generated, ..Column::default() };
        let mut schema = Schema {
            columns: vec![
                column("sum", true, true),
                column("id", true, false),
                column("district", false, false),
                column("number", true, false),
            ],
            uniques: vec![vec![1], vec![2, 3], vec![3, 2]],
            ..Schema::default()
        };
        assert_eq!(counted(&schema), [(vec![1], 2)]);
        let table = TableName { schema: String::new(), name: "numbers".to_owned() };
        schema.references = vec![Reference {
            name: "number".to_owned(),
            columns: vec![3],
            table,
            target: vec!["id".to_owned()],
            deferrable: false,
        }];
        assert_eq!(counted(&schema), []);
    }
}
