//! The codes of a draft: numbers that stand for a person or company, the
//! table's own running number, other codes of the shape of another row's.

use std::borrow::Cow;

use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::drawn::{Drawn, claim};
use crate::identity::idcard::{self, Nearby};
use crate::identity::locale::Sex;
use crate::identity::locale::zh_cn::regions::{Code, Nearness};
use crate::identity::numbers::{self, Bearer, Divisions};
use crate::identity::piece::Part;
use crate::identity::{Cell, Dice, Order, Role, phones};
use crate::model::IdSafety;

/// Divisions of other rows that an identity number is tried with.
const REGIONS: usize = 24;

/// The divisions that rows like a draft have in a column.
struct Around<'d, 'g, 'a> {
    draft: &'d Draft<'g, 'a>,
    column: usize,
}

impl Around<'_, '_, '_> {
    /// Draws heads of rows that are like the draft, as often as such rows have them.
    fn heads(&self, piece: usize) -> impl Fn(&mut Dice) -> Option<u32> {
        let from = self.draft.from;
        let under = from.links.under(&from.views, piece, &self.draft.taken);
        let texts = &from.views.pieces[piece].exact;
        move |entropy| Some(texts[under.draw(false, entropy)? as usize])
    }
}

impl Divisions for Around<'_, '_, '_> {
    fn known(&self, born: i16, entropy: &mut Dice) -> Option<&'static Code> {
        let from = self.draft.from;
        let piece = self.draft.find(self.column, Part::Prefix)?;
        let (heads, unseen) = (&from.kept.heads[piece], from.links.of[piece].unseen().min(1.0));
        // Drawn as a row's would be until it is nobody's, which a division that no
        // other row has can always be: were these drawn for once only, the few of the
        // table's own that are nobody's would be many times as frequent.
        let draw = self.heads(piece);
        for _ in 0..REGIONS {
            if entropy.random_bool(unseen) {
                break;
            }
            let code = draw(entropy).and_then(|text| heads.code(text));
            if let Some(code) = code.filter(|code| idcard::class_of_code(code, born).is_some()) {
                return Some(code);
            }
        }
        None
    }

    fn around(&self, like: &str, entropy: &mut Dice) -> Option<(Cow<'_, Nearby>, Nearness)> {
        let Some(piece) = self.draft.find(self.column, Part::Prefix) else {
            return Some((Cow::Owned(Nearby::of(idcard::region_of(like)?)), Nearness::Prefecture));
        };
        let heads = &self.draft.from.kept.heads[piece];
        let draw = self.heads(piece);
        let drawn = draw(entropy).and_then(|text| heads.code(text)).map(|code| code.code);
        let region = drawn.or_else(|| idcard::region_of(like))?;
        let from = if entropy.random_bool(heads.neighbours) { Nearness::Prefecture } else { Nearness::Province };
        Some((heads.around(region), from))
    }
}

