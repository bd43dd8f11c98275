//! Shared work: news to be judged, alerts to be sent, tasks; each is had by one
//! at a time, and comes back when its time is over.

use super::Bench;
use super::world::*;
use dyepack::model::*;
use dyepack::store::{Claim, Store};
use jiff::SignedDuration;
use std::sync::Arc;

const QUIET: SignedDuration = SignedDuration::from_secs(60);

async fn news(store: &dyn Store, now: i64) -> Claim<News> {
    store.claim_news(at(now), QUIET, at(now + 30)).await.expect("asked")
}

async fn due(store: &dyn Store, now: i64) -> Claim<Alert> {
    store.claim_alert("duty", at(now), at(now + 30)).await.expect("asked")
}

pub async fn news_rest_until_they_are_due<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    assert_eq!(news(&*store, 0).await, Claim::Nothing);
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    assert_eq!(news(&*store, 0).await, Claim::Nothing, "nothing arrived");
    let newest = put(&*store, contact(copy.hit(100), "x")).await;
    assert_eq!(news(&*store, 100).await, Claim::Ours(News { source: copy.source.id, newest }));
    assert_eq!(news(&*store, 110).await, Claim::Later(at(130)), "somebody has them");
    assert!(matches!(news(&*store, 130).await, Claim::Ours(_)), "he did not come back");

    put(&*store, vec![Event::Judgement(judgement(&copy.source, newest, 140))]).await;
    assert_eq!(news(&*store, 141).await, Claim::Nothing, "judged");
    let newest = put(&*store, contact(copy.hit(150), "x")).await;
    assert_eq!(news(&*store, 150).await, Claim::Later(at(200)), "not so soon after the last judgement");
    assert_eq!(news(&*store, 200).await, Claim::Ours(News { source: copy.source.id, newest }));
    // What arrives while it is judged was not considered.
    let newer = put(&*store, contact(copy.hit(201), "x")).await;
    put(&*store, vec![Event::Judgement(judgement(&copy.source, newest, 202))]).await;
    assert_eq!(news(&*store, 203).await, Claim::Later(at(262)));
    assert_eq!(news(&*store, 262).await, Claim::Ours(News { source: copy.source.id, newest: newer }));
}

pub async fn news_are_taken_by_one<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let other = if B::SHARED { bench.open().await } else { Arc::clone(&store) };
    for nth in 0..10 {
        let copy = Copy::of(&format!("source-{nth}"), nth..nth + 1);
        put(&*store, copy.batch()).await;
        put(&*store, contact(copy.hit(100), "x")).await;
    }
    let workers: Vec<_> = [&store, &other, &store, &other]
        .into_iter()
        .map(|store| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                // The one who finds nothing to take may have met another in the act.
                for _ in 0..20 {
                    if let Claim::Ours(news) = news(&*store, 100).await {
                        taken.push(news.source);
                    }
                }
                taken
            })
        })
        .collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.expect("ends"));
    }
    let all = taken.len();
    taken.sort();
    taken.dedup();
    assert_eq!((all, taken.len()), (10, 10));
}

pub async fn only_counted_hits_are_news<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    for (nth, status) in
        [HitStatus::Duplicate, HitStatus::Expected, HitStatus::Drill, HitStatus::Late, HitStatus::Stray]
            .into_iter()
            .enumerate()
    {
        put(&*store, contact(Hit { status, ..copy.hit(100 + nth as i64) }, "x")).await;
    }
    put(&*store, contact(Hit { source: None, canary: None, release: None, ..copy.hit(120) }, "x")).await;
    assert_eq!(news(&*store, 200).await, Claim::Nothing);
}

pub async fn a_hit_is_news_of_everybody_who_holds_the_canary<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let (copy, other) = (Copy::of("telecom", 0..1), Copy::of("registry", 1..2));
    put(&*store, copy.batch()).await;
    put(&*store, other.batch()).await;
    let shared = Hit { also: vec![other.source.id], ..copy.hit(20) };
    put(&*store, contact(shared, "x")).await;
    let mut told = Vec::new();
    while let Claim::Ours(news) = news(&*store, 30).await {
        told.push(news.source);
    }
    told.sort();
    let mut both = vec![copy.source.id, other.source.id];
    both.sort();
    assert_eq!(told, both);
}

