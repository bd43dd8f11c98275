//! `dyepack case list | show | note | close | reopen`.

use anyhow::{Context, Result};
use clap::Subcommand;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::CaseView;
use crate::model::CaseId;
use crate::model::case::Outcome;

#[derive(Subcommand)]
pub(super) enum Case {
    /// Shows all cases, newest first.
    List,
    /// Shows one case, what speaks for it and what was done.
    Show { id: CaseId },
    /// Writes something down in a case.
    Note { id: CaseId, text: String },
    /// Ends a case.
    Close {
        id: CaseId,
        /// confirmed, false-alarm or expected.
        #[arg(long = "as", value_parser = outcome)]
        outcome: Outcome,
    },
    /// Goes on with a case that was closed.
    Reopen { id: CaseId },
}

fn outcome(word: &str) -> Result<Outcome> {
    Outcome::parse(word).context("there are confirmed, false-alarm and expected")
}

impl Case {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| {
            let case = match self {
                Case::List => {
                    let all = client.cases().await?;
                    return if common.json { print::json(&all) } else { table(&all) };
                }
                Case::Show { id } => client.case(id).await?,
                Case::Note { id, text } => client.note_case(id, text).await?,
                Case::Close { id, outcome } => client.close_case(id, outcome).await?,
                Case::Reopen { id } => client.reopen_case(id).await?,
            };
            if common.json { print::json(&case) } else { show(&case) }
        })
        .await
    }
}

fn table(cases: &[CaseView]) -> Result<()> {
    let row = |c: &CaseView| {
        vec![
            c.id.to_string(),
            c.source.clone(),
            c.outcome.as_ref().map_or_else(|| c.state.clone(), |o| format!("{}, {o}", c.state)),
            print::when(c.opened_at),
            c.leak.as_ref().map_or_else(String::new, |l| format!("{:.4}", l.probability)),
            c.leak.as_ref().map_or_else(String::new, |l| l.hits.to_string()),
        ]
    };
    print::table(
        &["CASE", "SOURCE", "STATE", "OPENED (UTC)", "PROBABILITY", "HITS"],
        cases.iter().map(row).collect(),
        "no cases; one is opened when a source is over the bar set in [attribution]",
    )
}

fn show(case: &CaseView) -> Result<()> {
    let state = case.outcome.as_ref().map_or_else(|| case.state.clone(), |o| format!("{} as {o}", case.state));
    let mut text = format!("{}   {}   {state}, opened {} UTC\n", case.id, case.source, print::when(case.opened_at));
    if let Some(leak) = &case.leak {
        leak.because.iter().for_each(|b| text.push_str(&format!("  - {}\n", print::harmless(b))));
    }
    for note in &case.notes {
        let said = print::harmless(&note.text);
        text.push_str(&format!("{}  {}: {said}\n", print::when(note.at), print::harmless(&note.by)));
    }
    print::text(&text)
}
