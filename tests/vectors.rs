//! Provider requests as the providers' own tools sign and accept them. The
//! vectors lie beside the checkout; where they are absent the test says so.

use dyepack::listen::hooks::{HookRequest, Refused, Said, twilio};
use serde_json::Value;

#[test]
fn twilio_vectors_get_the_official_verdict() {
    let Ok(text) = std::fs::read_to_string("../shared/vectors/webhooks.json") else {
        println!("skipped: ../shared/vectors/webhooks.json is not here");
        return;
    };
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let mut checked = 0;
    for vector in all["vectors"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|v| v["scheme"].as_str().is_some_and(|s| s.starts_with("twilio")))
    {
        check(vector);
        checked += 1;
    }
    assert!(checked >= 20, "{checked}");
    println!("{checked} vectors");
}

fn check(vector: &Value) {
    let text = |key: &str| vector[key].as_str().unwrap_or_default().to_owned();
    let (base, target) = split(&text("url"));
    let headers = vector["headers"]
        .as_object()
        .expect("headers")
        .iter()
        .map(|(n, v)| (n.to_lowercase(), v.as_str().unwrap_or_default().to_owned()))
        .collect();
    let body = if vector["body_encoding"] == "base64" { base64(&text("body")) } else { text("body").into_bytes() };
    let request = HookRequest { method: text("method"), target, headers, body };
    let verdict = twilio::verify(&request, &[text("secret")], &[base]);
    let expected = match (vector["expect"].as_str(), vector["reject_reason"].as_str()) {
        (Some("accept"), _) => Ok(()),
        (_, Some("missing_signature")) => Err(Refused::MissingSignature),
        (_, Some("algorithm")) => Err(Refused::Algorithm),
        (_, Some("body_hash")) => Err(Refused::BodyHash),
        _ => Err(Refused::Signature),
    };
    assert_eq!(verdict, expected, "{} {}", vector["id"], vector["title"]);
    if let Some(event) = vector["event"].as_object() {
        let Said::Contact(contact) = twilio::read(&request) else { panic!("{}: a contact", vector["id"]) };
        assert_eq!(contact.channel.word(), event["channel"], "{}", vector["id"]);
        assert_eq!(
            (contact.from.as_str(), contact.to.value.as_str()),
            (event["from"].as_str().expect("text"), event["to"].as_str().expect("text"))
        );
        assert!(contact.dedupe.expect("an id").ends_with(event["provider_id"].as_str().expect("text")));
        if let Some(text) = event.get("text").and_then(Value::as_str) {
            assert_eq!(contact.text, text, "{}", vector["id"]);
        }
    }
}

fn split(url: &str) -> (String, String) {
    let host = url.find("://").expect("a scheme") + 3;
    let at = url[host..].find('/').map_or(url.len(), |n| host + n);
    (url[..at].to_owned(), url[at..].to_owned())
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}
