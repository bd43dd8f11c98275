//! `dyepack seed`: profile where the rows lie, get contact points, write persons,
//! register them (ledger first), plant, confirm. `--resume` finishes a seeding
//! that was cut off between registering and confirming.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::{AuditView, CanaryView, NewCanary, NewRelease, OfferView, PointCounts, ReleaseView, SeedView};
use crate::client::Client;
use crate::identity::{Drawn, Generator, Locale, Need, Offer, Order, Profile, Profiler, Role};
use crate::model::{ContactPoint, Field, Name, Place, ReleaseState};
use crate::seed::csv::Csv;
use crate::seed::sqlite::{ROWID, Sqlite};
use crate::seed::{Planting, Presence, Table};

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
    #[arg(long, conflicts_with = "rate")]
    pub(super) count: Option<usize>,
    /// Canaries in percent of the rows.
    #[arg(long)]
    pub(super) rate: Option<f64>,
    /// Where the seeded copy goes; else beside the input, named after the source.
    #[arg(long)]
    pub(super) output: Option<PathBuf>,
    /// The table of the database.
    #[arg(long)]
    pub(super) table: Option<String>,
    /// Overrules what a column was taken for, as COL=ROLE; can be given again.
    #[arg(long, value_name = "COL=ROLE")]
    pub(super) map: Vec<String>,
    /// The locale of names, zh-CN or en-US; else seen from the table.
    #[arg(long)]
    pub(super) locale: Option<String>,
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
        for map in &self.map {
            let (column, role) = map.rsplit_once('=').with_context(|| format!("--map {map:?}: write COLUMN=ROLE"))?;
            let index = columns.iter().position(|c| c == column).with_context(|| {
                format!("--map {map:?}: there is no column {column:?}; there are: {}", columns.join(", "))
            })?;
            roles.push((index, Role::parse(role)?));
        }
        let locale = self.locale.as_deref().map(Locale::parse).transpose()?;
        let mut profiler = Profiler::new(&columns);
        table.scan(&mut |row| profiler.meet(row, entropy)).await?;
        Ok(profiler.finish(&roles, locale, entropy))
    }

    fn how_many(&self, rows: u64) -> Result<usize> {
        let count = match (self.count, self.rate) {
            (Some(0), _) => bail!("--count 0 would plant nothing"),
            (Some(count), _) => count,
            (None, Some(rate)) if rate > 0.0 && rate <= 100.0 => ((rows as f64 * rate / 100.0).round() as usize).max(1),
            (None, Some(rate)) => bail!("--rate {rate}: give percent of the rows, over 0 and up to 100"),
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
        let mut generator = Generator::new(profile);
        let plans = generator.plan(count, entropy);
        let need = Need::of(&plans);
        let mut offer = client.offer(need.phones).await?;
        self.leave_out(&mut offer);
        self.enough(need, &offer, profile)?;
        let rows = generator.fill(plans, &points(offer)?, entropy);
        if let Some(n) = rows.iter().position(|r| r.contact_points.is_empty()) {
            bail!(
                "canary {} of {} would have no contact point; lower --count, or leave fewer kinds empty",
                n + 1,
                rows.len()
            );
        }
        Ok(Batch { rows, warnings: generator.warnings })
    }

    fn leave_out(&self, offer: &mut OfferView) {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        if left("phone") {
            offer.phones.clear();
        }
        if left("mailbox") {
            offer.mail_domains.clear();
        }
        if left("url") {
            offer.web_hosts.clear();
        }
    }

    /// Says everything that the pool lacks, and what to do about each.
    fn enough(&self, need: Need, offer: &OfferView, profile: &Profile) -> Result<()> {
        let left = |kind: &str| self.leave_empty.iter().any(|k| k == kind);
        let column = |role| profile.column_of(role).map_or(String::new(), |c| profile.columns[c].name.clone());
        let mut lacks = Vec::new();
        if need.phones > offer.phones.len() && !left("phone") {
            let missing = need.phones - offer.phones.len();
            lacks.push(format!("{} phones are needed for column {}, {} are free: {missing} phones are missing (dyepack pool add phone +…)", need.phones, column(Role::Phone), offer.phones.len()));
        }
        if need.mailboxes > 0 && offer.mail_domains.is_empty() && !left("mailbox") {
            lacks.push(format!(
                "{0} mailboxes are needed for column {1}, and no mail domain is in the pool: {0} mailboxes are missing (dyepack pool add mail-domain DOMAIN)",
                need.mailboxes,
                column(Role::Email)
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
        let roles = columns
            .iter()
            .zip(&profile.roles)
            .filter(|(c, _)| c.as_str() != ROWID || self.table.is_none())
            .map(|(c, r)| (c.clone(), r.word().to_owned()))
            .collect();
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

    /// Finishes the newest release of this input and source that is still open.
    async fn finish_cut_off(&self, client: &Client, begun: Instant) -> Result<SeedView> {
        let open = |r: &ReleaseView| {
            r.state == ReleaseState::Issued
                && r.source == self.source
                && r.place.input == self.input
                && r.place.table == self.table
        };
        let Some(release) = client.releases().await?.into_iter().find(open) else {
            bail!(
                "there is nothing to resume: no release of {} for source {} is open; dyepack release list shows all",
                self.input,
                self.source
            )
        };
        let canaries = client.unconfirmed(release.id).await?;
        let mut table = reopen(&release).await?;
        // Learns how the table quotes and types, as before the planting.
        let mut seen = 0;
        table.scan(&mut |_| seen += 1).await?;
        let rows = plantings(&canaries, table.columns());
        match table.presence(&rows).await? {
            Presence::All => {}
            Presence::None if release.place.table.is_some() || seen == release.rows_in => table.plant(&rows).await?,
            Presence::None => bail!(
                "{} has {seen} rows now, it had {} when {} was issued; withdraw that release and seed anew",
                self.input,
                release.rows_in,
                release.id
            ),
            Presence::Some(n) => bail!(
                "{n} of {} rows are in {}: somebody changed it; look at it, then `dyepack release withdraw {}`",
                rows.len(),
                release.place.output,
                release.id
            ),
        }
        let release = client.confirm(release.id).await?;
        let mut points = PointCounts::default();
        canaries.iter().flat_map(|c| &c.contact_points).for_each(|p| count_point(&mut points, p.kind));
        Ok(SeedView {
            release: Some(release.id),
            source: release.source,
            dataset: release.dataset,
            rows_in: release.rows_in,
            canaries: release.canaries,
            output: release.place.output,
            seconds: begun.elapsed().as_secs_f64(),
            contact_points: points,
            roles: release.roles,
            audit: AuditView::default(),
            warnings: Vec::new(),
            preview: None,
        })
    }

    fn view(
        &self,
        release: Option<&ReleaseView>,
        new: &NewRelease,
        audit: AuditView,
        warnings: Vec<String>,
        begun: Instant,
    ) -> SeedView {
        let mut points = PointCounts::default();
        new.canaries.iter().flat_map(|c| &c.contact_points).for_each(|p| count_point(&mut points, p.kind));
        let row =
            |c: &NewCanary| c.fields.iter().map(|f| (f.column.clone(), f.value.clone())).collect::<BTreeMap<_, _>>();
        SeedView {
            release: release.map(|r| r.id),
            source: new.source.clone(),
            dataset: new.dataset.clone(),
            rows_in: new.rows_in,
            canaries: new.canaries.len() as u64,
            output: new.place.output.clone(),
            seconds: begun.elapsed().as_secs_f64(),
            contact_points: points,
            roles: new.roles.iter().cloned().collect(),
            audit,
            warnings,
            preview: self.dry_run.then(|| new.canaries.iter().take(10).map(row).collect()),
        }
    }
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

fn points(offer: OfferView) -> Result<Offer> {
    let phones = offer.phones.iter().map(|p| ContactPoint::phone(p)).collect::<Result<_, _>>()?;
    Ok(Offer { phones, mailboxes: Vec::new(), mail_domains: offer.mail_domains, web_hosts: offer.web_hosts })
}

fn count_point(points: &mut PointCounts, kind: crate::model::contact_point::Kind) {
    use crate::model::contact_point::Kind;
    match kind {
        Kind::Phone => points.phone += 1,
        Kind::Mailbox => points.mailbox += 1,
        Kind::Url => points.url += 1,
    }
}

fn cells(fields: &[Field], columns: &[String]) -> crate::identity::Row {
    columns.iter().map(|c| fields.iter().find(|f| f.column == *c).map(|f| f.value.clone())).collect()
}

/// Rows as they are to be found in a table, from canaries in clear.
pub(super) fn plantings(canaries: &[CanaryView], columns: &[String]) -> Vec<Planting> {
    let row = |c: &CanaryView| Planting {
        location: c.location.clone(),
        cells: columns.iter().map(|column| c.fields.get(column).cloned()).collect(),
    };
    canaries.iter().map(row).collect()
}

/// The table that a release was planted in.
pub(super) async fn reopen(release: &ReleaseView) -> Result<Box<dyn Table>> {
    let place = &release.place;
    Ok(match (place.output.strip_prefix("sqlite:"), &place.table) {
        (Some(file), Some(table)) => Box::new(Sqlite::open(Path::new(file), table).await?),
        _ => Box::new(Csv::open(Path::new(&place.input), Path::new(&place.output))?),
    })
}

fn audit(profile: &Profile, rows: &[Drawn], locations: &[String]) -> AuditView {
    let name = |column: usize| profile.columns[column].name.clone();
    let order = match profile.order {
        Order::Running { column, .. } => format!("running number {}", name(column)),
        Order::Sorted { column, .. } => format!("sorted by {}", name(column)),
        Order::None => "none seen".to_owned(),
    };
    let mut id_safety = BTreeMap::new();
    for row in rows {
        let class =
            serde_json::to_value(row.id_safety).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        *id_safety.entry(class).or_default() += 1;
    }
    AuditView { order, id_safety, longest_run: longest_run(locations) }
}

/// Canaries that follow each other without a row of the table between them.
fn longest_run(locations: &[String]) -> usize {
    let mut places: Vec<i64> = locations.iter().filter_map(|l| l.rsplit(' ').next()?.parse().ok()).collect();
    places.sort_unstable();
    let (mut longest, mut run) = (usize::from(!places.is_empty()), 1);
    for pair in places.windows(2) {
        run = if pair[1] == pair[0] + 1 { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

fn report(view: &SeedView) -> Result<()> {
    let roles = view.roles.iter().map(|(column, role)| format!("{column}={role}")).collect::<Vec<_>>().join("  ");
    let mut out = match view.release {
        Some(id) => format!(
            "planted {} canaries among {} rows for {}\nrelease         {id}\n",
            view.canaries, view.rows_in, view.source
        ),
        None => format!(
            "dry run: would plant {} canaries among {} rows for {}; nothing was registered or written\n",
            view.canaries, view.rows_in, view.source
        ),
    };
    out.push_str(&format!(
        "output          {}\ncontact points  {} phones, {} mailboxes, {} urls\ncolumns         {roles}\norder           {}\nlongest run     {}\nID numbers      {}\nseconds         {:.2}\n",
        view.output,
        view.contact_points.phone,
        view.contact_points.mailbox,
        view.contact_points.url,
        view.audit.order,
        view.audit.longest_run,
        view.audit.id_safety.iter().map(|(c, n)| format!("{n} {c}")).collect::<Vec<_>>().join(", "),
        view.seconds
    ));
    for row in view.preview.iter().flatten() {
        out.push_str(&format!(
            "  {}\n",
            row.iter().map(|(c, v)| format!("{c}={}", print::harmless(v))).collect::<Vec<_>>().join("  ")
        ));
    }
    for warning in &view.warnings {
        eprintln!("note: {warning}");
    }
    print::text(&out)
}
