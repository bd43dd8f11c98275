//! The name of a draft: one that its mailbox was made for, one of the table's,
//! or a new one like them, which is made in `new_name`.

use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::links::Under;
use crate::identity::locale::Sex;
use crate::identity::piece::{NONE, Part};
use crate::identity::redraw::case_like;
use crate::identity::spelling::{Spelling, Wanted};
use crate::identity::{Dice, Role};

/// A middle name of so many characters is an initial.
pub(super) const INITIAL: usize = 2;
/// Names drawn for one that is nobody's: first of the table's own, then with a given
/// name that no row has, at last with such a surname as well.
const NAMES: usize = 12;
const OWN: usize = 6;
const GIVEN: usize = 9;

/// What of a name is to be such as no row has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unheard {
    Nothing,
    Given,
    Whole,
}

impl Draft<'_, '_> {
    /// Draws the pieces of the name until nobody of the table is called so: the canary
    /// might be taken for them.
    pub(super) fn draw_name(&mut self, pieces: &[usize], entropy: &mut Dice) {
        let few = self.from.kept.namesakes.are_few;
        for tried in if few { OWN } else { 0 }..NAMES {
            self.unheard = match tried {
                ..OWN => Unheard::Nothing,
                OWN..GIVEN => Unheard::Given,
                _ => Unheard::Whole,
            };
            for piece in pieces {
                if self.of_entity(self.piece(*piece).column).is_some() {
                    continue;
                }
                (self.taken[*piece], self.made[*piece]) = (NONE, None);
                self.draw_piece(*piece, entropy);
            }
            if !self.has_namesake() {
                break;
            }
        }
    }

    /// Whether the name is put together of the table's own as somebody's is.
    fn has_namesake(&self) -> bool {
        let text = |role, part| {
            let piece = self.name_piece(role, part).filter(|piece| self.made[*piece].is_none())?;
            self.piece(piece).exact.get(self.taken[piece] as usize).copied()
        };
        let pair = text(Role::Surname, Part::Surname).zip(text(Role::GivenName, Part::Given));
        pair.is_some_and(|(surname, given)| self.from.kept.namesakes.have(surname, given))
    }

    /// Whether the piece is to be a name that nobody of the table has.
    fn is_unheard(&self, piece: usize) -> bool {
        match self.unheard {
            Unheard::Nothing => false,
            Unheard::Given => self.from.views.is_given(piece),
            Unheard::Whole => self.from.views.is_name(piece),
        }
    }

    /// The row whose name it is; nothing where it is to be one that no row has.
    pub(super) fn row_of_name(&self, piece: usize, under: &Under<'_>, entropy: &mut Dice) -> Option<u32> {
        let drawn = |entropy: &mut Dice| self.of_sex(piece, |entropy| under.draw(true, entropy), entropy);
        let named = self.named(piece, under, entropy);
        named.or_else(|| if self.is_unheard(piece) { None } else { drawn(entropy) })
    }

    /// A row whose name is the one that the mailbox was made for.
    fn named(&self, piece: usize, under: &Under<'_>, entropy: &mut Dice) -> Option<u32> {
        let wanted = self.wanted(piece)?;
        let fitting = self.from.kept.spellings[piece].fitting(&wanted)?;
        if fitting.near().len() == 1 {
            return fitting.any(|_| true, entropy);
        }
        // First by the table's links (a man's name, a name of that age), then any that suits.
        for _ in 0..TRIES {
            if let Some(row) = under.draw(false, entropy).filter(|row| fitting.has(*row))
                && entropy.random_bool(self.suits_sex(piece, row))
                && (wanted.word.is_some() || under.keeps(row, entropy))
            {
                return Some(row);
            }
        }
        let suits = |row| self.suits_sex(piece, row) >= 0.5;
        fitting.any(suits, entropy).or_else(|| fitting.any(|_| true, entropy))
    }

    /// How likely somebody of the person's sex has the given name of a row.
    fn suits_sex(&self, piece: usize, row: u32) -> f64 {
        self.from.kept.endings[piece].suits(row, self.sex)
    }

    /// A row drawn for a piece, which for a given name suits the person's sex.
    pub(super) fn of_sex(
        &self,
        piece: usize,
        draw: impl Fn(&mut Dice) -> Option<u32>,
        entropy: &mut Dice,
    ) -> Option<u32> {
        let mut drawn = draw(entropy)?;
        if self.from.kept.endings[piece].is_empty() {
            return Some(drawn);
        }
        for _ in 0..TRIES {
            if entropy.random_bool(self.suits_sex(piece, drawn)) {
                break;
            }
            drawn = draw(entropy)?;
        }
        Some(drawn)
    }

