//! `dyepack source add | list | show`.

use anyhow::Result;
use clap::Subcommand;

use super::connect::with_client;
use super::{Common, print};
use crate::api::wire::AddSource;
use crate::app::views::SourceView;

#[derive(Subcommand)]
pub(super) enum Source {
    /// Adds a source.
    Add {
        /// One word; letters of any script.
        name: String,
        /// What people call it in full.
        #[arg(long)]
        title: Option<String>,
        /// The source it belongs to.
        #[arg(long)]
        parent: Option<String>,
        /// A mail address that is told of its hits too; can be given again.
        #[arg(long)]
        notify: Vec<String>,
    },
    /// Shows all sources.
    List,
    /// Shows one source.
    Show { name: String },
}

impl Source {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| match self {
            Source::Add { name, title, parent, notify } => {
                let added = client.add_source(&AddSource { name, title, parent, notify }).await?;
                if common.json {
                    print::json(&added)
                } else {
                    print::text(&format!("added source {} ({})", added.name, added.id))
                }
            }
            Source::List => {
                let all = client.sources().await?;
                if common.json { print::json(&all) } else { table(&all) }
            }
            Source::Show { name } => {
                let one = client.source(&name).await?;
                if common.json { print::json(&one) } else { table(std::slice::from_ref(&one)) }
            }
        })
        .await
    }
}

fn table(sources: &[SourceView]) -> Result<()> {
    let row = |s: &SourceView| {
        vec![
            s.name.clone(),
            s.title.clone().unwrap_or_default(),
            s.parent.clone().unwrap_or_default(),
            s.releases.to_string(),
            s.canaries.to_string(),
            s.notify.join(" "),
        ]
    };
    print::table(
        &["NAME", "TITLE", "PARENT", "RELEASES", "CANARIES", "NOTIFY"],
        sources.iter().map(row).collect(),
        "no sources yet: dyepack source add NAME",
    )
}
