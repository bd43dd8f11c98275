//! Places as values: addresses, house numbers, divisions and postcodes, by the
//! words that go with them.

use super::shapes::is_lettered;
use super::words;

/// Divisions by their first two digits (GB/T 2260).
const PROVINCE_CODES: &str = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64
    65 71 81 82";

const PROVINCES: &str =
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南
    重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门";

/// Postal abbreviations of states: the United States', Australia's, Canada's.
const STATES: &str =
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC
    ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI NSW VIC QLD TAS ACT NT ON QC BC AB MB SK NS NB";

const STREET_WORDS: &str = "st street ave avenue rd road dr drive ln lane ct court cir circle blvd boulevard way place pl
    hwy highway pkwy parkway ter terrace trl trail cres crescent close square sq loop run row calle avenida strasse straße
    str. weg platz rue via rua box";

/// What a number behind it counts: areas, and no houses.
const AREA_WORDS: &str = "district ward precinct tract zone division region sector constituency";

pub(super) fn is_province_code(text: &str) -> bool {
    text.get(..2).is_some_and(|code| words(PROVINCE_CODES).any(|known| known == code))
}

/// A Chinese address: a street or a village, and a number or a room in it.
pub(super) fn is_chinese_address(text: &str) -> bool {
    let marks = [
        "路", "街", "巷", "弄", "道", "村", "镇", "乡", "号", "室", "栋", "幢", "楼", "组", "单元", "小区", "区", "县",
    ];
    text.chars().count() >= 6 && marks.iter().filter(|m| text.contains(*m)).count() >= 2
}

/// A street line in Latin letters: a house number with words, or a street's word.
pub(super) fn is_latin_address(text: &str) -> bool {
    let lower = text.to_lowercase();
    let all: Vec<&str> = lower.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let number = |w: &&str| w.starts_with(|c: char| c.is_ascii_digit()) && w.len() <= 6;
    let street =
        all.iter().skip(1).any(|w| words(STREET_WORDS).any(|s| s.trim_end_matches('.') == w.trim_end_matches('.')));
    let german =
        all.iter().any(|w| w.len() > 6 && ["straße", "strasse", "str.", "weg", "platz"].iter().any(|e| w.ends_with(e)));
    let counts_areas = all.iter().rev().nth(1).is_some_and(|w| words(AREA_WORDS).any(|area| area == *w));
    let numbered = all.first().is_some_and(number) || all.last().is_some_and(number) && !counts_areas;
    let lettered = all.iter().any(|w| w.len() >= 3 && w.chars().all(char::is_alphabetic));
    all.len() >= 2 && lettered && (street || german || numbered && !text.contains(':'))
}

pub(super) fn is_address(text: &str) -> bool {
    is_chinese_address(text) || is_latin_address(text)
}

pub(super) fn is_house_number(text: &str) -> bool {
    let text = text.trim_end_matches('号');
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    (1..=6).contains(&digits) && rest.len() <= 5 && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-/ ".contains(c))
}

/// A Chinese division by its name.
pub(super) fn is_chinese_division(text: &str) -> bool {
    let ends = ["省", "市", "区", "县", "州", "盟", "旗", "镇", "乡", "街道", "村", "社区", "自治县", "代表团"];
    let short = text.chars().count() <= 14 && !text.contains(|c: char| c.is_ascii_digit());
    short && (ends.iter().any(|e| text.ends_with(e)) || words(PROVINCES).any(|p| p == text))
}

/// A division by its code: six digits, or with those of the street and village.
pub(super) fn is_division_code(text: &str) -> bool {
    matches!(text.len(), 6 | 9 | 12) && text.bytes().all(|b| b.is_ascii_digit()) && is_province_code(text)
}

pub(super) fn is_state(text: &str) -> bool {
    words(STATES).any(|s| s.eq_ignore_ascii_case(text))
}

/// A place by its name: letters, each word of some length.
pub(super) fn may_be_place(text: &str) -> bool {
    is_lettered(text) && text.chars().count() <= 40
}

/// Postcodes of China, the United States, Great Britain, Canada and those of four or five digits.
pub(super) fn is_postcode(text: &str) -> bool {
    let bytes = text.as_bytes();
    let all = |from: usize| bytes.iter().skip(from).all(u8::is_ascii_digit);
    let plus_four = text.len() == 10 && bytes[5] == b'-' && bytes.iter().filter(|b| b.is_ascii_digit()).count() == 9;
    let lettered = || {
        let compact: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
        let inward = compact.len().checked_sub(3).and_then(|at| compact.get(at..));
        let inward = inward.is_some_and(|i| i[0].is_ascii_digit() && i[2].is_ascii_alphanumeric());
        (5..=7).contains(&compact.len()) && compact[0].is_ascii_uppercase() && inward && text.contains(' ')
    };
    matches!(text.len(), 4..=6) && all(0) || plus_four || text.is_ascii() && lettered()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        for (test, good, bad) in [
            (is_address as fn(&str) -> bool, "杭州市滨江区丰潭路164号", "有限公司"),
            (is_address, "7264 Example Court", "Example"),
            (is_address, "Musterstraße 12", "Muster"),
            (is_address, "Rosedale Villas 3", "Census Tract 309.02"),
            (is_address, "12 District Road", "U.S. House Ohio District 12"),
            (is_house_number, "12a", "Main"),
            (is_chinese_division, "某某县", "高中"),
            (is_division_code, "330106", "990106"),
            (is_state, "nc", "XX"),
            (is_postcode, "97205-1234", "972"),
            (is_postcode, "SW1A 1AA", "HELLO"),
        ] {
            assert!(test(good), "{good}");
            assert!(!test(bad), "{bad}");
        }
    }
}
