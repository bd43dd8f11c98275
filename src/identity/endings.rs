//! Endings: with what the given names of a table's men and women end, by which a
//! name that the other sex bears may be given to somebody of this one. Where the
//! name comes from is left to the draft.

use rustc_hash::FxHashMap;

use super::locale::Sex;
use super::piece::Piece;

/// The share of rows of the other sex among those of one name, up to which names are a
/// man's or a woman's.
const CROSSING: f64 = 0.02;
/// Rows that are too few to tell.
const FEW: f64 = 50.0;

/// The endings of one piece's names.
#[derive(Debug, Default)]
pub struct Endings {
    /// The sex of each row.
    rows: Vec<Option<Sex>>,
    /// How likely a man and a woman bear the name of each row.
    likely: Vec<[f64; 2]>,
}

impl Endings {
    /// Reads a piece of given names; `sex` is that of a row.
    pub fn of(piece: &Piece, sex: impl Fn(u32) -> Option<Sex>) -> Self {
        let rows: Vec<Option<Sex>> = (0..piece.exact.len() as u32).map(sex).collect();
        let ending = |row: usize| piece.text_of_row(row as u32).and_then(last);
        // Rows by the last character of the name: men's, and all whose sex is told.
        let mut counts: FxHashMap<char, (u32, u32)> = FxHashMap::default();
        for (row, sex) in rows.iter().enumerate().filter_map(|(row, sex)| Some((row, (*sex)?))) {
            if let Some(last) = ending(row) {
                let (men, all) = counts.entry(last).or_default();
                *men += u32::from(sex == Sex::Male);
                *all += 1;
            }
        }
        let are_apart = are_apart(piece, &rows);
        let likely = |(row, sex): (usize, &Option<Sex>)| {
            let counts = ending(row).and_then(|c| counts.get(&c)).copied().unwrap_or_default();
            [Sex::Male, Sex::Female].map(|own| match sex {
                Some(sex) if *sex != own => {
                    if are_apart {
                        0.0
                    } else {
                        crossing(counts, own)
                    }
                }
                _ => 1.0,
            })
        };
        Self { likely: rows.iter().enumerate().map(likely).collect(), rows }
    }

    /// Whether no names were read.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The share of men among rows; nothing where no sex is known.
    pub fn men(&self, rows: impl Iterator<Item = u32>) -> Option<f64> {
        let sexes: Vec<Sex> = rows.filter_map(|row| *self.rows.get(row as usize)?).collect();
        let men = sexes.iter().filter(|sex| **sex == Sex::Male).count();
        (!sexes.is_empty()).then(|| men as f64 / sexes.len() as f64)
    }

    /// How likely somebody of that sex bears the name of a row: surely where the row is
    /// of the same sex or of none known, never where the table's men and women have names
    /// of their own, else as its ending is no more the other sex's than this one's.
    pub fn suits(&self, row: u32, sex: Option<Sex>) -> f64 {
        let known = sex.zip(self.likely.get(row as usize));
        known.map_or(1.0, |(sex, [man, woman])| if sex == Sex::Male { *man } else { *woman })
    }
}

/// How likely somebody of a sex bears a name of the other's with an ending that so many
/// men have, and so many people.
fn crossing((men, all): (u32, u32), own: Sex) -> f64 {
    let alike = if own == Sex::Male { men } else { all - men };
    (2.0 * (f64::from(alike) + 0.5) / (f64::from(all) + 1.0)).min(1.0)
}

/// Whether people of one name are of one sex: of pairs of a row and another of its name.
fn are_apart(piece: &Piece, rows: &[Option<Sex>]) -> bool {
    let mut counts = vec![(0.0, 0.0); piece.texts.len()];
    for (text, sex) in piece.exact.iter().zip(rows) {
        match (counts.get_mut(*text as usize), sex) {
            (Some((men, _)), Some(Sex::Male)) => *men += 1.0,
            (Some((_, women)), Some(Sex::Female)) => *women += 1.0,
            _ => {}
        }
    }
    let several = || counts.iter().filter(|(men, women)| men + women > 1.0);
    let met: f64 = several().map(|(men, women)| men + women).sum();
    let crossing: f64 = several().map(|(men, women)| 2.0 * men * women / (men + women - 1.0)).sum();
    met >= FEW && crossing <= met * CROSSING
}

fn last(name: &str) -> Option<char> {
    name.trim().chars().next_back().map(|c| c.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::piece::Part;

    #[test]
    fn a_name_suits_the_other_sex_by_its_ending() {
        let names =
            ["建军", "海军", "红军", "丽娟", "小华", "建华", ""].map(|n| Some(n.to_owned()).filter(|n| !n.is_empty()));
        let sexes = [Sex::Male, Sex::Male, Sex::Male, Sex::Female, Sex::Female, Sex::Male].map(Some);
        let piece = Piece::new(0, Part::Given, names.to_vec());
        let endings = Endings::of(&piece, |row| sexes.get(row as usize).copied().flatten());
        let suits = |row: u32, sex| endings.suits(row, sex);
        assert_eq!((suits(0, Some(Sex::Male)), suits(0, None)), (1.0, 1.0));
        assert!((suits(0, Some(Sex::Female)) - 0.25).abs() < 1e-9);
        assert!((suits(3, Some(Sex::Male)) - 0.5).abs() < 1e-9);
        assert_eq!((suits(4, Some(Sex::Male)), suits(5, Some(Sex::Female))), (1.0, 1.0));
        assert_eq!(suits(6, Some(Sex::Male)), 1.0);
        assert_eq!((endings.men(3..6), endings.men(6..7)), (Some(1.0 / 3.0), None));
    }

    #[test]
    fn no_mans_name_is_a_womans_where_hardly_any_is_both() {
        let suits = |both: usize| {
            let name = |n: usize| ["Simon", "Karen", "Robin"][if n < both { 2 } else { n % 2 }].to_owned();
            let piece = Piece::new(0, Part::Given, (0..100).map(|n| Some(name(n))).collect());
            let sex = |row: u32| Some(if row.is_multiple_of(2) { Sex::Male } else { Sex::Female });
            Endings::of(&piece, sex).suits(98, Some(Sex::Female))
        };
        assert_eq!((suits(0), suits(1)), (0.0, 0.0));
        assert!(suits(10) > 0.1);
    }
}
