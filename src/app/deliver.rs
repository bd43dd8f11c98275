//! Deliver: the durable outbox. Each channel's worker claims an alert that is due,
//! writes its text with the newest verdict, and tries until it is taken; of all
//! replicas one gets it, and after a crash another goes on under the same id.

use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

use super::judge::{LEASE, NAP, wait};
use super::views::{AlertView, HitView, LeakView};
use super::{App, AppError, hits};
use crate::alert::{Notice, Notify, Refusal, backoff};
use crate::attribution::Campaigns;
use crate::model::{Alert, AlertState, Attempt, Event, HitStatus};
use crate::store::Claim;

/// Writing and sending take no longer, so that they end within the claim on the alert.
const SENDING: Duration = Duration::from_secs(20);

impl App {
    /// Delivers on every channel until `stop` says so.
    pub async fn run_delivery(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let workers: Vec<_> =
            self.notifiers.iter().cloned().map(|n| tokio::spawn(Arc::clone(&self).work(n, stop.clone()))).collect();
        for worker in workers {
            // A worker ends only when told to; should one panic, the others go on.
            let _ = worker.await;
        }
    }

    async fn work(self: Arc<Self>, notifier: Arc<dyn Notify>, mut stop: watch::Receiver<bool>) {
        let mut bell = self.bells.hear_outbox();
        while !*stop.borrow() {
            bell.borrow_and_update();
            let nap = match self.deliver_next(notifier.as_ref()).await {
                Ok(Claim::Ours(())) => continue,
                Ok(Claim::Later(at)) => self.until(at),
                Ok(Claim::Nothing) => NAP,
                Err(cause) => {
                    tracing::error!(%cause, channel = notifier.name(), "an alert could not be worked on");
                    Duration::from_secs(1)
                }
            };
            wait(&mut bell, &mut stop, nap).await;
        }
    }

    async fn deliver_next(&self, notifier: &dyn Notify) -> Result<Claim<()>, AppError> {
        let now = self.now();
        Ok(match self.store.claim_alert(notifier.name(), now, now + LEASE).await? {
            Claim::Ours(alert) => {
                let id = alert.id;
                let done = self.attempt(notifier, alert).await;
                if done.is_err()
                    && let Err(cause) = self.store.give_back(id).await
                {
                    tracing::warn!(%cause, %id, "an alert was not given back; it is free again when its claim ends");
                }
                done.map(Claim::Ours)?
            }
            Claim::Later(at) => Claim::Later(at),
            Claim::Nothing => Claim::Nothing,
        })
    }

    async fn attempt(&self, notifier: &dyn Notify, mut alert: Alert) -> Result<(), AppError> {
        let silent = || Refusal { permanent: false, what: format!("no answer within {} s", SENDING.as_secs()) };
        let send = async {
            let notice = self.compose(&mut alert).await?;
            Ok::<_, AppError>(notifier.send(&notice).await)
        };
        let outcome = tokio::time::timeout(SENDING, send).await.unwrap_or_else(|_| Ok(Err(silent())))?;
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
        self.record(vec![Event::Alert(alert)]).await
    }

    /// The text, with the newest verdict.
    async fn compose(&self, alert: &mut Alert) -> Result<Notice, AppError> {
        let sources = self.store.sources().await?;
        let source = sources.into_iter().find(|s| s.id == alert.source);
        let source = source.ok_or_else(|| AppError::NotFound(format!("{} is gone", alert.source)))?;
        let all = self.store.hits(None).await?;
        let campaigns = Campaigns::of(&all);
        let leak = self.leaks_of(&all).await?.into_iter().find(|l| l.source == source.name.as_str());
        let told = all
            .into_iter()
            .filter(|h| h.holders().contains(&source.id) && h.status == HitStatus::Counted && h.entry > alert.after);
        let told: Vec<(u64, HitView)> =
            told.map(|h| (h.entry, hits::view(Some(source.name.to_string()), campaigns.name(h.id), h))).collect();
        alert.through = told.iter().map(|(entry, _)| *entry).max().unwrap_or(alert.through);
        let hits: Vec<HitView> = told.into_iter().map(|(_, hit)| hit).collect();
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
