//! E-mail alerts: one message to a configured relay, by SMTP as lettre speaks it.

use async_trait::async_trait;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

use super::{Notice, Notify, Refusal};

/// A relay that is silent for longer counts as not there.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A relay and who is told through it.
pub struct Email {
    name: String,
    from: Mailbox,
    to: Vec<Mailbox>,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

/// Why a channel cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum BadEmail {
    #[error("[[alerts]] {channel}: {address:?} is not a mail address")]
    Address { channel: String, address: String },
    #[error(
        "[[alerts]] {channel}: relay {relay:?}: use smtp://HOST:PORT, smtp+starttls://HOST:PORT or smtps://HOST:PORT"
    )]
    Relay { channel: String, relay: String },
}

impl Email {
    /// A channel of that name through that relay. Without TLS where the scheme
    /// says plain `smtp`, so keep such a relay on this machine.
    pub fn new(
        name: &str,
        relay: &str,
        from: &str,
        to: &[String],
        login: Option<(String, String)>,
    ) -> Result<Self, BadEmail> {
        let mailbox = |address: &str| {
            address
                .parse::<Mailbox>()
                .map_err(|_| BadEmail::Address { channel: name.to_owned(), address: address.to_owned() })
        };
        let bad = || BadEmail::Relay { channel: name.to_owned(), relay: relay.to_owned() };
        let (scheme, place) = relay.split_once("://").ok_or_else(bad)?;
        let (host, port) = match place.trim_end_matches('/').rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| bad())?)),
            None => (place, None),
        };
        let builder = match scheme {
            "smtp" => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port.unwrap_or(25)),
            "smtp+starttls" => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(|_| bad())?.port(port.unwrap_or(587))
            }
            "smtps" => AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(|_| bad())?.port(port.unwrap_or(465)),
            _ => return Err(bad()),
        };
        let builder = builder.timeout(Some(TIMEOUT));
        let transport = match login {
            Some((user, password)) => builder.credentials(Credentials::new(user, password)).build(),
            None => builder.build(),
        };
        let to = to.iter().map(|t| mailbox(t)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { name: name.to_owned(), from: mailbox(from)?, to, transport })
    }

    fn message(&self, notice: &Notice) -> Result<Message, Refusal> {
        let permanent = |what: String| Refusal { permanent: true, what };
        let domain = self.from.email.domain().to_owned();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(notice.subject.as_str())
            .message_id(Some(format!("<{}@{domain}>", notice.id)))
            .header(header::ContentType::TEXT_PLAIN)
            .header(AutoSubmitted);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        for to in notice.also_to.iter().filter_map(|a| a.parse::<Mailbox>().ok()) {
            builder = builder.to(to);
        }
        builder.body(notice.text.clone()).map_err(|e| permanent(e.to_string()))
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no vacation replies, please.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[async_trait]
impl Notify for Email {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, notice: &Notice) -> Result<(), Refusal> {
        let message = self.message(notice)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // A relay's 5xx may be mended by its operator, and an alert is worth
            // the wait: only a message that cannot be built is refused for good.
            Err(cause) => Err(Refusal { permanent: false, what: chain(&cause) }),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
