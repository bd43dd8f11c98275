//! The catalogue: what column names and comments mean, in English, Chinese and
//! the pinyin initials that Chinese schemas use, with some Spanish and German.
//! A name only proposes, with a weight for each role; `finding` lets the values
//! decide.

mod ambiguous;
mod business;
mod people;
mod places;
mod reach;
mod words;

use super::Role;
use words::{is_chinese, split};

/// Probabilities of roles; what is missing to 1 stays open.
pub type Meaning = Vec<(Role, f64)>;

/// How often a name that is listed means what it is listed for.
const WHOLE: f64 = 0.95;
/// Likewise where only its last words are listed.
const ENDING: f64 = 0.88;
/// Likewise where only its last letters are.
const LETTERS: f64 = 0.7;
/// Initials are hardly ever longer.
const INITIALS_MOST: usize = 3;
/// Pinyin initials are short, and many words begin with the same letters.
const INITIALS: f64 = 0.55;

/// Last words that say how a value is written, not what it is.
const FILLERS: &[&str] = &[
    "c", "cd", "code", "no", "num", "nbr", "number", "desc", "nm", "name", "txt", "text", "value", "val", "str",
    "label",
];

/// Last words that say in which language or letters a value is written.
const LANGUAGES: &[&str] =
    &["en", "eng", "english", "cn", "zh", "chs", "cht", "fr", "de", "es", "native", "local", "latin", "pinyin"];

/// Which line a phone number is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Mobile,
    Landline,
    Fax,
}

/// What a column's name proposes: nothing where it says nothing.
pub fn meaning(column: &str) -> Meaning {
    let words = split(column);
    if yes_or_no(column, &words) {
        return vec![(Role::Status, 0.9)];
    }
    if is_chinese(column) {
        return by_characters(&words.concat());
    }
    let written_out = || by_words(&words::written_out(&words)?);
    let in_language = || {
        let (last, rest) = words.split_last().filter(|(_, rest)| !rest.is_empty())?;
        LANGUAGES.contains(&last.as_str()).then(|| by_words(rest)).flatten()
    };
    let either = || column.split('/').filter(|part| *part != column).find_map(|part| by_words(&split(part)));
    written_out()
        .or_else(|| by_words(&words))
        .or_else(in_language)
        .or_else(either)
        .or_else(|| by_letters(&words.concat()))
        .unwrap_or_default()
}

/// What a column's comment proposes: its first words are the column's name in
/// plain language, codes and remarks follow.
pub fn meaning_of_comment(comment: &str) -> Meaning {
    let ends: &[char] = &[',', ';', ':', '.', '，', '；', '：', '。', '、', '\n'];
    let head = comment.trim().split(ends).next().unwrap_or_default();
    let head = if is_chinese(head) { head.split_whitespace().next() } else { head.split(" of ").next() };
    meaning(head.unwrap_or_default())
}

/// Which line a column of phone numbers is for, as far as its name tells.
pub fn line(column: &str) -> Option<Line> {
    let words = split(column);
    let joined = words.concat();
    let one_of = |list: &str| {
        let chinese = |known: &&str| is_chinese(known) && joined.contains(*known);
        list.split_whitespace().any(|known| words.iter().any(|w| w == known) || joined == known || chinese(&known))
    };
    [(reach::FAX, Line::Fax), (reach::MOBILE, Line::Mobile), (reach::LANDLINE, Line::Landline)]
        .into_iter()
        .find(|(list, _)| one_of(list))
        .map(|(_, line)| line)
}

fn yes_or_no(column: &str, words: &[String]) -> bool {
    let first = words.first().map_or("", String::as_str);
    let starts = words.len() > 1 && ambiguous::YES_OR_NO.contains(&first) && first != "sf";
    // `sfyx` is 是否有效, but `sfzh` is 身份证号.
    let initials = words.len() == 1 && column.len() > 3 && column.to_lowercase().starts_with("sf");
    starts || column.starts_with("是否") || initials && listed(first).is_none()
}

fn listed(name: &str) -> Option<Role> {
    [people::NAMES, reach::NAMES, places::NAMES, business::NAMES]
        .into_iter()
        .flatten()
        .find(|(_, names)| names.split_whitespace().any(|n| n == name))
        .map(|(role, _)| *role)
}

