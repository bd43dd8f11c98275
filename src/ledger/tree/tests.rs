//! The tree against the reference vectors of the certificate-transparency
//! implementations, and against the definitions of RFC 6962 written down as
//! they stand.

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

/// Up to here every index and every pair of sizes is tried.
const ALL: usize = 130;

const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const NODE_01: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const NODE_23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const NODE_0123: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const NODE_45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const NODE_67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const NODE_4567: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const LEAF_0: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
const LEAF_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";

fn leaf_hash(octets: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(octets).finalize().into()
}

fn reference_leaves() -> Vec<Hash> {
    LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).expect("hex"))).collect()
}

fn numbered_leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// k of RFC 6962 section 2.1, by counting.
fn largest_power_of_two_below(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// MTH of RFC 6962 section 2.1.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(largest_power_of_two_below(leaves.len()));
            Sha256::digest([&[1][..], &mth(left), &mth(right)].concat()).into()
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = largest_power_of_two_below(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, other) = if m < k { (path(m, left), right) } else { (path(m - k, right), left) };
    path.push(mth(other));
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2; `whole` is its third argument.
fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = largest_power_of_two_below(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) =
        if m <= k { (subproof(m, left, whole), right) } else { (subproof(m - k, right, false), left) };
    proof.push(mth(other));
    proof
}

/// The turns from the root down to a leaf, true for right.
fn turns(index: usize, size: usize) -> Vec<bool> {
    if size == 1 {
        return Vec::new();
    }
    let k = largest_power_of_two_below(size);
    let right = index >= k;
    let rest = if right { turns(index - k, size - k) } else { turns(index, k) };
    [vec![right], rest].concat()
}

/// The hashes that the parts of a proof stand for, looked up leaf by leaf.
fn resolve(parts: &[Vec<Part>], leaves: &[Hash]) -> Vec<Hash> {
    let range = |part: &Part| (part.index << part.level) as usize..((part.index + 1) << part.level) as usize;
    let hash = |part: &Part| mth(&leaves[range(part)]);
    parts.iter().map(|parts| join(&parts.iter().map(hash).collect::<Vec<_>>())).collect()
}

fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    resolve(&inclusion_parts(index as u64, leaves.len() as u64).expect("a leaf of the tree"), leaves)
}

fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    resolve(&consistency_parts(old as u64, leaves.len() as u64).expect("sizes in order"), leaves)
}

/// Every list of hashes that is a proof with one bit changed, one hash left
/// out, or one hash too many.
fn spoilt(proof: &[Hash]) -> impl Iterator<Item = Vec<Hash>> {
    let flipped = (0..proof.len() * 256).map(|bit| {
        let mut proof = proof.to_vec();
        proof[bit / 256] = flip(&proof[bit / 256], bit % 256);
        proof
    });
    let shorter = (0..proof.len()).map(|i| [&proof[..i], &proof[i + 1..]].concat());
    let longer = (0..=proof.len()).map(|i| [&proof[..i], &[[7; 32]], &proof[i..]].concat());
    flipped.chain(shorter).chain(longer)
}

fn flip(hash: &Hash, bit: usize) -> Hash {
    let mut hash = *hash;
    hash[bit / 8] ^= 1 << (bit % 8);
    hash
}

fn decoded(hashes: &[&str]) -> Vec<Hash> {
    hashes.iter().map(|hash| hex::decode(hash).expect("hex").try_into().expect("32 octets")).collect()
}

#[test]
fn roots_are_those_of_the_reference_vectors() {
    let mut frontier = Frontier::new();
    for (size, leaf) in reference_leaves().into_iter().enumerate() {
        assert_eq!(hex::encode(frontier.root()), ROOTS[size]);
        frontier.push(leaf, |_, _| ());
    }
    assert_eq!(hex::encode(frontier.root()), ROOTS[8]);
    assert_eq!(hex::encode(join(&[])), ROOTS[0]);
}

#[test]
fn audit_paths_are_those_of_the_reference_vectors() {
    let leaves = reference_leaves();
    assert_eq!(inclusion(0, &leaves[..1]), decoded(&[]));
    assert_eq!(inclusion(0, &leaves), decoded(&[LEAF_1, NODE_23, NODE_4567]));
    assert_eq!(inclusion(5, &leaves), decoded(&[LEAF_4, NODE_67, NODE_0123]));
    assert_eq!(inclusion(2, &leaves[..3]), decoded(&[NODE_01]));
    assert_eq!(inclusion(1, &leaves[..5]), decoded(&[LEAF_0, NODE_23, LEAF_4]));
}

#[test]
fn consistency_proofs_are_those_of_the_reference_vectors() {
    let leaves = reference_leaves();
    assert_eq!(consistency(1, &leaves[..1]), decoded(&[]));
    assert_eq!(consistency(1, &leaves), decoded(&[LEAF_1, NODE_23, NODE_4567]));
    assert_eq!(consistency(6, &leaves), decoded(&[NODE_45, NODE_67, NODE_0123]));
    assert_eq!(consistency(2, &leaves[..5]), decoded(&[NODE_23, LEAF_4]));
}

