//! `dyepack who VALUE`.

use anyhow::Result;
use clap::Args;

use super::connect::with_client;
use super::{Common, pool, print};
use crate::app::views::WhoView;

#[derive(Args)]
pub(super) struct Who {
    /// A phone number, mail address, web address, ID number or name.
    value: String,
}

impl Who {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let found = with_client(common, async |client| Ok(client.who(&self.value).await?)).await?;
        if common.json { print::json(&found) } else { show(&found) }
    }
}

fn show(found: &WhoView) -> Result<()> {
    let mut out = format!("{}: {} ({})\n", print::harmless(&found.value), pool::status(found.status), found.kind);
    for r in &found.releases {
        out.push_str(&format!(
            "  source {}, dataset {}, seeded {}, {}, {}\n",
            r.source,
            r.dataset,
            print::when(r.seeded_at),
            r.release,
            r.canary
        ));
    }
    print::text(&out)
}
