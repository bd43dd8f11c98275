//! Deliver: the durable outbox. A counted hit is news of its source; each
//! channel's worker turns news into an alert in the ledger, writes its text when
//! it is sent, and tries until it is taken. News that was not told before a
//! crash is found again at the start. Nothing here ever holds a listener up.

use rand::RngExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

use super::views::{AlertView, HitView, LeakView};
use super::{App, AppError};
use crate::alert::{Notice, Notify, backoff};
use crate::app::hits::HitFilter;
use crate::model::{Alert, AlertId, AlertState, Attempt, Event, HitId, HitStatus, SourceId, Time};

/// After an alert of a source, further hits of it wait this long and share the next one.
const QUIET: Duration = Duration::from_secs(60);
/// How long a worker sleeps at most: due times come from a clock that may be set.
const NAP: Duration = Duration::from_secs(5);

/// The newest counted hit of every source.
pub struct News {
    newest: Mutex<HashMap<SourceId, HitId>>,
    bell: watch::Sender<u64>,
}

impl Default for News {
    fn default() -> Self {
        Self { newest: Mutex::default(), bell: watch::Sender::new(0) }
    }
}

impl News {
    pub(super) fn tell(&self, news: &[(SourceId, HitId)]) {
        if news.is_empty() {
            return;
        }
        let mut newest = self.newest.lock().unwrap_or_else(|e| e.into_inner());
        for (source, hit) in news {
            let known = newest.entry(*source).or_insert(*hit);
            *known = (*known).max(*hit);
        }
        drop(newest);
        self.bell.send_modify(|n| *n += 1);
    }
}

/// What one channel's worker knows of its alerts.
#[derive(Default)]
struct Desk {
    pending: HashMap<SourceId, Alert>,
    told: HashMap<SourceId, (HitId, Time)>,
}

impl App {
    /// Delivers on every channel until `stop` says so.
    pub async fn run_delivery(self: Arc<Self>, stop: watch::Receiver<bool>) {
        if let Err(cause) = self.recall_news().await {
            tracing::error!(%cause, "hits that were not told yet could not be looked up; they are told with the next hit of their source");
        }
        let workers: Vec<_> =
            self.notifiers.iter().cloned().map(|n| tokio::spawn(Arc::clone(&self).work(n, stop.clone()))).collect();
        for worker in workers {
            // A worker ends only when told to; should one panic, the others go on.
            let _ = worker.await;
        }
    }

    /// The newest counted hit of every source, from the ledger.
    async fn recall_news(&self) -> Result<(), AppError> {
        let releases = self.release_sources().await?;
        let counted = self.store.hits(None).await?.into_iter().filter(|h| h.status == HitStatus::Counted);
        let news: Vec<(SourceId, HitId)> = counted.filter_map(|h| Some((*releases.get(&h.release?)?, h.id))).collect();
        self.news.tell(&news);
        Ok(())
    }

