//! A hit: one contact that arrived at a contact point, with its evidence. What
//! it says about a source is attribution's to judge.

use serde::{Deserialize, Serialize};

use super::{CanaryId, ContactPoint, HitId, ReleaseId, Time};

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

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub id: HitId,
    pub at: Time,
    pub channel: Channel,
    /// Where it arrived.
    pub to: ContactPoint,
    /// Who sent it, as the channel tells: number, envelope sender, address.
    pub from: String,
    /// One line for people, decoded and bounded.
    pub summary: String,
    /// The words of the contact, decoded and bounded, for matching.
    pub text: String,
    /// SHA-256 of all the octets of the contact, in hex, even where the
    /// evidence that is kept was cut.
    pub evidence_sha256: String,
    pub status: HitStatus,
    /// At a control.
    pub control: bool,
    pub canary: Option<CanaryId>,
    pub release: Option<ReleaseId>,
    /// The contact names the persona.
    pub confirmed: bool,
    /// What tells a retry from a new contact.
    pub dedupe: Option<String>,
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
