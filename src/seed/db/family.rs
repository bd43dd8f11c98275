//! The rows of one canary in all its tables, on their way into a database: cells
//! that refer to another of them are filled in once that one has its key.

use super::rows::Rows;
use crate::identity::{Drawn, Link, Relative, Row, Spot, Tie};
use crate::seed::{Altered, Difference, Found, Planting, Related};

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) table: usize,
    pub(super) row: Row,
    pub(super) links: Vec<Link>,
}

/// The row of the first table, and those that go with it.
#[derive(Debug, Clone)]
pub(super) struct Family(pub(super) Vec<Member>);

impl Family {
    pub(super) fn drawn(drawn: &Drawn) -> Self {
        let first = Member { table: 0, row: drawn.row.clone(), links: drawn.links.clone() };
        let further = |r: &Relative| Member { table: r.table, row: r.row.clone(), links: r.links.clone() };
        Self(std::iter::once(first).chain(drawn.relatives.iter().map(further)).collect())
    }

    pub(super) fn planted(planting: &Planting) -> Self {
        let first = Member { table: 0, row: planting.cells.clone(), links: Vec::new() };
        let further = |r: &Related| Member { table: r.table, row: r.cells.clone(), links: Vec::new() };
        Self(std::iter::once(first).chain(planting.related.iter().map(further)).collect())
    }

    /// A planted family as one that is yet to be numbered: what the server numbers is
    /// open again, and what refers to it follows.
    pub(super) fn unnumbered(planting: &Planting, ties: &[Tie], numbered: &[Option<usize>]) -> Drawn {
        let mut family = Self::planted(planting);
        let links: Vec<Vec<Link>> = (0..family.0.len()).map(|m| family.links(m, ties)).collect();
        family.0.iter_mut().zip(links).for_each(|(member, links)| member.links = links);
        for member in &mut family.0 {
            if let Some(place) = numbered[member.table] {
                member.row[place] = None;
            }
        }
        let mut members = family.0.into_iter();
        let mut drawn = Drawn::at(Vec::new(), Spot::First);
        if let Some(first) = members.next() {
            (drawn.row, drawn.links) = (first.row, first.links);
        }
        let relative = |m: Member| Relative { table: m.table, row: m.row, links: m.links, ..Relative::default() };
        drawn.relatives = members.map(relative).collect();
        drawn
    }

    /// The cells of a member that refer to others of the family.
    pub(super) fn links(&self, member: usize, ties: &[Tie]) -> Vec<Link> {
        let own = &self.0[member];
        let mut links = Vec::new();
        for tie in ties.iter().filter(|t| t.table == own.table) {
            let pairs = || tie.columns.iter().zip(&tie.target);
            let refers = |m: &Member| {
                m.table == tie.to && pairs().all(|(c, o)| own.row[*c].is_some() && own.row[*c] == m.row[*o])
            };
            let found = self.0.iter().enumerate().find(|(n, m)| *n != member && refers(m));
            links.extend(
                found
                    .into_iter()
                    .flat_map(|(n, _)| pairs().map(move |(c, o)| Link { column: *c, member: n, from: *o })),
            );
        }
        links
    }

    /// Fills in what a member takes from others, as far as these have it.
    pub(super) fn resolve(&mut self, member: usize) {
        for n in 0..self.0[member].links.len() {
            let link = self.0[member].links[n];
            let value = self.0[link.member].row[link.from].clone();
            self.0[member].row[link.column] = value;
        }
    }

    /// The drawn rows as the database has made them.
    pub(super) fn settle(self, mut drawn: Drawn) -> Drawn {
        let mut members = self.0.into_iter();
        drawn.row = members.next().map(|m| m.row).unwrap_or_default();
        drawn.relatives.iter_mut().zip(members).for_each(|(relative, member)| relative.row = member.row);
        drawn
    }

    /// The planted rows as the database has made them.
    pub(super) fn into_planting(self, planting: &Planting) -> Planting {
        let mut members = self.0.into_iter();
        let mut planting = planting.clone();
        planting.cells = members.next().map(|m| m.row).unwrap_or_default();
        planting.related.iter_mut().zip(members).for_each(|(related, member)| related.cells = member.row);
        planting
    }
}

/// What a canary looks like now, each of whose rows was found or not.
pub(super) fn found(family: &Family, now: &[Option<Row>], rows: &[Rows<'_>]) -> Found {
    let location = |m: &Member| rows[m.table].location(&m.row);
    if now.iter().all(Option::is_none) {
        return Found::Gone;
    }
    let mut differences = Vec::new();
    for (member, now) in family.0.iter().zip(now) {
        let Some(now) = now else {
            differences.push(Difference::gone(location(member)));
            continue;
        };
        let cells = member.row.iter().zip(now).enumerate().filter(|(_, (was, is))| was != is);
        differences.extend(cells.map(|(place, (was, is))| Difference {
            location: location(member),
            column: Some(rows[member.table].name(place).to_owned()),
            was: was.clone(),
            is: is.clone(),
        }));
    }
    if differences.is_empty() {
        return Found::Standing;
    }
    let mut rows = family.0.iter().zip(now).map(|(m, now)| (m.table, now.clone().unwrap_or_else(|| m.row.clone())));
    let now = Planting {
        location: family.0.first().map(location).unwrap_or_default(),
        cells: rows.next().map(|(_, cells)| cells).unwrap_or_default(),
        related: rows.map(|(table, cells)| Related { table, cells }).collect(),
    };
    Found::Altered(Altered { differences, now })
}