fn scaled(list: &[(&str, &[(Role, f64)])], name: &str, by: f64) -> Option<Meaning> {
    let found = list.iter().find(|(known, _)| *known == name)?;
    Some(found.1.iter().map(|(role, weight)| (*role, weight * by)).collect())
}

/// A name, or the end of one.
fn known(name: &str, whole: bool) -> Option<Meaning> {
    let sure = if whole { WHOLE } else { ENDING };
    let ending = || if whole { None } else { scaled(ambiguous::ENDINGS, name, 1.0) };
    ending()
        .or_else(|| scaled(ambiguous::NAMES, name, sure / WHOLE))
        .or_else(|| listed(name).or_else(|| listed(singular(name)?)).map(|role| vec![(role, sure)]))
}

/// A plural as one of them is called; short names are initials.
fn singular(name: &str) -> Option<&str> {
    name.strip_suffix('s').filter(|one| one.len() > INITIALS_MOST)
}

/// The longest end of the name, by whole words, that is known.
fn by_words(words: &[String]) -> Option<Meaning> {
    (0..words.len()).find_map(|start| {
        let end = &words[start..];
        named_after_noun(end).or_else(|| known(&end.concat(), start == 0)).or_else(|| without_filler(end))
    })
}

/// `customer name` is a person's, `supplier name` a company's, `course name` neither's.
fn named_after_noun(words: &[String]) -> Option<Meaning> {
    let [noun, last] = words else { return None };
    let is = |nouns: &str| nouns.split_whitespace().any(|n| n == noun);
    match last.as_str() {
        "name" | "nm" if is(people::NOUNS) => Some(vec![(Role::FullName, 0.9), (Role::Company, 0.03)]),
        "name" | "nm" if is(business::NOUNS) => Some(vec![(Role::Company, 0.88), (Role::FullName, 0.03)]),
        "name" | "nm" if is(business::THINGS) => Some(vec![(Role::Status, 0.5), (Role::Other, 0.4)]),
        _ => None,
    }
}

/// `state_cd` is a state and `city_desc` a city, but `company_no` is no company.
fn without_filler(words: &[String]) -> Option<Meaning> {
    let (last, rest) =
        words.split_last().filter(|(last, rest)| !rest.is_empty() && FILLERS.contains(&last.as_str()))?;
    let role = listed(&rest.concat())?;
    let numbered = ["no", "num", "nbr", "number"].contains(&last.as_str());
    let keeps = match role {
        Role::Phone | Role::NationalId | Role::Card | Role::CompanyCode | Role::HouseNumber | Role::Postcode => true,
        Role::Region | Role::Status | Role::Sex | Role::IdType | Role::Suffix | Role::Title | Role::Age => !numbered,
        Role::Email | Role::Address | Role::Text | Role::Surname | Role::GivenName | Role::MiddleName => !numbered,
        _ => false,
    };
    keeps.then(|| vec![(role, ENDING)])
}

/// The longest known end of a Chinese name.
fn by_characters(name: &str) -> Meaning {
    name.char_indices().find_map(|(at, _)| known(&name[at..], at == 0).filter(|_| fits(name, at))).unwrap_or_default()
}

/// A single character at the end says enough only where it is an ending's own.
fn fits(name: &str, at: usize) -> bool {
    let end = &name[at..];
    at == 0 || end.chars().count() > 1 || ["号", "名"].contains(&end)
}

