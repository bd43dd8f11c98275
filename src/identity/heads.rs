//! Heads: the divisions that a table's resident numbers begin with, and how often
//! one that a single row has lies beside others'. Which numbers are nobody's is
//! `idcard`'s to say.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::idcard::Nearby;
use super::level::Shares;
use super::locale::zh_cn::regions::{self, Code};
use super::piece::Piece;

/// The heads of one column's numbers, by the piece's texts.
#[derive(Debug, Default)]
pub struct Heads {
    codes: Vec<Option<&'static Code>>,
    /// The share of rows with each division.
    pub shares: Shares,
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
        let prefectures: BTreeSet<u32> =
            piece.texts.iter().filter_map(|text| Some(text.parse::<u32>().ok()? / 100)).collect();
        // Those that rows have are drawn as often as rows have them: once more as what lies
        // around, they would be many times as frequent.
        let known: FxHashSet<u32> = codes.iter().flatten().map(|code| code.code).collect();
        let around = |prefecture| (prefecture, Nearby::apart_from(&|code| known.contains(&code), prefecture * 100));
        let counted = codes.iter().zip(&piece.counts).filter_map(|(code, count)| Some(((*code)?.code, *count)));
        Self {
            shares: Shares::of(counted),
            neighbours: if shared.is_empty() { 1.0 } else { yes as f64 / shared.len() as f64 },
            nearby: prefectures.into_iter().map(around).collect(),
            codes,
        }
    }

    /// The division of a text.
    pub fn code(&self, text: u32) -> Option<&'static Code> {
        *self.codes.get(text as usize)?
    }

    /// The codes around a division.
    pub fn around(&self, region: u32) -> Cow<'_, Nearby> {
        let known = self.nearby.get(&(region / 100));
        known.map_or_else(|| Cow::Owned(Nearby::of(region)), Cow::Borrowed)
    }
}
