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
    /// The one that has not met its next row yet.
    open: Option<usize>,
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
        Self { skip: Skip::new(limit), places: Vec::new(), open: None }
    }

    /// Takes the place after a row if the sample wants it; `write` says the row.
    pub(super) fn consider(&mut self, after: u64, write: impl FnOnce(&mut Flat), entropy: &mut dyn Entropy) {
        let Some(at) = self.skip.next(entropy) else { return };
        if at == self.places.len() {
            self.places.push(Place::default());
        }
        let place = &mut self.places[at];
        (place.after, place.followed) = (after, false);
        write(&mut place.row);
        self.open = Some(at);
    }

    /// Whether the next place would be taken.
    pub(super) fn wants(&self) -> bool {
        self.skip.wants()
    }

    /// The row that comes next.
    pub(super) fn follow(&mut self, next: &Cells<'_>) {
        if let Some(at) = self.open.take() {
            self.places[at].next.write(next);
            self.places[at].followed = true;
        }
    }

    /// What comes next does not follow what came last.
    pub(super) fn leave_out(&mut self) {
        self.open = None;
    }

    /// The places in the table's order.
    pub(super) fn in_order(mut self) -> Vec<Anchor> {
        self.places.sort_by_key(|place| place.after);
        let anchor = |place: Place| Anchor {
            after: place.after,
            row: place.row.row(),
            next: place.followed.then(|| place.next.row()),
        };
        self.places.into_iter().map(anchor).collect()
    }
}
