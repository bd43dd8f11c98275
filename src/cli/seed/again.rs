//! Seeding again: the canaries of the release that stands, as the next one has
//! them. What happened to the table since is measured against the copy that was
//! given out then: canaries leave, come and age as often as its rows did.

use anyhow::Result;
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::progress::Progress;
use super::Seed;
use crate::app::views::{NewCanary, ReleaseView, StandingView};
use crate::client::Client;
use crate::identity::change::{hash_of, key_of};
use crate::identity::{
    Cells, Change, Drawn, Meet, Neighbours, Person, Places, Profile, Role, Row, Sketch, Spot, Strangers, Wanted, ageing,
};
use crate::seed::Table;
use crate::seed::file::FileTable;

/// What is planted again, and how many rows of the table are new.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) rows: Vec<Drawn>,
    /// Canaries that the release before had; nothing where none stands.
    pub(super) stood: Option<usize>,
    /// Share of the table's rows that came since.
    pub(super) added: f64,
    pub(super) warnings: Vec<String>,
}

/// The copy that was given out last, as far as it is known.
struct Past {
    sketch: Sketch,
    neighbours: Neighbours,
}

type Entropy = rand_chacha::ChaCha20Rng;

impl Kept {
    /// Nothing of what stands is kept.
    fn none_of(standing: &StandingView, why: String) -> Self {
        Self { stood: Some(standing.canaries.len()), added: 1.0, warnings: vec![why], ..Self::default() }
    }

    /// How many of the release before are not in this one.
    pub(super) fn left(&self) -> usize {
        self.stood.unwrap_or(0).saturating_sub(self.rows.len())
    }

    /// How many canaries come in. A first release has as many as were asked for; a
    /// later one as many as rows came into the table, unless the operator `told` a
    /// number, which stands.
    pub(super) fn newcomers(&mut self, count: usize, told: bool, entropy: &mut Entropy) -> usize {
        let Some(stood) = self.stood.filter(|_| !self.rows.is_empty()) else { return count };
        let natural = some_of(self.added * stood as f64, entropy);
        if !told {
            return natural;
        }
        if self.rows.len() > count {
            self.warnings.push(format!(
                "{} canaries stand and {count} were asked for: {} leave although no rows of the table do, which whoever compares the two copies sees",
                self.rows.len(),
                self.rows.len() - count
            ));
            self.rows.truncate(count);
        }
        let new = count - self.rows.len();
        if new > 2 * natural + 2 {
            self.warnings.push(format!(
                "{new} canaries are new where {natural} would go with the rows that came since: whoever compares the two copies finds more canaries among new rows than elsewhere"
            ));
        }
        new
    }
}

/// A number near `wanted`, such that its mean is it.
fn some_of(wanted: f64, entropy: &mut Entropy) -> usize {
    wanted as usize + usize::from(entropy.random_bool(wanted.fract().clamp(0.0, 1.0)))
}

impl Seed {
    /// The canaries that are planted again, aged and at their places.
    pub(super) async fn kept(
        &self,
        client: &Client,
        table: &mut dyn Table,
        profile: &Profile,
        entropy: &mut Entropy,
    ) -> Result<Kept> {
        let dataset = self.dataset_name()?;
        if self.fresh {
            let stands = |r: &ReleaseView| {
                r.source == self.source && r.dataset == dataset && r.planted_at.is_some() && r.withdrawn_at.is_none()
            };
            let last = client.releases().await?.into_iter().filter(stands).max_by_key(|r| r.planted_at);
            return Ok(Kept { stood: last.map(|r| r.canaries as usize), ..Kept::default() });
        }
        let Some(standing) = client.standing(&self.source, &dataset).await? else { return Ok(Kept::default()) };
        let release = &standing.release;
        if table.in_place() && release.place.output != table.output() {
            return Ok(Kept::default());
        }
        if table.in_place() {
            let why = format!(
                "{} is seeded where it lies: the canaries of {} are in it already and stay as they are; those of this release come in addition",
                self.input, release.id
            );
            return Ok(Kept { warnings: vec![why], ..Kept::default() });
        }
        let (then, now): (BTreeSet<&String>, BTreeSet<&String>) =
            (release.roles.keys().collect(), table.columns().iter().collect());
        if then != now {
            let why = format!("the columns are others than in {}: none of its canaries is kept", release.id);
            return Ok(Kept::none_of(&standing, why));
        }
        self.kept_of(&standing, table, profile, entropy).await
    }

