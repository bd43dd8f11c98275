//! Codes that mean nothing but differ from row to row, made anew among the
//! table's own: a code of the same beginning whose number lies between those of
//! some rows, as dense or sparse as they are there. What has no number at its end
//! gets other digits in its own shape.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::Role;
use super::digits::{self, as_round};
use super::login::Login;
use super::profile::Profile;
use super::redraw::redraw_digits;
use crate::model::Entropy;

/// Numbers to either side between which a new one is drawn.
const REACH: usize = 4;
/// Fewer codes of one beginning tell nothing of how dense they are.
const ENOUGH: usize = 8;
/// A stretch of free numbers is long from so many times the median on, and from so many.
const LONG: u64 = 8;
const LEAST: u64 = 16;
/// From so many draws in vain on a code need not be as round as the other.
const ROUND: usize = 8;
/// Digits of a number that can be counted.
const DIGITS: usize = 15;

/// The codes of one column by what stands before their number.
#[derive(Debug, Default)]
pub struct Codes {
    /// Beginning and digits of the number; the numbers, sorted.
    runs: FxHashMap<(String, usize), Vec<u64>>,
    /// How they are built, where it is of their people's names.
    pub login: Option<Login>,
}

/// Whether a column of that role gets codes that are made anew.
pub fn is_coded(role: Role) -> bool {
    matches!(role, Role::Key | Role::Code | Role::Card | Role::Secret | Role::Checksum)
}

/// What stands before the number at the end, its digits, and the number.
fn cut(code: &str) -> Option<(&str, usize, u64)> {
    let digits = code.bytes().rev().take_while(u8::is_ascii_digit).count();
    if !(2..=DIGITS).contains(&digits) {
        return None;
    }
    let (head, number) = code.split_at(code.len() - digits);
    Some((head, digits, number.parse().ok()?))
}

impl Codes {
    /// The codes of a column of the kept rows; nothing where none are made anew.
    pub fn of(profile: &Profile, column: usize) -> Self {
        let role = profile.roles[column];
        if !is_coded(role) && !matches!(role, Role::NationalId | Role::CompanyCode) {
            return Self::default();
        }
        let mut runs: FxHashMap<(String, usize), Vec<u64>> = FxHashMap::default();
        for row in profile.donors.iter().map(|a| &a.row) {
            if let Some((head, digits, number)) = profile.text(row, Some(column)).and_then(cut) {
                runs.entry((head.to_owned(), digits)).or_default().push(number);
            }
        }
        runs.values_mut().for_each(|numbers| {
            numbers.sort_unstable();
            numbers.dedup();
        });
        Self { runs, login: Login::of(profile, column) }
    }

    /// A code like another row's, farther off the oftener it was tried in vain.
    pub fn draw(&self, like: &str, tried: usize, entropy: &mut dyn Entropy) -> String {
        self.beside(like, tried, entropy).or_else(|| about(like, tried, entropy)).unwrap_or_else(|| {
            let keep = like.chars().filter(|c| c.is_ascii_alphanumeric()).count() / 3;
            redraw_digits(like, keep, entropy)
        })
    }

    fn beside(&self, like: &str, tried: usize, entropy: &mut dyn Entropy) -> Option<String> {
        let (head, digits, number) = cut(like)?;
        let run = self.runs.get(&(head.to_owned(), digits)).filter(|run| run.len() >= ENOUGH)?;
        let (at, reach) = (run.partition_point(|n| *n < number), REACH * (1 + tried));
        let around = &run[at.saturating_sub(reach)..=(at + reach).min(run.len() - 1)];
        // Behind the last of them the run goes on.
        let beyond = (at + reach).saturating_sub(run.len() - 1) as u64;
        let last = around[around.len() - 1];
        let high = last.saturating_add(beyond).min(10u64.pow(digits as u32) - 1);
        // Others that are as round may all be somebody's.
        let made = match digits::unit(number) {
            unit if unit > 1 && tried < ROUND => as_round(number, around[0], high, entropy),
            _ => {
                let (low, high) = stretch(around, (last + 1, high), entropy);
                as_round(1, low, high, entropy)
            }
        };
        Some(format!("{head}{made:0digits$}"))
    }
}

