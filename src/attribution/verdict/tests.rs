//! What a verdict must hold to: no accusation on one call, none on noise, and
//! the leaking source named.

use super::*;
use proptest::prelude::*;

fn day(n: f64) -> Time {
    Time::from_microsecond((1_800_000_000.0 * 1e6 + n * 86_400e6) as i64).expect("in range")
}

fn judge(now: f64) -> Judge {
    let controls = [(Channel::Sms, Silence { points: 10, days: 10.0 * now, events: 0 })].into();
    Judge {
        prior: 0.02,
        accuse_at: 0.99,
        controls,
        diallers: BTreeSet::new(),
        reached: HashMap::new(),
        monitored: 20,
        now: day(now),
    }
}

fn evidence(hits: Vec<Counted>) -> Evidence {
    let releases =
        vec![Listening { release: ReleaseId::from_octets([1; 16]), since: day(0.0), canaries: 20, points: 20 }];
    Evidence { source: SourceId::from_octets([1; 16]), label: "telecom".into(), releases, hits, ..Evidence::default() }
}

fn hit(n: u8, canary: u8, at: f64, confirmed: bool) -> Counted {
    Counted {
        hit: HitId::from_octets([n; 16]),
        at: day(at),
        channel: Channel::Sms,
        canary: CanaryId::from_octets([canary; 16]),
        release: ReleaseId::from_octets([1; 16]),
        since: day(0.0),
        campaign: HitId::from_octets([n; 16]),
        confirmed,
    }
}

#[test]
fn one_call_proves_nothing_and_a_named_one_much() {
    let judge = judge(60.0);
    let call = judge.judge(&evidence(vec![hit(1, 1, 50.0, false)]));
    assert!(!call.accused && call.probability < 0.5, "{call:?}");
    let named = judge.judge(&evidence(vec![hit(1, 1, 50.0, true)]));
    assert!(named.probability > 0.98, "{named:?}");
    let twice = judge.judge(&evidence(vec![hit(1, 1, 50.0, true), hit(2, 2, 53.0, true)]));
    assert!(twice.accused && twice.probability > 0.9999, "{twice:?}");
    assert!(named.because.iter().any(|b| b.contains("confirmed")));
    let silent = judge.judge(&evidence(vec![]));
    assert!(silent.probability < 0.02 && !silent.accused);
}

#[test]
fn a_campaign_counts_once_and_a_dialler_not_at_all() {
    let mut judge = judge(60.0);
    let mut many: Vec<Counted> = (1..13).map(|n| hit(n, n, 48.0 + f64::from(n), false)).collect();
    let independent = judge.judge(&evidence(many.clone()));
    assert!(independent.accused, "{independent:?}");
    for h in &mut many {
        h.campaign = HitId::from_octets([1; 16]);
    }
    let campaign = judge.judge(&evidence(many.clone()));
    assert!(!campaign.accused && (campaign.hits, campaign.campaigns) == (12, 1), "{campaign:?}");
    judge.diallers.insert(HitId::from_octets([1; 16]));
    let dialler = judge.judge(&evidence(many));
    assert!(dialler.log10_bayes_factor < 0.0, "{dialler:?}");
    assert!(dialler.because.iter().any(|b| b.contains("random dialling")));
}

#[test]
fn the_tail_is_that_of_the_worked_examples() {
    // Of 100 points 5 are the source's: 2 of 2, 3 of 3, 4 of 4.
    for (n, chance) in [(2, 2.0e-3), (3, 6.2e-5), (4, 1.3e-6)] {
        let tail = at_least_among(100, 5, n, n);
        assert!((tail / chance - 1.0).abs() < 0.03, "{n}: {tail}");
    }
    assert_eq!(at_least_among(20, 20, 5, 5), 1.0);
}

#[test]
fn a_campaign_that_keeps_to_one_source_of_many_says_much() {
    let mut judge = judge(60.0);
    let hits: Vec<Counted> =
        (1..9).map(|n| Counted { campaign: HitId::from_octets([1; 16]), ..hit(n, n, 50.0, false) }).collect();
    let alone = judge.judge(&evidence(hits.clone()));
    judge.monitored = 400;
    judge.reached.insert(HitId::from_octets([1; 16]), 8);
    let kept = judge.judge(&evidence(hits.clone()));
    assert!(kept.accused && !alone.accused, "{kept:?}");
    judge.reached.insert(HitId::from_octets([1; 16]), 160);
    let spread = judge.judge(&evidence(hits));
    assert!(!spread.accused, "a dialler that reaches everybody says nothing: {spread:?}");
}

#[test]
fn the_window_lies_between_the_release_and_the_first_contact() {
    let verdict = judge(60.0).judge(&evidence(vec![hit(1, 1, 50.0, true), hit(2, 2, 40.0, true)]));
    assert_eq!((verdict.after, verdict.before), (Some(day(0.0)), Some(day(40.0))));
}

proptest! {
    #[test]
    fn a_probability_is_one_and_more_contact_never_lowers_it(at in proptest::collection::vec(0.0..60.0f64, 0..30)) {
        let judge = judge(60.0);
        let hits: Vec<Counted> = at.iter().enumerate().map(|(n, at)| hit(n as u8 + 1, n as u8 + 1, *at, false)).collect();
        let all = judge.judge(&evidence(hits.clone()));
        prop_assert!((0.0..=1.0).contains(&all.probability) && all.log10_bayes_factor.is_finite());
        if !hits.is_empty() {
            let fewer = judge.judge(&evidence(hits[1..].to_vec()));
            prop_assert!(all.probability >= fewer.probability - 1e-9);
        }
    }
}
