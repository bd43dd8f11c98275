//! Jointly: the judgement of sources whose copies share canaries. A contact at a
//! shared canary says that one of its holders leaked, not which; so what is known
//! of each copy alone and of each set of holders is weighed over all sets of
//! sources that may have leaked (a noisy-OR over sources, summed exactly).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::verdict::{Evidence, Judge, Verdict};
use crate::model::{HitId, SourceId};

/// Sources that hang together through shared canaries are weighed by all their
/// subsets; more of them than this by their own canaries alone.
const TOGETHER: usize = 14;

/// Canaries that the same two or more sources hold, and what was heard of them.
#[derive(Debug, Clone)]
pub struct SharedEvidence {
    /// In order.
    pub holders: Vec<SourceId>,
    pub evidence: Evidence,
}

/// What speaks for "one of these leaked", as a natural logarithm.
#[derive(Debug, Clone)]
struct OneOf {
    holders: Vec<SourceId>,
    log: f64,
}

impl Judge {
    /// Judges sources by what is their own alone, and by what they share.
    pub fn judge_all(&self, own: &[Evidence], shared: &[SharedEvidence]) -> Vec<Verdict> {
        let shared = once(own, shared);
        let singles: Vec<Verdict> = own.iter().map(|evidence| self.weigh(evidence)).collect();
        let pairs: Vec<(&SharedEvidence, Verdict)> = shared.iter().map(|s| (s, self.weigh(&s.evidence))).collect();
        let logs: BTreeMap<SourceId, f64> = singles.iter().map(|v| (v.source, v.log())).collect();
        let sets: Vec<OneOf> = pairs.iter().map(|(s, v)| OneOf { holders: s.holders.clone(), log: v.log() }).collect();
        let odds = log_odds(self.prior, &logs, &sets);
        let labels: HashMap<SourceId, &str> = own.iter().map(|e| (e.source, e.label.as_str())).collect();
        let finish = |mut verdict: Verdict| {
            let theirs: Vec<&(&SharedEvidence, Verdict)> =
                pairs.iter().filter(|(s, _)| s.holders.contains(&verdict.source)).collect();
            if let Some(odds) = odds.get(&verdict.source) {
                verdict.set_log(self.prior, odds - (self.prior / (1.0 - self.prior)).ln());
            }
            theirs.iter().for_each(|(s, v)| add(&mut verdict, s, v, &labels));
            self.conclude(verdict)
        };
        singles.into_iter().map(finish).collect()
    }
}

/// A campaign is one piece of news: where it reached canaries that one holder alone
/// has, or that fewer hold, it counts there and nowhere else.
fn once(own: &[Evidence], shared: &[SharedEvidence]) -> Vec<SharedEvidence> {
    let mut counted: Vec<(Vec<SourceId>, HashSet<HitId>)> =
        own.iter().map(|e| (vec![e.source], e.hits.iter().map(|h| h.campaign).collect())).collect();
    let mut shared = shared.to_vec();
    shared.sort_by_key(|s| s.holders.len());
    for set in &mut shared {
        let all: HashSet<HitId> = set.evidence.hits.iter().map(|h| h.campaign).collect();
        let overlap = |holders: &[SourceId]| holders.iter().any(|h| set.holders.contains(h));
        let before = counted.iter().filter(|(holders, _)| overlap(holders)).flat_map(|(_, campaigns)| campaigns);
        let before: HashSet<HitId> = before.copied().collect();
        set.evidence.hits.retain(|h| !before.contains(&h.campaign));
        counted.push((set.holders.clone(), all));
    }
    shared
}

/// What the shared canaries add to what is shown of a source.
fn add(verdict: &mut Verdict, shared: &SharedEvidence, theirs: &Verdict, labels: &HashMap<SourceId, &str>) {
    verdict.canaries_planted += theirs.canaries_planted;
    if theirs.hits == 0 {
        return;
    }
    verdict.hits += theirs.hits;
    verdict.campaigns += theirs.campaigns;
    verdict.canaries_hit += theirs.canaries_hit;
    verdict.telling_shared += theirs.telling;
    verdict.first_hit = [verdict.first_hit, theirs.first_hit].into_iter().flatten().min();
    verdict.before = verdict.first_hit;
    verdict.after = [verdict.after, theirs.after].into_iter().flatten().min();
    let others: Vec<&str> = shared
        .holders
        .iter()
        .filter(|h| **h != verdict.source)
        .map(|h| labels.get(h).copied().unwrap_or("another source"))
        .collect();
    verdict.because.push(format!(
        "{} more reached {} of the canaries that this copy shares with {}: they say that one of these copies leaked (log10 Bayes factor {:.1}), not which; what tells them apart is what reached canaries of one copy alone.",
        count(theirs.hits, "contact"),
        theirs.canaries_hit,
        others.join(" and "),
        theirs.log10_bayes_factor,
    ));
}

fn count(n: u32, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}

/// Logarithm of each source's posterior odds, for those that share canaries.
fn log_odds(prior: f64, own: &BTreeMap<SourceId, f64>, sets: &[OneOf]) -> HashMap<SourceId, f64> {
    let mut odds = HashMap::new();
    for members in components(own, sets) {
        if members.len() < 2 || members.len() > TOGETHER {
            continue;
        }
        let sets: Vec<(u32, f64)> = sets.iter().map(|s| (mask(&members, &s.holders), s.log)).collect();
        let weight = |leakers: u32| {
            let each = members.iter().enumerate().map(|(n, source)| match leakers >> n & 1 {
                1 => prior.ln() + own[source],
                _ => (1.0 - prior).ln(),
            });
            each.sum::<f64>() + sets.iter().filter(|(set, _)| set & leakers != 0).map(|(_, log)| log).sum::<f64>()
        };
        let weights: Vec<f64> = (0..1u32 << members.len()).map(weight).collect();
        for (n, source) in members.iter().enumerate() {
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for (leakers, weight) in weights.iter().enumerate() {
                if leakers >> n & 1 == 1 { with.push(*weight) } else { without.push(*weight) }
            }
            odds.insert(*source, log_sum(&with) - log_sum(&without));
        }
    }
    odds
}

/// Sources that hang together through sets of holders.
fn components(own: &BTreeMap<SourceId, f64>, sets: &[OneOf]) -> Vec<Vec<SourceId>> {
    let mut left: BTreeSet<SourceId> = own.keys().copied().collect();
    let mut found = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut members = vec![first];
        let mut next = 0;
        while next < members.len() {
            let near = sets.iter().filter(|s| s.holders.contains(&members[next])).flat_map(|s| s.holders.clone());
            let near: Vec<SourceId> = near.filter(|h| left.remove(h)).collect();
            members.extend(near);
            next += 1;
        }
        found.push(members);
    }
    found
}

fn mask(members: &[SourceId], holders: &[SourceId]) -> u32 {
    members.iter().enumerate().filter(|(_, m)| holders.contains(m)).fold(0, |mask, (n, _)| mask | 1 << n)
}

fn log_sum(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + logs.iter().map(|l| (l - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
