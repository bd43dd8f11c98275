//! A derived amount: one that others of its row tell, as pounds tell kilograms, a price and a
//! quantity their total, two days the time between them, a state's number and a county's the
//! county's in the country. A canary's follows from its own.
//! Amounts that nothing tells are `compose`'s, texts that others say are `echo`'s.

use jiff::civil::DateTime;
use jiff::{Span, Unit};

use super::agreement::{ALWAYS, ASKED, DIFFERENT, ENOUGH, is_general};
use super::profile::Profile;
use super::{Role, Row, amount};

/// Columns that are tried as the sources of others.
const COLUMNS: usize = 24;
/// Rows whose ratio lies outside of those that rounding lets be, to either side.
const ASTRAY: f64 = 0.02;
/// What rounding leaves open must be less than so much of what the values differ by.
const SHARP: f64 = 0.1;
/// Zeros between the numbers of two that are joined, and one.
const SHIFTS: usize = 4;
/// Decimals from which on a number is a program's binary fraction, and the digits of one that
/// most programs write; others as many as it takes to read it again as the same.
const BINARY: usize = 12;
const DIGITS: usize = 15;

/// What an amount is, by columns.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// So many times another.
    Multiple(usize, f64),
    Sum([usize; 2]),
    Product([usize; 2]),
    /// The digits of one before those of the other, which are so many: that power of ten.
    Joined([usize; 2], f64),
    /// Whole days, or years, from a date to another.
    Days([usize; 2]),
    Years([usize; 2]),
}

/// A column and what tells it.
#[derive(Debug, Clone)]
pub struct Derived {
    pub column: usize,
    rule: Rule,
    form: Form,
}

/// How the amounts of a column are written.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Digits behind the point at most, and whether all have as many.
    decimals: usize,
    is_fixed: bool,
    /// Digits from the first that is no zero, at most.
    digits: usize,
    /// Of how many digits all are, with zeros before them.
    width: usize,
}

/// A column's values by row, as far as they were read.
struct Amounts {
    column: usize,
    values: Vec<Option<f64>>,
    form: Form,
    /// Where the middle one lies, and by how much they differ.
    middle: f64,
    spread: f64,
}

struct Moments {
    column: usize,
    values: Vec<Option<DateTime>>,
}

/// The derived columns of a table, such that none comes before what tells it.
pub fn find(profile: &Profile) -> Vec<Derived> {
    let columns = (0..profile.roles.len()).filter(|c| may_be_one(profile.roles[*c]));
    let mut amounts: Vec<Amounts> = columns.filter_map(|c| Amounts::of(profile, c)).take(COLUMNS).collect();
    // Who is rounded less is told by others, who is greater is their sum.
    let size = |a: &Amounts| (a.form.decimals, a.middle);
    amounts.sort_by(|a, b| size(a).partial_cmp(&size(b)).unwrap_or(std::cmp::Ordering::Equal));
    let moments: Vec<Moments> = (0..profile.roles.len()).filter_map(|c| Moments::of(profile, c)).collect();
    let mut found: Vec<Derived> = Vec::new();
    for (nth, target) in amounts.iter().enumerate().filter(|(_, a)| profile.columns[a.column].distinct() >= DIFFERENT) {
        if let Some(rule) = rule(target, &amounts[..nth], &moments) {
            found.push(Derived { column: target.column, rule, form: target.form });
        }
    }
    found
}

fn may_be_one(role: Role) -> bool {
    matches!(role, Role::Amount | Role::Age | Role::Geo | Role::Other | Role::ForeignKey | Role::Code)
}

