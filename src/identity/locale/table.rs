//! A table: one of the tab-separated data files of a pack. Lines that begin
//! with `#` tell where the data are from and are no rows.

/// The rows of a data file.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split('\t').collect())
}

/// A cell as a number; an empty or missing one is zero.
pub(super) fn number(row: &[&str], column: usize) -> f64 {
    row.get(column).and_then(|cell| cell.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_the_heading_out_and_short_rows_are_zero_to_the_right() {
        let all: Vec<_> = rows("# source\na\t2\n\nb\n").collect();
        assert_eq!(all, [vec!["a", "2"], vec!["b"]]);
        assert_eq!((number(&all[0], 1), number(&all[1], 1)), (2.0, 0.0));
    }
}
