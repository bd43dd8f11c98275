//! A date form: how one column writes dates, found from its values, so that a
//! new date can be written the same way.

use jiff::civil::DateTime;
use jiff::fmt::strtime;

/// strtime formats, the more telling first. Those with a time of day come
/// before those without, or the time would be taken for rubbish.
const FORMS: &[&str] = &[
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateForm {
    format: &'static str,
    /// Months and days of one digit are written with a zero before them.
    padded: bool,
}

impl DateForm {
    /// The form that reads nearly all of the values, if one does.
    pub fn find<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let total = values.clone().count();
        let fits = |format: &&&'static str| values.clone().filter(|v| read(format, v).is_some()).count();
        let best = FORMS.iter().find(|format| total > 0 && fits(format) * 100 >= total * 95)?;
        let form = Self { format: best, padded: true };
        let unpadded = values.clone().any(|v| form.read(v).is_some_and(|at| form.write(at) != v));
        Some(Self { padded: !unpadded, ..form })
    }

    /// Whether the form has a time of day.
    pub fn has_time(self) -> bool {
        self.format.contains("%H")
    }

    /// The moment a value tells; midnight where the form has no time.
    pub fn read(self, value: &str) -> Option<DateTime> {
        read(self.format, value)
    }

    /// A moment in this form.
    pub fn write(self, at: DateTime) -> String {
        let format =
            if self.padded { self.format.to_owned() } else { self.format.replace("%m", "%-m").replace("%d", "%-d") };
        strtime::format(&format, at).unwrap_or_default()
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