pub async fn an_alert_is_taken_by_one<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let other = if B::SHARED { bench.open().await } else { Arc::clone(&store) };
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    for round in 0..20 {
        let mut alert = alert(&copy.source, copy.hit(20).id, 20);
        put(&*store, vec![Event::Alert(alert.clone())]).await;
        let ask = |store: &Arc<dyn Store>| {
            let store = Arc::clone(store);
            tokio::spawn(async move { due(&*store, 30).await })
        };
        let (one, two) = (ask(&store), ask(&other));
        let answers = [one.await.expect("ends"), two.await.expect("ends")];
        let had = answers.iter().filter(|claim| **claim == Claim::Ours(alert.clone())).count();
        let later = answers.iter().filter(|claim| matches!(claim, Claim::Later(_))).count();
        assert_eq!((had, later), (1, 1), "round {round}: {answers:?}");
        (alert.state, alert.attempts) = (AlertState::Delivered, 1);
        put(&*store, vec![Event::Alert(alert)]).await;
        assert_eq!(due(&*store, 30).await, Claim::Nothing);
    }
}

pub async fn an_alert_waits_until_it_is_due_or_its_claim_ends<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let mut alert = alert(&copy.source, copy.hit(20).id, 20);
    alert.due_at = at(50);
    put(&*store, vec![Event::Alert(alert.clone())]).await;
    assert_eq!(store.claim_alert("other", at(60), at(90)).await.expect("asked"), Claim::Nothing);
    assert_eq!(due(&*store, 49).await, Claim::Later(at(50)));
    assert_eq!(due(&*store, 50).await, Claim::Ours(alert.clone()));
    assert_eq!(due(&*store, 79).await, Claim::Later(at(80)));
    assert_eq!(due(&*store, 80).await, Claim::Ours(alert.clone()), "whoever had it did not come back");
    store.give_back(alert.id).await.expect("given back");
    assert_eq!(due(&*store, 81).await, Claim::Ours(alert.clone()));
    // Recorded anew, it is nobody's: here, to be tried again later.
    (alert.due_at, alert.attempts) = (at(300), 1);
    put(&*store, vec![Event::Alert(alert.clone())]).await;
    assert_eq!(due(&*store, 82).await, Claim::Later(at(300)));
    let mut earlier = self::alert(&copy.source, copy.hit(21).id, 21);
    earlier.due_at = at(90);
    put(&*store, vec![Event::Alert(earlier.clone())]).await;
    assert_eq!(due(&*store, 82).await, Claim::Later(at(90)));
    assert_eq!(due(&*store, 301).await, Claim::Ours(earlier), "the one that waited longest");
    assert_eq!(due(&*store, 301).await, Claim::Ours(alert));
}

pub async fn the_outbox_tells_of_the_newest_alert<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..1);
    put(&*store, copy.batch()).await;
    let outbox = async |now| store.outbox("duty", copy.source.id, at(now)).await.expect("asked");
    assert_eq!((outbox(20).await.last, outbox(20).await.in_flight), (None, false));
    let mut first = alert(&copy.source, copy.hit(20).id, 20);
    put(&*store, vec![Event::Alert(first.clone())]).await;
    assert_eq!((outbox(20).await.last, outbox(20).await.in_flight), (Some(first.clone()), false));
    assert!(matches!(due(&*store, 30).await, Claim::Ours(_)));
    assert!(outbox(31).await.in_flight && !outbox(60).await.in_flight);
    first.state = AlertState::Delivered;
    put(&*store, vec![Event::Alert(first.clone())]).await;
    assert_eq!((outbox(31).await.last, outbox(31).await.in_flight), (Some(first.clone()), false));
    let second = alert(&copy.source, copy.hit(40).id, 40);
    put(&*store, vec![Event::Alert(second.clone())]).await;
    assert_eq!(outbox(41).await.last, Some(second));
    let elsewhere = store.outbox("other", copy.source.id, at(41)).await.expect("asked");
    assert_eq!(elsewhere.last, None);
}

pub async fn a_task_is_of_one_until_its_time_is_over<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let claim = async |task, now, until| store.claim_task(task, at(now), at(until)).await.expect("asked");
    assert!(claim("head", 0, 60).await);
    assert!(!claim("head", 59, 100).await);
    assert!(claim("shred", 59, 100).await);
    assert!(claim("head", 60, 100).await);
    assert!(!claim("head", 61, 100).await);
}
