//! `dyepack pool add | list`. Files of many values are `file`'s.

mod file;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;

use self::file::Listed;
use super::connect::with_client;
use super::{Common, print};
use crate::app::views::{NewPoint, PointStatus, PoolView};
use crate::model::{LineKind, PointFacts, PoolKind};

#[derive(Subcommand)]
pub(super) enum Pool {
    /// Adds what you own.
    Add(Box<Add>),
    /// Shows what there is and how it stands.
    List,
}

#[derive(Args)]
pub(super) struct Add {
    kind: KindArg,
    /// Numbers as +86138…, mailboxes, domains, or web hosts as https://host.
    #[arg(required_unless_present = "file")]
    values: Vec<String>,
    /// Never to be planted: it measures how much contact arrives for no reason.
    #[arg(long)]
    control: bool,
    /// A file with one value a line, or CSV with a header: value and any of kind,
    /// carrier, city, since, control. Its cells come before the options here.
    #[arg(long)]
    file: Option<PathBuf>,
    /// What kind of line these phones are: mobile, landline, voip or toll-free.
    #[arg(long = "kind", id = "line", value_name = "LINE", value_parser = LineKind::parse)]
    line: Option<LineKind>,
    /// The carrier of these phones.
    #[arg(long)]
    carrier: Option<String>,
    /// The city that these phones are of.
    #[arg(long)]
    city: Option<String>,
    /// When these phones, their prefix, or mailboxes came into service, as 2015-03-01.
    #[arg(long, value_name = "DATE", value_parser = PointFacts::date)]
    since: Option<Date>,
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
            Pool::Add(add) => add.run(common).await,
            Pool::List => {
                let all = with_client(common, async |client| Ok(client.pool().await?)).await?;
                if common.json { print::json(&all) } else { table(&all) }
            }
        }
    }
}

impl Add {
    async fn run(self, common: &Common) -> Result<()> {
        let facts = PointFacts { kind: self.line, carrier: self.carrier, city: self.city, since: self.since };
        let kind = PoolKind::from(self.kind);
        let like = NewPoint { value: String::new(), control: self.control, facts };
        let mut points: Vec<NewPoint> =
            self.values.into_iter().map(|value| NewPoint { value, ..like.clone() }).collect();
        let listed = self.file.map(|path| Listed::read(path, kind, &like)).transpose()?;
        points.extend(listed.iter().flat_map(Listed::points));
        let added = with_client(common, async |client| match client.add_to_pool(kind, points).await {
            Ok(added) => Ok(added),
            Err(cause) => match listed.as_ref().and_then(|l| l.place_in(&cause.to_string())) {
                Some(place) if cause.is_conflict() => {
                    bail!("{place}: {cause}; take it out of the file, nothing was added")
                }
                _ => Err(cause.into()),
            },
        })
        .await?;
        if common.json { print::json(&added) } else { print::text(&summary(&added)) }
    }
}

fn summary(added: &[PoolView]) -> String {
    match added.iter().filter(|p| p.status == PointStatus::Control).count() {
        0 => format!("added {} to the pool", added.len()),
        n if n == added.len() => format!("added {n} to the pool as controls"),
        n => format!("added {} to the pool, {n} of them as controls", added.len()),
    }
}

fn table(pool: &[PoolView]) -> Result<()> {
    let row = |p: &PoolView| {
        vec![
            p.kind.clone(),
            p.value.clone(),
            status(p.status).to_owned(),
            p.facts.kind.map_or("", LineKind::word).to_owned(),
            p.facts.carrier.clone().unwrap_or_default(),
            p.facts.city.clone().unwrap_or_default(),
            p.facts.since.map_or_else(String::new, |since| since.to_string()),
            if p.planted > 0 { p.planted.to_string() } else { String::new() },
        ]
    };
    print::table(
        &["KIND", "VALUE", "STATUS", "LINE", "CARRIER", "CITY", "SINCE", "PLANTED BELOW"],
        pool.iter().map(row).collect(),
        "the pool is empty: dyepack pool add phone +…",
    )?;
    providers(pool).map_or(Ok(()), |text| print::text(&text))
}

/// How many mailboxes there are at each provider, most first.
fn providers(pool: &[PoolView]) -> Option<String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (mailbox, domain) in pool.iter().filter_map(|p| Some((p, p.provider.as_deref()?))) {
        let (all, free) = counts.entry(domain).or_default();
        *all += 1;
        *free += usize::from(mailbox.status == PointStatus::Free);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, (all, _))| std::cmp::Reverse(*all));
    let each = |(domain, (all, free)): &(&str, (usize, usize))| format!("{domain} {all} ({free} free)");
    let each: Vec<String> = counts.iter().map(each).collect();
    (!each.is_empty()).then(|| format!("\nmailboxes: {}", print::harmless(&each.join(", "))))
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
