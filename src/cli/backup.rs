//! `dyepack backup -o F`: everything that is recorded, while the server serves.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

use super::connect::with_client;
use super::output::Output;
use super::{Common, print};

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write.
    #[arg(short, long)]
    output: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| {
            let mut output = Output::begin(&self.output)?;
            let octets = client.backup(|octets| output.write(octets)).await??;
            output.finish()?;
            let path = self.output.display().to_string();
            if common.json {
                return print::json(&json!({ "file": path, "octets": octets }));
            }
            print::text(&format!(
                "{path}   {octets} octets, sealed: it is of no use without the key file, so keep both, apart"
            ))
        })
        .await
    }
}
