//! Strange phones: those on offer of areas that no row has. As often as rows have an area of
//! their own canaries are to have one of these. Which phone is drawn is the
//! phonebook's.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{OfferedPhone, area, head_of};

/// Areas as numbers behind a 1.
const AREAS: Range<u32> = 1_000..2_000;

/// Phones of areas that no row has.
#[derive(Debug, Default)]
pub(super) struct Strange {
    /// By area of the table's rows: how many of these canaries can be like.
    rows: FxHashMap<u32, usize>,
    /// Which of the phones on offer they are.
    pub(super) phones: Vec<usize>,
    /// The share of canaries that are to have one, 0 to 1: as many as rows have an area of their
    /// own, of those and of such whose area can be had.
    pub(super) share: f64,
}

impl Strange {
    /// Reads the rows by the beginning of their phones; which of them canaries can be like is
    /// told.
    pub(super) fn of(places: &FxHashMap<u32, Vec<u32>>, can_be: impl Fn(u32) -> bool) -> Self {
        let areas = places.iter().filter(|(head, _)| AREAS.contains(head));
        let rows = areas.map(|(head, rows)| (*head, rows.iter().filter(|row| can_be(**row)).count()));
        Self { rows: rows.collect(), ..Self::default() }
    }

    /// Those of some phones, sorted, with where such lie that begin alike.
    pub(super) fn among(self, phones: &[OfferedPhone], heads: &FxHashMap<u32, Range<usize>>) -> Self {
        let head = |digits: &str| area(digits).and_then(head_of);
        let is_strange = |n: &usize| head(&phones[*n].national).is_some_and(|head| !self.rows.contains_key(&head));
        let alone = self.rows.values().filter(|rows| **rows == 1).count() as f64;
        let can_be_had = |(head, rows): &(&u32, &usize)| **rows > 1 && heads.contains_key(head);
        let shared = self.rows.iter().filter(can_be_had).map(|(_, rows)| rows).sum::<usize>() as f64;
        Self {
            phones: (0..phones.len()).filter(is_strange).collect(),
            share: alone / (alone + shared).max(1.0),
            ..self
        }
    }
}
