//! `source add | list | show`.

use std::collections::HashMap;

use super::views::SourceView;
use super::{App, AppError};
use crate::model::{Event, Name, Source, SourceId};

impl App {
    /// Adds a source. The name must be new, the parent known.
    pub async fn add_source(
        &self,
        name: &str,
        title: Option<String>,
        parent: Option<String>,
        notify: Vec<String>,
    ) -> Result<SourceView, AppError> {
        let name = Name::parse(name).map_err(|e| AppError::Invalid(e.to_string()))?;
        let parent = match parent {
            Some(parent) => Some(self.source_named(&parent).await?.id),
            None => None,
        };
        if let Some(bad) = notify.iter().find(|a| crate::model::ContactPoint::mailbox(a).is_err()) {
            return Err(AppError::Invalid(format!("--notify {bad:?} is not a mail address")));
        }
        let added_at = self.now();
        let id = self.with_entropy(|entropy| SourceId::new(added_at, entropy));
        let title = title.filter(|t| !t.trim().is_empty());
        self.record(vec![Event::Source(Source { id, name: name.clone(), title, parent, notify, added_at })]).await?;
        self.show_source(name.as_str()).await
    }

    /// All sources with what each holds.
    pub async fn list_sources(&self) -> Result<Vec<SourceView>, AppError> {
        let sources = self.store.sources().await?;
        let releases = self.store.releases().await?;
        let names: HashMap<SourceId, String> = sources.iter().map(|s| (s.id, s.name.to_string())).collect();
        let view = |s: &Source| {
            let own = releases.iter().filter(|r| r.source == s.id);
            SourceView {
                id: s.id,
                name: s.name.to_string(),
                title: s.title.clone(),
                parent: s.parent.and_then(|p| names.get(&p).cloned()),
                notify: s.notify.clone(),
                added_at: s.added_at,
                releases: own.clone().count(),
                canaries: own.map(|r| r.canaries - r.kept).sum(),
            }
        };
        Ok(sources.iter().map(view).collect())
    }

    /// One source.
    pub async fn show_source(&self, name: &str) -> Result<SourceView, AppError> {
        let id = self.source_named(name).await?.id;
        let all = self.list_sources().await?;
        all.into_iter().find(|s| s.id == id).ok_or_else(|| unknown(name, &[]))
    }

    /// The source of that name; where there is none, says which ones there are.
    pub(super) async fn source_named(&self, name: &str) -> Result<Source, AppError> {
        let sources = self.store.sources().await?;
        let found = sources.iter().find(|s| s.name.as_str() == name).cloned();
        found.ok_or_else(|| unknown(name, &sources))
    }

    /// Names of all sources by id.
    pub(super) async fn source_names(&self) -> Result<HashMap<SourceId, String>, AppError> {
        Ok(self.store.sources().await?.into_iter().map(|s| (s.id, s.name.to_string())).collect())
    }
}

fn unknown(name: &str, sources: &[Source]) -> AppError {
    let mut known: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
    known.sort_by(|a, b| strsim::jaro_winkler(name, b).total_cmp(&strsim::jaro_winkler(name, a)));
    let known = match known.len() {
        0 => "there are none yet".to_owned(),
        _ => format!("there are: {}", known.into_iter().take(8).collect::<Vec<_>>().join(", ")),
    };
    AppError::NotFound(format!("there is no source named {name:?} ({known}); add it with `dyepack source add {name}`"))
}
