//! Text files of rows, whatever their rows look like: their encoding is found
//! (`survey`) and undone (`charset`), they are read block by block (`blocks`),
//! `marks` remembers where rows lie, and `weave` writes the file again with new
//! rows between its own.
//!
//! What a row is, and how a new one is written, is left to `csv` and `jsonl`.

mod blocks;
mod charset;
mod marks;
pub(super) mod survey;
mod weave;

pub(super) use self::blocks::{Block, Blocks, at_line};
pub(super) use self::charset::Charset;
pub(super) use self::marks::Marks;
pub(super) use self::weave::{Piece, Weave, line_end};
