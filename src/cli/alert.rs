//! `dyepack alert list`.

use anyhow::Result;
use clap::Subcommand;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::AlertView;

#[derive(Subcommand)]
pub(super) enum Alert {
    /// Shows notices and how their delivery stands.
    List,
}

impl Alert {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let Alert::List = self;
        let all = with_client(common, async |client| Ok(client.alerts().await?)).await?;
        let row = |a: &AlertView| {
            vec![
                print::when(a.queued_at),
                a.channel.clone(),
                a.source.clone(),
                a.state.word().to_owned(),
                a.attempts.to_string(),
                a.error.clone().unwrap_or_default(),
                a.id.to_string(),
            ]
        };
        if common.json {
            print::json(&all)
        } else {
            print::table(
                &["QUEUED (UTC)", "CHANNEL", "SOURCE", "STATE", "ATTEMPTS", "LAST ERROR", "ID"],
                all.iter().map(row).collect(),
                "no alerts yet",
            )
        }
    }
}
