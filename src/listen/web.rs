//! The public web door: every path is a beacon, `/hooks/NAME` a provider's. Live,
//! unknown and malformed addresses are treated and answered alike, down to the
//! fsync, so that nobody learns which is which.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{App as Web, HttpRequest, HttpResponse, HttpServer, dev::Server, web};
use std::net::TcpListener;
use std::sync::Arc;

use super::hooks::{HookRequest, Said, twilio};
use super::proxies::Proxies;
use crate::app::observe::Contact;
use crate::app::{App, AppError};
use crate::model::contact_point::Kind;
use crate::model::{Channel, ContactPoint};

/// Octets of a request's body that are taken in.
const BODY: usize = 256 << 10;

/// A provider's hook.
#[derive(Clone)]
pub struct Hook {
    pub name: String,
    /// None could be read: nothing can be verified, and the provider shall try again.
    pub secrets: Vec<String>,
}

/// What the door needs to know.
#[derive(Clone)]
pub struct Door {
    /// Public bases, as providers dial them.
    pub bases: Vec<String>,
    pub proxies: Proxies,
    pub hooks: Vec<Hook>,
}

/// A server on a socket that the caller bound; it stops when its handle says so.
pub fn server(listener: TcpListener, door: Door, app: Arc<App>) -> std::io::Result<Server> {
    let (door, app) = (Data::new(door), Data::from(app));
    let make = move || Web::new().app_data(door.clone()).app_data(app.clone()).default_service(web::to(answer));
    Ok(HttpServer::new(make).workers(2).disable_signals().shutdown_timeout(5).listen(listener)?.run())
}

async fn answer(request: HttpRequest, payload: Payload, door: Data<Door>, app: Data<App>) -> HttpResponse {
    let body = payload.to_bytes_limited(BODY).await;
    let hook = request.path().strip_prefix("/hooks/").and_then(|name| door.hooks.iter().find(|h| h.name == name));
    match (hook, body) {
        (Some(hook), Ok(Ok(body))) => provider(&request, body, hook, &door, &app).await,
        (Some(_), _) => HttpResponse::PayloadTooLarge().finish(),
        // Too long, or broken off: what the request's head says is evidence enough.
        (None, body) => beacon(&request, &body.ok().and_then(Result::ok).unwrap_or_default(), &door, &app).await,
    }
}

/// The same for every address.
async fn beacon(request: &HttpRequest, body: &[u8], door: &Door, app: &App) -> HttpResponse {
    let contact = Contact {
        channel: Channel::Web,
        to: ContactPoint { kind: Kind::Url, value: address(request, door) },
        from: sender(request, &door.proxies),
        summary: format!("{} {}", request.method(), agent(request)),
        text: String::new(),
        octets: octets(request, body),
        dedupe: None,
    };
    match app.observe(vec![contact]).await {
        Ok(_) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body("<!doctype html><title></title>\n"),
        Err(cause) => unavailable(app, &cause),
    }
}

fn unavailable(app: &App, cause: &AppError) -> HttpResponse {
    app.complain(cause);
    HttpResponse::ServiceUnavailable().finish()
}

async fn provider(request: &HttpRequest, body: Bytes, hook: &Hook, door: &Door, app: &App) -> HttpResponse {
    if hook.secrets.is_empty() {
        return unavailable(app, &AppError::Unavailable(format!("the hook {} has no secret", hook.name)));
    }
    let told = HookRequest {
        method: request.method().to_string(),
        target: target(request),
        headers: headers(request),
        body: body.to_vec(),
    };
    if let Err(refused) = twilio::verify(&told, &hook.secrets, &door.bases) {
        tracing::warn!(hook = hook.name, %refused, "a provider's request was refused");
        return HttpResponse::new(StatusCode::FORBIDDEN);
    }
    let Said::Contact(contact) = twilio::read(&told) else { return xml(twilio::SMS_ANSWER) };
    let reply = if contact.channel == Channel::Voice { twilio::CALL_ANSWER } else { twilio::SMS_ANSWER };
    match app.observe(vec![*contact]).await {
        Ok(_) => xml(reply),
        Err(cause) => unavailable(app, &cause),
    }
}

fn xml(body: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/xml; charset=utf-8")).body(body)
}

/// Path and query as they were sent.
fn target(request: &HttpRequest) -> String {
    request.uri().path_and_query().map_or_else(|| request.path().to_owned(), |p| p.as_str().to_owned())
}

/// The address that was asked for, under the base that has that host.
fn address(request: &HttpRequest, door: &Door) -> String {
    let host = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let of_host = |base: &&String| base.split_once("://").is_some_and(|(_, place)| place.eq_ignore_ascii_case(&host));
    let base = door.bases.iter().find(of_host).cloned().unwrap_or_else(|| format!("http://{host}"));
    format!("{base}{}", target(request)).chars().take(2_000).collect()
}

fn sender(request: &HttpRequest, proxies: &Proxies) -> String {
    let forwarded: Vec<String> =
        request.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok()).map(str::to_owned).collect();
    request.peer_addr().map_or_else(String::new, |peer| proxies.sender(peer.ip(), &forwarded).to_string())
}

fn agent(request: &HttpRequest) -> String {
    request.headers().get("user-agent").map(|v| super::decode::text(v.as_bytes())).unwrap_or_default()
}

fn headers(request: &HttpRequest) -> Vec<(String, String)> {
    request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), super::decode::text(value.as_bytes())))
        .collect()
}

/// The request as evidence.
fn octets(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let mut octets = format!("{} {} {:?}\r\n", request.method(), target(request), request.version()).into_bytes();
    for (name, value) in request.headers() {
        octets.extend_from_slice(name.as_str().as_bytes());
        octets.extend_from_slice(b": ");
        octets.extend_from_slice(value.as_bytes());
        octets.extend_from_slice(b"\r\n");
    }
    if let Some(peer) = request.peer_addr() {
        octets.extend_from_slice(format!("\r\npeer {peer}\r\n").as_bytes());
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(body);
    octets
}
