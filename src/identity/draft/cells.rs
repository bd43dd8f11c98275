//! The cells of a draft: the finished row, written column by column, and what
//! is to be known of it beside.

use rand::RngExt;

use super::Draft;
use crate::identity::codes::is_coded;
use crate::identity::drawn::{Drawn, claim, claim_to};
use crate::identity::echo::Echo;
use crate::identity::piece::{NONE, Part};
use crate::identity::{Cell, Dice, Role, Row, Spot, column, is_blank, local, redraw, shape};
use crate::model::contact_point::Kind;
use crate::model::{ContactPoint, extension};

/// Other rows whose way of writing a name is tried where that of the row it is shaped like is none.
const OTHERS: usize = 12;
/// Letters and digits of the end of a planted web address: 62 bits.
const URL_CODE: usize = 12;

impl Draft<'_, '_> {
    pub(super) fn write(mut self, entropy: &mut Dice) -> Drawn {
        let profile = self.from.profile;
        let spot = self.site.as_ref().map_or(Spot::First, |s| s.spot.clone());
        let mut drawn = Drawn::at(Vec::with_capacity(profile.roles.len()), spot);
        drawn.fits = !self.is_misplaced && self.site.as_ref().is_none_or(|s| s.fits);
        let mailbox = self.mailbox(entropy);
        let url = profile.column_of(Role::Url).filter(|c| self.filled(*c)).and_then(|_| self.mint_url(entropy));
        for column in 0..profile.roles.len() {
            // A further one is the same where that of the row is, or where hardly any row has none.
            let can_be = || self.from.kept.can_be_given(profile, column, self.shape) || self.is_hardly_blank(column);
            let value = |point: &Option<ContactPoint>| point.as_ref().map(|p| p.value.clone());
            let cell = match profile.roles[column] {
                _ if self.of_entity(column).is_some() => self.of_entity(column).cloned().flatten(),
                _ if !self.filled(column) => self.row(self.shape)[column].clone(),
                Role::Phone => self.phone_cell(column, entropy),
                Role::Email => mailbox
                    .as_ref()
                    .filter(|_| can_be())
                    .map(|m| self.mailbox_cell(column, m))
                    .or_else(|| self.blank(column)),
                Role::Url => value(&url).filter(|_| can_be()).or_else(|| self.blank(column)),
                Role::NationalId | Role::CompanyCode => self.id_cell(column, &mut drawn, entropy),
                Role::OtherContact => self.other_contact(column),
                role if is_coded(role) => self.code_cell(column, &mut drawn, entropy),
                Role::CreatedAt | Role::Date => self.time_cell(column, &drawn.row, entropy),
                _ => self.plain_cell(column, entropy),
            };
            drawn.row.push(cell);
        }
        self.areas.drain(..).for_each(|(column, area)| drawn.row[column] = Some(area));
        self.from.bynames.iter().for_each(|bynames| bynames.mend(&mut drawn.row));
        self.say_again(&mut drawn, entropy);
        self.from.excerpts.iter().for_each(|excerpt| excerpt.mend(&mut drawn.row, self.from.profile));
        for derived in &self.from.derived {
            if let Some(made) = derived.of(&drawn.row, profile) {
                self.tell(derived.column, made, &mut drawn);
            }
        }
        self.describe(&mut drawn);
        let phone = self.phone.take().filter(|_| profile.columns_of(Role::Phone).any(|c| !is_blank(&drawn.row[c])));
        drawn.contact_points.extend(phone.into_iter().chain(mailbox).chain(url).chain(self.further));
        drawn.claims.extend(drawn.contact_points.iter().map(claim_to));
        drawn.remarks = self.remarks;
        drawn
    }

