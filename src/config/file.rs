//! The file: its sections as types, and the errors that say which key is wrong
//! and which one was meant.

use serde::Deserialize;
use std::path::{Path, PathBuf};

use super::secret::SecretRef;
use crate::model::Channel;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub store: StoreSection,
    pub keys: KeysSection,
    pub public: PublicSection,
    pub smtp: SmtpSection,
    pub admin: AdminSection,
    #[serde(default)]
    pub hooks: Vec<Hook>,
    #[serde(default)]
    pub alerts: Vec<AlertChannel>,
    #[serde(default)]
    pub expected: Vec<Expected>,
    #[serde(default)]
    pub attribution: AttributionSection,
    #[serde(default)]
    pub ledger: LedgerSection,
    #[serde(default)]
    pub retention: RetentionSection,
    /// The directory of the file.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSection {
    pub url: String,
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysSection {
    pub file: PathBuf,
}

/// `[public]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicSection {
    pub listen: String,
    #[serde(default)]
    pub base_urls: Vec<String>,
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
}

/// `[smtp]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSection {
    pub listen: String,
    pub hostname: String,
    #[serde(default = "max_message")]
    pub max_message: usize,
    /// Addresses and networks that may hand over mail to the pool's mailboxes at providers.
    #[serde(default)]
    pub forwarders: Vec<String>,
}

fn max_message() -> usize {
    10 << 20
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSection {
    pub listen: String,
}

/// `[[hooks]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub name: String,
    pub kind: HookKind,
    pub secret: Secrets,
}

/// The providers that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookKind {
    Twilio,
}

/// One secret, or several while rotating.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Secrets {
    One(SecretRef),
    Several(Vec<SecretRef>),
}

/// `[[alerts]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertChannel {
    pub name: String,
    pub kind: AlertKind,
    pub relay: String,
    pub from: String,
    pub to: Vec<String>,
    pub user: Option<String>,
    pub password: Option<SecretRef>,
}

/// The ways of telling people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    Email,
}

/// `[[expected]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub source: String,
    pub channel: Channel,
    pub from: Vec<String>,
}

/// `[attribution]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionSection {
    pub prior: f64,
    pub accuse_at: f64,
}

impl Default for AttributionSection {
    fn default() -> Self {
        Self { prior: 0.02, accuse_at: 0.99 }
    }
}

/// `[ledger]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSection {
    /// How often a head is signed by itself.
    pub sign_every_hours: u32,
    /// The alert channel that heads are sent through.
    pub anchor: Option<String>,
    /// A time-stamping authority (RFC 3161).
    pub timestamp_url: Option<String>,
}

impl Default for LedgerSection {
    fn default() -> Self {
        Self { sign_every_hours: 24, anchor: None, timestamp_url: None }
    }
}

/// `[retention]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSection {
    /// Contents of hits are shredded after so many days; never where it is not set.
    pub evidence_days: Option<u32>,
}

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// A directory of the embedded store.
    Directory(PathBuf),
    /// A PostgreSQL address.
    Postgres(String),
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "cannot read the configuration {path}: {cause}; `dyepack init` makes one, --config or DYEPACK_CONFIG names another"
    )]
    Unreadable { path: String, cause: std::io::Error },
    #[error("{path}: {what}")]
    Wrong { path: String, what: String },
}

