//! Splicing: texts that no row of the table has, made of what its rows have: a street of one
//! row's words and another's, a remark that begins as one and ends as another, a name of
//! two. Where Chinese texts can be cut is told by `joints`.

use rand::RngExt;

use super::address;
use super::joints::{Joints, SEPARATORS};
use super::locale::is_han;
use super::piece::Piece;
use crate::model::Entropy;

/// Letters of a word that names nothing.
const SHORT: usize = 2;
/// Draws before giving up on something new.
const TRIES: usize = 12;
/// Words from which on a text is long.
const SENTENCE: usize = 8;

/// A text of the words of two others, that no row has; the first word that names something
/// is another one where one is given. Chinese texts are cut at their joints, or in the middle
/// where they have none, and of several things listed the first; others between words; one
/// word alone cannot be cut.
pub fn splice(
    piece: &Piece,
    joints: &Joints,
    like: &str,
    word: Option<String>,
    entropy: &mut impl Entropy,
) -> Option<String> {
    if let Some(word) = word {
        return Some(renamed(like, &word));
    }
    for tried in 0..TRIES {
        let other = piece.texts.get(entropy.random_range(0..piece.texts.len().max(1)))?;
        if address::is_box(other) {
            continue;
        }
        // A word is parted only where nothing else is left.
        let anywhere = tried >= TRIES / 2;
        if let Some(made) = join(other, like, (joints, anywhere), entropy).filter(|made| !piece.has(made)) {
            return Some(made);
        }
    }
    None
}

/// A name that begins as one does and ends as another: they meet at a letter that both have.
pub fn blend(head: &str, tail: &str, entropy: &mut impl Entropy) -> Option<String> {
    let (head, tail): (Vec<char>, Vec<char>) = (head.chars().collect(), tail.chars().collect());
    let inner = |length: usize| SHORT..length.saturating_sub(SHORT);
    let meets = |at: usize| inner(tail.len()).filter(|n| tail[*n] == head[at]).map(|n| (at, n)).collect::<Vec<_>>();
    let joints: Vec<(usize, usize)> = inner(head.len()).flat_map(meets).collect();
    let (at, from) = *joints.get(entropy.random_range(0..joints.len().max(1)))?;
    Some(head[..at].iter().chain(&tail[from..]).collect())
}

