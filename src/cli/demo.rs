//! `dyepack demo`: the whole story on loopback. Real files and a real database
//! are seeded for three sources, the real listeners run on free ports, contacts
//! arrive over real HTTP and SMTP, the alert comes by real mail, and the verdict
//! is the one that `leaks` gives. Only the clock is ours: a month passes at once.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::host::{self, Doors, Running};
use super::{leaks, print, seed::Seed, serve};
use crate::alert::email::Email;
use crate::alert::{Notice, Notify};
use crate::api::wire::AddSource;
use crate::app::views::{CanaryView, LeakView, NewPoint, SeedView};
use crate::app::{Clock, SystemClock};
use crate::client::Client;
use crate::config::Config;
use crate::dashboard::Pages;
use crate::listen::hooks::twilio;
use crate::listen::smtp::session::{Session, Settings, Step};
use crate::model::contact_point::Kind;
use crate::model::{PointFacts, PoolKind};
use crate::store::embedded::Embedded;
use crate::store::keys::Keys;

const TELECOM: &[u8] = include_bytes!("../../examples/telecom_subscribers.csv");
const REGISTRY: &[u8] = include_bytes!("../../examples/company_registry.sqlite");
const CRM: &[u8] = include_bytes!("../../examples/crm_contacts.csv");

const SECRET: &str = "the-demo-providers-token";
/// How long the canaries have listened when the first contact comes.
const LISTENED: i64 = 30;
const PATIENCE: Duration = Duration::from_secs(20);
const LEAKER: &str = "crm-vendor";

#[derive(Args)]
pub(super) struct Demo {
    /// Ends after the verdict; else the page stays up.
    #[arg(long)]
    once: bool,
}

/// The system's clock, set back by a month until the month is over.
struct DemoClock {
    system: SystemClock,
    back: Mutex<jiff::SignedDuration>,
}

impl Clock for DemoClock {
    fn now(&self) -> crate::model::Time {
        let now = self.system.now();
        let back = *self.back.lock().unwrap_or_else(|e| e.into_inner());
        now.checked_sub(back).unwrap_or(now)
    }
}

/// Everything that runs.
struct Stage {
    dir: tempfile::TempDir,
    clock: Arc<DemoClock>,
    client: Client,
    running: Running,
    public: String,
    smtp: String,
    admin: String,
    mails: mpsc::UnboundedReceiver<Vec<u8>>,
}

impl Demo {
    pub(super) async fn run(self) -> Result<()> {
        let begun = Instant::now();
        let mut stage = Stage::set().await?;
        let outcome = stage.play().await;
        if outcome.is_ok() {
            say(&format!("\nThe story took {:.1} seconds.", begun.elapsed().as_secs_f64()))?;
            if !self.once {
                say(&format!(
                    "The page with sources, hits and suspects is at http://{}/ until you press Ctrl-C.",
                    stage.admin
                ))?;
                serve::StopSignal::listen()?.wait().await;
            }
        }
        stage.running.end().await;
        outcome
    }
}

impl Stage {
    /// Builds an installation in a temporary directory and starts every door.
    async fn set() -> Result<Self> {
        let dir = tempfile::tempdir().context("making a temporary directory")?;
        let bind = || host::bind("127.0.0.1:0", "a free port");
        let doors = Doors { public: bind()?, smtp: bind()?, admin: bind()? };
        let (sink, mails) = start_sink().await?;
        let address = |door: &std::net::TcpListener| door.local_addr().map(|a| a.to_string());
        let addresses = [address(&doors.public)?, address(&doors.smtp)?, address(&doors.admin)?];
        let config = install(dir.path(), &addresses, &sink)?;
        let clock = Arc::new(DemoClock {
            system: SystemClock::default(),
            back: Mutex::new(jiff::SignedDuration::from_hours(24 * LISTENED)),
        });
        let secret = Keys::read(&config.key_file())?.local_secret();
        let app = host::open(&config, &addresses[2], Arc::clone(&clock) as Arc<dyn Clock>).await?;
        let mut running = Running::new();
        running.everything(doors, &config, &app, Pages::Open)?;
        let [public, smtp, admin] = addresses;
        let client = Client::new(&format!("http://{admin}"), &secret)?;
        Ok(Self { dir, clock, client, running, public, smtp, admin, mails })
    }

