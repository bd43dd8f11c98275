//! Agreement: whether nearly all rows bear out what is held of columns, that one is an excerpt of
//! another or the sum of two. What is held is left to `excerpt` and `derived`.

/// Rows that are asked at most, so many must tell, and that share of them must agree.
pub const ASKED: usize = 1_000;
pub const ENOUGH: usize = 20;
pub const ALWAYS: f64 = 0.97;
/// Of so many values at least: a few agree by chance.
pub const DIFFERENT: u64 = 10;

/// Whether enough rows tell, and nearly all of them agree.
pub fn is_general(mut agrees: impl Iterator<Item = bool>) -> bool {
    // Of most columns the first rows tell that it does not hold.
    let first = agrees.by_ref().take(ENOUGH).filter(|agrees| *agrees).count();
    if first + 1 < ENOUGH {
        return false;
    }
    let rest: Vec<bool> = agrees.collect();
    let agree = first + rest.iter().filter(|agrees| **agrees).count();
    agree as f64 >= ALWAYS * (ENOUGH + rest.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_tell_nothing_and_a_few_others_do_not_matter() {
        let of = |rows: usize, others: usize| is_general((0..rows).map(|n| n >= others));
        assert!(of(20, 0) && of(1_000, 1) && !of(18, 0));
        assert!(is_general((0..1_000).map(|n| n % 40 != 30)) && !is_general((0..1_000).map(|n| n % 30 != 20)));
    }
}
