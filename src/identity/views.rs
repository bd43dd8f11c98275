//! Views: the kept rows of a table cut into pieces (a surname, the street of an
//! address, the year of a date), and looks at each piece from coarse to exact,
//! as numbers. What pieces hang together is found over these by `links`; the
//! texts themselves stay with the rows.

use rustc_hash::FxHashMap;

use super::dates::DateForm;
use super::profile::Profile;
use super::{Role, address, idcard};

/// No value: the cell is empty or could not be cut.
pub const NONE: u32 = u32::MAX;

/// Bins that numbers are looked at in.
const BINS: usize = 8;
/// More pieces than this are not looked at; a table that wide has long lists of flags.
const MOST: usize = 120;

/// Which part of a cell a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Whole,
    /// The surname within a full name.
    Surname,
    /// The given name within a full name.
    Given,
    /// Province, city, district at the head of an address.
    Area,
    /// The street's name within an address.
    Street,
    /// What stands behind the street, its numbers left out.
    Rest,
    /// The domain of a mail address.
    Domain,
    /// The head of a number or code that means a region, carrier or kind.
    Prefix,
    /// A date or an amount, as a bin.
    Size,
    /// The birth date that a person's number tells where no column does.
    Born,
    /// The sex that a person's number tells where no column does.
    Sex,
}

/// One part of one column over all kept rows.
#[derive(Debug)]
pub struct Piece {
    pub column: usize,
    pub part: Part,
    /// The exact value of each row.
    pub exact: Vec<u32>,
    /// Coarser and coarser looks at it.
    pub coarse: Vec<Vec<u32>>,
    /// The texts behind `exact`.
    pub texts: Vec<String>,
    /// How many of the kept rows have each.
    pub counts: Vec<u32>,
    /// The words of texts that new ones are made of, and in how many texts each is.
    pub words: FxHashMap<String, u32>,
    /// Share of the texts with a word that no other text has, 0 to 1.
    pub new_words: f64,
    /// The digits of phones, no two of which are alike.
    is_phone: bool,
    ids: FxHashMap<String, u32>,
}

/// All pieces of the kept rows.
#[derive(Debug)]
pub struct Views {
    pub pieces: Vec<Piece>,
    pub rows: usize,
    /// The piece that tells the sex, and the pieces that are given names.
    sex: Option<usize>,
    given: Vec<usize>,
    /// The pieces that say where something lies, at all or closer: state, city, postcode, latitude.
    places: Vec<usize>,
    /// The piece of each part of each column.
    parts: Vec<[Option<usize>; Part::COUNT]>,
}

impl Part {
    const COUNT: usize = 11;
}

#[derive(Default)]
struct Numbers {
    ids: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.texts.len() as u32;
        self.ids.insert(text.to_owned(), id);
        self.texts.push(text.to_owned());
        id
    }
}

impl Piece {
    /// A piece of a value for each row.
    pub fn new(column: usize, part: Part, values: Vec<Option<String>>) -> Self {
        let mut numbers = Numbers::default();
        let exact: Vec<u32> = values.iter().map(|v| v.as_deref().map_or(NONE, |v| numbers.of(v))).collect();
        let mut counts = vec![0u32; numbers.texts.len()];
        exact.iter().filter(|id| **id != NONE).for_each(|id| counts[*id as usize] += 1);
        Self {
            column,
            part,
            exact,
            coarse: Vec::new(),
            texts: numbers.texts,
            counts,
            words: FxHashMap::default(),
            new_words: 0.0,
            is_phone: false,
            ids: numbers.ids,
        }
    }

    fn look(&mut self, of: impl Fn(&str) -> Option<String>) {
        let mut numbers = Numbers::default();
        let ids: Vec<u32> = self.texts.iter().map(|t| of(t).map_or(NONE, |v| numbers.of(&v))).collect();
        if numbers.texts.len() > 1 && numbers.texts.len() < self.texts.len() {
            self.coarse.push(self.exact.iter().map(|id| if *id == NONE { NONE } else { ids[*id as usize] }).collect());
        }
    }

