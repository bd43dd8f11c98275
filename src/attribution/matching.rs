//! Matching: whether a contact names the persona of the canary it reached.
//! Whoever knows the name that goes with a number or mailbox holds the record.

use crate::model::lookup::fold_name;

/// Whether a text names one of these people. `address` is the mailbox the
/// contact came to: a Latin name that can be read off it proves nothing.
pub fn names_persona(names: &[String], text: &str, address: Option<&str>) -> bool {
    let folded = fold_name(text);
    names.iter().any(|name| {
        if name.is_ascii() || !has_han(name) {
            names_in_latin(name, text) && !readable_off(name, address)
        } else {
            in_han(name, &folded)
        }
    })
}

fn has_han(name: &str) -> bool {
    name.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{2ebef}'))
}

/// One character is a word, not a name.
fn in_han(name: &str, folded_text: &str) -> bool {
    let name = fold_name(name);
    name.chars().count() >= 2 && folded_text.contains(&name)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Given name and surname as neighbouring words, either way round; one other
/// word (a middle name) may stand between.
fn names_in_latin(name: &str, text: &str) -> bool {
    let (parts, text) = (words(name), words(text));
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let near = |a: &String, b: &String| {
        text.windows(2).any(|w| w[0] == *a && w[1] == *b) || text.windows(3).any(|w| w[0] == *a && w[2] == *b)
    };
    parts.len() >= 2 && (near(first, last) || near(last, first))
}

fn readable_off(name: &str, address: Option<&str>) -> bool {
    let Some(local) = address.and_then(|a| a.split('@').next()) else { return false };
    let local = local.to_lowercase();
    words(name).iter().all(|word| local.contains(word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, text: &str, address: Option<&str>) -> bool {
        names_persona(&[name.to_owned()], text, address)
    }

    #[test]
    fn a_name_is_seen_where_it_is_said() {
        assert!(named("王小明", "您好王小明先生，您的贷款已批准", None));
        assert!(named("王　伟", "王伟你好", None));
        assert!(!named("王小明", "您好先生", None));
        assert!(named("Ann O'Neil", "Dear Ann O'Neil, your parcel", None));
        assert!(named("Ann Lee", "LEE, ANN: final notice", None));
        assert!(named("Ann Lee", "Ms Ann B Lee", None));
        assert!(!named("Ann Lee", "Ann, meet Mr Bruce Lee", None));
        assert!(!named("Ann", "Dear Ann", None));
    }

    #[test]
    fn a_latin_name_that_the_address_tells_proves_nothing() {
        assert!(!named("Ann Lee", "Dear Ann Lee", Some("ann.lee@mail.example.net")));
        assert!(named("Ann Lee", "Dear Ann Lee", Some("alee77@mail.example.net")));
        assert!(named("王伟", "王伟", Some("wangwei@mail.example.net")));
    }
}
