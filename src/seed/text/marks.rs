//! Marks: where some of the rows of a file begin, noted while it is read, so that
//! all between two places can be copied unseen. However long the file, the marks
//! take the same memory: when they are many, every other one is dropped.

/// Two million octets of marks at most.
const MOST: usize = 1 << 17;

/// A place between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) struct Mark {
    /// Octets of the unpacked file before it.
    pub(super) offset: u64,
    /// Rows before it.
    pub(super) rows: u64,
}

/// The places of one file, in order.
#[derive(Debug, Clone)]
pub(in crate::seed) struct Marks {
    places: Vec<Mark>,
    /// Of so many places met, one is kept.
    stride: u64,
    met: u64,
    /// Right after the last row.
    pub(super) end: Mark,
    /// The last row has no line end.
    pub(super) open_end: bool,
}

impl Marks {
    /// Begins with the place where the first row may begin.
    pub(in crate::seed) fn new(offset: u64) -> Self {
        let first = Mark { offset, rows: 0 };
        Self { places: vec![first], stride: 1, met: 0, end: first, open_end: false }
    }

    /// Notes a place between two rows.
    pub(in crate::seed) fn meet(&mut self, offset: u64, rows: u64) {
        self.met += 1;
        if !self.met.is_multiple_of(self.stride) {
            return;
        }
        self.places.push(Mark { offset, rows });
        if self.places.len() >= MOST {
            let mut n = 0;
            self.places.retain(|_| {
                n += 1;
                n % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// Notes the place right after the last row.
    pub(in crate::seed) fn finish(&mut self, offset: u64, rows: u64, open_end: bool) {
        (self.end, self.open_end) = (Mark { offset, rows }, open_end);
    }

    pub(in crate::seed) fn rows(&self) -> u64 {
        self.end.rows
    }

    /// Rows that may stand before a new one: a last row without line end stays the last.
    pub(in crate::seed) fn last_place(&self) -> u64 {
        self.end.rows - u64::from(self.open_end)
    }

    /// The last mark that has no more than so many rows before it.
    pub(super) fn before(&self, rows: u64) -> Mark {
        let n = self.places.partition_point(|m| m.rows <= rows);
        self.places[n.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_places_are_met_few_are_kept_and_the_nearest_is_near() {
        let mut marks = Marks::new(7);
        for n in 1..=1_000_000u64 {
            marks.meet(7 + n * 100, n);
        }
        assert!(marks.places.len() < MOST);
        for rows in [0, 1, 500_000, 999_999] {
            let mark = marks.before(rows);
            assert_eq!(mark.offset, 7 + mark.rows * 100);
            assert!(mark.rows <= rows && rows - mark.rows <= 2 * marks.stride, "{rows} from {mark:?}");
        }
    }
}
