//! `case list | show | note | close | reopen`: what people do about a suspicion.
//! Cases are opened by judgement.

use std::collections::HashMap;

use super::views::{CaseView, LeakView, NoteView};
use super::{App, AppError};
use crate::model::case::{Note, Outcome};
use crate::model::{Case, CaseId, Event, SourceId};

/// Octets of a note.
const NOTE: usize = 20_000;

impl App {
    /// All cases, newest first.
    pub async fn list_cases(&self) -> Result<Vec<CaseView>, AppError> {
        let names = self.source_names().await?;
        let leaks = self.list_leaks().await?;
        let mut cases = self.store.cases().await?;
        cases.sort_by_key(|c| std::cmp::Reverse(c.id));
        Ok(cases.into_iter().map(|c| view(c, &names, &leaks)).collect())
    }

    /// One case.
    pub async fn show_case(&self, id: CaseId) -> Result<CaseView, AppError> {
        let case = self.case_of(id).await?;
        Ok(view(case, &self.source_names().await?, &self.list_leaks().await?))
    }

    /// The case of an id.
    pub(super) async fn case_of(&self, id: CaseId) -> Result<Case, AppError> {
        self.store
            .case(id)
            .await?
            .ok_or_else(|| AppError::NotFound(format!("there is no case {id}; `dyepack case list` shows them")))
    }

    /// Every source's newest case.
    pub(super) async fn newest_cases(&self) -> Result<HashMap<SourceId, Case>, AppError> {
        let mut cases = self.store.cases().await?;
        cases.sort_by_key(|c| c.id);
        Ok(cases.into_iter().map(|c| (c.source, c)).collect())
    }

    /// Writes something down in a case.
    pub async fn note_case(&self, id: CaseId, text: &str, by: &str) -> Result<CaseView, AppError> {
        if text.trim().is_empty() || text.len() > NOTE {
            return Err(AppError::Invalid(format!("a note has 1 to {NOTE} octets")));
        }
        let text = super::observe::clip(text.trim(), NOTE);
        self.change_case(id, by, text, |_| Ok(())).await
    }

    /// Ends a case.
    pub async fn close_case(&self, id: CaseId, outcome: Outcome, by: &str) -> Result<CaseView, AppError> {
        let now = self.now();
        let close = |case: &mut Case| match case.outcome {
            Some(as_what) => {
                Err(AppError::Conflict(format!("{id} is closed already, as {}; reopen it first", as_what.word())))
            }
            None => {
                (case.outcome, case.closed_at) = (Some(outcome), Some(now));
                Ok(())
            }
        };
        self.change_case(id, by, format!("closed as {}", outcome.word()), close).await
    }

    /// Goes on with a case that was closed.
    pub async fn reopen_case(&self, id: CaseId, by: &str) -> Result<CaseView, AppError> {
        let reopen = |case: &mut Case| {
            if case.is_open() {
                return Err(AppError::Conflict(format!("{id} is open")));
            }
            (case.outcome, case.closed_at) = (None, None);
            Ok(())
        };
        self.change_case(id, by, "reopened".to_owned(), reopen).await
    }

    async fn change_case(
        &self,
        id: CaseId,
        by: &str,
        text: String,
        change: impl FnOnce(&mut Case) -> Result<(), AppError>,
    ) -> Result<CaseView, AppError> {
        let _one = self.changes.lock().await;
        let mut case = self.case_of(id).await?;
        change(&mut case)?;
        case.notes.push(Note { at: self.now(), by: by.to_owned(), text });
        self.record(vec![Event::Case(case)]).await?;
        self.show_case(id).await
    }
}

fn view(case: Case, names: &HashMap<SourceId, String>, leaks: &[LeakView]) -> CaseView {
    let source = names.get(&case.source).cloned().unwrap_or_default();
    CaseView {
        id: case.id,
        state: if case.is_open() { "open" } else { "closed" }.to_owned(),
        outcome: case.outcome.map(|o| o.word().to_owned()),
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        notes: case.notes.into_iter().map(|n| NoteView { at: n.at, by: n.by, text: n.text }).collect(),
        leak: leaks.iter().find(|l| l.source == source).cloned(),
        source,
    }
}
