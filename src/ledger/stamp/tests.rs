//! Requests and answers against the openssl command line, and answers built
//! value by value, so that each can be wrong on its own.

use super::*;
use proptest::prelude::*;
use std::path::Path;
use std::process::{Command, Output};

const DIGEST: [u8; 32] = [0xd1; 32];
const NONCE: u64 = 0xfedc_ba98_7654_3210;

/// A value of any length.
fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, contents.to_vec()].concat()
}

fn sequence(values: &[Vec<u8>]) -> Vec<u8> {
    value(der::SEQUENCE, &values.concat())
}

/// The parts of an answer that a test may want otherwise.
#[derive(Clone)]
struct Answer {
    status: Vec<u8>,
    kind: Vec<u8>,
    content: Vec<u8>,
    version: u8,
    algorithm: Vec<u8>,
    digest: Vec<u8>,
    time: Vec<u8>,
    nonce: Option<u64>,
    signers: Vec<u8>,
    /// Octets after the token, inside the answer.
    more: Vec<u8>,
}

impl Answer {
    fn good() -> Self {
        Self {
            status: value(der::INTEGER, &[0]),
            kind: SIGNED_DATA.to_vec(),
            content: TST_INFO.to_vec(),
            version: 1,
            algorithm: SHA256.to_vec(),
            digest: DIGEST.to_vec(),
            time: b"20261123210000Z".to_vec(),
            nonce: Some(NONCE),
            signers: vec![0; 200],
            more: Vec::new(),
        }
    }

    fn info(&self) -> Vec<u8> {
        let algorithm = sequence(&[value(der::OID, &self.algorithm), value(der::NULL, &[])]);
        sequence(&[
            value(der::INTEGER, &[self.version]),
            value(der::OID, &[0x2a, 3, 4, 1]),
            sequence(&[algorithm, value(der::OCTETS, &self.digest)]),
            value(der::INTEGER, &[2]),
            value(der::TIME, &self.time),
            sequence(&[value(der::INTEGER, &[1])]),
            value(der::BOOLEAN, &[0xff]),
            self.nonce.map(|nonce| value(der::INTEGER, &der::unsigned(nonce))).unwrap_or_default(),
            value(der::CONTEXT_0, &[0; 30]),
        ])
    }

    fn token(&self) -> Vec<u8> {
        let content = value(der::CONTEXT_0, &value(der::OCTETS, &self.info()));
        let signed = sequence(&[
            value(der::INTEGER, &[3]),
            value(der::SET, &[]),
            sequence(&[value(der::OID, &self.content), content]),
            value(der::CONTEXT_0, &[0; 300]),
            value(der::SET, &self.signers),
        ]);
        sequence(&[value(der::OID, &self.kind), value(der::CONTEXT_0, &signed)])
    }

    fn octets(&self) -> Vec<u8> {
        sequence(&[sequence(std::slice::from_ref(&self.status)), self.token(), self.more.clone()])
    }

    fn read(&self) -> Result<Stamp, BadStamp> {
        token(&self.octets(), &DIGEST, NONCE)
    }
}

fn changed(change: impl FnOnce(&mut Answer)) -> Result<Stamp, BadStamp> {
    let mut answer = Answer::good();
    change(&mut answer);
    answer.read()
}

fn refused(values: &[Vec<u8>]) -> String {
    token(&sequence(&[sequence(values)]), &DIGEST, NONCE).expect_err("refused").to_string()
}

#[test]
fn a_request_is_the_octets_of_the_standard() {
    let expected =
        format!("30430201013031300d060960864801650304020105000420{}0208{}0101ff", "d1".repeat(32), "11".repeat(8));
    assert_eq!(hex::encode(request(&DIGEST, 0x1111_1111_1111_1111)), expected);
}

#[test]
fn a_nonce_is_the_shortest_number_that_is_not_negative() {
    let shortest = [(0, "00"), (0x7f, "7f"), (0x80, "0080"), (0x7fff, "7fff"), (0x8000, "008000")];
    for (number, octets) in shortest.into_iter().chain([(u64::MAX, "00ffffffffffffffff")]) {
        assert_eq!(hex::encode(der::unsigned(number)), octets);
    }
}

