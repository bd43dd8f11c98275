//! Kept: what drawing needs to know of the kept rows again and again, read off
//! them once: which rows canaries can be shaped like, their dates, their
//! addresses in parts, how an empty cell is written.

use rustc_hash::FxHashSet;

use super::address::doors::Doors;
use super::address::house::Houses;
use super::address::{self, Parts};
use super::calendar::Calendar;
use super::drawn::Drawn;
use super::endings::Endings;
use super::heads::Heads;
use super::idcard::Like;
use super::joints::Joints;
use super::level::Shares;
use super::namesakes::{self, Namesakes};
use super::phonebook::Phonebook;
use super::piece::{Part, Piece};
use super::profile::{Anchor, Profile};
use super::scale::Scale;
use super::spelling::Spellings;
use super::vicinity::Vicinity;
use super::views::Views;
use super::{Cell, Role, Row, idcard, is_blank, numbers, persona, shape, ssn};
use crate::model::Offer;

/// Rows that are asked how an empty cell is written, and of what scheme a number is.
const ASKED: usize = 500;

/// So few rows that canaries can be shaped like do not tell what goes with what.
const FEW: usize = 300;

/// So many different surnames of a table are enough to call streets after, and so many of the
/// streets' rare words must be such, 0 to 1.
const MANY: usize = 100;
const NAMED: f64 = 0.08;

/// A division is chosen at most so many times as often as rows have it.
const DIVIDED: f64 = 1.5;
/// So are people of a decade.
const AGED: f64 = 1.1;
/// So are rows in which a cell is empty, and such in which it is not.
const EMPTIED: f64 = 1.2;
/// The share of the other sex among those of a name from which on it is a name of both.
const BOTH: f64 = 0.1;
/// Times that all are looked at, since each disturbs the others.
const TURNS: usize = 3;

/// Facts of the kept rows.
#[derive(Debug)]
pub struct Kept<'a> {
    /// Rows that canaries can be shaped like.
    pub shapes: Vec<u32>,
    /// By column: a contact that canaries without one of their own are told by.
    pub missed: Vec<bool>,
    /// What its cells say, row after row; nothing where they are blank.
    cells: Vec<Option<&'a str>>,
    columns: usize,
    /// What an empty cell of each column is.
    pub blanks: Vec<Cell>,
    /// By column.
    pub calendars: Vec<Calendar>,
    /// The year of the table's last date, but for birth dates.
    pub latest: Option<i16>,
    /// By column and row; nothing for columns that hold no amounts.
    amounts: Vec<Vec<Vicinity<'a>>>,
    /// By column and row; nothing for columns that hold no addresses.
    addresses: Vec<Vec<Parts<'a>>>,
    /// The numbers before the streets that houses of several rows have.
    common_numbers: Vec<FxHashSet<&'a str>>,
    /// By column.
    pub doors: Vec<Doors>,
    /// By column.
    pub houses: Vec<Houses<'a>>,
    /// By column and row; nothing for columns that hold no person's numbers.
    numbers: Vec<Vec<Like<'a>>>,
    /// By piece; nothing for pieces that are no names.
    pub spellings: Vec<Spellings>,
    /// By column: identity numbers of another country's known scheme.
    pub foreign: Vec<bool>,
    pub namesakes: Namesakes,
    /// By piece; nothing for pieces that are no heads of resident numbers.
    pub heads: Vec<Heads>,
    /// By piece; nothing for pieces that are no given names.
    pub endings: Vec<Endings>,
    /// The share of men among the table's people by their given names, 0 to 1.
    pub men: f64,
    /// By piece: the share of rare names on no list of the locale, where most people's are not; 0
    /// elsewhere.
    pub strange: Vec<f64>,
    /// By piece: its rare words are often surnames of the table, as those of streets are that
    /// are called after people of the place.
    pub named_after: Vec<bool>,
    /// By piece.
    pub joints: Vec<Joints>,
    /// How many rows' people were born in each decade.
    ages: Shares,
    /// By column: how many rows say nothing there, and how many something.
    empty: Vec<Shares>,
}

