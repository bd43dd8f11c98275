//! A date form: how one column writes dates, found from its values, so that a
//! new date can be written the same way.

use jiff::civil::DateTime;
use jiff::fmt::strtime;

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

/// How a column writes dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateForm {
    format: &'static str,
    /// Months and days of one digit are written with a zero before them.
    padded: bool,
    /// Digits of a second's fraction.
    fraction: usize,
    /// What stands behind every value: `Z`, `+08:00`, ` UTC`.
    zone: String,
}

impl DateForm {
    /// The form that reads nearly all of the values, if one does.
    pub fn find<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let first = values.clone().next()?;
        let (rest, zone) = split_zone(first);
        let fraction = split_fraction(rest).1.len();
        let total = values.clone().count();
        let of = |format: &'static str| Self { format, padded: true, fraction, zone: zone.to_owned() };
        let fits = |form: &Self| values.clone().filter(|v| form.read(v).is_some()).count();
        let form = FORMS.iter().map(|format| of(format)).find(|form| fits(form) * 100 >= total * 95)?;
        let unpadded = values.clone().any(|v| form.read(v).is_some_and(|at| form.write(at) != v.trim()));
        Some(Self { padded: !unpadded || fraction > 0, ..form })
    }

    /// Whether the form has a time of day.
    pub fn has_time(&self) -> bool {
        self.format.contains("%H")
    }

    /// The moment a value tells; midnight where the form has no time.
    pub fn read(&self, value: &str) -> Option<DateTime> {
        let (base, fraction) = split_fraction(value.trim().strip_suffix(self.zone.as_str())?);
        let at = read(self.format, base)?;
        let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        at.with().subsec_nanosecond(nanoseconds).build().ok()
    }

    /// A moment in this form.
    pub fn write(&self, at: DateTime) -> String {
        let format =
            if self.padded { self.format.to_owned() } else { self.format.replace("%m", "%-m").replace("%d", "%-d") };
        let mut text = strtime::format(&format, at).unwrap_or_default();
        if self.fraction > 0 {
            let digits = format!("{:09}", at.subsec_nanosecond());
            text.push('.');
            text.push_str(&digits[..self.fraction.min(9)]);
        }
        text + &self.zone
    }
}

/// A value without its time zone, and the zone.
fn split_zone(value: &str) -> (&str, &str) {
    let value = value.trim();
    let offset = value.len().checked_sub(6).filter(|at| value.is_char_boundary(*at)).map(|at| &value[at..]);
    let is_offset = |o: &str| {
        o.starts_with(['+', '-']) && o.as_bytes()[3] == b':' && o.bytes().filter(u8::is_ascii_digit).count() == 4
    };
    let length = match offset {
        Some(offset) if is_offset(offset) && value.contains(':') && value.len() > 16 => 6,
        _ if value.ends_with('Z') => 1,
        _ if value.ends_with(" UTC") => 4,
        _ => 0,
    };
    value.split_at(value.len() - length)
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

fn read(format: &str, value: &str) -> Option<DateTime> {
    let parsed = strtime::parse(format, value.trim()).ok()?;
    let at = parsed.to_datetime().or_else(|_| parsed.to_date().map(|d| d.at(0, 0, 0, 0))).ok()?;
    (1850..2200).contains(&at.year()).then_some(at)
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
        assert_eq!(DateForm::find(std::iter::empty()), None);
    }
}
