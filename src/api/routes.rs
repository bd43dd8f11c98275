//! Routes: each handler asks the app one thing and answers with its view.

use actix_web::web::{
    Data, Json, JsonConfig, Path, Query, QueryConfig, ServiceConfig, delete, get, post, resource, scope,
};
use actix_web::{HttpResponse, Responder};
use std::str::FromStr;

use super::failure::Failed;
use super::guard::{Allowed, Ask, Audit, Exclude, Judge, Look, Manage, Permission, Prove, Reveal, Seed, Work};
use super::stream;
use super::wire::{
    AddNote, AddSource, AddToPool, AddToken, AskApart, AskCanaries, AskExport, AskHits, AskOffer, AskProof,
    AskStanding, AskWho, CloseCase,
};
use crate::app::App;
use crate::app::hits::HitFilter;
use crate::app::views::{NewCanary, NewRelease};
use crate::model::{CaseId, ContactPoint, ReleaseId, ReleaseState};

/// A release of many thousand canaries is one body.
const BODY: usize = 512 << 20;

type Answer = Result<HttpResponse, Failed>;

/// Puts the API into a server.
pub fn configure(service: &mut ServiceConfig) {
    let json = JsonConfig::default().limit(BODY).error_handler(|e, _| Failed::invalid(e.to_string()).into());
    let query = QueryConfig::default().error_handler(|e, _| Failed::invalid(e.to_string()).into());
    let api = scope("/api/v1")
        .service(resource("/sources").route(get().to(list_sources)).route(post().to(add_source)))
        .service(resource("/sources/{name}").route(get().to(show_source)))
        .service(resource("/pool").route(get().to(list_pool)).route(post().to(add_to_pool)))
        .service(resource("/pool/offer").route(get().to(offer)))
        .service(resource("/pool/planted").route(post().to(planted)))
        .service(resource("/releases").route(get().to(list_releases)).route(post().to(issue)))
        .service(resource("/releases/standing").route(get().to(standing)))
        .service(resource("/releases/apart").route(post().to(apart)))
        .service(resource("/releases/{id}").route(get().to(show_release)))
        .service(resource("/releases/{id}/confirm").route(post().to(confirm)))
        .service(resource("/releases/{id}/settle").route(post().to(settle)))
        .service(resource("/releases/{id}/withdraw").route(post().to(withdraw)))
        .service(resource("/releases/{id}/exclude").route(post().to(exclude)))
        .service(resource("/releases/{id}/canaries").route(get().to(list_canaries)))
        .service(resource("/releases/{id}/unconfirmed").route(get().to(list_unconfirmed)))
        .service(resource("/hits").route(get().to(list_hits)))
        .service(resource("/who").route(post().to(who)))
        .service(resource("/leaks").route(get().to(list_leaks)))
        .service(resource("/cases").route(get().to(list_cases)))
        .service(resource("/cases/{id}").route(get().to(show_case)))
        .service(resource("/cases/{id}/notes").route(post().to(note_case)))
        .service(resource("/cases/{id}/close").route(post().to(close_case)))
        .service(resource("/cases/{id}/reopen").route(post().to(reopen_case)))
        .service(resource("/cases/{id}/report").route(post().to(report)))
        .service(resource("/evidence/head").route(post().to(sign_head)))
        .service(resource("/evidence/export").route(get().to(export)))
        .service(resource("/evidence/proofs").route(post().to(prove)))
        .service(resource("/backup").route(get().to(backup)))
        .service(resource("/keys").route(get().to(list_keys)))
        .service(resource("/keys/rotate").route(post().to(rotate_keys)))
        .service(resource("/alerts").route(get().to(list_alerts)))
        .service(resource("/tokens").route(get().to(list_tokens)).route(post().to(add_token)))
        .service(resource("/tokens/{name}").route(delete().to(revoke_token)))
        .service(resource("/doctor").route(get().to(examine)));
    service
        .app_data(json)
        .app_data(query)
        .service(api)
        .route("/healthz", get().to(healthz))
        .route("/readyz", get().to(readyz));
}

