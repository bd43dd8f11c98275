//! The one page: suspects, sources, what arrived.

use askama::Template;

use crate::app::hits::HitFilter;
use crate::app::views::{HitView, LeakView, SourceView};
use crate::app::{App, AppError};

/// Hits that are listed.
const SHOWN: usize = 100;

/// Everything on the page.
#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct Home {
    leaks: Vec<Suspect>,
    sources: Vec<SourceView>,
    hits: Vec<Row>,
    total: usize,
    at: String,
}

struct Suspect {
    leak: LeakView,
    percent: String,
    window: String,
}

struct Row {
    hit: HitView,
    at: String,
}

impl Home {
    pub(super) async fn of(app: &App) -> Result<Self, AppError> {
        let leaks = app.list_leaks().await?.into_iter().map(suspect).collect();
        let mut hits = app.list_hits(&HitFilter::default()).await?;
        let total = hits.len();
        hits.reverse();
        hits.truncate(SHOWN);
        let hits =
            hits.into_iter().map(|hit| Row { at: hit.at.strftime("%Y-%m-%d %H:%M:%S").to_string(), hit }).collect();
        Ok(Self {
            leaks,
            sources: app.list_sources().await?,
            hits,
            total,
            at: app.now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        })
    }
}

fn suspect(leak: LeakView) -> Suspect {
    let day =
        |t: Option<crate::model::Time>| t.map_or_else(|| "?".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M").to_string());
    let percent =
        if leak.probability > 0.9999 { "> 99.99".to_owned() } else { format!("{:.2}", leak.probability * 100.0) };
    Suspect { percent, window: format!("{} and {}", day(leak.window.after), day(leak.window.before)), leak }
}