    async fn kept_of(
        &self,
        standing: &StandingView,
        table: &mut dyn Table,
        profile: &Profile,
        entropy: &mut Entropy,
    ) -> Result<Kept> {
        let rows: Vec<Row> = standing.canaries.iter().map(|c| row_of(c, table.columns())).collect();
        let key = key_of(profile);
        let past = match &key {
            Some(key) => past(&standing.release, table.columns(), key, &rows).await,
            None => None,
        };
        let mut drawn: Vec<Drawn> =
            standing.canaries.iter().zip(&rows).filter_map(|(c, row)| again(c, row, profile)).collect();
        let mut kept = Kept { stood: Some(standing.canaries.len()), ..Kept::default() };
        let change = compare(table, profile, key.as_deref(), past.as_ref(), &mut drawn, standing).await?;
        kept.warnings.extend(taken(&drawn, standing));
        match (past, change) {
            (Some(past), Some(new)) => {
                let change = Change::between(past.sketch, new);
                kept.added = change.added;
                drawn.retain(|_| !entropy.random_bool(change.gone));
                drawn.iter_mut().for_each(|d| ageing::age(profile, &mut d.row, &change.stayed, entropy));
            }
            _ => {
                kept.added = added_since(profile, &standing.release);
                kept.warnings.push(format!(
                    "{}, the copy of {}, is not there to compare with: its canaries stay as they were, although rows of the table may have changed and gone; leave the last copy where it is for the next seeding",
                    standing.release.place.output, standing.release.id
                ));
            }
        }
        kept.rows = drawn;
        Ok(kept)
    }
}

/// The cells of a canary, in the order of the table's columns.
pub(super) fn row_of(canary: &NewCanary, columns: &[String]) -> Row {
    let fields: BTreeMap<&String, &String> = canary.fields.iter().map(|f| (&f.column, &f.value)).collect();
    columns.iter().map(|column| fields.get(column).map(|value| (*value).clone())).collect()
}

/// A canary as a person, whose cells have these roles.
pub(super) fn person(canary: &NewCanary, cells: Vec<(Role, Option<String>)>) -> Option<Person> {
    Some(Person {
        id: canary.id?,
        cells,
        names: canary.names.clone(),
        identifiers: canary.identifiers.clone(),
        contact_points: canary.contact_points.clone(),
        id_safety: canary.id_safety,
    })
}

fn again(canary: &NewCanary, row: &Row, profile: &Profile) -> Option<Drawn> {
    let person = person(canary, Vec::new())?;
    Some(Drawn::again(person.id, row.clone(), Spot::First, profile, &person))
}

/// Reads the copy that was given out last, if it is still there.
async fn past(release: &ReleaseView, columns: &[String], key: &[usize], planted: &[Row]) -> Option<Past> {
    let place = &release.place;
    // Only read: nothing is ever written beside it.
    let beside = format!("{}.compared", place.output);
    let mut copy = FileTable::open(Path::new(&place.output), Path::new(&beside), place.table.as_deref()).ok()?;
    let order: Vec<usize> =
        columns.iter().map(|c| copy.columns().iter().position(|o| o == c)).collect::<Option<Vec<_>>>()?;
    let cells = |row: &Row| hash_of(key, &row.iter().map(|c| c.as_deref()).collect::<Vec<_>>());
    let planted: BTreeSet<u64> = planted.iter().filter_map(cells).collect();
    let mut past = Past { sketch: Sketch::default(), neighbours: Neighbours::default() };
    let mut meet = |row: &Cells<'_>| {
        let row: Vec<Option<&str>> = order.iter().map(|c| row[*c]).collect();
        match hash_of(key, &row) {
            Some(hash) if planted.contains(&hash) => past.neighbours.planted(hash),
            Some(hash) => {
                past.neighbours.meet(hash);
                past.sketch.meet(hash, &row);
            }
            None => {}
        }
    };
    let mut progress = Progress::new("comparing", "B");
    copy.scan(&mut meet, &mut |done, all| progress.at(done, all)).await.ok()?;
    Some(past)
}

