//! Restoring: entries taken over octet by octet make a store that answers and
//! proves the same.

use super::Bench;
use super::world::*;
use dyepack::model::*;
use dyepack::store::Store;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// A store that took over what another one holds.
async fn restored<B: Bench>(bench: &B, store: &dyn Store, portion: usize) -> (B, Arc<dyn Store>) {
    let all = entries(store).await;
    let other = B::fresh_like(bench).await;
    let copy = other.open().await;
    for some in all.chunks(portion) {
        copy.adopt(some.to_vec()).await.expect("adopted");
    }
    copy.adopt_day_keys(store.day_keys().await.expect("keys")).await.expect("adopted");
    assert_eq!(entries(&*copy).await, all);
    (other, copy)
}

pub async fn entries_are_the_same_octets_and_answer_the_same<B: Bench>() {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let copy = Copy::of("telecom", 0..20);
    put(&*store, copy.batch()).await;
    put(&*store, contact(copy.hit(100), "as it came")).await;
    put(&*store, contact(copy.hit(90_000), "as it came")).await;
    let token = token("auditor-1");
    let revoked = Token { revoked_at: Some(at(50)), ..token.clone() };
    put(
        &*store,
        vec![
            Event::Case(case(&copy.source)),
            Event::Alert(alert(&copy.source, copy.hit(100).id, 100)),
            Event::Judgement(judgement(&copy.source, 3, 100)),
            Event::Token { token, secret_hash: "s1".into() },
            Event::Token { token: revoked, secret_hash: String::new() },
            Event::Revealed { by: "auditor-1".into(), what: "审计 \"x\"\u{7}".into() },
            Event::Excluded { by: "seeder-1".into(), release: copy.release.id, digests: 7, filter: "00".into() },
            Event::Head { note: "n".into(), stamp: None },
            Event::Key { id: "00".into(), by: "duty".into(), what: KeyChange::Added },
            Event::Shredded { before: at(0), days: 0 },
        ],
    )
    .await;
    let before = answers(&*store).await;
    let (other, restored) = restored(&bench, &*store, 7).await;
    assert_eq!(answers(&*restored).await, before);
    drop(restored);
    let restored = other.open().await;
    assert_eq!(answers(&*restored).await, before);
    assert_eq!(restored.opened().entries, store.size().await.expect("size"));
    // The work that was left is left.
    let claim = restored.claim_alert("duty", at(200), at(300)).await.expect("asked");
    assert!(matches!(claim, dyepack::store::Claim::Ours(_)), "{claim:?}");
    // And it goes on where the other ended.
    assert_eq!(put(&*restored, vec![Event::Pool(phone(1, false))]).await, store.size().await.expect("size"));
    let again = restored.record(at(20), vec![Event::Source(source("telecom"))]).await;
    assert!(matches!(again, Err(dyepack::store::StoreError::Taken(_))));
}

/// What may happen next in a random history.
#[derive(Debug, Clone)]
enum Step {
    Planted(u8),
    Hit(u8, u32),
    Judged(u8),
    Alerted(u8),
    Token(u8),
    Pool(bool),
    Case(u8),
    Withdrawn(u8),
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        (0..4u8).prop_map(Step::Planted),
        (any::<u8>(), 0..400_000u32).prop_map(|(of, seconds)| Step::Hit(of, seconds)),
        any::<u8>().prop_map(Step::Judged),
        any::<u8>().prop_map(Step::Alerted),
        (1..4u8).prop_map(Step::Token),
        any::<bool>().prop_map(Step::Pool),
        any::<u8>().prop_map(Step::Case),
        any::<u8>().prop_map(Step::Withdrawn),
    ];
    proptest::collection::vec(proptest::collection::vec(step, 1..6), 1..12)
}

/// Turns steps into events that a store takes.
#[derive(Default)]
struct History {
    copies: Vec<Copy>,
    planted: u32,
    phones: u32,
}

impl History {
    fn events(&mut self, step: &Step) -> Batch {
        if let Step::Planted(canaries) = step {
            let range = self.planted..self.planted + u32::from(*canaries) + 1;
            self.copies.push(Copy::of(&format!("source-{}", self.planted), range.clone()));
            self.planted = range.end;
            return self.copies.last().map(Copy::batch).unwrap_or_default();
        }
        let copies = self.copies.len();
        let of = |nth: &u8| (copies > 0).then(|| usize::from(*nth) % copies.max(1));
        match step {
            Step::Hit(nth, seconds) => {
                of(nth).map(|c| contact(self.copies[c].hit(i64::from(*seconds)), "octets")).unwrap_or_default()
            }
            Step::Judged(nth) => {
                of(nth).map(|c| vec![Event::Judgement(judgement(&self.copies[c].source, 1, 7))]).unwrap_or_default()
            }
            Step::Alerted(nth) => {
                let alerted = |c: usize| alert(&self.copies[c].source, self.copies[c].hit(1).id, 9);
                of(nth).map(|c| vec![Event::Alert(alerted(c))]).unwrap_or_default()
            }
            Step::Case(nth) => of(nth).map(|c| vec![Event::Case(case(&self.copies[c].source))]).unwrap_or_default(),
            Step::Withdrawn(nth) => of(nth).map(|c| vec![self.withdrawn(c)]).unwrap_or_default(),
            Step::Token(nth) => {
                vec![Event::Token { token: token(&format!("token-{nth}")), secret_hash: format!("s{nth}") }]
            }
            Step::Pool(control) => {
                self.phones += 1;
                vec![Event::Pool(phone(self.phones, *control))]
            }
            Step::Planted(_) => Vec::new(),
        }
    }

    fn withdrawn(&mut self, nth: usize) -> Event {
        self.copies[nth].release.state = ReleaseState::Withdrawn;
        Event::Release(self.copies[nth].release.clone())
    }
}

async fn survives<B: Bench>(batches: Vec<Vec<Step>>) {
    let bench = B::fresh().await;
    let store = bench.open().await;
    let mut history = History::default();
    for batch in batches {
        let events: Batch = batch.iter().flat_map(|step| history.events(step)).collect();
        if !events.is_empty() {
            put(&*store, events).await;
        }
    }
    let before = answers(&*store).await;
    let (_other, restored) = restored(&bench, &*store, 5).await;
    assert_eq!(answers(&*restored).await, before);
    let all = entries(&*store).await;
    assert_eq!(root(&*restored, all.len() as u64).await, naive_root(&all));
}

pub async fn any_store_survives_being_restored<B: Bench>() {
    let mut runner =
        TestRunner::new(Config { cases: 12, failure_persistence: None, max_shrink_iters: 60, ..Config::default() });
    let tried = block_in_place(|| {
        runner.run(&steps(), |batches| {
            Handle::current().block_on(survives::<B>(batches));
            Ok(())
        })
    });
    tried.unwrap_or_else(|failed| panic!("{failed}"));
}
