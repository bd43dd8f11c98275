//! The codes of a draft: numbers that stand for a person or company, the
//! table's own running number, other codes of the shape of another row's.

use std::borrow::Cow;

use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::generate::{Drawn, claim};
use crate::identity::idcard::{self, Nearby};
use crate::identity::locale::Sex;
use crate::identity::numbers::{self, Bearer, Divisions};
use crate::identity::redraw::redraw_digits;
use crate::identity::views::Part;
use crate::identity::{Cell, Order, Role, phones};
use crate::model::{Entropy, IdSafety};

/// Divisions of other rows that an identity number is tried with.
const REGIONS: usize = 24;

/// The divisions that rows like a draft have in a column.
struct Around<'d, 'g, 'a> {
    draft: &'d Draft<'g, 'a>,
    column: usize,
}

impl Divisions for Around<'_, '_, '_> {
    fn known(&self, born: i16, entropy: &mut dyn Entropy) -> Option<u32> {
        let from = self.draft.from;
        let piece = self.draft.find(self.column, Part::Prefix)?;
        // As often as in the table, it is a division that no other row has.
        if entropy.random_bool(from.links.of[piece].unseen.min(1.0)) {
            return None;
        }
        let under = from.links.under(&from.views, piece, &self.draft.taken);
        let mut region = || from.views.pieces[piece].text_of_row(under.draw(false, entropy)?)?.parse().ok();
        (0..REGIONS).filter_map(|_| region()).find(|region| idcard::class_of_region(*region, born).is_some())
    }

    fn around(&self, like: &str) -> Option<Cow<'_, Nearby>> {
        let region = idcard::region_of(like)?;
        let known = self.draft.from.kept.divisions.get(&(region / 100));
        Some(known.map_or_else(|| Cow::Owned(Nearby::of(region)), Cow::Borrowed))
    }
}

impl Draft<'_, '_> {
    pub(super) fn id_cell(&self, column: usize, drawn: &mut Drawn, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let like = self.like_text(column);
        let bearer = Bearer { born: self.born, male: self.sex.map(|s| s == Sex::Male), registered: None };
        for _ in 0..TRIES {
            let (made, safety) = match profile.roles[column] {
                Role::CompanyCode => {
                    let registered = self.registered(drawn);
                    numbers::of_company(Bearer { registered, ..bearer }, like, entropy)
                }
                _ => numbers::of_person(bearer, like, &Around { draft: self, column }, entropy),
            };
            let Some(made) = made else { break };
            if !profile.columns[column].has(&made) {
                drawn.id_safety = safety;
                drawn.claims.push(claim(None, &made));
                return Some(made);
            }
        }
        drawn.id_safety = IdSafety::Empty;
        self.blank(column)
    }

    /// When a company of the row was registered.
    fn registered(&self, drawn: &Drawn) -> Option<jiff::civil::Date> {
        let profile = self.from.profile;
        profile.columns_of(Role::Date).chain(profile.columns_of(Role::CreatedAt)).find_map(|c| {
            let text = drawn.row.get(c)?.as_deref()?;
            profile.dates[c].as_ref()?.read(text).map(|at| at.date())
        })
    }

    /// The table's own running number at its place, or the shape of another
    /// row's code with other digits.
    pub(super) fn code_cell(&mut self, column: usize, drawn: &mut Drawn, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let known = &profile.columns[column];
        let own = matches!(profile.order, Order::Running { column: c, .. } if c == column);
        if let Some(key) = self.site.as_ref().and_then(|s| s.key).filter(|_| own) {
            let written = known.write_number(key);
            drawn.claims.push(claim(Some(column), &written));
            return Some(written);
        }
        for n in 0..TRIES {
            let donors = &profile.donors;
            let like =
                profile.text(&donors[entropy.random_range(0..donors.len())].row, Some(column)).unwrap_or_default();
            let keep = like.chars().filter(|c| c.is_ascii_alphanumeric()).count() / 3;
            let code = redraw_digits(like, if n < TRIES / 2 { keep } else { 0 }, entropy);
            // A number that looks like a phone may be one, and somebody's.
            if code != like && !known.has(&code) && !phones::surely(&code) {
                drawn.claims.push(claim(Some(column), &code));
                return Some(code);
            }
        }
        self.warnings.push(format!("column {0} holds a different text in every row; canaries leave it empty (say --map '{0}=other' to take texts of other rows over)", known.name));
        self.blank(column)
    }
}
