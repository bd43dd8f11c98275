//! The dependencies as they are locked: every licence is one that `deny.toml`
//! allows, and ring is the one TLS provider. (Advisories need their database:
//! `cargo deny check` reads the same file.)

use serde_json::Value;
use std::process::Command;

/// Quoted words of a list in deny.toml, from its name to its closing bracket.
fn listed(deny: &str, start: &str) -> Vec<String> {
    let from = deny.find(start).unwrap_or_else(|| panic!("{start} in deny.toml"));
    let list = &deny[from..from + deny[from..].find("\n]").or_else(|| deny[from..].find("]\n")).expect("an end")];
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// `A OR B`, `A AND B`, `A/B` and brackets around them.
fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    let clean = licence.replace(['(', ')'], "").replace('/', " OR ");
    clean.split(" AND ").all(|all| all.split(" OR ").any(|one| allowed.iter().any(|a| a == one.trim())))
}

#[test]
fn licences_are_allowed_and_ring_is_the_one_tls_provider() {
    let deny = std::fs::read_to_string("deny.toml").expect("read");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    assert!(packages.len() > 100);
    let allowed = listed(&deny, "allow = [");
    let wrong: Vec<String> = packages
        .iter()
        .filter(|p| !is_allowed(p["license"].as_str().unwrap_or_default(), &allowed))
        .map(|p| format!("{} {}", p["name"], p["license"]))
        .collect();
    assert!(wrong.is_empty(), "these licences are not in deny.toml: {wrong:?}");
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a list");
    for banned in ["aws-lc-rs", "openssl", "native-tls"] {
        assert!(deny.contains(&format!("crate = \"{banned}\"")), "{banned} is banned in deny.toml");
        let used = nodes.iter().any(|n| n["id"].as_str().is_some_and(|id| id.contains(&format!("#{banned}@"))));
        assert!(!used, "{banned} is in the tree");
    }
}
