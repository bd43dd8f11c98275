//! Local numbers: phones whose area code stands in a column beside them, as in
//! registers of voters and of landlines. Which column that is, is found here; how
//! such a number is written is `phones`'.

use super::profile::Anchor;
use super::{Role, digits, is_blank};

/// Rows that tell at least, and the share of them that must agree.
const ENOUGH: usize = 20;
const AGREEING: f64 = 0.9;
/// Digits of a number that goes without its area code.
pub const DIGITS: std::ops::RangeInclusive<usize> = 6..=8;

/// Whether a text has so few digits that they are a number without its area code.
pub fn lacks_area(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() <= *DIGITS.end()
}

/// By column: that of the area codes which a column of phones does without.
pub fn area_columns(donors: &[Anchor], roles: &[Role], home: &str) -> Vec<Option<usize>> {
    let beside = |c: usize| [c.checked_sub(1), Some(c + 1)].into_iter().flatten().filter(|a| *a < roles.len());
    let is_phone = |c: usize| roles[c] == Role::Phone;
    let found = |c: usize| beside(c).find(|a| !is_phone(*a) && goes_without(donors, c, *a, home));
    (0..roles.len()).map(|c| if is_phone(c) { found(c) } else { None }).collect()
}

/// Whether numbers of one column are whole with what stands in another.
fn goes_without(donors: &[Anchor], phone: usize, area: usize, home: &str) -> bool {
    let said = |a: &Anchor, c: usize| a.row[c].as_deref().filter(|_| !is_blank(&a.row[c])).map(digits::of);
    let numbers: Vec<(Option<String>, String)> =
        donors.iter().filter_map(|a| Some((said(a, area), said(a, phone)?))).collect();
    let is_whole = |(area, number): &(&String, &String)| DIGITS.contains(&number.len()) && is_area(area, number, home);
    // Of some the area is not known.
    let beside = || numbers.iter().filter_map(|(area, number)| Some((area.as_ref()?, number)));
    let whole = beside().filter(is_whole).count();
    whole >= ENOUGH && whole as f64 >= beside().count() as f64 * AGREEING && whole * 2 >= numbers.len()
}

/// Area codes of the North American plan (three digits, the first no 0 or 1), and of
/// China's with their trunk zero (ITU-T E.164 national numbering plans).
fn is_area(area: &str, number: &str, home: &str) -> bool {
    match home {
        "1" => area.len() == 3 && number.len() == 7 && !area.starts_with(['0', '1']),
        "86" => area.starts_with('0') && matches!(area.len() + number.len(), 11 | 12),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Chooser, Generator, Profiler, Role, Told, phones};
    use crate::model::{ContactPoint, Offer, OfferedPhone};
    use rand::SeedableRng;

    #[test]
    fn the_area_code_beside_a_number_is_that_of_the_owned_one() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header = ["last_name", "area_cd", "phone_num", "precinct"].map(str::to_owned);
        let mut profiler = Profiler::new(&header);
        for n in 0..400usize {
            let name = ["Mason", "Potter", "Walker", "Baker"][n % 4].to_owned() + ["", "son", "man"][n / 4 % 3];
            let area = Some(["919", "336", "704"][n % 3]).filter(|_| n % 5 > 0);
            let number = area.map(|_| format!("{:03}{:04}", 230 + n % 500, n * 7));
            let precinct = format!("{:03}", 200 + n % 9);
            profiler.meet(&[Some(&name), area, number.as_deref(), Some(&precinct)], &mut entropy);
        }
        let roles = [Role::Surname, Role::Region, Role::Phone, Role::Region];
        let told = Told { roles: roles.into_iter().enumerate().collect(), ..Told::default() };
        let profile = profiler.finish(&told);
        assert_eq!(profile.areas, [None, None, Some(1), None]);
        let owned = |n: usize| OfferedPhone {
            point: ContactPoint::phone(&format!("+1{}{:07}", ["919", "336", "980"][n % 3], 7_310_000 + n * 61))
                .expect("a number"),
            kind: None,
            carrier: None,
            city: None,
            since: None,
        };
        let offer = Offer { phones: (0..90).map(owned).collect(), ..Offer::default() };
        let mut from = Generator::new(&profile, &offer);
        let rows = Chooser::learn(&mut from, &header, 10, &mut entropy).choose(&mut from, 20, &mut entropy);
        let reached: Vec<_> = rows.iter().filter(|drawn| !drawn.contact_points.is_empty()).collect();
        assert!(reached.len() >= 12, "{} of {}", reached.len(), rows.len());
        for drawn in reached {
            let said: String = drawn.row[1..3].iter().filter_map(|cell| cell.as_deref()).collect();
            assert_eq!(said, phones::split(&drawn.contact_points[0].value).1, "{:?}", drawn.row);
            assert!(drawn.identifiers.is_empty(), "seven digits point at nobody: {:?}", drawn.identifiers);
        }
    }
}
