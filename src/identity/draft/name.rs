//! The name of a draft: one that its mailbox was made for, one of the table's,
//! or a new one like them.

use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{Draft, TRIES};
use crate::identity::links::Under;
use crate::identity::locale::{Sex, is_han};
use crate::identity::piece::{NONE, Part};
use crate::identity::redraw::case_like;
use crate::identity::spelling::{Spelling, Wanted};
use crate::identity::{Dice, Role, splice};

/// A middle name of so many characters is an initial.
const INITIAL: usize = 2;
/// Given names drawn for one that begins with a letter.
const NEW: usize = 120;
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

impl<'g> Draft<'g, '_> {
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
        let fitting = self.from.kept.spellings[piece].fitting(&self.wanted(piece)?)?;
        if fitting.near().len() == 1 {
            return fitting.any(|_| true, entropy);
        }
        // First by the table's links (a man's name, a name of that age), then any that suits.
        for _ in 0..TRIES {
            if let Some(row) = under.draw(false, entropy).filter(|row| fitting.has(*row))
                && entropy.random_bool(self.suits_sex(piece, row))
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
    fn of_sex(&self, piece: usize, draw: impl Fn(&mut Dice) -> Option<u32>, entropy: &mut Dice) -> Option<u32> {
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
    fn wanted(&self, piece: usize) -> Option<Wanted<'_>> {
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
        let (pack, year) = (self.from.profile.locale.pack(), self.birth_year());
        let sex = self.any_sex(entropy);
        let draw = |entropy: &mut Dice| match pack.given_sex(like) {
            Some(_) => case_like(&pack.given(sex, year, entropy), like),
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

    /// A name of two of the table's own, where its people are called as none of the locale are.
    fn blended(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let p = self.piece(piece);
        let tries = if self.from.kept.are_strange { TRIES } else { 0 };
        let mut any = || &p.texts[entropy.random_range(0..p.texts.len())];
        let pairs: Vec<(&String, &String)> = (0..tries).map(|_| (any(), any())).collect();
        pairs.into_iter().filter_map(|(a, b)| splice::blend(a, b, entropy)).find(|made| !p.has(made))
    }

    /// The year of birth, by the birth date or by the age.
    fn birth_year(&self) -> Option<i16> {
        self.born.map(|born| born.year()).or(self.aged)
    }

    /// The person's sex; where the table says none, one as often as its people are of it.
    fn any_sex(&self, entropy: &mut Dice) -> Sex {
        let men = self.from.kept.men;
        self.sex.unwrap_or_else(|| if entropy.random_bool(men) { Sex::Male } else { Sex::Female })
    }

    /// A given name that no row has: for Chinese ones of two rows' characters.
    pub(super) fn new_given(&self, piece: usize, entropy: &mut Dice) -> String {
        if let Some(made) = self.mixed_given(piece, entropy).or_else(|| self.blended(piece, entropy)) {
            return made;
        }
        let (p, like) = (self.piece(piece), self.any_name(piece, entropy));
        let sex = self.any_sex(entropy);
        let year = self.birth_year();
        let pack = self.from.profile.locale.pack();
        let draw = |entropy: &mut Dice| case_like(&pack.given(sex, year, entropy), like);
        let fresh = (0..TRIES).map(|_| draw(entropy)).find(|made| !p.has(made));
        fresh.unwrap_or_else(|| draw(entropy))
    }

    /// A given name that no row has, as often as rows have such ones, where all that
    /// the mailbox asks of it is its first letter.
    fn new_under_initial(&self, piece: usize, entropy: &mut Dice) -> Option<String> {
        let p = self.piece(piece);
        let initial = match self.wanted(piece)? {
            Wanted { word: None, initial: Some(initial), initials: None } => initial,
            _ => return None,
        };
        let is_new =
            self.from.views.is_given(piece) && entropy.random_bool(self.from.links.of[piece].unseen().min(1.0));
        let like = p.texts.iter().find(is_latin_name).filter(|_| is_new)?;
        let (pack, sex) = (self.from.profile.locale.pack(), self.any_sex(entropy));
        let year = self.birth_year();
        let mut drawn = (0..NEW).map(|_| case_like(&pack.given(sex, year, entropy), like));
        drawn.find(|made| made.to_lowercase().starts_with(initial) && !p.has(made))
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
fn is_latin_name(text: &&String) -> bool {
    text.is_ascii() && text.len() > INITIAL
}
