//! The parts of a code: the number that tells it from others, what stands before it and
//! what behind. Which numbers are free is `run`'s.

/// Digits of a number that can be counted.
const DIGITS: std::ops::RangeInclusive<usize> = 2..=15;
/// Octets behind the number at most.
const TAIL: usize = 6;
/// So often letters turn to digits or back in a code that has a number; oftener in one at random.
const TURNS: usize = 5;
/// Digits from which on a number may be of two fields, of these the first at least, and of the second.
const LONG: usize = 9;
const FIELD: usize = 4;
const SERIAL: usize = 3;
/// Codes that tell so, the share of them that is as long, and that has a zero where a field
/// begins; up to that share of one digit that before it varies.
const ENOUGH: usize = 20;
const MOST: f64 = 0.95;
const VARIED: f64 = 0.6;

/// A code in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'c> {
    head: &'c str,
    pub digits: usize,
    pub number: u64,
    tail: &'c str,
}

impl<'c> Part<'c> {
    /// The last number of two digits or more, at the end or close to it; of so many digits where
    /// those before these are a field of their own.
    pub(super) fn of(code: &'c str, serial: Option<usize>) -> Option<Self> {
        let octets = code.as_bytes();
        let mut end = octets.len();
        while end > 0 && octets.len() - end <= TAIL {
            let digits = octets[..end].iter().rev().take_while(|b| b.is_ascii_digit()).count();
            if digits >= *DIGITS.start() {
                let digits = serial.filter(|serial| *serial < digits).unwrap_or(digits);
                return Self::at(code, end, digits);
            }
            end -= digits.max(1);
        }
        None
    }

    fn at(code: &'c str, end: usize, digits: usize) -> Option<Self> {
        let (head, number, tail) = (&code[..end - digits], &code[end - digits..end], &code[end..]);
        let is_one = DIGITS.contains(&digits) && turns(code) <= TURNS;
        is_one.then(|| number.parse().ok()).flatten().map(|number| Self { head, digits, number, tail })
    }

    /// What codes of one run have in common.
    pub(super) fn key(&self) -> (String, usize, String) {
        (self.head.to_owned(), self.digits, self.tail.to_owned())
    }

    /// The code with another number.
    pub(super) fn with(&self, number: u64) -> String {
        format!("{}{number:0digits$}{}", self.head, self.tail, digits = self.digits)
    }
}

/// How often letters turn to digits or back.
fn turns(code: &str) -> usize {
    let mut turns = 0;
    let mut last = None;
    for is_digit in code.chars().filter(|c| c.is_alphanumeric()).map(|c| c.is_ascii_digit()) {
        turns += usize::from(last.is_some_and(|last| last != is_digit));
        last = Some(is_digit);
    }
    turns
}

/// The digits of the last field of numbers that are written as two, a date and a count: it
/// begins with a zero nearly everywhere, behind a digit that varies.
pub(super) fn serial_of<'c>(codes: impl Iterator<Item = &'c str>) -> Option<usize> {
    let numbers: Vec<&[u8]> = codes.map(number_at_the_end).collect();
    let length = numbers.first()?.len();
    let alike: Vec<&[u8]> = numbers.iter().copied().filter(|number| number.len() == length).collect();
    if length < LONG || alike.len() < ENOUGH || (alike.len() as f64) < MOST * numbers.len() as f64 {
        return None;
    }
    let share =
        |at: usize, digit: u8| alike.iter().filter(|number| number[at] == digit).count() as f64 / alike.len() as f64;
    let begins = |at: &usize| share(*at, b'0') >= MOST && (b'0'..=b'9').all(|digit| share(at - 1, digit) <= VARIED);
    (FIELD..=length - SERIAL).find(begins).map(|at| length - at)
}

fn number_at_the_end(code: &str) -> &[u8] {
    let digits = code.bytes().rev().take_while(u8::is_ascii_digit).count();
    &code.as_bytes()[code.len() - digits..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_found_and_put_back() {
        for (code, head, number, tail) in [
            ("A000700", "A", 700, ""),
            ("25128-PI", "", 25_128, "-PI"),
            ("K-12345-6", "K-", 12_345, "-6"),
            ("（2021）京0105民初12345号", "（2021）京0105民初", 12_345, "号"),
        ] {
            let part = Part::of(code, None).expect("a number");
            assert_eq!((part.head, part.number, part.tail), (head, number, tail), "{code}");
            assert_eq!(part.with(number), code);
        }
        for code in ["", "A1", "no digits", "1234567890123456", "0b9f1c2e-7a55-4a43-9a2f-6a1b7f1f0004"] {
            assert_eq!(Part::of(code, None), None, "{code}");
        }
    }

    #[test]
    fn a_date_and_a_count_are_two_fields() {
        let of = |code: fn(usize) -> String| {
            let codes: Vec<String> = (0..200).map(code).collect();
            serial_of(codes.iter().map(String::as_str))
        };
        let dated =
            |n: usize| format!("I{}{:02}{:02}{:06}", 2004 + n % 17, 1 + n * 7 % 12, 1 + n * 11 % 28, n * 13 % 3_000);
        assert_eq!(of(dated), Some(6));
        assert_eq!(of(|n| (1_000_000_000 + n * 7_919).to_string()), None);
        assert_eq!(of(|n| (100_000_000 + n * 3_141_593 % 899_999_999).to_string()), None);
        let part = Part::of("I20040324000394", Some(6)).expect("a number");
        assert_eq!((part.head, part.digits, part.number), ("I20040324", 6, 394));
    }
}