fn id(text: &str) -> Result<ReleaseId, Failed> {
    ReleaseId::from_str(text).map_err(|e| Failed::invalid(e.to_string()))
}

async fn healthz() -> impl Responder {
    HttpResponse::Ok().body("ok\n")
}

/// Ready once the store answers.
async fn readyz(app: Data<App>) -> Answer {
    app.list_sources().await?;
    Ok(HttpResponse::Ok().body("ready\n"))
}

async fn list_sources(_: Allowed<Look>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_sources().await?))
}

async fn show_source(_: Allowed<Look>, app: Data<App>, name: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.show_source(&name).await?))
}

async fn add_source(_: Allowed<Manage>, app: Data<App>, body: Json<AddSource>) -> Answer {
    let AddSource { name, title, parent, notify } = body.into_inner();
    Ok(HttpResponse::Created().json(app.add_source(&name, title, parent, notify).await?))
}

async fn list_pool(_: Allowed<Manage>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_pool().await?))
}

async fn add_to_pool(_: Allowed<Manage>, app: Data<App>, body: Json<AddToPool>) -> Answer {
    let body = body.into_inner();
    Ok(HttpResponse::Created().json(app.add_to_pool(body.kind, body.into_points()).await?))
}

async fn offer(_: Allowed<Seed>, app: Data<App>, ask: Query<AskOffer>) -> Answer {
    Ok(HttpResponse::Ok().json(app.offer(ask.dataset.as_deref(), ask.phones, ask.mailboxes).await?))
}

async fn planted(_: Allowed<Seed>, app: Data<App>, body: Json<Vec<ContactPoint>>) -> Answer {
    Ok(HttpResponse::Ok().json(app.planted(&body).await?))
}

/// In the body, so that no log of addresses has the numbers.
async fn apart(_: Allowed<Seed>, app: Data<App>, ask: Json<AskApart>) -> Answer {
    Ok(HttpResponse::Ok().json(app.held_by_others(&ask.source, &ask.dataset, &ask.rows).await?))
}

async fn list_releases(_: Allowed<Look>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_releases().await?))
}

async fn show_release(_: Allowed<Look>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.show_release(id(&path)?).await?))
}

async fn issue(_: Allowed<Seed>, app: Data<App>, body: Json<NewRelease>) -> Answer {
    Ok(HttpResponse::Created().json(app.issue(body.into_inner()).await?))
}

async fn confirm(_: Allowed<Seed>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.confirm(id(&path)?).await?))
}

/// What a database made of rows on their way in, for the seeder who planted them.
async fn settle(_: Allowed<Seed>, app: Data<App>, path: Path<String>, body: Json<Vec<NewCanary>>) -> Answer {
    Ok(HttpResponse::Ok().json(app.settle(id(&path)?, body.into_inner()).await?))
}

async fn withdraw(_: Allowed<Seed>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.withdraw(id(&path)?).await?))
}

/// For those who plant: a department asks whoever seeded its table, who knows the
/// canaries anyhow. Analysts and auditors know none that was never contacted, and
/// with a filter they could pick them out of any copy.
async fn exclude(exclude: Allowed<Exclude>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.exclude(id(&path)?, &exclude.caller.name).await?))
}

async fn list_canaries(look: Allowed<Look>, app: Data<App>, path: Path<String>, ask: Query<AskCanaries>) -> Answer {
    let may_reveal = Reveal::ROLES.contains(&look.caller.role);
    if ask.reveal && !may_reveal {
        return Err(Failed::forbidden(look.caller.role.word()));
    }
    let reveal_to = ask.reveal.then_some(look.caller.name.as_str());
    let with_hits = Judge::ROLES.contains(&look.caller.role);
    Ok(HttpResponse::Ok().json(app.list_canaries(id(&path)?, reveal_to, with_hits).await?))
}

/// The rows of a release that is not confirmed yet, for the seeder who resumes it.
async fn list_unconfirmed(seed: Allowed<Seed>, app: Data<App>, path: Path<String>) -> Answer {
    let release = app.show_release(id(&path)?).await?;
    if release.state != ReleaseState::Issued {
        return Err(Failed::invalid(format!("{} is {}; there is nothing to resume", release.id, release.state.word())));
    }
    Ok(HttpResponse::Ok().json(app.list_canaries(release.id, Some(&seed.caller.name), false).await?))
}

