//! Alerts: where notices go. `trait Notify` is one channel; each kind of channel
//! is a file. The durable outbox and its delivery are the app's; how long to
//! wait between attempts is `backoff`'s.

pub mod backoff;
pub mod email;

use async_trait::async_trait;

/// What is sent: a subject line and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Constant over retries of one alert, so that receivers can tell a repeat.
    pub id: String,
    pub subject: String,
    pub text: String,
    /// Further recipients, where the channel has recipients.
    pub also_to: Vec<String>,
}

/// Why a notice was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Trying again is of no use.
    pub permanent: bool,
    pub what: String,
}

/// One channel that notices can be sent on.
#[async_trait]
pub trait Notify: Send + Sync {
    /// The name of its entry in the configuration.
    fn name(&self) -> &str;

    /// Hands the notice over; returns once the other side has taken it.
    async fn send(&self, notice: &Notice) -> Result<(), Refusal>;
}
