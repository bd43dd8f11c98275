//! What a cell's stored value looks like to a person, and the value that looks
//! like a given text. A text is only ever written as a number or date if
//! it reads back as the very same text.

use jiff::civil::{Date, DateTime, Time};

/// How numbers in a cell are shown, as far as it changes what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    #[default]
    Plain,
    /// As a date, a time or both.
    Date,
    /// With leading zeros up to so many digits.
    Padded(u8),
}

/// The two date systems of workbooks (ECMA-376 18.17.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Epoch {
    #[default]
    Y1900,
    Y1904,
}

/// The text of a stored number.
pub fn text_of_number(stored: &str, look: Look, epoch: Epoch) -> String {
    let Ok(number) = stored.parse::<f64>() else { return stored.to_owned() };
    match look {
        Look::Date => text_of_serial(number, epoch).unwrap_or_else(|| plain(stored, number)),
        Look::Plain => plain(stored, number),
        Look::Padded(width) => {
            let text = plain(stored, number);
            let whole = text.bytes().all(|b| b.is_ascii_digit());
            if whole { format!("{text:0>width$}", width = width as usize) } else { text }
        }
    }
}

/// The stored number that shows as this text, if there is one.
pub fn number_of_text(text: &str, look: Look, epoch: Epoch) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let stored = match look {
        Look::Date => serial_of_text(text, epoch)?.to_string(),
        Look::Plain => text.to_owned(),
        Look::Padded(_) => Some(text.trim_start_matches('0')).filter(|t| !t.is_empty()).unwrap_or("0").to_owned(),
    };
    let shape = stored.parse::<f64>().is_ok() && stored.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    // Programs keep 15 digits of a whole number and put zeros for the rest.
    let kept = stored.contains('.') || stored.trim_start_matches('-').bytes().skip(15).all(|b| b == b'0');
    (shape && kept && text_of_number(&stored, look, epoch) == text).then_some(stored)
}

/// Programs show at most 15 digits; more are only how a fraction is stored.
fn plain(stored: &str, number: f64) -> String {
    let digits = stored.strip_prefix('-').unwrap_or(stored);
    if digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0')) {
        return stored.to_owned();
    }
    if !number.is_finite() || number.abs() >= 1e21 || (number != 0.0 && number.abs() < 1e-9) {
        return stored.to_owned();
    }
    let rounded = format!("{number:.14e}");
    match rounded.split_once('e').and_then(|(digits, power)| Some((digits, power.parse::<usize>().ok()?))) {
        Some((digits, power)) if power > 14 => digits.replace('.', "") + &"0".repeat(power - 14),
        _ => rounded.parse::<f64>().map_or_else(|_| stored.to_owned(), |n| n.to_string()),
    }
}

const DAY: f64 = 86_400.0;

/// `YYYY-MM-DD`, with ` HH:MM:SS` unless it is midnight; `HH:MM:SS` below one day.
fn text_of_serial(serial: f64, epoch: Epoch) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let seconds = (serial * DAY).round() as i64;
    let (day, second) = (seconds / 86_400, (seconds % 86_400) as i32);
    let time = Time::midnight().checked_add(jiff::Span::new().seconds(second)).ok()?.strftime("%H:%M:%S").to_string();
    if day == 0 && epoch == Epoch::Y1900 {
        return Some(time);
    }
    let date = match (epoch, day) {
        // The day that never was: Lotus 1-2-3 took 1900 for a leap year, and Excel kept it.
        (Epoch::Y1900, 60) => "1900-02-29".to_owned(),
        (Epoch::Y1900, 1..60) => after(1899, 12, 31, day)?,
        (Epoch::Y1900, _) => after(1899, 12, 30, day)?,
        (Epoch::Y1904, _) => after(1904, 1, 1, day)?,
    };
    Some(if second == 0 { date } else { format!("{date} {time}") })
}

fn after(year: i16, month: i8, day: i8, days: i64) -> Option<String> {
    let date = Date::new(year, month, day).ok()?.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(date.to_string())
}

