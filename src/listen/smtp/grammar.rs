//! The grammar of SMTP commands (RFC 5321 section 4.1, with SIZE, 8BITMIME and
//! SMTPUTF8): one line of octets to one command, or to the reply that says what
//! is wrong with it. PURE.

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Helo(String),
    Ehlo(String),
    Mail {
        from: Path,
        size: Option<u64>,
        utf8: bool,
    },
    Rcpt {
        to: Path,
    },
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
    /// Known, and not done here.
    Refused,
    Unknown,
}

/// A path without its brackets and source route; empty for `<>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub String);

/// What is wrong with a line: a whole reply.
pub type Wrong = &'static str;

const SYNTAX: Wrong = "501 5.5.4 syntax error in parameters";
const NO_UTF8: Wrong = "553 5.6.7 address not in ASCII, and SMTPUTF8 was not asked for";
const BAD_PARAMETER: Wrong = "555 5.5.4 parameter not known here";

/// Reads one line, without its CRLF.
pub fn command(line: &[u8]) -> Result<Command, Wrong> {
    let end = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
    let (verb, rest) = (line[..end].to_ascii_uppercase(), line.get(end + 1..).unwrap_or_default());
    let rest = std::str::from_utf8(rest).map_err(|_| "501 5.5.2 not UTF-8")?;
    if rest.chars().any(|c| c.is_control()) {
        return Err("501 5.5.2 control characters in a command");
    }
    let alone = |command| if rest.trim().is_empty() { Ok(command) } else { Err(SYNTAX) };
    match verb.as_slice() {
        b"HELO" => name(rest).map(Command::Helo),
        b"EHLO" => name(rest).map(Command::Ehlo),
        b"MAIL" => mail(rest),
        b"RCPT" => recipient(rest),
        b"DATA" => alone(Command::Data),
        b"RSET" => alone(Command::Rset),
        b"QUIT" => alone(Command::Quit),
        b"NOOP" => Ok(Command::Noop),
        b"VRFY" => Ok(Command::Vrfy),
        b"EXPN" | b"HELP" | b"STARTTLS" | b"AUTH" | b"BDAT" | b"ETRN" | b"TURN" => Ok(Command::Refused),
        _ => Ok(Command::Unknown),
    }
}

/// Whatever a client calls itself, as long as it says something.
fn name(rest: &str) -> Result<String, Wrong> {
    let name = rest.trim();
    if name.is_empty() || name.len() > 255 || name.contains(' ') {
        Err("501 5.5.4 say who you are: EHLO your.name")
    } else {
        Ok(name.to_owned())
    }
}

fn mail(rest: &str) -> Result<Command, Wrong> {
    let (from, parameters) = path(after(rest, "FROM:")?)?;
    let (mut size, mut utf8) = (None, false);
    for parameter in parameters.split(' ').filter(|p| !p.is_empty()) {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (key.to_ascii_uppercase().as_str(), value) {
            ("SIZE", digits) => size = Some(digits.parse().map_err(|_| SYNTAX)?),
            ("BODY", value) if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            ("SMTPUTF8", "") => utf8 = true,
            _ => return Err(BAD_PARAMETER),
        }
    }
    if from.0.is_empty() || utf8 || from.0.is_ascii() { Ok(Command::Mail { from, size, utf8 }) } else { Err(NO_UTF8) }
}

fn recipient(rest: &str) -> Result<Command, Wrong> {
    let (to, parameters) = path(after(rest, "TO:")?)?;
    if !parameters.trim().is_empty() {
        return Err(BAD_PARAMETER);
    }
    if to.0.is_empty() { Err("501 5.1.3 a recipient is needed") } else { Ok(Command::Rcpt { to }) }
}

/// `FROM:` or `TO:` in any case; blanks before the path are often sent.
fn after<'a>(rest: &'a str, word: &str) -> Result<&'a str, Wrong> {
    match rest.get(..word.len()) {
        Some(start) if start.eq_ignore_ascii_case(word) => Ok(rest[word.len()..].trim_start()),
        _ => Err(SYNTAX),
    }
}