    /// Writes what says other columns again, where the row that this one is shaped like does:
    /// as that does, or as a row of the same place.
    fn say_again(&self, drawn: &mut Drawn, entropy: &mut Dice) {
        for echo in &self.from.echoes {
            let (column, row) = (echo.column, &drawn.row);
            if !self.filled(column) || self.of_entity(column).is_some() {
                continue;
            }
            let like_shape = echo.of(row, self.row(self.shape), entropy).or_else(|| self.as_others(echo, row, entropy));
            let mut like_place = || echo.of(row, self.row(self.like(echo.place?)), entropy);
            let made = like_shape.map(|made| like_place().unwrap_or(made));
            if let Some(made) = made {
                self.tell(column, made, drawn);
            }
        }
    }

    /// Writes what other columns tell; of a code only what no row has.
    fn tell(&self, column: usize, made: String, drawn: &mut Drawn) {
        let is_code = is_coded(self.from.profile.roles[column]);
        if is_code && self.from.profile.columns[column].has(&made) {
            // Put together of what a row has already: another row would not be.
            drawn.fits = false;
            return;
        }
        drawn.claims.extend(is_code.then(|| claim(Some(column), &made)));
        drawn.row[column] = Some(made);
    }

    /// A whole name written as any row's is: one always says the person's names again, also
    /// where the row that the canary is shaped like cannot show how.
    fn as_others(&self, echo: &Echo, row: &Row, entropy: &mut Dice) -> Option<String> {
        let profile = self.from.profile;
        let tries = if profile.roles[echo.column] == Role::FullName { OTHERS } else { 0 };
        let mut any = || entropy.random_range(0..profile.donors.len() as u32);
        let others: Vec<u32> = (0..tries).map(|_| any()).collect();
        others.into_iter().find_map(|other| echo.of(row, self.row(other), entropy))
    }

    fn describe(&self, drawn: &mut Drawn) {
        let profile = self.from.profile;
        let written = |c: usize| drawn.row[c].as_ref().filter(|text| !column::is_blank(text)).cloned();
        drawn.names.extend(profile.columns_of(Role::FullName).filter_map(written));
        if drawn.names.is_empty() && profile.column_of(Role::GivenName).is_some() {
            drawn.names.push(self.name());
        }
        drawn.names.dedup();
        let numbers = profile.columns_of(Role::Phone).filter_map(|c| drawn.row[c].as_deref());
        let numbers = numbers.map(|text| extension::parted(text).0);
        // A number without its area code is many people's.
        let whole = numbers.filter(|number| !local::lacks_area(number));
        drawn.identifiers.extend(whole.map(str::to_owned));
        for role in [Role::NationalId, Role::CompanyCode] {
            drawn.identifiers.extend(profile.columns_of(role).filter_map(written));
        }
        // Who has nothing else to be asked for is asked for by the number that is theirs alone.
        if drawn.names.is_empty() && drawn.identifiers.is_empty() {
            let numbers = [Role::Code, Role::Key].into_iter().flat_map(|role| profile.columns_of(role));
            let own = numbers.filter(|c| profile.columns[*c].never_repeats());
            drawn.identifiers.extend(own.filter_map(written));
        }
        drawn.identifiers.dedup();
        drawn.claims.extend(drawn.names.iter().map(|name| claim(None, name)));
    }

    pub(super) fn blank(&self, column: usize) -> Cell {
        self.from.kept.blanks[column].clone()
    }

    fn plain_cell(&self, column: usize, entropy: &mut Dice) -> Cell {
        let profile = self.from.profile;
        Some(match profile.roles[column] {
            Role::FullName => self.full_name(column)?,
            Role::BirthDate => match (self.born, &profile.dates[column]) {
                (Some(born), Some(form)) => form.write(born.at(0, 0, 0, 0)),
                _ => self.like_text(column).to_owned(),
            },
            Role::Address => self.address(column, entropy),
            Role::HouseNumber => self.house_number(column, entropy),
            Role::Amount => self.amount(column, entropy),
            Role::Geo => self.coordinate(column, entropy),
            Role::Other if !self.is_several_rows(column, Part::Whole) => {
                redraw::host_beside(self.like_text(column), entropy)
                    .or_else(|| self.text_of(column, Part::Whole).map(str::to_owned))
                    .unwrap_or_else(|| self.like_text(column).to_owned())
            }
            _ => match self.find(column, Part::Whole).and_then(|piece| self.made[piece].as_deref()) {
                Some(made) => self.aligned(column, made),
                None => self.text_of(column, Part::Whole).unwrap_or_else(|| self.like_text(column)).to_owned(),
            },
        })
    }

