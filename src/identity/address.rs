//! An address cut into area, street, rest and town. Chinese addresses go from the province
//! down to the room; Western ones begin or end with the house number. Its numbers are written
//! anew by `doors`; what the parts mean beyond that is left alone.

pub mod doors;
mod fixed;
pub mod house;
pub(super) mod town;

use super::{Locale, locale};

/// What divisions, townships and communities end in (GB/T 2260, 10114).
const AREAS: [char; 8] = ['省', '市', '区', '區', '县', '縣', '旗', '州'];
const STREETS: [&str; 9] = ["大街", "大道", "街", "路", "道", "巷", "弄", "胡同", "里"];
/// Such as stand within the names of communities, too: 三里亭.
const RARE_STREETS: [&str; 1] = ["里"];
/// What houses, stairs, floors and doors are called behind their numbers.
const MARKS: &str = "号號弄幢栋棟座楼樓单單元室层層村组組队隊-#";
const TOWNS: [&str; 7] = ["街道", "镇", "鎮", "乡", "鄉", "苏木", "开发区"];

/// What a room is called, before its number.
const ROOMS: [&str; 12] =
    ["apt", "apartment", "ste", "suite", "unit", "rm", "room", "bldg", "building", "floor", "spc", "trlr"];
const BOXES: [&str; 7] = ["box", "pobox", "postbox", "postfach", "apartado", "casilla", "postbus"];
/// Roads that have a number for a name.
const NUMBERED: [&str; 10] = ["hwy", "highway", "route", "rte", "rt", "us", "sr", "cr", "fm", "interstate"];

/// An address in parts that join to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts<'t> {
    /// From the beginning down to the county.
    pub area: &'t str,
    /// The house number before a Western street, as it is written with its blank.
    pub number: &'t str,
    pub street: &'t str,
    pub rest: &'t str,
    /// A Western town, from the city to the postcode.
    pub town: &'t str,
}

impl Parts<'_> {
    /// The rest, each digit written `0`.
    pub fn shape_of_rest(&self) -> String {
        shape_of(self.rest)
    }
}

/// A text, each digit written `0`.
pub fn shape_of(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// Cuts an address. The locale tells cities by their postcodes.
pub fn cut(text: &str, locale: Locale) -> Parts<'_> {
    if is_han(text) {
        return cut_han(text);
    }
    let (street, town) = text.split_at(town::begin(text, locale.pack()));
    Parts { town, ..cut_western(street) }
}

/// What a Chinese street is: none, a road, whose houses have numbers, or a community of
/// buildings.
pub fn kind_of_street(street: &str) -> &'static str {
    match street {
        "" => "none",
        street if STREETS.iter().any(|s| street.ends_with(s)) => "road",
        _ => "community",
    }
}

/// Whether what stands for a Western street is a post box: `P.O. Box`, `PO BOX`, `Postfach`.
pub fn is_box(street: &str) -> bool {
    let mut words = street.split(|c: char| !c.is_alphanumeric());
    words.any(|word| BOXES.contains(&word.to_lowercase().as_str()))
}

/// What is counted in the rest of a Chinese address: 12号3幢501室 is 0号0幢0室.
pub fn marks_of_rest(rest: &str) -> String {
    let mut marks = String::new();
    for c in rest.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }) {
        if MARKS.contains(c) || c == '0' && !marks.ends_with('0') {
            marks.push(c);
        }
    }
    marks
}

/// Whether a text is a Chinese one.
pub fn is_han(text: &str) -> bool {
    text.chars().any(locale::is_han)
}

fn cut_han(text: &str) -> Parts<'_> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let digit = chars.iter().position(|(_, c)| c.is_ascii_digit()).unwrap_or(chars.len());
    // A division's name has two characters or more; 市 in 市场 names none.
    let ends =
        |n: &usize| AREAS.contains(&chars[*n].1) && *n >= 1 && !matches!(chars.get(n + 1), Some((_, '场' | '政')));
    let area = (0..digit.min(16)).rfind(ends).map_or(0, |n| n + 1);
    let at = |n: usize| chars.get(n).map_or(text.len(), |(at, _)| *at);
    let (head, tail) = text.split_at(at(area));
    let town = TOWNS
        .iter()
        .filter_map(|t| tail.find(t).map(|at| at + t.len()))
        .filter(|end| *end <= at(digit).saturating_sub(head.len()))
        .min()
        .unwrap_or(0);
    let (area, tail) = text.split_at(head.len() + town);
    let digit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
    let end = |s: &str| tail[..digit].find(s).map(|at| at + s.len());
    let ends = STREETS.iter().filter_map(|s| end(s).filter(|end| !RARE_STREETS.contains(s) || *end == digit));
    let street = ends.max().unwrap_or(digit);
    Parts { area, number: "", street: &tail[..street], rest: &tail[street..], town: "" }
}

fn cut_western(text: &str) -> Parts<'_> {
    let (number, tail) = text.split_at(house_number(text));
    let stop = tail
        .char_indices()
        .find(|(at, c)| *at > 0 && (c.is_ascii_digit() && !is_named(tail, *at) || matches!(c, ',' | '#' | ';')))
        .map_or(tail.len(), |(at, _)| at);
    let stop = tail[..stop].trim_end().len();
    let stop = room(&tail[..stop]).unwrap_or(stop);
    Parts { area: "", number, street: &tail[..stop], rest: &tail[stop..], town: "" }
}

