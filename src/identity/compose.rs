//! Composing: values that no row of the table has, near what its rows have: an amount or a
//! date near another one, rounded as the table rounds. Texts are made in `splice`, and
//! contact values never.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use rand::RngExt;

use super::{amount, digits};
use crate::model::Entropy;

/// Draws before giving up on something new.
const TRIES: usize = 12;
/// Digits of an amount at most.
const MOST: usize = 18;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Degrees that a coordinate is off from that of the row it is like: some two kilometres.
const DEGREES: f64 = 0.02;
/// Decimals of a coordinate that tell a house from its neighbours, and of an amount at least.
const HOUSE: usize = 4;
const TENTHS: usize = 1;
/// Decimals of a coordinate that are all that a binary fraction has.
const BINARY: usize = 13;
/// Steps that sums of binary fractions are off at most.
const STEPS: i64 = 1 << 10;
/// Digits of a number of single precision, and how many less the number has that was meant.
const SINGLE: i32 = 8;
const SHORTER: usize = 3;
/// Decimals of a coordinate that can be read.
const DECIMALS: std::ops::RangeInclusive<usize> = 3..=18;
/// Days that a birth date is off from that of the row it is like.
const BIRTHDAYS: i32 = 25;

/// Bounds of an amount that has none.
pub const ANYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// An amount near another one and between two bounds, rounded as that one is and written as it
/// is, with as many digits.
pub fn amount_near(like: &str, within: (f64, f64), entropy: &mut impl Entropy) -> String {
    let Some(plain) = amount::plain(like) else { return like.to_owned() };
    match Rounded::of(&plain, TENTHS).filter(|_| plain == like.trim()) {
        Some(rounded) => like.replace(&*plain, &rounded.off(&plain_near(&rounded.text, within, entropy))),
        None => amount::written_like(like, &plain_near(&plain, within, entropy)),
    }
}

/// A binary fraction as the decimal one that was meant, and how it was written instead:
/// 71.1546373 as 71.15463729999999, or in single precision (IEEE 754 binary32) 3.42 as 3.4200001.
struct Rounded {
    text: String,
    as_written: Written,
}

enum Written {
    /// So many steps of double precision off.
    Steps(i64),
    Single,
}

impl Rounded {
    /// Of a number of which a run of zeros or nines tells so, behind so many decimals at least.
    fn of(text: &str, decimals: usize) -> Option<Self> {
        let (_, fraction) = text.split_once('.')?;
        let run = ["99999", "00000"].iter().filter_map(|run| fraction.find(run)).min();
        let value: f64 = text.parse().ok()?;
        let double = run.filter(|at| decimals <= *at).and_then(|decimals| {
            let text = format!("{value:.decimals$}");
            let meant: f64 = text.parse().ok()?;
            let steps = (value.to_bits() as i64).wrapping_sub(meant.to_bits() as i64);
            (steps.abs() <= STEPS).then_some(Self { text, as_written: Written::Steps(steps) })
        });
        double.or_else(|| {
            let meant = (value as f32).to_string();
            let left = meant.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let is_shorter = left >= decimals.max(1) && meant.len() + SHORTER <= text.len();
            (is_shorter && single(&meant) == text).then_some(Self { text: meant, as_written: Written::Single })
        })
    }

    /// Another decimal fraction, written as this one is.
    fn off(&self, text: &str) -> String {
        let Written::Steps(steps) = self.as_written else { return single(text) };
        let meant: f64 = text.parse().unwrap_or_default();
        f64::from_bits((meant.to_bits() as i64).wrapping_add(steps) as u64).to_string()
    }
}

/// A number as programs write it that keep it in single precision: eight digits, of which
/// zeros at the end are left out.
fn single(text: &str) -> String {
    let value = f64::from(text.parse::<f32>().unwrap_or_default());
    let whole = value.abs().log10().floor().max(-38.0) as i32 + 1;
    let written = format!("{value:.0$}", (SINGLE - whole).max(0) as usize);
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
}

fn plain_near(like: &str, within: (f64, f64), entropy: &mut impl Entropy) -> String {
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
    let shortest = if digits.len() > 1 { 10u64.pow(digits.len() as u32 - 1) * scale } else { 1 };
    let least = count.saturating_sub(reach).max(shortest.div_ceil(step)).max(low);
    let most = (count + reach).min(high);
    let moved = if least < most { digits::as_round(value, least * step, most * step, entropy) } else { value };
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
        let decimals = rounded.text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        return like.replace(text, &rounded.off(&format!("{moved:.decimals$}")));
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
    fn an_amount_is_as_round_as_the_other_and_within_its_bounds() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut made =
            |like: &str, within| -> Vec<String> { (0..200).map(|_| amount_near(like, within, &mut entropy)).collect() };
        let cents = made("613.72", ANYWHERE);
        assert!(cents.iter().all(|text| !text.ends_with('0') && text.len() == 6), "{cents:?}");
        assert!(made("613.70", ANYWHERE).iter().all(|text| text.ends_with('0') && !text.ends_with("00")));
        let years = made("1962", (1960.0, 1964.0));
        assert!(years.iter().all(|text| (1961..=1964).contains(&text.parse().unwrap_or(0))), "{years:?}");
        let debts = made("-250", (-260.0, 9_000.0));
        assert!(debts.iter().all(|text| (-260..=-210).contains(&text.parse().unwrap_or(0))), "{debts:?}");
        assert_eq!(made("2003", (2003.0, 2003.0))[0], "2003");
        let written = made("$1,005 ", ANYWHERE);
        assert!(written.iter().all(|text| text.starts_with("$1,0") && text.ends_with(' ')), "{written:?}");
        assert!(written.iter().any(|text| text != "$1,005 "));
        let noisy = made("48858.520000000004", ANYWHERE);
        assert!(noisy.iter().all(|text| is_binary(text) && text.contains("00000")), "{noisy:?}");
        assert!(noisy.iter().any(|text| text != "48858.520000000004"));
        let exact = made("12.3000001", ANYWHERE);
        assert!(exact.iter().all(|text| text.len() == 10 && !text.ends_with('0')), "{exact:?}");
    }

    #[test]
    fn amounts_of_single_precision_stay_so() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for like in ["3.4200001", "54.599998", "0.40000001", "-28.879999", "43.650002"] {
            let (meant, written) = (Rounded::of(like, TENTHS).expect("a binary fraction").text, single(like));
            assert!(meant.len() < 7 && written == like, "{like} is {meant} and written {written}");
            for _ in 0..50 {
                let made = amount_near(like, ANYWHERE, &mut entropy);
                let decimal = Rounded::of(&made, TENTHS).map_or(made.clone(), |rounded| rounded.text);
                assert!(decimal.len() < 7 && single(&decimal) == made, "{made} near {like}");
            }
        }
        assert!(Rounded::of("86.840631", TENTHS).is_none() && Rounded::of("57.82", TENTHS).is_none());
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
