//! A time-stamping authority over HTTP (RFC 3161 section 3.4).

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use std::time::Duration;

use super::Authority;

/// An authority that is silent for longer counts as not there.
const TIMEOUT: Duration = Duration::from_secs(15);
/// No answer is longer.
const ANSWER: usize = 64 << 10;

/// One authority.
pub struct Rfc3161 {
    url: String,
    http: reqwest::Client,
}

impl Rfc3161 {
    /// The authority at an address.
    pub fn new(url: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(|e| e.to_string())?;
        Ok(Self { url: url.to_owned(), http })
    }
}

#[async_trait]
impl Authority for Rfc3161 {
    async fn stamp(&self, request: Vec<u8>) -> Result<Vec<u8>, String> {
        let say = |e: reqwest::Error| format!("{}: {e}", self.url);
        let post = self.http.post(&self.url).header(CONTENT_TYPE, "application/timestamp-query").body(request);
        let mut answer = post.send().await.and_then(reqwest::Response::error_for_status).map_err(say)?;
        let mut octets = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(say)? {
            octets.extend_from_slice(&chunk);
            if octets.len() > ANSWER {
                return Err(format!("{}: the answer is too long", self.url));
            }
        }
        Ok(octets)
    }
}