impl<'a> Kept<'a> {
    /// Reads the kept rows.
    pub fn of(profile: &'a Profile, views: &Views, phones: &Phonebook, offer: &Offer) -> Self {
        let columns = || 0..profile.roles.len();
        let addresses: Vec<_> = columns().map(|c| addresses(profile, c)).collect();
        let calendars: Vec<Calendar> = columns().map(|c| Calendar::of(profile, c)).collect();
        let missed = shape::missed(profile);
        Self {
            shapes: shape::find(profile, phones, offer, &missed),
            missed,
            cells: profile.donors.iter().flat_map(|a| a.row.iter().map(said)).collect(),
            columns: profile.roles.len(),
            blanks: columns().map(|c| blank(profile, c)).collect(),
            latest: latest(profile, &calendars),
            calendars,
            amounts: columns().map(|c| amounts(profile, c)).collect(),
            doors: addresses.iter().map(|rows| Doors::of(rows)).collect(),
            common_numbers: addresses.iter().map(|rows| common(rows.iter().map(|parts| parts.number))).collect(),
            addresses,
            houses: columns().map(|c| Houses::of(profile, c)).collect(),
            numbers: columns().map(|c| read_numbers(profile, c)).collect(),
            spellings: (0..views.pieces.len()).map(|n| spellings(profile, views, n)).collect(),
            foreign: columns().map(|c| is_foreign(profile, c)).collect(),
            namesakes: Namesakes::of(profile, views),
            heads: views.pieces.iter().map(|piece| heads(profile, piece)).collect(),
            endings: (0..views.pieces.len()).map(|n| endings(views, n)).collect(),
            men: men(profile, views),
            strange: (0..views.pieces.len()).map(|n| namesakes::strange(profile, views, n)).collect(),
            named_after: views.pieces.iter().map(|piece| is_named_after(profile, views, piece)).collect(),
            joints: views.pieces.iter().map(|piece| joints(profile, piece)).collect(),
            empty: columns().map(|c| empty(profile, c)).collect(),
            ages: Shares::of(profile.donors.iter().filter_map(|a| Some((age(profile, &a.row)?, 1)))),
        }
    }

    /// The kept rows that canaries are to be like in everything: those that they can be
    /// shaped like, who may be people of another kind than the others; all where they are few.
    pub fn alike(&self) -> Vec<u32> {
        let rows = self.cells.len() / self.columns.max(1);
        if self.shapes.len() < FEW { (0..rows as u32).collect() } else { self.shapes.clone() }
    }

