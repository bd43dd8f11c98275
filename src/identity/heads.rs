//! Heads: the divisions that a table's resident numbers begin with, and how often
//! one that a single row has lies beside others'. Which numbers are nobody's is
//! `idcard`'s to say.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::idcard::Nearby;
use super::locale::zh_cn::regions::{self, Code};
use super::piece::Piece;

/// The heads of one column's numbers, by the piece's texts.
#[derive(Debug, Default)]
pub struct Heads {
    codes: Vec<Option<&'static Code>>,
    /// How many rows have each.
    counts: Vec<u32>,
    /// How often the prefecture of a head that one row has is another row's too.
    pub neighbours: f64,
    /// By prefecture.
    nearby: FxHashMap<u32, Nearby>,
}

impl Heads {
    /// Reads a piece's texts, which are the first six digits of numbers.
    pub fn of(piece: &Piece) -> Self {
        let codes: Vec<_> = piece.texts.iter().map(|text| regions::find(text.parse().ok()?)).collect();
        let mut rows: FxHashMap<u32, u32> = FxHashMap::default();
        for (code, count) in codes.iter().zip(&piece.counts) {
            *rows.entry(code.map_or(0, |c| c.code / 100)).or_default() += count;
        }
        let single = codes.iter().zip(&piece.counts).filter(|(_, count)| **count == 1);
        let shared: Vec<bool> = single.filter_map(|(code, _)| Some(rows[&(code.as_ref()?.code / 100)] > 1)).collect();
        let yes = shared.iter().filter(|s| **s).count();
        let nearby = piece.texts.iter().filter_map(|text| text.parse().ok()).map(|region: u32| region / 100);
        Self {
            neighbours: if shared.is_empty() { 1.0 } else { yes as f64 / shared.len() as f64 },
            nearby: nearby.map(|prefecture| (prefecture, Nearby::of(prefecture * 100))).collect(),
            counts: piece.counts.clone(),
            codes,
        }
    }

    /// The division of a text.
    pub fn code(&self, text: u32) -> Option<&'static Code> {
        *self.codes.get(text as usize)?
    }

    /// The division of a text that only one row has.
    pub fn alone(&self, text: u32) -> Option<u32> {
        let is_alone = self.counts.get(text as usize) == Some(&1);
        self.code(text).filter(|_| is_alone).map(|code| code.code)
    }

    /// The codes around a division.
    pub fn around(&self, region: u32) -> Cow<'_, Nearby> {
        let known = self.nearby.get(&(region / 100));
        known.map_or_else(|| Cow::Owned(Nearby::of(region)), Cow::Borrowed)
    }
}
