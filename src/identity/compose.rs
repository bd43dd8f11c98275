//! Composing: values that no row of the table has, made of what its rows have: a
//! street of one row's words and another's, an amount or a date near another
//! one, rounded as the table rounds. Contact values are never made here.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use rand::RngExt;

use super::digits;
use super::joints::{Joints, SEPARATORS};
use super::locale::is_han;
use super::piece::Piece;
use crate::model::Entropy;

/// Letters of a word that names nothing.
const SHORT: usize = 2;
/// Draws before giving up on something new.
const TRIES: usize = 12;
/// Digits of an amount at most.
const MOST: usize = 18;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Degrees that a coordinate is off from that of the row it is like: some two kilometres.
const DEGREES: f64 = 0.02;
/// Decimals of a coordinate that tell a house from its neighbours.
const HOUSE: usize = 4;
/// Decimals of a coordinate that can be read.
const DECIMALS: std::ops::RangeInclusive<usize> = 3..=15;
/// Days that a birth date is off from that of the row it is like.
const BIRTHDAYS: i32 = 25;

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
    for _ in 0..TRIES {
        let other = piece.texts.get(entropy.random_range(0..piece.texts.len().max(1)))?;
        if let Some(made) = join(other, like, joints, entropy).filter(|made| !piece.has(made)) {
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

/// The head of one text before the tail of another.
fn join(head: &str, tail: &str, joints: &Joints, entropy: &mut impl Entropy) -> Option<String> {
    let is_listed = |text: &str| text.contains(SEPARATORS) && text.chars().any(is_han);
    if is_listed(tail) || is_listed(head) {
        // What comes first is somebody's, and what follows goes with what that is.
        let first = |text: &str| text.find(SEPARATORS).unwrap_or(text.len());
        let (own, rest) = tail.split_at(first(tail));
        return Some(join(&head[..first(head)], own, joints, entropy)? + rest);
    }
    if tail.contains(' ') {
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
    let joints = |text: &[char]| joints.of_text(text).into_iter().filter(|at| parts(text, *at)).collect::<Vec<_>>();
    let (of_head, of_tail) = (joints(&head), joints(&tail));
    // Both are cut at the same joint from the end, so that a trade takes a trade's place.
    let nth = entropy.random_range(0..of_tail.len().max(1));
    let cut = |joints: &[usize], text: &[char]| {
        let nth = nth.min(joints.len().saturating_sub(1));
        let middle = || (text.len() / 2..text.len()).find(|at| parts(text, *at)).unwrap_or(text.len());
        joints.iter().rev().nth(nth).copied().unwrap_or_else(middle)
    };
    let made: String = head[..cut(&of_head, &head)].iter().chain(&tail[cut(&of_tail, &tail)..]).collect();
    Some(made + end)
}

/// Bounds of an amount that has none.
pub const ANYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// An amount near another one and between two bounds, rounded as that one is and written as it is.
pub fn amount_near(like: &str, within: (f64, f64), entropy: &mut impl Entropy) -> String {
    let text = like.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches(['-', '+']);
    let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty() || digits.len() > 15 || !plain(digits) || !plain(fraction) {
        return like.to_owned();
    }
    // The step is the place of the last digit that is no zero.
    let places = digits.len() + fraction.len();
    let Some(number) = digits::read(digits.as_bytes()).filter(|_| places <= MOST) else { return like.to_owned() };
    let scale = 10u64.pow(fraction.len() as u32);
    let value = number * scale + digits::read(fraction.as_bytes()).unwrap_or(0);
    if value == 0 || digits.starts_with('0') && fraction.is_empty() && places > 1 {
        return like.to_owned();
    }
    let zeros = (0..places).take_while(|n| value.is_multiple_of(10u64.pow(*n as u32 + 1))).count();
    let step = 10u64.pow(zeros as u32);
    let count = value / step;
    let reach = (count / 12).max(u64::from(count > 9));
    let [low, high] = steps_of(within, text.starts_with('-'), (scale, step));
    let (least, most) = (count.saturating_sub(reach).max(1).max(low), (count + reach).min(high));
    let moved = if least < most { entropy.random_range(least..=most) } else { count } * step;
    if moved.ilog10() as usize >= places {
        return like.to_owned();
    }
    let start = like.len() - like.trim_start().len();
    let mut made = String::with_capacity(like.len());
    made.push_str(&like[..start + whole.len() - digits.len()]);
    digits::push(&mut made, moved / scale, digits.len());
    if text.contains('.') {
        made.push('.');
        digits::push(&mut made, moved % scale, fraction.len());
    }
    made.push_str(&like[start + text.len()..]);
    made
}

/// The least and the greatest number of steps between two bounds, of the sign that is told.
fn steps_of((low, high): (f64, f64), is_negative: bool, (scale, step): (u64, u64)) -> [u64; 2] {
    let (low, high) = if is_negative { (-high, -low) } else { (low, high) };
    let steps = |bound: f64| bound.max(0.0) * scale as f64 / step as f64;
    // Floats as they are written are a little off, and saturate as numbers.
    [(steps(low) - 1e-6).ceil() as u64, (steps(high) + 1e-6).floor() as u64]
}

/// A coordinate within the place of another one, or within one that lies `apart` degrees off,
/// with as many decimals; one of so few that it is a whole town's is that town's.
pub fn coordinate_near(like: &str, apart: f64, entropy: &mut impl Entropy) -> String {
    let text = like.trim();
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let is_house = DECIMALS.contains(&decimals);
    let Some(at) = text.parse::<f64>().ok().filter(|at| at.is_finite() && (is_house || apart != 0.0)) else {
        return like.to_owned();
    };
    let beside = if is_house { entropy.random_range(-DEGREES..DEGREES) } else { 0.0 };
    let noise = noise(text);
    let mut moved = format!("{:.1$}", at + apart + beside, decimals - noise.len());
    // Where tables drop zeros at the end there is none.
    if decimals > 0 && noise.is_empty() && moved.ends_with('0') && !text.ends_with('0') {
        moved.pop();
        moved.push(char::from(entropy.random_range(b'1'..=b'9')));
    }
    like.replace(text, &format!("{moved}{noise}"))
}

/// What a binary fraction leaves behind a decimal one: 71.1546373 is written 71.15463729999999.
fn noise(text: &str) -> &str {
    let at = ["99999", "00000"].iter().filter_map(|run| text.find(run)).min();
    let is_behind = |at: &usize| text.find('.').is_some_and(|point| point + HOUSE < *at);
    at.filter(is_behind).map_or("", |at| &text[at..])
}

/// A moment some days off at another second; `days` at most to either side.
pub fn moment_near(at: DateTime, days: i32, has_time: bool, entropy: &mut impl Entropy) -> DateTime {
    let days: i32 = entropy.random_range(-days..=days);
    let seconds: i64 = if has_time { entropy.random_range(-1500..=1500) } else { 0 };
    let micros: i64 = if at.subsec_nanosecond() > 0 { entropy.random_range(0..1_000_000) } else { 0 };
    let moved = SignedDuration::from_secs(i64::from(days) * DAY + seconds) + SignedDuration::from_micros(micros);
    at.checked_add(moved).unwrap_or(at)
}

/// A birth date some days off from another one.
pub fn birthday_near(born: Date, entropy: &mut impl Entropy) -> Date {
    moment_near(born.at(0, 0, 0, 0), BIRTHDAYS, false, entropy).date()
}

/// A moment between two others, at a time of day like that of a third, or at the same where it
/// has none of its own.
pub fn moment_between(
    low: DateTime,
    high: DateTime,
    (like, has_time): (DateTime, bool),
    entropy: &mut impl Entropy,
) -> DateTime {
    let (low, high) = (low.min(high), low.max(high));
    let span = low.duration_until(high);
    for _ in 0..TRIES {
        let at = fraction_of(low, span, entropy);
        let like = moment_near(like, 0, has_time, entropy);
        let made = at.date().to_datetime(like.time());
        if low <= made && made <= high {
            return made;
        }
    }
    fraction_of(low, span, entropy)
}

fn fraction_of(low: DateTime, span: SignedDuration, entropy: &mut impl Entropy) -> DateTime {
    let seconds = entropy.random_range(0..=span.as_secs().max(0));
    low.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(low)
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
    fn a_coordinate_stays_in_its_place_and_form() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for like in ["34.181059", "-86.840631", " -0.0101 ", "113.32446712345678"] {
            let (at, decimals) = (like.trim().parse::<f64>().expect("degrees"), like.trim().split('.').nth(1));
            for _ in 0..200 {
                let made = coordinate_near(like, 0.0, &mut entropy);
                let moved: f64 = made.trim().parse().expect("degrees");
                assert!((moved - at).abs() <= DEGREES && !made.ends_with('0'), "{made} near {like}");
                assert_eq!(made.trim().split('.').nth(1).map(str::len), decimals.map(str::len), "{made} near {like}");
            }
        }
        let noisy = coordinate_near("-71.15463729999999", 0.0, &mut entropy);
        assert!(noisy.ends_with("9999999") && noisy.len() == 18 && noisy.starts_with("-71.1"), "{noisy}");
        for like in ["35.000001", "-86.9999912", "0.00000"] {
            let (at, made) = (like.parse::<f64>().expect("degrees"), coordinate_near(like, 0.0, &mut entropy));
            assert!((made.parse::<f64>().expect("degrees") - at).abs() <= DEGREES && made.contains('.'), "{made}");
        }
        assert_eq!(coordinate_near("34.2", 0.91, &mut entropy), "35.1");
        assert_eq!(coordinate_near("-34", -6.0, &mut entropy), "-40");
        let moved: f64 = coordinate_near("-86.840631", 0.5, &mut entropy).parse().expect("degrees");
        assert!((moved + 86.340631).abs() <= DEGREES, "{moved}");
        for like in ["34.2", "34", "", "n/a", "34.18N 86.84W", "NaN"] {
            assert_eq!(coordinate_near(like, 0.0, &mut entropy), like);
        }
    }
}