/// A bracketed path and what follows it. A quoted local part may hold brackets.
fn path(text: &str) -> Result<(Path, &str), Wrong> {
    let inner = text.strip_prefix('<').ok_or("501 5.5.4 put the address in angle brackets")?;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Ok((Path(mailbox(&inner[..at])?), &inner[at + 1..])),
            _ => {}
        }
    }
    Err("501 5.5.4 the address has no closing bracket")
}

/// Without a source route (`@a,@b:`); with a local part and a domain, or empty,
/// or `postmaster` alone.
fn mailbox(text: &str) -> Result<String, Wrong> {
    let text = if text.starts_with('@') { text.split_once(':').map(|(_, rest)| rest).ok_or(SYNTAX)? } else { text };
    if text.is_empty() || text.eq_ignore_ascii_case("postmaster") {
        return Ok(text.to_owned());
    }
    let (local, domain) = text.rsplit_once('@').ok_or("553 5.1.3 the address has no domain")?;
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let bare = !quoted && !local.contains([' ', '"', '<', '>', '@', ',', ';', ':', '\\', '(', ')']);
    let fits =
        !local.is_empty() && text.len() <= 320 && !domain.is_empty() && !domain.contains([' ', '<', '>', '"', '@']);
    if fits && (quoted || bare) {
        Ok(if quoted { format!("{}@{domain}", unquoted(&local[1..local.len() - 1])) } else { text.to_owned() })
    } else {
        Err("553 5.1.3 this is not an address")
    }
}

/// Quoting changes the spelling, not the mailbox (RFC 5321 section 4.1.2).
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mail(from: &str) -> Result<Command, Wrong> {
        Ok(Command::Mail { from: Path(from.into()), size: None, utf8: false })
    }

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(command(b"ehlo client.example"), Ok(Command::Ehlo("client.example".into())));
        assert_eq!(command(b"EHLO [127.0.0.1]"), Ok(Command::Ehlo("[127.0.0.1]".into())));
        assert_eq!(command(b"mail from:<a@b.example>"), mail("a@b.example"));
        assert_eq!(command(b"MAIL FROM: <>"), mail(""));
        assert_eq!(command(b"MAIL FROM:<@x.example,@y.example:a@b.example>"), mail("a@b.example"));
        assert_eq!(command(b"MAIL FROM:<\"a>\\\" b\"@b.example>"), mail("a>\" b@b.example"));
        assert_eq!(
            command(b"MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME"),
            Ok(Command::Mail { from: Path("a@b.example".into()), size: Some(10), utf8: false })
        );
        assert_eq!(
            command("MAIL FROM:<用户@例子.example> SMTPUTF8".as_bytes()),
            Ok(Command::Mail { from: Path("用户@例子.example".into()), size: None, utf8: true })
        );
        assert_eq!(command(b"RCPT TO:<Postmaster>"), Ok(Command::Rcpt { to: Path("Postmaster".into()) }));
        assert_eq!(command(b"quit"), Ok(Command::Quit));
        assert_eq!(command(b"FOO"), Ok(Command::Unknown));
    }

    #[test]
    fn broken_lines_are_told_what_is_wrong() {
        for (line, code) in [
            (&b"MAIL"[..], "501"),
            (b"MAIL FROM:a@b.example", "501"),
            (b"MAIL FROM:<a@b.example", "501"),
            (b"MAIL FROM:<a b@c.example>", "553"),
            (b"RCPT TO:<>", "501"),
            (b"RCPT TO:<a>", "553"),
            (b"RCPT TO:<a@b@c.example>", "553"),
            (b"MAIL FROM:<a@b.example> FOO=1", "555"),
            (b"MAIL FROM:<a@b.example> SIZE=x", "501"),
            (b"EHLO", "501"),
            (b"DATA now", "501"),
            (b"MAIL FROM:<\xc4\xe3@b.example>", "501"),
            ("MAIL FROM:<你@b.example>".as_bytes(), "553"),
            (b"NOOP \0", "501"),
        ] {
            let wrong = command(line).expect_err(&String::from_utf8_lossy(line));
            assert!(wrong.starts_with(code), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_line_breaks_the_grammar(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = command(&line);
        }
    }
}