    /// What a cell says; nothing where it is blank.
    pub fn cell(&self, column: usize, row: u32) -> Option<&'a str> {
        self.cells[row as usize * self.columns + column]
    }

    /// Whether a cell says something.
    pub fn is_filled(&self, column: usize, row: u32) -> bool {
        self.cell(column, row).is_some()
    }

    /// Whether a canary can have what a row says in a column.
    pub fn can_be_given(&self, profile: &Profile, column: usize, row: u32) -> bool {
        shape::can_be_given(profile, column, &profile.donors[row as usize].row)
    }

    /// Evens out the chances of entities where people of an age, numbers of a division or
    /// empty cells are drawn too often: few divisions are nobody's, for the young the
    /// fewest, and a cell that is empty gives nobody away.
    pub fn level(&self, profile: &Profile, views: &Views, drawn: &[&Vec<Drawn>], chances: &mut [f64]) {
        let rows: Vec<Option<&Row>> = drawn.iter().map(|entity| entity.first().map(|d| &d.row)).collect();
        let everyone = vec![Some(0); rows.len()];
        let of = |class: &dyn Fn(&Row) -> Option<u32>| rows.iter().map(|row| class((*row)?)).collect::<Vec<_>>();
        let ages = of(&|row| age(profile, row));
        for _ in 0..TURNS {
            for (column, shares) in self.empty.iter().enumerate() {
                shares.level(EMPTIED, &of(&|row| Some(is_blank(&row[column]).into())), &everyone, chances);
            }
            for (piece, heads) in views.pieces.iter().zip(&self.heads).filter(|(_, heads)| !heads.shares.is_empty()) {
                let divisions = of(&|row| idcard::region_of(row[piece.column].as_deref()?));
                let provinces: Vec<_> = divisions.iter().map(|d| d.map(|d| d / 10_000)).collect();
                self.ages.level(AGED, &ages, &everyone, chances);
                heads.shares.level(DIVIDED, &divisions, &provinces, chances);
            }
        }
    }

    /// The person's number of a row.
    pub fn number(&self, column: usize, row: u32) -> Like<'a> {
        self.numbers[column].get(row as usize).copied().unwrap_or_default()
    }

    /// What lies near the amount of a row.
    pub fn amount(&self, column: usize, row: u32) -> Option<&Vicinity<'a>> {
        self.amounts[column].get(row as usize)
    }

    /// The address of a row.
    pub fn address(&self, column: usize, row: u32) -> Parts<'a> {
        self.addresses[column].get(row as usize).copied().unwrap_or_default()
    }

    /// Whether houses of several rows have a number.
    pub fn is_common_number(&self, column: usize, number: &str) -> bool {
        self.common_numbers[column].contains(number)
    }
}

fn said(cell: &Cell) -> Option<&str> {
    cell.as_deref().filter(|_| !is_blank(cell))
}

fn blank(profile: &Profile, column: usize) -> Cell {
    let null = profile.donors.iter().take(ASKED).any(|a| a.row[column].is_none());
    if null { None } else { Some(String::new()) }
}

fn addresses<'a>(profile: &'a Profile, column: usize) -> Vec<Parts<'a>> {
    if profile.roles[column] != Role::Address {
        return Vec::new();
    }
    let text = |a: &'a Anchor| profile.text(&a.row, Some(column)).unwrap_or_default();
    profile.donors.iter().map(|a| address::cut(text(a), profile.locale)).collect()
}

/// What is met more than once.
fn common<'a>(texts: impl Iterator<Item = &'a str>) -> FxHashSet<&'a str> {
    let mut met = FxHashSet::default();
    texts.filter(|text| !text.is_empty()).filter(|text| !met.insert(*text)).collect()
}

fn latest(profile: &Profile, calendars: &[Calendar]) -> Option<i16> {
    let of_rows = calendars.iter().zip(&profile.roles).filter(|(_, role)| **role != Role::BirthDate);
    of_rows.filter_map(|(calendar, _)| calendar.last_year()).max()
}

fn amounts(profile: &Profile, column: usize) -> Vec<Vicinity<'_>> {
    if profile.roles[column] != Role::Amount {
        return Vec::new();
    }
    let scale = Scale::of(profile, column);
    let texts = profile.donors.iter().map(|a| profile.text(&a.row, Some(column)).unwrap_or_default());
    texts.map(|text| Vicinity::of(text, scale.around(text))).collect()
}

fn read_numbers(profile: &Profile, column: usize) -> Vec<Like<'_>> {
    if profile.roles[column] != Role::NationalId {
        return Vec::new();
    }
    profile.donors.iter().map(|a| Like::of(profile.text(&a.row, Some(column)).unwrap_or_default())).collect()
}

fn spellings(profile: &Profile, views: &Views, piece: usize) -> Spellings {
    if views.is_name(piece) { Spellings::of(profile.locale, &views.pieces[piece]) } else { Spellings::default() }
}

fn heads(profile: &Profile, piece: &Piece) -> Heads {
    let are_heads = profile.roles[piece.column] == Role::NationalId && piece.part == Part::Prefix;
    if are_heads { Heads::of(piece) } else { Heads::default() }
}

