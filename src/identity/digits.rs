//! Decimal digits: whole numbers written to a fixed width and read back, octet
//! by octet. What a number means is left to whoever writes it.

/// The numbers of two digits, one after the other.
const PAIRS: &str = "\
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Writes a number, with zeros before it up to `width` digits.
pub(super) fn push(out: &mut String, number: u64, width: usize) {
    if number >= 100 {
        push(out, number / 100, width.saturating_sub(2));
    }
    let digits = &PAIRS[number as usize % 100 * 2..][..2];
    match width {
        0 | 1 if number < 10 => out.push_str(&digits[1..]),
        _ => {
            let zeros = if number < 100 { width.saturating_sub(2) } else { 0 };
            (0..zeros).for_each(|_| out.push('0'));
            out.push_str(digits);
        }
    }
}

/// The number of a text of 1 to 18 digits and nothing else.
pub(super) fn read(text: &[u8]) -> Option<u64> {
    let fits = (1..=18).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    fits.then(|| text.iter().fold(0, |number, b| number * 10 + u64::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

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
