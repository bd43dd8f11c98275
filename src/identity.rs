//! Identity: persons that fit a table. Roles of columns, the profile of a table
//! taken in one pass, the generation of rows drawn from the table's own
//! distribution, and where in the table's order they belong.
//!
//! PURE: rows come in as text, randomness as an argument. Reading and writing
//! the table is left to `seed`; contact values come from the pool and are never
//! made up here.

pub mod catalogue;
pub mod column;
pub mod dates;
pub mod idcard;
pub mod locale;
pub mod mailname;
pub mod persona;
pub mod phones;
pub mod plan;
pub mod profile;
pub mod redraw;
pub mod role;
pub mod row;

pub use crate::model::{Offer, OfferedPhone};
pub use locale::Locale;
pub use plan::{Need, Planner, Spot};
pub use profile::{Order, Profile, Profiler};
pub use role::Role;
pub use row::{Drawn, Generator};

/// One cell: nothing where the table says NULL, else its text.
pub type Cell = Option<String>;

/// One row, in the order of the table's columns.
pub type Row = Vec<Cell>;

/// Whether a cell says nothing.
pub fn is_blank(cell: &Cell) -> bool {
    cell.as_deref().is_none_or(|text| text.trim().is_empty())
}
