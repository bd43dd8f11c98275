//! An amount as tables write it, with its currency or unit and its digits in groups:
//! `$1,234.50`, `1.234,50 €`, `₹ 1,75,391`, `(12.00)`, `12 %`. The number in it, and another one
//! written in its place. How far an amount may move is `scale`'s and `compose`'s.

use std::borrow::Cow;

/// Letters and signs before or behind the number at most.
const BESIDE: usize = 8;
/// Digits of a group.
const GROUP: usize = 3;

/// The number alone, as programs write it; none where the text is no single number.
pub fn plain(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Some(text.into());
    }
    let is_digit = |c: char| c.is_ascii_digit();
    let (from, last) = text.find(is_digit).zip(text.rfind(is_digit))?;
    let (before, core, behind) = (&text[..from], &text[from..=last], &text[last + 1..]);
    let is_beside = |text: &str| text.chars().count() <= BESIDE && !text.contains(['@', '/', ':', '_']);
    let is_sign = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}');
    if !is_beside(before) || !is_beside(behind) || !core.chars().all(is_sign) {
        return None;
    }
    let is_debt = before.contains(['-', '−']) || before.contains('(') && behind.contains(')');
    let point = decimal_point(core);
    let digit =
        |(at, c): (usize, char)| if Some(at) == point { Some('.') } else { Some(c).filter(char::is_ascii_digit) };
    let digits: String = core.char_indices().filter_map(digit).collect();
    Some(format!("{}{digits}", if is_debt { "-" } else { "" }).into())
}

/// Where the decimals begin: at the last sign that stands once, unless it parts a group.
fn decimal_point(core: &str) -> Option<usize> {
    let signs: Vec<(usize, char)> = core.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let (at, last) = *signs.last()?;
    let is_single = signs.iter().filter(|(_, c)| *c == last).count() == 1;
    let is_group = last == ',' && signs.len() == 1 && core.len() - at - 1 == GROUP;
    (is_single && !is_group).then_some(at)
}

/// The number of an amount.
pub fn read(text: &str) -> Option<f64> {
    plain(text)?.parse().ok().filter(|amount: &f64| amount.is_finite())
}

/// An amount written in the place of another one, which has as many digits; that one itself
/// where it has not.
pub fn written_like(template: &str, amount: &str) -> String {
    let count = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    if count(template) != count(amount) {
        return template.to_owned();
    }
    let mut digits = amount.chars().filter(char::is_ascii_digit);
    template.chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_with_what_stands_around_them() {
        for (text, want, other, made) in [
            ("$92,368 ", "92368", "90001", "$90,001 "),
            ("$1,75,391 ", "175391", "180002", "$1,80,002 "),
            ("1.234,50 €", "1234.50", "1199.75", "1.199,75 €"),
            ("EUR 1 234.50", "1234.50", "1199.75", "EUR 1 199.75"),
            ("(12.00)", "-12.00", "-11.50", "(11.50)"),
            ("-$3.50", "-3.50", "-4.25", "-$4.25"),
            ("12 %", "12", "15", "15 %"),
            ("￥800万元", "800", "900", "￥900万元"),
            ("3,5", "3.5", "4.1", "4,1"),
            ("613.72", "613.72", "598.10", "598.10"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(want), "{text}");
            assert_eq!(written_like(text, other), made);
        }
        for text in ["2020-01-02", "a@b.example 5", "n/a", "", "12 Main Street 5", "NaN"] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!((read("(1,234.50)"), read("$0"), read("x")), (Some(-1234.5), Some(0.0), None));
        assert_eq!(written_like("$5", "12"), "$5");
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_a_number(text in "[$€(-]{0,2}[0-9.,' ]{0,12}[)%]{0,2}|\\PC{0,16}") {
            if let Some(plain) = plain(&text) {
                proptest::prop_assert_eq!(written_like(&text, &plain), text.as_str());
            }
        }
    }
}
