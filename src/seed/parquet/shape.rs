//! What the values of a column look like as text, by its physical and logical
//! type (parquet-format, LogicalTypes.md), and the value that a text stands for.

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use ::parquet::schema::types::Type;
use half::f16;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use super::column::Value;

const EPOCH: Date = Date::constant(1970, 1, 1);
const NANOS_OF_DAY: i128 = 86_400_000_000_000;
/// The Julian day number of 1970-01-01, from which INT96 counts.
const JULIAN_EPOCH: i64 = 2_440_588;

/// What values mean.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Plain,
    Unsigned,
    Text,
    Decimal {
        precision: usize,
        scale: usize,
    },
    Date,
    /// Nanoseconds of one unit.
    Time(i128),
    Moment {
        unit: i128,
        utc: bool,
    },
    Uuid,
    Half,
}

/// A column's type as far as texts go.
#[derive(Debug, Clone)]
pub struct Shape {
    meaning: Meaning,
    physical: Physical,
    /// The length of values of fixed length; for integers, their width in bits.
    length: i32,
    pub optional: bool,
}

impl Shape {
    /// The shape of a column, or why there is none.
    pub fn of(field: &Type) -> Result<Self, String> {
        let info = field.get_basic_info();
        if field.is_group() || info.repetition() == Repetition::REPEATED {
            return Err(
                "this is a nested column (list, map or struct); write the table flat, without it, and seed that file"
                    .to_owned(),
            );
        }
        let physical = field.get_physical_type();
        let meaning = meaning(field)?;
        let length = match (field, info.logical_type_ref()) {
            (_, Some(LogicalType::Integer(int))) => int.bit_width as i32,
            (Type::PrimitiveType { type_length, .. }, _) if physical == Physical::FIXED_LEN_BYTE_ARRAY => *type_length,
            _ => match info.converted_type() {
                ConvertedType::INT_8 | ConvertedType::UINT_8 => 8,
                ConvertedType::INT_16 | ConvertedType::UINT_16 => 16,
                _ => 64,
            },
        };
        Ok(Self { meaning, physical, length, optional: info.repetition() == Repetition::OPTIONAL })
    }

    /// A value as text.
    pub fn text(&self, value: &Value) -> Result<String, String> {
        let moment =
            |at: Option<String>| at.ok_or_else(|| "a time is outside of any calendar (years 1 to 9999)".to_owned());
        match (&self.meaning, value) {
            (Meaning::Decimal { scale, .. }, v) => Ok(decimal_text(unscaled(v)?, *scale)),
            (Meaning::Date, Value::I32(days)) => moment(date_text(*days)),
            (Meaning::Time(unit), Value::I32(n)) => moment(time_text(*n as i128 * unit)),
            (Meaning::Time(unit), Value::I64(n)) => moment(time_text(*n as i128 * unit)),
            (Meaning::Moment { unit, utc }, Value::I64(n)) => moment(moment_text(*n as i128 * unit, *utc)),
            (Meaning::Moment { utc, .. }, Value::I96(v)) => moment(moment_text(int96_nanos(v), *utc)),
            (Meaning::Uuid, Value::Fixed(v)) => Ok(uuid_text(v.data())),
            (Meaning::Half, Value::Fixed(v)) => Ok(f16::from_le_bytes(pair(v.data())).to_f32().to_string()),
            (Meaning::Unsigned, Value::I32(n)) => Ok((*n as u32).to_string()),
            (Meaning::Unsigned, Value::I64(n)) => Ok((*n as u64).to_string()),
            (_, Value::Bool(v)) => Ok(v.to_string()),
            (_, Value::I32(v)) => Ok(v.to_string()),
            (_, Value::I64(v)) => Ok(v.to_string()),
            (_, Value::F32(v)) => Ok(v.to_string()),
            (_, Value::F64(v)) => Ok(v.to_string()),
            (_, Value::Bytes(v)) => text_of(v.data()),
            (_, Value::Fixed(v)) => text_of(v.data()),
            (_, Value::I96(_)) => Err("an INT96 value is no time".to_owned()),
        }
    }

    /// The value that a text stands for.
    pub fn value(&self, text: &str) -> Result<Value, String> {
        self.parsed(text).ok_or_else(|| {
            format!("{text:?} does not fit the column's type ({}); give the column another role (--map)", self.name())
        })
    }

