//! Views: the kept rows of a table cut into pieces (a surname, the street of an
//! address, the year of a date). What pieces hang together is found over these by
//! `links`; the texts themselves stay with the rows.

use std::ops::Range;

use super::address::{Parts, is_han, town};
use super::locale::{Sex, read_sex};
use super::piece::{Part, Piece};
use super::profile::{Order, Profile};
use super::{Role, Row, address, idcard, is_blank};

/// More pieces than this are not looked at; a table that wide has long lists of flags.
const MOST: usize = 120;
/// Of rows in which a cell is empty, and of those in which it is not, at least that share
/// makes it a kind of row.
const SOME: f64 = 0.02;

/// Rows for each of the numbers that codes of something else end with.
const ENDED: usize = 10;

/// Stretches of a table that runs by a number.
const STRETCHES: u64 = 12;

/// Up to this share of rows whose code no other row has, it stands for what has several.
const SINGLE: f64 = 0.75;

/// All pieces of the kept rows.
#[derive(Debug)]
pub struct Views {
    pub pieces: Vec<Piece>,
    pub rows: usize,
    /// The piece that tells the sex, the pieces that are given names, and all that are names.
    sex: Option<usize>,
    given: Vec<usize>,
    names: Vec<usize>,
    /// The pieces that are codes of what has several rows.
    codes: Vec<usize>,
    /// The pieces that are codes which no two rows share.
    numbers: Vec<usize>,
    /// The pieces that say where something lies, at all or closer: state, city, postcode, latitude.
    places: Vec<usize>,
    /// The piece that tells of each column whether it says anything, where some rows do not.
    blanks: Vec<Option<usize>>,
    /// The piece of each part of each column.
    parts: Vec<[Option<usize>; Part::COUNT]>,
}

impl Views {
    /// The pieces of a table's kept rows.
    pub fn of(profile: &Profile) -> Self {
        let mut pieces = Vec::new();
        for column in 0..profile.roles.len() {
            pieces.extend(cut(profile, column));
        }
        pieces.retain(|p| p.texts.iter().any(|text| !text.is_empty()));
        pieces.truncate(MOST);
        let is = |p: &Piece, role: Role| profile.roles[p.column] == role;
        let tells = |p: &&Piece| p.texts.iter().any(|text| read_sex(text).is_some());
        let sex = pieces.iter().position(|p| is(p, Role::Sex) || p.part == Part::Sex);
        let sex = sex.or_else(|| pieces.iter().position(|p| is(p, Role::Title) && tells(&p)));
        let is_given = |p: &Piece| p.part == Part::Given || is(p, Role::GivenName);
        let is_name = |p: &Piece| is_given(p) || p.part == Part::Surname || is(p, Role::Surname);
        let given = (0..pieces.len()).filter(|n| is_given(&pieces[*n])).collect();
        let names = (0..pieces.len()).filter(|n| is_name(&pieces[*n])).collect();
        let lies = |p: &Piece| {
            p.part == Part::Town || matches!(profile.roles[p.column], Role::Region | Role::Postcode | Role::Geo)
        };
        let places = (0..pieces.len()).filter(|n| lies(&pieces[*n])).collect();
        let codes = (0..pieces.len()).filter(|n| is(&pieces[*n], Role::Code) && pieces[*n].part == Part::Whole);
        let codes = codes.collect();
        let is_number = |p: &Piece| {
            p.part == Part::Prefix && matches!(profile.roles[p.column], Role::Code | Role::Key | Role::CompanyCode)
        };
        let numbers = (0..pieces.len()).filter(|n| is_number(&pieces[*n])).collect();
        let blanks = (0..profile.roles.len()).map(|c| filled(profile, c, &mut pieces)).collect();
        let mut parts = vec![[None; Part::COUNT]; profile.roles.len()];
        pieces.iter().enumerate().rev().for_each(|(n, p)| parts[p.column][p.part as usize] = Some(n));
        Self { sex, given, names, codes, numbers, places, blanks, rows: profile.donors.len(), parts, pieces }
    }

    /// The link that a piece has whatever the table says: a given name is a
    /// man's or a woman's, even where no two rows share one.
    pub fn told(&self, piece: usize, before: &[usize]) -> Option<(usize, usize)> {
        let sex = self.sex.filter(|s| before.contains(s))?;
        self.is_given(piece).then_some((sex, 0))
    }

    /// Whether a piece is a person's given name.
    pub fn is_given(&self, piece: usize) -> bool {
        self.given.contains(&piece)
    }

    /// Whether a piece is a part of a person's name.
    pub fn is_name(&self, piece: usize) -> bool {
        self.names.contains(&piece)
    }

    /// Whether a piece is a code of what has several rows.
    pub fn is_code(&self, piece: usize) -> bool {
        self.codes.contains(&piece)
    }

    /// Whether a piece is of codes that no two rows share.
    pub fn is_number(&self, piece: usize) -> bool {
        self.numbers.contains(&piece)
    }

