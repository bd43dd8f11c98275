//! Visitors: who is connected to a server that a command hosts for itself. Another
//! command may have found the store there and be in the middle of its work; the
//! server goes when the last of them has.

use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// After so long a person is told why the command does not end.
const SOON: Duration = Duration::from_secs(2);

/// How many connections there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Visitors(watch::Sender<usize>);

/// A connection, for as long as it stays.
#[derive(Debug)]
pub(super) struct Visit(watch::Sender<usize>);

impl Visitors {
    /// One more, until what is returned is dropped.
    pub(super) fn visit(&self) -> Visit {
        self.0.send_modify(|there| *there += 1);
        Visit(self.0.clone())
    }

    /// Waits until nobody is there, or for an interrupt once somebody was told of it.
    pub(super) async fn leave(&self) {
        let gone = async {
            // It fails without a sender alone, and this is one.
            let _ = self.0.subscribe().wait_for(|there| *there == 0).await;
        };
        let mut gone = std::pin::pin!(gone);
        if timeout(SOON, &mut gone).await.is_err() {
            eprintln!(
                "done; waiting for another dyepack command that uses the store through this one (with Ctrl-C that one fails)"
            );
            tokio::select! {
                () = gone => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.send_modify(|there| *there -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_there_is_waited_for() {
        let visitors = Visitors::default();
        visitors.leave().await;
        let (one, other) = (visitors.visit(), visitors.visit());
        drop(one);
        let moment = Duration::from_millis(20);
        assert!(timeout(moment, visitors.leave()).await.is_err(), "somebody is there still");
        drop(other);
        timeout(SOON, visitors.leave()).await.expect("nobody is there");
    }
}
