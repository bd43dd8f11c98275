//! Claims: a phone is planted once, a name names one source; and who owns what,
//! however somebody writes it.

use super::world::*;
use super::{Bench, until};
use dyepack::model::*;
use dyepack::store::{Owner, StoreError};
use std::sync::Arc;

fn is_taken<T: std::fmt::Debug>(result: Result<T, StoreError>, what: &str) -> bool {
    matches!(&result, Err(StoreError::Taken(told)) if told.contains(what))
}

pub async fn what_another_batch_holds_is_taken<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    put(&*store, vec![Event::Pool(phone(1, false))]).await;
    let number = store.size().await.expect("size");
    let refused = async |event| store.record(at(20), vec![event]).await;
    assert!(is_taken(refused(Event::Source(source("telecom"))).await, "telecom"));
    assert!(is_taken(refused(Event::Pool(phone(1, true))).await, "pool already"));
    assert!(is_taken(refused(Event::Canary(canary(&copy.release, 0))).await, "planted already"));
    assert_eq!(store.size().await.expect("size"), number);
    // A planted number may be in the pool, and a name may be that of two people.
    let mut namesake = canary(&copy.release, 9);
    namesake.names = copy.canaries[0].names.clone();
    put(&*store, vec![Event::Canary(namesake)]).await;
    assert_eq!(store.owners(&Lookup::name("wang wei0")).await.expect("owners").len(), 2);
}

pub async fn a_canary_keeps_its_contact_points_in_every_release<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..2);
    put(&*store, copy.batch()).await;
    let later = Release { issued_at: at(30), kept: 1, ..release(&copy.source) };
    let first = &copy.canaries[0];
    let again = Canary { release: later.id, location: "row 77".into(), ..first.clone() };
    put(&*store, vec![Event::Release(later.clone()), Event::Canary(again.clone())]).await;
    // Nobody else may have them, nor may it have another's.
    let other = Canary { id: CanaryId::new(at(2), &mut rand::rng()), ..again.clone() };
    assert!(is_taken(store.record(at(40), vec![Event::Canary(other)]).await, "planted already"));
    let greedy = Canary { contact_points: copy.canaries[1].contact_points.clone(), ..again.clone() };
    assert!(is_taken(store.record(at(40), vec![Event::Canary(greedy)]).await, "planted already"));
    drop(store);

    let store = bench.open().await;
    assert_eq!(store.plantings(first.id).await.expect("plantings"), [first.clone(), again.clone()]);
    assert_eq!(store.canaries(later.id).await.expect("canaries"), std::slice::from_ref(&again));
    let of_first = store.canaries(copy.release.id).await.expect("canaries");
    assert!(of_first.len() == 2 && of_first.contains(first), "it looks there as it did");
    let owners = store.owners(&Lookup::point(&first.contact_points[0])).await.expect("owners");
    assert_eq!(owners, [first, &again].map(|c| Owner::Canary(Box::new(c.clone()))));
    assert_eq!(store.release(later.id).await.expect("release"), Some(later));
}

pub async fn what_a_batch_claims_twice_is_taken<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let twice = vec![Event::Source(source("telecom")), Event::Source(source("telecom"))];
    assert!(is_taken(store.record(at(10), twice).await, "telecom"));
    let twice = vec![Event::Pool(phone(1, false)), Event::Pool(phone(2, false)), Event::Pool(phone(1, true))];
    assert!(is_taken(store.record(at(10), twice).await, "pool already"));
    assert_eq!(store.size().await.expect("size"), 0);
}

pub async fn of_two_at_once_exactly_one_wins<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let other = if B::SHARED { bench.open().await } else { Arc::clone(&store) };
    for round in 0..20 {
        let name = format!("source-{round}");
        let tries: Vec<_> = [&store, &other, &store, &other]
            .into_iter()
            .map(|store| {
                let (store, batch) = (Arc::clone(store), vec![Event::Source(source(&name))]);
                tokio::spawn(async move { store.record(at(10), batch).await })
            })
            .collect();
        let mut won = 0;
        for one in tries {
            match one.await.expect("ends") {
                Ok(_) => won += 1,
                Err(error) => assert!(matches!(error, StoreError::Taken(_)), "{error}"),
            }
        }
        assert_eq!(won, 1, "round {round}");
    }
    assert_eq!(store.size().await.expect("size"), 20);
}

