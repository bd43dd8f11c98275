//! The outcome of a seeding: what was planted where, and what an auditor asks of
//! the batch, as the document of the contract and as text for people.

use anyhow::Result;
use std::collections::BTreeMap;
use std::time::Instant;

use super::super::print;
use super::Seed;
use super::batch::Batch;
use crate::app::views::{AuditView, DetectionView, NewCanary, NewRelease, PointCounts, ReleaseView, SeedView};
use crate::identity::{Drawn, Order, Profile, Spot};
use crate::model::contact_point::Kind;

/// Canaries that a dry run shows.
const SHOWN: usize = 10;

impl Seed {
    /// What was done, or with a dry run would be.
    pub(super) fn view(
        &self,
        release: Option<&ReleaseView>,
        new: &NewRelease,
        batch: &Batch,
        profile: &Profile,
        locations: &[String],
        begun: Instant,
    ) -> SeedView {
        let points = count_points(new.canaries.iter().flat_map(|c| &c.contact_points).map(|p| p.kind));
        let row =
            |c: &NewCanary| c.fields.iter().map(|f| (f.column.clone(), f.value.clone())).collect::<BTreeMap<_, _>>();
        SeedView {
            release: release.map(|r| r.id),
            source: new.source.clone(),
            dataset: new.dataset.clone(),
            rows_in: new.rows_in,
            canaries: new.canaries.len() as u64,
            kept: batch.kept,
            new: new.canaries.len() - batch.kept,
            left: batch.left,
            shared: batch.shared,
            output: new.place.output.clone(),
            seconds: begun.elapsed().as_secs_f64(),
            planting_seconds: None,
            contact_points: points,
            roles: new.roles.iter().cloned().collect(),
            audit: audit(profile, batch, locations),
            warnings: batch.warnings.clone(),
            preview: self.dry_run.then(|| new.canaries.iter().take(SHOWN).map(row).collect()),
            neighbours: self.dry_run.then(|| batch.rows.iter().take(SHOWN).map(|r| beside(profile, r)).collect()),
        }
    }
}

/// Contact points by kind.
pub(super) fn count_points(kinds: impl Iterator<Item = Kind>) -> PointCounts {
    let mut points = PointCounts::default();
    for kind in kinds {
        match kind {
            Kind::Phone => points.phone += 1,
            Kind::Mailbox => points.mailbox += 1,
            Kind::Url => points.url += 1,
        }
    }
    points
}

/// The row of the table that a canary stands beside.
fn beside(profile: &Profile, drawn: &Drawn) -> BTreeMap<String, String> {
    let place = if let Spot::After(place) = drawn.spot { place } else { 0 };
    let at = profile.donors.partition_point(|a| a.after < place).min(profile.donors.len().saturating_sub(1));
    let row = profile.donors.get(at).map(|a| a.row.as_slice()).unwrap_or_default();
    let cell = |(n, cell): (usize, &Option<String>)| Some((profile.columns[n].name.clone(), cell.clone()?));
    row.iter().enumerate().filter_map(cell).collect()
}

/// What can be said of a batch before it is planted.
fn audit(profile: &Profile, batch: &Batch, locations: &[String]) -> AuditView {
    let rows = &batch.rows;
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
    AuditView { order, id_safety, longest_run: longest_run(locations), detection: batch.audit.clone() }
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

/// How well the batch can be told, for people.
fn detection(found: &DetectionView) -> String {
    let telling: Vec<String> = {
        let mut columns: Vec<(&String, &f64)> = found.columns.iter().collect();
        columns.sort_by(|a, b| b.1.total_cmp(a.1));
        columns.iter().take(3).map(|(c, auc)| format!("{c} {auc:.2}")).collect()
    };
    let rules = if found.rules.is_empty() { "none".to_owned() } else { found.rules.join("; ") };
    format!(
        "detectable      AUC {:.2} ({:.2} to {:.2}; strongest attacker {:.2}; rows against rows {:.2}), {:.0} % of the most suspicious rows are canaries\n  by column     {}\n  rules firing  {rules}\n",
        found.auc,
        found.auc_low,
        found.auc_high,
        found.auc_worst,
        found.control_auc,
        found.planted_precision * 100.0,
        telling.join(", ")
    )
}

/// Prints the outcome for people; warnings go to stderr.
pub(super) fn report(view: &SeedView) -> Result<()> {
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
    if view.kept + view.left + view.shared > 0 {
        out.push_str(&format!(
            "since before    {} kept, {} new ({} of them shared), {} left\n",
            view.kept, view.new, view.shared, view.left
        ));
    }
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
    out.push_str(&view.audit.detection.as_ref().map(detection).unwrap_or_default());
    let line = |row: &BTreeMap<String, String>| {
        row.iter().map(|(c, v)| format!("{c}={}", print::harmless(v))).collect::<Vec<_>>().join("  ")
    };
    let pairs = view.preview.iter().flatten().zip(view.neighbours.iter().flatten());
    for (canary, neighbour) in pairs {
        out.push_str(&format!("  canary  {}\n  beside  {}\n", line(canary), line(neighbour)));
    }
    tell(&view.warnings);
    print::text(&out)
}

/// Says on stderr what an operator should know.
pub(super) fn tell(warnings: &[String]) {
    for warning in warnings {
        eprintln!("note: {warning}");
    }
}
