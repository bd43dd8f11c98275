//! `doctor`, the part that needs the store: each finding with what to do.

use std::collections::HashSet;

use super::views::{Check, CheckState, PointStatus, PoolView};
use super::{App, AppError};
use crate::model::{AlertState, ReleaseState};

impl Check {
    /// All is well.
    pub fn good(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), state: CheckState::Good, found: found.into(), advice: None }
    }

    /// Somebody should see to it.
    pub fn attention(what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.to_owned(), state: CheckState::Attention, found: found.into(), advice: Some(advice.into()) }
    }

    /// It does not work.
    pub fn bad(what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.to_owned(), state: CheckState::Bad, found: found.into(), advice: Some(advice.into()) }
    }
}

impl App {
    /// Looks at the store, the pool, the releases, the outbox and the expected.
    pub async fn examine(&self) -> Result<Vec<Check>, AppError> {
        let mut checks = vec![self.check_store()];
        checks.extend(self.check_clock());
        checks.extend(self.check_rotation());
        checks.extend(self.check_pool().await?);
        checks.push(self.check_releases().await?);
        checks.push(self.check_outbox().await?);
        checks.extend(self.check_expected().await?);
        Ok(checks)
    }

    fn check_clock(&self) -> Option<Check> {
        let behind = self.floor.duration_since(self.clock.now());
        (behind > jiff::SignedDuration::from_secs(5)).then(|| {
            Check::attention(
                "clock",
                format!("it is {} s behind the newest ledger entry", behind.as_secs()),
                "set it right: until it has caught up, everything is dated with the newest entry's moment",
            )
        })
    }

    fn check_rotation(&self) -> Option<Check> {
        let rotation = self.store.rotation()?;
        let found =
            format!("a key rotation is under way: {} of {} entries are sealed anew", rotation.done, rotation.of);
        Some(Check::good("keys", found))
    }

    fn check_store(&self) -> Check {
        let opened = self.store.opened();
        match opened.notes.as_slice() {
            [] => Check::good("store", format!("{} ledger entries when it was opened", opened.entries)),
            notes => Check::attention(
                "store",
                notes.join("; "),
                "nothing that was acknowledged is lost; find out why the machine or the process stopped",
            ),
        }
    }

    async fn check_pool(&self) -> Result<Vec<Check>, AppError> {
        let pool = self.list_pool().await?;
        let count =
            |kind: &str, status: PointStatus| pool.iter().filter(|p| p.kind == kind && p.status == status).count();
        let phones = format!(
            "{} free, {} planted, {} controls",
            count("phone", PointStatus::Free),
            count("phone", PointStatus::Planted),
            count("phone", PointStatus::Control)
        );
        let mut checks = vec![if count("phone", PointStatus::Free) == 0 {
            Check::attention(
                "pool: phones",
                phones,
                "add numbers with `dyepack pool add phone +…` before seeding tables with phones",
            )
        } else {
            Check::good("pool: phones", phones)
        }];
        if !pool.iter().any(|p| p.status == PointStatus::Control) {
            checks.push(Check::attention(
                "pool: controls",
                "there are none",
                "without controls the background is only guessed: add some with `dyepack pool add phone +… --control`",
            ));
        }
        checks.extend(self.check_mailboxes(&pool).await?);
        for (kind, what) in [("mail-domain", "mail domains"), ("web-host", "web hosts")] {
            let n = pool.iter().filter(|p| p.kind == kind && p.status != PointStatus::Control).count();
            checks.push(Check::good(&format!("pool: {what}"), n.to_string()));
        }
        Ok(checks)
    }

    /// A mailbox at a provider is heard only if the provider forwards what it gets.
    async fn check_mailboxes(&self, pool: &[PoolView]) -> Result<Option<Check>, AppError> {
        let own: Vec<&PoolView> = pool.iter().filter(|p| p.provider.is_some()).collect();
        if own.is_empty() {
            return Ok(None);
        }
        let count = |status: PointStatus| own.iter().filter(|p| p.status == status).count();
        let found = format!(
            "{} free, {} planted, {} controls",
            count(PointStatus::Free),
            count(PointStatus::Planted),
            count(PointStatus::Control)
        );
        let heard: HashSet<String> = self.store.hits(None).await?.into_iter().map(|hit| hit.to.value).collect();
        let owned = self.owned();
        let deaf: Vec<&str> =
            own.iter().map(|p| &*p.value).filter(|v| owned.is_elsewhere(v) && !heard.contains(*v)).collect();
        let Some(first) = deaf.first() else { return Ok(Some(Check::good("pool: mailboxes", found))) };
        let target = owned.mail_domains().into_iter().next().unwrap_or_else(|| "MAIL-DOMAIN".to_owned());
        Ok(Some(Check::attention(
            "pool: mailboxes",
            format!("{found}; nothing ever came through from {} of {} (such as {first})", deaf.len(), own.len()),
            format!(
                "have the provider forward each of them to LOCAL=DOMAIN@{target} (this one to {}@{target}), write to it from elsewhere, and see in `dyepack hits` that it arrives; a mailbox that was not heard must not be planted",
                first.replace('@', "=")
            ),
        )))
    }

    async fn check_releases(&self) -> Result<Check, AppError> {
        let releases = self.store.releases().await?;
        let open: Vec<String> =
            releases.iter().filter(|r| r.state == ReleaseState::Issued).map(|r| r.id.to_string()).collect();
        Ok(if open.is_empty() {
            Check::good("releases", format!("{}, none half done", releases.len()))
        } else {
            Check::attention(
                "releases",
                format!("issued but not confirmed: {}", open.join(", ")),
                "finish each with the same seed command and --resume, or take it back with `dyepack release withdraw ID`",
            )
        })
    }

    async fn check_outbox(&self) -> Result<Check, AppError> {
        let alerts = self.store.alerts().await?;
        let pending: Vec<_> = alerts.iter().filter(|a| a.state == AlertState::Pending).collect();
        let given_up = alerts.iter().filter(|a| a.state == AlertState::GivenUp).count();
        if given_up > 0 {
            return Ok(Check::bad(
                "outbox",
                format!("{given_up} alerts were given up after days of trying"),
                "read them with `dyepack alert list` and the hits with `dyepack hits`; the next alert of each source tells them again",
            ));
        }
        let error = pending.iter().filter_map(|a| a.last.as_ref()?.error.clone()).next_back();
        Ok(match error {
            Some(error) => Check::bad(
                "outbox",
                format!("{} alerts wait; the last attempt said: {error}", pending.len()),
                "mend the relay under [[alerts]]; they are tried again by themselves",
            ),
            None => Check::good(
                "outbox",
                format!(
                    "{} delivered, {} waiting",
                    alerts.iter().filter(|a| a.state == AlertState::Delivered).count(),
                    pending.len()
                ),
            ),
        })
    }

    async fn check_expected(&self) -> Result<Vec<Check>, AppError> {
        let names = self.source_names().await?;
        let unknown = self.settings.expected.iter().filter(|e| !names.values().any(|n| *n == e.source));
        Ok(unknown
            .map(|e| {
                Check::attention(
                    "[[expected]]",
                    format!("there is no source named {:?}", e.source),
                    "add the source, or correct the name in the configuration",
                )
            })
            .collect())
    }
}
