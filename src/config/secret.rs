//! A secret: named in the configuration by where it lies, read when needed, and
//! never shown.

use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a secret lies.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
}

/// A secret in hand. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    #[error("the environment variable {0} is empty")]
    Empty(String),
    #[error("cannot read the secret in {path}: {cause}")]
    Unreadable { path: String, cause: std::io::Error },
    #[error("the secret in {0} is empty or not text")]
    NoText(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret from a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; keep it out of logs and messages.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl SecretRef {
    /// Reads the secret; a file's last line end is not part of it.
    pub fn read(&self, base: &Path) -> Result<Secret, SecretError> {
        match self {
            SecretRef::Env(name) => match std::env::var(name) {
                Ok(text) if text.is_empty() => Err(SecretError::Empty(name.clone())),
                Ok(text) => Ok(Secret(text)),
                Err(_) => Err(SecretError::NotSet(name.clone())),
            },
            SecretRef::File(path) => {
                let path = base.join(path);
                let octets = std::fs::read(&path)
                    .map_err(|cause| SecretError::Unreadable { path: path.display().to_string(), cause })?;
                let text = String::from_utf8(octets).ok().map(|t| t.trim_end_matches(['\r', '\n']).to_owned());
                text.filter(|t| !t.is_empty())
                    .map(Secret)
                    .ok_or_else(|| SecretError::NoText(path.display().to_string()))
            }
        }
    }
}
