//! The command line, one file a command, and the composition root: the only room
//! that knows every backend. A command is a client of the API, of a running
//! server or of one it hosts for itself.

mod alert;
mod backup;
mod canary;
mod case;
mod connect;
mod demo;
mod doctor;
mod evidence;
mod hits;
mod host;
mod init;
mod keys;
mod leaks;
mod output;
mod pool;
mod print;
mod progress;
mod release;
mod report;
mod restore;
mod seed;
mod serve;
mod source;
mod token;
mod visitors;
mod who;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Traces who leaks personal data: plants people who do not exist into every
/// copy of a data set, listens on everything they carry, and says which copy leaked.
#[derive(Parser)]
#[command(name = "dyepack", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Where the server or the store is, and how to print.
#[derive(Args, Clone, Debug)]
struct Common {
    /// The configuration file.
    #[arg(long, global = true, env = "DYEPACK_CONFIG", default_value = "dyepack.toml")]
    config: PathBuf,
    /// A running server's admin address, such as http://127.0.0.1:8787.
    #[arg(long, global = true, env = "DYEPACK_SERVER")]
    server: Option<String>,
    /// The token for it; better given as DYEPACK_TOKEN.
    #[arg(long, global = true, env = "DYEPACK_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// One JSON document on stdout instead of a table.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// The whole story on loopback, with bundled data.
    Demo(demo::Demo),
    /// Makes a configuration, a key and an empty store.
    Init(init::Init),
    /// Runs all listeners, delivery, API and pages.
    Serve,
    /// Looks at everything and says what to do.
    Doctor,
    /// Whoever holds a copy and could leak it.
    #[command(subcommand)]
    Source(source::Source),
    /// The numbers, mailboxes and addresses you own.
    #[command(subcommand)]
    Pool(pool::Pool),
    /// Plants canaries into a table for one source.
    Seed(Box<seed::Seed>),
    /// Copies that were seeded.
    #[command(subcommand)]
    Release(release::Release),
    /// The people who do not exist.
    #[command(subcommand)]
    Canary(canary::Canary),
    /// What arrived.
    Hits(hits::Hits),
    /// Is this phone, e-mail, address, ID number or name a canary's, and whose.
    Who(who::Who),
    /// Every suspected source, most certain first.
    Leaks,
    /// Suspected leaks that people work on.
    #[command(subcommand)]
    Case(case::Case),
    /// A case on paper, and for a machine.
    Report(report::Report),
    /// Signed heads, proofs and exports of the ledger, and their verification.
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Notices and how their delivery stands.
    #[command(subcommand)]
    Alert(alert::Alert),
    /// Who may use the API.
    #[command(subcommand)]
    Token(token::Token),
    /// The keys that everything is sealed with.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Everything that is recorded, as one sealed file, while the server serves.
    Backup(backup::Backup),
    /// Takes a backup over into an empty store of either kind.
    Restore(restore::Restore),
}

/// Runs the command that was typed; the whole program.
pub fn main() -> ExitCode {
    // Several crates can bring a TLS provider; ours is ring, chosen once and here.
    // Only a second call could fail, and there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    logs();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(cli)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) if print::is_closed_pipe(&cause) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("dyepack: {}", message(&cause));
            ExitCode::FAILURE
        }
    }
}

/// The chain of causes, without saying one twice.
fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            text = if text.is_empty() { cause } else { format!("{text}: {cause}") };
        }
    }
    text
}

/// Logs go to stderr; DYEPACK_LOG sets what is logged.
fn logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DYEPACK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("dyepack=info,sqlx=error,warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

async fn run(cli: Cli) -> Result<()> {
    let common = cli.common;
    match cli.command {
        Command::Demo(demo) => demo.run().await,
        Command::Init(init) => init.run(&common).await,
        Command::Serve => serve::run(&common).await,
        Command::Doctor => doctor::run(&common).await,
        Command::Source(source) => source.run(&common).await,
        Command::Pool(pool) => pool.run(&common).await,
        Command::Seed(seed) => seed.run(&common).await,
        Command::Release(release) => release.run(&common).await,
        Command::Canary(canary) => canary.run(&common).await,
        Command::Hits(hits) => hits.run(&common).await,
        Command::Who(who) => who.run(&common).await,
        Command::Leaks => leaks::run(&common).await,
        Command::Case(case) => case.run(&common).await,
        Command::Report(report) => report.run(&common).await,
        Command::Evidence(evidence) => evidence.run(&common).await,
        Command::Keys(keys) => keys.run(&common).await,
        Command::Backup(backup) => backup.run(&common).await,
        Command::Restore(restore) => restore.run(&common).await,
        Command::Alert(alert) => alert.run(&common).await,
        Command::Token(token) => token.run(&common).await,
    }
}
