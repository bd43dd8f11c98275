//! Provider hooks: requests by which SMS and voice providers pass contacts on.
//! One file a provider; verifying and parsing are PURE, over the raw octets.

pub mod twilio;

use crate::app::observe::Contact;

/// A provider's request as it came.
#[derive(Debug, Clone)]
pub struct HookRequest {
    pub method: String,
    /// Path and query, untouched.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why a request is refused. The provider is told nothing but a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no signature")]
    MissingSignature,
    #[error("the signature does not match any secret and address in the configuration")]
    Signature,
    #[error("the signature's algorithm is not allowed")]
    Algorithm,
    #[error("the body does not match the hash that was signed")]
    BodyHash,
}

/// What a verified request says.
#[derive(Debug, Clone)]
pub enum Said {
    Contact(Box<Contact>),
    /// A delivery receipt or the like.
    Nothing,
}

impl HookRequest {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}
