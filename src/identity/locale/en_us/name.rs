//! A written English name: given name and surname, or the surname first with a
//! comma, in the order and case of its column.

use crate::identity::locale::PersonName;

/// `Given Surname` or `Surname, Given`; a middle name goes with the given name's place.
pub(super) fn split(full: &str) -> Option<PersonName> {
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '.' | '’'));
    let words = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (given, surname) = match full.split_once(',') {
        Some((surname, given)) => (words(given), words(surname)),
        None => {
            let mut all = words(full);
            let surname = all.pop()?;
            (all, vec![surname])
        }
    };
    let fits = (1..=3).contains(&given.len())
        && (1..=2).contains(&surname.len())
        && given.iter().chain(&surname).all(|w| word(w));
    fits.then(|| PersonName { surname: surname.join(" "), given: given[0].clone() })
}

/// In the order, comma and case of another name.
pub(super) fn join(surname: &str, given: &str, like: &str) -> String {
    let joined = if like.contains(',') {
        format!("{surname}, {given}")
    } else {
        format!("{given} {surname}")
    };
    let letters = || like.chars().filter(|c| c.is_alphabetic());
    if letters().all(char::is_uppercase) {
        joined.to_uppercase()
    } else if letters().all(char::is_lowercase) {
        joined.to_lowercase()
    } else {
        joined
    }
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
        assert_eq!(split("12 Main St"), None);
    }
}
