//! Checksums: whether a number keeps the check rule most real rows keep.
//! A rule few real rows keep says nothing about the column and is left out.

use super::{Column, Features, one};

type Check = fn(&str) -> bool;

const CHECKS: [(&str, Check); 7] = [
    ("luhn", luhn),
    ("gb11643", gb11643),
    ("uscc", uscc),
    ("cpf", cpf),
    ("verhoeff", verhoeff),
    ("nhs", nhs),
    ("iban", iban),
];

/// How many real rows are tried.
const TRIED: usize = 200;

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let tried = &c.cells[..all.pool.real().min(TRIED)];
    for (name, check) in CHECKS {
        let share = tried.iter().filter(|v| check(v)).count() as f64 / tried.len().max(1) as f64;
        if share <= 0.3 {
            continue;
        }
        let kept: Vec<bool> = c.cells.iter().map(|v| check(v)).collect();
        if share > 0.9 {
            all.flag(&format!("checksum_{name}"), c.name, |i| !kept[i] && !c.is_blank(i));
        }
        all.each(c, name, |i| one(kept[i]));
    }
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// ISO/IEC 7812-1, annex B.
fn luhn(text: &str) -> bool {
    let d = digits(text);
    let doubled = |(i, &x): (usize, &u32)| if i % 2 == 0 { x } else { x / 5 + 2 * x % 10 };
    (12..=19).contains(&d.len()) && d.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// Chinese resident ID, GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits.
fn gb11643(text: &str) -> bool {
    let b = text.as_bytes();
    if b.len() != 18 || !b[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let rest = b[..17].iter().fold(0, |p, d| (p + u32::from(d - b'0')) * 2 % 11);
    b"10X98765432"[rest as usize] == b[17].to_ascii_uppercase()
}

/// Chinese unified social credit code, GB 32100-2015: MOD 31 with weights 3^i.
fn uscc(text: &str) -> bool {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let values: Option<Vec<usize>> = text.chars().map(|c| SIGNS.find(c.to_ascii_uppercase())).collect();
    let Some(v) = values.filter(|v| v.len() == 18) else { return false };
    let (sum, _) = v[..17].iter().fold((0, 1), |(sum, weight), x| (sum + x * weight, weight * 3 % 31));
    (31 - sum % 31) % 31 == v[17]
}

/// Brazilian taxpayer number: two MOD 11 digits.
fn cpf(text: &str) -> bool {
    let d = digits(text);
    let check = |n: usize| (0..n).map(|i| d[i] * (n as u32 + 1 - i as u32)).sum::<u32>() * 10 % 11 % 10;
    d.len() == 11 && d.iter().any(|x| *x != d[0]) && check(9) == d[9] && check(10) == d[10]
}

/// Indian Aadhaar: Verhoeff's scheme over the dihedral group of order ten (1969).
fn verhoeff(text: &str) -> bool {
    const TURN: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    };
    let d = digits(text);
    let turned = |i: usize, x: u32| (0..i % 8).fold(x as usize, |x, _| TURN[x]);
    d.len() == 12 && d.iter().rev().enumerate().fold(0, |sum, (i, &x)| product(sum, turned(i, x))) == 0
}

/// NHS number: MOD 11, a remainder of ten not issued.
fn nhs(text: &str) -> bool {
    let d = digits(text);
    d.len() == 10 && (11 - (0..9).map(|i| d[i] * (10 - i as u32)).sum::<u32>() % 11) % 11 == d[9]
}

/// ISO 13616: MOD 97 with the first four signs moved to the end.
fn iban(text: &str) -> bool {
    let b: Vec<u8> = text.bytes().filter(|c| *c != b' ').map(|c| c.to_ascii_uppercase()).collect();
    let formed = (14..=34).contains(&b.len())
        && b[..2].iter().all(u8::is_ascii_uppercase)
        && b[2..4].iter().all(u8::is_ascii_digit)
        && b.iter().all(u8::is_ascii_alphanumeric);
    let fold = |rest: u32, c: &u8| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        _ => (rest * 100 + u32::from(c - b'A') + 10) % 97,
    };
    formed && b[4..].iter().chain(&b[..4]).fold(0, fold) == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_standards_own_examples_pass_and_a_changed_digit_fails() {
        let examples: [(Check, &str, &str); 6] = [
            (luhn, "4539578763621486", "4539578763621487"),
            (gb11643, "11010519491231002X", "110105194912310021"),
            (uscc, "91350100M000100Y43", "91350100M000100Y44"),
            (cpf, "529.982.247-25", "529.982.247-24"),
            (nhs, "943 476 5919", "943 476 5918"),
            (iban, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        ];
        for (check, good, bad) in examples {
            assert!(check(good) && !check(bad), "{good}");
        }
    }

    #[test]
    fn verhoeff_finds_every_single_error() {
        let good: Vec<String> = (0..10).map(|c| format!("23412341234{c}")).filter(|t| verhoeff(t)).collect();
        assert_eq!(good.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text in "\\PC{0,24}") {
            CHECKS.iter().for_each(|(_, check)| { check(&text); });
        }
    }
}
