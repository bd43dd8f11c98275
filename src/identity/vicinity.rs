//! The vicinity of an amount: the numbers near one of the table's, as round as that one and
//! with as many digits. It is read off the amount once and drawn from again and again. How far
//! it reaches among the amounts of a column is `scale`'s to say.

use super::rounded::{Rounded, Written};
use super::{amount, digits};
use crate::model::Entropy;

/// Digits of an amount at most, and of what stands before its point.
const MOST: usize = 18;
const WHOLE: usize = 15;
/// Decimals of an amount that was rounded, at least.
const TENTHS: usize = 1;
/// A part of an amount that it moves by at most, of those of more than so many steps.
const REACH: u64 = 12;
const FEW: u64 = 9;

/// Bounds of an amount that has none.
pub const ANYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// What lies near an amount.
#[derive(Debug)]
pub struct Vicinity<'t> {
    like: &'t str,
    /// Nothing where it stays as it is: it is no number, or zero, or a code.
    numbers: Option<Numbers>,
    form: Form,
}

/// How the number stands in the text.
#[derive(Debug)]
enum Form {
    Plain,
    /// With blanks around it, and as binary fractions are written.
    Rounded(Written),
    /// With a currency or unit, its digits in groups.
    Dressed,
}

/// Whole numbers between two, which are written with a point at some place.
#[derive(Debug)]
struct Numbers {
    value: u64,
    low: u64,
    high: u64,
    /// What stands before the digits: a sign.
    sign: &'static str,
    /// Digits before the point and behind it; none where there is no point.
    whole: usize,
    fraction: Option<usize>,
}

impl<'t> Vicinity<'t> {
    /// That of an amount, between two bounds.
    pub fn of(like: &'t str, within: (f64, f64)) -> Self {
        let Some(plain) = amount::plain(like) else { return Self { like, numbers: None, form: Form::Plain } };
        let is_bare = plain == like.trim();
        let rounded = Rounded::of(&plain, TENTHS).filter(|_| is_bare);
        let numbers = Numbers::near(rounded.as_ref().map_or(&plain, |rounded| &rounded.meant), within);
        let form = match rounded {
            Some(rounded) => Form::Rounded(rounded.written),
            None if plain == like => Form::Plain,
            None => Form::Dressed,
        };
        Self { like, numbers, form }
    }

    /// An amount near that one, written as it is.
    pub fn draw(&self, entropy: &mut impl Entropy) -> String {
        let Some(made) = self.numbers.as_ref().map(|numbers| numbers.draw(entropy)) else {
            return self.like.to_owned();
        };
        match self.form {
            Form::Plain => made,
            Form::Rounded(written) => self.like.replace(self.like.trim(), &written.write(&made)),
            Form::Dressed => amount::written_like(self.like, &made),
        }
    }
}

impl Numbers {
    fn near(text: &str, within: (f64, f64)) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
        let digits = whole.trim_start_matches(['-', '+']);
        let sign = ["-", "+", ""].into_iter().find(|sign| whole.strip_prefix(sign) == Some(digits))?;
        let decimals = fraction.unwrap_or_default();
        let places = digits.len() + decimals.len();
        let number = digits::read(digits.as_bytes()).filter(|_| digits.len() <= WHOLE && places <= MOST)?;
        let scale = 10u64.pow(decimals.len() as u32);
        let value = number * scale + if decimals.is_empty() { 0 } else { digits::read(decimals.as_bytes())? };
        // What begins with a zero is a code.
        if value == 0 || digits.starts_with('0') && decimals.is_empty() && places > 1 {
            return None;
        }
        // The step is the place of the last digit that is no zero.
        let step = digits::unit(value);
        let count = value / step;
        let reach = (count / REACH).max(u64::from(count > FEW));
        let [low, high] = steps_of(within, sign == "-", (scale, step));
        let shortest = if digits.len() > 1 { 10u64.pow(digits.len() as u32 - 1) * scale } else { 1 };
        let low = count.saturating_sub(reach).max(shortest.div_ceil(step)).max(low).saturating_mul(step);
        let high = (count + reach).min(high) * step;
        Some(Self { value, low, high, sign, whole: digits.len(), fraction: fraction.map(str::len) })
    }

    fn draw(&self, entropy: &mut impl Entropy) -> String {
        let Self { value, low, high, sign, whole, fraction } = *self;
        let decimals = fraction.unwrap_or(0);
        let moved = if low < high { digits::as_round(value, low, high, entropy) } else { value };
        // The next number of more digits is none of the same form.
        let moved = if moved.ilog10() as usize >= whole + decimals { value } else { moved };
        let scale = 10u64.pow(decimals as u32);
        let mut made = String::with_capacity(sign.len() + whole + 1 + decimals);
        made.push_str(sign);
        digits::push(&mut made, moved / scale, whole);
        if fraction.is_some() {
            made.push('.');
        }
        if decimals > 0 {
            digits::push(&mut made, moved % scale, decimals);
        }
        made
    }
}

/// The least and the greatest number of steps between two bounds, of the sign that is told.
fn steps_of((low, high): (f64, f64), is_negative: bool, (scale, step): (u64, u64)) -> [u64; 2] {
    let (low, high) = if is_negative { (-high, -low) } else { (low, high) };
    let steps = |bound: f64| bound.max(0.0) * scale as f64 / step as f64;
    // Floats as they are written are a little off, and saturate as numbers.
    [(steps(low) - 1e-6).ceil() as u64, (steps(high) + 1e-6).floor() as u64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn amount_near(like: &str, within: (f64, f64), entropy: &mut impl Entropy) -> String {
        Vicinity::of(like, within).draw(entropy)
    }

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
            let meant = Rounded::of(like, TENTHS).expect("a binary fraction").meant;
            assert!(meant.len() < 7, "{like} is {meant}");
            for _ in 0..50 {
                let made = amount_near(like, ANYWHERE, &mut entropy);
                let decimal = Rounded::of(&made, TENTHS).map_or(made.clone(), |rounded| rounded.meant);
                assert!(decimal.len() < 7 && Written::Single.write(&decimal) == made, "{made} near {like}");
            }
        }
    }

    #[test]
    fn what_is_no_amount_stays() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for like in ["", "n/a", "0", "0.00", "007", "1e5", "NaN", ".5", "12345678901234567890", "5.e3", "2020-01-02"] {
            assert_eq!(amount_near(like, ANYWHERE, &mut entropy), like);
        }
        assert_eq!(amount_near("17", (1e300, f64::INFINITY), &mut entropy), "17");
    }

    proptest::proptest! {
        #[test]
        fn an_amount_keeps_its_digits(text in "[$€(-]{0,2}[0-9]{0,19}[.,]?[0-9]{0,19}[)%]{0,2}|\\PC{0,16}", seed: u64) {
            let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
            let made = amount_near(&text, ANYWHERE, &mut entropy);
            let is_rounded = amount::plain(&text).is_some_and(|plain| Rounded::of(&plain, TENTHS).is_some());
            proptest::prop_assert!(is_rounded || made.len() == text.len(), "{made}");
        }
    }
}
