//! English names, for tables too small to learn from: common surnames and given
//! names of the United States, rounded from public frequency lists (Census
//! Bureau 2010, Social Security Administration).

use rand::RngExt;

use super::{PersonName, Sex, pick};
use crate::model::Entropy;

const SURNAMES: &[&str] = &[
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Perez",
    "Thompson",
    "White",
    "Harris",
    "Sanchez",
    "Clark",
    "Ramirez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Nguyen",
    "Hill",
    "Flores",
    "Green",
    "Adams",
    "Nelson",
    "Baker",
    "Hall",
    "Rivera",
    "Campbell",
    "Mitchell",
    "Carter",
    "Roberts",
    "Phillips",
    "Evans",
    "Turner",
    "Parker",
    "Collins",
    "Edwards",
    "Stewart",
    "Morris",
    "Murphy",
    "Cook",
    "Rogers",
    "Morgan",
    "Peterson",
    "Cooper",
    "Reed",
    "Bailey",
    "Bell",
    "Kelly",
    "Howard",
    "Ward",
    "Cox",
    "Diaz",
    "Richardson",
    "Wood",
    "Watson",
    "Brooks",
    "Bennett",
    "Gray",
    "James",
];
const MALE: &[&str] = &[
    "James",
    "John",
    "Robert",
    "Michael",
    "William",
    "David",
    "Richard",
    "Joseph",
    "Thomas",
    "Charles",
    "Christopher",
    "Daniel",
    "Matthew",
    "Anthony",
    "Mark",
    "Donald",
    "Steven",
    "Paul",
    "Andrew",
    "Joshua",
    "Kenneth",
    "Kevin",
    "Brian",
    "George",
    "Edward",
    "Ronald",
    "Timothy",
    "Jason",
    "Jeffrey",
    "Ryan",
    "Jacob",
    "Gary",
    "Nicholas",
    "Eric",
    "Jonathan",
    "Stephen",
    "Larry",
    "Justin",
];
const FEMALE: &[&str] = &[
    "Mary",
    "Patricia",
    "Jennifer",
    "Linda",
    "Elizabeth",
    "Barbara",
    "Susan",
    "Jessica",
    "Sarah",
    "Karen",
    "Nancy",
    "Lisa",
    "Betty",
    "Margaret",
    "Sandra",
    "Ashley",
    "Kimberly",
    "Emily",
    "Donna",
    "Michelle",
    "Carol",
    "Amanda",
    "Dorothy",
    "Melissa",
    "Deborah",
    "Stephanie",
    "Rebecca",
    "Sharon",
    "Laura",
    "Cynthia",
    "Kathleen",
    "Amy",
    "Angela",
    "Shirley",
    "Anna",
    "Brenda",
    "Pamela",
];

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
pub(super) fn join(name: &PersonName, like: &str) -> String {
    let joined = if like.contains(',') {
        format!("{}, {}", name.surname, name.given)
    } else {
        format!("{} {}", name.given, name.surname)
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

pub(super) fn draw(sex: Sex, entropy: &mut dyn Entropy) -> PersonName {
    let given = pick(if sex == Sex::Male { MALE } else { FEMALE }, entropy);
    // Common surnames come first in the list; squaring favours them.
    let uniform: f64 = entropy.random();
    let surname = SURNAMES[(uniform * uniform * SURNAMES.len() as f64) as usize];
    PersonName { surname: surname.to_owned(), given: given.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_and_join_in_the_tables_own_order_and_case() {
        let name = split("Ann B. O'Neil").expect("a name");
        assert_eq!((name.given.as_str(), name.surname.as_str()), ("Ann", "O'Neil"));
        assert_eq!(split("Lee, Ann"), Some(PersonName { surname: "Lee".into(), given: "Ann".into() }));
        assert_eq!(join(&name, "SMITH, JOHN"), "O'NEIL, ANN");
        assert_eq!(join(&name, "john smith"), "ann o'neil");
        assert_eq!(split("12 Main St"), None);
    }
}