pub async fn every_kind_of_owner_is_found_however_a_value_is_written<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 5..6);
    let mut batch = copy.batch();
    batch.extend([Event::Pool(phone(1, false)), Event::Pool(phone(2, true))]);
    put(&*store, batch).await;
    put(&*store, contact(copy.hit(20), "x")).await;
    drop(store);

    let store = bench.open().await;
    let owner = Owner::Canary(Box::new(copy.canaries[0].clone()));
    for text in [
        "+86 138 0000 0005",
        "0086-138-0000-0005",
        "Wang.Wei5+shop@MAIL.example.net",
        "http://elsewhere.example/CODE5X?utm=1",
        "11010519000000005",
        "wang  wei5",
    ] {
        let mut owners = Vec::new();
        for (_, key) in Lookup::guesses(text) {
            owners.extend(store.owners(&key).await.expect("owners"));
        }
        assert_eq!(owners, std::slice::from_ref(&owner), "{text}");
    }
    let of = async |key: Lookup| store.owners(&key).await.expect("owners");
    assert_eq!(of(Lookup::pool(&phone(1, false))).await, [Owner::Pool { control: false }]);
    assert_eq!(of(Lookup::pool(&phone(2, true))).await, [Owner::Pool { control: true }]);
    assert_eq!(of(Lookup::source_name("telecom")).await, [Owner::Source]);
    let dedupe = copy.hit(20).dedupe.expect("has one");
    assert_eq!(of(Lookup::dedupe(&dedupe)).await, [Owner::Contact]);
    assert!(of(Lookup::source_name("registry")).await.is_empty());
    assert!(of(Lookup::pool(&phone(3, false))).await.is_empty());
}

pub async fn of_the_pool_what_was_never_planted_is_free<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let mailbox =
        |n: u32| PoolItem::parse(PoolKind::Mailbox, &format!("Li.Na{n}@qq.example"), false, at(0)).expect("a mailbox");
    let mut batch: Vec<Event> = (0..300).map(|n| Event::Pool(phone(n, n % 10 == 9))).collect();
    batch.extend((0..20).map(|n| Event::Pool(mailbox(n))));
    put(&*store, batch).await;
    let mut copy = Copy::of("telecom", 0..30);
    for (n, canary) in (0..).zip(&mut copy.canaries) {
        canary.contact_points[0].value = phone(n * 10, false).value;
        if n < 5 {
            canary.contact_points[1].value = mailbox(n).value;
        }
    }
    put(&*store, copy.batch()).await;

    let numbers: Vec<PoolItem> = (0..300).filter(|n| n % 10 != 0 && n % 10 != 9).map(|n| phone(n, false)).collect();
    let free = async |kind, limit, seed| store.free(kind, limit, seed).await.expect("read");
    let sorted = |mut items: Vec<PoolItem>| {
        items.sort_by(|a, b| a.value.cmp(&b.value));
        items
    };
    for seed in [0, 7, u64::MAX] {
        assert_eq!(sorted(free(PoolKind::Phone, 1_000, seed).await), numbers, "seed {seed}");
        assert_eq!(free(PoolKind::Mailbox, 1_000, seed).await.len(), 15);
    }
    let some = free(PoolKind::Phone, 40, 1 << 63).await;
    assert_eq!(some.len(), 40);
    assert!(some.iter().all(|item| numbers.contains(item)));
    assert_ne!(sorted(some.clone()), numbers[..40], "not those that were added first");
    assert_ne!(sorted(some), sorted(free(PoolKind::Phone, 40, 1 << 61).await), "another seed, other numbers");
    assert!(free(PoolKind::WebHost, 10, 0).await.is_empty() && free(PoolKind::Phone, 0, 0).await.is_empty());
    assert_eq!(
        store.pool_of(PoolKind::Phone, true).await.expect("read"),
        (0..30).map(|n| phone(n * 10 + 9, true)).collect::<Vec<_>>()
    );
    assert_eq!(store.pool_of(PoolKind::Mailbox, false).await.expect("read"), (0..20).map(mailbox).collect::<Vec<_>>());

    // What was put down under one key and planted under the next is not free.
    store.rotate().await.expect("begun");
    let mut later = Copy::of("registry", 900..901);
    later.canaries[0].contact_points[0].value = phone(1, false).value;
    put(&*store, later.batch()).await;
    assert_eq!(sorted(free(PoolKind::Phone, 1_000, 3).await), numbers[1..]);
    until("all is sealed anew", async || store.rotation().is_none()).await;
    assert_eq!(sorted(free(PoolKind::Phone, 1_000, 3).await), numbers[1..]);
}
