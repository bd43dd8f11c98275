//! Counts: the Bayes factor of "this source leaked at some moment" against "it
//! did not", from when its canaries were contacted and how long they were not.
//!
//! With leak rate mu per point and day from a leak at tau on, and background
//! lambda: log LR = sum over contacts after tau of ln(1 + mu/lambda) - mu * E(tau),
//! E being the point-days listened since tau. mu is averaged over a grid, tau
//! over the time since the first release (uniformly, in closed form).

use crate::model::{CanaryId, Channel, HitId, Time};

/// Leak rates considered, contacts per point and day: from a buyer who tries one
/// record in many (one contact in 27 years of listening) to one a day.
const RATES: [f64; 9] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0];

/// A contact point of the source, and since when it listens.
#[derive(Debug, Clone, Copy)]
pub struct Exposure {
    pub since: Time,
    pub points: u32,
}

/// One contact that counts (one of each campaign).
#[derive(Debug, Clone, Copy)]
pub struct Contact {
    pub hit: HitId,
    pub at: Time,
    pub channel: Channel,
    pub canary: CanaryId,
    pub confirmed: bool,
    /// Noise rate it is weighed against, per point and day.
    pub noise: f64,
}

/// Days between two moments, never negative.
pub fn days(from: Time, to: Time) -> f64 {
    (to.as_microsecond() - from.as_microsecond()).max(0) as f64 / 86_400e6
}

/// Natural logarithm of the Bayes factor. Contacts in any order; none and no
/// exposure give 0.
pub fn log_bayes_factor(exposures: &[Exposure], contacts: &[Contact], now: Time) -> f64 {
    let Some(begin) = exposures.iter().map(|e| e.since).min() else { return 0.0 };
    let mut contacts = contacts.to_vec();
    contacts.sort_by_key(|c| c.at);
    let steps = steps(exposures, &contacts, begin, now);
    let per_rate: Vec<f64> = RATES.iter().map(|mu| averaged(*mu, &steps, exposures, &contacts, now)).collect();
    log_sum(&per_rate) - (RATES.len() as f64).ln()
}

/// Moments between which nothing changes but the time since the leak.
fn steps(exposures: &[Exposure], contacts: &[Contact], begin: Time, now: Time) -> Vec<Time> {
    let mut all: Vec<Time> = exposures
        .iter()
        .map(|e| e.since)
        .chain(contacts.iter().map(|c| c.at))
        .filter(|t| *t > begin && *t < now)
        .collect();
    all.extend([begin, now.max(begin)]);
    all.sort();
    all.dedup();
    all
}

fn point_days(exposures: &[Exposure], tau: Time, now: Time) -> f64 {
    exposures.iter().map(|e| f64::from(e.points) * days(e.since.max(tau), now)).sum()
}

/// log of the mean over tau of exp(log LR), for one leak rate.
fn averaged(mu: f64, steps: &[Time], exposures: &[Exposure], contacts: &[Contact], now: Time) -> f64 {
    let total = steps.first().zip(steps.last()).map_or(0.0, |(a, b)| days(*a, *b));
    // `after[i]` is the gain of the contacts from i on.
    let mut after = vec![0.0; contacts.len() + 1];
    for (i, contact) in contacts.iter().enumerate().rev() {
        after[i] = after[i + 1] + (1.0 + mu / contact.noise).ln();
    }
    if total <= 0.0 {
        return after[0];
    }
    let pieces: Vec<f64> = steps
        .windows(2)
        .map(|w| {
            let (a, b) = (w[0], w[1]);
            // A contact at the very moment b still came after a leak before b.
            let gain = after[contacts.partition_point(|c| c.at < b)].max(if b == now {
                after[contacts.partition_point(|c| c.at <= a)]
            } else {
                0.0
            });
            let (high, low) = (mu * point_days(exposures, a, now), mu * point_days(exposures, b, now));
            gain + (days(a, b) / total).ln() + log_mean_exp_between(low, high)
        })
        .collect();
    log_sum(&pieces)
}

/// log of the mean of exp(-x) for x uniform between low and high.
fn log_mean_exp_between(low: f64, high: f64) -> f64 {
    let width = high - low;
    if width < 1e-9 { -low } else { -low + (-(-width).exp_m1() / width).ln() }
}

fn log_sum(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + logs.iter().map(|l| (l - top).exp()).sum::<f64>().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: f64) -> Time {
        Time::from_microsecond((1_800_000_000.0 * 1e6 + n * 86_400e6) as i64).expect("in range")
    }

    fn contact(n: u8, at: f64, noise: f64) -> Contact {
        Contact {
            hit: HitId::from_octets([n; 16]),
            at: day(at),
            channel: Channel::Sms,
            canary: CanaryId::from_octets([n; 16]),
            confirmed: false,
            noise,
        }
    }

    fn factor(points: u32, contacts: &[Contact], now: f64) -> f64 {
        log_bayes_factor(&[Exposure { since: day(0.0), points }], contacts, day(now))
    }

    #[test]
    fn silence_counts_against_a_leak_and_contact_for_it() {
        assert!(
            factor(20, &[], 90.0) < -0.3 && factor(300, &[], 90.0) < -0.8,
            "{} {}",
            factor(20, &[], 90.0),
            factor(300, &[], 90.0)
        );
        assert!(factor(20, &[], 90.0) < factor(20, &[], 10.0));
        let one = factor(20, &[contact(1, 60.0, 0.03)], 90.0);
        let three = factor(20, &[contact(1, 80.0, 0.0003), contact(2, 82.5, 0.0003), contact(3, 86.0, 0.0003)], 90.0);
        assert!(one < 1.5, "one call proves nothing: {one}");
        assert!(three > one + 3.0, "{three}");
        let named = factor(20, &[contact(1, 60.0, 0.03e-5)], 90.0);
        assert!(named > one + 5.0, "{named}");
    }

    #[test]
    fn the_closed_form_agrees_with_a_fine_sum() {
        let contacts = [contact(1, 10.0, 0.05), contact(2, 25.0, 0.01), contact(3, 26.0, 0.2)];
        let exposures = [Exposure { since: day(0.0), points: 3 }, Exposure { since: day(12.0), points: 2 }];
        let now = day(30.0);
        let n = 40_000;
        let mut sum = 0.0;
        for mu in RATES {
            for i in 0..n {
                let tau = day(30.0 * (f64::from(i) + 0.5) / f64::from(n));
                let gain: f64 = contacts.iter().filter(|c| c.at >= tau).map(|c| (1.0 + mu / c.noise).ln()).sum();
                sum += (gain - mu * point_days(&exposures, tau, now)).exp();
            }
        }
        let brute = (sum / f64::from(n) / RATES.len() as f64).ln();
        let exact = log_bayes_factor(&exposures, &contacts, now);
        assert!((brute - exact).abs() < 1e-3, "{brute} {exact}");
    }

    #[test]
    fn nothing_heard_at_once_says_nothing() {
        assert_eq!(log_bayes_factor(&[], &[], day(1.0)), 0.0);
        assert!(factor(5, &[], 0.0).abs() < 1e-9);
        assert!(factor(5, &[contact(1, 0.0, 0.01)], 0.0) > 0.0);
    }
}
