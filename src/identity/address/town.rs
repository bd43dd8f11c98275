//! A town: what ends a Western address in one cell, from the name of the city to the
//! postcode or the country behind it. A canary takes it over from one row whole, since its
//! parts must not contradict each other. How the street before it is cut is `address`'.

use super::{NUMBERED, ROOMS};
use crate::identity::locale::Pack;

/// Words of which a city's name consists at most.
const LONGEST: usize = 4;
/// Words that may stand between a city and its postcode: a state's name.
const BETWEEN: usize = 3;
/// Digits of an Australian postcode, and the states that it stands behind: a road's number is
/// as long.
const AUSTRALIAN: usize = 4;
const STATES: [&str; 8] = ["nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt"];
/// Letters of what is hardly a city's name.
const SHORT: usize = 2;
/// What else than rooms has a number behind its name.
const UNITS: [&str; 4] = ["fl", "lot", "box", "no"];
/// What a street's name ends in (USPS Publication 28), and where it leads.
const TYPES: [&str; 42] = [
    "street",
    "st",
    "avenue",
    "ave",
    "av",
    "road",
    "rd",
    "drive",
    "dr",
    "lane",
    "ln",
    "court",
    "ct",
    "place",
    "pl",
    "boulevard",
    "blvd",
    "way",
    "circle",
    "cir",
    "terrace",
    "ter",
    "trail",
    "trl",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "square",
    "sq",
    "plaza",
    "loop",
    "run",
    "pike",
    "n",
    "s",
    "e",
    "w",
    "ne",
    "nw",
    "se",
    "sw",
];

/// A word of an address, without signs around it.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    /// Where the text before it ends, in octets.
    from: usize,
    /// A comma or the end of a line stands before it.
    is_apart: bool,
}

/// Where the town of an address begins, with the signs before it, in octets; the address's
/// end where no postcode tells.
pub(in crate::identity) fn begin(text: &str, pack: &dyn Pack) -> usize {
    let words = words(text);
    let town = ending(&words).and_then(|(head, code)| city(head, code, pack)).or_else(|| continental(&words));
    // A number alone is no street.
    let town = town.filter(|nth| *nth > 1 || !has_digit(words[0].text));
    town.map_or(text.len(), |nth| words[nth].from)
}

/// How many looks there are at a town.
pub(in crate::identity) const LOOKS: usize = 3;

