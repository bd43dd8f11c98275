//! What the PostgreSQL store promises beside the contract: servers that die under
//! load, answers that are lost, replicas that share the work.

/// A line to the server that can be cut.
mod cutter;

use dyepack::ledger::Entry;
use dyepack::model::*;
use dyepack::store::keys::Keys;
use dyepack::store::postgres::Postgres;
use dyepack::store::{Claim, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::block_in_place;

use crate::contract::database::Database;
use crate::contract::keys::contains;
use crate::contract::world::*;
use crate::contract::{Bench, run, until};
use crate::postgres::{Server, execute, server};

/// What writers were told of each phone they put down.
#[derive(Default)]
struct Told {
    recorded: BTreeMap<String, u64>,
    failed: u32,
}

/// Puts down one phone after the other until it is told to stop.
async fn write(store: Arc<dyn Store>, next: Arc<AtomicU32>, stop: Arc<AtomicBool>) -> Told {
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        let item = phone(next.fetch_add(1, Ordering::Relaxed), false);
        match store.record(at(10), vec![Event::Pool(item.clone())]).await {
            Ok(number) => {
                told.recorded.insert(item.value, number);
            }
            Err(StoreError::Unavailable(_)) => told.failed += 1,
            Err(error) => panic!("not the failure of a server that is gone: {error}"),
        }
    }
    told
}

#[test]
fn what_was_acknowledged_outlives_a_server_that_is_killed_under_load() {
    run(async {
        let server = block_in_place(Server::start);
        let bench = Database::on(&server).await;
        let store = bench.open().await;
        let (next, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> =
            (0..16).map(|_| tokio::spawn(write(Arc::clone(&store), Arc::clone(&next), Arc::clone(&stop)))).collect();
        for signal in ["KILL", "INT", "KILL"] {
            let before = store.size().await.expect("size");
            until("the store takes records", async || store.size().await.is_ok_and(|size| size > before + 200)).await;
            block_in_place(|| server.stop(signal));
            block_in_place(|| server.run());
        }
        let before = store.size().await.expect("size");
        until("the store recovers by itself", async || store.size().await.is_ok_and(|size| size > before + 200)).await;
        stop.store(true, Ordering::Relaxed);
        let mut told = Told::default();
        for writer in writers {
            let one = writer.await.expect("ends");
            told.recorded.extend(one.recorded);
            told.failed += one.failed;
        }
        let mut kept: BTreeMap<String, u64> = BTreeMap::new();
        let all = entries(&*store).await;
        for (number, octets) in all.iter().enumerate() {
            if let Event::Pool(item) = Entry::read(octets).expect("an entry").event {
                assert_eq!(kept.insert(item.value.clone(), number as u64), None, "{} is there twice", item.value);
            }
        }
        for (phone, number) in &told.recorded {
            assert_eq!(kept.get(phone), Some(number), "{phone} was acknowledged");
        }
        println!("{} acknowledged, {} refused, {} kept", told.recorded.len(), told.failed, kept.len());
        assert_eq!(root(&*store, all.len() as u64).await, naive_root(&all));
    });
}

#[test]
fn a_lost_answer_to_a_commit_is_found_out() {
    run(async {
        let bench = Database::fresh().await;
        for lost in [cutter::Cut::Answer, cutter::Cut::Question] {
            let cutter = cutter::Cutter::before(server().port()).await;
            let url = bench.url.replace(&format!(":{}/", server().port()), &format!(":{}/", cutter.port));
            let keys = Keys::read(&bench.key_file()).expect("read");
            let store = Postgres::open(&url, keys).await.expect("opens");
            let first = store.size().await.expect("size");
            let number = put(&store, vec![Event::Pool(phone(first as u32, false))]).await;
            cutter.cut(lost);
            let cut = store.record(at(20), vec![Event::Pool(phone(first as u32 + 1, false))]).await.expect("recorded");
            assert!(cutter.has_cut(), "no COMMIT came by");
            assert_eq!((number, cut), (first, first + 1));
            assert_eq!(store.size().await.expect("size"), first + 2, "{lost:?}: recorded twice, or not at all");
        }
    });
}

#[test]
fn two_hundred_alerts_are_each_taken_once_by_four_workers_of_two_replicas() {
    run(async {
        let bench = Database::fresh().await;
        let replicas = [bench.open().await, bench.open().await];
        let copy = Copy::of("telecom", 0..1);
        put(&*replicas[0], copy.batch()).await;
        let alerts: Vec<Alert> = (0..200).map(|nth| alert(&copy.source, copy.hit(nth).id, nth)).collect();
        put(&*replicas[0], alerts.iter().cloned().map(Event::Alert).collect()).await;
        let workers: Vec<_> = (0..4).map(|nth| tokio::spawn(deliver(Arc::clone(&replicas[nth % 2])))).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.expect("ends"));
        }
        assert_eq!(all.len(), 200);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), alerts.iter().map(|alert| alert.id).collect());
        let states = replicas[1].alerts().await.expect("alerts");
        assert!(states.iter().all(|alert| alert.state == AlertState::Delivered && alert.attempts == 1));
    });
}

