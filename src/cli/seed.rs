//! `dyepack seed`: profile where the rows lie, get contact points, write persons,
//! register them (ledger first), plant, confirm. `--resume` finishes a seeding
//! that was cut off between registering and confirming.

mod outcome;
mod resume;

use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::outcome::{audit, report};
pub(super) use self::resume::{plantings, reopen};
use super::connect::with_client;
use super::{Common, print};
use crate::app::views::{NewCanary, NewRelease, ReleaseView, SeedView};
use crate::client::Client;
use crate::identity::{Drawn, Generator, Locale, Need, Offer, Planner, Profile, Profiler, Role};
use crate::model::{Field, Name, Place};
use crate::seed::csv::Csv;
use crate::seed::sqlite::Sqlite;
use crate::seed::{Planting, Table};

/// Seedings that lost the race for a contact point are drawn again so often.
const RACES: usize = 3;

#[derive(Args, Clone, Default)]
pub(super) struct Seed {
    /// A .csv or .tsv file, or sqlite:FILE with --table.
    pub(super) input: String,
    /// Who holds this copy.
    #[arg(long)]
    pub(super) source: String,
    /// What kind of table it is; else named after the file or table.
    #[arg(long)]
    pub(super) dataset: Option<String>,
    /// How many canaries.
    #[arg(long, conflicts_with = "rate", value_parser = at_least_one)]
    pub(super) count: Option<usize>,
    /// Canaries in percent of the rows, over 0 and up to 100.
    #[arg(long, value_parser = percent)]
    pub(super) rate: Option<f64>,
    /// Where the seeded copy goes; else beside the input, named after the source.
    #[arg(long)]
    pub(super) output: Option<PathBuf>,
    /// The table of the database.
    #[arg(long)]
    pub(super) table: Option<String>,
    /// Overrules what a column was taken for, as COL=ROLE; can be given again.
    #[arg(long, value_name = "COL=ROLE", value_parser = mapping)]
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
    /// Shows what would be planted, and registers and plants nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Finishes a seeding of the same input for the same source that was cut off.
    #[arg(long)]
    pub(super) resume: bool,
}