/// One pass over the new table: takes those out who have something of a row of it,
/// puts the others in their places, and keeps rows to compare.
async fn compare(
    table: &mut dyn Table,
    profile: &Profile,
    key: Option<&[usize]>,
    past: Option<&Past>,
    drawn: &mut Vec<Drawn>,
    standing: &StandingView,
) -> Result<Option<Sketch>> {
    for (n, d) in drawn.iter_mut().enumerate() {
        d.spot = spot_by_order(profile, scaled(profile, &standing.canaries[n].location, standing.release.rows_in));
    }
    let none = Neighbours::default();
    let key = key.unwrap_or_default();
    let rows: Vec<Row> = drawn.iter().map(|d| d.row.clone()).collect();
    let places = Places::of(profile, key, &rows, past.map_or(&none, |p| &p.neighbours));
    let (strangers, sketch) = (Strangers::of(profile, drawn), past.map(|_| Sketch::default()));
    let mut comparing = Comparing { profile, key, strangers, places, sketch };
    let mut progress = Progress::new("comparing", "B");
    table.scan(&mut comparing, &mut |done, all| progress.at(done, all)).await?;
    for (d, spot) in drawn.iter_mut().zip(comparing.places.spots()) {
        if let (Some(spot), false) = (spot, matches!(d.spot, Spot::Sorted { .. })) {
            d.spot = spot;
        }
    }
    *drawn = comparing.strangers.settle(std::mem::take(drawn)).free;
    Ok(comparing.sketch)
}

/// Meets the rows of the new table.
struct Comparing<'p> {
    profile: &'p Profile,
    key: &'p [usize],
    strangers: Strangers,
    places: Places,
    /// Only where there is a copy to compare it with: it asks for whole rows.
    sketch: Option<Sketch>,
}

impl Meet for Comparing<'_> {
    fn meet(&mut self, row: &Cells<'_>) {
        self.strangers.meet(row);
        let hash = hash_of(self.key, row);
        self.places.meet(self.profile, hash, row);
        if let Some((sketch, hash)) = self.sketch.as_mut().zip(hash) {
            sketch.meet(hash, row);
        }
    }

    fn wants(&mut self) -> Wanted {
        let keys = self.key.iter().map(|column| column + 1).max().unwrap_or(1);
        let columns = self.strangers.wants().columns.max(self.places.columns()).max(keys);
        if self.sketch.is_some() { Wanted::ALL } else { Wanted { passing: 0, columns } }
    }
}

fn spot_by_order(profile: &Profile, otherwise: u64) -> Spot {
    match profile.order {
        crate::identity::Order::Sorted { column, way } => Spot::Sorted { column, way, otherwise },
        _ => Spot::After(otherwise),
    }
}

/// As far down the table as it was.
fn scaled(profile: &Profile, location: &str, rows_then: u64) -> u64 {
    let row: u64 = location.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let down = row.saturating_sub(1) as f64 / rows_then.max(1) as f64;
    ((down * profile.rows as f64) as u64).min(profile.rows.saturating_sub(1))
}

/// Canaries that share something with a row of the table are no longer nobody.
fn taken(kept: &[Drawn], standing: &StandingView) -> Option<String> {
    let left: Vec<String> = standing
        .canaries
        .iter()
        .filter_map(|c| c.id)
        .filter(|id| kept.iter().all(|d| d.id != Some(*id)))
        .map(|id| id.to_string())
        .collect();
    if left.is_empty() {
        return None;
    }
    if kept.is_empty() {
        return Some(format!(
            "all canaries of {} have something that a row of the table has, and leave: is this the copy that was given out, and not the table that it was made of?",
            standing.release.id
        ));
    }
    Some(format!(
        "a row of the table now has a number, key or name of these canaries, and they leave: {}",
        left.join(", ")
    ))
}

/// The share of rows that say that they came to be after a release was issued.
fn added_since(profile: &Profile, release: &ReleaseView) -> f64 {
    let Some(column) = profile.column_of(Role::CreatedAt) else { return 0.0 };
    let Some(form) = &profile.dates[column] else { return 0.0 };
    let since = jiff::tz::TimeZone::UTC.to_datetime(release.issued_at);
    let times: Vec<_> = profile.donors.iter().filter_map(|a| form.read(profile.text(&a.row, Some(column))?)).collect();
    let after = times.iter().filter(|at| **at > since).count();
    if times.is_empty() { 0.0 } else { after as f64 / times.len() as f64 }
}
