//! The place of a draft: an address put together of the area, street and rest
//! of other rows, its numbers redrawn; a postcode of its own where rows have theirs.

use super::{Draft, TRIES};
use crate::identity::address::doors::Doors;
use crate::identity::address::town;
use crate::identity::links::Under;
use crate::identity::piece::Part;
use crate::identity::{Dice, Role, compose, redraw};

impl Draft<'_, '_> {
    /// A row that is in the region that was drawn, if one is found.
    pub(super) fn row_of_region(&self, states: &[usize], under: &Under<'_>, entropy: &mut Dice) -> Option<u32> {
        let is_there = |row: &u32| states.iter().all(|s| self.piece(*s).same(self.taken[*s], *row));
        let mut any = || under.draw(false, entropy);
        (0..TRIES).filter_map(|_| any()).find(is_there).or_else(any)
    }

    /// Lets the canary live at a postcode that no row has, near the one that was drawn,
    /// as often as rows do.
    pub(super) fn move_elsewhere(&mut self, entropy: &mut Dice) {
        let from = self.from;
        let Some(gazetteer) = from.gazetteer.as_ref().filter(|g| g.is_new(entropy)) else { return };
        let drawn = |piece: usize| {
            let column = self.piece(piece).column;
            let own = self.filled(column) && self.of_entity(column).is_none();
            self.piece(piece).text_of_row(self.taken[piece]).filter(|_| own)
        };
        let Some(made) = gazetteer.elsewhere(from.profile, drawn, entropy) else { return };
        self.made[gazetteer.postcode] = Some(made.postcode);
        made.names.into_iter().for_each(|(piece, text)| self.made[piece] = Some(text));
    }

    /// A coordinate near that of a row, as far off as the canary's postcode is from the row's;
    /// the same where several rows have it, as of the middle of a town or of a hospital. Degrees
    /// north and east are those of one row.
    pub(super) fn coordinate(&self, column: usize, entropy: &mut Dice) -> String {
        let profile = self.from.profile;
        let axes: Vec<usize> = profile.columns_of(Role::Geo).collect();
        let first = if let [first, _] = axes[..] { first } else { column };
        let row = self.like(first);
        let apart = self.from.gazetteer.as_ref().and_then(|gazetteer| {
            let at = self.piece(gazetteer.postcode).column;
            let codes = self.from.kept.cell(at, row).zip(self.text_of(at, Part::Whole))?;
            gazetteer.apart(profile, column, codes)
        });
        let like = self.from.kept.cell(column, row).unwrap_or_default();
        if apart.is_none_or(|apart| apart == 0.0) && self.is_several_rows(first, Part::Size) {
            return like.to_owned();
        }
        compose::coordinate_near(like, apart.unwrap_or(0.0), entropy)
    }

    /// A house of many, or an address at which no kept row lives, as often as one is found.
    pub(super) fn address(&self, column: usize, entropy: &mut Dice) -> String {
        if let Some(house) = self.house(column) {
            return house.to_owned();
        }
        let known = &self.from.profile.columns[column];
        let mut address = self.any_address(column, true, entropy);
        for tried in 0..TRIES {
            let is_to_the_door = address.bytes().any(|b| b.is_ascii_digit());
            if !is_to_the_door || !known.has(&address) {
                break;
            }
            address = self.any_address(column, tried < TRIES / 2, entropy);
        }
        address
    }

    /// The house of many that the street which was drawn is of, if it stands where the canary
    /// lives.
    fn house(&self, column: usize) -> Option<&str> {
        let (kept, street) = (&self.from.kept, self.find(column, Part::Street)?);
        let houses = Some(&kept.houses[column]).filter(|houses| !houses.are_none())?;
        let row = self.taken_for(column, Part::Street).filter(|_| self.made[street].is_none())?;
        let (address, parts) = (kept.cell(column, row)?, kept.address(column, row));
        let says = |part| self.text_of(column, part).unwrap_or_default();
        let is_here = (says(Part::Area), says(Part::Town)) == (parts.area, town::apart(parts.town).0)
            && (!houses.is_fixed(address) || self.lies_with(row));
        Some(address).filter(|address| is_here && houses.has(address))
    }

