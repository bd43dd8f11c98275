//! Joints: where the Chinese texts of a piece can be cut without cutting a word,
//! found by what stands beside what in the texts themselves (a word's end is where
//! many things can follow; Harris 1955). What is made of the parts is `compose`'s.

use rustc_hash::FxHashMap;

use super::locale::is_han;

/// What parts the things that a text lists: an employer and the post there.
pub const SEPARATORS: [char; 8] = ['，', '、', '；', '。', ',', ';', '/', ' '];

/// Texts that are looked through.
const TEXTS: usize = 4_000;
/// Characters of a tail at most.
const LONGEST: usize = 16;
/// Different characters before a tail, from which on it is one.
const VARIED: usize = 3;
/// The share of a character's followers from which on it is not parted from one.
const BOUND: f64 = 0.5;

/// What was found in the texts of one piece.
#[derive(Debug, Default)]
pub struct Joints {
    /// The characters before each tail, a few of them.
    before: FxHashMap<String, Vec<char>>,
    /// How often one character follows another, and any follows it.
    pairs: FxHashMap<(char, char), u32>,
    followed: FxHashMap<char, u32>,
}

impl Joints {
    /// Looks through texts.
    pub fn of(texts: &[String]) -> Self {
        let mut joints = Self::default();
        for text in texts.iter().filter(|text| text.chars().any(is_han)).take(TEXTS) {
            text.split(SEPARATORS).for_each(|part| joints.meet(&part.chars().collect::<Vec<_>>()));
        }
        joints
    }

    fn meet(&mut self, text: &[char]) {
        for two in text.windows(2) {
            *self.pairs.entry((two[0], two[1])).or_default() += 1;
            *self.followed.entry(two[0]).or_default() += 1;
        }
        for at in text.len().saturating_sub(LONGEST).max(1)..text.len() {
            let before = self.before.entry(text[at..].iter().collect()).or_default();
            if before.len() < VARIED && !before.contains(&text[at - 1]) {
                before.push(text[at - 1]);
            }
        }
    }

    /// Where a text can be cut, in characters from its beginning.
    pub fn of_text(&self, text: &[char]) -> Vec<usize> {
        let is_joint = |at: &usize| self.is_tail(&text[*at..]) && !self.are_bound(text[at - 1], text[*at]);
        let joints: Vec<usize> = (1..text.len()).filter(is_joint).collect();
        if !joints.is_empty() {
            return joints;
        }
        (2..text.len().saturating_sub(1)).filter(|at| self.is_seam(&text[at - 2..at + 2])).collect()
    }

    /// Whether two characters stand together by chance, each bound to its other neighbour.
    fn is_seam(&self, four: &[char]) -> bool {
        let often = |n: usize| self.pairs.get(&(four[n], four[n + 1])).copied().unwrap_or(0) > 1;
        often(0) && !often(1) && often(2)
    }

    fn is_tail(&self, tail: &[char]) -> bool {
        self.before.get(&tail.iter().collect::<String>()).is_some_and(|before| before.len() >= VARIED)
    }

    fn are_bound(&self, one: char, next: char) -> bool {
        let pairs = self.pairs.get(&(one, next)).copied().unwrap_or(0);
        pairs > 1 && f64::from(pairs) > BOUND * f64::from(self.followed.get(&one).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn where_no_end_is_common_words_are_parted_where_they_meet_by_chance() {
        let characters: Vec<char> = ('一'..).take(400).collect();
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut word = || characters.chunks(2).nth(entropy.random_range(0..200)).unwrap_or_default();
        let texts: Vec<String> = (0..300).map(|_| [word(), word(), word(), word()].concat().iter().collect()).collect();
        let joints = Joints::of(&texts);
        let cuts = |text: &String| joints.of_text(&text.chars().collect::<Vec<_>>());
        assert!(texts.iter().flat_map(cuts).all(|at| at % 2 == 0));
        assert!(texts.iter().filter(|text| !cuts(text).is_empty()).count() > 200);
    }

    #[test]
    fn words_are_not_cut() {
        let places = ["杭州", "宁波", "上海", "绍兴"];
        let names = ["同创", "鑫源", "海纳", "瑞丰", "佳和"];
        let trades = ["电子", "食品", "纺织", "物流", "网络科技", "用品"];
        let texts: Vec<String> = (0..60)
            .map(|n| format!("{}{}{}有限公司", places[n * 7 % 4], names[n * 3 % 5], trades[n * 5 % 6]))
            .collect();
        let joints = Joints::of(&texts);
        let cut = |text: &str| joints.of_text(&text.chars().collect::<Vec<_>>());
        assert!(cut("杭州同创电子有限公司").contains(&4));
        for text in &texts {
            let cuts = cut(text);
            assert!(cuts.iter().all(|at| *at == 2 || *at == 4), "{text} {cuts:?}");
        }
        assert!(cut("天下第一").is_empty());
        assert!(Joints::of(&[]).of_text(&['甲', '乙']).is_empty());
    }
}