impl Seed {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
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
        let (mut table, told) = self.open().await?;
        let mut entropy: rand_chacha::ChaCha20Rng = rand::make_rng();
        let profile = self.profile(table.as_mut(), told, &mut entropy).await?;
        usable(&profile, &self.input)?;
        let count = self.how_many(profile.rows)?;
        let mut races = RACES;
        loop {
            let mut batch = self.draw(client, &profile, count, &mut entropy).await?;
            let locations = table.locate(&batch.rows).await?;
            let new = self.new_release(&profile, table.as_ref(), &batch.rows, &locations)?;
            let audit = audit(&profile, &batch.rows, &locations);
            if self.dry_run {
                return Ok(self.view(None, &new, audit, batch.warnings, begun));
            }
            match client.issue(&new).await {
                // Somebody else took one of the contact points in between.
                Err(lost) if lost.is_conflict() && races > 1 => races -= 1,
                Err(cause) => return Err(cause.into()),
                Ok(release) => {
                    self.plant(client, table.as_mut(), &release, &new).await?;
                    batch.warnings.extend(many(count, profile.rows));
                    return Ok(self.view(Some(&release), &new, audit, batch.warnings, begun));
                }
            }
        }
    }

    /// Opens the input; the second part says which column is the row number, if any.
    async fn open(&self) -> Result<(Box<dyn Table>, Option<(usize, Role)>)> {
        if let Some(file) = self.input.strip_prefix("sqlite:") {
            let Some(table) = &self.table else { bail!("say which table of {file} is meant: --table NAME") };
            let sqlite = Sqlite::open(Path::new(file), table).await?;
            let key = (sqlite.number_column(), Role::Key);
            return Ok((Box::new(sqlite), Some(key)));
        }
        if self.input.contains("://") {
            bail!("{:?} cannot be seeded yet: there are .csv and .tsv files and sqlite:FILE", self.input);
        }
        let input = Path::new(&self.input);
        if !input.is_file() {
            bail!("there is no file {:?}; give a .csv or .tsv file, or sqlite:FILE with --table", self.input);
        }
        let output = self.output();
        if output.exists() && !self.resume && !self.dry_run {
            bail!("{} is there already; nothing was changed. Remove it, or choose another --output", output.display());
        }
        if let Some(dir) = output.parent().filter(|d| !d.as_os_str().is_empty() && !d.is_dir()) {
            bail!("there is no directory {} for the output", dir.display());
        }
        Ok((Box::new(Csv::open(input, &output)?), None))
    }

    fn output(&self) -> PathBuf {
        self.output.clone().unwrap_or_else(|| Csv::default_output(Path::new(&self.input), &self.source))
    }

    async fn profile(
        &self,
        table: &mut dyn Table,
        told: Option<(usize, Role)>,
        entropy: &mut rand_chacha::ChaCha20Rng,
    ) -> Result<Profile> {
        let columns = table.columns().to_vec();
        let mut roles: Vec<(usize, Role)> = told.into_iter().collect();
        for (column, role) in &self.map {
            let index = columns.iter().position(|c| c == column);
            let known = || columns.join(", ");
            roles.push((
                index.with_context(|| format!("--map: there is no column {column:?}; there are: {}", known()))?,
                *role,
            ));
        }
        let mut profiler = Profiler::new(&columns);
        table.scan(&mut |row| profiler.meet(row, entropy)).await?;
        let mut profile = profiler.finish(&roles, self.locale, entropy);
        if let Some(code) = self.calling_code {
            profile.home = code.to_string();
        }
        Ok(profile)
    }

    fn how_many(&self, rows: u64) -> Result<usize> {
        let count = match (self.count, self.rate) {
            (Some(count), _) => count,
            (None, Some(rate)) => ((rows as f64 * rate / 100.0).round() as usize).max(1),
            (None, None) => (rows / 200).clamp(2, 50) as usize,
        };
        if count as u64 > rows.max(10) {
            bail!(
                "{count} canaries in a table of {rows} rows would be more canaries than rows; lower --count or --rate"
            );
        }
        Ok(count)
    }

    /// Plans rows, asks the pool for what they need, and fills them.
    async fn draw(
        &self,
        client: &Client,
        profile: &Profile,
        count: usize,
        entropy: &mut rand_chacha::ChaCha20Rng,
    ) -> Result<Batch> {
        let mut planner = Planner::new(profile);
        let plans = planner.plan(count, entropy);
        let need = Need::of(&plans);
        let mut offer = client.offer(need.phones, need.mailboxes).await?;
        self.leave_out(&mut offer);
        self.enough(need, &offer, profile)?;
        let mut generator = Generator::new(profile);
        let rows = generator.fill(plans, &offer, entropy);
        if let Some(n) = rows.iter().position(|r| r.contact_points.is_empty()) {
            bail!(
                "canary {} of {} would have no contact point; lower --count, or leave fewer kinds empty",
                n + 1,
                rows.len()
            );
        }
        Ok(Batch { rows, warnings: [planner.warnings, generator.warnings].concat() })
    }

    fn leave_out(&self, offer: &mut Offer) {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        if left("phone") {
            offer.phones.clear();
        }
        if left("mailbox") {
            offer.mailboxes.clear();
            offer.mail_domains.clear();
        }
        if left("url") {
            offer.web_hosts.clear();
        }
    }

    /// Says everything that the pool lacks, and what to do about each.
    fn enough(&self, need: Need, offer: &Offer, profile: &Profile) -> Result<()> {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        let column = |role| profile.column_of(role).map_or(String::new(), |c| profile.columns[c].name.clone());
        let mut lacks = Vec::new();
        if need.phones > offer.phones.len() && !left("phone") {
            let missing = need.phones - offer.phones.len();
            lacks.push(format!("{} phones are needed for column {}, {} are free: {missing} phones are missing (dyepack pool add phone +…)", need.phones, column(Role::Phone), offer.phones.len()));
        }
        if need.mailboxes > offer.mailboxes.len() && offer.mail_domains.is_empty() && !left("mailbox") {
            lacks.push(format!(
                "{} mailboxes are needed for column {}, {} are free and no mail domain is in the pool: {} mailboxes are missing (dyepack pool add mailbox ADDRESS, or pool add mail-domain DOMAIN)",
                need.mailboxes,
                column(Role::Email),
                offer.mailboxes.len(),
                need.mailboxes - offer.mailboxes.len()
            ));
        }
        if need.urls > 0 && offer.web_hosts.is_empty() && !left("url") {
            lacks.push(format!(
                "{0} web addresses are needed for column {1}, and no web host is in the pool: {0} urls are missing (dyepack pool add web-host https://HOST)",
                need.urls,
                column(Role::Url)
            ));
        }
        if lacks.is_empty() {
            return Ok(());
        }
        bail!(
            "the pool has too few contact points, nothing was planted: {}; or lower --count, or leave a kind empty with --leave-empty",
            lacks.join("; ")
        )
    }

    fn new_release(
        &self,
        profile: &Profile,
        table: &dyn Table,
        rows: &[Drawn],
        locations: &[String],
    ) -> Result<NewRelease> {
        let columns = table.columns();
        let canary = |(drawn, location): (&Drawn, &String)| NewCanary {
            fields: columns
                .iter()
                .zip(&drawn.row)
                .filter_map(|(column, cell)| Some(Field { column: column.clone(), value: cell.clone()? }))
                .collect(),
            names: drawn.names.clone(),
            identifiers: drawn.identifiers.clone(),
            contact_points: drawn.contact_points.clone(),
            id_safety: drawn.id_safety,
            location: location.clone(),
        };
        let roles = columns.iter().zip(&profile.roles).map(|(c, r)| (c.clone(), r.word().to_owned())).collect();
        Ok(NewRelease {
            source: self.source.clone(),
            dataset: self.dataset_name()?,
            place: Place { input: self.input.clone(), output: table.output(), table: self.table.clone() },
            rows_in: profile.rows,
            roles,
            canaries: rows.iter().zip(locations).map(canary).collect(),
        })
    }

    fn dataset_name(&self) -> Result<String> {
        if let Some(name) = &self.dataset {
            return Ok(Name::parse(name)?.to_string());
        }
        let stem = Path::new(&self.input).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Name::from_lossy(self.table.as_deref().unwrap_or(&stem)).to_string())
    }

    /// Plants and confirms. If planting fails, nothing is in the wild, and the
    /// release is taken back.
    async fn plant(
        &self,
        client: &Client,
        table: &mut dyn Table,
        release: &ReleaseView,
        new: &NewRelease,
    ) -> Result<()> {
        let rows: Vec<Planting> = new
            .canaries
            .iter()
            .map(|c| Planting { location: c.location.clone(), cells: cells(&c.fields, table.columns()) })
            .collect();
        if let Err(cause) = table.plant(&rows).await {
            let undone = client.withdraw(release.id).await.map(|_| "the release was withdrawn".to_owned());
            let undone = undone.unwrap_or_else(|e| {
                format!(
                    "and the release {} could not be withdrawn ({e}); do it with `dyepack release withdraw`",
                    release.id
                )
            });
            return Err(anyhow::Error::new(cause).context(format!("nothing was planted, {undone}")));
        }
        client.confirm(release.id).await.with_context(|| {
            format!(
                "the rows are planted, but {} could not be confirmed; run the same command with --resume",
                release.id
            )
        })?;
        Ok(())
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "give a whole number of 1 or more".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|r: &f64| *r > 0.0 && *r <= 100.0);
    rate.ok_or_else(|| "give percent of the rows, over 0 and up to 100".to_owned())
}

