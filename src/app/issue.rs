//! Seeding, the server's part: a release and its canaries go into the ledger
//! before a row is planted anywhere (issued), and are confirmed after (planted).

use super::again::Again;
use super::views::{NewCanary, NewRelease, ReleaseView};
use super::{App, AppError};
use crate::model::{Canary, CanaryId, Event, Name, Release, ReleaseId, ReleaseState, Source};

impl App {
    /// Puts a release and its canaries into the ledger. From here on every one
    /// of their contact points is taken for good.
    pub async fn issue(&self, new: NewRelease) -> Result<ReleaseView, AppError> {
        let source = self.source_named(&new.source).await?;
        let dataset = Name::parse(&new.dataset).map_err(|e| AppError::Invalid(e.to_string()))?;
        if new.canaries.is_empty() {
            return Err(AppError::Invalid("a release without canaries traces nothing".to_owned()));
        }
        for point in new.canaries.iter().flat_map(|c| &c.contact_points) {
            self.may_plant(point).await?;
        }
        let again = self.planted_again(&new, &source).await?;
        let release = self.new_release(&new, &source, dataset, again);
        let mut batch = vec![Event::Release(release.clone())];
        batch.extend(self.new_canaries(new, release.id).into_iter().map(Event::Canary));
        self.record(batch).await?;
        self.met.forget();
        self.release_view(release).await
    }

    fn new_release(&self, new: &NewRelease, source: &Source, dataset: Name, again: Again) -> Release {
        let issued_at = self.now();
        Release {
            id: self.with_entropy(|entropy| ReleaseId::new(issued_at, entropy)),
            source: source.id,
            dataset,
            state: ReleaseState::Issued,
            place: new.place.clone(),
            rows_in: new.rows_in,
            canaries: new.canaries.len() as u64,
            kept: again.kept,
            shared: again.shared,
            roles: new.roles.clone(),
            next: new.canaries.iter().filter_map(|c| c.due).min(),
            issued_at,
            planted_at: None,
            withdrawn_at: None,
        }
    }

    fn new_canaries(&self, new: NewRelease, release: ReleaseId) -> Vec<Canary> {
        let now = self.now();
        let canary = |c: super::views::NewCanary| Canary {
            id: c.id.unwrap_or_else(|| self.with_entropy(|entropy| CanaryId::new(now, entropy))),
            release,
            fields: c.fields,
            names: c.names,
            identifiers: c.identifiers,
            contact_points: c.contact_points,
            id_safety: c.id_safety,
            location: c.location,
            due: c.due,
            related: c.related,
        };
        new.canaries.into_iter().map(canary).collect()
    }

    /// The cells of canaries as the table has them: a trigger or a default may have
    /// changed them on their way in. What they are known by stays.
    pub async fn settle(&self, id: ReleaseId, rows: Vec<NewCanary>) -> Result<ReleaseView, AppError> {
        let _one = self.changes.lock().await;
        let mut release = self.release_of(id).await?;
        if release.state != ReleaseState::Issued {
            return Err(AppError::Conflict(format!("{id} is {}; its rows are settled", release.state.word())));
        }
        let known = self.store.canaries(id).await?;
        let mut batch = Vec::new();
        for row in rows {
            let Some(canary) = known.iter().find(|c| Some(c.id) == row.id) else {
                return Err(AppError::NotFound(format!(
                    "{id} has no such canary; look at `dyepack canary list --release {id}`"
                )));
            };
            let canary = canary.clone();
            batch.push(Event::Canary(Canary {
                fields: row.fields,
                location: row.location,
                related: row.related,
                ..canary
            }));
        }
        let now = self.now();
        // As long as it is open, the last ones may have been due and not come in.
        let due = || known.iter().filter_map(|c| c.due);
        let next = due().filter(|due| *due > now).min().or_else(|| due().max());
        if release.next != next {
            release.next = next;
            batch.push(Event::Release(release.clone()));
        }
        if !batch.is_empty() {
            self.record(batch).await?;
        }
        self.release_view(release).await
    }

    /// The rows are in place.
    pub async fn confirm(&self, id: ReleaseId) -> Result<ReleaseView, AppError> {
        let _one = self.changes.lock().await;
        let mut release = self.release_of(id).await?;
        match release.state {
            ReleaseState::Planted => return self.release_view(release).await,
            ReleaseState::Withdrawn => return Err(AppError::Conflict(format!("{id} was withdrawn; seed anew"))),
            ReleaseState::Issued => {}
        }
        release.state = ReleaseState::Planted;
        release.planted_at = Some(self.now());
        release.next = None;
        self.record(vec![Event::Release(release.clone())]).await?;
        self.met.forget();
        self.release_view(release).await
    }

    /// The rows are not, or no longer, in place. Contacts still count: a copy
    /// may have leaked before.
    pub async fn withdraw(&self, id: ReleaseId) -> Result<ReleaseView, AppError> {
        let _one = self.changes.lock().await;
        let mut release = self.release_of(id).await?;
        if release.state != ReleaseState::Withdrawn {
            release.state = ReleaseState::Withdrawn;
            release.withdrawn_at = Some(self.now());
            self.record(vec![Event::Release(release.clone())]).await?;
            self.met.forget();
        }
        self.release_view(release).await
    }

    /// The release of an id.
    pub(super) async fn release_of(&self, id: ReleaseId) -> Result<Release, AppError> {
        self.store
            .release(id)
            .await?
            .ok_or_else(|| AppError::NotFound(format!("there is no release {id}; `dyepack release list` shows them")))
    }
}
