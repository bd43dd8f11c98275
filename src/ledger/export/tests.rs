//! What verifying an export must notice: any changed bit, an entry dropped,
//! moved, back-dated or slipped in, a ledger rolled back.

use proptest::prelude::*;

use super::*;
use crate::ledger::head::HeadKey;

const T0: i64 = 1_700_000_000;

fn at(second: i64) -> Time {
    Time::from_second(T0 + second).expect("in range")
}

fn key() -> HeadKey {
    HeadKey::from_seed(&[3; 32], "dyepack.ledger/test").expect("a key")
}

fn octets(n: u64, second: i64) -> Vec<u8> {
    let event = Event::Revealed { by: "审计".into(), what: format!("canary {n}") };
    Entry { at: at(second), salt: format!("{n:032x}"), event }.canonical().expect("canonical")
}

fn root_of(entries: &[Vec<u8>]) -> Hash {
    let mut frontier = Frontier::new();
    entries.iter().for_each(|e| frontier.push(leaf_hash(e), |_, _| {}));
    frontier.root()
}

/// An export with a head inside after half of the entries.
fn entries(count: u64) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..count).map(|n| octets(n, n as i64)).collect();
    let half = all.len() / 2;
    let note = key().sign(half as u64, &root_of(&all[..half]), at(half as i64));
    let head = Entry { at: at(half as i64), salt: "ff".repeat(16), event: Event::Head { note, stamp: None } };
    all.insert(half, head.canonical().expect("canonical"));
    all
}

fn lines(entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let size = entries.len() as u64;
    let mut lines = vec![header(&key().public(), size).into_bytes()];
    for (n, entry) in (0..).zip(entries) {
        let leaf = leaf_hash(entry);
        lines.push(if n % 5 == 3 && n as usize != (entries.len() - 1) / 2 {
            withheld(n, &leaf, "canary")
        } else {
            line(n, entry)
        });
    }
    lines.push(trailer(&key().sign(size, &root_of(entries), at(1_000_000))).into_bytes());
    lines
}

fn check(lines: &[Vec<u8>]) -> Vec<Finding> {
    verify(lines.concat().as_slice(), &key().public(), None).expect("read").findings
}

fn places(lines: &[Vec<u8>]) -> Vec<Place> {
    check(lines).into_iter().map(|f| f.place).collect()
}

#[test]
fn a_true_export_verifies() {
    for count in [0, 1, 2, 7, 40] {
        let all = entries(count);
        let done = verify(lines(&all).concat().as_slice(), &key().public(), None).expect("read");
        assert_eq!(done.findings, []);
        assert_eq!((done.entries, done.heads), (count + 1, 1));
        assert_eq!(done.head.expect("a head").size, count + 1);
    }
}

proptest! {
    #[test]
    fn any_changed_bit_is_noticed_and_placed(count in 3u64..25, at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let lines = lines(&entries(count));
        let mut octets = lines.concat();
        let at = at.index(octets.len());
        octets[at] ^= 1 << bit;
        let found = verify(octets.as_slice(), &key().public(), None).expect("read").findings;
        let mut end = 0;
        let hurt = lines.iter().position(|l| { end += l.len(); at < end }).expect("a line");
        let expected = match hurt {
            0 => Place::Header,
            n if n == lines.len() - 1 => Place::Head,
            n => Place::Entry(n as u64 - 1),
        };
        // An entry whose number was changed is found under that, and said to stand in another's place.
        let stands_there = |f: &Finding| matches!(expected, Place::Entry(n) if f.what.contains(&format!("where entry {n} belongs")));
        prop_assert!(found.iter().any(|f| f.place == expected || stands_there(f)), "{expected:?} not in {found:?}");
    }
}

#[test]
fn dropped_moved_and_doubled_entries_are_named() {
    let mut dropped = lines(&entries(20));
    dropped.remove(8);
    assert!(places(&dropped).contains(&Place::Entry(7)), "{:?}", check(&dropped));
    let mut moved = lines(&entries(20));
    moved.swap(6, 7);
    assert!(places(&moved).contains(&Place::Entry(5)), "{:?}", check(&moved));
    let mut doubled = lines(&entries(20));
    doubled.insert(6, doubled[5].clone());
    assert!(places(&doubled).contains(&Place::Entry(4)), "{:?}", check(&doubled));
}

#[test]
fn a_forgery_that_keeps_every_line_sound_is_found_by_the_heads() {
    // Entry 3 rewritten with its leaf hash, numbers and count all in order.
    let mut forged = entries(20);
    forged[3] = octets(777, 3);
    let mut text = lines(&forged);
    *text.last_mut().expect("a head") = lines(&entries(20)).pop().expect("a head");
    assert_eq!(places(&text), [Place::Entries { from: 0, to: 9 }]);
    // The same behind the inner head.
    let mut forged = entries(20);
    forged[15] = octets(777, 15);
    let mut text = lines(&forged);
    *text.last_mut().expect("a head") = lines(&entries(20)).pop().expect("a head");
    assert_eq!(places(&text), [Place::Entries { from: 10, to: 20 }]);
    // Slipped in, and the head signed by somebody else.
    let mut text = lines(&entries(20));
    let foreign = HeadKey::from_seed(&[9; 32], "dyepack.ledger/test").expect("a key");
    *text.last_mut().expect("a head") = trailer(&foreign.sign(21, &root_of(&entries(20)), at(9))).into_bytes();
    assert_eq!(places(&text), [Place::Head]);
}

#[test]
fn a_back_dated_entry_is_named_even_where_the_signer_took_part() {
    let mut all = entries(200);
    all[150] = octets(150, 10);
    let found = check(&lines(&all));
    assert!(found.iter().any(|f| f.place == Place::Entry(150) && f.what.contains("back-dated")), "{found:?}");
}

#[test]
fn a_ledger_that_was_rolled_back_or_rewritten_does_not_continue_an_older_head() {
    let all = entries(20);
    let kept = Head { origin: String::new(), size: 18, root: root_of(&all[..18]), at: at(5) };
    let verify_since =
        |lines: &[Vec<u8>]| verify(lines.concat().as_slice(), &key().public(), Some(&kept)).expect("read").findings;
    assert_eq!(verify_since(&lines(&all)), []);
    let rolled = verify_since(&lines(&all[..15]));
    assert!(rolled.iter().any(|f| f.what.contains("rolled back")), "{rolled:?}");
    let mut rewritten = all;
    rewritten[16] = octets(777, 16);
    let found = verify_since(&lines(&rewritten));
    assert_eq!(found.iter().map(|f| f.place).collect::<Vec<_>>(), [Place::Entries { from: 10, to: 17 }]);
}

#[test]
fn a_file_that_was_cut_off_is_said_to_be() {
    let lines = lines(&entries(10));
    let whole = lines.concat();
    for end in (0..whole.len()).step_by(97) {
        let found = verify(&whole[..end], &key().public(), None).expect("read").findings;
        assert!(!found.is_empty(), "cut at {end}");
    }
}
