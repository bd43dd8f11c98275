//! A written Chinese name: surname first, of one character or two, then a
//! given name of one or two.

use super::{sound, surnames};
use crate::identity::locale::{PersonName, is_han};
use crate::identity::redraw::letters_like;

/// The parts of a full name of two to four Chinese characters.
pub(super) fn split(full: &str) -> Option<PersonName> {
    let clean: Vec<char> = parts(full).0.chars().filter(|c| !c.is_whitespace()).collect();
    if !(2..=4).contains(&clean.len()) || !clean.iter().all(|c| is_han(*c)) {
        return None;
    }
    let head: String = clean[..2].iter().collect();
    let cut = if clean.len() > 2 && surnames::share(&head) > 0.0 { 2 } else { 1 };
    Some(PersonName { surname: clean[..cut].iter().collect(), given: clean[cut..].iter().collect() })
}

/// A name, and how it is spelled in Latin letters in brackets behind it: `王伟（WANG Wei）`.
fn parts(full: &str) -> (&str, &str) {
    // The last octet of either bracket, which hardly any name ends with.
    if !matches!(full.trim_end().as_bytes().last(), Some(b')' | 0x89)) {
        return (full, "");
    }
    let spelled = full.find(['(', '（']).filter(|at| {
        let annex = full[*at..].trim_end().trim_start_matches(['(', '（']);
        let is_spelling = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | ',' | '-' | '\'' | 'ü' | 'Ü');
        annex.strip_suffix([')', '）']).is_some_and(|words| !words.is_empty() && words.chars().all(is_spelling))
    });
    full.split_at(spelled.unwrap_or(full.len()))
}

/// How the spelling behind a name is written: `（S G）`; nothing where there is none.
pub(super) fn frame(full: &str) -> Option<String> {
    let (name, annex) = parts(full);
    split(name)?;
    let words = |c: char| if c.is_uppercase() { 'S' } else { 'g' };
    let mut frame: Vec<char> = annex.chars().map(|c| if c.is_alphabetic() { words(c) } else { c }).collect();
    frame.dedup();
    Some(frame.into_iter().collect())
}

/// The spelling of a name, in brackets and letters as that of another one.
fn spelled(surname: &str, given: &str, like: &str) -> String {
    let words = like.trim_end().trim_matches(['(', '（', ')', '）']);
    let [open, close] = [like.chars().next(), like.trim_end().chars().next_back()].map(Option::unwrap_or_default);
    let joint: String = words.chars().filter(|c| matches!(c, ' ' | ',')).collect();
    let (first, last) = words.split_once([' ', ',']).unwrap_or((words, ""));
    let latin = |name: &str, like: &str| letters_like(&sound::latin(name), like.trim());
    format!("{open}{}{joint}{}{close}", latin(surname, first), latin(given, last))
}

/// Some tables set two-character names with a blank between, to align them.
pub(super) fn join(surname: &str, given: &str, like: &str) -> String {
    let (like, annex) = parts(like);
    let short = || surname.chars().count() + given.chars().count() == 2;
    let blank = like.chars().find(|c| c.is_whitespace()).filter(|_| short());
    let mut joined = String::with_capacity(surname.len() + given.len() + 3);
    joined.push_str(surname);
    joined.extend(blank);
    joined.push_str(given);
    if annex.is_empty() { joined } else { joined + &spelled(surname, given, annex) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_and_join() {
        let name = split("欧阳 明").expect("a name");
        assert_eq!((name.surname.as_str(), name.given.as_str()), ("欧阳", "明"));
        let name = split("王　伟").expect("a name");
        assert_eq!(join(&name.surname, &name.given, "李　娜"), "王　伟");
        assert_eq!(join(&name.surname, &name.given, "李小娜"), "王伟");
        assert_eq!(split("杭州万顺服饰有限公司"), None);
    }

    #[test]
    fn a_spelling_in_brackets_is_of_the_name() {
        let name = split("赖俊（LAI Jun）").expect("a name");
        assert_eq!((name.surname.as_str(), name.given.as_str()), ("赖", "俊"));
        for (like, want) in [
            ("赖俊（LAI Jun）", "欧阳小明（OUYANG Xiaoming）"),
            ("高磊(GAO Lei)", "欧阳小明(OUYANG Xiaoming)"),
            ("高磊(Gao, Lei)", "欧阳小明(Ouyang, Xiaoming)"),
            ("高磊", "欧阳小明"),
            ("高磊（男）", "欧阳小明"),
        ] {
            assert_eq!(join("欧阳", "小明", like), want, "{like}");
        }
        assert_eq!(frame("赖俊（LAI Jun）"), frame("高磊磊（GAO Leilei）"));
        assert_ne!(frame("赖俊（LAI Jun）"), frame("高磊"));
        assert_eq!((frame("高磊").as_deref(), frame("高磊（男）")), (Some(""), None));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_and_joined_without_harm(full in "[赖俊高 a-zA-Z（）(),]{0,12}|\\PC{0,12}") {
            let _ = (split(&full), frame(&full), join("王", "伟", &full));
        }
    }
}
