//! Sharing: people whom another source's copy holds, planted here too, so that
//! comparing the tables of two sources tells no more of canaries than of the real
//! people whom both hold.

use anyhow::{Result, bail};
use rand::seq::SliceRandom;
use std::collections::HashSet;

use super::Seed;
use super::again::{person, row_of};
use super::table::percent;
use crate::client::Client;
use crate::identity::{Person, Profile, Role};
use crate::model::CanaryId;

/// Whose canaries, and so many percent of the release.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Share {
    pub(super) source: String,
    percent: f64,
}

pub(super) fn share(text: &str) -> Result<Share, String> {
    let (source, share) =
        text.rsplit_once('=').ok_or("write SOURCE=PERCENT: the share of real people whom both hold")?;
    Ok(Share { source: source.to_owned(), percent: percent(share)? })
}

/// People of another source for this table.
#[derive(Default)]
pub(super) struct Lent {
    pub(super) people: Vec<Person>,
    /// All whom the other source holds.
    holds: HashSet<CanaryId>,
    percent: f64,
}

impl Lent {
    /// How many of `total` are still to be shared, where these are there already.
    pub(super) fn wanted(&self, total: usize, there: impl Iterator<Item = CanaryId>) -> usize {
        let there = there.filter(|id| self.holds.contains(id)).count();
        ((total as f64 * self.percent / 100.0).round() as usize).saturating_sub(there)
    }
}

impl Seed {
    /// The people whom the other source's newest release holds, in random order.
    pub(super) async fn lent(
        &self,
        client: &Client,
        profile: &Profile,
        entropy: &mut rand_chacha::ChaCha20Rng,
    ) -> Result<Lent> {
        let Some(Share { source, percent }) = &self.shared_with else { return Ok(Lent::default()) };
        let dataset = self.dataset_name()?;
        if *source == self.source {
            bail!("--shared-with names the source that is seeded; name another one");
        }
        let Some(standing) = client.standing(source, &dataset).await? else {
            bail!(
                "--shared-with: no release of {source} for dataset {dataset} stands; seed it first, or name the dataset with --dataset"
            )
        };
        let columns: Vec<String> = standing.release.roles.keys().cloned().collect();
        let roles: Vec<Role> =
            columns.iter().map(|c| Role::parse(&standing.release.roles[c]).unwrap_or(Role::Other)).collect();
        let all = standing.canaries.iter();
        let people: Vec<Person> =
            all.filter_map(|c| person(c, roles.iter().copied().zip(row_of(c, &columns)).collect())).collect();
        let holds = people.iter().map(|p| p.id).collect();
        let unfit = people.iter().find_map(|p| p.unfit(profile));
        let mut fit: Vec<Person> = people.into_iter().filter(|p| p.unfit(profile).is_none()).collect();
        if let Some(role) = unfit.filter(|_| fit.is_empty()) {
            bail!(
                "--shared-with: the two tables tell different things of a person (one has no {role}), so nobody can be in both"
            );
        }
        fit.shuffle(entropy);
        Ok(Lent { people: fit, holds, percent: *percent })
    }
}
