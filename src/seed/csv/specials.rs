//! Specials: where delimiters and line ends stand in a text, found for 64 octets at
//! a time. Fields of tables are short, so that a search for each of them would cost
//! more than one look at everything.

/// Octets that are looked at together.
const STEP: usize = 64;
/// Brings the lowest bit of each of eight octets together in the highest octet.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// Finds one of two octets.
pub(super) struct Specials<'t> {
    octets: &'t [u8],
    sought: [u8; 2],
    /// Where the 64 octets begin that `bits` tells of, the lowest bit first.
    base: usize,
    bits: u64,
}

impl<'t> Specials<'t> {
    pub(super) fn new(octets: &'t [u8], sought: [u8; 2]) -> Self {
        Self { octets, sought, base: 0, bits: look(octets, 0, sought) }
    }

    /// The next one is the first at a place or after it.
    pub(super) fn seek(&mut self, from: usize) {
        self.turn_to(from);
        self.bits &= u64::MAX << (from % STEP);
    }

    #[inline]
    fn turn_to(&mut self, place: usize) {
        let step = place & !(STEP - 1);
        if step != self.base {
            (self.base, self.bits) = (step, look(self.octets, step, self.sought));
        }
    }

    /// The first at a place or after it, or the end.
    #[inline]
    pub(super) fn from(&mut self, from: usize) -> usize {
        self.turn_to(from);
        let mut left = self.bits & (u64::MAX << (from % STEP));
        while left == 0 {
            self.base += STEP;
            if self.base >= self.octets.len() {
                return self.octets.len();
            }
            self.bits = look(self.octets, self.base, self.sought);
            left = self.bits;
        }
        self.base + left.trailing_zeros() as usize
    }
}

/// All of them in order, or those from a place on to which it was led.
impl Iterator for Specials<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.base += STEP;
            if self.base >= self.octets.len() {
                return None;
            }
            self.bits = look(self.octets, self.base, self.sought);
        }
        let at = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }
}

#[inline]
fn look(octets: &[u8], base: usize, sought: [u8; 2]) -> u64 {
    match octets.get(base..base + STEP).and_then(|o| <&[u8; STEP]>::try_from(o).ok()) {
        Some(octets) => bits(octets, sought),
        None => last_bits(octets.get(base..).unwrap_or_default(), sought),
    }
}

#[inline]
fn bits(octets: &[u8; STEP], [a, b]: [u8; 2]) -> u64 {
    let mut hits = [0u8; STEP];
    for (hit, octet) in hits.iter_mut().zip(octets) {
        *hit = u8::from(*octet == a) | u8::from(*octet == b);
    }
    let mut bits = 0;
    for (n, eight) in hits.as_chunks::<8>().0.iter().enumerate() {
        bits |= (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << (n * 8);
    }
    bits
}

#[cold]
fn last_bits(octets: &[u8], sought: [u8; 2]) -> u64 {
    octets.iter().enumerate().fold(0, |bits, (n, octet)| bits | u64::from(sought.contains(octet)) << n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_one_is_found_from_everywhere(octets in "[a,\n]{0,200}", from in 0usize..200) {
            let octets = octets.as_bytes();
            let from = from.min(octets.len());
            let plain = octets[from..].iter().position(|b| b",\n".contains(b)).map_or(octets.len(), |n| from + n);
            prop_assert_eq!(Specials::new(octets, [b',', b'\n']).from(from), plain);
            let all = (from..octets.len()).filter(|n| b",\n".contains(&octets[*n])).collect::<Vec<_>>();
            let mut sought = Specials::new(octets, [b',', b'\n']);
            sought.seek(from);
            prop_assert_eq!(sought.collect::<Vec<_>>(), all);
        }
    }
}
