//! Mixing: one cheap hash for counting tables and hashed n-grams. Not for
//! anything an adversary could flood: the tables here are bounded by the sample.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes maps hash by `Mixer`.
pub type Mixing = BuildHasherDefault<Mixer>;

/// Folds what it is given into 64 bits.
#[derive(Default)]
pub struct Mixer(u64);

/// Folds one more number into a hash (the finalizer of splitmix64, Steele et al. 2014, as round).
pub fn mix(hash: u64, more: u64) -> u64 {
    let mut z = (hash ^ more).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mix(self.0, u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.0 = mix(self.0, u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.0 = mix(self.0, u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = mix(self.0, n);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    #[test]
    fn different_texts_hash_differently() {
        let hash = |s: &str| {
            let mut m = Mixer::default();
            s.hash(&mut m);
            m.finish()
        };
        assert_eq!(hash("abc"), hash("abc"));
        assert_ne!(hash("abc"), hash("abd"));
        assert_ne!(hash("12345678a"), hash("12345678b"));
    }
}