    /// The sex that a row tells.
    pub fn sex(&self, row: u32) -> Option<Sex> {
        self.pieces[self.sex?].text_of_row(row).and_then(read_sex)
    }

    /// The places that a place may lie in: those before it, the closest first.
    pub fn places_before(&self, piece: usize, before: &[usize]) -> impl Iterator<Item = usize> {
        let is_place = self.places.contains(&piece);
        before.iter().rev().copied().filter(move |p| is_place && self.places.contains(p))
    }

    /// The look that tells whether the column of a piece says anything, which comes before
    /// what it says: what is empty goes with what is said, as the dead have a day of death.
    pub fn blank_before(&self, piece: usize, before: &[usize]) -> Option<(usize, usize)> {
        let told = self.blanks[self.pieces[piece].column].filter(|told| *told != piece && before.contains(told))?;
        Some((told, 0))
    }

    /// The piece that is a part of a person's name: a column of its own, or a part of the
    /// full name.
    pub fn of_name(&self, profile: &Profile, role: Role, part: Part) -> Option<usize> {
        match profile.column_of(role) {
            Some(own) => self.find(own, Part::Whole),
            None => self.find(profile.column_of(Role::FullName)?, part),
        }
    }

    /// The piece that tells where in the table a row stands, if its running number does.
    pub fn stretch(&self) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.part == Part::Stretch)
    }

    /// The piece of a column.
    pub fn find(&self, column: usize, part: Part) -> Option<usize> {
        self.parts[column][part as usize]
    }
}

/// The piece that tells whether a column says anything, put to the others if no column
/// before is empty in the same rows.
fn filled(profile: &Profile, column: usize, pieces: &mut Vec<Piece>) -> Option<usize> {
    let is_filled = |row: &Row| !is_blank(&row[column]);
    let values = profile.donors.iter().map(|a| Some(is_filled(&a.row).to_string())).collect();
    let piece = Piece::new(column, Part::Filled, values);
    let rarer = piece.counts.iter().min().map_or(0.0, |n| f64::from(*n));
    if piece.texts.len() < 2 || rarer < SOME * profile.donors.len() as f64 {
        return None;
    }
    let same = pieces.iter().position(|other| other.part == Part::Filled && other.exact == piece.exact);
    if same.is_none() && pieces.len() < MOST {
        pieces.push(piece);
        return Some(pieces.len() - 1);
    }
    same
}

