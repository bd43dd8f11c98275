//! `dyepack evidence head | export | prove | verify`. Verifying needs no store and
//! no server: a file and the public key.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::connect::with_client;
use super::output::Output;
use super::{Common, print};
use crate::config::Config;
use crate::ledger::export::{self, Verified};
use crate::ledger::head::{Head, PublicKey};
use crate::ledger::proof::{Proof, Shown};
use crate::model::{HitId, HitStatus};
use crate::store::keys::Keys;

/// Octets of a proof at most: evidence has some hundred thousand.
const PROOF: u64 = 16 << 20;
/// Octets of a key or of a mail that brought a head.
const SHORT: u64 = 1 << 20;

#[derive(Subcommand)]
pub(super) enum Evidence {
    /// Signs the ledger as it stands, and shows the signed head and the public key.
    Head,
    /// Writes the whole ledger into a file that anybody with the public key can check.
    Export {
        /// The file to write; standard output if not said.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Show canaries and the pool as hashes only.
        #[arg(long)]
        withhold: bool,
    },
    /// Writes the proof of one hit: with its canary's issue, and nothing of other canaries.
    Prove {
        hit: HitId,
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Checks an export or a proof, and says what is wrong and where.
    Verify {
        file: PathBuf,
        /// The public key, or a file that holds it; else that of the configuration's key file.
        #[arg(long)]
        key: Option<String>,
        /// A signed head that was kept elsewhere: the ledger must continue it.
        #[arg(long)]
        since: Option<PathBuf>,
    },
}

impl Evidence {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        match self {
            Evidence::Head => head(common).await,
            Evidence::Export { output: Some(output), withhold } => write_export(common, &output, withhold).await,
            Evidence::Export { output: None, withhold } => print_export(common, withhold).await,
            Evidence::Prove { hit, output } => prove(common, hit, &output).await,
            Evidence::Verify { file, key, since } => verify(common, &file, key.as_deref(), since.as_deref()),
        }
    }
}

async fn head(common: &Common) -> Result<()> {
    with_client(common, async |client| {
        let head = client.head().await?;
        if common.json {
            return print::json(&head);
        }
        let stamp = if head.stamp.is_some() {
            "\ntime-stamped by the authority in [ledger]; --json shows the token\n"
        } else {
            ""
        };
        print::text(&format!("{}{stamp}\npublic key  {}", head.note, head.key))
    })
    .await
}

async fn write_export(common: &Common, path: &Path, withhold: bool) -> Result<()> {
    with_client(common, async |client| {
        let mut output = Output::begin(path)?;
        // An auditor gets canaries withheld without asking.
        let mut withheld = withhold;
        let octets = client.export(withhold, |octets| {
            withheld |= octets.windows(20).any(|w| w == b"\"withheld\":\"canary\",");
            output.write(octets)
        });
        let octets = octets.await??;
        output.finish()?;
        let path = path.display().to_string();
        if common.json {
            return print::json(&json!({ "file": path, "octets": octets, "withheld": withheld }));
        }
        let clear = if withheld { "" } else { "; it names every canary: keep it as you keep the key file" };
        print::text(&format!("{path}   {octets} octets{clear}"))
    })
    .await
}

async fn print_export(common: &Common, withhold: bool) -> Result<()> {
    with_client(common, async |client| {
        let mut out = std::io::stdout().lock();
        client.export(withhold, |octets| out.write_all(octets)).await??;
        Ok(out.flush()?)
    })
    .await
}

async fn prove(common: &Common, hit: HitId, path: &Path) -> Result<()> {
    with_client(common, async |client| {
        let mut output = Output::begin(path)?;
        let proof = client.prove(hit).await?;
        output.write(&serde_json::to_vec_pretty(&proof)?)?;
        output.finish()?;
        let path = path.display().to_string();
        if common.json {
            return print::json(&json!({ "file": path, "hit": hit }));
        }
        print::text(&format!("{path}   check it with: dyepack evidence verify {path} --key FILE"))
    })
    .await
}

/// The key that was named, or that of the configuration.
fn public_key(common: &Common, key: Option<&str>) -> Result<PublicKey> {
    if let Some(key) = key {
        let text = match read_short(Path::new(key)).and_then(|o| String::from_utf8(o).map_err(std::io::Error::other)) {
            Ok(text) => text,
            Err(_) if key.contains('+') => key.to_owned(),
            Err(cause) => return Err(cause).with_context(|| format!("reading the public key {key}")),
        };
        return text.trim().parse().with_context(|| "--key".to_owned());
    }
    let config = Config::read(&common.config).context(
        "which public key? Give it with --key (`dyepack evidence head` shows it where the ledger is), or run this beside the configuration",
    )?;
    Ok(Keys::read(&config.key_file())?.head_key().public())
}

/// A key or a head, wherever it comes from.
fn read_short(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?.take(SHORT).read_to_end(&mut octets)?;
    Ok(octets)
}

fn verify(common: &Common, path: &Path, key: Option<&str>, since: Option<&Path>) -> Result<()> {
    let key = public_key(common, key)?;
    let since = since.map(|path| read_head(path, &key)).transpose()?;
    let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    let mut file = BufReader::with_capacity(1 << 20, file);
    if file.fill_buf()?.starts_with(b"{\"dyepack\":\"ledger export") {
        let done = export::verify(file, &key, since.as_ref())?;
        return say_export(common, path, &done, since.is_some());
    }
    let mut octets = Vec::new();
    file.take(PROOF).read_to_end(&mut octets)?;
    if octets.len() as u64 == PROOF {
        bail!("{}: no proof is that long, and it does not begin as an export does", path.display());
    }
    if since.is_some() {
        bail!("--since is for exports: a proof holds too little of the ledger to be held against an older head");
    }
    let proof = Proof::read(&octets).with_context(|| path.display().to_string())?;
    let shown = proof.verify(&key).with_context(|| format!("{} does not hold", path.display()))?;
    say_proof(common, &shown)
}

