//! A world to measure in: one source, releases of ten thousand canaries, made of
//! numbers so that no two are alike.

use std::sync::Arc;
use std::time::Duration;

use dyepack::app::{App, Settings, SystemClock};
use dyepack::model::contact_point::Kind;
use dyepack::model::{
    Canary, CanaryId, ContactPoint, Event, Field, IdSafety, Name, Place, PoolItem, PoolKind, Release, ReleaseId,
    ReleaseState, Source, SourceId, Time,
};
use dyepack::store::Store;
use dyepack::store::keys::Keys;

/// Canaries of one release.
pub const COPY: u64 = 10_000;

pub fn keys() -> Keys {
    Keys::derive(&[1; 32])
}

pub fn now() -> Time {
    Time::from_second(1_790_000_000).expect("in range")
}

/// What an app is told here.
pub fn settings() -> Settings {
    Settings {
        prior: 0.02,
        accuse_at: 0.99,
        expected: vec![],
        sign_every: jiff::SignedDuration::from_hours(24),
        anchor: None,
        evidence_days: None,
        pages: String::new(),
    }
}

/// An app over a store.
pub async fn app(store: Arc<dyn Store>) -> Arc<App> {
    App::start(store, Arc::new(SystemClock::default()), settings(), vec![], None).await.expect("starts")
}

/// Puts canaries down in releases of ten thousand, the first `from` being there already.
pub async fn fill(store: &dyn Store, source: SourceId, from: u64, to: u64, each: impl Fn(u64)) {
    for first in (from..to).step_by(COPY as usize) {
        let release = release(source, ReleaseId::new(now(), &mut rand::rng()));
        let mut batch = vec![Event::Release(release.clone())];
        batch.extend((first..to.min(first + COPY)).map(|n| Event::Canary(canary(n, release.id))));
        store.record(now(), batch).await.expect("recorded");
        each(first);
    }
}

/// One source and a mail domain; the source.
pub async fn begin(store: &dyn Store) -> SourceId {
    let source = Source {
        id: SourceId::new(now(), &mut rand::rng()),
        name: Name::parse("telecom").expect("a name"),
        title: None,
        parent: None,
        notify: vec![],
        added_at: now(),
    };
    let id = source.id;
    let domain = PoolItem::parse(PoolKind::MailDomain, "mail.example.net", false, now()).expect("a domain");
    store.record(now(), vec![Event::Source(source), Event::Pool(domain)]).await.expect("recorded");
    id
}

/// Median and 99th percentile in milliseconds.
pub fn spread(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    (at(0.5), at(0.99))
}

fn release(source: SourceId, id: ReleaseId) -> Release {
    Release {
        id,
        source,
        dataset: Name::parse("subscribers").expect("a name"),
        state: ReleaseState::Issued,
        place: Place { input: "in.csv".into(), output: "out.csv".into(), table: None, related: Vec::new() },
        rows_in: 1_000_000,
        canaries: COPY,
        kept: 0,
        shared: vec![],
        roles: vec![("phone".into(), "phone".into())],
        next: None,
        issued_at: now(),
        planted_at: None,
        withdrawn_at: None,
    }
}

pub fn phone(n: u64) -> String {
    format!("+861{n:010}")
}

/// A person as a telecom operator's table has it.
pub fn canary(n: u64, release: ReleaseId) -> Canary {
    let mut octets = [0u8; 16];
    octets[..6].copy_from_slice(&(now().as_millisecond() as u64).to_be_bytes()[2..]);
    // Spread as the random part of an id is.
    octets[8..].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let name = format!("王伟{}", char::from_u32(0x4e00 + (n % 5_000) as u32).unwrap_or('一'));
    let id = format!("{:06}19{:02}0101{:04}", 110_000 + n % 1_000, n % 90, n % 10_000);
    let fields = [
        ("姓名", name.clone()),
        ("证件号", id.clone()),
        ("手机", phone(n)),
        ("套餐", "畅享99".into()),
        ("地址", format!("滨江路{n}号")),
    ];
    Canary {
        id: CanaryId::from_octets(octets),
        release,
        fields: fields.into_iter().map(|(column, value)| Field { column: column.into(), value }).collect(),
        names: vec![name],
        identifiers: vec![phone(n), id],
        contact_points: vec![
            ContactPoint { kind: Kind::Phone, value: phone(n) },
            ContactPoint { kind: Kind::Mailbox, value: format!("w{n}@mail.example.net") },
        ],
        id_safety: IdSafety::Anachronism,
        location: format!("row {n}"),
        due: None,
        related: Vec::new(),
    }
}