    async fn play(&mut self) -> Result<()> {
        self.fill_pool().await?;
        let seeded = self.seed_all().await?;
        *self.clock.back.lock().unwrap_or_else(|e| e.into_inner()) = jiff::SignedDuration::ZERO;
        say(&format!(
            "\n3. {LISTENED} days pass (the demo's clock was set back for the seeding). Meanwhile, somebody at the CRM vendor sells the copy."
        ))?;
        self.make_noise(&seeded[1]).await?;
        self.make_contact(&seeded[2]).await?;
        self.show_alert().await?;
        self.judge().await
    }

    async fn own(&self, kind: PoolKind, values: Vec<String>, control: bool) -> Result<()> {
        let point = |value| NewPoint { value, control, facts: PointFacts::default() };
        self.client.add_to_pool(kind, values.into_iter().map(point).collect()).await?;
        Ok(())
    }

    async fn fill_pool(&self) -> Result<()> {
        let numbers = |prefix: &str, step: usize, count: usize| {
            (0..count).map(|n| format!("{prefix}{:04}", 1_017 + n * step)).collect::<Vec<_>>()
        };
        let chinese = numbers("+861548800", 73, 30);
        let american = numbers("+1503555", 7, 14);
        self.own(PoolKind::Phone, [chinese, american].concat(), false).await?;
        let controls = numbers("+861647700", 91, 8);
        self.own(PoolKind::Phone, controls, true).await?;
        self.own(PoolKind::MailDomain, vec!["post.dyepack-demo.example".to_owned()], false).await?;
        self.own(PoolKind::MailDomain, vec!["quiet.dyepack-demo.example".to_owned()], true).await?;
        self.own(PoolKind::WebHost, vec![format!("http://{}", self.public)], false).await?;
        say(
            "1. The pool: 44 phone numbers, a mail domain and a web host to plant; 8 numbers and a mail domain as controls, never planted.",
        )
    }

    async fn seed_all(&self) -> Result<Vec<SeedView>> {
        say("\n2. Three sources get their copies, each with people who do not exist:")?;
        let at = |name: &str| self.dir.path().join(name).display().to_string();
        let seed = |source: &str, input: String, table: Option<&str>, count| Seed {
            input,
            source: source.to_owned(),
            table: table.map(str::to_owned).into_iter().collect(),
            count: Some(count),
            // Its pool has mail domains of its own alone, which no real table has.
            accept_detectable: true,
            ..Seed::default()
        };
        let seeds = [
            ("North Telecom", seed("north-telecom", at("telecom_subscribers.csv"), None, 12)),
            (
                "Company Registry",
                seed("company-registry", format!("sqlite:{}", at("company_registry.sqlite")), Some("shareholder"), 12),
            ),
            ("CRM Vendor Ltd", seed(LEAKER, at("crm_contacts.csv"), None, 12)),
        ];
        let mut done = Vec::new();
        for (title, seed) in seeds {
            self.client
                .add_source(&AddSource {
                    name: seed.source.clone(),
                    title: Some(title.to_owned()),
                    parent: None,
                    notify: vec![],
                })
                .await?;
            let view = seed.seed(&self.client).await?;
            let points = view.contact_points;
            say(&format!(
                "   {:<17} {:>4} rows, {} canaries, {} phones, {} mailboxes, {} web addresses",
                view.source, view.rows_in, view.canaries, points.phone, points.mailbox, points.url
            ))?;
            done.push(view);
        }
        Ok(done)
    }

    async fn canaries(&self, seeded: &SeedView) -> Result<Vec<CanaryView>> {
        let release = seeded.release.context("a seeding that was done has a release")?;
        Ok(self.client.canaries(release, true).await?)
    }

