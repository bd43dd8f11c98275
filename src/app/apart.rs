//! Apart: what canaries of a dataset have in the copies of other sources. Two copies
//! in which one number is two persons' show both to whoever compares them.
//!
//! Which columns hold such numbers is the seeder's to know.

use std::collections::HashSet;

use super::{App, AppError};
use crate::model::{Field, Release, ReleaseState};

impl App {
    /// For each row, whether a canary in a copy of the dataset that another than this
    /// source holds has one of its fields too.
    pub async fn held_by_others(
        &self,
        source: &str,
        dataset: &str,
        rows: &[Vec<Field>],
    ) -> Result<Vec<bool>, AppError> {
        let source = self.source_named(source).await?;
        let columns: HashSet<&str> = rows.iter().flatten().map(|f| f.column.as_str()).collect();
        let elsewhere =
            |r: &Release| r.dataset.as_str() == dataset && r.source != source.id && r.state != ReleaseState::Withdrawn;
        let mut held: HashSet<Field> = HashSet::new();
        for release in self.store.releases().await?.into_iter().filter(elsewhere) {
            let fields = self.store.canaries(release.id).await?.into_iter().flat_map(|c| c.fields);
            held.extend(fields.filter(|f| columns.contains(f.column.as_str())));
        }
        Ok(rows.iter().map(|row| row.iter().any(|f| held.contains(f))).collect())
    }
}
