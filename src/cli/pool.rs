//! `dyepack pool add | list`.

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::{PointStatus, PoolView};
use crate::model::PoolKind;

#[derive(Subcommand)]
pub(super) enum Pool {
    /// Adds what you own.
    Add {
        kind: KindArg,
        /// Numbers as +86138…, mailboxes, domains, or web hosts as https://host.
        #[arg(required_unless_present = "file")]
        values: Vec<String>,
        /// Never to be planted: it measures how much contact arrives for no reason.
        #[arg(long)]
        control: bool,
        /// A file with one value a line.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Shows what there is and how it stands.
    List,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum KindArg {
    Phone,
    Mailbox,
    MailDomain,
    WebHost,
}

impl From<KindArg> for PoolKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Phone => PoolKind::Phone,
            KindArg::Mailbox => PoolKind::Mailbox,
            KindArg::MailDomain => PoolKind::MailDomain,
            KindArg::WebHost => PoolKind::WebHost,
        }
    }
}

impl Pool {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        match self {
            Pool::Add { kind, mut values, control, file } => {
                if let Some(file) = file {
                    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
                    values.extend(
                        text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned),
                    );
                }
                let added =
                    with_client(common, async |client| Ok(client.add_to_pool(kind.into(), values, control).await?))
                        .await?;
                if common.json {
                    print::json(&added)
                } else {
                    print::text(&format!(
                        "added {} to the pool{}",
                        added.len(),
                        if control { " as controls" } else { "" }
                    ))
                }
            }
            Pool::List => {
                let all = with_client(common, async |client| Ok(client.pool().await?)).await?;
                if common.json { print::json(&all) } else { table(&all) }
            }
        }
    }
}

fn table(pool: &[PoolView]) -> Result<()> {
    let row = |p: &PoolView| {
        vec![
            p.kind.clone(),
            p.value.clone(),
            status(p.status).to_owned(),
            if p.planted > 0 { p.planted.to_string() } else { String::new() },
        ]
    };
    print::table(
        &["KIND", "VALUE", "STATUS", "PLANTED BELOW"],
        pool.iter().map(row).collect(),
        "the pool is empty: dyepack pool add phone +…",
    )
}

pub(super) fn status(status: PointStatus) -> &'static str {
    match status {
        PointStatus::Planted => "planted",
        PointStatus::Control => "control",
        PointStatus::Free => "free",
        PointStatus::Retired => "retired",
        PointStatus::Unknown => "unknown",
    }
}
