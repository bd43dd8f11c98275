//! `dyepack doctor`: configuration, key, secrets, ports, then what the server
//! finds in store, pool, releases and outbox; each with what to do.

use anyhow::{Result, bail};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::connect::connect;
use super::{Common, print};
use crate::app::views::{Check, CheckState};
use crate::config::{Config, StorePlace};
use crate::store::embedded::Embedded;
use crate::store::keys::Keys;

pub(super) async fn run(common: &Common) -> Result<()> {
    let mut checks = if common.server.is_some() { Vec::new() } else { local(common) };
    match connect(common).await {
        Ok(session) => {
            match session.client.doctor().await {
                Ok(found) => checks.extend(found),
                Err(cause) => checks.push(Check::bad(
                    "server",
                    cause.to_string(),
                    "start `dyepack serve`, or check address and token",
                )),
            }
            session.end().await;
        }
        // What stands in the way was found above already.
        Err(_) if checks.iter().any(|c| c.state == CheckState::Bad) => {}
        Err(cause) => checks.push(Check::bad("store", super::message(&cause), "see the message")),
    }
    show(common, &checks)?;
    match checks.iter().filter(|c| c.state == CheckState::Bad).count() {
        0 => Ok(()),
        1 => bail!("one thing does not work"),
        n => bail!("{n} things do not work"),
    }
}

fn show(common: &Common, checks: &[Check]) -> Result<()> {
    if common.json {
        return print::json(&checks);
    }
    let mut out = String::new();
    for check in checks {
        let mark = match check.state {
            CheckState::Good => "ok  ",
            CheckState::Attention => "look",
            CheckState::Bad => "BAD ",
        };
        out.push_str(&format!("{mark}  {:<18} {}\n", check.what, print::harmless(&check.found)));
        if let Some(advice) = &check.advice {
            out.push_str(&format!("      {:<18} -> {advice}\n", ""));
        }
    }
    print::text(&out)
}

fn local(common: &Common) -> Vec<Check> {
    let config = match Config::read(&common.config) {
        Ok(config) => config,
        Err(cause) => {
            return vec![Check::bad("configuration", cause.to_string(), "correct the file, or run `dyepack init`")];
        }
    };
    let mut checks = vec![Check::good("configuration", common.config.display().to_string())];
    checks.push(match Keys::read(&config.key_file()) {
        Ok(_) => Check::good("key file", config.key_file().display().to_string()),
        Err(cause) => Check::bad("key file", cause.to_string(), "put the right key file there"),
    });
    let beside = matches!(config.store_place(), Ok(StorePlace::Directory(dir)) if config.key_file().starts_with(&dir));
    if beside {
        checks.push(Check::attention(
            "key file",
            "it lies inside the store",
            "move it out: whoever steals the store must not get the key with it",
        ));
    }
    checks.extend(ports(&config));
    checks.extend(config.hooks.iter().flat_map(|hook| hook.secret.all().iter().map(move |s| (hook, s))).map(
        |(hook, secret)| match secret.read(&config.base) {
            Ok(_) => Check::good("hook", format!("{}: secret in place", hook.name)),
            Err(cause) => Check::attention(
                "hook",
                format!("{}: {cause} (as seen from here)", hook.name),
                "set it where `dyepack serve` runs, or the provider's requests are answered 503",
            ),
        },
    ));
    checks.extend(config.alerts.iter().map(|alert| relay(&alert.name, &alert.relay)));
    if config.alerts.is_empty() {
        checks.push(Check::attention(
            "alerts",
            "no channel is configured",
            "nobody is told of hits; add an [[alerts]] section",
        ));
    }
    checks
}

fn ports(config: &Config) -> Vec<Check> {
    let running = matches!(config.store_place(), Ok(StorePlace::Directory(dir))
        if Embedded::holder(&dir).is_some_and(|h| h.admin.is_some()));
    let doors = [("public", &config.public.listen), ("smtp", &config.smtp.listen), ("admin", &config.admin.listen)];
    let check = |(name, address): (&str, &String)| {
        let what = format!("port: {name}");
        match (TcpListener::bind(address.as_str()), running) {
            (Ok(_), false) => Check::good(&what, format!("{address} is free")),
            (Err(_), true) => Check::good(&what, format!("{address} is served")),
            (Ok(_), true) => Check::attention(
                &what,
                format!("{address} is free although a server runs"),
                "the running server has another configuration; restart it",
            ),
            (Err(cause), false) => Check::bad(
                &what,
                format!("{address}: {cause}"),
                format!("stop the program that uses it, or change [{name}] listen"),
            ),
        }
    };
    doors.into_iter().map(check).collect()
}

fn relay(name: &str, relay: &str) -> Check {
    let place = relay.split_once("://").map_or(relay, |(_, place)| place).trim_end_matches('/');
    let place = if place.contains(':') { place.to_owned() } else { format!("{place}:25") };
    let reached = place
        .to_socket_addrs()
        .ok()
        .and_then(|mut all| all.find(|a| TcpStream::connect_timeout(a, Duration::from_secs(3)).is_ok()));
    match reached {
        Some(_) => Check::good("alerts", format!("{name}: {relay} answers")),
        None => Check::attention(
            "alerts",
            format!("{name}: nobody answers at {relay}"),
            "start the relay or correct its address; alerts wait until it answers",
        ),
    }
}
