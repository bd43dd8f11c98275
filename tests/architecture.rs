//! The architecture as data: who may import whom, what pure rooms must not
//! touch, which crate's name stays in which room, that every file says what its
//! noun is, and that the documents name only what exists.

use std::path::{Path, PathBuf};

/// A room and the rooms it may import, itself apart. Lower rooms come first.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("identity", &["model"]),
    ("attribution", &["model"]),
    ("ledger", &["model"]),
    ("config", &["model"]),
    ("store", &["model", "ledger"]),
    ("seed", &["model", "identity"]),
    ("alert", &["model"]),
    ("anchor", &[]),
    ("app", &["model", "attribution", "ledger", "store", "alert", "anchor"]),
    ("listen", &["model", "app"]),
    ("api", &["model", "app"]),
    ("dashboard", &["model", "app", "api"]),
    ("client", &["model", "api"]),
    (
        "cli",
        &[
            "model",
            "identity",
            "ledger",
            "config",
            "store",
            "seed",
            "alert",
            "anchor",
            "app",
            "listen",
            "api",
            "dashboard",
            "client",
        ],
    ),
];

/// Paths within a room that others may not name, except from here.
const CLOSED: &[(&str, &[&str])] = &[
    ("crate::store::embedded", &["cli", "store"]),
    ("crate::store::postgres", &["cli", "store"]),
    ("crate::store::keys", &["cli", "store"]),
    ("crate::anchor::rfc3161", &["cli", "anchor"]),
    ("crate::alert::email", &["cli", "alert"]),
];

/// No I/O, no clock, no ambient randomness, no async.
const PURE: &[&str] = &[
    "src/model",
    "src/identity",
    "src/attribution",
    "src/ledger",
    "src/listen/decode.rs",
    "src/listen/proxies.rs",
    "src/listen/hooks",
    "src/listen/smtp/grammar.rs",
    "src/listen/smtp/session.rs",
    "src/listen/smtp/mail.rs",
    "src/alert/backoff.rs",
];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::",
    "::now()",
    "rand::rng(",
    "make_rng",
    "tokio::",
    "async fn",
    "TcpStream",
    "UdpSocket",
    "File::",
];

/// A crate and the only places that may name it.
const BACKENDS: &[(&str, &[&str])] = &[
    ("sled::", &["src/store/embedded"]),
    ("sqlx::", &["src/seed/db", "src/store/postgres"]),
    ("lettre::", &["src/alert/email.rs"]),
    ("actix_web::", &["src/api", "src/dashboard", "src/listen/web.rs", "src/cli/host.rs"]),
    ("reqwest::", &["src/client", "src/anchor/rfc3161.rs", "src/cli/demo.rs"]),
    ("clap::", &["src/cli"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    collect(Path::new("tests"), &mut files);
    assert!(files.len() > 60, "the files are found");
    files
}

fn collect(dir: &Path, files: &mut Vec<(PathBuf, String)>) {
    for item in std::fs::read_dir(dir).expect("listed") {
        let path = item.expect("listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push((path.clone(), std::fs::read_to_string(&path).expect("read")));
        }
    }
}

/// The room of a file below src, if it is in one.
fn room(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (!matches!(first.as_str(), "lib" | "main")).then_some(first)
}

/// Lines with their numbers, without comments and without unit tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let before_tests = text.find("\n#[cfg(test)]").map_or(text, |at| &text[..at]);
    before_tests.lines().enumerate().map(|(n, l)| (n + 1, l)).filter(|(_, l)| !l.trim_start().starts_with("//"))
}

/// The rooms that a line names by `crate::room`.
fn named(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .map(|(at, _)| line[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
        .collect()
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = room(&path) else { continue };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == own) else {
            wrong.push(format!("{}: room {own} is not in the table", path.display()));
            continue;
        };
        for (n, line) in code(&text) {
            for other in named(line).iter().filter(|o| **o != own && ROOMS.iter().any(|(name, _)| name == o)) {
                if !allowed.contains(&other.as_str()) {
                    wrong.push(format!(
                        "{}:{n}: {own} may not import {other} (allowed: {allowed:?}): {line}",
                        path.display()
                    ));
                }
            }
            for (closed, open_to) in CLOSED {
                if line.contains(closed) && !open_to.contains(&own.as_str()) {
                    wrong.push(format!("{}:{n}: {closed} may be named by {open_to:?} only: {line}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.display().to_string();
        let is_pure =
            PURE.iter().any(|p| name == *p || name == format!("{p}.rs") || name.starts_with(&format!("{p}/")));
        if !is_pure || name.ends_with("tests.rs") {
            continue;
        }
        for (n, line) in code(&text) {
            wrong.extend(
                IMPURE.iter().filter(|i| line.contains(**i)).map(|i| format!("{name}:{n}: {i} in a pure room: {line}")),
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_backends_name_stays_in_its_room() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(p, _)| p.starts_with("src")) {
        let name = path.display().to_string();
        for (n, line) in code(&text) {
            for (backend, homes) in BACKENDS {
                if line.contains(backend)
                    && !homes
                        .iter()
                        .any(|h| name == *h || name == format!("{h}.rs") || name.starts_with(&format!("{h}/")))
                {
                    wrong.push(format!("{name}:{n}: {backend} belongs to {homes:?}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_its_noun_is() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "these files do not open with //!: {wrong:?}");
}

#[test]
fn the_documents_name_only_what_exists() {
    let mut wrong = Vec::new();
    for document in ["ARCHITECTURE.md", "README.md"] {
        let text = std::fs::read_to_string(document).expect("read");
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_path =
                ["src/", "tests/", "examples/", "benches/", "fuzz/", ".ci/"].iter().any(|p| quoted.starts_with(p));
            if is_path && !Path::new(quoted.trim_end_matches('/')).exists() {
                wrong.push(format!("{document}: {quoted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "these paths do not exist: {wrong:?}");
}
