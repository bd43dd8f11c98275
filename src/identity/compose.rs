//! Composing: dates and coordinates that no row of the table has, near what its rows have,
//! and written as these are. Amounts are `vicinity`'s, texts are made in `splice`, and contact
//! values never.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use rand::RngExt;

use super::rounded::Rounded;
use crate::model::Entropy;

/// Draws before giving up on something new.
const TRIES: usize = 12;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Degrees that a coordinate is off from that of the row it is like: some two kilometres.
const DEGREES: f64 = 0.02;
/// Decimals of a coordinate that tell a house from its neighbours.
const HOUSE: usize = 4;
/// Decimals of a coordinate that are all that a binary fraction has.
const BINARY: usize = 13;
/// Decimals of a coordinate that can be read.
const DECIMALS: std::ops::RangeInclusive<usize> = 3..=18;
/// Days that a birth date is off from that of the row it is like.
const BIRTHDAYS: i32 = 25;

/// A coordinate within the place of another one, or within one that lies `apart` degrees off,
/// with as many decimals; one of so few that it is a whole town's is that town's.
pub fn coordinate_near(like: &str, apart: f64, entropy: &mut impl Entropy) -> String {
    let made = moved_near(like, apart, entropy);
    // Of few decimals it is the same by chance now and then.
    if made == like { moved_near(like, apart, entropy) } else { made }
}

fn moved_near(like: &str, apart: f64, entropy: &mut impl Entropy) -> String {
    let text = like.trim();
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let is_house = DECIMALS.contains(&decimals);
    let Some(at) = text.parse::<f64>().ok().filter(|at| at.is_finite() && (is_house || apart != 0.0)) else {
        return like.to_owned();
    };
    let beside = if is_house { entropy.random_range(-DEGREES..DEGREES) } else { 0.0 };
    let moved = at + apart + beside;
    if let Some(rounded) = Rounded::of(text, HOUSE) {
        let decimals = rounded.meant.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        return like.replace(text, &rounded.written.write(&format!("{moved:.decimals$}")));
    }
    // What a program writes of a binary fraction it reads again as the same.
    if decimals >= BINARY {
        return like.replace(text, &moved.to_string());
    }
    let mut moved = format!("{moved:.decimals$}");
    // Where tables drop zeros at the end there is none.
    if decimals > 0 && moved.ends_with('0') && !text.ends_with('0') {
        moved.pop();
        moved.push(char::from(entropy.random_range(b'1'..=b'9')));
    }
    like.replace(text, &moved)
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

    /// Whether a program that read a text would write it so again.
    fn is_binary(text: &str) -> bool {
        text.trim().parse::<f64>().is_ok_and(|value| value.to_string() == text.trim())
    }

    #[test]
    fn a_coordinate_stays_in_its_place_and_form() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for like in ["34.181059", "-86.840631", " -0.0101 ", "113.32446712345678", "-0.16730102694615545"] {
            let (at, decimals) = (like.trim().parse::<f64>().expect("degrees"), like.trim().split('.').nth(1));
            for _ in 0..200 {
                let made = coordinate_near(like, 0.0, &mut entropy);
                let moved: f64 = made.trim().parse().expect("degrees");
                assert!((moved - at).abs() <= DEGREES && !made.ends_with('0'), "{made} near {like}");
                if decimals.is_some_and(|decimals| decimals.len() >= BINARY) {
                    assert!(is_binary(&made), "{made} near {like}");
                    continue;
                }
                assert_eq!(made.trim().split('.').nth(1).map(str::len), decimals.map(str::len), "{made} near {like}");
            }
        }
        let noisy = coordinate_near("-71.15463729999999", 0.0, &mut entropy);
        assert!(is_binary(&noisy) && noisy.len() > 15 && noisy.starts_with("-71.1"), "{noisy}");
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
