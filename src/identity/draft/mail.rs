//! The mailbox of a draft: an owned one at the drawn provider, or one minted
//! under a domain of the operator's by the habits of the table.

use jiff::civil::Date;
use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::locale::Sex;
use crate::identity::mailbox::{Fit, Owned, Written};
use crate::identity::mailname::{Facts, local_part};
use crate::identity::piece::{NONE, Part};
use crate::identity::shelf::Rack;
use crate::identity::spelling::Wanted;
use crate::identity::{Dice, Role, phones};
use crate::model::ContactPoint;

/// The share of men or women of whom a name is still no surprise.
const RARE: f64 = 0.05;
/// Years between somebody's birth and what their mailbox says of it at most.
const YEARS: i16 = 4;
/// People of one name that are asked for their sex.
const NAMESAKES: usize = 40;

impl<'g> Draft<'g, '_> {
    /// An owned mailbox at the drawn provider, and what it asks of the person.
    pub(super) fn take_mailbox(&mut self, piece: usize, entropy: &mut Dice) {
        let from = self.from;
        let row = self.taken[piece];
        if self.mailbox.is_some() || from.shelf.is_empty() || row == NONE {
            return;
        }
        let p = self.piece(piece);
        let domain = p.text_of_row(row).unwrap_or_default();
        if from.rehearsal.is_some() {
            self.provider = Some(domain).filter(|domain| from.shelf.has(domain));
            return;
        }
        let like = from.kept.cell(p.column, row).unwrap_or_default();
        let written = from.habits.written(row, like);
        let here = from.shelf.of(domain).and_then(|rack| self.fitting(rack, written, entropy));
        let there = here.or_else(|| self.other_mailbox(piece, entropy));
        let Some(owned) = there.or_else(|| from.shelf.any(entropy)) else { return };
        self.is_misplaced = there.is_none() && p.has(&owned.domain);
        self.mailbox = Some(owned);
        // One that is named by a phone of the pool comes with that, whichever was drawn before.
        self.phone =
            self.phone.take().map(|drawn| owned.fit.phone.as_ref().map_or(drawn, |named| from.stand_in(named)));
        self.born = self.born.map(|born| birthday_of(&owned.fit, born));
    }

    /// One that has nothing to do with its owner's name comes as often as in the table.
    fn fitting(&self, rack: &'g Rack, written: Written, entropy: &mut Dice) -> Option<&'g Owned> {
        let unrelated = self.from.habits.unrelated.clamp(0.0, 1.0);
        let mut last = None;
        for _ in 0..TRIES {
            let owned = rack.draw(written, entropy)?;
            if !self.suits(owned) {
                continue;
            }
            if owned.written != Written::Letters || !owned.fit.free || entropy.random_bool(unrelated) {
                if self.from.shelf.keeps(owned, entropy) {
                    return Some(owned);
                }
                last = Some(owned);
            }
        }
        let of_digits = |owned: &&Owned| owned.written != Written::Letters;
        last.or_else(|| rack.draw(Written::Digits, entropy).filter(of_digits))
    }

    /// Whether a mailbox is not named after a woman where the person is a man, or the other
    /// way round, nor after another year of birth.
    fn suits(&self, owned: &Owned) -> bool {
        let years = self.born.zip(owned.fit.year).map_or(0, |(born, year)| (born.year() - year).abs());
        if years > YEARS {
            return false;
        }
        let known = owned.fit.given.as_ref().and_then(|given| self.from.profile.locale.pack().given_sex(given));
        match (self.sex, known.or_else(|| self.men_called(&owned.fit))) {
            (Some(Sex::Male), Some(men)) => men > RARE,
            (Some(Sex::Female), Some(men)) => men < 1.0 - RARE,
            _ => true,
        }
    }

    /// The share of men among the table's people whom a mailbox's name fits.
    fn men_called(&self, fit: &Fit) -> Option<f64> {
        let piece = self.name_piece(Role::GivenName, Part::Given)?;
        let fitting = self.from.kept.spellings[piece].fitting(&Wanted::given(fit))?;
        let rows = fitting.near().iter().copied().filter(|row| fitting.has(*row));
        self.from.kept.endings[piece].men(rows.take(NAMESAKES))
    }

    /// A mailbox at another provider of rows like this one, whose name can be met.
    fn other_mailbox(&self, piece: usize, entropy: &mut Dice) -> Option<&'g Owned> {
        let from = self.from;
        let under = from.links.under(&from.views, piece, &self.taken);
        let mut last = None;
        for _ in 0..TRIES {
            let domain = self.piece(piece).text_of_row(under.draw(false, entropy)?)?;
            let Some(owned) = from.shelf.of(domain).and_then(|rack| rack.draw(Written::Letters, entropy)) else {
                continue;
            };
            last = Some(owned);
            if self.suits(owned) && (owned.written != Written::Letters || !owned.fit.free) {
                break;
            }
        }
        last
    }

    /// The owned mailbox, or one minted under a domain of the operator's.
    pub(super) fn mailbox(&mut self, entropy: &mut Dice) -> Option<ContactPoint> {
        let column = self.from.profile.column_of(Role::Email).filter(|c| self.filled(*c))?;
        match (self.settled.take(), self.mailbox) {
            (Some(settled), _) => Some(settled),
            (None, Some(owned)) => Some(owned.point.clone()),
            (None, None) => self.minted(column, entropy),
        }
    }

    fn minted(&self, column: usize, entropy: &mut Dice) -> Option<ContactPoint> {
        let from = self.from;
        let domains = &from.offer.mail_domains;
        let mut own = || domains.get(entropy.random_range(0..domains.len().max(1))).map(String::as_str);
        let domain = self.provider.or_else(&mut own)?;
        let like = self.like_text(column).split('@').next().unwrap_or_default();
        let pieces = from.habits.of_row.get(self.like(column) as usize).map_or(&[][..], Vec::as_slice);
        let mut local = local_part(&self.facts(), like, pieces, entropy);
        for n in 0..TRIES {
            let value = format!("{local}@{domain}");
            if !from.profile.columns[column].has(&value) {
                return ContactPoint::mailbox(&value).ok();
            }
            local.push_str(&entropy.random_range(0..if n < 10 { 100 } else { 100_000 }).to_string());
        }
        None
    }

    /// What a local part or a login can be built of.
    pub(super) fn facts(&self) -> Facts {
        let given = self.spelled(Role::GivenName, Part::Given);
        Facts {
            given: given.latin,
            surname: self.spelled(Role::Surname, Part::Surname).latin,
            initials: given.initials,
            birth: self.born,
            phone: self.phone.as_ref().map(|p| phones::split(&p.value).1.to_owned()),
        }
    }
}

