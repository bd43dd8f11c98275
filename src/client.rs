//! The API's client, as the commands use it: one method a route, errors with the
//! server's own words.

use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

use crate::api::wire::views::{
    AlertView, CanaryView, CaseView, Check, FilterView, HeadView, HitView, KeysView, LeakView, NewCanary, NewPoint,
    NewRelease, PoolView, ReleaseView, ReportView, SourceView, StandingView, TokenView, WhoView,
};
use crate::api::wire::{
    AddNote, AddSource, AddToPool, AddToken, AskApart, AskHits, AskProof, AskWho, CloseCase, Failure,
};
use crate::model::case::Outcome;
use crate::model::{CaseId, ContactPoint, Field, HitId, Offer, PointFacts, PoolKind, ReleaseId, TokenRole};

/// A server and the token for it.
pub struct Client {
    base: String,
    token: String,
    http: reqwest::Client,
}

/// Why the server did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server's own words.
    #[error("{message}")]
    Refused { code: String, message: String },
    #[error("cannot talk to the server at {base}: {cause}")]
    Unreachable { base: String, cause: String },
    #[error("the server at {base} answered {status} without a reason; is it dyepack?")]
    Strange { base: String, status: u16 },
}

impl ClientError {
    /// Whether it refused because of what is there already.
    pub fn is_conflict(&self) -> bool {
        matches!(self, ClientError::Refused { code, .. } if code == "conflict")
    }
}

/// Exports and backups of large ledgers take their time.
const DOWNLOAD: Duration = Duration::from_secs(24 * 3_600);

type Answer<T> = Result<T, ClientError>;

