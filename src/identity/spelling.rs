//! Spelling: how the names of one piece are written in Latin letters, worked
//! out once for every text, and which rows have a name of given letters. What
//! letters are wanted is told by a mailbox's `Fit`.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::locale::Locale;
use super::mailname;
use super::views::{NONE, Piece};
use crate::model::Entropy;

/// One name in Latin letters.
#[derive(Debug, Clone, Default)]
pub struct Spelling {
    pub latin: String,
    /// The first letter of each syllable, if there are two or more.
    pub initials: String,
}

/// What letters a name should have.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'f> {
    pub word: Option<&'f str>,
    pub initial: Option<char>,
    pub initials: Option<&'f str>,
}

/// The names of a piece by their letters.
#[derive(Debug, Default)]
pub struct Spellings {
    /// By the number of the text.
    all: Vec<Spelling>,
    /// The number of each row's text.
    texts: Vec<u32>,
    by_word: FxHashMap<String, Vec<u32>>,
    by_initials: FxHashMap<String, Vec<u32>>,
    by_letter: FxHashMap<char, Vec<u32>>,
}

impl Spelling {
    /// How a name is written.
    pub fn of(locale: Locale, name: &str) -> Self {
        Self { latin: locale.latin(name), initials: mailname::initials(locale, name) }
    }
}

impl Wanted<'_> {
    /// Whether any name will do.
    pub fn is_free(&self) -> bool {
        self.word.is_none() && self.initial.is_none() && self.initials.is_none()
    }

    fn fits(&self, name: &Spelling) -> bool {
        self.word.is_none_or(|w| w == name.latin)
            && self.initial.is_none_or(|c| name.latin.starts_with(c))
            && self.initials.is_none_or(|i| i == name.initials)
    }
}

impl Spellings {
    /// The names of a piece.
    pub fn of(locale: Locale, piece: &Piece) -> Self {
        let all = piece.texts.iter().map(|text| Spelling::of(locale, text)).collect();
        let mut made = Self { all, texts: piece.exact.clone(), ..Self::default() };
        for row in (0..piece.exact.len() as u32).filter(|r| piece.exact[*r as usize] != NONE) {
            let name = &made.all[made.texts[row as usize] as usize];
            made.by_word.entry(name.latin.clone()).or_default().push(row);
            made.by_initials.entry(name.initials.clone()).or_default().push(row);
            if let Some(letter) = name.latin.chars().next() {
                made.by_letter.entry(letter).or_default().push(row);
            }
        }
        made
    }

    /// How the name of a row is written.
    pub fn of_row(&self, row: u32) -> Option<&Spelling> {
        self.all.get(*self.texts.get(row as usize)? as usize)
    }

    /// Whether the name of a row has the wanted letters.
    pub fn fits(&self, row: u32, wanted: &Wanted<'_>) -> bool {
        self.of_row(row).is_some_and(|name| wanted.fits(name))
    }

    /// Rows among which are all those with the wanted letters.
    pub fn near(&self, wanted: &Wanted<'_>) -> &[u32] {
        let rows = match wanted {
            Wanted { word: Some(word), .. } => self.by_word.get(*word),
            Wanted { initials: Some(initials), .. } => self.by_initials.get(*initials),
            Wanted { initial, .. } => initial.and_then(|letter| self.by_letter.get(&letter)),
        };
        rows.map_or(&[], Vec::as_slice)
    }

    /// Any of the rows with the wanted letters.
    pub fn any(&self, wanted: &Wanted<'_>, entropy: &mut dyn Entropy) -> Option<u32> {
        let fitting: Vec<u32> = self.near(wanted).iter().copied().filter(|row| self.fits(*row, wanted)).collect();
        (!fitting.is_empty()).then(|| fitting[entropy.random_range(0..fitting.len())])
    }
}
