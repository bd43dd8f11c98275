//! What a judgement over shared canaries must hold to: nobody is named for what
//! another may have leaked just as well.

use super::*;
use crate::attribution::Silence;
use crate::attribution::verdict::{Counted, Listening};
use crate::model::{CanaryId, Channel, ReleaseId, Time};
use proptest::prelude::*;

fn day(n: f64) -> Time {
    Time::from_microsecond((1_800_000_000.0 * 1e6 + n * 86_400e6) as i64).expect("in range")
}

fn source(n: u8) -> SourceId {
    SourceId::from_octets([n; 16])
}

fn judge() -> Judge {
    Judge {
        prior: 0.02,
        accuse_at: 0.99,
        controls: [(Channel::Sms, Silence { points: 10, days: 600.0, events: 0 })].into(),
        diallers: BTreeSet::new(),
        reached: HashMap::new(),
        monitored: 60,
        now: day(60.0),
    }
}

fn hit(n: u8, canary: u8, campaign: u8, confirmed: bool) -> Counted {
    Counted {
        hit: HitId::from_octets([n; 16]),
        at: day(40.0 + f64::from(n) / 10.0),
        channel: Channel::Sms,
        canary: CanaryId::from_octets([canary; 16]),
        release: ReleaseId::from_octets([1; 16]),
        since: day(0.0),
        campaign: HitId::from_octets([campaign; 16]),
        confirmed,
    }
}

fn evidence(of: u8, hits: Vec<Counted>) -> Evidence {
    let release = ReleaseId::from_octets([of; 16]);
    let releases = vec![Listening { release, since: day(0.0), canaries: 20, points: 20 }];
    Evidence { source: source(of), label: format!("office {of}"), releases, hits, ..Evidence::default() }
}

/// Offices 1 and 2 share twenty canaries, and hold twenty each alone.
fn verdicts(own: Vec<Counted>, shared: Vec<Counted>) -> Vec<Verdict> {
    let shared = SharedEvidence { holders: vec![source(1), source(2)], evidence: evidence(0, shared) };
    judge().judge_all(&[evidence(1, own), evidence(2, Vec::new()), evidence(3, Vec::new())], &[shared])
}

fn named(n: u8) -> Vec<Counted> {
    (0..n).map(|n| hit(100 + n, 100 + n, 100 + n, true)).collect()
}

proptest! {
    #[test]
    fn what_two_hold_accuses_neither(n in 1u8..20, one_campaign: bool) {
        let mut hits = named(n);
        if one_campaign {
            hits.iter_mut().for_each(|h| h.campaign = HitId::from_octets([100; 16]));
        }
        let verdicts = verdicts(Vec::new(), hits);
        prop_assert!(verdicts.iter().all(|v| !v.accused), "{verdicts:?}");
        prop_assert!((verdicts[0].probability - verdicts[1].probability).abs() < 1e-9);
        prop_assert!(verdicts[0].probability < 0.6 && verdicts[2].probability < 0.02);
    }
}

#[test]
fn what_two_hold_says_that_one_of_them_leaked() {
    let verdicts = verdicts(Vec::new(), named(4));
    assert!(verdicts[0].probability > 0.45, "{:?}", verdicts[0]);
    assert!(verdicts[0].because.iter().any(|b| b.contains("shares with office 2") && b.contains("not which")));
}

#[test]
fn what_one_holds_alone_tells_them_apart() {
    for own in [vec![hit(1, 1, 1, true)], vec![hit(1, 1, 1, true), hit(2, 2, 2, true)]] {
        let verdicts = verdicts(own, named(4));
        assert!(verdicts[0].accused && verdicts[0].probability > 0.99, "{:?}", verdicts[0]);
        assert!(!verdicts[1].accused && verdicts[1].probability < 0.1, "{:?}", verdicts[1]);
    }
    // One call that names nobody may be chance, and then the other leaked.
    let chance = verdicts(vec![hit(1, 1, 1, false)], named(4));
    assert!(chance.iter().all(|v| !v.accused), "{chance:?}");
}

#[test]
fn a_campaign_that_reached_both_kinds_counts_once() {
    let campaign = |mut hit: Counted| {
        hit.campaign = HitId::from_octets([7; 16]);
        hit
    };
    let own: Vec<Counted> = (1..4).map(|n| campaign(hit(n, n, n, true))).collect();
    let with = verdicts(own.clone(), named(4).into_iter().map(campaign).collect());
    let without = verdicts(own, Vec::new());
    assert!(with[0].accused && !with[1].accused, "{with:?}");
    assert!((with[0].log10_bayes_factor - without[0].log10_bayes_factor).abs() < 1e-9);
}

#[test]
fn sources_that_share_nothing_are_judged_as_alone() {
    let own = vec![hit(1, 1, 1, true), hit(2, 2, 2, false)];
    let alone = judge().judge(&evidence(1, own.clone()));
    let all = judge().judge_all(&[evidence(1, own), evidence(2, Vec::new())], &[]);
    assert!((alone.probability - all[0].probability).abs() < 1e-12);
    assert_eq!(alone.because, all[0].because);
}
