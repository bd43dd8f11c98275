//! Common streets of the United States: names and types apart, as most names
//! go with most types.

use std::sync::OnceLock;

use crate::identity::locale::table::{number, rows};
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// Words of one kind with their weights.
struct Words {
    words: Vec<&'static str>,
    weights: Weighted,
}

fn words(kind: &str) -> Words {
    let listed: Vec<_> = rows(include_str!("streets.tsv")).filter(|row| row[0] == kind).collect();
    Words {
        words: listed.iter().map(|row| row[1]).collect(),
        weights: Weighted::new(listed.iter().map(|row| number(row, 2))),
    }
}

impl Words {
    fn draw(&self, entropy: &mut dyn Entropy) -> Option<&'static str> {
        Some(self.words[self.weights.draw(entropy)?])
    }
}

/// The name and the type of a street, such as `Oak` and `St`.
pub(super) fn draw(entropy: &mut dyn Entropy) -> Option<(&'static str, &'static str)> {
    static BUILT: OnceLock<(Words, Words)> = OnceLock::new();
    let (names, types) = BUILT.get_or_init(|| (words("name"), words("type")));
    Some((names.draw(entropy)?, types.draw(entropy)?))
}