fn mapping(text: &str) -> Result<(String, Role), String> {
    let (column, role) = text.rsplit_once('=').ok_or("write COLUMN=ROLE")?;
    Ok((column.to_owned(), Role::parse(role).map_err(|e| e.to_string())?))
}

/// Rows that were drawn, and what is to be said of them.
struct Batch {
    rows: Vec<Drawn>,
    warnings: Vec<String>,
}

/// A table in which nobody could be contacted cannot be traced by contacts.
fn usable(profile: &Profile, input: &str) -> Result<()> {
    if profile.roles.iter().any(|r| r.is_contact()) {
        return Ok(());
    }
    let roles = profile
        .columns
        .iter()
        .zip(&profile.roles)
        .map(|(c, r)| format!("{}={r}", c.name))
        .collect::<Vec<_>>()
        .join(", ");
    bail!(
        "no column of {input} can carry a phone number, mailbox or web address (found: {roles}); if one can, say so with --map COLUMN=phone, =email or =url"
    )
}

fn many(count: usize, rows: u64) -> Option<String> {
    (count as u64 * 20 > rows).then(|| {
        format!("{count} canaries in {rows} rows is more than 5 %: many enough to distort the table's own statistics")
    })
}

fn cells(fields: &[Field], columns: &[String]) -> crate::identity::Row {
    columns.iter().map(|c| fields.iter().find(|f| f.column == *c).map(|f| f.value.clone())).collect()
}