fn endings(views: &Views, piece: usize) -> Endings {
    let is_given = views.told(piece, &(0..views.pieces.len()).collect::<Vec<_>>()).is_some();
    if is_given { Endings::of(&views.pieces[piece], |row| views.sex(row)) } else { Endings::default() }
}

/// Names of both are left out; as many men as women where none tells.
fn men(profile: &Profile, views: &Views) -> f64 {
    let Some(piece) = views.of_name(profile, Role::GivenName, Part::Given).map(|n| &views.pieces[n]) else {
        return 0.5;
    };
    let (mut men, mut women) = (0, 0);
    for (name, count) in piece.texts.iter().zip(&piece.counts) {
        match profile.locale.pack().given_sex(name) {
            Some(share) if share > 1.0 - BOTH => men += count,
            Some(share) if share < BOTH => women += count,
            _ => {}
        }
    }
    (f64::from(men) + 1.0) / (f64::from(men + women) + 2.0)
}

fn is_named_after(profile: &Profile, views: &Views, piece: &Piece) -> bool {
    let names = views.of_name(profile, Role::Surname, Part::Surname).map(|n| &views.pieces[n].texts);
    let Some(names) = names.filter(|names| names.len() >= MANY && piece.part == Part::Street) else { return false };
    let names: FxHashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let rare: Vec<&String> = piece.words.iter().filter(|(_, texts)| **texts == 1).map(|(word, _)| word).collect();
    let surnames = rare.iter().filter(|word| names.contains(&word.to_lowercase())).count();
    surnames as f64 > NAMED * rare.len() as f64
}

fn joints(profile: &Profile, piece: &Piece) -> Joints {
    let is_cut = matches!(profile.roles[piece.column], Role::Company | Role::Text | Role::Other | Role::Address);
    if is_cut { Joints::of(&piece.texts) } else { Joints::default() }
}

fn empty(profile: &Profile, column: usize) -> Shares {
    Shares::of(profile.donors.iter().map(|a| (is_blank(&a.row[column]).into(), 1)))
}

/// The decade in which a row's person was born.
fn age(profile: &Profile, row: &Row) -> Option<u32> {
    persona::birth_of(profile, row).map(|born| u32::from(born.year().unsigned_abs()) / 10)
}

fn is_foreign(profile: &Profile, column: usize) -> bool {
    let values = profile.donors.iter().take(ASKED).filter_map(|a| profile.text(&a.row, Some(column)));
    profile.roles[column] == Role::NationalId && numbers::are_foreign(values.clone()) && !ssn::are_unissued(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Spot, Told};
    use rand::SeedableRng;

    #[test]
    fn cells_are_empty_as_often_as_the_tables_own_or_a_little_more() {
        let cells =
            |empty: bool, town: &'static str| [Some("Mason"), if empty { None } else { Some("Baker") }, Some(town)];
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["last_name", "employer", "town"].map(str::to_owned));
        (0..400usize).for_each(|n| profiler.meet(&cells(n.is_multiple_of(10), ["Dover", "Deal"][n % 2]), &mut entropy));
        let (profile, offer) = (profiler.finish(&Told::default()), Offer::default());
        let from = Generator::new(&profile, &offer);
        let row = |n: usize| cells(n.is_multiple_of(2), "Dover").map(|cell| cell.map(str::to_owned)).to_vec();
        let drawn: Vec<Vec<Drawn>> = (0..100).map(|n| vec![Drawn::at(row(n), Spot::First)]).collect();
        let mut chances = vec![1.0; drawn.len()];
        from.kept.level(&profile, &from.views, &drawn.iter().collect::<Vec<_>>(), &mut chances);
        let empty: f64 = chances.iter().step_by(2).sum();
        assert!((empty - 12.0).abs() < 0.5 && (chances.iter().sum::<f64>() - 100.0).abs() < 1e-6, "{empty} of 100");
    }
}
