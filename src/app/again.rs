//! Planting again: the canaries of a release that stands, for the seeder of the
//! next one, and what is checked before a canary is put into one more release.
//! Issuing the release is `issue`'s.

use std::collections::{BTreeMap, HashSet};

use super::views::{NewCanary, NewRelease, StandingView};
use super::{App, AppError};
use crate::model::{Canary, CanaryId, ContactPoint, Event, Release, ReleaseState, Shared, Source, SourceId};

/// Canaries of a new release that were planted before.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) kept: u64,
    pub(super) shared: Vec<Shared>,
}

impl App {
    /// The newest release of a source and dataset that is planted and not
    /// withdrawn, with its canaries in clear; the look is in the ledger.
    pub async fn standing(&self, source: &str, dataset: &str, by: &str) -> Result<Option<StandingView>, AppError> {
        let source = self.source_named(source).await?;
        let stands =
            |r: &Release| r.source == source.id && r.dataset.as_str() == dataset && r.state == ReleaseState::Planted;
        let releases = self.store.releases().await?;
        let Some(release) = releases.into_iter().filter(stands).max_by_key(|r| (r.planted_at, r.id)) else {
            return Ok(None);
        };
        let canaries = self.store.canaries(release.id).await?;
        let what = format!("the {} canaries of {}, to plant them again", canaries.len(), release.id);
        self.record(vec![Event::Revealed { by: by.to_owned(), what }]).await?;
        let canaries = canaries.into_iter().map(as_it_stands).collect();
        Ok(Some(StandingView { release: self.release_view(release).await?, canaries }))
    }

    /// Which of the canaries were planted before. Each must have the contact points
    /// that it always had, and be of this source or of the one it is shared with.
    pub(super) async fn planted_again(&self, new: &NewRelease, source: &Source) -> Result<Again, AppError> {
        let lender = match &new.shared_with {
            Some(name) => Some(self.source_named(name).await?.id),
            None => None,
        };
        let (mut again, mut seen) = (Again::default(), HashSet::new());
        let mut shared: BTreeMap<Vec<SourceId>, u64> = BTreeMap::new();
        for (canary, id) in new.canaries.iter().filter_map(|c| Some((c, c.id?))) {
            if !seen.insert(id) {
                return Err(AppError::Invalid(format!("{id} is twice in one release")));
            }
            let plantings = self.store.plantings(id).await?;
            same_points(id, &plantings, canary)?;
            let holders = self.holders(&plantings).await?;
            if holders.contains(&source.id) {
                again.kept += 1;
            } else if lender.is_some_and(|lender| holders.contains(&lender)) {
                *shared.entry(holders).or_default() += 1;
            } else {
                return Err(AppError::Invalid(format!(
                    "{id} was never planted for {}; to share canaries, name the source that holds them with --shared-with",
                    source.name
                )));
            }
        }
        again.shared = shared.into_iter().map(|(with, canaries)| Shared { with, canaries }).collect();
        Ok(again)
    }

    /// Everybody who was given a canary, in order.
    async fn holders(&self, plantings: &[Canary]) -> Result<Vec<SourceId>, AppError> {
        let mut holders = Vec::new();
        for planting in plantings {
            holders.extend(self.store.release(planting.release).await?.map(|r| r.source));
        }
        holders.sort();
        holders.dedup();
        Ok(holders)
    }
}

fn same_points(id: CanaryId, plantings: &[Canary], canary: &NewCanary) -> Result<(), AppError> {
    let Some(first) = plantings.first() else {
        return Err(AppError::NotFound(format!("there is no canary {id} that could be planted again")));
    };
    let values = |points: &[ContactPoint]| points.iter().map(|p| p.value.clone()).collect::<HashSet<_>>();
    if values(&first.contact_points) == values(&canary.contact_points) {
        return Ok(());
    }
    Err(AppError::Invalid(format!("{id} has other contact points; a canary keeps its own in every release")))
}

fn as_it_stands(c: Canary) -> NewCanary {
    NewCanary {
        id: Some(c.id),
        fields: c.fields,
        names: c.names,
        identifiers: c.identifiers,
        contact_points: c.contact_points,
        id_safety: c.id_safety,
        location: c.location,
        due: None,
        related: c.related,
    }
}
