//! `dyepack seed`: profile where the rows lie, get contact points, write persons,
//! audit them, register them (ledger first), plant, confirm. A second seeding of the
//! same dataset for the same source keeps its canaries. `--resume` finishes a seeding
//! that was cut off between registering and confirming.

mod again;
mod audited;
mod bar;
mod batch;
mod drawing;
mod kin;
mod outcome;
mod planting;
mod pool;
mod resume;
mod share;
mod spread;
mod table;

use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::batch::Batch;
use self::outcome::report;
pub(super) use self::planting::{Access, became, plantings, reopen};
use self::planting::{new_canary, planting, settled};
use self::share::Share;
pub(super) use self::spread::keep_dripping;
use super::connect::with_client;
use super::progress::Progress;
use super::{Common, print};
use crate::app::views::{NewRelease, ReleaseView, SeedView};
use crate::client::Client;
use crate::identity::{Drawn, Locale, Profile, Role};
use crate::model::Place;
use crate::seed::db::Address;
use crate::seed::{Planting, SeedError, Table};

/// Seedings that lost the race for a contact point are drawn again so often.
const RACES: usize = 3;
/// By how much a seeding of a database is less urgent than anything else.
const GENTLE: i32 = 10;

#[derive(Args, Clone, Default)]
pub(super) struct Seed {
    /// A .csv, .tsv, .jsonl, .xlsx or .parquet file (text also as .gz or .zst), or a
    /// database with --table: postgres://user@host/db, mysql://user@host/db,
    /// sqlite:FILE.
    pub(super) input: String,
    /// Who holds this copy.
    #[arg(long)]
    pub(super) source: String,
    /// What kind of table it is; else named after the file or table.
    #[arg(long)]
    pub(super) dataset: Option<String>,
    /// How many canaries.
    #[arg(long, conflicts_with = "rate", value_parser = table::at_least_one)]
    pub(super) count: Option<usize>,
    /// Canaries in percent of the rows, over 0 and up to 100.
    #[arg(long, value_parser = table::percent)]
    pub(super) rate: Option<f64>,
    /// Where the seeded copy goes; else beside the input, named after the source.
    #[arg(long)]
    pub(super) output: Option<PathBuf>,
    /// The table of the database, or the sheet of the workbook. Given again: tables
    /// related to it, in which the same persons or companies have rows.
    #[arg(long)]
    pub(super) table: Vec<String>,
    /// Lets the canaries come into a database one by one over so many days: `serve`
    /// plants each when it is due, or `seed --resume`, run from time to time.
    #[arg(long, value_name = "DAYS", value_parser = spread::days)]
    pub(super) spread: Option<f64>,
    /// A file whose first line is the database's password; else DYEPACK_DB_PASSWORD,
    /// PGPASSWORD or MYSQL_PWD, .pgpass or .my.cnf.
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
    /// Seconds that a statement in the database may take.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) timeout: Option<u64>,
    /// Overrules what a column was taken for, as COL=ROLE; can be given again.
    #[arg(long, value_name = "COL=ROLE", value_parser = table::mapping)]
    pub(super) map: Vec<(String, Role)>,
    /// The locale of names, zh-CN or en-US; else seen from the table.
    #[arg(long, value_parser = Locale::parse)]
    pub(super) locale: Option<Locale>,
    /// The country calling code of phone numbers that show none, such as 44; else
    /// that of the locale.
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u16).range(1..=999))]
    pub(super) calling_code: Option<u16>,
    /// Leaves phone, mailbox or url columns of canaries empty; can be given again.
    #[arg(long, value_name = "KIND", value_parser = ["phone", "mailbox", "url"])]
    pub(super) leave_empty: Vec<String>,
    /// Plants canaries even if the audit says that they can be told from the rows,
    /// and more of them into a small table than can hide there.
    #[arg(long)]
    pub(super) accept_detectable: bool,
    /// Draws all canaries anew, although a release of the dataset stands for this
    /// source, whose canaries would be kept else. Whoever compares the two copies
    /// then finds them among the new rows.
    #[arg(long)]
    pub(super) fresh: bool,
    /// Makes so many percent of the canaries people whom SOURCE's newest release of
    /// the dataset holds too; give the share of real people whom both copies hold.
    #[arg(long, value_name = "SOURCE=PERCENT", value_parser = share::share)]
    pub(super) shared_with: Option<Share>,
    /// Shows what would be planted beside rows of the table, and registers and
    /// plants nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Finishes a seeding of the same input for the same source that was cut off.
    #[arg(long)]
    pub(super) resume: bool,
}

/// Works when nobody else wants to: the database's server and its application may
/// well be on this machine. Where that cannot be had, it is done without. Threads
/// that begin later are as gentle; those that run already are not.
fn give_way() {
    let _ = rustix::process::nice(GENTLE);
}

