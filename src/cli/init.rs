//! `dyepack init [DIR]`: configuration, key, empty store, first token.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Common, host, print};
use crate::app::SystemClock;
use crate::config::{Config, DEFAULT};
use crate::model::TokenRole;
use crate::store::keys::Keys;

#[derive(Args)]
pub(super) struct Init {
    /// Where; here if not said.
    dir: Option<PathBuf>,
    /// Where the store is to be: sled:DIRECTORY, or postgres://USER@HOST/DATABASE
    /// (the database must exist, and be empty).
    #[arg(long, default_value = "sled:data")]
    store: String,
}

impl Init {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let dir = self.dir.unwrap_or_else(|| PathBuf::from("."));
        std::fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
        let path = dir.join("dyepack.toml");
        let key = dir.join("dyepack.key");
        for there in [&path, &key, &key.with_extension("pub"), &dir.join("data")] {
            if there.exists() {
                bail!(
                    "{} is there already; nothing was changed. Choose another directory, or move it away if you mean to begin anew",
                    there.display()
                );
            }
        }
        let token = create(&path, &key, &self.store).await?;
        let public = key.with_extension("pub").display().to_string();
        let (path, key) = (path.display().to_string(), key.display().to_string());
        if common.json {
            return print::json(&json!({ "config": path, "key": key, "public_key": public, "token": token }));
        }
        print::text(&format!(
            "configuration  {path}\nkey            {key}   keep a copy of it apart from the data: without it nothing can be read\npublic key     {public}   verifies the ledger: give it to those who will check it\nadmin token    {token}   shown this once\n\nNext: set the addresses in {path}, then\n  dyepack source add NAME\n  dyepack pool add phone +…\n  dyepack serve"
        ))
    }
}

async fn create(path: &Path, key: &Path, store: &str) -> Result<String> {
    let url = toml::Value::from(store).to_string();
    let text = DEFAULT.replace("url = \"sled:data\"", &format!("url = {url}"));
    // Its name becomes durable with that of the key, which lies beside it.
    let written =
        std::fs::File::create_new(path).and_then(|mut f| f.write_all(text.as_bytes()).and_then(|()| f.sync_all()));
    written.with_context(|| format!("writing {}", path.display()))?;
    let made = create_store(path, key).await;
    if made.is_err() {
        // Nothing half made stays: the two files were not there before.
        let _ = [path, key, &key.with_extension("pub")].map(std::fs::remove_file);
    }
    made
}

async fn create_store(path: &Path, key: &Path) -> Result<String> {
    let config = Config::read(path)?;
    let keys = Keys::create(key)?;
    let public = format!("{}\n", keys.head_key().public());
    std::fs::write(key.with_extension("pub"), public).context("writing the public key")?;
    host::create_store(&config, &keys).await?;
    let app = host::open(&config, "127.0.0.1:0", Arc::new(SystemClock::default())).await?;
    let token = app.add_token("admin", TokenRole::Admin).await?;
    token.secret.context("a new token has a secret")
}
