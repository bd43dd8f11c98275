//! Back-off: how long to wait after each failed attempt to deliver.

use std::time::Duration;

/// Seconds after the first, second, ... failed attempt; the last one repeats.
const WAITS: &[u64] = &[2, 5, 15, 30, 60, 120, 300];

/// About a week of attempts.
const ATTEMPTS: u32 = 2_000;

/// The wait after so many attempts, at least one; nothing once it is time to
/// give up. `jitter`, 0 to 1, spreads it by up to a quarter.
pub fn wait(attempts: u32, jitter: f64) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let index = (attempts.max(1) as usize - 1).min(WAITS.len() - 1);
    Some(Duration::from_secs(WAITS[index]).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_after_about_a_week() {
        assert_eq!(wait(1, 0.0), Some(Duration::from_secs(2)));
        assert_eq!(wait(2, 1.0), Some(Duration::from_millis(6_250)));
        assert_eq!(wait(50, 0.0), Some(Duration::from_secs(300)));
        assert_eq!(wait(ATTEMPTS, 0.0), None);
        let total: u64 = (1..ATTEMPTS).filter_map(|n| wait(n, 0.0)).map(|w| w.as_secs()).sum();
        assert!((6..9).contains(&(total / 86_400)), "{total}");
    }
}
