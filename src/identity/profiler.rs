//! A profiler: meets the rows of a table one after the other, in bounded memory, and
//! keeps what its profile is made of: columns counted, a uniform sample of rows,
//! places with a gap in a running number, the first and the last rows.

use std::collections::VecDeque;

use super::column::Column;
use super::flat::Flat;
use super::profile::{Anchor, Profile, Told};
use super::reservoir::Reservoir;
use super::{Cells, Row, Wanted};
use crate::model::Entropy;

/// Rows kept to draw from.
const DONORS: usize = 8_000;
/// Places with a gap in the running number that are kept.
const GAPS: usize = 16_000;
/// Rows kept from the beginning and from the end.
const ENDS: usize = 400;
/// Rows whose cells are all counted; of the rest one run of so many rows in so many
/// is enough, since runs keep rows together that belong together.
const COUNTED: u64 = 1 << 17;
const RUN: u64 = 1 << 10;
const RUNS: u64 = 16;

/// Takes a profile, row after row.
pub struct Profiler {
    columns: Vec<Column>,
    rows: u64,
    donors: Reservoir,
    /// Those in each column.
    gaps: Vec<Reservoir>,
    head: Vec<Anchor>,
    /// Columns whose values may still turn out to go one way.
    going: Vec<usize>,
    /// The last rows, the newest behind; while the end is far, the last one at most.
    tail: VecDeque<Flat>,
    /// Rows of the table up to the newest of these.
    kept: u64,
    far: bool,
}

/// What was kept of a table's rows.
pub(super) struct Met {
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
    pub(super) donors: Vec<Anchor>,
    /// Those in each column.
    pub(super) gaps: Vec<Vec<Anchor>>,
    pub(super) head: Vec<Anchor>,
    pub(super) tail: Vec<Anchor>,
}

fn owned(cells: &Cells<'_>) -> Row {
    cells.iter().map(|c| c.map(str::to_owned)).collect()
}

impl Profiler {
    /// A profiler for a table of these columns.
    pub fn new(header: &[String]) -> Self {
        Self {
            columns: header.iter().map(|name| Column::new(name)).collect(),
            rows: 0,
            donors: Reservoir::new(DONORS),
            gaps: header.iter().map(|_| Reservoir::new(GAPS)).collect(),
            head: Vec::new(),
            going: (0..header.len()).collect(),
            tail: VecDeque::new(),
            kept: 0,
            far: false,
        }
    }

    /// Says whether so many rows are still to come that the next ones are not among
    /// the last: to keep these costs more than to count them.
    pub fn is_far_from_end(&mut self, far: bool) {
        self.far = far;
    }

    /// What is looked at of the rows that come next.
    pub fn wants(&self) -> Wanted {
        if self.counts() || !self.far || self.head.len() < ENDS || self.donors.passes() == 0 {
            return Wanted::ALL;
        }
        if self.goes_by_runs() {
            let run = RUN * RUNS;
            return Wanted { passing: self.donors.passes().min(run - self.rows % run), ..Wanted::ALL };
        }
        let columns = self.going.last().map_or(1, |last| last + 1);
        if self.awaits_gap() { Wanted::ALL } else { Wanted { passing: 0, columns } }
    }

    /// So many rows are passed over that nothing was wanted of.
    pub fn pass(&mut self, rows: u64) {
        self.donors.pass(rows);
        self.columns.iter_mut().for_each(Column::leave_out);
        self.rows += rows;
    }

    /// Whether the next row's cells are counted.
    fn counts(&self) -> bool {
        self.rows < COUNTED || (self.rows / RUN).is_multiple_of(RUNS)
    }

    /// Whether running numbers have so many gaps that those of the counted rows, each of
    /// which stands for all of so many runs, are enough; else every row is followed.
    fn goes_by_runs(&self) -> bool {
        let full = |index: &usize| !self.columns[*index].runs() || self.gaps[*index].is_full();
        self.rows >= COUNTED && self.going.iter().all(full)
    }

    /// How many gaps like it one in the next row stands for.
    fn weight(&self) -> u64 {
        match (self.goes_by_runs(), self.counts()) {
            (false, _) => 1,
            (true, true) => RUNS,
            (true, false) => 0,
        }
    }

