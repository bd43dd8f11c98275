//! A date form: how one column writes dates, found from its values, so that a
//! new date can be written the same way.

use jiff::civil::DateTime;
use jiff::fmt::strtime;

use super::digits;

/// strtime formats, the more telling first. Those with a time of day come
/// before those without, or the time would be taken for rubbish.
const FORMS: &[&str] = &[
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
];

/// Seconds of a day; and the steps, in seconds, that a clock goes by, the longest first.
const DAY: u32 = 86_400;
const STEPS: [u32; 7] = [DAY, 3_600, 1_800, 900, 600, 300, 60];

/// How a column writes dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateForm {
    format: &'static str,
    /// Those of the format, to be gone through again and again.
    parts: Vec<Part>,
    /// Months and days of one digit are written with a zero before them.
    padded: bool,
    /// Digits of a second's fraction.
    fraction: usize,
    /// Every value is a whole number of so many seconds of its day: 86,400 where all are midnight.
    step: u32,
    /// What stands behind every value: `Z`, `+08:00`, ` UTC`.
    zone: String,
}

impl DateForm {
    /// The form that reads nearly all of the values, if one does.
    pub fn find<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        Self::of_most(values, 0.95)
    }

    /// The form that reads that share of the values, 0 to 1, if one does.
    pub fn of_most<'a>(values: impl Iterator<Item = &'a str> + Clone, most: f64) -> Option<Self> {
        let first = values.clone().next()?;
        let (rest, zone) = split_zone(first);
        let fraction = split_fraction(rest).1.len();
        let total = values.clone().count();
        let fits = |form: &Self| values.clone().filter(|v| form.read(v).is_some()).count();
        let mut forms = FORMS.iter().map(|format| Self { fraction, zone: zone.to_owned(), ..Self::new(format) });
        let form = forms.find(|form| fits(form) as f64 >= total as f64 * most)?;
        let unpadded = values.clone().any(|v| form.read(v).is_some_and(|at| form.write(at) != v.trim()));
        let step = if fraction > 0 { 1 } else { step(values.filter_map(|v| form.read(v))) };
        Some(Self { padded: !unpadded || fraction > 0, step, ..form })
    }

    fn new(format: &'static str) -> Self {
        Self { format, parts: parts(format).collect(), padded: true, fraction: 0, step: 1, zone: String::new() }
    }

    /// Whether the form has a time of day, and not that of midnight alone.
    pub fn has_time(&self) -> bool {
        self.step < DAY && self.parts.iter().any(|part| matches!(part, Part::Field(Field::Hour, _)))
    }

    /// The moment a value tells; midnight where the form has no time.
    pub fn read(&self, value: &str) -> Option<DateTime> {
        let (base, fraction) = split_fraction(value.trim().strip_suffix(self.zone.as_str())?);
        let at = self.read_full(base).or_else(|| read_free(self.format, base))?;
        let at = Some(at).filter(|at| (1850..2200).contains(&at.year()))?;
        if fraction.is_empty() {
            return Some(at);
        }
        let nanoseconds = digits::read(fraction.as_bytes())? as i32 * 10i32.pow(9 - fraction.len() as u32);
        at.with().subsec_nanosecond(nanoseconds).build().ok()
    }

    /// A moment in this form, by the hour or minute where all are.
    pub fn write(&self, at: DateTime) -> String {
        let at = if self.step > 1 { stepped(at, self.step) } else { at };
        let mut text = String::with_capacity(self.format.len() + 6 + self.fraction + self.zone.len());
        for part in &self.parts {
            match *part {
                Part::Sign(sign) => text.push(sign),
                Part::Field(field, width) => {
                    let width = if !self.padded && matches!(field, Field::Month | Field::Day) { 1 } else { width };
                    digits::push(&mut text, field.of(at), width);
                }
            }
        }
        if self.fraction > 0 {
            text.push('.');
            let places = self.fraction.min(9);
            digits::push(&mut text, at.subsec_nanosecond() as u64 / 10u64.pow(9 - places as u32), places);
        }
        text.push_str(&self.zone);
        text
    }

    /// A value with all its digits, as nearly all are: ten times as fast as any form.
    fn read_full(&self, value: &str) -> Option<DateTime> {
        let mut at = [0i16; 6];
        let mut rest = value;
        for part in &self.parts {
            match *part {
                Part::Sign(sign) => rest = rest.strip_prefix(sign)?,
                Part::Field(field, width) => {
                    let (number, after) = rest.split_at_checked(width)?;
                    at[field as usize] = digits::read(number.as_bytes())? as i16;
                    rest = after;
                }
            }
        }
        let [year, month, day, hour, minute, second] = at;
        let small = |n: i16| n as i8;
        rest.is_empty().then_some(())?;
        DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second), 0).ok()
    }
}

/// The longest step in which all moments of the day are.
fn step(moments: impl Iterator<Item = DateTime> + Clone) -> u32 {
    let is_in = |step: &u32| moments.clone().all(|at| second_of(at).is_multiple_of(*step));
    STEPS.into_iter().find(is_in).unwrap_or(1)
}

fn second_of(at: DateTime) -> u32 {
    (at.hour() as u32 * 60 + at.minute() as u32) * 60 + at.second() as u32
}

fn stepped(at: DateTime, step: u32) -> DateTime {
    let second = second_of(at) / step * step;
    at.date().at((second / 3600) as i8, (second / 60 % 60) as i8, (second % 60) as i8, 0)
}

