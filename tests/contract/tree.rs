//! The tree over the ledger: what the store keeps of it is what the entries give,
//! and enough to prove anything.

use super::Bench;
use super::world::*;
use dyepack::ledger::entry::leaf_hash;
use dyepack::ledger::tree::{
    Hash, Part, consistency_parts, inclusion_parts, join, verify_consistency, verify_inclusion,
};
use dyepack::model::*;
use dyepack::store::Store;

const SIZE: u64 = 150;

async fn grown<B: Bench>(bench: &B) -> std::sync::Arc<dyn Store> {
    let store = bench.open().await;
    let mut next = 0;
    for length in (1..).take_while(|length| length * (length - 1) / 2 < SIZE as u32) {
        let left = SIZE as u32 - next;
        let batch: Batch = (next..next + length.min(left)).map(|nth| Event::Pool(phone(nth, false))).collect();
        next += length.min(left);
        put(&*store, batch).await;
    }
    assert_eq!(store.size().await.expect("size"), SIZE);
    store
}

pub async fn nodes_join_to_the_root_of_every_size<B: Bench>() {
    let bench = B::fresh().await;
    let store = grown(&bench).await;
    let all = entries(&*store).await;
    for size in 0..=SIZE {
        assert_eq!(root(&*store, size).await, naive_root(&all[..size as usize]), "of {size}");
    }
    for level in 0..7u8 {
        for index in 0..SIZE >> level {
            let node = store.nodes(&[Part { level, index }]).await.expect("node");
            let leaves = (index << level) as usize..((index + 1) << level) as usize;
            assert_eq!(node, [naive_root(&all[leaves])], "level {level}, index {index}");
        }
    }
}

async fn proof(store: &dyn Store, parts: Vec<Vec<Part>>) -> Vec<Hash> {
    let mut proof = Vec::new();
    for part in parts {
        proof.push(join(&store.nodes(&part).await.expect("nodes")));
    }
    proof
}

pub async fn proofs_from_nodes_verify<B: Bench>() {
    let bench = B::fresh().await;
    let store = grown(&bench).await;
    let all = entries(&*store).await;
    for size in [1, 2, 3, 7, 16, 33, 64, 100, SIZE] {
        let root = root(&*store, size).await;
        for index in [0, 1, size / 2, size - 1].into_iter().filter(|index| *index < size) {
            let path = proof(&*store, inclusion_parts(index, size).expect("in the tree")).await;
            let leaf = leaf_hash(&all[index as usize]);
            assert!(verify_inclusion(&leaf, index, size, &path, &root), "{index} of {size}");
        }
        for old in [1, size / 3, size / 2, size - 1, size].into_iter().filter(|old| (1..=size).contains(old)) {
            let path = proof(&*store, consistency_parts(old, size).expect("in the tree")).await;
            let before = super::world::root(&*store, old).await;
            assert!(verify_consistency(old, size, &before, &root, &path), "{old} of {size}");
        }
    }
}
