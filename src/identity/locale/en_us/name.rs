//! A written English name: where in it the given name and the surname stand, in
//! the order and case of its column, with what stands around them: a title, middle
//! names, `Jr.`, blanks that align it. Which names there are is left to the lists.

use std::ops::Range;

use crate::identity::locale::PersonName;
use crate::identity::redraw::{case_like, is_in_capitals};

/// Words of a name at most.
const MOST: usize = 7;
/// What stands before a name, and behind it, in small letters without a point.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "rev",
    "hon",
    "sir",
    "dame",
    "lord",
    "lady",
    "cllr",
    "councillor",
    "capt",
    "captain",
    "col",
    "sgt",
    "lt",
    "judge",
    "fr",
    "sr",
];
const SUFFIXES: &[&str] = &[
    "jr", "sr", "ii", "iii", "iv", "v", "md", "phd", "dds", "dmd", "do", "rn", "cpa", "esq", "obe", "mbe", "cbe", "qc",
];
/// Words that a surname begins with (`van Cleve`, `de la Cruz`).
const PARTICLES: &[&str] = &[
    "van", "von", "de", "da", "di", "del", "della", "der", "den", "dos", "du", "la", "le", "el", "al", "bin", "ter",
    "ten", "st", "saint",
];

/// Where the parts stand that somebody is called by.
struct Parts {
    surname: Range<usize>,
    given: Range<usize>,
}

/// `Given Surname` or `Surname, Given`; a middle name goes with neither.
pub(super) fn split(full: &str) -> Option<PersonName> {
    let parts = parts(full)?;
    Some(PersonName { surname: full[parts.surname].to_owned(), given: full[parts.given].to_owned() })
}

/// What stands around surname and given name, which are one letter each.
pub(super) fn frame(full: &str) -> Option<String> {
    Some(put(full, &parts(full)?, "S", "G"))
}

/// The first word by which somebody is addressed: it stands before the given name.
pub(super) fn title(full: &str) -> Option<&str> {
    let words = words(full);
    let titles = words.iter().take(words.len().saturating_sub(1)).map(|word| &full[word.clone()]);
    titles.into_iter().find(|word| is_one_of(TITLES, word) && !is_one_of(SUFFIXES, word))
}

/// With all that stands around another name, and in its case.
pub(super) fn join(surname: &str, given: &str, like: &str) -> String {
    let cased = |name: &str| in_case(name, like);
    // Of a letter or two a large one tells nothing.
    let shouts = !like.chars().any(char::is_lowercase);
    let as_part = |name: &str, part: &Range<usize>| match part.len() {
        ..=2 if shouts => name.to_owned(),
        ..=2 => cased(name),
        _ => in_case(name, &like[part.clone()]),
    };
    match parts(like) {
        Some(parts) => {
            let (surname, given) = (as_part(surname, &parts.surname), as_part(given, &parts.given));
            put(like, &parts, &surname, &given)
        }
        None if like.contains(',') => format!("{}, {}", cased(surname), cased(given)),
        None => format!("{} {}", cased(given), cased(surname)),
    }
}

fn put(full: &str, parts: &Parts, surname: &str, given: &str) -> String {
    let mut both = [(&parts.surname, surname), (&parts.given, given)];
    both.sort_by_key(|(range, _)| range.start);
    let [(first, one), (second, two)] = both;
    [&full[..first.start], one, &full[first.end..second.start], two, &full[second.end..]].concat()
}

/// In large or small letters as the whole of another name is; a name in large letters
/// alone, of a column that has both, is no shout elsewhere.
fn in_case(name: &str, like: &str) -> String {
    let shouts = |text: &str| text.chars().count() > 2 && is_in_capitals(text);
    if shouts(name) && !shouts(like) { capitalised(name) } else { case_like(name, like) }
}

fn capitalised(name: &str) -> String {
    let mut begins = true;
    let case = |c: char| {
        let cased: String = if begins { c.to_uppercase().collect() } else { c.to_lowercase().collect() };
        begins = !c.is_alphabetic();
        cased
    };
    name.chars().map(case).collect()
}

fn parts(full: &str) -> Option<Parts> {
    let words = words(full);
    if words.len() > MOST || !words.iter().all(|w| is_word(&full[w.clone()])) {
        return None;
    }
    match full.find(',').filter(|at| words.first().is_some_and(|w| w.start < *at)) {
        Some(comma) if !behind(full, &words, comma).is_empty() => with_comma(full, &words, comma),
        _ => in_order(full, &words),
    }
}

/// The words behind a comma that are no suffix.
fn behind<'w>(full: &str, words: &'w [Range<usize>], comma: usize) -> &'w [Range<usize>] {
    let words = &words[words.partition_point(|w| w.start < comma)..];
    match words {
        [only] if is_one_of(SUFFIXES, &full[only.clone()]) => &[],
        words => words,
    }
}

