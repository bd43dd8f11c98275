//! Judge: a counted hit is news of its source. Whoever of all replicas claims the
//! news judges it, puts the judgement down, opens a case when the bar is met, and
//! leaves an alert for every channel in the outbox: one batch, so that a crash
//! leaves all of it or none. Nothing here ever holds a listener up.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

use super::views::LeakView;
use super::{App, AppError};
use crate::model::{
    Alert, AlertId, AlertState, Batch, Case, CaseId, Event, Hit, HitId, HitStatus, Judgement, News, SourceId, Time,
};
use crate::store::Claim;

/// After a judgement of a source, further hits of it wait this long and share the next one.
pub(super) const QUIET: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// Whoever claimed work and died gives it up to others after this.
pub(super) const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_secs(25);
/// How long a worker sleeps at most: due times come from a clock that may be set,
/// and another replica's bell may not be heard.
pub(super) const NAP: Duration = Duration::from_secs(5);

/// What workers wait on.
pub struct Bells {
    news: watch::Sender<u64>,
    outbox: watch::Sender<u64>,
}

impl Default for Bells {
    fn default() -> Self {
        Self { news: watch::Sender::new(0), outbox: watch::Sender::new(0) }
    }
}

impl Bells {
    /// A hit was counted.
    pub(super) fn news(&self) {
        self.news.send_modify(|n| *n += 1);
    }

    /// An alert was put into the outbox.
    pub(super) fn outbox(&self) {
        self.outbox.send_modify(|n| *n += 1);
    }

    pub(super) fn hear_outbox(&self) -> watch::Receiver<u64> {
        self.outbox.subscribe()
    }
}

/// Sleeps until a bell rings, the time has come, or the end.
pub(super) async fn wait(bell: &mut watch::Receiver<u64>, stop: &mut watch::Receiver<bool>, nap: Duration) {
    tokio::select! {
        _ = bell.changed() => {}
        _ = stop.changed() => {}
        () = tokio::time::sleep(nap) => {}
    }
}

impl App {
    /// Judges until `stop` says so.
    pub async fn run_judgement(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut bell = self.bells.news.subscribe();
        while !*stop.borrow() {
            bell.borrow_and_update();
            let nap = match self.judge_next().await {
                Ok(Claim::Ours(())) => continue,
                Ok(Claim::Later(at)) => self.until(at),
                Ok(Claim::Nothing) => NAP,
                Err(cause) => {
                    tracing::error!(%cause, "hits could not be judged; it is tried again");
                    Duration::from_secs(1)
                }
            };
            wait(&mut bell, &mut stop, nap).await;
        }
    }

    /// Time until a moment, at most a nap.
    pub(super) fn until(&self, at: Time) -> Duration {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        wait.clamp(Duration::from_millis(10), NAP)
    }

    async fn judge_next(&self) -> Result<Claim<()>, AppError> {
        let now = self.now();
        Ok(match self.store.claim_news(now, QUIET, now + LEASE).await? {
            Claim::Ours(news) => {
                self.judge_source(news).await?;
                Claim::Ours(())
            }
            Claim::Later(at) => Claim::Later(at),
            Claim::Nothing => Claim::Nothing,
        })
    }

    async fn judge_source(&self, news: News) -> Result<(), AppError> {
        let hits = self.store.hits(None).await?;
        let names = self.source_names().await?;
        let leaks = self.leaks_of(&hits).await?;
        let leak = leaks.iter().find(|l| names.get(&news.source) == Some(&l.source));
        let mut batch = vec![Event::Judgement(self.judgement(news, leak))];
        batch.extend(self.case_to_open(news.source, leak).await?.map(Event::Case));
        let own: Vec<&Hit> =
            hits.iter().filter(|h| h.holders().contains(&news.source) && h.status == HitStatus::Counted).collect();
        batch.extend(self.alerts_to_send(news, &own).await?);
        self.record(batch).await?;
        self.bells.outbox();
        Ok(())
    }

    fn judgement(&self, news: News, leak: Option<&LeakView>) -> Judgement {
        Judgement {
            source: news.source,
            at: self.now(),
            through: news.newest,
            // Nothing is ever certain.
            probability_ppm: leak.map_or(0, |l| ((l.probability * 1e6).round() as u32).min(999_999)),
            log10_bayes_factor_milli: leak.map_or(0, |l| (l.log10_bayes_factor * 1e3).round() as i64),
            accused: leak.is_some_and(|l| l.accused),
        }
    }

    /// One open case a source; after a confirmed one, further hits are no news.
    async fn case_to_open(&self, source: SourceId, leak: Option<&LeakView>) -> Result<Option<Case>, AppError> {
        use crate::model::case::Outcome;
        if !leak.is_some_and(|l| l.accused) {
            return Ok(None);
        }
        let newest = self.newest_cases().await?.remove(&source);
        if newest.is_some_and(|c| matches!(c.outcome, None | Some(Outcome::Confirmed))) {
            return Ok(None);
        }
        let opened_at = self.now();
        let id = self.with_entropy(|entropy| CaseId::new(opened_at, entropy));
        Ok(Some(Case { id, source, opened_at, outcome: None, closed_at: None, notes: Vec::new() }))
    }

    /// An alert for every channel that has none waiting. One that is being sent
    /// may have been written before this news, so another follows it.
    async fn alerts_to_send(&self, news: News, own: &[&Hit]) -> Result<Batch, AppError> {
        let now = self.now();
        let mut alerts = Batch::new();
        for notifier in &self.notifiers {
            let outbox = self.store.outbox(notifier.name(), news.source, now).await?;
            let waiting = outbox.last.as_ref().is_some_and(|a| a.state == AlertState::Pending);
            if waiting && !outbox.in_flight {
                continue;
            }
            // What was given up was told to nobody.
            let told = |a: crate::model::Alert| if a.state == AlertState::GivenUp { a.after } else { a.through };
            let after = outbox.last.map_or(0, told);
            let Some(first) = own.iter().filter(|h| h.entry > after).min_by_key(|h| h.entry) else { continue };
            alerts.push(Event::Alert(self.new_alert(notifier.name(), news, after, first.id, now)));
        }
        Ok(alerts)
    }

    fn new_alert(&self, channel: &str, news: News, after: u64, hit: HitId, now: Time) -> Alert {
        Alert {
            id: self.with_entropy(|entropy| AlertId::new(now, entropy)),
            channel: channel.to_owned(),
            source: news.source,
            hit,
            after,
            through: news.newest,
            state: AlertState::Pending,
            queued_at: now,
            due_at: now,
            attempts: 0,
            last: None,
        }
    }
}