/// Where the street begins behind the number of a house: 12, 12A, 4465-6, 1202-1/2, 1130 1/2.
fn house_number(text: &str) -> usize {
    let Some((word, behind)) = text.split_once(' ') else { return 0 };
    let is_part = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'/');
    let plain = word.strip_suffix(|c: char| c.is_ascii_alphabetic()).unwrap_or(word);
    if !word.starts_with(|c: char| c.is_ascii_digit()) || !plain.bytes().all(is_part) {
        return 0;
    }
    let is_fraction = |word: &str| matches!(word.as_bytes(), [b'1'..=b'9', b'/', b'1'..=b'9']);
    let fraction = behind.split_once(' ').filter(|(next, _)| is_fraction(next)).map_or(0, |(next, _)| next.len() + 1);
    word.len() + 1 + fraction
}

/// Where a room is named behind a street.
fn room(street: &str) -> Option<usize> {
    let mut blanks = street.match_indices(' ').map(|(at, _)| at);
    blanks.find(|at| is_room(street[at + 1..].split(' ').next().unwrap_or_default()))
}

/// Whether a word is what a room is called.
fn is_room(word: &str) -> bool {
    ROOMS.iter().any(|room| room.eq_ignore_ascii_case(word.trim_end_matches(['.', ','])))
}

/// Whether a digit belongs to the name of a road: 42nd St, US 301, N NC Hwy 111.
fn is_named(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
    let is_short = |word: &str| word.chars().filter(|c| c.is_alphabetic()).count() <= 2;
    let is_road = |word: &str| NUMBERED.contains(&word.to_lowercase().trim_end_matches('.'));
    let parted = before.trim_end_matches([' ', '-']);
    let last = parted.rsplit(' ').next().unwrap_or_default();
    ordinal(&text[at..]) || parted.len() < before.len() && (is_road(last) || parted.split(' ').all(is_short))
}

fn ordinal(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    ["st", "nd", "rd", "th"].iter().any(|s| text[digits..].get(..2).is_some_and(|a| a.eq_ignore_ascii_case(s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_join_to_the_whole() {
        for text in [
            "浙江省杭州市滨江区丰潭路164号大关公寓10幢2单元1502",
            "杭州市钱塘区机场路302号",
            "淮安市淮阴区",
            "7264 St. Peter Court",
            "stanley street",
            "12 Main St, Apt 4",
            "",
            "P.O. Box 12",
            "12 Main St, Apt 4, Springfield, IL 62701",
        ] {
            let p = cut(text, Locale::EnUs);
            assert_eq!(format!("{}{}{}{}{}", p.area, p.number, p.street, p.rest, p.town), text);
        }
        let p = cut("浙江省杭州市西湖区三墩镇文二大道408号融创公寓35幢-1101室", Locale::EnUs);
        assert_eq!((p.area, p.street), ("浙江省杭州市西湖区三墩镇", "文二大道"));
        let p = cut("杭州市上城区三里亭花园31幢2单元502室", Locale::EnUs);
        assert_eq!((p.street, kind_of_street(p.street)), ("三里亭花园", "community"));
        assert_eq!(marks_of_rest(p.rest), "0幢0单元0室");
        let p = cut("天津市和平区平安里12号", Locale::EnUs);
        assert_eq!((p.street, kind_of_street(p.street), p.rest), ("平安里", "road", "12号"));
        let p = cut("7264 E 42nd St. Apt 4", Locale::EnUs);
        assert_eq!((p.number, p.street, p.rest), ("7264 ", "E 42nd St.", " Apt 4"));
        assert_eq!(p.shape_of_rest(), " Apt 0");
    }

    #[test]
    fn a_house_has_a_number_of_more_than_digits() {
        for (text, number, street) in [
            ("12A Mill Lane", "12A ", "Mill Lane"),
            ("4465-6 US Highway 17", "4465-6 ", "US Highway 17"),
            ("1202-1/2 7th Street NW", "1202-1/2 ", "7th Street NW"),
            ("1130 1/2 7th Street NW", "1130 1/2 ", "7th Street NW"),
            ("7th Street", "", "7th Street"),
            ("7 th", "7 ", "th"),
            ("12", "", "12"),
            ("12 ½x Mill Lane", "12 ", "½x Mill Lane"),
            ("12-14", "", "12-14"),
        ] {
            let p = cut(text, Locale::EnUs);
            assert_eq!((p.number, &text[p.number.len()..][..street.len()]), (number, street), "{text}");
        }
    }

    #[test]
    fn a_road_keeps_the_number_that_it_is_called_by() {
        for (text, street, rest) in [
            ("5957 NC Hwy 46", "NC Hwy 46", ""),
            ("7712 us 301 hwy s", "us 301 hwy s", ""),
            ("1754 s nc 111 hwy", "s nc 111 hwy", ""),
            ("201 nc hwy 54 byp #628", "nc hwy 54 byp", " #628"),
            ("12 Old Route 9 Apt 4", "Old Route 9", " Apt 4"),
            ("1001 N MILWAUKEE AVE SUITE 205", "N MILWAUKEE AVE", " SUITE 205"),
            ("9 Mill Ln Apt. B", "Mill Ln", " Apt. B"),
            ("Unit 5", "Unit", " 5"),
            ("18 US-62 N", "US-62 N", ""),
            ("202 fairfield rd 104", "fairfield rd", " 104"),
            ("1200 Forest Pkwy 300", "Forest Pkwy", " 300"),
            ("12 Main St Apt 4", "Main St", " Apt 4"),
        ] {
            let p = cut(text, Locale::EnUs);
            assert_eq!((p.street, p.rest), (street, rest), "{text}");
        }
    }
}