    /// Takes one more row, of as many cells as there are columns or as it wants; one of
    /// none stands for rows that were left out.
    pub fn meet(&mut self, cells: &Cells<'_>, entropy: &mut dyn Entropy) {
        if cells.is_empty() {
            return self.leave_out();
        }
        self.donors.follow(cells);
        if self.counts() {
            self.columns.iter_mut().zip(cells).for_each(|(column, cell)| column.count(*cell));
        }
        self.follow(cells, entropy);
        self.donors.consider(self.rows, 1, |row| row.write(cells), entropy);
        self.keep_ends(cells);
        self.rows += 1;
    }

    /// Follows the columns that go one way, and keeps some of the gaps in them.
    fn follow(&mut self, cells: &Cells<'_>, entropy: &mut dyn Entropy) {
        let weight = self.weight();
        let last = self.tail.back().filter(|_| self.kept == self.rows);
        let (columns, gaps) = (&mut self.columns, &mut self.gaps);
        // The gap lies behind the row before this one.
        let before = self.rows.saturating_sub(1);
        self.going.retain(|index| {
            if columns[*index].follow(cells[*index]).is_some_and(|gap| gap >= 2) && weight > 0 {
                let gaps = &mut gaps[*index];
                if last.is_some() || !gaps.wants(weight) {
                    gaps.consider(before, weight, |row| last.into_iter().for_each(|last| row.copy(last)), entropy);
                    gaps.follow(cells);
                }
            }
            columns[*index].goes()
        });
    }

    /// What comes next does not follow what came last.
    fn leave_out(&mut self) {
        self.donors.leave_out();
        self.columns.iter_mut().for_each(Column::leave_out);
    }

    fn keep_ends(&mut self, cells: &Cells<'_>) {
        if self.head.len() < ENDS {
            if let Some(last) = self.head.last_mut() {
                last.next.get_or_insert_default().write(cells);
            }
            self.head.push(Anchor { after: self.rows, row: owned(cells), next: None });
        }
        if self.far && !self.awaits_gap() {
            return;
        }
        // What a far row has left behind is none of the last.
        let most = if self.far { 1 } else { ENDS };
        let follows = self.kept == self.rows;
        let spare = if follows && self.tail.len() < most { None } else { self.tail.pop_front() };
        self.tail.truncate(if follows { most - 1 } else { 0 });
        let mut flat = spare.unwrap_or_default();
        flat.write(cells);
        self.tail.push_back(flat);
        self.kept = self.rows + 1;
    }

    /// Whether a gap behind this row would be kept, and this row with it.
    fn awaits_gap(&self) -> bool {
        let weight = self.weight();
        let awaits = |index: &usize| self.columns[*index].runs() && self.gaps[*index].wants(weight);
        self.going.iter().any(awaits)
    }

    /// What was learned.
    pub fn finish(self, told: &Told) -> Profile {
        let tail = ends(&self.tail, self.rows);
        let gaps = self.gaps.into_iter().map(Reservoir::in_order).collect();
        let met =
            Met { columns: self.columns, rows: self.rows, donors: self.donors.in_order(), gaps, head: self.head, tail };
        Profile::of(met, told)
    }
}

