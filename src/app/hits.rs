//! `hits`: what arrived, filtered, with each hit's campaign.

use super::views::HitView;
use super::{App, AppError};
use crate::attribution::Campaigns;
use crate::model::{Channel, Hit, Time};

/// What to show of the hits.
#[derive(Debug, Clone, Default)]
pub struct HitFilter {
    pub source: Option<String>,
    pub channel: Option<Channel>,
    pub since: Option<Time>,
}

impl App {
    /// Hits, oldest first.
    pub async fn list_hits(&self, filter: &HitFilter) -> Result<Vec<HitView>, AppError> {
        let wanted = match &filter.source {
            Some(name) => Some(self.source_named(name).await?.name.to_string()),
            None => None,
        };
        let names = self.source_names().await?;
        let all = self.store.hits(None).await?;
        let campaigns = Campaigns::of(&all);
        let source_of = |h: &Hit| h.source.and_then(|s| names.get(&s)).cloned();
        let fits = |v: &HitView| {
            filter.channel.is_none_or(|c| v.channel == c)
                && filter.since.is_none_or(|t| v.at >= t)
                && wanted.as_ref().is_none_or(|w| v.source.as_ref() == Some(w) || v.also.contains(w))
        };
        let also_of = |h: &Hit| h.also.iter().filter_map(|s| names.get(s)).cloned().collect();
        let shown = |h: Hit| HitView { also: also_of(&h), ..view(source_of(&h), campaigns.name(h.id), h) };
        Ok(all.into_iter().map(shown).filter(fits).collect())
    }
}

/// A hit for people.
pub(super) fn view(source: Option<String>, campaign: String, h: Hit) -> HitView {
    let words = h.words();
    HitView {
        id: h.id,
        at: h.at,
        channel: h.channel,
        to: h.to.value,
        from: words.from,
        summary: words.summary,
        canary: h.canary,
        release: h.release,
        source,
        also: Vec::new(),
        campaign,
        status: h.status,
        control: h.control,
        confirmed: h.confirmed,
        evidence_sha256: h.evidence_sha256,
    }
}
