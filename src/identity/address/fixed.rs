//! Fixed numbers: those of an address that are the same wherever its words are, as that of a
//! state house before whose rooms it stands. A canary has another room there, but no other
//! house. Addresses that are somebody's as they are, are `house`'s.

use rustc_hash::FxHashMap;

/// So many addresses of the same words tell, of which that share has the same number.
const TELLING: usize = 5;
const SAME: f64 = 0.9;

/// Which numbers are fixed, by words.
#[derive(Debug, Default)]
pub struct Fixed {
    by_words: FxHashMap<String, Vec<bool>>,
}

impl Fixed {
    /// Reads words and the text with numbers that goes with them.
    pub fn of<'a>(texts: impl Iterator<Item = (String, &'a str)>) -> Self {
        let mut met: FxHashMap<String, Vec<Vec<&str>>> = FxHashMap::default();
        texts.for_each(|(words, text)| {
            met.entry(words).or_default().push(numbers(text).map(|(_, number)| number).collect())
        });
        met.retain(|words, rows| rows.len() >= TELLING && !words.is_empty());
        let by_words = met.into_iter().map(|(words, rows)| (words, fixed(&rows)));
        Self { by_words: by_words.filter(|(_, fixed)| fixed.contains(&true)).collect() }
    }

    /// Whether no number is fixed anywhere.
    pub fn are_none(&self) -> bool {
        self.by_words.is_empty()
    }

    /// By place in the text, whether a number is fixed; nothing where no number is.
    pub fn get(&self, words: &str) -> &[bool] {
        self.by_words.get(words).map_or(&[], Vec::as_slice)
    }
}

fn fixed(rows: &[Vec<&str>]) -> Vec<bool> {
    let is_fixed = |nth: usize| {
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        rows.iter().filter_map(|row| row.get(nth)).for_each(|number| *counts.entry(number).or_default() += 1);
        counts.values().max().is_some_and(|most| *most as f64 >= SAME * rows.len() as f64)
    };
    (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(is_fixed).collect()
}

/// The numbers of a text and where they begin, in octets.
pub fn numbers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let parts = text.split(|c: char| !c.is_ascii_digit()).map(move |part| {
        let begin = at;
        // What parts them is one character, of as many octets as it has.
        at += part.len() + text[at + part.len()..].chars().next().map_or(0, char::len_utf8);
        (begin, part)
    });
    parts.filter(|(_, number)| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_whose_rooms_many_have_keeps_its_number() {
        let rooms: Vec<String> = (0..20).map(|n| format!("{}-B, 11 S. Union St.", 400 + n * 7)).collect();
        let words = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
        let houses = (0..20).map(|n| ["12 Main St", "14 Main St", "97 Oak Ave"][n % 3]);
        let texts = rooms.iter().map(String::as_str).chain(houses);
        let fixed = Fixed::of(texts.map(|text| (words(text), text)));
        assert_eq!(fixed.get("000-B, 00 S. Union St."), [false, true]);
        assert!(fixed.get("00 Main St").is_empty(), "two houses of one street");
        assert!(fixed.get("0 Elm St").is_empty());
    }
}
