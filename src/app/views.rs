//! Views: what the app answers, as JSON documents. Scripts are written against
//! these: fields may be added, never renamed.

mod filter;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::model::contact_point::Kind;
use crate::model::{
    AlertId, CanaryId, CaseId, Channel, Field, HitId, HitStatus, IdSafety, Place, PointFacts, RelatedRow, ReleaseId,
    ReleaseState, SourceId, Time, TokenId, TokenRole,
};

pub use filter::{FilterColumn, FilterDigest, FilterView};

/// `source list`, `source show`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SourceView {
    pub id: SourceId,
    pub name: String,
    pub title: Option<String>,
    pub parent: Option<String>,
    pub notify: Vec<String>,
    pub added_at: Time,
    pub releases: usize,
    pub canaries: u64,
}

/// `pool list`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PoolView {
    pub kind: String,
    pub value: String,
    pub status: PointStatus,
    pub added_at: Time,
    /// Contact points minted below a domain or host.
    pub planted: u64,
    /// What is known of a phone or mailbox.
    #[serde(default, skip_serializing_if = "PointFacts::is_empty")]
    pub facts: PointFacts,
    /// The domain that a mailbox is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// `pool add`: one value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewPoint {
    pub value: String,
    #[serde(default)]
    pub control: bool,
    #[serde(default, skip_serializing_if = "PointFacts::is_empty")]
    pub facts: PointFacts,
}

/// How a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointStatus {
    Planted,
    Control,
    Free,
    Retired,
    Unknown,
}

/// `release list`, `release show`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReleaseView {
    pub id: ReleaseId,
    pub source: String,
    pub dataset: String,
    pub state: ReleaseState,
    pub place: Place,
    pub rows_in: u64,
    pub canaries: u64,
    /// Those of them that the source's releases before this one had already.
    #[serde(default)]
    pub kept: u64,
    /// When the next canary is due that is not in place yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
    pub roles: BTreeMap<String, String>,
    pub issued_at: Time,
    pub planted_at: Option<Time>,
    pub withdrawn_at: Option<Time>,
}

/// `seed`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeedView {
    pub release: Option<ReleaseId>,
    pub source: String,
    pub dataset: String,
    pub rows_in: u64,
    pub canaries: u64,
    /// Canaries that the source's release before this one had.
    #[serde(default)]
    pub kept: usize,
    /// Canaries that are new in this source.
    #[serde(default)]
    pub new: usize,
    /// Canaries of the release before that are not in this one.
    #[serde(default)]
    pub left: usize,
    /// Those of the new ones that another source holds.
    #[serde(default)]
    pub shared: usize,
    pub output: String,
    pub seconds: f64,
    /// Of these, what putting the rows in took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planting_seconds: Option<f64>,
    pub contact_points: PointCounts,
    pub roles: BTreeMap<String, String>,
    pub audit: AuditView,
    pub warnings: Vec<String>,
    /// With `--dry-run`: rows as they would be planted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Vec<BTreeMap<String, String>>>,
    /// With `--dry-run`: as many rows of the table that stand beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Vec<BTreeMap<String, String>>>,
}

/// Contact points by kind.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct PointCounts {
    pub phone: usize,
    pub mailbox: usize,
    pub url: usize,
}

/// What can be said of a batch before it is planted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AuditView {
    /// What the rows are in the order of.
    pub order: String,
    /// Canaries by the safety class of their identity number.
    pub id_safety: BTreeMap<String, usize>,
    /// The longest run of canaries without a row of the table between them.
    pub longest_run: usize,
    /// How well the batch can be told from the table's rows; nothing for a table
    /// too small to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<DetectionView>,
}

/// What an attacker who owns this program reaches against a batch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DetectionView {
    /// Area under the ROC curve of a classifier, cross-validated, and its 95 %
    /// interval; 0.5 is chance.
    pub auc: f64,
    pub auc_low: f64,
    pub auc_high: f64,
    /// The same of the strongest attacker.
    pub auc_worst: f64,
    /// Rows of the table held against each other: what chance gives here.
    pub control_auc: f64,
    /// Average precision among all rows, of the strongest attacker.
    pub planted_precision: f64,
    /// Share of canaries among as many most suspicious rows as there are canaries.
    pub precision_at_k: f64,
    /// The area reached from each column alone.
    pub columns: BTreeMap<String, f64>,
    /// Rules that fall on canaries more than three times as often as on rows.
    pub rules: Vec<String>,
    /// The single features that tell most.
    pub telling: Vec<String>,
}

/// `canary list`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CanaryView {
    pub id: CanaryId,
    pub release: ReleaseId,
    pub source: String,
    /// Empty unless revealed.
    pub fields: BTreeMap<String, String>,
    pub contact_points: Vec<PointView>,
    /// Where the row stands; with the copy at hand it shows who it is, so absent unless revealed.
    pub location: Option<String>,
    /// When the row is to go in, where that is put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// Its rows in related tables; empty unless revealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedRow>,
    pub id_safety: IdSafety,
    /// Absent for those who may not see hits.
    pub hits: Option<usize>,
}

