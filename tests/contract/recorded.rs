//! What is recorded is there: in order, whole, in its newest state, whoever
//! recorded it.

use super::world::*;
use super::{Bench, until};
use dyepack::ledger::Entry;
use dyepack::model::*;
use dyepack::store::{StoreError, Subject};
use std::collections::BTreeSet;
use std::sync::Arc;

pub async fn events_are_there_after_reopening_with_numbers_in_order<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    assert_eq!((store.size().await.expect("size"), store.opened().entries), (0, 0));
    let copy = Copy::of("telecom", 0..3);
    assert_eq!(put(&*store, copy.batch()).await, 0);
    assert_eq!(put(&*store, vec![Event::Pool(phone(1, false)), Event::Pool(phone(2, true))]).await, 5);
    drop(store);

    let store = bench.open().await;
    assert_eq!(store.opened().entries, 7);
    assert_eq!(store.opened().last_at, Some(at(10)));
    assert_eq!(store.sources().await.expect("sources"), std::slice::from_ref(&copy.source));
    assert_eq!(store.release(copy.release.id).await.expect("release"), Some(copy.release.clone()));
    assert_eq!(store.pool().await.expect("pool"), [phone(1, false), phone(2, true)]);
    let mut canaries = copy.canaries.clone();
    canaries.sort_by_key(|canary| canary.id);
    assert_eq!(store.canaries(copy.release.id).await.expect("canaries"), canaries);
    assert_eq!(store.plantings(canaries[1].id).await.expect("plantings"), [canaries[1].clone()]);
    let read: Vec<Event> = entries(&*store).await.iter().map(|o| Entry::read(o).expect("an entry").event).collect();
    assert_eq!(read[..5], copy.batch());
    assert_eq!(store.entries(6, 10).await.expect("read").len(), 1);
    assert!(store.entries(7, 10).await.expect("read").is_empty());
}

pub async fn a_batch_is_recorded_as_a_whole_or_not_at_all<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    put(&*store, vec![Event::Pool(phone(7, false))]).await;
    let mut batch = Copy::of("telecom", 0..3).batch();
    batch.push(Event::Pool(phone(7, false)));
    assert!(matches!(store.record(at(20), batch).await, Err(StoreError::Taken(_))));
    for store in [Arc::clone(&store)] {
        assert_eq!(store.size().await.expect("size"), 1);
        assert!(store.sources().await.expect("sources").is_empty());
        assert!(store.releases().await.expect("releases").is_empty());
        assert!(store.owners(&Lookup::name("Wang Wei1")).await.expect("owners").is_empty());
    }
    assert_eq!(put(&*store, Copy::of("telecom", 0..3).batch()).await, 1);
}

pub async fn the_newest_entry_of_an_id_is_its_state<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let mut copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let mut case = case(&copy.source);
    let mut alert = alert(&copy.source, copy.hit(20).id, 20);
    put(&*store, vec![Event::Case(case.clone()), Event::Alert(alert.clone())]).await;

    copy.release.state = ReleaseState::Planted;
    copy.release.planted_at = Some(at(30));
    let issued_again = Event::Release(copy.release.clone());
    copy.release.state = ReleaseState::Withdrawn;
    copy.source.name = Name::parse("telecom-north").expect("a name");
    (case.outcome, case.closed_at) = (Some(case::Outcome::Expected), Some(at(31)));
    (alert.state, alert.attempts) = (AlertState::GivenUp, 3);
    let later = vec![
        issued_again,
        Event::Release(copy.release.clone()),
        Event::Source(copy.source.clone()),
        Event::Case(case.clone()),
        Event::Alert(alert.clone()),
    ];
    put(&*store, later).await;
    drop(store);

    let store = bench.open().await;
    assert_eq!(store.sources().await.expect("sources"), std::slice::from_ref(&copy.source));
    assert_eq!(store.releases().await.expect("releases"), [copy.release.clone()]);
    assert_eq!(store.release(copy.release.id).await.expect("release"), Some(copy.release.clone()));
    assert_eq!(store.cases().await.expect("cases"), [case.clone()]);
    assert_eq!(store.case(case.id).await.expect("case"), Some(case));
    assert_eq!(store.alerts().await.expect("alerts"), [alert]);
}

