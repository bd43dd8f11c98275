//! Home: the country of a table's numbers that show none, and the lead, which rows of it
//! dial before a national number: an access code, a carrier's prefix (`1 (11) 500 …`). A
//! number of the pool is written with it where its area is one of such rows'. How a number
//! takes the form of another is `phones`'.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{area, told};
use crate::identity::profile::Profile;
use crate::identity::{Role, digits, phones};

/// Rows that have a lead, at least, and one in so many of all.
const ENOUGH: usize = 20;
const SHARE: usize = 20;

/// The country of a table's numbers.
#[derive(Debug, Default)]
pub struct Home {
    /// Its calling code.
    pub code: String,
    pub(super) lead: Option<Lead>,
}

/// What stands before national numbers in some of a table's rows.
#[derive(Debug)]
pub(super) struct Lead {
    text: String,
    digits: String,
    /// Digits of the numbers behind it.
    length: usize,
    /// Areas of the numbers behind it, and those of them that none without it has.
    areas: FxHashSet<String>,
    alone: FxHashSet<String>,
}

impl Home {
    /// That of a table's numbers, of which `kinds` are such that can be had: one of each
    /// country and length.
    pub fn of(profile: &Profile, kinds: &[String]) -> Self {
        let code = told::home_by(profile, kinds);
        let column = profile.column_of(Role::Phone);
        let texts: Vec<&str> = profile.donors.iter().filter_map(|a| profile.text(&a.row, column)).collect();
        Self { lead: Lead::of(&texts, kinds, &code), code }
    }

    /// The digits of a phone without the country's code, or the zero or lead that is dialled
    /// within it.
    pub fn national<'d>(&self, digits: &'d str) -> &'d str {
        let behind = self.lead.as_ref().and_then(|lead| lead.behind(digits));
        behind.unwrap_or_else(|| phones::national(digits, &self.code))
    }

    /// An owned number written as another row's cell is; None where it cannot be.
    pub fn write(&self, e164: &str, like: &str) -> Option<String> {
        let area = area(phones::split(e164).1).unwrap_or_default();
        let plain = |like| phones::write_like(e164, like, &self.code);
        let Some(lead) = &self.lead else { return plain(like) };
        match like.trim().strip_prefix(lead.text.as_str()) {
            Some(rest) if lead.areas.contains(area) => plain(rest).map(|written| lead.text.clone() + &written),
            Some(_) => None,
            None => plain(like).filter(|_| !lead.alone.contains(area)),
        }
    }

    /// Whether rows write numbers of the area of these national digits with the lead.
    pub fn is_led(&self, national: &str) -> bool {
        self.lead.as_ref().zip(area(national)).is_some_and(|(lead, area)| lead.areas.contains(area))
    }
}

impl Lead {
    fn of(texts: &[&str], kinds: &[String], code: &str) -> Option<Self> {
        let lengths = kinds.iter().map(|kind| phones::split(kind)).filter(|(of, _)| *of == code).map(|(_, n)| n.len());
        let lengths: FxHashSet<usize> = lengths.collect();
        let plain = |like: &str| kinds.iter().any(|kind| phones::write_like(kind, like, code).is_some());
        let (plain, strange): (Vec<&str>, Vec<&str>) = texts.iter().partition(|like| plain(like));
        let mut met: FxHashMap<(&str, usize), usize> = FxHashMap::default();
        for (like, length) in strange.iter().flat_map(|like| lengths.iter().map(move |length| (like, *length))) {
            before(like, length).into_iter().for_each(|text| *met.entry((text, length)).or_default() += 1);
        }
        let ((text, length), _) = met
            .into_iter()
            .filter(|(_, n)| *n >= ENOUGH && n * SHARE >= texts.len())
            .max_by_key(|(lead, n)| (*n, *lead))?;
        let areas = |numbers: &[&str], cut: &str| -> FxHashSet<String> {
            let behind = numbers.iter().filter_map(|like| like.trim().strip_prefix(cut)).map(digits::of);
            behind.filter_map(|digits| Some(area(phones::national(&digits, code))?.to_owned())).collect()
        };
        let (led, others) = (areas(&strange, text), areas(&plain, ""));
        let alone = led.difference(&others).cloned().collect();
        Some(Self { text: text.to_owned(), digits: digits::of(text), length, areas: led, alone })
    }

    fn behind<'d>(&self, digits: &'d str) -> Option<&'d str> {
        digits.strip_prefix(self.digits.as_str()).filter(|rest| rest.len() == self.length)
    }
}

/// What stands before the last so many digits, if it has digits itself and a sign or blank
/// between. What begins with a zero or a plus is a code, and no lead.
fn before(like: &str, length: usize) -> Option<&str> {
    let like = like.trim();
    let at = like.char_indices().filter(|(_, c)| c.is_ascii_digit()).nth_back(length.checked_sub(1)?)?.0;
    let text = &like[..at];
    let is_lead = text.contains(|c: char| c.is_ascii_digit()) && !text.ends_with(|c: char| c.is_ascii_digit());
    Some(text).filter(|text| is_lead && !text.starts_with(['0', '+']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_lead_of_its_area() {
        let led = (0..60).map(|n| format!("1 (11) 500 555-01{n:02}"));
        let plain = (0..60).map(|n| format!("4{:02}-555-01{n:02}", n % 30));
        let texts: Vec<String> = led.chain(plain).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let kinds = ["+14155550142".to_owned(), "+8613812345678".to_owned()];
        let home = Home { lead: Lead::of(&texts, &kinds, "1"), code: "1".to_owned() };
        let write = |number: &str, like: &str| home.write(number, like);
        assert_eq!(write("+15005550777", "1 (11) 500 555-0111").as_deref(), Some("1 (11) 500 555-0777"));
        assert_eq!(write("+15005550777", "401-555-0111"), None, "no row has it without");
        assert_eq!(write("+14155550142", "1 (11) 500 555-0111"), None, "no row has it with");
        assert_eq!(write("+14155550142", "401-555-0111").as_deref(), Some("415-555-0142"));
        assert!(home.is_led("5005550777") && !home.is_led("4155550142"));
        assert_eq!((home.national("1115005550142"), home.national("4155550142")), ("5005550142", "4155550142"));
    }

    #[test]
    fn codes_and_long_numbers_are_no_leads() {
        assert_eq!(before("1 (11) 500 555-0142", 10), Some("1 (11) "));
        for like in ["0049 30 1234567", "+44 20 7946 0000", "030123456789", "500 555-0142", "17951138123", ""] {
            assert_eq!(before(like, 10), None, "{like}");
        }
    }
}
