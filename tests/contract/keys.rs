//! Sealing keys: what they hide, that they can be replaced while the store works,
//! and that a store opens with its own key file only.

use super::world::*;
use super::{Bench, until};
use dyepack::model::*;
use dyepack::store::keys::Keys;
use dyepack::store::{Owner, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A store with a little of everything, and what it answers.
async fn furnished(store: &dyn Store) -> (Copy, Vec<String>) {
    let copy = Copy::of("telecom", 0..800);
    put(store, copy.batch()).await;
    put(store, contact(copy.hit(100), "as it came")).await;
    put(store, contact(copy.hit(200_000), "as it came")).await;
    put(store, vec![Event::Pool(phone(1, true)), Event::Token { token: token("t"), secret_hash: "s1".into() }]).await;
    let answers = answers(store).await;
    (copy, answers)
}

fn keys_of<B: Bench>(bench: &B) -> Keys {
    Keys::read(&bench.key_file()).expect("a key file")
}

pub async fn everything_is_readable_while_and_after_keys_are_rotated<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let (copy, before) = furnished(&*store).await;
    let old = tempfile::tempdir().expect("a directory");
    std::fs::copy(bench.key_file(), old.path().join("key")).expect("copied");
    let gone = store.keys().ids();

    let id = store.rotate().await.expect("begun");
    assert_eq!(store.keys().ids()[0], id);
    let canary = &copy.canaries[700];
    let mut rounds = 0;
    until("everything is sealed anew", async || {
        rounds += 1;
        let owners = store.owners(&Lookup::point(&canary.contact_points[1])).await.expect("owners");
        assert_eq!(owners, [Owner::Canary(Box::new(canary.clone()))], "round {rounds}");
        assert!(store.token("s1").await.expect("token").is_some());
        assert_eq!(store.hits(None).await.expect("hits").len(), 2);
        let again = vec![Event::Canary(self::canary(&copy.release, 3))];
        assert!(matches!(store.record(at(20), again).await, Err(StoreError::Taken(_))));
        store.rotation().is_none()
    })
    .await;
    assert_eq!(answers(&*store).await, before);
    assert_eq!((store.retired(), store.retired()), (gone, vec![]));
    assert_eq!((store.keys().ids(), keys_of(&bench).ids()), (vec![id], vec![id]));
    put(&*store, vec![Event::Source(source("registry"))]).await;
    drop(store);

    let raw = bench.raw().await;
    let key = Keys::read(&old.path().join("key")).expect("read");
    // Where there are many of them, the first ten octets of a hash are kept.
    let hash = |key: &Keys| key.lookup(Lookup::point(&canary.contact_points[0]).as_bytes())[..10].to_vec();
    assert!(!contains(&raw, &hash(&key)));
    assert!(contains(&raw, &hash(&keys_of(&bench))));
    if let Ok(opened) = bench.open_with(key).await {
        assert!(opened.entries(0, 1).await.is_err() && opened.sources().await.is_err());
        assert!(opened.record(at(20), vec![Event::Pool(phone(9, false))]).await.is_err());
    }
    let store = bench.open().await;
    assert!(matches!(store.record(at(20), copy.batch()).await, Err(StoreError::Taken(_))));
    assert_eq!(store.canaries(copy.release.id).await.expect("canaries").len(), 800);
}

pub async fn what_is_recorded_while_keys_are_rotated_is_readable_after<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3u32)
        .map(|writer| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for n in 0.. {
                    // Some are under way whenever the key changes, but the rotation is to get ahead.
                    let batch: Vec<Event> =
                        (0..40).map(|i| Event::Pool(phone(writer * 1_000_000 + n * 40 + i, false))).collect();
                    if store.record(at(10), batch.clone()).await.is_ok() {
                        taken.extend(batch);
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(40)).await;
                    if stop.load(Ordering::Relaxed) {
                        return taken;
                    }
                }
                taken
            })
        })
        .collect();
    for _ in 0..2 {
        let before = store.size().await.expect("size");
        until("something is recorded", async || store.size().await.is_ok_and(|size| size > before + 200)).await;
        store.rotate().await.expect("begun");
        until("everything is sealed anew", async || store.rotation().is_none()).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut taken = Vec::new();
    for writer in writers {
        taken.extend(writer.await.expect("a writer"));
    }
    drop(store);
    let store = bench.open().await;
    assert_eq!(store.keys().ids().len(), 1);
    assert_eq!(store.pool().await.expect("all of it opens").len(), taken.len());
    for event in taken.iter().step_by(97) {
        let Event::Pool(item) = event else { continue };
        assert_eq!(store.owners(&Lookup::pool(item)).await.expect("owners").len(), 1, "{} is lost", item.value);
    }
}

pub async fn a_rotation_that_was_cut_off_goes_on<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let (_copy, before) = furnished(&*store).await;
    drop(store);
    // As it lies there when the program ends right after the new key was written.
    let id = keys_of(&bench).add().expect("added");
    let store = bench.open().await;
    until("the rotation is finished", async || keys_of(&bench).ids() == [id]).await;
    until("it is told so", async || store.rotation().is_none()).await;
    assert_eq!(answers(&*store).await, before);
    assert!(store.rotate().await.is_ok(), "and the next one can begin");
}

pub fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

pub async fn nothing_is_readable_without_the_key<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..3);
    put(&*store, copy.batch()).await;
    put(&*store, contact(copy.hit(100), "the octets as they came")).await;
    put(&*store, vec![Event::Pool(phone(42, false)), Event::Case(case(&copy.source))]).await;
    put(&*store, vec![Event::Token { token: token("t"), secret_hash: "5ec4e7".repeat(8) }]).await;
    store.rotate().await.expect("begun");
    until("everything is sealed anew", async || store.rotation().is_none()).await;
    drop(store);
    let raw = bench.raw().await;
    assert!(raw.len() > 1_000, "that is not the whole store");
    for secret in [
        "telecom",
        "Wang",
        "13800000001",
        "13900000042",
        "mail.example.net",
        "news.example.net",
        "code1x",
        "11010519",
        "your loan",
        "+8610086",
        "as they came",
        "called the registry",
        "5ec4e75ec4e7",
        "message 100",
        "row 1",
    ] {
        assert!(!contains(&raw, secret.as_bytes()), "{secret:?} lies open");
    }
}

pub async fn another_key_file_is_refused<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    put(&*store, Copy::of("telecom", 0..1).batch()).await;
    drop(store);
    let refused = bench.open_with(Keys::derive(&[9; 32])).await.err();
    assert!(matches!(refused, Some(StoreError::WrongKey { .. })), "{refused:?}");
    let store: Arc<dyn Store> = bench.open().await;
    assert_eq!(store.size().await.expect("size"), 3);
}

pub async fn a_newer_store_is_refused<B: Bench>() {
    let bench = B::fresh().await;
    drop(bench.open().await);
    bench.make_newer().await;
    let refused = bench.open_with(keys_of(&bench)).await.err();
    assert!(matches!(refused, Some(StoreError::Newer { .. })), "{refused:?}");
}
