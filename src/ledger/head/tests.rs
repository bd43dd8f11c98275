//! Heads against a note whose octets are known, and against every change of
//! one bit.

use super::*;
use proptest::prelude::*;

const ORIGIN: &str = "dyepack.example/log";

/// Computed by another implementation of Ed25519 and SHA-256.
const GOLDEN: &str = "dyepack.example/log
20852163
q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=
time 2026-11-23T21:00:00Z

— dyepack.example/log vCD9fAER8W5BPDLQXYHtmcPNikOTw80Yb1O/so5fo6Ueymc7h6kzeNb4Zs12M1hTT/iiyeYk1hJXMfk4PI58d1meKQI=
";

fn key() -> HeadKey {
    HeadKey::from_seed(&[7; 32], ORIGIN).expect("a name")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn note() -> String {
    key().sign(20_852_163, &[0xAB; 32], at("2026-11-23T21:00:00Z"))
}

fn rejected(note: &str, line: usize) -> bool {
    matches!(key().public().open(note), Err(BadHead::NotACheckpoint { line: l, .. }) if l == line)
}

/// Signs any text, as one who has the key but does not keep to the form.
fn signed(text: &str) -> String {
    let HeadKey { key, public } = key();
    let octets = [&public.id()[..], &key.sign(text.as_bytes()).to_bytes()].concat();
    format!("{text}\n— {ORIGIN} {}\n", STANDARD.encode(octets))
}

#[test]
fn a_head_opens_as_it_was_signed() {
    let head = Head { origin: ORIGIN.into(), size: 20_852_163, root: [0xAB; 32], at: at("2026-11-23T21:00:00Z") };
    assert_eq!(key().public().open(&note()), Ok(head));
}

#[test]
fn the_note_and_the_key_are_the_octets_they_always_were() {
    assert_eq!(key().public().to_string(), "dyepack.example/log+bc20fd7c+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs");
    assert_eq!(note(), GOLDEN);
}

#[test]
fn a_published_key_has_the_id_that_was_computed_elsewhere() {
    // That of the checksum database of Go.
    let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    assert_eq!(text.parse::<PublicKey>().expect("a key").to_string(), text);
}

#[test]
fn a_public_key_reads_back_and_says_what_is_wrong_with_it() {
    let public = key().public();
    let text = public.to_string();
    assert_eq!(text.parse(), Ok(public.clone()));
    assert_eq!(public.origin(), ORIGIN);
    let [_, id, body] = text.splitn(3, '+').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let read = |text: &str| text.parse::<PublicKey>().expect_err("no key");
    let encoded = |octets: &[u8]| format!("{ORIGIN}+{id}+{}", STANDARD.encode(octets));
    assert_eq!(read(""), BadKey::NotThreeParts);
    assert_eq!(read(&format!("{ORIGIN}+{id}")), BadKey::NotThreeParts);
    assert_eq!(read(&format!("+{id}+{body}")), BadKey::Name(BadOrigin(String::new())));
    assert_eq!(read(&format!("a b+{id}+{body}")), BadKey::Name(BadOrigin("a b".into())));
    assert_eq!(read(&format!("{ORIGIN}+{}+{body}", "DEADBEEF")), BadKey::Id("DEADBEEF".into()));
    assert_eq!(read(&format!("{ORIGIN}+123+{body}")), BadKey::Id("123".into()));
    assert_eq!(read(&format!("{text}\n")), BadKey::NotBase64);
    assert_eq!(read(text.trim_end_matches(|c| c != '+')), BadKey::Length(0));
    assert_eq!(read(&encoded(&[4; 33])), BadKey::Type(4));
    assert_eq!(read(&encoded(&[1; 32])), BadKey::Length(31));
    assert_eq!(read(&encoded(&[[1; 1].as_slice(), &[0; 32]].concat())), BadKey::NotAPoint);
    assert_eq!(read(&encoded(&[[1; 1].as_slice(), &[2; 32]].concat())), BadKey::NotAPoint);
    let other = format!("other.example+{id}+{body}");
    assert!(matches!(read(&other), BadKey::IdDiffers { says, .. } if says == id));
}

#[test]
fn a_name_that_would_break_the_note_is_refused() {
    for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{7f}b", "a\u{85}"] {
        assert_eq!(HeadKey::from_seed(&[1; 32], bad).expect_err("no name"), BadOrigin(bad.into()));
    }
}

