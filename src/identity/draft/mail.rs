//! The mailbox of a draft: an owned one at the drawn provider, or one minted
//! under a domain of the operator's by the habits of the table.

use jiff::civil::Date;
use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::locale::Sex;
use crate::identity::mailbox::{Fit, Owned, Rack, Written};
use crate::identity::mailname::{Facts, local_part};
use crate::identity::piece::{NONE, Part};
use crate::identity::spelling::Wanted;
use crate::identity::{Dice, Role, phones};
use crate::model::ContactPoint;

/// The share of men or women of whom a name is still no surprise.
const RARE: f64 = 0.05;
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
        let Some(owned) = here.or_else(|| self.other_mailbox(piece, entropy)) else { return };
        self.mailbox = Some(owned);
        // One that is named by a phone of the pool comes with that, whichever was drawn before.
        self.phone =
            self.phone.take().map(|drawn| owned.fit.phone.as_ref().map_or(drawn, |named| from.stand_in(named)));
        if let (Some(born), Some((month, day))) = (self.born, owned.fit.month_day) {
            self.born = Date::new(owned.fit.year.unwrap_or(born.year()), month, day).ok();
        }
    }

    /// One that has nothing to do with its owner's name comes as often as in the table.
    fn fitting(&self, rack: &'g Rack, written: Written, entropy: &mut Dice) -> Option<&'g Owned> {
        let unrelated = self.from.habits.unrelated.clamp(0.0, 1.0);
        for _ in 0..TRIES {
            let owned = rack.draw(written, entropy)?;
            if !self.suits(owned) {
                continue;
            }
            if owned.written != Written::Letters || !owned.fit.free || entropy.random_bool(unrelated) {
                return Some(owned);
            }
        }
        rack.draw(Written::Digits, entropy).filter(|owned| owned.written != Written::Letters)
    }

    /// Whether a mailbox is not named after a woman where the person is a man, or the other
    /// way round.
    fn suits(&self, owned: &Owned) -> bool {
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

    /// A mailbox at another provider of the table, whose name can be met.
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
            if owned.written != Written::Letters || !owned.fit.free {
                break;
            }
        }
        last.or_else(|| from.shelf.any(entropy))
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
