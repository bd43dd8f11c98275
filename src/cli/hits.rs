//! `dyepack hits`.

use anyhow::{Context, Result, bail};
use clap::Args;

use super::connect::with_client;
use super::{Common, print};
use crate::api::wire::AskHits;
use crate::app::views::HitView;
use crate::model::{Channel, Time};

#[derive(Args)]
pub(super) struct Hits {
    /// Only this source's.
    #[arg(long)]
    source: Option<String>,
    /// sms, voice, email or web.
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// Only from this moment on: 2026-11-23, 2026-11-23T10:00:00Z, or 36h, 7d ago.
    #[arg(long, value_parser = moment)]
    since: Option<Time>,
}

impl Hits {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        let ask = AskHits { source: self.source, channel: self.channel, since: self.since };
        let hits = with_client(common, async |client| Ok(client.hits(&ask).await?)).await?;
        if common.json { print::json(&hits) } else { table(&hits) }
    }
}

fn channel(word: &str) -> Result<Channel> {
    Channel::parse(word).context("there are sms, voice, email and web")
}

/// A moment, a day, or a time span before now.
fn moment(text: &str) -> Result<Time> {
    if let Ok(at) = text.parse::<Time>() {
        return Ok(at);
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return Ok(jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0))?);
    }
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let hours = match (number.parse::<i64>(), unit) {
        (Ok(n), "h") => n,
        (Ok(n), "d") => n * 24,
        _ => bail!("give a day (2026-11-23), a moment (2026-11-23T10:00:00Z) or a span (36h, 7d)"),
    };
    Ok(Time::now().checked_sub(jiff::SignedDuration::from_hours(hours))?)
}

fn table(hits: &[HitView]) -> Result<()> {
    let row = |h: &HitView| {
        let mut status = h.status.word().to_owned();
        status.push_str(if h.confirmed { ", names the person" } else { "" });
        status.push_str(if h.control { ", control" } else { "" });
        vec![
            print::when(h.at),
            h.channel.word().to_owned(),
            print::short(&h.from, 40),
            print::short(&h.to, 60),
            print::short(&h.summary, 48),
            h.source.clone().unwrap_or_default(),
            status,
            h.id.to_string(),
        ]
    };
    print::table(
        &["WHEN (UTC)", "HOW", "FROM", "TO", "WHAT", "SOURCE", "STATUS", "ID"],
        hits.iter().map(row).collect(),
        "nothing arrived yet; dyepack doctor says whether the listeners can be reached",
    )
}