/// What tells an amount: the plainest of all.
fn rule(target: &Amounts, before: &[Amounts], moments: &[Moments]) -> Option<Rule> {
    let multiple = before.iter().find_map(|source| target.multiple(source));
    let between = || {
        let pairs = || pairs(moments).filter(|(a, b)| a.column != b.column);
        let days = || pairs().find(|(a, b)| target.is_told(|n| Some(days(a.values[n]?, b.values[n]?))));
        let years = || pairs().find(|(a, b)| target.is_told(|n| Some(years(a.values[n]?, b.values[n]?))));
        let columns = |(a, b): (&Moments, &Moments)| [a.column, b.column];
        days().map(columns).map(Rule::Days).or_else(|| years().map(columns).map(Rule::Years))
    };
    let put_together = || {
        let two = || pairs(before).filter(|(a, b)| a.column < b.column);
        let both = |of: fn(f64, f64) -> f64| {
            two().find(|(a, b)| {
                target.is_told(|n| {
                    Some((a.values[n]?, b.values[n]?)).filter(|(a, b)| *a != 0.0 && *b != 0.0).map(|(a, b)| of(a, b))
                })
            })
        };
        let columns = |(a, b): (&Amounts, &Amounts)| [a.column, b.column];
        both(|a, b| a + b).map(columns).map(Rule::Sum).or_else(|| both(|a, b| a * b).map(columns).map(Rule::Product))
    };
    let joined = || {
        let shifts = |b: &Amounts| (b.form.digits.max(1) as i32..).take(SHIFTS).map(|digits| 10f64.powi(digits));
        let two = || pairs(before).filter(|(a, b)| a.column != b.column && a.form.decimals + b.form.decimals == 0);
        let shifted = two().flat_map(|(a, b)| shifts(b).map(move |times| (a, b, times)));
        let told = |(a, b, times): &(&Amounts, &Amounts, f64)| {
            target.is_told(|n| Some(a.values[n]?.abs() * times + b.values[n]?.abs()))
        };
        shifted.into_iter().find(told).map(|(a, b, times)| Rule::Joined([a.column, b.column], times))
    };
    multiple.or_else(between).or_else(put_together).or_else(joined)
}

fn pairs<T>(of: &[T]) -> impl Iterator<Item = (&T, &T)> {
    of.iter().flat_map(|a| of.iter().map(move |b| (a, b)))
}

fn days(from: DateTime, to: DateTime) -> f64 {
    from.date().until((Unit::Day, to.date())).map_or(f64::NAN, |span: Span| f64::from(span.get_days()))
}

fn years(from: DateTime, to: DateTime) -> f64 {
    from.date().until((Unit::Year, to.date())).map_or(f64::NAN, |span: Span| f64::from(span.get_years()))
}

impl Moments {
    fn of(profile: &Profile, column: usize) -> Option<Self> {
        let form = profile.dates[column].as_ref()?;
        let rows = profile.donors.iter().take(ASKED);
        Some(Self { column, values: rows.map(|a| form.read(profile.text(&a.row, Some(column))?)).collect() })
    }
}

impl Amounts {
    /// Those of a column of numbers; nothing of one that holds other things.
    fn of(profile: &Profile, column: usize) -> Option<Self> {
        let texts: Vec<Option<&str>> =
            profile.donors.iter().take(ASKED).map(|a| profile.text(&a.row, Some(column))).collect();
        let values: Vec<Option<f64>> = texts.iter().map(|text| amount::read((*text)?)).collect();
        let mut known: Vec<f64> = values.iter().flatten().copied().collect();
        let filled = texts.iter().flatten().count();
        if known.len() < ENOUGH || (known.len() as f64) < ALWAYS * filled as f64 {
            return None;
        }
        known.sort_by(f64::total_cmp);
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let spread = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / known.len() as f64).sqrt();
        let decimals = texts.iter().flatten().filter_map(|text| Some(decimals(&amount::plain(text)?)));
        let form = Form {
            decimals: decimals.clone().max().unwrap_or(0),
            is_fixed: decimals.clone().min() == decimals.max(),
            digits: texts.iter().flatten().map(|text| significant(text)).max().unwrap_or(0),
            width: padded(texts.iter().flatten().copied()).unwrap_or(0),
        };
        Some(Self { column, values, form, middle: known[known.len() / 2].abs(), spread })
    }

    /// Half of the last place that is written.
    fn rounding(&self) -> f64 {
        0.5 * 0.1f64.powi(self.form.decimals as i32)
    }

    /// How many times the other one it is, if it always is as many.
    fn multiple(&self, source: &Self) -> Option<Rule> {
        let pairs = || self.values.iter().zip(&source.values).filter_map(|(own, other)| Some(((*own)?, (*other)?)));
        let pairs = || pairs().filter(|(own, other)| *own != 0.0 && *other != 0.0);
        // A ratio of numbers that are rounded lies between two others.
        let own = self.rounding();
        let ratio = |side: f64| {
            let mut bounds: Vec<f64> =
                pairs().map(|(own_value, other)| (own_value + side * own * other.signum()) / other).collect();
            bounds.sort_by(f64::total_cmp);
            let at = (bounds.len() as f64 * if side < 0.0 { 1.0 - ASTRAY } else { ASTRAY }) as usize;
            bounds.get(at.min(bounds.len().saturating_sub(1))).copied()
        };
        let times = (ratio(-1.0)? + ratio(1.0)?) / 2.0;
        let source_rounding = if source.form.decimals > 0 { times.abs() * source.rounding() } else { 0.0 };
        let is_own = source.spread > 0.0 && times.is_finite() && times != 0.0;
        let told = |n: usize| source.values[n].filter(|value| *value != 0.0).map(|value| times * value);
        (is_own && self.is_told_within(own + source_rounding, told)).then_some(Rule::Multiple(source.column, times))
    }

    fn is_told(&self, by: impl Fn(usize) -> Option<f64>) -> bool {
        self.is_told_within(self.rounding(), by)
    }

    /// Whether nearly all rows have what is told of them, but for rounding.
    fn is_told_within(&self, rounding: f64, by: impl Fn(usize) -> Option<f64>) -> bool {
        if rounding > SHARP * self.spread {
            return false;
        }
        let pairs = (0..self.values.len()).filter_map(|n| Some((self.values[n]?, by(n)?)));
        is_general(pairs.map(|(own, told)| (own - told).abs() <= rounding * 1.001 + own.abs() * 1e-9))
    }
}