#[test]
fn a_granted_answer_gives_its_token_and_time() {
    let stamp = Stamp { token: Answer::good().token(), at: "2026-11-23T21:00:00Z".parse().expect("a time") };
    assert_eq!(Answer::good().read().as_ref(), Ok(&stamp));
    assert_eq!(changed(|a| a.status = value(der::INTEGER, &[1])).as_ref(), Ok(&stamp));
}

#[test]
fn a_time_stamp_of_something_else_is_refused() {
    assert_eq!(changed(|a| a.digest[31] ^= 1), Err(BadStamp::OtherDigest));
    assert_eq!(changed(|a| a.digest.truncate(31)), Err(BadStamp::OtherDigest));
    assert_eq!(changed(|a| a.algorithm[8] = 3), Err(BadStamp::OtherDigest));
    assert_eq!(changed(|a| a.nonce = Some(NONCE ^ 1)), Err(BadStamp::OtherNonce));
    assert_eq!(changed(|a| a.nonce = None), Err(BadStamp::OtherNonce));
}

#[test]
fn an_answer_of_another_form_is_refused_by_name() {
    let named = |what| Err(BadStamp::Malformed(what));
    assert_eq!(changed(|a| a.kind[8] = 1), named("contentType"));
    assert_eq!(changed(|a| a.content[10] = 1), named("eContentType"));
    assert_eq!(changed(|a| a.version = 2), named("TSTInfo version"));
    assert_eq!(changed(|a| a.signers.clear()), named("signerInfos"));
    assert_eq!(changed(|a| a.status = value(der::INTEGER, &[0, 0])), named("status"));
    assert_eq!(changed(|a| a.status = value(der::OCTETS, &[0])), named("status"));
    assert_eq!(changed(|a| a.more = vec![0]), named("end"));
    assert_eq!(token(&[Answer::good().octets(), vec![0]].concat(), &DIGEST, NONCE), named("end"));
    assert_eq!(token(b"<html>", &DIGEST, NONCE), named("TimeStampResp"));
    assert_eq!(token(&[], &DIGEST, NONCE), named("TimeStampResp"));
}

#[test]
fn an_answer_that_is_cut_short_or_too_long_is_refused() {
    let octets = Answer::good().octets();
    for length in 0..octets.len() {
        assert!(token(&octets[..length], &DIGEST, NONCE).is_err());
    }
    let long = value(der::SEQUENCE, &vec![0x30; MOST_OCTETS]);
    assert_eq!(token(&long, &DIGEST, NONCE), Err(BadStamp::TooLong(MOST_OCTETS + 4)));
    assert!(matches!(token(&[0x30; MOST_OCTETS], &DIGEST, NONCE), Err(BadStamp::Malformed(_))));
}

