//! Transcripts: what the client sends, what it must be told, what is taken.

use super::*;
use proptest::prelude::*;

struct Talk {
    session: Session,
    taken: Vec<Message>,
    closed: bool,
}

impl Talk {
    fn new() -> Self {
        let takes = |mailbox: &str| mailbox.to_lowercase().ends_with("@ours.example");
        let session = Session::new(Settings { hostname: "mx.test".into(), max_message: 1_000, takes: Box::new(takes) });
        Self { session, taken: vec![], closed: false }
    }

    /// Says octets, returns everything that was answered.
    fn say(&mut self, octets: &[u8]) -> String {
        self.session.hear(octets);
        let mut answer = Vec::new();
        loop {
            match self.session.step() {
                Step::Say(line) => answer.extend(line),
                Step::Take(message) => {
                    self.taken.push(*message);
                    answer.extend(self.session.taken(Ok("id".into())));
                }
                Step::Listen => break,
                Step::Close(line) => {
                    answer.extend(line);
                    self.closed = true;
                    break;
                }
            }
        }
        String::from_utf8(answer).expect("replies are ASCII")
    }

    fn expect(&mut self, line: &str, code: &str) {
        let answer = self.say(format!("{line}\r\n").as_bytes());
        assert!(answer.starts_with(code), "{line:?} was answered {answer:?}");
    }

    fn opened() -> Self {
        let mut talk = Self::new();
        talk.expect("EHLO c.example", "250-mx.test");
        talk.expect("MAIL FROM:<a@b.example>", "250");
        talk.expect("RCPT TO:<x@ours.example>", "250");
        talk.expect("DATA", "354");
        talk
    }
}

#[test]
fn a_message_is_taken_with_its_envelope() {
    let mut talk = Talk::new();
    assert_eq!(talk.session.greeting(), b"220 mx.test ESMTP\r\n");
    talk.expect("MAIL FROM:<a@b.example>", "503");
    talk.expect("EHLO c.example", "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n");
    talk.expect("VRFY x", "252");
    talk.expect("NOOP", "250");
    talk.expect("RCPT TO:<x@ours.example>", "503");
    talk.expect("MAIL FROM:<a@b.example>", "250");
    talk.expect("MAIL FROM:<a@b.example>", "503");
    talk.expect("DATA", "503");
    talk.expect("RCPT TO:<x@theirs.example>", "550");
    talk.expect("RCPT TO:<X@OURS.example>", "250");
    talk.expect("RCPT TO:<y@ours.example>", "250");
    talk.expect("DATA", "354");
    talk.expect("Subject: hi\r\n\r\n..dot\r\nline\r\n.", "250 2.0.0 ok id");
    assert_eq!(
        talk.taken,
        [Message {
            helo: "c.example".into(),
            from: "a@b.example".into(),
            recipients: vec!["X@OURS.example".into(), "y@ours.example".into()],
            octets: b"Subject: hi\r\n\r\n.dot\r\nline\r\n".to_vec()
        }]
    );
    talk.expect("QUIT", "221");
    assert!(talk.closed);
}

#[test]
fn recipients_do_not_leak_into_the_next_message() {
    let mut talk = Talk::opened();
    talk.expect("one\r\n.", "250");
    talk.expect("DATA", "503");
    talk.expect("MAIL FROM:<>", "250");
    talk.expect("RCPT TO:<y@ours.example>", "250");
    talk.expect("RSET", "250");
    talk.expect("MAIL FROM:<>", "250");
    talk.expect("RCPT TO:<z@ours.example>", "250");
    talk.expect("DATA", "354");
    talk.expect(".", "250");
    assert_eq!(talk.taken[1].recipients, ["z@ours.example"]);
    assert_eq!(talk.taken[1].from, "");
}

#[test]
fn nothing_but_crlf_dot_crlf_ends_a_message() {
    for smuggled in ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n"] {
        let mut talk = Talk::opened();
        let octets = format!("text{smuggled}MAIL FROM:<evil@b.example>\r\nmore\r\n.\r\n");
        let answer = talk.say(octets.as_bytes());
        assert_eq!(answer, "250 2.0.0 ok id\r\n", "{smuggled:?}");
        assert_eq!(talk.taken.len(), 1);
        assert!(talk.taken[0].octets.ends_with(b"MAIL FROM:<evil@b.example>\r\nmore\r\n"), "{smuggled:?}");
    }
}

#[test]
fn commands_may_be_sent_in_one_go_and_are_answered_in_order() {
    let mut talk = Talk::new();
    let answer = talk.say(b"EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<no@theirs.example>\r\nRCPT TO:<x@ours.example>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n");
    let codes: Vec<&str> = answer.lines().filter(|l| l.as_bytes()[3] == b' ').map(|l| &l[..3]).collect();
    assert_eq!(codes, ["250", "250", "550", "250", "354", "250", "221"]);
}

#[test]
fn limits_hold_and_the_session_goes_on() {
    let mut talk = Talk::new();
    talk.expect("EHLO c", "250");
    talk.expect("MAIL FROM:<a@b.example> SIZE=1001", "552");
    talk.expect("MAIL FROM:<a@b.example> SIZE=10", "250");
    for n in 0..100 {
        talk.expect(&format!("RCPT TO:<x{n}@ours.example>"), "250");
    }
    talk.expect("RCPT TO:<one.more@ours.example>", "452");
    talk.expect("DATA", "354");
    talk.expect(&format!("{}\r\n.", "x".repeat(2_000)), "552");
    assert_eq!(talk.taken.len(), 1, "its beginning is a contact all the same");
    assert_eq!(talk.taken[0].octets.len(), 1_000);
    assert!(talk.say(&b"x".repeat(LINE * 2)).is_empty());
    talk.expect("", "500 5.5.6");
    talk.expect("NOOP", "250");
    assert!(talk.say(b"NOOP\n").starts_with("500 5.5.2"));
    for _ in 0..ERRORS {
        talk.say(b"NONSENSE\r\n");
    }
    assert!(talk.closed);
}

#[test]
fn octets_of_any_encoding_are_kept() {
    let mut talk = Talk::opened();
    let (gbk, _, _) = encoding_rs::GBK.encode("Subject: 您好\r\n\r\n内容\r\n");
    talk.say(&[&gbk[..], b".\r\n"].concat());
    assert_eq!(talk.taken[0].octets, gbk.to_vec());
}

proptest! {
    #[test]
    fn however_the_octets_are_cut_the_conversation_is_the_same(octets in proptest::collection::vec(proptest::sample::select(b".\r\nab".to_vec()), 0..80), cut in 0usize..80) {
        let (mut whole, mut parts) = (Talk::opened(), Talk::opened());
        let octets = [&octets[..], b"\r\n.\r\nQUIT\r\n"].concat();
        let cut = cut.min(octets.len());
        let one = whole.say(&octets);
        let two = parts.say(&octets[..cut]) + &if parts.closed { String::new() } else { parts.say(&octets[cut..]) };
        prop_assert_eq!(one, two);
        prop_assert_eq!(whole.taken, parts.taken);
    }

    #[test]
    fn no_octets_break_a_session(octets in proptest::collection::vec(any::<u8>(), 0..500)) {
        Talk::new().say(&octets);
        Talk::opened().say(&octets);
    }
}