/// A text with that word for the first one of some length: a street keeps its direction.
fn renamed(like: &str, word: &str) -> String {
    let names = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > SHORT;
    let directions = ["north", "south", "east", "west", "old", "new", "the", "upper", "lower"];
    let is_name = |word: &&str| names(word) && !directions.contains(&word.to_lowercase().as_str());
    let at = like.split(' ').position(|word| is_name(&word)).unwrap_or(0);
    // A comma behind the word stays: Holmes, John A Esq.
    let end = |own: &str| own[own.trim_end_matches(|c: char| !c.is_alphanumeric()).len()..].to_owned();
    let renamed = |own: &str| format!("{word}{}", end(own));
    let words = like.split(' ').enumerate().map(|(n, own)| if n == at { renamed(own) } else { own.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// The items of a list of codes; a firm's name has commas, too.
fn listed(text: &str) -> Option<Vec<&str>> {
    let items: Vec<&str> = text.split(", ").collect();
    let is_code = |item: &&str| !item.contains(' ') && item.bytes().any(|b| b.is_ascii_digit());
    items.iter().all(is_code).then_some(items)
}

/// Of a list the first items, of another the last: in order where that is, none twice.
fn lists(head: &[&str], tail: &[&str]) -> String {
    let mut items = head[..head.len().div_ceil(2)].to_vec();
    for item in &tail[tail.len() / 2..] {
        items.extend(Some(*item).filter(|item| !items.contains(item)));
    }
    if tail.is_sorted() {
        items.sort_unstable();
    }
    items.join(", ")
}

/// The first half of one long text and the second of another, parted where something ends if
/// that is about the middle: all but a word of it would be another row's.
fn halves(head: &str, tail: &str) -> Option<String> {
    let words = |text| -> Vec<&str> { str::split(text, ' ').collect() };
    let (head, tail) = (words(head), words(tail));
    let middle = |words: &[&str]| {
        let half = words.len() / 2;
        let ends = (words.len() / 3..=words.len() * 2 / 3).filter(|at| words[*at - 1].ends_with([',', ';', '.']));
        ends.min_by_key(|at| at.abs_diff(half)).unwrap_or(half)
    };
    let are_long = head.len() >= SENTENCE && tail.len() >= SENTENCE;
    are_long.then(|| [&head[..middle(&head)], &tail[middle(&tail)..]].concat().join(" "))
}

/// The head of one text before the tail of another.
fn join(head: &str, tail: &str, how: (&Joints, bool), entropy: &mut impl Entropy) -> Option<String> {
    let is_listed = |text: &str| text.contains(SEPARATORS) && text.chars().any(is_han);
    if is_listed(tail) || is_listed(head) {
        // What comes first is somebody's, and what follows goes with what that is.
        let first = |text: &str| text.find(SEPARATORS).unwrap_or(text.len());
        let (own, rest) = tail.split_at(first(tail));
        return Some(join(&head[..first(head)], own, how, entropy)? + rest);
    }
    if let Some((head, tail)) = listed(head).zip(listed(tail)).filter(|(head, tail)| head.len().max(tail.len()) > 1) {
        return Some(lists(&head, &tail));
    }
    if tail.contains(' ') {
        if let Some(made) = halves(head, tail) {
            return Some(made);
        }
        let last = tail.rsplit(' ').next()?;
        let words = head.rsplit_once(' ').map_or(head, |(words, _)| words);
        return Some(format!("{words} {last}"));
    }
    // A full stop, or what else ends a text, ends the new one.
    let end = tail.trim_end_matches(|c| !is_han(c)).len();
    let (tail, end) = tail.split_at(end);
    let tail: Vec<char> = tail.chars().collect();
    let head: Vec<char> = head.trim_end_matches(|c| !is_han(c)).chars().collect();
    let is_cut = |text: &[char]| text.len() >= 3 && text.iter().filter(|c| is_han(**c)).count() * 2 > text.len();
    if !is_cut(&tail) || !is_cut(&head) {
        return None;
    }
    // No number or foreign word is parted.
    let parts = |text: &[char], at: usize| !text[at - 1..=at].iter().all(char::is_ascii_alphanumeric);
    let (joints, anywhere) = how;
    let joints = |text: &[char]| joints.of_text(text).into_iter().filter(|at| parts(text, *at)).collect::<Vec<_>>();
    let (of_head, of_tail) = (joints(&head), joints(&tail));
    if !anywhere && (of_head.is_empty() || of_tail.is_empty()) {
        return None;
    }
    // Both are cut at the same joint from the end, so that a trade takes a trade's place.
    let nth = entropy.random_range(0..of_tail.len().max(1));
    let cut = |joints: &[usize], text: &[char]| {
        let nth = nth.min(joints.len().saturating_sub(1));
        let middle = || (text.len() / 2..text.len()).find(|at| parts(text, *at)).unwrap_or(text.len());
        joints.iter().rev().nth(nth).copied().unwrap_or_else(middle)
    };
    // One character is no name, but that of a kind.
    let first = cut(&of_head, &head);
    if first < SHORT && !anywhere {
        return None;
    }
    let made: String = head[..first].iter().chain(&tail[cut(&of_tail, &tail)..]).collect();
    Some(made + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn another_word_has_the_signs_of_the_one_before() {
        for (like, want) in [
            ("Benton, John B Jr", "Holmes, John B Jr"),
            ("N. Oakwood Ave.", "N. Holmes Ave."),
            ("East Mill Lane", "East Holmes Lane"),
            ("5", "Holmes"),
        ] {
            assert_eq!(renamed(like, "Holmes"), want);
        }
    }

    #[test]
    fn company_names_are_made_of_whole_words() {
        let words =
            [&["杭州", "宁波", "上海"][..], &["同创", "鑫源", "海纳", "瑞丰"], &["电子", "食品", "网络科技", "物流"]];
        let name = |n: usize| format!("{}{}{}有限公司", words[0][n % 3], words[1][n / 3 % 4], words[2][n / 12 % 4]);
        let rows: Vec<Option<String>> = (0..48).filter(|n| n * 7 % 5 < 2).map(|n| Some(name(n))).collect();
        let piece = Piece::new(0, crate::identity::piece::Part::Whole, rows);
        let joints = Joints::of(&piece.texts);
        let other =
            |text: &str| words.iter().copied().flatten().fold(text.to_owned(), |rest, word| rest.replacen(word, "", 2));
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let likes = piece.texts.iter().cycle().take(200);
        let made: Vec<String> = likes.filter_map(|like| splice(&piece, &joints, like, None, &mut entropy)).collect();
        assert!(made.len() > 150, "{} of 200", made.len());
        for made in &made {
            assert!(!piece.has(made) && other(made) == "有限公司", "{made}");
        }
        let few =
            Piece::new(0, crate::identity::piece::Part::Whole, vec![Some("天下第一".into()), Some("海阔天空".into())]);
        let made = splice(&few, &Joints::of(&few.texts), "天下第一", None, &mut entropy);
        assert_eq!(made.as_deref(), Some("海阔第一"));
    }

    #[test]
    fn remarks_end_as_rows_do_and_no_number_is_parted() {
        let remarks =
            ["网上信息可是一个.", "其他发现只要一次组织然后.", "你的管理发布具有首页空间.", "回访2016次的客户要上门."];
        let piece =
            Piece::new(0, crate::identity::piece::Part::Whole, remarks.map(|text| Some(text.to_owned())).to_vec());
        let joints = Joints::of(&piece.texts);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for like in remarks.iter().cycle().take(40) {
            let made = splice(&piece, &joints, like, None, &mut entropy).expect("another remark");
            let digits = made.chars().filter(char::is_ascii_digit).count();
            assert!(made.ends_with('.') && !piece.has(&made) && matches!(digits, 0 | 4 | 8), "{made}");
        }
    }

    #[test]
    fn an_employer_is_made_of_two_and_the_post_stays() {
        let texts = ["甲乙电子厂，厂长", "丙丁纺织厂、会计", "戊己食品厂，工人", "庚辛"];
        let piece = Piece::new(0, crate::identity::piece::Part::Whole, texts.map(|t| Some(t.into())).to_vec());
        let joints = Joints::of(&piece.texts);
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for _ in 0..50 {
            let made = splice(&piece, &joints, "甲乙电子厂，厂长", None, &mut entropy).expect("others there are");
            assert!(made.ends_with("厂，厂长") && !piece.has(&made) && !made.starts_with("甲乙电"), "{made}");
        }
    }

    #[test]
    fn two_names_make_one_that_begins_and_ends_as_they_do() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for _ in 0..100 {
            let made = blend("BOULANGER", "FABLIER", &mut entropy).expect("they have letters in common");
            assert!(made.starts_with("BO") && made.ends_with("ER") && made.len() > 4, "{made}");
        }
        assert_eq!((blend("LE", "FABRE", &mut entropy), blend("", "", &mut entropy)), (None, None));
    }

    #[test]
    fn a_list_is_made_of_two_and_a_long_text_of_their_halves() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut made = |head, tail| join(head, tail, (&Joints::default(), false), &mut entropy);
        let codes = made("541330-DBE, 541611-MBE, 561210-MBE", "238990-MBE, 541330-DBE");
        assert_eq!(codes.as_deref(), Some("541330-DBE, 541611-MBE"));
        assert_eq!(made("3, 1, 2", "9, 5, 3, 4").as_deref(), Some("3, 1, 4"));
        assert_eq!(made("ZED, INC.", "BAKER, LLC").as_deref(), Some("ZED, LLC"));
        let (head, tail) = ("one two three four, five six seven eight", "a b c d e f g h i j");
        assert_eq!(made(head, tail).as_deref(), Some("one two three four, f g h i j"));
        assert_eq!(made("Elm Grove Road", "Mill Lane").as_deref(), Some("Elm Grove Lane"));
        assert_eq!(made("single", "541611-MBE").as_deref(), None);
    }
}