#[test]
fn the_secret_is_not_printed() {
    assert_eq!(format!("{:?}", key()), format!("HeadKey({ORIGIN}, …)"));
}

#[test]
fn signatures_by_others_are_tolerated_before_and_after() {
    let witness = HeadKey::from_seed(&[8; 32], "witness.example/w1").expect("a name");
    let foreign = witness.sign(1, &[0; 32], Timestamp::UNIX_EPOCH);
    let foreign = foreign.lines().last().expect("a signature");
    // A cosignature has a moment before its signature, and is longer.
    let cosigned = format!("— witness.example/w2 {}", STANDARD.encode([3; 76]));
    // The log's name with another key: a key that it had before, say.
    let earlier = format!("— {ORIGIN} {}", STANDARD.encode([5; 68]));
    let head = key().public().open(&note());
    for lines in [format!("{foreign}\n"), format!("{cosigned}\n{foreign}\n{earlier}\n")] {
        assert_eq!(key().public().open(&format!("{}{lines}", note())), head);
        assert_eq!(key().public().open(&note().replace("\n\n", &format!("\n\n{lines}"))), head);
    }
}

#[test]
fn a_head_by_another_key_is_told_from_a_changed_one() {
    let other = HeadKey::from_seed(&[8; 32], ORIGIN).expect("a name").public();
    assert!(matches!(other.open(&note()), Err(BadHead::NotSigned { .. })));
    let changed = note().replace("20852163", "20852164");
    assert!(matches!(key().public().open(&changed), Err(BadHead::DoesNotMatch { .. })));
    // Ours must match wherever it stands, even beside one that does.
    let elsewhere = key().sign(1, &[0; 32], Timestamp::UNIX_EPOCH);
    let twice = format!("{}{}\n", note(), elsewhere.lines().last().expect("a signature"));
    assert!(matches!(key().public().open(&twice), Err(BadHead::DoesNotMatch { .. })));
    let cut = format!("— {ORIGIN} {}\n", STANDARD.encode([&key().public().id()[..], &[1; 63]].concat()));
    assert!(matches!(key().public().open(&format!("{}{cut}", note())), Err(BadHead::DoesNotMatch { .. })));
}

#[test]
fn a_head_of_another_log_by_the_same_key_is_refused() {
    let text = format!("other.example/log\n1\n{}\ntime 2026-11-23T21:00:00Z\n", STANDARD.encode([0; 32]));
    assert!(rejected(&signed(&text), 1));
    assert!(key().public().open(&signed(&text.replace("other.example/log", ORIGIN))).is_ok());
}

#[test]
fn only_the_exact_form_is_a_checkpoint() {
    let root = STANDARD.encode([0; 32]);
    let time = "time 2026-11-23T21:00:00Z";
    let refused = |line, text: &str| assert!(rejected(&signed(text), line), "{text}");
    for size in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_000", "18446744073709551616", "x", "١"] {
        refused(2, &format!("{ORIGIN}\n{size}\n{root}\n{time}\n"));
    }
    let loose = format!("{}B=", &root[..42]);
    for root in ["", "AAAA", &root[..43], &format!("{root}="), &format!(" {root}"), &format!("{root}\r"), &loose] {
        refused(3, &format!("{ORIGIN}\n1\n{root}\n{time}\n"));
    }
    let times = ["", "2026-11-23T21:00:00Z", "time", "time 2026-11-23T21:00:00+00:00", "time 2026-11-23 21:00:00Z"];
    let more = ["time 2026-11-23T21:00:00.0Z", "time 2026-11-23T21:00:00z", "time 2026-13-23T21:00:00Z", "time  "];
    for time in times.into_iter().chain(more) {
        refused(4, &format!("{ORIGIN}\n1\n{root}\n{time}\n"));
    }
    refused(1, &format!("a b\n1\n{root}\n{time}\n"));
    refused(4, &format!("{ORIGIN}\n1\n{root}\n"));
    refused(5, &format!("{ORIGIN}\n1\n{root}\n{time}\nmore\n"));
}

