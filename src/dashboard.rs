//! The pages: server-rendered HTML on the admin door, escaped by the templates,
//! without a script. A page is shown to whoever logged in with a token that may
//! judge, or to anybody where the composition root says so (the demo's invented
//! data on loopback).

mod page;
pub mod report;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Data, Form, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::api::guard::{Judge, Permission};
use crate::app::App;

const COOKIE: &str = "dyepack";

/// Who sees the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Those who logged in.
    Login,
    /// Anybody who reaches the door.
    Open,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    wrong: bool,
}

#[derive(Deserialize)]
struct Login {
    token: String,
}

/// Puts the pages into a server.
pub fn configure(pages: Pages) -> impl FnOnce(&mut ServiceConfig) {
    move |service| {
        service
            .app_data(Data::new(pages))
            .route("/", get().to(home))
            .route("/login", get().to(ask))
            .route("/login", post().to(login));
    }
}

async fn home(request: HttpRequest, pages: Data<Pages>, app: Data<App>) -> HttpResponse {
    let secret = request.cookie(COOKIE).map(|c| c.value().to_owned());
    if **pages != Pages::Open && !may_judge(&app, secret.as_deref()).await {
        return HttpResponse::SeeOther().insert_header((LOCATION, "/login")).finish();
    }
    match page::Home::of(&app).await {
        Ok(home) => html(&home),
        Err(cause) => HttpResponse::ServiceUnavailable().body(format!("{cause}\n")),
    }
}

async fn may_judge(app: &App, secret: Option<&str>) -> bool {
    match secret {
        Some(secret) => matches!(app.caller(secret).await, Ok(Some(caller)) if Judge::ROLES.contains(&caller.role)),
        None => false,
    }
}

async fn ask() -> HttpResponse {
    html(&LoginPage { wrong: false })
}

async fn login(form: Form<Login>, app: Data<App>) -> HttpResponse {
    let token = form.token.trim();
    if !may_judge(&app, Some(token)).await {
        return html(&LoginPage { wrong: true });
    }
    let cookie = Cookie::build(COOKIE, token.to_owned()).path("/").http_only(true).same_site(SameSite::Strict).finish();
    HttpResponse::SeeOther().cookie(cookie).insert_header((LOCATION, "/")).finish()
}

fn html(page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .body(body),
        Err(cause) => HttpResponse::InternalServerError().body(format!("the page could not be written: {cause}\n")),
    }
}
