//! A filter as a script for MySQL and MariaDB, which can be run again. Their
//! changes of tables end every transaction, so that the order of statements has to
//! do: digests first, then the function that looks them up, then the view.

use super::names::{Names, Path, ROWS};
use super::warning;
use crate::app::views::{FilterDigest, FilterView};

pub(super) fn text(filter: &FilterView, names: &Names, over: Option<&Path>) -> String {
    let [table, function, view] = [&names.table, &names.function, &names.view].map(|path| path.quoted(ident));
    let mut text = warning(filter, "--");
    text.push_str(&format!(
        "--\n-- For MySQL and MariaDB, to be run by the table's owner: mysql DATABASE < FILE\n-- Where the server writes a binary log (MySQL does unless told otherwise), making the function asks for SUPER\n-- or log_bin_trust_function_creators = 1.\n-- Then: GRANT SELECT ON {view} TO job; and nothing on {table}, nor on the table to whoever has the view.\n\n"
    ));
    // What quotes and backslashes mean, and that a NULL is refused, does not depend on the server's own mode.
    text.push_str("SET NAMES utf8mb4;\nSET SESSION sql_mode = 'STRICT_ALL_TABLES';\n\n");
    text.push_str(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (\n  release_id VARCHAR(64) NOT NULL,\n  column_name VARCHAR(120) NOT NULL,\n  digest CHAR(64) NOT NULL,\n  PRIMARY KEY (column_name, digest)\n) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"
    ));
    text.push_str(&guard(filter, &table));
    text.push_str(&inserts(filter, &table));
    text.push_str(&maker(filter, &table, &function));
    text.push_str(&over.map_or_else(|| no_view(&function), |over| view_over(filter, over, &function, &view)));
    text
}

/// One release's running numbers are another's real rows.
fn guard(filter: &FilterView, table: &str) -> String {
    let release = literal(&filter.release.to_string());
    format!(
        "-- \"release_id cannot be null\" here: this name holds the filter of another release; make this one with another --name.\nINSERT INTO {table} (release_id, column_name, digest)\n  SELECT NULL, '', '' FROM {table} WHERE release_id <> {release} LIMIT 1;\n\n"
    )
}

fn inserts(filter: &FilterView, table: &str) -> String {
    let release = literal(&filter.release.to_string());
    let mut text = String::new();
    for chunk in filter.digests.chunks(ROWS) {
        let row = |d: &FilterDigest| format!("  ({release}, {}, {})", literal(&d.column), literal(&d.digest));
        let rows: Vec<String> = chunk.iter().map(row).collect();
        text.push_str(&format!(
            "INSERT INTO {table} (release_id, column_name, digest) VALUES\n{}\nON DUPLICATE KEY UPDATE release_id = release_id;\n",
            rows.join(",\n")
        ));
    }
    text
}

/// The value is taken as UTF-8 whatever its column is stored in; no name of a
/// parameter is one of the table's columns.
fn maker(filter: &FilterView, table: &str, function: &str) -> String {
    let key = literal(&format!("{}|", filter.key));
    format!(
        "\nDROP FUNCTION IF EXISTS {function};\nCREATE FUNCTION {function}(in_column VARCHAR(120) CHARACTER SET utf8mb4, in_value LONGTEXT CHARACTER SET utf8mb4)\n  RETURNS BOOLEAN DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER\n  RETURN EXISTS (SELECT 1 FROM {table} f WHERE f.column_name = in_column AND f.digest = SHA2(CONCAT({key}, in_value), 256));\n"
    )
}

fn view_over(filter: &FilterView, over: &Path, function: &str, view: &str) -> String {
    let call = |column: &str| {
        format!("{function}({}, CAST(t.{} AS CHAR CHARACTER SET utf8mb4))", literal(column), ident(column))
    };
    let calls: Vec<String> = filter.columns.iter().map(|c| call(&c.column)).collect();
    format!(
        "\nCREATE OR REPLACE SQL SECURITY DEFINER VIEW {view} AS\n  SELECT * FROM {} t\n  WHERE NOT ({});\n",
        over.quoted(ident),
        calls.join("\n    OR ")
    )
}

fn no_view(function: &str) -> String {
    format!(
        "\n-- No table is known, so that there is no view; name it with --table, or say\n-- WHERE NOT {function}('COLUMN', CAST(`COLUMN` AS CHAR CHARACTER SET utf8mb4)) for the columns above.\n"
    )
}

/// A name in quotes.
pub(super) fn ident(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text in quotes, in the mode that the script has set.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