impl Secrets {
    /// All of them.
    pub fn all(&self) -> &[SecretRef] {
        match self {
            Secrets::One(one) => std::slice::from_ref(one),
            Secrets::Several(several) => several,
        }
    }
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: name.clone(), cause })?;
        let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        Self::parse(&text, base).map_err(|what| ConfigError::Wrong { path: name, what })
    }

    fn parse(text: &str, base: PathBuf) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|e| explain(&e, text))?;
        config.base = base;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let share = |name: &str, value: f64| {
            if value > 0.0 && value < 1.0 {
                Ok(())
            } else {
                Err(format!("[attribution] {name} = {value}: it must lie between 0 and 1"))
            }
        };
        share("prior", self.attribution.prior)?;
        share("accuse_at", self.attribution.accuse_at)?;
        unique("hooks", self.hooks.iter().map(|h| h.name.as_str()))?;
        unique("alerts", self.alerts.iter().map(|a| a.name.as_str()))?;
        for base in &self.public.base_urls {
            if !(base.starts_with("https://") || base.starts_with("http://")) {
                return Err(format!("[public] base_urls: {base:?} must begin with https:// or http://"));
            }
        }
        if let Some(name) = self.ledger.anchor.as_ref().filter(|n| !self.alerts.iter().any(|a| a.name == **n)) {
            return Err(format!("[ledger] anchor = {name:?}: there is no [[alerts]] entry of that name"));
        }
        if self.ledger.sign_every_hours == 0 {
            return Err("[ledger] sign_every_hours = 0: it must be 1 or more".to_owned());
        }
        if self.retention.evidence_days == Some(0) {
            return Err("[retention] evidence_days = 0: it must be 1 or more; leave it out to keep contents".to_owned());
        }
        self.store_place().map(drop)
    }

    /// Where the store is.
    pub fn store_place(&self) -> Result<StorePlace, String> {
        let url = &self.store.url;
        match url.split_once(':') {
            Some(("sled", dir)) if !dir.is_empty() => Ok(StorePlace::Directory(self.base.join(dir))),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(StorePlace::Postgres(url.clone())),
            _ => {
                let shown = url.split('@').next_back().unwrap_or_default();
                Err(format!(
                    "[store] url (…{shown}): \"sled:DIRECTORY\" and \"postgres://USER@HOST/DATABASE\" are understood"
                ))
            }
        }
    }

    /// The same for people: without a password.
    pub fn store_shown(&self) -> String {
        match self.store.url.rsplit_once('@') {
            Some((_, place)) => format!("postgres://…@{place}"),
            None => self.store.url.clone(),
        }
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.base.join(&self.keys.file)
    }
}

fn unique<'a>(section: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = Vec::new();
    for name in names {
        if seen.contains(&name) {
            return Err(format!("[[{section}]] has two entries named {name:?}"));
        }
        seen.push(name);
    }
    Ok(())
}

/// The parser's message, with the line, and for an unknown key the nearest right one.
fn explain(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|s| text[..s.start.min(text.len())].lines().count().max(1));
    let at = line.map_or(String::new(), |n| format!("line {n}: "));
    let message = error.message().trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((wrong, right)) if message.starts_with("unknown") && !right.is_empty() => {
            let nearest = right
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(wrong, a).total_cmp(&strsim::jaro_winkler(wrong, b)))
                .unwrap_or(&right[0]);
            format!("{at}unknown key {wrong:?}; did you mean {nearest:?}? (known here: {})", right.join(", "))
        }
        _ => format!("{at}{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, PathBuf::from("."))
    }

    #[test]
    fn the_default_file_is_right() {
        let config = parse(super::super::DEFAULT).expect("right");
        assert_eq!(config.hooks[0].name, "twilio-main");
        assert_eq!(config.attribution.accuse_at, 0.99);
        assert_eq!(config.store_place(), Ok(StorePlace::Directory("./data".into())));
    }

    #[test]
    fn a_wrong_key_is_named_with_the_nearest_right_one_and_its_line() {
        let wrong = super::super::DEFAULT.replace("hostname =", "hostnme =");
        let message = parse(&wrong).expect_err("wrong");
        assert!(
            message.contains("\"hostnme\"")
                && message.contains("did you mean \"hostname\"?")
                && message.contains("line "),
            "{message}"
        );
        let wrong = super::super::DEFAULT.replace("[attribution]", "[atribution]");
        assert!(parse(&wrong).expect_err("wrong").contains("did you mean \"attribution\"?"));
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for (from, to, say) in [
            ("prior = 0.02", "prior = 2", "between 0 and 1"),
            ("sled:data", "mysql://x", "\"sled:DIRECTORY\" and"),
            ("https://news.example.net\"]", "news.example.net\"]", "must begin with"),
            ("kind = \"twilio\"", "kind = \"twillio\"", "did you mean \"twilio\"?"),
        ] {
            let message = parse(&super::super::DEFAULT.replace(from, to)).expect_err(to);
            assert!(message.contains(say), "{message}");
        }
    }
}
