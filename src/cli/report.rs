//! `dyepack report CASE -o FILE.html|.json`: for a person, and for a machine.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

use super::connect::with_client;
use super::output::Output;
use super::{Common, print};
use crate::dashboard::report;
use crate::model::CaseId;

#[derive(Args)]
pub(super) struct Report {
    case: CaseId,
    /// The file to write: what it ends in says which form.
    #[arg(short, long)]
    output: PathBuf,
}

impl Report {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let html = match self.output.extension().and_then(|e| e.to_str()) {
            Some("html" | "htm") => true,
            Some("json") => false,
            _ => bail!("{}: a report is written as .html or .json", self.output.display()),
        };
        with_client(common, async |client| {
            let mut output = Output::begin(&self.output)?;
            let view = client.report(self.case).await?;
            let text = if html { report::html(&view)? } else { serde_json::to_string_pretty(&view)? };
            output.write(text.as_bytes())?;
            output.finish()?;
            let path = self.output.display().to_string();
            if common.json { print::json(&json!({ "file": path, "case": self.case })) } else { print::text(&path) }
        })
        .await
    }
}
