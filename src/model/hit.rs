//! A hit: one contact that arrived at a contact point, with its evidence. What
//! it says about a source is attribution's to judge.

use serde::{Deserialize, Serialize};

use super::{CanaryId, ContactPoint, Guarded, HitId, ReleaseId, SourceId, Time};

/// Octets of evidence kept of a contact at a canary; its hash is of all of them.
pub const EVIDENCE_KEPT: usize = 256 << 10;

/// How a contact came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Voice,
    Email,
    Web,
}

/// Whether a hit counts as evidence, and if not why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitStatus {
    /// At a canary: evidence.
    Counted,
    /// The same message again (a provider's or a mail server's retry).
    Duplicate,
    /// From a sender who is on the list of the expected.
    Expected,
    /// A fire drill.
    Drill,
    /// Signed rightly but long ago.
    Late,
    /// At no canary: a control, a free number, an address never minted.
    Stray,
}

/// The words of a contact, decoded and bounded; for people and for matching.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Who sent it, as the channel tells: number, envelope sender, address.
    pub from: String,
    /// One line.
    pub summary: String,
    pub text: String,
}

/// Keyed digests of sender and text, in hex: they tie hits into campaigns, also
/// when the words are shredded, and tell nobody else anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    pub sender: Option<String>,
    pub text: Option<String>,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub id: HitId,
    /// Number of its ledger entry; known once it is recorded.
    #[serde(skip)]
    pub entry: u64,
    pub at: Time,
    pub channel: Channel,
    /// Where it arrived.
    pub to: ContactPoint,
    pub words: Guarded<Words>,
    pub marks: Marks,
    /// SHA-256 of all the octets of the contact, in hex, even where the
    /// evidence that is kept was cut.
    pub evidence_sha256: String,
    pub status: HitStatus,
    /// At a control.
    pub control: bool,
    pub canary: Option<CanaryId>,
    pub release: Option<ReleaseId>,
    /// Who holds the release.
    pub source: Option<SourceId>,
    /// Who else holds the canary: any of all these may have leaked it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<SourceId>,
    /// The contact names the persona.
    pub confirmed: bool,
    /// What tells a retry from a new contact.
    pub dedupe: Option<String>,
}

impl Hit {
    /// Everybody who holds the canary, in order.
    pub fn holders(&self) -> Vec<SourceId> {
        let mut holders: Vec<SourceId> = self.source.into_iter().chain(self.also.iter().copied()).collect();
        holders.sort();
        holders
    }

    /// Its words; empty ones where they were shredded.
    pub fn words(&self) -> Words {
        self.words.clear().cloned().unwrap_or_else(|| Words {
            summary: "(shredded after the retention period)".to_owned(),
            ..Words::default()
        })
    }
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 4] = [Channel::Sms, Channel::Voice, Channel::Email, Channel::Web];

    /// The word people read and type.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Voice => "voice",
            Channel::Email => "email",
            Channel::Web => "web",
        }
    }

    /// The channel of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == word)
    }
}

impl HitStatus {
    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            HitStatus::Counted => "counted",
            HitStatus::Duplicate => "duplicate",
            HitStatus::Expected => "expected",
            HitStatus::Drill => "drill",
            HitStatus::Late => "late",
            HitStatus::Stray => "stray",
        }
    }
}
