//! The check that all codes of a column end in, and the writing of a new code under it. The
//! arithmetic is `checks`'.

use rustc_hash::FxHashSet;

use crate::identity::checks::{Check, OF_CODES};
use crate::identity::profile::Profile;

/// So many different codes tell, of which that share passes: one in ten does by chance.
const TELLING: usize = 50;
const MOST: f64 = 0.98;

/// The check that nearly all codes of a column pass.
pub(super) fn find(profile: &Profile, column: usize) -> Option<Check> {
    let codes: FxHashSet<&str> = profile.donors.iter().filter_map(|a| profile.text(&a.row, Some(column))).collect();
    let passing = |check: &Check| codes.iter().filter(|code| passes(code, *check)).count();
    let is_kept = |check: &Check| passing(check) as f64 >= MOST * codes.len() as f64;
    OF_CODES.into_iter().filter(|_| codes.len() >= TELLING).find(is_kept)
}

/// A code with its last digit, or the last two, such that it passes; as it is where none does.
pub(super) fn mend(code: &str, check: Check) -> String {
    let mut made = code.to_owned();
    let places: Vec<usize> = code.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(at, _)| at).collect();
    let [.., tens, ones] = places[..] else { return made };
    let first = u32::from(code.as_bytes()[tens] - b'0');
    for n in 0..100 {
        made.replace_range(ones..=ones, &(n % 10).to_string());
        made.replace_range(tens..=tens, &((first + n / 10) % 10).to_string());
        if passes(&made, check) {
            return made;
        }
    }
    code.to_owned()
}

/// Whether a code passes.
pub fn passes(code: &str, check: Check) -> bool {
    check(&digits(code))
}

fn digits(code: &str) -> Vec<u32> {
    code.chars().filter_map(|c| c.to_digit(10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::codes::Codes;
    use crate::identity::{Profiler, Role, Told};
    use rand::SeedableRng;

    #[test]
    fn new_codes_pass_the_check_that_all_of_the_table_pass() {
        // The example of an NPI and of an EAN-13, and ISO 7064's own of 794.
        let examples = ["1234567893", "4006381333931", "79444"];
        for (check, good) in [OF_CODES[1], OF_CODES[2], OF_CODES[5]].into_iter().zip(examples) {
            assert!(check(&digits(good)), "{good}");
            let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
            let mut profiler = Profiler::new(&["licence".to_owned()]);
            let code = |n: usize| mend(&format!("{}{n:06}0", &good[..good.len().saturating_sub(7)]), check);
            let codes: Vec<String> = (0..200).map(|n| code(n * 37 + n % 11)).filter(|c| check(&digits(c))).collect();
            codes.iter().for_each(|code| profiler.meet(&[Some(code.as_str())], &mut entropy));
            let profile = profiler.finish(&Told { roles: vec![(0, Role::Code)], ..Told::default() });
            let made = Codes::of(&profile, 0);
            for like in &codes {
                let one = made.draw(like, 0, &mut entropy);
                assert!(check(&digits(&one)) && one.len() == like.len(), "{one} like {like}");
            }
        }
    }

    #[test]
    fn codes_under_no_check_have_none() {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["licence".to_owned()]);
        (0..200).for_each(|n| profiler.meet(&[Some(format!("{}", 1_000_000 + n * 37).as_str())], &mut entropy));
        let profile = profiler.finish(&Told { roles: vec![(0, Role::Code)], ..Told::default() });
        assert!(find(&profile, 0).is_none());
    }

    #[test]
    fn a_register_sorted_by_its_numbers_goes_on_under_their_check() {
        let check = OF_CODES[1];
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["npi", "state"].map(str::to_owned));
        for n in 0..400 {
            let npi = mend(&format!("{}", 1_003_000_000u64 + n * 5_437 + n % 7 * 311), check);
            profiler.meet(&[Some(npi.as_str()), Some(["ME", "NH"][n as usize % 2])], &mut entropy);
        }
        let profile = profiler.finish(&Told { roles: vec![(0, Role::Code), (1, Role::Region)], ..Told::default() });
        assert!(matches!(profile.order, crate::identity::Order::Running { column: 0, .. }), "{:?}", profile.order);
        let offer = crate::model::Offer::default();
        let mut from = crate::identity::Generator::new(&profile, &offer);
        for _ in 0..100 {
            let drawn = from.draw(10, &mut entropy);
            let npi = drawn.row[0].as_deref().unwrap_or_default();
            assert!(npi.len() == 10 && passes(npi, check), "{npi}");
        }
    }
}
