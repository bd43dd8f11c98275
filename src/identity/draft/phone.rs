//! The phones of a draft: one of the pool like a row's, and of its place where area codes
//! tell one; written as the column writes them. Further ones beside it are like the main one.

use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::links::Under;
use crate::identity::piece::Part;
use crate::identity::redraw::redraw_digits;
use crate::identity::{Cell, Dice, local, phones};
use crate::model::{ContactPoint, extension};

impl Draft<'_, '_> {
    /// The canary's phone, like that of the row that the piece is like; what comes after is
    /// like rows with phones of its place.
    pub(super) fn take_phone(&mut self, piece: usize, entropy: &mut Dice) {
        let from = self.from;
        let national = from.national(self.piece(piece).text_of_row(self.taken[piece]).unwrap_or_default());
        // Some rows' phones begin as no other row's does.
        let unseen = || from.links.of[piece].unseen().min(1.0);
        let is_unseen = entropy.random_bool(from.phones.strange_share().unwrap_or_else(unseen));
        let named = self.fit().and_then(|fit| fit.phone.as_ref());
        let has_none = local::lacks_area(national);
        let is_unseen = is_unseen && !from.phones.home.is_led(national);
        let like = if is_unseen || has_none { "" } else { national };
        let strange = if is_unseen { from.phones.draw_strange(self.created, entropy) } else { None };
        let drawn = || strange.or_else(|| from.phones.draw(like, self.created, entropy)).map(|p| &p.point);
        self.phone = named.or_else(drawn).map(|point| from.stand_in(point));
        // What comes after is like rows with phones of its place.
        let tells = from.phones.have_areas() && !has_none;
        let placed = self.phone.as_ref().filter(|_| tells);
        let row = placed.and_then(|phone| from.phones.row_of_place(phone, entropy));
        self.taken[piece] = row.unwrap_or(self.taken[piece]);
    }

    /// A row with a phone of an area of which there are phones on offer, or of none, if one is
    /// found, and as common an area as rows have.
    pub(super) fn row_of_phone(&self, piece: usize, under: &Under<'_>, entropy: &mut Dice) -> Option<u32> {
        let digits = |row: u32| self.from.national(self.piece(piece).text_of_row(row).unwrap_or_default());
        let is_there = |row: &u32| local::lacks_area(digits(*row)) || self.from.phones.has_area(digits(*row));
        let mut last = None;
        for _ in 0..TRIES {
            let Some(row) = under.draw(false, entropy).filter(is_there) else { continue };
            if under.keeps(row, entropy) {
                return Some(row);
            }
            last = Some(row);
        }
        last.or_else(|| under.draw(false, entropy))
    }

    pub(super) fn phone_cell(&mut self, column: usize, entropy: &mut Dice) -> Cell {
        let (from, profile) = (self.from, self.from.profile);
        let is_same = from.kept.can_be_given(profile, column, self.shape);
        let further = if is_same { None } else { self.further_phone(column, entropy) };
        self.further.extend(further.clone());
        let own = self.phone.clone().filter(|_| is_same || self.is_hardly_blank(column));
        if !is_same && further.is_none() && own.is_some() && from.kept.missed[column] {
            self.remarks.push(format!(
                "rows have another phone in column {} than elsewhere, and the pool has not enough for canaries to have two: theirs are the same, which stands out; add numbers",
                profile.columns[column].name
            ));
        }
        let Some(phone) = further.or(own) else { return self.blank(column) };
        let write = |row: u32, entropy: &mut Dice| {
            let like = from.kept.cell(column, row)?;
            let written = from.phones.home.write(&phone.value, like)?;
            Some(written + &redraw_digits(extension::parted(like).1, 0, entropy))
        };
        if let Some(written) = self.local_phone(column, &phone) {
            return Some(written);
        }
        let donors = profile.donors.len() as u32;
        let own = write(self.like(column), entropy);
        let written = own.or_else(|| (0..TRIES).find_map(|_| write(entropy.random_range(0..donors), entropy)));
        if written.is_none() {
            self.remarks.push(format!(
                "some phones of the pool do not fit the form of column {} and are written as +…, which stands out; add numbers of the same country and length",
                profile.columns[column].name
            ));
        }
        Some(written.unwrap_or(phone.value))
    }

    /// The number without its area code, which goes into the column beside.
    fn local_phone(&mut self, column: usize, phone: &ContactPoint) -> Option<String> {
        let (from, profile) = (self.from, self.from.profile);
        let beside = profile.areas[column]?;
        let (written, area) = phones::write_local(&phone.value, self.like_text(column), &from.phones.home.code)?;
        let trunk = if self.like_text(beside).starts_with('0') { "0" } else { "" };
        self.areas.extend(self.filled(beside).then(|| (beside, format!("{trunk}{area}"))));
        Some(written)
    }

