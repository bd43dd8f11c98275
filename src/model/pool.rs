//! The pool, an entry at a time: what the operator owns and what is known of it.
//! An entry is parsed, so that what stands in the ledger can be listened on; which
//! entries are free, and who gets them, is left to the store and the app.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::contact_point::{BadPoint, domain_name};
use super::{ContactPoint, Time};

/// Longest name of a carrier or a city, in characters.
const WORD: usize = 60;

/// What the operator put into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    Phone,
    Mailbox,
    /// Every mailbox below it is the operator's.
    MailDomain,
    /// Every address below it is the operator's.
    WebHost,
}

/// What kind of line a phone number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    Mobile,
    Landline,
    Voip,
    TollFree,
}

/// What the operator says of a phone or mailbox beyond its value, as a stranger
/// could look it up: rows that carry it must agree with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointFacts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LineKind>,
    /// The carrier that the number's prefix is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The city that the number's prefix is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// When the number, its prefix or the mailbox came into service; no record of
    /// it can be older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// One entry of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolItem {
    pub kind: PoolKind,
    /// E.164 number, mailbox, domain or `https://host[:port][/prefix]`.
    pub value: String,
    /// Never planted: it measures how much contact arrives for no reason.
    pub control: bool,
    pub added_at: Time,
    #[serde(default, skip_serializing_if = "PointFacts::is_empty")]
    pub facts: PointFacts,
}

/// Why something cannot be an entry of the pool.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadItem {
    #[error(transparent)]
    Point(#[from] BadPoint),
    #[error("{0:?} is not a kind of line: write mobile, landline, voip or toll-free")]
    Line(String),
    #[error("{0:?} is not a date: write it as 2015-03-01")]
    Date(String),
    #[error("{value} would be in service only since {since}, which is still to come: correct the date")]
    Future { value: String, since: Date },
    #[error("{0:?} is too long or no name: give at most {WORD} characters without control characters")]
    Word(String),
    #[error("a {kind} has no {fact}: leave it out")]
    Foreign { kind: PoolKind, fact: &'static str },
}

impl PoolKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Mailbox, Self::MailDomain, Self::WebHost];

    /// The word of commands and documents.
    pub fn word(self) -> &'static str {
        match self {
            PoolKind::Phone => "phone",
            PoolKind::Mailbox => "mailbox",
            PoolKind::MailDomain => "mail-domain",
            PoolKind::WebHost => "web-host",
        }
    }
}

impl fmt::Display for PoolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl LineKind {
    /// The word of commands and documents.
    pub fn word(self) -> &'static str {
        match self {
            LineKind::Mobile => "mobile",
            LineKind::Landline => "landline",
            LineKind::Voip => "voip",
            LineKind::TollFree => "toll-free",
        }
    }

    /// Reads the word, in any case.
    pub fn parse(text: &str) -> Result<Self, BadItem> {
        let all = [Self::Mobile, Self::Landline, Self::Voip, Self::TollFree];
        let found = all.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(text.trim()));
        found.ok_or_else(|| BadItem::Line(text.chars().take(WORD).collect()))
    }
}

impl PointFacts {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These, and where they say nothing, those.
    pub fn or(self, other: &Self) -> Self {
        Self {
            kind: self.kind.or(other.kind),
            carrier: self.carrier.or_else(|| other.carrier.clone()),
            city: self.city.or_else(|| other.city.clone()),
            since: self.since.or(other.since),
        }
    }

    /// Reads a date such as 2015-03-01.
    pub fn date(text: &str) -> Result<Date, BadItem> {
        text.trim().parse().map_err(|_| BadItem::Date(text.chars().take(WORD).collect()))
    }

    /// A fact that an entry of that kind cannot have.
    fn foreign_to(&self, kind: PoolKind) -> Option<&'static str> {
        let phone = kind == PoolKind::Phone;
        let facts = [
            ("kind of line", self.kind.is_some() && !phone),
            ("carrier", self.carrier.is_some() && !phone),
            ("city", self.city.is_some() && !phone),
            ("date of its service", self.since.is_some() && !phone && kind != PoolKind::Mailbox),
        ];
        facts.into_iter().find(|(_, foreign)| *foreign).map(|(fact, _)| fact)
    }
}

impl PoolItem {
    /// Reads what an operator typed for the pool.
    pub fn parse(kind: PoolKind, text: &str, control: bool, added_at: Time) -> Result<Self, BadItem> {
        let value = match kind {
            PoolKind::Phone => ContactPoint::phone(text)?.value,
            PoolKind::Mailbox => untagged(ContactPoint::mailbox(text)?.value)?,
            PoolKind::MailDomain => domain_name(text)?,
            PoolKind::WebHost => {
                let url = ContactPoint::url(text)?.value;
                if url.contains('?') {
                    return Err(BadPoint::Url(text.to_owned()).into());
                }
                url.trim_end_matches('/').to_owned()
            }
        };
        Ok(Self { kind, value, control, added_at, facts: PointFacts::default() })
    }