fn ends(tail: &VecDeque<Flat>, rows: u64) -> Vec<Anchor> {
    let first = rows - tail.len() as u64;
    let next = |n: usize| tail.get(n + 1).cloned();
    tail.iter()
        .enumerate()
        .map(|(n, flat)| Anchor { after: first + n as u64, row: flat.row(), next: next(n) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::column::Way;
    use crate::identity::{Order, Role};
    use rand::SeedableRng;

    /// The profile of a table whose end is far for the first so many rows, and of whose
    /// rows nothing is told that is not asked for.
    fn profile(header: &[&str], far: usize, rows: impl Iterator<Item = Vec<String>>) -> Profile {
        profile_passing(header, far, rows, &mut 0)
    }

    /// The same, and how many rows were passed over.
    fn profile_passing(
        header: &[&str],
        far: usize,
        rows: impl Iterator<Item = Vec<String>>,
        passed: &mut usize,
    ) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        let mut profiler = Profiler::new(&header);
        for (n, row) in rows.enumerate() {
            let cells: Vec<Option<&str>> = row.iter().map(|c| Some(c.as_str())).collect();
            profiler.is_far_from_end(n < far);
            match profiler.wants() {
                Wanted { passing: 0, columns } => profiler.meet(&cells[..columns.min(cells.len())], &mut entropy),
                _ => {
                    profiler.pass(1);
                    *passed += 1;
                }
            }
        }
        profiler.finish(&Told::default())
    }

    fn numbered(rows: u32, step: u32) -> impl Iterator<Item = Vec<String>> {
        (0..rows).map(move |n| vec![(n * 2 + u32::from(n % step == 0)).to_string(), format!("+1415{n:07}")])
    }

    #[test]
    fn what_was_far_from_the_end_changes_nothing() {
        let kept = |of: &[Anchor]| of.iter().map(|a| (a.after, a.row.clone(), a.next.clone())).collect::<Vec<_>>();
        for (rows, step, far) in
            [(40_000, 3, 39_000), (40_000, 5_000, 39_900), (40_000, 3, 39_999), (190_000, 50, 185_000)]
        {
            let near = profile(&["id", "phone"], 0, numbered(rows, step));
            let told = profile(&["id", "phone"], far, numbered(rows, step));
            assert!(kept(&told.gaps) == kept(&near.gaps) && kept(&told.donors) == kept(&near.donors), "{far}");
            assert!(told.tail.len() >= (rows as usize - far).min(ENDS), "{far}");
            assert!(kept(&near.tail).ends_with(&kept(&told.tail)), "{far}");
            assert_eq!((near.order, near.columns[1].distinct()), (told.order, told.columns[1].distinct()));
        }
    }

    #[test]
    fn a_great_table_is_counted_by_runs() {
        let rows = (0..600_000u32).map(|n| vec![format!("{:06}", n * 7 % 600_000), (n % 3).to_string()]);
        let profile = profile(&["member_no", "kind"], 590_000, rows);
        let [number, kind] = &profile.columns[..] else { panic!("two columns") };
        assert_eq!((profile.rows, number.rows < 400_000), (600_000, true));
        assert!(number.never_repeats() && number.distinct() * 10 > number.rows * 9, "{}", number.distinct());
        assert_eq!(kind.distinct(), 3);
    }

    #[test]
    fn rows_that_are_passed_over_leave_the_samples_even() {
        // A running number without gaps would have every row followed.
        let rows = numbered(500_000, 3)
            .enumerate()
            .map(|(n, row)| vec![row[0].clone(), format!("+1415{:07}", n * 7_919 % 9_999_991)]);
        let mut passed = 0;
        let profile = profile_passing(&["id", "phone"], 450_000, rows, &mut passed);
        assert!(passed > 200_000, "{passed}");
        assert_eq!((profile.rows, profile.order), (500_000, Order::Running { column: 0, way: Way::Up }));
        assert_eq!((profile.donors.len(), profile.gaps.len(), profile.tail.len()), (DONORS, GAPS, ENDS));
        for kept in [&profile.donors, &profile.gaps] {
            for tenth in 0..10 {
                let within = kept.iter().filter(|a| a.after / 50_000 == tenth).count() as f64 / kept.len() as f64;
                assert!((0.07..0.13).contains(&within), "{within} of {} in tenth {tenth}", kept.len());
            }
        }
        let number = |cell: Option<&str>| cell.and_then(|t| t.parse::<u64>().ok());
        for anchor in profile.donors.iter().chain(&profile.gaps) {
            let (own, next) = (number(anchor.row[0].as_deref()), number(anchor.behind(0)));
            assert!(own == Some(anchor.after * 2 + u64::from(anchor.after % 3 == 0)), "{anchor:?}");
            assert!(next.is_none_or(|next| next / 2 == anchor.after + 1), "{anchor:?}");
        }
    }

    #[test]
    fn memory_is_bounded_and_gaps_are_found() {
        let profile = profile(&["id", "phone"], 0, numbered(40_000, 3));
        assert_eq!(profile.rows, 40_000);
        assert_eq!((profile.donors.len(), profile.gaps.len(), profile.tail.len()), (DONORS, GAPS, ENDS));
        assert_eq!(profile.order, Order::Running { column: 0, way: Way::Up });
        assert_eq!(profile.roles, [Role::Key, Role::Phone]);
        assert_eq!(profile.tail.last().map(|a| (a.after, a.next.is_none())), Some((39_999, true)));
        let deep = profile.donors.iter().filter(|a| a.after >= 20_000).count();
        assert!((3_700..4_300).contains(&deep), "the sample is uniform: {deep}");
        let number = |cell: Option<&str>| cell.and_then(|t| t.parse::<u32>().ok());
        for gap in &profile.gaps {
            let (a, b) = (number(gap.row[0].as_deref()), number(gap.behind(0)));
            assert!(a.zip(b).is_some_and(|(a, b)| b >= a + 2), "{gap:?}");
        }
    }
}
