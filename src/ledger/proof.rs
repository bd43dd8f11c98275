//! A proof: one hit and all that led to it (its canary's issue and planting, the
//! release, the source; and every other planting of that canary), each with its
//! inclusion proof under one signed head. It opens the contents of that hit, and says nothing of any other canary.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contents::{self, ContentKey};
use super::entry::{Entry, leaf_hash};
use super::head::{Head, PublicKey};
use super::tree::{Hash, verify_inclusion};
use crate::model::hit::EVIDENCE_KEPT;
use crate::model::{Canary, Event, Guarded, Hit, Release, ReleaseState, Source, Words};

/// What the file says it is.
pub const FORMAT: &str = "hit proof 1";

/// One entry, and that it is in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Included {
    pub n: u64,
    /// Its canonical octets.
    pub entry: String,
    /// Audit path (RFC 9162 section 2.1.3), from the leaf up, in hex.
    pub path: Vec<String>,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub dyepack: String,
    /// The signed note that all paths lead to.
    pub head: String,
    /// Source, release as issued and as it was changed, canary, hit, evidence.
    pub entries: Vec<Included>,
    /// Opens the contents of the hit; absent once they were shredded.
    pub content_key: Option<String>,
}

/// What a proof shows, once it is verified.
#[derive(Debug, Clone)]
pub struct Shown {
    pub head: Head,
    pub hit: Hit,
    /// Number and moment of the hit's entry.
    pub recorded: (u64, crate::model::Time),
    pub canary: Canary,
    /// Number and moment of the canary's entry.
    pub issued: (u64, crate::model::Time),
    /// How the release stood, oldest first.
    pub releases: Vec<Release>,
    pub source: Source,
    /// Others who were given the canary as well.
    pub also: Vec<Source>,
    pub words: Option<Words>,
    pub octets: Option<Vec<u8>>,
    /// The octets are all there, and have the hash that the hit's entry states;
    /// else the contact was longer than what is kept of one.
    pub octets_whole: bool,
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    #[error("this is neither an export nor a proof of a hit, or its beginning was changed: {0}")]
    NotAProof(String),
    #[error("signed head: {0}")]
    Head(String),
    #[error("entry {0}: it is not in the tree under the signed head: it, its number or its path was changed")]
    NotIncluded(u64),
    #[error("entry {n}: {what}")]
    Wrong { n: u64, what: String },
    #[error("there is no {0} in it")]
    Lacks(&'static str),
}

impl Proof {
    /// Reads a file.
    pub fn read(octets: &[u8]) -> Result<Self, BadProof> {
        let proof: Self = serde_json::from_slice(octets).map_err(|e| BadProof::NotAProof(e.to_string()))?;
        match proof.dyepack.as_str() {
            FORMAT => Ok(proof),
            other => Err(BadProof::NotAProof(format!("it says it is {other:?}"))),
        }
    }

    /// Checks everything against the public key.
    pub fn verify(&self, key: &PublicKey) -> Result<Shown, BadProof> {
        let head = key.open(&self.head).map_err(|e| BadProof::Head(e.to_string()))?;
        let mut found = Found::default();
        let mut entries: Vec<&Included> = self.entries.iter().collect();
        entries.sort_by_key(|included| included.n);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].n == pair[1].n) {
            return Err(BadProof::Wrong { n: pair[0].n, what: "it is there twice".to_owned() });
        }
        for included in entries {
            found.take(included.n, included.verify(&head)?)?;
        }
        found.shown(head, self.content_key.as_deref())
    }
}

impl Included {
    fn verify(&self, head: &Head) -> Result<Entry, BadProof> {
        let path = self.path.iter().map(|p| hash_of(p)).collect::<Option<Vec<_>>>();
        let leaf = leaf_hash(self.entry.as_bytes());
        let included = path.is_some_and(|path| verify_inclusion(&leaf, self.n, head.size, &path, &head.root));
        if !included {
            return Err(BadProof::NotIncluded(self.n));
        }
        Entry::read(self.entry.as_bytes()).map_err(|e| BadProof::Wrong { n: self.n, what: e.to_string() })
    }
}

fn hash_of(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}

type Dated = (u64, crate::model::Time);

#[derive(Default)]
struct Found {
    sources: Vec<Source>,
    releases: Vec<Release>,
    canaries: Vec<(Dated, Canary)>,
    hit: Option<(Dated, Hit)>,
    evidence: Option<(u64, crate::model::HitId, String)>,
}