    /// The entry with what is known of it.
    pub fn with(self, facts: PointFacts) -> Result<Self, BadItem> {
        if let Some(fact) = facts.foreign_to(self.kind) {
            return Err(BadItem::Foreign { kind: self.kind, fact });
        }
        // Somewhere on earth it may be tomorrow already.
        let today = jiff::tz::Offset::UTC.to_datetime(self.added_at).date();
        if let Some(since) = facts.since.filter(|since| *since > today.tomorrow().unwrap_or(today)) {
            return Err(BadItem::Future { value: self.value, since });
        }
        let facts = PointFacts { carrier: word(facts.carrier)?, city: word(facts.city)?, ..facts };
        Ok(Self { facts, ..self })
    }

    /// Domain of a mailbox, which says at which provider it is.
    pub fn provider(&self) -> Option<&str> {
        (self.kind == PoolKind::Mailbox).then(|| self.value.rsplit('@').next())?
    }
}

/// A mailbox is looked up without its tag, so that two tags would be one mailbox.
fn untagged(mailbox: String) -> Result<String, BadItem> {
    match mailbox.rsplit_once('@') {
        Some((local, _)) if local.find('+').is_some_and(|at| at > 0) => Err(BadPoint::Tagged(mailbox).into()),
        _ => Ok(mailbox),
    }
}

fn word(text: Option<String>) -> Result<Option<String>, BadItem> {
    let Some(text) = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) else { return Ok(None) };
    if text.chars().count() > WORD || text.chars().any(char::is_control) {
        return Err(BadItem::Word(text.chars().take(WORD).collect()));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: PoolKind, text: &str) -> PoolItem {
        PoolItem::parse(kind, text, false, Time::from_second(1_790_000_000).expect("in range")).expect("an entry")
    }

    fn since(text: &str) -> PointFacts {
        PointFacts { since: Some(PointFacts::date(text).expect("a date")), ..PointFacts::default() }
    }

    #[test]
    fn an_entry_of_before_there_were_facts_is_read_and_written_as_it_was() {
        let old = r#"{"added_at":"2026-09-21T14:13:20Z","control":false,"kind":"phone","value":"+8613812345678"}"#;
        let read: PoolItem = serde_json::from_str(old).expect("read");
        assert_eq!(read, item(PoolKind::Phone, "+86 138 1234 5678"));
        let written = serde_json::to_value(&read).and_then(|value| serde_json::to_string(&value));
        assert_eq!(written.expect("written"), old);
    }

    #[test]
    fn facts_are_kept_where_they_can_be_true() {
        let facts = PointFacts {
            kind: Some(LineKind::Mobile),
            carrier: Some(" telecom ".into()),
            city: Some("杭州".into()),
            ..since("2015-03-01")
        };
        let phone = item(PoolKind::Phone, "+8613812345678").with(facts.clone()).expect("fits");
        assert_eq!(phone.facts.carrier.as_deref(), Some("telecom"));
        let read: PoolItem = serde_json::to_string(&phone).and_then(|t| serde_json::from_str(&t)).expect("read");
        assert_eq!(read, phone);
        for (kind, value) in [
            (PoolKind::Mailbox, "lina@qq.example"),
            (PoolKind::MailDomain, "mail.example.net"),
            (PoolKind::WebHost, "https://news.example.net"),
        ] {
            let refused = item(kind, value).with(facts.clone());
            assert_eq!(refused, Err(BadItem::Foreign { kind, fact: "kind of line" }));
        }
        assert!(item(PoolKind::Mailbox, "lina@qq.example").with(since("2012-05-05")).is_ok());
        assert!(item(PoolKind::MailDomain, "mail.example.net").with(since("2012-05-05")).is_err());
        assert!(matches!(
            item(PoolKind::Phone, "+8613812345678").with(since("2036-01-01")),
            Err(BadItem::Future { .. })
        ));
        let long = PointFacts { city: Some("x".repeat(61)), ..PointFacts::default() };
        assert!(matches!(item(PoolKind::Phone, "+8613812345678").with(long), Err(BadItem::Word(_))));
    }

    #[test]
    fn two_tags_of_one_mailbox_are_no_two_mailboxes() {
        let tagged = PoolItem::parse(PoolKind::Mailbox, "li.na+a@gmail.example", false, Time::UNIX_EPOCH);
        assert!(matches!(tagged, Err(BadItem::Point(BadPoint::Tagged(_)))));
        assert_eq!(item(PoolKind::Mailbox, "Li.Na@QQ.example").provider(), Some("qq.example"));
    }
}