#[test]
fn the_frontier_agrees_with_the_definition_and_hands_out_every_subtree_once() {
    let leaves = numbered_leaves(ALL);
    let mut frontier = Frontier::new();
    let mut seen = std::collections::BTreeSet::new();
    for (i, leaf) in leaves.iter().enumerate() {
        let mut level = 0;
        frontier.push(*leaf, |part, hash| {
            level += 1;
            assert_eq!(part.level, level, "lowest first");
            assert_eq!(((part.index + 1) << part.level) as usize, i + 1, "the leaf is its last");
            assert_eq!(*hash, resolve(&[vec![part]], &leaves)[0]);
            assert!(seen.insert(part));
        });
        assert_eq!(frontier.root(), mth(&leaves[..=i]));
        assert_eq!(frontier.size(), i as u64 + 1);
        assert_eq!(Frontier::at(i as u64 + 1, frontier.hashes().to_vec()).as_ref(), Some(&frontier));
        assert_eq!(Frontier::at(i as u64 + 1, vec![[0; 32]; frontier.hashes().len() + 1]), None);
    }
    assert_eq!(seen.len(), (1..8).map(|level| ALL >> level).sum::<usize>());
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_as_the_definition_says() {
    let leaves = numbered_leaves(ALL);
    for size in 1..=ALL {
        let root = mth(&leaves[..size]);
        for index in 0..size {
            let proof = inclusion(index, &leaves[..size]);
            assert_eq!(proof, path(index, &leaves[..size]), "leaf {index} of {size}");
            assert!(verify_inclusion(&leaves[index], index as u64, size as u64, &proof, &root));
        }
    }
}

#[test]
fn every_pair_of_small_trees_is_proved_as_the_definition_says() {
    let leaves = numbered_leaves(ALL);
    let roots: Vec<Hash> = (0..=ALL).map(|size| mth(&leaves[..size])).collect();
    for new in 1..=ALL {
        for old in 1..=new {
            let proof = consistency(old, &leaves[..new]);
            assert_eq!(proof, subproof(old, &leaves[..new], true), "{old} to {new}");
            assert!(verify_consistency(old as u64, new as u64, &roots[old], &roots[new], &proof));
        }
    }
}

#[test]
fn what_cannot_be_proved_is_refused() {
    let root = empty_root();
    assert_eq!(root_parts(0), []);
    assert_eq!(inclusion_parts(0, 0), None);
    assert_eq!(inclusion_parts(5, 5), None);
    assert_eq!(consistency_parts(0, 5), None);
    assert_eq!(consistency_parts(6, 5), None);
    assert!(!verify_inclusion(&root, 0, 0, &[], &root));
    assert!(!verify_inclusion(&root, 1, 1, &[], &root));
    assert!(!verify_consistency(0, 0, &root, &root, &[]));
    assert!(!verify_consistency(0, 1, &root, &root, &[]));
    assert!(!verify_consistency(2, 1, &root, &root, &[]));
    assert!(!verify_consistency(1, 2, &root, &root, &[]));
    assert!(!verify_consistency(3, 4, &root, &root, &[]));
    assert!(verify_consistency(3, 3, &root, &root, &[]));
    assert!(!verify_consistency(3, 3, &root, &[0; 32], &[]));
    assert!(!verify_consistency(3, 3, &root, &root, &[root]));
}

#[test]
fn a_spoilt_inclusion_proof_fails() {
    let leaves = numbered_leaves(23);
    for size in [1, 2, 3, 4, 6, 7, 8, 13, 16, 23] {
        let root = mth(&leaves[..size]);
        for index in 0..size {
            let (leaf, proof) = (&leaves[index], path(index, &leaves[..size]));
            let holds = |leaf: &Hash, index: usize, size: usize, proof: &[Hash], root: &Hash| {
                verify_inclusion(leaf, index as u64, size as u64, proof, root)
            };
            assert!(spoilt(&proof).all(|proof| !holds(leaf, index, size, &proof, &root)));
            assert!((0..256).all(|bit| !holds(&flip(leaf, bit), index, size, &proof, &root)));
            assert!((0..256).all(|bit| !holds(leaf, index, size, &proof, &flip(&root, bit))));
            assert!((0..40).all(|other| other == index || !holds(leaf, other, size, &proof, &root)));
            // A root says nothing of sizes in which the way to the leaf is the same.
            for other in 0..40 {
                let alike = index < other && turns(index, other) == turns(index, size);
                assert_eq!(holds(leaf, index, other, &proof, &root), alike, "leaf {index} of {size} as of {other}");
            }
        }
    }
}

#[test]
fn a_spoilt_consistency_proof_fails() {
    let leaves = numbered_leaves(23);
    for new in [2, 3, 4, 6, 7, 8, 13, 16, 23] {
        let after = mth(&leaves[..new]);
        for old in 1..=new {
            let (before, proof) = (mth(&leaves[..old]), subproof(old, &leaves[..new], true));
            let holds = |old: usize, before: &Hash, after: &Hash, proof: &[Hash]| {
                verify_consistency(old as u64, new as u64, before, after, proof)
            };
            assert!(spoilt(&proof).all(|proof| !holds(old, &before, &after, &proof)));
            assert!((0..256).all(|bit| !holds(old, &flip(&before, bit), &after, &proof)));
            assert!((0..256).all(|bit| !holds(old, &before, &flip(&after, bit), &proof)));
            assert!((0..40).all(|other| other == old || !holds(other, &before, &after, &proof)), "{old} to {new}");
        }
    }
}

/// The first leaf and the one after the last.
fn span(part: &Part) -> (u128, u128) {
    (u128::from(part.index) << part.level, (u128::from(part.index) + 1) << part.level)
}

/// Whether the parts follow one another without gap from `start` to `end`.
fn tiled(parts: impl IntoIterator<Item = Part>, start: u64, end: u64) -> bool {
    let reached =
        parts.into_iter().try_fold(u128::from(start), |at, part| (span(&part).0 == at).then_some(span(&part).1));
    reached == Some(u128::from(end))
}

/// What every subtree of a level hashes to in a tree of equal leaves, which
/// can be as large as numbers go.
fn equal_levels() -> Vec<Hash> {
    std::iter::successors(Some([9; 32]), |hash| Some(node_hash(hash, hash))).take(64).collect()
}

fn joined(levels: &[Hash], parts: &[Part]) -> Hash {
    join(&parts.iter().map(|part| levels[part.level as usize]).collect::<Vec<_>>())
}

#[test]
fn the_largest_sizes_are_handled() {
    let levels = equal_levels();
    for size in [1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
        assert!(tiled(root_parts(size), 0, size));
        let root = joined(&levels, &root_parts(size));
        for index in [0, 1, size / 2, size - 2, size - 1] {
            let parts = inclusion_parts(index, size).expect("a leaf of the tree");
            let proof: Vec<Hash> = parts.iter().map(|parts| joined(&levels, parts)).collect();
            assert!(verify_inclusion(&levels[0], index, size, &proof, &root), "leaf {index} of {size}");
        }
    }
}

#[test]
#[should_panic(expected = "nobody counts to 2^64 leaves")]
fn a_full_frontier_takes_no_leaf() {
    let mut frontier = Frontier::at(u64::MAX, vec![[0; 32]; 64]).expect("one hash for each bit");
    frontier.push([0; 32], |_, _| ());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn larger_trees_agree_with_the_definition(size in 1usize..6000, at: Index, bit: usize) {
        let leaves = numbered_leaves(size);
        let (index, old) = (at.index(size), at.index(size) + 1);
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.push(*leaf, |_, _| ()));
        let root = mth(&leaves);
        prop_assert_eq!(frontier.root(), root);

        let proof = inclusion(index, &leaves);
        prop_assert_eq!(&proof, &path(index, &leaves));
        prop_assert!(verify_inclusion(&leaves[index], index as u64, size as u64, &proof, &root));
        prop_assert!(!verify_inclusion(&leaves[index], index as u64, size as u64, &proof, &flip(&root, bit % 256)));

        let (before, proof) = (mth(&leaves[..old]), consistency(old, &leaves));
        prop_assert_eq!(&proof, &subproof(old, &leaves, true));
        prop_assert!(verify_consistency(old as u64, size as u64, &before, &root, &proof));
        prop_assert!(!verify_consistency(old as u64, size as u64, &flip(&before, bit % 256), &root, &proof));
    }
}