    fn parsed(&self, text: &str) -> Option<Value> {
        match &self.meaning {
            Meaning::Decimal { precision, scale } => self.decimal(decimal_value(text, *precision, *scale)?),
            Meaning::Date => Some(Value::I32(EPOCH.until(text.parse::<Date>().ok()?).ok()?.get_days())),
            Meaning::Time(unit) => self.integer(whole(time_nanos(text.parse().ok()?), *unit)?),
            Meaning::Moment { unit, utc } => self.moment(moment_nanos(text, *utc)?, *unit),
            Meaning::Uuid => Some(Value::Fixed(FixedLenByteArray::from(uuid_octets(text)?))),
            Meaning::Half => {
                let near = f16::from_f32(text.parse().ok()?);
                Some(Value::Fixed(FixedLenByteArray::from(near.to_le_bytes().to_vec())))
            }
            Meaning::Unsigned if self.physical == Physical::INT32 => {
                let fits = |n: &u32| self.length >= 32 || *n >> self.length == 0;
                text.parse().ok().filter(fits).map(|n| Value::I32(n as i32))
            }
            Meaning::Unsigned => text.parse::<u64>().ok().map(|n| Value::I64(n as i64)),
            Meaning::Plain | Meaning::Text => self.plain(text),
        }
    }

    fn plain(&self, text: &str) -> Option<Value> {
        match self.physical {
            Physical::BOOLEAN => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
            Physical::INT32 => {
                let fits = |n: &i32| self.length >= 32 || (*n << (32 - self.length)) >> (32 - self.length) == *n;
                text.parse().ok().filter(fits).map(Value::I32)
            }
            Physical::INT64 => text.parse().ok().map(Value::I64),
            Physical::FLOAT => text.parse().ok().map(Value::F32),
            Physical::DOUBLE => text.parse().ok().map(Value::F64),
            Physical::BYTE_ARRAY => Some(Value::Bytes(ByteArray::from(text))),
            Physical::FIXED_LEN_BYTE_ARRAY => (text.len() == self.length as usize)
                .then(|| Value::Fixed(FixedLenByteArray::from(text.as_bytes().to_vec()))),
            Physical::INT96 => None,
        }
    }

    fn integer(&self, n: i128) -> Option<Value> {
        match self.physical {
            Physical::INT32 => i32::try_from(n).ok().map(Value::I32),
            _ => i64::try_from(n).ok().map(Value::I64),
        }
    }

    fn moment(&self, nanos: i128, unit: i128) -> Option<Value> {
        if self.physical != Physical::INT96 {
            return self.integer(whole(nanos, unit)?);
        }
        let (day, rest) = (nanos.div_euclid(NANOS_OF_DAY), nanos.rem_euclid(NANOS_OF_DAY));
        let mut value = Int96::new();
        value.set_data(rest as u32, (rest >> 32) as u32, u32::try_from(day + JULIAN_EPOCH as i128).ok()?);
        Some(Value::I96(value))
    }

    fn decimal(&self, n: i128) -> Option<Value> {
        let octets = n.to_be_bytes();
        let sign = if n < 0 { 0xFF } else { 0 };
        match self.physical {
            Physical::INT32 | Physical::INT64 => self.integer(n),
            Physical::BYTE_ARRAY => {
                let spare = (0..15).take_while(|i| octets[*i] == sign && (octets[i + 1] ^ sign) & 0x80 == 0).count();
                Some(Value::Bytes(ByteArray::from(octets[spare..].to_vec())))
            }
            _ => {
                let length = self.length as usize;
                let spare = 16usize.checked_sub(length)?;
                Some(Value::Fixed(FixedLenByteArray::from(octets[spare..].to_vec())))
            }
        }
    }

    fn name(&self) -> String {
        match &self.meaning {
            Meaning::Decimal { precision, scale } => format!("decimal of {precision} digits, {scale} after the point"),
            Meaning::Plain => format!("{}", self.physical).to_lowercase(),
            other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_lowercase(),
        }
    }
}

fn meaning(field: &Type) -> Result<Meaning, String> {
    let info = field.get_basic_info();
    let refused = |what: &str| Err(format!("this column holds {what}; write the table without it and seed that file"));
    let physical = field.get_physical_type();
    Ok(match info.logical_type_ref() {
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Meaning::Text,
        Some(LogicalType::Integer(int)) => {
            if int.is_signed {
                Meaning::Plain
            } else {
                Meaning::Unsigned
            }
        }
        Some(LogicalType::Decimal(d)) => decimal_meaning(field, d.precision, d.scale)?,
        Some(LogicalType::Date) => Meaning::Date,
        Some(LogicalType::Time(t)) => Meaning::Time(nanos_of(&t.unit)),
        Some(LogicalType::Timestamp(t)) => Meaning::Moment { unit: nanos_of(&t.unit), utc: t.is_adjusted_to_u_t_c },
        Some(LogicalType::Uuid) => Meaning::Uuid,
        Some(LogicalType::Float16) => Meaning::Half,
        Some(LogicalType::Unknown) => Meaning::Plain,
        Some(other) => return refused(&format!("values of type {other:?}")),
        None => match info.converted_type() {
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Meaning::Text,
            ConvertedType::DECIMAL => decimal_meaning(field, field.get_precision(), field.get_scale())?,
            ConvertedType::DATE => Meaning::Date,
            ConvertedType::TIME_MILLIS => Meaning::Time(1_000_000),
            ConvertedType::TIME_MICROS => Meaning::Time(1_000),
            ConvertedType::TIMESTAMP_MILLIS => Meaning::Moment { unit: 1_000_000, utc: true },
            ConvertedType::TIMESTAMP_MICROS => Meaning::Moment { unit: 1_000, utc: true },
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Meaning::Unsigned
            }
            ConvertedType::INTERVAL => return refused("intervals"),
            ConvertedType::BSON => return refused("BSON"),
            _ if physical == Physical::INT96 => Meaning::Moment { unit: 1, utc: false },
            _ => Meaning::Plain,
        },
    })
}

