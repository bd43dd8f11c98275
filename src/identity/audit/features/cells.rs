//! Cells: what any column shows whatever it means: emptiness, length, format,
//! how often value and format occur among other rows, signs, words.

use super::super::guess::Kind;
use super::super::mask::{coarse, is_han, mask};
use super::super::pool::Codes;
use super::{Column, Features, one};

pub fn read(all: &mut Features<'_>, c: &Column<'_>) {
    let (pool, cells) = (all.pool, c.cells);
    let missing = pool.missing(c.index);
    all.each(c, "null", |i| one(c.is_blank(i)) + one(missing[i]));
    all.each(c, "len", |i| cells[i].chars().count() as f64);
    formats(all, c);
    values(all, c);
    signs(all, c);
    if c.kind == Kind::Text {
        words(all, c);
    }
}

fn formats(all: &mut Features<'_>, c: &Column<'_>) {
    let table = all.pool.table();
    all.shared(c, "maskfreq", &Codes::new(c.cells.iter().map(|v| mask(v))));
    let like = all.shared(c, "cmaskfreq", &Codes::new(c.cells.iter().map(|v| coarse(v))));
    if !matches!(c.kind, Kind::Key | Kind::Number) {
        all.flag("rare_format", c.name, |i| like[i] / table < 0.005 && !c.is_blank(i));
    }
}

fn values(all: &mut Features<'_>, c: &Column<'_>) {
    let table = all.pool.table();
    let codes = Codes::new(c.cells.iter());
    let same = all.shared(c, "dup", &codes);
    let distinct = codes.of[..all.pool.real()].iter().max().map_or(0.0, |m| f64::from(*m) + 1.0);
    let full = c.cells[..all.pool.real()].iter().filter(|v| !v.is_empty()).count() as f64;
    let own = matches!(c.kind, Kind::Key | Kind::NationalId | Kind::Email | Kind::Phone | Kind::Url);
    if own && distinct > 0.995 * full {
        all.flag("duplicate", c.name, |i| same[i] > 0.0 && !c.is_blank(i));
    }
    if matches!(c.kind, Kind::Category | Kind::Sex) {
        all.flag("rare_enum", c.name, |i| same[i] / table < 0.002 && !c.is_blank(i));
    }
    if matches!(c.kind, Kind::Category | Kind::Sex | Kind::Text) {
        all.key(c, "", codes);
    }
}

fn signs(all: &mut Features<'_>, c: &Column<'_>) {
    let cells = c.cells;
    let count = |i: usize, sign: fn(char) -> bool| cells[i].chars().filter(|&s| sign(s)).count() as f64;
    all.each(c, "digits", |i| count(i, |s| s.is_ascii_digit()));
    all.each(c, "upper", |i| count(i, |s| s.is_ascii_uppercase()));
    all.each(c, "space", |i| count(i, char::is_whitespace));
    all.each(c, "punct", |i| count(i, |s| !s.is_alphanumeric() && !s.is_whitespace() && s != '_'));
    all.each(c, "edge_space", |i| one(cells[i].trim().len() != cells[i].len()));
}

/// Where words end.
const BREAKS: [char; 5] = [' ', ',', '.', ';', '\t'];

fn words(all: &mut Features<'_>, c: &Column<'_>) {
    let lower: Vec<String> = c.cells.iter().map(|v| v.to_lowercase()).collect();
    let split: Vec<Vec<&str>> = lower.iter().map(|v| v.split(BREAKS).filter(|w| !w.is_empty()).collect()).collect();
    let rarest = all.pool.rarest(&split);
    all.feature(c, "mintok", rarest);
    all.each(c, "ntok", |i| split[i].len() as f64);
    let word = |i: usize, last: bool| {
        let text = lower[i].as_str();
        if text.contains(is_han) {
            return if last { text.chars().next_back() } else { text.chars().next() }.map(String::from);
        }
        let mut words = text.split([' ', ',']).filter(|w| !w.is_empty());
        if last { words.next_back() } else { words.next() }.map(str::to_owned)
    };
    let rows = 0..lower.len();
    all.key(c, "^1", Codes::new(rows.clone().map(|i| word(i, false))));
    all.key(c, "^2", Codes::new(c.cells.iter().map(|v| v.chars().take(3).collect::<String>())));
    all.key(c, "$1", Codes::new(rows.map(|i| word(i, true))));
}
