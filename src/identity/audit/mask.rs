//! A mask: the format of a value. Letters become `A` or `a`, digits `9`, Han
//! characters `中`, white space `_`; long runs are written once with a `+`.

/// Whether a character is a Han ideograph (CJK Unified, extension A included).
pub fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

fn class(c: char) -> char {
    match c {
        c if c.is_ascii_digit() => '9',
        c if is_han(c) => '中',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_whitespace() => '_',
        c => c,
    }
}

/// The format of a value; runs of four and more are one sign and `+`.
pub fn mask(text: &str) -> String {
    runs(text, |c, n, out| match n {
        1..=3 => out.extend(std::iter::repeat_n(c, n)),
        _ => out.extend([c, '+']),
    })
}

/// The format of a value with the length of its runs left out.
pub fn coarse(text: &str) -> String {
    runs(text, |c, _, out| out.push(c))
}

fn runs(text: &str, mut write: impl FnMut(char, usize, &mut String)) -> String {
    let mut out = String::new();
    let mut classes = text.chars().map(class).peekable();
    while let Some(c) = classes.next() {
        let mut n = 1;
        while classes.next_if_eq(&c).is_some() {
            n += 1;
        }
        write(c, n, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_short_runs_and_fold_long_ones() {
        assert_eq!(mask("Ab 12-3456 王小明"), "Aa_99-9+_中中中");
        assert_eq!(coarse("Ab 12-3456 王小明"), "Aa_9-9_中");
        assert_eq!(mask(""), "");
    }
}