    fn with_words(mut self) -> Self {
        for text in &self.texts {
            text.split(' ').for_each(|word| *self.words.entry(word.to_owned()).or_default() += 1);
        }
        let has_one = |text: &&String| text.split(' ').any(|word| self.words.get(word) == Some(&1));
        self.new_words = self.texts.iter().filter(has_one).count() as f64 / self.texts.len().max(1) as f64;
        self
    }

    /// Whether a row has that text.
    pub fn has(&self, text: &str) -> bool {
        self.ids.contains_key(text)
    }

    /// A look by its number: 0 is the exact one.
    pub fn seen(&self, look: usize) -> &[u32] {
        if look == 0 { &self.exact } else { &self.coarse[look - 1] }
    }

    /// How many looks there are.
    pub fn looks(&self) -> usize {
        1 + self.coarse.len()
    }

    /// The text of a row's value.
    pub fn text(&self, row: usize) -> Option<&str> {
        self.texts.get(self.exact[row] as usize).map(String::as_str)
    }

    /// The text of a row's value; none of no row.
    pub fn text_of_row(&self, row: u32) -> Option<&str> {
        self.texts.get(*self.exact.get(row as usize)? as usize).map(String::as_str)
    }

    /// The look that stands for the piece when it is drawn: a size is drawn by
    /// its bin, a phone by its first digits, everything else as it is.
    pub fn target(&self) -> usize {
        usize::from((self.part == Part::Size || self.is_phone) && !self.coarse.is_empty())
    }
}

impl Views {
    /// The pieces of a table's kept rows.
    pub fn of(profile: &Profile) -> Self {
        let mut pieces = Vec::new();
        for column in 0..profile.roles.len() {
            pieces.extend(cut(profile, column));
        }
        pieces.retain(|p| !p.texts.is_empty());
        pieces.truncate(MOST);
        let is = |p: &Piece, role: Role| profile.roles[p.column] == role;
        let sex = pieces.iter().position(|p| is(p, Role::Sex) || p.part == Part::Sex);
        let given = (0..pieces.len()).filter(|n| pieces[*n].part == Part::Given || is(&pieces[*n], Role::GivenName));
        let lies = |p: &Piece| matches!(profile.roles[p.column], Role::Region | Role::Postcode | Role::Geo);
        let places = (0..pieces.len()).filter(|n| lies(&pieces[*n])).collect();
        let mut parts = vec![[None; Part::COUNT]; profile.roles.len()];
        pieces.iter().enumerate().rev().for_each(|(n, p)| parts[p.column][p.part as usize] = Some(n));
        Self { sex, given: given.collect(), places, rows: profile.donors.len(), parts, pieces }
    }

    /// The link that a piece has whatever the table says: a given name is a
    /// man's or a woman's, even where no two rows share one.
    pub fn told(&self, piece: usize, before: &[usize]) -> Option<(usize, usize)> {
        let sex = self.sex.filter(|s| before.contains(s))?;
        self.given.contains(&piece).then_some((sex, 0))
    }

    /// The place that a place may lie in: the closest of those before it.
    pub fn place_before(&self, piece: usize, before: &[usize]) -> Option<(usize, usize)> {
        let closest = before.iter().rev().find(|p| self.places.contains(p))?;
        self.places.contains(&piece).then_some((*closest, 0))
    }

