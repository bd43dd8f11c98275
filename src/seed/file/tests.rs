//! What must hold of every kind of file: the copy is whole or not there, the input is
//! never touched, and what was planted is found again.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn dir_with(name: &str, octets: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(name), octets).expect("written");
    dir
}

fn drawn(after: &[u64]) -> Vec<Drawn> {
    let row = |n: usize| vec![Some(format!("c{n}")), None];
    after.iter().enumerate().map(|(n, a)| Drawn::at(row(n), Spot::After(*a))).collect()
}

fn open(dir: &Path, input: &str, output: &str) -> Result<FileTable, SeedError> {
    FileTable::open(&dir.join(input), &dir.join(output), None)
}

fn names(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).expect("listed");
    let mut names: Vec<String> =
        names.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn plant(table: &mut FileTable, after: &[u64]) -> Result<Vec<Planting>, SeedError> {
    run(table.scan(&mut |_: &Cells<'_>| (), &mut |_, _| ()))?;
    let rows = drawn(after);
    let locations = run(table.locate(&rows))?;
    let rows: Vec<Planting> = locations
        .into_iter()
        .zip(rows)
        .map(|(location, r)| Planting { location, cells: r.row, related: Vec::new() })
        .collect();
    assert!(run(table.look(&rows))?.iter().all(|f| *f == Found::Gone));
    run(table.plant(&rows, &mut |_, _| ()))?;
    Ok(rows)
}

#[test]
fn rows_stand_where_they_were_located_and_are_found_again() {
    let files: [(&str, &str, &str); 2] = [
        ("in.csv", "a,b\n1,x\n2,\n3,z\n", "a,b\n1,x\nc1,\nc2,\n2,\n3,z\nc0,\n"),
        (
            "in.jsonl",
            "{\"a\":\"1\",\"b\":\"x\"}\n{\"a\":\"2\"}\n{\"a\":\"3\"}\n",
            "{\"a\":\"1\",\"b\":\"x\"}\n{\"a\":\"c1\"}\n{\"a\":\"c2\"}\n{\"a\":\"2\"}\n{\"a\":\"3\"}\n{\"a\":\"c0\"}\n",
        ),
    ];
    for (name, text, wanted) in files {
        let dir = dir_with(name, text.as_bytes());
        let mut table = open(dir.path(), name, "out.data").expect("opens");
        let mut rows = plant(&mut table, &[9, 0, 0]).expect("planted");
        assert_eq!(rows.iter().map(|r| r.location.as_str()).collect::<Vec<_>>(), ["row 6", "row 2", "row 3"]);
        assert_eq!(std::fs::read_to_string(dir.path().join("out.data")).expect("read"), wanted);
        assert_eq!(run(table.look(&rows)).expect("read"), [Found::Standing, Found::Standing, Found::Standing]);
        rows[0].cells[0] = Some("other".into());
        assert_eq!(run(table.look(&rows)).expect("read"), [Found::Gone, Found::Standing, Found::Standing]);
        assert_eq!(std::fs::read_to_string(dir.path().join(name)).expect("read"), text, "the input is as it was");
    }
}

#[test]
fn the_input_is_refused_as_output_under_every_name() {
    let dir = dir_with("in.csv", b"a,b\n1,2\n");
    let at = dir.path();
    symlink(at.join("in.csv"), at.join("link.csv")).expect("linked");
    std::fs::hard_link(at.join("in.csv"), at.join("hard.csv")).expect("linked");
    for output in ["in.csv", "./in.csv", "link.csv", "hard.csv"] {
        let refused = open(at, "in.csv", output).err().expect("refused").to_string();
        assert!(refused.contains("is the input itself"), "{refused}");
    }
}

#[test]
fn the_copy_is_read_by_no_more_people_than_the_input() {
    for mode in [0o600, 0o640, 0o444] {
        let dir = dir_with("in.csv", b"a,b\n1,2\n");
        std::fs::set_permissions(dir.path().join("in.csv"), std::fs::Permissions::from_mode(mode)).expect("set");
        plant(&mut open(dir.path(), "in.csv", "out.csv").expect("opens"), &[0]).expect("planted");
        let made = std::fs::metadata(dir.path().join("out.csv")).expect("there").permissions().mode();
        assert_eq!(made & 0o777, mode);
    }
}

#[test]
fn what_fails_leaves_nothing() {
    let dir = dir_with("in.jsonl", b"{\"a\":1,\"b\":2}\n{\"a\":2,\"b\":2}\n");
    std::fs::write(dir.path().join(".out.jsonl.part"), b"left by a killed run").expect("written");
    let mut table = open(dir.path(), "in.jsonl", "out.jsonl").expect("opens");
    let refused = plant(&mut table, &[0]).expect_err("c0 is no number").to_string();
    assert!(refused.contains("\"c0\"") && refused.contains("\"a\""), "{refused}");
    assert_eq!(names(dir.path()), ["in.jsonl"]);
    std::fs::create_dir(dir.path().join("taken")).expect("made");
    let row = Planting { location: "row 1".into(), cells: vec![Some("1".into()), None], related: Vec::new() };
    let mut table = open(dir.path(), "in.jsonl", "taken").expect("opens");
    run(table.scan(&mut |_: &Cells<'_>| (), &mut |_, _| ())).expect("scanned");
    assert!(run(table.plant(std::slice::from_ref(&row), &mut |_, _| ())).is_err());
    assert!(run(table.plant(&[row.clone(), row], &mut |_, _| ())).is_err());
    assert_eq!(names(dir.path()), ["in.jsonl", "taken"]);
}

#[test]
fn copies_are_named_after_the_source() {
    let name = |input: &str| FileTable::default_output(Path::new(input), "acme").display().to_string();
    assert_eq!(name("d/a.csv"), "d/a.acme.csv");
    assert_eq!(name("a.b.csv.gz"), "a.b.acme.csv.gz");
    assert_eq!(name("people"), "people.acme");
    assert_eq!(name(".hidden"), ".hidden.acme");
}
