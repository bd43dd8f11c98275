//! Noise: how much contact arrives for no reason, per contact point and day.
//! Controls measure it; where they have not listened long, published figures
//! stand in. What is used is an upper bound, because assuming too little noise
//! accuses the innocent, and assuming too much only costs time.

use crate::model::Channel;

/// What controls heard on one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Silence {
    pub points: u32,
    /// Points times days.
    pub days: f64,
    /// Campaigns that reached a control.
    pub events: u32,
}

/// The rate of contact for no reason on one channel, Gamma distributed.
#[derive(Debug, Clone, Copy)]
pub struct Background {
    shape: f64,
    /// In point-days.
    rate: f64,
}

/// Contacts per point and day before anything is measured. Voice: 0.12 calls to
/// US lines that were never published (Prasad et al., USENIX Security 2020). No
/// clean figure is published for SMS and for mailboxes nobody knows; these err
/// high. A web address ends in 62 random bits, which nobody guesses.
fn published(channel: Channel) -> f64 {
    match channel {
        Channel::Sms => 0.03,
        Channel::Voice => 0.12,
        Channel::Email => 0.02,
        Channel::Web => 1e-4,
    }
}

impl Background {
    /// Gamma(1/2 + k, T + T0) with T0 such that without measurements the mean
    /// is the published rate.
    pub fn measured(channel: Channel, heard: Silence) -> Self {
        Self { shape: 0.5 + f64::from(heard.events), rate: 0.5 / published(channel) + heard.days.max(0.0) }
    }

    /// The 95 % upper bound (Wilson-Hilferty approximation of the Gamma quantile,
    /// within 3 % for shapes of 1/2 and more).
    pub fn upper(&self) -> f64 {
        let z = 1.644_853_627;
        let k = self.shape;
        k * (1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt())).powi(3) / self.rate
    }

    /// Chance of at least one contact at one point in so many days (negative
    /// binomial predictive).
    pub fn at_least_one(&self, days: f64) -> f64 {
        1.0 - (self.rate / (self.rate + days)).powf(self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jeffreys(days: f64, events: u32) -> Background {
        Background { shape: 0.5 + f64::from(events), rate: days }
    }

    #[test]
    fn the_predictive_tail_is_that_of_the_worked_examples() {
        // One event in 30 days after 30 and after 90 silent days; with 3,000
        // control line-days and 2 control hits.
        assert!((jeffreys(30.0, 0).at_least_one(30.0) - 0.29).abs() < 0.005);
        assert!((jeffreys(90.0, 0).at_least_one(30.0) - 0.134).abs() < 0.005);
        assert!((jeffreys(3000.0, 2).at_least_one(30.0) - 0.025).abs() < 0.0005);
    }

    #[test]
    fn the_upper_bound_is_the_gamma_quantile() {
        // Chi-square tables: 0.95 quantiles of 1 and 5 degrees of freedom, halved.
        assert!((jeffreys(1.0, 0).upper() / 1.9207 - 1.0).abs() < 0.03);
        assert!((jeffreys(1.0, 2).upper() / 5.5353 - 1.0).abs() < 0.01);
        let quiet = Background::measured(Channel::Sms, Silence { points: 10, days: 900.0, events: 0 });
        let fresh = Background::measured(Channel::Sms, Silence::default());
        assert!(quiet.upper() < fresh.upper() / 20.0);
    }
}
