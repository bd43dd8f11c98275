//! `leaks`: every suspected source, most certain first. Gathers the hits, the
//! silences and what the controls heard, and lets attribution judge.

use std::collections::{BTreeSet, HashMap};

use super::holdings::Holdings;
use super::views::{LeakView, Window};
use super::{App, AppError};
use crate::attribution::counts::days;
use crate::attribution::{Campaigns, Evidence, Judge, Silence, Verdict};
use crate::model::{Channel, ContactPoint, Hit, HitId, HitStatus, PoolItem, PoolKind, Source};

impl App {
    /// Sources with at least one counted hit.
    pub async fn list_leaks(&self) -> Result<Vec<LeakView>, AppError> {
        self.leaks_of(&self.store.hits(None).await?).await
    }

    /// The same, from all hits.
    pub(super) async fn leaks_of(&self, hits: &[Hit]) -> Result<Vec<LeakView>, AppError> {
        let sources = self.store.sources().await?;
        let releases = self.store.releases().await?;
        let cases = self.newest_cases().await?;
        let campaigns = Campaigns::of(hits);
        let holdings = Holdings::of(&releases, hits, &campaigns);
        let judge = self.judge(hits, &holdings, &campaigns).await?;
        let own: Vec<Evidence> = sources.iter().map(|source| holdings.own(source)).collect();
        let reached = holdings.reached();
        let verdicts = sources.iter().zip(judge.judge_all(&own, &holdings.shared()));
        let case = |source: &Source| cases.get(&source.id).map(|c| c.id.to_string());
        let suspected = verdicts.filter(|(source, _)| reached.contains(&source.id));
        let mut leaks: Vec<LeakView> = suspected.map(|(source, verdict)| view(source, case(source), verdict)).collect();
        leaks.sort_by(|a, b| b.log10_bayes_factor.total_cmp(&a.log10_bayes_factor));
        Ok(leaks)
    }

    async fn judge(&self, hits: &[Hit], holdings: &Holdings, campaigns: &Campaigns) -> Result<Judge, AppError> {
        let now = self.now();
        let at_controls: Vec<&Hit> =
            hits.iter().filter(|h| h.control && h.status == HitStatus::Stray && is_like_planted(h)).collect();
        let mut controls: Vec<PoolItem> = Vec::new();
        for kind in PoolKind::ALL {
            controls.extend(self.store.pool_of(kind, true).await?);
        }
        let heard = Channel::ALL.map(|channel| {
            let own: Vec<_> = controls.iter().filter(|p| listens_on(p.kind, channel)).collect();
            let events: BTreeSet<HitId> =
                at_controls.iter().filter(|h| h.channel == channel).map(|h| campaigns.first_of(h.id)).collect();
            let silence = Silence {
                points: own.len() as u32,
                days: own.iter().map(|p| days(p.added_at, now)).sum(),
                events: events.len() as u32,
            };
            (channel, silence)
        });
        let mut points: HashMap<HitId, BTreeSet<&ContactPoint>> = HashMap::new();
        for hit in hits.iter().filter(|h| h.canary.is_some() || h.control) {
            points.entry(campaigns.first_of(hit.id)).or_default().insert(&hit.to);
        }
        let reached = points.into_iter().map(|(campaign, points)| (campaign, points.len() as u32)).collect();
        let monitored = holdings.monitored() + controls.len() as u32;
        let diallers = at_controls.iter().map(|h| campaigns.first_of(h.id)).collect();
        Ok(Judge {
            prior: self.settings.prior,
            accuse_at: self.settings.accuse_at,
            controls: heard.into(),
            diallers,
            reached,
            monitored,
            now,
        })
    }
}

fn listens_on(kind: PoolKind, channel: Channel) -> bool {
    match kind {
        PoolKind::Phone => matches!(channel, Channel::Sms | Channel::Voice),
        PoolKind::Mailbox | PoolKind::MailDomain => channel == Channel::Email,
        PoolKind::WebHost => channel == Channel::Web,
    }
}

/// Scanners ask every web host for `/` and `/wp-login.php`; that says nothing
/// about addresses that end in a random code, as the planted ones do.
fn is_like_planted(hit: &Hit) -> bool {
    let code = hit.to.value.rsplit('/').next().unwrap_or_default();
    hit.channel != Channel::Web
        || code.len() == 12 && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn view(source: &Source, case: Option<String>, v: Verdict) -> LeakView {
    LeakView {
        source: source.name.to_string(),
        title: source.title.clone(),
        probability: v.probability,
        log10_bayes_factor: v.log10_bayes_factor,
        accused: v.accused,
        hits: v.hits,
        campaigns: v.campaigns,
        canaries_hit: v.canaries_hit,
        canaries_planted: v.canaries_planted,
        releases: v.releases,
        first_hit: v.first_hit,
        window: Window { after: v.after, before: v.before },
        case,
        because: v.because,
    }
}