impl Draft<'_, '_> {
    pub(super) fn id_cell(&mut self, column: usize, drawn: &mut Drawn, entropy: &mut Dice) -> Cell {
        let profile = self.from.profile;
        let like = self.like(column);
        let bearer = Bearer { born: self.born, male: self.sex.map(|s| s == Sex::Male), registered: None };
        let tries = if self.from.kept.foreign[column] { 0 } else { TRIES };
        for tried in 0..tries {
            let codes = &self.from.codes[column];
            let shape = |like: &str, entropy: &mut Dice| codes.draw(like, tried, entropy);
            let (made, safety) = match profile.roles[column] {
                Role::CompanyCode => {
                    let registered = self.registered(drawn);
                    numbers::of_company(Bearer { registered, ..bearer }, self.like_text(column), shape, entropy)
                }
                _ => {
                    let like = self.from.kept.number(column, like);
                    numbers::of_person(bearer, like, &Around { draft: self, column }, shape, entropy)
                }
            };
            let Some(made) = made else { break };
            if !profile.columns[column].has(&made) {
                if safety == IdSafety::Shape {
                    self.remarks.push(format!("column {0} holds identity numbers of no scheme that is known here: canaries get numbers of its shape that no row has, but whether somebody elsewhere has one cannot be known (--map '{0}=other-contact' leaves the column empty)", profile.columns[column].name));
                }
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
    pub(super) fn code_cell(&mut self, column: usize, drawn: &mut Drawn, entropy: &mut Dice) -> Cell {
        let profile = self.from.profile;
        let known = &profile.columns[column];
        let own = matches!(profile.order, Order::Running { column: c, .. } if c == column);
        if let Some(key) = self.site.as_ref().and_then(|s| s.key).filter(|_| own) {
            let written = known.write_number(key);
            drawn.claims.push(claim(Some(column), &written));
            return Some(written);
        }
        // Somebody whose code has none free close by would get one that is far off.
        drawn.fits &= self.from.shadows.can_stand_for(column, self.code_like(column, 0, entropy));
        for n in 0..TRIES {
            let Some(code) = self.new_code(column, n, entropy) else { continue };
            let claim = claim(Some(column), &code);
            // A number that looks like a phone may be one, and somebody's.
            if !known.has(&code) && !phones::surely(&code) && !self.from.spent.contains(&claim) {
                drawn.claims.push(claim);
                return Some(code);
            }
        }
        self.remarks.push(format!("column {0} holds a different text in every row; canaries leave it empty (say --map '{0}=other' to take texts of other rows over)", known.name));
        self.blank(column)
    }

    fn new_code(&self, column: usize, tried: usize, entropy: &mut Dice) -> Option<String> {
        let (codes, shadows) = (&self.from.codes[column], &self.from.shadows);
        let like = self.code_like(column, tried, entropy);
        // The shape of a row is any row's: it tells which it is, for all of its columns.
        let shadow = shadows.get(column, like, self.shape).filter(|_| tried == 0);
        let shadow = shadow.filter(|code| !self.from.spent.contains(&claim(Some(column), code)));
        match (&codes.login, shadow) {
            (Some(login), _) => Some(login.write(&self.facts(), self.like_text(column), tried as u64)),
            (None, Some(shadow)) => Some(shadow.to_owned()),
            // That of another member would tie the two together.
            (None, None) => {
                Some(codes.draw(like, tried + self.from.in_vain, entropy)).filter(|code| !shadows.has(column, code))
            }
        }
    }

    /// The code of the row whose rows are like this one, or of one that has what goes with codes
    /// of its kind; of that which the surname is from, since codes of people often begin with
    /// it, or of the row whose shape this is; of any row where these lead to nothing new.
    fn code_like(&self, column: usize, tried: usize, entropy: &mut Dice) -> &str {
        let profile = self.from.profile;
        let of_name = || profile.column_of(Role::Surname).and_then(|c| self.taken_for(c, Part::Whole));
        let is_linked = |piece: &usize| !self.from.links.of[*piece].parents.is_empty();
        let has_kind = self.find(column, Part::Prefix).as_ref().is_some_and(is_linked);
        let of_kind = || self.taken_for(column, Part::Prefix).filter(|_| has_kind);
        let own = self.taken_for(column, Part::Whole).or_else(of_kind).or_else(of_name).unwrap_or(self.shape);
        let row = if tried < TRIES / 2 { own } else { entropy.random_range(0..profile.donors.len() as u32) };
        self.from.kept.cell(column, row).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Generator, Profiler, Role, Row, Told};
    use crate::model::Offer;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    const KINDS: [(&str, &str); 3] = [("553", "general"), ("556", "residential"), ("557", "trainee")];

    /// Licences: the beginning tells the kind, the number rises with the days, some 15 a year.
    fn licences() -> Profiler {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["licence", "kind", "issued"].map(str::to_owned));
        for n in 0..600usize {
            // From one row to the next far off, so that the table is in no order.
            let (head, kind) = KINDS[entropy.random_range(0..3)];
            let serial = n * 217 % 601;
            let issued = format!("{}-{:02}-{:02}", 1985 + serial / 15, 1 + serial % 12, 1 + serial % 28);
            let licence = format!("{head}{:06}", 1_000 + serial * 7);
            profiler.meet(&[Some(licence.as_str()), Some(kind), Some(issued.as_str())], &mut entropy);
        }
        profiler
    }

    #[test]
    fn a_code_goes_with_its_kind_and_its_year() {
        let roles = [Role::Code, Role::Status, Role::Date];
        let profile = licences().finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let (offer, mut entropy) = (Offer::default(), ChaCha20Rng::seed_from_u64(2));
        let mut from = Generator::new(&profile, &offer);
        let rows: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
        let cell = |row: &Row, column: usize| row[column].clone().unwrap_or_default();
        let is_of_its_kind = |row: &&Row| KINDS.contains(&(&cell(row, 0)[..3], &cell(row, 1)));
        let is_of_its_year = |row: &&Row| {
            let number: i32 = cell(row, 0)[3..].parse().expect("a number");
            let year: i32 = cell(row, 2)[..4].parse().expect("a year");
            ((number - 1_000) / 7 / 15 + 1985 - year).abs() <= 1
        };
        let (kinds, years) = (rows.iter().filter(is_of_its_kind).count(), rows.iter().filter(is_of_its_year).count());
        assert!(kinds == 200 && years > 190, "{kinds} and {years} of 200");
    }
}