/// A head that somebody kept: the note by itself, or in the mail that brought it.
fn read_head(path: &Path, key: &PublicKey) -> Result<Head> {
    let octets = read_short(path).with_context(|| format!("reading {}", path.display()))?;
    let mail = mail_parser::MessageParser::default().parse(&octets);
    let body = mail.and_then(|m| m.body_text(0).map(|text| text.into_owned()));
    let kept = note_in(&String::from_utf8_lossy(&octets), key)
        .or_else(|plain| body.map_or(Err(plain), |body| note_in(&body, key)));
    kept.with_context(|| format!("{}: no signed head of this ledger can be read from it", path.display()))
}

fn note_in(text: &str, key: &PublicKey) -> Result<Head> {
    let text = text.replace("\r\n", "\n");
    let start = text.find(key.origin()).context("the ledger's name is not in it")?;
    let mut note = String::new();
    for line in text[start..].lines() {
        note.push_str(line);
        note.push('\n');
        if line.starts_with('\u{2014}') {
            break;
        }
    }
    Ok(key.open(&note)?)
}

fn say_export(common: &Common, path: &Path, done: &Verified, since: bool) -> Result<()> {
    let findings: Vec<_> =
        done.findings.iter().map(|f| json!({ "where": f.place.to_string(), "what": f.what })).collect();
    let good = done.findings.is_empty();
    if common.json {
        let head = done.head.as_ref().map(|h| json!({ "size": h.size, "root": hex::encode(h.root), "at": h.at }));
        print::json(&json!({ "verified": good, "entries": done.entries, "withheld": done.withheld,
            "heads": done.heads, "head": head, "findings": findings }))?;
    } else if good {
        let head = done.head.as_ref().map_or_else(String::new, |h| format!(", signed at {}", h.at));
        let continues = if since { ", continuing the head that was kept" } else { "" };
        print::text(&format!(
            "{}: good. {} entries ({} withheld), {} earlier heads agree{head}{continues}",
            path.display(),
            done.entries,
            done.withheld,
            done.heads
        ))?;
    } else {
        for f in &done.findings {
            print::text(&format!("{}: {}", f.place, print::harmless(&f.what)))?;
        }
    }
    if good { Ok(()) } else { bail!("{} does not verify (findings: {})", path.display(), done.findings.len()) }
}

/// Others who hold the canary, and may have leaked it just as well.
fn also(shown: &Shown) -> String {
    shown.also.iter().map(|s| format!("; also held by {} ({})", s.label(), s.name)).collect()
}

fn say_proof(common: &Common, shown: &Shown) -> Result<()> {
    let words = shown.words.clone().unwrap_or_default();
    let hit = &shown.hit;
    let release = shown.releases.first();
    let planted = shown.releases.iter().find_map(|r| r.planted_at);
    if common.json {
        return print::json(&json!({
            "verified": true, "hit": hit.id, "at": hit.at, "channel": hit.channel, "to": hit.to.value,
            "from": words.from, "summary": words.summary, "confirmed": hit.confirmed,
            "canary": shown.canary.id, "names": shown.canary.names, "issued_at": shown.issued.1, "planted_at": planted,
            "release": release.map(|r| r.id), "source": shown.source.name, "also": shown.also.iter().map(|s| &s.name).collect::<Vec<_>>(), "recorded_at": shown.recorded.1,
            "status": hit.status, "entry": shown.recorded.0, "evidence_sha256": hit.evidence_sha256, "evidence_whole": shown.octets_whole,
            "contents": shown.octets.is_some(),
            "head": { "size": shown.head.size, "root": hex::encode(shown.head.root), "at": shown.head.at },
        }));
    }
    let contents = match (&shown.octets, shown.octets_whole) {
        (None, _) => "not opened by this file (shredded, or the key was left out); the hash stands".to_owned(),
        (Some(o), true) => format!("{} octets, with the hash that the entry states", o.len()),
        (Some(o), false) => format!("the first {} octets; the hash is of all of them", o.len()),
    };
    let named = if hit.confirmed { ", naming the person of the record" } else { "" };
    let counted = match hit.status {
        HitStatus::Counted => "",
        _ => "   NOT evidence of a leak: see its status",
    };
    print::text(&print_lines(&[
        "good: every part is in the tree under the signed head".to_owned(),
        format!("source    {} ({}){}", shown.source.label(), shown.source.name, also(shown)),
        format!(
            "release   {} of {}",
            release.map_or_else(String::new, |r| r.id.to_string()),
            release.map_or_else(String::new, |r| r.dataset.to_string())
        ),
        format!(
            "canary    {} issued {} (entry {}), planted {}",
            shown.canary.id,
            shown.issued.1,
            shown.issued.0,
            planted.map_or_else(|| "not confirmed".to_owned(), |at| at.to_string())
        ),
        format!(
            "contact   {} by {} from {} to {}{named} (entry {})",
            hit.at,
            hit.channel.word(),
            words.from,
            hit.to.value,
            shown.recorded.0
        ),
        format!("status    {}{counted}", hit.status.word()),
        format!("words     {}", words.summary),
        format!("evidence  sha256 {}; {contents}", hit.evidence_sha256),
        format!(
            "head      {} entries, root {}, signed {}",
            shown.head.size,
            hex::encode(shown.head.root),
            shown.head.at
        ),
    ]))
}

fn print_lines(lines: &[String]) -> String {
    lines.iter().map(|l| print::harmless(l)).collect::<Vec<_>>().join("\n")
}
