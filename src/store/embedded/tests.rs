//! What the embedded store must survive: torn tails, lost and broken indexes,
//! a second process, another key, two who claim one number.

use super::super::Store;
use super::*;
use crate::model::{Batch, Name, PoolItem, Source as SourceWord};
use crate::model::{PoolKind, SourceId};

fn keys() -> Keys {
    Keys::derive(&[1; 32])
}

fn now() -> Time {
    Time::from_second(1_800_000_000).expect("in range")
}

fn source(name: &str) -> Event {
    let id = SourceId::new(now(), &mut rand::rng());
    Event::Source(SourceWord {
        id,
        name: Name::parse(name).expect("a name"),
        title: None,
        parent: None,
        notify: vec![],
        added_at: now(),
    })
}

fn phone(number: &str) -> Event {
    Event::Pool(PoolItem::parse(PoolKind::Phone, number, false, now()).expect("a number"))
}

fn fresh() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    Embedded::create(dir.path(), &keys()).expect("made");
    dir
}

fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, keys(), None).expect("opens")
}

fn index(dir: &Path) -> PathBuf {
    rotate::index_to_open(dir, &keys()).expect("a key")
}

fn names(store: &Embedded) -> Vec<String> {
    let sources = futures(store.sources()).expect("read");
    let mut names: Vec<String> = sources.iter().map(|s| s.name.to_string()).collect();
    names.sort();
    names
}

fn futures<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn record(store: &Embedded, batch: Batch) -> Result<u64, StoreError> {
    futures(store.record(now(), batch))
}

fn segment(dir: &Path) -> PathBuf {
    dir.join("journal").join(format!("{:016x}.log", 0))
}

#[test]
fn what_was_recorded_is_there_after_reopening() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("telecom"), source("registry")]).expect("recorded");
    let store = open(dir.path());
    assert_eq!(names(&store), ["registry", "telecom"]);
    assert_eq!(store.opened().entries, 2);
    assert!(store.opened().notes.is_empty(), "{:?}", store.opened().notes);
}

#[test]
fn a_torn_tail_is_cut_off_and_reported_wherever_it_was_torn() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("kept")]).expect("recorded");
    let whole = std::fs::read(segment(dir.path())).expect("read");
    record(&open(dir.path()), vec![source("torn")]).expect("recorded");
    let longer = std::fs::read(segment(dir.path())).expect("read");
    for end in (whole.len() + 1..longer.len()).step_by(7) {
        std::fs::write(segment(dir.path()), &longer[..end]).expect("torn");
        let store = open(dir.path());
        assert_eq!(names(&store), ["kept"], "torn at {end}");
        assert!(store.opened().notes.iter().any(|n| n.contains("torn tail")), "{:?}", store.opened().notes);
        drop(store);
        assert_eq!(std::fs::read(segment(dir.path())).expect("read"), whole);
    }
    record(&open(dir.path()), vec![source("after")]).expect("recorded");
    assert_eq!(names(&open(dir.path())), ["after", "kept"]);
}

#[test]
fn damage_before_whole_records_is_refused_not_cut() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("first")]).expect("recorded");
    record(&open(dir.path()), vec![source("second")]).expect("recorded");
    let mut octets = std::fs::read(segment(dir.path())).expect("read");
    octets[80] ^= 1;
    std::fs::write(segment(dir.path()), &octets).expect("damaged");
    std::fs::remove_dir_all(index(dir.path())).expect("index lost");
    assert!(matches!(Embedded::open(dir.path(), keys(), None), Err(StoreError::Damaged { .. })));
    assert_eq!(std::fs::read(segment(dir.path())).expect("read"), octets, "nothing may be changed");
}

#[test]
fn a_missing_or_broken_or_older_index_is_rebuilt() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("one")]).expect("recorded");
    let older = tempfile::tempdir().expect("a directory");
    copy(&index(dir.path()), &older.path().join("older"));
    record(&open(dir.path()), vec![source("two")]).expect("recorded");

    let index = index(dir.path());
    std::fs::remove_dir_all(&index).expect("removed");
    assert_eq!(names(&open(dir.path())), ["one", "two"], "missing");

    std::fs::remove_dir_all(&index).expect("removed");
    copy(&older.path().join("older"), &index);
    assert_eq!(names(&open(dir.path())), ["one", "two"], "behind");

    for item in std::fs::read_dir(&index).expect("listed") {
        let item = item.expect("listed").path();
        if item.is_file() {
            let octets: Vec<u8> = std::fs::read(&item).expect("read").iter().map(|o| o ^ 0x5a).collect();
            std::fs::write(&item, octets).expect("broken");
        }
    }
    let store = open(dir.path());
    assert_eq!(names(&store), ["one", "two"], "broken");
    assert!(store.opened().notes.iter().any(|n| n.contains("moved to")), "{:?}", store.opened().notes);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for item in std::fs::read_dir(from).expect("listed") {
        let item = item.expect("listed");
        if item.path().is_dir() {
            copy(&item.path(), &to.join(item.file_name()));
        } else {
            std::fs::copy(item.path(), to.join(item.file_name())).expect("copied");
        }
    }
}

