//! Mail decoded for display and matching: subject, names and words, whatever
//! charset they claim or hide. The octets themselves are the evidence, headed by
//! a trace line as RFC 5321 section 4.4 asks for. PURE.

use mail_parser::{Address, MessageParser};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

use super::session::Message;
use crate::app::observe::Contact;
use crate::listen::decode;
use crate::model::contact_point::Kind;
use crate::model::{Channel, ContactPoint, Time};

/// Octets of a message that are decoded; the rest cannot matter to a name.
const DECODED: usize = 256 << 10;

/// One contact for each recipient. `forwarded` tells the mailbox at a provider whose
/// mail a recipient gets: that is who was written to, and its writer stands in the
/// message, because the provider puts itself into the envelope.
pub fn contacts(
    message: &Message,
    peer: SocketAddr,
    hostname: &str,
    now: Time,
    forwarded: impl Fn(&str) -> Option<ContactPoint>,
) -> Vec<Contact> {
    let words = Words::of(&message.octets);
    let hash = hex::encode(Sha256::digest(&message.octets));
    let day = now.strftime("%Y-%m-%d");
    let sender = if message.from.is_empty() { "<>" } else { message.from.as_str() };
    let contact = |to: &String| {
        let mailbox = forwarded(to);
        let from = if mailbox.is_some() { words.writer.as_deref().unwrap_or(sender) } else { sender };
        let named = || ContactPoint::mailbox(to).unwrap_or(ContactPoint { kind: Kind::Mailbox, value: to.clone() });
        Contact {
            channel: Channel::Email,
            from: from.to_owned(),
            to: mailbox.unwrap_or_else(named),
            summary: words.subject.clone(),
            text: words.text.clone(),
            octets: [trace(message, to, peer, hostname, now).as_bytes(), &message.octets].concat(),
            dedupe: Some(format!("email:{hash}:{}:{}:{day}", message.from, to.to_lowercase())),
        }
    };
    message.recipients.iter().map(contact).collect()
}

fn trace(message: &Message, to: &str, peer: SocketAddr, hostname: &str, now: Time) -> String {
    format!(
        "Return-Path: <{}>\r\nReceived: from {} ([{}]:{})\r\n by {hostname} with ESMTP for <{to}>; {now}\r\n",
        message.from,
        message.helo,
        peer.ip(),
        peer.port()
    )
}

/// What people would read.
struct Words {
    subject: String,
    /// Address of the From header.
    writer: Option<String>,
    /// Names in the headers, subject and body.
    text: String,
}

impl Words {
    fn of(octets: &[u8]) -> Self {
        let octets = &octets[..octets.len().min(DECODED)];
        let end = octets.windows(4).position(|w| w == b"\r\n\r\n").map_or(octets.len(), |at| at + 4);
        let (head, body) = octets.split_at(end);
        // Raw octets in headers are of no charset at all; make them UTF-8 first.
        let readable = [decode::text(head).into_bytes(), body.to_vec()].concat();
        let parsed = MessageParser::default().parse(&readable);
        let subject = parsed.as_ref().and_then(|m| m.subject()).unwrap_or_default().trim().to_owned();
        let writer = parsed.as_ref().and_then(|m| m.from()?.first()?.address().map(str::to_owned));
        let mut text: Vec<String> = Vec::new();
        if let Some(message) = &parsed {
            text.extend([message.from(), message.to()].into_iter().flatten().flat_map(names));
            text.push(subject.clone());
            text.extend((0..message.text_body_count()).filter_map(|n| message.body_text(n)).map(|t| t.into_owned()));
        }
        if text.iter().any(|t| t.contains('\u{fffd}')) {
            text.push(decode::text(body));
        }
        if text.iter().all(|t| t.trim().is_empty()) {
            text.push(decode::text(octets));
        }
        let text = text.join("\n");
        let subject =
            if subject.is_empty() { text.split_whitespace().take(20).collect::<Vec<_>>().join(" ") } else { subject };
        Self { subject, writer, text }
    }
}

fn names(address: &Address<'_>) -> Vec<String> {
    address.iter().filter_map(|a| a.name()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(octets: &[u8]) -> Words {
        Words::of(octets)
    }

    #[test]
    fn encoded_and_raw_words_are_read() {
        let plain = words(
            "Subject: =?gb2312?B?xPq6ww==?=\r\nTo: =?utf-8?B?546L5bCP5piO?= <x@ours.example>\r\nContent-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: base64\r\n\r\nzfXQocP3\r\n"
                .as_bytes(),
        );
        assert_eq!(plain.subject, "您好");
        assert!(plain.text.contains("王小明"), "{}", plain.text);
        let (raw, _, _) = encoding_rs::GBK.encode(
            "Subject: 您好，您的贷款已经批准\r\nFrom: 信贷中心 <a@b.example>\r\n\r\n尊敬的王小明先生，请联系我们\r\n",
        );
        let raw = words(&raw);
        assert_eq!(raw.subject, "您好，您的贷款已经批准");
        assert!(raw.text.contains("王小明"), "{}", raw.text);
        assert_eq!(words(b"no headers at all").subject, "no headers at all");
    }

    #[test]
    fn every_recipient_gets_a_contact_with_its_own_trace() {
        let message = Message {
            helo: "c".into(),
            from: String::new(),
            recipients: vec!["a@ours.example".into(), "b@ours.example".into()],
            octets: b"Subject: x\r\n\r\ny".to_vec(),
        };
        let all =
            contacts(&message, "192.0.2.1:25".parse().expect("an address"), "mx.test", Time::UNIX_EPOCH, |_| None);
        assert_eq!(all.len(), 2);
        assert!(String::from_utf8_lossy(&all[1].octets).contains("for <b@ours.example>"));
        assert_ne!(all[0].dedupe, all[1].dedupe);
        assert_eq!(all[0].from, "<>");
    }

    #[test]
    fn what_a_provider_forwards_is_to_the_first_mailbox_and_of_its_writer() {
        let message = Message {
            helo: "provider.example".into(),
            from: "li.na+caf_=li.na=qq.example@provider.example".into(),
            recipients: vec!["li.na=qq.example@ours.example".into(), "b@ours.example".into()],
            octets: b"From: Loans <loans@spam.example>\r\nSubject: x\r\n\r\ny".to_vec(),
        };
        let first = ContactPoint::mailbox("li.na@qq.example").expect("a mailbox");
        let forwarded = |to: &str| to.starts_with("li.na=").then(|| first.clone());
        let peer = "192.0.2.1:25".parse().expect("an address");
        let all = contacts(&message, peer, "mx.test", Time::UNIX_EPOCH, forwarded);
        assert_eq!((&all[0].to, all[0].from.as_str()), (&first, "loans@spam.example"));
        assert_eq!(all[1].from, message.from);
        let kept = String::from_utf8_lossy(&all[0].octets);
        assert!(kept.contains("for <li.na=qq.example@ours.example>"), "the envelope is kept as it was: {kept}");
    }

    proptest! {
        #[test]
        fn no_message_breaks_the_decoder(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = words(&octets);
            let _ = words(&[b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".to_vec(), octets].concat());
        }
    }
}