/// A value without its time zone, and the zone.
fn split_zone(value: &str) -> (&str, &str) {
    let value = value.trim();
    let ends = |length: usize| value.len().checked_sub(length).and_then(|at| value.get(at..)).unwrap_or("");
    let length = match () {
        () if value.contains(':') && value.len() > 16 && is_offset(ends(6)) => 6,
        // PostgreSQL leaves out minutes that are none.
        () if value.len() > 16 && is_hours(ends(3)) => 3,
        () if value.ends_with('Z') => 1,
        () if value.ends_with(" UTC") => 4,
        () => 0,
    };
    value.split_at(value.len() - length)
}

fn is_offset(text: &str) -> bool {
    text.as_bytes().get(3) == Some(&b':')
        && text.starts_with(['+', '-'])
        && text.bytes().filter(u8::is_ascii_digit).count() == 4
}

fn is_hours(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(|hours| hours.bytes().all(|b| b.is_ascii_digit()))
}

/// A value without the fraction of its seconds, and the fraction's digits.
fn split_fraction(value: &str) -> (&str, &str) {
    match value.rsplit_once('.') {
        Some((base, digits))
            if base.contains(':')
                && !digits.is_empty()
                && digits.len() <= 9
                && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (base, digits)
        }
        _ => (value, ""),
    }
}

/// A part of one of the formats: a field with its digits, or a sign between.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Field(Field, usize),
    Sign(char),
}

/// What digits of a date tell, the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

fn parts(format: &'static str) -> impl Iterator<Item = Part> {
    let mut rest = format.chars();
    std::iter::from_fn(move || match rest.next()? {
        '%' => rest.next().map(|name| Part::Field(Field::named(name), if name == 'Y' { 4 } else { 2 })),
        sign => Some(Part::Sign(sign)),
    })
}

impl Field {
    /// By its name in strtime formats.
    fn named(name: char) -> Self {
        match name {
            'Y' => Self::Year,
            'm' => Self::Month,
            'd' => Self::Day,
            'H' => Self::Hour,
            'M' => Self::Minute,
            _ => Self::Second,
        }
    }

    fn of(self, at: DateTime) -> u64 {
        let value = match self {
            Self::Year => at.year(),
            Self::Month => at.month().into(),
            Self::Day => at.day().into(),
            Self::Hour => at.hour().into(),
            Self::Minute => at.minute().into(),
            Self::Second => at.second().into(),
        };
        value.max(0) as u64
    }
}

/// A value as strtime reads it, with digits left out or blanks between.
fn read_free(format: &str, value: &str) -> Option<DateTime> {
    let parsed = strtime::parse(format, value.trim()).ok()?;
    parsed.to_datetime().or_else(|_| parsed.to_date().map(|d| d.at(0, 0, 0, 0))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_and_writes_as_it_reads() {
        for values in [
            &["1990-04-05", "1959-11-09"][..],
            &["19151111", "19480930"],
            &["2016-03-09 14:37:32"],
            &["1990年04月05日"],
            &["12/31/1990", "01/02/1980"],
            &["31/12/1990", "01/02/1980"],
            &["1990/4/5", "1990/11/12"],
            &["2016-03-09T14:37:32Z"],
            &["2015-01-04 21:34:21.123", "2015-01-05 21:34:21.000"],
            &["2015-01-04T21:34:21.123456+08:00"],
            &["2015-01-04 21:34:21 UTC"],
        ] {
            let form = DateForm::find(values.iter().copied()).unwrap_or_else(|| panic!("{values:?}"));
            for value in values {
                assert_eq!(form.write(form.read(value).expect("reads")), *value);
            }
        }
        assert_eq!(DateForm::find(["hello", "13264476302"].into_iter()), None);
        let mixed = ["1958-11-18", "1963-05", "1964-04-07"];
        assert_eq!(DateForm::find(mixed.into_iter()), None);
        let form = DateForm::of_most(mixed.into_iter(), 0.6).expect("two of three");
        assert_eq!(mixed.map(|text| form.read(text).is_some()), [true, false, true]);
        assert_eq!(DateForm::find(std::iter::empty()), None);
    }

    proptest::proptest! {
        #[test]
        fn dates_are_written_and_read_as_strtime_does(
            which in 0..FORMS.len(), day in 0i32..120_000, second in 0i64..86_400, padded: bool, cut in 0usize..22,
        ) {
            let start = jiff::civil::date(1860, 1, 1).at(0, 0, 0, 0);
            let at = start + jiff::SignedDuration::from_secs(i64::from(day) * 86_400 + second);
            let form = DateForm { padded, ..DateForm::new(FORMS[which]) };
            let format = if padded { FORMS[which].to_owned() } else { FORMS[which].replace("%m", "%-m").replace("%d", "%-d") };
            let written = form.write(at);
            proptest::prop_assert_eq!(&written, &strtime::format(&format, at).expect("written"));
            // Spoilt values are read as strtime reads them, or not at all.
            let spoilt: String = written.chars().enumerate().filter(|(n, _)| *n != cut).map(|(_, c)| c).collect();
            for text in [written, spoilt] {
                let want = read_free(FORMS[which], &text).filter(|at| (1850..2200).contains(&at.year()));
                proptest::prop_assert_eq!(form.read(&text), want, "{}", text);
            }
        }
    }

    #[test]
    fn what_is_always_midnight_or_a_quarter_of_an_hour_stays_so() {
        let late = jiff::civil::date(2016, 7, 7).at(23, 36, 10, 0);
        let days = ["2016-07-07T00:00:00", "2017-01-02T00:00:00"];
        let form = DateForm::find(days.into_iter()).expect("a form");
        assert_eq!((form.has_time(), form.write(late)), (false, "2016-07-07T00:00:00".to_owned()));
        let quarters = ["2016-07-07 08:15", "2017-01-02 17:30", "2017-01-02 00:45"];
        let form = DateForm::find(quarters.into_iter()).expect("a form");
        assert_eq!((form.has_time(), form.write(late)), (true, "2016-07-07 23:30".to_owned()));
    }
}
