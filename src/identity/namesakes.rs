//! Namesakes: how the people of a table are called, so that no canary is taken
//! for one of them, and whether they are called as on the locale's lists. How a name is drawn is
//! left to the draft.

use rustc_hash::FxHashSet;

use super::drawn::{Claim, claim};
use super::piece::{NONE, Part, Piece};
use super::profile::Profile;
use super::views::Views;
use super::{Locale, Role, Row, persona};

/// Names put together of two rows to see how many are somebody's.
const TRIED: usize = 500;
/// From one row to the other, so that neighbours' others are no neighbours.
const FACTOR: usize = 31;
/// The share of these from which on one that is nobody's is not looked for among the
/// table's own surnames and given names.
const FEW: f64 = 0.9;

/// Different names from which on they tell of what people they are.
const MANY: usize = 100;

/// The names that people of the kept rows bear.
#[derive(Debug, Default)]
pub struct Namesakes {
    /// As they are written, as claims.
    written: FxHashSet<Claim>,
    /// The surname and the given name, by the numbers of their texts.
    pairs: FxHashSet<(u32, u32)>,
    /// Nearly every surname of the table goes with nearly every given name.
    pub are_few: bool,
}

impl Namesakes {
    /// Reads the kept rows.
    pub fn of(profile: &Profile, views: &Views) -> Self {
        let piece = |role, part| Some(&views.pieces[views.of_name(profile, role, part)?]);
        let parts = piece(Role::Surname, Part::Surname).zip(piece(Role::GivenName, Part::Given));
        let pair = |a: usize, b: usize| parts.and_then(|(surname, given)| ids(surname, given, (a, b)));
        let rows = profile.donors.len();
        let pairs: FxHashSet<(u32, u32)> = (0..rows).filter_map(|row| pair(row, row)).collect();
        let some = (0..rows).step_by((rows / TRIED).max(1));
        let tried: Vec<_> = some.filter_map(|row| pair(row, (row * FACTOR + 1) % rows)).collect();
        let met = tried.iter().filter(|pair| pairs.contains(pair)).count();
        Self { written: written(profile), pairs, are_few: met as f64 > FEW * tried.len() as f64 }
    }

    /// Whether somebody of the table bears one of these names.
    pub fn bear(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.written.contains(&claim(None, name)))
    }

    /// Whether somebody has this surname and this given name, by the numbers of the texts.
    pub fn have(&self, surname: u32, given: u32) -> bool {
        self.pairs.contains(&(surname, given))
    }
}

/// The numbers of one row's surname and of another's given name.
fn ids(surname: &Piece, given: &Piece, (a, b): (usize, usize)) -> Option<(u32, u32)> {
    Some((surname.exact[a], given.exact[b])).filter(|(a, b)| *a != NONE && *b != NONE)
}

fn written(profile: &Profile) -> FxHashSet<Claim> {
    let full: Vec<usize> = profile.columns_of(Role::FullName).collect();
    let rows = profile.donors.iter().map(|a| &a.row);
    let of = |row: &Row| -> Vec<String> {
        let told: Vec<String> = full.iter().filter_map(|c| row[*c].clone()).collect();
        let parts =
            || persona::of_row(profile, row).map(|p| profile.locale.join(&p.name.surname, &p.name.given, "Aa Bb"));
        if full.is_empty() { parts().into_iter().collect() } else { told }
    };
    rows.flat_map(of).map(|name| claim(None, &name)).collect()
}

/// The share of a piece's rare names that are on no list of the locale, where most of its people's
/// names are not; 0 elsewhere, and of what is no name.
pub fn strange(profile: &Profile, views: &Views, n: usize) -> f64 {
    let (piece, pack) = (&views.pieces[n], profile.locale.pack());
    let is_surname = piece.part == Part::Surname || profile.roles[piece.column] == Role::Surname;
    // What Chinese are called is put together of characters, which no list has.
    let is_given = views.is_given(n) && profile.locale == Locale::EnUs;
    if !is_surname && !is_given || piece.texts.len() <= MANY {
        return 0.0;
    }
    let is_known =
        |name: &str| if is_surname { pack.surname_share(name) > 0.0 } else { pack.given_sex(name).is_some() };
    let (mut known, mut rare, mut unlisted) = (0, 0u32, 0u32);
    for (name, count) in piece.texts.iter().zip(&piece.counts) {
        let is_known = is_known(name);
        known += if is_known { *count } else { 0 };
        rare += u32::from(*count == 1);
        unlisted += u32::from(*count == 1 && !is_known);
    }
    let are_strange = known * 2 < piece.counts.iter().sum();
    if are_strange { f64::from(unlisted) / f64::from(rare.max(1)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Told};
    use crate::model::Offer;
    use rand::SeedableRng;

    const SURNAMES: [&str; 8] = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Taylor", "Walker"];
    const GIVEN: [&str; 6] = ["Anna", "Clara", "Emma", "Henry", "Peter", "Simon"];

    /// Every surname with the first so many given names.
    fn table(most: impl Fn(usize) -> usize) -> Profile {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["last_name", "first_name", "town"].map(str::to_owned));
        for n in 0..480 {
            let (surname, given) = (n % SURNAMES.len(), n / SURNAMES.len());
            let given = GIVEN[given % most(surname).min(GIVEN.len())];
            profiler.meet(&[Some(SURNAMES[surname]), Some(given), Some("Dover")], &mut entropy);
        }
        profiler.finish(&Told::default())
    }

    fn text(cell: &Option<String>) -> &str {
        cell.as_deref().unwrap_or_default()
    }

    #[test]
    fn names_are_few_where_nearly_all_are_somebodys() {
        let of = |profile: &Profile| Namesakes::of(profile, &Views::of(profile));
        let (all, some) = (table(|_| 6), table(|surname| if surname < 4 { 6 } else { 2 }));
        let (all, some) = (of(&all), of(&some));
        assert!(all.are_few && !some.are_few);
        assert!(all.bear(&["Emma Mason".to_owned()]) && !some.bear(&["Emma Mason".to_owned()]));
    }

    #[test]
    fn nobody_is_drawn_that_the_table_has() {
        for most in [6, 3] {
            let profile = table(|surname| if surname < 4 { 6 } else { most });
            let offer = Offer::default();
            let mut from = Generator::new(&profile, &offer);
            let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(2);
            let drawn: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
            let namesakes = Namesakes::of(&profile, &Views::of(&profile));
            let names = drawn.iter().map(|row| (text(&row[1]), text(&row[0])));
            let called = |(given, surname): (&str, &str)| format!("{given} {surname}");
            assert!(!names.clone().any(|name| namesakes.bear(&[called(name)])));
            let of_table = names.filter(|(_, surname)| SURNAMES.contains(surname)).count();
            assert!(of_table > 190, "{of_table} of 200 have a surname of the table");
        }
    }
}
