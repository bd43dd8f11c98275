//! Choosing: of many candidates, those that are planted. Each is taken with a
//! chance that falls as it looks more like a canary than like a row of the table,
//! so that what is left is drawn as the table's rows are (density-ratio rejection;
//! Azadi et al. 2019). Two that share a number or name are never taken both.

use rand::RngExt;
use rand::seq::SliceRandom;
use rustc_hash::FxHashSet;

use super::Row;
use super::audit::{Critic, Sheet};
use super::drawn::{Claim, Drawn};
use super::generate::Generator;
use crate::model::Entropy;

/// Candidates drawn for each that is planted: many for a few, fewer for many.
const EXCESS: (usize, usize) = (6, 40);
const CANDIDATES: usize = 12_000;
/// Candidates that a critic learns from.
const LEARN: usize = 1_800;
/// Rows of the table that it learns from.
const ROWS: usize = 1_000;
/// A candidate's chance differs from another's at most by this power of e.
const REACH: f64 = 3.0;
/// Rows of a table too small for a critic.
const SMALL: usize = 300;
/// Times that what a small pool has left is drawn from.
const ROUNDS: usize = 12;

/// Knows canaries from rows, for one table and pool.
pub struct Chooser {
    critic: Option<Critic>,
}

impl Chooser {
    /// Learns from candidates of the generator.
    pub fn learn(from: &mut Generator<'_>, names: &[String], count: usize, entropy: &mut dyn Entropy) -> Self {
        if from.profile.donors.len() < SMALL {
            return Self { critic: None };
        }
        let mut order = from.kept.alike();
        order.shuffle(entropy);
        let real: Vec<Row> = order.iter().take(ROWS).map(|n| from.profile.donors[*n as usize].row.clone()).collect();
        let batch = count.clamp(1, (real.len() / 50).max(2));
        let candidates: Vec<Row> = from.rehearse(LEARN, batch, entropy).into_iter().flatten().map(|d| d.row).collect();
        let sheet = Sheet { names, roles: &from.profile.roles };
        Self { critic: Some(Critic::fit(&sheet, &real, &candidates, batch, entropy)) }
    }

    /// So many rows, no two of which share what must differ; fewer where the pool
    /// has no more.
    pub fn choose(&self, from: &mut Generator<'_>, count: usize, entropy: &mut dyn Entropy) -> Vec<Drawn> {
        let (candidates, chances) = self.candidates(from, count, count, entropy);
        let mut chosen = pick(candidates, &chances, count, &mut from.spent.clone(), entropy);
        // With a small pool most candidates hold the same contact points: the
        // rest is drawn from what is left of it.
        for _ in 0..ROUNDS {
            if chosen.len() == count {
                break;
            }
            from.spend(&chosen);
            let (candidates, chances) = self.candidates(from, count - chosen.len(), count, entropy);
            chosen.extend(pick(candidates, &chances, count - chosen.len(), &mut from.spent.clone(), entropy));
        }
        chosen
    }

    /// As many batches, each as if it alone were planted.
    pub fn choose_batches(
        &self,
        from: &mut Generator<'_>,
        batches: usize,
        count: usize,
        entropy: &mut dyn Entropy,
    ) -> Vec<Vec<Row>> {
        // Fewer to choose from than the real batch has: what it shows is on the safe side.
        let excess = count * self.excess(count).min(12);
        let drawn: Vec<Vec<Vec<Drawn>>> = (0..batches).map(|_| from.rehearse(excess, excess, entropy)).collect();
        let all: Vec<&Vec<Drawn>> = drawn.iter().flatten().collect();
        let mut chances = self.chances(from, &all, entropy).into_iter();
        let choose = |own: Vec<Vec<Drawn>>| {
            let chances: Vec<f64> = chances.by_ref().take(own.len()).collect();
            pick(own, &chances, count, &mut FxHashSet::default(), entropy).into_iter().map(|d| d.row).collect()
        };
        drawn.into_iter().map(choose).collect()
    }

    /// Rows in excess of `wanted`, each with how likely it is to be taken.
    fn candidates(
        &self,
        from: &mut Generator<'_>,
        wanted: usize,
        count: usize,
        entropy: &mut dyn Entropy,
    ) -> (Vec<Vec<Drawn>>, Vec<f64>) {
        let (mut drawn, mut met) = (Vec::new(), 0);
        while met < wanted * self.excess(wanted) {
            let entity = from.draw_entity(wanted, count, entropy);
            met += entity.len();
            drawn.push(entity);
        }
        let chances = self.chances(from, &drawn.iter().collect::<Vec<_>>(), entropy);
        (drawn, chances)
    }

    fn excess(&self, count: usize) -> usize {
        if self.critic.is_some() { (CANDIDATES / count.max(1)).clamp(EXCESS.0, EXCESS.1) } else { 3 }
    }

    /// How likely each entity is taken: by the mean of what its rows look like.
    fn chances(&self, from: &Generator<'_>, drawn: &[&Vec<Drawn>], entropy: &mut dyn Entropy) -> Vec<f64> {
        let Some(critic) = &self.critic else { return vec![1.0; drawn.len()] };
        let rows: Vec<Row> = drawn.iter().flat_map(|e| e.iter()).map(|d| d.row.clone()).collect();
        let mut odds = critic.log_odds(&rows, entropy).into_iter();
        let mean = |entity: &&Vec<Drawn>| odds.by_ref().take(entity.len()).sum::<f64>() / entity.len().max(1) as f64;
        let mut chances: Vec<f64> = drawn.iter().map(mean).map(|odds| (-odds.clamp(-REACH, REACH)).exp()).collect();
        from.kept.level(from.profile, &from.views, drawn, &mut chances);
        chances
    }
}

/// Draws without replacement by weight (Efraimidis and Spirakis 2006).
fn pick(
    candidates: Vec<Vec<Drawn>>,
    chances: &[f64],
    count: usize,
    claimed: &mut FxHashSet<Claim>,
    entropy: &mut dyn Entropy,
) -> Vec<Drawn> {
    let mut ranked: Vec<(f64, Vec<Drawn>)> = candidates
        .into_iter()
        .zip(chances)
        .map(|(c, chance)| (entropy.random_range(f64::MIN_POSITIVE..1.0).ln() / chance.max(1e-12), c))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Every second one at least can be contacted, as long as the pool has something for it.
    let most = if ranked.iter().all(|(_, entity)| is_mute(entity)) { count } else { count / 2 };
    let mut mute = 0;
    let mut chosen = Vec::with_capacity(count);
    for (_, entity) in ranked {
        let claims = || entity.iter().flat_map(|d| &d.claims);
        let more = if is_mute(&entity) { entity.len() } else { 0 };
        let has_room = chosen.len() + entity.len() <= count && mute + more <= most;
        if has_room && !claims().any(|c| claimed.contains(c)) && is_apart(&entity) {
            mute += more;
            claimed.extend(claims());
            chosen.extend(entity);
        }
    }
    chosen
}

/// Whether nobody can be reached by any of the rows.
fn is_mute(entity: &[Drawn]) -> bool {
    entity.iter().all(|d| d.contact_points.is_empty())
}

/// Whether no two rows of an entity have the same contact point.
fn is_apart(entity: &[Drawn]) -> bool {
    let mut met = FxHashSet::default();
    entity.iter().flat_map(|d| &d.contact_points).all(|point| met.insert(&point.value))
}
