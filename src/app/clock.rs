//! The clock: where the app learns the time. The system's may be set back; ours
//! then stands still until it has caught up, so that ids and entries stay in order.

use std::sync::Mutex;

use crate::model::Time;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The moment, in whole microseconds, never earlier than any told before.
    fn now(&self) -> Time;
}

/// The system's clock.
#[derive(Default)]
pub struct SystemClock {
    last: Mutex<Option<Time>>,
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let mut last = self.last.lock().unwrap_or_else(|e| e.into_inner());
        let told = last.map_or_else(read, |last| last.max(read()));
        *last = Some(told);
        told
    }
}

fn read() -> Time {
    let now = Time::now();
    Time::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