async fn deliver(store: Arc<dyn Store>) -> Vec<AlertId> {
    let mut sent = Vec::new();
    loop {
        match store.claim_alert("duty", at(1_000), at(2_000)).await.expect("asked") {
            Claim::Ours(alert) => {
                sent.push(alert.id);
                let state = AlertState::Delivered;
                put(&*store, vec![Event::Alert(Alert { state, attempts: alert.attempts + 1, ..alert })]).await;
            }
            Claim::Later(_) => tokio::task::yield_now().await,
            Claim::Nothing => return sent,
        }
    }
}

#[test]
fn what_is_wrong_is_told_and_the_password_is_not() {
    run(async {
        let keys = Keys::derive(&[1; 32]);
        let good = server().database().await;
        let password = server().password();
        let told = async |url: String| {
            let error = Postgres::open(&url, keys.clone()).await.expect_err("refused");
            let texts = format!("{error} {error:?}");
            assert!(!texts.contains(password), "{texts}");
            error
        };
        assert!(matches!(told(good.clone()).await, StoreError::Missing(place) if place.contains("127.0.0.1")));
        let wrong = told(good.replace(password, "guessed")).await.to_string();
        assert!(wrong.contains("PGPASSWORD") && !wrong.contains("guessed"), "{wrong}");
        assert!(told(server().url("nowhere")).await.to_string().contains("createdb"));
        let gone = told(good.replace(&format!(":{}/", server().port()), ":1/")).await;
        assert!(matches!(&gone, StoreError::Unreadable(told) if told.contains("cannot be reached")), "{gone}");
        assert!(matches!(told("mysql://x".into()).await, StoreError::Unreadable(_)));
        let standby = server().database().await;
        let name = standby.rsplit('/').next().expect("a name");
        execute(&standby, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
        assert!(told(standby).await.to_string().contains("it is a standby"));

        execute(&good, "CREATE ROLE guest LOGIN PASSWORD 'welcome'").await;
        let guest = good.replace(&format!("postgres:{password}"), "guest:welcome");
        let refused = Postgres::create(&guest, &keys).await.expect_err("no privilege").to_string();
        assert!(refused.contains("OWNER TO") && !refused.contains("welcome"), "{refused}");
        Postgres::create(&good, &keys).await.expect("made");
        let store = Postgres::open(&good, keys).await.expect("opens");
        assert!(!format!("{store:?}").contains(password), "{store:?}");
    });
}

#[test]
fn replicas_that_start_at_once_make_one_store() {
    run(async {
        let url = server().database().await;
        let keys = Keys::derive(&[1; 32]);
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let (url, keys) = (url.clone(), keys.clone());
                tokio::spawn(async move {
                    Postgres::create(&url, &keys).await?;
                    Postgres::open(&url, keys).await
                })
            })
            .collect();
        for (nth, start) in starts.into_iter().enumerate() {
            let store = start.await.expect("ends").expect("opens");
            put(&store, vec![Event::Pool(phone(nth as u32, false))]).await;
        }
        let other = Postgres::create(&url, &Keys::derive(&[2; 32])).await;
        assert!(matches!(other, Err(StoreError::WrongKey { .. })), "{other:?}");
        assert_eq!(Postgres::open(&url, keys).await.expect("opens").opened().entries, 8);
    });
}

#[test]
fn hits_of_any_month_find_their_partition() {
    run(async {
        let bench = Database::fresh().await;
        let replicas = [bench.open().await, bench.open().await];
        let copy = Copy::of("telecom", 0..1);
        put(&*replicas[0], copy.batch()).await;
        let months = [-800_000_000, -700_000_000, 0, 2_700_000, 40 * 86_400, 5_000_000_000];
        let tasks: Vec<_> = (0..8)
            .flat_map(|nth| months.map(|seconds| (nth, seconds)))
            .map(|(nth, seconds)| {
                let (store, batch) = (Arc::clone(&replicas[nth % 2]), contact(copy.hit(seconds + nth as i64), "x"));
                tokio::spawn(async move { store.record(at(10), batch).await })
            })
            .collect();
        for task in tasks {
            task.await.expect("ends").expect("recorded");
        }
        let hits = replicas[0].hits(None).await.expect("hits");
        assert_eq!(hits.len(), 48);
        assert!(hits.is_sorted_by_key(|hit| hit.at));
    });
}

