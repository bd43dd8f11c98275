//! The order in which tables that hang together are filled: what is referred to
//! comes first. A circle is broken where a reference can wait: because the server
//! checks it at the end of the transaction, or because it may be empty until then.

use super::schema::{Reference, Schema};

/// Tables by place, in the order of planting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) tables: Vec<usize>,
    /// References, by table and number, whose columns are filled when all rows are in.
    pub(super) late: Vec<(usize, usize)>,
}

/// Finds the order.
pub(super) fn of(schemas: &[Schema]) -> Result<Order, String> {
    let (mut order, mut broken) = (Vec::new(), Vec::new());
    while order.len() < schemas.len() {
        let open = |n: usize, (r, parent): (usize, usize)| !order.contains(&parent) && !broken.contains(&(n, r));
        let waits = |n: &usize| parents(schemas, *n).into_iter().any(|edge| open(*n, edge));
        let left: Vec<usize> = (0..schemas.len()).filter(|n| !order.contains(n)).collect();
        match left.iter().find(|n| !waits(n)) {
            Some(next) => order.push(*next),
            None => broken.push(breakable(schemas, &left, &broken).ok_or_else(|| circle(schemas, &left))?),
        }
    }
    broken.retain(|(n, r)| may_be_empty(&schemas[*n], &schemas[*n].references[*r]));
    Ok(Order { tables: order, late: broken })
}

/// References of a table to others of them, and to which.
fn parents(schemas: &[Schema], table: usize) -> Vec<(usize, usize)> {
    let place = |r: &Reference| schemas.iter().position(|s| s.name == r.table).filter(|p| *p != table);
    schemas[table].references.iter().enumerate().filter_map(|(n, r)| Some((n, place(r)?))).collect()
}

/// A reference within a circle that can wait; one that may be empty before one
/// that the server checks late, for whose sake a key would have to be known early.
fn breakable(schemas: &[Schema], left: &[usize], broken: &[(usize, usize)]) -> Option<(usize, usize)> {
    let within = |n: &usize| {
        parents(schemas, *n).into_iter().filter(|(_, p)| left.contains(p)).map(|(r, _)| (*n, r)).collect::<Vec<_>>()
    };
    let open: Vec<(usize, usize)> = left.iter().flat_map(within).filter(|edge| !broken.contains(edge)).collect();
    let empty = open.iter().find(|(n, r)| may_be_empty(&schemas[*n], &schemas[*n].references[*r]));
    empty.or_else(|| open.iter().find(|(n, r)| schemas[*n].references[*r].deferrable)).copied()
}

fn may_be_empty(schema: &Schema, reference: &Reference) -> bool {
    reference.columns.iter().all(|c| schema.columns[*c].nullable)
}

fn circle(schemas: &[Schema], left: &[usize]) -> String {
    let names: Vec<String> = left.iter().map(|n| schemas[*n].name.to_string()).collect();
    format!(
        "the tables {} refer to each other in a circle, and none of these references may be empty or checked late; seed one of them alone",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::schema::{Column, TableName};
    use super::*;

    fn table(name: &str, parents: &[(&str, bool, bool)]) -> Schema {
        let column = |(_, nullable, _): &(&str, bool, bool)| Column { nullable: *nullable, ..Column::default() };
        let reference = |(n, (parent, _, deferrable)): (usize, &(&str, bool, bool))| Reference {
            name: n.to_string(),
            columns: vec![n],
            table: TableName { schema: String::new(), name: (*parent).to_owned() },
            target: vec!["id".to_owned()],
            deferrable: *deferrable,
        };
        Schema {
            name: TableName { schema: String::new(), name: name.to_owned() },
            columns: parents.iter().map(column).collect(),
            references: parents.iter().enumerate().map(reference).collect(),
            ..Schema::default()
        }
    }

    #[test]
    fn parents_come_first() {
        let tables = [table("share", &[("company", false, false)]), table("company", &[])];
        assert_eq!(of(&tables).expect("an order").tables, [1, 0]);
    }

    #[test]
    fn circles_are_broken_where_a_reference_can_wait() {
        let circle = |nullable, deferrable| {
            [table("company", &[("contact", nullable, deferrable)]), table("contact", &[("company", false, false)])]
        };
        assert_eq!(of(&circle(true, false)).expect("an order").late, [(0, 0)]);
        let deferred = of(&circle(false, true)).expect("an order");
        assert_eq!((deferred.tables, deferred.late), (vec![0, 1], vec![]));
        assert!(of(&circle(false, false)).expect_err("none").contains("company, contact"));
        let own = [table("employee", &[("employee", false, false)])];
        assert_eq!(of(&own).expect("a table may refer to itself").tables, [0]);
    }
}
