//! What whoever reads a delimited file is handed: what it asks for, and the same
//! whether the file was looked through beforehand or taken for what it begins as.

use super::*;
use crate::identity::Wanted;

#[test]
fn what_comes_late_in_the_file_is_read_as_if_all_had_been_looked_through_first() {
    let gbk = encode("1,王小明,北京市海淀区中关村大街\n", GBK, false);
    let late: [(&[u8], &str); 6] = [
        (&gbk, "北京市海淀区中关村大街"),
        (b"1,\"Ann \\\"A\\\" Lee\",x\n1,\"Bo \\\"B\\\" Li\",x\n", "Bo \"B\" Li"),
        (b"1,\"Ann \\\"A\\\", Lee\",x\n", "Ann \"A\", Lee"),
        (b"1,a\0,x\n", "line 30002: the file is not text"),
        (b"1,x\n", "line 30002: this row has 2 fields"),
        ("1,王小明,北京市海淀区\n".as_bytes(), "王小明"),
    ];
    let mut begin = b"id,name,address\n".to_vec();
    (0..30_000).for_each(|n| begin.extend(format!("{n},Ann,1 High Street\n").bytes()));
    for (late, told) in late {
        let fixture = Fixture::new(&[&begin, late].concat());
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut keep = |row: &Cells<'_>| rows.push(row.iter().map(|c| c.expect("text").to_owned()).collect());
        let first = fixture.open().expect("opens").scan(&mut keep, &mut |_, _| ());
        match (first, fixture.scan()) {
            (Ok(_), Ok((_, read))) => {
                assert!(read == rows && rows[30_000..].iter().flatten().any(|cell| cell == told), "{told}");
            }
            (first, second) => {
                let (first, second) = (message(first), message(second));
                assert!(first == second && first.contains(told), "{first} {second}");
            }
        }
    }
}

/// Asks for so many columns of one row after the other, or passes it over for none, and
/// keeps what comes.
struct Asking {
    wanted: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Meet for Asking {
    fn meet(&mut self, row: &Cells<'_>) {
        assert!(row.len() >= self.wants().columns.min(3), "{row:?}");
        self.rows.push(row.iter().map(|c| c.expect("text").to_owned()).collect());
    }

    fn wants(&mut self) -> Wanted {
        let columns = |n: usize| self.wanted[n % self.wanted.len()];
        let passing = (self.rows.len()..).take(9).take_while(|n| columns(*n) == 0).count();
        Wanted { passing: passing as u64, columns: columns(self.rows.len() + passing).max(1) }
    }

    fn pass(&mut self, rows: u64) {
        self.rows.extend((0..rows).map(|_| Vec::new()));
    }
}

proptest! {
    #[test]
    fn what_is_asked_for_of_a_row_is_what_the_whole_row_begins_with(
        lines in proptest::collection::vec(("[a-zé]{0,4}(,[a-z中]{0,70}){2}|,,|", "\r?"), 1..20),
        ragged in proptest::option::of(("a|a,b|a,b,c,|a,,,,", 0usize..20)),
        wanted in proptest::collection::vec(0usize..5, 1..7),
    ) {
        let mut lines: Vec<String> = lines.into_iter().map(|(line, end)| line + &end).collect();
        if let Some((line, at)) = ragged {
            lines.insert(at.min(lines.len()), line);
        }
        lines.extend(["1,2,3".to_owned()]);
        let fixture = Fixture::new(format!("ka,kb,kc\n{}", lines.join("\n")).as_bytes());
        let mut asking = Asking { wanted, rows: Vec::new() };
        let asked = fixture.open().expect("opens").scan(&mut asking, &mut |_, _| ());
        match fixture.scan() {
            Ok((_, whole)) => {
                prop_assert_eq!(asked.expect("reads"), whole.len() as u64);
                prop_assert!(asking.rows.iter().zip(&whole).all(|(some, all)| all.starts_with(some)));
            }
            Err(e) => prop_assert_eq!(message(asked), e.to_string()),
        }
    }
}