/// The longest known end of a name that is written in one word.
fn by_letters(name: &str) -> Option<Meaning> {
    if !name.is_ascii() {
        return None;
    }
    // No syllable of pinyin begins with these.
    let initials = name.len() <= 8 && !name.contains(['i', 'u', 'v']) && name.bytes().all(|b| b.is_ascii_lowercase());
    let least = if initials { 2 } else { 5 };
    let sure = if initials { INITIALS } else { LETTERS };
    let last = name.len().checked_sub(least)?;
    (1..=last).find_map(|at| known(&name[at..], false)).map(|m| m.into_iter().map(|(r, w)| (r, w * sure)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(column: &str) -> Option<Role> {
        meaning(column).into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(role, _)| role)
    }

    #[test]
    fn names_in_many_writings_propose_the_same_role() {
        for (role, columns) in [
            (
                Role::Email,
                "E-Mail EmailAddress yx 联系邮箱 customeremail CUST_EMAIL_ADDR Correo_Electrónico work.email Emails",
            ),
            (
                Role::Phone,
                "phn_numbr phone_num SJHM 联系电话 HomePhone CUST_MOBILE_NO 法人手机号 jbrsjh Teléfono lxr_phone2 Handynummer",
            ),
            (Role::BirthDate, "date_of_birth csrq BirthDate 出生年月 fecha_nacimiento Geburtsdatum CUST_DOB"),
            (Role::Surname, "LastName last_name Nachname apellidos 姓 lst_nm"),
            (Role::GivenName, "frst_nm FST_NAME"),
            (Role::MiddleName, "mid_nm"),
            (Role::Suffix, "suff cred"),
            (Role::NationalId, "身份证号码 法定代表人身份证号 IDCardNo CUST_SSN sfzh soc_sec_id DNI"),
            (
                Role::Region,
                "cty st County/Parish res_city_desc state_cd StateProvinceCode 所在城市 MailingCity county_name",
            ),
            (Role::Address, "adr_ln_1 street_name res_street_address 住址 building"),
            (Role::Postcode, "zip_code PostalCode 邮政编码 yb PLZ código_postal"),
            (
                Role::Status,
                "pri_spec sec_spec_1 race_code is_deleted HasOptedOutOfEmail 是否有效 sfyx email_status phoneType khlx LeadSource",
            ),
            (Role::FullName, "name_en customer_name CUST_CONTACT_NAME 客户姓名 khxm 法定代表人 voterName"),
            (Role::Company, "supplier_name 工作单位 dwmc employer_name Razón_Social"),
            (Role::CreatedAt, "created_at CreatedDate registr_dt cjsj 创建时间 LAST_UPDATED"),
            (Role::Checksum, "row_hash 行校验 record_hash"),
        ] {
            for column in columns.split_whitespace() {
                assert_eq!(best(column), Some(role), "{column}: {:?}", meaning(column));
            }
        }
        assert_eq!(best("zzzq"), None);
        assert_eq!(best(""), None);
    }

    #[test]
    fn ambiguous_names_stay_open() {
        for column in "sf zh jg bz xh sj dm mc title state".split_whitespace() {
            let most = meaning(column).iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
            assert!(most < 0.7, "{column}: {most}");
        }
    }

    #[test]
    fn weights_are_probabilities() {
        for list in [ambiguous::NAMES, ambiguous::ENDINGS] {
            for (name, weights) in list {
                assert!(weights.iter().map(|(_, w)| w).sum::<f64>() <= 1.0, "{name}");
            }
        }
    }

    #[test]
    fn no_name_is_listed_for_two_roles() {
        let mut seen = std::collections::HashMap::new();
        for (role, names) in [people::NAMES, reach::NAMES, places::NAMES, business::NAMES].into_iter().flatten() {
            for name in names.split_whitespace() {
                let twice = seen.insert(name, *role);
                assert!(twice.is_none_or(|other| other == *role), "{name}: {role} and {twice:?}");
            }
        }
    }

    #[test]
    fn comments_begin_with_the_name() {
        let best = |c: &str| meaning_of_comment(c).first().map(|(role, _)| *role);
        assert_eq!(best("性别：1男 2女"), Some(Role::Sex));
        assert_eq!(best("客户手机号码 必填"), Some(Role::Phone));
        assert_eq!(best("Phone number of the customer"), Some(Role::Phone));
        assert_eq!(best("状态(0正常 1停用)"), Some(Role::Status));
    }

    #[test]
    fn the_line_is_told_by_the_name() {
        for (column, want) in [
            ("fax_number", Some(Line::Fax)),
            ("传真号码", Some(Line::Fax)),
            ("cust_mobile", Some(Line::Mobile)),
            ("手机号", Some(Line::Mobile)),
            ("home_phone", Some(Line::Landline)),
            ("办公电话", Some(Line::Landline)),
            ("phone", None),
        ] {
            assert_eq!(line(column), want, "{column}");
        }
    }
}
