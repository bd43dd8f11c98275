//! `release list | show`, `canary list`. Canaries in clear are shown to those
//! who may see them, and every such look is in the ledger.

use std::collections::{BTreeMap, HashMap};

use super::views::{CanaryView, PointStatus, PointView, ReleaseView};
use super::{App, AppError};
use crate::model::{Canary, CanaryId, Event, Release, ReleaseId, ReleaseState};

impl App {
    /// All releases, newest first.
    pub async fn list_releases(&self) -> Result<Vec<ReleaseView>, AppError> {
        let names = self.source_names().await?;
        let mut releases = self.store.releases().await?;
        releases.sort_by_key(|r| std::cmp::Reverse(r.issued_at));
        Ok(releases.into_iter().map(|r| view(names.get(&r.source).cloned().unwrap_or_default(), r)).collect())
    }

    /// One release.
    pub async fn show_release(&self, id: ReleaseId) -> Result<ReleaseView, AppError> {
        let release = self.release_of(id).await?;
        self.release_view(release).await
    }

    pub(super) async fn release_view(&self, release: Release) -> Result<ReleaseView, AppError> {
        let names = self.source_names().await?;
        Ok(view(names.get(&release.source).cloned().unwrap_or_default(), release))
    }

    /// Planted or retired, for a contact point of that release.
    pub(super) async fn planted_status(&self, release: ReleaseId) -> Result<PointStatus, AppError> {
        let withdrawn = self.release_of(release).await?.state == ReleaseState::Withdrawn;
        Ok(if withdrawn { PointStatus::Retired } else { PointStatus::Planted })
    }

    /// The canaries of a release; in clear if `reveal_to` names who looks.
    pub async fn list_canaries(
        &self,
        id: ReleaseId,
        reveal_to: Option<&str>,
        with_hits: bool,
    ) -> Result<Vec<CanaryView>, AppError> {
        let release = self.release_of(id).await?;
        let source = self.release_view(release).await?.source;
        let canaries = self.store.canaries(id).await?;
        if let Some(by) = reveal_to {
            self.record(vec![Event::Revealed {
                by: by.to_owned(),
                what: format!("the {} canaries of {id}", canaries.len()),
            }])
            .await?;
        }
        let hits = if with_hits { Some(self.hits_by_canary().await?) } else { None };
        Ok(canaries.into_iter().map(|c| canary_view(c, &source, hits.as_ref(), reveal_to.is_some())).collect())
    }

    async fn hits_by_canary(&self) -> Result<HashMap<CanaryId, usize>, AppError> {
        let mut counts = HashMap::new();
        for canary in self.store.hits(None).await?.iter().filter_map(|h| h.canary) {
            *counts.entry(canary).or_default() += 1;
        }
        Ok(counts)
    }
}

fn view(source: String, r: Release) -> ReleaseView {
    ReleaseView {
        id: r.id,
        source,
        dataset: r.dataset.to_string(),
        state: r.state,
        place: r.place,
        rows_in: r.rows_in,
        canaries: r.canaries,
        kept: r.kept,
        next: r.next,
        roles: r.roles.into_iter().collect(),
        issued_at: r.issued_at,
        planted_at: r.planted_at,
        withdrawn_at: r.withdrawn_at,
    }
}

fn canary_view(c: Canary, source: &str, hits: Option<&HashMap<CanaryId, usize>>, reveal: bool) -> CanaryView {
    let fields = if reveal { c.fields.into_iter().map(|f| (f.column, f.value)).collect() } else { BTreeMap::new() };
    CanaryView {
        id: c.id,
        release: c.release,
        source: source.to_owned(),
        fields,
        contact_points: c
            .contact_points
            .into_iter()
            .map(|p| PointView { kind: p.kind, value: reveal.then_some(p.value) })
            .collect(),
        location: reveal.then_some(c.location),
        due: c.due,
        related: if reveal { c.related } else { Vec::new() },
        id_safety: c.id_safety,
        hits: hits.map(|hits| hits.get(&c.id).copied().unwrap_or(0)),
    }
}
