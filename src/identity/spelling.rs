//! Spelling: how the names of one piece are written in Latin letters, worked
//! out once for every text, and which rows have a name of given letters. What
//! letters are wanted is told by a mailbox's `Fit`.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::locale::Locale;
use super::mailbox::Fit;
use super::mailname;
use super::piece::{NONE, Piece};
use crate::model::Entropy;

/// One name in Latin letters.
#[derive(Debug, Clone, Default)]
pub struct Spelling {
    pub latin: String,
    /// The first letter of each syllable, if there are two or more.
    pub initials: String,
}

impl Spelling {
    /// How a name is written.
    pub fn of(locale: Locale, name: &str) -> Self {
        Self { latin: locale.latin(name), initials: mailname::initials(locale, name) }
    }
}

/// What letters a name should have.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'f> {
    pub word: Option<&'f str>,
    pub initial: Option<char>,
    pub initials: Option<&'f str>,
}

impl<'f> Wanted<'f> {
    /// What a mailbox asks of its owner's given name.
    pub fn given(fit: &'f Fit) -> Self {
        Self { word: fit.given.as_deref(), initial: fit.given_initial, initials: fit.initials.as_deref() }
    }
}

/// Rows by the letters of their names.
#[derive(Debug, Default)]
struct Groups {
    numbers: FxHashMap<String, u32>,
    rows: Vec<Vec<u32>>,
    /// The group of each row.
    of: Vec<u32>,
}

impl Groups {
    fn meet(&mut self, row: u32, letters: Option<&str>) {
        let Some(letters) = letters else { return self.of.push(NONE) };
        let next = self.rows.len() as u32;
        let number = *self.numbers.entry(letters.to_owned()).or_insert(next);
        if number == next {
            self.rows.push(Vec::new());
        }
        self.rows[number as usize].push(row);
        self.of.push(number);
    }
}

/// The names of a piece by their letters.
#[derive(Debug, Default)]
pub struct Spellings {
    /// By the number of the text.
    all: Vec<Spelling>,
    /// By the whole word, by the initials of its syllables, by its first letter.
    groups: [Groups; 3],
}

/// Rows with wanted letters: those of a group of each of these kinds.
#[derive(Debug, Clone, Copy)]
pub struct Fitting<'s> {
    names: &'s Spellings,
    groups: [Option<u32>; 3],
}

impl Spellings {
    /// The names of a piece.
    pub fn of(locale: Locale, piece: &Piece) -> Self {
        let all: Vec<Spelling> = piece.texts.iter().map(|text| Spelling::of(locale, text)).collect();
        let mut groups = [const { None }; 3].map(|_: Option<Groups>| Groups::default());
        for (row, text) in piece.exact.iter().enumerate() {
            let name = all.get(*text as usize);
            groups[0].meet(row as u32, name.map(|n| n.latin.as_str()));
            groups[1].meet(row as u32, name.map(|n| n.initials.as_str()));
            groups[2].meet(row as u32, name.and_then(|n| n.latin.get(..1)));
        }
        Self { all, groups }
    }

    /// How a text is written, by its number.
    pub fn of_text(&self, text: u32) -> Option<&Spelling> {
        self.all.get(text as usize)
    }

    /// The rows with the wanted letters; nothing where no row has them, or none
    /// are wanted.
    pub fn fitting(&self, wanted: &Wanted<'_>) -> Option<Fitting<'_>> {
        let mut letter = [0; 4];
        let letter = wanted.initial.map(|c| &*c.encode_utf8(&mut letter));
        let mut groups = [None; 3];
        for (n, letters) in [wanted.word, wanted.initials, letter].into_iter().enumerate() {
            if let Some(letters) = letters {
                groups[n] = Some(*self.groups[n].numbers.get(letters)?);
            }
        }
        groups.iter().any(Option::is_some).then_some(Fitting { names: self, groups })
    }
}

impl<'s> Fitting<'s> {
    /// Whether a row is one of them.
    pub fn has(&self, row: u32) -> bool {
        let in_group = |n: usize| self.groups[n].is_none_or(|group| self.names.groups[n].of[row as usize] == group);
        (0..3).all(in_group)
    }

    /// The rows of the rarest kind, among which all of them are.
    pub fn near(&self) -> &'s [u32] {
        let rows = |n: usize| self.groups[n].map(|group| &self.names.groups[n].rows[group as usize][..]);
        (0..3).find_map(rows).unwrap_or_default()
    }

    /// Any of them that suits.
    pub fn any(&self, suits: impl Fn(u32) -> bool, entropy: &mut dyn Entropy) -> Option<u32> {
        let all: Vec<u32> = self.near().iter().copied().filter(|row| self.has(*row) && suits(*row)).collect();
        (!all.is_empty()).then(|| all[entropy.random_range(0..all.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn rows_are_found_by_the_letters_of_their_names() {
        let names = ["小明", "晓明", "明", "晓梅", "明"].map(|n| Some(n.to_owned())).into_iter().chain([None]);
        let piece = Piece::new(0, crate::identity::piece::Part::Given, names.collect());
        let spellings = Spellings::of(Locale::ZhCn, &piece);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut rows = |word, initials, initial| {
            let fitting = spellings.fitting(&Wanted { word, initial, initials })?;
            assert!(fitting.any(|_| true, &mut entropy).is_none_or(|row| fitting.has(row)));
            Some((0..6).filter(|row| fitting.has(*row)).collect::<Vec<u32>>())
        };
        assert_eq!(rows(Some("xiaoming"), None, None), Some(vec![0, 1]));
        assert_eq!(rows(None, Some("xm"), None), Some(vec![0, 1, 3]));
        assert_eq!(rows(None, None, Some('m')), Some(vec![2, 4]));
        assert_eq!(rows(Some("ming"), Some("xm"), None), Some(vec![]));
        assert_eq!((rows(Some("wei"), None, None), rows(None, None, None)), (None, None));
    }
}
