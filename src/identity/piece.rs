//! A piece: one part of one column over all kept rows, as numbers, with looks at it
//! from coarse to exact: the first digits of a code, the year of a date, the bin of an
//! amount. How columns are cut into pieces is left to `views`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::amount;
use super::dates::DateForm;

/// No value: the cell is empty or could not be cut.
pub const NONE: u32 = u32::MAX;

/// Bins that numbers are looked at in.
const BINS: usize = 8;
/// Of so many rows one may have a value of its own in a piece that is drawn by its values,
/// and so many rows there are of a value.
const SHARED: u32 = 20;
/// Rows of one stretch of dates, and of one of codes: those of a few stretches of dates are of one.
const CLOSE: u32 = 12;
const NEAR: u32 = 40;
/// First octets of a code that tell its kind at most.
const HEAD: usize = 8;

/// Which part of a cell a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Whole,
    /// The surname within a full name.
    Surname,
    /// The given name within a full name.
    Given,
    /// What stands around these in a full name.
    Frame,
    /// Province, city, district at the head of an address.
    Area,
    /// The street's name within an address.
    Street,
    /// What stands behind the street, its numbers left out.
    Rest,
    /// City and postcode at the end of an address.
    Town,
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
    /// Whether the cell says anything.
    Filled,
    /// In which stretch of the table the row stands, where this is its running number.
    Stretch,
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
    /// Share of the rows with a word that no other text has, 0 to 1.
    pub new_words: f64,
    /// The look that stands for the piece when it is drawn: 0 is the exact one, which
    /// says nothing where no two rows share a value.
    pub target: usize,
    /// From this look on it says what goes with it.
    pub telling: usize,
    /// The look that is of stretches of dates, if one is.
    pub stretches: Option<usize>,
    /// By row, whether it says nothing of others; nothing where all do.
    again: Vec<bool>,
    ids: FxHashMap<String, u32>,
}