/// One contact point; the value is absent unless revealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointView {
    pub kind: Kind,
    pub value: Option<String>,
}

/// `hits`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HitView {
    pub id: HitId,
    pub at: Time,
    pub channel: Channel,
    pub to: String,
    pub from: String,
    pub summary: String,
    pub canary: Option<CanaryId>,
    pub release: Option<ReleaseId>,
    pub source: Option<String>,
    /// Other sources that hold the canary.
    #[serde(default)]
    pub also: Vec<String>,
    pub campaign: String,
    pub status: HitStatus,
    /// It reached a control.
    pub control: bool,
    /// It names the persona.
    pub confirmed: bool,
    pub evidence_sha256: String,
}

/// `who`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhoView {
    pub value: String,
    pub kind: String,
    pub status: PointStatus,
    pub canary: Option<CanaryId>,
    pub releases: Vec<WhoRelease>,
}

/// One release that has the value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhoRelease {
    pub release: ReleaseId,
    pub source: String,
    pub dataset: String,
    pub seeded_at: Time,
    pub canary: CanaryId,
}

/// `leaks`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeakView {
    pub source: String,
    pub title: Option<String>,
    pub probability: f64,
    pub log10_bayes_factor: f64,
    /// Over the bar, and on enough independent contacts.
    pub accused: bool,
    pub hits: u32,
    pub campaigns: u32,
    pub canaries_hit: u32,
    pub canaries_planted: u32,
    pub releases: Vec<ReleaseId>,
    pub first_hit: Option<Time>,
    pub window: Window,
    pub case: Option<String>,
    pub because: Vec<String>,
}

/// The leak lies between these.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Window {
    pub after: Option<Time>,
    pub before: Option<Time>,
}

/// `case list`, `case show`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseView {
    pub id: CaseId,
    pub source: String,
    /// `open` or `closed`
    pub state: String,
    pub outcome: Option<String>,
    pub opened_at: Time,
    pub closed_at: Option<Time>,
    pub notes: Vec<NoteView>,
    /// The suspicion as it stands now.
    pub leak: Option<LeakView>,
}

/// What somebody wrote down in a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoteView {
    pub at: Time,
    pub by: String,
    pub text: String,
}

/// `report`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReportView {
    /// What this document is.
    pub dyepack: String,
    pub made_at: Time,
    pub made_by: String,
    pub case: CaseView,
    pub cause: String,
    pub object: String,
    pub content: String,
    pub time: String,
    pub place: String,
    pub method: Vec<String>,
    pub process: Vec<StepView>,
    pub items: Vec<ItemView>,
    pub statistics: Vec<String>,
    pub innocent: Vec<String>,
    pub verify: Vec<String>,
    pub head: HeadView,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepView {
    pub at: Time,
    pub what: String,
}

/// One piece of evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ItemView {
    /// Number of its ledger entry.
    pub entry: u64,
    pub category: String,
    pub name: String,
    pub format: String,
    pub at: Time,
    /// Integrity value of the ledger entry.
    pub leaf_sha256: String,
    /// Integrity value of the contact's octets.
    pub evidence_sha256: Option<String>,
}

/// `evidence head`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeadView {
    pub size: u64,
    pub root: String,
    pub at: Time,
    pub key: String,
    /// The signed note (C2SP checkpoint).
    pub note: String,
    /// What a time-stamping authority says of the note (RFC 3161, DER in base64).
    pub stamp: Option<String>,
}

/// `keys list`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeysView {
    /// Sealing keys, the one in use first.
    pub ids: Vec<String>,
    pub rotation: Option<RotationView>,
    pub public_key: String,
}

/// How far sealing anew has come, in entries.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RotationView {
    pub done: u64,
    pub of: u64,
}

/// `token list`; `secret` only in the answer to `token add`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    pub role: TokenRole,
    pub added_at: Time,
    pub revoked_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// `alert list`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlertView {
    pub id: AlertId,
    pub channel: String,
    pub source: String,
    pub hit: HitId,
    pub state: crate::model::AlertState,
    pub queued_at: Time,
    pub due_at: Time,
    pub attempts: u32,
    pub error: Option<String>,
}

/// `doctor`: one thing that was looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Check {
    pub what: String,
    pub state: CheckState,
    pub found: String,
    /// What to do, where anything is to be done.
    pub advice: Option<String>,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Good,
    Attention,
    Bad,
}

/// One canary to be issued, as the seeder made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewCanary {
    /// The canary that is planted again; absent for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CanaryId>,
    pub fields: Vec<Field>,
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub contact_points: Vec<crate::model::ContactPoint>,
    pub id_safety: IdSafety,
    pub location: String,
    /// When the row is to go in, where that is put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedRow>,
}

/// A release to be issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewRelease {
    pub source: String,
    pub dataset: String,
    pub place: Place,
    pub rows_in: u64,
    pub roles: Vec<(String, String)>,
    pub canaries: Vec<NewCanary>,
    /// A source whose canaries may be among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<String>,
}

/// The release of a source and dataset that stands, with its canaries in clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StandingView {
    pub release: ReleaseView,
    pub canaries: Vec<NewCanary>,
}