    async fn work(self: Arc<Self>, notifier: Arc<dyn Notify>, mut stop: watch::Receiver<bool>) {
        let mut bell = self.news.bell.subscribe();
        let mut desk = match self.recall_desk(notifier.name()).await {
            Ok(desk) => desk,
            Err(cause) => {
                tracing::error!(%cause, "alerts could not be looked up; some may be sent again");
                Desk::default()
            }
        };
        while !*stop.borrow() {
            bell.borrow_and_update();
            if let Err(cause) = self.round(notifier.as_ref(), &mut desk).await {
                tracing::error!(%cause, channel = notifier.name(), "an alert could not be recorded");
            }
            let nap = self.next_due(&desk).min(NAP);
            tokio::select! {
                _ = bell.changed() => {}
                _ = stop.changed() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    async fn recall_desk(&self, channel: &str) -> Result<Desk, AppError> {
        let mut desk = Desk::default();
        for alert in self.store.alerts().await?.into_iter().filter(|a| a.channel == channel) {
            if alert.state == AlertState::Pending {
                desk.pending.insert(alert.source, alert);
            } else {
                let at = alert.last.as_ref().map_or(alert.queued_at, |l| l.at);
                let told = desk.told.entry(alert.source).or_insert((alert.through, at));
                *told = (*told).max((alert.through, at));
            }
        }
        Ok(desk)
    }

    /// Time until something is due.
    fn next_due(&self, desk: &Desk) -> Duration {
        let now = self.now();
        let wait = |at: Time| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
        let pending = desk.pending.values().map(|a| wait(a.due_at)).min();
        let newest = self.news.newest.lock().unwrap_or_else(|e| e.into_inner());
        let quiet = desk
            .told
            .iter()
            .filter(|(s, (through, _))| newest.get(s).is_some_and(|n| n > through))
            .map(|(_, (_, at))| wait(*at + QUIET))
            .min();
        pending.into_iter().chain(quiet).min().unwrap_or(NAP).max(Duration::from_millis(10))
    }

    async fn round(&self, notifier: &dyn Notify, desk: &mut Desk) -> Result<(), AppError> {
        self.queue(notifier.name(), desk).await?;
        let now = self.now();
        let due: Vec<SourceId> = desk.pending.values().filter(|a| a.due_at <= now).map(|a| a.source).collect();
        for source in due {
            if let Some(alert) = desk.pending.remove(&source) {
                let alert = self.attempt(notifier, alert).await?;
                if alert.state == AlertState::Pending {
                    desk.pending.insert(source, alert);
                } else {
                    desk.told.insert(source, (alert.through, self.now()));
                }
            }
        }
        Ok(())
    }

    /// News becomes alerts, unless one is on its way or was just told.
    async fn queue(&self, channel: &str, desk: &mut Desk) -> Result<(), AppError> {
        let now = self.now();
        let newest = self.news.newest.lock().unwrap_or_else(|e| e.into_inner()).clone();
        for (source, hit) in newest {
            let told = desk.told.get(&source);
            let quiet = told.is_some_and(|(through, at)| hit <= *through || now < *at + QUIET);
            if quiet || desk.pending.contains_key(&source) {
                continue;
            }
            let id = self.with_entropy(|entropy| AlertId::new(now, entropy));
            let alert = Alert {
                id,
                channel: channel.to_owned(),
                source,
                hit,
                through: hit,
                state: AlertState::Pending,
                queued_at: now,
                due_at: now,
                attempts: 0,
                last: None,
            };
            self.record(vec![Event::Alert(alert.clone())]).await?;
            desk.pending.insert(source, alert);
        }
        Ok(())
    }

    async fn attempt(&self, notifier: &dyn Notify, mut alert: Alert) -> Result<Alert, AppError> {
        let notice = self.compose(&mut alert).await?;
        let outcome = notifier.send(&notice).await;
        let now = self.now();
        alert.attempts += 1;
        let jitter = self.with_entropy(|entropy| entropy.random::<f64>());
        alert.last = Some(Attempt { at: now, error: outcome.as_ref().err().map(|r| r.what.clone()) });
        match outcome {
            Ok(()) => alert.state = AlertState::Delivered,
            Err(refusal) => match backoff::wait(alert.attempts, jitter).filter(|_| !refusal.permanent) {
                Some(wait) => {
                    tracing::warn!(
                        channel = notifier.name(),
                        error = refusal.what,
                        attempt = alert.attempts,
                        "alert not taken; it is tried again"
                    );
                    alert.due_at = now + wait;
                }
                None => alert.state = AlertState::GivenUp,
            },
        }
        self.record(vec![Event::Alert(alert.clone())]).await?;
        Ok(alert)
    }

    /// The text, with the newest verdict.
    async fn compose(&self, alert: &mut Alert) -> Result<Notice, AppError> {
        let sources = self.store.sources().await?;
        let source = sources.into_iter().find(|s| s.id == alert.source);
        let source = source.ok_or_else(|| AppError::NotFound(format!("{} is gone", alert.source)))?;
        let filter = HitFilter { source: Some(source.name.to_string()), ..HitFilter::default() };
        let hits: Vec<HitView> = self
            .list_hits(&filter)
            .await?
            .into_iter()
            .filter(|h| h.status == HitStatus::Counted && h.id >= alert.hit)
            .collect();
        alert.through = hits.iter().map(|h| h.id).max().unwrap_or(alert.through);
        let leak = self.list_leaks().await?.into_iter().find(|l| l.source == source.name.as_str());
        let subject = subject(source.label(), &hits, leak.as_ref());
        Ok(Notice {
            id: alert.id.to_string(),
            subject,
            text: text(&source.name.to_string(), source.label(), &hits, leak.as_ref(), &self.settings.pages),
            also_to: source.notify,
        })
    }

    /// `alert list`, newest first.
    pub async fn list_alerts(&self) -> Result<Vec<AlertView>, AppError> {
        let names = self.source_names().await?;
        let view = |a: Alert| AlertView {
            id: a.id,
            channel: a.channel,
            source: names.get(&a.source).cloned().unwrap_or_default(),
            hit: a.hit,
            state: a.state,
            queued_at: a.queued_at,
            due_at: a.due_at,
            attempts: a.attempts,
            error: a.last.and_then(|l| l.error),
        };
        let mut alerts: Vec<AlertView> = self.store.alerts().await?.into_iter().map(view).collect();
        alerts.sort_by_key(|a| std::cmp::Reverse(a.queued_at));
        Ok(alerts)
    }
}

fn percent(p: f64) -> String {
    if p >= 0.99995 { "over 99.99 %".to_owned() } else { format!("{:.2} %", p * 100.0) }
}

fn subject(label: &str, hits: &[HitView], leak: Option<&LeakView>) -> String {
    let what = match hits {
        [one] => format!("a canary was contacted by {}", one.channel.word()),
        many => format!("{} contacts at its canaries", many.len()),
    };
    let sure = leak.map_or(String::new(), |l| format!(" (leak {})", percent(l.probability)));
    format!("[dyepack] {label}: {what}{sure}")
}

/// Addresses are broken up so that no mail program turns them into links that
/// would trip the canary again.
fn defanged(text: &str) -> String {
    text.replace("http", "hxxp").replace("://", "[:]//")
}

fn text(source: &str, label: &str, hits: &[HitView], leak: Option<&LeakView>, pages: &str) -> String {
    let mut out = format!("Source: {label} ({source})\n\n");
    for hit in hits.iter().take(20) {
        let canary = hit.canary.map_or(String::new(), |c| c.to_string());
        let named = if hit.confirmed { ", names the person of the record" } else { "" };
        out.push_str(&format!(
            "When:   {}\nHow:    {} from {}{named}\nCanary: {canary}\nText:   {}\nHit:    {}\n\n",
            hit.at,
            hit.channel.word(),
            defanged(&hit.from),
            defanged(&hit.summary),
            hit.id
        ));
    }
    if hits.len() > 20 {
        out.push_str(&format!("... and {} more.\n\n", hits.len() - 20));
    }
    if let Some(leak) = leak {
        let verdict =
            if leak.accused { "over the bar for naming the source" } else { "a lead, not enough to name the source" };
        out.push_str(&format!(
            "How sure: the probability that {label} leaked is {} (log10 Bayes factor {:.1}): {verdict}.\n",
            percent(leak.probability),
            leak.log10_bayes_factor
        ));
        leak.because.iter().for_each(|b| out.push_str(&format!("  - {b}\n")));
    }
    out.push_str(&format!("\nLook: {pages} or\n  dyepack leaks\n  dyepack hits --source {source}\n"));
    out
}
