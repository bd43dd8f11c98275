//! Words of a column's name: `custPhoneNo`, `CUST_PHONE_NO` and `Cust. Phone No.`
//! are the same three. What the words mean is left to the catalogue.

/// Lower-case words without accents; bare numbers are left out unless there is
/// nothing else, and so is what stands in brackets behind a name.
pub(super) fn split(name: &str) -> Vec<String> {
    let head = name.split(['(', '（', '[', '【']).next().filter(|h| h.chars().any(char::is_alphanumeric));
    let chars: Vec<char> = head.unwrap_or(name).chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            continue;
        }
        let before = at.checked_sub(1).map(|b| chars[b]);
        if before.is_none_or(|b| parted(b, c, chars.get(at + 1).copied())) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase().flat_map(plain));
        }
    }
    if words.iter().any(|w| !is_number(w)) {
        words.retain(|w| !is_number(w));
    }
    words
}

/// Words that schemas write with fewer letters, and what they are short for.
const SHORT: &[(&str, &str)] = &[
    ("frst", "first"),
    ("fst", "first"),
    ("lst", "last"),
    ("mdl", "middle"),
    ("nme", "name"),
    ("suff", "suffix"),
    ("sfx", "suffix"),
    ("gndr", "gender"),
    ("brth", "birth"),
    ("phn", "phone"),
    ("numbr", "number"),
    ("nmbr", "number"),
    ("eml", "email"),
    ("adr", "address"),
    ("adrs", "address"),
    ("addrs", "address"),
    ("ln", "line"),
    ("strt", "street"),
    ("cty", "city"),
    ("cnty", "county"),
    ("ctry", "country"),
    ("cntry", "country"),
    ("stt", "state"),
    ("cust", "customer"),
    ("emp", "employee"),
    ("empl", "employee"),
    ("acct", "account"),
    ("cred", "credential"),
    ("spec", "specialty"),
    ("occ", "occupation"),
];

/// The words with those that are cut short written out; nothing where none is.
pub(super) fn written_out(words: &[String]) -> Option<Vec<String>> {
    let whole = |word: &String| SHORT.iter().find(|(short, _)| short == word).map(|(_, whole)| (*whole).to_owned());
    words
        .iter()
        .any(|word| whole(word).is_some())
        .then(|| words.iter().map(|word| whole(word).unwrap_or_else(|| word.clone())).collect())
}

/// Whether a new word begins between two characters: `custPhone`, `IDCard`, `addr1`.
fn parted(before: char, c: char, after: Option<char>) -> bool {
    !before.is_alphanumeric()
        || before.is_numeric() != c.is_numeric()
        || c.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && after.is_some_and(char::is_lowercase))
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// A letter without its accent, as schemas write it.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'á' | 'à' | 'â' | 'ã' => ('a', None),
        'é' | 'è' | 'ê' => ('e', None),
        'í' | 'ì' => ('i', None),
        'ó' | 'ò' | 'ô' | 'õ' => ('o', None),
        'ú' | 'ù' => ('u', None),
        'ñ' => ('n', None),
        'ç' => ('c', None),
        'ä' => ('a', None),
        'ö' => ('o', None),
        'ü' => ('u', None),
        'ß' => ('s', Some('s')),
        _ => (c, None),
    };
    std::iter::once(first).chain(second)
}

/// Whether a text has Chinese characters.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_a_name_give_the_same_words() {
        for name in ["custPhoneNo", "CUST_PHONE_NO", "Cust. Phone No.", "cust-phone-no_2", "CustPhoneNO"] {
            assert_eq!(split(name), ["cust", "phone", "no"], "{name}");
        }
        assert_eq!(split("IDCardNo"), ["id", "card", "no"]);
        assert_eq!(split("注册资本(万元)"), ["注册资本"]);
        assert_eq!(split("Teléfono"), ["telefono"]);
        assert_eq!(split("Straße"), ["strasse"]);
        assert_eq!(split("1"), ["1"]);
        assert!(split("--").is_empty());
    }
}