    /// With the blanks around it that the row has which this one is shaped like.
    fn aligned(&self, column: usize, made: &str) -> String {
        let like = self.from.kept.cell(column, self.shape).unwrap_or_default();
        let (before, behind) = (like.len() - like.trim_start().len(), like.trim_end().len());
        [&like[..before], made.trim(), &like[behind..]].concat()
    }

    /// What several rows have is taken over, what one has is moved among its neighbours.
    fn amount(&self, column: usize, entropy: &mut Dice) -> String {
        let near =
            self.from.kept.amount(column, self.like(column)).filter(|_| !self.is_several_rows(column, Part::Size));
        near.map_or_else(|| self.like_text(column).to_owned(), |near| near.draw(entropy))
    }

    /// Whether several rows have what a piece says.
    pub(super) fn is_several_rows(&self, column: usize, part: Part) -> bool {
        self.find(column, part).is_some_and(|p| {
            let (piece, row) = (self.piece(p), self.taken[p]);
            row != NONE && piece.counts[piece.exact[row as usize] as usize] > 1
        })
    }

    /// In large letters where the row's are, which reach the same mailbox.
    fn mailbox_cell(&self, column: usize, point: &ContactPoint) -> String {
        let like = self.like_text(column);
        if !like.bytes().any(|b| b.is_ascii_uppercase()) {
            return point.value.clone();
        }
        let parts = point.value.split_once('@').zip(like.split_once('@'));
        let lettered = parts.map(|((local, domain), (their_local, their_domain))| {
            format!("{}@{}", redraw::letters_like(local, their_local), redraw::letters_like(domain, their_domain))
        });
        lettered.unwrap_or_else(|| point.value.clone())
    }

    pub(super) fn is_hardly_blank(&self, column: usize) -> bool {
        shape::is_hardly_blank(self.from.profile, column)
    }

    fn other_contact(&mut self, column: usize) -> Cell {
        let (name, because) = (&self.from.profile.columns[column].name, &self.from.profile.findings[column].because);
        self.remarks
            .push(format!("column {name} is empty in canaries, for want of a value that is nobody's ({because})"));
        self.blank(column)
    }

    fn mint_url(&self, entropy: &mut Dice) -> Option<ContactPoint> {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let hosts = &self.from.offer.web_hosts;
        let host = hosts.get(entropy.random_range(0..hosts.len().max(1)))?;
        let code: String = (0..URL_CODE).map(|_| char::from(LETTERS[entropy.random_range(0..LETTERS.len())])).collect();
        Some(ContactPoint { kind: Kind::Url, value: format!("{host}/{code}") })
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn new_names_have_the_blanks_around_them_that_the_tables_have() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname".to_owned(), "town".to_owned()]);
        for n in 0..300u32 {
            let name: String = [n % 26, n / 26, n % 7].map(|at| char::from(b'a' + at as u8)).iter().collect();
            let name = format!(" K{name}er{}", if n % 3 == 0 { "  " } else { "" });
            profiler.meet(&[Some(name.as_str()), Some("Dover")], &mut entropy);
        }
        let roles = vec![(0, Role::Surname), (1, Role::Region)];
        let profile = profiler.finish(&Told { roles, ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        let names: Vec<String> = (0..200).filter_map(|_| from.draw(10, &mut entropy).row[0].clone()).collect();
        let new = names.iter().filter(|name| !profile.columns[0].has(name)).count();
        let padded = names.iter().filter(|name| name.ends_with("  ")).count();
        assert!(new > 100 && names.iter().all(|name| name.starts_with(" K") || name.starts_with(' ')), "{names:?}");
        assert!((40..95).contains(&padded), "{padded} of 200 are padded, one row in three");
    }
}
