//! A charset: how the characters of a text file are written as octets, its byte
//! order mark included. Line ends can be found in the octets themselves, so
//! that a place in the text leads back to a place in the file.

use encoding_rs::{DecoderResult, EncoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// An encoding and its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) struct Charset {
    encoding: &'static Encoding,
    /// What the file begins with.
    pub(in crate::seed) mark: &'static [u8],
}

impl Charset {
    pub(in crate::seed) const UTF8: Self = Self { encoding: UTF_8, mark: b"" };

    pub(super) fn new(encoding: &'static Encoding, mark: &'static [u8]) -> Self {
        Self { encoding, mark }
    }

    /// That of a file which begins with a mark.
    pub(in crate::seed) fn marked(head: &[u8]) -> Option<Self> {
        let marks: [(&[u8], &'static Encoding); 3] =
            [(b"\xef\xbb\xbf", UTF_8), (b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)];
        marks.into_iter().find(|(mark, _)| head.starts_with(mark)).map(|(mark, encoding)| Self { encoding, mark })
    }

    pub(in crate::seed) fn name(self) -> &'static str {
        self.encoding.name()
    }

    pub(in crate::seed) fn is_utf8(self) -> bool {
        self.encoding == UTF_8
    }

    /// Octets a line end takes.
    pub(super) fn width(self) -> usize {
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE { 2 } else { 1 }
    }

    /// The text of octets; or the offset of the first that are not in this encoding.
    pub(in crate::seed) fn decode<'a>(self, raw: &'a [u8], room: &'a mut String) -> Result<&'a str, usize> {
        if self.is_utf8() {
            return simdutf8::basic::from_utf8(raw)
                .map_err(|_| simdutf8::compat::from_utf8(raw).map_or_else(|e| e.valid_up_to(), str::len));
        }
        // GB18030 is GBK and more: its decoder reads both.
        let encoding = if self.encoding == GBK { GB18030 } else { self.encoding };
        let mut decoder = encoding.new_decoder_without_bom_handling();
        room.clear();
        room.reserve(decoder.max_utf8_buffer_length_without_replacement(raw.len()).unwrap_or(raw.len() * 4));
        match decoder.decode_to_string_without_replacement(raw, room, true) {
            (DecoderResult::Malformed(length, after), read) => Err(read - usize::from(length) - usize::from(after)),
            _ => Ok(room),
        }
    }

    /// The octets of a text; or the first character that this encoding does not have.
    pub(in crate::seed) fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        if self.is_utf8() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        if self.width() == 2 {
            let octets = |unit: u16| if self.encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
            return Ok(Cow::Owned(text.encode_utf16().flat_map(octets).collect()));
        }
        let mut encoder = self.encoding.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
        let mut octets = Vec::with_capacity(room.unwrap_or(text.len() * 4));
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut octets, true).0 {
            EncoderResult::Unmappable(character) => Err(character),
            _ => Ok(Cow::Owned(octets)),
        }
    }

    /// Where the last line end of these octets ends.
    pub(super) fn after_last(self, raw: &[u8], end: u8) -> Option<usize> {
        if self.width() == 1 {
            return memchr::memrchr(end, raw).map(|at| at + 1);
        }
        let units = raw.len() / 2;
        (0..units).rev().find(|n| self.is_end(&raw[n * 2..n * 2 + 2], end)).map(|n| n * 2 + 2)
    }

    /// Where the line end of that number (from 1) of these octets ends.
    pub(super) fn after_nth(self, raw: &[u8], end: u8, number: usize) -> usize {
        if number == 0 {
            return 0;
        }
        let found = if self.width() == 1 {
            memchr::memchr_iter(end, raw).nth(number - 1).map(|at| at + 1)
        } else {
            let ends = raw.chunks_exact(2).enumerate().filter(|(_, unit)| self.is_end(unit, end));
            ends.map(|(n, _)| n * 2 + 2).nth(number - 1)
        };
        found.unwrap_or(raw.len())
    }

    /// Line ends in these octets.
    pub(super) fn count(self, raw: &[u8], end: u8) -> u64 {
        if self.width() == 1 {
            return memchr::memchr_iter(end, raw).count() as u64;
        }
        raw.chunks_exact(2).filter(|unit| self.is_end(unit, end)).count() as u64
    }

    fn is_end(self, unit: &[u8], end: u8) -> bool {
        unit == if self.encoding == UTF_16LE { [end, 0] } else { [0, end] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_in_the_text_leads_back_to_a_place_in_the_file(
            lines in proptest::collection::vec("[ -~一-龥\u{a0a}-\u{a10}]{0,9}", 1..9),
            little: bool, count in 0usize..9,
        ) {
            let charset = Charset::new(if little { UTF_16LE } else { UTF_16BE }, b"");
            let count = count.min(lines.len());
            let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
            let before: String = lines[..count].iter().map(|l| format!("{l}\n")).collect();
            let raw = charset.encode(&text).expect("all characters");
            let mut decoded = String::new();
            prop_assert_eq!(charset.decode(&raw, &mut decoded), Ok(&text[..]));
            prop_assert_eq!(charset.after_nth(&raw, b'\n', count), charset.encode(&before).expect("all").len());
            prop_assert_eq!(charset.after_last(&raw, b'\n'), Some(raw.len()));
            prop_assert_eq!(charset.count(&raw, b'\n'), lines.len() as u64);
        }
    }

    #[test]
    fn a_wrong_octet_is_found_where_it_is() {
        assert_eq!(Charset::UTF8.decode(b"abc\xff", &mut String::new()), Err(3));
        assert_eq!(Charset::new(GBK, b"").decode(b"ab\xcd\xf5c\xff\xff", &mut String::new()), Err(5));
    }
}