fn decimal_meaning(field: &Type, precision: i32, scale: i32) -> Result<Meaning, String> {
    match (usize::try_from(precision), usize::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => Ok(Meaning::Decimal { precision, scale }),
        _ => Err(format!("{} has more than 38 digits; write the column as text and seed that file", field.name())),
    }
}

fn nanos_of(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1,
    }
}

fn text_of(octets: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(octets).ok();
    let binary = |t: &&str| t.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    text.filter(|t| !binary(t)).map(str::to_owned).ok_or_else(|| {
        "the column holds binary values that are no text; write the table without it and seed that file".to_owned()
    })
}

fn whole(nanos: i128, unit: i128) -> Option<i128> {
    (nanos % unit == 0).then_some(nanos / unit)
}

fn date_text(days: i32) -> Option<String> {
    let span = Span::new().try_days(days).ok()?;
    Some(EPOCH.checked_add(span).ok()?.to_string())
}

fn time_text(nanos: i128) -> Option<String> {
    let nanos = i64::try_from(nanos).ok().filter(|n| (0..NANOS_OF_DAY as i64).contains(n))?;
    Some(Time::midnight().checked_add(Span::new().nanoseconds(nanos)).ok()?.to_string())
}

fn time_nanos(time: Time) -> i128 {
    let seconds = time.hour() as i128 * 3_600 + time.minute() as i128 * 60 + time.second() as i128;
    seconds * 1_000_000_000 + time.subsec_nanosecond() as i128
}

/// With the letter Z if the column says its times are of one zone, else as a wall clock shows it.
fn moment_text(nanos: i128, utc: bool) -> Option<String> {
    let text = Timestamp::from_nanosecond(nanos).ok()?.to_string();
    Some(if utc { text } else { text.trim_end_matches('Z').replacen('T', " ", 1) })
}

fn moment_nanos(text: &str, utc: bool) -> Option<i128> {
    if utc && let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_nanosecond());
    }
    let local: DateTime = text.trim_end_matches('Z').parse().ok()?;
    Some(Offset::UTC.to_timestamp(local).ok()?.as_nanosecond())
}

fn int96_nanos(value: &Int96) -> i128 {
    let [low, high, day] = [value.data()[0], value.data()[1], value.data()[2]];
    (day as i128 - JULIAN_EPOCH as i128) * NANOS_OF_DAY + (((high as u64) << 32) | low as u64) as i128
}

fn unscaled(value: &Value) -> Result<i128, String> {
    let octets = match value {
        Value::I32(n) => return Ok(*n as i128),
        Value::I64(n) => return Ok(*n as i128),
        Value::Bytes(v) => v.data(),
        Value::Fixed(v) => v.data(),
        _ => return Err("a decimal is stored in a type that holds none".to_owned()),
    };
    if octets.is_empty() || octets.len() > 16 {
        return Err("a decimal takes more than 16 octets; write the column as text and seed that file".to_owned());
    }
    let start = if octets[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(octets.iter().fold(start, |n, octet| (n << 8) | *octet as i128))
}

fn decimal_text(n: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", n.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let (sign, point) = (if n < 0 { "-" } else { "" }, if scale > 0 { "." } else { "" });
    format!("{sign}{whole}{point}{fraction}")
}

fn decimal_value(text: &str, precision: usize, scale: usize) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let sane = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let all = format!("{whole}{fraction:0<scale$}");
    let fits = sane && fraction.len() <= scale && all.trim_start_matches('0').len() <= precision;
    all.parse::<i128>().ok().filter(|_| fits).map(|n| n * sign)
}

fn pair(octets: &[u8]) -> [u8; 2] {
    [octets.first().copied().unwrap_or(0), octets.get(1).copied().unwrap_or(0)]
}

fn uuid_text(octets: &[u8]) -> String {
    let hex: String = octets.iter().map(|o| format!("{o:02x}")).collect();
    let part = |a: usize, b: usize| hex.get(a..b).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn uuid_octets(text: &str) -> Option<Vec<u8>> {
    let hex = text.replace('-', "");
    let octets = (0..hex.len()).step_by(2).map(|n| u8::from_str_radix(hex.get(n..n + 2)?, 16).ok());
    octets.collect::<Option<Vec<u8>>>().filter(|o| o.len() == 16)
}