#[test]
fn settings_that_lose_records_are_told() {
    run(async {
        let bench = Database::fresh().await;
        let database = bench.url.rsplit('/').next().expect("a name");
        execute(&bench.url, &format!("ALTER DATABASE {database} SET synchronous_commit = off")).await;
        assert!(bench.open().await.opened().notes.is_empty(), "a session sets that itself");

        let server = block_in_place(Server::start);
        let bench = Database::on(&server).await;
        execute(&bench.url, "ALTER SYSTEM SET full_page_writes = off").await;
        execute(&bench.url, "SELECT pg_reload_conf()").await;
        until("it is told", async || {
            bench.open().await.opened().notes.iter().any(|note| note.contains("full_page_writes = off"))
        })
        .await;
    });
}

#[test]
fn the_ledger_tells_moments_in_order_whatever_the_clocks_of_replicas_say() {
    run(async {
        let bench = Database::fresh().await;
        let store = bench.open().await;
        for (nth, seconds) in [100, 97, 30, 100, 200].into_iter().enumerate() {
            store.record(at(seconds), vec![Event::Pool(phone(nth as u32, false))]).await.expect("recorded");
        }
        let moments = entries(&*store).await;
        let moments: Vec<Time> = moments.iter().map(|octets| Entry::read(octets).expect("an entry").at).collect();
        assert_eq!(moments, [at(100), at(97), at(100), at(100), at(200)]);
    });
}

#[test]
fn a_replica_without_the_new_key_says_so_and_records_nothing() {
    run(async {
        let bench = Database::fresh().await;
        let elsewhere = tempfile::tempdir().expect("a directory");
        let file = elsewhere.path().join("key");
        std::fs::copy(bench.key_file(), &file).expect("copied");
        let (one, two) = (bench.open().await, bench.open_with(Keys::read(&file).expect("read")).await.expect("opens"));
        let copy = Copy::of("telecom", 0..1);
        put(&*two, copy.batch()).await;
        one.rotate().await.expect("begun");
        until("everything is sealed anew", async || one.rotation().is_none()).await;
        let refused = two.record(at(20), vec![Event::Pool(phone(1, false))]).await.expect_err("refused").to_string();
        assert!(refused.contains("copy the key file"), "{refused}");
        let name = Lookup::source_name("telecom");
        assert!(two.owners(&name).await.is_err(), "it must not say that nobody has that name");
        assert_eq!(one.size().await.expect("size"), 3);
        std::fs::copy(bench.key_file(), &file).expect("copied");
        assert_eq!(two.owners(&name).await.expect("owners").len(), 1);
        put(&*two, vec![Event::Pool(phone(1, false))]).await;
    });
}

#[test]
fn a_replica_takes_over_the_rotation_of_another() {
    run(async {
        let bench = Database::fresh().await;
        let (one, two) = (bench.open().await, bench.open().await);
        let copy = Copy::of("telecom", 0..3_000);
        put(&*one, copy.batch()).await;
        let id = one.rotate().await.expect("begun");
        assert!(matches!(two.rotate().await, Err(StoreError::Key(_))), "one at a time");
        drop(one);
        // The one who is gone held the work for a minute; nobody waits for that here.
        execute(&bench.url, "UPDATE tasks SET claimed_until = '2000-01-01' WHERE name = 'rotation'").await;
        until("the other one ends it", async || {
            Keys::read(&bench.key_file()).expect("read").ids() == [id] && two.rotation().is_none()
        })
        .await;
        assert_eq!(two.canaries(copy.release.id).await.expect("canaries").len(), 3_000);
        let key = Lookup::point(&copy.canaries[2_999].contact_points[0]);
        assert_eq!(two.owners(&key).await.expect("owners").len(), 1);
        let hash = Keys::read(&bench.key_file()).expect("read").lookup(key.as_bytes());
        assert!(contains(&bench.raw().await, &hash), "found under the new key, because it lies there");
    });
}

#[test]
fn a_reader_waits_for_a_server_that_is_starting_again() {
    run(async {
        let server = block_in_place(Server::start);
        let bench = Database::on(&server).await;
        let store = bench.open().await;
        put(&*store, vec![Event::Source(source("telecom"))]).await;
        block_in_place(|| server.stop("INT"));
        let down = tokio::time::timeout(Duration::from_secs(30), store.sources()).await.expect("an answer");
        assert!(matches!(down, Err(StoreError::Unreadable(_))), "{down:?}");
        let down = store.record(at(20), vec![Event::Source(source("registry"))]).await;
        assert!(matches!(down, Err(StoreError::Unavailable(_))), "{down:?}");
        block_in_place(|| server.run());
        assert_eq!(store.sources().await.expect("sources").len(), 1);
        put(&*store, vec![Event::Source(source("registry"))]).await;
    });
}