#[test]
fn signature_lines_have_their_form_and_their_number() {
    let note = note();
    let foreign = format!("— w.example {}\n", STANDARD.encode([3; 68]));
    assert!(rejected("", 1));
    assert!(rejected(note.trim_end_matches('\n'), 6));
    assert!(rejected(note.split_inclusive("\n\n").next().expect("text"), 6));
    assert!(rejected(&format!("{note}\n"), 7));
    assert!(rejected(&note.replace('\n', "\r\n"), 1));
    for line in [
        "— w.example",
        "— w.example AAAA",
        "— w.example AAAAAA==",
        "- w.example AAAAAAA=",
        "— a+b AAAAAAA=",
        "—  AAAAAAA=",
        "— w.example  AAAAAAA=",
    ] {
        assert!(rejected(&format!("{note}{line}\n"), 7), "{line}");
    }
    assert!(rejected(&format!("{note}{} \n", foreign.trim_end()), 7));
    assert!(key().public().open(&format!("{note}{}", foreign.repeat(63))).is_ok());
    assert!(rejected(&format!("{note}{}", foreign.repeat(64)), 70));
}

#[test]
fn every_change_of_one_bit_is_noticed() {
    let public = key().public();
    let note = note().into_bytes();
    for bit in 0..note.len() * 8 {
        let mut changed = note.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = String::from_utf8(changed).ok().and_then(|note| public.open(&note).ok());
        assert_eq!(opened, None, "bit {bit}");
    }
}

#[test]
fn a_key_of_small_order_opens_nothing() {
    // With the neutral point as key and zero as signature, lax verification holds for every text.
    let neutral = std::array::from_fn(|i| u8::from(i == 0));
    let key = PublicKey { origin: ORIGIN.into(), key: VerifyingKey::from_bytes(&neutral).expect("a point") };
    let octets = [&key.id()[..], &neutral, &[0; 32]].concat();
    let note = note();
    let (unsigned, _) = note.rsplit_once(' ').expect("a signature");
    let note = format!("{unsigned} {}\n", STANDARD.encode(octets));
    assert!(matches!(key.open(&note), Err(BadHead::DoesNotMatch { .. })));
}

proptest! {
    #[test]
    fn any_head_reads_back(seed: [u8; 32], size: u64, root: [u8; 32], second in 0i64..253_402_300_799, nano in 0i32..1_000_000_000) {
        let key = HeadKey::from_seed(&seed, "审计.example/日志").expect("a name");
        let at = Timestamp::new(second, nano).expect("in range");
        let public: PublicKey = key.public().to_string().parse().expect("a key");
        let head = Head { origin: "审计.example/日志".into(), size, root, at };
        prop_assert_eq!(public.open(&key.sign(size, &root, at)), Ok(head));
    }

    #[test]
    fn a_changed_bit_of_any_head_is_noticed(seed: [u8; 32], size: u64, root: [u8; 32], at: proptest::sample::Index) {
        let key = HeadKey::from_seed(&seed, ORIGIN).expect("a name");
        let mut note = key.sign(size, &root, Timestamp::UNIX_EPOCH).into_bytes();
        let bit = at.index(note.len() * 8);
        note[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(String::from_utf8(note).ok().and_then(|note| key.public().open(&note).ok()).is_none());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,20}\n[0-9]{0,3}\n\\PC*\n\\PC*\n\n— \\PC*\n") {
        prop_assert!(key().public().open(&text).is_err());
        prop_assert!(text.parse::<PublicKey>().is_err());
    }
}