    /// Whether the place that was drawn is a row's.
    fn lies_with(&self, row: u32) -> bool {
        let profile = self.from.profile;
        let columns = profile.columns_of(Role::Region).chain(profile.columns_of(Role::Postcode));
        let mut pairs = columns.filter_map(|c| self.text_of(c, Part::Whole).zip(self.from.kept.cell(c, row)));
        pairs.all(|(drawn, own)| drawn == own)
    }

    /// A number that houses of many streets have, as it is; another one in the street that the
    /// number is from.
    pub(super) fn house_number(&self, column: usize, entropy: &mut Dice) -> String {
        let (like, row) = (self.like_text(column), self.like(column));
        let street = |c: usize| self.text_of(c, Part::Street).unwrap_or_default();
        let is_theirs = |c: usize| self.from.kept.address(c, row).street == street(c);
        let is_elsewhere = !self.from.profile.columns_of(Role::Address).any(is_theirs);
        if is_elsewhere && self.is_several_rows(column, Part::Whole) {
            return like.to_owned();
        }
        let mut number = String::new();
        Doors::default().write_house((like, ""), true, &mut number, entropy);
        number
    }

    /// An address; numbers that are the same in every row of its words stay, if told so.
    fn any_address(&self, column: usize, keeps_fixed: bool, entropy: &mut Dice) -> String {
        let parts = |part| self.from.kept.address(column, self.taken_for(column, part).unwrap_or(self.shape));
        let text = |part| self.text_of(column, part).unwrap_or_default();
        let (area, street) = (text(Part::Area), text(Part::Street));
        let (own, other) = (parts(Part::Street), parts(Part::Rest));
        // What stands behind a street is the number of a box where none stands before it.
        let rest = if own.number.is_empty() == other.number.is_empty() { other.rest } else { own.rest };
        let doors = &self.from.kept.doors[column];
        let mut address = String::with_capacity(area.len() + street.len() + rest.len() + 8);
        address.push_str(area);
        let is_new = self.find(column, Part::Street).is_some_and(|street| self.made[street].is_some());
        if is_new && self.from.kept.is_common_number(column, own.number) {
            address.push_str(own.number);
        } else {
            doors.write_house((own.number, street), keeps_fixed, &mut address, entropy);
        }
        address.push_str(street);
        doors.write_rest(rest, keeps_fixed, &mut address, entropy);
        let (town, houses) = town::apart(parts(Part::Town).town);
        address.push_str(town);
        address.push_str(&redraw::redraw_digits(houses, 0, entropy));
        address
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Generator, Profiler, Role, Told};
    use crate::model::Offer;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn a_hospital_stays_where_it_is_and_a_house_does_not() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "lat", "lon"].map(str::to_owned));
        let hospitals: Vec<[String; 2]> = (0..80).map(|n| at(&mut ChaCha20Rng::seed_from_u64(n))).collect();
        for n in 0..400usize {
            let surname = ["Baker", "Carter", "Fisher", "Hunter", "Mason"][n % 5];
            let [lat, lon] = if n % 4 > 0 { hospitals[n % 80].clone() } else { at(&mut entropy) };
            profiler.meet(&[Some(surname), Some(&lat), Some(&lon)], &mut entropy);
        }
        let roles = [Role::Surname, Role::Geo, Role::Geo];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = Offer::default();
        let mut from = Generator::new(&profile, &offer);
        let (mut there, mut broken) = (0, 0);
        for _ in 0..200 {
            let row = from.draw(10, &mut entropy).row;
            let [lat, lon] = [1, 2].map(|column| row[column].clone().unwrap_or_default());
            let has = [profile.columns[1].has(&lat), profile.columns[2].has(&lon)];
            there += usize::from(has[0]);
            broken += usize::from(has[0] != has[1] || has[0] && !hospitals.contains(&[lat, lon]));
        }
        assert!((115..185).contains(&there) && broken == 0, "{there} of 200 in a hospital, {broken} in half of one");
    }

    fn at(entropy: &mut ChaCha20Rng) -> [String; 2] {
        [entropy.random_range(50.0..58.0), entropy.random_range(-4.0..1.0)].map(|degrees: f64| format!("{degrees:.7}"))
    }
}