impl Found {
    fn take(&mut self, n: u64, entry: Entry) -> Result<(), BadProof> {
        let at = (n, entry.at);
        match entry.event {
            Event::Source(source) if self.sources.iter().all(|s| s.id != source.id) => self.sources.push(source),
            Event::Release(release) => self.releases.push(release),
            Event::Canary(canary) if self.canaries.iter().all(|(_, c)| c.release != canary.release) => {
                self.canaries.push((at, canary));
            }
            Event::Hit(hit) if self.hit.is_none() => self.hit = Some((at, *hit)),
            Event::Evidence { hit, octets: Guarded::Sealed(sealed) } if self.evidence.is_none() => {
                self.evidence = Some((n, hit, sealed));
            }
            _ => return Err(BadProof::Wrong { n, what: "it does not belong into the proof of one hit".to_owned() }),
        }
        Ok(())
    }

    /// All releases are of this canary, and all sources of these releases.
    fn strays(&self, hit: &Hit) -> Option<u64> {
        let of_canary = |r: &Release| self.canaries.iter().any(|(_, c)| c.release == r.id);
        let of_release = |s: &Source| self.releases.iter().any(|r| r.source == s.id);
        let other = self.canaries.iter().find(|(_, c)| hit.canary != Some(c.id)).map(|((n, _), _)| *n);
        let apart = !self.releases.iter().all(of_canary) || !self.sources.iter().all(of_release);
        other.or_else(|| apart.then(|| self.canaries.first().map_or(0, |((n, _), _)| *n)))
    }

    fn shown(mut self, head: Head, content_key: Option<&str>) -> Result<Shown, BadProof> {
        let (recorded, hit) = self.hit.take().ok_or(BadProof::Lacks("hit"))?;
        if self.canaries.is_empty() {
            return Err(BadProof::Lacks("canary"));
        }
        if let Some(n) = self.strays(&hit) {
            return Err(BadProof::Wrong { n, what: "canary, hit and release do not belong together".to_owned() });
        }
        let of_hit = self.canaries.iter().find(|(_, c)| hit.release == Some(c.release)).cloned();
        let (issued, canary) = of_hit.ok_or(BadProof::Lacks("canary of the hit's release"))?;
        let of_hit = |release: &Release| release.id == canary.release;
        let (releases, _): (Vec<Release>, Vec<Release>) = self.releases.into_iter().partition(of_hit);
        let release = releases.first().ok_or(BadProof::Lacks("release"))?;
        let (own, also): (Vec<Source>, Vec<Source>) = self.sources.into_iter().partition(|s| s.id == release.source);
        let source = own.into_iter().next().ok_or(BadProof::Lacks("source"))?;
        let evidence = self.evidence.ok_or(BadProof::Lacks("evidence"))?;
        let wrong = |n: u64, what: &str| BadProof::Wrong { n, what: what.to_owned() };
        if release.state != ReleaseState::Issued {
            return Err(wrong(issued.0, "the release was not issued for this source"));
        }
        if issued.0 >= recorded.0 || issued.1 > recorded.1 {
            return Err(wrong(recorded.0, "the hit was recorded before the canary was issued"));
        }
        if evidence.0 != recorded.0 + 1 || evidence.1 != hit.id {
            return Err(wrong(evidence.0, "the evidence is not that of the hit"));
        }
        let (words, octets) = match content_key {
            Some(key) => open(key, &hit, recorded.0, &evidence.2)?,
            None => (None, None),
        };
        let hash = octets.as_ref().map(|o| hex::encode(Sha256::digest(o)));
        let octets_whole = hash.as_deref() == Some(hit.evidence_sha256.as_str());
        if !octets_whole && octets.as_ref().is_some_and(|o| o.len() != EVIDENCE_KEPT) {
            return Err(wrong(evidence.0, "the octets do not have the hash that the hit's entry states"));
        }
        Ok(Shown { head, hit, recorded, canary, issued, releases, source, also, words, octets, octets_whole })
    }
}

type Opened = (Option<Words>, Option<Vec<u8>>);

fn open(key: &str, hit: &Hit, n: u64, evidence: &str) -> Result<Opened, BadProof> {
    let wrong = |e: contents::BadContents| BadProof::Wrong { n, what: e.to_string() };
    let key = ContentKey::parse(key).map_err(wrong)?;
    let words = match &hit.words {
        Guarded::Sealed(sealed) => contents::open_words(&key, sealed).map_err(wrong)?,
        Guarded::Clear(words) => words.clone(),
    };
    Ok((Some(words), Some(contents::open_octets(&key, evidence).map_err(wrong)?)))
}
