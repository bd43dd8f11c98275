//! `release exclude`: a filter for lawful use. Digests of the values that a
//! release's canaries are known by, under a key of the filter's own; that it was
//! given out is in the ledger before anybody has it.

use std::collections::HashSet;

use rand::seq::SliceRandom;

use super::views::{FilterColumn, FilterDigest, FilterView};
use super::{App, AppError};
use crate::model::{Canary, Entropy, Event, FilterKey, Release, ReleaseId, filter};

/// Roles of columns whose values are nobody else's: seeding has held each of them
/// against every row of the table.
const TELLING: [&str; 6] = ["key", "phone", "email", "url", "national-id", "company-code"];
/// Business numbers: made anew, but a table may repeat them. Only where nothing
/// better leaves every canary out.
const CODE: &str = "code";
/// Each column has this many digests, or the next round number.
const FEWEST: usize = 100;

/// A column and the canaries' values in it.
#[derive(Debug, PartialEq, Eq)]
struct Column<'a> {
    name: &'a str,
    role: &'a str,
    /// By canary.
    cells: Vec<Option<&'a str>>,
}

impl App {
    /// A filter of a release for `by`. A withdrawn one has filters too: copies of
    /// it may still be in use.
    pub async fn exclude(&self, id: ReleaseId, by: &str) -> Result<FilterView, AppError> {
        let release = self.release_of(id).await?;
        let canaries = self.store.canaries(id).await?;
        let columns = telling(&release, &canaries);
        if columns.is_empty() {
            return Err(AppError::Invalid(format!(
                "no column of {id} tells its canaries from rows: it needs a key, phone, mail or web address, identity number or company code that is neither masked nor repeated"
            )));
        }
        let key = self.with_entropy(|entropy| FilterKey::draw(entropy));
        let mut digests = digests(&columns, &key);
        let (count, fingerprint) = (digests.len() as u64, key.fingerprint());
        let filter = fingerprint.clone();
        self.record(vec![Event::Excluded { by: by.to_owned(), release: id, digests: count, filter }]).await?;
        self.with_entropy(|entropy| hide_the_number(&mut digests, &columns, entropy));
        Ok(FilterView {
            release: id,
            made_at: self.now(),
            key: key.as_str().to_owned(),
            fingerprint,
            rule: filter::RULE.to_owned(),
            columns: columns.iter().map(Column::view).collect(),
            complete: is_complete(&columns),
            digests,
        })
    }
}

impl<'a> Column<'a> {
    /// Nothing where a value may be a row's too: masked, or of two canaries.
    fn of(name: &'a str, role: &'a str, canaries: &'a [Canary]) -> Option<Self> {
        let cell = |c: &'a Canary| c.fields.iter().find(|f| f.column == name).map(|f| f.value.as_str());
        let cells: Vec<_> = canaries.iter().map(|c| cell(c).filter(|text| !text.trim().is_empty())).collect();
        let mut met = HashSet::new();
        // Contacts are planted whole: three letters x in one are chance.
        let is_whole = |text: &str| matches!(role, "phone" | "email" | "url") || !is_masked(text);
        let is_own = |text: &'a str| is_whole(text) && met.insert(text);
        let offered = cells.iter().any(Option::is_some) && cells.iter().copied().flatten().all(is_own);
        offered.then_some(Self { name, role, cells })
    }

    fn view(&self) -> FilterColumn {
        let complete = self.cells.iter().all(Option::is_some);
        FilterColumn { column: self.name.to_owned(), role: self.role.to_owned(), complete }
    }
}

/// The columns that a release's canaries are known by.
fn telling<'a>(release: &'a Release, canaries: &'a [Canary]) -> Vec<Column<'a>> {
    let times = |name: &str| release.roles.iter().filter(|(other, _)| other == name).count();
    // Where two columns have one name, a filter cannot say which it means.
    let roles: Vec<_> = release.roles.iter().filter(|(name, _)| times(name) == 1).collect();
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let wanted = roles.iter().filter(|(_, role)| wanted(role));
        wanted.filter_map(|(name, role)| Column::of(name, role, canaries)).collect::<Vec<_>>()
    };
    let mut columns = of(&|role| TELLING.contains(&role));
    if !is_complete(&columns) {
        columns.extend(of(&|role| role == CODE));
    }
    columns
}

/// Whether every canary has a value in one of the columns.
fn is_complete(columns: &[Column<'_>]) -> bool {
    let canaries = columns.first().map_or(0, |c| c.cells.len());
    canaries > 0 && (0..canaries).all(|n| columns.iter().any(|c| c.cells[n].is_some()))
}

/// Stars and their like, and letters that stand for digits left out.
fn is_masked(text: &str) -> bool {
    text.contains(['*', '＊', '•', '●', '×', '█', '…']) || text.to_ascii_lowercase().contains("xxx")
}

fn digests(columns: &[Column<'_>], key: &FilterKey) -> Vec<FilterDigest> {
    let of = |c: &Column<'_>, text: &str| FilterDigest { column: c.name.to_owned(), digest: key.digest(text) };
    columns.iter().flat_map(|c| c.cells.iter().flatten().map(move |text| of(c, text))).collect()
}

/// Fills every column up with decoys to one round number, and mixes all.
fn hide_the_number(digests: &mut Vec<FilterDigest>, columns: &[Column<'_>], mut entropy: &mut dyn Entropy) {
    let held = |c: &Column<'_>| c.cells.iter().flatten().count();
    let round = round_above(columns.iter().map(held).max().unwrap_or(0));
    for column in columns {
        for _ in held(column)..round {
            digests.push(FilterDigest { column: column.name.to_owned(), digest: filter::decoy(entropy) });
        }
    }
    digests.shuffle(&mut entropy);
}

/// 100, 200, 500, 1000, ...: the first that is not less.
fn round_above(count: usize) -> usize {
    let mut step = FEWEST;
    loop {
        if let Some(round) = [step, 2 * step, 5 * step].into_iter().find(|round| *round >= count) {
            return round;
        }
        step *= 10;
    }
}

#[cfg(test)]
mod tests;
