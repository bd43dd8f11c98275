//! Codes that mean nothing but differ from row to row, made anew among the
//! table's own: a code of the same beginning whose number lies between those of
//! some rows, as dense or sparse as they are there. What has no number gets other
//! digits in its own shape.

mod check;
mod part;
mod random;
mod run;

pub use self::check::passes;

use rustc_hash::FxHashMap;

use self::part::Part;
use self::random::Random;
use self::run::Run;
use super::Role;
use super::checks::Check;
use super::digits::as_round;
use super::login::Login;
use super::profile::Profile;
use super::redraw::redraw_digits;
use crate::model::Entropy;

/// How much farther off a number is drawn at each further try.
const REACH: usize = 4;
/// Of the numbers between those kept so many must be free that one is drawn there: where every
/// code of the table is known one may be tried after the other, else each costs a look
/// through the table.
const FREE: (f64, f64) = (0.2, 0.5);
/// The codes of one column by what stands before their number.
#[derive(Debug, Default)]
pub struct Codes {
    /// By beginning, digits of the number and end.
    runs: FxHashMap<(String, usize, String), Run>,
    /// Digits of the number where those before it are a field of their own.
    serial: Option<usize>,
    /// What they have in each place, where they were drawn at random.
    random: Option<Random>,
    /// Under which check all are.
    check: Option<Check>,
    /// How they are built, where it is of their people's names.
    pub login: Option<Login>,
}

/// Whether a column of that role gets codes that are made anew.
pub fn is_coded(role: Role) -> bool {
    matches!(role, Role::Key | Role::Code | Role::Card | Role::Secret | Role::Checksum)
}

/// The check that all codes of a column pass; none of cards, which under theirs may be somebody's.
pub fn check_of(profile: &Profile, column: usize) -> Option<Check> {
    let is_code = matches!(profile.roles[column], Role::Key | Role::Code | Role::Checksum);
    is_code.then(|| check::find(profile, column)).flatten()
}

/// About which share of the different codes of a column the kept rows have, above 0 to 1.
fn share(profile: &Profile, column: usize) -> f64 {
    let known = &profile.columns[column];
    let mut kept: FxHashMap<&str, usize> = FxHashMap::default();
    let codes = profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column)));
    codes.for_each(|code| *kept.entry(code).or_default() += 1);
    let mut different = known.distinct() as f64;
    if known.rows < profile.rows {
        // Not all rows were counted: two of the kept ones have the same the oftener the more
        // rows each code has.
        let pairs: usize = kept.values().map(|n| n * (n - 1)).sum();
        let rows = (1.0 - known.blank_share()) * profile.rows as f64;
        let drawn = kept.values().sum::<usize>() as f64;
        different = different.max(rows / (1.0 + pairs as f64 * rows / (drawn * drawn).max(1.0)));
    }
    (kept.len().max(1) as f64 / different.max(1.0)).min(1.0)
}

impl Codes {
    /// The codes of a column of the kept rows; nothing where none are made anew.
    pub fn of(profile: &Profile, column: usize) -> Self {
        let role = profile.roles[column];
        if !is_coded(role) && !matches!(role, Role::NationalId | Role::CompanyCode) {
            return Self::default();
        }
        let codes = || profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column)));
        let serial = part::serial_of(codes());
        let mut numbers: FxHashMap<_, Vec<u64>> = FxHashMap::default();
        for part in codes().filter_map(|code| Part::of(code, serial)) {
            numbers.entry(part.key()).or_default().push(part.number);
        }
        let share = share(profile, column);
        let least = if profile.columns[column].knows_all() { FREE.0 } else { FREE.1 };
        let run = |(key, numbers): ((String, usize, String), Vec<u64>)| {
            let run = Run::of(numbers, key.1, share, least);
            (key, run)
        };
        let check = check_of(profile, column);
        let (random, login) = (Random::of(codes()), Login::of(profile, column));
        Self { runs: numbers.into_iter().map(run).collect(), serial, random, check, login }
    }

    /// A code like another row's, farther off the oftener it was tried in vain.
    pub fn draw(&self, like: &str, tried: usize, entropy: &mut dyn Entropy) -> String {
        let code = self.any(like, tried, entropy);
        match self.check {
            Some(check) => check::mend(&code, check),
            None => code,
        }
    }

    fn any(&self, like: &str, tried: usize, entropy: &mut dyn Entropy) -> String {
        if let Some(random) = &self.random {
            return random.draw(entropy);
        }
        let made = Part::of(like, self.serial).and_then(|part| {
            let run = self.runs.get(&part.key());
            let beside = run.and_then(|run| run.draw(part.number, tried, entropy));
            beside.or_else(|| about(&part, tried, entropy)).map(|number| part.with(number))
        });
        made.unwrap_or_else(|| {
            let keep = like.chars().filter(|c| c.is_ascii_alphanumeric()).count() / 3;
            redraw_digits(like, keep, entropy)
        })
    }
}

/// A number about as large, where zeros before it say that it counts something.
fn about(part: &Part<'_>, tried: usize, entropy: &mut dyn Entropy) -> Option<u64> {
    let number = part.number;
    let most = 10u64.pow(part.digits as u32 - 1) - 1;
    let high = (2 * number + (REACH * (1 + tried)) as u64).min(most);
    (number * 10 <= most).then(|| as_round(number, number / 2, high, entropy))
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
        for _ in 0..50 {
            let few = codes.draw("C000067", 0, &mut entropy);
            assert!(few.starts_with("C0") && few[1..].parse::<u64>().is_ok_and(|n| (33..=138).contains(&n)), "{few}");
        }
        let licence = codes.draw("25128-PI", 0, &mut entropy);
        assert!(licence.starts_with("25") && licence.ends_with("-PI") && licence.len() == 8, "{licence}");
        assert_eq!(codes.draw("no digits", 0, &mut entropy), "no digits");
        assert_eq!(codes.draw("2023/7-x", 0, &mut entropy).len(), 8);
    }
}
