//! A small world: sources, releases, canaries and whatever happens to them, made
//! of numbers so that no two are alike.

use dyepack::ledger::entry::leaf_hash;
use dyepack::ledger::tree::{Hash, join, root_parts};
use dyepack::model::*;
use dyepack::store::Store;

/// Noon, that many seconds later.
pub fn at(seconds: i64) -> Time {
    Time::from_second(1_790_000_000 + seconds).expect("in range")
}

pub fn source(name: &str) -> Source {
    Source {
        id: SourceId::new(at(0), &mut rand::rng()),
        name: Name::parse(name).expect("a name"),
        title: Some(format!("{name} in full")),
        parent: None,
        notify: vec![],
        added_at: at(0),
    }
}

pub fn release(of: &Source) -> Release {
    Release {
        id: ReleaseId::new(at(1), &mut rand::rng()),
        source: of.id,
        dataset: Name::parse("subscribers").expect("a name"),
        state: ReleaseState::Issued,
        place: Place { input: "in.csv".into(), output: "out.csv".into(), table: None, related: Vec::new() },
        rows_in: 1_000,
        canaries: 1,
        kept: 0,
        shared: vec![],
        roles: vec![("tel".into(), "phone".into())],
        next: None,
        issued_at: at(1),
        planted_at: None,
        withdrawn_at: None,
    }
}

/// A person with a phone, a mailbox and an address that nobody else has.
pub fn canary(of: &Release, nth: u32) -> Canary {
    let point = |kind, value: String| ContactPoint { kind, value };
    Canary {
        id: CanaryId::new(at(2), &mut rand::rng()),
        release: of.id,
        fields: vec![Field { column: "name".into(), value: format!("Wang Wei{nth}") }],
        names: vec![format!("Wang Wei{nth}")],
        identifiers: vec![format!("11010519{nth:09}")],
        contact_points: vec![
            point(Kind::Phone, format!("+86138{nth:08}")),
            point(Kind::Mailbox, format!("wang.wei{nth}@mail.example.net")),
            point(Kind::Url, format!("https://news.example.net/code{nth}x")),
        ],
        id_safety: IdSafety::NoColumn,
        location: format!("row {nth}"),
        due: None,
        related: Vec::new(),
    }
}

/// A message to a canary, `seconds` after noon.
pub fn hit(source: &Source, canary: &Canary, seconds: i64, text: &str) -> Hit {
    Hit {
        id: HitId::new(at(seconds), &mut rand::rng()),
        entry: 0,
        at: at(seconds),
        channel: Channel::Sms,
        to: canary.contact_points[0].clone(),
        words: Guarded::Clear(Words { from: "+8610086".into(), summary: text.into(), text: text.repeat(2) }),
        marks: Marks::default(),
        evidence_sha256: String::new(),
        status: HitStatus::Counted,
        control: false,
        canary: Some(canary.id),
        release: Some(canary.release),
        source: Some(source.id),
        also: vec![],
        confirmed: true,
        dedupe: Some(format!("message {} {seconds} {text}", canary.id)),
    }
}

/// A hit as it is recorded: with its evidence.
pub fn contact(hit: Hit, octets: &str) -> Batch {
    let evidence = Event::Evidence { hit: hit.id, octets: Guarded::Clear(octets.as_bytes().to_vec()) };
    vec![Event::Hit(Box::new(hit)), evidence]
}

pub fn judgement(of: &Source, through: u64, seconds: i64) -> Judgement {
    Judgement {
        source: of.id,
        at: at(seconds),
        through,
        probability_ppm: 990_000,
        log10_bayes_factor_milli: -2_500,
        accused: true,
    }
}

pub fn alert(of: &Source, hit: HitId, seconds: i64) -> Alert {
    Alert {
        id: AlertId::new(at(seconds), &mut rand::rng()),
        channel: "duty".into(),
        source: of.id,
        hit,
        after: 0,
        through: 0,
        state: AlertState::Pending,
        queued_at: at(seconds),
        due_at: at(seconds),
        attempts: 0,
        last: None,
    }
}

