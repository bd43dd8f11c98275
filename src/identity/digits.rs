//! Decimal digits: picked out of a text, whole numbers written to a fixed width and read
//! back, octet by octet. What a number means is left to whoever writes it.

/// Those of a text.
pub(super) fn of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Writes a number, with zeros before it up to `width` digits.
pub(super) fn push(out: &mut String, number: u64, width: usize) {
    let (before, pair) = (number / 100, number % 100);
    let is_longer = before > 0 || width > 2;
    if is_longer {
        push(out, before, width.saturating_sub(2));
    }
    if is_longer || pair > 9 || width > 1 {
        out.push(digit(pair / 10));
    }
    out.push(digit(pair % 10));
}

fn digit(value: u64) -> char {
    char::from(b'0' + value as u8)
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