/// The serial number of a text in the form `text_of_serial` gives.
fn serial_of_text(text: &str, epoch: Epoch) -> Option<f64> {
    if let Ok(time) = Time::strptime("%H:%M:%S", text) {
        return Some(fraction(time));
    }
    let moment = match text.len() {
        10 => Date::strptime("%Y-%m-%d", text).ok()?.to_datetime(Time::midnight()),
        _ => DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?,
    };
    let zero = match epoch {
        Epoch::Y1900 if moment.date() < Date::constant(1900, 3, 1) => Date::constant(1899, 12, 31),
        Epoch::Y1900 => Date::constant(1899, 12, 30),
        Epoch::Y1904 => Date::constant(1904, 1, 1),
    };
    let days = zero.until(moment.date()).ok()?.get_days();
    (days >= 0).then_some(days as f64 + fraction(moment.time()))
}

fn fraction(time: Time) -> f64 {
    (time.hour() as f64 * 3_600.0 + time.minute() as f64 * 60.0 + time.second() as f64) / DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_see_them() {
        let plain = |s: &str| text_of_number(s, Look::Plain, Epoch::Y1900);
        assert_eq!(plain("13800138000"), "13800138000");
        assert_eq!(plain("1.3800138E10"), "13800138000");
        assert_eq!(plain("110101199003070000"), "110101199003070000");
        assert_eq!(plain("1.10101199003071E+17"), "110101199003071000");
        assert_eq!(plain("3.3000000000000003"), "3.3");
        assert_eq!(plain("-0.5"), "-0.5");
        assert_eq!(text_of_number("42", Look::Padded(5), Epoch::Y1900), "00042");
    }

    #[test]
    fn dates_are_read_in_both_systems() {
        let text = |s: &str, e| text_of_number(s, Look::Date, e);
        assert_eq!(text("45292", Epoch::Y1900), "2024-01-01");
        assert_eq!(text("43830", Epoch::Y1904), "2024-01-01");
        assert_eq!(text("45292.354166666664", Epoch::Y1900), "2024-01-01 08:30:00");
        assert_eq!(text("0.5", Epoch::Y1900), "12:00:00");
        assert_eq!(text("1", Epoch::Y1900), "1900-01-01");
        assert_eq!(text("60", Epoch::Y1900), "1900-02-29");
        assert_eq!(text("61", Epoch::Y1900), "1900-03-01");
    }

    #[test]
    fn what_would_change_is_no_number() {
        for text in ["007", "1.50", "+86", "110101199003071234", "1e5", "", "-", "1.2.3"] {
            assert_eq!(number_of_text(text, Look::Plain, Epoch::Y1900), None, "{text}");
        }
        assert_eq!(number_of_text("00042", Look::Padded(5), Epoch::Y1900).as_deref(), Some("42"));
        assert_eq!(number_of_text("2024-02-30", Look::Date, Epoch::Y1900), None);
    }

    proptest! {
        #[test]
        fn dates_survive(day in 1i64..2_900_000, second in 0i64..86_400, old in any::<bool>()) {
            let epoch = if old { Epoch::Y1904 } else { Epoch::Y1900 };
            prop_assume!(day != 60 && day < 2_900_000);
            let text = text_of_number(&(day as f64 + second as f64 / 86_400.0).to_string(), Look::Date, epoch);
            let stored = number_of_text(&text, Look::Date, epoch).expect("a date");
            prop_assert_eq!(text_of_number(&stored, Look::Date, epoch), text);
        }

        #[test]
        fn numbers_survive(n in -999_999_999_999i64..999_999_999_999, cents in 0u8..100) {
            let text = (n as f64 + cents as f64 / 100.0).to_string();
            if let Some(stored) = number_of_text(&text, Look::Plain, Epoch::Y1900) {
                prop_assert_eq!(text_of_number(&stored, Look::Plain, Epoch::Y1900), text);
            }
        }
    }
}
