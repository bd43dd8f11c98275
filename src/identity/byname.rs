//! A byname: what somebody is called beside their whole given name, in tables that have a
//! column of either: Tom and Thomas Livingston, Ann and Ann. That a canary's goes with its
//! whole name is seen to here; the names themselves are drawn before.

use rustc_hash::FxHashSet;

use super::profile::Profile;
use super::redraw::case_like;
use super::{Role, Row};

/// From this share of rows on that begin the whole name with the other, the two are one person's.
const SAME: f64 = 0.25;
/// Fewer rows do not tell.
const ENOUGH: usize = 20;

/// A column of bynames, and one of whole given names.
#[derive(Debug)]
pub struct Bynames {
    by: usize,
    whole: usize,
    /// What rows have of the two, the first word of the whole name alone, in small letters.
    pairs: FxHashSet<(String, String)>,
}

impl Bynames {
    /// The two columns of a table, if it has such.
    pub fn find(profile: &Profile) -> Option<Self> {
        let columns: Vec<usize> = profile.columns_of(Role::GivenName).collect();
        let &[a, b] = &columns[..] else { return None };
        let words = |column| {
            let texts = profile.donors.iter().filter_map(move |anchor| profile.text(&anchor.row, Some(column)));
            texts.map(|text| text.split_whitespace().count()).sum::<usize>()
        };
        let (by, whole) = if words(a) > words(b) { (b, a) } else { (a, b) };
        let pairs: Vec<_> = profile.donors.iter().filter_map(|anchor| pair(&anchor.row, by, whole)).collect();
        let same = pairs.iter().filter(|(called, first)| called == first).count();
        let are_ones = pairs.len() >= ENOUGH && same as f64 >= SAME * pairs.len() as f64;
        are_ones.then(|| Self { by, whole, pairs: pairs.into_iter().collect() })
    }

    /// Begins the whole name with what the person is called by, where nobody of the table is
    /// called so by such a name.
    pub fn mend(&self, row: &mut Row) {
        let Some(pair) = pair(row, self.by, self.whole).filter(|pair| !self.pairs.contains(pair)) else { return };
        let whole = row[self.whole].as_deref().unwrap_or_default();
        let (first, rest) = whole.split_at(whole.find(char::is_whitespace).unwrap_or(whole.len()));
        let called = row[self.by].as_deref().filter(|_| pair.0 != pair.1).unwrap_or(first);
        row[self.whole] = Some(format!("{}{rest}", case_like(called, first)));
    }
}

/// What a row has of the two.
fn pair(row: &Row, by: usize, whole: usize) -> Option<(String, String)> {
    let [called, whole] = [by, whole].map(|column| row[column].as_deref().unwrap_or_default().trim().to_lowercase());
    let first = whole.split_whitespace().next()?.to_owned();
    (!called.is_empty()).then_some((called, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    fn find(rows: &[[&str; 2]]) -> Option<Bynames> {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["first_name", "given_names"].map(str::to_owned));
        rows.iter().cycle().take(60).for_each(|row| profiler.meet(&row.map(Some), &mut entropy));
        let roles = [Role::GivenName, Role::GivenName];
        Bynames::find(&profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() }))
    }

    #[test]
    fn who_is_called_as_nobody_of_that_name_is_called_by_it() {
        let called =
            find(&[["Tom", "Thomas John"], ["Ann", "Ann"], ["Kit", "Carl"], ["Roy", "Roy Neal"]]).expect("two");
        for (by, whole, want) in [
            ("Tom", "Thomas Neal", "Thomas Neal"),
            ("Ann", "Carl Neal", "Ann Neal"),
            ("Kit", "Carl", "Carl"),
            ("Roy", "Roy", "Roy"),
            ("Ben", "CARL NEAL", "BEN NEAL"),
            ("", "Carl", "Carl"),
        ] {
            let mut row: Row = [by, whole].map(|cell| Some(cell.to_owned())).into();
            called.mend(&mut row);
            assert_eq!(row[1].as_deref(), Some(want), "{by}");
        }
    }

    #[test]
    fn two_peoples_names_are_left_alone() {
        assert!(find(&[["Tom", "Ann"], ["Kit", "Carl"], ["Roy", "Tom"], ["Ann", "Ann"], ["Tom", "Eve"]]).is_none());
    }
}