impl Part {
    pub const COUNT: usize = 15;
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
            target: 0,
            telling: 0,
            stretches: None,
            again: Vec::new(),
            ids: numbers.ids,
        }
    }

    /// One more look, coarser than those before, if it tells values apart and not all.
    pub fn look(&mut self, of: impl Fn(&str) -> Option<String>) {
        let mut numbers = Numbers::default();
        let ids: Vec<u32> = self.texts.iter().map(|t| of(t).map_or(NONE, |v| numbers.of(&v))).collect();
        if numbers.texts.len() > 1 && numbers.texts.len() < self.texts.len() {
            self.coarse.push(self.exact.iter().map(|id| if *id == NONE { NONE } else { ids[*id as usize] }).collect());
        }
    }

    /// Words are told apart, for new texts to be made of.
    pub fn with_words(mut self) -> Self {
        for text in &self.texts {
            text.split_whitespace().for_each(|word| *self.words.entry(word.to_owned()).or_default() += 1);
        }
        let has_one = |text: &str| text.split(' ').any(|word| self.words.get(word) == Some(&1));
        let counted = self.texts.iter().zip(&self.counts);
        let rows: u32 = counted.filter(|(text, _)| has_one(text)).map(|(_, count)| count).sum();
        self.new_words = f64::from(rows) / f64::from(self.counts.iter().sum::<u32>().max(1));
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

    /// Whether two rows, if they are such, have the same value.
    pub fn same(&self, a: u32, b: u32) -> bool {
        let of = |row: u32| self.exact.get(row as usize);
        of(a).zip(of(b)).is_none_or(|(a, b)| a == b)
    }

    /// Drawn by its first coarse look, if it has one, unless nearly all rows share their value.
    pub fn drawn_coarsely(mut self) -> Self {
        let single = self.counts.iter().filter(|count| **count == 1).count() as u32;
        let rows: u32 = self.counts.iter().sum();
        let is_shared = single.max(self.counts.len() as u32) * SHARED <= rows;
        self.target = usize::from(!self.coarse.is_empty() && !is_shared);
        self
    }

    /// What is drawn by how it begins, and never whole: only that says what goes with it. Of rows
    /// with the same, who live or work together, the first alone says it, since a canary lives
    /// with none of them.
    pub fn of_nobody(mut self) -> Self {
        if self.target > 0 {
            let mut met = vec![false; self.texts.len()];
            let is_again = |id: &u32| *id != NONE && std::mem::replace(&mut met[*id as usize], true);
            self.again = self.exact.iter().map(is_again).collect();
            self.telling = self.target;
        }
        self
    }

    /// What a row says of others in a look, if it does.
    pub fn told(&self, look: usize, row: usize) -> Option<u32> {
        let is_again = self.again.get(row).copied().unwrap_or(false);
        Some(self.seen(look)[row]).filter(|id| *id != NONE && !is_again)
    }

    /// The whole text: a number by its size, else words.
    pub fn whole(mut self) -> Self {
        let numbers = self.texts.iter().filter(|t| t.trim().parse::<f64>().is_ok()).count();
        if numbers * 10 > self.texts.len() * 9 && self.texts.len() > 20 {
            let mut sized = Piece { part: Part::Whole, ..self }.sized();
            sized.look(|t| t.get(..3).map(str::to_owned));
            return sized;
        }
        self.look(|t| t.split_whitespace().next().map(str::to_lowercase));
        self.look(|t| Some(t.chars().take(2).collect()));
        self.look(|t| t.split_whitespace().next_back().map(str::to_lowercase));
        self.with_words()
    }

    /// A code whose first octets, so many of them, tell something.
    pub fn prefixed(mut self, lengths: &[usize]) -> Self {
        for length in lengths {
            self.look(|t| t.get(..*length).map(str::to_owned));
        }
        self
    }

    /// A date, by its year and decade, or by its month where all are of a few years.
    pub fn dated(mut self, form: &DateForm) -> Self {
        let years: Vec<i16> = {
            let mut years: Vec<i16> = self.texts.iter().filter_map(|t| form.read(t)).map(|at| at.year()).collect();
            years.sort_unstable();
            years
        };
        let (low, high) = (years.first().copied().unwrap_or(0), years.last().copied().unwrap_or(0));
        // What is in another form has its year in front more often than not.
        let head = |t: &str, length: usize| t.get(..length).map(str::to_owned);
        if high - low >= 4 {
            self.look(|t| form.read(t).map(|at| at.year().to_string()).or_else(|| head(t, 4)));
            self.look(|t| form.read(t).map(|at| (at.year() / 10).to_string()).or_else(|| head(t, 3)));
        } else {
            self.look(|t| form.read(t).map(|at| format!("{}-{:02}", at.year(), at.month())).or_else(|| head(t, 7)));
            self.look(|t| form.read(t).map(|at| at.year().to_string()).or_else(|| head(t, 4)));
        }
        let looks = self.coarse.len();
        self.ranked(|t| form.read(t), CLOSE, 0);
        self.stretches = Some(self.coarse.len()).filter(|look| *look > looks);
        self
    }

    /// Codes of which no two are alike, by how they begin and where they lie among the others:
    /// drawn by that.
    pub fn numbered(mut self) -> Self {
        self.part = Part::Prefix;
        let most = 2 * self.texts.len() / NEAR as usize;
        let heads = |length: usize| self.texts.iter().map(|t| t.get(..length)).collect::<FxHashSet<_>>().len();
        let head = (1..=HEAD).take_while(|length| heads(*length) <= most).last().unwrap_or(0);
        self.ranked(|t| Some((t.get(..head)?.to_owned(), t.len(), t.to_owned())), NEAR, head);
        self.target = self.coarse.len().min(1);
        self.telling = self.target;
        self
    }

    /// One more look: which stretch of so many rows it lies in, in order, apart by what so many
    /// first octets say.
    fn ranked<K: Ord>(&mut self, key: impl Fn(&str) -> Option<K>, rows: u32, head: usize) {
        let counted = self.texts.iter().zip(&self.counts).filter_map(|(text, count)| Some((key(text)?, *count)));
        let mut sorted: Vec<(K, u32)> = counted.collect();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let before = sorted.iter().scan(0, |before, (_, count)| Some(std::mem::replace(before, *before + count)));
        let stretches: Vec<u32> = before.map(|before| before / rows).collect();
        let at = |key: K| sorted.binary_search_by(|(other, _)| other.cmp(&key)).ok();
        self.look(|t| at(key(t)?).map(|n| format!("{} {}", t.get(..head).unwrap_or_default(), stretches[n])));
    }

    /// A number, by the bin in which it lies.
    pub fn sized(mut self) -> Self {
        let mut sizes: Vec<f64> =
            self.exact.iter().filter(|id| **id != NONE).filter_map(|id| number(&self.texts[*id as usize])).collect();
        sizes.sort_by(f64::total_cmp);
        if sizes.len() < BINS {
            return self;
        }
        let edges: Vec<f64> = (1..BINS).map(|n| sizes[n * sizes.len() / BINS]).collect();
        self.look(|t| number(t).map(|v| edges.iter().filter(|e| **e <= v).count().to_string()));
        self
    }
}

fn number(text: &str) -> Option<f64> {
    amount::read(text)
}
