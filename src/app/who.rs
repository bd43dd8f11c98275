//! `who`: is this value a canary's, and whose.

use std::collections::BTreeSet;

use super::views::{PointStatus, WhoRelease, WhoView};
use super::{App, AppError};
use crate::model::{Canary, CanaryId, ContactPoint, Event, Lookup};
use crate::store::Owner;

impl App {
    /// Looks a value up under every form it may have. A look at a canary that
    /// was never hit is in the ledger, with who looked.
    pub async fn who(&self, value: &str, by: &str) -> Result<WhoView, AppError> {
        let value = value.trim();
        if value.is_empty() || value.len() > 2_000 {
            return Err(AppError::Invalid(
                "give one phone number, mail address, web address, identity number or name".to_owned(),
            ));
        }
        let guesses = Lookup::guesses(value);
        for (kind, key) in &guesses {
            let owners = self.store.owners(key).await?;
            let canary = |o: &Owner| if let Owner::Canary(canary) = o { Some(canary.as_ref().clone()) } else { None };
            let canaries: Vec<Canary> = owners.iter().filter_map(canary).collect();
            if !canaries.is_empty() {
                return self.planted_view(value, kind, &canaries, by).await;
            }
            if let Some(control) =
                owners.iter().find_map(|o| if let Owner::Pool { control } = o { Some(*control) } else { None })
            {
                return Ok(bare(value, kind, if control { PointStatus::Control } else { PointStatus::Free }));
            }
        }
        let kind = guesses.first().map_or("name", |(kind, _)| kind);
        let below = match ContactPoint::mailbox(value).or_else(|_| ContactPoint::url(value)) {
            Ok(point) => self.ours(&point).await?,
            Err(_) => None,
        };
        let status = match below {
            Some(true) => PointStatus::Control,
            Some(false) => PointStatus::Free,
            None => PointStatus::Unknown,
        };
        Ok(bare(value, kind, status))
    }

    async fn planted_view(&self, value: &str, kind: &str, canaries: &[Canary], by: &str) -> Result<WhoView, AppError> {
        let names = self.source_names().await?;
        let mut releases = Vec::with_capacity(canaries.len());
        let mut status = PointStatus::Retired;
        for canary in canaries {
            if self.planted_status(canary.release).await? == PointStatus::Planted {
                status = PointStatus::Planted;
            }
            let release = self.release_of(canary.release).await?;
            releases.push(WhoRelease {
                release: release.id,
                source: names.get(&release.source).cloned().unwrap_or_default(),
                dataset: release.dataset.to_string(),
                seeded_at: release.issued_at,
                canary: canary.id,
            });
        }
        let ids: BTreeSet<CanaryId> = canaries.iter().map(|c| c.id).collect();
        let what = ids.iter().map(CanaryId::to_string).collect::<Vec<_>>().join(", ");
        self.record(vec![Event::Revealed { by: by.to_owned(), what: format!("who, by a {kind}: {what}") }]).await?;
        let one = if ids.len() == 1 { ids.into_iter().next() } else { None };
        Ok(WhoView { value: value.to_owned(), kind: kind.to_owned(), status, canary: one, releases })
    }
}

fn bare(value: &str, kind: &str, status: PointStatus) -> WhoView {
    WhoView { value: value.to_owned(), kind: kind.to_owned(), status, canary: None, releases: Vec::new() }
}
