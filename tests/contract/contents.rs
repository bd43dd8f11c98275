//! The contents of hits: in clear for whoever has the day's key, gone without it,
//! while everything that was proven stays proven.

use super::Bench;
use super::world::*;
use dyepack::ledger::Entry;
use dyepack::ledger::contents::{ContentKey, open_octets, open_words};
use dyepack::model::*;
use dyepack::store::vault;

const DAY: i64 = 86_400;

pub async fn hits_come_in_order_with_their_words<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let mut hits: Vec<Hit> = [3 * DAY, 100, 2 * DAY, 31 * DAY].iter().map(|seconds| copy.hit(*seconds)).collect();
    for hit in &mut hits {
        hit.entry = put(&*store, contact(hit.clone(), "as it came")).await;
    }
    drop(store);

    let store = bench.open().await;
    hits.sort_by_key(|hit| hit.at);
    assert_eq!(store.hits(None).await.expect("hits"), hits);
    assert_eq!(store.hits(Some(at(2 * DAY))).await.expect("hits"), hits[1..]);
    assert_eq!(store.hits(Some(at(2 * DAY + 1))).await.expect("hits"), hits[2..]);
    assert_eq!(store.hit(hits[3].id).await.expect("hit").as_ref(), Some(&hits[3]));
    assert_eq!(store.hit(copy.hit(100).id).await.expect("hit"), None);
    assert_eq!(hits[0].words().text, "your loan is approved 100your loan is approved 100");
}

pub async fn a_content_key_opens_one_hit<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let (one, two) = (copy.hit(100), copy.hit(101));
    let number = put(&*store, contact(one.clone(), "as it came")).await;
    put(&*store, contact(two.clone(), "as it came")).await;
    let key = store.content_key(one.id).await.expect("read").expect("not shredded");
    let pair = store.entries(number, 2).await.expect("read");
    let events: Vec<Event> = pair.iter().map(|octets| Entry::read(octets).expect("an entry").event).collect();
    let [Event::Hit(hit), Event::Evidence { octets: Guarded::Sealed(octets), .. }] = &events[..] else {
        panic!("not a hit and its evidence: {events:?}")
    };
    let Guarded::Sealed(words) = &hit.words else { panic!("the ledger keeps words sealed") };
    assert_eq!(Some(&open_words(&key, words).expect("opens")), one.words.clear());
    assert_eq!(open_octets(&key, octets).expect("opens"), b"as it came");
    let other: ContentKey = store.content_key(two.id).await.expect("read").expect("not shredded");
    assert!(open_words(&other, words).is_err() && open_octets(&other, octets).is_err());
}

pub async fn what_is_shredded_stays_proven_and_unreadable<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let (old, new) = (copy.hit(0), copy.hit(2 * DAY));
    put(&*store, contact(old.clone(), "old octets")).await;
    put(&*store, contact(new.clone(), "new octets")).await;
    let (before, size) = (entries(&*store).await, store.size().await.expect("size"));
    let proven = root(&*store, size).await;
    assert_eq!(store.day_keys().await.expect("keys").len(), 2);

    let first = vault::day_of(old.id);
    assert_eq!(store.shred(first).await.expect("shredded"), 0);
    assert_eq!(store.shred(first + 1).await.expect("shredded"), 1);
    for reopened in [false, true] {
        let store = if reopened { bench.open().await } else { std::sync::Arc::clone(&store) };
        assert_eq!(store.content_key(old.id).await.expect("read"), None);
        let hit = store.hit(old.id).await.expect("read").expect("is there");
        assert!(matches!(hit.words, Guarded::Sealed(_)) && hit.status == HitStatus::Counted);
        let hit = store.hit(new.id).await.expect("read").expect("is there");
        assert_eq!(hit.words, new.words);
        assert!(store.content_key(new.id).await.expect("read").is_some());
        assert_eq!(entries(&*store).await, before);
        assert_eq!((root(&*store, size).await, naive_root(&before)), (proven, proven));
        if !B::SHARED {
            break;
        }
    }
    assert_eq!(store.day_keys().await.expect("keys").len(), 1);
}