/// The birthday that a mailbox tells of somebody born about then.
fn birthday_of(fit: &Fit, born: Date) -> Date {
    let (month, day) = fit.month_day.unwrap_or((born.month(), born.day()));
    Date::new(fit.year.unwrap_or(born.year()), month, day).unwrap_or(born)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Role, Row, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    const GIVEN: [&str; 4] = ["james", "robert", "paul", "kevin"];
    const SURNAMES: [&str; 6] = ["baker", "carter", "fisher", "hunter", "mason", "potter"];

    /// A person's surname, given name, birthday and mailbox, with the birthday's digits in every
    /// second and three others in the rest.
    fn person(entropy: &mut ChaCha20Rng, joint: &str, is_told: bool) -> [String; 4] {
        let mut at = |most: usize| entropy.random_range(0..most);
        let (surname, given, month, day) = (SURNAMES[at(6)], GIVEN[at(4)], 1 + at(12), 1 + at(28));
        let digits = if is_told { format!("{month:02}{day:02}") } else { format!("{:03}", at(1_000)) };
        let mailbox = format!("{surname}{joint}{given}{digits}@example.org");
        [surname.to_owned(), given.to_owned(), format!("{}-{month:02}-{day:02}", 1950 + at(50)), mailbox]
    }

    #[test]
    fn a_birthday_in_a_mailbox_is_its_owners() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "given", "born", "email"].map(str::to_owned));
        for n in 0..400 {
            let row = person(&mut entropy, ["", ".", "_"][n % 3], n % 2 == 0 && n % 3 == 0);
            profiler.meet(&row.each_ref().map(|cell| Some(cell.as_str())), &mut entropy);
        }
        let roles = [Role::Surname, Role::GivenName, Role::BirthDate, Role::Email];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        // Of the pool, those with a birthday join their names in another way than the table's do.
        let owned = |n: usize| person(&mut ChaCha20Rng::seed_from_u64(n as u64), "_", true)[3].clone();
        let mailboxes = (0..100).filter_map(|n| ContactPoint::mailbox(&owned(n)).ok()).collect();
        let offer = Offer { mailboxes, ..Offer::default() };
        let mut from = Generator::new(&profile, &offer);
        let rows: Vec<Row> = (0..50).map(|_| from.draw(10, &mut entropy).row).collect();
        let cell = |row: &Row, column: usize| row[column].clone().unwrap_or_default();
        let is_told = |row: &&Row| cell(row, 3).contains(&format!("{}@", cell(row, 2)[5..].replace('-', "")));
        assert_eq!(rows.iter().filter(is_told).count(), 50, "{rows:?}");
    }
}