    /// The piece of a column.
    pub fn find(&self, column: usize, part: Part) -> Option<usize> {
        self.parts[column][part as usize]
    }
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
            let given = piece(Part::Given, &|t| locale.split(t).map(|n| n.given));
            vec![surname, given]
        }
        Role::Address => {
            let mut area = piece(Part::Area, &|t| Some(address::cut(t).area.to_owned()).filter(|a| !a.is_empty()));
            area.look(|t| Some(t.chars().take(3).collect()));
            area.look(|t| Some(t.chars().take(6).collect()));
            let mut street =
                piece(Part::Street, &|t| Some(address::cut(t).street.to_owned()).filter(|s| !s.is_empty()));
            street.look(|t| t.split_whitespace().next_back().map(str::to_lowercase));
            let rest = piece(Part::Rest, &|t| Some(address::cut(t).shape_of_rest()));
            vec![area, street.with_words(), rest]
        }
        Role::BirthDate | Role::CreatedAt | Role::Date => match &profile.dates[column] {
            Some(form) => vec![date_piece(piece(Part::Size, &|t| Some(t.to_owned())), form)],
            None => vec![whole(piece(Part::Whole, &|t| Some(t.to_owned())))],
        },
        Role::Amount | Role::Geo => vec![size_piece(piece(Part::Size, &|t| Some(t.to_owned())))],
        Role::Email => {
            let domain = |t: &str| t.rsplit_once('@').map(|(_, d)| d.to_lowercase());
            vec![piece(Part::Domain, &domain)]
        }
        Role::Phone => {
            let digits = prefix_piece(piece(Part::Prefix, &|t| Some(digits(t))), &[3, 7]);
            vec![Piece { is_phone: true, ..digits }]
        }
        Role::NationalId => {
            let prefix = prefix_piece(piece(Part::Prefix, &|t| t.get(..6).map(str::to_owned)), &[4, 2]);
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
        Role::Key | Role::OtherContact | Role::Url | Role::Code | Role::Card | Role::Secret | Role::Checksum => {
            Vec::new()
        }
        Role::CompanyCode => vec![prefix_piece(piece(Part::Prefix, &|t| t.get(2..8).map(str::to_owned)), &[4, 2])],
        _ => vec![whole(piece(Part::Whole, &|t| Some(t.to_owned())))],
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn whole(mut piece: Piece) -> Piece {
    let numbers = piece.texts.iter().filter(|t| t.trim().parse::<f64>().is_ok()).count();
    if numbers * 10 > piece.texts.len() * 9 && piece.texts.len() > 20 {
        let mut sized = size_piece(Piece { part: Part::Whole, ..piece });
        sized.look(|t| t.get(..3).map(str::to_owned));
        return sized;
    }
    piece.look(|t| t.split_whitespace().next().map(str::to_lowercase));
    piece.look(|t| Some(t.chars().take(2).collect()));
    piece.look(|t| t.split_whitespace().next_back().map(str::to_lowercase));
    piece.with_words()
}

fn prefix_piece(mut piece: Piece, lengths: &[usize]) -> Piece {
    for length in lengths {
        piece.look(|t| t.get(..*length).map(str::to_owned));
    }
    piece
}

fn date_piece(mut piece: Piece, form: &DateForm) -> Piece {
    let years: Vec<i16> = {
        let mut years: Vec<i16> = piece.texts.iter().filter_map(|t| form.read(t)).map(|at| at.year()).collect();
        years.sort_unstable();
        years
    };
    let (low, high) = (years.first().copied().unwrap_or(0), years.last().copied().unwrap_or(0));
    if high - low >= 4 {
        piece.look(|t| form.read(t).map(|at| at.year().to_string()));
        piece.look(|t| form.read(t).map(|at| (at.year() / 10).to_string()));
    } else {
        piece.look(|t| form.read(t).map(|at| format!("{}-{}", at.year(), at.month())));
        piece.look(|t| form.read(t).map(|at| at.year().to_string()));
    }
    piece
}

fn size_piece(mut piece: Piece) -> Piece {
    let mut sizes: Vec<f64> =
        piece.exact.iter().filter(|id| **id != NONE).filter_map(|id| number(&piece.texts[*id as usize])).collect();
    sizes.sort_by(f64::total_cmp);
    if sizes.len() < BINS {
        return piece;
    }
    let edges: Vec<f64> = (1..BINS).map(|n| sizes[n * sizes.len() / BINS]).collect();
    piece.look(|t| number(t).map(|v| edges.iter().filter(|e| **e <= v).count().to_string()));
    piece
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|v: &f64| v.is_finite())
}
