//! The texts of filters: quoting of names and values, and what must be refused.

use rand::SeedableRng;

use super::*;
use crate::app::views::{FilterColumn, FilterDigest};
use crate::model::Time;

/// A column that means harm to every form.
const HOSTILE: &str = "客户's \"号\",`x`\\\n-- ; DROP";

fn filter(column: &str) -> FilterView {
    let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    FilterView {
        release: ReleaseId::new(Time::UNIX_EPOCH, &mut entropy),
        made_at: Time::UNIX_EPOCH,
        key: "ab".repeat(32),
        fingerprint: "cd".repeat(32),
        rule: "sha256".to_owned(),
        columns: vec![FilterColumn { column: column.to_owned(), role: "key".to_owned(), complete: true }],
        complete: true,
        digests: (0..501).map(|n| FilterDigest { column: column.to_owned(), digest: format!("{n:064x}") }).collect(),
    }
}

fn script(dialect: Dialect, name: &str, table: &str, column: &str) -> String {
    let names = Names::parse(name, dialect).expect("names");
    let over = Some(Path::parse(table, dialect).expect("a table"));
    Script { dialect, names, over }.text(&filter(column))
}

#[test]
fn postgres_quotes_names_and_values() {
    let text = script(Dialect::Postgres, "统计.dyepack_filter", "登记.客\"户", HOSTILE);
    for part in [
        "CREATE TABLE IF NOT EXISTS \"统计\".\"dyepack_filter\" (",
        "CREATE OR REPLACE FUNCTION \"统计\".\"dyepack_is_excluded\"(\"column\" text, \"value\" text)",
        "CREATE OR REPLACE VIEW \"统计\".\"dyepack_filtered\" AS\n  SELECT * FROM \"登记\".\"客\"\"户\" t",
        "('客户''s \"号\",`x`\\\n-- ; DROP', t.\"客户's \"\"号\"\",`x`\\\n-- ; DROP\"::text)",
        "REVOKE ALL ON FUNCTION \"统计\".\"dyepack_is_excluded\"(text, text) FROM PUBLIC",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_eq!(text.matches("INSERT INTO").count(), 2, "500 to a statement");
    assert!(script(Dialect::Postgres, "x", "t", "id").contains("\"public\".\"x_is_excluded\""));
}

#[test]
fn mysql_quotes_names_and_values() {
    let text = script(Dialect::Mysql, "统计`.dyepack_filter", "客户", HOSTILE);
    for part in [
        "CREATE FUNCTION `统计```.`dyepack_is_excluded`(",
        "CREATE OR REPLACE SQL SECURITY DEFINER VIEW `统计```.`dyepack_filtered` AS\n  SELECT * FROM `客户` t",
        "('客户''s \"号\",`x`\\\\\n-- ; DROP', CAST(t.`客户's \"号\",``x``\\\n-- ; DROP` AS CHAR",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn comments_have_nothing_of_the_table() {
    let filter = filter(HOSTILE);
    assert!(warning(&filter, "--").lines().all(|line| line.starts_with("--")));
    let text = csv::text(&filter);
    let (head, lines) = text.split_once("column,digest\n").expect("a header");
    assert!(head.lines().all(|line| line.starts_with('#')) && head.contains(&filter.key) && head.contains("WHOEVER"));
    assert!(lines.starts_with("\"客户's \"\"号\"\",`x`\\\n-- ; DROP\",0000"), "{lines}");
}

#[test]
fn names_that_would_be_cut_off_or_mean_something_else_are_refused() {
    let postgres = |name: &str| Names::parse(name, Dialect::Postgres).is_ok();
    assert!(postgres(&"表".repeat(17)) && !postgres(&"表".repeat(18)), "63 octets with _is_excluded");
    assert!(Names::parse(&"表".repeat(52), Dialect::Mysql).is_ok());
    for bad in ["", ".", "a.", ".a", "a.b.c", "a\nb"] {
        assert!(!postgres(bad), "{bad:?}");
    }
    assert_eq!(Dialect::of("postgres://u@h/db"), Some(Dialect::Postgres));
    assert_eq!(Dialect::of("sqlite:a.db"), Some(Dialect::Sqlite));
    assert_eq!(Dialect::of("people.csv"), None);
}
