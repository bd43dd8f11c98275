//! Surnames of the United States by share of the people and by ethnic group
//! (as people told the census).

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::identity::locale::table::{number, rows};
use crate::identity::locale::weighted::Weighted;
use crate::model::Entropy;

/// People counted with a surname in the census of 2010.
const PEOPLE: f64 = 294_979_229.0;
/// White, black, Asian or Pacific islander, Hispanic: the columns of the data.
const GROUPS: usize = 4;
const FIRST_GROUP: usize = 2;

struct Surnames {
    /// The commonest first.
    names: Vec<&'static str>,
    /// By the name in small letters, without signs.
    places: HashMap<String, usize>,
    all: Weighted,
    /// Bearers of each group.
    groups: Vec<Weighted>,
}

fn surnames() -> &'static Surnames {
    static BUILT: OnceLock<Surnames> = OnceLock::new();
    BUILT.get_or_init(|| {
        let listed: Vec<_> = rows(include_str!("surnames.tsv")).collect();
        let group = |g| Weighted::new(listed.iter().map(|row| number(row, 1) * number(row, FIRST_GROUP + g)));
        Surnames {
            names: listed.iter().map(|row| row[0]).collect(),
            places: listed.iter().enumerate().map(|(place, row)| (plain(row[0]), place)).collect(),
            all: Weighted::new(listed.iter().map(|row| number(row, 1))),
            groups: (0..GROUPS).map(group).collect(),
        }
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// A surname by its share.
pub(super) fn draw(entropy: &mut dyn Entropy) -> &'static str {
    surnames().names[surnames().all.draw(entropy).unwrap_or(0)]
}

/// A surname of the group that most bearers of another one told; of anybody
/// where that one is not listed.
pub(super) fn draw_like(like: &str, entropy: &mut dyn Entropy) -> &'static str {
    let Some(group) = group(like) else { return draw(entropy) };
    surnames().names[surnames().groups[group].draw(entropy).unwrap_or(0)]
}

/// The group that most bearers told; none of a surname that is not listed.
pub(super) fn group(surname: &str) -> Option<usize> {
    let place = *surnames().places.get(&plain(surname))?;
    let weight = |group: &usize| surnames().groups[*group].weight(place);
    (0..GROUPS).max_by(|a, b| weight(a).total_cmp(&weight(b)))
}

/// The share of people who bear it.
pub(super) fn share(surname: &str) -> f64 {
    surnames().places.get(&plain(surname)).map_or(0.0, |place| surnames().all.weight(*place) / PEOPLE)
}

/// The surname of those letters.
pub(super) fn of_latin(latin: &str) -> Option<&'static str> {
    surnames().places.get(&plain(latin)).map(|place| surnames().names[*place])
}
