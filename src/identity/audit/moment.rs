//! A moment: a date and perhaps a time of day, as tables write them: year first,
//! in compact digits, or month/day/year. What moments tell is left to `features`.

/// A moment as a table writes it, without a zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// Seconds since midnight.
    pub second: u32,
}

/// Reads `2003-04-05`, `2003/4/5 06:07`, `2003年4月5日`, `20030405`, `2003-04`, `4/5/2003`.
pub fn parse(text: &str) -> Option<Moment> {
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let (date, time) = (&text[..end], text[end..].trim_start_matches(['T', ' ']));
    let parts: Vec<&str> = date.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    if !date.chars().all(|c| c.is_ascii_digit() || "-/.年月日".contains(c)) {
        return None;
    }
    let (year, month, day) = match parts[..] {
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        [y, m] if y.len() == 4 => (y, m, "1"),
        [y, m, d] if y.len() == 4 => (y, m, d),
        [m, d, y] if y.len() == 4 && m.parse::<u8>().is_ok_and(|m| m <= 12) => (y, m, d),
        [d, m, y] if y.len() == 4 => (y, m, d),
        _ => return None,
    };
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let sound = (1800..2100).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    sound.then(|| Moment { year, month, day, second: clock(time) })
}

fn clock(time: &str) -> u32 {
    let mut parts = time.split(|c: char| !c.is_ascii_digit()).map(|p| p.parse::<u32>().unwrap_or(0) % 100);
    [3600, 60, 1].iter().map(|unit| unit * parts.next().unwrap_or(0)).sum()
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Moment {
    /// Days since 1970-01-01 in the Gregorian calendar.
    pub fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let since_march = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        365 * year + year / 4 - year / 100 + year / 400 + since_march - 719_468
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_usual_writings_are_read() {
        let day = |t: &str| parse(t).map(|m| (m.year, m.month, m.day));
        for text in ["2003-04-05", "2003/4/5 06:07", "2003年4月5日", "20030405", "4/5/2003", "2003-04-05T06:07:08Z"]
        {
            assert_eq!(day(text), Some((2003, 4, 5)), "{text}");
        }
        assert_eq!(day("25.12.2003"), Some((2003, 12, 25)));
        assert_eq!(parse("2003-02-30"), None);
        assert_eq!(parse("Unter den Linden 5"), None);
        assert_eq!(parse("1970-01-01 01:02:03").map(|m| (m.days(), m.second)), Some((0, 3723)));
        assert_eq!(parse("2000-03-01").map(Moment::days), Some(11_017));
    }

    proptest! {
        #[test]
        fn any_text_is_borne(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
