//! stub
use anyhow::Result;
#[derive(clap::Args)]
pub(super) struct Demo { #[arg(long)] once: bool }
impl Demo { pub(super) async fn run(self) -> Result<()> { let _ = self.once; Ok(()) } }