    /// What happens to numbers and domains for no reason.
    async fn make_noise(&self, registry: &SeedView) -> Result<()> {
        say("\n4. Noise, as every number and domain gets it:")?;
        self.sms("+8616477001017", "【优惠】全场五折，回T退订", "SMdemo1").await?;
        say("   SMS   to a control: an advertisement")?;
        self.mail("lottery@spam.example", "info@quiet.dyepack-demo.example", "You have won", "Claim your prize today.")
            .await?;
        say("   mail  to the control domain: a lottery")?;
        let called = self.canaries(registry).await?;
        let phone = called.iter().find_map(|c| point(c, Kind::Phone)).context("a canary with a phone")?;
        self.call(&phone, "CAdemo1").await?;
        say("   call  to one canary of the registry, who hangs up: one call proves nothing")?;
        reqwest_get(&format!("http://{}/wp-login.php", self.public)).await?;
        say("   web   a scanner asks for /wp-login.php")
    }

    /// The buyer of the CRM copy tries three of its people.
    async fn make_contact(&self, crm: &SeedView) -> Result<()> {
        say("\n5. The buyer of the CRM copy gets to work:")?;
        let people = self.canaries(crm).await?;
        let person = |kind: Kind, skip: usize| {
            people
                .iter()
                .filter_map(|c| Some((c, point(c, kind)?)))
                .nth(skip)
                .context("a canary that can be reached so")
        };
        let name = |c: &CanaryView| format!("{} {}", c.fields["first_name"], c.fields["last_name"]);
        let (called, phone) = person(Kind::Phone, 0)?;
        self.sms(&phone, &format!("Hi {}, your loan of $9,500 is approved. Reply YES.", name(called)), "SMdemo2")
            .await?;
        say(&format!("   SMS   to {phone}, by its name: {}", name(called)))?;
        let (written, mailbox) = person(Kind::Mailbox, 1)?;
        self.mail(
            "offers@crm-leads.example",
            &mailbox,
            "An exclusive offer",
            &format!("Dear {}, as a {} customer you qualify.", name(written), written.fields["tier"]),
        )
        .await?;
        say(&format!("   mail  to {mailbox}"))?;
        let (_, url) = person(Kind::Url, 2)?;
        reqwest_get(&url).await?;
        say(&format!("   web   {url}"))
    }

    async fn sms(&self, to: &str, text: &str, id: &str) -> Result<()> {
        let from = if id == "SMdemo1" { "+8610690000" } else { "+15415550123" };
        self.provider(&[
            ("To", to),
            ("From", from),
            ("Body", text),
            ("MessageSid", id),
            ("AccountSid", "ACdemo"),
            ("SmsStatus", "received"),
        ])
        .await
    }

    async fn call(&self, to: &str, id: &str) -> Result<()> {
        self.provider(&[
            ("To", to),
            ("From", "+861058880000"),
            ("CallSid", id),
            ("AccountSid", "ACdemo"),
            ("CallStatus", "ringing"),
        ])
        .await
    }

