//! Holdings: which sets of sources hold how many canaries since when, and what was
//! heard of each set. A canary is listened for once, however many releases it is in.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::attribution::verdict::{Counted, Listening};
use crate::attribution::{Campaigns, Evidence, SharedEvidence};
use crate::model::{CanaryId, Hit, HitId, HitStatus, Release, Source, SourceId, Time};

/// What is listened for and what was heard, by who holds it.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    listening: BTreeMap<Vec<SourceId>, Vec<Listening>>,
    heard: BTreeMap<Vec<SourceId>, Vec<Counted>>,
}

impl Holdings {
    /// From all releases (a withdrawn one may still have leaked before) and hits.
    pub(super) fn of(releases: &[Release], hits: &[Hit], campaigns: &Campaigns) -> Self {
        let mut holdings = Self::default();
        let mut in_order: Vec<&Release> = releases.iter().collect();
        in_order.sort_by_key(|r| (r.issued_at, r.id));
        in_order.iter().for_each(|release| holdings.issue(release));
        for hit in hits.iter().filter(|h| h.status == HitStatus::Counted) {
            if let (Some(canary), Some(release)) = (hit.canary, hit.release) {
                let holders = hit.holders();
                let since = given(&in_order, &holders, canary).unwrap_or(hit.at);
                let campaign = campaigns.first_of(hit.id);
                let (at, channel, confirmed) = (hit.at, hit.channel, hit.confirmed);
                let one = Counted { hit: hit.id, at, channel, canary, release, since, campaign, confirmed };
                holdings.heard.entry(holders).or_default().push(one);
            }
        }
        holdings
    }

    /// A release adds what is new in it, and takes what it shares from its holders.
    fn issue(&mut self, release: &Release) {
        let lent: u64 = release.shared.iter().map(|s| s.canaries).sum();
        let own = release.canaries.saturating_sub(release.kept + lent);
        self.listen(vec![release.source], release, own);
        for shared in &release.shared {
            let mut left = shared.canaries as u32;
            for one in self.listening.entry(shared.with.clone()).or_default() {
                let taken = one.points.min(left);
                one.points -= taken;
                one.canaries -= taken;
                left -= taken;
            }
            let mut holders = [shared.with.as_slice(), &[release.source]].concat();
            holders.sort();
            self.listen(holders, release, shared.canaries);
        }
    }

    fn listen(&mut self, holders: Vec<SourceId>, release: &Release, canaries: u64) {
        let (canaries, since) = (canaries as u32, release.issued_at);
        let one = Listening { release: release.id, since, canaries, points: canaries };
        self.listening.entry(holders).or_default().push(one);
    }

    /// How many canaries are listened for.
    pub(super) fn monitored(&self) -> u32 {
        self.listening.values().flatten().map(|l| l.points).sum()
    }

    /// Sources that hold something that was reached.
    pub(super) fn reached(&self) -> HashSet<SourceId> {
        self.heard.keys().flatten().copied().collect()
    }

    /// What is known of a source by its own canaries.
    pub(super) fn own(&self, source: &Source) -> Evidence {
        let shared = |holders: &&Vec<SourceId>| holders.len() > 1 && holders.contains(&source.id);
        let mut reached: HashMap<HitId, HashSet<CanaryId>> = HashMap::new();
        for hit in self.heard.iter().filter(|(holders, _)| shared(holders)).flat_map(|(_, hits)| hits) {
            reached.entry(hit.campaign).or_default().insert(hit.canary);
        }
        let aside = self.listening.iter().filter(|(holders, _)| shared(holders)).flat_map(|(_, l)| l);
        Evidence {
            source: source.id,
            label: source.label().to_owned(),
            releases: self.listening.get(&vec![source.id]).cloned().unwrap_or_default(),
            hits: self.heard.get(&vec![source.id]).cloned().unwrap_or_default(),
            aside: aside.map(|l| l.points).sum(),
            reached_aside: reached.into_iter().map(|(campaign, canaries)| (campaign, canaries.len() as u32)).collect(),
        }
    }

    /// What is known of canaries that several hold.
    pub(super) fn shared(&self) -> Vec<SharedEvidence> {
        let mut sets: Vec<&Vec<SourceId>> = self.listening.keys().chain(self.heard.keys()).collect();
        sets.sort();
        sets.dedup();
        let evidence = |holders: &Vec<SourceId>| SharedEvidence {
            holders: holders.clone(),
            evidence: Evidence {
                label: "several sources".to_owned(),
                releases: self.listening.get(holders).cloned().unwrap_or_default(),
                hits: self.heard.get(holders).cloned().unwrap_or_default(),
                ..Evidence::default()
            },
        };
        sets.into_iter().filter(|holders| holders.len() > 1).map(evidence).collect()
    }
}

/// When the first of the holders was given a canary: with the release that was
/// issued when the canary was made. Ids tell the millisecond.
fn given(releases: &[&Release], holders: &[SourceId], canary: CanaryId) -> Option<Time> {
    let made = canary.time() + jiff::SignedDuration::from_millis(1);
    let own = || releases.iter().filter(|r| holders.contains(&r.source)).map(|r| r.issued_at);
    own().filter(|at| *at <= made).max().or_else(|| own().min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Name, Place, ReleaseId, ReleaseState, Shared};

    fn source(n: u8) -> SourceId {
        SourceId::from_octets([n; 16])
    }

    fn release(of: u8, day: i64, canaries: u64, kept: u64, shared: Vec<Shared>) -> Release {
        Release {
            id: ReleaseId::from_octets([day as u8; 16]),
            source: source(of),
            dataset: Name::parse("people").expect("a name"),
            state: ReleaseState::Planted,
            place: Place { input: String::new(), output: String::new(), table: None, related: Vec::new() },
            rows_in: 1_000,
            canaries,
            kept,
            shared,
            roles: Vec::new(),
            next: None,
            issued_at: Time::from_second(1_800_000_000 + day * 86_400).expect("in range"),
            planted_at: None,
            withdrawn_at: None,
        }
    }

    #[test]
    fn every_canary_is_listened_for_once() {
        let shared = vec![Shared { with: vec![source(1)], canaries: 4 }];
        let releases = [
            release(1, 1, 20, 0, Vec::new()),
            release(1, 2, 21, 19, Vec::new()),
            release(2, 3, 10, 0, shared),
            release(2, 4, 10, 9, Vec::new()),
        ];
        let holdings = Holdings::of(&releases, &[], &Campaigns::default());
        let points = |holders: &[u8]| -> u32 {
            let holders: Vec<SourceId> = holders.iter().map(|n| source(*n)).collect();
            holdings.listening[&holders].iter().map(|l| l.points).sum()
        };
        assert_eq!((points(&[1]), points(&[2]), points(&[1, 2])), (18, 7, 4));
        assert_eq!(holdings.monitored(), 29);
    }
}