/// The length of numbers of which some have zeros before them, so that all are as long.
fn padded<'t>(mut texts: impl Iterator<Item = &'t str> + Clone) -> Option<usize> {
    let length = texts.clone().next()?.len();
    let alike = texts.clone().all(|text| text.len() == length && text.bytes().all(|b| b.is_ascii_digit()));
    (alike && texts.any(|text| text.starts_with('0'))).then_some(length)
}

fn decimals(plain: &str) -> usize {
    plain.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// Digits from the first that is no zero.
fn significant(text: &str) -> usize {
    let digits = text.chars().filter(char::is_ascii_digit);
    digits.skip_while(|c| *c == '0').count()
}

impl Derived {
    /// What a row's own amounts and dates tell, in the form of what it took over.
    pub fn of(&self, row: &Row, profile: &Profile) -> Option<String> {
        let like = profile.text(row, Some(self.column))?;
        let value = self.told(row, profile).filter(|value| value.is_finite());
        self.form.write(like, value?)
    }

    fn told(&self, row: &Row, profile: &Profile) -> Option<f64> {
        let amount = |c: usize| amount::read(profile.text(row, Some(c))?);
        let moment = |c: usize| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?);
        Some(match self.rule {
            Rule::Multiple(of, times) => times * amount(of)?,
            Rule::Sum([a, b]) => amount(a)? + amount(b)?,
            Rule::Product([a, b]) => amount(a)? * amount(b)?,
            Rule::Joined([a, b], times) => amount(a)?.abs() * times + amount(b)?.abs(),
            Rule::Days([a, b]) => days(moment(a)?, moment(b)?),
            Rule::Years([a, b]) => years(moment(a)?, moment(b)?),
        })
    }
}

impl Form {
    /// A number in the place of another one; nothing where that has other signs in it and not as
    /// many digits.
    fn write(self, like: &str, value: f64) -> Option<String> {
        if self.width > 0 {
            return Some(format!("{value:00$.0}", self.width));
        }
        let plain = amount::plain(like)?;
        let text = match self.decimals {
            BINARY.. if self.digits > DIGITS => value.to_string(),
            BINARY.. => format!("{value:.0$}", DIGITS.saturating_sub(significant(&format!("{value:.0}")))),
            decimals => format!("{value:.decimals$}"),
        };
        let text = if self.is_fixed || !text.contains('.') {
            text
        } else {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if plain == like.trim() {
            return Some(like.replace(like.trim(), &text));
        }
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        (digits(like) == digits(&text)).then(|| amount::written_like(like, &text))
    }
}

#[cfg(test)]
mod tests;