    /// A request as the provider signs it.
    async fn provider(&self, form: &[(&str, &str)]) -> Result<()> {
        let address = format!("http://{}/hooks/twilio-demo", self.public);
        let escape = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let body = form.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&");
        let signature = twilio::sign_form(SECRET, &address, body.as_bytes());
        let request = reqwest::Client::new()
            .post(&address)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn mail(&self, from: &str, to: &str, subject: &str, text: &str) -> Result<()> {
        let sender = Email::new("a sender", &format!("smtp://{}", self.smtp), from, &[to.to_owned()], None)?;
        let notice = Notice {
            id: format!("demo-{}", subject.len()),
            subject: subject.to_owned(),
            text: text.to_owned(),
            also_to: vec![],
        };
        sender.send(&notice).await.map_err(|refusal| anyhow::anyhow!("mail to {to}: {}", refusal.what))
    }

    async fn show_alert(&mut self) -> Result<()> {
        let mail = tokio::time::timeout(PATIENCE, async {
            loop {
                let mail = String::from_utf8_lossy(&self.mails.recv().await?).into_owned();
                if mail.contains("CRM Vendor") {
                    return Some(mail);
                }
            }
        });
        let mail = mail.await.ok().flatten().context("no alert about the CRM vendor arrived in time")?;
        let unfolded = mail.replace("\r\n ", " ");
        let subject = unfolded.lines().find_map(|l| l.strip_prefix("Subject: ")).unwrap_or_default();
        say(&format!("\n6. The alert is in the duty officer's mailbox ({} octets):\n   {subject}", mail.len()))
    }

    async fn judge(&self) -> Result<()> {
        let found = self.client.leaks().await?;
        say("\n7. dyepack leaks:\n")?;
        say(&leaks::report(&found))?;
        let named: Vec<&str> = found.iter().filter(|l: &&LeakView| l.accused).map(|l| l.source.as_str()).collect();
        if named != [LEAKER] {
            bail!("the verdict is wrong: it names {named:?}, the copy of {LEAKER} leaked");
        }
        say(&format!("\nVerdict: {LEAKER} leaked. No other source is named."))
    }
}

fn say(line: &str) -> Result<()> {
    print::text(line)
}

fn point(canary: &CanaryView, kind: Kind) -> Option<String> {
    canary.contact_points.iter().find(|p| p.kind == kind).and_then(|p| p.value.clone())
}

async fn reqwest_get(address: &str) -> Result<()> {
    reqwest::get(address).await?.error_for_status()?;
    Ok(())
}

/// Writes the bundled data, a key, a configuration and an empty store.
fn install(dir: &Path, [public, mail, admin]: &[String; 3], sink: &str) -> Result<Config> {
    let write =
        |name: &str, octets: &[u8]| std::fs::write(dir.join(name), octets).with_context(|| format!("writing {name}"));
    write("telecom_subscribers.csv", TELECOM)?;
    write("company_registry.sqlite", REGISTRY)?;
    write("crm_contacts.csv", CRM)?;
    write("provider.secret", SECRET.as_bytes())?;
    let toml = format!(
        r#"
        [store]
        url = "sled:data"
        [keys]
        file = "dyepack.key"
        [public]
        listen = "{public}"
        base_urls = ["http://{public}"]
        [smtp]
        listen = "{mail}"
        hostname = "mx.dyepack-demo.example"
        [admin]
        listen = "{admin}"
        [[hooks]]
        name = "twilio-demo"
        kind = "twilio"
        secret = {{ file = "provider.secret" }}
        [[alerts]]
        name = "duty"
        kind = "email"
        relay = "smtp://{sink}"
        from = "dyepack@dyepack-demo.example"
        to = ["duty@dyepack-demo.example"]
        "#
    );
    let path: PathBuf = dir.join("dyepack.toml");
    std::fs::write(&path, toml).context("writing the configuration")?;
    let config = Config::read(&path)?;
    let keys = Keys::create(&config.key_file())?;
    Embedded::create(&dir.join("data"), &keys)?;
    Ok(config)
}

/// The duty officer's mail server: takes any message and hands it over.
async fn start_sink() -> Result<(String, mpsc::UnboundedReceiver<Vec<u8>>)> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (take, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(sink_session(socket, take.clone()));
        }
    });
    Ok((address, mails))
}

async fn sink_session(mut socket: tokio::net::TcpStream, take: mpsc::UnboundedSender<Vec<u8>>) -> std::io::Result<()> {
    let mut session = Session::new(Settings {
        hostname: "sink.dyepack-demo.example".to_owned(),
        max_message: 1 << 20,
        takes: Box::new(|_| true),
    });
    let mut octets = [0u8; 4096];
    socket.write_all(&session.greeting()).await?;
    loop {
        match session.step() {
            Step::Say(line) => socket.write_all(&line).await?,
            Step::Close(line) => return socket.write_all(&line).await,
            Step::Take(message) => {
                // Once the demo is over nobody reads on.
                let _ = take.send(message.octets);
                let reply = session.taken(Ok("taken".to_owned()));
                socket.write_all(&reply).await?;
            }
            Step::Listen => match socket.read(&mut octets).await? {
                0 => return Ok(()),
                n => session.hear(&octets[..n]),
            },
        }
    }
}