/// What stands of a source and dataset, for the seeder who plants it again; null if nothing does.
async fn standing(seed: Allowed<Seed>, app: Data<App>, ask: Query<AskStanding>) -> Answer {
    Ok(HttpResponse::Ok().json(app.standing(&ask.source, &ask.dataset, &seed.caller.name).await?))
}

async fn list_hits(_: Allowed<Judge>, app: Data<App>, ask: Query<AskHits>) -> Answer {
    let AskHits { source, channel, since } = ask.into_inner();
    Ok(HttpResponse::Ok().json(app.list_hits(&HitFilter { source, channel, since }).await?))
}

async fn who(ask: Allowed<Ask>, app: Data<App>, body: Json<AskWho>) -> Answer {
    Ok(HttpResponse::Ok().json(app.who(&body.value, &ask.caller.name).await?))
}

async fn list_leaks(_: Allowed<Judge>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_leaks().await?))
}

fn case_id(text: &str) -> Result<CaseId, Failed> {
    CaseId::from_str(text).map_err(|e| Failed::invalid(e.to_string()))
}

async fn list_cases(_: Allowed<Judge>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_cases().await?))
}

async fn show_case(_: Allowed<Judge>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.show_case(case_id(&path)?).await?))
}

async fn note_case(work: Allowed<Work>, app: Data<App>, path: Path<String>, body: Json<AddNote>) -> Answer {
    Ok(HttpResponse::Created().json(app.note_case(case_id(&path)?, &body.text, &work.caller.name).await?))
}

async fn close_case(work: Allowed<Work>, app: Data<App>, path: Path<String>, body: Json<CloseCase>) -> Answer {
    Ok(HttpResponse::Ok().json(app.close_case(case_id(&path)?, body.outcome, &work.caller.name).await?))
}

async fn reopen_case(work: Allowed<Work>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.reopen_case(case_id(&path)?, &work.caller.name).await?))
}

async fn report(work: Allowed<Work>, app: Data<App>, path: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.report(case_id(&path)?, &work.caller.name).await?))
}

async fn sign_head(_: Allowed<Audit>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.sign_head().await?))
}

async fn prove(prove: Allowed<Prove>, app: Data<App>, body: Json<AskProof>) -> Answer {
    Ok(HttpResponse::Ok().json(app.prove(body.hit, &prove.caller.name).await?))
}

/// Auditors get canaries and pool withheld, whatever they ask for.
async fn export(audit: Allowed<Audit>, app: Data<App>, ask: Query<AskExport>) -> Answer {
    let withhold = ask.withhold || !Reveal::ROLES.contains(&audit.caller.role);
    let export = app.begin_export(withhold, &audit.caller.name).await?;
    Ok(HttpResponse::Ok().content_type("application/jsonl").streaming(stream::export(app.into_inner(), export)))
}

async fn backup(manage: Allowed<Manage>, app: Data<App>) -> Answer {
    let backup = app.begin_backup(&manage.caller.name).await?;
    let octets = stream::backup(app.into_inner(), backup);
    Ok(HttpResponse::Ok().content_type("application/octet-stream").streaming(octets))
}

async fn list_keys(_: Allowed<Manage>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_keys().await?))
}

async fn rotate_keys(manage: Allowed<Manage>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.rotate_keys(&manage.caller.name).await?))
}

async fn list_alerts(_: Allowed<Judge>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_alerts().await?))
}

async fn list_tokens(_: Allowed<Manage>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.list_tokens().await?))
}

async fn add_token(_: Allowed<Manage>, app: Data<App>, body: Json<AddToken>) -> Answer {
    Ok(HttpResponse::Created().json(app.add_token(&body.name, body.role).await?))
}

async fn revoke_token(_: Allowed<Manage>, app: Data<App>, name: Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(app.revoke_token(&name).await?))
}

async fn examine(_: Allowed<Manage>, app: Data<App>) -> Answer {
    Ok(HttpResponse::Ok().json(app.examine().await?))
}