    /// The letters that the mailbox asks of a name.
    pub(super) fn wanted(&self, piece: usize) -> Option<Wanted<'_>> {
        let fit = self.fit()?;
        let p = self.piece(piece);
        match (self.from.profile.roles[p.column], p.part) {
            (Role::Surname, _) | (_, Part::Surname) => {
                Some(Wanted { word: fit.surname.as_deref(), initial: fit.surname_initial, initials: None })
            }
            (Role::GivenName, _) | (_, Part::Given) => Some(Wanted::given(fit)),
            _ => None,
        }
    }

    /// A name that the mailbox asks for and that no row has.
    pub(super) fn asked(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        self.fit()?;
        self.asked_word(piece, entropy).or_else(|| self.new_under_initial(piece, entropy))
    }

    /// The name that the mailbox was made for, where no row has it.
    fn asked_word(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let wanted = self.wanted(piece)?;
        let word = wanted.word.filter(|_| self.from.kept.spellings[piece].fitting(&wanted).is_none())?;
        let (p, pack) = (self.piece(piece), self.from.profile.locale.pack());
        let is_surname = self.from.profile.roles[p.column] == Role::Surname || p.part == Part::Surname;
        let year = self.birth_year();
        let mut given = |sex, year| pack.given_of_latin(word, sex, year, entropy);
        let made = if is_surname {
            pack.surnames_of_latin(word).into_iter().next()
        } else {
            given(self.sex, year).or_else(|| given(self.sex, None)).or_else(|| given(None, None))
        };
        let like = p.texts.iter().find(is_latin_name).or(p.texts.first())?;
        made.map(|name| case_like(&name, like))
    }

    /// The year of birth, by the birth date or by the age.
    pub(super) fn birth_year(&self) -> Option<i16> {
        self.born.map(|born| born.year()).or(self.aged)
    }

    /// The person's sex; where the table says none, one as often as its people are of it.
    pub(super) fn any_sex(&self, entropy: &mut Dice) -> Sex {
        let men = self.from.kept.men;
        self.sex.unwrap_or_else(|| if entropy.random_bool(men) { Sex::Male } else { Sex::Female })
    }

    /// The piece that is a part of the person's name.
    pub(super) fn name_piece(&self, role: Role, part: Part) -> Option<usize> {
        self.from.views.of_name(self.from.profile, role, part)
    }

    fn name_part(&self, role: Role, part: Part) -> Option<&str> {
        let piece = self.name_piece(role, part)?;
        self.text_of(self.piece(piece).column, self.piece(piece).part)
    }

    /// The person's name as it is told to people.
    pub(super) fn name(&self) -> String {
        let part = |role, part| self.name_part(role, part).unwrap_or_default();
        let (surname, given) = (part(Role::Surname, Part::Surname), part(Role::GivenName, Part::Given));
        self.from.profile.locale.join(surname, given, "Aa Bb")
    }

    /// A part of the person's name in Latin letters.
    pub(super) fn spelled(&self, role: Role, part: Part) -> Spelling {
        let known = self.name_piece(role, part).filter(|piece| self.made[*piece].is_none());
        let text = |piece: usize| self.piece(piece).exact.get(self.taken[piece] as usize);
        let known = known.and_then(|piece| self.from.kept.spellings[piece].of_text(*text(piece)?));
        let own = || Spelling::of(self.from.profile.locale, self.name_part(role, part).unwrap_or_default());
        known.cloned().unwrap_or_else(own)
    }

    pub(super) fn full_name(&self, column: usize) -> Option<String> {
        let (surname, given) = (self.text_of(column, Part::Surname)?, self.text_of(column, Part::Given)?);
        let like = [Part::Frame, Part::Given].iter().find_map(|part| self.taken_for(column, *part));
        let row = like.unwrap_or(self.shape);
        let like = self.from.kept.cell(column, row).unwrap_or_default();
        Some(self.from.profile.locale.join(surname, given, like))
    }
}

/// Whether a name is of Latin letters, and no initial.
pub(super) fn is_latin_name(text: &&String) -> bool {
    text.is_ascii() && text.len() > INITIAL
}

#[cfg(test)]
mod tests {
    use crate::identity::locale::{Locale, Sex};
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn who_is_addressed_as_a_woman_is_called_like_one() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let pack = Locale::EnUs.pack();
        let mut profiler = Profiler::new(&["passenger".to_owned(), "class".to_owned()]);
        for n in 0..500 {
            let (title, sex) = [("Mr.", Sex::Male), ("Mrs.", Sex::Female), ("Miss.", Sex::Female)][n % 3];
            let middle = ["", " Ann", " Lee", " Owen"][entropy.random_range(0..4)];
            let surname = pack.surname(None, &mut entropy);
            let name = format!("{surname}, {title} {}{middle}", pack.given(sex, Some(1980), &mut entropy));
            profiler.meet(&[Some(name.as_str()), Some(["1", "2", "3"][n % 3])], &mut entropy);
        }
        let roles = vec![(0, Role::FullName), (1, Role::Status)];
        let profile = profiler.finish(&Told { roles, ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        let mut of_the_other = Vec::new();
        let mut women = 0;
        for _ in 0..300 {
            let name = from.draw(10, &mut entropy).row[0].clone().unwrap_or_default();
            let is_woman = name.contains("Mrs. ") || name.contains("Miss. ");
            assert!(is_woman || name.contains("Mr. "), "{name}");
            women += usize::from(is_woman);
            let men = pack.split(&name).and_then(|name| pack.given_sex(&name.given)).unwrap_or(0.5);
            of_the_other.extend(Some(name).filter(|_| if is_woman { men > 0.95 } else { men < 0.05 }));
        }
        assert!((150..250).contains(&women), "{women} of 300 are women, two in three rows");
        assert!(of_the_other.len() < 6, "{of_the_other:?}");
    }
}
