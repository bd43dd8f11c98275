//! Lines of a file that is not UTF-8: which encoding they are in, and whether it is
//! one. A file of which some lines are surely UTF-8 and others are not was put
//! together from two; it is refused with the line where the other begins.

use encoding_rs::{GB18030, GBK, UTF_8};
use std::io::{BufRead, BufReader, Read};

use super::super::charset::Charset;
use crate::seed::SeedError;
use crate::seed::packing::Input;

/// Octets outside ASCII (with the lines they are in) that the detector is shown.
const SAMPLE: usize = 4 << 20;
/// A longer line is looked at in parts.
const PART: u64 = 1 << 20;
/// So many octets outside ASCII that happen to be UTF-8 are no accident: of two Chinese
/// characters in GBK about one pair in seven could be one, of eight one in a million.
const SURE: usize = 15;

/// Lines outside ASCII of one sort.
#[derive(Default)]
struct Sort {
    lines: u64,
    first: u64,
}

impl Sort {
    fn meet(&mut self, line: u64) {
        if self.lines == 0 {
            self.first = line;
        }
        self.lines += 1;
    }
}

#[derive(Default)]
struct Tally {
    /// UTF-8, and too long for that to be an accident.
    sure: Sort,
    /// UTF-8, as it may happen to a short line in another encoding.
    perhaps: Sort,
    other: Sort,
    /// Characters of four octets, which GB18030 has and GBK has not.
    four_octets: bool,
}

/// The charset of a file that is not UTF-8 throughout.
pub(super) fn charset(input: &Input) -> Result<Charset, SeedError> {
    let mut reader = BufReader::with_capacity(1 << 16, input.source()?);
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let (mut tally, mut shown, mut number, mut line) = (Tally::default(), 0, 1, Vec::new());
    loop {
        line.clear();
        (&mut reader).take(PART).read_until(b'\n', &mut line).map_err(|e| input.reading(e))?;
        if line.is_empty() {
            break;
        }
        if line.contains(&0) {
            return Err(input.row(
                number,
                "the file is not text (it has a NUL octet here); export the table as CSV again".to_owned(),
            ));
        }
        if !line.is_ascii() {
            tally.meet(&line, number);
            if shown < SAMPLE {
                detector.feed(&line, false);
                shown += line.len();
            }
        }
        number += u64::from(line.ends_with(b"\n"));
    }
    detector.feed(b"", true);
    tally.refuse_two(input)?;
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    let guess = if guess == GBK && tally.four_octets { GB18030 } else { guess };
    Ok(Charset::new(guess, b""))
}

impl Tally {
    fn meet(&mut self, line: &[u8], number: u64) {
        if simdutf8::basic::from_utf8(line).is_err() {
            self.four_octets |=
                line.windows(4).any(|w| matches!(w, [0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9']));
            return self.other.meet(number);
        }
        let outside = line.iter().filter(|b| **b >= 0x80).count();
        if outside >= SURE { self.sure.meet(number) } else { self.perhaps.meet(number) }
    }

    fn refuse_two(&self, input: &Input) -> Result<(), SeedError> {
        let utf8 = self.sure.lines + self.perhaps.lines;
        if self.sure.lines == 0 && utf8 <= self.other.lines / 10 {
            return Ok(());
        }
        let (first, this, rest) = if utf8 >= self.other.lines {
            (self.other.first, "not UTF-8", UTF_8.name())
        } else {
            let first = if self.sure.lines > 0 { self.sure.first } else { self.perhaps.first };
            (first, "in UTF-8", "another encoding")
        };
        let what = format!(
            "this line is {this}, while most of the file is in {rest}: it was put together from two files; convert one of them (iconv) before joining them, and seed again"
        );
        Err(input.row(first, what))
    }
}
