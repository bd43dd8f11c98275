//! Decimal digits: picked out of a text, whole numbers written to a fixed width and read
//! back, octet by octet; numbers as round as another. What one means is left to whoever writes it.

use rand::RngExt;

use crate::model::Entropy;

/// The numbers of two digits.
const PAIRS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                     5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
/// Draws for a number as round as another.
const TRIES: usize = 8;

/// Those of a text.
pub(super) fn of(text: &str) -> String {
    text.bytes().filter(u8::is_ascii_digit).map(char::from).collect()
}

/// Writes a number, with zeros before it up to `width` digits.
pub(super) fn push(out: &mut String, number: u64, width: usize) {
    let (before, pair) = (number / 100, 2 * (number % 100) as usize);
    let is_longer = before > 0 || width > 2;
    if is_longer {
        push(out, before, width.saturating_sub(2));
    }
    let from = if is_longer || pair >= 20 || width > 1 { pair } else { pair + 1 };
    out.push_str(&PAIRS[from..pair + 2]);
}

/// The number of a text of 1 to 18 digits and nothing else.
pub(super) fn read(text: &[u8]) -> Option<u64> {
    let fits = (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    fits.then(|| text.iter().fold(0, |number, b| number * 10 + u64::from(b - b'0')))
}

/// A number between two that ends with as many zeros as another, where one does.
pub(super) fn as_round(number: u64, low: u64, high: u64, entropy: &mut dyn Entropy) -> u64 {
    let step = unit(number);
    let (first, last) = (low.div_ceil(step), high / step);
    let drawn = (0..TRIES).map(|_| entropy.random_range(first..=last.max(first)) * step);
    let as_round = drawn.filter(|n| (low..=high).contains(n)).find(|n| unit(*n) == step);
    as_round.unwrap_or_else(|| entropy.random_range(low..=high))
}

/// The greatest power of ten that divides a number; 1 of zero.
pub(super) fn unit(number: u64) -> u64 {
    let tens = std::iter::successors(Some(1u64), |unit| unit.checked_mul(10));
    tens.take_while(|unit| number > 0 && number.is_multiple_of(*unit)).last().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn numbers_are_as_round_as_another() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        for (like, low, high, unit_of_it) in
            [(1_200, 0, 9_000, 100), (1_201, 0, 9_000, 1), (30_000, 5, 99_999, 10_000), (0, 0, 99, 1)]
        {
            for _ in 0..100 {
                let made = as_round(like, low, high, &mut entropy);
                assert!((low..=high).contains(&made) && unit(made) == unit_of_it, "{made} like {like}");
            }
        }
        assert!((1_301..=1_350).contains(&as_round(1_200, 1_301, 1_350, &mut entropy)), "none is as round");
    }

    proptest::proptest! {
        #[test]
        fn numbers_are_written_as_format_writes_them(number: u64, small in 0u64..3_000, width in 0usize..20) {
            for number in [number, small] {
                let mut out = "x".to_owned();
                push(&mut out, number, width);
                proptest::prop_assert_eq!(out, format!("x{number:0width$}"));
            }
        }

        #[test]
        fn digits_alone_are_read(text in "[0-9]{0,20}|\\PC{0,4}") {
            let want = text.parse().ok().filter(|_| text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit()));
            proptest::prop_assert_eq!(read(text.as_bytes()), want);
        }
    }
}