impl Client {
    /// A client of the server at `base`, such as `http://127.0.0.1:8787`.
    pub fn new(base: &str, token: &str) -> Answer<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(600));
        let http =
            builder.build().map_err(|e| ClientError::Unreachable { base: base.clone(), cause: e.to_string() })?;
        Ok(Self { base, token: token.to_owned(), http })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token)
    }

    fn unreachable(&self, cause: &reqwest::Error) -> ClientError {
        ClientError::Unreachable { base: self.base.clone(), cause: causes(cause) }
    }

    fn strange(&self, status: u16) -> ClientError {
        ClientError::Strange { base: self.base.clone(), status }
    }

    /// The answer, unless the server refused.
    async fn ask(&self, request: RequestBuilder) -> Answer<Response> {
        let answer = request.send().await.map_err(|e| self.unreachable(&e))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let octets = answer.bytes().await.map_err(|e| self.unreachable(&e))?;
        Err(match serde_json::from_slice::<Failure>(&octets) {
            Ok(failure) => ClientError::Refused { code: failure.code, message: failure.message },
            Err(_) => self.strange(status.as_u16()),
        })
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Answer<T> {
        let answer = self.ask(request).await?;
        let status = answer.status().as_u16();
        let octets = answer.bytes().await.map_err(|e| self.unreachable(&e))?;
        serde_json::from_slice(&octets).map_err(|_| self.strange(status))
    }

    /// Hands the octets of an answer over as they come; how many.
    async fn download<E>(&self, path: &str, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Answer<Result<u64, E>> {
        let request = self.request(Method::GET, path).timeout(DOWNLOAD);
        let mut answer = self.ask(request).await?;
        let mut octets = 0;
        while let Some(chunk) = answer.chunk().await.map_err(|e| self.unreachable(&e))? {
            octets += chunk.len() as u64;
            if let Err(cause) = each(&chunk) {
                return Ok(Err(cause));
            }
        }
        Ok(Ok(octets))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Answer<T> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Whether a server answers at all.
    pub async fn ready(&self) -> Answer<()> {
        let unreachable = |e: reqwest::Error| ClientError::Unreachable { base: self.base.clone(), cause: causes(&e) };
        self.http.get(format!("{}/healthz", self.base)).send().await.map(|_| ()).map_err(unreachable)
    }

    /// All sources.
    pub async fn sources(&self) -> Answer<Vec<SourceView>> {
        self.get("/sources").await
    }

    /// One source.
    pub async fn source(&self, name: &str) -> Answer<SourceView> {
        self.get(&format!("/sources/{}", escaped(name))).await
    }

    /// Adds a source.
    pub async fn add_source(&self, source: &AddSource) -> Answer<SourceView> {
        self.post("/sources", source).await
    }

    /// The pool.
    pub async fn pool(&self) -> Answer<Vec<PoolView>> {
        self.get("/pool").await
    }

    /// Adds to the pool.
    pub async fn add_to_pool(&self, kind: PoolKind, points: Vec<NewPoint>) -> Answer<Vec<PoolView>> {
        let (values, facts) = (Vec::new(), PointFacts::default());
        self.post("/pool", &AddToPool { kind, values, control: false, facts, points }).await
    }

    /// What the pool gives to a seeder that needs so many phones and mailboxes.
    pub async fn offer(&self, dataset: &str, phones: usize, mailboxes: usize) -> Answer<Offer> {
        let dataset = escaped(dataset);
        self.get(&format!("/pool/offer?dataset={dataset}&phones={phones}&mailboxes={mailboxes}")).await
    }

    /// Whether each point is a canary's already.
    pub async fn planted(&self, points: &[ContactPoint]) -> Answer<Vec<bool>> {
        self.post("/pool/planted", &points).await
    }

    /// All releases.
    pub async fn releases(&self) -> Answer<Vec<ReleaseView>> {
        self.get("/releases").await
    }

    /// One release.
    pub async fn release(&self, id: ReleaseId) -> Answer<ReleaseView> {
        self.get(&format!("/releases/{id}")).await
    }

    /// What stands of a source and dataset.
    pub async fn standing(&self, source: &str, dataset: &str) -> Answer<Option<StandingView>> {
        self.get(&format!("/releases/standing?source={}&dataset={}", escaped(source), escaped(dataset))).await
    }

    /// Whether each row has a field that a canary in another source's copy has too.
    pub async fn held_by_others(&self, source: &str, dataset: &str, rows: Vec<Vec<Field>>) -> Answer<Vec<bool>> {
        let (source, dataset) = (source.to_owned(), dataset.to_owned());
        self.post("/releases/apart", &AskApart { source, dataset, rows }).await
    }

    /// Issues a release.
    pub async fn issue(&self, release: &NewRelease) -> Answer<ReleaseView> {
        self.post("/releases", release).await
    }

    /// The rows are in place.
    pub async fn confirm(&self, id: ReleaseId) -> Answer<ReleaseView> {
        self.post(&format!("/releases/{id}/confirm"), &()).await
    }

    /// What a database made of rows on their way in.
    pub async fn settle(&self, id: ReleaseId, canaries: &[NewCanary]) -> Answer<ReleaseView> {
        self.post(&format!("/releases/{id}/settle"), &canaries).await
    }

    /// The rows are taken back.
    pub async fn withdraw(&self, id: ReleaseId) -> Answer<ReleaseView> {
        self.post(&format!("/releases/{id}/withdraw"), &()).await
    }

    /// A filter that leaves a release's canaries out.
    pub async fn exclude(&self, id: ReleaseId) -> Answer<FilterView> {
        self.post(&format!("/releases/{id}/exclude"), &()).await
    }

    /// A release's canaries, in clear on demand.
    pub async fn canaries(&self, id: ReleaseId, reveal: bool) -> Answer<Vec<CanaryView>> {
        self.get(&format!("/releases/{id}/canaries?reveal={reveal}")).await
    }

    /// The rows of a release that was not confirmed.
    pub async fn unconfirmed(&self, id: ReleaseId) -> Answer<Vec<CanaryView>> {
        self.get(&format!("/releases/{id}/unconfirmed")).await
    }

    /// Hits.
    pub async fn hits(&self, ask: &AskHits) -> Answer<Vec<HitView>> {
        let mut query = Vec::new();
        query.extend(ask.source.as_ref().map(|s| format!("source={}", escaped(s))));
        query.extend(ask.channel.map(|c| format!("channel={}", c.word())));
        query.extend(ask.since.map(|t| format!("since={}", escaped(&t.to_string()))));
        self.get(&format!("/hits?{}", query.join("&"))).await
    }

    /// Whose a value is.
    pub async fn who(&self, value: &str) -> Answer<WhoView> {
        self.post("/who", &AskWho { value: value.to_owned() }).await
    }

    /// Suspected sources.
    pub async fn leaks(&self) -> Answer<Vec<LeakView>> {
        self.get("/leaks").await
    }

    /// Cases.
    pub async fn cases(&self) -> Answer<Vec<CaseView>> {
        self.get("/cases").await
    }

    /// One case.
    pub async fn case(&self, id: CaseId) -> Answer<CaseView> {
        self.get(&format!("/cases/{id}")).await
    }

    /// Writes something down in a case.
    pub async fn note_case(&self, id: CaseId, text: String) -> Answer<CaseView> {
        self.post(&format!("/cases/{id}/notes"), &AddNote { text }).await
    }

    /// Ends a case.
    pub async fn close_case(&self, id: CaseId, outcome: Outcome) -> Answer<CaseView> {
        self.post(&format!("/cases/{id}/close"), &CloseCase { outcome }).await
    }

    /// Goes on with a case.
    pub async fn reopen_case(&self, id: CaseId) -> Answer<CaseView> {
        self.post(&format!("/cases/{id}/reopen"), &()).await
    }

    /// The report of a case.
    pub async fn report(&self, id: CaseId) -> Answer<ReportView> {
        self.post(&format!("/cases/{id}/report"), &()).await
    }

    /// A signed head of the ledger.
    pub async fn head(&self) -> Answer<HeadView> {
        self.post("/evidence/head", &()).await
    }

    /// The proof of a hit.
    pub async fn prove(&self, hit: HitId) -> Answer<serde_json::Value> {
        self.post("/evidence/proofs", &AskProof { hit }).await
    }

    /// The ledger as a file.
    pub async fn export<E>(&self, withhold: bool, each: impl FnMut(&[u8]) -> Result<(), E>) -> Answer<Result<u64, E>> {
        self.download(&format!("/evidence/export?withhold={withhold}"), each).await
    }

    /// Everything that is recorded.
    pub async fn backup<E>(&self, each: impl FnMut(&[u8]) -> Result<(), E>) -> Answer<Result<u64, E>> {
        self.download("/backup", each).await
    }

    /// The sealing keys, and how far a rotation is.
    pub async fn keys(&self) -> Answer<KeysView> {
        self.get("/keys").await
    }

    /// Puts a new sealing key in use.
    pub async fn rotate_keys(&self) -> Answer<KeysView> {
        self.post("/keys/rotate", &()).await
    }

    /// Alerts.
    pub async fn alerts(&self) -> Answer<Vec<AlertView>> {
        self.get("/alerts").await
    }

    /// Tokens.
    pub async fn tokens(&self) -> Answer<Vec<TokenView>> {
        self.get("/tokens").await
    }

    /// Makes a token.
    pub async fn add_token(&self, name: &str, role: TokenRole) -> Answer<TokenView> {
        self.post("/tokens", &AddToken { name: name.to_owned(), role }).await
    }

    /// Ends a token.
    pub async fn revoke_token(&self, name: &str) -> Answer<TokenView> {
        self.send(self.request(Method::DELETE, &format!("/tokens/{}", escaped(name)))).await
    }

    /// What the server's doctor finds.
    pub async fn doctor(&self) -> Answer<Vec<Check>> {
        self.get("/doctor").await
    }
}

/// Percent-encoded for a path or query.
fn escaped(text: &str) -> String {
    let one = |octet: u8| {
        if octet.is_ascii_alphanumeric() || b"-_.~".contains(&octet) {
            char::from(octet).to_string()
        } else {
            format!("%{octet:02X}")
        }
    };
    text.bytes().map(one).collect()
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