proptest! {
    #[test]
    fn the_parts_of_any_proof_tile_the_tree(size in 1u64.., at: u64) {
        let (index, old) = (at % size, at % size + 1);
        prop_assert!(tiled(root_parts(size), 0, size));
        let path = inclusion_parts(index, size).expect("a leaf of the tree");
        prop_assert!(path.len() <= 64);
        let mut parts = path.concat();
        parts.push(Part { level: 0, index });
        parts.sort_by_key(span);
        prop_assert!(tiled(parts, 0, size));

        let proof = consistency_parts(old, size).expect("sizes in order");
        prop_assert!(proof.len() <= 65);
        let mut parts = proof.concat();
        parts.sort_by_key(span);
        // A complete old tree is not part of its proof.
        let start = if old == size { size } else if old.is_power_of_two() { old } else { 0 };
        prop_assert!(tiled(parts, start, size));
    }

    #[test]
    fn trees_of_any_size_verify(size in 1u64.., at: u64) {
        let (index, old) = (at % size, at % size + 1);
        let levels = equal_levels();
        let hashes = |parts: Vec<Vec<Part>>| parts.iter().map(|parts| joined(&levels, parts)).collect::<Vec<_>>();
        let (before, root) = (joined(&levels, &root_parts(old)), joined(&levels, &root_parts(size)));
        let proof = hashes(inclusion_parts(index, size).expect("a leaf of the tree"));
        prop_assert!(verify_inclusion(&levels[0], index, size, &proof, &root));
        let proof = hashes(consistency_parts(old, size).expect("sizes in order"));
        prop_assert!(verify_consistency(old, size, &before, &root, &proof));
    }
}
