//! `dyepack leaks`.

use anyhow::Result;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::LeakView;
use crate::model::Time;

pub(super) async fn run(common: &Common) -> Result<()> {
    let leaks = with_client(common, async |client| Ok(client.leaks().await?)).await?;
    if common.json { print::json(&leaks) } else { print::text(&report(&leaks)) }
}

/// The verdicts for people.
pub(super) fn report(leaks: &[LeakView]) -> String {
    if leaks.is_empty() {
        return "no canary was contacted; nothing points at any source".to_owned();
    }
    let day = |t: Option<Time>| t.map_or_else(|| "?".to_owned(), print::when);
    let mut out = String::new();
    for leak in leaks {
        let verdict =
            if leak.accused { "over the bar for naming the source" } else { "a lead, not enough to name the source" };
        let title = leak.title.as_ref().map_or(String::new(), |t| format!(" ({t})"));
        out.push_str(&format!("{}{title}: {} leaked, {verdict}\n", leak.source, percent(leak.probability)));
        out.push_str(&format!(
            "  between {} and {} UTC; log10 Bayes factor {:.1}\n",
            day(leak.window.after),
            day(leak.window.before),
            leak.log10_bayes_factor
        ));
        leak.because.iter().for_each(|b| out.push_str(&format!("  - {}\n", print::harmless(b))));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn percent(p: f64) -> String {
    if p > 0.9999 { "more than 99.99 %".to_owned() } else { format!("{:.2} %", p * 100.0) }
}