    /// A phone beside the one that the canary has, where the row that it is shaped like has
    /// another one too and the pool has phones enough.
    fn further_phone(&self, column: usize, entropy: &mut Dice) -> Option<ContactPoint> {
        let from = self.from;
        let own = self.phone.as_ref().filter(|_| self.is_ample)?;
        let head = from.phones.shares(column, entropy).and_then(|digits| phones::split(&own.value).1.get(..digits));
        let is_another = |point: &ContactPoint| {
            let point = from.stand_in(point);
            point != *own && !self.further.contains(&point)
        };
        let beside = head.and_then(|head| from.phones.draw_beside(head, is_another, entropy));
        let begins = self.text_of(column, Part::Prefix).map(|digits| from.national(digits)).unwrap_or_default();
        let mut any = || from.phones.draw(begins, self.created, entropy).filter(|phone| is_another(&phone.point));
        let phone = beside.or_else(|| (0..TRIES).find_map(|_| any()))?;
        Some(from.stand_in(&phone.point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Drawn, Generator, Profile, Profiler, Role, Row, Told};
    use crate::model::{Offer, OfferedPhone};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    const STATES: [(&str, [&str; 2], [&str; 2]); 4] = [
        ("AL", ["205", "256"], ["Birmingham", "Huntsville"]),
        ("OR", ["503", "541"], ["Salem", "Bend"]),
        ("NM", ["505", "575"], ["Albuquerque", "Roswell"]),
        ("IL", ["309", "847"], ["Peoria", "Elgin"]),
    ];

    /// Offices of members, three each, in one state; every third has a fax at its own exchange.
    fn table(member: Role) -> Profile {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["member", "surname", "state", "city", "fax", "phone"].map(str::to_owned));
        for n in 0..600usize {
            let owner = n / 3;
            let (state, areas, cities) = STATES[owner % 4];
            let (a, b) = (char::from(b'A' + (owner % 26) as u8), char::from(b'a' + (owner / 26) as u8));
            let (which, exchange) = (entropy.random_range(0..2), entropy.random_range(200..999));
            let mut number = || format!("{}-{exchange}-{:04}", areas[which], entropy.random_range(0..10_000));
            let fax = if n % 3 == 0 { number() } else { String::new() };
            let code = format!("M{:03}", owner * 4);
            let cells = [code, format!("{a}{b}son"), state.to_owned(), cities[which].to_owned(), fax, number()];
            profiler.meet(&cells.each_ref().map(|c| Some(c.as_str())), &mut entropy);
        }
        let roles = [member, Role::Surname, Role::Region, Role::Region, Role::Phone, Role::Phone];
        profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() })
    }

    /// Five numbers of each area of the country.
    fn offer() -> Offer {
        let number = |area: usize, n: usize| format!("+1{area}{:03}{:04}", 200 + n * 37, 1_000 + area * n);
        let areas = (201..990).filter(|area| area % 100 != 11);
        let numbers = areas.flat_map(|area| (0..5).map(move |n| number(area, n)));
        let point = |value: String| ContactPoint::phone(&value).ok();
        let phone = |point| OfferedPhone { point, kind: None, carrier: None, city: None, since: None };
        Offer { phones: numbers.filter_map(point).map(phone).collect(), ..Offer::default() }
    }

    #[test]
    fn as_many_phones_as_of_rows_are_written_without_their_area() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "city", "phone"].map(str::to_owned));
        for n in 0..600usize {
            // Exchanges of which the offer has no area of the same digits.
            let number = format!("{}11{:04}", 2 + n % 8, n * 13 % 10_000);
            let number = if n % 3 == 0 { number } else { format!("{}{number}", ["205", "256"][n % 2]) };
            let surname = format!("{}son", char::from(b'A' + (n % 26) as u8));
            profiler.meet(&[Some(&surname), Some(["Salem", "Bend"][n % 2]), Some(&number)], &mut entropy);
        }
        let roles = [Role::Surname, Role::Region, Role::Phone];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = offer();
        let mut from = Generator::new(&profile, &offer);
        let drawn: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
        let local = share(&drawn, |row| row[2].as_deref().is_some_and(|phone| phone.len() == 7));
        assert!((0.2..0.45).contains(&local), "{local}");
    }

    #[test]
    fn as_many_phones_as_of_rows_are_of_an_area_that_no_other_row_has() {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["surname", "phone"].map(str::to_owned));
        // Every second row has an area of its own, three of the others share theirs.
        let area = |n: usize| if n.is_multiple_of(2) { 300 + n / 2 } else { 600 + n / 6 };
        for n in 0..300usize {
            let phone = format!("{}-{:03}-{:04}", area(n), 200 + n * 7 % 700, n * 13 % 10_000);
            profiler.meet(&[Some(["Baker", "Carter", "Fisher"][n % 3]), Some(&phone)], &mut entropy);
        }
        let roles = [Role::Surname, Role::Phone];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let offer = offer();
        let mut from = Generator::new(&profile, &offer);
        let drawn: Vec<Row> = (0..400).map(|_| from.draw(10, &mut entropy).row).collect();
        let areas: Vec<String> = (0..300).map(|n| area(n).to_string()).collect();
        let new = share(&drawn, |row| !areas.iter().any(|of| of == self::area(row, 1)));
        assert!((0.43..0.57).contains(&new), "{new}");
    }

    fn area(row: &Row, column: usize) -> &str {
        row[column].as_deref().unwrap_or_default().get(..3).unwrap_or_default()
    }

    fn share(rows: &[Row], is: impl Fn(&Row) -> bool) -> f64 {
        rows.iter().filter(|row| is(row)).count() as f64 / rows.len() as f64
    }

    #[test]
    fn places_follow_the_phone_that_most_rows_have_and_a_fax_is_of_its_area() {
        let profile = table(Role::Other);
        let (offer, mut entropy) = (offer(), ChaCha20Rng::seed_from_u64(2));
        let mut from = Generator::new(&profile, &offer);
        let drawn: Vec<Row> = (0..300).map(|_| from.draw(10, &mut entropy).row).collect();
        let areas = |row: &Row| STATES.iter().find(|s| Some(s.0) == row[2].as_deref()).expect("a state").1;
        let there = share(&drawn, |row| areas(row).contains(&area(row, 5)));
        assert!(there > 0.9, "{there} in their state");
        let faxed: Vec<Row> = drawn.into_iter().filter(|row| !area(row, 4).is_empty()).collect();
        let beside = share(&faxed, |row| area(row, 4) == area(row, 5));
        assert!(faxed.len() > 50 && beside > 0.9, "{beside} of {}", faxed.len());
    }

    #[test]
    fn all_offices_of_one_member_are_in_its_state() {
        let profile = table(Role::Code);
        let (offer, mut entropy) = (offer(), ChaCha20Rng::seed_from_u64(2));
        let mut from = Generator::new(&profile, &offer);
        assert!(from.draws_entities());
        for _ in 0..60 {
            let rows: Vec<Row> = from.draw_entity(3, 10, &mut entropy).into_iter().map(|drawn| drawn.row).collect();
            let state = STATES.iter().find(|s| Some(s.0) == rows[0][2].as_deref()).expect("a state");
            assert!(rows.iter().all(|row| row[2] == rows[0][2]));
            assert!(share(&rows, |row| state.1.contains(&area(row, 5))) > 0.99, "{rows:?}");
        }
    }

    /// What canaries have in the columns of a second phone and of a second e-mail, which are others
    /// than the first in every row and in every second one, from a pool of so many phones.
    fn beside(numbers: usize) -> (Vec<Drawn>, usize) {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let header = ["surname", "phone", "mobile", "email", "other_email"];
        let mut profiler = Profiler::new(&header.map(str::to_owned));
        for n in 0..400usize {
            let surname = format!("{}son", char::from(b'A' + (n % 26) as u8));
            let number = |area: usize| format!("{area}-{:03}-{:04}", 200 + n % 300, n * 7);
            let mail = |host| format!("{}{n}@{host}", surname.to_lowercase());
            let other = if n % 2 == 0 { mail("example.net") } else { String::new() };
            let cells = [surname.clone(), number(503), number(971), mail("example.org"), other];
            profiler.meet(&cells.each_ref().map(|c| Some(c.as_str())), &mut entropy);
        }
        let roles = [Role::Surname, Role::Phone, Role::Phone, Role::Email, Role::Email];
        let profile = profiler.finish(&Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() });
        let mail = |n: usize| ContactPoint::mailbox(&format!("mason{n}@example.org")).expect("a mailbox");
        let phones = offer().phones.into_iter().take(numbers).collect();
        let offer = Offer { phones, mailboxes: (0..60).map(mail).collect(), ..Offer::default() };
        let mut from = Generator::new(&profile, &offer);
        let drawn: Vec<Drawn> = (0..20).map(|_| from.draw(20, &mut entropy)).collect();
        let different = drawn.iter().filter(|d| d.row[1] != d.row[2]).count();
        (drawn, different)
    }

    #[test]
    fn a_second_phone_is_another_where_that_of_every_row_is() {
        let (drawn, different) = beside(40);
        assert_eq!(different, 20);
        assert!(drawn.iter().all(|d| d.contact_points.len() == 3 && d.remarks.is_empty()), "{drawn:?}");
        let (drawn, different) = beside(30);
        assert_eq!(different, 0);
        assert!(drawn.iter().all(|d| d.remarks[0].contains("add numbers")), "{drawn:?}");
    }

    #[test]
    fn a_second_mailbox_is_not_the_first_again() {
        let (drawn, _) = beside(40);
        let says = |row: &Row, column: usize| row[column].as_deref().is_some_and(|text| !text.is_empty());
        assert!(drawn.iter().all(|d| says(&d.row, 3) && !says(&d.row, 4)), "{drawn:?}");
    }
}