pub async fn entries_of_a_subject_are_all_its_states<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let mut copy = Copy::of("telecom", 0..2);
    put(&*store, copy.batch()).await;
    let hit = copy.hit(20);
    let number = put(&*store, contact(hit.clone(), "as it came")).await;
    copy.release.state = ReleaseState::Planted;
    let planted = put(&*store, vec![Event::Release(copy.release.clone())]).await;

    let of = async |subject| store.entries_of(subject).await.expect("numbers");
    assert_eq!(of(Subject::Source(copy.source.id)).await, [0]);
    assert_eq!(of(Subject::Release(copy.release.id)).await, [1, planted]);
    assert_eq!(of(Subject::Canary(copy.canaries[1].id)).await, [3]);
    assert_eq!(of(Subject::Hit(hit.id)).await, [number]);
    assert!(of(Subject::Hit(copy.hit(20).id)).await.is_empty());
    let evidence = &store.entries(number + 1, 1).await.expect("read")[0];
    let event = Entry::read(evidence).expect("an entry").event;
    assert!(matches!(event, Event::Evidence { hit: of, .. } if of == hit.id), "{event:?}");
}

pub async fn sixty_four_writers_at_once_lose_nothing<B: Bench>() {
    const EACH: u32 = 8;
    let bench = B::fresh().await;
    let store = bench.open().await;
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for nth in 0..EACH {
                    let item = Event::Pool(phone(writer * EACH + nth, false));
                    numbers.push(store.record(at(10), vec![item]).await.expect("recorded"));
                }
                numbers
            })
        })
        .collect();
    let mut numbers = BTreeSet::new();
    for writer in writers {
        let own = writer.await.expect("ends");
        assert!(own.is_sorted(), "each writer's entries stand in its order");
        numbers.extend(own);
    }
    assert!(numbers.into_iter().eq(0..u64::from(64 * EACH)));
    drop(store);
    let store = bench.open().await;
    assert_eq!(store.pool().await.expect("pool").len(), 64 * EACH as usize);
    assert_eq!(root(&*store, u64::from(64 * EACH)).await, naive_root(&entries(&*store).await));
}

pub async fn five_thousand_canaries_are_one_batch<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..5_000);
    assert_eq!(put(&*store, copy.batch()).await, 0);
    assert_eq!(store.size().await.expect("size"), 5_002);
    let found = store.canaries(copy.release.id).await.expect("canaries");
    assert_eq!(found.len(), 5_000);
    let last = &copy.canaries[4_999];
    let owners = store.owners(&Lookup::point(&last.contact_points[0])).await.expect("owners");
    assert_eq!(owners, [dyepack::store::Owner::Canary(Box::new(last.clone()))]);
    let again = vec![Event::Canary(canary(&copy.release, 4_999))];
    assert!(matches!(store.record(at(20), again).await, Err(StoreError::Taken(_))));
}

pub async fn cases_judgements_and_tokens_are_found<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    let case = case(&copy.source);
    let mut token = token("auditor-1");
    let made = Event::Token { token: token.clone(), secret_hash: "00ff".into() };
    let mut batch = copy.batch();
    batch.extend([Event::Case(case.clone()), made, Event::Judgement(judgement(&copy.source, 1, 20))]);
    batch.push(Event::Judgement(judgement(&copy.source, 2, 30)));
    put(&*store, batch).await;
    let made = token.clone();
    token.revoked_at = Some(at(40));
    put(&*store, vec![Event::Token { token: token.clone(), secret_hash: String::new() }]).await;

    assert_eq!(store.case(case.id).await.expect("case"), Some(case));
    assert_eq!(store.judgements().await.expect("judgements"), [judgement(&copy.source, 2, 30)]);
    assert_eq!(store.tokens().await.expect("tokens"), [token]);
    assert_eq!(store.token("00ff").await.expect("token"), Some(made));
    assert_eq!(store.token("00fe").await.expect("token"), None);
    assert_eq!(store.token("").await.expect("token"), None);
}

pub async fn two_openers_see_each_other_or_the_second_is_refused<B: Bench>() {
    let bench = B::fresh().await;
    let one = bench.open().await;
    if !B::SHARED {
        let keys = dyepack::store::keys::Keys::read(&bench.key_file()).expect("a key file");
        assert!(matches!(bench.open_with(keys).await.err(), Some(StoreError::InUse { .. })));
        return;
    }
    let two = bench.open().await;
    for (here, there, name) in [(&one, &two, "from-one"), (&two, &one, "from-two")] {
        let mut changes = there.changes();
        let seen = *changes.borrow_and_update();
        put(&**here, vec![Event::Source(source(name))]).await;
        let rise = tokio::time::timeout(std::time::Duration::from_secs(10), changes.changed());
        rise.await.expect("the other is told").expect("the store is open");
        assert!(*changes.borrow() > seen);
        until("its record is seen", async || {
            there.sources().await.expect("sources").iter().any(|s| s.name.as_str() == name)
        })
        .await;
    }
}