impl Seed {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        if Address::is_one(&self.input) {
            give_way();
        }
        let view = with_client(common, async |client| self.seed(client).await).await?;
        if common.json { print::json(&view) } else { report(&view) }
    }

    /// Seeds, or resumes, and says what was done.
    pub(super) async fn seed(&self, client: &Client) -> Result<SeedView> {
        let begun = Instant::now();
        client.source(&self.source).await?;
        if self.resume {
            return self.finish_cut_off(client, begun).await;
        }
        let mut entropy: rand_chacha::ChaCha20Rng = rand::make_rng();
        let mut table = self.open().await?;
        let told = self.told(table.as_ref(), client).await?;
        let profile = self.profile(table.as_mut(), &told, &mut entropy).await?;
        let (count, capped) = self.how_many(profile.rows)?;
        let mut kept = self.kept(client, table.as_mut(), &profile, &mut entropy).await?;
        let told = self.count.is_some() || self.rate.is_some() || capped.is_some();
        let newcomers = kept.newcomers(count, told, &mut entropy);
        let lent = self.lent(client, &profile, &mut entropy).await?;
        let kin = self.kin(table.as_mut(), &profile, &mut entropy).await?;
        let mut races = RACES;
        loop {
            let mut batch = self
                .draw(client, table.as_mut(), &profile, (&kept, newcomers, &lent, kin.as_ref()), &mut entropy)
                .await?;
            batch.warnings.extend(capped.clone());
            let locations = table.locate(&batch.rows).await?;
            let new = self.new_release(&profile, table.as_ref(), &batch.rows, &locations)?;
            if self.dry_run {
                return Ok(self.view(None, &new, &batch, &profile, &locations, begun));
            }
            self.quiet_enough(&batch)?;
            match client.issue(&new).await {
                // Somebody else took one of the contact points in between.
                Err(lost) if lost.is_conflict() && races > 1 => races -= 1,
                Err(cause) => return Err(cause.into()),
                Ok(release) if self.spread.is_some() => {
                    batch.warnings.push(spread::plan(&release));
                    return Ok(self.view(Some(&release), &new, &batch, &profile, &locations, begun));
                }
                Ok(release) => {
                    let planting = self.plant(client, table.as_mut(), &release, &new).await?;
                    let view = self.view(Some(&release), &new, &batch, &profile, &locations, begun);
                    return Ok(SeedView { planting_seconds: Some(planting.as_secs_f64()), ..view });
                }
            }
        }
    }

    /// Refuses a batch that an attacker would pick out of the table.
    fn quiet_enough(&self, batch: &Batch) -> Result<()> {
        let Some(why) = batch.audit.as_ref().and_then(bar::over) else { return Ok(()) };
        if self.accept_detectable {
            return Ok(());
        }
        outcome::tell(&batch.warnings);
        bail!(
            "nothing was planted: {why}. See `dyepack seed … --dry-run` for the canaries beside rows of the table; {}, or plant them all the same with --accept-detectable",
            batch.remedy()
        )
    }

    fn new_release(
        &self,
        profile: &Profile,
        table: &dyn Table,
        rows: &[Drawn],
        locations: &[String],
    ) -> Result<NewRelease> {
        let (columns, tables) = (table.columns(), table.tables());
        let canary = |(drawn, location): (&Drawn, &String)| new_canary(drawn, location, &tables);
        let roles = columns.iter().zip(&profile.roles).map(|(c, r)| (c.clone(), r.word().to_owned())).collect();
        Ok(NewRelease {
            source: self.source.clone(),
            dataset: self.dataset_name()?,
            place: Place {
                input: self.input.clone(),
                output: table.output(),
                table: self.table.first().cloned(),
                related: self.table.iter().skip(1).cloned().collect(),
            },
            rows_in: profile.rows,
            roles,
            canaries: rows.iter().zip(locations).map(canary).collect(),
            shared_with: self.shared_with.as_ref().map(|share| share.source.clone()),
        })
    }

    /// Plants and confirms; returns how long the planting took. If it fails, nothing
    /// is in the wild, and the release is taken back.
    async fn plant(
        &self,
        client: &Client,
        table: &mut dyn Table,
        release: &ReleaseView,
        new: &NewRelease,
    ) -> Result<Duration> {
        let tables = table.tables();
        let rows: Vec<Planting> = new.canaries.iter().map(|c| planting(c, &tables)).collect();
        let mut progress = Progress::new("writing", if table.in_place() { "rows" } else { "B" });
        let begun = Instant::now();
        let planted = match table.plant(&rows, &mut |done, all| progress.at(done, all)).await {
            Ok(planted) => planted,
            Err(cause) => return Err(self.undone(client, release, cause).await),
        };
        drop(progress);
        let took = begun.elapsed();
        self.confirm(client, table, release, (&rows, &planted)).await.with_context(|| {
            format!(
                "the rows are planted, but {} could not be confirmed; run the same command with --resume",
                release.id
            )
        })?;
        Ok(took)
    }

    /// Tells the ledger that the rows are in place, and how the table changed them
    /// on their way in.
    pub(super) async fn confirm(
        &self,
        client: &Client,
        table: &dyn Table,
        release: &ReleaseView,
        (planned, planted): (&[Planting], &[Planting]),
    ) -> Result<()> {
        if planned != planted {
            let canaries = client.unconfirmed(release.id).await?;
            let rows = plantings(&canaries, table);
            let now: Vec<Planting> = rows
                .iter()
                .map(|row| planned.iter().position(|p| p == row).map_or_else(|| row.clone(), |n| planted[n].clone()))
                .collect();
            client.settle(release.id, &settled(&canaries, &rows, &now, table)).await?;
        }
        client.confirm(release.id).await?;
        Ok(())
    }

    /// What is to be said, and done, when planting failed.
    async fn undone(&self, client: &Client, release: &ReleaseView, cause: SeedError) -> anyhow::Error {
        if matches!(cause, SeedError::Unsettled { .. }) {
            let open = format!(
                "it cannot be seen which rows are planted, and {0} stays open; once the database can be reached, finish with --resume, or take everything back with `dyepack release withdraw {0}`",
                release.id
            );
            return anyhow::Error::new(cause).context(open);
        }
        let undone = client.withdraw(release.id).await.map(|_| "the release was withdrawn".to_owned());
        let undone = undone.unwrap_or_else(|e| {
            format!(
                "and the release {} could not be withdrawn ({e}); do it with `dyepack release withdraw`",
                release.id
            )
        });
        anyhow::Error::new(cause).context(format!("nothing was planted, {undone}"))
    }
}