fn with_comma(full: &str, words: &[Range<usize>], comma: usize) -> Option<Parts> {
    let before = &words[..words.partition_point(|w| w.start < comma)];
    let behind = behind(full, words, comma);
    let titles = behind.iter().take_while(|w| is_one_of(TITLES, &full[(*w).clone()])).count();
    let given = behind.get(titles).or(behind.first())?.clone();
    let last = before.iter().rposition(|w| !is_one_of(SUFFIXES, &full[w.clone()])).unwrap_or(0);
    let surname = before.first()?.start..before[last].end;
    (last < 3).then_some(Parts { surname, given })
}

fn in_order(full: &str, words: &[Range<usize>]) -> Option<Parts> {
    let is = |list: &[&str], word: &Range<usize>| is_one_of(list, &full[word.clone()]);
    let first = words.iter().take(words.len().saturating_sub(2)).take_while(|w| is(TITLES, w)).count();
    let trailing = words[first..].iter().skip(2).rev().take_while(|w| is(SUFFIXES, w)).count();
    let words = &words[first..words.len() - trailing];
    let (given, rest) = words.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let begin = rest.iter().position(|w| is(PARTICLES, w)).filter(|n| n + 1 < rest.len()).unwrap_or(rest.len() - 1);
    (rest.len() - begin <= 3)
        .then(|| Parts { surname: rest[begin].start..rest[rest.len() - 1].end, given: given.clone() })
}

/// Where words stand: what blanks and commas part, without signs around it.
fn words(full: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut from = 0;
    for piece in full.split(|c: char| c.is_whitespace() || c == ',') {
        let word = piece.trim_matches(|c: char| matches!(c, '*' | '(' | ')' | '"'));
        let start = from + piece.find(word).unwrap_or(0);
        if !word.is_empty() {
            words.push(start..start + word.len());
        }
        from += piece.len() + full[from + piece.len()..].chars().next().map_or(0, char::len_utf8);
    }
    words
}

/// Letters; and a number behind them, as some tables tell people of one name apart.
fn is_word(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let name = if name.len() > 1 { name } else { word };
    name.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '.' | '’' | '`'))
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    let plain: String = word.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect();
    list.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_and_join_in_the_tables_own_order_and_case() {
        let name = split("Ann B. O'Neil").expect("a name");
        assert_eq!((name.given.as_str(), name.surname.as_str()), ("Ann", "O'Neil"));
        assert_eq!(split("Lee, Ann"), Some(PersonName { surname: "Lee".into(), given: "Ann".into() }));
        assert_eq!(join(&name.surname, &name.given, "SMITH, JOHN"), "O'NEIL, ANN");
        assert_eq!(join(&name.surname, &name.given, "john smith"), "ann o'neil");
        assert_eq!(join("Khalid", "Khima", "Asha B.K."), "Khima Khalid");
        assert_eq!(join("Lopez", "Ann", "SMITH, John"), "LOPEZ, Ann");
        assert_eq!(join("LOPEZ", "Ann", "SMITH, J."), "LOPEZ, Ann");
        assert_eq!((split("12 Main St"), split("Madonna"), split(""), split(" , ")), (None, None, None, None));
    }

    #[test]
    fn what_stands_around_a_name_stays() {
        for (full, surname, given, frame_of_it, like_it) in [
            ("AARON,  JEFFERY M", "AARON", "JEFFERY", "S,  G M", "O'NEIL,  ANN M"),
            ("AARON,  KARINA ", "AARON", "KARINA", "S,  G ", "O'NEIL,  ANN "),
            ("Dr. John Q. Public Jr.", "Public", "John", "Dr. G Q. S Jr.", "Dr. Ann Q. O'Neil Jr."),
            ("MARY A VAN CLEVE", "VAN CLEVE", "MARY", "G A S", "ANN A O'NEIL"),
            ("Martin Luther King, Jr.", "King", "Martin", "G Luther S, Jr.", "Ann Luther O'Neil, Jr."),
            ("WILLIAM ALKIRE*", "ALKIRE", "WILLIAM", "G S*", "ANN O'NEIL*"),
            ("De la Cruz, Juan, III", "De la Cruz", "Juan", "S, G, III", "O'Neil, Ann, III"),
            ("Kim Le", "Le", "Kim", "G S", "Ann O'Neil"),
            ("Braund, Mr. Owen Harris", "Braund", "Owen", "S, Mr. G Harris", "O'Neil, Mr. Ann Harris"),
            ("Bruen238, Dr. Ana7", "Bruen238", "Ana7", "S, Dr. G", "O'Neil, Dr. Ann"),
        ] {
            let name = split(full).expect(full);
            assert_eq!((name.surname.as_str(), name.given.as_str()), (surname, given), "{full}");
            assert_eq!(frame(full).as_deref(), Some(frame_of_it));
            assert_eq!(join("O'NEIL", "ANN", full), like_it, "{full}");
            assert_eq!(join(surname, given, full), full);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_itself_again(full in "[A-Za-z ,.*'éÉ]{0,24}|\\PC{0,16}") {
            if let Some(name) = split(&full) {
                proptest::prop_assert_eq!(put(&full, &parts(&full).expect("as before"), &name.surname, &name.given), full);
            }
        }
    }
}