fn cut(profile: &Profile, column: usize) -> Vec<Piece> {
    let piece = |part: Part, of: &dyn Fn(&str) -> Option<String>| {
        let values = profile.donors.iter().map(|a| profile.text(&a.row, Some(column)).and_then(of)).collect::<Vec<_>>();
        Piece::new(column, part, values)
    };
    let locale = profile.locale;
    match profile.roles[column] {
        Role::FullName => {
            let mut surname = piece(Part::Surname, &|t| locale.split(t).map(|n| n.surname));
            surname.look(|t| t.chars().next().map(String::from));
            surname.look(|t| Some(locale.pack().surname_group(t)?.to_string()));
            let given = piece(Part::Given, &|t| locale.split(t).map(|n| n.given));
            let mut frame = piece(Part::Frame, &|t| locale.pack().frame(t));
            frame.look(|t| Some(locale.pack().title(t).unwrap_or_default().to_owned()));
            // Where nothing else tells the sex, how people are addressed does.
            let is_told = [Role::Sex, Role::Title, Role::NationalId].iter().any(|r| profile.column_of(*r).is_some());
            let sex = |t: &str| locale.pack().title(t).filter(|title| read_sex(title).is_some()).map(str::to_owned);
            let sex = piece(Part::Sex, &|t| if is_told { None } else { sex(t) });
            vec![surname, given, frame.drawn_coarsely(), sex]
        }
        Role::Address => {
            // That an address names no area or town is drawn like what others name.
            let cut =
                |part: Part, of: &dyn Fn(Parts<'_>) -> String| piece(part, &|t| Some(of(address::cut(t, locale))));
            let mut area = cut(Part::Area, &|parts| parts.area.to_owned());
            area.look(|t| Some(t.chars().take(3).collect()));
            area.look(|t| Some(t.chars().take(6).collect()));
            // That a Chinese address has no street tells what stands behind it: nothing.
            let street =
                |t: &str| Some(address::cut(t, locale).street.to_owned()).filter(|s| !s.is_empty() || is_han(t));
            let mut street = piece(Part::Street, &street);
            street.look(|t| t.split_whitespace().next_back().map(str::to_lowercase));
            let mut rest = cut(Part::Rest, &|parts| parts.shape_of_rest());
            if street.texts.iter().any(|t| is_han(t)) {
                street.look(|t| Some(address::kind_of_street(t).to_owned()));
                rest.look(|t| Some(address::marks_of_rest(t)));
            }
            let mut town = cut(Part::Town, &|parts| town::apart(parts.town).0.to_owned());
            (0..town::LOOKS).for_each(|nth| town.look(|t| town::looks(t)[nth].clone()));
            vec![area, town.drawn_coarsely(), street.with_words(), rest.drawn_coarsely()]
        }
        Role::BirthDate | Role::CreatedAt | Role::Date => match &profile.dates[column] {
            Some(form) => vec![piece(Part::Size, &|t| Some(t.to_owned())).dated(form).drawn_coarsely()],
            None => vec![piece(Part::Whole, &|t| Some(t.to_owned())).whole()],
        },
        Role::Amount | Role::Geo => vec![piece(Part::Size, &|t| Some(t.to_owned())).sized().drawn_coarsely()],
        Role::Email => {
            let domain = |t: &str| t.rsplit_once('@').map(|(_, d)| d.to_lowercase());
            vec![piece(Part::Domain, &domain)]
        }
        // No two phones are alike.
        Role::Phone => {
            let dialled = profile.donors.iter().map(|a| profile.dialled(&a.row, column)).collect();
            vec![Piece::new(column, Part::Prefix, dialled).prefixed(&[3, 6, 7]).drawn_coarsely().of_nobody()]
        }
        Role::NationalId => {
            let prefix = piece(Part::Prefix, &|t| head(t, 0..6)).prefixed(&[4, 2]);
            let untold =
                |role| profile.column_of(role).is_none() && profile.column_of(Role::NationalId) == Some(column);
            let born = untold(Role::BirthDate).then(|| {
                let mut born = piece(Part::Born, &|t| idcard::birth_date(t).map(|born| born.to_string()));
                [4, 3].iter().for_each(|length| born.look(|t| t.get(..*length).map(str::to_owned)));
                born
            });
            let sex = |t: &str| idcard::parse(t).ok().map(|n| if n.is_male() { "M" } else { "F" }.to_owned());
            let sex = untold(Role::Sex).then(|| piece(Part::Sex, &sex));
            [Some(prefix), born, sex].into_iter().flatten().collect()
        }
        Role::Code | Role::Key => {
            let is_running = matches!(profile.order, Order::Running { column: c, .. } if c == column);
            let code = piece(Part::Whole, &|t| Some(t.to_owned()));
            match profile.roles[column] {
                _ if is_running => vec![stretch(profile, column)],
                Role::Code if is_of_several(&code) => vec![code],
                _ => vec![ending(profile, column).unwrap_or_else(|| code.numbered())],
            }
        }
        Role::OtherContact | Role::Url | Role::Card | Role::Secret | Role::Checksum => Vec::new(),
        Role::CompanyCode => {
            let prefix = piece(Part::Prefix, &|t| head(t, 2..8)).prefixed(&[4, 2]);
            let is_of_a_scheme = !prefix.texts.is_empty();
            vec![if is_of_a_scheme { prefix } else { piece(Part::Whole, &|t| Some(t.to_owned())).numbered() }]
        }
        Role::Surname => {
            let mut surname = piece(Part::Whole, &|t| Some(t.to_owned())).whole();
            surname.look(|t| Some(locale.pack().surname_group(t)?.to_string()));
            vec![surname]
        }
        _ => vec![piece(Part::Whole, &|t| Some(t.to_owned())).whole()],
    }
}

/// Where in the table a row stands: rows of one stretch of it may be of one kind, as those of
/// one year or office are.
fn stretch(profile: &Profile, column: usize) -> Piece {
    let values = profile.donors.iter().map(|a| Some(a.after.to_string())).collect();
    let mut place = Piece::new(column, Part::Stretch, values);
    let nth = |text: &str| text.parse::<u64>().ok().map(|after| (after * STRETCHES / profile.rows.max(1)).to_string());
    place.look(nth);
    place.drawn_coarsely()
}

/// The number at the end of codes that are otherwise made of something else, as of a name: of
/// few such numbers each has many.
fn ending(profile: &Profile, column: usize) -> Option<Piece> {
    let ends = |t: &str| Some(t[t.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].to_owned());
    let values = profile.donors.iter().map(|a| profile.text(&a.row, Some(column)).and_then(ends));
    let number = Piece::new(column, Part::Prefix, values.collect());
    let rows: u32 = number.counts.iter().sum();
    let is_shared = number.texts.len() > 1 && (number.texts.len() * ENDED) as u32 <= rows;
    is_shared.then_some(number)
}

/// Whether a code stands for what has several rows, as a member of several offices.
fn is_of_several(code: &Piece) -> bool {
    let rows: u32 = code.counts.iter().sum();
    let single = code.counts.iter().filter(|count| **count == 1).count();
    single as f64 <= SINGLE * f64::from(rows)
}

/// The digits of a number as long as resident and company numbers are that tell a division.
fn head(number: &str, of: Range<usize>) -> Option<String> {
    let is_long = (15..=18).contains(&number.trim().len());
    number.get(of).filter(|_| is_long).map(str::to_owned)
}