/// From close to far: a city and its state, the first digits of the postcode, the state.
pub(in crate::identity) fn looks(town: &str) -> [Option<String>; LOOKS] {
    let words = words(town);
    let coded = || begins_with_code(&words).then(|| (&words[1..], &words[..1]));
    let (head, code) = ending(&words).or_else(coded).unwrap_or((&words, &[]));
    let name = head.iter().map(|word| word.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let sorted = code.first().and_then(|word| word.text.get(..3)).map(str::to_lowercase);
    [Some(name), sorted, head.last().filter(|word| is_short(word)).map(|word| word.text.to_lowercase())]
}

/// A town without what tells single houses, the four digits behind an American postcode, and these.
pub(in crate::identity) fn apart(town: &str) -> (&str, &str) {
    match town.rsplit_once('-') {
        Some((before, houses)) if digits(houses) == Some(4) && before.ends_with(|c: char| c.is_ascii_digit()) => {
            town.split_at(before.len() + 1)
        }
        _ => (town, ""),
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let (mut words, mut at, mut from, mut is_apart): (Vec<Word<'_>>, usize, usize, bool) = Default::default();
    for part in text.split_inclusive([' ', ',', ';', '\n', '\r', '\t']) {
        let word = part.trim_end_matches([' ', ',', ';', '\n', '\r', '\t', '.']);
        if word.chars().any(char::is_alphanumeric) {
            words.push(Word { text: word, from, is_apart });
            (from, is_apart) = (at + word.len(), false);
        }
        is_apart |= part.ends_with([',', ';', '\n', '\r']);
        at += part.len();
    }
    words
}

/// The words before the postcode, and those of it; what stands behind it is the country.
fn ending<'w, 't>(words: &'w [Word<'t>]) -> Option<(&'w [Word<'t>], &'w [Word<'t>])> {
    let country = words.iter().rposition(|word| word.is_apart);
    let is_country = |words: &[Word<'_>]| words.iter().all(|word| digits(word.text).is_none());
    let ends = [Some(words.len()), country.filter(|nth| is_country(&words[*nth..]))];
    ends.into_iter().flatten().find_map(|end| {
        let length = code(&words[..end])?;
        Some((&words[..end - length], &words[end - length..end]))
    })
}

/// The first word of a town whose postcode stands before its name, behind a comma.
fn continental(words: &[Word<'_>]) -> Option<usize> {
    (1..words.len()).filter(|nth| words[*nth].is_apart).find(|nth| begins_with_code(&words[*nth..]))
}

fn begins_with_code(words: &[Word<'_>]) -> bool {
    let Some((code, name)) = words.split_first() else { return false };
    let number = code.text.rsplit('-').next().and_then(digits);
    let is_name = name.iter().all(|word| !has_digit(word.text)) && name.iter().any(|word| word.text.len() > SHORT);
    matches!(number, Some(4 | 5)) && is_name
}

/// Of how many words the postcode is that these end in.
fn code(words: &[Word<'_>]) -> Option<usize> {
    let (last, before) = words.split_last()?;
    let number = last.text.trim_end_matches('-');
    let (first, behind) = number.split_once('-').unwrap_or((number, ""));
    let is_number = matches!(digits(first), Some(4..=6)) && behind.is_empty();
    let is_longer = digits(first) == Some(5) && matches!(digits(behind), Some(3 | 4));
    // A room's number may be as long.
    let names_room = before.last().is_some_and(|word| is_unit(word));
    if (is_number || is_longer) && !names_room {
        return Some(1);
    }
    let is_inward = matches!(form(last.text).as_str(), "9AA" | "9A9");
    let is_outward =
        |word: &Word<'_>| matches!(form(word.text).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A");
    (is_inward && before.last().is_some_and(is_outward)).then_some(2)
}

/// The first word of the city's name.
fn city(head: &[Word<'_>], code: &[Word<'_>], pack: &dyn Pack) -> Option<usize> {
    if head.is_empty() {
        return None;
    }
    let listed = listed(head, code[0].text.get(..5).unwrap_or_default(), pack);
    // The words of the state, or of nothing.
    let is_state = |word: &Word<'_>| {
        let is_long = code.len() > 1 || code[0].text.len() > AUSTRALIAN;
        is_one_of(word, &STATES) || is_long && is_short(word) && !is_one_of(word, &NUMBERED)
    };
    let end = head.len() - usize::from(head.len() > 1 && is_state(&head[head.len() - 1]));
    let apart = || head[..end].iter().rposition(|word| word.is_apart).map(|nth| behind_unit(head, nth, end));
    let tells = end < head.len() || code.len() > 1;
    let typed = || {
        let last = head[..end - 1].iter().rposition(|word| is_one_of(word, &TYPES) || is_unit(word));
        last.map(|nth| if is_unit(&head[nth]) { behind_unit(head, nth, end) } else { nth + 1 })
    };
    let named = || typed().or(Some(end - 1)).filter(|_| tells);
    listed.or_else(apart).or_else(named).filter(|nth| *nth < end)
}

/// Where a city of that postcode's, or of one that the post sorts together with it, is named.
fn listed(head: &[Word<'_>], code: &str, pack: &dyn Pack) -> Option<usize> {
    let own = pack.place(code)?.city;
    let others = pack.postcodes_around(code).iter().filter_map(|(_, at)| at.city);
    let cities: Vec<&str> = own.into_iter().chain(others).collect();
    let is_city = |words: &[Word<'_>]| {
        let name = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ").replace('.', "");
        cities.iter().any(|city| city.eq_ignore_ascii_case(&name))
    };
    let ends = (0..=BETWEEN.min(head.len())).map(|between| head.len() - between);
    ends.flat_map(|end| (1..=LONGEST.min(end)).rev().map(move |length| (end - length, end)))
        .find(|(start, end)| is_city(&head[*start..*end]))
        .map(|(start, _)| start)
}

/// The first word that is not of a room: STE 101, #4.
fn behind_unit(head: &[Word<'_>], nth: usize, end: usize) -> usize {
    let is_number = |nth: usize| nth < end && has_digit(head[nth].text);
    let named = nth + usize::from(is_unit(&head[nth]));
    named + usize::from(is_number(named) || named > nth && named + 1 < end && head[named].text.len() == 1)
}

/// How many digits a text has; nothing where it is not of digits alone.
fn digits(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text.len())
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// A state's or a county's abbreviation.
fn is_short(word: &Word<'_>) -> bool {
    (2..=3).contains(&word.text.len()) && word.text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_unit(word: &Word<'_>) -> bool {
    is_one_of(word, &ROOMS) || is_one_of(word, &UNITS)
}

fn is_one_of(word: &Word<'_>, words: &[&str]) -> bool {
    let word = word.text.trim_end_matches('.');
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Letters written `A`, digits `9`.
fn form(text: &str) -> String {
    let sign = |c: char| {
        if c.is_ascii_digit() {
            '9'
        } else if c.is_ascii_alphabetic() {
            'A'
        } else {
            c
        }
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Locale;

    #[test]
    fn the_town_of_an_address_is_found() {
        for (text, town) in [
            ("2130 WEST BELMONT CHICAGO IL 60618", " CHICAGO IL 60618"),
            ("2309 WEST 18TH PLACE CHICAGO IL 60608-", " CHICAGO IL 60608-"),
            ("1120 E. MAIN STREET, STE 101 ST. CHARLES IL 60174", " ST. CHARLES IL 60174"),
            ("60-B W. TERRA COTTA, #196 CRYSTAL LAKE IL 60014", " CRYSTAL LAKE IL 60014"),
            ("13361 LAKEWOOD LANE ORLAND PARK IL 60462-1234", " ORLAND PARK IL 60462-1234"),
            ("12 Main St, Apt 4, Springfield, IL 62701", ", Springfield, IL 62701"),
            ("12 Main St, Springfield, Illinois 62701, USA", ", Springfield, Illinois 62701, USA"),
            ("Room 12, State Capitol, Montgomery, AL 36130", ", Montgomery, AL 36130"),
            ("12 Main St\nNowhere, ZZ 00001", "\nNowhere, ZZ 00001"),
            ("PO Box 12 Nowhereville IL 62799", " Nowhereville IL 62799"),
            ("10 Downing Street, London SW1A 2AA", ", London SW1A 2AA"),
            ("5 King St W, Toronto ON M5H 1A1", ", Toronto ON M5H 1A1"),
            ("12 Pitt Street, Sydney NSW 2000", ", Sydney NSW 2000"),
            ("Hauptstr. 12, 10115 Berlin", ", 10115 Berlin"),
            ("12 rue de la Paix, F-75002 Paris, France", ", F-75002 Paris, France"),
            ("Rua Augusta 123, São Paulo - SP, 01310-100", ", São Paulo - SP, 01310-100"),
            ("12 Main St Apt 1204", ""),
            ("18230 FM 1488", ""),
            ("100 N. FM 3167", ""),
            ("4500 County Rd NW 1500", ""),
            ("Elko, NV 89801", "Elko, NV 89801"),
            ("12 Main St., 2612 S", ""),
            ("12 Main St, Suite 1200", ""),
            ("7264 St. Peter Court", ""),
            ("stanley street", ""),
            ("Springfield IL 62701", "Springfield IL 62701"),
            ("60618", ""),
            ("", ""),
        ] {
            assert_eq!(&text[begin(text, Locale::EnUs.pack())..], town, "{text}");
        }
    }

    #[test]
    fn towns_are_looked_at_from_far() {
        let of = |town| looks(town).map(Option::unwrap_or_default);
        assert_eq!(of(" CRYSTAL LAKE IL 60014-1"), ["crystal lake il 60014-1", "", ""]);
        assert_eq!(of(", Crystal Lake, IL 60014"), ["crystal lake il", "600", "il"]);
        assert_eq!(of(", London SW1A 2AA"), ["london", "sw1", ""]);
        assert_eq!(of(", 10115 Berlin"), ["berlin", "101", ""]);
        assert_eq!(apart(" CHICAGO IL 60618-1234"), (" CHICAGO IL 60618-", "1234"));
        assert_eq!(apart(" CHICAGO IL 60618"), (" CHICAGO IL 60618", ""));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_borne(text in "\\PC{0,40}|[0-9A-Za-z ,.#-]{0,40}") {
            proptest::prop_assert!(text.is_char_boundary(begin(&text, Locale::EnUs.pack())));
            let _ = (looks(&text), apart(&text));
        }
    }
}
