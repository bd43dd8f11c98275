//! The tree: the Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1)
//! over leaf hashes, its proofs and their verification. Leaf hashes come from
//! the entry; proofs are named as parts of the tree, and whoever keeps the
//! hashes of those parts looks them up.

use sha2::{Digest, Sha256};

/// SHA-256 of a leaf, of a node, or of a whole tree.
pub type Hash = [u8; 32];

/// A complete subtree: `level` 0 is leaf `index`; level l covers the leaves
/// from `index << l` up to, but not including, `(index + 1) << l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    /// 0 to 63.
    pub level: u8,
    pub index: u64,
}

/// SHA-256(0x01 || left || right), RFC 9162 section 2.1.1.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves, SHA-256(""), RFC 9162 section 2.1.1.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The complete subtrees that tile leaves `0..size`, left to right: at most
/// 64, each smaller than the one before it; none for size 0.
pub fn root_parts(size: u64) -> Vec<Part> {
    tiles(0, size)
}

/// Joins the hashes of adjacent parts, left to right, as this module lists
/// them, into the hash of their range. The empty list gives [`empty_root`].
pub fn join(hashes: &[Hash]) -> Hash {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
}

/// For each hash of the audit path of leaf `index` in the tree of `size`
/// leaves (RFC 9162 section 2.1.3.1, from the leaf up), the parts it is joined
/// from. None where `index >= size`.
pub fn inclusion_parts(index: u64, size: u64) -> Option<Vec<Vec<Part>>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        path.push(narrow(&mut start, &mut end, |middle| index < middle));
    }
    path.reverse();
    Some(path)
}

/// For each hash of the consistency proof from the tree of `old` leaves to
/// that of `new` (RFC 9162 section 2.1.4.1), the parts it is joined from;
/// none where the two are equal. None where `old` is 0 or above `new`.
pub fn consistency_parts(old: u64, new: u64) -> Option<Vec<Vec<Part>>> {
    if old == 0 || old > new {
        return None;
    }
    let (mut start, mut end) = (0, new);
    let mut proof = Vec::new();
    while end != old {
        proof.push(narrow(&mut start, &mut end, |middle| old <= middle));
    }
    // At 0 the range left over is the old tree, whose root the verifier has.
    if start > 0 {
        proof.push(tiles(start, old));
    }
    proof.reverse();
    Some(proof)
}

/// Whether `proof` leads from the hash of leaf `index` to `root`, RFC 9162
/// section 2.1.3.2. `size` and `root` must be of the same signed head: a root
/// alone does not fix the size, and the proofs of some sizes look alike.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.step() {
            Some(Side::Left) => node_hash(sibling, &hash),
            Some(Side::Right) => node_hash(&hash, sibling),
            None => return false,
        };
    }
    climb.last == 0 && hash == *root
}

/// Whether `proof` shows that the first `old` leaves of the tree of `new` are
/// those of the old tree, RFC 9162 section 2.1.4.2. For equal sizes the proof
/// is empty and the roots are equal. False where `old` is 0: that tree is the
/// start of every tree, and nothing proves it. Each size must be of the same
/// signed head as its root.
pub fn verify_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 || old >= new {
        return old > 0 && old == new && proof.is_empty() && old_root == new_root;
    }
    // A complete old tree is itself where the climb starts, so the proof leaves it out.
    let mut hashes = old.is_power_of_two().then_some(old_root).into_iter().chain(proof);
    let Some(start) = hashes.next() else { return false };
    let complete = (old - 1).trailing_ones();
    let mut climb = Climb { node: (old - 1) >> complete, last: (new - 1) >> complete };
    let (mut before, mut after) = (*start, *start);
    for sibling in hashes {
        match climb.step() {
            Some(Side::Left) => (before, after) = (node_hash(sibling, &before), node_hash(sibling, &after)),
            Some(Side::Right) => after = node_hash(&after, sibling),
            None => return false,
        }
    }
    climb.last == 0 && before == *old_root && after == *new_root
}

/// The right edge of a growing tree: at most 64 hashes, enough to append
/// leaves and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Of `root_parts(size)`.
    hashes: Vec<Hash>,
}

impl Frontier {
    /// That of the tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// That of a tree of `size` leaves, from the hashes of `root_parts(size)`.
    /// None where there are more or fewer of them than that lists; that they
    /// are the right ones only a known root can tell.
    pub fn at(size: u64, hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() == size.count_ones() as usize).then_some(Self { size, hashes })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of `root_parts(self.size())`.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf and hands every subtree that it completed (level 1 and
    /// above, lowest first) to `completed`. Panics at 2^64 - 1 leaves.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Part, &Hash)) {
        let size = self.size.checked_add(1).expect("nobody counts to 2^64 leaves");
        let mut hash = leaf;
        // Each set bit below the first clear one is a subtree that the leaf fills up.
        for level in 1..=self.size.trailing_ones() as u8 {
            let left = self.hashes.pop().expect("there is a hash for each set bit of the size");
            hash = node_hash(&left, &hash);
            completed(Part { level, index: self.size >> level }, &hash);
        }
        self.hashes.push(hash);
        self.size = size;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        join(&self.hashes)
    }
}

/// The complete subtrees that tile the leaves of a subtree of some tree, which
/// starts at a multiple of a power of two not below its length.
fn tiles(start: u64, end: u64) -> Vec<Part> {
    let set = |level: &u8| (end - start) >> level & 1 == 1;
    (0..64).rev().filter(set).map(|level| Part { level, index: (end >> level) - 1 }).collect()
}

/// Splits a range of two leaves or more where the tree splits it (k of RFC 9162
/// section 2.1.1), keeps the side that is asked for, and gives the other.
fn narrow(start: &mut u64, end: &mut u64, keep_left: impl FnOnce(u64) -> bool) -> Vec<Part> {
    let middle = *start + (1 << (*end - *start - 1).ilog2());
    if keep_left(middle) {
        tiles(middle, std::mem::replace(end, middle))
    } else {
        tiles(std::mem::replace(start, middle), middle)
    }
}

/// On which side of the node its sibling is.
enum Side {
    Left,
    Right,
}

/// The climb of a verification from a node up to the root: `fn` and `sn` of
/// RFC 9162, the node's number and that of the last node at its level.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    /// One step up; None above the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let left = self.node & 1 == 1 || self.node == self.last;
        // A last node without a sibling is its own parent until it has one on its left.
        let levels = if left { self.node.trailing_zeros() + 1 } else { 1 };
        // Both at once would be a shift by 64 where only the top bit is set.
        self.node = self.node >> (levels - 1) >> 1;
        self.last = self.last >> (levels - 1) >> 1;
        Some(if left { Side::Left } else { Side::Right })
    }
}

#[cfg(test)]
mod tests;
