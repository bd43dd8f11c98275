//! Twilio: inbound SMS and calls. The signature covers the public address as it
//! was dialled and, for forms, every parameter (HMAC-SHA1 under the auth token;
//! or, with a shared key, HMAC-SHA256), for JSON a hash of the body in the query.
//! The address is built of the configured base and the raw request target.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use subtle::ConstantTimeEq;

use super::{HookRequest, Refused, Said};
use crate::app::observe::Contact;
use crate::listen::decode;
use crate::model::contact_point::Kind;
use crate::model::{Channel, ContactPoint};

const SIGNATURE: &str = "x-twilio-signature";
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

/// Answers that say nothing: `text/xml`, because Twilio sends plain text on to
/// the sender; a call is refused as busy.
pub const SMS_ANSWER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
pub const CALL_ANSWER: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Reject reason=\"busy\"/></Response>";

/// The MACs that a signature may be made with.
#[derive(Clone, Copy)]
enum Algorithm {
    Sha1,
    Sha256,
}

/// Checks the signature under any of the secrets and public bases
/// (`https://host[:port]`, no slash at the end).
pub fn verify(request: &HookRequest, secrets: &[String], bases: &[String]) -> Result<(), Refused> {
    let signature = request.header(SIGNATURE).ok_or(Refused::MissingSignature)?;
    let signature = STANDARD.decode(signature.trim()).map_err(|_| Refused::Signature)?;
    let algorithm = algorithm(request.header(SETTINGS))?;
    let signed = signed_parameters(request);
    let addresses = bases.iter().flat_map(|base| spellings(base, &request.target));
    let fits = |address: String| {
        secrets.iter().any(|secret| bool::from(mac(algorithm, secret, &format!("{address}{signed}")).ct_eq(&signature)))
    };
    if !addresses.map(fits).fold(false, |any, one| any | one) {
        return Err(Refused::Signature);
    }
    check_body_hash(request)
}

/// Without settings it is the account's token and SHA-1.
fn algorithm(settings: Option<&str>) -> Result<Algorithm, Refused> {
    let Some(settings) = settings else { return Ok(Algorithm::Sha1) };
    let named = settings.split(',').find_map(|part| part.trim().strip_prefix("algorithm="));
    match named {
        Some("HMAC_SHA1") => Ok(Algorithm::Sha1),
        Some("HMAC_SHA256") => Ok(Algorithm::Sha256),
        _ => Err(Refused::Algorithm),
    }
}

fn mac(algorithm: Algorithm, secret: &str, message: &str) -> Vec<u8> {
    const ANY: &str = "HMAC takes keys of any length";
    match algorithm {
        Algorithm::Sha1 => Hmac::<Sha1>::new_from_slice(secret.as_bytes())
            .expect(ANY)
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        Algorithm::Sha256 => Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .expect(ANY)
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
    }
}

