//! `dyepack keys list | rotate`.

use anyhow::{Result, bail};
use clap::Subcommand;
use std::time::Duration;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::KeysView;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Shows the ids of the sealing keys, and the public key of the ledger.
    List,
    /// Puts a new sealing key in use and seals everything anew, while the server serves.
    Rotate,
}

impl Keys {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| {
            let mut keys = match self {
                Keys::List => client.keys().await?,
                Keys::Rotate => client.rotate_keys().await?,
            };
            if matches!(self, Keys::Rotate) {
                while let Some(rotation) = keys.rotation {
                    if rotation.of > 0 {
                        eprintln!("sealing anew: {} of {} entries", rotation.done, rotation.of);
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    keys = client.keys().await?;
                }
                if keys.ids.len() > 1 {
                    bail!("the rotation stopped before its end; both keys stay in use, and the next start goes on with it (see the server's log)");
                }
            }
            if common.json { print::json(&keys) } else { show(&keys) }?;
            if matches!(self, Keys::Rotate) {
                eprintln!("copy the key file anew to where its copy is kept, and to every replica; backups from before need the key file of their time");
            }
            Ok(())
        })
        .await
    }
}

fn show(keys: &KeysView) -> Result<()> {
    let mut text = String::new();
    for (n, id) in keys.ids.iter().enumerate() {
        text.push_str(&format!(
            "sealing key  {id}{}\n",
            if n == 0 { "   in use" } else { "   until all is sealed anew" }
        ));
    }
    if let Some(r) = keys.rotation {
        text.push_str(&format!("rotation     {} of {} entries\n", r.done, r.of));
    }
    print::text(&format!("{text}public key   {}", keys.public_key))
}
