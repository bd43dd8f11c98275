//! Guards: a handler that names `Allowed<P>` in its signature is reached only by
//! callers whose role has the permission P. There is no other way to a caller.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use super::failure::Failed;
use crate::app::App;
use crate::app::tokens::Caller;
use crate::model::TokenRole::{self, Admin, Analyst, Auditor, Seeder};

/// Something that some roles may do.
pub trait Permission: 'static {
    const ROLES: &'static [TokenRole];
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $roles:expr;)*) => {
        $($(#[$doc])* pub struct $name; impl Permission for $name { const ROLES: &'static [TokenRole] = $roles; })*
    };
}

permissions! {
    /// Sources and releases, without a canary in clear.
    Look: &[Admin, Seeder, Analyst, Auditor];
    /// Sources, pool, tokens.
    Manage: &[Admin];
    /// What the pool offers; issuing, confirming, withdrawing releases.
    Seed: &[Admin, Seeder];
    /// Canaries in clear.
    Reveal: &[Admin];
    /// Filters that leave canaries out. Seeders plant the canaries and are shown
    /// them to plant them again, so that a filter tells them nothing new; analysts
    /// and auditors never see a canary that nobody contacted, and a filter beside
    /// a table would show them all.
    Exclude: &[Admin, Seeder];
    /// Hits, alerts, verdicts.
    Judge: &[Admin, Analyst, Auditor];
    /// Cases: notes, closing, reopening, reports.
    Work: &[Admin, Analyst];
    /// The proof of one hit, with the canary it reached.
    Prove: &[Admin, Analyst, Auditor];
    /// Heads, and the ledger as a file.
    Audit: &[Admin, Auditor];
    /// Whose a value is.
    Ask: &[Admin, Analyst];
}

/// A caller who may do P.
pub struct Allowed<P> {
    pub caller: Caller,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequest for Allowed<P> {
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failed>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().cloned();
        let bearer = bearer(request);
        Box::pin(async move {
            let (app, bearer) = app.zip(bearer).ok_or_else(Failed::unauthorized)?;
            let caller = app.caller(&bearer).await?.ok_or_else(Failed::unauthorized)?;
            if P::ROLES.contains(&caller.role) {
                Ok(Self { caller, permission: PhantomData })
            } else {
                Err(Failed::forbidden(caller.role.word()))
            }
        })
    }
}

/// The secret of `Authorization: Bearer`.
fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
}
