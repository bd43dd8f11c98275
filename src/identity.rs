//! Identity: persons that fit a table. Roles of columns, the profile of a table
//! taken in one pass, the generation of rows drawn from the table's own
//! distribution, and where in the table's order they belong.
//!
//! PURE: rows come in as text, randomness as an argument. Reading and writing
//! the table is left to `seed`; contact values come from the pool and are never
//! made up here.

pub mod address;
pub mod adopt;
pub mod ageing;
mod agreement;
mod amount;
pub mod audit;
mod block;
mod byname;
mod calendar;
pub mod catalogue;
pub mod change;
mod checks;
pub mod choose;
pub mod codes;
pub mod column;
mod commonness;
pub mod company;
pub mod compose;
pub mod conspicuous;
pub mod dates;
mod derived;
mod determined;
pub mod digits;
pub mod distinct;
pub mod draft;
mod drawn;
mod echo;
mod endings;
pub mod entity;
mod excerpt;
pub mod family;
pub mod finding;
pub mod flat;
mod gazetteer;
pub mod generate;
mod heads;
mod household;
pub mod idcard;
mod joints;
pub mod kept;
mod level;
pub mod links;
mod local;
pub mod locale;
mod login;
pub mod mailbox;
pub mod mailname;
mod namesakes;
pub mod numbers;
pub mod persona;
pub mod phonebook;
pub mod phones;
pub mod piece;
pub mod place;
pub mod profile;
mod profiler;
pub mod redraw;
pub mod relative;
mod reservoir;
pub mod role;
mod rounded;
mod scale;
mod shadow;
mod shape;
mod shelf;
pub mod site;
pub mod skip;
pub mod spelling;
mod splice;
pub mod ssn;
pub mod strangers;
pub mod vicinity;
pub mod views;

pub use adopt::Person;
pub use change::{Change, Sketch};
pub use choose::Chooser;
pub use drawn::Drawn;
pub use family::{Families, RealFamily, Tie};
pub use generate::Generator;
pub use locale::Locale;
pub use place::{Neighbours, Places};
pub use profile::{Order, Profile, Told};
pub use profiler::Profiler;
pub use relative::{Link, Relative};
pub use role::Role;
pub use site::Spot;
pub use strangers::Strangers;

/// One row as a table hands it over: nothing where the table says NULL.
pub type Cells<'a> = [Option<&'a str>];

/// Whoever is handed the rows of a table, one after the other.
pub trait Meet: Send {
    /// Meets a row; one of no cells stands for rows that were left out.
    fn meet(&mut self, row: &Cells<'_>);

    /// What is asked for next. More than that may come, where that costs less.
    fn wants(&mut self) -> Wanted {
        Wanted::ALL
    }

    /// Forgets all it has met, if it can: the table was misread, and is read again from
    /// its first row.
    fn begin_anew(&mut self) -> bool {
        false
    }

    /// So many rows of those that may be were passed over.
    fn pass(&mut self, _rows: u64) {}
}

/// What is asked for of the rows that come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Rows that may be passed over first.
    pub passing: u64,
    /// The first columns of the row after them, at least 1.
    pub columns: usize,
}

impl Wanted {
    /// The next row, and all of it.
    pub const ALL: Self = Self { passing: 0, columns: usize::MAX };
}

impl<F: for<'r, 'c> FnMut(&'r Cells<'c>) + Send> Meet for F {
    fn meet(&mut self, row: &Cells<'_>) {
        self(row);
    }
}

/// What the many small draws of a row come from: quick, and seeded for each row anew.
type Dice = rand::rngs::Xoshiro256PlusPlus;

/// One cell: nothing where the table says NULL, else its text.
pub type Cell = Option<String>;

/// One row, in the order of the table's columns.
pub type Row = Vec<Cell>;

/// Whether a cell says nothing.
pub fn is_blank(cell: &Cell) -> bool {
    cell.as_deref().is_none_or(column::is_blank)
}
