//! `dyepack restore F`: takes a backup over into an empty store of either kind.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::PathBuf;

use super::{Common, host, print};
use crate::config::Config;
use crate::store::keys::Keys;
use crate::store::{StoreError, archive};

#[derive(Args)]
pub(super) struct Restore {
    /// What `dyepack backup` wrote.
    file: PathBuf,
}

impl Restore {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        if common.server.is_some() {
            bail!("restore works on the store of a configuration, not on a server: leave out --server");
        }
        let config = Config::read(&common.config)?;
        let keys = Keys::read(&config.key_file())?;
        let file = File::open(&self.file).with_context(|| format!("reading {}", self.file.display()))?;
        // Before a store is made for it.
        archive::check(BufReader::with_capacity(1 << 20, &file), &keys)
            .with_context(|| self.file.display().to_string())?;
        (&file).rewind()?;
        host::create_store(&config, &keys).await?;
        let store = host::open_store(&config, keys, None).await?;
        let entries = match archive::restore(store.as_ref(), BufReader::with_capacity(1 << 20, file)).await {
            Err(StoreError::NotEmpty(_)) => bail!(
                "the store at {} is not empty; nothing was changed. Set [store] url to a new directory or an empty database, keep the key file, and run this again",
                config.store_shown()
            ),
            outcome => outcome.with_context(|| self.file.display().to_string())?,
        };
        if common.json {
            return print::json(&json!({ "entries": entries, "store": config.store_shown() }));
        }
        print::text(&format!(
            "{entries} entries restored into {}; the ledger has the root that the backup states",
            config.store_shown()
        ))
    }
}