/// One of the stretches of free numbers between those of a run, or behind them, the longer the
/// likelier; of one that is far longer than the others, what lies close to either end: the run
/// is of several parts there.
fn stretch(around: &[u64], behind: (u64, u64), entropy: &mut dyn Entropy) -> (u64, u64) {
    let between = around.windows(2).map(|two| (two[0] + 1, two[1].saturating_sub(1)));
    let free: Vec<(u64, u64)> = between.chain([behind]).filter(|(low, high)| low <= high).collect();
    let mut lengths: Vec<u64> = free.iter().map(|(low, high)| high - low + 1).collect();
    lengths.sort_unstable();
    let Some(median) = lengths.get(lengths.len() / 2) else { return (around[0], around[around.len() - 1]) };
    let most = (LONG * median).max(LEAST);
    let ends = |(low, high): (u64, u64)| {
        let is_long = high - low >= most;
        let first = (low, if is_long { low + most / 2 } else { high });
        [Some(first), is_long.then(|| (high - most / 2, high))]
    };
    let parts: Vec<(u64, u64)> = free.into_iter().flat_map(ends).flatten().collect();
    let mut nth = entropy.random_range(0..parts.iter().map(|(low, high)| high - low + 1).sum::<u64>());
    for (low, high) in &parts {
        match nth.checked_sub(high - low + 1) {
            Some(rest) => nth = rest,
            None => return (*low, *high),
        }
    }
    parts[0]
}

/// A code whose number is about as large, where zeros before it say that it counts something.
fn about(like: &str, tried: usize, entropy: &mut dyn Entropy) -> Option<String> {
    let (head, digits, number) = cut(like)?;
    let most = 10u64.pow(digits as u32 - 1) - 1;
    let high = (2 * number + (REACH * (1 + tried)) as u64).min(most);
    (number * 10 <= most).then(|| format!("{head}{:0digits$}", as_round(number, number / 2, high, entropy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Told};
    use rand::SeedableRng;

    #[test]
    fn new_codes_lie_among_the_tables_own() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["member_no".to_owned()]);
        for n in 0..200u64 {
            let code = if n % 2 == 0 { format!("A{:06}", n * 7) } else { format!("B{:06}", 900_000 + n * 7) };
            profiler.meet(&[Some(code.as_str())], &mut entropy);
        }
        let profile = profiler.finish(&Told { roles: vec![(0, Role::Code)], ..Told::default() });
        let codes = Codes::of(&profile, 0);
        for _ in 0..200 {
            let code = codes.draw("A000700", 0, &mut entropy);
            let number: u64 = code[1..].parse().expect("digits");
            assert!(code.starts_with('A') && (630..=770).contains(&number), "{code}");
        }
        // Two parts of a run leave the numbers far from both alone.
        let parts: Vec<u64> = (0..20).map(|n| 400_001 + n * 5).chain((0..20).map(|n| 456_801 + n * 5)).collect();
        for _ in 0..200 {
            let (low, high) = stretch(&parts[15..25], (456_827, 456_829), &mut entropy);
            assert!((400_001..=400_120).contains(&low) || (456_700..=456_829).contains(&high), "{low} {high}");
        }
        for _ in 0..50 {
            let few = codes.draw("C000067", 0, &mut entropy);
            assert!(few.starts_with("C0") && few[1..].parse::<u64>().is_ok_and(|n| (33..=138).contains(&n)), "{few}");
        }
        assert_eq!(codes.draw("no digits", 0, &mut entropy), "no digits");
        assert_eq!(codes.draw("2023/7-x", 0, &mut entropy).len(), 8);
    }
}