#[test]
fn a_refusal_says_why() {
    let status = value(der::INTEGER, &[2]);
    let text = sequence(&[value(der::UTF8, "no\u{1b}[2J\u{202e}".as_bytes()), value(der::UTF8, b"not today")]);
    let bits = value(der::BITS, &[6, 0x80, 0, 0, 0x40]);
    let start = "the time-stamp authority refused with status 2: ";
    assert_eq!(refused(std::slice::from_ref(&status)), format!("{start}it gives no reason"));
    assert_eq!(
        refused(&[status.clone(), text, bits]),
        format!(r#"{start}"no\u{{1b}}[2J\u{{202e}}"; "not today"; it does not support SHA-256; it has failed"#)
    );
    let endless = sequence(&vec![value(der::UTF8, b"a"); 1000]);
    assert!(refused(&[status.clone(), endless]).ends_with(r#": "a"; "a"; "a"; "a""#));
    assert!(refused(&[status, value(der::BITS, &[])]).ends_with("it gives no reason"));
    let granted = sequence(&[sequence(&[value(der::INTEGER, &[0])])]);
    assert_eq!(token(&granted, &DIGEST, NONCE), Err(BadStamp::NoToken));
}

#[test]
fn a_moment_is_read_to_the_nanosecond_and_only_in_utc() {
    let read = |text: &str| moment(text.as_bytes()).map(|at| at.to_string());
    assert_eq!(read("20261123210000Z").as_deref(), Some("2026-11-23T21:00:00Z"));
    assert_eq!(read("20261123210000.5Z").as_deref(), Some("2026-11-23T21:00:00.5Z"));
    assert_eq!(read("20240229235959.123456789Z").as_deref(), Some("2024-02-29T23:59:59.123456789Z"));
    let wrong =
        ["", "Z", "20261123210000", "202611232100Z", "20261123210000+0100", "20261123210000.Z", "20261323210000Z"];
    let more = ["20230229000000Z", "20261123240000Z", "20261123210060Z", "2026112321000-Z", "+0261123210000Z"];
    let last = ["20261123210000,5Z", "20261123210000.1234567890Z", "20261123210000.-5Z", "２0261123210000Z"];
    for text in wrong.into_iter().chain(more).chain(last) {
        assert_eq!(read(text), None, "{text}");
    }
    let error = changed(|a| a.time = b"20261323210000Z".to_vec()).expect_err("no month 13");
    assert_eq!(error, BadStamp::BadTime("20261323210000Z".into()));
}

#[test]
fn a_length_has_one_form() {
    let read = |octets: &[u8]| Der::whole(octets, |der| der.take(der::OCTETS, "octets")).map(<[u8]>::len);
    assert_eq!(read(&value(der::OCTETS, &[0; 127])), Ok(127));
    assert_eq!(read(&value(der::OCTETS, &[0; 128])), Ok(128));
    assert_eq!(read(&value(der::OCTETS, &[0; 256])), Ok(256));
    let long = |length: &[u8]| [&[der::OCTETS], length, &[0; 300]].concat();
    for length in [&[0x80][..], &[0x81, 0x7f], &[0x82, 0, 0xff], &[0x84, 0xff, 0xff, 0xff, 0xff], &[0xff]] {
        assert_eq!(read(&long(length)), Err(Malformed("octets")), "{length:?}");
    }
    assert_eq!(read(&long(&[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 1])), Err(Malformed("octets")));
    assert_eq!(read(&[der::OCTETS]), Err(Malformed("octets")));
}

#[test]
fn a_change_of_one_bit_never_changes_what_is_vouched_for() {
    let octets = Answer::good().octets();
    for bit in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // What still reads is of this digest and nonce, and its token is part of what was read.
        if let Ok(stamp) = token(&changed, &DIGEST, NONCE) {
            assert!(changed.ends_with(&stamp.token));
            assert!(stamp.token.windows(32).any(|window| window == DIGEST));
        }
    }
}

const CONFIG: &str = "
[req]
distinguished_name = name
[name]
[tsa]
default_tsa = good
[good]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
clock_precision_digits = 3
[other]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha512
";

/// An authority of one test, in a directory of its own.
struct Authority(tempfile::TempDir);

impl Authority {
    /// None, with a line that says so, where there is no openssl.
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: there is no openssl here");
            return None;
        }
        let authority = Self(tempfile::tempdir().expect("a directory"));
        std::fs::write(authority.path().join("conf"), CONFIG).expect("written");
        std::fs::write(authority.path().join("serial"), "01\n").expect("written");
        authority.run(
            "req -x509 -config conf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
             -subj /CN=tsa -keyout key -out certificate -days 2 -addext extendedKeyUsage=critical,timeStamping \
             -addext keyUsage=critical,digitalSignature",
        );
        Some(authority)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &str) -> Output {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(self.path()).output().expect("runs");
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn text(&self, arguments: &str) -> String {
        String::from_utf8_lossy(&self.run(arguments).stdout).into_owned()
    }

    /// The answer to a request, which is also left in the file "answer".
    fn answer(&self, section: &str, request: &[u8]) -> Vec<u8> {
        std::fs::write(self.path().join("request"), request).expect("written");
        self.run(&format!(
            "ts -reply -config conf -section {section} -queryfile request \
             -inkey key -signer certificate -out answer"
        ));
        std::fs::read(self.path().join("answer")).expect("an answer")
    }
}

#[test]
fn openssl_reads_our_request() {
    let Some(authority) = Authority::new() else { return };
    for nonce in [0, 1, 0x80, 0x7fff, NONCE, u64::MAX] {
        std::fs::write(authority.path().join("request"), request(&DIGEST, nonce)).expect("written");
        let text = authority.text("ts -query -in request -text");
        assert!(text.contains("Version: 1\nHash Algorithm: sha256\n"), "{text}");
        assert_eq!(text.matches("d1").count(), 32, "{text}");
        let stated = text.lines().find_map(|line| line.strip_prefix("Nonce: 0x")).expect("a nonce");
        assert_eq!(u64::from_str_radix(stated, 16), Ok(nonce));
        assert!(text.contains("Policy OID: unspecified\n") && text.contains("Certificate required: yes\n"), "{text}");
    }
}

#[test]
fn a_token_is_the_one_that_openssl_gives_and_verifies() {
    let Some(authority) = Authority::new() else { return };
    for nonce in [0, 0x80, NONCE, u64::MAX] {
        let answer = authority.answer("good", &request(&DIGEST, nonce));
        let stamp = token(&answer, &DIGEST, nonce).expect("granted");
        authority.run("ts -reply -in answer -token_out -out token");
        assert_eq!(stamp.token, std::fs::read(authority.path().join("token")).expect("a token"));
        let hex = hex::encode(DIGEST);
        std::fs::write(authority.path().join("ours"), &stamp.token).expect("written");
        authority.run(&format!("ts -verify -digest {hex} -in ours -token_in -CAfile certificate"));
        let text = authority.text("ts -reply -in answer -text");
        assert!(text.contains(&stamp.at.strftime("Time stamp: %b %e %H:%M:%S").to_string()), "{text}");
        assert_eq!(token(&answer, &DIGEST, nonce ^ 1), Err(BadStamp::OtherNonce));
        assert_eq!(token(&answer, &[0; 32], nonce), Err(BadStamp::OtherDigest));
    }
}

#[test]
fn a_refusal_by_openssl_is_read() {
    let Some(authority) = Authority::new() else { return };
    let answer = authority.answer("other", &request(&DIGEST, NONCE));
    let reason = r#""Message digest algorithm is not supported."; it does not support SHA-256"#.into();
    assert_eq!(token(&answer, &DIGEST, NONCE), Err(BadStamp::Refused { status: 2, reason }));
}

#[test]
fn no_change_to_an_answer_of_openssl_makes_it_panic() {
    let Some(authority) = Authority::new() else { return };
    let answer = authority.answer("good", &request(&DIGEST, NONCE));
    for (at, octet) in (0..answer.len()).flat_map(|at| (0..=255).map(move |octet| (at, octet))) {
        let mut changed = answer.clone();
        changed[at] = octet;
        let _ = token(&changed, &DIGEST, NONCE);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_octets_make_it_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(token(&octets, &DIGEST, NONCE).is_err());
        let _ = token(&value(der::SEQUENCE, &octets), &DIGEST, NONCE);
    }

    #[test]
    fn no_changed_octets_make_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        doubled in any::<prop::sample::Index>(),
    ) {
        let mut octets = Answer::good().octets();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        let _ = token(&octets, &DIGEST, NONCE);
        let from = doubled.index(octets.len());
        octets.extend_from_within(from..);
        let _ = token(&octets, &DIGEST, NONCE);
        octets.truncate(cut.index(octets.len()));
        let _ = token(&octets, &DIGEST, NONCE);
    }

    #[test]
    fn any_request_asked_and_answered_agrees(digest: [u8; 32], nonce: u64, second in 0i64..253_402_300_799) {
        let at = Timestamp::from_second(second).expect("in range");
        let time = at.strftime("%Y%m%d%H%M%SZ").to_string().into_bytes();
        let answer = Answer { digest: digest.to_vec(), nonce: Some(nonce), time, ..Answer::good() };
        prop_assert_eq!(token(&answer.octets(), &digest, nonce).expect("granted").at, at);
        let asked = request(&digest, nonce);
        prop_assert!(asked.windows(32).any(|window| window == digest));
    }
}
