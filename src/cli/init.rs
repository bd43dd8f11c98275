//! `dyepack init [DIR]`: configuration, key, empty store, first token.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Common, host, print};
use crate::app::SystemClock;
use crate::config::{Config, DEFAULT};
use crate::model::TokenRole;
use crate::store::embedded::Embedded;
use crate::store::keys::Keys;

#[derive(Args)]
pub(super) struct Init {
    /// Where; here if not said.
    dir: Option<PathBuf>,
}

impl Init {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let dir = self.dir.unwrap_or_else(|| PathBuf::from("."));
        std::fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
        let path = dir.join("dyepack.toml");
        let key = dir.join("dyepack.key");
        for there in [&path, &key, &dir.join("data")] {
            if there.exists() {
                bail!(
                    "{} is there already; nothing was changed. Choose another directory, or move it away if you mean to begin anew",
                    there.display()
                );
            }
        }
        let token = create(&path, &key).await?;
        let (path, key) = (path.display().to_string(), key.display().to_string());
        if common.json {
            return print::json(&json!({ "config": path, "key": key, "token": token }));
        }
        print::text(&format!(
            "configuration  {path}\nkey            {key}   keep a copy of it apart from the data: without it nothing can be read\nadmin token    {token}   shown this once\n\nNext: set the addresses in {path}, then\n  dyepack source add NAME\n  dyepack pool add phone +…\n  dyepack serve"
        ))
    }
}

async fn create(path: &Path, key: &Path) -> Result<String> {
    std::fs::write(path, DEFAULT).with_context(|| format!("writing {}", path.display()))?;
    let keys = Keys::create(key)?;
    let config = Config::read(path)?;
    Embedded::create(&config.data_dir(), &keys)?;
    let app = host::open(&config, "127.0.0.1:0", Arc::new(SystemClock::default())).await?;
    let token = app.add_token("admin", TokenRole::Admin).await?;
    token.secret.context("a new token has a secret")
}
