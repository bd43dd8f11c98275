//! DER (ITU-T X.690): a reader that walks along values and steps into those it
//! is told to, never deeper, and a writer of short values. What the values
//! mean is left to whoever names the tags.

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BITS: u8 = 0x03;
pub const OCTETS: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OID: u8 = 0x06;
pub const UTF8: u8 = 0x0c;
pub const TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
pub const CONTEXT_0: u8 = 0xa0;
pub const CONTEXT_1: u8 = 0xa1;

/// What could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// The values yet to be read.
pub struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Reads octets to their end.
    pub fn whole<T, E: From<Malformed>>(
        octets: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut inner = Self(octets);
        let value = read(&mut inner)?;
        if inner.0.is_empty() { Ok(value) } else { Err(Malformed("end").into()) }
    }

    /// Steps into a value, which `read` must read to its end.
    pub fn inside<T, E: From<Malformed>>(
        &mut self,
        tag: u8,
        what: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        Self::whole(self.take(tag, what)?, read)
    }

    /// The contents of the next value, which must have this tag.
    pub fn take(&mut self, tag: u8, what: &'static str) -> Result<&'a [u8], Malformed> {
        self.optional(tag, what)?.ok_or(Malformed(what))
    }

    /// The same, or None where another value comes next, or none.
    pub fn optional(&mut self, tag: u8, what: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
        if self.0.first() != Some(&tag) {
            return Ok(None);
        }
        let (contents, rest) = contents(&self.0[1..]).ok_or(Malformed(what))?;
        self.0 = rest;
        Ok(Some(contents))
    }

    /// The next value must be this one.
    pub fn exactly(&mut self, tag: u8, contents: &[u8], what: &'static str) -> Result<(), Malformed> {
        if self.take(tag, what)? == contents { Ok(()) } else { Err(Malformed(what)) }
    }

    /// All that is left, unread.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// What a length at the start of the octets spans, and what comes after it.
fn contents(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = octets.split_first()?;
    if first < 0x80 {
        return rest.split_at_checked(first.into());
    }
    let (digits, rest) = rest.split_at_checked((first & 0x7f).into())?;
    let length = digits.iter().try_fold(0u32, |length, &digit| Some(length.checked_mul(256)? + u32::from(digit)))?;
    // DER has one form for each length, the shortest; 0x80 alone, a length left open, is none.
    let shortest = length >= 0x80 && digits.first() != Some(&0);
    if shortest { rest.split_at_checked(length.try_into().ok()?) } else { None }
}

/// A value of fewer than 128 octets.
pub fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    debug_assert!(contents.len() < 0x80, "longer values have another form");
    [&[tag, contents.len() as u8], contents].concat()
}

/// The contents of an INTEGER that is not negative: no leading octet that
/// says nothing, but one where the first bit would be taken for a sign.
pub fn unsigned(number: u64) -> Vec<u8> {
    let length = (64 - number.leading_zeros() as usize) / 8 + 1;
    let octets = u128::from(number).to_be_bytes();
    octets[octets.len() - length..].to_vec()
}