pub fn case(of: &Source) -> Case {
    Case {
        id: CaseId::new(at(5), &mut rand::rng()),
        source: of.id,
        opened_at: at(5),
        outcome: None,
        closed_at: None,
        notes: vec![case::Note { at: at(5), by: "duty".into(), text: "called the registry".into() }],
    }
}

pub fn token(name: &str) -> Token {
    Token {
        id: TokenId::new(at(0), &mut rand::rng()),
        name: Name::parse(name).expect("a name"),
        role: TokenRole::Analyst,
        added_at: at(0),
        revoked_at: None,
    }
}

pub fn phone(number: u32, control: bool) -> PoolItem {
    PoolItem::parse(PoolKind::Phone, &format!("+86139{number:08}"), control, at(0)).expect("a number")
}

/// One source with one release and as many canaries.
pub struct Copy {
    pub source: Source,
    pub release: Release,
    pub canaries: Vec<Canary>,
}

impl Copy {
    pub fn of(name: &str, canaries: std::ops::Range<u32>) -> Self {
        let source = source(name);
        let release = release(&source);
        let canaries = canaries.map(|nth| canary(&release, nth)).collect();
        Self { source, release, canaries }
    }

    pub fn batch(&self) -> Batch {
        let mut batch = vec![Event::Source(self.source.clone()), Event::Release(self.release.clone())];
        batch.extend(self.canaries.iter().cloned().map(Event::Canary));
        batch
    }

    pub fn hit(&self, seconds: i64) -> Hit {
        hit(&self.source, &self.canaries[0], seconds, &format!("your loan is approved {seconds}"))
    }
}

/// Records what must be recorded.
pub async fn put(store: &dyn Store, batch: Batch) -> u64 {
    store.record(at(10), batch).await.expect("recorded")
}

/// All entries, in canonical octets.
pub async fn entries(store: &dyn Store) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let next = store.entries(all.len() as u64, 100).await.expect("read");
        let last = next.len() < 100;
        all.extend(next);
        if last {
            return all;
        }
    }
}

/// The root, from entries alone.
pub fn naive_root(entries: &[Vec<u8>]) -> Hash {
    fn node(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => dyepack::ledger::tree::empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                dyepack::ledger::tree::node_hash(&node(left), &node(right))
            }
        }
    }
    node(&entries.iter().map(|octets| leaf_hash(octets)).collect::<Vec<_>>())
}

/// The root of the first `size` entries, as the store has it.
pub async fn root(store: &dyn Store, size: u64) -> Hash {
    join(&store.nodes(&root_parts(size)).await.expect("nodes"))
}

/// Everything that a store can be asked, answered.
pub async fn answers(store: &dyn Store) -> Vec<String> {
    let mut all = vec![
        format!("{:?}", store.size().await.expect("size")),
        format!("{:?}", store.sources().await.expect("sources")),
        format!("{:?}", store.pool().await.expect("pool")),
        format!("{:?}", store.cases().await.expect("cases")),
        format!("{:?}", store.judgements().await.expect("judgements")),
        format!("{:?}", store.alerts().await.expect("alerts")),
        format!("{:?}", store.tokens().await.expect("tokens")),
        format!("{:?}", store.hits(None).await.expect("hits")),
        format!("{:?}", store.hits(Some(at(100))).await.expect("hits")),
    ];
    for hit in store.hits(None).await.expect("hits") {
        all.push(format!("{:?}", store.hit(hit.id).await.expect("hit")));
    }
    for release in store.releases().await.expect("releases") {
        all.push(format!("{release:?}"));
        for canary in store.canaries(release.id).await.expect("canaries") {
            all.push(format!("{:?}", store.plantings(canary.id).await.expect("plantings")));
            for key in Lookup::canary(&canary) {
                all.push(format!("{:?}", store.owners(&key).await.expect("owners")));
            }
        }
    }
    for secret in ["s1", "s2", "s3"] {
        all.push(format!("{:?}", store.token(secret).await.expect("token")));
    }
    all.push(hex::encode(root(store, store.size().await.expect("size")).await));
    all
}
