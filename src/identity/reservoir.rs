//! A reservoir: a uniform sample of places between a table's rows, each with the row
//! before it and the one behind, in memory that is used again when a place gives way
//! to another. Which places are taken is `skip`'s to say.

use super::Cells;
use super::flat::Flat;
use super::profile::Anchor;
use super::skip::Skip;
use crate::model::Entropy;

/// The places.
pub(super) struct Reservoir {
    skip: Skip,
    places: Vec<Place>,
    /// Those that have not met their next row yet.
    open: Vec<usize>,
}

#[derive(Default)]
struct Place {
    after: u64,
    row: Flat,
    next: Flat,
    followed: bool,
}

impl Reservoir {
    /// A sample of at most so many places.
    pub(super) fn new(limit: usize) -> Self {
        Self { skip: Skip::new(limit), places: Vec::new(), open: Vec::new() }
    }

    /// Takes the place after a row, which stands for `weight` like it, if the sample
    /// wants it; `write` says the row.
    pub(super) fn consider(&mut self, after: u64, weight: u64, write: impl Fn(&mut Flat), entropy: &mut dyn Entropy) {
        let (places, open) = (&mut self.places, &mut self.open);
        self.skip.next(weight, entropy, |at| {
            if at == places.len() {
                places.push(Place::default());
            }
            let place = &mut places[at];
            (place.after, place.followed) = (after, false);
            write(&mut place.row);
            open.push(at);
        });
    }

    /// Whether it has as many places as it may.
    pub(super) fn is_full(&self) -> bool {
        self.skip.is_full()
    }

    /// Whether a place of that weight would be taken now.
    pub(super) fn wants(&self, weight: u64) -> bool {
        self.skip.before_next() < weight
    }

    /// Rows that may be passed over, since nothing of them would be written down.
    pub(super) fn passes(&self) -> u64 {
        if self.open.is_empty() { self.skip.before_next() } else { 0 }
    }

    /// So many rows of those are passed over.
    pub(super) fn pass(&mut self, rows: u64) {
        self.skip.pass(rows);
    }

    /// The row that comes next.
    pub(super) fn follow(&mut self, next: &Cells<'_>) {
        for at in self.open.drain(..) {
            self.places[at].next.write(next);
            self.places[at].followed = true;
        }
    }

    /// What comes next does not follow what came last.
    pub(super) fn leave_out(&mut self) {
        self.open.clear();
    }

    /// The places in the table's order; one that stands for others may be there more than
    /// once, as they would be.
    pub(super) fn in_order(mut self) -> Vec<Anchor> {
        self.places.sort_by_key(|place| place.after);
        let anchor = |place: Place| Anchor {
            after: place.after,
            row: place.row.row(),
            next: place.followed.then_some(place.next),
        };
        self.places.into_iter().map(anchor).collect()
    }
}