/// The address as configured, without its port, and with the scheme's own port.
fn spellings(base: &str, target: &str) -> Vec<String> {
    let base = base.trim_end_matches('/');
    let mut all = vec![format!("{base}{target}")];
    if let Some((scheme, place)) = base.split_once("://") {
        let (host, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
        let port = if scheme == "https" { 443 } else { 80 };
        match host.rsplit_once(':') {
            Some((bare, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                all.push(format!("{scheme}://{bare}{path}{target}"))
            }
            _ => all.push(format!("{scheme}://{host}:{port}{path}{target}")),
        }
    }
    all
}

fn is_json(request: &HookRequest) -> bool {
    decode::form(request.query().as_bytes()).iter().any(|(name, _)| name == "bodySHA256")
}

/// Every distinct value of every parameter, in order; nothing for JSON and GET.
fn signed_parameters(request: &HookRequest) -> String {
    if is_json(request) || request.method == "GET" {
        return String::new();
    }
    let mut sorted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in decode::form(&request.body) {
        sorted.entry(name).or_default().insert(value);
    }
    sorted.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}"))).collect()
}

fn check_body_hash(request: &HookRequest) -> Result<(), Refused> {
    let told = decode::form(request.query().as_bytes()).into_iter().find(|(name, _)| name == "bodySHA256");
    match told {
        Some((_, told))
            if !bool::from(
                hex::encode(Sha256::digest(&request.body)).as_bytes().ct_eq(told.to_lowercase().as_bytes()),
            ) =>
        {
            Err(Refused::BodyHash)
        }
        _ => Ok(()),
    }
}

/// What a verified request says.
pub fn read(request: &HookRequest) -> Said {
    let parameters = if request.method == "GET" {
        decode::form(request.query().as_bytes())
    } else if is_json(request) {
        json_parameters(&request.body)
    } else {
        decode::form(&request.body)
    };
    let get = |name: &str| parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let to = get("To").unwrap_or_default();
    let to = to.rsplit_once(':').map_or(to, |(_, number)| number);
    let to = ContactPoint::provider_phone(to)
        .unwrap_or(ContactPoint { kind: Kind::Phone, value: to.chars().take(40).collect() });
    let (channel, id, text) = match (get("MessageSid").or(get("SmsSid")), get("CallSid")) {
        // Receipts of messages that were sent carry another status.
        (Some(_), _)
            if get("SmsStatus").or(get("MessageStatus")).is_some_and(|s| !s.eq_ignore_ascii_case("received")) =>
        {
            return Said::Nothing;
        }
        (Some(id), _) => (Channel::Sms, id, get("Body").unwrap_or_default()),
        (None, Some(id)) => (Channel::Voice, id, ""),
        (None, None) => return Said::Nothing,
    };
    let from = get("From").unwrap_or_default().to_owned();
    let from = ContactPoint::provider_phone(&from).map_or(from, |p| p.value);
    let summary = if channel == Channel::Voice { "a call".to_owned() } else { text.replace(['\r', '\n'], " ") };
    let dedupe = Some(format!("twilio:{}:{id}", get("AccountSid").unwrap_or_default()));
    Said::Contact(Box::new(Contact {
        channel,
        to,
        from,
        summary,
        text: text.to_owned(),
        octets: octets(request),
        dedupe,
    }))
}

fn json_parameters(body: &[u8]) -> Vec<(String, String)> {
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
    parsed.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}

/// The request as evidence: its line, its signature and its body.
fn octets(request: &HookRequest) -> Vec<u8> {
    let mut octets = format!("{} {}\r\n", request.method, request.target).into_bytes();
    for (name, value) in request
        .headers
        .iter()
        .filter(|(n, _)| n.starts_with("x-twilio") || n.starts_with("i-twilio") || n == "content-type")
    {
        octets.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(&request.body);
    octets
}

/// The signature that Twilio would send for a form; for drills and tests.
pub fn sign_form(secret: &str, address: &str, body: &[u8]) -> String {
    let request =
        HookRequest { method: "POST".to_owned(), target: String::new(), headers: Vec::new(), body: body.to_vec() };
    STANDARD.encode(mac(Algorithm::Sha1, secret, &format!("{address}{}", signed_parameters(&request))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(body: &[u8], signature: &str) -> HookRequest {
        HookRequest {
            method: "POST".into(),
            target: "/hooks/t?x=1".into(),
            headers: vec![(SIGNATURE.into(), signature.into())],
            body: body.to_vec(),
        }
    }

    #[test]
    fn a_signed_sms_is_read_and_a_changed_one_refused() {
        let body =
            b"To=%2B14155550142&From=%2B8613912345678&Body=hi+there&MessageSid=SM1&AccountSid=AC1&SmsStatus=received";
        let signature = sign_form("token", "https://h.example/hooks/t?x=1", body);
        let bases = ["https://h.example".to_owned()];
        let secrets = ["old".to_owned(), "token".to_owned()];
        assert_eq!(verify(&request(body, &signature), &secrets, &bases), Ok(()));
        assert_eq!(verify(&request(b"To=x", &signature), &secrets, &bases), Err(Refused::Signature));
        assert_eq!(verify(&request(body, &signature), &["other".to_owned()], &bases), Err(Refused::Signature));
        let Said::Contact(contact) = read(&request(body, &signature)) else { panic!("a contact") };
        assert_eq!(
            (contact.to.value.as_str(), contact.from.as_str(), contact.text.as_str()),
            ("+14155550142", "+8613912345678", "hi there")
        );
        assert_eq!(contact.dedupe.as_deref(), Some("twilio:AC1:SM1"));
    }

    #[test]
    fn receipts_are_no_contacts() {
        assert!(matches!(
            read(&request(b"MessageSid=SM1&MessageStatus=delivered&To=%2B14155550142", "")),
            Said::Nothing
        ));
        assert!(matches!(read(&request(b"x=y", "")), Said::Nothing));
    }

    proptest! {
        #[test]
        fn no_request_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..300), target in "\\PC{0,60}") {
            let request = HookRequest { method: "POST".into(), target, headers: vec![(SIGNATURE.into(), "AAAA".into())], body };
            prop_assert!(verify(&request, &["k".to_owned()], &["https://h.example".to_owned()]).is_err());
            let _ = read(&request);
        }
    }
}
