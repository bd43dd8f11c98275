//! A written Chinese name: surname first, of one character or two, then a
//! given name of one or two.

use super::surnames;
use crate::identity::locale::{PersonName, is_han};

/// The parts of a full name of two to four Chinese characters.
pub(super) fn split(full: &str) -> Option<PersonName> {
    let clean: Vec<char> = full.chars().filter(|c| !c.is_whitespace()).collect();
    if !(2..=4).contains(&clean.len()) || !clean.iter().all(|c| is_han(*c)) {
        return None;
    }
    let head: String = clean[..2].iter().collect();
    let cut = if clean.len() > 2 && surnames::share(&head) > 0.0 { 2 } else { 1 };
    Some(PersonName { surname: clean[..cut].iter().collect(), given: clean[cut..].iter().collect() })
}

/// Some tables set two-character names with a blank between, to align them.
pub(super) fn join(surname: &str, given: &str, like: &str) -> String {
    let short = || surname.chars().count() + given.chars().count() == 2;
    let blank = like.chars().find(|c| c.is_whitespace()).filter(|_| short());
    let mut joined = String::with_capacity(surname.len() + given.len() + 3);
    joined.push_str(surname);
    joined.extend(blank);
    joined.push_str(given);
    joined
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
}
