//! Names that no row has: surnames and given names of the locale like the table's own, names
//! blended of two of these, and the words that streets and firms are called after. Whether a
//! name is to be new is decided in `name`.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::name::{INITIAL, is_latin_name};
use super::{Draft, TRIES};
use crate::identity::locale::{NameLike, Sex, is_han};
use crate::identity::piece::Part;
use crate::identity::redraw::case_like;
use crate::identity::spelling::Wanted;
use crate::identity::{Dice, Role, splice};

impl<'g> Draft<'g, '_> {
    /// A word that no text of the piece has, as often as the table's new texts have one: a
    /// surname of the table where its streets are called after such, or one of the same groups.
    pub(super) fn new_word(&self, piece: usize, like: &str, entropy: &mut Dice) -> Option<String> {
        let p = self.piece(piece);
        let often = p.new_words / self.from.links.of[piece].unseen().max(0.01);
        // Streets and firms are called after people; of what else there is, nobody knows.
        let is_named = p.part == Part::Street || self.from.profile.roles[p.column] == Role::Company;
        if !is_named || !like.is_ascii() || !entropy.random_bool(often.min(1.0)) {
            return None;
        }
        let names = self.name_piece(Role::Surname, Part::Surname).map_or(&[][..], |names| &self.piece(names).texts);
        let (pack, is_after_them) = (self.from.profile.locale.pack(), self.from.kept.named_after[piece]);
        let listed = |entropy: &mut Dice| {
            let mut any = (0..TRIES).filter_map(|_| names.choose(entropy));
            any.find(|name| is_after_them || pack.surname_share(name) > 0.0)
        };
        let word = |entropy: &mut Dice| match listed(entropy) {
            Some(name) if is_after_them => case_like(name, like),
            Some(name) => case_like(&pack.surname_like(name, None, entropy), like),
            None => case_like(&pack.surname(None, entropy), like),
        };
        (0..TRIES).map(|_| word(entropy)).find(|word| !p.words.contains_key(word))
    }

    /// A middle name that no row has: a given name or a surname, as another row's is.
    pub(super) fn new_middle(&self, piece: usize, entropy: &mut Dice) -> String {
        let (p, like) = (self.piece(piece), self.any_name(piece, entropy));
        if like.chars().count() <= INITIAL {
            return like.clone();
        }
        let pack = self.from.profile.locale.pack();
        let sex = self.any_sex(entropy);
        let draw = |entropy: &mut Dice| match pack.given_sex(like) {
            Some(_) => self.unheard_given(piece, (like, sex), |_| true, entropy).unwrap_or_else(|| like.clone()),
            None => case_like(&pack.surname_like(like, None, entropy), like),
        };
        (0..TRIES).map(|_| draw(entropy)).find(|made| !p.has(made)).unwrap_or_else(|| like.clone())
    }

    /// Any of a piece's names, one of more than a letter where there is one: a single letter
    /// does not tell in which case names are written.
    fn any_name(&self, piece: usize, entropy: &mut Dice) -> &'g String {
        let texts = &self.piece(piece).texts;
        let mut any = || &texts[entropy.random_range(0..texts.len())];
        (0..TRIES).map(|_| any()).find(|text| text.chars().count() > INITIAL).unwrap_or_else(any)
    }

    /// A surname that no row has, of the group of another row's.
    pub(super) fn new_surname(&self, piece: usize, like: &str, entropy: &mut Dice) -> String {
        let pack = self.from.profile.locale.pack();
        if let Some(word) = self.fit().and_then(|fit| fit.surname.as_ref())
            && let Some(known) = pack.surnames_of_latin(word).into_iter().next()
        {
            return case_like(&known, like);
        }
        let p = self.piece(piece);
        if let Some(made) = self.blended(piece, entropy) {
            return made;
        }
        let mut made = String::new();
        for _ in 0..TRIES {
            made = case_like(&pack.surname_like(like, None, entropy), like);
            if !p.has(&made) {
                break;
            }
        }
        made
    }

    /// A name of two of the table's own, where its people are called as none of the locale are, as
    /// often as their rare names are on no list.
    fn blended(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let p = self.piece(piece);
        let tries = if entropy.random_bool(self.from.kept.strange[piece]) { TRIES } else { 0 };
        let mut any = || &p.texts[entropy.random_range(0..p.texts.len())];
        let pairs: Vec<(&String, &String)> = (0..tries).map(|_| (any(), any())).collect();
        pairs.into_iter().filter_map(|(a, b)| splice::blend(a, b, entropy)).find(|made| !p.has(made))
    }

    /// A given name that no row has: for Chinese ones of two rows' characters.
    pub(super) fn new_given(&self, piece: usize, entropy: &mut Dice) -> String {
        if let Some(made) = self.mixed_given(piece, entropy).or_else(|| self.blended(piece, entropy)) {
            return made;
        }
        let like = self.any_name(piece, entropy);
        let sex = self.any_sex(entropy);
        let any = |entropy: &mut Dice| case_like(&self.from.profile.locale.pack().given(sex, None, entropy), like);
        self.unheard_given(piece, (like, sex), |_| true, entropy).unwrap_or_else(|| any(entropy))
    }

    /// A given name that no row has, of the person's age and about as common as another one.
    fn unheard_given(
        &self,
        piece: usize,
        (like, sex): (&str, Sex),
        fits: impl Fn(&str) -> bool,
        entropy: &mut Dice,
    ) -> Option<String> {
        let p = self.piece(piece);
        let fits = |name: &str| fits(name) && !p.has(&case_like(name, like));
        let like_it = NameLike { name: like.trim(), sex, birth_year: self.birth_year(), fits: &fits };
        Some(case_like(&self.from.profile.locale.pack().given_like(like_it, entropy)?, like))
    }

    /// A given name that no row has, as often as rows have such ones, where all that
    /// the mailbox asks of it is its first letter.
    pub(super) fn new_under_initial(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let initial = match self.wanted(piece)? {
            Wanted { word: None, initial: Some(initial), initials: None } => initial,
            _ => return None,
        };
        let is_new =
            self.from.views.is_given(piece) && entropy.random_bool(self.from.links.of[piece].unseen().min(1.0));
        let like = Some(self.any_name(piece, entropy)).filter(|name| is_new && is_latin_name(name))?;
        let sex = self.any_sex(entropy);
        self.unheard_given(piece, (like, sex), |name| name.to_lowercase().starts_with(initial), entropy)
    }

    /// The first character of a row's given name and the last of another's.
    fn mixed_given(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let p = self.piece(piece);
        let under = self.from.links.under(&self.from.views, piece, &self.taken);
        let draw = |entropy: &mut Dice| under.draw(false, entropy);
        let mut of_sex = || self.of_sex(piece, draw, entropy).and_then(|row| p.text_of_row(row));
        for _ in 0..TRIES {
            let (a, b) = (of_sex()?, of_sex()?);
            let (Some(first), Some(last)) = (a.chars().next(), b.chars().next_back()) else { continue };
            if a.chars().count() != 2 || !is_han(first) || first == last {
                continue;
            }
            let made: String = [first, last].iter().collect();
            if !p.has(&made) {
                return Some(made);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::locale::{Locale, Sex};
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;
    use std::collections::BTreeSet;

    const MODERN: [&str; 10] =
        ["Ashley", "Tiffany", "Brittany", "Tyler", "Brandon", "Joshua", "Jessica", "Kayla", "Amber", "Dylan"];

    /// Different names of people born in that year, but for the commonest of late.
    fn names_of(year: i16) -> Vec<String> {
        let (mut entropy, mut names) = (ChaCha20Rng::seed_from_u64(1), BTreeSet::new());
        while names.len() < 300 {
            let sex = [Sex::Male, Sex::Female][names.len() % 2];
            let name = Locale::EnUs.pack().given(sex, Some(year), &mut entropy);
            names.extend(Some(name).filter(|name| !MODERN.contains(&name.as_str())));
        }
        names.into_iter().collect()
    }

    /// The new given names of canaries in a table of people of that age who are called so.
    fn new_names(age: u8, names: &[String]) -> Vec<String> {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["given", "surname", "age", "registered"].map(str::to_owned));
        for (n, given) in names.iter().enumerate() {
            let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Walker"][n % 7];
            let row =
                [given.clone(), surname.to_owned(), (age + n as u8 % 3).to_string(), format!("2016-0{}-11", 1 + n % 9)];
            profiler.meet(&row.each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
        }
        let roles = [Role::GivenName, Role::Surname, Role::Age, Role::Date];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        let mut draw = || from.draw(10, &mut entropy).row[0].clone().unwrap_or_default();
        (0..200).map(|_| draw()).filter(|name| !profile.columns[0].has(name)).collect()
    }

    fn are_modern(names: &[String]) -> (usize, usize) {
        (names.iter().filter(|name| MODERN.contains(&name.as_str())).count(), names.len())
    }

    #[test]
    fn new_given_names_are_of_the_age() {
        let of_age = |age: u8| are_modern(&new_names(age, &names_of(2016 - i16::from(age))));
        let ((young, all), (old, of_old)) = (of_age(24), of_age(90));
        assert!(young > 5 && all > 100, "{young} of {all}");
        assert!(old == 0 && of_old > 100, "{old} of {of_old}");
    }

    #[test]
    fn new_given_names_are_as_rare_as_those_of_the_table() {
        // Names that no list has.
        let name = |n: usize| {
            let end = "zaqy".repeat(1 + n / 26 % 3) + &"e".repeat(n / 78);
            format!("Q{}{end}", char::from(b'a' + (n % 26) as u8))
        };
        let (common, all) = are_modern(&new_names(24, &(0..300).map(name).collect::<Vec<_>>()));
        assert!(common == 0 && all > 100, "{common} of {all}");
    }

    #[test]
    fn a_number_that_tells_namesakes_apart_stands_behind_new_names_too() {
        let names: Vec<String> =
            names_of(1990).iter().enumerate().map(|(n, name)| format!("{name}{}", 100 + n)).collect();
        let made = new_names(26, &names);
        let is_numbered = |name: &&String| name.len() > 3 && name[name.len() - 3..].bytes().all(|b| b.is_ascii_digit());
        assert!(made.len() > 100 && made.iter().all(|name| is_numbered(&name)), "{made:?}");
    }
}
