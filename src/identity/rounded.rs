//! A rounded number: a fraction that a program kept in binary digits and wrote out with all of
//! them, as the decimal fraction that was meant. 71.1546373 is written 71.15463729999999, and
//! in single precision (IEEE 754 binary32) 3.42 is 3.4200001. Which number takes its place is
//! whoever's who asks.

/// Steps that sums of binary fractions are off at most.
const STEPS: i64 = 1 << 10;
/// Digits of a number of single precision, and how many less the number has that was meant.
const SINGLE: i32 = 8;
const SHORTER: usize = 3;

/// A number that was rounded, and how.
#[derive(Debug)]
pub struct Rounded {
    pub meant: String,
    pub written: Written,
}

/// How a program writes a decimal fraction that it keeps in binary digits.
#[derive(Debug, Clone, Copy)]
pub enum Written {
    /// In double precision, so many steps off.
    Steps(i64),
    Single,
}

impl Rounded {
    /// Of a number of which a run of zeros or nines tells so, behind so many decimals at least.
    pub fn of(text: &str, decimals: usize) -> Option<Self> {
        let (_, fraction) = text.split_once('.')?;
        let run = ["99999", "00000"].iter().filter_map(|run| fraction.find(run)).min();
        let value: f64 = text.parse().ok()?;
        let double = run.filter(|at| decimals <= *at).and_then(|decimals| {
            let meant = format!("{value:.decimals$}");
            let nearest: f64 = meant.parse().ok()?;
            let steps = (value.to_bits() as i64).wrapping_sub(nearest.to_bits() as i64);
            (steps.abs() <= STEPS).then_some(Self { meant, written: Written::Steps(steps) })
        });
        double.or_else(|| {
            let meant = (value as f32).to_string();
            let left = meant.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let is_shorter = left >= decimals.max(1) && meant.len() + SHORTER <= text.len();
            (is_shorter && single(&meant) == text).then_some(Self { meant, written: Written::Single })
        })
    }
}

impl Written {
    /// Another decimal fraction, written so.
    pub fn write(self, meant: &str) -> String {
        let Self::Steps(steps) = self else { return single(meant) };
        let nearest: f64 = meant.parse().unwrap_or_default();
        f64::from_bits((nearest.to_bits() as i64).wrapping_add(steps) as u64).to_string()
    }
}

/// A number as programs write it that keep it in single precision: eight digits, of which
/// zeros at the end are left out.
fn single(text: &str) -> String {
    let value = f64::from(text.parse::<f32>().unwrap_or_default());
    let whole = value.abs().log10().floor().max(-38.0) as i32 + 1;
    let written = format!("{value:.0$}", (SINGLE - whole).max(0) as usize);
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_written_again_as_it_was() {
        for (text, meant) in [
            ("71.15463729999999", "71.1546373"),
            ("48858.520000000004", "48858.52"),
            ("3.4200001", "3.42"),
            ("-28.879999", "-28.88"),
        ] {
            let rounded = Rounded::of(text, 1).expect("a binary fraction");
            assert_eq!((rounded.meant.as_str(), rounded.written.write(meant).as_str()), (meant, text));
        }
        assert!(Rounded::of("86.840631", 1).is_none() && Rounded::of("57.82", 1).is_none());
    }
}
