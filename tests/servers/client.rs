//! The databases' own clients, which know nothing of this program: `psql`,
//! `mariadb`, and Python's `sqlite3` for files. They take a script and answer
//! with rows, or with what the database said against it.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::mariadb::tool;
use crate::postgres::program;

/// What runs a script in a file and prints what its last query answers.
const SQLITE: &str = r#"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA foreign_keys = ON")
statement, answers = [], []
for line in sys.stdin:
    statement.append(line)
    if line.endswith(";\n") and sqlite3.complete_statement("".join(statement)):
        answers, statement = db.execute("".join(statement)).fetchall(), []
if "".join(statement).strip():
    answers = db.execute("".join(statement)).fetchall()
for row in answers:
    print("\t".join("NULL" if cell is None else str(cell) for cell in row))
"#;
const SQLITE_DUMP: &str = r#"
import sqlite3, sys
for line in sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).iterdump():
    print(line)
"#;

/// Runs a script on a PostgreSQL.
pub fn psql(url: &str, script: File) -> Result<String, String> {
    let mut command = Command::new(program("psql"));
    command.args(["-X", "-q", "-A", "-t", "-F", "\t", "-P", "null=NULL", "-v", "ON_ERROR_STOP=1"]).arg(url);
    told(&mut command, script)
}

/// Runs a script on a MariaDB.
pub fn mariadb(url: &str, script: File) -> Result<String, String> {
    let mut command = tool("mariadb");
    told(to(command.args(["--batch", "--skip-column-names"]), url), script)
}

/// Runs a script on a file.
pub fn sqlite(file: &Path, script: File) -> Result<String, String> {
    told(Command::new("python3").args(["-c", SQLITE]).arg(file), script)
}

/// Everything in a PostgreSQL, as its own tool writes it.
pub fn dump_postgres(url: &str) -> String {
    let mut command = Command::new(program("pg_dump"));
    let written = told(command.args(["--no-owner", "--dbname", url]), script("")).expect("a dump");
    // Newer ones fence the script with a word by chance.
    let fenced = |line: &&str| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ");
    written.lines().filter(fenced).collect::<Vec<_>>().join("\n")
}

/// Everything in a MariaDB, row by row.
pub fn dump_mariadb(url: &str) -> String {
    let mut command = tool("mariadb-dump");
    command.args(["--skip-comments", "--skip-extended-insert", "--order-by-primary", "--triggers", "--routines"]);
    told(to(&mut command, url), script("")).expect("a dump")
}

/// Everything in a file.
pub fn dump_sqlite(file: &Path) -> String {
    told(Command::new("python3").args(["-c", SQLITE_DUMP]).arg(file), script("")).expect("a dump")
}

/// Where and as whom: MariaDB's own tools know no URLs.
fn to<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    let parts = reqwest::Url::parse(url).expect("a URL");
    command.args(["--protocol=tcp", "--default-character-set=utf8mb4", "--user", parts.username()]);
    command.args(["--host", parts.host_str().unwrap_or_default()]);
    command.arg(format!("--port={}", parts.port().unwrap_or(3306)));
    command.env("MYSQL_PWD", parts.password().unwrap_or_default());
    command.arg(parts.path().trim_start_matches('/'))
}

/// A script as a file, so that neither side waits for the other.
pub fn script(text: &str) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

/// What a command says to its input; or what it complains about.
fn told(command: &mut Command, mut input: File) -> Result<String, String> {
    input.rewind().expect("from its beginning");
    let output = command.stdin(Stdio::from(input)).output().expect("the client runs");
    let text = |octets: Vec<u8>| String::from_utf8(octets).expect("UTF-8");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}
