//! A filter as a script for PostgreSQL: one transaction that can be run again. The
//! function runs as its owner, so that the statistics job needs neither the
//! digests nor the table: it is granted the view and the function.

use super::names::{Names, Path, ROWS};
use super::warning;
use crate::app::views::{FilterDigest, FilterView};

pub(super) fn text(filter: &FilterView, names: &Names, over: Option<&Path>) -> String {
    let own =
        |path: &Path| Path { schema: Some(path.schema.clone().unwrap_or_else(|| "public".into())), ..path.clone() };
    let [table, function, view] = [&names.table, &names.function, &names.view].map(|path| own(path).quoted(ident));
    let mut text = warning(filter, "--");
    text.push_str(&format!(
        "--\n-- For PostgreSQL 11 or newer, to be run by the table's owner: psql -v ON_ERROR_STOP=1 -f FILE\n-- Then: GRANT SELECT ON {view} TO job; GRANT EXECUTE ON FUNCTION {function}(text, text) TO job;\n-- and never to a role that also reads the table for anything else.\n\n"
    ));
    text.push_str("BEGIN;\nSET LOCAL client_encoding = 'UTF8';\nSET LOCAL standard_conforming_strings = on;\n\n");
    text.push_str(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (\n  release_id text NOT NULL,\n  column_name text NOT NULL,\n  digest text NOT NULL,\n  PRIMARY KEY (column_name, digest)\n);\nREVOKE ALL ON TABLE {table} FROM PUBLIC;\n"
    ));
    text.push_str(&guard(filter, &table));
    text.push_str(&inserts(filter, &table));
    text.push_str(&maker(filter, &table, &function));
    text.push_str(&over.map_or_else(|| no_view(&function), |over| view_over(filter, over, &function, &view)));
    text.push_str("\nCOMMIT;\n");
    text
}

/// One release's running numbers are another's real rows.
fn guard(filter: &FilterView, table: &str) -> String {
    let release = literal(&filter.release.to_string());
    let body = format!(
        "BEGIN IF EXISTS (SELECT FROM {table} WHERE release_id <> {release}) THEN RAISE EXCEPTION 'this name holds the filter of another release; make this one with another --name'; END IF; END"
    );
    format!("DO {};\n\n", literal(&body))
}

fn inserts(filter: &FilterView, table: &str) -> String {
    let release = literal(&filter.release.to_string());
    let mut text = String::new();
    for chunk in filter.digests.chunks(ROWS) {
        let row = |d: &FilterDigest| format!("  ({release}, {}, {})", literal(&d.column), literal(&d.digest));
        let rows: Vec<String> = chunk.iter().map(row).collect();
        text.push_str(&format!(
            "INSERT INTO {table} (release_id, column_name, digest) VALUES\n{}\nON CONFLICT DO NOTHING;\n",
            rows.join(",\n")
        ));
    }
    text
}

/// Every name and operator says its schema, so that no caller's search path can put
/// another in its place. `SET search_path` would do that too, at a fifth more CPU a call.
fn maker(filter: &FilterView, table: &str, function: &str) -> String {
    let key = literal(&format!("{}|", filter.key));
    let hash = format!("pg_catalog.sha256(pg_catalog.convert_to({key} OPERATOR(pg_catalog.||) $2, 'UTF8'))");
    let body = format!(
        "BEGIN RETURN EXISTS (SELECT FROM {table} f WHERE f.column_name OPERATOR(pg_catalog.=) $1 AND f.digest OPERATOR(pg_catalog.=) pg_catalog.encode({hash}, 'hex')); END"
    );
    format!(
        "\nCREATE OR REPLACE FUNCTION {function}(\"column\" text, \"value\" text) RETURNS boolean\n  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER\n  AS {};\nREVOKE ALL ON FUNCTION {function}(text, text) FROM PUBLIC;\n",
        literal(&body)
    )
}

fn view_over(filter: &FilterView, over: &Path, function: &str, view: &str) -> String {
    let call = |column: &str| format!("{function}({}, t.{}::text)", literal(column), ident(column));
    let calls: Vec<String> = filter.columns.iter().map(|c| call(&c.column)).collect();
    format!(
        "\nCREATE OR REPLACE VIEW {view} AS\n  SELECT * FROM {} t\n  WHERE NOT ({});\nREVOKE ALL ON TABLE {view} FROM PUBLIC;\n",
        over.quoted(ident),
        calls.join("\n    OR ")
    )
}

fn no_view(function: &str) -> String {
    format!(
        "\n-- No table is known, so that there is no view; name it with --table, or say\n-- WHERE NOT {function}('COLUMN', \"COLUMN\"::text) for the columns above.\n"
    )
}

/// A name in quotes.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in quotes; the script has seen to it that backslashes mean nothing.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