#[test]
fn an_index_ahead_of_the_journal_is_rebuilt() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("one")]).expect("recorded");
    let whole = std::fs::read(segment(dir.path())).expect("read");
    record(&open(dir.path()), vec![source("two")]).expect("recorded");
    std::fs::write(segment(dir.path()), &whole).expect("the power went");
    let store = open(dir.path());
    assert_eq!(names(&store), ["one"]);
    assert!(store.opened().notes.iter().any(|n| n.contains("ahead")), "{:?}", store.opened().notes);
}

#[test]
fn a_second_process_and_another_key_are_refused() {
    let dir = fresh();
    let store = Embedded::open(dir.path(), keys(), Some("127.0.0.1:9")).expect("opens");
    assert!(matches!(Embedded::open(dir.path(), keys(), None), Err(StoreError::InUse { .. })));
    assert_eq!(Embedded::holder(dir.path()).and_then(|h| h.admin).as_deref(), Some("127.0.0.1:9"));
    drop(store);
    assert_eq!(Embedded::holder(dir.path()), None);
    assert!(matches!(Embedded::open(dir.path(), Keys::derive(&[2; 32]), None), Err(StoreError::WrongKey { .. })));
}

#[test]
fn a_value_is_claimed_once_even_within_one_group() {
    let dir = fresh();
    let store = open(dir.path());
    record(&store, vec![phone("+8613800000001")]).expect("recorded");
    assert!(matches!(record(&store, vec![phone("+8613800000001")]), Err(StoreError::Taken(_))));
    assert!(matches!(
        record(&store, vec![phone("+8613800000002"), phone("+8613800000002")]),
        Err(StoreError::Taken(_))
    ));
    let both = futures(async {
        tokio::join!(store.record(now(), vec![source("same")]), store.record(now(), vec![source("same")]))
    });
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    assert_eq!(futures(store.pool()).expect("read").len(), 1, "a refused batch leaves nothing");
}

#[test]
fn nothing_readable_lies_in_the_data_directory() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("visible-name"), phone("+8613812345678")]).expect("recorded");
    let mut stack = vec![dir.path().to_owned()];
    while let Some(path) = stack.pop() {
        for item in std::fs::read_dir(&path).expect("listed") {
            let item = item.expect("listed").path();
            if item.is_dir() {
                stack.push(item);
                continue;
            }
            let octets = std::fs::read(&item).expect("read");
            for needle in [b"visible-name".as_slice(), b"13812345678"] {
                assert!(!octets.windows(needle.len()).any(|w| w == needle), "{}", item.display());
            }
        }
    }
}

#[test]
fn octets_after_a_crash_of_the_header_do_not_block_the_store() {
    let dir = fresh();
    record(&open(dir.path()), vec![source("one")]).expect("recorded");
    // The power went while the second segment was begun.
    let mut begun = File::create(dir.path().join("journal").join(format!("{:016x}.log", 1))).expect("made");
    begun.write_all(b"dyepack jou").expect("written");
    let store = open(dir.path());
    assert_eq!(names(&store), ["one"]);
    record(&store, vec![source("two")]).expect("recorded");
    drop(store);
    assert_eq!(names(&open(dir.path())), ["one", "two"]);
}

#[test]
fn an_index_of_an_earlier_layout_is_made_anew() {
    let dir = fresh();
    let store = open(dir.path());
    record(&store, vec![source("telecom"), phone("+8613800000001"), phone("+8613800000002")]).expect("recorded");
    drop(store);
    let db = sled::open(index(dir.path()).join("sled")).expect("opens");
    let position = db.remove("M2").expect("read").expect("a position");
    db.insert("M", position).expect("put");
    for key in db.scan_prefix(b"P").keys() {
        let key = key.expect("read");
        let number = db.remove(&key).expect("read").expect("there");
        db.insert([b"P", &key[3..]].concat(), number).expect("put");
    }
    db.flush().expect("flushed");
    drop(db);
    let store = open(dir.path());
    assert_eq!(futures(store.free(PoolKind::Phone, 10, 0)).expect("read").len(), 2);
    assert_eq!((futures(store.pool()).expect("read").len(), names(&store)), (2, vec!["telecom".to_owned()]));
}
